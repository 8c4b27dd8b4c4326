"""The command line. Each command is a module; what it does is elsewhere, and it loads that only when it runs.

Exit codes: 0 for done, 2 for a command that was not understood, 130 for Ctrl-C, and a code of its own for every way to be refused
or to fail (docs/reference/exit-codes.md). Nothing foreseeable ends in a traceback.
"""

import sys

import typer

from nightside.cli.shelf import Commands
from nightside.errors import NightsideError

INTERRUPTED = 130

app = typer.Typer(
    name="nightside",
    cls=Commands,
    callback=lambda: None,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Shoot while it is night, over a ground site or in the Earth's shadow as seen from a spacecraft.",
    epilog="Start with [bold]nightside demo[/]: one orbital night on a simulated camera. "
    "Then copy a profile from config/, and see [bold]nightside windows[/] and [bold]nightside plan[/] before "
    "[bold]nightside run[/].",
)


def main() -> None:
    """Entry point of `nightside`."""
    try:
        app()
    except NightsideError as error:
        from nightside.cli.output import print_error

        print_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone; there is nobody left to tell
        sys.exit(0)
