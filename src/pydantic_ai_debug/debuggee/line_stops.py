"""Lines of the program that stop it themselves, by `breakpoint()` or `pydantic_ai_debug.breakpoint()`.

Nothing can be awaited at such a line: its thread waits, and with it the event loop that runs there, as at a prompt of
pdb.
"""

from __future__ import annotations

import asyncio
import os
import sys
import traceback
from asyncio import get_running_loop
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import TYPE_CHECKING

import pydantic_ai_debug
from pydantic_ai_debug.protocol.events import Frame

from . import errors
from .held import Held
from .stepper import Place

if TYPE_CHECKING:
    from .debugger import Debugger
    from .tracked_run import TrackedRun

_MOST_FRAMES = 200


class HeldLine(Held):
    """A line of the program's, with the frames that lead to it."""

    blocks_thread = True

    def __init__(self, run: TrackedRun, place: Place, frame: FrameType) -> None:
        super().__init__(run, place, frame.f_code.co_name)
        self._frames = list(_stack(frame))

    def frames(self) -> tuple[Frame, ...]:
        return tuple(errors.described_frame(_summary(frame), frame) for frame in self._frames)

    def local_variables(self) -> object:
        return [errors.locals_of(frame) for frame in self._frames]

    def scope(self) -> Mapping[str, object]:
        frame = self._frames[-1]
        return {**frame.f_globals, **errors.locals_of(frame)}

    def let_go(self) -> None:
        super().let_go()
        self._frames.clear()


def _stack(frame: FrameType) -> Iterator[FrameType]:
    """The program's frames from the outermost on, without ours."""
    frames: list[FrameType] = []
    current: FrameType | None = frame
    while current is not None and len(frames) < _MOST_FRAMES:
        if not errors.is_own_frame(current):
            frames.append(current)
        current = current.f_back
    return reversed(frames)


def _summary(frame: FrameType) -> traceback.FrameSummary:
    return traceback.FrameSummary(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)


class LineStops:
    """Stops runs at lines that ask for it."""

    def __init__(self, debugger: Debugger) -> None:
        self._debugger = debugger

    def install(self) -> None:
        """Have lines that call for a debugger stop in this one."""
        pydantic_ai_debug.on_breakpoint = self.stop
        asked_otherwise = os.environ.get('PYTHONBREAKPOINT') or sys.breakpointhook is not sys.__breakpointhook__
        # Without the screen the program's own prompt reads the terminal, as it does without a debugger.
        if self._debugger.launch.waits and not asked_otherwise:
            sys.breakpointhook = self._hook

    def _hook(self, *, header: str | None = None) -> None:
        frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
        if not self.stop(frame):
            # Outside of a run: Python's own prompt, which the Console answers. `pdb.set_trace` would stop in this frame.
            import pdb

            prompt = pdb.Pdb()
            if header is not None:
                prompt.message(header)
            prompt.set_trace(frame)

    def stop(self, frame: FrameType) -> bool:
        """Stop the run inside of which a frame runs; False where there is none."""
        found = self._debugger.run_here()
        if found is None:
            return False
        run, call = found
        held = HeldLine(run, run.place('line', call=call), frame)
        try:
            with self._debugger.loop_held_up(_running_loop()):
                self._debugger.stops.pass_by_in_thread(held)
        finally:
            held.let_go()
        return True


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return get_running_loop()
    except RuntimeError:
        return None
