"""What libgphoto2 calls things, make by make. Data only.

Names and choices are those of libgphoto2 2.5.34, camlibs/ptp2/config.c. A setting lists its widgets in order of preference; the
first that a body has is taken. A wish is a word of ours that means the same on every make, or the body's own word.
"""

from collections.abc import Mapping

from nightside_drivers.api import Setting

SHUTTER_WIDGETS = ("shutterspeed", "shutterspeed2")
ISO_WIDGETS = ("iso",)
APERTURE_WIDGETS = ("f-number", "aperture")
MODE_WIDGETS = ("expprogram", "autoexposuremode")
DIAL_WIDGETS = ("capturemode", "drivemode")
FOCUS_WIDGETS = ("focusmode", "focusmode2")
MAINS_WIDGETS = ("acpower",)
CLOCK_WIDGETS = ("datetimeutc", "datetime")
STABILISER_WIDGETS = ("imagestabilization",)
"""A Sony's. Nikons and Canons tell none by name: it is a switch on the lens."""
LENS_WIDGETS = ("lensname",)
SHORTEST_WIDGETS = ("minfocallength",)
LONGEST_WIDGETS = ("maxfocallength",)
UNKNOWN_LENS = "unknown value"
"""How libgphoto2 begins, in any case, what it has no word for. Nikons give the lens a number; it knows few of them by name."""
SERIAL_WIDGETS = ("serialnumber", "eosserialnumber")

VIEWFINDER_WIDGET = "viewfinder"
ZOOM_WIDGET = "liveviewimagezoomratio"
AIM_WIDGET = "changeafarea"
PROHIBIT_WIDGET = "liveviewprohibit"
MEDIA_WIDGET = "recordingmedia"

ZOOMED_OUT = "Entire Display"
"""Live view without magnification."""

PROHIBITED: Mapping[str, tuple[str, str]] = {
    "Battery exhausted": ("its battery is low", "Change the battery, or use mains."),
    "Temperature too high": ("it is too warm", "Switch it off and let it cool for ten minutes."),
    "TTL error": ("its light meter failed", "Switch it off and on; look at the lens's contacts."),
    "In Mirror-up operation": ("it is in mirror-up operation", "Turn the release dial away from mirror-up."),
    "Minimum aperture warning": ("the lens is not locked at its smallest aperture", "Turn the aperture ring to its end."),
    "Processing of shooting operation": ("it is shooting", "Wait for the exposure to end."),
    "Sequence error": ("it is confused about what comes next", "Switch it off and on."),
    "Exposure Program Mode": ("its mode dial is not on P, S, A or M", "Turn the mode dial to M."),
    "Bulb warning": ("its shutter speed is Bulb", "Set another shutter speed while you focus."),
    "Card unformatted": ("a card is not formatted", "Format it in the body, or take it out."),
    "Card error": ("a card has failed", "Take it out."),
    "no card or card protected": ("it has no card that it can write to", "Put in a card that is not locked."),
    "Card protected": ("a card is write-protected", "Unlock it."),
    "Pending unretrieved SDRAM image": ("its memory holds a frame that nobody fetched", "Switch it off and on."),
    "Fully pressed button": ("its release is pressed", "Let the release go, and look at its wiring."),
    "Lens is retracting": ("its lens is retracting", "Wait a moment, and try again."),
}
"""What libgphoto2 says of Live View Prohibit Condition 0xd1a4, what it means, and what a hand can do. First the likeliest."""

BULB = "bulb"
"""The choice, in any case, that leaves the shutter to whoever releases it."""

WIDGETS: Mapping[Setting, tuple[str, ...]] = {
    Setting.QUALITY: ("imagequality", "imageformat"),
    Setting.TARGET: ("capturetarget",),
    Setting.WHITE_BALANCE: ("whitebalance",),
    Setting.NOISE_REDUCTION: ("longexpnr",),
    Setting.DELAY: ("exposuredelaymode",),
    Setting.FOCUS: FOCUS_WIDGETS,
    Setting.METER_OFF: ("meterofftime", "autopoweroff"),
}

MEANS: Mapping[Setting, Mapping[str, tuple[str, ...]]] = {
    Setting.QUALITY: {
        "raw": ("NEF (Raw)", "RAW", "cRAW"),
        "jpeg": ("JPEG Fine", "JPEG Fine*", "Large Fine JPEG", "L", "Extra Fine", "Fine"),
        "raw+jpeg": ("NEF+Fine", "NEF+Fine*", "RAW + Large Fine JPEG", "RAW + L", "RAW+JPEG (Fine)", "RAW+JPEG"),
    },
    Setting.TARGET: {"card": ("Memory card", "card"), "ram": ("Internal RAM", "sdram")},
    Setting.WHITE_BALANCE: {
        "daylight": ("Daylight",),
        "auto": ("Automatic", "Auto"),
        "tungsten": ("Tungsten",),
        "shade": ("Shade", "Shadow"),
        "cloudy": ("Cloudy",),
    },
    Setting.NOISE_REDUCTION: {"off": ("Off",), "on": ("On",)},
    Setting.DELAY: {"off": ("Off",), "on": ("On",)},
    Setting.FOCUS: {"manual": ("Manual", "MF", "MF (fixed)", "MF (selection)")},
    Setting.METER_OFF: {
        "never": ("0", "Off"),
        "longest": ("0", "Off", "30 minutes", "10 minutes", "30min", "10min"),
    },
}
"""What a word of ours is called on each make."""

RANKED = frozenset({(Setting.METER_OFF, "longest")})
"""Wishes whose words do not mean the same: the first that a body has is what is wished, not any of them."""
