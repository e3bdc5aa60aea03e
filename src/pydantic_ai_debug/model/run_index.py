"""Where in the event stream the history and the state of a run, as they were at any of its nodes, are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Json

from .branches import predecessor
from .details import Recall, RunSnapshot, json_object
from .message_index import MessageIndex, MessagePlace
from .state import NodeState, RunState, node_position

StateField: TypeAlias = Literal['usage', 'run_step', 'retries', 'metadata', 'deps', 'cost']
_STATE_FIELDS: tuple[StateField, ...] = ('usage', 'run_step', 'retries', 'metadata', 'deps', 'cost')


@dataclass(frozen=True)
class HistoryPlaces:
    """The history at a node."""

    messages: Sequence[MessagePlace] = ()
    unchanged: int = 0
    """How many leading messages were there before the node's step."""


class RunIndex:
    """The index of one run; `update` moves it on to a newer state, or to another run."""

    def __init__(self, recall: Recall) -> None:
        self._recall = recall
        self._run: RunState | None = None
        self._messages = MessageIndex(recall)
        self._states: list[dict[StateField, int]] = []
        """After each `state` event: the place of the event that said a field last."""

    def update(self, run: RunState) -> None:
        known = self._run
        if known is None or (known.id, known.started_seq) != (run.id, run.started_seq):
            self._states = []
        self._messages.update((run.id, run.started_seq), run.messages)
        for place in run.states[len(self._states) :]:
            event = self._recall(place)
            said: dict[StateField, int] = {
                name: place for name in _STATE_FIELDS if getattr(event, name, None) is not None
            }
            self._states.append({**(self._states[-1] if self._states else {}), **said})
        self._run = run

    def history(self, node: NodeState | None) -> HistoryPlaces:
        """The history after a node ran, or now where it has not ended or is None."""
        after, before = self._span(node, 'messages')
        return HistoryPlaces(self._messages.messages(after), self._messages.unchanged(before, after))

    def message(self, place: MessagePlace) -> Json:
        """What a message says."""
        return self._messages.message(place)

    def snapshot(self, node: NodeState | None) -> tuple[RunSnapshot | None, RunSnapshot]:
        """The state before a node's step, None where the run began with it, and after it or now."""
        after, before = self._span(node, 'states')
        return self._snapshot(before) if before > 0 else None, self._snapshot(after)

    def place(self, node: NodeState | None, name: StateField) -> int:
        """Where a field was said last; -1 where it never was."""
        after, _ = self._span(node, 'states')
        return self._states[after - 1].get(name, -1) if after else -1

    def _span(self, node: NodeState | None, what: Literal['messages', 'states']) -> tuple[int, int]:
        """How many events were known after a node's step, and before it.

        A node that has not ended shows what is known now; while it waits, the last step is that of the node before.
        """
        run = self._run
        if run is None:
            return 0, 0
        # The index may know more: the run may be shown as it was before.
        known = len(run.messages if what == 'messages' else run.states)
        position = _position(run, node)
        if node is not None and position >= 0 and _is_past(run, run.nodes[position]):
            after = min(_known_at(run.nodes[position], what), known)
        else:
            after = known
            while position >= 0 and (
                run.nodes[position].status in ('waiting', 'stopped') or run.nodes[position].kind == 'End'
            ):
                position = _before(run, position)
        return after, min(self._known_before(run, position, what), after)

    def _known_before(self, run: RunState, position: int, what: Literal['messages', 'states']) -> int:
        """How many events were known when the node at a position began."""
        before = _before(run, position)
        if before >= 0:
            return _known_at(run.nodes[before], what)
        if what == 'states':
            return min(1, len(run.states))
        return 1 if len(run.messages) and self._messages.node(0) == 0 else 0

    def _snapshot(self, count: int) -> RunSnapshot:
        places = self._states[count - 1] if count else {}

        def said(name: StateField) -> ev.State | None:
            event = self._recall(places[name]) if name in places else None
            return event if isinstance(event, ev.State) else None

        return RunSnapshot(
            usage=json_object(event.usage) if (event := said('usage')) else {},
            run_step=event.run_step if (event := said('run_step')) else None,
            retries=event.retries if (event := said('retries')) else None,
            metadata=event.metadata if (event := said('metadata')) else None,
            deps=event.deps if (event := said('deps')) else None,
            cost=event.cost if (event := said('cost')) else None,
        )


def _is_past(run: RunState, node: NodeState) -> bool:
    return node.duration is not None or node.index in run.undone


def _before(run: RunState, position: int) -> int:
    """The position of the node that ran before another, on its branch or the one it began from; -1 before the first."""
    if not run.branches or position < 0:
        return position - 1
    index = predecessor(run.branches, run.nodes[position].index)
    found = node_position(run, index) if index is not None else None
    return -1 if found is None else found


def _known_at(node: NodeState, what: Literal['messages', 'states']) -> int:
    return node.messages if what == 'messages' else node.states


def _position(run: RunState, node: NodeState | None) -> int:
    """Where a node is among the run's; the last one where it is None or unknown."""
    position = node_position(run, node.index) if node is not None else None
    return len(run.nodes) - 1 if position is None else position
