"""A log of what is asked of the disk, and what a power cut at any place in it may leave: the worst that POSIX allows.

Bytes that were not flushed may be gone, or anything. A name that was made may be there or not until its folder was synced, in any
order. A file's last flush is what it surely holds.
"""

import os
import stat
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

Node = tuple[int, int]
"""Device and number of a file."""


@dataclass(frozen=True)
class Step:
    """One thing that happened."""

    what: str
    """`dirty`, `flushed`, `named`, `unnamed`, `folder-synced` or `claimed`."""
    node: Node = (0, 0)
    path: str = ""


@dataclass
class Log:
    """Steps in the order in which they may have taken effect: changes are noted before they are made, flushes after."""

    steps: list[Step] = field(default_factory=list[Step])
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, step: Step) -> None:
        with self.lock:
            self.steps.append(step)


def node_of(where: int | str) -> Node:
    found = os.fstat(where) if isinstance(where, int) else Path(where).stat()
    return found.st_dev, found.st_ino


class Recorder:
    """Wraps calls of `os`, so that they are logged."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def dirties(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(descriptor: int, *rest: Any) -> Any:
            self._log.note(Step("dirty", node_of(descriptor)))
            return real(descriptor, *rest)

        return call

    def flushes(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(descriptor: int) -> None:
            real(descriptor)
            if stat.S_ISDIR(os.fstat(descriptor).st_mode):
                self._log.note(Step("folder-synced", path=str(Path(f"/proc/self/fd/{descriptor}").readlink())))
            else:
                self._log.note(Step("flushed", node_of(descriptor)))

        return call

    def names(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(source: Any, target: Any, **rest: Any) -> None:
            self._log.note(Step("named", node_of(str(source)), str(target)))
            real(source, target, **rest)

        return call

    def makes(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any, *rest: Any, **more: Any) -> None:
            real(path, *rest, **more)
            self._log.note(Step("named", node_of(str(path)), str(path)))

        return call


@contextmanager
def recording(patch: pytest.MonkeyPatch) -> Generator[Log]:
    """Log what this process does to files. Only what frames and their folders are made with."""
    log = Log()
    recorder = Recorder(log)
    wrappers = {
        recorder.dirties: ("write", "pwrite"),
        recorder.flushes: ("fdatasync", "fsync"),
        recorder.names: ("link", "rename", "replace"),
        recorder.makes: ("mkdir",),
    }
    with patch.context() as patched:
        for wrap, calls in wrappers.items():
            for name in calls:
                patched.setattr(os, name, wrap(getattr(os, name)))
        yield log


@dataclass
class Disk:
    """What is certain, and what is only possible, while a log is replayed."""

    root: Path
    dirty: set[Node] = field(default_factory=set[Node])
    durable: set[str] = field(default_factory=set[str])
    pending: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    nodes: dict[str, Node] = field(default_factory=dict[str, Node])

    def replay(self, log: Log) -> int:
        """Cut the power after every step, and give how many cuts were survived.

        Raises:
            AssertionError: a cut would leave a final name with torn bytes, or a claim of something that may not be there.
        """
        for step in log.steps:
            self._take(step)
            for path, node in self.nodes.items():
                assert ".incoming" in path or node not in self.dirty, f"a power cut could leave {path} torn"
        return len(log.steps)

    def _take(self, step: Step) -> None:
        match step.what:
            case "dirty":
                self.dirty.add(step.node)
            case "flushed":
                self.dirty.discard(step.node)
            case "named":
                self.nodes[step.path] = step.node
                self.pending.setdefault(str(Path(step.path).parent), set()).add(step.path)
            case "folder-synced":
                self.durable |= self.pending.pop(step.path, set())
            case "claimed":
                path = Path(step.path)
                while path != self.root:
                    assert str(path) in self.durable, f"{step.path} is claimed, and {path} may be gone after a power cut"
                    path = path.parent
            case other:
                raise ValueError(other)
