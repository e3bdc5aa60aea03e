"""The child's end of the socket: a reader thread, a writer thread, and nothing that blocks the user's loop.

Posting appends to a deque; the writer thread turns what was posted into lines. Only a process that started the
channel talks on it: after a fork the other side falls silent and closes its copy.
"""

from __future__ import annotations

import _thread
import contextlib
import os
import select
import signal
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Any, Literal, TypeAlias, cast

from pydantic_ai_debug.protocol.codec import ProtocolError, decode_command, encode_event
from pydantic_ai_debug.protocol.commands import Command
from pydantic_ai_debug.protocol.events import Event, Fault

MERGE_SECONDS = 0.015
"""How long stream events wait for others of their kind; they are merged then."""

CLOSE_SECONDS = 10.0
"""How long the end of the process waits for the writer, for a parent that does not read."""

_CLEAN_UP_SECONDS = 0.2

_UNUSED_SIGNAL = signal.SIGURG
"""A signal that does nothing unless it is handled."""

_RECEIVED_AT_ONCE = 65536

LOST_PARENT = 70
"""Exit code of a child whose parent is gone."""

Urgency: TypeAlias = Literal['soon', 'now', 'end']
Posted: TypeAlias = tuple[float, object]
"""Session time, and an event or something that `Render` makes events of."""
Render: TypeAlias = Callable[[list[Posted]], Iterable[tuple[float, Event]]]


