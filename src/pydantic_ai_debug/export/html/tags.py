"""HTML that is safe by its type: only what is made here is `Markup`, and text becomes it by being escaped.

Control characters are shown as signs. No address of anybody's ends up in a place that a browser would load or follow.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, NewType

from pydantic_ai_debug.model.json_layout import indented, json_pieces
from pydantic_ai_debug.model.literal import visible_controls
from pydantic_ai_debug.protocol.events import Json

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

Markup = NewType('Markup', str)
"""A piece of a page."""

NOTHING = Markup('')
_MAX_MARKDOWN = 20_000


def text(content: str) -> Markup:
    """Text as it is."""
    return Markup(html.escape(visible_controls(content)))


def joined(pieces: Iterable[Markup]) -> Markup:
    return Markup(''.join(pieces))


def tag(name: str, *content: Markup, **attributes: str | bool) -> Markup:
    """An element. Attributes are escaped; `class_` is `class`, `data_x` is `data-x`, True has no value, False is none."""
    written = [
        f' {key.rstrip("_").replace("_", "-")}' + ('' if value is True else f'="{text(str(value))}"')
        for key, value in attributes.items()
        if value is not False
    ]
    return Markup(f'<{name}{"".join(written)}>{"".join(content)}</{name}>')


def span(style: str, content: str) -> Markup:
    """Text of a style."""
    if style == 'text':
        return text(content)
    return tag('span', text(content), class_=style)


def block(content: str, style: str = '') -> Markup:
    """Text that keeps its lines."""
    # A browser takes a newline away that begins a `pre`.
    return tag('pre', Markup('\n'), text(content), class_=style or False)


def json_block(value: Json) -> Markup:
    """JSON with colours, laid out as on the screen."""
    pieces = (span(style, indented(piece, depth)) for piece, style, depth in json_pieces(value))
    return tag('pre', Markup('\n'), joined(pieces), class_='json')


def value_block(value: Json) -> Markup:
    """A text as it is, anything else as JSON."""
    return block(value) if isinstance(value, str) else json_block(value)


def markdown_block(content: str) -> Markup:
    """Markdown as it is meant; raw HTML, links and images in it are text."""
    if len(content) > _MAX_MARKDOWN:
        return block(content)
    try:
        rendered = _parser().render(visible_controls(content))
    except (ValueError, IndexError, RecursionError):  # the parser is not ours, and the text is anybody's
        return block(content)
    return tag('div', Markup(rendered), class_='markdown')


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt('commonmark', {'html': False}).enable(['table', 'strikethrough'])
    return parser.disable(['link', 'image', 'autolink', 'html_inline', 'html_block', 'reference'])


def pane(title: str, *content: Markup, note: str = '', style: str = '') -> Markup:
    """A frame with its title in it, as a pane of the screen."""
    heading = tag('h3', span('title', title), *([text(' '), span('note', note)] if note else []))
    return tag('section', heading, *content, class_=f'pane {style}'.strip())


def folded(title: Markup, *content: Markup, opened: bool = False, style: str = '') -> Markup:
    """Something that opens and closes."""
    return tag('details', tag('summary', title), *content, open=opened, class_=style or False)
