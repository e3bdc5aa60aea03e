"""Where nodes begin, end and fail: what is reported then, and the stops of a run between its nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import errors
from .answers import refuses_last_output
from .breakpoints import Happening, StreamText
from .going_back import GoingBackError, back_of
from .held import Again, Answer, Back, GoOn
from .held_node import HeldNode
from .held_request import class_for, end_with
from .model_requests import whole_texts
from .timeline import Checkpoint, fresh

if TYPE_CHECKING:
    from .debugger import Debugger
    from .tracked_run import TrackedRun


async def run_opened(debugger: Debugger, run: TrackedRun, first_node: object) -> None:
    """A run is ready to take its first node: its first boundary."""
    debugger.run_opened(run)
    await _boundary(debugger, run, None, first_node, first=True)


async def node_begins(debugger: Debugger, run: TrackedRun, ctx: Any, node: Any) -> Any:
    """A node is about to run; one that no boundary announced, such as a caller's own, is a boundary itself.

    Returns:
        What runs: another node, where the user has chosen so at that boundary.
    """
    kind = type(node).__name__
    if kind == 'SetFinalResult':
        run.handed_result = True
    if run.upcoming is not node:
        if run.is_open('ModelRequestNode') and kind != 'ModelRequestNode':
            run.close_node(kind)
        node = await _boundary(debugger, run, ctx, node, first=False)
        kind = type(node).__name__
    run.begun = True
    if not run.is_open(kind):
        run.open_node(kind, node)
    if kind == 'CallToolsNode':
        run.enter_calls()
    return node


async def node_ended(debugger: Debugger, run: TrackedRun, ctx: Any, node: object, result: Any) -> Any:
    """A node ended with the next one, or the end: a boundary. What comes back is what runs next."""
    if run.upcoming is result:
        # It failed or was left, and what runs in its place was chosen then.
        return result
    kind = type(node).__name__
    run.leave_calls()
    run.shown_errors.handled()
    if not run.is_open(kind):
        run.open_node(kind, node)
    run.tell_of_node(result)
    breakpoints = debugger.stops.breakpoints
    happenings: frozenset[Happening] = frozenset()
    streamed: tuple[StreamText, ...] | None = None
    if breakpoints.any:
        happenings = run.happenings(result)
        if 'retry' in happenings:
            instead = await _at_error(debugger, run, ctx, node, None, frozenset({'retry'}))
            if instead is not None:
                return instead
        if breakpoints.watch_streams and not run.has_streamed:
            streamed = run.guarded(whole_texts, result)
    run.close_node(type(result).__name__)
    return await _boundary(
        debugger, run, ctx, result, first=False, happenings=happenings - {'retry'}, streamed=streamed or ()
    )


async def _boundary(
    debugger: Debugger,
    run: TrackedRun,
    ctx: Any,
    node: Any,
    *,
    first: bool,
    happenings: frozenset[Happening] = frozenset(),
    streamed: tuple[StreamText, ...] = (),
) -> Any:
    run.upcoming = node
    run.begun = False
    stops = debugger.stops
    if not debugger.launch.waits and not stops.watchful:
        return node
    agent_run = run.agent_run
    if agent_run is None:
        return node
    place = run.place('boundary', first=first, end=type(node).__name__ == 'End')
    if stops.watchful or (first and stops.may_stop_first(place)):
        held = run.guarded(class_for(node), run, place, ctx, node, agent_run.ctx.state.message_history)
        if held is not None:
            resolution = await stops.pass_by_node(held, happenings, streamed)
            node = run.upcoming = held.node
            if isinstance(resolution, Back):
                return await _go_back(debugger, run, ctx, resolution, node)
    if debugger.launch.waits:
        run.guarded(run.timeline.take, agent_run, run.node, node)
    return node


async def _go_back(debugger: Debugger, run: TrackedRun, ctx: Any, back: Back, pending: Any) -> Any:
    """Put a run back and have it wait there: what runs next.

    Args:
        debugger: The debugger.
        run: The run.
        ctx: The context that the program's hooks get.
        back: Where it goes back to.
        pending: The node that was about to run; None where one is left that runs.
    """
    while True:
        agent_run = run.agent_run
        assert agent_run is not None, 'it waits, and has not ended'
        if pending is not None:
            # It can be gone back to as well.
            run.guarded(run.timeline.take, agent_run, run.node, pending)
        first = run.guarded(run.go_back, agent_run, back)
        if first is None:
            # A fault of ours, which was told of.
            return pending
        debugger.stops.breakpoints.went_back(run.id, back.to.nodes_before)
        pending = run.upcoming = first
        place = run.place('boundary', end=type(pending).__name__ == 'End')
        held = class_for(pending)(run, place, ctx, pending, agent_run.ctx.state.message_history)
        resolution = await debugger.stops.pass_by_node(held, always=True)
        pending = run.upcoming = held.node
        if not isinstance(resolution, Back):
            run.guarded(run.timeline.take, agent_run, run.node, pending)
            return pending
        back = resolution


def may_stop_at(debugger: Debugger, run: TrackedRun, error: BaseException | None) -> bool:
    """Whether the run may stop where a node raised."""
    if isinstance(error, GoingBackError):
        return True
    return debugger.stops.watches_errors and (error is None or error not in run.shown_errors)


async def node_failed(debugger: Debugger, run: TrackedRun, ctx: Any, node: object, error: Exception) -> Any:
    """A node raised, and nothing of the program's handles it: what runs in its place; None where it goes on failing."""
    back = back_of(error, run)
    if back is not None:
        run.leave_calls()
        return await _go_back(debugger, run, ctx, back, None)
    if not may_stop_at(debugger, run, error):
        return None
    run.leave_calls()
    refused = run.agent_run is not None and run.guarded(refuses_last_output, run.agent_run, node, error)
    # A retry that is refused because none is left was asked for all the same.
    happenings: frozenset[Happening] = frozenset({'error', 'retry'}) if refused else frozenset({'error'})
    instead = await _at_error(debugger, run, ctx, node, error, happenings)
    if instead is None:
        run.shown_errors.add(error)
    return instead


