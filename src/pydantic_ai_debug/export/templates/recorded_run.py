"""SUMMARY

The agents run again, with their real tools, on the responses that models gave then. No key and no network is needed for
the models; what tools need, they need here too. Made by `agent-debug RECORDING --export pytest`.
"""

from __future__ import annotations

import asyncio
import json
import os
import runpy
import sys
import warnings
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, RootModel
from pydantic_ai import Agent, ModelRetry
from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    RetryPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
)
from pydantic_ai.models.function import AgentInfo, DeltaThinkingPart, DeltaToolCall, FunctionModel
from pydantic_ai.profiles import ModelProfile
from pydantic_ai.toolsets import WrapperToolset
from pydantic_core import to_jsonable_python

SCRIPT = Path()
ARGUMENTS: list[str] = []
WORKING_DIRECTORY = Path()
PLACEHOLDER_KEYS: list[str] = []
"""Environment variables without which the script's own models could not even be made."""


def run_target() -> None:
    runpy.run_path(str(SCRIPT), run_name='__main__')


def test_the_agents_do_what_was_recorded(monkeypatch: pytest.MonkeyPatch, script: None) -> None:
    recorded = [RecordedRun(**fields) for fields in RECORDED]
    played = play_in_all_agents(monkeypatch, recorded)
    if SCRIPT_ERROR is None:
        with suppress(SystemExit):
            run_target()
    else:
        with pytest.raises(Exception) as raised:
            run_target()
        assert kind_of(raised.value) == SCRIPT_ERROR

    assert sorted(run.recorded.id for run in played) == sorted(run.id for run in recorded)
    for run in played:
        run.check()


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the script finds around it: its arguments, folder and siblings."""
    monkeypatch.setattr(sys, 'argv', [str(SCRIPT), *ARGUMENTS])
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    monkeypatch.chdir(WORKING_DIRECTORY)
    for name in PLACEHOLDER_KEYS:
        monkeypatch.setenv(name, os.environ.get(name, 'placeholder'))
    known = set(sys.modules)
    yield
    # `run_sync` leaves an event loop open, which would be a warning in some later test.
    with warnings.catch_warnings(), suppress(RuntimeError):
        warnings.simplefilter('ignore', DeprecationWarning)
        asyncio.get_event_loop().close()
    asyncio.set_event_loop(None)
    for name in set(sys.modules) - known:
        if Path(getattr(sys.modules[name], '__file__', None) or '.').parent == SCRIPT.parent:
            del sys.modules[name]


@dataclass(kw_only=True)
class RecordedRun:
    """A run as it went."""

    id: str
    agent: str
    model: str
    prompt: Any
    output_mode: str
    responses: list[dict[str, Any]]
    calls: list[tuple[str, Any, str]]
    """Each call of the model's: the tool, the arguments, and what came of it."""
    by_hand: dict[str, dict[str, Any]]
    """What came of calls that were answered or changed by hand, by their ids: their tools do not run here."""
    error: str | None
    """Class of what the run failed with."""
    left: bool
    """Whether the script left it before its end."""
    output: Any


