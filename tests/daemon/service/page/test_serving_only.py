"""What the page leaves out of memory, and leaves to others."""

import subprocess
import sys

LOOK = """
import sys
import nightside.service.page.stage
print(sorted({"aiohttp", "requests"} & sys.modules.keys()))
import aiohttp
print(aiohttp.__name__)
"""


def test_the_page_loads_no_http_client_and_whoever_wants_one_later_has_it() -> None:
    said = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True).stdout.split("\n")
    assert said[:2] == ["[]", "aiohttp"]
