"""What is found in a session's events, and of which row it is said to be."""

from __future__ import annotations

import pytest

from pydantic_ai_debug.model.reduce import reduce
from pydantic_ai_debug.model.search import Match, Searcher
from pydantic_ai_debug.model.selectors import SESSION_ROW, RowKey
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.values import Child, Value

CALL = {'part_kind': 'tool-call', 'tool_name': 'weather', 'tool_call_id': 'c1', 'args': '{"city": "Oslo", "tea": 1}'}
EVENTS: tuple[ev.Event, ...] = (
    ev.Output('stdout', 'no\nTea is ready\nand more tea\n'),
    ev.RunStarted('r1', None, None, 'tea_maker', 'gpt-tea', 'Make tea, please'),
    ev.NodeStarted('r1', 0, 'TeaNode', fields={'kind': 'black tea'}),
    ev.NodeFinished('r1', 0, 'TeaNode', 0.1, 'ModelRequestNode'),
    ev.NodeStarted('r1', 1, 'ModelRequestNode'),
    ev.Request('r1', 1, 'm', [], 0, 'Only tea.', [{'name': 'weather', 'description': 'for tea'}], [], {'tea': 2}),
    ev.Stream('r1', 1, {'event_kind': 'part_start', 'index': 0, 'part': {'part_kind': 'text', 'content': 'tea'}}),
    ev.Messages(
        'r1',
        1,
        [
            {'kind': 'request', 'parts': [{'part_kind': 'user-prompt', 'content': 'Make tea, please'}]},
            {'kind': 'request', 'parts': [{'part_kind': 'system-prompt', 'content': 'Love\ntea.'}]},
            {
                'kind': 'response',
                'parts': [
                    {'part_kind': 'thinking', 'content': 'tea?'},
                    {'part_kind': 'text', 'content': 'Here: tea'},
                    CALL,
                    {**CALL, 'tool_call_id': 'never run'},
                ],
            },
        ],
        False,
        0,
    ),
    ev.State('r1', 1, deps=Value('object', 'Deps', 'Deps', children=(Child('leaf', Value('str', 'str', "'tea'")),))),
    ev.NodeFinished('r1', 1, 'ModelRequestNode', 0.1, 'CallToolsNode'),
    ev.NodeStarted('r1', 2, 'CallToolsNode'),
    ev.ToolStarted('r1', 2, 'c1', 'weather', {'city': 'Oslo', 'tea': 1}),
    ev.Edited('r1', 2, 'c1', 'args', {}, {'city': 'tea'}),
    ev.ToolFinished('r1', 2, 'c1', 'weather', {}, 'returned', {'drink': 'tea'}, 0.1),
    ev.RunFinished('r1', 'tea it is', {}, None),
)


def fold(*events: ev.Event) -> SessionState:
    state = SessionState()
    for place, event in enumerate(events):
        state = reduce(state, ev.Record(place, float(place), event))
    return state


def found(query: str, *events: ev.Event) -> list[Match]:
    searcher = Searcher(fold(*events), query)
    records = [ev.Record(place, float(place), event) for place, event in enumerate(events)]
    matches = [match for record in records for match in searcher.matches(record)]
    return [*matches, *searcher.arriving(lambda place: events[place])]


def test_every_text_is_found_once_with_the_row_that_it_belongs_to() -> None:
    run, node, request, call = RowKey('r1'), RowKey('r1', 0), RowKey('r1', 1), RowKey('r1', 2, 'c1')
    assert [(match.kind, match.row, match.line) for match in found('TEA', *EVENTS)] == [
        ('console', None, 'Tea is ready'),
        ('console', None, 'and more tea'),
        ('run', run, 'tea_maker gpt-tea'),
        ('prompt', node, 'Make tea, please'),
        ('node', node, 'TeaNode'),
        ('node', node, '{"kind": "black tea"}'),
        ('request', request, 'Only tea.'),
        ('request', request, 'weather: for tea'),
        ('request', request, '{"tea": 2}'),
        ('message', request, 'tea.'),
        ('thinking', request, 'tea?'),
        ('text', request, 'Here: tea'),
        ('call', request, 'weather(city="Oslo", tea=1)'),
        ('state', request, "leaf 'tea'"),
        ('call', call, 'weather(city="Oslo", tea=1)'),
        ('edit', call, '{"city": "tea"}'),
        ('result', call, '{"drink": "tea"}'),
        ('output', run, 'tea it is'),
    ]


