"""Markdown as styled text.

Not Textual's Markdown widget: that costs a widget a paragraph, opens links at a click, and cannot be searched together
with the text around it. Raw HTML and links are text here; nothing can be clicked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from rich.cells import cell_len

from .styled import Span, StyleName

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MAX_MARKDOWN = 20_000
"""Characters of a text that is rendered; a longer one is shown as it is."""
_WIDEST_COLUMN = 40


@cache
def _parser() -> MarkdownIt:
    """Imported on first use: a session without text to render does without it."""
    from markdown_it import MarkdownIt

    return MarkdownIt('commonmark', {'html': False}).enable(['table', 'strikethrough'])


def markdown_spans(text: str, indent: int = 0) -> list[Span]:
    """Markdown as spans; a text that is too long, or that the parser chokes on, as it is."""
    if len(text) > MAX_MARKDOWN:
        return [Span(text, 'text', indent)]
    try:
        tokens = _parser().parse(text)
    except (ValueError, IndexError, RecursionError):  # the parser is not ours, and the text is anybody's
        return [Span(text, 'text', indent)]
    spans = list(_Renderer(indent).blocks(tokens))
    while spans and not spans[-1].text.strip('\n'):
        spans.pop()
    if spans and spans[-1].text.endswith('\n'):
        spans[-1] = spans[-1]._replace(text=spans[-1].text.rstrip('\n'))
    return spans


class _Renderer:
    def __init__(self, indent: int) -> None:
        self._indent = indent
        self._numbers: list[int | None] = []
        """Of each list that is open: the next item's number, None for bullets."""
        self._marker = ''
        self._quotes = 0

    @property
    def _depth(self) -> int:
        return self._indent + 3 * len(self._numbers) + 2 * self._quotes

    def blocks(self, tokens: Sequence[Token]) -> Iterator[Span]:
        index = 0
        style: StyleName = 'text'
        tight = False
        while index < len(tokens):
            token = tokens[index]
            match token.type:
                case 'heading_open':
                    style = 'heading'
                case 'heading_close':
                    style = 'text'
                    yield Span('\n\n', 'text', self._depth)
                case 'paragraph_open':
                    tight = token.hidden
                case 'paragraph_close':
                    yield Span('\n' if tight else '\n\n', 'text', self._depth)
                case 'inline':
                    yield from self._lead()
                    yield from self._inline(token.children or [], style)
                case 'bullet_list_open':
                    self._numbers.append(None)
                case 'ordered_list_open':
                    self._numbers.append(int(token.attrs.get('start', 1)))
                case 'bullet_list_close' | 'ordered_list_close':
                    self._numbers.pop()
                    if not self._numbers and tight:
                        yield Span('\n', 'text', self._depth)
                case 'list_item_open':
                    number = self._numbers[-1]
                    self._marker = '•' if number is None else f'{number}.'
                    self._numbers[-1] = None if number is None else number + 1
                case 'blockquote_open':
                    self._quotes += 1
                case 'blockquote_close':
                    self._quotes -= 1
                case 'fence' | 'code_block':
                    yield from self._lead()
                    yield Span(token.content.rstrip('\n'), 'code', self._depth + 2)
                    yield Span('\n\n', 'text', self._depth)
                case 'hr':
                    yield Span('────────\n\n', 'dim', self._depth)
                case 'html_block':
                    yield Span(token.content, 'dim', self._depth)
                case 'table_open':
                    end = next(i for i in range(index, len(tokens)) if tokens[i].type == 'table_close')
                    yield from self._table(tokens[index:end])
                    index = end
                case _:
                    pass
            index += 1

    def _lead(self) -> Iterator[Span]:
        """What stands before the first line of a list item or a quote."""
        if self._marker:
            yield Span(self._marker.ljust(3), 'accent', self._depth - 3)
            self._marker = ''
        elif self._quotes:
            yield Span('▎ ', 'dim', self._depth - 2)

    def _inline(self, tokens: Sequence[Token], style: StyleName) -> Iterator[Span]:
        styles: list[StyleName] = [style]
        links: list[str] = []
        for token in tokens:
            match token.type:
                case 'strong_open':
                    styles.append('strong' if style == 'text' else style)
                case 'em_open':
                    styles.append('emphasis' if style == 'text' else style)
                case 's_open':
                    styles.append('dim')
                case 'strong_close' | 'em_close' | 's_close':
                    styles.pop()
                case 'link_open':
                    links.append(str(token.attrs.get('href', '')))
                case 'link_close':
                    target = links.pop()
                    if target:
                        yield Span(f' <{target}>', 'dim', self._depth)
                case 'softbreak' | 'hardbreak':
                    yield Span('\n' if token.type == 'hardbreak' else ' ', 'text', self._depth)
                case 'code_inline':
                    yield Span(token.content, 'code', self._depth)
                case 'image':
                    yield Span(f'[{token.content}]', 'dim', self._depth)
                case _:
                    yield Span(token.content, styles[-1], self._depth)

    def _table(self, tokens: Sequence[Token]) -> Iterator[Span]:
        rows: list[list[str]] = []
        for token in tokens:
            if token.type == 'tr_open':
                rows.append([])
            elif token.type == 'inline':
                rows[-1].append(''.join(child.content for child in token.children or []))
        widths = [
            min(max(cell_len(row[column]) for row in rows if column < len(row)), _WIDEST_COLUMN)
            for column in range(max(map(len, rows)))
        ]
        for number, row in enumerate(rows):
            cells = [cell + ' ' * max(width - cell_len(cell), 0) for cell, width in zip(row, widths, strict=False)]
            yield Span('  '.join(cells).rstrip() + '\n', 'strong' if number == 0 else 'text', self._depth)
            if number == 0:
                yield Span('  '.join('─' * width for width in widths) + '\n', 'dim', self._depth)
        yield Span('\n', 'text', self._depth)
