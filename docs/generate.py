"""Writes the reference pages that follow from the code. `make docs` runs it; tests/test_docs.py holds the pages to it."""

import json
from pathlib import Path

import gphoto2 as gp

from nightside.cli.leaves import leaves
from nightside.ledger import describing
from nightside.plan import listing
from nightside.service.http.application import unguarded
from nightside.service.metrics import table as metrics
from nightside.settings import Settings
from nightside_drivers.errors import CallPerson, Refused, Reopen, Retry, SkipShot, StopNight
from nightside_drivers.gphoto.vendor_codes import MEANINGS

ROOT = Path(__file__).parents[1]

NEXT = {
    Refused: "change what was asked for",
    Retry: "ask again",
    Reopen: "open the body again",
    SkipShot: "go on with the next shot",
    StopNight: "stop this window",
    CallPerson: "call a person",
}


def exit_codes() -> str:
    """docs/reference/exit-codes.md."""
    lines = [
        "# Exit codes",
        "",
        "Every way to be refused or to fail has a code of its own. What was stored is never touched by any of them. 0 is success,",
        "2 a command that was not understood, 130 Ctrl-C. `nightside doctor` ends by its worst finding: 0 where all is well,",
        "3 for a doubt, 1 for something bad.",
        "",
        "| exit | code | what it means | what comes next |",
        "| ---: | --- | --- | --- |",
    ]
    for leaf in sorted(set(leaves()), key=lambda leaf: leaf.exit_code):
        following = next(what for branch, what in NEXT.items() if issubclass(leaf, branch))
        meaning = (leaf.__doc__ or "").split("\n", 1)[0]
        lines.append(f"| {leaf.exit_code} | `{leaf.code}` | {meaning} | {following} |")
    return "\n".join(lines) + "\n"


def libgphoto2_errors() -> str:
    """docs/reference/libgphoto2-errors.md."""
    names = {getattr(gp, name): name for name in sorted(dir(gp)) if name.startswith("GP_ERROR")}
    lines = [
        "# Errors of libgphoto2",
        "",
        "Each of its codes means one of [Nightside's errors](exit-codes.md), which say what comes next. Where libgphoto2 says",
        "less than the body knows (−1 for a full card or a protected picture), the body is asked.",
        "",
        "| | libgphoto2 | means | error | what comes next |",
        "| ---: | --- | --- | --- | --- |",
    ]
    for code, found in sorted(MEANINGS.items(), reverse=True):
        following = next(what for branch, what in NEXT.items() if issubclass(found.error, branch))
        said = found.error.code if "code" in vars(found.error) else "retry"
        lines.append(f"| {code} | `{names[code]}` | {found.what} | `{said}` | {following} |")
    return "\n".join(lines) + "\n"


def schema() -> str:
    """config/nightside.schema.json."""
    found = Settings.model_json_schema()
    named = {"type": "string", "description": "The name of a recipe, or of a TOML file beside this one."}
    properties = found["properties"]
    properties["program"] = {"anyOf": [named, {"oneOf": properties["program"].pop("oneOf")}]} | properties["program"]
    properties["programs"]["items"] = {"anyOf": [named, properties["programs"]["items"]]}
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def openapi() -> str:
    """docs/reference/openapi.json."""
    return json.dumps(unguarded().openapi(), indent=1, ensure_ascii=False) + "\n"


PAGES = {
    "docs/reference/exit-codes.md": exit_codes,
    "docs/reference/ledger-tables.md": describing.page,
    "docs/reference/libgphoto2-errors.md": libgphoto2_errors,
    "docs/reference/metrics.md": metrics.page,
    "config/nightside.schema.json": schema,
    "docs/reference/openapi.json": openapi,
    "docs/reference/programs.md": listing.page,
    "config/program.schema.json": listing.schema,
}

if __name__ == "__main__":
    for place, page in PAGES.items():
        (ROOT / place).write_text(page(), encoding="utf-8")
