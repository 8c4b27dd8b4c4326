"""The process that owns a body, from inside: what it does when nobody asks it for anything."""

import socket
import tempfile
import threading

import msgspec

from nightside_drivers import protocol
from nightside_drivers.api import Look
from nightside_drivers.host import Host
from nightside_drivers.parting import Leash
from nightside_drivers.rehearsal import TwinDriver
from nightside_drivers.rig import Rig


class SlackLeash(Leash):
    """Ties nothing, since it is this very process that would be tied."""

    def __init__(self) -> None:
        self.loose = False

    def tighten(self) -> None:
        self.loose = False

    def loosen(self) -> None:
        self.loose = True


def ask(connection: socket.socket, call: protocol.AnyCall, into: int | None = None) -> protocol.Reply:
    message = protocol.frame(protocol.Request(1, call))
    socket.send_fds(connection, [message], [] if into is None else [into])
    size = protocol.length(connection.recv(protocol.HEADER.size, socket.MSG_WAITALL))
    return msgspec.json.decode(connection.recv(size, socket.MSG_WAITALL), type=protocol.Reply)


def test_live_view_ends_when_nobody_looks_any_more() -> None:
    ours, theirs = socket.socketpair()
    leash = SlackLeash()
    host = Host(theirs, leash, unseen_s=0.05)
    serving = threading.Thread(target=host.serve)
    serving.start()
    with ours, theirs:
        ask(ours, protocol.Open(protocol.VERSION, "twin", {}))
        with tempfile.TemporaryFile() as into:
            assert ask(ours, protocol.LiveView(Look()), into.fileno()).failure is None
        assert isinstance(host._driver, Rig)
        assert isinstance(host._driver._body, TwinDriver)
        live = host._driver._body._model.live
        while live.on:
            pass
        assert ask(ours, protocol.ReadState()).failure is None
        assert not leash.loose
        ask(ours, protocol.Close())
        serving.join()


def test_a_look_without_a_place_for_the_picture_is_refused() -> None:
    ours, theirs = socket.socketpair()
    serving = threading.Thread(target=Host(theirs, SlackLeash()).serve)
    serving.start()
    with ours, theirs:
        ask(ours, protocol.Open(protocol.VERSION, "twin", {}))
        failure = ask(ours, protocol.LiveView(Look())).failure
        assert failure is not None
        assert failure.code == "driver-missing"
        ask(ours, protocol.Close())
        serving.join()


def test_a_word_that_comes_when_nothing_is_held_any_more_has_no_answer_and_changes_nothing() -> None:
    ours, theirs = socket.socketpair()
    serving = threading.Thread(target=Host(theirs, SlackLeash()).serve)
    serving.start()
    with ours, theirs:
        ask(ours, protocol.Open(protocol.VERSION, "twin", {}))
        ours.sendall(protocol.frame(protocol.Request(0, protocol.CloseEarlier(0.0, 1))))
        assert ask(ours, protocol.ReadState()).number == 1
        ask(ours, protocol.Close())
        serving.join()
