"""`nightside status`: what a running daemon is doing, once or as it changes."""

from typing import TYPE_CHECKING, Annotated

import typer

from nightside.cli.options import DEFAULT_CONFIG, Config, Json, Url
from nightside.cli.output import clock_face, console, print_json, size

if TYPE_CHECKING:
    from nightside.cli.daemon import Daemon
    from nightside.engine.snapshot import Snapshot
    from nightside.service.status import Status
    from nightside.storage.standing import SinkState

Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on, with a line whenever something changes. Ctrl-C ends it.")]


def status(config: Config = DEFAULT_CONFIG, url: Url = None, follow: Follow = False, as_json: Json = False) -> None:
    """Say what every body is doing, what comes next, what keeps the clock, how the sinks are, and what is wrong.

    [bold]nightside status --follow[/] shows the night as it goes on.
    [bold]nightside status --url https://cupola.local:8321 --json[/] asks another computer, for a program.
    """
    from pydantic import TypeAdapter

    from nightside.cli.daemon import reach
    from nightside.service.status import Status

    with reach(config, url) as daemon:
        if follow:
            _follow(daemon, as_json=as_json)
            return
        found = daemon.ask("/api/v1/status", TypeAdapter(Status))
    if as_json:
        print_json(found)
    else:
        _print(found)


def _follow(daemon: "Daemon", *, as_json: bool) -> None:
    """A line a change. Ends with the daemon.

    Raises:
        NobodyThere: the daemon has ended.
    """
    from pydantic import TypeAdapter

    from nightside.cli.keys import line_of
    from nightside.engine.snapshot import Snapshot
    from nightside.errors import NobodyThere

    snapshots: TypeAdapter[Snapshot] = TypeAdapter(Snapshot)
    for name, data in daemon.events():
        if name != "state":
            continue
        if as_json:
            typer.echo(data)
        else:
            seen = snapshots.validate_json(data)
            console.print(f"{seen.at:%H:%M:%S} {line_of(seen)}", markup=False, soft_wrap=True)
    raise NobodyThere(f"The daemon {daemon.where} has ended.")


def _print(found: "Status") -> None:
    from nightside.cli.keys import line_of

    console.print(f"[bold]Nightside {found.version}[/], {clock_face(found.at)} UTC")
    for body in found.bodies:
        console.print(f"{line_of(body)}{_model(body)}", markup=False, soft_wrap=True)
    for clock in sorted({body.clock for body in found.bodies if body.clock}):
        console.print(f"clock: {clock}", markup=False, soft_wrap=True)
    for sink in found.sinks:
        console.print(f"sink {sink.name}: {_state(sink)}", markup=False, soft_wrap=True)
    for name, finding in sorted(found.wrong.items()):
        console.print("[yellow]wrong:[/] ", end="")
        console.print(f"{name}: {finding}", markup=False, soft_wrap=True)


def _model(body: "Snapshot") -> str:
    return f" ({body.model})" if body.model else ""


def _state(sink: "SinkState") -> str:
    free = "" if sink.free is None else f", {size(sink.free)} free"
    optional = "" if sink.required else " (optional)"
    if sink.failing_since is not None:
        return f"failing since {clock_face(sink.failing_since)} UTC: {sink.why}; {sink.backlog} files behind{optional}"
    return f"{f'{sink.backlog} files behind' if sink.backlog else 'has all that was drained'}{free}{optional}"
