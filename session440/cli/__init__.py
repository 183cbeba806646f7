"""The command line: one module for each command."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click

from ..version import __version__

#: Each command is the object ``command`` in the module of its name.
NAMES: Final = ("doctor", "explain", "logins", "migrate", "policy", "probe", "webconfig")


class Commands(click.Group):
    """Imports a command when it is used, so that no command needs the libraries of the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return list(NAMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, or one that says which library is missing."""
        if cmd_name not in NAMES:
            return None
        try:
            command: click.Command = import_module(f".{cmd_name}", __name__).command
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("session440"):
                raise
            return _lacking(cmd_name, (error.name or "").partition(".")[0])
        return command


def _lacking(name: str, library: str) -> click.Command:
    """Return a command that only says what it needs, also in the list of commands."""
    needed = f"{name} needs {library}; install 'session440[cli]'."

    def complain(**kwargs: object) -> None:
        raise click.ClickException(needed)

    anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    return click.Command(name, context_settings=anything, callback=complain, help=needed)


commands = Commands(
    "session440",
    help="Find out why people are logged out.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
click.version_option(__version__, prog_name="session440")(commands)
