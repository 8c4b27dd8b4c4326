"""axe-core, from npm: what keeps people who see, hear or move differently from using a page."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.installed import absent, needed

HERE = Path(__file__).parent
OUTPUT = HERE.parents[1] / ".browser"
"""Whatever the browser tests write or fetch. Not committed."""


def source() -> str:
    """The script. Fetched with `npm ci` the first time, by the lock file beside this one."""
    npm = needed("npm", "npm")
    lock = (HERE / "package-lock.json").read_bytes()
    folder = OUTPUT / f"npm-{hashlib.sha256(lock).hexdigest()[:12]}"
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        part = folder.with_name(f"{folder.name}.{os.getpid()}")
        part.mkdir(parents=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(HERE / name, part)
        done = subprocess.run(
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=part, capture_output=True, text=True
        )
        if done.returncode:
            shutil.rmtree(part)
            absent(f"npm ci does not work here: {done.stderr.strip()[-500:]}")
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)
    return script.read_text()


def violations(page: Page, script: str) -> list[str]:
    """What axe finds wrong with a page as it is now, a line each.

    The red sheet of the night theme is taken off meanwhile: axe cannot look through it, and it changes no colour that is red.
    """
    page.evaluate(script)
    found: dict[str, Any] = page.evaluate(
        """async () => {
            const style = document.head.appendChild(document.createElement("style"));
            style.textContent = "body::after { display: none !important }";
            const { violations } = await axe.run(document, { resultTypes: ["violations"] });
            style.remove();
            return { violations };
        }"""
    )
    return [
        f"{one['id']}: {one['help']}: {node['html'][:160]} ({node['failureSummary'][:200]})"
        for one in found["violations"]
        for node in one["nodes"]
    ]
