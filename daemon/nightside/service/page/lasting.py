"""Work that goes on as long as a page is open, and not longer."""

from collections.abc import Coroutine
from typing import Any

from nicegui import background_tasks, ui


def while_open(work: Coroutine[Any, Any, None], name: str) -> None:
    """Begin it now; it is cancelled when the page is closed. `name` is for logs."""
    tasks: Any = background_tasks
    client: Any = ui.context.client
    client.on_delete(tasks.create(work, name=name).cancel)
