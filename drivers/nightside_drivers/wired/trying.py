"""`python -m nightside_drivers.wired.trying '{…}'`: open a release line, read its sync contact, and let it go, without pressing.

In a process of its own, so that whoever asks carries no library of lines, and does not hang in a port that does. It takes
`release_options` as JSON, and answers with one line of it: `{"contact": true | false | null}`, or an error in its parts.
"""

import json
import sys

from nightside_drivers.errors import NightsideError
from nightside_drivers.wired.options import line_of


def tried(told: str) -> dict[str, object]:
    """What came of it. `contact` is whether it is closed, or null where none is wired."""
    try:
        line = line_of(json.loads(told))
        if line is None:
            return {"contact": None}
        line.open()
        try:
            return {"contact": line.contact() if line.has_contact else None}
        finally:
            line.close()
    except NightsideError as error:
        return {"error": error.code, "what": error.what, "means": error.means, "remedy": error.remedy}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(tried(sys.argv[1])) + "\n")
