"""A form for any program, from its own schema: a field for each number, word and choice, with its unit and limits.

What a program is made of, such as the parts of a sequence and the steps of a series, is a form in the form.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

from nicegui.events import GenericEventArguments

from nightside.plan.programs import PROGRAMS, Program, kind_of
from nightside.plan.values import Value
from nightside.service.page.controls import Box
from nightside.service.page.field_names import field_name, unit_of
from nightside.service.page.markup import tag
from nightside.service.page.program_starts import STARTS

LEFT_OUT = frozenset({"version", "kind", "name", "fallback", "when", "priority", "late_start"})
"""What a form would only confuse with: the API takes them all."""
OF_THE_WHOLE = frozenset({"start", "end", "min_length_s"})
"""What a part cannot have."""
FIRST = ("exposure_s", "every_s", "frames_per_s", "frames", "shots", "total_s", "iso", "aperture", "focal_mm")
LAST = ("release", "overrun", "start", "end", "min_length_s")
NUMBERS = frozenset({"number", "integer"})
VALUE = "(event) => emit(event.target.value)"

Values = Mapping[str, Any]
Path = tuple[str | int, ...]
Act = Callable[[Any], Any]
Changed = Callable[[Path, Act], None]
"""Takes where in the program something is to be changed, and what it makes of the value there."""


def form(program: Program, on_change: Changed) -> None:
    """Fields with the program's values; each is told once it has been changed."""
    _fields(program, (), on_change, LEFT_OUT)


def changed(values: Any, path: Path, act: Act) -> Any:
    """Values with one of them changed, and nothing else. Pure."""
    if not path:
        return act(values)
    first, *rest = path
    inside = changed(values[first], tuple(rest), act)
    if isinstance(first, int):
        several = cast("list[Any]", values)
        return [inside if at == first else one for at, one in enumerate(several)]
    return {**values, first: inside}


def _fields(shown: Value, path: Path, on_change: Changed, left_out: frozenset[str]) -> None:
    described = type(shown).model_json_schema()
    own: Values = described
    if "properties" not in described:  # what may hold others of its kind is described among the definitions
        own = described["$defs"][type(shown).__name__]
    nested: list[str] = []
    with tag("div", classes="form"):
        for key in sorted(own["properties"].keys() - left_out, key=partial(_order, [*own["properties"]])):
            field = _scalar(own["properties"][key], described.get("$defs", {}))
            if field is not None:
                _field(key, field, getattr(shown, key), partial(on_change, (*path, key)))
            elif isinstance(getattr(shown, key), Value | tuple):
                nested.append(key)
    for key in nested:
        inside = getattr(shown, key)
        if isinstance(inside, tuple):
            _several(field_name(key), cast("tuple[Value, ...]", inside), (*path, key), on_change)
        else:
            _one(field_name(key), inside, (*path, key), on_change)


def _order(keys: list[str], key: str) -> tuple[int, int]:
    """What a photographer thinks of first comes first, and what is seldom changed last."""
    if key in FIRST:
        return 0, FIRST.index(key)
    return (2, LAST.index(key)) if key in LAST else (1, keys.index(key))


def _several(name: str, parts: tuple[Value, ...], path: Path, on_change: Changed) -> None:
    """Things in their order, to be changed, left out, and added to."""
    for at, part in enumerate(parts):
        _one(f"{name} {at + 1}", part, (*path, at), on_change)
        if len(parts) > 1:
            without = tag("button", f"Leave out {name.lower()} {at + 1}", "button", type="button")
            without.on("click", partial(on_change, path, partial(_without, at)), args=[])
    more = tag("button", f"Another {name.lower()}", "button", type="button")
    more.on("click", partial(on_change, path, lambda several: [*several, several[-1]]), args=[])


def _without(at: int, several: list[Any]) -> list[Any]:
    return [one for index, one in enumerate(several) if index != at]


def _one(name: str, part: Value, path: Path, on_change: Changed) -> None:
    with tag("fieldset", classes="part"):
        tag("legend", f"{name}: {part.called}" if isinstance(part, Program) else name)
        if isinstance(part, Program):
            _kind(part, partial(on_change, path))
        _fields(part, path, on_change, LEFT_OUT | OF_THE_WHOLE)


def _kind(part: Program, on_change: Callable[[Act], None]) -> None:
    def another(event: GenericEventArguments) -> None:
        start = STARTS.get(_text(event))
        if start is not None:
            on_change(lambda _: start)

    with tag("label", classes="row"):
        tag("span", "Kind")
        choice = tag("select").on("change", another, js_handler=VALUE)
    with choice:
        for kind in map(kind_of, PROGRAMS):
            tag("option", kind, value=kind, selected=kind == part.kind_name)


def _scalar(said: Values, known: Values) -> Values | None:
    """What a single value may be; nothing for tables, lists and what is always the same."""
    choices = [one for one in said.get("anyOf", [said]) if one.get("type") != "null"]
    if len(choices) != 1:
        return None
    one = choices[0]
    if "$ref" in one:
        one = known[one["$ref"].rpartition("/")[2]]
    none = len(choices) < len(said.get("anyOf", [said]))
    return {**one, "none": none} if one.get("type") in NUMBERS | {"string"} and "const" not in one else None


def _field(key: str, said: Values, value: object, on_change: Callable[[Act], None]) -> None:
    unit = unit_of(key)
    with tag("label"):
        tag("span", field_name(key) + (f" ({unit})" if unit else ""))
        if "enum" in said:
            with tag("select").on("change", partial(_told, on_change), js_handler=VALUE):
                if said["none"]:
                    tag("option", "as it suits", value="", selected=value is None)
                for option in said["enum"]:
                    tag("option", str(option), value=str(option), selected=option == value)
            return
        number = said["type"] in NUMBERS
        box = Box("" if value is None else _plain(value), number=number)
        if number:
            box.props["step"] = "1" if said["type"] == "integer" else "any"
            box.props["inputmode"] = "decimal"
        box.props["placeholder"] = ", ".join(said.get("examples", [])[:1]) or ("not given" if said["none"] else "")
        box.on("tell", partial(_told, on_change))
        limits = _limits(said, unit)
        if limits:
            tag("small", limits, "quiet")


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _told(on_change: Callable[[Act], None], event: GenericEventArguments) -> None:
    text = _text(event)
    on_change(lambda _: None if text == "" else text)


def _text(event: GenericEventArguments) -> str:
    return str(event.args)[:200]


def _limits(said: Values, unit: str) -> str:
    least, above, most = said.get("minimum"), said.get("exclusiveMinimum"), said.get("maximum")
    low = f"at least {least:g}" if least is not None else f"above {above:g}" if above is not None else ""
    high = f"at most {most:g}" if most is not None else ""
    limits = ", ".join(part for part in (low, high) if part)
    return f"{limits} {unit}".strip() if limits else ""
