"""Tool calls that never reach the tool hooks, read from the answers that pydantic-ai wrote for them.

Output tools, calls whose arguments fail validation, and those that are skipped or denied run no tool.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from pydantic_ai.exceptions import ModelRetry, ToolRetryError, UnexpectedModelBehavior
from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, ToolCallPart
from pydantic_ai.tools import DeferredToolRequests

from pydantic_ai_debug.protocol.events import Outcome

if TYPE_CHECKING:
    from pydantic_ai.run import AgentRun

_OUTCOMES: dict[str, Outcome] = {'retried': 'retry', 'failed': 'failed', 'denied': 'denied'}
"""Outcomes of a tool return, where the version writes them."""

_SKIPPED = ('Tool not executed', 'Output tool not used')
"""How the answers begin that pydantic-ai writes for calls it passes over."""

_ANSWERS = frozenset({'tool-return', 'retry-prompt'})
"""Kinds of parts that answer calls."""

_FINAL = 'Final result processed.'
"""What it writes for the call of an output tool that ends the run."""


@dataclass(frozen=True)
class AnsweredCall:
    """A tool call of the last response, and its answer."""

    call: ToolCallPart
    args: object
    kind: str
    outcome: Outcome
    content: object


def answered_calls(
    agent_run: AgentRun[Any, Any], history: Sequence[ModelMessage], settled: Set[str], following: object = None
) -> Iterator[AnsweredCall]:
    """The calls of the last response that have an answer, in the run's history or in the request that comes next.

    Those that are settled are passed over. The next request is told where the run does not know it yet.
    """
    response = next((message for message in reversed(history) if isinstance(message, ModelResponse)), None)
    if response is None:
        return
    calls = {call.tool_call_id: call for call in _calls(response) if call.tool_call_id not in settled}
    if not calls:
        return
    for part in _answers(agent_run, history, following):
        call = calls.pop(part.tool_call_id, None) if _has_id(part) else None
        if call is not None:
            yield AnsweredCall(
                call, _parsed_args(call), _kind(agent_run, call.tool_name), _outcome(part), _content(part)
            )


def answered_before(history: Sequence[ModelMessage]) -> set[str]:
    """The calls of the last response that are answered in a run's history already, by id.

    Where a run goes on with deferred calls, its tools answer some of a response that others were answered of before.
    """
    found: set[str] = set()
    for message in reversed(history):
        if isinstance(message, ModelResponse):
            break
        found |= {part.tool_call_id for part in _parts(message) if _part_kind(part) in _ANSWERS and _has_id(part)}
    return found


def streamed_calls(agent_run: AgentRun[Any, Any], response: ModelResponse, final: Any) -> Iterator[AnsweredCall]:
    """The calls of the response that a streamed run ends with: what answers them is in no history of the run's."""
    early = agent_run.ctx.deps.end_strategy == 'early'
    deferred = {answered.call.tool_call_id for answered in deferred_calls(final.output)}
    for call in _calls(response):
        if call.tool_call_id in deferred:
            continue
        kind = _kind(agent_run, call.tool_name)
        outcome: Outcome = 'skipped' if early or kind == 'output' else 'retry'
        content = None
        if call.tool_call_id == final.tool_call_id:
            outcome, content = 'returned', _FINAL
        yield AnsweredCall(call, _parsed_args(call), kind, outcome, content)


def deferred_calls(output: object) -> Iterator[AnsweredCall]:
    """The calls that a run ends with, for others to answer."""
    if isinstance(output, DeferredToolRequests):
        for kind, calls in (('external', output.calls), ('unapproved', output.approvals)):
            for call in calls:
                yield AnsweredCall(call, _parsed_args(call), kind, 'deferred', None)


def rejected_output(
    agent_run: AgentRun[Any, Any], response: ModelResponse, error: BaseException
) -> Iterator[AnsweredCall]:
    """The call of an output tool for which a streamed run fails, since it cannot ask the model for another."""
    cause = error.__cause__
    if isinstance(error, UnexpectedModelBehavior) and isinstance(cause, (ValidationError, ModelRetry)):
        for call in _calls(response):
            if _kind(agent_run, call.tool_name) == 'output':
                yield AnsweredCall(call, _parsed_args(call), 'output', 'retry', str(cause))
                return


