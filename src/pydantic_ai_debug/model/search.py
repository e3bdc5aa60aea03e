"""What of a session's events can be found: every text that some pane shows, with the row that it belongs to.

Each text is told once, where it came to be: arguments and results with their tool call, not again with the message that
carries them; instructions and tools with the first request that sends them. Pure, and safe in any thread: states are frozen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Literal, TypeAlias

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Event, Json, Record
from pydantic_ai_debug.protocol.frozen import Frozen
from pydantic_ai_debug.protocol.values import Value

from .details import Recall, json_list, json_object
from .parts import Part, PartsFold, message_parts
from .selectors import SESSION_ROW, RowKey
from .state import NodeState, RunState, SessionState

MatchKind: TypeAlias = Literal[
    'run',
    'node',
    'prompt',
    'text',
    'thinking',
    'call',
    'failure',
    'result',
    'message',
    'request',
    'state',
    'edit',
    'output',
    'error',
    'console',
]


_BEFORE, _LONGEST = 200, 600
"""Characters of a line that are kept: before the place, and in all."""


class Match(Frozen):
    """A place where a text was found."""

    kind: MatchKind
    row: RowKey | None
    """The row of the graph that it belongs to; None where that is none."""
    line: str
    """The line that it is in, as far as it is near."""
    at: int
    """Where in that."""


class _Text(Frozen):
    kind: MatchKind
    row: RowKey | None
    text: str


class Searcher:
    """Finds one text, in any case, in the events of one session."""

    def __init__(self, state: SessionState, query: str) -> None:
        self._state = state
        self._query = query.lower()
        self._seen: set[tuple[str, str]] = set()
        """Texts that are sent or told again and again, by run."""
        self._calls: dict[str, frozenset[str]] = {}

    def matches(self, record: Record) -> Iterator[Match]:
        """Where it is in an event: the first line of each text, and every line of the console."""
        for text in self._texts(record.event, record.seq):
            yield from self._matches(text)

    def arriving(self, recall: Recall) -> Iterator[Match]:
        """Where it is in responses that are no message yet, or never became one, however their deltas cut it."""
        for run in self._state.runs.values():
            for node in run.nodes:
                if node.stream and node.status in ('running', 'failed'):
                    for part in _streamed_parts(node, recall):
                        for text in self._part_texts(run, RowKey(run.id, node.index), part):
                            yield from self._matches(text)

    def _matches(self, text: _Text) -> Iterator[Match]:
        if self._query not in text.text.lower():
            return
        for line in text.text.splitlines():
            at = line.lower().find(self._query)
            if at >= 0:
                begin = max(at - _BEFORE, 0)
                yield Match(text.kind, text.row, line[begin : begin + _LONGEST], at - begin)
                if text.kind != 'console':
                    return

    def _texts(self, event: Event, seq: int) -> Iterator[_Text]:
        match event:
            case ev.Output() | ev.Logged():
                yield _Text('console', None, event.text)
            case ev.RunStarted():
                yield _Text('run', RowKey(event.run), f'{event.agent} {event.model}')
                yield _Text('prompt', RowKey(event.run, 0), _plain(event.prompt))
            case ev.NodeStarted():
                row = RowKey(event.run, event.node)
                yield _Text('node', row, event.kind)
                if event.fields is not None:
                    yield _Text('node', row, _plain(event.fields))
            case ev.ToolStarted():
                yield _Text('call', RowKey(event.run, event.node, event.call), _called(event.tool, event.args))
            case ev.ToolFinished():
                yield _Text('result', RowKey(event.run, event.node, event.call), _plain(event.result))
            case ev.Edited():
                yield _Text('edit', RowKey(event.run, event.node, event.call), _plain(event.after))
            case ev.AnsweredByHand():
                yield _Text('edit', RowKey(event.run, event.node, event.call), _plain(event.value))
            case ev.Messages():
                yield from self._message_texts(event)
            case ev.Request():
                yield from self._once(event.run, self._request_texts(event))
            case ev.State():
                yield from self._once(event.run, _state_texts(event))
            case ev.RunFinished():
                yield _Text('output', RowKey(event.run), _plain(event.output))
            case ev.RequestFailed(error=error):
                yield _Text('failure', RowKey(event.run, event.node), f'{error.name}\n{error.message}')
            case ev.RunFailed():
                yield from _error_texts(RowKey(event.run), event.error)
            case ev.ScriptFailed() if not self._state.runs:
                yield from _error_texts(SESSION_ROW, event.error)
            case ev.Stopped() if event.error is not None and self._waits_at(event.run, seq):
                yield from _error_texts(RowKey(event.run, event.node, event.call), event.error)
            case _:
                pass

    def _once(self, run: str, texts: Iterator[_Text]) -> Iterator[_Text]:
        for text in texts:
            if (run, text.text) not in self._seen:
                self._seen.add((run, text.text))
                yield text

    def _waits_at(self, run_id: str, seq: int) -> bool:
        """Whether a stop is still shown: what was raised there is told again by whatever came of it."""
        run = self._state.runs.get(run_id)
        return run is not None and any(stop.seq == seq for stop in run.stops)

    # Messages

    def _message_texts(self, event: ev.Messages) -> Iterator[_Text]:
        run = self._state.runs.get(event.run)
        if run is None:
            return
        row = RowKey(event.run, event.node)
        for message in map(json_object, json_list(event.added)):
            if message.get('kind') == 'response':
                for part in message_parts(message):
                    yield from self._part_texts(run, row, part)
                continue
            for fields in map(json_object, json_list(message.get('parts'))):
                content = fields.get('content')
                of_a_call = fields.get('tool_call_id') in self._calls_of(run)
                if not of_a_call and not (fields.get('part_kind') == 'user-prompt' and content == run.prompt):
                    yield _Text('message', row, _plain(content))

    def _part_texts(self, run: RunState, row: RowKey, part: Part) -> Iterator[_Text]:
        match part.kind:
            case 'text':
                yield _Text('text', row, part.text)
            case 'thinking':
                yield _Text('thinking', row, part.text)
            case 'call' if part.call not in self._calls_of(run):
                yield _Text('call', row, _called(part.tool, part.args if part.args is not None else part.args_text))
            case 'return' if part.call not in self._calls_of(run):
                yield _Text('result', row, _plain(part.content))
            case 'other':
                yield _Text('message', row, _plain(dict(part.fields)))
            case _:
                pass

    def _calls_of(self, run: RunState) -> frozenset[str]:
        """The calls that have rows of their own."""
        calls = self._calls.get(run.id)
        if calls is None:
            calls = self._calls[run.id] = frozenset(tool.call for node in run.nodes for tool in node.tools)
        return calls

    def _request_texts(self, event: ev.Request) -> Iterator[_Text]:
        row = RowKey(event.run, event.node)
        yield _Text('request', row, event.instructions or '')
        for tools in (event.tools, event.output_tools, event.native_tools):
            for tool in map(json_object, json_list(tools)):
                yield _Text('request', row, f'{_plain(tool.get("name"))}: {_plain(tool.get("description"))}')
        if event.settings is not None:
            yield _Text('request', row, _plain(event.settings))


def _streamed_parts(node: NodeState, recall: Recall) -> list[Part]:
    fold = PartsFold()
    for place in node.stream:
        event = recall(place)
        if isinstance(event, ev.Stream):
            fold.feed(event.data)
    return fold.parts


def _state_texts(event: ev.State) -> Iterator[_Text]:
    row = RowKey(event.run, event.node)
    for name, picture in (('deps', event.deps), ('metadata', event.metadata)):
        if picture is not None:
            yield from _value_texts(row, name, picture)


def _value_texts(row: RowKey, name: str, value: Value) -> Iterator[_Text]:
    yield _Text('state', row, f'{name} {value.text}'.strip())
    for child in value.children or ():
        yield from _value_texts(row, child.name, child.value)


def _error_texts(row: RowKey, error: ev.ErrorInfo) -> Iterator[_Text]:
    yield _Text('error', row, f'{error.type}: {error.message}')


def _called(tool: str, args: Json) -> str:
    """A call as its row shows it."""
    named = [f'{name}={_json(value)}' for name, value in json_object(args).items()]
    return f'{tool}({", ".join(named) or ("" if args == {} else _plain(args))})'


def _plain(value: Json) -> str:
    """A text as it is, anything else as JSON."""
    if isinstance(value, str):
        return value
    return '' if value is None else _json(value)


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
