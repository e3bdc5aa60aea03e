"""The rows of a tree of entries: which are seen when some are open. Pure, knows no widget.

What is open is kept by path, so that a tree that is made anew for every state of a session stays as the user left it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pydantic_ai_debug.tui.present.entries import Entry
from pydantic_ai_debug.tui.present.styled import Span

from .document import Document, Row

Path: TypeAlias = 'tuple[str, ...]'

MAX_DEPTH = 200
MAX_ROWS = 50_000
"""Rows of everything that is open; nobody scrolls through more."""
INDENT = 2
_MIN_BODY_WIDTH = 20


@dataclass(frozen=True, eq=False)
class TreeRow:
    """An entry, or a line of the text below it."""

    path: Path
    entry: Entry
    is_open: bool = False
    body: Row | None = None
    """The wrapped line of text, in a row that is not the entry's own."""
    number: int = 0
    """Which line of the text it is, from 1."""

    @property
    def depth(self) -> int:
        return len(self.path) - 1

    @property
    def text(self) -> str:
        """What is searched: its label, or its line of text."""
        return self.entry.text if self.body is None else self.body.line.text[self.body.begin : self.body.end]


class TreeRows:
    """A tree's entries, what is open, and the rows that follow from both."""

    def __init__(self) -> None:
        self.roots: Sequence[Entry] = ()
        self.rows: list[TreeRow] = []
        self._toggled: dict[Path, bool] = {}
        self._insides: dict[int, list[Entry]] = {}
        self._bodies: dict[tuple[int, int], list[Row]] = {}

    def show(self, roots: Sequence[Entry], width: int) -> None:
        """Show other entries; those with the paths of open ones are open."""
        self.roots = roots
        self._insides.clear()
        self._bodies.clear()
        self.update(width)

    def forget(self) -> None:
        """Open and close everything as its entries say."""
        self._toggled.clear()

    def update(self, width: int) -> None:
        """Make the rows anew for a width."""
        self.rows = []
        stack: list[Iterator[tuple[Path, Entry]]] = [iter([((entry.key,), entry) for entry in self.roots])]
        while stack and len(self.rows) < MAX_ROWS:
            item = next(stack[-1], None)
            if item is None:
                stack.pop()
                continue
            path, entry = item
            is_open = entry.opens and self.is_open(path, entry) and len(path) < MAX_DEPTH
            self.rows.append(TreeRow(path, entry, is_open))
            if not is_open:
                continue
            if entry.body is not None:
                body = self._body(entry, max(width - INDENT * (len(path) + 1), _MIN_BODY_WIDTH))
                self.rows += [TreeRow(path, entry, True, row, number) for number, row in enumerate(body, 1)]
            if entry.inside is not None:
                inside = self._inside(entry)
                stack.append(iter([((*path, child.key), child) for child in inside]))

    def is_open(self, path: Path, entry: Entry) -> bool:
        return self._toggled.get(path, entry.opened)

    def set_open(self, path: Path, is_open: bool) -> None:
        """Open or close an entry; the rows change with the next `update`."""
        self._toggled[path] = is_open

    def walk(self, limit: int) -> Iterator[tuple[Path, Entry]]:
        """Entries from top to bottom, closed ones too, but not those that have to be asked for."""
        stack: list[Iterator[tuple[Path, Entry]]] = [iter([((entry.key,), entry) for entry in self.roots])]
        while stack and limit:
            item = next(stack[-1], None)
            if item is None:
                stack.pop()
                continue
            limit -= 1
            yield item
            path, entry = item
            if entry.inside is not None and not entry.lazy and len(path) < MAX_DEPTH:
                stack.append(iter([((*path, child.key), child) for child in self._inside(entry)]))

    def _inside(self, entry: Entry) -> list[Entry]:
        known = self._insides.get(id(entry))
        if known is None and entry.inside is not None:
            known = self._insides[id(entry)] = list(entry.inside())
        return known or []

    def _body(self, entry: Entry, width: int) -> list[Row]:
        key = (id(entry), width)
        known = self._bodies.get(key)
        if known is None and entry.body is not None:
            known = self._bodies[key] = wrapped(entry.body(), width)
        return known or []


def wrapped(spans: Iterable[Span], width: int) -> list[Row]:
    """Text of a bounded size as rows."""
    document = Document(width)
    document.append(spans)
    document.settle_rows(0, document.height + 1)
    document.settle(1.0)
    return list(document.rows(0, document.height - 1))
