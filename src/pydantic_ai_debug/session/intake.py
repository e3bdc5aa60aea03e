"""Makes one ordered stream of what a child sends on its socket and writes to its pipes.

Pure: bytes and times go in, lines for the event log come out. The child's events carry the time they happened, its
output only the time it arrived here, by another way; output is therefore held back for a moment, so that events
which happened before it come before it.
"""

from __future__ import annotations

import codecs
import json
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Literal, cast

from pydantic_ai_debug.protocol.codec import encode_event, wire_name
from pydantic_ai_debug.protocol.commands import Answered
from pydantic_ai_debug.protocol.events import FORMAT, Event, Exited, Fault, Hello, LaunchFailed, Output
from pydantic_ai_debug.protocol.secrets import SECRET_VALUE, decode_secret, numbered_mask

from .plan import LaunchPlan

OutputStream = Literal['stdout', 'stderr']

HOLD_SECONDS = 0.03
"""How long output waits for an event that happened before it; the child merges deltas for half as long."""
_MOST_HELD = 4 << 20
_KEPT_TAIL = 2000
_LATEST = 1 << 60
_ANSWERED = wire_name(Answered)
_OUR_PREFIX = 'agent-debug: '
"""How the launcher begins what it says where it can't even load the protocol."""


class Intake:
    def __init__(
        self, plan: LaunchPlan, pid: int, clock: Callable[[], float], secrets: dict[str, str] | None = None
    ) -> None:
        self.launch_failure: str | None = None
        """Why the target could not be run at all."""
        self.answered = 0
        """The last sign of life that was asked for and has come."""
        self._plan = plan
        self._pid = pid
        self._clock = clock
        self._secrets = secrets
        """Where the values of masks are kept, which are no part of the stream."""
        self._started_at = datetime.now().astimezone().isoformat(timespec='seconds')
        self._greeted = False
        self._greeted_at = 0.0
        self._received = _Lines()
        self._decoders = {
            'stdout': codecs.getincrementaldecoder('utf-8')('surrogateescape'),
            'stderr': codecs.getincrementaldecoder('utf-8')('surrogateescape'),
        }
        self._held: deque[tuple[float, Output]] = deque()
        self._held_size = 0
        self._stderr_tail = ''

    def received(self, data: bytes) -> list[str]:
        """Take what came on the socket."""
        lines: list[str] = []
        for raw in self._received.feed(data):
            try:
                line, name, time, message = _read(raw)
                if name == SECRET_VALUE:
                    self._keep_secret(line)
                    continue
                if name == _ANSWERED:
                    self.answered = _probe_number(line)
                    continue
            except ValueError as error:
                lines += [*self._greeting(), self._fault(f'the child sent a line that is no event: {error}')]
                continue
            if name == 'hello' and not self._greeted:
                self._greeted = True
                self._greeted_at = time
                lines.append(line)
                continue
            if name == 'launch_failed' and self.launch_failure is None:
                self.launch_failure = message
            lines += self._greeting()
            lines += self._release(time)
            lines.append(line)
        return lines

    def _keep_secret(self, line: str) -> None:
        if self._secrets is not None:
            secret = decode_secret(line)
            self._secrets[numbered_mask(secret.number)] = secret.value

    def printed(self, stream: OutputStream, data: bytes, *, final: bool = False) -> None:
        """Take what came on a pipe; `due` gives it back when its time has come."""
        text = self._decoders[stream].decode(data, final)
        if text:
            now = self._clock()
            self._held.append((now, Output(stream, text)))
            self._held_size += len(text)
            if stream == 'stderr' and not self._greeted:
                self._stderr_tail = (self._stderr_tail + text)[-_KEPT_TAIL:]

    def due(self) -> list[str]:
        """The output that need not wait any longer."""
        return self._release(self._clock() - HOLD_SECONDS) if self._greeted else []

    @property
    def full(self) -> bool:
        """Whether so much output is held back that no more should be read until `due` has given some."""
        return self._greeted and self._held_size > _MOST_HELD

    @property
    def wait(self) -> float | None:
        """Seconds until `due` has something; None where nothing is held back, or until there is a hello."""
        if not self._held or not self._greeted:
            return None
        return max(0.0, self._held[0][0] + HOLD_SECONDS - self._clock())

    def ended(self, code: int) -> list[str]:
        """The last lines of the stream."""
        self.printed('stdout', b'', final=True)
        self.printed('stderr', b'', final=True)
        # A signal means that somebody ended it, not that it could not start.
        never_started = not self._greeted and code >= 0
        lines = [*self._greeting(), *self._release(float('inf'))]
        if rest := self._received.rest():
            lines.append(self._fault(f'the child was cut off in the middle of an event of {len(rest)} bytes or more'))
        if never_started:
            self.launch_failure = self._why_not_started(code)
            lines.append(self._own(LaunchFailed(self.launch_failure)))
        return [*lines, self._own(Exited(code))]

    def faulted(self, message: str, traceback: str = '') -> list[str]:
        """Report a fault of our own."""
        return [*self._greeting(), self._own(Fault(message, traceback))]

    def _release(self, until: float) -> list[str]:
        lines: list[str] = []
        while self._held and self._held[0][0] <= until:
            time, output = self._held.popleft()
            self._held_size -= len(output.text)
            lines.append(encode_event(output, max(time, self._greeted_at)))
        return lines

    def _greeting(self) -> list[str]:
        """A hello in the child's place, where it did not come to send its own: every stream begins with one."""
        if self._greeted:
            return []
        self._greeted = True
        # Its arguments may hold secrets, which the child would have masked.
        hello = Hello(FORMAT, '', '', self._plan.target, (), self._pid, '', self._started_at)
        self._greeted_at = self._clock()
        return [encode_event(hello, self._greeted_at)]

    def _why_not_started(self, code: int) -> str:
        said = [line.strip() for line in self._stderr_tail.splitlines() if line.strip()]
        if said and said[-1].startswith(_OUR_PREFIX):
            return said[-1].removeprefix(_OUR_PREFIX)
        reason = f': {said[-1]}' if said else ''
        return f'{self._plan.python} could not start the script (exit code {code}){reason}'

    def _fault(self, message: str) -> str:
        return self._own(Fault(message))

    def _own(self, event: Event) -> str:
        return encode_event(event, self._clock())


class _Lines:
    """Cuts bytes into lines of any length, looking at each byte once."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        head, newline, tail = data.rpartition(b'\n')
        if not newline:
            self._pending += data
            return []
        whole = bytes(self._pending) + head
        self._pending = bytearray(tail)
        return whole.split(b'\n')

    def rest(self) -> bytes:
        return bytes(self._pending)


def _probe_number(line: str) -> int:
    number = json.loads(line).get('number')
    if not isinstance(number, int):
        raise ValueError('an answer has `number`')
    return number


def _read(raw: bytes) -> tuple[str, str, float, str]:
    """An event's line as text, with its name, time and message. The fields are not checked: readers do that.

    Raises:
        ValueError: where it is no event.
    """
    line = raw.decode()
    try:
        loaded = json.loads(line)
    except RecursionError:
        raise ValueError('nested too deeply') from None
    if not isinstance(loaded, dict):
        raise ValueError('not a JSON object')
    fields = cast('dict[str, object]', loaded)
    name, time = fields.get('event'), fields.get('time')
    if isinstance(time, int) and abs(time) > _LATEST:
        raise ValueError('a time that never comes')
    if not isinstance(name, str) or not isinstance(time, (int, float)) or not line.startswith('{'):
        raise ValueError('an event has `event` and `time`')
    return line, name, float(time), str(fields.get('message', ''))
