"""Details of a run as they were at a node: folded, on demand, from the events the state points at.

`Recall` reads an event back by its place, wherever it is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Event, Json
from pydantic_ai_debug.protocol.values import Value

from .state import NodeState, RunState

Recall: TypeAlias = Callable[[int], Event]
"""Gives the event at a place of the stream."""


@dataclass(frozen=True)
class History:
    """The message history at a node."""

    messages: tuple[Json, ...] = ()
    changed_from: int = 0
    """Index of the first message that the node's last change added."""


def history_at(run: RunState, node: NodeState | None, recall: Recall) -> History:
    """The history after a node ran, or now where `node` is None; the newest change is marked."""
    places = run.messages if node is None else run.messages[: node.messages]
    messages: list[Json] = []
    changed_from = 0
    for place in places:
        event = recall(place)
        if isinstance(event, ev.Messages):
            messages[event.kept :] = json_list(event.added)
            changed_from = event.kept
    return History(tuple(messages), changed_from)


@dataclass(frozen=True)
class RunSnapshot:
    """The run's state at a node, with what was there one step before to compare with."""

    usage: Mapping[str, Json]
    run_step: int | None = None
    retries: int | None = None
    metadata: Value | None = None
    deps: Value | None = None
    cost: float | None = None


def snapshot_at(run: RunState, node: NodeState | None, recall: Recall) -> tuple[RunSnapshot, RunSnapshot]:
    """The state before and after the newest `state` event known at a node, or now where it is None.

    What differs between the two is what the step changed.
    """
    places = run.states if node is None else run.states[: node.states]
    before = after = RunSnapshot({})
    for place in places:
        event = recall(place)
        if isinstance(event, ev.State):
            before, after = after, _with_state(after, event)
    return before, after


def _with_state(snapshot: RunSnapshot, event: ev.State) -> RunSnapshot:
    return RunSnapshot(
        usage=snapshot.usage if event.usage is None else json_object(event.usage),
        run_step=snapshot.run_step if event.run_step is None else event.run_step,
        retries=snapshot.retries if event.retries is None else event.retries,
        metadata=snapshot.metadata if event.metadata is None else event.metadata,
        deps=snapshot.deps if event.deps is None else event.deps,
        cost=snapshot.cost if event.cost is None else event.cost,
    )


@dataclass(frozen=True)
class SentRequest:
    """A model request, whole."""

    event: ev.Request
    messages: tuple[Json, ...]
    previous: ev.Request | None
    """The run's request before it."""


def request_at(run: RunState, place: int, recall: Recall) -> SentRequest | None:
    """The request at `place`, sent or planned, its messages put together from the requests sent before it."""
    messages: list[Json] = []
    previous: ev.Request | None = None
    for request_place in [*(sent for sent in run.requests if sent < place), place]:
        event = recall(request_place)
        if not isinstance(event, ev.Request):
            continue
        messages[event.kept :] = json_list(event.messages)
        if request_place == place:
            return SentRequest(event, tuple(messages), previous)
        previous = event
    return None


def json_list(value: Json) -> Sequence[Json]:
    """A JSON list, empty where the value is none."""
    return cast('list[Json]', value) if isinstance(value, (list, tuple)) else []


def json_object(value: Json) -> Mapping[str, Json]:
    """A JSON object, empty where the value is none."""
    return cast('dict[str, Json]', value) if isinstance(value, dict) else {}
