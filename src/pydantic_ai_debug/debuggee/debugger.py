"""The runs of this process, and the commands that act on them: where hooks, stepper and gate meet."""

from __future__ import annotations

import asyncio
import itertools
import threading
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from typing_extensions import assert_never

from pydantic_ai_debug.protocol import commands as cmd
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.commands import Command

from .gate import Gate
from .stepper import Boundary, Stepper

if TYPE_CHECKING:
    from .channel import Channel
    from .tracked_run import TrackedRun

Answer = cmd.StartRun | cmd.Leave
"""What may be answered to an offer of agents."""


class Debugger:
    """Holds what is asked for and the runs that are live. Any thread may call it."""

    def __init__(self, channel: Channel, launch: cmd.Launch) -> None:
        self.channel = channel
        self.launch = launch
        self.answers: list[Callable[[Answer], None]] = []
        """Who waits for an answer to an offer, if anybody."""
        self.started_runs = False
        """Whether any run was started in this process."""
        self._gate = Gate()
        self._lock = threading.Lock()
        self._stepper = Stepper(on_entry=launch.stop_on_entry)
        self._runs: dict[str, TrackedRun] = {}
        self._upcoming: dict[str, object] = {}
        """The node that each run's last boundary was before, so that none is passed twice."""
        self._loops: dict[str, weakref.ref[asyncio.AbstractEventLoop]] = {}
        """Each run's event loop."""
        self._ids = itertools.count(1)

    @property
    def now(self) -> float:
        return self.channel.now

    # Runs

    def new_run_id(self) -> str:
        self.started_runs = True
        return f'r{next(self._ids)}'

    async def run_opened(self, run: TrackedRun, first_node: object) -> None:
        """A run is ready to take its first node: its first boundary."""
        self._runs[run.id] = run
        self._loops[run.id] = weakref.ref(asyncio.get_running_loop())
        await self._boundary(run, first_node, first=True)

    def run_ended(self, run: TrackedRun, error: BaseException | None) -> None:
        run.leave_calls()
        run.end(error)
        self._runs.pop(run.id, None)
        self._upcoming.pop(run.id, None)
        self._loops.pop(run.id, None)
        with self._lock:
            self._stepper = self._stepper.ended(run.id, run.parent)

    def end_all(self) -> None:
        """The process ends: report runs that nobody closed, as `run_stream_sync` leaves them."""
        for run in list(self._runs.values()):
            self.run_ended(run, None)

    async def node_begins(self, run: TrackedRun, node: object) -> None:
        """A node is about to run; one that no boundary announced, such as a caller's own, is a boundary itself."""
        kind = type(node).__name__
        if self._upcoming.get(run.id) is not node:
            if run.is_open('ModelRequestNode') and kind != 'ModelRequestNode':
                run.close_node(kind)
            await self._boundary(run, node, first=False)
        if not run.is_open(kind):
            run.open_node(kind, node)
        if kind == 'CallToolsNode':
            run.enter_calls()

    async def node_ended(self, run: TrackedRun, node: object, result: object) -> None:
        """A node ended with the next one, or the end: a boundary."""
        kind = type(node).__name__
        run.leave_calls()
        if not run.is_open(kind):
            run.open_node(kind, node)
        run.close_node(type(result).__name__)
        await self._boundary(run, result, first=False)

    async def _boundary(self, run: TrackedRun, node: object, *, first: bool) -> None:
        self._upcoming[run.id] = node
        with self._lock:
            stops = self._stepper.stops_at(Boundary(run.id, run.parent, first))
            if stops:
                self._stepper = self._stepper.stopped(run.id)
        if not stops or not self.channel.open:
            return
        kind, index, started = type(node).__name__, run.node, self.now
        if any(cls.__name__ == 'ModelRequestNode' for cls in type(node).__mro__):
            run.report_planned_request(node)
        try:
            await self._gate.wait(run.id, lambda: run.emit(ev.Stopped(run.id, index, 'boundary', kind)))
        finally:
            run.add_waited(self.now - started)
            run.emit(ev.Resumed(run.id, index, 'boundary'))

    # Commands

    def handle(self, command: Command) -> None:
        """Carry out a command; called from the thread that reads them."""
        match command:
            case cmd.StepOver():
                self._change(lambda stepper: stepper.step_over(command.run))
                self._gate.release(command.run)
            case cmd.Continue():
                self._change(Stepper.continue_all)
                self._gate.release_all()
            case cmd.Pause():
                runs = frozenset(self._runs) if command.run is None else frozenset({command.run})
                self._change(lambda stepper: stepper.pause(runs))
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

    def _change(self, change: Callable[[Stepper], Stepper]) -> None:
        with self._lock:
            self._stepper = change(self._stepper)

    def _answer_probe(self, number: int) -> None:
        """A loop that does not run at the moment holds up nobody; one that is blocked gives no answer."""
        loops = {
            loop for entered in list(self._loops.values()) if (loop := entered()) is not None and loop.is_running()
        }
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
        run: Any = self._runs.get(command.run)

        def answer() -> None:
            value = run.open_value(command.root, command.path, command.start)
            self._answer_value(command, value)

        if run is None or not self._gate.call(command.run, answer):
            self._answer_value(command, None)

    def _answer_value(self, command: cmd.OpenValue, value: Any) -> None:
        self.channel.post(ev.ValueOpened(command.run, command.root, command.path, command.start, value))
