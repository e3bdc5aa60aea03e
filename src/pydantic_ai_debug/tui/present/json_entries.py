"""JSON as entries of a tree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import cast

from pydantic_ai_debug.model.calls import short_json
from pydantic_ai_debug.model.json_layout import scalar_text
from pydantic_ai_debug.model.numbers import plural
from pydantic_ai_debug.protocol.events import Json

from .entries import Entry, Mark, line, names_width, paged, text_body
from .json_text import dump_json
from .styled import Span

_MAX_DEPTH = 200


def json_fields(value: Mapping[str, Json], depth: int = 0) -> Iterable[Entry]:
    """An entry for each field of an object."""
    width = names_width(value)
    return paged(list(value.items()), lambda _, pair: json_entry(pair[0], pair[1], width=width, depth=depth))


def json_inside(value: Json, depth: int = 0) -> Callable[[], Iterable[Entry]] | None:
    """What is inside an object or a list; None where there is nothing."""
    if depth >= _MAX_DEPTH:
        return None
    if isinstance(value, Mapping) and value:
        fields = cast('Mapping[str, Json]', value)
        return lambda: json_fields(fields, depth)
    if isinstance(value, (list, tuple)) and value:
        sequence = cast('Sequence[Json]', value)
        return lambda: paged(sequence, lambda number, item: json_entry(str(number), item, depth=depth))
    return None


def json_entry(
    name: str, value: Json, *, width: int = 0, mark: Mark | None = None, depth: int = 0, opened: bool = False
) -> Entry:
    """A named value: a scalar in its line, anything larger with an inside."""
    head = Span(line(name).text.ljust(width) + '  ', 'json-key')
    inside = json_inside(value, depth + 1)
    if isinstance(value, str):
        is_long = len(value) > 60 or '\n' in value
        return Entry(
            name,
            (head, line(scalar_text(value[:1000])[0], 'json-string')),
            body=(lambda: text_body(value)) if is_long else None,
            mark=mark,
            opened=opened,
            copy=lambda: value,
        )
    if inside is None:
        return Entry(name, (head, line(short_json(value), 'json-literal')), mark=mark)
    content: Json = value
    return Entry(
        name,
        (head, Span(f'{_size_words(content)}  ', 'dim'), line(short_json(content, 1), 'dim')),
        inside=inside,
        mark=mark,
        opened=opened,
        copy=lambda: dump_json(content),
    )


def _size_words(value: Json) -> str:
    if isinstance(value, Mapping):
        return plural(len(cast('Mapping[str, Json]', value)), 'field')
    return plural(len(cast('Sequence[Json]', value)), 'item')
