"""The child's end of the socket: a reader thread, a writer thread, and nothing that blocks the user's loop.

Posting appends to a deque; the writer thread turns what was posted into lines. Only a process that started the
channel talks on it: after a fork the other side falls silent and closes its copy.
"""

from __future__ import annotations

import _thread
import contextlib
import fcntl
import os
import resource
import signal
import socket
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from queue import Empty, SimpleQueue
from select import select
from time import sleep
from types import FrameType
from typing import Any, Literal, TypeAlias, cast

from pydantic_ai_debug.protocol.codec import ProtocolError, decode_command, encode_event, rounded
from pydantic_ai_debug.protocol.commands import Command
from pydantic_ai_debug.protocol.events import (
    AgentsOffered,
    Event,
    Fault,
    Hello,
    LaunchFailed,
    PhaseChanged,
    Resumed,
    Stopped,
    ValueOpened,
)

from .hidden_thread import HiddenThread
from .scrubbing import scrubbed, scrubbed_lines

MERGE_SECONDS = 0.015
"""How long events wait for others to be sent with: waking a thread costs more than most events do. Stream events of a
kind are merged then."""

LONGEST_MERGE_SECONDS = 0.1
"""How long they wait at most where sending takes long itself."""

_REST = 20
"""How much longer than it took to send events the next ones wait. It takes long while the program computes, and holds the
program up: each turn of an event loop gives the interpreter's lock away for a moment, and wakes whoever waits for it."""

_WAIT_SECONDS = 0.00005
"""What it costs the program that this thread is woken once, and mostly in vain. Waiting for something else it is few times."""

CLOSE_SECONDS = 10.0
"""How long the end of the process waits for the writer, for a parent that does not read."""

_CLEAN_UP_SECONDS = 0.2

_IGNORED_SIGNALS: tuple[signal.Signals, ...] = (signal.SIGURG, signal.SIGWINCH, signal.SIGCONT, signal.SIGCHLD)
"""Signals that do nothing unless they are handled."""

_MOST_DESCRIPTORS = 1024
"""How many `select` can tell apart."""
_OWN_DESCRIPTORS = 16

_RECEIVED_AT_ONCE = 65536
_SENT_AT_ONCE = 1 << 20

_WARDEN_SECONDS = 2.0

LOST_PARENT = 70
"""Exit code of a child whose parent is gone."""

_WAITED_FOR = frozenset({Hello, PhaseChanged, LaunchFailed, Fault, Stopped, Resumed, ValueOpened, AgentsOffered})
"""Events that somebody on the other side waits for: they are sent at once, and with them all that came before."""

Urgency: TypeAlias = Literal['soon', 'now', 'end']

Posted: TypeAlias = tuple[float, object]
"""Session time, and an event or something that `Render` makes events of."""


class Growing:
    """Something posted that more is added to until it is sent."""

    __slots__ = ()

    def take(self) -> object:
        """What it holds by now, for `Render`. More may be added meanwhile, by another thread."""
        raise NotImplementedError


Render: TypeAlias = Callable[[list[Posted]], Iterable[tuple[float, Event]]]


