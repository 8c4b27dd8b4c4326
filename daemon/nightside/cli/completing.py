"""What a shell offers when Tab is pressed: recipes, sinks, bodies and files by their names. Never an error: then nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from nightside.errors import NightsideError

if TYPE_CHECKING:
    from nightside.settings import Settings

MOST = 100
"""Files that are offered."""


def recipe_names(incomplete: str) -> list[tuple[str, str]]:
    """Recipes, each with what it is."""
    from nightside.plan.recipes import recipes

    return [(one.name, one.about) for one in recipes() if one.name.startswith(incomplete)]


def sink_names(context: typer.Context, incomplete: str) -> list[str]:
    """The sinks of the configuration."""
    settings = _configured(context)
    return [] if settings is None else [sink.name for sink in settings.storage.sinks if sink.name.startswith(incomplete)]


def serials(context: typer.Context, incomplete: str) -> list[str]:
    """The serial numbers of the configured bodies."""
    settings = _configured(context)
    known = () if settings is None else settings.every_camera
    return [camera.serial for camera in known if camera.serial and camera.serial.startswith(incomplete)]


def toml_files(incomplete: str) -> list[str]:
    """Configurations and programs. Where there is none, bash goes on with folders by itself."""
    return sorted(_toml_files(incomplete))[:MOST]


def _toml_files(incomplete: str) -> Iterator[str]:
    folder = incomplete.rpartition("/")[0] + "/" if "/" in incomplete else ""
    try:
        entries = list(Path(folder or ".").iterdir())
    except OSError:
        return
    for entry in entries:
        name = f"{folder}{entry.name}"
        if name.startswith(incomplete) and entry.suffix == ".toml":
            yield name


def _configured(context: typer.Context) -> "Settings | None":
    from nightside import settings as configuration
    from nightside.cli.options import DEFAULT_CONFIG

    try:
        return configuration.load(Path(context.params.get("config") or DEFAULT_CONFIG))
    except NightsideError:
        return None
