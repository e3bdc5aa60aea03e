"""The outline shows the rows of the graph, however the state got there."""

from __future__ import annotations

import random

import pytest

from pydantic_ai_debug.model.outline import Outline
from pydantic_ai_debug.model.reduce import reduce
from pydantic_ai_debug.model.selectors import RowKey
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Event, Record

from .plain_rows import graph_rows


def session_events() -> list[Event]:
    """Two runs in a row; tools of the first start runs, one of which starts another; one run has no known call."""
    events: list[Event] = [ev.Hello(1, '3.11', '2.0', 'script.py', ())]

    def run(name: str, parent: str | None, call: str | None, inner: list[tuple[str, str]]) -> None:
        events.append(ev.RunStarted(name, parent, call, name, 'test', 'Hi'))
        for node in range(3):
            events.append(ev.Stopped(name, node, 'boundary', 'CallToolsNode'))
            events.append(ev.Resumed(name, node, 'boundary'))
            events.append(ev.NodeStarted(name, node, 'CallToolsNode'))
            for tool in range(2):
                call_id = f'{name}-{node}-{tool}'
                events.append(ev.ToolStarted(name, node, call_id, 'look', {}))
            if node == 1:
                for child, child_call in inner:
                    run(child, name, child_call, [(f'{child}x', f'{child}-1-1')] if len(child) < 3 else [])
            for tool in range(2):
                events.append(ev.ToolFinished(name, node, f'{name}-{node}-{tool}', 'look', {}, 'returned', 1, 0.1))
            events.append(ev.NodeFinished(name, node, 'CallToolsNode', 0.1, 'End'))
        events.append(ev.RunFinished(name, 'Bye', {}, None))

    run('a', None, None, [('b', 'a-1-0'), ('c', 'a-1-0'), ('d', 'a-1-1'), ('e', 'unknown')])
    run('z', None, None, [])
    return events


@pytest.mark.parametrize('seed', range(8))
def test_the_rows_are_those_of_the_graph_after_any_number_of_events(seed: int) -> None:
    chance = random.Random(seed)
    outline, state = Outline(), SessionState()
    for seq, event in enumerate(session_events()):
        state = reduce(state, Record(seq, float(seq), event))
        if chance.random() < 0.4:
            outline.update(state)
            assert [row.key for row in outline.rows] == [row.key for row in graph_rows(state)]
            assert [row.depth for row in outline.rows] == [row.depth for row in graph_rows(state)]


def test_the_last_of_the_siblings_is_known() -> None:
    outline, state = Outline(), SessionState()
    for seq, event in enumerate(session_events()):
        state = reduce(state, Record(seq, float(seq), event))
        outline.update(state)
    by_parent: dict[object, list[bool]] = {}
    for row in outline.rows[1:]:
        by_parent.setdefault(row.parent, []).append(row.last)
    assert all(marks == [*[False] * (len(marks) - 1), True] for marks in by_parent.values())


def test_what_is_folded_away_stays_away_while_the_session_goes_on() -> None:
    outline, state = Outline(), SessionState()
    events = session_events()
    for seq, event in enumerate(events):
        state = reduce(state, Record(seq, float(seq), event))
        if seq == 20:
            outline.update(state)
            outline.toggle(RowKey('a', 0), True)
            outline.toggle(RowKey('a', 1, 'a-1-0'), True)
        if seq > 20:
            outline.update(state)
    keys = [row.key for row in outline.rows]
    assert RowKey('a', 0) in keys
    assert not any(key.run == 'a' and key.node == 0 and key.call for key in keys)
    assert RowKey('b') not in keys
    assert RowKey('d') in keys
    outline.toggle(RowKey('a', 0), False)
    outline.toggle(RowKey('a', 1, 'a-1-0'), False)
    assert [row.key for row in outline.rows] == [row.key for row in graph_rows(state)]


@pytest.mark.parametrize('refolded', [False, True], ids=['same objects', 'folded again'])
@pytest.mark.parametrize('seed', range(8))
def test_an_outline_that_goes_back_and_forth_is_what_a_new_one_is(seed: int, refolded: bool) -> None:
    chance = random.Random(seed)
    events = session_events()
    states = [SessionState()]
    for seq, event in enumerate(events):
        states.append(reduce(states[-1], Record(seq, float(seq), event)))
    outline = Outline()
    for _ in range(60):
        place = chance.randrange(len(states))
        state = states[place]
        if refolded:
            base = max(0, place - chance.randrange(20))
            state = states[base]
            for seq in range(base, place):
                state = reduce(state, Record(seq, float(seq), events[seq]))
        if chance.random() < 0.2:
            outline.toggle(chance.choice(outline.rows).key, chance.random() < 0.7)
        outline.update(state)
        fresh = Outline()
        fresh.folded = set(outline.folded)
        fresh.update(state)
        assert [(row.key, row.depth, row.last, row.opens) for row in outline.rows] == [
            (row.key, row.depth, row.last, row.opens) for row in fresh.rows
        ]
