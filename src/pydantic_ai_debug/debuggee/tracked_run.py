"""One agent run as it is watched and steered: what stops, edits and going back need of it.

Whether and where it waits is decided elsewhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic_ai_debug.protocol.events import StopAt

from .answers import answered_calls, asks_for_text_again, deferred_calls
from .capability_hooks import has_hook
from .held_node import HeldNode
from .planned import SentParts
from .pricing import budget_counters
from .request_plan import NO_CHANGES
from .run_control import ShownErrors
from .run_reports import RunReports
from .stepper import Place
from .timeline import Timeline

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponse
    from pydantic_ai.run import AgentRun

    from .breakpoints import Happening
    from .channel import Channel
    from .held import Back, Held
    from .hints import Hints

T = TypeVar('T')


@dataclass(frozen=True)
class Caller:
    """The run, and the tool call of it, inside which code runs."""

    run: TrackedRun
    call: str | None
    """None where it is no tool's code, such as an output function's."""


current_caller: ContextVar[Caller | None] = ContextVar('agent_debug_caller', default=None)
"""Set around each tool call and the node that makes them, so that a run started inside it knows its parent, in worker threads too."""


class TrackedRun(RunReports):
    """A run that can be held, changed and put back, with its reports. Used in the run's own event loop."""

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
        parent, parent_call = (None, None) if caller is None else (caller.run.id, caller.call)
        super().__init__(run_id, agent, channel, hints, parent=parent, parent_call=parent_call)
        self.caller = caller
        self.output_type: object = None
        self.wraps_models = True
        """Whether the run's model lets another be put around it."""
        self.outer: tuple[str, ...] = () if caller is None else (caller.run.id, *caller.run.outer)
        """The runs it is inside of, the nearest first."""
        self.stops_in_streams = False
        """Whether it may stop between two stream events; kept up to date by `Stops`."""
        self.upcoming: object = None
        """The node that its last boundary was before, so that none is passed twice."""
        self.plan = NO_CHANGES
        """What the user changed of the next model request."""
        self.timeline = Timeline(keeps_deps)
        """What the run was before each of its nodes."""
        self.begun = False
        """Whether the node that was about to run was begun by pydantic-ai, rather than by the program."""
        self.shown_errors = ShownErrors()
        self.reraised_in = 0
        """The frame of pydantic-ai's, by its id, in which a hook of ours raised an error of the program's again."""
        self._turn: asyncio.Lock | None = None

    def enter_calls(self) -> None:
        """From here on, code of this task is called by the run: its tools, its output functions."""
        current_caller.set(Caller(self, None))

    def leave_calls(self) -> None:
        """The task is back where the run was started."""
        caller = current_caller.get()
        if caller is not None and caller.run is self and caller.call is None:
            current_caller.set(self.caller)

    def end(self, error: BaseException | None) -> None:
        super().end(error)
        self.output_type = self.upcoming = self._turn = None
        self.timeline = Timeline()
        self.shown_errors.clear()

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
            if kind == 'ModelRequestNode' and self.agent_run is not None and self.is_open('CallToolsNode'):
                history = self.agent_run.ctx.state.message_history
                answered = answered_calls(self.agent_run, history, self.told_calls, result.request)
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

    def go_back(self, agent_run: AgentRun[Any, Any], back: Back) -> Any:
        """Put the run back before a node, report that, and give the node that runs next."""
        self.leave_node(agent_run)
        node = self.timeline.go_back(agent_run, back.to, self.node, back.again)
        self.plan = NO_CHANGES
        self.report_rewound(agent_run, back.to)
        return node

    def _count(self, responses: Sequence[ModelResponse]) -> None:
        if self._open is not None and self.timeline.last is not None:
            # It may go back.
            self.timeline.own_usage.answered(self.node, responses)
        super()._count(responses)