def refuses_output(error: BaseException) -> bool:
    """Whether this is what `run_stream` fails with where its output is not valid; older versions raise a retry as it came."""
    if isinstance(error, UnexpectedModelBehavior):
        return isinstance(error.__cause__, (ValidationError, ModelRetry))
    return isinstance(error, ToolRetryError)


def refuses_last_output(agent_run: AgentRun[Any, Any], node: object, error: BaseException) -> bool:
    """Whether a node failed since the output that it was to take was refused, and no retry was left to ask for."""
    response = getattr(node, 'model_response', None)
    if response is None or not refuses_output(error):
        return False
    return all(_kind(agent_run, call.tool_name) == 'output' for call in _calls(response))


def refusals(state: Any, deps: Any) -> Iterator[tuple[str | None, int, int]]:
    """What was refused in the step that ends: a tool's name, or None for the output, with the retries used and allowed."""
    manager: Any = deps.tool_manager
    tools: dict[str, Any] = manager.tools or {}
    for name in manager.failed_tools:
        tool = tools.get(name)
        allowed = manager.default_max_retries if tool is None else tool.max_retries
        is_output = tool is not None and tool.tool_def.kind == 'output'
        yield None if is_output else name, manager.ctx.retries.get(name, 0) + 1, allowed
    # Renamed in version 2.
    used = getattr(state, 'output_retries_used', getattr(state, 'retries', 0))
    yield None, used, getattr(deps, 'max_output_retries', getattr(deps, 'max_result_retries', 0))


def _calls(response: ModelResponse) -> Iterator[ToolCallPart]:
    return (part for part in response.parts if isinstance(part, ToolCallPart) and _has_id(part))


def _parts(message: object) -> list[Any]:
    """What a request holds; a history of the program's making may hold anything in any place."""
    return [*message.parts] if isinstance(message, ModelRequest) else []


def _part_kind(part: object) -> object:
    return _field(part, 'part_kind')


def _has_id(part: object) -> bool:
    return type(_field(part, 'tool_call_id')) is str


def _field(part: object, name: str) -> object:
    try:
        return getattr(part, name, None)
    except Exception:  # noqa: BLE001 - one of the program's making may raise anything
        return None


def stored_error(agent_run: AgentRun[Any, Any]) -> BaseException | None:
    """What a node of the run raised, read where it lies: `next_node` would raise it once more, and mark it."""
    graph_run: Any = agent_run._graph_run  # pyright: ignore[reportPrivateUsage]
    error = getattr(graph_run.next_task, 'error', None)
    return error if isinstance(error, BaseException) else None


def asks_for_text_again(node: object) -> bool:
    """Whether a request asks the model for another answer than the text it gave."""
    parts: list[Any] = getattr(getattr(node, 'request', None), 'parts', [])
    return any(_part_kind(part) == 'retry-prompt' and part.tool_name is None for part in parts)


def _answers(agent_run: AgentRun[Any, Any], history: Sequence[ModelMessage], following: object) -> list[Any]:
    if following is None and stored_error(agent_run) is None:
        following = getattr(agent_run.next_node, 'request', None)
    return [part for request in (*history[-1:], following) for part in _parts(request)]


def _outcome(part: Any) -> Outcome:
    if _part_kind(part) == 'retry-prompt':
        return 'retry'
    if isinstance(part.content, str) and part.content.startswith(_SKIPPED):
        return 'skipped'
    return _OUTCOMES.get(getattr(part, 'outcome', ''), 'returned')


def _content(part: Any) -> object:
    return part.model_response() if _part_kind(part) == 'retry-prompt' else part.content


def _parsed_args(call: ToolCallPart) -> object:
    try:
        return call.args_as_dict()
    except Exception:  # noqa: BLE001 - arguments that are no JSON are shown as the model wrote them
        return call.args


def _kind(agent_run: AgentRun[Any, Any], name: str) -> str:
    manager = agent_run.ctx.deps.tool_manager
    definition = manager.get_tool_def(name) if manager.tools else None
    return definition.kind if definition is not None else 'function'
