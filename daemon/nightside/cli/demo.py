"""`nightside demo`."""


def demo() -> None:
    """One real orbital night, end to end, on a simulated camera."""
