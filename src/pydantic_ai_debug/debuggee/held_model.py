"""A model request that failed where it is made, and a stream that is kept waiting between two events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse

from pydantic_ai_debug.protocol.commands import AnswerKind
from pydantic_ai_debug.protocol.events import Json

from .held import Answer, Draft, EditError, Held
from .held_node import parsed_or_text
from .held_request import planned_drafts, planned_names, take_planned
from .response_parts import response_of
from .stepper import Place
from .typed_values import messages_of
from .wire import messages_json

if TYPE_CHECKING:
    from .tracked_run import TrackedRun


class HeldModelRequest(Held):
    """A request that a model failed to answer: it can be made again, changed, or answered by hand."""

    retries = True
    answers: tuple[AnswerKind, ...] = ('response',)

    def __init__(self, run: TrackedRun, place: Place, kind: str, messages: Sequence[ModelMessage]) -> None:
        super().__init__(run, place, kind)
        self.messages = messages

    @property
    def editable(self) -> tuple[str, ...]:
        return (*planned_names(self.run), 'messages')

    def drafts(self) -> Sequence[Draft]:
        return [*planned_drafts(self.run), Draft('messages', 'json', messages_json(self.messages))]

    def take(self, item: str, value: Any) -> None:
        if item == 'messages':
            self._take_messages(value)
        elif not take_planned(self.run, item, value):
            super().take(item, value)

    def _take_messages(self, value: Json) -> None:
        messages = messages_of(value, self.messages)
        if not messages or not isinstance(messages[-1], ModelRequest):
            raise EditError('the last message has to be a request')
        self.messages = messages
        if self.run.agent_run is not None:
            # The request is in the history by now.
            self.run.agent_run.ctx.state.message_history[:] = messages

    def answer(self, kind: AnswerKind, text: str) -> Answer:
        if kind != 'response':
            return super().answer(kind, text)
        return Answer(kind, response_of(parsed_or_text(text), ModelResponse(parts=[])))


class HeldStream(Held):
    """A stream between two events."""

    holds_stream = True

    def __init__(self, run: TrackedRun, place: Place, kind: str, event: object) -> None:
        super().__init__(run, place, kind)
        self.event = event
        """The event that the program gets next."""

    def scope(self) -> Mapping[str, object]:
        return {'event': self.event}
