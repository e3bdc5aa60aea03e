"""What is told of one run: which node is open, which tools run, what is sent and streamed, how it ended.

Turns what the hooks see into events, and holds what has been told. A fault in here becomes an event and the user's run
goes on.
"""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar
from weakref import ref

from pydantic_ai.messages import ModelMessage, ModelResponse, ToolCallPart

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.codec import rounded
from pydantic_ai_debug.protocol.events import Event, Outcome
from pydantic_ai_debug.protocol.values import Value, ValueRoot

from . import errors
from .answers import (
    AnsweredCall,
    answered_before,
    answered_calls,
    deferred_calls,
    rejected_output,
    stored_error,
    streamed_calls,
)
from .captures import Capture, captured
from .contents import RunContents, model_name, usage_json
from .deltas import Deferred, StreamPosts
from .hint_reports import HintReports
from .hints import Hints
from .pricing import Pricing
from .raised_errors import described_error
from .run_control import Waits
from .secrets import masked
from .snapshot import opened, picture
from .wire import fields_json, masked_json, masked_json_text

if TYPE_CHECKING:
    from pydantic_ai.models import ModelRequestParameters, StreamedResponse
    from pydantic_ai.run import AgentRun
    from pydantic_graph import GraphRunContext

    from .channel import Channel
    from .timeline import Checkpoint

P = ParamSpec('P')
T = TypeVar('T')
Reports = TypeVar('Reports', bound='RunReports')

_NODES_WITHOUT_REQUESTS = frozenset({'UserPromptNode', 'CallToolsNode', 'SetFinalResult'})
_KNOWN_NODES = _NODES_WITHOUT_REQUESTS | {'ModelRequestNode'}
"""Nodes of which the other events tell everything. Newer versions of pydantic-ai may have more kinds."""


