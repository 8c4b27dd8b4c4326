"""Idempotency keys: a command that a client sends again, since it heard no answer, is carried out once."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from weakref import WeakValueDictionary

from fastapi import Depends, Request

from nightside.errors import Refused

T = TypeVar("T")

REMEMBERED = 1000
"""Keys; the oldest is forgotten first, and all of them when the daemon ends, as the commands themselves are."""


class KeyReused(Refused):
    """An idempotency key came again with another command."""

    code = "key-reused"
    exit_code = 86
    http_status = 409


@dataclass(frozen=True, slots=True)
class _Done:
    order: object
    answer: Any


class Memory:
    """What was answered to the latest keys."""

    def __init__(self) -> None:
        """Nothing has been answered yet."""
        self._done: OrderedDict[str, _Done] = OrderedDict()
        self._under_way: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """A lock a key, for as long as anybody waits for it: no command waits for another one's."""

    async def once(self, key: str | None, order: object, act: Callable[[], Awaitable[T]]) -> T:
        """Carry a command out, or give the answer that its key had before. One that was refused has none: it may be sent again.

        Raises:
            KeyReused: the key had another command.
        """
        if key is None:
            return await act()
        lock = self._under_way.get(key) or asyncio.Lock()
        self._under_way[key] = lock
        async with lock:  # the same key may come twice at once
            done = self._done.get(key)
            if done is None:
                done = self._done[key] = _Done(order, await act())
                while len(self._done) > REMEMBERED:
                    self._done.popitem(last=False)
        if done.order != order:
            raise KeyReused(
                f"The key {key} was used for another command.", remedy="Choose a new key for each command that is meant anew."
            )
        answer: T = done.answer
        return answer


async def _memory(request: Request) -> Memory:
    memory: Memory = request.app.state.memory
    return memory


Once = Annotated[Memory, Depends(_memory)]
