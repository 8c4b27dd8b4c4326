"""A body as its initiator sees it: requests in, replies out. The in-process face, and what the PTP/IP face stands on."""

from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.codes import Operation, Response
from nightside_drivers.twin.faults.vocabulary import Kind
from nightside_drivers.twin.operations import TABLE
from nightside_drivers.twin.operations.exchange import Context, Reply, Request, Session
from nightside_drivers.twin.properties import Refusal

_WITHOUT_SESSION = frozenset({Operation.GET_DEVICE_INFO, Operation.OPEN_SESSION})
_NIKON_FROM = 0x9000


class Unreachable(ConnectionError):
    """There is nobody at the other end of the cable."""


class Device:
    """One body and the one session that it grants."""

    def __init__(self, body: BodyModel) -> None:
        self.body = body
        self.session = Session()

    def transact(self, request: Request) -> Reply:
        """Perform one operation now. Raises `Unreachable`, and nothing for what an initiator may send."""
        self.body.settle()
        if not self.body.reachable:
            self.disconnect()
            raise Unreachable("the body is off, asleep or unplugged")
        try:
            return self._perform(request)
        except Refusal as refusal:
            return Reply(refusal.response)
        finally:
            self.body.talked_to()

    def _perform(self, request: Request) -> Reply:
        body = self.body
        if request.operation not in body.facts.operations or request.operation not in TABLE:
            return Reply(Response.OPERATION_NOT_SUPPORTED)
        if not self.session.number and request.operation not in _WITHOUT_SESSION:
            return Reply(Response.SESSION_NOT_OPEN)
        if request.operation >= _NIKON_FROM:
            body.events.polled = True
        if request.operation not in _WITHOUT_SESSION and (body.occupied or body.mishaps.strike(Kind.IN_PROGRESS)):
            return Reply(Response.DEVICE_BUSY)
        return TABLE[request.operation](Context(body, self.session), request)

    def disconnect(self) -> None:
        """The cable is out: the session is over; a timed or wired exposure goes on, and so does live view (assumed: the worst)."""
        self.session = Session()
        self.body.button.abandon()
        self.body.events.reset()
