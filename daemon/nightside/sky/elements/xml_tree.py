"""XML into a small tree, for messages from strangers: no document type, no entities, no more nodes than a catalogue has."""

from dataclasses import dataclass, field
from xml.parsers import expat

MOST_NODES = 5_000_000
DEEPEST = 40
LONGEST_TEXT = 50_000


@dataclass(slots=True)
class Node:
    """One element: its name without a prefix, its text, and what it holds."""

    name: str
    line: int
    text: str = ""
    children: list["Node"] = field(default_factory=list["Node"])

    def all(self, name: str) -> list["Node"]:
        """Every element of a name at or below this one, not looking inside those found."""
        if self.name == name:
            return [self]
        return [found for child in self.children for found in child.all(name)]

    def leaves(self) -> list["Node"]:
        """Every element below that holds no other."""
        return [self] if not self.children else [leaf for child in self.children for leaf in child.leaves()]


def read_xml(text: str) -> Node:
    """The tree of a text. Raises ValueError with the line."""
    root = Node("", 1)
    open_nodes = [root]
    count = 0
    parser = expat.ParserCreate()

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > MOST_NODES or len(open_nodes) > DEEPEST:
            raise ValueError(f"line {parser.CurrentLineNumber}: it holds more than any such message does")
        node = Node(name.rpartition(":")[2], parser.CurrentLineNumber)
        open_nodes[-1].children.append(node)
        open_nodes.append(node)

    def characters(data: str) -> None:
        node = open_nodes[-1]
        if data.isspace() and (node.children or not node.text):
            return  # only the indent
        if len(node.text) > LONGEST_TEXT:
            raise ValueError(f"line {parser.CurrentLineNumber}: it holds a longer text than any such message does")
        node.text += data

    def refuse(*_: object) -> None:
        raise ValueError(f"line {parser.CurrentLineNumber}: it declares a document type, which could hide anything")

    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: open_nodes.pop()
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise ValueError(f"line {error.lineno}: {expat.ErrorString(error.code)}") from None
    return root
