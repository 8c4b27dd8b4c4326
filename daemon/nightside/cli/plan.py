"""`nightside plan`: what will be shot, before the night."""

from datetime import timedelta
from typing import Annotated

import typer

from nightside.cli.options import DEFAULT_CONFIG, Config, Json, instant
from nightside.cli.output import clock_face, console, length, print_json, size
from nightside.errors import RangeRefused


def plan(
    config: Config = DEFAULT_CONFIG,
    at: Annotated[str | None, typer.Option(help="Plan as if it were this instant (UTC). Now, when not given.")] = None,
    as_json: Json = False,
) -> None:
    """Print the next window's plan: each shot with its times and settings, and the room that its frames need."""
    from nightside import settings as configuration
    from nightside.app import build_clock, build_planner, known_body

    settings = configuration.load(config)
    clock = build_clock(settings)
    after = clock.utc() if at is None else instant(at, "--at")
    if after < clock.utc() - timedelta(minutes=1):
        raise RangeRefused(
            f"--at is {clock_face(after)} UTC, which has passed.", remedy="Nights that have passed are in `nightside windows`."
        )
    found = build_planner(settings, clock)(after, known_body(settings))
    if as_json:
        print_json(found.model_dump(mode="json") | {"id": found.id, "expected_bytes": found.expected_bytes})
        return
    from rich.markup import escape
    from rich.table import Table

    shot_s = (found.shots[0].close_at - found.shots[0].open_at).total_seconds()
    console.print(
        f"[bold]{found.program}[/]: {len(found.shots)} × {shot_s:g} s on a {found.body}, "
        f"window {clock_face(found.span.start)} to {clock_face(found.span.end)} UTC "
        f"({length(found.span.duration.total_seconds())}, in {length((found.span.start - after).total_seconds())})"
    )
    console.print(f"needs about {size(found.expected_bytes)} on the card and in each sink")
    for warning in found.warnings:
        console.print(f"[yellow]note:[/] {escape(warning)}")
    table = Table("shot", "opens (UTC)", "closes (UTC)", "exposure", "ISO", "f/", "release", box=None, pad_edge=False)
    for shot in found.shots:
        setting = shot.exposure
        table.add_row(
            str(shot.index),
            f"{shot.open_at:%H:%M:%S.%f}"[:-3],
            f"{shot.close_at:%H:%M:%S.%f}"[:-3],
            f"{setting.shutter_s:g} s",
            str(setting.iso or "as set"),
            f"{setting.aperture:g}" if setting.aperture else "as set",
            shot.release,
        )
    console.print(table)
