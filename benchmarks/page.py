"""What the page costs: how soon something useful is painted, and what three phones take from the daemon.

    python -m benchmarks.page

The daemon shoots a twin meanwhile, in a process of its own, as it does at night. Useful is the first card with something to read in
it, not the word that the page is loading; with an empty cache. The daemon's share of a core is the kernel's account of it,
with nobody connected and with three phones.
"""

import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from nightside.service.page.places import PLACES
from nightside_drivers.testing import TwinProcess
from tests.browser.conftest import PHONE
from tests.browser.running import SHOOTING, Daemon

ROUNDS = 3
WATCHED_S = 30.0
PHONES = 3
USEFUL = """
const look = () => {
    const shown = [...document.querySelectorAll("main :is(.card, .state)")].some((one) => one.innerText.length > 20);
    if (shown) requestAnimationFrame(() => (window.usefulAt = performance.now()));
    else requestAnimationFrame(look);
};
look();
"""
"""Notes when the first card with something to read was painted, since the navigation began (ms)."""


def main() -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        print("no Chromium is installed (Debian: chromium)")
        return
    tables = SHOOTING | {"program": {"kind": "interval", "exposure_s": 5, "every_s": 10, "shots": 400}}
    with tempfile.TemporaryDirectory() as folder, TwinProcess() as twin, Daemon(Path(folder), twin, tables) as daemon:
        time.sleep(10)
        print(f"resident before anybody looked   {_resident_mib(daemon.pid):6.1f} MiB   (at most 110)")
        alone = _share(daemon.pid)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            for place in PLACES:
                paints = [_paint_ms(browser, f"{daemon.url}{place.path}") for _ in range(ROUNDS)]
                print(f"useful paint of {place.name:<8} {statistics.median(paints):6.0f} ms   (at most 1500)")
            pages = [browser.new_context(viewport=PHONE).new_page() for _ in range(PHONES)]  # type: ignore[arg-type]
            for page in pages:
                page.goto(daemon.url)
                page.wait_for_selector("nav.places")
            time.sleep(5)
            watched = _share(daemon.pid)
            browser.close()
        print(f"of a core, nobody connected      {alone:6.2%}")
        print(f"of a core, for {PHONES} phones           {watched - alone:6.2%}   (at most 5 %)")
        print(f"resident after all that          {_resident_mib(daemon.pid):6.1f} MiB")


def _paint_ms(browser: Browser, url: str) -> float:
    context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    context.add_init_script(USEFUL)
    page = context.new_page()
    page.goto(url)
    page.wait_for_function("() => window.usefulAt !== undefined")
    found = float(page.evaluate("usefulAt"))
    context.close()
    return found


def _share(pid: int) -> float:
    """Of one core, over a while."""
    before, start = _cpu_s(pid), time.monotonic()
    time.sleep(WATCHED_S)
    return (_cpu_s(pid) - before) / (time.monotonic() - start)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_mib(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main()
