"""What `nightside focus` says of each picture, and the files that it keeps them in."""

import contextlib
import json
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from rich.console import Console
from rich.text import Text

from nightside.cli.output import aside, console
from nightside.errors import OutputRefused, PictureDamaged
from nightside.focus.gauge import Gauge, Mark, Trend
from nightside.focus.pictures import decoded
from nightside.focus.sizes import StarSize
from nightside.focus.stars import measure
from nightside.focus.viewfinder import Shown, Stream

BAR = 24
"""Characters of a bar that is full: as good as the best so far."""

MOST_DAMAGED = 20
"""Pictures in a row that may be damaged before it is no use to go on."""

STYLE = {Trend.BEST: "bold green", Trend.BETTER: "green", Trend.WORSE: "red"}
STANDARD_OUTPUT = Path("-")


class Report:
    """One session's lines and files. Not for the event loop: `take` decodes, measures, prints and writes."""

    def __init__(self, save: Path | None, film: Path | None, *, as_json: bool) -> None:
        """`save` keeps the first picture, `film` all of them ("-" for standard output, and then the lines go to standard error)."""
        self._save_as = save
        self._film_as = film
        self._save: BinaryIO | None = None
        self._film: BinaryIO | None = None
        self._as_json = as_json
        self._lines: Console = aside if film == STANDARD_OUTPUT else console
        self._gauge = Gauge()
        self._best: float | None = None
        self._damaged = 0

    def __enter__(self) -> Self:
        """Make the files now: it is said before the camera is touched that one cannot be made.

        Raises:
            OutputRefused: a file is there already, or cannot be written.
        """
        self._save = _new(self._save_as)
        # A descriptor of our own: what a player that was closed did not take must not be tried again when the program ends.
        to_player = self._film_as == STANDARD_OUTPUT
        self._film = os.fdopen(os.dup(sys.stdout.fileno()), "wb") if to_player else _new(self._film_as)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for file, path in ((self._save, self._save_as), (self._film, self._film_as)):
            if file is None or path is None:
                continue
            empty = path != STANDARD_OUTPUT and file.tell() == 0
            with contextlib.suppress(BrokenPipeError):
                file.close()
            if empty:
                path.unlink(missing_ok=True)  # nothing was shown: no empty file stays behind

    def take(self, shown: Shown, stream: Stream) -> None:
        """One picture.

        Raises:
            PictureDamaged: they have been so for some time.
            OutputRefused: the disk is full.
        """
        self._keep(shown.jpeg)
        try:
            picture = decoded(shown.jpeg)
        except PictureDamaged as error:
            self._damaged += 1
            if self._damaged > MOST_DAMAGED:
                raise
            self._line(shown, StarSize(None), None, str(error))
            return
        self._damaged = 0
        size = measure(picture)
        mark = None
        if size.hfd_px is not None:
            mark = self._gauge.read(size.hfd_px * stream.sensor_px(shown.look, picture.light.shape[1]))
            self._best = mark.best_px
        self._line(shown, size, mark, "")

    def aside(self, text: str) -> None:
        """Something beside the pictures."""
        aside.print(Text(text), soft_wrap=True)

    def end(self) -> None:
        """The last line."""
        if self._best is not None:
            self.aside(f"The best was {self._best:.2f} pixels of the sensor. Live view has ended.")

    def _keep(self, jpeg: bytes) -> None:
        try:
            if self._film is not None:
                self._film.write(jpeg)
                self._film.flush()
            if self._save is not None and self._save.tell() == 0:
                self._save.write(jpeg)
                self._save.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputRefused(f"A picture could not be written: {error.strerror}.", remedy="Free some room.") from error

    def _line(self, shown: Shown, size: StarSize, mark: Mark | None, complaint: str) -> None:
        if self._as_json:
            said = {
                "picture": shown.number,
                "magnified_percent": shown.look.percent,
                "hfd_px": None if mark is None else round(mark.hfd_px, 3),
                "best_px": None if mark is None else round(mark.best_px, 3),
                "trend": None if mark is None else mark.trend,
                "stars": size.used,
                "saturated": size.saturated,
                "elongated": size.elongated,
                "crowded": size.crowded,
                "damaged": bool(complaint),
            }
            self._lines.file.write(json.dumps(said) + "\n")
            self._lines.file.flush()
            return
        self._lines.print(Text.assemble(f"{shown.number:>5}  ", _words(size, mark, complaint)), soft_wrap=True)


def _words(size: StarSize, mark: Mark | None, complaint: str) -> Text:
    if complaint:
        return Text(complaint)
    if mark is None:
        return Text("too much light to tell a star" if size.crowded else "no star found")
    bar = "━" * max(1, round(BAR * mark.share))
    notes = [f"{size.used} star{'' if size.used == 1 else 's'}"]
    notes += [f"{size.saturated} too bright"] if size.saturated else []
    notes += [f"{size.elongated} not round"] if size.elongated else []
    return Text.assemble(
        f"{mark.hfd_px:7.2f} px  ",
        (f"{bar:<{BAR}}", STYLE.get(mark.trend, "") if mark.trend else ""),
        f"  best {mark.best_px:.2f}  {', '.join(notes)}",
        f"  {mark.trend}" if mark.trend else "",
    )


def _new(path: Path | None) -> BinaryIO | None:
    if path is None:
        return None
    try:
        return path.open("xb")
    except FileExistsError:
        raise OutputRefused(
            f"{path} is there already, and nothing is ever overwritten.", remedy="Name another file, or move that one."
        ) from None
    except OSError as error:
        raise OutputRefused(f"{path} cannot be written: {error.strerror}.", remedy="Name another file.") from error
