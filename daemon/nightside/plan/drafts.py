"""Shots before they have an instant: offsets in whole microseconds from wherever their program begins, so that nothing drifts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from nightside.plan.values import Overrun
from nightside_drivers.api import Exposure

MOST_SHOTS = 100_000
"""No card holds more, and no table of them is read by anybody."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One shot to be."""

    open_us: int
    length_us: int
    exposure: Exposure
    overrun: Overrun
    joined: bool = False
    """Taken by the release of the draft before it."""
    drift_us: int = 0
    """How much later than planned it may end, where the body's own gap decides."""
    part: str = ""

    @property
    def close_us(self) -> int:
        """Where it is planned to end."""
        return self.open_us + self.length_us

    @property
    def latest_us(self) -> int:
        """Where it ends at the latest."""
        return self.close_us + self.drift_us


@dataclass(frozen=True, slots=True)
class Ask:
    """Something that a person is to do before a draft."""

    before: int
    """Position of the draft."""
    at_us: int
    says: str


@dataclass(frozen=True, slots=True)
class Expansion:
    """A program, expanded into a room: what fits of it, and what is to be said about that."""

    drafts: tuple[Draft, ...] = ()
    asks: tuple[Ask, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()
    """What a person must set beforehand, besides what the shots' own settings and releases ask for."""
    undo: str = ""
    """What a person must do before anything else can follow, such as taking the lens cap off again."""

    @property
    def reach_us(self) -> int:
        """Where the last of it is over at the latest."""
        return max((draft.latest_us for draft in self.drafts), default=0)

    def later(self, by_us: int) -> "Expansion":
        """The same, begun so much later."""
        drafts = tuple(replace(draft, open_us=draft.open_us + by_us) for draft in self.drafts)
        return replace(self, drafts=drafts, asks=tuple(replace(ask, at_us=ask.at_us + by_us) for ask in self.asks))

    def named(self, part: str) -> "Expansion":
        """The same, each shot of it saying whose it is unless it does so already."""
        return replace(self, drafts=tuple(replace(draft, part=draft.part or part) for draft in self.drafts))


def chained(expansions: Sequence[Expansion]) -> Expansion:
    """Several as one, in the order in which they are: none may lie over another.

    What a person must undo after one of them is asked before the next.
    """
    asks: list[Ask] = []
    drafts: list[Draft] = []
    before = Expansion()
    for expansion in expansions:
        if before.undo and expansion.drafts:
            asks.append(Ask(len(drafts), before.reach_us, before.undo))
        before = expansion if expansion.drafts else before
        asks += [replace(ask, before=ask.before + len(drafts)) for ask in expansion.asks]
        drafts += expansion.drafts
    return Expansion(
        tuple(drafts),
        tuple(asks),
        _once(text for expansion in expansions for text in expansion.warnings),
        _once(text for expansion in expansions for text in expansion.notes),
        _once(text for expansion in expansions for text in expansion.by_hand),
        next((expansion.undo for expansion in reversed(expansions) if expansion.drafts), ""),
    )


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of an endless series is wanted."""

    room_us: int
    """No exposure reaches beyond."""
    shots: int | None = None
    total_us: int | None = None
    """From the first opening to the last planned closing."""

    def admits(self, draft: Draft, index: int) -> bool:
        """Whether one more fits."""
        return (
            draft.latest_us <= self.room_us
            and (self.shots is None or index < self.shots)
            and (self.total_us is None or draft.close_us <= self.total_us)
            and index <= MOST_SHOTS
        )


def on_grid(first: Draft, pitch_us: int, limits: Limits) -> tuple[Draft, ...]:
    """The same exposure again and again, every `pitch_us` from start to start."""
    return tuple(_while(limits, (replace(first, open_us=index * pitch_us) for index in range(MOST_SHOTS + 1))))


@dataclass(frozen=True, slots=True)
class Pace:
    """How a body goes on by itself."""

    own_gap_us: int
    """Between two frames of one release."""
    drift_us: int
    """How much longer than that it may be."""
    gap_us: int
    """Between two releases."""
    most: int
    """Frames of one release."""


def in_volleys(first: Draft, pace: Pace, limits: Limits) -> tuple[Draft, ...]:
    """The same exposure again and again, several to a release. It ends inside the room however much the body drifts."""

    def endless() -> Iterator[Draft]:
        at_us, late_us = 0, 0
        for index in range(MOST_SHOTS + 1):
            joined = index % pace.most != 0
            if index:
                late_us += pace.drift_us if joined else 0
                at_us += pace.own_gap_us if joined else pace.gap_us
            yield replace(first, open_us=at_us, joined=joined, drift_us=late_us)
            at_us += first.length_us

    return tuple(_while(limits, endless()))


def in_rounds(
    cycle: Sequence[Draft], gaps_us: tuple[int, int], every_us: int | None, rounds: int | None, room_us: int
) -> tuple[Draft, ...]:
    """Several exposures in turn, and all of them again: whole rounds only.

    `gaps_us` are the least time between two exposures, and between two with different settings. Without `every_us`, a round begins
    as soon as the one before it is over.
    """
    placed: list[Draft] = []
    at_us = 0
    for draft, following in zip(cycle, [*cycle[1:], cycle[0]], strict=True):
        placed.append(replace(draft, open_us=at_us))
        at_us += draft.length_us + gap_between(draft.exposure, following.exposure, gaps_us)
    pitch_us = at_us if every_us is None else every_us
    last_us = placed[-1].close_us
    fitting = 0 if last_us > room_us else (room_us - last_us) // pitch_us + 1
    fitting = min(fitting, MOST_SHOTS // len(cycle) + 1)
    count = fitting if rounds is None else min(fitting, rounds)
    return tuple(replace(draft, open_us=draft.open_us + index * pitch_us) for index in range(count) for draft in placed)


def gap_between(one: Exposure, other: Exposure, gaps_us: tuple[int, int]) -> int:
    """The least time between two exposures: more, where the settings are written in between."""
    return gaps_us[0] if one == other else gaps_us[0] + gaps_us[1]


def _while(limits: Limits, drafts: Iterable[Draft]) -> Iterator[Draft]:
    for index, draft in enumerate(drafts):
        if not limits.admits(draft, index):
            return
        yield draft
