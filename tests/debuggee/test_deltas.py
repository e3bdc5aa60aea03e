"""Merging of stream events in the writer thread."""

from __future__ import annotations

from pydantic_ai.messages import (
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPartDelta,
    ToolCallPartDelta,
)

from pydantic_ai_debug.debuggee.deltas import StreamItem, render
from pydantic_ai_debug.protocol.events import Event, Fault, NodeStarted, Stream


def text(content: str, index: int = 0, run: str = 'r1') -> StreamItem:
    return StreamItem(run, 1, PartDeltaEvent(index=index, delta=TextPartDelta(content_delta=content)))


def rendered(*items: object) -> list[Event]:
    return [event for _, event in render([(float(at), item) for at, item in enumerate(items)])]


def contents(events: list[Event]) -> list[str]:
    return [event.data['delta']['content_delta'] for event in events if isinstance(event, Stream)]


def test_deltas_of_one_part_become_one_line_with_their_times() -> None:
    (event,) = rendered(text('a'), text('bc'), text('d'))
    assert isinstance(event, Stream)
    assert contents([event]) == ['abcd']
    assert (event.times, event.lengths) == ((0.0, 1.0, 2.0), (1, 2, 1))


def test_deltas_of_different_parts_and_runs_stay_apart() -> None:
    assert contents(rendered(text('a'), text('b', index=1), text('c', index=1), text('d', run='r2'))) == [
        'a',
        'bc',
        'd',
    ]


def test_what_comes_between_deltas_keeps_its_place() -> None:
    between = NodeStarted('r1', 2, 'CallToolsNode')
    events = rendered(text('a'), between, text('b'))
    assert events[1] == between
    assert contents(events) == ['a', 'b']


def test_arguments_of_a_tool_are_merged_as_text() -> None:
    pieces = [
        StreamItem('r1', 1, PartDeltaEvent(index=0, delta=ToolCallPartDelta(args_delta=piece)))
        for piece in ('{"a"', ': 1}')
    ]
    (event,) = rendered(*pieces)
    assert isinstance(event, Stream)
    assert event.data['delta']['args_delta'] == '{"a": 1}'


def test_deltas_that_carry_more_than_text_are_not_merged() -> None:
    signed = StreamItem('r1', 1, PartDeltaEvent(index=0, delta=ThinkingPartDelta(signature_delta='s')))
    assert len(rendered(signed, signed)) == 2


def test_the_start_of_a_part_is_a_line_of_its_own() -> None:
    start = StreamItem('r1', 1, PartStartEvent(index=0, part=TextPart('hi')))
    events = rendered(start, text('a'))
    assert [event.data['event_kind'] for event in events if isinstance(event, Stream)] == ['part_start', 'part_delta']


class NewKindOfEvent:
    def __init__(self) -> None:
        self.event_kind = 'brand_new'


def test_a_kind_of_event_that_nobody_knows_is_passed_through() -> None:
    (event,) = rendered(StreamItem('r1', 1, NewKindOfEvent()))
    assert isinstance(event, Stream)
    assert event.data == {'type': 'NewKindOfEvent', 'event_kind': 'brand_new'}


def test_an_event_made_late_that_fails_is_a_fault_and_the_rest_goes_on() -> None:
    def broken() -> Event:
        raise ValueError('no')

    fault, after = rendered(broken, text('a'))
    assert isinstance(fault, Fault)
    assert isinstance(after, Stream)
