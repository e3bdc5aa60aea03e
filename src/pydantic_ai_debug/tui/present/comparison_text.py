"""Two ways that a run went as rows of two columns: facts, messages, tool calls, output, with differing words marked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from pydantic_ai_debug.model import numbers
from pydantic_ai_debug.model.calls import call_arguments
from pydantic_ai_debug.model.comparison import Call, Comparison, Pair, Side
from pydantic_ai_debug.model.details import json_list, json_object
from pydantic_ai_debug.model.parts import part_from_message
from pydantic_ai_debug.protocol.events import Json

from .json_text import dump_json
from .message_entries import part_word
from .state_entries import usage_text
from .styled import Span, StyleName
from .word_diff import changed_text, side_by_side

T = TypeVar('T')

_LONGEST = 20_000
"""Characters of one cell; the panes show the rest."""


class Row(NamedTuple):
    """Two cells beside each other; a row with one cell goes over both columns."""

    left: list[Span]
    right: list[Span] | None
    differs: bool = False


def comparison_rows(comparison: Comparison) -> Iterator[Row]:
    """All there is to see, from the facts to the outputs."""
    left, right = comparison.left, comparison.right
    yield Row([Span(left.title, 'strong')], [Span(right.title, 'strong')])
    yield _whole(_difference_text(comparison), 'changed' if comparison.first_difference is not None else 'success')
    yield _whole('')
    for (name, one), (_, other) in zip(_facts(left), _facts(right), strict=True):
        style: StyleName = 'text' if one == other else 'changed'
        yield Row([Span(f'{name:<10}', 'dim'), Span(one, style)], [Span(f'{name:<10}', 'dim'), Span(other, style)])
    yield from _section('Messages', comparison.messages, message_text)
    yield from _section('Tool calls', comparison.calls, call_text)
    yield _whole('')
    yield _whole('Output', 'heading')
    yield _pair_row(Pair(left.output, right.output, left.output == right.output), _output_text)


def plain_lines(comparison: Comparison) -> Iterator[str]:
    """The same without a screen: what only the left says begins with a minus, what only the right says with a plus."""
    for row in comparison_rows(comparison):
        left = ''.join(span.text for span in row.left)
        right = ''.join(span.text for span in row.right) if row.right is not None else left
        if left == right:
            yield from left.split('\n')
        else:
            yield from (f'- {line}' for line in left.split('\n'))
            yield from (f'+ {line}' for line in right.split('\n'))


def _difference_text(comparison: Comparison) -> str:
    first = comparison.first_difference
    if first is None:
        return 'All messages say the same.'
    pair = comparison.messages[first]
    message = json_object(pair.left if pair.left is not None else pair.right)
    parts = [part_word(json_object(part)) for part in json_list(message.get('parts'))[:4]]
    what = f'{message.get("kind", "message")}: {", ".join(parts)}' if parts else str(message.get('kind', 'message'))
    if pair.left is None or pair.right is None:
        title = comparison.right.title if pair.left is None else comparison.left.title
        return f'First difference: message {first}, {what}, which only {title} has.'
    return f'First difference: message {first}, {what}.'


def _facts(side: Side) -> Iterable[tuple[str, str]]:
    yield 'status', side.status
    yield 'usage', usage_text(side.usage)
    yield 'cost', numbers.dollars(side.cost) if side.cost is not None else 'unknown'
    yield 'took', numbers.duration(side.seconds)


def _section(title: str, pairs: Iterable[Pair[T]], text: Callable[[T], str]) -> Iterator[Row]:
    yield _whole('')
    yield _whole(title, 'heading')
    same = 0
    for pair in pairs:
        if pair.same:
            same += 1
            continue
        if same:
            yield _whole(f'{numbers.plural(same, "entry", "entries")} the same', 'dim')
        same = 0
        yield _pair_row(pair, text)
    if same:
        yield _whole(f'{numbers.plural(same, "entry", "entries")} the same', 'dim')


def _pair_row(pair: Pair[T], text: Callable[[T], str]) -> Row:
    one = text(pair.left) if pair.left is not None else ''
    other = text(pair.right) if pair.right is not None else ''
    # What is not written here may differ all the same.
    if pair.same or one == other:
        return Row([Span(one or '–')], [Span(other or '–')], differs=not pair.same)
    nothing = [Span('–', 'dim')]
    if pair.right is None:
        return Row([Span(one[:_LONGEST], 'removed')], nothing, differs=True)
    if pair.left is None:
        return Row(nothing, [Span(other[:_LONGEST], 'added')], differs=True)
    marked, marked_other = side_by_side(one[:_LONGEST], other[:_LONGEST])
    return Row(marked, marked_other, differs=True)


def _whole(text: str, style: StyleName = 'text') -> Row:
    return Row([Span(text, style)], None)


def message_text(message: Json) -> str:
    """A message, a paragraph for each part."""
    fields = json_object(message)
    parts = [_part_text(json_object(part)) for part in json_list(fields.get('parts'))]
    return '\n'.join([str(fields.get('kind', 'message')), *parts])


def _part_text(fields: Mapping[str, Json]) -> str:
    part = part_from_message(0, fields)
    match part.kind:
        case 'call':
            return f'{part_word(fields)}({part.args_text})'
        case 'text' | 'thinking':
            return f'{part.kind}: {part.text}'
        case _:
            return f'{part_word(fields)}: {changed_text(fields.get("content"))}'


def call_text(call: Call) -> str:
    """A tool call and what it came to."""
    return f'{call.tool}({call_arguments(call.args)})\n{call.outcome}: {changed_text(call.result)}'


def _output_text(output: Json) -> str:
    return output if isinstance(output, str) else dump_json(output)
