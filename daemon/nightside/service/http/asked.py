"""What several routes ask for in the same words: an id, a page, an instant, an idempotency key; each checked before it is used."""

import re
from typing import Annotated

from fastapi import Header, Path, Query
from pydantic import AwareDatetime, BeforeValidator

PAGE = 100
LONGEST_PAGE = 1000
LARGEST_ID = 2**63 - 1
ISO = re.compile(r"(19[89]\d|20\d\d)-\d\d-\d\d[Tt ]")


def _iso(given: object) -> object:
    """Refuse numbers, which pydantic would take for seconds since 1970, and years that no orbit is computed for."""
    if not (isinstance(given, str) and ISO.match(given)):
        raise ValueError("it must be an instant with its zone, between 1980 and 2100, as in 2025-05-22T18:30:00Z")
    return given


Instant = Annotated[
    AwareDatetime | None, BeforeValidator(_iso), Query(description="ISO 8601, with its zone. Now, when not given.")
]
Needed = Annotated[AwareDatetime, BeforeValidator(_iso), Query(description="ISO 8601, with its zone.")]
Id = Annotated[int, Path(ge=1, le=LARGEST_ID, description="As in the list.")]
After = Annotated[int, Query(ge=0, le=LARGEST_ID, description="`next` of the page before.")]
Before = Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=LONGEST_PAGE, description="How many at the most.")]
Session = Annotated[str | None, Query(max_length=100, description="Only this session's, as in 20180703-star-trail.")]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[A-Za-z0-9._-]{1,100}$",
        description="Chosen by the client for one command: sent again with the same key, it is not carried out again.",
    ),
]
