"""The text behind a `TextView`: blocks of styled lines, wrapped to a width piece by piece.

Built for text that streams in and for text that is huge. Adding costs as much as what is added; wrapping happens page
by page, what is looked at first, the rest when there is time, so that ten megabytes never hold up a key press. Until a
page is wrapped its height is estimated. Pure, knows no widget.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import NamedTuple

from pydantic_ai_debug.tui.present.literal import literal_lines
from pydantic_ai_debug.tui.present.styled import Span, StyleName

from .pages import Line, Page, Runs, Shelf
from .wrapping import wrap

PIECE_LENGTH = 2048
"""A line longer than this is kept in pieces, so that work on one line is bounded."""
_PAGE_LENGTH = 4 * PIECE_LENGTH
_PAGE_LINES = 128
_EAGER_LENGTH = 64 * 1024
"""How much may be added at once and still be wrapped at once."""
MAX_LENGTH = 16_000_000
"""How many characters are kept; beyond that the oldest go."""
MAX_MATCHES = 10_000


class Block:
    """Text that is added to and replaced on its own."""

    __slots__ = ('newline_due', 'pages', 'return_held')

    def __init__(self) -> None:
        self.pages: list[Page] = []
        self.newline_due = False
        """Whether its text ends with a newline: what is added next begins a line."""
        self.return_held = False
        """Whether its text ends with a carriage return, whose newline may come next."""


class Row(NamedTuple):
    """One row of the wrapped text."""

    line: Line
    begin: int
    end: int


class Place(NamedTuple):
    """A character, wherever wrapping puts it."""

    page: Page
    line: int
    offset: int


class Document:
    """Blocks of styled text, wrapped to `width`."""

    def __init__(self, width: int = 80) -> None:
        self.width = width
        self.clear()

    def clear(self) -> None:
        self._shelf = Shelf()
        self._pages: list[Page] = []
        self._blocks: list[Block] = []
        self._tops: list[int] = [0]
        self._settled = 0
        """How many pages from the first are known to be wrapped."""
        self._length = 0
        self._dropped = 0
        """How many characters were let go at the beginning."""
        self._note: Page | None = None
        """Says so, in place of them."""

    @property
    def height(self) -> int:
        """Number of rows, an estimate while not `settled`."""
        return self._top(len(self._pages))

    @property
    def settled(self) -> bool:
        return self._settled >= len(self._pages)

    # Writing

    def start_block(self) -> int:
        """Begin a block on a line of its own and return its number."""
        self._blocks.append(Block())
        return len(self._blocks) - 1

    def append(self, spans: Iterable[Span]) -> None:
        """Add to the last block."""
        if not self._blocks:
            self.start_block()
        block = self._blocks[-1]
        for text, style, indent in spans:
            if block.return_held:
                text = '\r' + text
            block.return_held = text.endswith('\r')
            shown = literal_lines(text[:-1] if block.return_held else text)
            if shown:
                self._append(shown, style, indent)
        if self._length > MAX_LENGTH:
            self._drop_oldest()

    def extend(self, block: int, spans: Iterable[Span]) -> None:
        """Add to a block, also where others follow it: at the cost of what is added and of those others."""
        with self._as_last(block):
            self.append(spans)

    def replace(self, block: int, spans: Iterable[Span]) -> None:
        """Show something else in a block's place."""
        with self._as_last(block):
            self._take_out(len(self._blocks[block].pages))
            self._blocks[block] = Block()
            self.append(spans)

    @contextmanager
    def _as_last(self, block: int) -> Generator[None]:
        """The text without the blocks that follow one, for as long as that is added to."""
        later = self._blocks[block + 1 :]
        self._take_out(sum(len(following.pages) for following in later))
        del self._blocks[block + 1 :]
        yield
        for following in later:
            self._blocks.append(following)
            self._pages.extend(following.pages)
            self._length += sum(page.length for page in following.pages)

    def _take_out(self, count: int) -> None:
        """Take so many pages off the end of the text."""
        if count:
            first = len(self._pages) - count
            self._length -= sum(page.length for page in self._pages[first:])
            del self._pages[first:]
            self._invalidate(first)

    def _append(self, text: str, style: StyleName, indent: int) -> None:
        eager = len(text) <= _EAGER_LENGTH
        first = max(0, len(self._pages) - 1)
        ends_line = text.endswith('\n')
        parts = _lines_of(text[:-1] if ends_line else text)
        block = self._blocks[-1]
        if block.pages and not block.newline_due:
            self._extend_line(next(parts), style, eager)
        for part in parts:
            self._add_line(part, 0, style, indent, False, eager)
        block.newline_due = ends_line
        if not eager:
            for page in self._pages[first:]:
                page.estimate(self.width)
            self._invalidate(first)

    def _extend_line(self, text: str, style: StyleName, eager: bool) -> None:
        page = self._pages[-1]
        line = page.lines[-1]
        length = len(line.text)
        cut = _cut(text, 0, max(0, PIECE_LENGTH - length))
        if cut:
            if line.runs[-1][1] != style:
                run = (length, style)
                line.runs = (*line.runs, run) if length else (run,)
            line.text += text[:cut]
            page.length += cut
            self._length += cut
            if eager:
                self._measure_last(page)
        if cut < len(text):
            self._add_line(text, cut, style, line.indent, True, eager)

    def _add_line(self, text: str, begin: int, style: StyleName, indent: int, joined: bool, eager: bool) -> None:
        """Add a line with the text from `begin` on, in pieces where it is long."""
        runs: Runs = _RUNS.setdefault(style, ((0, style),))
        while True:
            end = _cut(text, begin, begin + PIECE_LENGTH)
            page = self._page_to_fill()
            page.lines.append(Line(text[begin:end], runs, indent, joined))
            page.length += end - begin
            self._length += end - begin
            if eager:
                self._measure_last(page)
            begin, joined = end, True
            if begin >= len(text):
                return

    def _page_to_fill(self) -> Page:
        pages = self._blocks[-1].pages
        if pages and pages[-1].length < _PAGE_LENGTH and len(pages[-1].lines) < _PAGE_LINES:
            return pages[-1]
        page = Page(self._shelf)
        pages.append(page)
        self._pages.append(page)
        return page

    def _measure_last(self, page: Page) -> None:
        """Bring the height of the last page up to date after its last line was added or has grown."""
        index = len(self._pages) - 1
        del self._tops[index + 1 :]
        if page.width != self.width and len(page.lines) > 1:
            page.estimate(self.width)
            self._settled = min(self._settled, index)
            return
        if page.width != self.width:
            page.wrap(self.width)
        else:
            line = page.lines[-1]
            if len(page.tops) < len(page.lines):
                page.tops.append(page.height)
            line.starts = wrap(line.text, max(1, self.width - line.indent), line.starts)
            page.height = page.tops[-1] + len(line.starts)
        if self._settled == index:
            self._settled = index + 1

    def _drop_oldest(self) -> None:
        """Let go of a tenth of what may be kept, so that this happens rarely, and say so in the first line."""
        count = 0
        while self._length > MAX_LENGTH * 0.9 and count < len(self._pages) - 1:
            page = self._pages[count]
            self._length -= page.length
            if page is not self._note:
                self._dropped += page.length
            count += 1
        gone = set(map(id, self._pages[:count]))
        for block in self._blocks:
            block.pages = [page for page in block.pages if id(page) not in gone]
        self._note = Page(self._shelf)
        self._note.lines.append(
            Line(f'… {self._dropped:,} characters before this are not shown', ((0, 'dim'),), 0, False)
        )
        self._note.estimate(self.width)
        self._pages[:count] = [self._note]
        self._invalidate(0)

    # Wrapping

    def set_width(self, width: int) -> None:
        """Wrap to another width: at once what is little, by and by what is much."""
        if width == self.width:
            return
        self.width = width
        for page in self._pages:
            page.estimate(width)
        self._invalidate(0)

    def settle(self, budget: float) -> None:
        """Wrap pages that are not wrapped yet, for so many seconds."""
        end = perf_counter() + budget
        while self._settled < len(self._pages):
            self._wrap_page(self._settled)
            self._settled += 1
            if perf_counter() > end:
                return

    def settle_rows(self, top: int, count: int) -> None:
        """Wrap what is seen in some rows from `top` on, so that `row` gives them."""
        index = self._page_index(top)
        while index < len(self._pages) and self._top(index) < top + count:
            self._wrap_page(index)
            index += 1

    def settle_end(self, count: int) -> None:
        """Wrap what is seen in the last rows."""
        index = len(self._pages)
        while index > 0 and count > 0:
            index -= 1
            self._wrap_page(index)
            count -= self._pages[index].height

    def _wrap_page(self, index: int) -> None:
        page = self._pages[index]
        if page.width != self.width:
            height = page.height
            page.wrap(self.width)
            if page.height != height:
                del self._tops[index + 1 :]

    def _invalidate(self, index: int) -> None:
        """The page at `index` and those after it have changed."""
        del self._tops[index + 1 :]
        self._settled = min(self._settled, index)

    # Reading

    def _top(self, index: int) -> int:
        """The first row of a page."""
        tops = self._tops
        for page in self._pages[len(tops) - 1 : index]:
            tops.append(tops[-1] + page.height)
        return tops[index]

    def _page_index(self, y: int) -> int:
        self._top(len(self._pages))
        return max(0, bisect_right(self._tops, y) - 1)

    def row(self, y: int) -> Row | None:
        """The row at `y`; None after the last, and where its page is not wrapped."""
        index = self._page_index(y)
        if index >= len(self._pages) or y < 0:
            return None
        page = self._pages[index]
        offset = y - self._tops[index]
        if page.width != self.width:
            return None
        number = bisect_right(page.tops, offset) - 1
        line = page.lines[number]
        row = offset - page.tops[number]
        begin = line.starts[row]
        end = line.starts[row + 1] if row + 1 < len(line.starts) else len(line.text)
        return Row(line, begin, end)

    def place_at(self, y: int) -> Place | None:
        """The first character of a row; None after the last row."""
        index = self._page_index(y)
        if index >= len(self._pages):
            return None
        page = self._pages[index]
        if page.width != self.width:
            return Place(page, 0, 0)
        offset = y - self._tops[index]
        number = bisect_right(page.tops, offset) - 1
        line = page.lines[number]
        return Place(page, number, line.starts[offset - page.tops[number]])

    def row_of(self, place: Place) -> int | None:
        """The row of a character; None where it is gone. Wraps its page."""
        try:
            index = self._pages.index(place.page)
        except ValueError:
            return None
        self._wrap_page(index)
        line = place.page.lines[place.line]
        return self._top(index) + place.page.tops[place.line] + bisect_right(line.starts, place.offset) - 1

    def plain_text(self, block: int | None = None) -> str:
        """The text as it is drawn, without wrapping and indentation: of a block, or all of it."""
        pages = self._pages if block is None else self._blocks[block].pages
        parts: list[str] = []
        for page in pages:
            for text, _, joined in page.texts():
                if parts and not joined:
                    parts.append('\n')
                parts.append(text)
        return ''.join(parts)

    def find(self, query: str) -> list[Place]:
        """Where `query` occurs, up to `MAX_MATCHES` times; see `matcher`."""
        pattern = matcher(query)
        places: list[Place] = []
        for page in self._pages:
            for number, (text, _, _) in enumerate(page.texts()):
                places.extend(Place(page, number, match.start()) for match in pattern.finditer(text))
            if len(places) >= MAX_MATCHES:
                return places[:MAX_MATCHES]
        return places

    def rows(self, first: int, last: int) -> Iterator[Row]:
        """The rows from `first` to `last`, wrapped for that."""
        self.settle_rows(first, last - first + 1)
        for y in range(first, min(last + 1, self.height)):
            if (row := self.row(y)) is not None:
                yield row


_RUNS: dict[StyleName, Runs] = {}
"""The runs of lines in one style, shared by all of them."""


def _lines_of(text: str) -> Iterator[str]:
    """What `split` gives, one at a time: all lines of a long text at once would take more memory than the text."""
    begin = 0
    while (end := text.find('\n', begin)) >= 0:
        yield text[begin:end]
        begin = end + 1
    yield text[begin:]


def _cut(text: str, begin: int, end: int) -> int:
    """Where to end a piece that begins at `begin` and should not go past `end`: after a space if there is one near."""
    if end >= len(text):
        return len(text)
    return text.rfind(' ', max(begin, end - 256), end) + 1 or end


def matcher(query: str) -> re.Pattern[str]:
    """A pattern that finds `query` literally; in any case, unless it has a capital letter."""
    return re.compile(re.escape(query), 0 if query != query.lower() else re.IGNORECASE)
