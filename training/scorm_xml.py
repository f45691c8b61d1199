"""A reader of small XML files of strangers: no DTD, no entities, nothing from elsewhere; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from training.scorm_findings import bad

DEEPEST = 50
MOST_NODES = 100_000
SEPARATOR = "\x1f"
XML = "http://www.w3.org/XML/1998/namespace"


@dataclass
class Node:
    """An element: names without namespace, but kept beside, for versions differ in theirs."""

    name: str
    namespace: str
    attributes: dict[str, str]
    line: int
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def all(self, name: str) -> list[Node]:
        return [child for child in self.children if child.name == name]

    def first(self, name: str) -> Node | None:
        return next(iter(self.all(name)), None)

    def get(self, name: str) -> str:
        """An attribute whatever its namespace and case are: adlcp:scormtype, adlcp:scormType."""
        return self.attributes.get(name.lower(), "").strip()

    def text_of(self, name: str) -> str:
        """The text of the first child of that name; empty without one."""
        child = self.first(name)
        return " ".join(child.text.split()) if child else ""

    def walk(self) -> Iterator[Node]:
        """This element and everything below it, in the order of the file."""
        waiting = [self]
        while waiting:
            here = waiting.pop()
            yield here
            waiting.extend(reversed(here.children))


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Node | None = None
        self.open: list[Node] = []
        self.count = 0
        self.parser = expat.ParserCreate(namespace_separator=SEPARATOR)
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text
        for handler in ("StartDoctypeDecl", "EntityDecl", "ExternalEntityRef"):
            setattr(self.parser, f"{handler}Handler", self.refuse)

    def refuse(self, *arguments: object) -> int:
        raise bad(
            "entities_refused",
            "The file declares a document type or entities, which no manifest needs.",
            self.file,
            self.parser.CurrentLineNumber,
        )

    def start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(SEPARATOR)
        self.count += 1
        line = self.parser.CurrentLineNumber
        if len(self.open) >= DEEPEST or self.count > MOST_NODES:
            raise bad(
                "xml_invalid", f"The file is nested too deeply (line {line}).", self.file, line
            )
        given = {self.short(key): value for key, value in attributes.items()}
        node = Node(local, namespace, given, line)
        if self.open:
            self.open[-1].children.append(node)
        else:
            self.root = node
        self.open.append(node)

    def short(self, key: str) -> str:
        namespace, _, local = key.rpartition(SEPARATOR)
        return f"xml:{local}" if namespace == XML else local.lower()

    def end(self, name: str) -> None:
        self.open.pop()

    def text(self, data: str) -> None:
        if self.open:
            self.open[-1].text += data


def read(data: bytes, file: str) -> Node:
    """The root element. Raises BadPackage: xml_invalid with the line, entities_refused."""
    reader = _Reader(file)
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        words = expat.ErrorString(error.code)
        raise bad(
            "xml_invalid",
            f"{file} is not valid XML in line {error.lineno}: {words}.",
            file,
            error.lineno,
        ) from None
    except (LookupError, ValueError):
        raise bad(
            "xml_invalid", f"{file} is written in an unknown encoding; use UTF-8.", file, 1
        ) from None
    assert reader.root is not None
    return reader.root
