"""`Ledger`: the one writer of the record, and the reader that everybody shares."""

from sqlalchemy import select

from nightside.ledger import schema
from nightside.ledger.armings import Armings
from nightside.ledger.measures import Measures
from nightside.ledger.records import Event
from nightside.ledger.restoring import Restoring
from nightside.ledger.sheets import Sheets
from nightside.ledger.sink_places import SinkPlaces
from nightside.ledger.troubles import Troubles
from nightside.ledger.wakings import Wakings
from nightside.ledger.windows import Windows


class Ledger(Windows, Armings, Sheets, Measures, Troubles, SinkPlaces, Wakings, Restoring):
    """Each method is one durable transaction, with its lines in the event table, or one read.

    A transition that the tables in `states` do not allow is a fault of the program and raises `ValueError`. Not for two threads
    at once: the daemon goes through `nightside.ledger.journal`.
    """

    def events(self, window_id: int | None = None, after: int = 0) -> list[Event]:
        """What happened, in order: in one window or in all, after the event with this id."""
        c = schema.events.c
        where = [c.id > after, *([] if window_id is None else [c.window_id == window_id])]
        columns = (c.id, c.at, c.kind, c.window_id, c.shot_index, c.frame_id, c.detail)
        return [Event(*row) for row in self._rows(select(*columns).where(*where).order_by(c.id))]
