"""The fold from events to state, as small stories."""

from __future__ import annotations

import pytest

from pydantic_ai_debug.model.reduce import reduce
from pydantic_ai_debug.model.selectors import (
    Headline,
    RowKey,
    headline,
    newest_row,
    total_cost,
    total_tokens,
    whole_cost,
)
from pydantic_ai_debug.model.state import SessionState, Tokens
from pydantic_ai_debug.model.times import run_time
from pydantic_ai_debug.protocol import events as ev

from .plain_rows import graph_rows

HELLO = ev.Hello(1, '3.12.1', '2.0.0', 'weather.py', ('--city', 'Paris'), pid=7)
RUN = ev.RunStarted('r1', None, None, 'weather', 'gpt-5.2', 'Rain?')
RESPONSE = {'kind': 'response', 'parts': [], 'usage': {'input_tokens': 10, 'output_tokens': 4}}


def fold(*events: ev.Event, start: SessionState | None = None) -> SessionState:
    state = start or SessionState()
    for place, event in enumerate(events, state.count):
        state = reduce(state, ev.Record(place, float(place), event))
    return state


def walked(*kinds: str) -> list[ev.Event]:
    """The events of nodes that ran one after the other."""
    return [
        event
        for index, kind in enumerate(kinds[:-1])
        for event in (ev.NodeStarted('r1', index, kind), ev.NodeFinished('r1', index, kind, 1.0, kinds[index + 1]))
    ]


def nodes(state: SessionState, run: str = 'r1') -> list[tuple[str, str]]:
    return [(node.kind, node.status) for node in state.runs[run].nodes]


def test_hello_names_what_is_debugged() -> None:
    state = fold(HELLO)
    assert (state.target, state.argv, state.python, state.pydantic_ai, state.pid) == (
        'weather.py',
        ('--city', 'Paris'),
        '3.12.1',
        '2.0.0',
        7,
    )


@pytest.mark.parametrize(
    ('events', 'said'),
    [
        ([], Headline('running', 'starting Python')),
        ([HELLO, ev.PhaseChanged('importing')], Headline('running', 'importing')),
        ([HELLO, ev.PhaseChanged('running')], Headline('running', 'waiting for the first agent run')),
        ([HELLO, ev.AgentsOffered(())], Headline('running', 'waiting for a prompt')),
        ([HELLO, RUN], Headline('running')),
        ([HELLO, RUN, ev.Stopped('r1', 0, 'boundary', 'UserPromptNode')], Headline('paused', 'before UserPromptNode')),
        ([HELLO, RUN, ev.Stopped('r1', 0, 'boundary', 'End')], Headline('paused', 'before End')),
        ([HELLO, RUN, ev.RunFinished('r1', 'out', {}, None)], Headline('finished')),
        ([HELLO, RUN, ev.RunFailed('r1', ev.ErrorInfo('KeyError', '1', ''))], Headline('failed')),
        ([HELLO, RUN, ev.RunFailed('r1', ev.ErrorInfo('X', '', ''), cancelled=True)], Headline('failed', 'cancelled')),
        ([HELLO, RUN, ev.RunFinished('r1', 'out', {}, None), ev.Exited(0)], Headline('finished')),
        ([HELLO, RUN, ev.RunFinished('r1', 'out', {}, None), ev.Exited(3)], Headline('failed', 'with exit code 3')),
        ([HELLO, ev.Exited(-9)], Headline('failed', 'by SIGKILL')),
        ([HELLO, ev.Exited(0)], Headline('finished')),
        ([HELLO, ev.LaunchFailed('no agent')], Headline('failed', 'to start')),
    ],
)
def test_the_header_says_in_one_word_how_it_stands(events: list[ev.Event], said: Headline) -> None:
    state = fold(*events)
    assert headline(state, state.latest_run) == said


def test_a_recording_that_was_cut_off_waits_for_nothing() -> None:
    assert headline(fold(HELLO), None, live=False) == Headline('running')


def test_the_node_that_comes_next_is_there_before_it_runs() -> None:
    state = fold(RUN, *walked('UserPromptNode', 'ModelRequestNode'))
    assert nodes(state) == [('UserPromptNode', 'done'), ('ModelRequestNode', 'waiting')]


def test_a_stop_marks_the_node_and_going_on_runs_it() -> None:
    state = fold(RUN, ev.Stopped('r1', 0, 'boundary', 'UserPromptNode'))
    assert nodes(state) == [('UserPromptNode', 'stopped')]
    assert state.status == 'paused'
    state = fold(ev.Resumed('r1', 0, 'boundary'), ev.NodeStarted('r1', 0, 'UserPromptNode'), start=state)
    assert nodes(state) == [('UserPromptNode', 'running')]
    assert state.status == 'running'
    assert state.runs['r1'].waited == 1.0


