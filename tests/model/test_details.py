"""Details are folded from the events that the state points at."""

from __future__ import annotations

from pydantic_ai_debug.model.details import history_at, request_at, snapshot_at
from pydantic_ai_debug.model.reduce import reduce
from pydantic_ai_debug.model.selectors import node_at
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.protocol import events as ev


class Story:
    """Events and the state they fold to."""

    def __init__(self, *events: ev.Event) -> None:
        self.events = (ev.RunStarted('r1', None, None, 'agent', 'model', 'x'), *events)
        self.state = SessionState()
        for place, event in enumerate(self.events):
            self.state = reduce(self.state, ev.Record(place, float(place), event))
        self.run = self.state.runs['r1']

    def recall(self, place: int) -> ev.Event:
        return self.events[place]


def finished(node: int) -> ev.NodeFinished:
    return ev.NodeFinished('r1', node, 'ModelRequestNode', 0.1, 'CallToolsNode')


def test_the_history_at_a_past_node_is_as_it_was_then() -> None:
    story = Story(
        ev.Messages('r1', 0, ['a', 'b'], False, 0),
        finished(0),
        ev.Messages('r1', 1, ['c'], False, 2),
        finished(1),
    )
    assert history_at(story.run, node_at(story.run, 0), story.recall).messages == ('a', 'b')
    now = history_at(story.run, None, story.recall)
    assert (now.messages, now.changed_from) == (('a', 'b', 'c'), 2)


def test_a_rewritten_history_keeps_what_is_still_the_same() -> None:
    story = Story(ev.Messages('r1', 0, ['a', 'b', 'c'], False, 0), ev.Messages('r1', 1, ['x'], True, 1))
    assert history_at(story.run, None, story.recall).messages == ('a', 'x')


def test_state_is_put_together_from_what_changed_and_shows_the_step_before() -> None:
    story = Story(
        ev.State('r1', 0, usage={'requests': 0}, run_step=0),
        finished(0),
        ev.State('r1', 1, usage={'requests': 1}),
        finished(1),
        ev.State('r1', 2, run_step=2),
    )
    before, after = snapshot_at(story.run, None, story.recall)
    assert (before.usage, before.run_step) == ({'requests': 1}, 0)
    assert (after.usage, after.run_step) == ({'requests': 1}, 2)
    _, then = snapshot_at(story.run, node_at(story.run, 0), story.recall)
    assert then.usage == {'requests': 0}


def request(node: int, messages: list[str], kept: int, cls: type[ev.Request] = ev.Request) -> ev.Request:
    return cls('r1', node, 'model', messages, kept, None, [], [], None)


def test_a_request_is_put_together_from_those_before_it() -> None:
    story = Story(request(1, ['a'], 0), request(3, ['b', 'c'], 1), request(5, ['d'], 2))
    last = request_at(story.run, story.run.requests[2], story.recall)
    assert last is not None
    assert last.messages == ('a', 'b', 'd')
    assert last.previous is story.events[2]


def test_a_planned_request_builds_on_the_ones_that_were_sent_and_is_none_of_them() -> None:
    story = Story(request(1, ['a'], 0), request(3, ['b'], 1, ev.RequestPlanned), request(3, ['b', 'c'], 1))
    assert len(story.run.requests) == 2
    planned = request_at(story.run, 2, story.recall)
    assert planned is not None
    assert planned.messages == ('a', 'b')
    assert planned.previous is story.events[1]
