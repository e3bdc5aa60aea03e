"""The one thread that reads from the child and writes to it, for as long as the child lives.

What it reads is in the event log before anybody hears of it.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import traceback
from collections.abc import Callable
from threading import Lock, Thread
from time import monotonic
from typing import Literal

from pydantic_ai_debug.recording import EventLog

from .intake import Intake
from .outbox import Outbox
from .spawn import Child
from .warden import Warden

Source = Literal['channel', 'stdout', 'stderr', 'wake']

# The socket first: what the child reported before it printed comes before what it printed.
_SOURCES: tuple[Source, ...] = ('channel', 'stdout', 'stderr', 'wake')
_CHUNK = 1 << 16
_CHANNEL_BUDGET = 1 << 20
"""How much is read from the socket before the pipes are looked at again."""
_QUIET_SECONDS = 0.5
_DRAIN_SECONDS = 2.0
"""How long after its end the child's pipes are read: a process it left behind may hold them open for ever."""


class Reader:
    def __init__(self, child: Child, log: EventLog, intake: Intake, changed: Callable[[], None]) -> None:
        self.commands = Outbox(child.channel.fileno())
        stdin, stdout, stderr = child.process.stdin, child.process.stdout, child.process.stderr
        assert stdout is not None
        assert stderr is not None
        self.stdin = None if stdin is None else Outbox(stdin.fileno())
        self._child = child
        self._log = log
        self._intake = intake
        self._changed = changed
        self._pipes = [pipe for pipe in (stdin, stdout, stderr) if pipe is not None]
        self._outboxes = [self.commands] if self.stdin is None else [self.commands, self.stdin]
        self._wake_lock = Lock()
        wake, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        self._open: dict[Source, int] = {
            'channel': child.channel.fileno(),
            'stdout': stdout.fileno(),
            'stderr': stderr.fileno(),
            'wake': wake,
        }
        self._selector = selectors.DefaultSelector()
        self._write_error_reported = False

    def start(self, ended: Callable[[], None]) -> None:
        """Read until the child has ended and everything it wrote is in the log; then call `ended`, once."""
        Thread(target=self._run, args=(ended,), name='agent-debug reader', daemon=True).start()
        Thread(target=self._wait_for_exit, name='agent-debug waiter', daemon=True).start()

    def put(self, box: Outbox, data: bytes) -> None:
        """Send data through one of the outboxes."""
        box.add(data)
        if box.wants_to_write:
            self.wake()

    def wake(self) -> None:
        """Let the thread notice what was put in an outbox."""
        # A full pipe wakes it as well.
        with self._wake_lock, contextlib.suppress(BlockingIOError):
            if self._wake_write >= 0:
                os.write(self._wake_write, b'.')

    def _wait_for_exit(self) -> None:
        warden = Warden()
        warden.watch(self._child.process.pid)
        self._child.process.wait()
        warden.dismiss()
        self.wake()

    def _run(self, ended: Callable[[], None]) -> None:
        try:
            self._read_until_exit()
        except Exception as error:  # noqa: BLE001  # A fault of ours must not leave a session that never ends.
            self._child.process.kill()
            self._append(self._intake.faulted(f'the debugger failed: {error!r}', traceback.format_exc()))
        self._append(self._intake.ended(self._child.process.wait()))
        self._close()
        ended()
        self._changed()

    def _read_until_exit(self) -> None:
        for source, fd in self._open.items():
            self._selector.register(fd, selectors.EVENT_READ, source)
        exited_at: float | None = None
        heard_at = monotonic()
        while True:
            timeout = self._intake.wait
            if exited_at is None and self._child.process.returncode is not None:
                exited_at = heard_at = monotonic()
            if exited_at is not None:
                left = min(heard_at + _QUIET_SECONDS, exited_at + _DRAIN_SECONDS) - monotonic()
                if left <= 0 or self._open.keys() <= {'wake'}:
                    return
                timeout = left if timeout is None else min(left, timeout)
            self._watch_outboxes()
            self._watch_pipes()
            ready = {key.fd: mask for key, mask in self._selector.select(timeout)}
            lines: list[str] = []
            for source in _SOURCES:
                fd = self._open.get(source)
                if fd is not None and ready.get(fd, 0) & selectors.EVENT_READ:
                    lines += self._take(source, fd)
                    if source != 'wake':
                        heard_at = monotonic()
            for box in self._outboxes:
                if ready.get(box.fd, 0) & selectors.EVENT_WRITE and box.wants_to_write:
                    box.write()
            self._append(lines + self._intake.due())

    def _take(self, source: Source, fd: int) -> list[str]:
        if source == 'channel':
            return self._take_from_channel(fd)
        data = os.read(fd, _CHUNK)
        if source == 'wake':
            return []
        if data:
            self._intake.printed(source, data)
        else:
            self._forget(source)
        return []

    def _take_from_channel(self, fd: int) -> list[str]:
        lines: list[str] = []
        budget = _CHANNEL_BUDGET
        while budget > 0:
            try:
                data = os.read(fd, _CHUNK)
            except BlockingIOError:
                break
            except OSError:
                # A child that is killed with commands unread resets the connection.
                data = b''
            if not data:
                self._forget('channel')
                self.commands.stop()
                self._outboxes.remove(self.commands)
                break
            budget -= len(data)
            lines += self._intake.received(data)
        return lines

    def _forget(self, source: Source) -> None:
        self._selector.unregister(self._open.pop(source))

    def _watch_pipes(self) -> None:
        """Let the script wait with its output while much of it is held back."""
        for source in ('stdout', 'stderr'):
            fd = self._open.get(source)
            if fd is None:
                continue
            watched = fd in self._selector.get_map()
            if watched and self._intake.full:
                self._selector.unregister(fd)
            elif not watched and not self._intake.full:
                self._selector.register(fd, selectors.EVENT_READ, source)

    def _watch_outboxes(self) -> None:
        """Ask to be told when an outbox can be emptied, only while it holds something."""
        for box in self._outboxes:
            watched = self._selector.get_map().get(box.fd)
            events = selectors.EVENT_READ if box is self.commands else 0
            if box.wants_to_write:
                events |= selectors.EVENT_WRITE
            if watched is None and events:
                self._selector.register(box.fd, events)
            elif watched is not None and not events:
                self._selector.unregister(box.fd)
            elif watched is not None and watched.events != events:
                self._selector.modify(box.fd, events, watched.data)
        stdin = self._child.process.stdin
        if self.stdin in self._outboxes and self.stdin.finished and stdin is not None:
            self._outboxes.remove(self.stdin)
            stdin.close()

    def _append(self, lines: list[str]) -> None:
        if not lines:
            return
        self._log.append(lines)
        if self._log.write_error is not None and not self._write_error_reported:
            self._write_error_reported = True
            message = f'the recording {self._log.path} ends here, the session goes on: {self._log.write_error}'
            self._log.append(self._intake.faulted(message))
        self._changed()

    def _close(self) -> None:
        for box in self._outboxes:
            box.stop()
        self._selector.close()
        self._child.channel.close()
        for pipe in self._pipes:
            pipe.close()
        with self._wake_lock:
            os.close(self._wake_write)
            self._wake_write = -1
        os.close(self._open['wake'])
