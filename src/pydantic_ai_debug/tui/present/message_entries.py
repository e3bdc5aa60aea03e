"""Messages of a history as entries of a tree: a line that says what is in each, its parts and fields below."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import cast

from pydantic_ai_debug.model.calls import call_arguments, short_json
from pydantic_ai_debug.model.details import json_list, json_object
from pydantic_ai_debug.model.parts import Part, part_from_message
from pydantic_ai_debug.protocol.events import Json

from .entries import NEW, Entry, Mark, line, paged, text_body
from .json_entries import json_inside
from .json_text import dump_json
from .styled import Span

_WORDS = {
    'system-prompt': 'system',
    'user-prompt': 'user',
    'retry-prompt': 'retry',
    'instruction': 'instruction',
}
"""What request parts are called in a line."""


def message_entries(
    count: int, message_at: Callable[[int], Json], unchanged: int, *, first: int = 0, open_last: bool = True
) -> Iterable[Entry]:
    """Entries of a history, the newest page open.

    Args:
        count: How many messages there are.
        message_at: Gives one by its index.
        unchanged: How many leading ones are not new.
        first: Number of the first.
        open_last: Whether the last page is open rather than the first.
    """
    return paged(
        range(count),
        lambda number, index: message_entry(number, message_at(index), NEW if index >= unchanged else None),
        open_last=open_last,
        first=first,
    )


def message_entry(number: int, message: Json, mark: Mark | None = None) -> Entry:
    """A message: what it is and what is in it."""
    fields = json_object(message)
    kind = fields.get('kind')
    word = kind if isinstance(kind, str) else 'message'
    parts = json_list(fields.get('parts'))
    words = [part_word(json_object(part)) for part in parts[:12]] + (['…'] if len(parts) > 12 else [])
    state = fields.get('state')
    if isinstance(state, str) and state != 'complete':
        words.append(state)
    summary = ', '.join(words) or 'empty'
    return Entry(
        str(number),
        (Span(f'{number}  ', 'dim'), line(word.ljust(8)), Span('  '), line(summary, 'dim')),
        inside=lambda: _message_inside(fields, parts),
        mark=mark,
        copy=lambda: dump_json(message),
    )


def part_word(fields: Mapping[str, Json]) -> str:
    """What a part is, in a word or two, such as `call get_weather`."""
    part = part_from_message(0, fields)
    match part.kind:
        case 'call':
            return f'{"native " if part.native else ""}call {part.tool}'
        case 'return':
            outcome = fields.get('outcome')
            word = 'return' if outcome in (None, 'success') else str(outcome)
            return f'{"native " if part.native else ""}{word} {part.tool}'
        case 'text' | 'thinking':
            return part.kind
        case 'other':
            word = _WORDS.get(part.wire_kind, part.wire_kind)
            return f'{word} {part.tool}' if part.tool else word


def _message_inside(fields: Mapping[str, Json], parts: Sequence[Json]) -> Iterable[Entry]:
    instructions = fields.get('instructions')
    if isinstance(instructions, str) and instructions:
        yield text_entry('instructions', 'instructions', instructions)
    for number, part in enumerate(parts):
        yield part_entry(number, json_object(part))
    rest = {
        name: value
        for name, value in fields.items()
        if name not in ('parts', 'kind', 'instructions') and value not in (None, {}, [])
    }
    if rest:
        yield Entry(
            'fields',
            (Span(', '.join(rest), 'dim'),),
            inside=json_inside(rest),
            copy=lambda: dump_json(rest),
        )


def part_entry(number: int, fields: Mapping[str, Json]) -> Entry:
    """A part of a message: what it is, and what it says."""
    part = part_from_message(number, fields)
    word = part_word(fields)
    content = fields.get('content')
    key = f'part {number}'
    match part.kind:
        case 'text' | 'thinking':
            return text_entry(key, word, part.text)
        case 'call':
            return _call_entry(key, word, part)
        case 'return':
            return content_entry(key, word, part.content)
        case 'other' if 'content' in fields:
            return content_entry(key, word, content)
        case 'other':
            inside = json_inside(part.fields)
            return Entry(
                key,
                (line(word, 'accent'), Span('  '), line(short_json(part.fields, 1), 'dim')),
                inside=inside,
                copy=lambda: dump_json(dict(fields)),
            )


def content_entry(key: str, word: str, content: Json) -> Entry:
    """Content of any kind under a word: text, several pieces, or JSON."""
    if isinstance(content, str):
        return text_entry(key, word, content)
    inside = json_inside(content)
    return Entry(
        key,
        (line(word, 'accent'), Span('  '), line(short_json(_without_nulls(content), 2), 'dim')),
        inside=inside,
        copy=lambda: dump_json(content),
    )


def text_entry(key: str, word: str, text: str) -> Entry:
    """A text under a word: its beginning in the line, all of it below."""
    return Entry(
        key,
        (line(word, 'accent'), Span('  '), line(text.strip(), 'text')),
        body=(lambda: text_body(text)) if len(text) > 40 or '\n' in text else None,
        copy=lambda: text,
    )


def _call_entry(key: str, word: str, part: Part) -> Entry:
    args = part.args
    if args is None:
        return text_entry(key, word, part.text)
    return Entry(
        key,
        (line(word, 'accent'), Span('  '), line(call_arguments(args), 'dim')),
        inside=json_inside(args),
        copy=lambda: dump_json(args),
    )


def _without_nulls(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: item for name, item in cast('dict[str, Json]', value).items() if item is not None}
    return value
