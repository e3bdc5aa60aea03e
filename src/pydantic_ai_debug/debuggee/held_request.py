"""A model request that waits, and the response that is about to be worked on."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, UserPromptPart
from pydantic_ai.result import FinalResult
from pydantic_graph import End

from pydantic_ai_debug.protocol.commands import AnswerKind
from pydantic_ai_debug.protocol.events import Json

from .held import Answer, Draft, EditError
from .held_node import HeldEnd, HeldNode, HeldPrompt, content_draft, parsed_or_text
from .response_parts import parts_draft, response_of
from .typed_values import content_of, messages_of, of_output_type
from .wire import jsonable

if TYPE_CHECKING:
    from .tracked_run import TrackedRun


class HeldRequest(HeldNode):
    """A `ModelRequestNode`: what is in the request is changed in it, the rest when it is sent."""

    @property
    def is_request(self) -> bool:
        return True

    @property
    def answers(self) -> tuple[AnswerKind, ...]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return ('response',) if self.run.wraps_models else ()

    @property
    def _in_history(self) -> bool:
        return bool(self.history) and self.history[-1] is self.node.request

    @property
    def _sent(self) -> list[ModelMessage]:
        """The history with the request that is about to be added to it."""
        return [*self.history] if self._in_history else [*self.history, self.node.request]

    @property
    def editable(self) -> tuple[str, ...]:
        prompt = ('prompt',) if _prompts(self.node.request) else ()
        return (*prompt, *planned_names(self.run), 'messages')

    def drafts(self) -> Sequence[Draft]:
        prompts = [content_draft('prompt', part.content) for part in _prompts(self.node.request)[-1:]]
        return [*prompts, *planned_drafts(self.run), self._messages_draft(self._sent)]

    def take(self, item: str, value: Any) -> None:
        match item:
            case 'prompt':
                self._take_prompt(value)
            case 'messages':
                self._take_messages(value)
            case _ if not take_planned(self.run, item, value):
                super().take(item, value)
            case _:
                pass

    def _take_prompt(self, value: Json) -> None:
        request = self.node.request
        last = _prompts(request)[-1:]
        if not last:
            raise EditError('there is no prompt in this request')
        changed = dataclasses.replace(last[0], content=content_of(value))
        parts = [changed if part is last[0] else part for part in request.parts]
        self._replace_request(dataclasses.replace(request, parts=parts))

    def _replace_request(self, request: ModelRequest) -> None:
        if self._in_history:
            self.history[-1] = request
        self.node.request = request

    def _take_messages(self, value: Json) -> None:
        messages = messages_of(value, self._sent)
        if not messages or not isinstance(messages[-1], ModelRequest):
            raise EditError('the last message has to be a request')
        self.history[:] = messages if self._in_history else messages[:-1]
        self.node.request = messages[-1]

    def answer(self, kind: AnswerKind, text: str) -> Answer:
        if kind not in self.answers:
            return super().answer(kind, text)
        response = response_of(parsed_or_text(text), ModelResponse(parts=[]))
        self.run.plan = dataclasses.replace(self.run.plan, answer=response)
        return Answer(kind, response)


class HeldResponse(HeldNode):
    """A `CallToolsNode`: the response that it works on is the last message of the history."""

    @property
    def answers(self) -> tuple[AnswerKind, ...]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return ('value',) if self.retries else ()

    @property
    def _at(self) -> int | None:
        """Where the response is in the history; nowhere if the program rewrote that."""
        at = len(self.history) - 1
        return at if at >= 0 and self.history[at] is self.node.model_response else None

    @property
    def _texts(self) -> list[str]:
        return [part.content for part in self.node.model_response.parts if part.part_kind == 'text']

    @property
    def editable(self) -> tuple[str, ...]:
        return (*(('text',) if len(self._texts) == 1 else ()), 'response', 'messages')

    def drafts(self) -> Sequence[Draft]:
        response, texts = self.node.model_response, self._texts
        return [
            *([Draft('text', 'text', texts[0])] if len(texts) == 1 else []),
            Draft('response', 'json', parts_draft(response)),
            self._messages_draft(self.history[: self._at]),
        ]

    def take(self, item: str, value: Any) -> None:
        response = self.node.model_response
        match item:
            case 'text':
                parts = [
                    dataclasses.replace(part, content=value) if part.part_kind == 'text' else part
                    for part in response.parts
                ]
                self._replace_response(dataclasses.replace(response, parts=parts))
            case 'response':
                self._replace_response(response_of(value, response))
            case 'messages':
                at = self._at
                messages = messages_of(value, self.history[:at])
                self.history[:] = messages if at is None else [*messages, response]
            case _:
                super().take(item, value)

    def _replace_response(self, response: ModelResponse) -> None:
        at = self._at
        if at is not None:
            self.history[at] = response
        self.node.model_response = response

    def answer(self, kind: AnswerKind, text: str) -> Answer:
        if kind not in self.answers:
            return super().answer(kind, text)
        return Answer(kind, of_output_type(self.run.output_type, None, parsed_or_text(text)))


def planned_names(run: TrackedRun) -> tuple[str, ...]:
    """Names of `planned_drafts`."""
    return ('instructions', 'settings', *(('tools',) if run.planned_parts().tools else ()))


def planned_drafts(run: TrackedRun) -> Sequence[Draft]:
    """What of the next request is put in place when it is sent."""
    plan, parts = run.plan, run.planned_parts()
    instructions = parts.instructions if plan.instructions is None else plan.instructions
    settings = parts.settings if plan.settings is None else plan.settings
    tools: dict[str, Json] = {tool.name: tool.name not in plan.tools_off for tool in parts.tools}
    return [
        Draft('instructions', 'text', instructions or ''),
        Draft('settings', 'json', jsonable(settings or {})),
        *([Draft('tools', 'json', tools)] if tools else []),
    ]


def take_planned(run: TrackedRun, item: str, value: Any) -> bool:
    """Change what is put in place when the next request is sent; False where the item is none of it.

    Raises:
        EditError: where it is not accepted.
    """
    match item:
        case 'instructions':
            run.plan = dataclasses.replace(run.plan, instructions=value)
        case 'settings' if isinstance(value, dict):
            run.plan = dataclasses.replace(run.plan, settings=value)
        case 'tools' if isinstance(value, dict):
            switches = cast('dict[str, Json]', value)
            known: set[str] = {tool.name for tool in run.planned_parts().tools}
            if unknown := [name for name in switches if name not in known]:
                raise EditError(f'there is no tool {unknown[0]!r} in this request')
            off = frozenset(known - {name for name, on in switches.items() if on})
            run.plan = dataclasses.replace(run.plan, tools_off=off)
        case 'settings' | 'tools':
            raise EditError(f'{item} are an object')
        case _:
            return False
    return True


def _prompts(request: ModelRequest) -> list[UserPromptPart]:
    return [part for part in request.parts if isinstance(part, UserPromptPart)]


def end_with(output: object) -> Any:
    """The end of a run, with an output that the user gave."""
    return End(FinalResult(output))


_KINDS: dict[str, type[HeldNode]] = {
    'UserPromptNode': HeldPrompt,
    'ModelRequestNode': HeldRequest,
    'CallToolsNode': HeldResponse,
    'End': HeldEnd,
}


def class_for(node: object) -> type[HeldNode]:
    """How a node of this kind, or of one derived from it, is held."""
    return next((_KINDS[cls.__name__] for cls in type(node).__mro__ if cls.__name__ in _KINDS), HeldNode)
