"""Reading the files that conditions name, regions and duty plans: the other place in `nightside.sky` that touches a disk."""

from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from nightside.errors import ConditionRefused
from nightside.sky.conditions.geojson import parse_geojson
from nightside.sky.conditions.regions import Region

if TYPE_CHECKING:
    from nightside.sky.conditions.duty import DutyCalendar

MAX_BYTES = 16 * 1024 * 1024


def load_regions(path: Path) -> dict[str, Region]:
    """The regions in a GeoJSON file, by the names of its features; all of them together by the file's name."""
    return parse_geojson(_read(path), path.stem)


def load_duty(path: Path, zone: tzinfo | None = None) -> "DutyCalendar":
    """The duty plan in an iCalendar file; `zone` (UTC when not given) is for times that name none."""
    from nightside.sky.conditions.duty import parse_duty  # libraries for recurrence, which most nights do without

    return parse_duty(_read(path), path.name, zone)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refused(path, "it is not text in UTF-8") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a path"
        raise _refused(path, reason) from None
    if len(data) > MAX_BYTES:
        raise _refused(path, f"it is larger than {MAX_BYTES // 2**20} MiB")
    return text


def _refused(path: Path, what: str) -> ConditionRefused:
    return ConditionRefused(
        f"The file {path} cannot be used: {what}.",
        means="Conditions that name it cannot be used.",
        remedy="Give the path of a file that this user may read.",
    )