class Channel:
    """Sends events to the parent and hands its commands to a handler.

    `render` runs in the writer thread and turns what was posted into events: it merges deltas and does the
    serialising that need not hold up the user's loop.
    """

    def __init__(self, fd: int) -> None:
        self._socket = _out_of_the_way(socket.socket(fileno=fd))
        self._received = bytearray()
        """What was read of lines that are not handed on yet."""
        self._searched = 0
        """How much of it holds no end of a line."""
        self._posted: deque[Posted] = deque()
        self._wake: SimpleQueue[Urgency] = SimpleQueue()
        self._urged = False
        """Whether the writer is asked to send at once."""
        self._rests = False
        """Whether the writer comes by before long without being asked."""
        self.clock = time.monotonic
        """The time as it is before the program, such as a test that stops it, puts another in its place."""
        self.started_at = self.clock()
        self._render: Render = _events_only
        self._handle: Callable[[Command], None] | None = None
        self._pid = os.getpid()
        self._closed = False
        self._threads: list[HiddenThread] = []
        self._threads_lock = threading.RLock()
        """Held while they are started or ended: threads of the program may fork at the same time."""
        self._forks = 0
        """How many threads of the program are forking. Ours start again once none is."""
        self._fork_signal: signal.Signals = _IGNORED_SIGNALS[0]
        """One that the program does not handle, ours for the time of a fork."""
        self._replaced_handler: Any = signal.SIG_DFL
        self._sending_since: float | None = None
        """When the parent was last given something to take, while it does not."""
        self._ending = False
        """Whether the threads are asked to end."""
        self._interrupt, self._interrupted = map(_out_of_the_way, socket.socketpair())
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
        return decode_command(bytes(line))

    def start(self, started_at: float) -> None:
        """Begin to send; times count from `started_at`, as `time.monotonic()` gave it."""
        self.started_at = started_at
        # A process that forks while it has threads is warned by newer Pythons, and projects make errors of warnings.
        # `logging` has hooks written in Python, in which the signal below would be handled: they have to come before.
        import logging  # noqa: F401  # pyright: ignore[reportUnusedImport]

        os.register_at_fork(before=self._prepare_fork, after_in_parent=self._forked, after_in_child=self._silence)
        # Python counts the threads at the very end of `os.fork`, after its hooks. A signal that the last hook pretends
        # to have received is handled once `os.fork` has returned.
        # Code in Python would handle it before the hook returns: all of it but the choice of the signal is C.
        pretend = map(_thread.interrupt_main, iter(self._choose_signal, None))
        os.register_at_fork(after_in_parent=partial(next, pretend))
        self._start_threads()

    def listen(self, handle: Callable[[Command], None]) -> None:
        """Call `handle` with each command from now on, in a thread of the channel's."""
        self._handle = handle
        self._start_thread(self._read)

    def render_with(self, render: Render) -> None:
        self._render = render

    @property
    def now(self) -> float:
        """Session time."""
        return self.clock() - self.started_at

    @property
    def open(self) -> bool:
        """Whether posting reaches anybody: not in a forked child, nor after the end."""
        return not self._closed

    def post(self, item: object) -> None:
        """Send an event, or something to render, from any thread."""
        if self._closed:
            return
        self._posted.append((self.clock() - self.started_at, item))
        if type(item) in _WAITED_FOR:
            if not self._urged:
                self._urged = True
                self._wake.put('now')
        elif not self._rests:
            self._rests = True
            self._wake.put('soon')

    def close(self) -> None:
        """Send what was posted and stop. Called once, at the end of the process."""
        with self._threads_lock:
            if self._closed:
                return
            # There are none where another thread is about to fork.
            self._start_threads()
            self._closed = True
            self._end_threads()

    def _start_thread(self, run: Callable[[], None]) -> None:
        thread = HiddenThread(run)
        self._threads.append(thread)
        thread.start()

    def _start_threads(self) -> None:
        if self._closed or self._threads:
            return
        self._ending = False
        self._start_thread(self._write)
        if self._handle is not None:
            self._start_thread(self._read)

    def _end_threads(self) -> None:
        """Have both threads send or hand on what they have, and end; not where one of them asks for it itself."""
        if not self._threads or any(thread.current for thread in self._threads):
            return
        threads, self._threads = self._threads, []
        self._ending = True
        self._wake.put('end')
        # The program may have closed it.
        with contextlib.suppress(OSError):
            self._interrupt.send(b'.')
        for thread in threads:
            # What is long takes long to write: it is waited for, unlike a parent that takes nothing.
            while not thread.join(CLOSE_SECONDS) and thread.runs(self._write) and not self._is_stuck:
                pass

    @property
    def _is_stuck(self) -> bool:
        """Whether the parent has taken nothing for long."""
        sending_since = self._sending_since
        return sending_since is not None and self.clock() - sending_since >= CLOSE_SECONDS

    def _prepare_fork(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self._fork_signal = _unhandled_signal()
            self._replaced_handler = signal.signal(self._fork_signal, self._resume_after_fork)
        with self._threads_lock:
            self._forks += 1
            before = _system_threads()
            ended = len(self._threads)
            self._end_threads()
        # A thread that was joined is still counted until the system has cleaned it up.
        deadline = self.clock() + _CLEAN_UP_SECONDS
        while before and _system_threads() > before - ended and self.clock() < deadline:
            sleep(0.0005)

    def _forked(self) -> None:
        # Signals are handled in the main thread alone: for another one, now is the time.
        if threading.current_thread() is not threading.main_thread():
            self._resume()

    def _resume(self) -> None:
        with self._threads_lock:
            self._forks -= 1
            if self._forks == 0:
                self._start_threads()

    def _choose_signal(self) -> signal.Signals:
        # One that nobody handles is not even noticed.
        in_main_thread = threading.current_thread() is threading.main_thread()
        return self._fork_signal if in_main_thread else _unhandled_signal()

    def _resume_after_fork(self, number: int, frame: FrameType | None) -> None:
        signal.signal(self._fork_signal, self._replaced_handler)
        self._resume()

    def _silence(self) -> None:
        if threading.current_thread() is threading.main_thread():
            signal.signal(self._fork_signal, self._replaced_handler)
        # Another thread may have held it, which is not there any more.
        self._threads_lock = threading.RLock()
        self._closed = True
        self._posted.clear()
        # The descriptors alone are closed: a shutdown would end the connection for the parent process too.
        for end in (self._socket, self._interrupt, self._interrupted):
            with contextlib.suppress(OSError):
                os.close(end.detach())

    def _write(self) -> None:
        urgency: Urgency = 'soon'
        merge_seconds = MERGE_SECONDS
        while urgency != 'end':
            waited = _times_waited()
            try:
                # Whoever posts does not wake a thread that comes by anyway.
                urgency = self._wake.get(timeout=merge_seconds if self._rests else None)
            except Empty:
                urgency = 'now'
            if urgency == 'soon':
                # Nothing was posted for a while.
                self._rests, merge_seconds = True, MERGE_SECONDS
                continue
            begun = self.clock()
            self._urged = False
            self._rests = bool(self._posted)
            if not self._send_posted():
                return
            cost = _REST * max(self.clock() - begun, _WAIT_SECONDS * (_times_waited() - waited))
            merge_seconds = min(max(MERGE_SECONDS, cost), LONGEST_MERGE_SECONDS)

    def _send_posted(self) -> bool:
        # Others append meanwhile, and what they append later is sent later.
        waiting = [self._posted.popleft() for _ in range(len(self._posted))]
        if not waiting:
            return True
        posted = [(at, item.take() if isinstance(item, Growing) else item) for at, item in waiting]
        try:
            self._send(b''.join(self._lines(posted)))
        except (BrokenPipeError, ConnectionResetError):
            self._end_orphan()
            return False
        except OSError:
            self._closed = True
            return False
        return True

    def _send(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:
                self._sending_since = self.clock()
                rest = rest[self._socket.send(rest[:_SENT_AT_ONCE]) :]
        finally:
            self._sending_since = None

    def _lines(self, posted: list[Posted]) -> list[bytes]:
        """What was posted, as lines, some together. What cannot be written costs its own line, never those of others."""
        try:
            lines = [f'{encode_event(event, rounded(at))}\n' for at, event in self._render(posted)]
            return [''.join(scrubbed_lines(lines)).encode()]
        except Exception as error:  # noqa: BLE001 - objects of the program's may fail to serialise in any way
            if len(posted) > 1:
                return [line for item in posted for line in self._lines([item])]
            fault = Fault(scrubbed(f'an event could not be written: {type(error).__name__}: {error}'))
            return [f'{encode_event(fault, rounded(posted[0][0]))}\n'.encode()]

    def _read(self) -> None:
        try:
            while True:
                self._hand_on_lines()
                ready, _, _ = select([self._socket, self._interrupted], [], [])
                if self._interrupted in ready:
                    self._interrupted.recv(_RECEIVED_AT_ONCE)
                    if self._ending:
                        return
                    # The program wrote to a descriptor it did not open.
                    continue
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
        # Looked for from where nothing was found before: a line may be of any length.
        while (end := self._received.find(b'\n', self._searched)) >= 0:
            line = bytes(self._received[:end])
            del self._received[: end + 1]
            self._searched = 0
            self._hand_on(line)
        self._searched = len(self._received)

    def _hand_on(self, line: bytes) -> None:
        try:
            command = decode_command(line)
        except ProtocolError as error:
            self.post(Fault(f'a command was not understood: {error}'[:500]))
            return
        try:
            if self._handle is not None:
                self._handle(command)
        except Exception as error:  # noqa: BLE001 - a fault of ours must neither be silent nor end the thread
            self.post(Fault(f'a command failed: {type(error).__name__}: {error}', traceback.format_exc()))

    def _end_orphan(self) -> None:
        """The parent is gone: end the script and what it started, unless it is ending anyway."""
        if self._closed or os.getpid() != self._pid:
            return
        # The parent's warden ends more than can be reached from here. It may be gone as well.
        sleep(_WARDEN_SECONDS)
        if os.getpgrp() == self._pid:
            os.killpg(self._pid, signal.SIGKILL)
        os._exit(LOST_PARENT)


def _out_of_the_way(end: socket.socket) -> socket.socket:
    """The same socket on a descriptor far up, where the program neither misses one nor gets one of ours it has closed."""
    most = min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], _MOST_DESCRIPTORS)
    try:
        moved = fcntl.fcntl(end.fileno(), fcntl.F_DUPFD_CLOEXEC, most - _OWN_DESCRIPTORS)
    except OSError:
        end.set_inheritable(False)
        return end
    end.close()
    return socket.socket(fileno=moved)


def _unhandled_signal() -> signal.Signals:
    """One of those that the program does not handle, so that no event loop of its own calls a handler either."""
    unhandled = (number for number in _IGNORED_SIGNALS if signal.getsignal(number) == signal.SIG_DFL)
    return next(unhandled, _IGNORED_SIGNALS[0])


def _times_waited() -> int:
    """How often this thread has waited by now, for the interpreter's lock or anything else; 0 where the system does not tell."""
    who = getattr(resource, 'RUSAGE_THREAD', None)
    return 0 if who is None else resource.getrusage(who).ru_nvcsw


def _system_threads() -> int:
    """Threads of this process as the system counts them; 0 where it does not tell."""
    try:
        return len(os.listdir('/proc/self/task'))
    except OSError:
        return 0


def _events_only(posted: list[Posted]) -> Iterable[tuple[float, Event]]:
    """What `render` does before pydantic-ai is there: everything posted is an event."""
    yield from cast('list[tuple[float, Event]]', posted)