def test_the_place_in_the_line_is_told_and_a_long_line_is_kept_around_it() -> None:
    (match,) = found('needle', ev.Output('stdout', f'{"hay " * 5_000}Needle{" hay" * 5_000}'))
    assert match.line[match.at : match.at + 6] == 'Needle'
    assert len(match.line) == 600


def test_what_a_request_repeats_of_the_one_before_is_found_once() -> None:
    again = ev.Request('r1', 3, 'm', [], 0, 'Only tea.', [{'name': 'weather', 'description': 'for coffee'}], [], None)
    matches = found('only', *EVENTS, again) + found('coffee', *EVENTS, again)
    assert [(match.line, match.row) for match in matches] == [
        ('Only tea.', RowKey('r1', 1)),
        ('weather: for coffee', RowKey('r1', 3)),
    ]


def streamed(*pieces: str, ended: tuple[ev.Event, ...] = ()) -> tuple[ev.Event, ...]:
    first = {'event_kind': 'part_start', 'index': 0, 'part': {'part_kind': 'text', 'content': pieces[0]}}
    deltas = [
        {'event_kind': 'part_delta', 'index': 0, 'delta': {'part_delta_kind': 'text', 'content_delta': piece}}
        for piece in pieces[1:]
    ]
    events = [ev.Stream('r1', 0, data) for data in (first, *deltas)]
    return (
        ev.RunStarted('r1', None, None, 'a', 'm', 'x'),
        ev.NodeStarted('r1', 0, 'ModelRequestNode'),
        *events,
        *ended,
    )


@pytest.mark.parametrize(
    'ended', [(), (ev.RunFailed('r1', ev.ErrorInfo('KeyError', 'k', '')),)], ids=['arriving', 'failed']
)
def test_a_word_that_deltas_cut_in_two_is_found_before_there_is_a_message(ended: tuple[ev.Event, ...]) -> None:
    (match,) = found('teapot', *streamed('a te', 'ap', 'ot', ended=ended))
    assert (match.kind, match.row, match.line) == ('text', RowKey('r1', 0), 'a teapot')


def test_what_a_model_raised_is_found_at_its_request_whatever_came_of_it() -> None:
    begun = (ev.RunStarted('r1', None, None, 'a', 'm', 'x'), ev.NodeStarted('r1', 0, 'ModelRequestNode'))
    failed = ev.RequestFailed('r1', 0, ev.RaisedError('shops', 'NoTeaError', 'none left', [], {}))
    matches = found('notea', *begun, failed) + found('none', *begun, failed)
    assert [(match.kind, match.row, match.line) for match in matches] == [
        ('failure', RowKey('r1', 0), 'NoTeaError'),
        ('failure', RowKey('r1', 0), 'none left'),
    ]


def test_an_error_is_found_where_it_waits_and_then_where_it_ended() -> None:
    error = ev.ErrorInfo('OSError', 'no tea', 'Traceback')
    begun = (ev.RunStarted('r1', None, None, 'a', 'm', 'x'), ev.NodeStarted('r1', 0, 'ModelRequestNode'))
    stop = ev.Stopped('r1', 0, 'error', 'ModelRequestNode', error=error)
    ended = (ev.Resumed('r1', 0, 'error'), ev.RunFailed('r1', error))
    rows = [[match.row for match in found('no tea', *begun, stop, *more)] for more in ((), ended)]
    assert rows == [[RowKey('r1', 0)], [RowKey('r1')]]
    assert [match.row for match in found('no tea', ev.ScriptFailed(error))] == [SESSION_ROW]
