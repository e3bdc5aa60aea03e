"""One agent run as it is watched: which node is open, which tools run, how it ended.

Turns what the hooks see into events. Whether and where the run waits is decided elsewhere. A fault in here becomes an
event and the user's run goes on.
"""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

from pydantic_ai.messages import ModelMessage, ModelResponse, ToolCallPart
from pydantic_ai.tools import DeferredToolRequests

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Event, Outcome
from pydantic_ai_debug.protocol.values import Value, ValueRoot

from . import errors
from .answers import answered_calls, stored_error
from .contents import RunContents, model_name, usage_json
from .deltas import StreamItem
from .pricing import Pricing
from .snapshot import child_at, picture
from .wire import jsonable, masked_json

if TYPE_CHECKING:
    from pydantic_ai.models import ModelRequestParameters
    from pydantic_ai.run import AgentRun

    from .channel import Channel

P = ParamSpec('P')


def _guarded(report: Callable[Concatenate[TrackedRun, P], None]) -> Callable[Concatenate[TrackedRun, P], None]:
    """A report that fails must not fail the user's run."""

    @functools.wraps(report)
    def guarded(run: TrackedRun, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            report(run, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is ours, and the user's run goes on
            run.emit(ev.Fault(f'{report.__name__}: {type(error).__name__}: {error}', traceback.format_exc()))

    return guarded


@dataclass(frozen=True)
class Caller:
    """The tool call inside which code runs."""

    run: TrackedRun
    call: str


current_caller: ContextVar[Caller | None] = ContextVar('agent_debug_caller', default=None)
"""Set around each tool call, so that a run started inside it knows its parent, in worker threads too."""


class TrackedRun:
    """The reports of one run, made in the run's own event loop."""

    def __init__(self, run_id: str, agent: object, caller: Caller | None, channel: Channel) -> None:
        self.id = run_id
        self.caller = caller
        self.node = 0
        """Index of the node that is open, or of the one that comes next."""
        self.waited = 0.0
        """Seconds this run and the runs inside it have waited at stops."""
        self._channel = channel
        self._agent_run: AgentRun[Any, Any] | None = None
        self._contents = RunContents(run_id, agent)
        self._pricing = Pricing()
        self._open: str | None = None
        """Kind of the node that is open."""
        self._opened_at = 0.0
        self._opened_waited = 0.0
        self._settled_calls: set[str] = set()
        """Tool calls of the open node that were reported as finished."""

    @property
    def parent(self) -> str | None:
        return self.caller.run.id if self.caller is not None else None

    def emit(self, event: Event) -> None:
        self._channel.post(event)

    @_guarded
    def begin(self, agent_run: AgentRun[Any, Any], agent_name: str, prompt: object, output_type: str) -> None:
        """Report the run and the state it begins with."""
        self._agent_run = agent_run
        self.emit(
            ev.RunStarted(
                run=self.id,
                parent=self.parent,
                parent_call=self.caller.call if self.caller is not None else None,
                agent=agent_name,
                model=model_name(agent_run.ctx.deps.model),
                prompt=jsonable(prompt),
                output_type=output_type,
            )
        )
        self.sync()

    @_guarded
    def end(self, error: BaseException | None) -> None:
        """Report how the run ended, and let go of the user's objects."""
        agent_run, self._agent_run = self._agent_run, None
        if agent_run is None:
            return
        self._sync(agent_run)
        result = agent_run.result if error is None else None
        if error is None and result is None:
            # The program caught what a node raised.
            error = stored_error(agent_run)
        self._finish_node('End' if result is not None else None)
        if result is not None:
            self._report_result(usage_json(agent_run.ctx.state.usage), result.output)
        elif error is not None:
            self.emit(ev.RunFailed(self.id, errors.describe(error), errors.is_cancellation(error)))
        else:
            left = ev.ErrorInfo('left early', 'the script left the run before its end', '')
            self.emit(ev.RunFailed(self.id, left, cancelled=True))

    def _report_result(self, usage: ev.Json, output: object) -> None:
        value, shown, pricing = jsonable(output), picture(output), self._pricing
        # The cost is known once the writer thread has priced the responses before it.
        self._channel.post(lambda: ev.RunFinished(self.id, value, usage, pricing.cost, shown))

    # Nodes

    def is_open(self, kind: str) -> bool:
        return self._open == kind

    def open_node(self, kind: str) -> None:
        """A node begins. The one before it may still be open where pydantic-ai ran no hook at its end."""
        if self._open is not None:
            self.close_node(kind)
        self._open = kind
        self._opened_at = self._channel.now
        self._opened_waited = self.waited
        if kind != 'SetFinalResult':
            # A streamed run calls its tools between its request and this node.
            self._settled_calls = set()
        self.emit(ev.NodeStarted(self.id, self.node, kind))

    def close_node(self, next_kind: str) -> None:
        """The open node ended; report what it added."""
        self.sync()
        self._finish_node(next_kind)

    def _finish_node(self, next_kind: str | None) -> None:
        if self._open is None:
            return
        duration = self._channel.now - self._opened_at - (self.waited - self._opened_waited)
        self.emit(ev.NodeFinished(self.id, self.node, self._open, round(max(duration, 0.0), 6), next_kind))
        self._open = None
        self.node += 1

    def add_waited(self, seconds: float) -> None:
        """Count a wait at a stop against this run and the runs it is inside."""
        run: TrackedRun | None = self
        while run is not None:
            run.waited += seconds
            run = run.caller.run if run.caller is not None else None

    # History, state, values

    @_guarded
    def sync(self) -> None:
        """Report what changed of the run's history and state."""
        if self._agent_run is not None:
            self._sync(self._agent_run)

    def _sync(self, agent_run: AgentRun[Any, Any]) -> None:
        ctx = agent_run.ctx
        self._report_history(ctx.state.message_history)
        if self._open == 'CallToolsNode':
            self._settle_calls(agent_run)
        if self._open is not None and agent_run.result is not None:
            self._settle_deferred(agent_run.result.output)
        changed = self._contents.state_change(ctx.state, ctx.deps.user_deps, self.node)
        if changed is not None:
            self.emit(changed)

    def _report_history(self, history: Sequence[ModelMessage]) -> None:
        changed, responses = self._contents.history_change(history, self.node)
        if changed is not None:
            self.emit(changed)
        if responses:
            node = self.node
            self._channel.post(lambda: self._priced(responses, node))

    def _priced(self, responses: Sequence[ModelResponse], node: int) -> Event | None:
        """Runs in the writer thread."""
        before = self._pricing.cost
        for response in responses:
            self._pricing.add(response)
        cost = self._pricing.cost
        return ev.State(self.id, node, cost=cost) if cost is not None and cost != before else None

    def open_value(self, root: ValueRoot, path: tuple[int, ...], start: int) -> Value | None:
        """A deeper picture of something inside the run's objects; None where it is gone."""
        agent_run = self._agent_run
        if agent_run is None:
            return None
        value: object
        match root:
            case 'deps':
                value = agent_run.ctx.deps.user_deps
            case 'metadata':
                value = agent_run.ctx.state.metadata
            case 'output':
                value = agent_run.result.output if agent_run.result is not None else None
        try:
            for index in path:
                value = child_at(value, index)
        except Exception:  # noqa: BLE001 - the user's objects may have changed in any way since they were pictured
            return None
        return picture(value, start=start)

    # Requests and streams

    @_guarded
    def report_request(
        self, model: object, messages: Sequence[ModelMessage], settings: object, parameters: ModelRequestParameters
    ) -> None:
        """Report what a model request sends, at the moment it is sent."""
        if not self.is_open('ModelRequestNode'):
            self.open_node('ModelRequestNode')
        self.sync()
        self.emit(self._contents.request(model, messages, settings, parameters, self.node))

    @_guarded
    def report_planned_request(self, next_node: object) -> None:
        """Report what the request of a node that has not run will send, as far as that is known."""
        if self._agent_run is not None:
            self.emit(self._contents.planned_request(self._agent_run, next_node, self.node))

    def report_stream(self, event: object) -> None:
        self._channel.post(StreamItem(self.id, self.node, event), soon=True)

    # Tools

    @_guarded
    def start_tool(self, call: ToolCallPart, args: object, kind: str) -> None:
        if self._open is None:
            self.open_node('CallToolsNode')
        self.emit(ev.ToolStarted(self.id, self.node, call.tool_call_id, call.tool_name, masked_json(args), kind))

    @_guarded
    def finish_tool(self, call: ToolCallPart, args: object, outcome: Outcome, result: object, duration: float) -> None:
        self._settled_calls.add(call.tool_call_id)
        self.emit(
            ev.ToolFinished(
                run=self.id,
                node=self.node,
                call=call.tool_call_id,
                tool=call.tool_name,
                args=masked_json(args),
                outcome=outcome,
                result=masked_json(result),
                duration=round(max(duration, 0.0), 6),
            )
        )

    def _settle_calls(self, agent_run: AgentRun[Any, Any]) -> None:
        """Report the calls that ran no tool."""
        for answered in answered_calls(agent_run):
            if answered.call.tool_call_id not in self._settled_calls:
                self.start_tool(answered.call, answered.args, answered.kind)
                self.finish_tool(answered.call, answered.args, answered.outcome, answered.content, 0.0)

    def _settle_deferred(self, output: object) -> None:
        """Report the calls that a run ends with, for others to answer."""
        if isinstance(output, DeferredToolRequests):
            for call in (*output.calls, *output.approvals):
                if call.tool_call_id not in self._settled_calls:
                    self.start_tool(call, call.args, 'external' if call in output.calls else 'unapproved')
                    self.finish_tool(call, call.args, 'deferred', None, 0.0)
