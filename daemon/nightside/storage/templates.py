"""Where a frame lies in a sink: a template of the configuration, checked before the night and filled in for each frame.

`{session}/{window}/{body}-{shot:05}-{stem}{ext}` is what is used where nothing is configured. A name made from a template stays
below the sink's root whatever a body calls its files, and no two frames of a ledger have the same.
"""

import re
from collections.abc import Mapping
from functools import cached_property
from string import Formatter

from nightside.ledger.records import FrameRecord, WindowRecord
from nightside.storage.names import final_names, harmless, stem_and_suffix

DEFAULT = "{session}/{window}/{body}-{shot:05}-{stem}{ext}"
FIELDS = ("session", "window", "program", "year", "month", "day", "body", "shot", "stem", "ext")
NEEDED = ("window", "body", "shot", "stem", "ext")
"""Without these, two frames could have the same name: of two windows, bodies, shots, cards, or of one NEF+JPEG pair."""
PAYLOAD = "data"
"""The folder right below the session's that makes the session's folder a BagIt bag."""

_LITERAL = re.compile(r"[A-Za-z0-9_./-]*")
_WIDTH = re.compile(r"0[1-9]")
LONGEST_PATH = 160


class Template:
    """A checked template."""

    def __init__(self, text: str) -> None:
        """Check it.

        Raises:
            ValueError: it cannot be parsed, could name two frames the same, or could lead out of the sink.
        """
        self.text = text
        try:
            parts = list(Formatter().parse(text))
        except ValueError as error:
            raise ValueError(f"it cannot be read: {error}") from None
        for literal, field, form, conversion in parts:
            _check_literal(literal)
            if field is not None:
                _check_field(field, form or "", conversion)
        self._check_shape([field for _, field, _, _ in parts if field is not None])
        longest = self._fill(dict.fromkeys(FIELDS, "x" * 40) | {"shot": "00000"})
        if len(longest) > LONGEST_PATH + 40 * 4:
            raise ValueError(f"it is too long: its names could have {len(longest)} letters")

    @cached_property
    def bag(self) -> bool:
        """Whether a session's folder is a BagIt bag: its frames lie in `data/`."""
        folders = self.text.split("/")
        return folders[folders.index("{session}") + 1] == PAYLOAD

    def root(self, path: str) -> str:
        """The session's folder, where its manifest is, of a path that this template made."""
        return "/".join(path.split("/")[: self.text.split("/").index("{session}") + 1])

    def path(self, frame: FrameRecord, window: WindowRecord) -> str:
        """Where a drained frame lies. What sets it apart from its namesakes in the spool sets it apart here too."""
        stem, suffix = stem_and_suffix(frame)
        start = window.plan.span.start
        values = {
            "session": harmless(frame.session, "session"),
            "window": harmless(frame.window, "window"),
            "program": harmless(window.plan.program, "program"),
            "year": f"{start:%Y}",
            "month": f"{start:%m}",
            "day": f"{start:%d}",
            "body": harmless(window.serial, "body"),
            "shot": frame.shot_index,
            "stem": stem,
            "ext": f"{_again(frame, window.serial)}{suffix}",
        }
        return self._fill(values)

    def _fill(self, values: Mapping[str, str | int | None]) -> str:
        made: list[str] = []
        for literal, field, form, _ in Formatter().parse(self.text):
            made.append(literal)
            if field is not None:
                value = values[field]
                made.append("extra" if value is None else f"{value:{form or ''}}" if isinstance(value, int) else value)
        return "".join(made)

    def _check_shape(self, fields: list[str]) -> None:
        missing = [f"{{{name}}}" for name in NEEDED if name not in fields]
        if missing:
            raise ValueError(f"two frames could have the same name: it lacks {', '.join(missing)}")
        folders = self.text.split("/")
        if folders.count("{session}") != 1 or folders[-1] == "{session}":
            raise ValueError("{session} must be a folder of its own, for the session's manifest")
        if not self.text.endswith("{ext}") or fields.count("ext") > 1:
            raise ValueError("it must end with {ext}, and have it nowhere else")
        if any(not folder or folder.startswith(".") or folder == ".." for folder in folders):
            raise ValueError("each of its folders needs a name that does not begin with a full stop")
        if re.search(r"\}\{(?!ext\})", self.text):
            raise ValueError("between two fields there must be a - or a _ or a /, so that the name can be told apart again")


def _check_literal(literal: str) -> None:
    if not _LITERAL.fullmatch(literal):
        raise ValueError(f"{literal!r} is more than letters, digits, - _ . and /, which is all that every sink can name")


def _check_field(field: str, form: str, conversion: str | None) -> None:
    if field not in FIELDS:
        raise ValueError(f"{{{field}}} is not known; there are {', '.join(f'{{{name}}}' for name in FIELDS)}")
    if conversion is not None or (form and (field != "shot" or not _WIDTH.fullmatch(form))):
        raise ValueError(f"{{{field}}} is written alone; only the shot may have a width, as in {{shot:05}}")


def _again(frame: FrameRecord, serial: str) -> str:
    """What the spool put behind the stem because the name was taken; mostly nothing."""
    if frame.spool_path is None:
        return ""
    _, suffix = stem_and_suffix(frame)
    plain = next(final_names(frame, serial)).removesuffix(suffix)
    given = frame.spool_path.rpartition("/")[2].removesuffix(suffix)
    return given.removeprefix(plain) if given.startswith(plain) else f"-{frame.id}"
