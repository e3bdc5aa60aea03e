"""The history and state of a run at any node, found again in the event stream."""

from __future__ import annotations

import random

import pytest

from pydantic_ai_debug.model.message_index import MessageIndex
from pydantic_ai_debug.model.reduce import reduce
from pydantic_ai_debug.model.run_index import RunIndex
from pydantic_ai_debug.model.state import RunState, SessionState
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Event


class Story:
    """Events, folded, and recalled by place."""

    def __init__(self, *events: Event) -> None:
        self.events = events
        self.recalled: list[int] = []
        state = SessionState()
        for place, event in enumerate(events):
            state = reduce(state, ev.Record(place, float(place), event))
        self.run: RunState = state.runs['r']

    def recall(self, place: int) -> Event:
        self.recalled.append(place)
        return self.events[place]


def messages(node: int, *added: str, kept: int, replaced: bool = False) -> Event:
    return ev.Messages('r', node, list(added), replaced, kept)


def finished(node: int, kind: str, following: str) -> Event:
    return ev.NodeFinished('r', node, kind, 0.1, following)


START = ev.RunStarted('r', None, None, 'a', 'm', 'Hi')
STEPS = (
    START,
    ev.State('r', 0, usage={}, run_step=0),
    ev.NodeStarted('r', 0, 'UserPromptNode'),
    finished(0, 'UserPromptNode', 'ModelRequestNode'),
    ev.NodeStarted('r', 1, 'ModelRequestNode'),
    messages(1, 'ask', kept=0),
    messages(1, 'answer', kept=1),
    ev.State('r', 1, usage={'requests': 1}, run_step=1, cost=0.1),
    finished(1, 'ModelRequestNode', 'CallToolsNode'),
    ev.NodeStarted('r', 2, 'CallToolsNode'),
    ev.State('r', 2, usage={'requests': 1, 'tool_calls': 1}),
    finished(2, 'CallToolsNode', 'ModelRequestNode'),
    ev.NodeStarted('r', 3, 'ModelRequestNode'),
    messages(3, 'result', 'done', kept=2),
    ev.State('r', 3, usage={'requests': 2, 'tool_calls': 1}, run_step=2),
    finished(3, 'ModelRequestNode', 'End'),
    ev.Stopped('r', 4, 'boundary', 'End'),
)


def indexed(story: Story) -> RunIndex:
    index = RunIndex(story.recall)
    index.update(story.run)
    return index


def said(index: RunIndex, story: Story, node: int | None) -> tuple[list[object], int]:
    history = index.history(story.run.nodes[node] if node is not None else None)
    return [index.message(place) for place in history.messages], history.unchanged


def test_a_past_node_has_the_history_as_it_was_then() -> None:
    story = Story(*STEPS)
    index = indexed(story)
    assert said(index, story, 0) == ([], 0)
    assert said(index, story, 1) == (['ask', 'answer'], 0)
    assert said(index, story, 2) == (['ask', 'answer'], 2)
    assert said(index, story, 3) == (['ask', 'answer', 'result', 'done'], 2)


def test_a_run_that_waits_shows_now_and_what_its_last_step_added() -> None:
    story = Story(*STEPS)
    assert said(indexed(story), story, 4) == (['ask', 'answer', 'result', 'done'], 2)
    assert said(indexed(story), story, None) == (['ask', 'answer', 'result', 'done'], 2)


def test_a_node_that_runs_marks_what_it_has_added_so_far() -> None:
    story = Story(*STEPS[:6])
    assert said(indexed(story), story, 1) == (['ask'], 0)


def test_a_rewritten_history_is_new_from_where_it_differs() -> None:
    story = Story(*STEPS[:12], ev.NodeStarted('r', 3, 'ModelRequestNode'), messages(3, 'short', kept=1, replaced=True))
    assert said(indexed(story), story, 3) == (['ask', 'short'], 1)


def test_history_given_to_the_run_is_not_new() -> None:
    story = Story(START, messages(0, 'old', 'older', kept=0), ev.Stopped('r', 0, 'boundary', 'UserPromptNode'))
    assert said(indexed(story), story, 0) == (['old', 'older'], 2)


def test_the_state_at_a_node_is_compared_with_the_one_before() -> None:
    story = Story(*STEPS)
    index = indexed(story)
    before, after = index.snapshot(story.run.nodes[2])
    assert before is not None
    assert (before.usage, after.usage) == ({'requests': 1}, {'requests': 1, 'tool_calls': 1})
    assert (before.run_step, after.run_step, after.cost) == (1, 1, 0.1)


def test_the_state_a_run_begins_with_has_nothing_before_it() -> None:
    story = Story(START, ev.NodeStarted('r', 0, 'UserPromptNode'))
    assert indexed(story).snapshot(story.run.nodes[0])[0] is None


def test_an_event_is_read_once() -> None:
    story = Story(*STEPS)
    index = indexed(story)
    story.recalled.clear()
    index.update(story.run)
    assert story.recalled == []


def test_another_run_is_indexed_anew() -> None:
    story, other = Story(*STEPS), Story(START, messages(0, 'elsewhere', kept=0))
    index = MessageIndex(lambda place: current.events[place], measured=True)
    current = story
    index.update('one', story.run.messages)
    current = other
    index.update('other', other.run.messages)
    places = index.messages(len(index))
    assert [index.message(place) for place in places] == ['elsewhere']
    assert places[0].size == len('"elsewhere"')


def test_what_is_planned_comes_after_what_was_said() -> None:
    planned = ev.RequestPlanned('r', 3, 'm', ['next'], 1, None, [], [], None)
    story = Story(*STEPS, planned)
    index = MessageIndex(story.recall)
    index.update('one', story.run.messages)
    assert [index.message(place) for place in index.messages_with(len(index), len(STEPS))] == ['ask', 'next']
    assert len(index.messages(len(index))) == 4


@pytest.mark.parametrize('seed', range(5))
def test_messages_are_the_same_whichever_way_one_comes_to_them(seed: int) -> None:
    chance = random.Random(seed)
    events: list[Event] = [START]
    length = 0
    for number in range(40):
        kept = length if chance.random() < 0.7 else chance.randrange(length + 1)
        added = [f'{number}-{item}' for item in range(chance.randrange(3))]
        events.append(messages(1, *added, kept=kept, replaced=kept < length))
        length = kept + len(added)
    story = Story(*events)
    index = MessageIndex(story.recall)
    index.update('one', story.run.messages)
    for _ in range(200):
        count = chance.randrange(len(index) + 1)
        fresh = MessageIndex(story.recall)
        fresh.update('one', story.run.messages[:count])
        assert list(index.messages(count)) == list(fresh.messages(count))


def test_a_run_that_is_shown_as_it_was_before_has_nothing_that_came_later() -> None:
    story, before = Story(*STEPS), Story(*STEPS[:10])
    index = indexed(story)
    index.update(before.run)
    history = index.history(before.run.nodes[-1])
    assert [index.message(message) for message in history.messages] == ['ask', 'answer']
    assert index.snapshot(before.run.nodes[-1])[1].usage == {'requests': 1}
