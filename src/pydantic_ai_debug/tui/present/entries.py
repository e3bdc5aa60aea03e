"""Entries of a tree: one line each, with an inside that is made when it is opened.

Pure: `ValueTree` draws them and keeps what is open; presenters make them from JSON, pictures and messages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from .literal import literal
from .styled import Span, StyleName

T = TypeVar('T')

MAX_LABEL = 240
"""Characters of a label; more is never seen in one row."""
PAGE = 200
"""Entries of a long list that are made at once."""
MAX_BODY = 20_000
"""Characters of a text that is shown below its entry."""


@dataclass(frozen=True)
class Mark:
    """Says that an entry differs from what was there before."""

    kind: Literal['new', 'changed', 'gone', 'inside']
    """`inside`: something below it differs."""
    text: str = ''

    @property
    def glyph(self) -> str:
        return {'new': '+', 'changed': '*', 'gone': '-', 'inside': '·'}[self.kind]


NEW = Mark('new', 'new')
GONE = Mark('gone', 'gone')
INSIDE = Mark('inside')


@dataclass(frozen=True, eq=False)
class Entry:
    """One line of a tree."""

    key: str
    """Tells it from its siblings, from one state to the next."""
    label: tuple[Span, ...]
    """What it says, on one line, safe to draw."""
    inside: Callable[[], Iterable[Entry]] | None = None
    """Makes the entries below it."""
    body: Callable[[], Iterable[Span]] | None = None
    """Makes the text shown below it, of many lines."""
    note: str = ''
    """What stands at its right edge, such as a size."""
    mark: Mark | None = None
    opened: bool = False
    """Whether it is open until the user closes it."""
    lazy: bool = False
    """Whether its inside has to be asked of the script."""
    copy: Callable[[], str] | None = None
    """Its content as text, for the clipboard."""

    @property
    def opens(self) -> bool:
        return self.inside is not None or self.body is not None

    @property
    def text(self) -> str:
        """Its label without styles."""
        return ''.join(span.text for span in self.label)


def line(text: str, style: StyleName = 'text') -> Span:
    """A piece of a label from untrusted text."""
    shown = literal(text[:MAX_LABEL])
    return Span(shown if len(text) <= MAX_LABEL else f'{shown}…', style)


def note_entry(key: str, text: str) -> Entry:
    """A dim line that explains."""
    return Entry(key, (Span(text, 'dim'),))


def text_body(text: str, style: StyleName = 'text') -> Iterable[Span]:
    """A text as the body of an entry, cut where nobody reads on."""
    yield Span(text[:MAX_BODY], style)
    if len(text) > MAX_BODY:
        yield Span(f'\n… {len(text) - MAX_BODY:,} more characters; y copies all of it', 'dim')


def paged(
    items: Sequence[T], make: Callable[[int, T], Entry], *, open_last: bool = False, first: int = 0
) -> Iterable[Entry]:
    """Entries for all items of a sequence, those of a long one in pages that are made when they are opened.

    Args:
        items: What there is an entry for.
        make: Makes the entry of an item from its number.
        open_last: Whether the last page is open rather than the first.
        first: Number of the first item.
    """
    total = len(items)
    if total <= PAGE:
        return [make(first + number, item) for number, item in enumerate(items)]

    def page(start: int) -> Entry:
        end = min(start + PAGE, total)
        is_opened = end == total if open_last else start == 0
        return Entry(
            f'page {first + start}',
            (Span(f'{first + start:,} – {first + end - 1:,}', 'dim'),),
            inside=lambda: [make(first + number, items[number]) for number in range(start, end)],
            opened=is_opened,
        )

    return [page(start) for start in range(0, total, PAGE)]


def names_width(names: Iterable[str], limit: int = 18) -> int:
    """Width of a column of names, those that are too wide not counted."""
    return max((len(name) for name in names if len(name) <= limit), default=0)
