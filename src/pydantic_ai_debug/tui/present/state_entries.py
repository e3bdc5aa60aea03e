"""The state of a run as entries: deps, messages, usage and the counters, with what the last step changed marked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pydantic_ai_debug.model import numbers
from pydantic_ai_debug.model.details import RunSnapshot
from pydantic_ai_debug.model.state import Tokens
from pydantic_ai_debug.protocol.events import Json

from .entries import INSIDE, NEW, Entry, Mark, line, names_width
from .json_entries import json_entry
from .json_text import dump_json
from .message_entries import message_entries
from .styled import Span
from .value_entries import Deeper, value_entry

_NAME_WIDTH = 8

_IN_A_LINE: Mapping[str, Callable[[int], str]] = {
    'requests': lambda value: numbers.plural(value, 'request'),
    'input_tokens': lambda value: f'{numbers.count(value)} in',
    'output_tokens': lambda value: f'{numbers.count(value)} out',
    'tool_calls': lambda value: numbers.plural(value, 'tool call'),
}
"""What of usage is said in a line, in this order."""


def state_entries(
    after: RunSnapshot,
    before: RunSnapshot | None,
    *,
    message_count: int,
    message_at: Callable[[int], Json],
    unchanged: int,
    deeper: Deeper,
    spent: Tokens | None = None,
) -> list[Entry]:
    """Entries for a run's state.

    Args:
        after: The state.
        before: The state before the step that led to it; None where there was none.
        message_count: How many messages there are.
        message_at: Gives a message by its index.
        unchanged: How many leading messages are not new.
        deeper: What is known of values beyond their pictures.
        spent: Tokens of all branches, where the run went back.
    """
    compare = before is not None
    entries: list[Entry] = []
    if after.deps is not None:
        old = before.deps if before is not None else None
        entries.append(
            value_entry('deps'.ljust(_NAME_WIDTH), after.deps, old, 'deps', deeper, compare=compare, opened=True)
        )
    else:
        entries.append(_plain('deps', 'None', None))
    entries.append(_messages_entry(message_count, message_at, unchanged))
    entries.append(_usage_entry(after.usage, before.usage if before is not None else None))
    if spent is not None:
        entries.append(_plain('in all', tokens_text(spent), None))
    entries.append(_number('run_step', after.run_step, before.run_step if before is not None else None))
    entries.append(_number('retries', after.retries, before.retries if before is not None else None))
    if after.metadata is not None:
        old = before.metadata if before is not None else None
        entries.append(value_entry('metadata', after.metadata, old, 'metadata', deeper, compare=compare))
    entries.append(_cost_entry(after.cost, before))
    return entries


def _messages_entry(count: int, message_at: Callable[[int], Json], unchanged: int) -> Entry:
    new = count - unchanged
    return Entry(
        'messages',
        (_name('messages'), Span(f'{count:,}')),
        inside=(lambda: message_entries(count, message_at, unchanged)) if count else None,
        mark=Mark('changed', f'{new:,} new') if new and unchanged else INSIDE if new else None,
        opened=True,
        copy=lambda: dump_json([message_at(index) for index in range(count)]),
    )


def usage_text(usage: Mapping[str, Json]) -> str:
    """Usage in a line: `2 requests, 1.2k in, 87 out`."""
    return _counted({name: usage[name] for name in _IN_A_LINE if name in usage and usage[name] != 0}) or 'nothing yet'


def tokens_text(spent: Tokens) -> str:
    """Tokens in the words of usage."""
    return _counted({'input_tokens': spent.input, 'output_tokens': spent.output})


def _counted(usage: Mapping[str, Json]) -> str:
    return ', '.join(_IN_A_LINE[name](value) for name, value in usage.items() if isinstance(value, int))


def _usage_entry(usage: Mapping[str, Json], before: Mapping[str, Json] | None) -> Entry:
    differs = before is not None and before != usage

    def inside() -> Iterable[Entry]:
        width = names_width(usage)
        for name, value in usage.items():
            old = before.get(name) if before is not None else None
            yield json_entry(name, value, width=width, mark=_mark(value, old) if before is not None else None)

    return Entry(
        'usage',
        (_name('usage'), Span(usage_text(usage))),
        inside=inside if usage else None,
        mark=(_usage_mark(usage, before) if before else NEW) if differs else None,
        copy=lambda: dump_json(dict(usage)),
    )


def _usage_mark(usage: Mapping[str, Json], before: Mapping[str, Json]) -> Mark:
    """What the counts were that are others now; the rest is in the line already."""
    was = {name: before.get(name, 0) for name in _IN_A_LINE if before.get(name, 0) != usage.get(name, 0)}
    return Mark('changed', f'was {_counted(was)}') if was else INSIDE


def _number(name: str, value: int | None, before: int | None) -> Entry:
    return _plain(name, numbers.UNKNOWN if value is None else str(value), _mark(value, before))


def _cost_entry(cost: float | None, before: RunSnapshot | None) -> Entry:
    text = 'unknown' if cost is None else numbers.dollars(cost)
    if before is None or before.cost == cost:
        return _plain('cost', text, None)
    return _plain('cost', text, NEW if before.cost is None else Mark('changed', f'was {numbers.dollars(before.cost)}'))


def _plain(name: str, text: str, mark: Mark | None) -> Entry:
    return Entry(
        name, (_name(name), line(text, 'dim' if text in ('None', 'unknown', numbers.UNKNOWN) else 'text')), mark=mark
    )


def _name(name: str) -> Span:
    return Span(name.ljust(_NAME_WIDTH) + '  ', 'json-key')


def _mark(value: Json, before: Json) -> Mark | None:
    if before == value:
        return None
    return NEW if before is None else Mark('changed', f'was {before}')
