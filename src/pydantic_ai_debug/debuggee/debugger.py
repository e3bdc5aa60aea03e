"""The runs of this process, and the commands that act on them.

Made before the program imports pydantic-ai: nothing in here, nor what it imports, may import that.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from asyncio import get_running_loop
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any
from weakref import ref

from typing_extensions import assert_never

from pydantic_ai_debug.protocol import commands as cmd
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.commands import Command
from pydantic_ai_debug.protocol.values import Value

from .evaluation import Evaluations
from .going_back import refusal
from .held import Back
from .snapshot import opened
from .stepper import Stepper
from .stops import Stops

if TYPE_CHECKING:
    from .channel import Channel
    from .held import Held
    from .replay import Replay
    from .tracked_run import TrackedRun

ChangeOfHeld = cmd.Draft | cmd.Edit | cmd.AnswerByHand | cmd.Retry | cmd.UseRecorded
"""What is done to something that waits, where it waits."""

Answer = cmd.StartRun | cmd.Leave
"""What may be answered to an offer of agents."""


class Debugger:
    """Holds the runs that are live. Any thread may call it."""

    def __init__(self, channel: Channel, launch: cmd.Launch) -> None:
        self.channel = channel
        self.launch = launch
        self.stops = Stops(channel, launch)
        self.replay = _replay_of(launch)
        """The recording that answers model requests, if one is replayed."""
        self.serializes_tools = launch.serialize_tools
        """Whether the tool calls of one response run one after the other."""
        self.answers: list[Callable[[Answer], None]] = []
        """Who waits for an answer to an offer, if anybody."""
        self.started_runs = False
        """Whether any run was started in this process."""
        self._evaluations = Evaluations()
        self._runs: dict[str, TrackedRun] = {}
        self._loops: dict[str, ref[asyncio.AbstractEventLoop]] = {}
        """Each run's event loop."""
        self._held_up: list[int] = []
        """Loops whose threads wait, by id."""
        self._ids = itertools.count(1)

    @property
    def now(self) -> float:
        return self.channel.now

    @property
    def replays(self) -> Replay | None:
        """The recording that is replayed, unless models are asked by now."""
        return self.replay if self.replay is not None and not self.replay.is_live else None

    # Runs

    def new_run_id(self) -> str:
        self.started_runs = True
        return f'r{next(self._ids)}'

    def run_opened(self, run: TrackedRun) -> None:
        """A run is open, in the loop that this is called from."""
        self._runs[run.id] = run
        self._loops[run.id] = ref(get_running_loop())
        self.stops.entered(run)

    def run_begun(self, run: TrackedRun) -> None:
        """A run has its state: find out with which of the others it shares its usage."""
        if run.caller is not None and _usage(run.caller.run) is _usage(run) is not None:
            own = run.timeline.own_usage
            own.outer, own.outer_node = run.caller.run.timeline.own_usage, run.caller.run.node
        for other in list(self._runs.values()):
            if other is not run and _usage(other) is _usage(run) is not None:
                # What a run inside of another counts is a part of what that counts.
                run.timeline.own_usage.is_shared = True
                if other.id not in run.outer:
                    other.timeline.own_usage.is_shared = True

    def run_ended(self, run: TrackedRun, error: BaseException | None) -> None:
        run.leave_calls()
        run.end(error)
        self._runs.pop(run.id, None)
        self._loops.pop(run.id, None)
        self._evaluations.forget(run.id)
        self.stops.ended(run)

    def end_all(self) -> None:
        """The process ends: report runs that nobody closed, as `run_stream_sync` leaves them."""
        for run in list(self._runs.values()):
            self.run_ended(run, None)

    def run_here(self) -> tuple[TrackedRun, str | None] | None:
        """The run inside of which the caller's code runs, and the tool call; else the newest run of its event loop."""
        if not self._runs:
            return None
        # Needs pydantic-ai, which the program has imported by now.
        from .tracked_run import current_caller

        caller = current_caller.get()
        if caller is not None and caller.run.id in self._runs:
            return caller.run, caller.call
        try:
            here = get_running_loop()
        except RuntimeError:
            return None
        newest = next((run for run in reversed(list(self._loops)) if self._loops[run]() is here), None)
        return (self._runs[newest], None) if newest is not None and newest in self._runs else None

    @contextlib.contextmanager
    def loop_held_up(self, loop: asyncio.AbstractEventLoop | None) -> Generator[None]:
        """While something waits in the thread of a loop: that it does not turn is known."""
        self._held_up.append(id(loop))
        try:
            yield
        finally:
            self._held_up.remove(id(loop))

    # Commands

    def handle(self, command: Command) -> None:
        """Carry out a command; called from the thread that reads them."""
        stops = self.stops
        match command:
            case cmd.StepOver(run, call):
                place = stops.place_of(run, call)
                self._step(run, call, lambda stepper: stepper.step_over(place))
            case cmd.StepInto(run, call):
                self._step(run, call, lambda stepper: stepper.step_into(run))
            case cmd.StepOut(run, call):
                place = stops.place_of(run, call)
                self._step(run, call, lambda stepper: stepper.step_out(place))
            case cmd.RunTo(run, node, call):
                stops.change(lambda stepper: stepper.run_to(run, node, call))
                stops.gate.release_all()
            case cmd.Continue():
                stops.change(Stepper.continue_all)
                stops.gate.release_all()
            case cmd.Pause():
                runs = frozenset(self._runs) if command.run is None else frozenset({command.run})
                stops.change(lambda stepper: stepper.pause(runs))
            case cmd.SetBreakpoints():
                stops.set_breakpoints(command.breakpoints)
            case cmd.SerializeTools():
                self.serializes_tools = command.on
                self.channel.post(ev.ToolsSerialized(command.on))
            case cmd.Draft() | cmd.Edit() | cmd.AnswerByHand() | cmd.Retry() | cmd.UseRecorded():
                self._change_held(command)
            case cmd.Rewind():
                self._rewind(command)
            case cmd.GoLive(run):
                self._go_live(run)
            case cmd.Evaluate() | cmd.Interrupt() | cmd.Complete():
                self._evaluate(command)
            case cmd.OpenValue():
                self._open_value(command)
            case cmd.Probe():
                self._answer_probe(command.number)
            case cmd.StartRun() | cmd.Leave():
                for answer in self.answers:
                    answer(command)
            case cmd.Launch():
                self.channel.post(ev.Fault('a script is launched once'))
            case _:
                assert_never(command)

    def _step(self, run: str, call: str | None, change: Callable[[Stepper], Stepper]) -> None:
        held = self.stops.held_at(run, call)
        if held is not None:
            held.step_on()
        self.stops.change(change)
        self.stops.gate.release(run, call)

    def _go_live(self, run: str) -> None:
        if self.replay is None:
            return
        self.replay.is_live = True
        self.channel.post(ev.ReplaySwitched(False))
        place = self.stops.place_of(run, None)
        if place.at == 'divergence':
            self._step(run, None, lambda stepper: stepper.step_over(place))

    def _change_held(self, command: ChangeOfHeld) -> None:
        """Act on what waits; where nothing does any more, say so."""
        self.stops.with_held(
            command.run, command.call, lambda held: self._act(command, held), lambda: self._refuse(command)
        )

    def _refuse(self, command: ChangeOfHeld) -> None:
        gone = 'nothing waits there any more'
        match command:
            case cmd.Draft(run, call):
                self.channel.post(ev.Drafted(run, 0, call, ()))
            case cmd.Edit(run, call, item, _):
                self.channel.post(ev.EditRefused(run, 0, call, item, gone))
            case cmd.AnswerByHand(run, call) | cmd.Retry(run, call):
                self.channel.post(ev.EditRefused(run, 0, call, 'answer', gone))
            case cmd.UseRecorded(run):
                self.channel.post(ev.EditRefused(run, 0, None, 'answer', gone))
            case _:
                assert_never(command)

    def _act(self, command: ChangeOfHeld, held: Held) -> None:
        """Runs where `held` waits."""
        # Needs pydantic-ai, which the program has imported by now.
        from . import editing

        try:
            goes_on = editing.act(held, command)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is ours, and the run goes on waiting
            held.run.report_fault('an edit', error)
            return
        if goes_on:
            self.stops.change(lambda stepper: stepper.step_over(held.place))
            self.stops.gate.release(held.run.id, held.place.call)

    def _rewind(self, command: cmd.Rewind) -> None:
        """Have a run that waits, or that holds one that does, go back; or say why not."""

        def refuse(message: str) -> None:
            self.channel.post(ev.RewindRefused(command.run, command.node, message))

        run, held = self._runs.get(command.run), self.stops.held_inside(command.run)
        gone = 'it does not wait any more: p pauses it'
        if run is None or held is None:
            refuse('the run has ended: R starts the script again' if run is None else gone)
            return

        def go_back(held: Held) -> None:
            problem = refusal(run, held, command.node)
            checkpoint = run.timeline.at(command.node)
            if problem is not None or checkpoint is None:
                refuse(problem or gone)
                return
            held.resolution = Back(run, checkpoint, frozenset(command.again))
            self.stops.gate.release(held.run.id, held.place.call)

        self.stops.with_held(held.run.id, held.place.call, go_back, lambda: refuse(gone))

    def _evaluate(self, command: cmd.Evaluate | cmd.Interrupt | cmd.Complete) -> None:
        evaluations, post = self._evaluations, self.channel.post
        match command:
            case cmd.Interrupt():
                evaluations.interrupt(command.number)
            case cmd.Complete(run, call, number, source):
                self.stops.with_held(
                    run,
                    call,
                    lambda held: post(evaluations.completed(held, number, source)),
                    lambda: post(ev.Completed(run, number, len(source), ())),
                )
            case cmd.Evaluate(run, call, number, source):
                nothing = ev.ErrorInfo('nothing waits', 'code is run in a run that waits', '')
                self.stops.with_held(
                    run,
                    call,
                    lambda held: evaluations.evaluate(held, number, source, post),
                    lambda: post(ev.Evaluated(run, number, source, error=nothing)),
                )
            case _:
                assert_never(command)

    def _answer_probe(self, number: int) -> None:
        """A loop that does not run at the moment holds up nobody; one that is blocked gives no answer."""
        entered = {loop for known in list(self._loops.values()) if (loop := known()) is not None}
        loops = {loop for loop in entered if loop.is_running() and id(loop) not in self._held_up}
        waiting = set(map(id, loops))

        def turned(loop: int) -> None:
            waiting.discard(loop)
            if not waiting:
                self.channel.post(cmd.Answered(number))

        for loop in loops:
            try:
                loop.call_soon_threadsafe(turned, id(loop))
            except RuntimeError:  # it was closed meanwhile
                turned(id(loop))
        if not loops:
            self.channel.post(cmd.Answered(number))

    def _open_value(self, command: cmd.OpenValue) -> None:
        """The picture is taken in the run's own loop, where its objects hold still."""
        self.stops.with_held(
            command.run,
            None,
            lambda held: self._answer_value(command, self._value(held, command)),
            lambda: self._answer_value(command, None),
        )

    def _value(self, held: Held, command: cmd.OpenValue) -> Value | None:
        match command.root:
            case 'evaluated':
                number, *path = command.path
                return opened(self._evaluations.values.get(number), path, command.start)
            case 'locals':
                return opened(held.local_variables(), command.path, command.start)
            case 'deps' | 'metadata' | 'output':
                return held.run.open_value(command.root, command.path, command.start)

    def _answer_value(self, command: cmd.OpenValue, value: Any) -> None:
        self.channel.post(ev.ValueOpened(command.run, command.root, command.path, command.start, value))


def _replay_of(launch: cmd.Launch) -> Replay | None:
    if launch.replay is None:
        return None
    # Nobody else needs it.
    from .replay import Replay

    return Replay.open(launch.replay, tools=launch.replay_tools)


def _usage(run: TrackedRun) -> object:
    return run.agent_run.ctx.state.usage if run.agent_run is not None else None
