"""Which file on the card belongs to which shot. Pure.

While a window is shot, a file is taken for the frame of the shot after which it was announced: provisionally, since bodies lose
and delay announcements. When the window is over the card is laid beside the exposures as a whole (`align`), and that decides.
"""

from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from statistics import median

from nightside.storage.pairs import stem
from nightside_drivers.api import CardFile

TOLERANCE_S = 1.6
"""How far a file's time and its shot's may differ, once the two clocks' offset is taken off: bodies stamp whole seconds."""

WITNESSES = 3
"""Announcements that are believed against a body's clock that was measured, where they cannot all have come late."""

ZONE_S = 900.0
"""Cards tell local time or UTC (s): what they differ by, if they do."""

FARTHEST_ZONE_S = 54_000.0
"""How far local times are from UTC at the most (s), and an hour."""

SAMPLE = 200
LIKELIEST = 60
"""Files that vote for an offset, and offsets that are looked at closely: a night of thousands is settled in a moment."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A shot that may have a frame: when it opened (UTC, s; planned, where nobody knows), and whether it surely did."""

    index: int
    opened_at: float
    sure: bool = True
    pushed: bool = False
    """Whether it may have opened long after it was planned: in doubt, and of a plan that is pushed."""
    closed_at: float | None = None
    """When it was seen to be over (UTC, s), if it was."""


def announced(
    files: Iterable[CardFile], own: Sequence[int], waiting: Sequence[int], explained: Mapping[str, int | None]
) -> list[tuple[int | None, CardFile]]:
    """Give announced files to shots, provisionally.

    Args:
        files: in the body's order.
        own: the shots of the release after which they were announced, oldest first; empty when the window is over.
        waiting: indices of exposed shots without a frame, oldest first; `own` among them.
        explained: the shot (or none) of every stem that is already known.
    """
    known = dict(explained)
    older = [index for index in waiting if index not in own]
    expected = [index for index in own if index in waiting and index not in known.values()]
    given: list[tuple[int | None, CardFile]] = []
    files = list(files)
    late = len({stem(file) for file in files} - known.keys()) - len(expected)
    for file in files:
        key = stem(file)
        if key not in known:
            # The last files are this release's own; those before them come late, for shots that still wait.
            source = older if late > 0 and older else expected
            known[key] = source.pop(0) if source else None
            late -= 1
        given.append((known[key], file))
    return given


def align(
    candidates: Sequence[Candidate],
    files: Sequence[CardFile],
    provisional: Mapping[str, int | None],
    ahead_s: float | None = None,
) -> dict[str, int | None]:
    """The shot of each stem, from the card as a whole.

    As many stems as exposures are taken in order: of time, or of the card where the announcements speak for that, since a body's
    clock may have been set meanwhile. Otherwise the body's times decide: the offset between its clock and ours is the one under
    which most files fall on a shot each, and of equals the one that the announcements speak for.

    Args:
        candidates: shots that were, or may have been, exposed, oldest first.
        files: the window's files, in the card's order.
        provisional: what the announcements said of some stems.
        ahead_s: how far the body's clock was ahead of UTC when it was measured last, if it ever was. A few announcements
            that came one release late would say otherwise.
    """
    times = _times(files)
    stems = sorted(times, key=lambda key: (times[key] is None, times[key] or 0.0))
    sure = [candidate for candidate in candidates if candidate.sure]
    if len(stems) == len(candidates):
        indices: list[int | None] = [candidate.index for candidate in candidates]
        orders = [dict(zip(order, indices, strict=True)) for order in (stems, list(times))]
        return max(orders, key=lambda order: sum(order.get(key) == index for key, index in provisional.items()))
    known = {key: at for key, at in times.items() if at is not None}
    if len(known) < len(stems) or not stems:
        if len(stems) == len(sure):
            return dict(zip(stems, (candidate.index for candidate in sure), strict=True))
        return {key: provisional.get(key) for key in stems}
    return _by_time(candidates, known, provisional, ahead_s)


def arrivals(
    candidates: Sequence[Candidate],
    times: Mapping[str, float],
    held: Mapping[str, tuple[int, float]],
    offsets: Sequence[float],
    over: float,
) -> dict[str, int]:
    """The shots of stems that appeared when their window had been settled: by time alone, since order proves nothing any more.

    Args:
        candidates: shots that were, or may have been, exposed and have no frame, oldest first.
        times: when the body says that each was made (s on its own clock).
        held: shot and time of the stems that the window's other shots have.
        offsets: how far the body's clock may be ahead of UTC, likeliest first.
        over: when the window was over (UTC, s): nothing of it was exposed later.
    """
    best: dict[str, int] = {}
    for offset in offsets:
        possible = {key: at for key, at in times.items() if at - offset <= over + TOLERANCE_S}
        matched = _matched(candidates, possible, offset)
        known = {key: index for key, (index, _) in held.items()}
        everything = {key: at for key, (_, at) in held.items()} | possible
        matched |= _opened_late(candidates, everything, offset, {**known, **matched})
        if len(matched) > len(best):
            best = matched
    return best


def measured_offsets(candidates: Sequence[Candidate], times: Mapping[str, float], ahead_s: float) -> list[float]:
    """How far a body's clock may be ahead of UTC of which only a measurement is known: that, or whole time zones beside it."""
    zones = {round((at - one.opened_at - ahead_s) / ZONE_S) for at in times.values() for one in candidates}
    return [ahead_s + zone * ZONE_S for zone in sorted(zones, key=abs) if abs(zone * ZONE_S) < FARTHEST_ZONE_S]