async def _at_error(
    debugger: Debugger,
    run: TrackedRun,
    ctx: Any,
    node: object,
    error: Exception | None,
    happenings: frozenset[Happening],
) -> Any:
    """Stop at a node that raised or asks for a retry: what runs in its place, if anything does."""
    checkpoint = run.timeline.last
    held = run.guarded(_held_again, run, ctx, node)
    if held is None:
        return None
    held.error = error
    always = error is not None and debugger.launch.stop_on_error and not errors.is_cancellation(error)
    resolution = await debugger.stops.pass_by_node(held, happenings, always=always)
    held.let_go()
    if isinstance(resolution, Back):
        return await _go_back(debugger, run, ctx, resolution, None)
    if checkpoint is None or isinstance(resolution, GoOn):
        return None
    return run.guarded(_instead, run, checkpoint, held, resolution)


def _held_again(run: TrackedRun, ctx: Any, node: object) -> HeldNode | None:
    """A node that ran, as it was before it did."""
    agent_run, checkpoint = run.agent_run, run.timeline.last
    if agent_run is None:
        return None
    again = fresh(node if checkpoint is None else checkpoint.node)
    history = list(agent_run.ctx.state.message_history if checkpoint is None else checkpoint.history)
    return class_for(again)(run, run.place('error'), ctx, again, history, failed=checkpoint is not None)


def _instead(run: TrackedRun, checkpoint: Checkpoint, held: HeldNode, resolution: Again | Answer) -> Any:
    """What runs in place of a node that ran, with the run put back before it."""
    run.drop_node()
    if isinstance(resolution, Answer) and resolution.kind == 'value':
        run.upcoming = end = end_with(resolution.value)
        return end
    assert run.agent_run is not None, 'asked of a run that waits'
    run.timeline.restore(run.agent_run, checkpoint, held.history, checkpoint.nodes_before)
    run.timeline.take(run.agent_run, run.node, held.node, again=True)
    run.upcoming = held.node
    return held.node
