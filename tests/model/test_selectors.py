"""Which stop the user means, and what was changed by hand of a row."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pydantic_ai_debug.model.reduce import reduce
from pydantic_ai_debug.model.selectors import SESSION_ROW, RowKey, changes_of
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.model.waiting import waiting_stop
from pydantic_ai_debug.protocol import events as ev


def folded(events: Sequence[ev.Event]) -> SessionState:
    state = SessionState()
    for seq, event in enumerate(events):
        state = reduce(state, ev.Record(seq, seq / 10, event))
    return state


RUNS: tuple[ev.Event, ...] = (
    ev.RunStarted('r1', None, None, 'a', 'm', ''),
    ev.RunStarted('r2', None, None, 'b', 'm', ''),
    ev.NodeStarted('r1', 2, 'CallToolsNode'),
    ev.ToolStarted('r1', 2, 'c1', 'look', {}),
    ev.ToolStarted('r1', 2, 'c2', 'look', {}),
)
STOPS: tuple[ev.Event, ...] = (
    ev.Stopped('r1', 2, 'tool', 'look', 'c1'),
    ev.Stopped('r1', 2, 'tool', 'look', 'c2'),
    ev.Stopped('r2', 0, 'boundary', 'UserPromptNode'),
)


@pytest.mark.parametrize(
    ('selected', 'stop'),
    [
        (RowKey('r1', 2, 'c1'), ('r1', 'c1')),
        (RowKey('r1', 2, 'c2'), ('r1', 'c2')),
        (RowKey('r1', 2), ('r1', 'c2')),
        (RowKey('r1'), ('r1', 'c2')),
        (SESSION_ROW, ('r2', None)),
        (RowKey('r9', 1), ('r2', None)),
    ],
)
def test_the_selected_stop_is_meant_else_the_newest_of_its_run_else_the_newest(
    selected: RowKey, stop: tuple[str, str | None]
) -> None:
    waiting = waiting_stop(folded([*RUNS, *STOPS]), selected)
    assert waiting is not None
    assert (waiting[0].id, waiting[1].call) == stop


def test_of_a_run_that_does_not_wait_another_ones_stop_is_meant() -> None:
    waiting = waiting_stop(folded([*RUNS, STOPS[0]]), RowKey('r2', 0))
    assert waiting is not None
    assert waiting[0].id == 'r1'


def test_where_nothing_waits_no_stop_is_meant() -> None:
    assert waiting_stop(folded(RUNS), RowKey('r1', 2, 'c1')) is None
    assert waiting_stop(SessionState(), SESSION_ROW) is None


@pytest.mark.parametrize(
    ('selected', 'places'),
    [
        (RowKey('r1', 2, 'c1'), (5,)),
        (RowKey('r1', 2, 'c2'), (7,)),
        (RowKey('r1', 2), (5, 6, 7)),
        (RowKey('r1'), (5, 6, 7)),
        (RowKey('r1', 4), ()),
        (RowKey('r2'), ()),
        (SESSION_ROW, ()),
    ],
)
def test_the_changes_of_a_row_are_its_own_and_those_below_it(selected: RowKey, places: tuple[int, ...]) -> None:
    changes: tuple[ev.Event, ...] = (
        ev.Edited('r1', 2, 'c1', 'args', 1, 2),
        ev.Edited('r1', 2, None, 'response', 1, 2),
        ev.AnsweredByHand('r1', 2, 'c2', 'value', 1),
    )
    assert changes_of(folded([*RUNS, *changes]), selected) == places
