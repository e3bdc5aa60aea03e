"""What a run holds that grows or changes: history, state, requests. Says what is new since it was last reported.

Sending what was added, never the whole, keeps the cost of a step independent of the length of the run.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Json

from .captures import NO_ITEMS, Capture, CaptureList, Unchanged, captured, holds_same
from .insides import type_name, type_of
from .own_fields import fields_by_name
from .planned import SentParts, fixed_parts, planned_messages, text_schema
from .secrets import masked
from .snapshot import picture
from .wire import jsonable, masked_json_text, message_text, tools_text

if TYPE_CHECKING:
    from pydantic_ai.models import ModelRequestParameters
    from pydantic_ai.run import AgentRun


class RunContents:
    """What of one run's contents was reported."""

    def __init__(self, run: str, agent: object) -> None:
        self._run = run
        self._agent = agent
        self._history: list[ModelMessage] = []
        self._captures: dict[int, Capture] = {}
        """Of the messages that were reported since the last request, by their identity."""
        self._tools = Unchanged(tools_text)
        self._output_tools = Unchanged(tools_text)
        self._sent: list[ModelMessage] = []
        """The messages of the last model request."""
        self._parts: SentParts | None = None
        """The rest of it."""
        self._counters: tuple[object, ...] = ()
        """The run's usage as it was last looked at."""
        self._state: dict[str, object] = {}
        """The fields of `state` events, as they were last reported."""

    def history_change(
        self, history: Sequence[ModelMessage], node: int
    ) -> tuple[ev.Messages | None, list[ModelResponse]]:
        """The event for what changed of the history, and the responses that are new in it."""
        kept, known = _common_length(self._history, history), len(self._history)
        if kept == len(history) == len(self._history):
            return None, []
        added = list(history[kept:])
        replaced = kept < len(self._history)
        self._history[kept:] = added
        # One that takes the place of another was answered, and paid for, before.
        responses = [message for message in history[max(known, kept) :] if isinstance(message, ModelResponse)]
        captures = [Capture(message, message_text) for message in added]
        self._captures.update(zip(map(id, added), captures, strict=True))
        return ev.Messages(self._run, node, CaptureList(captures), replaced, kept), responses

    def state_change(self, state: Any, deps: object, node: int) -> ev.State | None:
        """The event for what changed of usage, step, retries, metadata and deps."""
        known = self._state
        changed: dict[str, Any] = {}
        counters = _counters(state.usage)
        if counters != self._counters:
            self._counters = counters
            usage = usage_json(state.usage)
            if usage != known.get('usage'):
                changed['usage'] = usage
        if state.run_step != known.get('run_step'):
            changed['run_step'] = state.run_step
        # Renamed in version 2.
        retries = getattr(state, 'output_retries_used', getattr(state, 'retries', None))
        if isinstance(retries, int) and retries != known.get('retries'):
            changed['retries'] = retries
        for name, value in (('metadata', state.metadata), ('deps', deps)):
            if value is not None and (shown := picture(value)) != known.get(name):
                changed[name] = shown
        if not changed:
            return None
        known.update(changed)
        return ev.State(self._run, node, **changed)

    def request(
        self,
        model: object,
        messages: Sequence[ModelMessage],
        settings: object,
        parameters: ModelRequestParameters,
        node: int,
    ) -> ev.Request:
        """The event for a request that is being sent, right after the history was looked at."""
        self._parts = SentParts(
            instructions=_instructions(messages),
            settings=settings,
            tools=parameters.function_tools,
            output_tools=parameters.output_tools,
            native_tools=_native_tools(parameters),
            output_mode=str(parameters.output_mode),
            allow_text_output=parameters.allow_text_output,
            output_schema=text_schema(parameters.output_mode, parameters.output_object),
        )
        event = self._request_event(ev.Request, model, messages, self._parts, node)
        self._sent = list(messages)
        self._captures.clear()
        return event

    def planned_request(self, agent_run: AgentRun[Any, Any], next_node: object, node: int) -> ev.Request:
        """The event for the request that `next_node` is going to send."""
        parts = self.planned_parts(agent_run)
        messages = planned_messages(agent_run, next_node)
        return self._request_event(ev.RequestPlanned, agent_run.ctx.deps.model, messages, parts, node)

    def planned_parts(self, agent_run: AgentRun[Any, Any]) -> SentParts:
        """What of the next request is known besides its messages: as it was sent last, or as it is fixed."""
        return self._parts or fixed_parts(agent_run, self._agent)

    def _request_event(
        self, event: type[ev.Request], model: object, messages: Sequence[ModelMessage], parts: SentParts, node: int
    ) -> ev.Request:
        kept, known = _common_length(self._sent, messages), self._captures
        return event(
            run=self._run,
            node=node,
            model=model_name(model),
            messages=CaptureList(
                [captured(message, message_text, known.get(id(message))) for message in messages[kept:]]
            ),
            kept=kept,
            instructions=masked(parts.instructions),
            tools=self._tools.json(parts.tools),
            output_tools=self._output_tools.json(parts.output_tools),
            settings=Capture(parts.settings, masked_json_text) if parts.settings else None,
            native_tools=Capture(parts.native_tools, masked_json_text) if parts.native_tools else NO_ITEMS,
            output_mode=parts.output_mode,
            allow_text_output=parts.allow_text_output,
            output_schema=None if parts.output_schema is None else jsonable(parts.output_schema),
        )


