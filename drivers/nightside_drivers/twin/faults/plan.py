"""When faults strike: at an instant, after so many shots, by chance, or at once. Seeded, so that a night can be had again."""

from collections.abc import Iterable
from random import Random

from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.faults.effects import EFFECTS, Undo
from nightside_drivers.twin.faults.vocabulary import FOR_EVER, PARAMETERS, BadFaults, Fault
from nightside_drivers.twin.truth import Opening


class FaultPlan:
    """What goes wrong with one body, and when."""

    def __init__(self, body: BodyModel, faults: Iterable[Fault] = (), seed: int = 0) -> None:
        """Lay the plan now. `seed` decides what happens by chance. Raises `BadFaults`."""
        self._body = body
        self._seed = seed
        self._laid = 0
        self._waiting: list[tuple[Fault, Random]] = []
        self._undo: list[Undo] = []
        body.shutter.opened.append(lambda opening: self._shot(opening, "opened"))
        body.shutter.closed.append(lambda opening: self._shot(opening, "closed"))
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault) -> None:
        """One more fault, from now on. Raises `BadFaults` for one that this body cannot have."""
        self._check(fault)
        random = Random(f"{self._seed}/{self._laid}")  # noqa: S311 — dice, not keys
        self._laid += 1
        body = self._body
        lasting = fault.kind in EFFECTS
        if fault.at is not None:
            body.timeline.at(body.settle() + fault.at, lambda _at: self._happen(fault, random))
        elif fault.after_shots or (fault.probability is not None and lasting):
            self._waiting.append((fault, random))
        else:
            self._happen(fault, random)

    def _check(self, fault: Fault) -> None:
        body, takes = self._body, PARAMETERS[fault.kind]
        if "slot" in takes and fault.slot > len(body.bay.cards):
            raise BadFaults(f"{fault.kind}: the body has no slot {fault.slot}")
        if "property" in takes:
            if fault.property not in body.properties:
                raise BadFaults(f"{fault.kind}: the body has no property {fault.property:#06x}")
            if not body.properties.fits(fault.property, fault.value):
                raise BadFaults(f"{fault.kind}: property {fault.property:#06x} cannot be {fault.value}")

    def end(self) -> None:
        """Nothing goes wrong any more; what can be undone is undone."""
        self._waiting.clear()
        self._body.mishaps.clear()
        self._body.silence(0)
        self._body.occupy(0)
        while self._undo:
            self._undo.pop()()

    def _shot(self, opening: Opening, moment: str) -> None:
        for fault, random in tuple(self._waiting):
            if fault.moment != moment:
                continue
            if fault.probability is not None:
                if random.random() < fault.probability:
                    self._happen(fault, random)
            elif fault.after_shots is not None and opening.index + 1 >= fault.after_shots:
                self._waiting.remove((fault, random))
                self._happen(fault, random)

    def _happen(self, fault: Fault, random: Random) -> None:
        effect = EFFECTS.get(fault.kind)
        if effect is None:
            self._body.mishaps.arm(fault, random)
            return
        undo = effect(self._body, fault)
        if undo is None:
            return
        self._undo.append(undo)
        if fault.seconds < FOR_EVER:
            self._body.timeline.at(self._body.settle() + fault.seconds, lambda _at: self._lift(undo))

    def _lift(self, undo: Undo) -> None:
        if undo in self._undo:
            self._undo.remove(undo)
            undo()
