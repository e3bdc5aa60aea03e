"""A model that says what it is told to: agents stream, think and call tools with no key and no network.

It answers the first request of a run with the first turn of its script, the second request with the second turn, and
any request after the end with the last turn, whatever it is asked; a turn may be a function of the messages. Everything around it (tools, validation, retries,
the graph) is pydantic-ai's own. Knows nothing of the debugger.

Responses are streamed piece by piece at about the speed of a real model. `AGENT_DEBUG_DEMO_PACE` in the environment
multiplies every pause: 1 is the default, 2 is half as fast, 0 is no pause at all.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic_ai import RunContext
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ThinkingPart, ToolCallPart
from pydantic_ai.models import ModelRequestParameters, StreamedResponse
from pydantic_ai.models.function import (
    AgentInfo,
    DeltaThinkingCalls,
    DeltaThinkingPart,
    DeltaToolCall,
    DeltaToolCalls,
    FunctionModel,
)
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

PACE = float(os.environ.get('AGENT_DEBUG_DEMO_PACE', '1'))
TOKENS_PER_SECOND = 80
CHARACTERS_PER_TOKEN = 4

_PIECES = re.compile(r'\s*(?:\w{1,7}|[^\w\s]{1,5})|\s+')
_call_numbers = itertools.count(1)


@dataclass(frozen=True)
class Think:
    """A part of a turn: what the model thinks."""

    text: str


@dataclass(frozen=True)
class Say:
    """A part of a turn: what the model writes."""

    text: str


@dataclass(init=False)
class Call:
    """A part of a turn: a call of a tool, or of `final_result` to give a structured output."""

    tool: str
    args: dict[str, object]

    def __init__(self, tool: str, **args: object) -> None:
        self.tool = tool
        self.args = args


Turn: TypeAlias = Sequence[Think | Say | Call]
Script: TypeAlias = Sequence[Turn | Callable[[list[ModelMessage]], Turn]]


async def pause(seconds: float) -> None:
    """Stand in for the time that a network would take."""
    await asyncio.sleep(seconds * PACE)


class ScriptedModel(FunctionModel):
    """Plays a script, a list of turns, in every run that it serves."""

    def __init__(self, model_name: str, script: Script) -> None:
        super().__init__(function=self._respond, stream_function=self._stream, model_name=model_name)
        self._script = script

    def _turn(self, messages: list[ModelMessage]) -> Turn:
        answered = sum(isinstance(message, ModelResponse) for message in messages)
        turn = self._script[min(answered, len(self._script) - 1)]
        return turn(messages) if callable(turn) else turn

    async def _stream(
        self, messages: list[ModelMessage], _info: AgentInfo
    ) -> AsyncIterator[str | DeltaToolCalls | DeltaThinkingCalls]:
        """Stream a turn; its pace is uneven as a real model's, and the same each time."""
        turn = self._turn(messages)
        jitter = random.Random(repr(turn))
        await pause(jitter.uniform(0.3, 0.6))
        for index, part in enumerate(turn):
            if isinstance(part, Call):
                yield {index: DeltaToolCall(part.tool, tool_call_id=_new_call_id())}
            for piece in _pieces(part):
                await pause(jitter.uniform(0.4, 1.6) / TOKENS_PER_SECOND)
                if isinstance(part, Say):
                    yield piece
                elif isinstance(part, Think):
                    yield {index: DeltaThinkingPart(content=piece)}
                else:
                    yield {index: DeltaToolCall(json_args=piece)}

    async def _respond(self, messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        """Give a turn whole, after the time that streaming it would take."""
        turn = self._turn(messages)
        output_tokens = sum(len(_pieces(part)) for part in turn)
        await pause(0.5 + output_tokens / TOKENS_PER_SECOND)
        input_tokens = _count_input_tokens(messages, info.model_request_parameters)
        return ModelResponse(
            parts=[_whole(part) for part in turn],
            usage=RequestUsage(input_tokens=input_tokens, output_tokens=output_tokens),
        )

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[Any] | None = None,
    ) -> AsyncGenerator[StreamedResponse, None]:
        """Stream as `FunctionModel` does, counting the input too, which it takes to be 50 tokens."""
        async with super().request_stream(messages, model_settings, model_request_parameters, run_context) as response:
            # The attribute that every streamed response counts on; there is no public way to set it.
            usage = response._usage  # pyright: ignore[reportPrivateUsage]
            usage.input_tokens = _count_input_tokens(messages, model_request_parameters)
            yield response


def _new_call_id() -> str:
    return f'call_{next(_call_numbers):04d}'


def _pieces(part: Think | Say | Call) -> list[str]:
    """The text of a part in pieces of about a token."""
    text = json.dumps(part.args, ensure_ascii=False, separators=(',', ':')) if isinstance(part, Call) else part.text
    return _PIECES.findall(text)


def _whole(part: Think | Say | Call) -> ThinkingPart | TextPart | ToolCallPart:
    if isinstance(part, Think):
        return ThinkingPart(part.text)
    if isinstance(part, Say):
        return TextPart(part.text)
    return ToolCallPart(part.tool, part.args, tool_call_id=_new_call_id())


def _count_input_tokens(messages: list[ModelMessage], parameters: ModelRequestParameters) -> int:
    """A rough count of what a request sends: instructions, messages and the schemas of the tools."""
    texts = [json.dumps(tool.parameters_json_schema) for tool in (*parameters.function_tools, *parameters.output_tools)]
    for message in messages:
        texts.append(getattr(message, 'instructions', None) or '')
        texts.extend(str(getattr(part, 'args', None) or getattr(part, 'content', '')) for part in message.parts)
    return sum(map(len, texts)) // CHARACTERS_PER_TOKEN
