"""`nightside twin`: a simulated camera that anybody's software can talk to."""

import typer


def twin(context: typer.Context) -> None:
    """Run a simulated Nikon D3s over PTP/IP, with its wired release and every fault that photographers report."""
    from nightside_drivers.twin.command import main

    raise typer.Exit(main(context.args))
