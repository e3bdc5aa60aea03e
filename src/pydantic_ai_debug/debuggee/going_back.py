"""A run that goes back: whether it can from where it waits, and how it gets out of the node that it is in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from .held import Back, Held

if TYPE_CHECKING:
    from .tracked_run import TrackedRun

_TOOL_HANDLERS = ('on_tool_execute_error',)
_MODEL_HANDLERS = ('on_model_request_error', 'wrap_model_request')


class GoingBackError(Exception):
    """The run leaves the node that it is in: raised in what that node runs, and handled where nodes fail."""

    def __init__(self, back: Back) -> None:
        super().__init__('the run goes back')
        self.back = back


class LeavingRun(BaseException):
    """The same on its way out of runs inside of the one that goes back: handlers of errors in between are not for it."""

    def __init__(self, back: Back) -> None:
        super().__init__('the run around this one goes back')
        self.back = back


def leaving(held: Held, back: Back) -> BaseException:
    """What is raised where something waited, to get out of the node."""
    return GoingBackError(back) if back.run is held.run else LeavingRun(back)


def back_of(error: BaseException, run: TrackedRun) -> Back | None:
    """Where a run goes back to, if that is what an error out of its code says."""
    return next((back for back in _backs(error) if back.run is run), None)


def _backs(error: BaseException) -> Iterator[Back]:
    if isinstance(error, (GoingBackError, LeavingRun)):
        yield error.back
    # A task group of the program's, by its attribute: Python 3.10 has none.
    for inner in cast('tuple[object, ...]', getattr(error, 'exceptions', ())) if _is_group(error) else ():
        if isinstance(inner, BaseException):
            yield from _backs(inner)


def _is_group(error: BaseException) -> bool:
    return any(cls.__name__ == 'BaseExceptionGroup' for cls in type(error).__mro__)


def refusal(run: TrackedRun, held: Held, index: int) -> str | None:
    """Why a run cannot go back before a node from where something of it waits; None where it can."""
    place = held.place
    inside = held.run is not run
    # What run_stream does after its program has read the stream: the tools that are left, and the end.
    completes = run.in_run_stream and run.is_open('ModelRequestNode') and (inside or place.call is not None)
    if run.handed_result or completes:
        return 'run_stream has handed its result to the program: from here the run cannot go back'
    if place.at == 'boundary' and not inside:
        if place.first:
            return 'nothing has run yet that it could go back to'
        if place.node == index:
            return 'it waits there already'
    if run.timeline.at(index) is None:
        return 'what the run was before this node is not known'
    if place.at == 'boundary' and not inside:
        return None
    if inside or place.call is not None:
        return _handled(run, _TOOL_HANDLERS)
    match place.at:
        case 'stream' | 'error' | 'divergence' if held.kind == 'ModelRequestNode' and not held.goes_back:
            if run.in_run_stream:
                return 'run_stream has handed this stream to the program: from here the run cannot go back'
            if not run.begun:
                return 'the program reads this stream itself: n goes on to the next boundary, where the run can go back'
            return _handled(run, _MODEL_HANDLERS)
        case 'line':
            return 'a line outside of a tool waits: go on to the next boundary, where the run can go back'
        case _:
            return None


def _handled(run: TrackedRun, hooks: tuple[str, ...]) -> str | None:
    if any(map(run.handles, hooks)):
        return 'a hook of the program would take it for an error: go on to the next boundary, where the run can go back'
    return None
