"""A node that waits before it runs, or that raised and may run again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from pydantic_ai.messages import ModelMessage

from pydantic_ai_debug.protocol.commands import AnswerKind
from pydantic_ai_debug.protocol.events import Json

from .edited_text import parsed
from .held import Answer, Draft, EditError, Held
from .held_deferral import answered_calls, pending_calls, pending_draft
from .insides import type_of
from .stepper import Place
from .typed_values import content_of, messages_of, of_output_type
from .wire import jsonable, messages_json

if TYPE_CHECKING:
    from .tracked_run import TrackedRun


class HeldNode(Held):
    """A node, and the history that it runs on. Of a kind that a newer version added, nothing is edited."""

    goes_back = True

    def __init__(
        self,
        run: TrackedRun,
        place: Place,
        ctx: Any,
        node: Any,
        history: list[ModelMessage],
        *,
        failed: bool = False,
    ) -> None:
        """Hold a node.

        Args:
            run: Its run.
            place: Where it waits.
            ctx: The context that the program's hooks get.
            node: What is about to run; of a node that failed, a fresh one.
            history: The messages before it; edits change this list.
            failed: Whether it is there to be run again.
        """
        super().__init__(run, place, type(node).__name__)
        self.ctx = ctx
        self.node = node
        self.history = history
        self.retries = failed

    @property
    def is_request(self) -> bool:
        """Whether it is a model request."""
        return False

    def _messages_draft(self, messages: Sequence[ModelMessage]) -> Draft:
        return Draft('messages', 'json', messages_json(messages))

    def scope(self) -> Mapping[str, object]:
        names: dict[str, object] = {'node': self.node}
        if self.ctx is not None:
            names['ctx'] = self.ctx
        return names


class HeldPrompt(HeldNode):
    """A `UserPromptNode`."""

    @property
    def editable(self) -> tuple[str, ...]:
        return ('prompt', 'messages')

    def drafts(self) -> Sequence[Draft]:
        return [content_draft('prompt', self.node.user_prompt), self._messages_draft(self.history)]

    def take(self, item: str, value: Any) -> None:
        match item:
            case 'prompt':
                self.node.user_prompt = None if value is None else content_of(value)
            case 'messages':
                self.history[:] = messages_of(value, self.history)
            case _:
                super().take(item, value)


class HeldEnd(HeldNode):
    """An `End`, before the result goes back to the program."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._end = self.node
        """The end, also where the run is to go on instead."""

    def scope(self) -> Mapping[str, object]:
        return {**super().scope(), 'result': self._end.data.output}

    @property
    def answers(self) -> tuple[AnswerKind, ...]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return ('approved', 'denied', 'value') if pending_calls(self._end.data.output) else ()

    @property
    def editable(self) -> tuple[str, ...]:
        return ('answers',) if pending_calls(self._end.data.output) else ('output',)

    def drafts(self) -> Sequence[Draft]:
        output = self._end.data.output
        if pending_calls(output):
            return [pending_draft(output)]
        return [content_draft('output', output)]

    def take(self, item: str, value: Any) -> None:
        data = self._end.data
        match item:
            case 'output':
                output = of_output_type(self.run.output_type, data.output, value)
                self.node = self._end = type(self._end)(dataclasses.replace(data, output=output))
            case 'answers':
                self.node = answered_calls(data.output, self.history, value)
            case _:
                super().take(item, value)

    def answer(self, kind: AnswerKind, text: str) -> Answer:
        pending = pending_calls(self._end.data.output)
        match kind:
            case 'approved' if pending:
                answers: Json = dict.fromkeys(pending, True)
            case 'denied' if pending:
                answers = {call: {'deny': text.strip()} for call in pending}
            case 'value' if pending:
                answers = _values_by_call(parsed(text), pending)
            case _:
                return super().answer(kind, text)
        self.take('answers', answers)
        return Answer(kind, answers)


def _values_by_call(value: Json, pending: Mapping[str, object]) -> Json:
    """What each call returns: an object of call ids tells them apart, anything else is for every one."""
    by_call = cast('dict[str, Json]', value) if isinstance(value, dict) else {}
    if by_call and set(by_call) <= set(pending):
        return {call: {'value': item} for call, item in by_call.items()}
    return {call: {'value': cast(object, value)} for call in pending}


def content_draft(name: str, content: object) -> Draft:
    """A text as it is, anything else as JSON."""
    if type_of(content) is str:
        return Draft(name, 'text', content)
    return Draft(name, 'json', jsonable(content))


def parsed_or_text(text: str) -> Json:
    """JSON where it is meant to be some; any other text stands for itself."""
    try:
        return parsed(text)
    except EditError:
        if text.lstrip()[:1] in ('[', '{', '"'):
            raise
        return text