@dataclass
class PlayedRun:
    """A run of the script's on the responses of a recorded one."""

    recorded: RecordedRun
    calls: list[ToolCallPart] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    asked: int = 0
    error: BaseException | None = None
    output: Any = None
    has_output: bool = False
    """Whether the output is known here: a run that the script reads as a stream tells it to the script alone."""

    def model(self) -> FunctionModel:
        profile: dict[str, Any] = {'supports_json_schema_output': True, 'supports_json_object_output': True}
        if self.recorded.output_mode in ('native', 'prompted'):
            profile['default_structured_output_mode'] = self.recorded.output_mode
        return FunctionModel(
            self.respond,
            stream_function=self.stream,
            model_name=self.recorded.model,
            profile=ModelProfile(**profile),
        )

    def respond(self, messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        """The next recorded response, whatever is asked."""
        self.note_answers(messages)
        assert self.asked < len(self.recorded.responses), f'{self.recorded.agent} asks its model more than was recorded'
        fields = self.recorded.responses[self.asked]
        self.asked += 1
        if 'raised' in fields:
            raise RecordedError(fields['raised'])
        (response,) = ModelMessagesTypeAdapter.validate_json(json.dumps([fields]))
        assert isinstance(response, ModelResponse)
        self.calls += [part for part in response.parts if isinstance(part, ToolCallPart)]
        return response

    async def stream(self, messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[Any]:
        response = self.respond(messages, info)
        if not response.parts:
            yield ''
        for index, part in enumerate(response.parts):
            match part:
                case TextPart():
                    yield part.content
                case ThinkingPart():
                    yield {index: DeltaThinkingPart(content=part.content, signature=part.signature)}
                case ToolCallPart():
                    args = part.args_as_json_str()
                    yield {index: DeltaToolCall(part.tool_name, args, tool_call_id=part.tool_call_id)}
                case _:
                    yield {index: part}

    def note_answers(self, messages: list[ModelMessage]) -> None:
        """Take down what came of calls, as the model is told."""
        for message in messages:
            for part in message.parts if isinstance(message, ModelRequest) else ():
                if isinstance(part, RetryPromptPart):
                    self.answers[part.tool_call_id] = 'retry'
                elif isinstance(part, ToolReturnPart):
                    self.answers[part.tool_call_id] = getattr(part, 'outcome', 'success')

    def check(self) -> None:
        recorded = self.recorded
        if not recorded.left:
            if self.error is not None and recorded.error is None:
                raise AssertionError(f'{recorded.agent} fails') from self.error
            assert (kind_of(self.error) if self.error is not None else None) == recorded.error
        assert self.asked == len(recorded.responses), f'{recorded.agent} asked its model less than was recorded'
        went = [
            (call.tool_name, arguments(call.args), outcome(self.answers.get(call.tool_call_id))) for call in self.calls
        ]
        assert went == recorded.calls
        if self.has_output:
            assert masked(plain(self.output), recorded.output) == recorded.output


class RecordedError(Exception):
    """What a model raised, of whatever class that was."""


class ByHand(WrapperToolset[Any]):
    """Tools that do not run for calls that were answered by hand."""

    answers: Mapping[str, dict[str, Any]] = {}

    async def call_tool(self, name: str, tool_args: dict[str, Any], ctx: Any, tool: Any) -> Any:
        answer = self.answers.get(ctx.tool_call_id)
        if answer is None:
            return await super().call_tool(name, tool_args, ctx, tool)
        if answer['outcome'] == 'retry':
            raise ModelRetry(answer['result'])
        return answer['result']


def play_in_all_agents(monkeypatch: pytest.MonkeyPatch, recorded: list[RecordedRun]) -> list[PlayedRun]:
    """Have every run of an agent play a recorded one; the list is of those that were started."""
    played: list[PlayedRun] = []
    waiting = list(recorded)
    open_run = Agent.iter
    monkeypatch.setattr(ByHand, 'answers', {call: answer for run in recorded for call, answer in run.by_hand.items()})

    # No variable here holds the agent alone: pydantic-ai would take its name for that of an agent without one.
    @asynccontextmanager
    async def iter_played(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        run = PlayedRun(claim(waiting, args[0].name, args[1] if len(args) > 1 else kwargs.get('user_prompt')))
        played.append(run)
        replaced: dict[str, Any] = {'model': run.model()}
        if run.recorded.by_hand:
            replaced['tools'] = []
            replaced['toolsets'] = [ByHand(one) for one in (*args[0].toolsets, *(kwargs.get('toolsets') or ()))]
        opened = None
        try:
            with args[0].override(**replaced):
                async with open_run(*args, **{**kwargs, 'model': replaced['model']}) as opened:
                    yield opened
        except BaseException as error:
            run.error = error
            raise
        finally:
            if opened is not None:
                run.note_answers(opened.all_messages())
                if opened.result is not None:
                    run.output, run.has_output = opened.result.output, True

    monkeypatch.setattr(Agent, 'iter', iter_played)
    return played


def claim(waiting: list[RecordedRun], agent: str | None, prompt: object) -> RecordedRun:
    """Take the recorded run that fits an agent and its prompt best."""
    named = [run for run in waiting if agent in (None, run.agent)]
    assert named, f'this run of {agent or "an agent"} was not recorded'
    found = next((run for run in named if run.prompt == plain(prompt)), named[0])
    waiting.remove(found)
    return found


def arguments(args: Any) -> Any:
    """Arguments of a call as JSON, or as the text that a model wrote where that is none."""
    if not isinstance(args, str):
        return args or {}
    try:
        return json.loads(args)
    except ValueError:
        return args


def outcome(answer: str | None) -> str:
    """What came of a call, in one word for all versions of pydantic-ai."""
    return {None: 'unanswered', 'success': 'returned', 'retried': 'retry'}.get(answer, str(answer))


def plain(value: Any) -> Any:
    """A value as JSON, objects by the fields they store."""
    match value:
        case RootModel():
            return plain(value.root)
        case BaseModel():
            excluded = {name for name, info in type(value).model_fields.items() if info.exclude}
            return {name: plain(item) for name, item in value if name not in excluded}
        case _ if hasattr(type(value), '__dataclass_fields__'):
            return {name: plain(getattr(value, name)) for name in type(value).__dataclass_fields__}
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
        case _:
            return to_jsonable_python(value, fallback=str, inf_nan_mode='strings', bytes_mode='base64')


def masked(value: Any, recorded: Any) -> Any:
    """A value that hides what the recording hides: secrets are not in it."""
    match value, recorded:
        case dict(), dict():
            return {key: masked(item, recorded.get(key)) for key, item in value.items()}
        case list(), list() if len(value) == len(recorded):
            return [masked(item, like) for item, like in zip(value, recorded, strict=True)]
        case _, str() if '••••••••' in recorded:
            return recorded
        case _:
            return value


def kind_of(error: BaseException) -> str:
    """The class of an error, with its module unless that goes without saying."""
    if isinstance(error, RecordedError):
        return str(error)
    kind = type(error)
    return (
        kind.__qualname__ if kind.__module__ in ('builtins', '__main__') else f'{kind.__module__}.{kind.__qualname__}'
    )


SCRIPT_ERROR: str | None = None
"""Class of the error that ended the script."""

RECORDED: list[dict[str, Any]] = []
