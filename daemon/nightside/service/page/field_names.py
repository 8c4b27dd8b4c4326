"""What fields of a form are called: keys of programs in a photographer's words, each with its unit. Pure."""

NAMES = {
    "iso": "ISO",
    "aperture": "Aperture (f-number)",
    "focal_mm": "Focal length",
    "start": "Not before",
    "end": "Not after",
    "min_length_s": "Least room",
    "every_s": "From start to start",
    "total_s": "Whole length",
    "shots": "Shots at the most",
    "release": "Opened by",
    "overrun": "A late shot",
    "frames_per_s": "Frames a second",
    "played_at": "Played at (frames a second)",
    "stops": "Apart (stops, EV)",
    "sets": "Sets at the most",
    "rounds": "Rounds at the most",
    "times": "Times at the most",
    "bursts": "Bursts at the most",
    "prompt_s": "Time for the cap",
    "series": "Exposure",
    "parts": "Part",
    "program": "What is repeated",
}
"""Those that would not do as they are written."""
UNITS = {"_s": "s", "_mm": "mm", "_deg": "°", "_c": "°C", "_percent": "%", "_px": "px"}
"""By how a key ends."""
RATES = frozenset({"frames_per_s"})
"""Keys whose ending is no unit of their own."""


def unit_of(key: str) -> str:
    """The unit of a field, as in `s`; empty, where it has none, or its name says it."""
    return "" if key in RATES else next((unit for ending, unit in UNITS.items() if key.endswith(ending)), "")


def field_name(key: str) -> str:
    """What a field is called, without its unit."""
    if key in NAMES:
        return NAMES[key]
    plain = key.rpartition("_")[0] if unit_of(key) else key
    return plain.replace("_", " ").capitalize()
