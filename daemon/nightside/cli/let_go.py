"""`nightside let-go`: the pins of a release, after a daemon that did not end as it should."""

from nightside.cli.options import DEFAULT_CONFIG, Config, Json
from nightside.cli.output import console, print_json


def let_go(config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Let a release on GPIO pins go, whoever held them last: for a service manager, when the daemon has ended.

    [bold]nightside let-go -c /etc/nightside/nightside.toml[/] is what the service does after each end.
    """
    from nightside import settings as configuration
    from nightside.building import wiring
    from nightside_drivers.wired.gpio_line import GpioWiring, chosen_factory, let_pins_go, spoken

    release = configuration.load(config).camera.release
    wired = None if release is None else wiring(release)
    if not isinstance(wired, GpioWiring):
        if as_json:
            print_json({"let_go": None})
        else:
            console.print("There is no release on pins: nothing to let go.")
        return
    with spoken(wired, "let go"):
        let_pins_go(wired, chosen_factory())
    if as_json:
        print_json({"let_go": wired.pin})
    else:
        console.print(f"GPIO {wired.pin} is let go.")
