"""The commands by name: each is loaded when it is asked for, so that the daemon carries none of the others through the night."""

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperGroup
from typer.main import get_command

SHELF = {
    "demo": "demo:demo",
    "windows": "windows:windows",
    "passes": "passes:passes",
    "plan": "plan:plan",
    "recipes": "recipes:recipes",
    "rehearse": "rehearse:rehearse",
    "run": "run:run",
    "status": "status:status",
    "tell": "tell:tell",
    "armed": "arming:armed",
    "arm": "arming:arm",
    "disarm": "arming:disarm",
    "reload": "reload:reload",
    "agenda": "agenda:agenda",
    "frames": "frames:frames",
    "verify": "verify:verify",
    "doctor": "doctor:doctor",
    "install": "install:install",
    "uninstall": "install:uninstall",
    "focus": "focus:focus",
    "let-go": "let_go:let_go",
    "import": "importing:import_",
    "twin": "twin:twin",
    "ledger": "ledger:ledger",
    "token": "token:token",
}
"""Where each is found in this package, in the order in which help shows them."""

OPTIONS: Mapping[str, dict[str, Any]] = {
    "twin": {"context_settings": {"allow_extra_args": True, "ignore_unknown_options": True}, "add_help_option": False}
}
"""What a command is registered with. Every argument of the twin, `--help` too, is its own (`nightside_drivers.twin.command`)."""


EXITS = "Ends with 0 when it is done, 2 when it is not understood, 130 at Ctrl-C; docs/reference/exit-codes.md has all others."


class Shelf(MutableMapping[str, Any]):
    """Looks like all commands, and makes each when it is first looked at."""

    def __init__(self, markup: Any) -> None:
        self._markup = markup
        self._made: dict[str, Any] = dict.fromkeys(SHELF)

    def __getitem__(self, name: str) -> Any:
        found = self._made[name]
        if found is None:
            found = self._made[name] = _made(name, self._markup)
        return found

    def __setitem__(self, name: str, command: Any) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


class Commands(TyperGroup):
    """The group of all commands. Help and completion show their own first lines, and so load them all."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = Shelf(self.rich_markup_mode)

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of the shelf."""
        return list(self.commands)


def _made(name: str, markup: Any) -> Any:
    module, _, attribute = SHELF[name].partition(":")
    found = getattr(import_module(f"nightside.cli.{module}"), attribute)
    alone = typer.Typer(add_completion=False, rich_markup_mode=markup, pretty_exceptions_enable=False)
    if isinstance(found, typer.Typer):
        alone.add_typer(found, name=name)
        group = cast("TyperGroup", cast("TyperGroup", get_command(alone)).commands[name])
        for one in group.commands.values():
            one.epilog = EXITS
        return group
    alone.command(name, epilog=EXITS, **OPTIONS.get(name, {}))(found)
    return get_command(alone)
