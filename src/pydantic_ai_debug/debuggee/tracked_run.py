"""One agent run as it is watched: which node is open, which tools run, how it ended.

Turns what the hooks see into events. Whether and where the run waits is decided elsewhere. A fault in here becomes an
event and the user's run goes on.
"""

from __future__ import annotations

import asyncio
import functools
import traceback
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from pydantic_ai.messages import ModelMessage, ModelResponse, ToolCallPart

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Event, Outcome, StopAt
from pydantic_ai_debug.protocol.values import Value, ValueRoot

from . import errors
from .answers import (
    AnsweredCall,
    answered_calls,
    asks_for_text_again,
    deferred_calls,
    refusals,
    refuses_output,
    rejected_output,
    stored_error,
    streamed_calls,
)
from .capability_hooks import has_hook
from .contents import RunContents, model_name, usage_json
from .deltas import StreamItems
from .held_node import HeldNode
from .hints import Hints, Told
from .planned import SentParts
from .pricing import Pricing, budget_counters
from .request_plan import RequestPlan
from .run_control import ShownErrors, Waits
from .secrets import masked
from .snapshot import opened, picture
from .stepper import Place
from .timeline import Timeline
from .wire import fields_json, masked_json

if TYPE_CHECKING:
    from pydantic_ai.models import ModelRequestParameters, StreamedResponse
    from pydantic_ai.run import AgentRun

    from .breakpoints import Happening
    from .channel import Channel
    from .held import Back, Held

P = ParamSpec('P')
T = TypeVar('T')

_NODES_WITHOUT_REQUESTS = frozenset({'UserPromptNode', 'CallToolsNode', 'SetFinalResult'})
_KNOWN_NODES = _NODES_WITHOUT_REQUESTS | {'ModelRequestNode'}
"""Nodes of which the other events tell everything. Newer versions of pydantic-ai may have more kinds."""


