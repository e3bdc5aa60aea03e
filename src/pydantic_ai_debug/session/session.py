"""One run of the script, from its start to its last line: what the screen and the headless mode hold on to."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock

from pydantic_ai_debug.protocol.codec import encode_command
from pydantic_ai_debug.protocol.commands import Command, Probe
from pydantic_ai_debug.recording import EventLog

from . import processes
from .intake import Intake
from .plan import LaunchPlan
from .reader import Reader
from .spawn import LAUNCHER, Child, spawn

_GRACE_SECONDS = 1.0
_POLL_SECONDS = 0.02


class Session:
    """A child process and its event log. Every method may be called from any thread, and none waits for the script.

    A session runs once: a restart is another session on another log, made from the same plan.
    """

    def __init__(self, plan: LaunchPlan, log: EventLog, launcher: Path = LAUNCHER) -> None:
        self.plan = plan
        self.log = log
        self.on_change: Callable[[], None] | None = None
        """Called by the reader thread whenever the log has grown or the session has ended. Bursts are the callee's to
        collapse. Whoever sets it looks at the log once after that."""
        self.started = 0.0
        """`time.monotonic()` at the start: the zero of every event's time."""
        self._launcher = launcher
        self._child: Child | None = None
        self._reader: Reader | None = None
        self._intake: Intake | None = None
        self._probes = 0
        """How many signs of life it was asked for."""
        self._probed_at = 0.0
        self._ended = Event()
        self._terminating = Lock()

    def start(self) -> None:
        """Start the script.

        Raises:
            LaunchError: where its interpreter cannot be run.
        """
        self.started = time.monotonic()
        child = spawn(self.plan, self._launcher)
        self._child = child
        self._intake = Intake(self.plan, child.process.pid, self.elapsed, self.log.secrets)
        self._reader = Reader(child, self.log, self._intake, self._changed)
        self.send(dataclasses.replace(self.plan.launch, started=self.started))
        self._reader.start(self._ended.set)

    def send(self, command: Command) -> None:
        """Pass a command on to the child; one that has ended does not hear it."""
        if self._reader is not None:
            self._reader.put(self._reader.commands, f'{encode_command(command)}\n'.encode())

    def probe(self) -> None:
        """Ask the script for a sign of life, unless it owes one already."""
        if self.running and self._intake is not None and self._intake.answered == self._probes:
            self._probes += 1
            self._probed_at = time.monotonic()
            self.send(Probe(self._probes))

    @property
    def unanswered(self) -> float:
        """Seconds since the script was asked for a sign of life that has not come; 0 where it owes none."""
        if not self.running or self._intake is None or self._intake.answered >= self._probes:
            return 0.0
        return time.monotonic() - self._probed_at

    def write_stdin(self, text: str) -> None:
        """Give the script something to read, unless it reads our own standard input."""
        if self._reader is not None and self._reader.stdin is not None:
            self._reader.put(self._reader.stdin, text.encode('utf-8', 'surrogateescape'))

    def close_stdin(self) -> None:
        """Let the script read the end of its input."""
        if self._reader is not None and self._reader.stdin is not None:
            self._reader.stdin.close_when_sent()
            self._reader.wake()

    def signal(self, number: int, *, alone: bool = False) -> None:
        """Send a signal to the script and to what it started, as a terminal does, or to the script alone."""
        if self._child is not None and self._child.process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                send = os.kill if alone else os.killpg
                send(self._child.process.pid, number)

    def terminate(self) -> None:
        """End the script and what it started, by force after a second. Returns when they are gone."""
        with self._terminating:
            if self._child is None or self._child.process.returncode is not None:
                return
            group = self._child.process.pid
            # Looked for while they can be: nobody knows whose a process is once its parent is gone.
            started = processes.descendants(group)
            self.signal(signal.SIGTERM)
            deadline = time.monotonic() + _GRACE_SECONDS
            while time.monotonic() < deadline and _group_lives(group):
                time.sleep(_POLL_SECONDS)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
            self._child.process.wait()
            processes.kill(started)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the last line is in the log; whether it is."""
        return self._ended.wait(timeout)

    @property
    def pid(self) -> int | None:
        return None if self._child is None else self._child.process.pid

    @property
    def returncode(self) -> int | None:
        """The script's exit code, negative where a signal ended it; None while it runs."""
        return None if self._child is None else self._child.process.returncode

    @property
    def running(self) -> bool:
        """Whether lines may still come."""
        return self._child is not None and not self._ended.is_set()

    @property
    def launch_failure(self) -> str | None:
        """Why the target could not be run at all, once that is known."""
        return None if self._intake is None else self._intake.launch_failure

    def elapsed(self) -> float:
        """Seconds since the start."""
        return round(time.monotonic() - self.started, 6)

    def _changed(self) -> None:
        if self.on_change is not None:
            self.on_change()


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # macOS answers so where only processes that have ended are left.
        return False
    return True
