"""A recording as it is replayed: the model requests with what they were answered, and the tool calls with their results.

Read once, before the program starts. Which answer belongs to which request of a new run is decided by `replay`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.codec import decode_record
from pydantic_ai_debug.protocol.events import Json, Outcome, RaisedError, Record

from .asked import AskedRequest, RequestFold, digest_of

_PARTIAL = ('incomplete', 'interrupted')
"""States of a response that is not whole, in versions of pydantic-ai that tell of one."""


@dataclass(frozen=True)
class RecordedRun:
    """A run, by what it can be told from others before it asks anything."""

    id: str
    agent: str
    parent: str | None
    parent_call: str | None


@dataclass(eq=False)
class Exchange:
    """A model request and its answer."""

    run: str
    node: int
    asked: AskedRequest
    began: float
    """When it was sent."""
    response: Json = None
    """As `ModelMessagesTypeAdapter` serialises it; None where the program left the stream before its end, or it failed."""
    ended: float = 0.0
    """When the response was there, or the model had failed."""
    stream: list[Record] = field(default_factory=list[Record])
    """Its stream events."""
    failed: bool = False
    """Whether the model failed before its response was whole."""
    error: RaisedError | None = None
    """What it raised then, unless the user had the request made again, answered it, or went back before it."""
    opened: bool = False
    """Whether its response had begun to stream by then."""

    @property
    def answered(self) -> bool:
        """Whether there is a response, or what the program took of one."""
        return not self.failed and (self.response is not None or bool(self.stream))


@dataclass(frozen=True, eq=False)
class RecordedCall:
    """A tool call that returned, or that asked for another try."""

    run: str
    call: str
    tool: str
    args: str
    """Digest of the arguments."""
    outcome: Outcome
    result: Json


@dataclass
class Tape:
    """What is known of a recorded session."""

    runs: dict[str, RecordedRun] = field(default_factory=dict[str, RecordedRun])
    exchanges: list[Exchange] = field(default_factory=list[Exchange])
    """In the order in which the requests were sent."""
    calls: list[RecordedCall] = field(default_factory=list[RecordedCall])

    def of_run(self, run: str) -> Iterator[Exchange]:
        return (exchange for exchange in self.exchanges if exchange.run == run)


def take_tape(path: Path) -> Tape:
    """Read a tape and remove its file, which holds what was said in the session.

    Raises:
        OSError, ProtocolError: where it cannot be read.
    """
    with path.open('rb') as file:
        path.unlink()
        return tape_of(map(decode_record, file))


def tape_of(records: Iterable[Record]) -> Tape:
    """What is answered in a session."""
    reader = _Reader()
    for record in records:
        reader.take(record)
    return reader.tape


class _Reader:
    def __init__(self) -> None:
        self.tape = Tape()
        self._folds: dict[str, RequestFold] = {}
        self._open: dict[str, Exchange] = {}
        """By run, the request whose response is not whole."""
        self._failed: dict[str, Exchange] = {}
        """By run, the request that failed last, while nothing has come of it."""
        self._kinds: dict[tuple[str, str], str] = {}
        """What kind of tool a call is of."""

    def take(self, record: Record) -> None:
        event = record.event
        match event:
            case ev.RunStarted():
                run = RecordedRun(event.run, event.agent, event.parent, event.parent_call)
                self.tape.runs[event.run] = run
            case ev.RequestPlanned():
                pass
            case ev.Request():
                asked = self._folds.setdefault(event.run, RequestFold()).take(event)
                if event.run in self._open:
                    # The program, or the user, handled what the model raised; this recording does not tell what it was.
                    self._open[event.run].failed = True
                self._failed.pop(event.run, None)
                self._open[event.run] = exchange = Exchange(event.run, event.node, asked, record.time)
                self.tape.exchanges.append(exchange)
            case ev.RequestFailed() if event.run in self._open:
                self._failed[event.run] = exchange = self._open.pop(event.run)
                exchange.failed, exchange.error, exchange.opened = True, event.error, event.opened
                exchange.ended = record.time
            case ev.AnsweredByHand(call=None) if event.run in self._failed:
                # A request that was open all along, to whoever asked.
                self._open[event.run] = exchange = self._failed.pop(event.run)
                exchange.failed, exchange.error = False, None
            case ev.Resumed(at='error', call=None, retried=True) if event.run in self._failed:
                self._failed.pop(event.run).error = None
            case ev.Rewound():
                for exchange in self.tape.of_run(event.run):
                    if exchange.node >= event.to:
                        exchange.error = None
            case ev.Stream() if event.run in self._open:
                self._open[event.run].stream.append(record)
            case ev.Messages() if event.run in self._open:
                response = _response(event.added)
                if response is not None:
                    exchange = self._open[event.run]
                    exchange.response, exchange.ended = response, record.time
                    if response.get('state') not in _PARTIAL:
                        del self._open[event.run]
            case ev.Messages() if event.run in self._failed:
                # What pydantic-ai keeps of a response that broke off.
                response = _response(event.added)
                if response is not None and response.get('state') in _PARTIAL:
                    self._failed[event.run].response = response
            case ev.RunFailed() if event.run in self._open:
                self._open.pop(event.run).failed = not event.cancelled
            case ev.ToolStarted():
                self._kinds[event.run, event.call] = event.kind
            case ev.ToolFinished():
                self._take_call(event)
            case _:
                pass

    def _take_call(self, event: ev.ToolFinished) -> None:
        kind = self._kinds.pop((event.run, event.call), '')
        if kind == 'function' and event.outcome in ('returned', 'retry'):
            args = digest_of(event.args)
            self.tape.calls.append(RecordedCall(event.run, event.call, event.tool, args, event.outcome, event.result))


def _response(added: Json) -> dict[str, Json] | None:
    """The newest response among serialised messages."""
    for message in reversed(cast('list[Json]', added) if isinstance(added, list) else []):
        fields = cast('dict[str, Json]', message if isinstance(message, dict) else {})
        if fields.get('kind') == 'response':
            return fields
    return None
