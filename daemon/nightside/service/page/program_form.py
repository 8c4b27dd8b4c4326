"""A form for any program, from its own schema: a field for each number, word and choice, with its unit and limits."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from nicegui.events import GenericEventArguments

from nightside.plan.programs import AnyProgram
from nightside.service.page.markup import tag

UNITS = {"_s": "s", "_mm": "mm", "_deg": "°", "_c": "°C", "_percent": "%", "_px": "px"}
LEFT_OUT = frozenset({"version", "kind", "name", "fallback", "when", "priority", "part"})
"""What a form would only confuse with: the API takes them all."""
NUMBERS = frozenset({"number", "integer"})

Changed = Callable[[str, Any], None]
"""Takes a key and its value; `None` for none."""


def form(program: AnyProgram, on_change: Changed) -> None:
    """Fields with the program's values; each is told once it has been changed."""
    described = type(program).model_json_schema()
    own: Mapping[str, Any] = described
    if "properties" not in described:  # a program that may hold others of its kind is described among the definitions
        own = described["$defs"][type(program).__name__]
    with tag("div", classes="form"):
        for key, said in own["properties"].items():
            field = _scalar(said, described.get("$defs", {}))
            if key not in LEFT_OUT and field is not None:
                _field(key, field, getattr(program, key), on_change)


def _scalar(said: Mapping[str, Any], known: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What a single value may be; nothing for tables, lists and what is always the same."""
    choices = [one for one in said.get("anyOf", [said]) if one.get("type") != "null"]
    if len(choices) != 1:
        return None
    one = choices[0]
    if "$ref" in one:
        one = known[one["$ref"].rpartition("/")[2]]
    return one if one.get("type") in NUMBERS | {"string"} and "const" not in one else None


def _field(key: str, said: Mapping[str, Any], value: object, on_change: Changed) -> None:
    unit = next((unit for ending, unit in UNITS.items() if key.endswith(ending)), "")
    label = key.removesuffix("_" + key.rpartition("_")[2]) if unit else key
    with tag("label"):
        tag("span", label.replace("_", " ").capitalize() + (f" ({unit})" if unit else ""))
        if "enum" in said:
            with tag("select").on("change", partial(_told, key, on_change), js_handler=VALUE):
                for option in ("", *said["enum"]) if value is None else said["enum"]:
                    tag("option", str(option), value=str(option), selected=option == value)
        else:
            number = said["type"] in NUMBERS
            step = "1" if said["type"] == "integer" else "any"
            limits = _limits(said)
            box = tag("input", type="number" if number else "text", value="" if value is None else str(value))
            box.props["step"] = step
            box.props["placeholder"] = ", ".join(said.get("examples", [])[:1])
            box.on("change", partial(_told, key, on_change), js_handler=VALUE)
            if limits:
                tag("small", limits, "quiet")


VALUE = "(event) => emit(event.target.value)"


def _told(key: str, on_change: Changed, event: GenericEventArguments) -> None:
    text = str(event.args)
    on_change(key, None if text == "" else text)


def _limits(said: Mapping[str, Any]) -> str:
    least, most = said.get("minimum"), said.get("maximum")
    above = said.get("exclusiveMinimum")
    lower = f"at least {least:g}" if least is not None else f"above {above:g}" if above is not None else ""
    return ", ".join(part for part in (lower, f"at most {most:g}" if most is not None else "") if part)