def _guarded(report: Callable[Concatenate[Reports, P], T]) -> Callable[Concatenate[Reports, P], T | None]:
    """A report that fails must not fail the user's run."""

    @functools.wraps(report)
    def guarded(run: Reports, *args: P.args, **kwargs: P.kwargs) -> T | None:
        try:
            return report(run, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is ours, and the user's run goes on
            run.report_fault(report.__name__, error)
            return None

    return guarded


class RunReports:
    """The reports of one run, made in the run's own event loop."""

    def __init__(
        self,
        run_id: str,
        agent: object,
        channel: Channel,
        hints: Hints | None,
        *,
        parent: str | None,
        parent_call: str | None,
    ) -> None:
        self.id = run_id
        self.parent = parent
        self.parent_call = parent_call
        self.node = 0
        """Index of the node that is open, or of the one that comes next."""
        self.agent: Any = agent
        """The agent, until the run has ended."""
        self.agent_name = ''
        self.agent_run: AgentRun[Any, Any] | None = None
        """pydantic-ai's own run, while it is open."""
        self._graph: GraphRunContext[Any, Any] | None = None
        """The state and the deps that it keeps; asking it for them makes another object each time."""
        self.waits = Waits(lambda: channel.now)
        self.told_calls: set[str] = set()
        """Tool calls of the open node whose retry or deferral was a stop already."""
        self.told_result = False
        """Whether the final result was a stop already, while it streamed."""
        self.in_run_stream = False
        """Whether `run_stream` drives it, which reads a stream to its end by itself where the program leaves it."""
        self.handed_result = False
        """Whether the program has read the final result already, as one that `run_stream` gives, and the run only ends."""
        self.has_streamed = False
        """Whether the last request was answered by a stream."""
        self.stream_ended = False
        """Whether that stream was read to its end."""
        self._channel = channel
        self._rules = hints
        self._hints: HintReports | None = None
        """What the run is told of; None where nothing is, and before its beginning: a run that is never entered leaves no cycle."""
        self._contents = RunContents(run_id, agent)
        self._pricing = Pricing(run_id)
        self.stream_posts = StreamPosts(run_id, channel)
        self._open: str | None = None
        """Kind of the node that is open."""
        self._opened_at = 0.0
        self._opened_waited = 0.0
        self._args: dict[str, Capture] = {}
        """The arguments of tool calls that run."""
        self._settled_calls: set[str] = set()
        """Tool calls of the open node that were reported as finished."""
        self._streamed: ref[StreamedResponse] | ModelResponse | None = None
        """The response that was streamed last: the stream, not kept alive by us, and once it is closed what it held."""

    def emit(self, event: Event | Deferred) -> None:
        """Report an event of this run, or one that the writer thread makes."""
        self.stream_posts.end_series()
        self._channel.post(event)

    def report_fault(self, what: str, error: Exception) -> None:
        """Report that `what` of ours went wrong; called where the error is handled."""
        self.emit(ev.Fault(f'{what}: {type(error).__name__}: {error}', traceback.format_exc()))

    @_guarded
    def begin(self, agent_run: AgentRun[Any, Any], agent_name: str, prompt: object, output_type: str) -> None:
        """Report the run and the state it begins with."""
        if self._rules is not None:
            self._hints = HintReports(self, self._rules)
        self.agent_run = agent_run
        self._graph = agent_run.ctx
        self.agent_name = agent_name
        self.emit(
            ev.RunStarted(
                run=self.id,
                parent=self.parent,
                parent_call=self.parent_call,
                agent=agent_name,
                model=model_name(agent_run.ctx.deps.model),
                prompt=masked_json(prompt),
                output_type=output_type,
            )
        )
        self.sync()

    @_guarded
    def end(self, error: BaseException | None) -> None:
        """Report how the run ended, and let go of the user's objects."""
        agent_run, self.agent_run = self.agent_run, None
        try:
            if agent_run is not None:
                self._report_end(agent_run, error)
        finally:
            # Tasks that a tool left behind, and what waits to be written, still hold this object.
            self._contents, self._streamed, self._hints = RunContents(self.id, agent=None), None, None
            self._args.clear()
            self.agent = self._graph = None
            self.stream_posts = StreamPosts(self.id, self._channel)

    def _report_end(self, agent_run: AgentRun[Any, Any], error: BaseException | None) -> None:
        self._report_before_end(agent_run, error)
        result = agent_run.result if error is None else None
        self._tell_of_end(error, left=error is None and result is None)
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

    @_guarded
    def _report_before_end(self, agent_run: AgentRun[Any, Any], error: BaseException | None) -> None:
        self._sync(agent_run)
        response = self._streamed_response()
        if error is not None and response is not None and self.is_open('ModelRequestNode'):
            self._settle(rejected_output(agent_run, response, error))

    def _report_result(self, usage: ev.Json, output: object) -> None:
        run, value, shown, pricing = self.id, masked_json(output), picture(output), self._pricing
        # The cost is known once the writer thread has priced the responses before it.
        self.emit(lambda: ev.RunFinished(run, value, usage, pricing.cost, shown))

    @_guarded
    def tell_of_node(self, result: Any) -> None:
        """Tell of traps in what the open node came to."""
        if self._hints is not None and self._graph is not None:
            self._hints.node(result, self._graph.state, self._graph.deps)

    @property
    def has_hints(self) -> bool:
        return self._hints is not None

    @_guarded
    def tell_of_consumers(self) -> None:
        """Tell that several consumers read the open stream at the same time."""
        if self._hints is not None:
            self._hints.consumers()

    @_guarded
    def _tell_of_end(self, error: BaseException | None, left: bool) -> None:
        if self._hints is not None:
            self._hints.end(self._streamed_response(), error, left)

    # Nodes

    def is_open(self, kind: str) -> bool:
        return self._open == kind

    def open_node(self, kind: str, node: object = None) -> None:
        """A node begins. The one before it may still be open where pydantic-ai ran no hook at its end."""
        if self._open is not None:
            self.close_node(kind)
        self._open = kind
        self._opened_at = now = self._channel.now
        self._opened_waited = self.waits.seconds(now)
        if kind != 'SetFinalResult':
            # A streamed run calls its tools between its request and this node.
            self._settled_calls = self._answered_before() or set()
            self.told_calls = set()
        self._report_node(kind, node)

    @_guarded
    def _answered_before(self) -> set[str] | None:
        return answered_before(self._graph.state.message_history) if self._graph is not None else None

    @_guarded
    def _report_node(self, kind: str, node: object) -> None:
        fields = None if node is None or kind in _KNOWN_NODES else masked(fields_json(node))
        self.emit(ev.NodeStarted(self.id, self.node, kind, fields))

    def close_node(self, next_kind: str) -> None:
        """The open node ended; report what it added."""
        self.sync()
        self._finish_node(next_kind)

    def _finish_node(self, next_kind: str | None) -> None:
        if self._open is None:
            return
        now = self._channel.now
        duration = now - self._opened_at - (self.waits.seconds(now) - self._opened_waited)
        self.emit(ev.NodeFinished(self.id, self.node, self._open, rounded(max(duration, 0.0)), next_kind))
        self._open = None
        self.node += 1

    def drop_node(self) -> None:
        """The node that is open failed, and another runs in its place."""
        self.sync()
        self._finish_node(None)

    def leave_node(self, agent_run: AgentRun[Any, Any]) -> None:
        """The run goes back from the open node, which has come to nothing: its end would not say that."""
        self._sync(agent_run)
        self._open = None
        self.node += 1

    def report_rewound(self, agent_run: AgentRun[Any, Any], to: Checkpoint) -> None:
        """Report that the run is before a node again, and what it is there."""
        run, index, pricing = self.id, self.node, self._pricing
        kept, before, left, usage = to.nodes_before, to.index, to.deps.left, usage_json(agent_run.ctx.state.usage)
        if self._hints is not None:
            self._hints.went_back(kept)
        # The writer thread has priced what came before by then.
        self.emit(lambda: ev.Rewound(run, index, before, usage, pricing.back_to(kept), left))
        self.emit(lambda: pricing.state(index))
        changed, _ = self._contents.history_change(agent_run.ctx.state.message_history, self.node)
        if changed is not None:
            # What is there again was answered, and paid for, before.
            self.emit(replace(changed, replaced=True))
        self._sync(agent_run)

    # History, state, values

    @_guarded
    def sync(self) -> None:
        """Report what changed of the run's history and state."""
        if self.agent_run is not None:
            self._sync(self.agent_run)

    def _sync(self, agent_run: AgentRun[Any, Any]) -> None:
        graph = self._graph
        assert graph is not None, 'asked of an open run'
        history = graph.state.message_history
        self._report_history(history)
        if self._open == 'CallToolsNode':
            self._settle(answered_calls(agent_run, history, self._settled_calls))
        if self._open is not None and agent_run.result is not None:
            self._settle(deferred_calls(agent_run.result.output))
        changed = self._contents.state_change(graph.state, graph.deps.user_deps, self.node)
        if changed is not None:
            self.emit(changed)

    def _report_history(self, history: Sequence[ModelMessage]) -> None:
        changed, responses = self._contents.history_change(history, self.node)
        if changed is not None:
            self.emit(changed)
        if responses:
            self._count(responses)

    def _count(self, responses: Sequence[ModelResponse]) -> None:
        """Responses came into the history."""
        node, pricing = self.node, self._pricing
        self.emit(lambda: pricing.add(responses, node))

    def open_value(self, root: ValueRoot, path: tuple[int, ...], start: int) -> Value | None:
        """A deeper picture of something inside the run's objects; None where it is gone."""
        agent_run = self.agent_run
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
            case 'evaluated' | 'locals':
                return None
        return opened(value, path, start)

    # Requests and streams

    @_guarded
    def report_request(
        self, model: object, messages: Sequence[ModelMessage], settings: object, parameters: ModelRequestParameters
    ) -> ev.Request:
        """Report what a model request sends, at the moment it is sent."""
        if self._open is None or self._open in _NODES_WITHOUT_REQUESTS:
            self.open_node('ModelRequestNode')
        if self._graph is not None:
            # What it counts is reported with the end of the node.
            self._report_history(self._graph.state.message_history)
        self.told_result = self.has_streamed = self.stream_ended = False
        request = self._contents.request(model, messages, settings, parameters, self.node)
        self.emit(request)
        return request

    @_guarded
    def report_failed_request(self, error: Exception, *, opened: bool = False) -> None:
        """Report what the model raised."""
        self.emit(ev.RequestFailed(self.id, self.node, described_error(error), opened))

    @_guarded
    def report_planned_request(self, next_node: object) -> None:
        """Report what the request of a node that has not run will send, as far as that is known."""
        if self.agent_run is not None:
            self.emit(self._contents.planned_request(self.agent_run, next_node, self.node))

    def stream_opened(self, response: StreamedResponse) -> None:
        self._streamed = ref(response)
        self.has_streamed = True

    @_guarded
    def stream_closes(self) -> None:
        self._streamed = self._streamed_response()

    # Tools

    @_guarded
    def start_tool(self, call: ToolCallPart, args: object, kind: str, skipped: bool = False) -> None:
        if self._open is None:
            self.open_node('CallToolsNode')
        if self._hints is not None and not skipped:
            self._hints.call(call)
        shown = self._args[call.tool_call_id] = Capture(args, masked_json_text)
        self.emit(ev.ToolStarted(self.id, self.node, call.tool_call_id, call.tool_name, shown, kind))

    @_guarded
    def finish_tool(self, call: ToolCallPart, args: object, outcome: Outcome, result: object, duration: float) -> None:
        self._settled_calls.add(call.tool_call_id)
        if self._hints is not None and outcome == 'failed':
            self._hints.failed(result)
        self.emit(
            ev.ToolFinished(
                run=self.id,
                node=self.node,
                call=call.tool_call_id,
                tool=call.tool_name,
                args=captured(args, masked_json_text, self._args.pop(call.tool_call_id, None)),
                outcome=outcome,
                result=Capture(result, masked_json_text),
                duration=rounded(max(duration, 0.0)),
            )
        )

    @_guarded
    def settle_streamed_calls(self, final_result: object) -> None:
        """Report the calls that ran no tool of the response that a streamed run ends with."""
        response = self._streamed_response()
        if self.agent_run is not None and response is not None:
            self._settle(streamed_calls(self.agent_run, response, final_result), streamed=True)

    def _streamed_response(self) -> ModelResponse | None:
        """What has arrived of the response that was streamed last."""
        streamed = self._streamed
        if not isinstance(streamed, ref):
            return streamed
        response = streamed()
        try:
            return response.get() if response is not None else None
        except Exception:  # noqa: BLE001 - one of the program's making may raise anything
            return None

    def _settle(self, calls: Iterable[AnsweredCall], streamed: bool = False) -> None:
        """Report the calls that ran no tool."""
        settled: list[AnsweredCall] = []
        for answered in calls:
            if answered.call.tool_call_id not in self._settled_calls:
                settled.append(answered)
                self.start_tool(answered.call, answered.args, answered.kind, answered.outcome == 'skipped')
                self.finish_tool(answered.call, answered.args, answered.outcome, answered.content, 0.0)
        if settled and self._hints is not None:
            self._hints.settled(settled, streamed)
