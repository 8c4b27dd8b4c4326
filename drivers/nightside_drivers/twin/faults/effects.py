"""What each lasting fault does to a body, and how it is undone. One small function a kind, in one table."""

from collections.abc import Callable, Mapping

from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.cards import Card
from nightside_drivers.twin.faults.vocabulary import Fault, Kind

Undo = Callable[[], None]
Effect = Callable[[BodyModel, Fault], Undo | None]


def _silent(body: BodyModel, fault: Fault) -> None:
    body.silence(fault.seconds)


def _busy(body: BodyModel, fault: Fault) -> None:
    body.occupy(fault.seconds)


def _card_full(body: BodyModel, fault: Fault) -> Undo:
    card = _card(body, fault)
    taken = card.free_bytes
    card.hoarded += taken

    def undo() -> None:
        card.hoarded -= taken

    return undo


def _card_pulled(body: BodyModel, fault: Fault) -> Undo:
    body.insert(fault.slot, inserted=False)
    return lambda: body.insert(fault.slot, inserted=True)


def _card_protected(body: BodyModel, fault: Fault) -> Undo:
    card = _card(body, fault)
    card.write_protected = True

    def undo() -> None:
        card.write_protected = False

    return undo


def _card_slow(body: BodyModel, fault: Fault) -> Undo:
    body.storing.slowness = fault.factor

    def undo() -> None:
        body.storing.slowness = 1.0

    return undo


def _battery_low(body: BodyModel, fault: Fault) -> None:
    body.charge.exact = min(body.charge.exact, fault.percent)


def _battery_dead(body: BodyModel, fault: Fault) -> None:
    body.charge.exact = 0.0
    body.switch(on=False)


def _asleep(body: BodyModel, fault: Fault) -> Undo:
    body.fall_asleep()
    return body.wake


def _power_cycle(body: BodyModel, fault: Fault) -> Undo:
    body.switch(on=False)
    return lambda: body.switch(on=True)


def _cable_pulled(body: BodyModel, fault: Fault) -> Undo:
    body.plug(plugged=False)
    return lambda: body.plug(plugged=True)


def _counter_reset(body: BodyModel, fault: Fault) -> None:
    body.bay.reset_counter()


def _clock_wrong(body: BodyModel, fault: Fault) -> None:
    body.step_body_clock(fault.offset_s)


def _shutter_stuck(body: BodyModel, fault: Fault) -> Undo:
    body.shutter.stuck = True
    return lambda: body.shutter.free(body.settle())


def _mirror_error(body: BodyModel, fault: Fault) -> Undo:
    body.mirror_stuck = True

    def undo() -> None:
        body.mirror_stuck = False

    return undo


def _release_dead(body: BodyModel, fault: Fault) -> Undo:
    body.button.dead = True

    def undo() -> None:
        body.button.dead = False

    return undo


def _sync_dead(body: BodyModel, fault: Fault) -> Undo:
    body.sync_dead = True

    def undo() -> None:
        body.sync_dead = False

    return undo


def _wrong_dial(body: BodyModel, fault: Fault) -> Undo:
    before = body.properties.number(fault.property)
    body.dial(fault.property, fault.value)
    return lambda: body.dial(fault.property, before)


def _card(body: BodyModel, fault: Fault) -> Card:
    return body.bay.cards[fault.slot - 1]


EFFECTS: Mapping[Kind, Effect] = {
    Kind.SILENT: _silent,
    Kind.BUSY: _busy,
    Kind.CARD_FULL: _card_full,
    Kind.CARD_PULLED: _card_pulled,
    Kind.CARD_PROTECTED: _card_protected,
    Kind.CARD_SLOW: _card_slow,
    Kind.BATTERY_LOW: _battery_low,
    Kind.BATTERY_DEAD: _battery_dead,
    Kind.ASLEEP: _asleep,
    Kind.POWER_CYCLE: _power_cycle,
    Kind.CABLE_PULLED: _cable_pulled,
    Kind.COUNTER_RESET: _counter_reset,
    Kind.CLOCK_WRONG: _clock_wrong,
    Kind.SHUTTER_STUCK: _shutter_stuck,
    Kind.MIRROR_ERROR: _mirror_error,
    Kind.RELEASE_DEAD: _release_dead,
    Kind.SYNC_DEAD: _sync_dead,
    Kind.WRONG_DIAL: _wrong_dial,
}
"""The kinds that last. Every other kind waits in the body's mishaps for its opportunity."""
