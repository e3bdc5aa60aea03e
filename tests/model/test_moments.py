"""Going through a recording: where the moments are, of runs that were stepped and of runs that nobody stopped."""

from __future__ import annotations

from pydantic_ai_debug.model.changes import with_changes
from pydantic_ai_debug.model.checkpoints import EVERY_BYTES, EVERY_EVENTS, Checkpoints
from pydantic_ai_debug.model.moments import START, MomentIndex
from pydantic_ai_debug.model.selectors import RowKey
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.protocol import events as ev

TEXT = {'index': 0, 'delta': {'content_delta': 'x', 'part_delta_kind': 'text'}, 'event_kind': 'part_delta'}


def index_of(*events: ev.Event) -> MomentIndex:
    index = MomentIndex()
    for seq, event in enumerate(events):
        index.add(ev.Record(seq, seq / 10, event))
    return index


def forward(index: MomentIndex, run: str | None = 'r1', place: int = 0) -> list[int]:
    places: list[int] = []
    while (found := index.next_boundary(place, run)) is not None:
        places.append(place := found)
    return places


def backward(index: MomentIndex, place: int, run: str | None = 'r1') -> list[int]:
    places: list[int] = []
    while (found := index.previous_boundary(place, run)) is not None:
        places.append(place := found)
    return places


STEPPED: tuple[ev.Event, ...] = (
    ev.Hello(1, '', '', 'trip.py', ()),
    ev.RunStarted('r1', None, None, 'boss', 'm', 'Go'),
    ev.Stopped('r1', 0, 'boundary', 'UserPromptNode'),
    ev.Resumed('r1', 0, 'boundary'),
    ev.NodeStarted('r1', 0, 'UserPromptNode'),
    ev.NodeFinished('r1', 0, 'UserPromptNode', 0.1, 'ModelRequestNode'),
    ev.Stopped('r1', 1, 'boundary', 'ModelRequestNode', spec='ModelRequestNode'),
    ev.Resumed('r1', 1, 'boundary'),
    ev.NodeStarted('r1', 1, 'ModelRequestNode'),
    ev.Stream('r1', 1, TEXT),
    ev.Stopped('r1', 1, 'stream', 'ModelRequestNode'),
    ev.Resumed('r1', 1, 'stream'),
    ev.NodeFinished('r1', 1, 'ModelRequestNode', 0.1, 'End'),
    ev.Stopped('r1', 2, 'boundary', 'End'),
    ev.Resumed('r1', 2, 'boundary'),
    ev.RunFinished('r1', 'done', {}, None),
    ev.Exited(0),
)
UNSTEPPED = tuple(event for event in STEPPED if not isinstance(event, (ev.Stopped, ev.Resumed)))
NESTED: tuple[ev.Event, ...] = (
    ev.RunStarted('r1', None, None, 'boss', 'm', 'Go'),
    ev.NodeStarted('r1', 0, 'CallToolsNode'),
    ev.ToolStarted('r1', 0, 'c1', 'research', {}),
    ev.RunStarted('r2', 'r1', 'c1', 'helper', 'm', 'Go'),
    ev.NodeStarted('r2', 0, 'UserPromptNode'),
    ev.NodeFinished('r2', 0, 'UserPromptNode', 0.1, 'ModelRequestNode'),
    ev.NodeStarted('r2', 1, 'ModelRequestNode'),
    ev.NodeFinished('r2', 1, 'ModelRequestNode', 0.1, None),
    ev.RunFailed('r2', ev.ErrorInfo('E', 'no', '')),
    ev.Stopped('r1', 0, 'error', 'research', 'c1'),
    ev.Resumed('r1', 0, 'error', 'c1'),
    ev.ToolFinished('r1', 0, 'c1', 'research', {}, 'failed', None, 0.1),
    ev.NodeFinished('r1', 0, 'CallToolsNode', 0.1, 'ModelRequestNode'),
    ev.NodeStarted('r1', 1, 'ModelRequestNode'),
)


def test_a_run_that_was_stepped_has_its_moments_at_its_stops() -> None:
    index = index_of(*STEPPED)

    assert forward(index) == [3, 7, 14]
    assert backward(index, len(STEPPED)) == [14, 7, 3]
    assert len(index) == 3
    assert [index.moment(place).row for place in (3, 4, 7, 14)] == [
        RowKey('r1', 0),
        None,
        RowKey('r1', 1),
        RowKey('r1', 2),
    ]
    assert [index.moment(place).number for place in (START, 3, 6, 7, 16)] == [0, 1, 1, 2, 3]


def test_a_run_that_nobody_stopped_has_its_moments_before_its_nodes_and_its_end() -> None:
    index = index_of(*UNSTEPPED)

    assert forward(index) == [2, 4, 7]
    assert isinstance(UNSTEPPED[7], ev.RunFinished)
    assert [index.moment(place).row for place in (2, 4, 7)] == [RowKey('r1', 0), RowKey('r1', 1), RowKey('r1', 2)]


def test_the_next_boundary_is_not_inside_and_leads_back_to_the_caller() -> None:
    index = index_of(*NESTED)

    assert forward(index, 'r1', 1) == [13]
    assert forward(index, 'r2', 4) == [6, 13]
    assert index.previous_boundary(6, 'r2') == 4
    assert index.previous_boundary(4, 'r2') == 1
    assert backward(index, 14) == [13, 1]


def test_breakpoints_and_errors_are_hits() -> None:
    assert index_of(*STEPPED).next_hit(0) == 7
    assert index_of(*STEPPED).next_hit(7) is None
    assert index_of(*STEPPED).previous_hit(17) == 7
    assert index_of(*STEPPED).previous_hit(7) is None
    assert index_of(*NESTED).next_hit(0) == 10


def test_inside_is_every_moment_once() -> None:
    def moments(index: MomentIndex) -> list[int]:
        places = [0]
        while (found := index.next_inside(places[-1])) is not None:
            places.append(found)
        return places[1:]

    assert moments(index_of(*STEPPED)) == [3, 7, 10, 11, 14]
    assert moments(index_of(*NESTED)) == [1, 2, 4, 6, 10, 12, 13]


def test_a_node_that_ran_twice_is_found_where_it_is_nearest() -> None:
    twice = (*NESTED[:13], ev.NodeStarted('r1', 0, 'CallToolsNode'))
    index = index_of(*twice)

    assert index.before_node(RowKey('r1', 0), 5) == 1
    assert index.before_node(RowKey('r1', 0), 14) == 13
    assert index.before_node(RowKey('r2', 1), 2) == 6, 'still to come'
    assert index.before_node(RowKey('r2', 7), 2) is None


def test_a_recording_without_runs_begins_at_its_beginning() -> None:
    index = index_of(ev.Hello(1, '', '', 'x.py', ()), ev.Exited(0))

    assert index.first() == START
    assert index.next_boundary(0, None) is None


def test_a_state_is_kept_when_much_has_happened_or_much_was_said() -> None:
    checkpoints = Checkpoints(SessionState())
    states = [with_changes(SessionState(), count=count) for count in range(1, 2 * EVERY_EVENTS)]
    for state in states:
        checkpoints.note(state, state.count)
    assert checkpoints.last_before(EVERY_EVENTS - 1).count == 0
    assert checkpoints.last_before(2 * EVERY_EVENTS).count == EVERY_EVENTS

    checkpoints.note(with_changes(SessionState(), count=2 * EVERY_EVENTS), 2 * EVERY_BYTES)
    assert checkpoints.last_before(2 * EVERY_EVENTS).count == 2 * EVERY_EVENTS
