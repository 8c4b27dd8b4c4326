"""Where the lens is focused, and how large that makes a star."""

END = 1000
"""Steps from one end of the focus to the other (assumed)."""

INFINITY = 500
"""The step at which stars are sharp (assumed): a lens can be turned past it, as real ones can."""

DEFOCUS_MM_A_STEP = 0.002
"""How far a step moves the sharp image along the axis (assumed)."""


class Focus:
    """The focus of the lens that is on."""

    def __init__(self) -> None:
        self.at = INFINITY

    def move(self, steps: int) -> bool:
        """Turn it, farther by positive steps. Says whether it got there, or came to an end."""
        wanted = self.at + steps
        self.at = max(0, min(END, wanted))
        return self.at == wanted

    def blur_mm(self, f_number: float) -> float:
        """Diameter of the disk that a star becomes on the sensor."""
        return abs(self.at - INFINITY) * DEFOCUS_MM_A_STEP / f_number