def test_stops_that_wait_side_by_side_are_waited_for_once() -> None:
    inner = ev.RunStarted('r2', 'r1', 'c2', 'research', 'gpt-5.2', 'Cats')
    events = [
        RUN,
        ev.Stopped('r1', 1, 'tool', 'buy', call='c1'),
        inner,
        ev.Stopped('r2', 0, 'boundary', 'UserPromptNode'),
        ev.Resumed('r2', 0, 'boundary'),
        ev.Resumed('r1', 1, 'tool', call='c1'),
        ev.Reused('r1', 1, 'c9', 'branch'),
        ev.Stopped('r2', 1, 'boundary', 'ModelRequestNode'),
        ev.RunFailed('r2', ev.ErrorInfo('X', '', '')),
    ]
    state = fold(*events)
    outer, inner_run = state.runs['r1'], state.runs['r2']
    assert run_time(state, outer, state.time) == 8.0 - 4.0 - 1.0
    assert run_time(state, inner_run, state.time) == 8.0 - 2.0 - 1.0 - 1.0
    assert (outer.waits, inner_run.waits) == (0, 0)


def test_what_waited_when_the_script_ended_has_waited_until_then() -> None:
    state = fold(
        RUN, ev.Stopped('r1', 1, 'boundary', 'ModelRequestNode'), ev.Reused('r1', 1, 'c9', 'branch'), ev.Exited(-9)
    )
    assert run_time(state, state.runs['r1'], state.time) == 1.0


def test_the_end_closes_a_run() -> None:
    state = fold(RUN, *walked('CallToolsNode', 'End'), ev.RunFinished('r1', 'out', {'requests': 1}, 0.5))
    assert nodes(state)[-1] == ('End', 'done')
    run = state.runs['r1']
    assert (run.status, run.cost, run.usage) == ('finished', 0.5, {'requests': 1})


def test_a_failure_fails_the_node_that_ran_and_drops_what_was_to_come() -> None:
    state = fold(
        RUN,
        *walked('UserPromptNode', 'ModelRequestNode'),
        ev.NodeStarted('r1', 1, 'ModelRequestNode'),
        ev.RunFailed('r1', ev.ErrorInfo('KeyError', '1', '')),
    )
    assert nodes(state) == [('UserPromptNode', 'done'), ('ModelRequestNode', 'failed')]


def test_runs_that_were_open_when_the_process_ended_failed() -> None:
    state = fold(RUN, ev.Stopped('r1', 0, 'boundary', 'UserPromptNode'), ev.Exited(-9))
    assert state.runs['r1'].status == 'failed'
    assert state.runs['r1'].stops == ()
    assert nodes(state) == [('UserPromptNode', 'failed')]


def test_a_tool_that_ran_when_the_process_ended_failed() -> None:
    state = fold(
        RUN,
        *walked('UserPromptNode', 'ModelRequestNode', 'CallToolsNode'),
        ev.NodeStarted('r1', 2, 'CallToolsNode'),
        ev.ToolStarted('r1', 2, 'c1', 'add', {}, 'function'),
        ev.ToolFinished('r1', 2, 'c1', 'add', {}, 'returned', 2, 0.5),
        ev.ToolStarted('r1', 2, 'c2', 'spin', {}, 'function'),
        ev.Exited(-9),
    )
    node = state.runs['r1'].nodes[2]
    assert node.status == 'failed'
    assert [(tool.tool, tool.status) for tool in node.tools] == [('add', 'done'), ('spin', 'failed')]


def test_tokens_of_a_response_are_on_its_node_and_usage_on_the_run() -> None:
    state = fold(
        RUN,
        *walked('UserPromptNode', 'ModelRequestNode'),
        ev.NodeStarted('r1', 1, 'ModelRequestNode'),
        ev.Messages('r1', 1, [RESPONSE], False, 0),
        ev.State('r1', 1, usage={'input_tokens': 10, 'output_tokens': 4}, cost=0.25),
    )
    assert state.runs['r1'].nodes[1].tokens == Tokens(10, 4)
    assert total_tokens(state) == Tokens(10, 4)
    assert total_cost(state) == 0.25


def test_tokens_of_an_inner_run_are_counted_once_and_its_cost_is_part_of_the_whole() -> None:
    inner = ev.RunStarted('r2', 'r1', 'c1', 'helper', 'gpt-5.2', 'y')
    shared = {'input_tokens': 20, 'output_tokens': 8}
    state = fold(
        RUN,
        ev.Messages('r1', 1, [RESPONSE], False, 0),
        ev.State('r1', 1, cost=0.25),
        inner,
        ev.State('r2', 0, usage={'input_tokens': 10, 'output_tokens': 4}),
        ev.Messages('r2', 1, [RESPONSE], False, 0),
        ev.State('r2', 1, usage=shared, cost=0.5),
        ev.State('r1', 2, usage=shared),
    )
    assert total_tokens(state) == Tokens(20, 8)
    assert total_cost(state) == whole_cost(state, state.runs['r1']) == 0.75
    assert whole_cost(state, state.runs['r2']) == 0.5


