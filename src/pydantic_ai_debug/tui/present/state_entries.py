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
    entries.append(_usage_entry(after.usage, before.usage if before is not None else None, spent))
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

    def number(name: str) -> int | None:
        value = usage.get(name)
        return value if isinstance(value, int) else None

    requests, tools = number('requests'), number('tool_calls')
    parts = [
        numbers.plural(requests, 'request') if requests is not None else '',
        f'{numbers.count(number("input_tokens"))} in' if 'input_tokens' in usage else '',
        f'{numbers.count(number("output_tokens"))} out' if 'output_tokens' in usage else '',
        numbers.plural(tools, 'tool call') if tools else '',
    ]
    return ', '.join(part for part in parts if part) or 'nothing yet'


def in_all_text(spent: Tokens) -> str:
    """What all branches of a run have used, beside what the one that counts has."""
    return f'  in all {numbers.count(spent.input)} in, {numbers.count(spent.output)} out'


def _usage_entry(usage: Mapping[str, Json], before: Mapping[str, Json] | None, spent: Tokens | None) -> Entry:
    differs = before is not None and before != usage

    def inside() -> Iterable[Entry]:
        width = names_width(usage)
        for name, value in usage.items():
            old = before.get(name) if before is not None else None
            yield json_entry(name, value, width=width, mark=_mark(value, old) if before is not None else None)

    return Entry(
        'usage',
        (_name('usage'), Span(usage_text(usage)), *([] if spent is None else [Span(in_all_text(spent), 'dim')])),
        inside=inside if usage else None,
        mark=(Mark('changed', f'was {usage_text(before)}') if before else NEW) if differs else None,
        copy=lambda: dump_json(dict(usage)),
    )


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