def _times(files: Sequence[CardFile]) -> dict[str, float | None]:
    times: dict[str, float | None] = {}
    for file in files:
        times.setdefault(stem(file), file.made_at)
    return times


def _by_time(
    candidates: Sequence[Candidate],
    times: Mapping[str, float],
    provisional: Mapping[str, int | None],
    ahead_s: float | None,
) -> dict[str, int | None]:
    opened = {candidate.index: candidate.opened_at for candidate in candidates}
    spoken = [
        times[key] - opened[index]
        for key, index in provisional.items()
        if key in times and index is not None and index in opened
    ]
    expected = median(spoken) if spoken else None
    if ahead_s is not None and expected is not None:
        measured = ahead_s + round((expected - ahead_s) / ZONE_S) * ZONE_S
        if len(spoken) < WITNESSES or _told_late(candidates, times, provisional, measured):
            expected = measured
    sample = sorted(times.values())[:SAMPLE]
    tally = Counter(round(at - candidate.opened_at) for at in sample for candidate in candidates)
    likely = {float(offset) for offset, _ in tally.most_common(LIKELIEST)}
    offsets = likely if expected is None else likely | {expected}

    def merit(offset: float) -> tuple[int, int, int, float]:
        matched = _matched(candidates, times, offset)
        explained = set(matched.values())
        if all(
            _may_be(provisional, key, index) for key, index in matched.items()
        ):  # by a clock that was set, it proves nothing
            explained.update(_opened_slowly(candidates, times, offset, matched, provisional).values())
        sure = sum(candidate.sure for candidate in candidates if candidate.index in explained)
        # With nothing to go by, the earlier shots: of two in doubt the later was only armed ahead.
        return len(explained), len(matched), sure, offset if expected is None else -abs(offset - expected)

    best = max(sorted(offsets), key=merit)
    matched = _matched(candidates, times, best)
    matched |= _opened_slowly(candidates, times, best, matched, provisional)
    matched |= _opened_late(candidates, times, best, matched)
    return {key: matched.get(key) for key in times}


def _told_late(
    candidates: Sequence[Candidate], times: Mapping[str, float], provisional: Mapping[str, int | None], measured: float
) -> bool:
    """Whether by a measured clock every file is a shot's, and none a later one's than it was announced after.

    Then the announcements came a release late, one and all, and the last file was lost. A clock that was set meanwhile has files
    lie between the shots.
    """
    matched = _matched(candidates, times, measured)
    return all(key in matched and (said is None or matched[key] <= said) for key, said in provisional.items() if key in times)


def _opened_slowly(
    candidates: Sequence[Candidate],
    times: Mapping[str, float],
    offset: float,
    matched: Mapping[str, int],
    provisional: Mapping[str, int | None],
) -> dict[str, int]:
    """Files that were made while a shot was surely open that has none: its body took its time to open after it was told to.

    Nothing else can be exposed meanwhile. A file that was announced after another shot is left to that: a clock may have been set.
    """
    has_one, found = set(matched.values()), dict[str, int]()
    placed = sorted((times[key] - offset, index) for key, index in matched.items())
    left = deque(sorted((at - offset, key) for key, at in times.items() if key not in matched))
    for one in candidates:
        if not one.sure or one.closed_at is None or one.index in has_one:
            continue
        while left and left[0][0] < one.opened_at:
            left.popleft()
        if not left or left[0][0] > one.closed_at:
            continue
        at, key = left[0]
        later = bisect_right(placed, at, key=itemgetter(0))
        in_order = all(index < one.index for _, index in placed[max(0, later - 1) : later]) and all(
            one.index < index for _, index in placed[later : later + 1]
        )
        if in_order and _may_be(provisional, key, one.index):
            found[key] = one.index
            left.popleft()
    return found


def _may_be(provisional: Mapping[str, int | None], key: str, index: int) -> bool:
    """Whether no announcement gives a stem to another shot."""
    return provisional.get(key) in (None, index)


def _opened_late(
    candidates: Sequence[Candidate], times: Mapping[str, float], offset: float, matched: Mapping[str, int]
) -> dict[str, int]:
    """Files that only a shot in doubt explains which opened late: after its instant, and between its neighbours' files."""
    found: dict[str, int] = {}
    for key in sorted(times.keys() - matched.keys(), key=lambda key: times[key]):
        known = {**matched, **found}
        before = max((index for other, index in known.items() if times[other] <= times[key]), default=-1)
        after = min((index for other, index in known.items() if times[other] > times[key]), default=None)
        for one in candidates:
            between = before < one.index and (after is None or one.index < after)
            if one.pushed and between and one.opened_at + offset <= times[key] + TOLERANCE_S:
                found[key] = one.index
                break
    return found


def _matched(candidates: Sequence[Candidate], times: Mapping[str, float], offset: float) -> dict[str, int]:
    """Files that fall on a shot each, both walked through in the order of time."""
    matched: dict[str, int] = {}
    waiting = list(candidates)
    for key, at in sorted(times.items(), key=lambda item: item[1]):
        while waiting and waiting[0].opened_at + offset < at - TOLERANCE_S:
            waiting.pop(0)
        if waiting and abs(waiting[0].opened_at + offset - at) <= TOLERANCE_S:
            matched[key] = waiting.pop(0).index
    return matched
