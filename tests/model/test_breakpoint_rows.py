"""Which rows a breakpoint belongs to, and what toggling one on a row leaves."""

from __future__ import annotations

import pytest

from pydantic_ai_debug.model.breakpoint_rows import BreakpointMarks, row_breakpoint, toggled, with_breakpoints
from pydantic_ai_debug.model.reduce import reduce
from pydantic_ai_debug.model.selectors import SESSION_ROW, RowKey
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.breakpoints import Breakpoint
from pydantic_ai_debug.protocol.events import Record


def folded(*events: ev.Event) -> SessionState:
    state = SessionState()
    for seq, event in enumerate(events):
        state = reduce(state, Record(seq, seq / 10, event))
    return state


ALONE = (
    ev.RunStarted('r1', None, None, 'planner', 'test', 'Hi'),
    ev.NodeStarted('r1', 0, 'CallToolsNode'),
    ev.ToolStarted('r1', 0, 'c1', 'get_weather', {}),
    ev.ToolStarted('r1', 0, 'c2', 'two words', {}),
)
TWO_AGENTS = (*ALONE, ev.RunStarted('r2', 'r1', 'c1', 'expert', 'test', 'x'), ev.NodeStarted('r2', 0, 'End'))
NODE, TOOL, ODD_TOOL = RowKey('r1', 0), RowKey('r1', 0, 'c1'), RowKey('r1', 0, 'c2')


@pytest.mark.parametrize(
    ('events', 'key', 'spec'),
    [
        (ALONE, RowKey('r1'), 'run:planner'),
        (ALONE, NODE, 'CallToolsNode'),
        (ALONE, TOOL, 'tool:get_weather'),
        (ALONE, ODD_TOOL, None),
        (ALONE, SESSION_ROW, None),
        (ALONE, RowKey('r7'), None),
        (TWO_AGENTS, RowKey('r1'), 'run:planner'),
        (TWO_AGENTS, NODE, 'planner/CallToolsNode'),
        (TWO_AGENTS, TOOL, 'planner/tool:get_weather'),
        (TWO_AGENTS, RowKey('r2', 0), 'expert/End'),
    ],
)
def test_a_row_stands_for_a_breakpoint(events: tuple[ev.Event, ...], key: RowKey, spec: str | None) -> None:
    assert row_breakpoint(folded(*events), key) == spec


def test_an_agent_whose_name_cannot_limit_a_breakpoint_does_not() -> None:
    state = folded(
        ev.RunStarted('r1', None, None, 'a/b: c', 'test', ''),
        ev.NodeStarted('r1', 0, 'End'),
        ev.RunStarted('r2', None, None, 'other', 'test', ''),
    )
    assert row_breakpoint(state, RowKey('r1', 0)) == 'End'


@pytest.mark.parametrize(
    ('specs', 'key', 'mark'),
    [
        (['CallToolsNode'], NODE, 'enabled'),
        (['CallToolsNode if x > 1 x3'], NODE, 'enabled'),
        (['planner/CallToolsNode'], NODE, 'enabled'),
        (['expert/CallToolsNode'], NODE, None),
        (['-CallToolsNode'], NODE, 'disabled'),
        (['-CallToolsNode', 'planner/CallToolsNode'], NODE, 'enabled'),
        (['CallToolsNode log here'], NODE, 'logs'),
        (['tool:get_weather'], NODE, None),
        (['tool:get_weather'], TOOL, 'enabled'),
        (['tool:get_weather:after'], TOOL, 'enabled'),
        (['tool:*'], TOOL, 'enabled'),
        (['tool:*'], ODD_TOOL, 'enabled'),
        (['run:planner'], RowKey('r1'), 'enabled'),
        (['run:planner'], RowKey('r2'), None),
        (['error', 'budget:cost > 1', 'no breakpoint at all!'], TOOL, None),
        (['tool:*', 'CallToolsNode'], SESSION_ROW, None),
    ],
)
def test_rows_that_a_breakpoint_belongs_to_are_marked(specs: list[str], key: RowKey, mark: str | None) -> None:
    breakpoints = [Breakpoint(spec.removeprefix('-'), not spec.startswith('-')) for spec in specs]
    assert BreakpointMarks(breakpoints).of(folded(*TWO_AGENTS), key) == mark


def test_toggling_adds_a_breakpoint_and_takes_all_of_the_row_away() -> None:
    state, other = folded(*ALONE), Breakpoint('error')
    added = toggled((other,), state, TOOL)
    assert added == (other, Breakpoint('tool:get_weather'))
    assert toggled(added, state, TOOL) == (other,)
    conditional = (other, Breakpoint('tool:get_weather:after if x', False), Breakpoint('tool:*'))
    assert toggled(conditional, state, TOOL) == (other, Breakpoint('tool:*'))
    assert toggled((other,), state, ODD_TOOL) == (other,), 'its name cannot be written'


def test_named_breakpoints_are_added_to_those_that_are_kept_and_switched_on() -> None:
    kept = (Breakpoint('error', False), Breakpoint('End'))
    assert with_breakpoints(kept, ['tool:x', 'error', 'tool:x']) == (
        Breakpoint('error'),
        Breakpoint('End'),
        Breakpoint('tool:x'),
    )
