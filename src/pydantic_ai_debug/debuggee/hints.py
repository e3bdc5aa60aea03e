"""Traps of pydantic-ai that a run meets, each told once, in a sentence.

Looks at what others hand it and remembers what was told; it knows no channel and changes nothing. Only what is certain is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import is_dataclass
from decimal import Decimal
from json import JSONEncoder
from types import TracebackType
from typing import Any, NamedTuple

from pydantic_core import from_json

from pydantic_ai_debug.protocol.events import HintName

from .inert import is_inert
from .own_fields import fields_by_name

_LIMITS: dict[str, tuple[str, ...]] = {
    'request_limit': ('requests',),
    'tool_calls_limit': ('tool_calls',),
    'input_tokens_limit': ('input_tokens',),
    'output_tokens_limit': ('output_tokens',),
    'total_tokens_limit': ('input_tokens', 'output_tokens'),
    'cost_limit': ('cost',),
}
"""Fields of `UsageLimits` that hold for a whole run, and the counters that they limit the sum of."""

_REPEATED = 3
"""With which of several equal calls a repetition is told."""

_canonical = JSONEncoder(sort_keys=True).encode
_LONGEST_NAME = 60
_MOST_NAMES = 5

_BLOCKING = frozenset({'run_sync', 'run_stream_sync', 'to_cli_sync'})
_LOOP_MESSAGES = ('event loop is already running', 'another loop is running', 'or a running event loop')
_LIBRARIES = frozenset({'pydantic_ai', 'pydantic_graph', 'asyncio'})
"""Packages between a blocking call and the event loop that refuses it."""


class Told(NamedTuple):
    """A trap, and the sentence about it."""

    name: HintName
    text: str


class Hints:
    """What one run was told of."""

    def __init__(self) -> None:
        self._told: set[tuple[HintName, str]] = set()
        self._calls: dict[tuple[str, str], dict[str, int]] = {}
        """The calls of each tool with the same arguments, by id, with their nodes: one that is made again by hand is no
        other."""

    def went_back(self, kept: frozenset[int]) -> None:
        """The run went back: of its nodes only these lead to where it is."""
        for calls in self._calls.values():
            for call_id in [call_id for call_id, node in calls.items() if node not in kept]:
                del calls[call_id]

    def call(self, tool: str, args: object, call_id: str, node: int) -> Iterator[Told]:
        """A tool is called at a node with arguments as the model wrote them."""
        written = _written(args)
        if written is None:
            return
        calls = self._calls.setdefault((tool, written), {})
        calls[call_id] = node
        if len(calls) >= _REPEATED:
            yield from self._once(
                'repeated_call',
                tool,
                f'The model calls {_cut(tool)} for the third time with the same arguments in this run: it may go in circles,'
                ' as nothing but a limit on usage ends that.',
            )

    def response(self, finish_reason: object, output_tokens: object) -> Iterator[Told]:
        """A response has arrived."""
        if finish_reason == 'length':
            after = f' after {output_tokens} tokens' if type(output_tokens) is int and output_tokens else ''
            yield from self._once(
                'cut_by_token_limit',
                '',
                f"The response was cut off{after} by the token limit (finish_reason 'length'): what comes last in it is not"
                ' whole; max_tokens, or the most that the model writes, is too small for it.',
            )

    def usage(self, usage: object, limits: object) -> Iterator[Told]:
        """Another request is going to be made, with this used of the limits."""
        if not is_dataclass(limits):
            # The program may give anything, which pydantic-ai refuses by itself.
            return
        most, used = fields_by_name(limits), fields_by_name(usage)
        for limit, counters in _LIMITS.items():
            allowed = most.get(limit)
            if allowed is None or not _is_number(allowed) or allowed <= 0:
                continue
            amount = sum(used[counter] for counter in counters if _is_number(used.get(counter)))
            if amount * 10 >= allowed * 8:
                unit = limit.removesuffix('_limit').replace('_', ' ').replace('request', 'requests')
                yield from self._once(
                    'usage_near_limit',
                    limit,
                    f'{amount} of the {allowed} {unit} that UsageLimits({limit}) allows are used, and the run goes on:'
                    ' beyond the limit it fails with UsageLimitExceeded.',
                )

    def retries(self, tool: str | None, used: int, allowed: int) -> Iterator[Told]:
        """A tool, or None for the output, was refused once more."""
        if 0 < allowed <= used:
            subject = 'the output' if tool is None else _cut(tool)
            yield from self._once(
                'retries_nearly_used',
                '' if tool is None else f'tool {tool}',
                f'The model is asked for {subject} again for the last time: {allowed} of {allowed} retries are used,'
                ' and if that is refused too, the run fails with UnexpectedModelBehavior.',
            )

    def skipped(self, tools: Sequence[str], *, streamed: bool) -> Iterator[Told]:
        """Tools that were not run, since the final result was there."""
        if not tools:
            return
        where = 'run_stream takes the first match for the final output' if streamed else 'there is a final result'
        yield from self._once(
            'skipped_calls',
            '',
            f"{_listed(tools)} did not run: with end_strategy='early', the tool calls of a response are skipped once {where}.",
        )

    def left_early(self) -> Iterator[Told]:
        """The run was left before its last stream was read to its end."""
        yield from self._once(
            'stream_left_early',
            '',
            'The run was left before its stream was read to its end: it ends without a final result, no tool of that response'
            ' is called, and its output is not validated as a whole.',
        )

    def two_consumers(self) -> Iterator[Told]:
        """Several consumers read one stream at the same time."""
        yield from self._once(
            'two_consumers',
            '',
            'Two consumers read one stream at the same time, but each of its events comes once: a consumer gets only some of'
            ' them, or an error; read it once and hand on what comes.',
        )

    def refused_at_end(self) -> Iterator[Told]:
        """The output was streamed, and is refused now that it is whole."""
        yield from self._once(
            'validated_at_end',
            '',
            'The output was refused only when it was whole, after it had streamed: what fails on partial output is passed over,'
            ' and run_stream cannot ask the model again: the run fails.',
        )

    def raised(self, error: object) -> Iterator[Told]:
        """Something was raised inside of the run."""
        if type(error) is RuntimeError and (name := _blocking_call(error)) is not None:
            yield from self._once(
                'sync_stream_in_loop',
                '',
                f'{name} was called where an event loop runs already: it wants to run the loop itself, which cannot be done twice;'
                ' in async code await the method without "sync".',
            )
        elif type(error) is RuntimeError and _is_read_twice(error):
            yield from self.two_consumers()

    def _once(self, name: HintName, about: str, text: str) -> Iterator[Told]:
        if (name, about) not in self._told:
            self._told.add((name, about))
            yield Told(name, text)


def _written(args: object) -> str | None:
    """Arguments as one text, whichever way the model wrote them; None where they are of no plain type."""
    try:
        # A call without arguments is written in several ways.
        if type(args) is str:
            return _canonical((from_json(args) if args else None) or {})
        return _canonical(args or {}) if is_inert(args) else None
    except (TypeError, ValueError, RecursionError):
        return args if type(args) is str else None


def _is_number(value: Any) -> bool:
    return type(value) is int or type(value) is Decimal


def _blocking_call(error: RuntimeError) -> str | None:
    """The method of an agent that ran the event loop, where the loop refused to run within itself."""
    message = error.args[0] if error.args else None
    if type(message) is not str or not any(text in message for text in _LOOP_MESSAGES):
        return None
    found = None
    for package, function in _frames(error.__traceback__):
        if package not in _LIBRARIES:
            found = None
        elif package == 'pydantic_ai' and function in _BLOCKING:
            found = function
    return found


def _is_read_twice(error: RuntimeError) -> bool:
    """Whether pydantic-ai's reading of a stream was refused since another reads it."""
    message = error.args[0] if error.args else None
    if type(message) is not str or 'asynchronous generator is already running' not in message:
        return False
    return [package for package, _ in _frames(error.__traceback__)][-1:] == ['pydantic_ai']


def _frames(trace: TracebackType | None) -> Iterator[tuple[str, str]]:
    while trace is not None:
        frame = trace.tb_frame
        yield str(frame.f_globals.get('__name__')).partition('.')[0], frame.f_code.co_name
        trace = trace.tb_next


def _listed(names: Iterable[str]) -> str:
    different = list(dict.fromkeys(names))
    shown = ', '.join(map(_cut, different[:_MOST_NAMES]))
    return f'{shown} and {len(different) - _MOST_NAMES} more' if len(different) > _MOST_NAMES else shown


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f'{name[:_LONGEST_NAME]}…'
