"""HTML in Python: one element with its text, classes and attributes. Text is always text, whatever a camera calls its files."""

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement


def tag(name: str, text: str = "", classes: str = "", **attributes: str | bool | int) -> TextElement:
    """One element, as in `tag("p", "No night this week.", "quiet", role="note")`. In names of attributes `_` stands for `-`."""
    element = TextElement(tag=name, text=text)
    if classes:
        element.classes(classes)
    for key, value in attributes.items():
        element.props[key.strip("_").replace("_", "-")] = value
    return element


def icon(name: str) -> None:
    """A Material icon, for eyes only: what it says is said in words beside it."""
    ui.icon(name).props["aria-hidden"] = "true"


def card(title: str, classes: str = "") -> TextElement:
    """A part of a page, with its heading; the rest goes into the block."""
    part = tag("section", classes=f"card {classes}", aria_label=title)
    with part:
        tag("h2", title)
    return part


def facts(pairs: list[tuple[str, str]]) -> None:
    """Names and values, a line each."""
    with tag("dl", classes="facts"):
        for name, value in pairs:
            tag("dt", name)
            tag("dd", value)
