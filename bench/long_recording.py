"""Writes a recording of a run with any number of nodes, such as an hour's work of an agent leaves behind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count, islice
from pathlib import Path

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.codec import encode_event
from pydantic_ai_debug.recording import EventLog

HELLO = ev.Hello(ev.FORMAT, '3.11.0', '2.0.0', 'long.py', ())
RUN = 'r1'
AT = '2026-01-01T00:00:00Z'
SECONDS_BETWEEN = 0.001
TOOLS = [{'name': 'add', 'description': 'Add two numbers.', 'parameters_json_schema': {'type': 'object'}}]


def write_recording(path: Path, nodes: int) -> None:
    """A finished run in which model requests and tool calls take turns, until it has so many nodes."""
    _write(path, _session(nodes))


def write_empty_recording(path: Path) -> None:
    """A session that has only begun."""
    _write(path, [HELLO])


def write_long_line(path: Path, characters: int) -> None:
    """A session that printed all of it at once, which no child would send in one line."""
    _write(path, [HELLO, ev.Output('stdout', 'x' * characters), ev.Exited(0)])


def _write(path: Path, events: Iterable[ev.Event]) -> None:
    log = EventLog.create(path)
    clock = count()
    lines = (encode_event(event, round(next(clock) * SECONDS_BETWEEN, 6)) for event in events)
    while batch := list(islice(lines, 10_000)):
        log.append(batch)


def _session(nodes: int) -> Iterator[ev.Event]:
    yield HELLO
    yield ev.RunStarted(RUN, None, None, 'agent', 'scripted', 'Go on.')
    yield ev.NodeStarted(RUN, 0, 'UserPromptNode')
    yield ev.NodeFinished(RUN, 0, 'UserPromptNode', 0.001, 'ModelRequestNode')
    known = 0
    for node in range(1, nodes, 2):
        last = node >= nodes - 2
        call = f'call-{node}'
        request = [_request(node)]
        part = _text_part() if last else _call_part(call, node)
        yield ev.NodeStarted(RUN, node, 'ModelRequestNode')
        yield ev.Request(RUN, node, 'scripted', request, known, None, TOOLS, [], None)
        yield ev.Stream(RUN, node, {'index': 0, 'part': part, 'event_kind': 'part_start'})
        yield ev.Messages(RUN, node, [*request, _response(part)], False, known)
        known += 2
        yield ev.State(RUN, node, usage={'requests': node // 2 + 1, 'input_tokens': node * 50}, run_step=node // 2 + 1)
        yield ev.NodeFinished(RUN, node, 'ModelRequestNode', 0.003, 'CallToolsNode')
        yield ev.NodeStarted(RUN, node + 1, 'CallToolsNode')
        if not last:
            arguments = {'a': 1, 'b': node}
            yield ev.ToolStarted(RUN, node + 1, call, 'add', arguments)
            yield ev.ToolFinished(RUN, node + 1, call, 'add', arguments, 'returned', node + 1, 0.001)
        yield ev.NodeFinished(RUN, node + 1, 'CallToolsNode', 0.002, 'End' if last else 'ModelRequestNode')
    yield ev.RunFinished(RUN, 'That is all.', {'requests': nodes // 2}, None)
    yield ev.Exited(0)


def _request(node: int) -> ev.Json:
    if node == 1:
        part = {'content': 'Go on.', 'timestamp': AT, 'part_kind': 'user-prompt'}
    else:
        part = {
            'tool_name': 'add',
            'content': node - 1,
            'tool_call_id': f'call-{node - 2}',
            'timestamp': AT,
            'part_kind': 'tool-return',
        }
    return {'parts': [part], 'timestamp': AT, 'kind': 'request'}


def _response(part: ev.Json) -> ev.Json:
    return {
        'parts': [part],
        'usage': {'input_tokens': 50},
        'model_name': 'scripted',
        'timestamp': AT,
        'kind': 'response',
    }


def _call_part(call: str, node: int) -> ev.Json:
    return {'tool_name': 'add', 'args': f'{{"a": 1, "b": {node}}}', 'tool_call_id': call, 'part_kind': 'tool-call'}


def _text_part() -> ev.Json:
    return {'content': 'That is all.', 'part_kind': 'text'}
