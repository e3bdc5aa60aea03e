"""Where in the event stream the messages of a history, or of a run's requests, are.

Both are said as what each event keeps of the one before and what it adds. Each event is recalled once, when it is new;
what is kept is a few numbers a message, so that the size does not grow with what messages say.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Event, Json

from .details import Recall, json_list


@dataclass(frozen=True)
class MessagePlace:
    """Where a message is."""

    event: int
    """Place of the event that added it."""
    offset: int
    """Its index among those the event added."""
    size: int
    """Bytes of it as JSON; 0 where that is not measured."""


@dataclass(frozen=True)
class _Step:
    """What one event said."""

    place: int
    node: int
    kept: int
    sizes: tuple[int, ...]
    """Of the messages it added."""

    @property
    def length(self) -> int:
        """How many messages there are after it."""
        return self.kept + len(self.sizes)


class MessageIndex:
    """The index of one list of messages; `update` moves it on."""

    def __init__(self, recall: Recall, *, measured: bool = False) -> None:
        self._recall = recall
        self._measured = measured
        self._owner: Hashable = None
        self._steps: list[_Step] = []
        self._folded: tuple[int, list[MessagePlace]] = (0, [])

    def update(self, owner: Hashable, places: Sequence[int]) -> None:
        """Take in the events at places that are new; all of them where they are another owner's."""
        if owner != self._owner:
            self._owner, self._steps, self._folded = owner, [], (0, [])
        for place in places[len(self._steps) :]:
            self._steps.append(self._step(place))

    def _step(self, place: int) -> _Step:
        event = self._recall(place)
        node, kept = (event.node, event.kept) if isinstance(event, (ev.Messages, ev.Request)) else (0, 0)
        sizes = tuple(json_bytes(message) if self._measured else 0 for message in _added(event))
        return _Step(place, node, kept, sizes)

    def __len__(self) -> int:
        """How many events are known."""
        return len(self._steps)

    def node(self, number: int) -> int:
        """The node of an event, from the first one on."""
        return self._steps[number].node

    def unchanged(self, before: int, after: int) -> int:
        """How many leading messages are the same after some events as before them."""
        return min((step.kept for step in self._steps[before:after]), default=len(self.messages(after)))

    def messages(self, count: int) -> Sequence[MessagePlace]:
        """The messages after the first so many events."""
        folded, messages = self._folded
        if folded != count:
            if folded < count:
                first, messages = folded, messages[:]
            elif count and self._only_added(count, folded):
                first, messages = count, messages[: self._steps[count - 1].length]
            else:
                first, messages = 0, []
            for step in self._steps[first:count]:
                messages[step.kept :] = [
                    MessagePlace(step.place, offset, size) for offset, size in enumerate(step.sizes)
                ]
            self._folded = (count, messages)
        return messages

    def _only_added(self, before: int, after: int) -> bool:
        """Whether no event between took away of the messages that were there before."""
        length = self._steps[before - 1].length
        return all(step.kept >= length for step in self._steps[before:after])

    def messages_with(self, count: int, place: int) -> Sequence[MessagePlace]:
        """The messages after the first so many events and one more that is at `place` and will not stay."""
        step = self._step(place)
        added = [MessagePlace(place, offset, size) for offset, size in enumerate(step.sizes)]
        return [*self.messages(count)[: step.kept], *added]

    def message(self, place: MessagePlace) -> Json:
        """What a message says."""
        added = _added(self._recall(place.event))
        return added[place.offset] if place.offset < len(added) else None


def _added(event: Event) -> Sequence[Json]:
    match event:
        case ev.Messages():
            return json_list(event.added)
        case ev.Request():
            return json_list(event.messages)
        case _:
            return ()


def json_bytes(value: Json) -> int:
    """Bytes of a value as compact JSON."""
    text = json.dumps(value, ensure_ascii=False, separators=(',', ':'), default=str)
    return len(text.encode('utf-8', 'surrogatepass'))
