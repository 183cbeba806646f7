"""``session440 webconfig``: says what an ASP.NET web.config means here."""

from __future__ import annotations

from typing import BinaryIO

import click

from ..webconfig import FRAMEWORKS, LARGEST, WebConfigError, as_json, as_text, read
from .printing import print_json


@click.command("webconfig")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--for",
    "framework",
    type=click.Choice(FRAMEWORKS),
    help="Print only the settings of one framework.",
)
@click.option("--json", "is_json", is_flag=True, help="Print for a machine.")
def command(file: BinaryIO, framework: str | None, is_json: bool) -> None:
    """Read an ASP.NET web.config, and print the settings that do the same.

    FILE is a web.config, or - for standard input. It also says what ASP.NET did differently.
    It never prints a key or a connection string.
    """
    path = getattr(file, "name", "<stdin>")
    name = "standard input" if path == "<stdin>" else click.format_filename(path)
    try:
        config = read(file.read(LARGEST + 1), name)
    except WebConfigError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{name}: {error.strerror}") from error
    frameworks = FRAMEWORKS if framework is None else (framework,)
    if is_json:
        print_json(as_json(config, frameworks))
    else:
        click.echo(as_text(config, frameworks, name))
