"""The lines of a text, page by page: what is looked at as objects, the rest packed into little memory.

A page is wrapped to a width as a whole; until then its height is estimated.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pydantic_ai_debug.tui.present.styled import StyleName

from .wrapping import wrap

_OPEN_PAGES = 8
"""More than a screen shows."""

Runs = tuple[tuple[int, StyleName], ...]


class Line:
    """A line of text, or a piece of a very long one."""

    __slots__ = ('indent', 'joined', 'runs', 'starts', 'text')

    def __init__(self, text: str, runs: Runs, indent: int, joined: bool) -> None:
        self.text = text
        self.runs = runs
        """Where each style begins."""
        self.indent = indent
        self.joined = joined
        """Whether this continues the line before it without a newline."""
        self.starts: tuple[int, ...] = (0,)
        """Where each row begins, if the page is wrapped."""


class Shelf:
    """Keeps few of a document's pages open: those that were opened last. The others are packed."""

    def __init__(self) -> None:
        self._open: dict[Page, None] = {}

    def opened(self, page: Page) -> None:
        self._open[page] = None
        if len(self._open) > _OPEN_PAGES:
            oldest = next(iter(self._open))
            del self._open[oldest]
            oldest.pack()


class _PackedLines(NamedTuple):
    """Lines that nobody looks at: an object for each would take four times as much memory as their text."""

    text: str
    """Of all of them, a newline between two."""
    details: tuple[tuple[Runs, int, bool, tuple[int, ...]], ...]
    """Of each: runs, indent, joined and starts. Most are the same, and shared."""


class Page:
    """Some consecutive lines of one block that are wrapped together."""

    __slots__ = ('_lines', '_packed', '_shelf', 'height', 'length', 'tops', 'width')

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._lines: list[Line] = []
        self._packed: _PackedLines | None = None
        self.length = 0
        """Number of characters."""
        self.width = 0
        """The width it is wrapped to; 0 where it is not."""
        self.height = 0
        """Number of rows, an estimate where it is not wrapped."""
        self.tops: list[int] = []
        """The first row of each line, if wrapped."""
        shelf.opened(self)

    @property
    def lines(self) -> list[Line]:
        """The lines, to look at or to change before another page is asked for its own."""
        if self._packed is not None:
            for text, (runs, indent, joined, starts) in zip(
                self._packed.text.split('\n'), self._packed.details, strict=True
            ):
                line = Line(text, runs, indent, joined)
                line.starts = starts
                self._lines.append(line)
            self._packed = None
            self._shelf.opened(self)
        return self._lines

    def pack(self) -> None:
        """Keep the lines in less memory, until they are asked for."""
        if not self._lines:
            return
        shared: dict[object, tuple[Runs, int, bool, tuple[int, ...]]] = {}
        details = [(line.runs, line.indent, line.joined, line.starts) for line in self._lines]
        self._packed = _PackedLines(
            '\n'.join(line.text for line in self._lines), tuple(shared.setdefault(item, item) for item in details)
        )
        self._lines = []

    def texts(self) -> Iterator[tuple[str, int, bool]]:
        """Text and indent of each line, and whether it is joined to the one before; a packed page stays so."""
        if self._packed is None:
            return ((line.text, line.indent, line.joined) for line in self._lines)
        texts = self._packed.text.split('\n')
        return (
            (text, indent, joined) for text, (_, indent, joined, _) in zip(texts, self._packed.details, strict=True)
        )

    def wrap(self, width: int) -> None:
        self.width = width
        self.height = 0
        self.tops = []
        for line in self.lines:
            self.tops.append(self.height)
            line.starts = wrap(line.text, max(1, width - line.indent))
            self.height += len(line.starts)

    def estimate(self, width: int) -> None:
        self.width = 0
        self.height = sum(max(0, len(text) - 1) // max(1, width - indent) + 1 for text, indent, _ in self.texts())
