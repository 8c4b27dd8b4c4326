"""The programs as a document and as a JSON schema, made from the classes and what their sources say of each field."""

import ast
import inspect
import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, cast

from pydantic import BaseModel, TypeAdapter
from pydantic_core import PydanticUndefined

from nightside.plan.programs import PROGRAMS, AnyProgram, StarTrail, kind_of
from nightside.plan.programs.base import Exposing, Program
from nightside.plan.recipes import recipes

HEAD = """# Programs
A program says what to shoot. It is a TOML file (`nightside plan FILE`), a `[program]` table of the configuration, or one of several
`[[programs]]` there; `program = "milky-way"` in the configuration takes a recipe, and `program = "mine.toml"` a file beside it.
`config/program.schema.json` is the schema, for editors. Times are in seconds, and every interval counts from start to start.

    kind = "star-trail"
    start = "umbra.start+90s"
    total_s = 900
    iso = 800

What a body cannot do is refused before the night with its reason, and the nearest program that it can do is offered:
`nightside plan FILE --nearest` plans that one, and `--nearest --toml` prints it. What is badly written is refused with line and
column (exit 19), what cannot be shot with exit 16; nothing is armed either way. Anchors, priorities, late starts and late shots are
explained in [when a program is shot](program-times.md).

"""


def page() -> str:
    """docs/reference/programs.md."""
    shared = {*Program.model_fields, *Exposing.model_fields}
    exposing = [name for name in Exposing.model_fields if name not in Program.model_fields]
    sections = [
        HEAD,
        f"## Every program\n{_table(StarTrail, [*Program.model_fields])}",
        f"\n## Every program that exposes\n{_table(StarTrail, exposing)}",
    ]
    for kind in PROGRAMS:
        own = [name for name in kind.model_fields if name != "kind" and (name not in shared or name in _documented_in(kind))]
        sections.append(f"\n## {kind_of(kind)}\n{_docstring(kind)}\n\n{_table(kind, own)}")
    rows = "".join(f"| `{one.name}` | {one.program.kind_name} | {one.about} |\n" for one in recipes())
    sources = "".join(f"- **{one.name}**: {one.source}\n" for one in recipes())
    listed = f"| recipe | program | what it is |\n| --- | --- | --- |\n{rows}\nWhere their numbers come from:\n\n{sources}"
    return "".join(sections) + "\n## Recipes\n" + listed


def schema() -> str:
    """config/program.schema.json."""
    whole = TypeAdapter[Program](AnyProgram).json_schema()
    for kind in PROGRAMS:
        place = cast("dict[str, Any]", whole["$defs"][kind.__name__])
        place["description"] = _docstring(kind)
        for name, says in _descriptions(kind).items():
            if name in place["properties"]:
                place["properties"][name]["description"] = says
    return json.dumps({"title": "Nightside program"} | whole, indent=2, ensure_ascii=False) + "\n"


def _table(model: type[BaseModel], names: Sequence[str]) -> str:
    described = _descriptions(model)
    rows = [f"| `{name}` | {_type(model, name)} | {_default(model, name)} | {described.get(name, '')} |" for name in names]
    return "\n".join(["| key | is | if left out | meaning |", "| --- | --- | --- | --- |", *rows]) + "\n"


def _type(model: type[BaseModel], name: str) -> str:
    found = TypeAdapter(model).json_schema()
    found = found.get("$defs", {}).get(model.__name__, found) if "properties" not in found else found
    return _plain(cast("dict[str, Any]", found["properties"][name]))


def _plain(of: dict[str, Any]) -> str:
    if "anyOf" in of:
        return " or ".join(_plain(one) for one in of["anyOf"] if one.get("type") != "null")
    if "enum" in of:
        return ", ".join(f"`{one}`" for one in of["enum"])
    if "const" in of:
        return f"`{of['const']}`"
    if "$ref" in of:
        named = str(of["$ref"]).rpartition("/")[2]
        return {"Overrun": "`skip`, `push`, `shorten`", "LateStart": "`join`, `whole`, `skip`"}.get(named, "a program")
    if "discriminator" in of or "oneOf" in of:
        return "a program"
    if of.get("type") == "array":
        return "a list"
    limits = [f"{sign} {of[key]}" for key, sign in (("exclusiveMinimum", ">"), ("minimum", "≥"), ("maximum", "≤")) if key in of]
    return " ".join([{"string": "text", "integer": "whole number"}.get(str(of.get("type")), str(of.get("type"))), *limits])


def _default(model: type[BaseModel], name: str) -> str:
    field = model.model_fields[name]
    if field.default is PydanticUndefined:
        return "needed"
    return "" if field.default is None or field.default == "" else f"`{field.default}`"


def _docstring(model: type[BaseModel]) -> str:
    return " ".join((inspect.getdoc(model) or "").split())


def _descriptions(model: type[BaseModel]) -> dict[str, str]:
    """What the source says below each field, a class's own words before those of what it derives from."""
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if issubclass(one, BaseModel) and one.__module__.startswith("nightside"):
            found |= dict(_below_fields(one))
    return found


def _documented_in(model: type[BaseModel]) -> set[str]:
    return {name for name, _ in _below_fields(model)}


def _below_fields(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    for field, below in pairwise(body):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr)):
            continue
        if isinstance(below.value, ast.Constant) and isinstance(below.value.value, str):
            yield field.target.id, re.sub(r"\s+", " ", below.value.value).strip()