def test_a_history_that_the_run_was_given_costs_nothing() -> None:
    state = fold(RUN, ev.Messages('r1', 0, [RESPONSE], False, 0))
    assert total_tokens(state) == Tokens()


def test_the_cost_is_unknown_as_soon_as_one_price_is() -> None:
    other = ev.RunStarted('r2', None, None, 'other', 'unheard-of', 'x')
    state = fold(
        RUN,
        ev.State('r1', 0, cost=0.25),
        other,
        ev.Messages('r2', 1, [RESPONSE], False, 0),
    )
    assert total_cost(state) is None


CALL = ev.ToolStarted('r1', 1, 'c1', 'search', {'q': 'x'})
CALLED = ev.ToolFinished('r1', 1, 'c1', 'search', {'q': 'x'}, 'returned', 'found', 0.5)


def test_a_tool_call_is_running_until_it_is_finished() -> None:
    state = fold(RUN, ev.NodeStarted('r1', 1, 'CallToolsNode'), CALL)
    assert state.runs['r1'].nodes[0].tools[0].status == 'running'
    state = fold(CALLED, start=state)
    (tool,) = state.runs['r1'].nodes[0].tools
    assert (tool.status, tool.outcome, tool.duration) == ('done', 'returned', 0.5)


def test_a_tool_call_has_the_arguments_that_it_was_changed_to() -> None:
    state = fold(
        RUN,
        ev.ToolStarted('r1', 0, 'c1', 'get', {'city': 'Paris'}),
        ev.Edited('r1', 0, 'c1', 'args', {'city': 'Paris'}, {'city': 'Oslo'}),
        ev.Edited('r1', 0, 'c1', 'result', 'sun', 'rain'),
    )
    (tool,) = state.runs['r1'].nodes[0].tools
    assert (tool.args, tool.edits) == ({'city': 'Oslo'}, (2, 3))


def test_a_tool_call_whose_start_was_not_seen_is_there_all_the_same() -> None:
    state = fold(RUN, ev.NodeStarted('r1', 1, 'CallToolsNode'), CALLED)
    assert state.runs['r1'].nodes[0].tools[0].status == 'done'


def test_the_graph_shows_inner_runs_below_the_call_that_started_them() -> None:
    inner = ev.RunStarted('r2', 'r1', 'c1', 'helper', 'gpt-5.2', 'y')
    state = fold(RUN, ev.NodeStarted('r1', 0, 'CallToolsNode'), ev.ToolStarted('r1', 0, 'c1', 'ask', {}), inner)
    state = fold(ev.NodeStarted('r2', 0, 'UserPromptNode'), start=state)
    assert [(row.depth, row.key) for row in graph_rows(state)] == [
        (0, RowKey()),
        (1, RowKey('r1')),
        (2, RowKey('r1', 0)),
        (3, RowKey('r1', 0, 'c1')),
        (4, RowKey('r2')),
        (5, RowKey('r2', 0)),
    ]


def test_the_newest_row_is_where_a_run_waits_else_what_runs() -> None:
    state = fold(RUN, ev.NodeStarted('r1', 0, 'CallToolsNode'), ev.ToolStarted('r1', 0, 'c1', 'ask', {}))
    assert newest_row(state) == RowKey('r1', 0, 'c1')
    state = fold(ev.Stopped('r1', 1, 'boundary', 'End'), start=state)
    assert newest_row(state) == RowKey('r1', 1)
    assert newest_row(SessionState()) == RowKey()


def test_events_of_unknown_runs_and_unknown_events_change_nothing_but_the_count() -> None:
    state = fold(HELLO)
    after = fold(ev.NodeStarted('r9', 0, 'X'), ev.Unknown('brand_new', {'a': 1}), start=state)
    assert after.runs == {}
    assert after.count == 3


def test_earlier_states_stay_as_they_were() -> None:
    before = fold(RUN, ev.NodeStarted('r1', 0, 'ModelRequestNode'))
    stream = before.runs['r1'].nodes[0].stream
    fold(ev.Stream('r1', 0, {}), ev.Stream('r1', 0, {}), start=before)
    fold(ev.Stream('r1', 0, {}), start=before)
    assert len(stream) == 0


def test_a_run_that_is_said_to_start_again_stays_what_it_is() -> None:
    started = ev.RunStarted('r1', None, None, 'boss', 'm', 'Go')
    inner = ev.RunStarted('r2', 'r1', 'c1', 'helper', 'm', 'Go')
    again = (ev.RunStarted('r1', 'r2', 'c2', 'boss', 'm', 'Go'), ev.RunStarted('r2', 'r2', None, 'helper', 'm', 'Go'))
    state = SessionState()
    for seq, event in enumerate((started, inner, *again)):
        state = reduce(state, ev.Record(seq, 0.1, event))

    assert list(state.roots) == ['r1']
    assert [list(run.children) for run in state.runs.values()] == [['r2'], []]
    assert state.count == 4
