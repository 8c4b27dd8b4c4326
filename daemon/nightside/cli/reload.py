"""`nightside reload`: have a running daemon read its configuration again."""

from nightside.cli.options import DEFAULT_CONFIG, Config, Json, Url
from nightside.cli.output import console, print_json


def reload(config: Config = DEFAULT_CONFIG, url: Url = None, as_json: Json = False) -> None:
    """Have a running daemon read its configuration again, and say what it took. A bad one is refused, and the old one kept.

    It notices by itself within two minutes; this is for whoever does not want to wait.

    [bold]nightside reload -c /etc/nightside/nightside.toml[/] is the service's.
    """
    from pydantic import TypeAdapter

    from nightside.cli.daemon import reach
    from nightside.service.configuration import Reloaded

    with reach(config, url) as daemon:
        found = daemon.tell("/api/v1/reload", TypeAdapter(Reloaded), None)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    if not (found.taken or found.restart):
        console.print("Nothing has changed.")
    if found.taken:
        console.print(f"Taken, from the next window on: {', '.join(found.taken)}.", markup=False)
    if found.restart:
        console.print(f"Waits for a restart: {', '.join(found.restart)}.", markup=False)
