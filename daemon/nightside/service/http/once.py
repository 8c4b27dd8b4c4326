"""Idempotency keys: a command that a client sends again, since it heard no answer, is carried out once."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from nightside.engine.commands import Command
from nightside.engine.desk import Answer
from nightside.errors import Refused

REMEMBERED = 1000
"""Keys; the oldest is forgotten first, and all of them when the daemon ends, as the commands themselves are."""


class KeyReused(Refused):
    """An idempotency key came again with another command."""

    code = "key-reused"
    exit_code = 86
    http_status = 409


@dataclass(frozen=True, slots=True)
class _Done:
    order: Command
    answers: list[Answer]


class Memory:
    """What was answered to the latest keys."""

    def __init__(self) -> None:
        """Nothing has been answered yet."""
        self._done: OrderedDict[str, _Done] = OrderedDict()

    def once(self, key: str | None, order: Command, act: Callable[[], list[Answer]]) -> list[Answer]:
        """Carry a command out, or give the answer that its key had before.

        Raises:
            KeyReused: the key had another command.
        """
        if key is None:
            return act()
        done = self._done.get(key)
        if done is None:
            done = self._done[key] = _Done(order, act())
            while len(self._done) > REMEMBERED:
                self._done.popitem(last=False)
        if done.order != order:
            raise KeyReused(
                f"The key {key} was used for another command.", remedy="Choose a new key for each command that is meant anew."
            )
        return done.answers


async def _memory(request: Request) -> Memory:
    memory: Memory = request.app.state.memory
    return memory


Once = Annotated[Memory, Depends(_memory)]
