"""Text with named styles: what presenters make and `TextView` shows. Which colours a name means is the theme's."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

StyleName: TypeAlias = Literal[
    'text',
    'strong',
    'dim',
    'heading',
    'accent',
    'success',
    'warning',
    'error',
    'changed',
    'stderr',
    'json-key',
    'json-string',
    'json-literal',
    'emphasis',
    'code',
    'added',
    'removed',
]


class Span(NamedTuple):
    """A stretch of text in one style. It may hold newlines and may be untrusted."""

    text: str
    style: StyleName = 'text'
    indent: int = 0
    """Columns by which lines that begin in this span are indented, their continuation rows included."""
