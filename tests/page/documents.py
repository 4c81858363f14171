"""HTML as a browser would read it, for tests that look at what became of a text."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"br", "hr", "input"}


@dataclass
class Node:
    """An element, with its text and that of everything in it."""

    name: str
    attributes: dict[str, str | None]
    inside: "Node | None" = None
    text: str = ""
    closed: bool = False


@dataclass
class Document(HTMLParser):
    """A piece of HTML that must be well formed."""

    html: str
    nodes: list[Node] = field(default_factory=list)
    text: str = ""
    _open: list[Node] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.html)
        self.close()
        assert self._open == [], "an element was left open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute is there twice: {names}"
        node = Node(tag, dict(attrs), self._open[-1] if self._open else None)
        self.nodes.append(node)
        if tag not in VOID:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"{tag} was never opened"
        assert self._open.pop().name == tag, f"{tag} was closed out of turn"

    def handle_data(self, data: str) -> None:
        self.text += data
        for node in self._open:
            node.text += data

    def all(self, name: str, **attributes: str) -> list[Node]:
        """The elements of this name with these attributes, `_` standing for `-`."""
        wanted = {key.strip("_").replace("_", "-"): value for key, value in attributes.items()}
        return [each for each in self.nodes if each.name == name and wanted.items() <= each.attributes.items()]

    def one(self, name: str, **attributes: str) -> Node:
        """The only such element."""
        found = self.all(name, **attributes)
        assert len(found) == 1, f"{len(found)} of {name} {attributes} in {self.html}"
        return found[0]
