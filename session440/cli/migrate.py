"""``session440 migrate``: says what the former timeouts of a site become."""

from __future__ import annotations

import click

from ..migration import SettingError, as_json, as_text, migration_of
from .importing import told_in_a_line
from .printing import print_json
from .reading import read_source


@click.command("migrate")
@click.argument("source", required=False)
@click.option("--json", "is_json", is_flag=True, help="Print for a machine.")
def command(source: str | None, is_json: bool) -> None:
    """Read the timeouts that a site has, and print the settings of session440 that do the same.

    SOURCE is a Django settings module (mysite.settings), a Flask app (mysite:app or
    'mysite:create_app()'), a Flask configuration (config.py or config:Production), a WSGI app
    with Beaker around it, or an INI file with Beaker's options. Without SOURCE: Flask's current
    app, or the project of DJANGO_SETTINGS_MODULE.

    It knows Django's and Flask's own sessions, django-session-timeout, django-session-security,
    django-auto-logout, Flask-Login, Flask-Session and Beaker. It changes nothing, and never
    prints a key.
    """
    found = read_source(source)
    with told_in_a_line(f"translate {found.name}"):  # a setting may be an object of the site's own
        try:
            migration = migration_of(found.framework, found.libraries(), found.settings)
        except SettingError as error:
            raise click.ClickException(f"{found.name}: {error}") from error
        told = as_json(migration) if is_json else as_text(migration, found.name)
    if isinstance(told, str):
        click.echo(told)
    else:
        print_json(told)
