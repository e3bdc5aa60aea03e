"""How JSON is laid out for people: indented, with short lists and objects on one line, within limits of depth and size."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias, cast

from pydantic_ai_debug.protocol.events import Json

JsonStyle: TypeAlias = Literal['text', 'dim', 'json-key', 'json-string', 'json-literal']

_MAX_DEPTH = 60
_MAX_STRING = 20_000
_INLINE = 60
"""Characters up to which a list or object of scalars stays on one line."""


def laid_out(value: Json) -> str:
    """A value as text of many lines."""
    return ''.join(indented(text, depth) for text, _, depth in json_pieces(value))


def indented(piece: str, depth: int) -> str:
    """A piece where it stands on its own line or begins one."""
    return f'\n{"  " * depth}' if piece == '\n' else piece


def json_pieces(value: Json, depth: int = 0) -> Iterator[tuple[str, JsonStyle, int]]:
    """A value as indented JSON: pieces of text with their style and depth, which indents the lines they begin."""
    if isinstance(value, Mapping):
        pairs = list(cast('Mapping[str, Json]', value).items())
        yield from _bracketed('{', '}', pairs, depth)
    elif isinstance(value, (list, tuple)):
        items = cast('Sequence[Json]', value)
        yield from _bracketed('[', ']', [(None, item) for item in items], depth)
    else:
        yield (*scalar_text(value), depth)


def _bracketed(
    left: str, right: str, pairs: Sequence[tuple[str | None, Json]], depth: int
) -> Iterator[tuple[str, JsonStyle, int]]:
    if not pairs:
        yield left + right, 'text', depth
        return
    if depth >= _MAX_DEPTH:
        yield f'{left}…{right}', 'dim', depth
        return
    inline = _is_short(pairs)
    yield left + (' ' if inline and left == '{' else ''), 'dim', depth
    for number, (name, item) in enumerate(pairs):
        if not inline:
            yield '\n', 'text', depth + 1
        if name is not None:
            yield json.dumps(name, ensure_ascii=False), 'json-key', depth + 1
            yield ': ', 'dim', depth + 1
        yield from json_pieces(item, depth + 1)
        if number < len(pairs) - 1:
            yield ', ' if inline else ',', 'dim', depth + 1
    if not inline:
        yield '\n', 'text', depth
    yield (' ' if inline and left == '{' else '') + right, 'dim', depth


def _is_short(pairs: Sequence[tuple[str | None, Json]]) -> bool:
    """Whether scalars, few and short, fit on one line."""
    length = 0
    for name, item in pairs:
        if isinstance(item, (Mapping, list, tuple)) and item:
            return False
        length += (len(item) if isinstance(item, str) else 6) + (len(name) + 4 if name is not None else 2)
        if length > _INLINE:
            return False
    return True


def scalar_text(value: Json) -> tuple[str, JsonStyle]:
    """A string, number, truth value or null as JSON, and its style."""
    if isinstance(value, str):
        shown = value if len(value) <= _MAX_STRING else f'{value[:_MAX_STRING]}…'
        return json.dumps(shown, ensure_ascii=False), 'json-string'
    return json.dumps(value, default=str), 'json-literal'
