"""The structured output of a run before it ends, found among what a request brings."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pydantic_ai_debug.model.arriving_output import ArrivingOutput, OutputWatch
from pydantic_ai_debug.model.reduce import reduce
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.protocol import events as ev

SCHEMA = {'type': 'object', 'title': 'Plan', 'properties': {'city': {'type': 'string'}}}
OUTPUT_TOOL = {'name': 'final_result', 'parameters_json_schema': SCHEMA, 'kind': 'output'}


class Run:
    """A run whose newest request is being answered."""

    def __init__(self, *, output_tools: Sequence[object] = (OUTPUT_TOOL,), mode: str = 'tool') -> None:
        self.events: list[ev.Event] = []
        self.state = SessionState()
        self.recalled = 0
        self.watch = OutputWatch(self._recall)
        self._mode = mode
        self._output_tools = list(output_tools)
        self.report(ev.Hello(1, '3.12', '2.0', 'x.py', ()), ev.RunStarted('r', None, None, 'a', 'm', 'Hi'))
        self.start_request(0)

    def _recall(self, place: int) -> ev.Event:
        self.recalled += 1
        return self.events[place]

    def report(self, *events: ev.Event) -> None:
        for event in events:
            self.state = reduce(self.state, ev.Record(len(self.events), len(self.events) / 10, event))
            self.events.append(event)

    def start_request(self, node: int) -> None:
        schema = SCHEMA if self._mode != 'tool' else None
        self.report(
            ev.NodeStarted('r', node, 'ModelRequestNode'),
            ev.Request(
                'r', node, 'm', [], 0, None, [], self._output_tools, None, output_mode=self._mode, output_schema=schema
            ),
        )

    def start_part(self, index: int, **part: object) -> None:
        self.report(ev.Stream('r', 0, {'event_kind': 'part_start', 'index': index, 'part': part}))

    def start_call(self, tool: str, index: int = 0, args: object = None) -> None:
        self.start_part(index, part_kind='tool-call', tool_name=tool, args=args, tool_call_id=f'c{index}')

    def add(self, index: int, **delta: object) -> None:
        self.report(ev.Stream('r', 0, {'event_kind': 'part_delta', 'index': index, 'delta': delta}))

    def look(self) -> ArrivingOutput | None:
        return self.watch.look(self.state.runs['r'])

    @property
    def text(self) -> str | None:
        found = self.look()
        return found.text if found is not None else None


def test_an_output_tools_arguments_are_output_while_they_stream() -> None:
    run = Run()
    assert run.look() is None
    run.start_call('final_result')
    assert run.text == ''
    run.add(0, args_delta='{"city": ', part_delta_kind='tool_call')
    run.add(0, args_delta='"Par', part_delta_kind='tool_call')
    found = run.look()
    assert found == ArrivingOutput('r', 1, 0, 'final_result', SCHEMA, '{"city": "Par', False)


def test_arguments_of_other_tools_and_plain_text_are_not() -> None:
    run = Run()
    run.start_part(0, part_kind='text', content='{"city": "Paris"}')
    run.start_call('get_weather', 1, '{"city": "Paris"}')
    run.start_part(2, part_kind='builtin-tool-call', tool_name='final_result', args='{"city": "x"}', tool_call_id='n')
    assert run.look() is None
    run.start_call('final_result', 3, '{"city": "Rome"}')
    assert run.text == '{"city": "Rome"}'


def test_arguments_may_come_as_an_object() -> None:
    run = Run()
    run.start_call('final_result', 0, {'city': 'Kraków'})
    assert run.text == '{"city": "Kraków"}'


def test_a_run_without_structured_output_is_not_looked_through() -> None:
    run = Run(output_tools=())
    for _ in range(50):
        run.start_part(0, part_kind='text', content='{"city": "Paris"}')
    assert run.look() is None
    assert run.recalled == 1


def test_each_stream_event_is_looked_at_once() -> None:
    run = Run()
    run.start_call('final_result')
    for _ in range(100):
        run.add(0, args_delta=' ', part_delta_kind='tool_call')
    run.look()
    before = run.recalled
    run.add(0, args_delta='{', part_delta_kind='tool_call')
    assert run.text == ' ' * 100 + '{'
    assert run.recalled == before + 1


@pytest.mark.parametrize('mode', ['native', 'prompted'])
@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('', None),
        ('Let me look', None),
        ('{"city": "Par', '{"city": "Par'),
        ('\n{"city"', '\n{"city"'),
        ('Here:\n```json\n', None),
        ('Here:\n```json\n{"city": "P', '{"city": "P'),
        ('```\n{"city": "Paris"}\n``', '{"city": "Paris"}'),
        ('```json\n{"city": "Paris"}```', '{"city": "Paris"}'),
        ('```json\n{"city": "Paris"}\n```\nEnjoy!', '{"city": "Paris"}'),
    ],
)
def test_text_is_output_where_the_request_asks_for_json(mode: str, text: str, expected: str | None) -> None:
    run = Run(output_tools=(), mode=mode)
    run.start_part(0, part_kind='text', content=text)
    found = run.look()
    assert (found.text if found else None) == expected
    assert found is None or (found.schema, found.tool, found.whole) == (SCHEMA, '', False)


def test_a_response_that_came_whole_is_read_from_the_history() -> None:
    run = Run()
    call = {'part_kind': 'tool-call', 'tool_name': 'final_result', 'args': '{"city": "Oslo"}', 'tool_call_id': 'c'}
    run.report(
        ev.Messages('r', 0, [{'kind': 'response', 'parts': [call]}], False, 0),
        ev.NodeFinished('r', 0, 'ModelRequestNode', 1.0, 'CallToolsNode'),
        ev.NodeStarted('r', 1, 'CallToolsNode'),
    )
    found = run.look()
    assert found is not None
    assert (found.text, found.whole) == ('{"city": "Oslo"}', True)


def test_what_was_streamed_is_whole_once_its_node_is_over() -> None:
    run = Run()
    run.start_call('final_result', 0, '{"city"')
    assert run.look()
    run.report(ev.NodeFinished('r', 0, 'ModelRequestNode', 1.0, 'CallToolsNode'))
    found = run.look()
    assert found is not None
    assert (found.text, found.whole) == ('{"city"', True)


def test_the_next_request_begins_anew() -> None:
    run = Run()
    run.start_call('final_result', 0, '{"city": 3}')
    assert run.look()
    run.report(
        ev.NodeFinished('r', 0, 'ModelRequestNode', 1.0, 'CallToolsNode'),
        ev.NodeStarted('r', 1, 'CallToolsNode'),
        ev.NodeFinished('r', 1, 'CallToolsNode', 0.1, 'ModelRequestNode'),
    )
    run.start_request(2)
    assert run.look() is None
