"""One tool call from its start to its end, with the stops before it, after it, and where it raises."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from json import dumps
from typing import TYPE_CHECKING, Any

from pydantic_ai import exceptions

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Outcome

from . import errors
from .breakpoints import Happening
from .going_back import GoingBackError, back_of
from .held import Again, Answer, GoOn, Settled
from .held_call import HeldArguments, HeldCall
from .timeline import Effect
from .tracked_run import Caller, current_caller
from .typed_values import returned_value
from .wire import jsonable, masked_json

if TYPE_CHECKING:
    from .debugger import Debugger
    from .replay import Replay
    from .tracked_run import TrackedRun

_OUTCOMES: dict[str, Outcome] = {
    'ToolRetryError': 'retry',
    'ModelRetry': 'retry',
    'CallDeferred': 'deferred',
    'ApprovalRequired': 'deferred',
    'SkipToolExecution': 'skipped',
}
"""What an exception out of a tool means. By name: not every version of pydantic-ai has each."""

_HAPPENINGS: dict[Outcome, Happening] = {'failed': 'error', 'retry': 'retry', 'deferred': 'deferral'}


class ToolCall:
    """A call that is being carried out."""

    def __init__(self, run: TrackedRun, debugger: Debugger, ctx: Any, call: Any, tool_def: Any, args: Any) -> None:
        self._run = run
        self._debugger = debugger
        self._ctx = ctx
        self._call = call
        self._tool_def = tool_def
        self._args = args
        self._outcome: Outcome = 'failed'
        self._answer: object = None

    async def carry_out(self, proceed: Callable[[Any], Awaitable[Any]]) -> Any:
        """Have the call run; `proceed` runs the program's hooks and the tool."""
        run, call = self._run, self._call
        turn = run.tool_turn if self._debugger.serializes_tools else None
        if turn is not None:
            await self._take(turn)
        run.start_tool(call, self._args, self._tool_def.kind)
        started = self._debugger.now
        run.waits.forget_call(call.tool_call_id)
        token = current_caller.set(Caller(run, call.tool_call_id))
        try:
            return await self._with_stops(proceed)
        except BaseException as error:
            back = back_of(error, run)
            if back is None:
                errors.leave_frame(error)
                raise
            self._outcome, self._answer = 'skipped', None
            raise GoingBackError(back) from None
        finally:
            try:  # noqa: SIM105 - a context manager costs each call more than all of this
                current_caller.reset(token)
            except ValueError:
                # The call is ended from another context, in which it was never set.
                pass
            if turn is not None:
                turn.release()
            now = self._debugger.now
            duration = now - started - run.waits.of_call(call.tool_call_id, now)
            run.finish_tool(call, self._args, self._outcome, self._answer, duration)
            if run.waits.is_waiting:
                # Others wait beside it, and somebody looks at what this one has changed.
                run.sync()

    async def _take(self, turn: asyncio.Lock) -> None:
        """Wait for the turn; a call that is cancelled meanwhile has not run."""
        try:
            await turn.acquire()
        except BaseException as error:
            self._run.start_tool(self._call, self._args, self._tool_def.kind)
            self._run.finish_tool(self._call, self._args, self._outcome, error, 0.0)
            # It came out of a lock of ours.
            error.__traceback__ = None
            raise

    async def _run_once(self, proceed: Callable[[Any], Awaitable[Any]]) -> Any:
        try:
            self._answer = await proceed(self._args)
            self._outcome = 'returned'
            self._remember()
            return self._answer
        except BaseException as error:
            self._outcome = outcome_of(error)
            self._answer = answer_of(error)
            self._remember()
            errors.leave_frame(error)
            raise

    async def _with_stops(self, proceed: Callable[[Any], Awaitable[Any]]) -> Any:
        stops = self._debugger.stops
        answer = await self._before() if stops.watchful else None
        if answer is None and self._run.timeline.may_reuse:
            answer = self._run.guarded(self._reused)
        if answer is None and self._debugger.replays is not None:
            answer = self._run.guarded(self._recorded, self._debugger.replays)
        while answer is None:
            try:
                result = await self._run_once(proceed)
            except Exception as error:
                resolution = await self._raised(error)
                match resolution:
                    case Again():
                        continue
                    case Answer():
                        answer = resolution
                    case GoOn():
                        errors.leave_frame(error)
                        raise
            except BaseException as error:
                errors.leave_frame(error)
                raise
            else:
                return await self._after(result) if stops.watchful else result
        return self._by_hand(answer)

    def _remember(self) -> None:
        """Keep what the tool came to, for a branch on which it is asked for the same."""
        if self._debugger.launch.waits and self._outcome in ('returned', 'retry') and self._tool_def.kind == 'function':
            self._run.guarded(self._ran)

    def _ran(self) -> None:
        run, call = self._run, self._call
        retry = self._outcome == 'retry'
        run.timeline.ran(Effect(run.node, call.tool_call_id, call.tool_name, self._written_args(), self._answer, retry))

    def _written_args(self) -> str:
        return dumps(jsonable(self._args), sort_keys=True)

    def _reused(self) -> Answer | None:
        """What the tool came to on a branch that was undone, if it ran on the same arguments."""
        run, call = self._run, self._call
        effect = run.timeline.reusable(call.tool_name, self._written_args(), run.node)
        if effect is None:
            return None
        run.emit(ev.Reused(run.id, run.node, call.tool_call_id, 'branch'))
        return Answer('retry' if effect.retry else 'value', effect.value)

    def _held(self, at: str, *, after: bool = False) -> HeldCall:
        place = self._run.place('error' if at == 'error' else 'tool', call=self._call.tool_call_id, after=after)
        return HeldCall(self._run, place, self._ctx, self._call, self._tool_def, self._args)

    async def _before(self) -> Answer | None:
        held = self._held('tool')
        resolution = await self._debugger.stops.pass_by(held)
        self._args = held.args
        return resolution if isinstance(resolution, Answer) else None

    def _recorded(self, replay: Replay) -> Answer | None:
        """What the call came to when it was recorded, where tools are replayed as well."""
        from .replay import place_of

        run, call = self._run, self._call
        if self._tool_def.kind != 'function':
            return None
        recorded = replay.call(place_of(run), call.tool_name, call.tool_call_id, masked_json(self._args))
        if recorded is None:
            return None
        run.emit(ev.Reused(run.id, run.node, call.tool_call_id, 'recording'))
        return Answer('retry' if recorded.outcome == 'retry' else 'value', returned_value(recorded.result))

    async def _after(self, result: Any) -> Any:
        held = self._held('tool', after=True)
        held.result = result
        await self._debugger.stops.pass_by(held)
        self._answer = changed = held.result
        held.let_go()
        return changed

    async def _raised(self, error: Exception) -> Settled:
        """Stop where the tool raised: by default where that ends the run, since nothing of the program's handles it."""
        happening = _HAPPENINGS.get(self._outcome)
        if happening is None or not self._debugger.stops.watches_errors or error in self._run.shown_errors:
            return GoOn()
        always = (
            self._outcome == 'failed'
            and not _is_told(error)
            and self._debugger.launch.stop_on_error
            and not self._run.handles('on_tool_execute_error')
        )
        held = self._held('error')
        held.error = error
        self._run.told_calls.add(self._call.tool_call_id)
        resolution = await self._debugger.stops.pass_by(held, frozenset({happening}), always=always)
        self._args = held.args
        held.let_go()
        if isinstance(resolution, GoOn) and self._outcome == 'failed':
            self._run.shown_errors.add(error)
        return resolution

    def _by_hand(self, answer: Answer) -> Any:
        """What the user answers instead of the tool."""
        self._answer = answer.value
        match answer.kind:
            case 'error':
                self._outcome = 'failed'
                error: Exception = RuntimeError(answer.value)
                self._run.shown_errors.add(error)
            case 'retry':
                self._outcome = 'retry'
                error = exceptions.ModelRetry(answer.value)
            case 'denied':
                self._outcome = 'denied'
                return answer.value
            case _:
                self._outcome = 'returned'
                return answer.value
        try:
            raise error
        except Exception:
            errors.leave_frame(error)
            raise