class Channel:
    """Sends events to the parent and hands its commands to a handler.

    `render` runs in the writer thread and turns what was posted into events: it merges deltas and does the
    serialising that need not hold up the user's loop.
    """

    def __init__(self, fd: int) -> None:
        self._socket = socket.socket(fileno=fd)
        self._socket.set_inheritable(False)
        self._received = b''
        """What was read of lines that are not handed on yet."""
        self._posted: deque[Posted] = deque()
        self._wake: SimpleQueue[Urgency] = SimpleQueue()
        self._woken: Urgency | None = None
        self._started_at = time.monotonic()
        self._render: Render = _events_only
        self._handle: Callable[[Command], None] | None = None
        self._pid = os.getpid()
        self._closed = False
        self._threads: list[threading.Thread] = []
        self._replaced_handler: Any = signal.SIG_DFL
        """What handles `_UNUSED_SIGNAL` but for the time of a fork."""
        self._interrupt, self._interrupted = socket.socketpair()
        """A byte through this pair ends the reader thread."""

    def read_command(self) -> Command:
        """Wait for the next command, before the channel is started.

        Raises:
            EOFError: where the parent is gone.
            ProtocolError: where it is no command of this version.
        """
        while b'\n' not in self._received:
            received = self._socket.recv(_RECEIVED_AT_ONCE)
            if not received:
                raise EOFError
            self._received += received
        line, _, self._received = self._received.partition(b'\n')
        return decode_command(line)

    def start(self, started_at: float) -> None:
        """Begin to send; times count from `started_at`, as `time.monotonic()` gave it."""
        self._started_at = started_at
        # A process that forks while it has threads is warned by newer Pythons, and projects make errors of warnings.
        # `logging` has hooks written in Python, in which the signal below would be handled: they have to come before.
        import logging  # noqa: F401  # pyright: ignore[reportUnusedImport]

        os.register_at_fork(before=self._prepare_fork, after_in_parent=self._forked, after_in_child=self._silence)
        # Python counts the threads at the very end of `os.fork`, after its hooks. A signal that the last hook pretends
        # to have received is handled once `os.fork` has returned.
        os.register_at_fork(after_in_parent=partial(_thread.interrupt_main, _UNUSED_SIGNAL))
        self._start_threads()

    def listen(self, handle: Callable[[Command], None]) -> None:
        """Call `handle` with each command from now on, in a thread of the channel's."""
        self._handle = handle
        self._start_thread(self._read, 'reader')

    def render_with(self, render: Render) -> None:
        self._render = render

    @property
    def now(self) -> float:
        """Session time."""
        return time.monotonic() - self._started_at

    @property
    def open(self) -> bool:
        """Whether posting reaches anybody: not in a forked child, nor after the end."""
        return not self._closed

    def post(self, item: object, *, soon: bool = False) -> None:
        """Send an event, or something to render, from any thread; `soon` lets it wait for others to be merged with."""
        if self._closed:
            return
        self._posted.append((self.now, item))
        urgency: Urgency = 'soon' if soon else 'now'
        if self._woken is None or (self._woken == 'soon' and urgency == 'now'):
            self._woken = urgency
            self._wake.put(urgency)

    def close(self) -> None:
        """Send what was posted and stop. Called once, at the end of the process."""
        if self._closed:
            return
        self._closed = True
        self._end_threads()

    def _start_thread(self, run: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=run, name=f'agent-debug {name}', daemon=True)
        self._threads.append(thread)
        thread.start()

    def _start_threads(self) -> None:
        if self._closed:
            return
        self._start_thread(self._write, 'writer')
        if self._handle is not None:
            self._start_thread(self._read, 'reader')

    def _end_threads(self) -> None:
        """Have both threads send or hand on what they have, and end; not where one of them asks for it itself."""
        threads, self._threads = self._threads, []
        if threading.current_thread() in threads:
            return
        self._wake.put('end')
        self._interrupt.send(b'.')
        for thread in threads:
            thread.join(CLOSE_SECONDS)

    def _prepare_fork(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self._replaced_handler = signal.signal(_UNUSED_SIGNAL, self._resume_after_fork)
        before = _system_threads()
        ended = len(self._threads)
        self._end_threads()
        # A thread that was joined is still counted until the system has cleaned it up.
        deadline = time.monotonic() + _CLEAN_UP_SECONDS
        while before and _system_threads() > before - ended and time.monotonic() < deadline:
            time.sleep(0.0005)

    def _forked(self) -> None:
        # Signals are handled in the main thread alone: for another one, now is the time.
        if threading.current_thread() is not threading.main_thread():
            self._start_threads()

    def _resume_after_fork(self, number: int, frame: FrameType | None) -> None:
        signal.signal(_UNUSED_SIGNAL, self._replaced_handler)
        self._start_threads()

    def _silence(self) -> None:
        if threading.current_thread() is threading.main_thread():
            signal.signal(_UNUSED_SIGNAL, self._replaced_handler)
        self._closed = True
        self._posted.clear()
        # The descriptors alone are closed: a shutdown would end the connection for the parent process too.
        for end in (self._socket, self._interrupt, self._interrupted):
            with contextlib.suppress(OSError):
                os.close(end.detach())

    def _write(self) -> None:
        urgency: Urgency = 'now'
        while urgency != 'end':
            urgency = self._wake.get()
            if urgency == 'soon':
                try:
                    urgency = self._wake.get(timeout=MERGE_SECONDS)
                except Empty:
                    urgency = 'now'
            self._woken = None
            if not self._send_posted():
                return

    def _send_posted(self) -> bool:
        posted: list[Posted] = []
        while self._posted:
            posted.append(self._posted.popleft())
        if not posted:
            return True
        lines = [f'{encode_event(event, round(at, 6))}\n' for at, event in self._render(posted)]
        try:
            self._socket.sendall(''.join(lines).encode())
        except (BrokenPipeError, ConnectionResetError):
            self._end_orphan()
            return False
        except OSError:
            self._closed = True
            return False
        return True

    def _read(self) -> None:
        try:
            while True:
                self._hand_on_lines()
                ready, _, _ = select.select([self._socket, self._interrupted], [], [])
                if self._interrupted in ready:
                    self._interrupted.recv(1)
                    return
                received = self._socket.recv(_RECEIVED_AT_ONCE)
                if not received:
                    self._end_orphan()
                    return
                self._received += received
        except ConnectionResetError:
            self._end_orphan()
        except (OSError, ValueError):
            # The program closed descriptors it did not open, ours among them.
            self._closed = True

    def _hand_on_lines(self) -> None:
        *lines, self._received = self._received.split(b'\n')
        for line in lines:
            try:
                command = decode_command(line)
            except ProtocolError as error:
                self.post(Fault(f'a command was not understood: {error}'))
            else:
                if self._handle is not None:
                    self._handle(command)

    def _end_orphan(self) -> None:
        """The parent is gone: end the script and what it started, unless it is ending anyway."""
        if self._closed or os.getpid() != self._pid:
            return
        if os.getpgrp() == self._pid:
            os.killpg(self._pid, signal.SIGKILL)
        os._exit(LOST_PARENT)


def _system_threads() -> int:
    """Threads of this process as the system counts them; 0 where it does not tell."""
    try:
        return len(os.listdir('/proc/self/task'))
    except OSError:
        return 0


def _events_only(posted: list[Posted]) -> Iterable[tuple[float, Event]]:
    """What `render` does before pydantic-ai is there: everything posted is an event."""
    yield from cast('list[tuple[float, Event]]', posted)
