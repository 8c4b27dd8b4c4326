"""`nightside let-go`: the pins of a release, after a daemon that did not end as it should."""

from nightside.cli.options import DEFAULT_CONFIG, Config
from nightside.cli.output import console


def let_go(config: Config = DEFAULT_CONFIG) -> None:
    """Let a release on GPIO pins go, whoever held them last: for a service manager, when the daemon has ended."""
    from nightside import settings as configuration
    from nightside.building import wiring
    from nightside_drivers.wired.gpio_line import GpioWiring, chosen_factory, let_pins_go, spoken

    release = configuration.load(config).camera.release
    wired = None if release is None else wiring(release)
    if not isinstance(wired, GpioWiring):
        console.print("There is no release on pins: nothing to let go.")
        return
    with spoken(wired, "let go"):
        let_pins_go(wired, chosen_factory())
    console.print(f"GPIO {wired.pin} is let go.")