async def refused_arguments(
    run: TrackedRun, debugger: Debugger, ctx: Any, call: Any, tool_def: Any, error: Exception
) -> Any:
    """Stop where the arguments of a call are refused; those that the user mended, if any."""
    if not debugger.stops.watchful or outcome_of(error) not in ('retry', 'failed'):
        return None
    held = HeldArguments(run, run.place('error', call=call.tool_call_id), ctx, call, tool_def, None)
    held.error = error
    run.told_calls.add(call.tool_call_id)
    await debugger.stops.pass_by(held, frozenset({'retry'}))
    held.let_go()
    return held.args


def _is_told(error: BaseException) -> bool:
    """Whether the tool says by it that it failed: the model is told, and the run goes on."""
    return any(cls.__name__ in ('ToolFailed', 'ToolFailedError') for cls in type(error).__mro__)


def outcome_of(error: BaseException) -> Outcome:
    for cls in type(error).__mro__:
        if cls.__name__ in _OUTCOMES:
            return _OUTCOMES[cls.__name__]
    return 'failed'


def answer_of(error: BaseException) -> object:
    """What an exception out of a tool says."""
    # Only pydantic-ai's own are asked: an exception of the program's may answer by code of its own.
    outcome = outcome_of(error)
    try:
        if outcome == 'retry':
            retry = getattr(error, 'tool_retry', None)
            return getattr(error, 'message', None) if retry is None else retry.content
        if outcome == 'skipped':
            return getattr(error, 'result', None)
    except Exception:  # noqa: BLE001 - a class derived from one of them may raise anything
        pass
    return error
