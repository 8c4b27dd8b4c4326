"""Tonight."""

from nightside.service.page.states import empty
from nightside.service.page.visitor import Visitor


async def show(visitor: Visitor) -> None:
    """Build the page."""
    empty("construction", "Nothing is shown here yet.")