def model_name(model: object) -> str:
    """A model's name as users write it, such as `gpt-5.2`."""
    try:
        name = getattr(model, 'model_name', None)
    except Exception:  # noqa: BLE001 - a property of the program's
        name = None
    if isinstance(name, str):
        return name
    return model if isinstance(model, str) else type_name(model)


def usage_json(usage: object) -> dict[str, Json]:
    """Counters by name; zeros and what is no counter left out."""
    shown: dict[str, Json] = {}
    for name, value in fields_by_name(usage).items():
        if type(value) is int or type(value) is float:
            if value:
                shown[name] = value
        elif value is not None and value != {}:
            # Hardly ever.
            return _odd_usage_json(usage)
    return shown


def _odd_usage_json(usage: object) -> dict[str, Json]:
    """The same where there is more than counts."""
    fields = cast('dict[str, Json]', jsonable(usage))
    return {name: value for name, value in fields.items() if isinstance(value, (int, float, dict, str)) and value}


def _counters(usage: Any) -> tuple[object, ...]:
    """A run's usage as it is, to see whether it changes: that costs less than to write it."""
    return tuple([value.copy() if type_of(value) is dict else value for value in fields_by_name(usage).values()])


def _common_length(known: Sequence[ModelMessage], messages: Sequence[ModelMessage]) -> int:
    """How many leading messages are the same objects, or hold the same."""
    if not known or _is_beginning(known, messages):
        return len(known)
    length = 0
    with contextlib.suppress(AttributeError, RuntimeError, ValueError):
        for old, new in zip(known, messages, strict=False):
            if not holds_same(old, new):
                break
            length += 1
    return length


def _is_beginning(known: Sequence[ModelMessage], messages: Sequence[ModelMessage]) -> bool:
    """Whether messages begin with those that are known, as they mostly do: no code of the program's is asked then."""
    count = len(known)
    if count > len(messages) or known[0] is not messages[0] or known[-1] is not messages[count - 1]:
        return False
    try:
        # Lists are compared much faster than their items one by one.
        return known == (messages if len(messages) == count else messages[:count])
    except Exception:  # noqa: BLE001 - one in the midst is another, and holds what compares as its author likes
        return False


def _instructions(messages: Sequence[ModelMessage]) -> str | None:
    for message in reversed(messages):
        if isinstance(message, ModelRequest):
            return message.instructions
    return None


def _native_tools(parameters: ModelRequestParameters) -> list[Any]:
    # Versions before 1.100 call them built-in tools; asking a newer one for that name is deprecated.
    return parameters.native_tools if hasattr(parameters, 'native_tools') else vars(parameters)['builtin_tools']