def _guarded(report: Callable[Concatenate[TrackedRun, P], T]) -> Callable[Concatenate[TrackedRun, P], T | None]:
    """A report that fails must not fail the user's run."""

    @functools.wraps(report)
    def guarded(run: TrackedRun, *args: P.args, **kwargs: P.kwargs) -> T | None:
        try:
            return report(run, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is ours, and the user's run goes on
            run.report_fault(report.__name__, error)
            return None

    return guarded


@dataclass(frozen=True)
class Caller:
    """The run, and the tool call of it, inside which code runs."""

    run: TrackedRun
    call: str | None
    """None where it is no tool's code, such as an output function's."""


current_caller: ContextVar[Caller | None] = ContextVar('agent_debug_caller', default=None)
"""Set around each tool call and the node that makes them, so that a run started inside it knows its parent, in worker threads too."""


class TrackedRun:
    """The reports of one run, made in the run's own event loop."""

    def __init__(
        self,
        run_id: str,
        agent: object,
        caller: Caller | None,
        channel: Channel,
        hints: Hints | None = None,
        *,
        keeps_deps: bool = False,
    ) -> None:
        self.id = run_id
        self.caller = caller
        self.node = 0
        """Index of the node that is open, or of the one that comes next."""
        self.agent: Any = agent
        """The agent, until the run has ended."""
        self.agent_name = ''
        self.agent_run: AgentRun[Any, Any] | None = None
        """pydantic-ai's own run, while it is open."""
        self.output_type: object = None
        self.wraps_models = True
        """Whether the run's model lets another be put around it."""
        self.outer: tuple[str, ...] = () if caller is None else (caller.run.id, *caller.run.outer)
        """The runs it is inside of, the nearest first."""
        self.stops_in_streams = False
        """Whether it may stop between two stream events; kept up to date by `Stops`."""
        self.upcoming: object = None
        """The node that its last boundary was before, so that none is passed twice."""
        self.plan = RequestPlan()
        """What the user changed of the next model request."""
        self.timeline = Timeline(keeps_deps)
        """What the run was before each of its nodes."""
        self.begun = False
        """Whether the node that was about to run was begun by pydantic-ai, rather than by the program."""
        self.waits = Waits(lambda: channel.now)
        self.shown_errors = ShownErrors()
        self.told_calls: set[str] = set()
        """Tool calls of the open node whose retry or deferral was a stop already."""
        self.told_result = False
        """Whether the final result was a stop already, while it streamed."""
        self.in_run_stream = False
        """Whether `run_stream` drives it, which reads a stream to its end by itself where the program leaves it."""
        self.has_streamed = False
        """Whether the last request was answered by a stream."""
        self.stream_ended = False
        """Whether that stream was read to its end."""
        self.reraised_in = 0
        """The frame of pydantic-ai's, by its id, in which a hook of ours raised an error of the program's again."""
        self._turn: asyncio.Lock | None = None
        self._channel = channel
        self._hints = hints
        """What the run is told of; None where nothing is."""
        self._contents = RunContents(run_id, agent)
        self._pricing = Pricing()
        self._stream_items = StreamItems(run_id)
        self._open: str | None = None
        """Kind of the node that is open."""
        self._opened_at = 0.0
        self._opened_waited = 0.0
        self._settled_calls: set[str] = set()
        """Tool calls of the open node that were reported as finished."""
        self._streamed: weakref.ref[StreamedResponse] | ModelResponse | None = None
        """The response that was streamed last: the stream, not kept alive by us, and once it is closed what it held."""

    @property
    def parent(self) -> str | None:
        return self.caller.run.id if self.caller is not None else None

    def enter_calls(self) -> None:
        """From here on, code of this task is called by the run: its tools, its output functions."""
        current_caller.set(Caller(self, None))

    def leave_calls(self) -> None:
        """The task is back where the run was started."""
        if current_caller.get() == Caller(self, None):
            current_caller.set(self.caller)

    def emit(self, event: Event) -> None:
        self._channel.post(event)

    def report_fault(self, what: str, error: Exception) -> None:
        """Report that `what` of ours went wrong; called where the error is handled."""
        self.emit(ev.Fault(f'{what}: {type(error).__name__}: {error}', traceback.format_exc()))

    @_guarded
    def begin(self, agent_run: AgentRun[Any, Any], agent_name: str, prompt: object, output_type: str) -> None:
        """Report the run and the state it begins with."""
        self.agent_run = agent_run
        self.agent_name = agent_name
        self.emit(
            ev.RunStarted(
                run=self.id,
                parent=self.parent,
                parent_call=self.caller.call if self.caller is not None else None,
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
        if agent_run is not None:
            self._report_end(agent_run, error)
        # Tasks that a tool left behind, and what waits to be written, still hold this object.
        self._contents, self._streamed, self._hints = RunContents(self.id, agent=None), None, None
        self.agent = self.output_type = self.upcoming = self._turn = None
        self.timeline = Timeline()
        self.shown_errors.clear()
        self._stream_items = StreamItems(self.id)

    def _report_end(self, agent_run: AgentRun[Any, Any], error: BaseException | None) -> None:
        self._sync(agent_run)
        response = self._streamed_response()
        if error is not None and response is not None and self.is_open('ModelRequestNode'):
            self._settle(rejected_output(agent_run, response, error))
        result = agent_run.result if error is None else None
        self._tell_of_end(response, error, left=error is None and result is None)
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
        value, shown, pricing = masked_json(output), picture(output), self._pricing
        # The cost is known once the writer thread has priced the responses before it.
        self._channel.post(lambda: ev.RunFinished(self.id, value, usage, pricing.cost, shown))

    # Hints

    def _tell(self, told: Iterable[Told]) -> None:
        for name, text in told:
            self.emit(ev.Hint(self.id, self.node, name, text))

    @_guarded
    def tell_of_node(self, result: Any) -> None:
        """Tell of traps in what the open node came to."""
        hints, agent_run = self._hints, self.agent_run
        if hints is None or agent_run is None:
            return
        match type(result).__name__:
            case 'CallToolsNode':
                self._tell_of_response(hints, result.model_response)
            case 'ModelRequestNode':
                ctx = agent_run.ctx
                self._tell(hints.usage(ctx.state.usage, ctx.deps.usage_limits))
                if self._open == 'CallToolsNode':
                    for tool, used, allowed in refusals(agent_run):
                        self._tell(hints.retries(tool, used, allowed))
            case _:
                pass

    @_guarded
    def _tell_of_end(self, response: ModelResponse | None, error: BaseException | None, left: bool) -> None:
        hints = self._hints
        if hints is None:
            return
        if response is not None:
            self._tell_of_response(hints, response)
        if self.has_streamed and self.is_open('ModelRequestNode'):
            if left and (self.in_run_stream or not self.stream_ended):
                self._tell(hints.left_early())
            elif self.in_run_stream and self.stream_ended and error is not None and refuses_output(error):
                self._tell(hints.refused_at_end())
        self._tell(hints.raised(error))

    def _tell_of_response(self, hints: Hints, response: ModelResponse) -> None:
        self._tell(hints.response(response.finish_reason, response.usage.output_tokens))

    def _tell_of_skipped(self, calls: Iterable[AnsweredCall], streamed: bool) -> None:
        hints, agent_run = self._hints, self.agent_run
        if hints is not None and agent_run is not None and agent_run.ctx.deps.end_strategy == 'early':
            skipped = [call.call.tool_name for call in calls if call.outcome == 'skipped' and call.kind != 'output']
            self._tell(hints.skipped(skipped, streamed=streamed))

    # Nodes

    def is_open(self, kind: str) -> bool:
        return self._open == kind

    def open_node(self, kind: str, node: object = None) -> None:
        """A node begins. The one before it may still be open where pydantic-ai ran no hook at its end."""
        if self._open is not None:
            self.close_node(kind)
        self._open = kind
        self._opened_at = self._channel.now
        self._opened_waited = self.waits.seconds
        if kind != 'SetFinalResult':
            # A streamed run calls its tools between its request and this node.
            self._settled_calls = set()
            self.told_calls = set()
        self._report_node(kind, node)

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
        duration = self._channel.now - self._opened_at - (self.waits.seconds - self._opened_waited)
        self.emit(ev.NodeFinished(self.id, self.node, self._open, round(max(duration, 0.0), 6), next_kind))
        self._open = None
        self.node += 1

    # Stops

    def place(
        self,
        at: StopAt,
        *,
        call: str | None = None,
        after: bool = False,
        first: bool = False,
        end: bool = False,
    ) -> Place:
        """A place of this run where it may stop."""
        return Place(self.id, self.outer, at, self.node, call, after, first, end)

    def begin_wait(self, call: str | None) -> None:
        """Something of this run waits, and so do the runs that it is inside of."""
        for run, inside in self._chain(call):
            run.waits.begin(inside)

    def end_wait(self, call: str | None) -> None:
        for run, inside in self._chain(call):
            run.waits.end(inside)

    def _chain(self, call: str | None) -> Iterator[tuple[TrackedRun, str | None]]:
        run, inside = self, call
        while True:
            yield run, inside
            if run.caller is None:
                return
            run, inside = run.caller.run, run.caller.call

    @property
    def tool_turn(self) -> asyncio.Lock:
        """Whose turn it is where tool calls run one after the other."""
        if self._turn is None:
            self._turn = asyncio.Lock()
        return self._turn

    def handles(self, hook: str) -> bool:
        """Whether the program has a hook of this name, which may handle what was raised."""
        if self.agent_run is None:
            return False
        try:
            return has_hook(self.agent_run.ctx.deps.root_capability, hook)
        except Exception as error:  # noqa: BLE001 - a capability of the program's may do anything when it is asked
            self.report_fault('hooks', error)
            return False

    def guarded(self, make: Callable[..., T], *args: Any, **kwargs: Any) -> T | None:
        """What `make` of ours gives; None where it fails, which must not fail the user's run."""
        try:
            return make(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is ours
            self.report_fault(getattr(make, '__name__', 'a stop').strip('_'), error)
            return None

    def announce(self, held: Held) -> None:
        """Report what is about to run in more detail, since somebody is going to look at it."""
        self.sync()
        if isinstance(held, HeldNode) and held.is_request:
            self.report_planned_request(held.node)

    def planned_parts(self) -> SentParts:
        """What of the next request is known besides its messages."""
        assert self.agent_run is not None, 'asked of a run that waits'
        return self._contents.planned_parts(self.agent_run)

    def happenings(self, result: Any) -> frozenset[Happening]:
        """What the node that is open came to: a retry that it asks for, the final result, calls that others answer."""
        found: set[Happening] = set()
        try:
            kind = type(result).__name__
            if kind == 'ModelRequestNode' and self.agent_run is not None and self._open == 'CallToolsNode':
                answered = answered_calls(self.agent_run, self.told_calls, result.request)
                retried = any(call.outcome == 'retry' for call in answered)
                if retried or asks_for_text_again(result):
                    found.add('retry')
            elif kind == 'End':
                if not self.told_result:
                    found.add('result')
                if {call.call.tool_call_id for call in deferred_calls(result.data.output)} - self.told_calls:
                    found.add('deferral')
        except Exception as error:  # noqa: BLE001 - whatever it is, it is ours, and the user's run goes on
            self.report_fault('happenings', error)
        return frozenset(found)

    def counters(self, with_cost: bool) -> Mapping[str, Any]:
        """The run's usage, by the names of a budget."""
        assert self.agent_run is not None, 'asked of a run that waits'
        state = self.agent_run.ctx.state
        return budget_counters(state.usage, state.message_history if with_cost else None)

    def drop_node(self) -> None:
        """The node that is open failed, and another runs in its place."""
        self.sync()
        self._finish_node(None)

    def go_back(self, agent_run: AgentRun[Any, Any], back: Back) -> Any:
        """Put the run back before a node, report that, and give the node that runs next."""
        to, pricing = back.to, self._pricing
        self._sync(agent_run)
        # A node that is left has come to nothing, which its end would not say.
        self._open = None
        self.node += 1
        node = self.timeline.go_back(agent_run, to, self.node, back.again)
        self.plan = RequestPlan()
        kept, usage, index = to.nodes_before, usage_json(agent_run.ctx.state.usage), self.node
        # The writer thread has priced what came before by then.
        self._channel.post(lambda: ev.Rewound(self.id, index, to.index, usage, pricing.back_to(kept), to.deps.left))
        self._channel.post(lambda: ev.State(self.id, index, cost=pricing.cost) if pricing.cost is not None else None)
        changed, _ = self._contents.history_change(agent_run.ctx.state.message_history, self.node)
        if changed is not None:
            # What is there again was answered, and paid for, before.
            self.emit(replace(changed, replaced=True))
        self._sync(agent_run)
        return node

    # History, state, values

    @_guarded
    def sync(self) -> None:
        """Report what changed of the run's history and state."""
        if self.agent_run is not None:
            self._sync(self.agent_run)

    def _sync(self, agent_run: AgentRun[Any, Any]) -> None:
        ctx = agent_run.ctx
        self._report_history(ctx.state.message_history)
        if self._open == 'CallToolsNode':
            self._settle(answered_calls(agent_run, self._settled_calls))
        if self._open is not None and agent_run.result is not None:
            self._settle(deferred_calls(agent_run.result.output))
        changed = self._contents.state_change(ctx.state, ctx.deps.user_deps, self.node)
        if changed is not None:
            self.emit(changed)

    def _report_history(self, history: Sequence[ModelMessage]) -> None:
        changed, responses = self._contents.history_change(history, self.node)
        if changed is not None:
            self.emit(changed)
        if responses:
            node = self.node
            if self._open is not None:
                self.timeline.own_usage.answered(node, responses)
            self._channel.post(lambda: self._priced(responses, node))

    def _priced(self, responses: Sequence[ModelResponse], node: int) -> Event | None:
        """Runs in the writer thread."""
        before = self._pricing.cost
        for response in responses:
            self._pricing.add(response, node)
        cost = self._pricing.cost
        return ev.State(self.id, node, cost=cost) if cost is not None and cost != before else None

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
        if self.agent_run is not None:
            # What it counts is reported with the end of the node.
            self._report_history(self.agent_run.ctx.state.message_history)
        self.told_result = self.has_streamed = self.stream_ended = False
        request = self._contents.request(model, messages, settings, parameters, self.node)
        self.emit(request)
        return request

    @_guarded
    def report_planned_request(self, next_node: object) -> None:
        """Report what the request of a node that has not run will send, as far as that is known."""
        if self.agent_run is not None:
            self.emit(self._contents.planned_request(self.agent_run, next_node, self.node))

    def stream_opened(self, response: StreamedResponse) -> None:
        self._streamed = weakref.ref(response)
        self.has_streamed = True

    @_guarded
    def stream_closes(self) -> None:
        self._streamed = self._streamed_response()

    def report_stream(self, event: object) -> None:
        self._channel.post(self._stream_items.item(self.node, event))

    # Tools

    @_guarded
    def start_tool(self, call: ToolCallPart, args: object, kind: str, skipped: bool = False) -> None:
        if self._open is None:
            self.open_node('CallToolsNode')
        if self._hints is not None and not skipped:
            self._tell(self._hints.call(call.tool_name, call.args, call.tool_call_id))
        self.emit(ev.ToolStarted(self.id, self.node, call.tool_call_id, call.tool_name, masked_json(args), kind))

    @_guarded
    def finish_tool(self, call: ToolCallPart, args: object, outcome: Outcome, result: object, duration: float) -> None:
        self._settled_calls.add(call.tool_call_id)
        if self._hints is not None and outcome == 'failed':
            self._tell(self._hints.raised(result))
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

    @_guarded
    def settle_streamed_calls(self, final_result: object) -> None:
        """Report the calls that ran no tool of the response that a streamed run ends with."""
        response = self._streamed_response()
        if self.agent_run is not None and response is not None:
            self._settle(streamed_calls(self.agent_run, response, final_result), streamed=True)

    def _streamed_response(self) -> ModelResponse | None:
        """What has arrived of the response that was streamed last."""
        streamed = self._streamed
        if isinstance(streamed, weakref.ref):
            response = streamed()
            return response.get() if response is not None else None
        return streamed

    def _settle(self, calls: Iterable[AnsweredCall], streamed: bool = False) -> None:
        """Report the calls that ran no tool."""
        settled: list[AnsweredCall] = []
        for answered in calls:
            if answered.call.tool_call_id not in self._settled_calls:
                settled.append(answered)
                self.start_tool(answered.call, answered.args, answered.kind, answered.outcome == 'skipped')
                self.finish_tool(answered.call, answered.args, answered.outcome, answered.content, 0.0)
        if settled:
            self._tell_of_skipped(settled, streamed)
