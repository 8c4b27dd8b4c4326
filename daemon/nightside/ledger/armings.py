"""What persons chose to have shot at the next windows: the configuration's programs, one of their own, or nothing."""

from typing import Any

from pydantic import ValidationError
from sqlalchemy import Row, func, insert, select

from nightside.errors import ProgramRefused
from nightside.ledger import schema
from nightside.ledger.records import Arming
from nightside.ledger.states import ArmingKind, WindowPhase
from nightside.ledger.transactions import Transactions
from nightside.plan.programs import AnyProgram
from nightside.plan.reading import any_program

EVERY_BODY = ""
"""The serial number of a choice that is for every body of the station."""


class Armings(Transactions):
    """Choices, one upon the other; the windows that were planned by one are counted, so that a restart counts the same."""

    def choose(
        self, kind: ArmingKind, program: AnyProgram | None = None, windows: int | None = None, serial: str = EVERY_BODY
    ) -> None:
        """Choose what is shot from the next window on, in the place of all that was chosen before for the same bodies.

        A choice for a number of `windows` is laid over the one that stood before it, which goes on afterwards.
        """
        if (kind is ArmingKind.PROGRAM) != (program is not None):
            raise ValueError(f"what is armed is {kind}, and its program {program}")
        chosen = None if program is None else program.model_dump(mode="json")
        row = {"station": self.station, "serial": serial, "kind": kind, "program": chosen, "windows": windows}
        with self._transaction() as entry:
            entry.add(insert(schema.armings).values(at=self._clock.utc(), **row))
            name = None if program is None else program.called
            what = "disarmed" if kind is ArmingKind.NOTHING else "armed"
            entry.note(what, detail={"body": serial or None, "kind": str(kind), "program": name, "windows": windows})

    def chosen(self, serial: str) -> Arming:
        """What is to be shot at the next window of a body.

        Raises:
            ProgramRefused: the program that was armed is none that this Nightside can read.
        """
        a = schema.armings.c
        ours = [a.station == self.station] if self._shared else []
        query = select(a.id, a.at, a.kind, a.program, a.windows).where(a.serial.in_({serial, EVERY_BODY}), *ours)
        last = self._rows(query.order_by(a.id.desc()).limit(1))
        if not last:
            return Arming()
        left = None if last[0].windows is None else last[0].windows - self._shot_by(last[0].id, serial)
        if left is None or left > 0:
            return _arming(last[0], left)
        standing = self._rows(query.where(a.windows.is_(None)).order_by(a.id.desc()).limit(1))
        return _arming(standing[0], None) if standing else Arming()

    def disarmed(self, serial: str) -> bool:
        """Whether the last that was said of a body is that nothing is to be shot.

        A window that was begun by a choice for one window has used that up, and what stood before it may be nothing: that is not
        meant.
        """
        a = schema.armings.c
        ours = [a.station == self.station] if self._shared else []
        query = select(a.kind).where(a.serial.in_({serial, EVERY_BODY}), *ours).order_by(a.id.desc()).limit(1)
        return any(row.kind == ArmingKind.NOTHING for row in self._rows(query))

    def _shot_by(self, arming: int, serial: str) -> int:
        """How many windows of a body were begun by a choice."""
        w = schema.windows.c
        query = select(func.count()).where(w.arming == arming, w.serial == serial, w.phase != WindowPhase.PLANNED)
        return int(self._rows(query)[0][0])


def _arming(row: Row[*tuple[Any, ...]], left: int | None) -> Arming:
    kind = ArmingKind(row.kind)
    if kind is ArmingKind.CONFIGURED:
        return Arming(at=row.at, left=left)
    if row.program is None:
        return Arming(row.id, kind, None, left, row.at)
    try:
        return Arming(row.id, kind, any_program().validate_python(row.program), left, row.at)
    except ValidationError as error:
        raise ProgramRefused(
            f"The program that was armed at {row.at:%Y-%m-%d %H:%M} UTC is none that this Nightside knows: "
            f"{error.errors()[0]['msg']}.",
            means="Nothing is shot until another is armed.",
            remedy="`nightside arm` arms another; `nightside arm --configured` the configuration's.",
        ) from error
