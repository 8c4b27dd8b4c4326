"""`make pictures`: the pictures of the page that the README shows, taken of a night that is rehearsed on the twin.

Not a test: it writes into docs/images, and whoever runs it looks at what it wrote.
"""

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from nightside_drivers.testing import TwinProcess
from tests.browser.conftest import DESK, PHONE
from tests.browser.running import SHOOTING, Daemon

IMAGES = Path(__file__).parents[2] / "docs" / "images"
PATIENCE_MS = 120_000
TAKEN = (
    ("page-now", "/", PHONE, "night"),
    ("page-tonight", "/tonight", DESK, "dark"),
    ("page-frames", "/frames?window=1", PHONE, "dark"),
    ("page-health", "/health", PHONE, "light"),
)
"""Name, address, size and theme."""
NIGHT = SHOOTING | {
    "program": {"kind": "interval", "exposure_s": 8, "every_s": 14, "shots": 400, "iso": 12800},
    "storage": {"drain": "between-shots"},
}
"""With time between two exposures in which a frame comes off the card."""


def main() -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("No Chromium is installed (Debian: chromium).")
    with (
        tempfile.TemporaryDirectory() as folder,
        TwinProcess("--scene", "tripod") as twin,
        Daemon(Path(folder), twin, NIGHT) as daemon,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, address, size, theme in TAKEN:
            context = browser.new_context(viewport=size, device_scale_factor=2 if size is PHONE else 1)  # type: ignore[arg-type]
            context.add_init_script(f"localStorage.setItem('nightside-theme', '{theme}')")
            page = context.new_page()
            page.goto(daemon.url)
            _wait_for_frames(page)
            page.goto(f"{daemon.url}{address}")
            page.wait_for_selector("nav.places")
            page.wait_for_load_state("networkidle")
            _keep(page.screenshot(), IMAGES / f"{name}.png")
            sys.stdout.write(f"{IMAGES / name}.png\n")
            context.close()
        browser.close()


def _keep(picture: bytes, path: Path) -> None:
    """In 256 colours, of which a page has fewer but for its photographs: half of the bytes, or less."""
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(256).save(path, optimize=True)


def _wait_for_frames(page: Page) -> None:
    """Until some frames are safe."""
    page.wait_for_function(
        "() => Number(/(\\d+) safe/.exec(document.body.innerText)?.[1]) >= 5", timeout=PATIENCE_MS, polling=500
    )


if __name__ == "__main__":
    main()
