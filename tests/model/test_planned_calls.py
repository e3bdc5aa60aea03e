"""Calls that a response asks for are known before they begin, and calls that wait are told from those that run."""

from __future__ import annotations

from pydantic_ai_debug.model.outline import Outline
from pydantic_ai_debug.model.reduce import reduce
from pydantic_ai_debug.model.selectors import RowKey, newest_row
from pydantic_ai_debug.model.state import NodeState, SessionState
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Record

RESPONSE = {
    'kind': 'response',
    'parts': [
        {'part_kind': 'text', 'content': 'Let me look'},
        {'part_kind': 'tool-call', 'tool_call_id': 'c1', 'tool_name': 'look', 'args': '{"x": 1}'},
        {'part_kind': 'tool-call', 'tool_call_id': 'c2', 'tool_name': 'go', 'args': {'y': 2}},
        {'part_kind': 'tool-call', 'tool_call_id': 'c3', 'tool_name': 'go', 'args': '{"y": '},
        {'part_kind': 'builtin-tool-call', 'tool_call_id': 'c4', 'tool_name': 'web_search', 'args': {}},
    ],
}
ASKED = (
    ev.RunStarted('r1', None, None, 'helper', 'test', 'Hi'),
    ev.NodeStarted('r1', 0, 'ModelRequestNode'),
    ev.Messages('r1', 0, [RESPONSE], False, 0),
    ev.NodeFinished('r1', 0, 'ModelRequestNode', 1.0, 'CallToolsNode'),
)
STARTED = (*ASKED, ev.NodeStarted('r1', 1, 'CallToolsNode'), ev.ToolStarted('r1', 1, 'c2', 'go', {'y': 2}))


def folded(*events: ev.Event) -> SessionState:
    state = SessionState()
    for seq, event in enumerate(events):
        state = reduce(state, Record(seq, seq / 10, event))
    return state


def calls_node(*events: ev.Event) -> NodeState:
    return folded(*events).runs['r1'].nodes[1]


def test_the_calls_of_a_response_wait_below_the_node_that_will_run_them() -> None:
    node = calls_node(*ASKED)
    assert [(tool.call, tool.tool, tool.status, tool.args) for tool in node.planned] == [
        ('c1', 'look', 'waiting', {'x': 1}),
        ('c2', 'go', 'waiting', {'y': 2}),
        ('c3', 'go', 'waiting', '{"y": '),
    ]
    outline = Outline()
    outline.update(folded(*ASKED))
    assert [row.key.call for row in outline.rows if row.key.call] == ['c1', 'c2', 'c3']


def test_a_call_that_begins_is_no_longer_one_to_come_and_the_end_of_the_node_drops_the_others() -> None:
    node = calls_node(*STARTED)
    assert [tool.call for tool in node.tools] == ['c2']
    assert [tool.call for tool in node.planned] == ['c1', 'c3']
    ended = calls_node(*STARTED, ev.NodeFinished('r1', 1, 'CallToolsNode', 1.0, 'ModelRequestNode'))
    assert ended.planned == ()


def test_a_response_without_calls_leaves_none_of_the_one_before() -> None:
    plain = {'kind': 'response', 'parts': [{'part_kind': 'text', 'content': 'Done'}]}
    node = folded(
        *ASKED[:3],
        ev.Messages('r1', 0, [plain], False, 1),
        ev.NodeFinished('r1', 0, 'ModelRequestNode', 1.0, 'CallToolsNode'),
    )
    assert node.runs['r1'].nodes[1].planned == ()


def test_calls_that_wait_side_by_side_are_let_go_one_by_one() -> None:
    first = ev.ToolStarted('r1', 1, 'c1', 'look', {})
    stops = (ev.Stopped('r1', 1, 'tool', 'go', 'c2'), first, ev.Stopped('r1', 1, 'tool', 'look', 'c1'))
    state = folded(*STARTED, *stops)
    assert [tool.status for tool in state.runs['r1'].nodes[1].tools] == ['stopped', 'stopped']
    assert newest_row(state) == RowKey('r1', 1, 'c1')
    state = folded(*STARTED, *stops, ev.Resumed('r1', 1, 'tool', 'c1'))
    assert [tool.status for tool in state.runs['r1'].nodes[1].tools] == ['stopped', 'running']
    assert newest_row(state) == RowKey('r1', 1, 'c2')
    assert state.runs['r1'].status == 'paused'


def test_a_call_that_is_over_stays_so_while_the_run_waits_after_it() -> None:
    finished = ev.ToolFinished('r1', 1, 'c2', 'go', {}, 'returned', 5, 0.1)
    stop = ev.Stopped('r1', 1, 'tool', 'go', 'c2', after=True)
    node = calls_node(*STARTED, finished, stop)
    assert node.tools[0].status == 'done'
    assert calls_node(*STARTED, finished, stop, ev.Resumed('r1', 1, 'tool', 'c2')).tools[0].status == 'done'
