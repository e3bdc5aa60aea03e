"""The event log: the one store of a session, backed by a file from the first line on.

The session's reader thread appends; the screen and the headless writer read, from their own threads. Only the
positions of the lines are kept in memory: what a line says is read back and decoded when it is asked for.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import replace
from pathlib import Path
from threading import Lock

from pydantic_ai_debug.protocol.codec import decode_record, encode_event, numbered
from pydantic_ai_debug.protocol.events import Fault, Record
from pydantic_ai_debug.protocol.secrets import with_values

from .errors import RecordingError
from .scan import RecordingScan, begins_as_recording, open_for_reading
from .storage import FileStorage, MemoryStorage, Storage, create_private_file, temporary_storage
from .upgrades import upgrade_from

_KEPT_DECODED = 64
_KEPT_DECODED_BYTES = 2 << 20
"""How much is kept decoded, which takes several times as much memory; the line that was asked for last is kept however
long it is."""
_BLOCK_BYTES = 1 << 20


class EventLog:
    """The lines of one event stream, in order. Every method may be called from any thread."""

    path: Path | None
    """The recording's file; None where the log is kept for this session only."""
    damage: str | None
    """For a recording that was opened: why its rest was left out, and where that begins."""
    spoilt: set[int]
    """Lines, by place, that were read and found damaged."""

    def __init__(self, storage: Storage, path: Path | None, scan: RecordingScan | None = None) -> None:
        self.path = path
        self.damage = None
        self.spoilt = set()
        self.write_error: str | None = None
        """Why lines are no longer written to `path`; they are then kept for this session only."""
        self.secrets: dict[str, str] = {}
        """Values behind masks, for whom it is decoded: by mask, told by a child that was asked to; never written."""
        self._lock = Lock()
        self._starts = array('Q')
        self._end = 0
        self._scan = scan
        self._upgrade = upgrade_from(scan.format) if scan is not None and scan.format is not None else None
        self._parts: list[tuple[int, Storage]] = [(0, storage)]
        self._decoded: OrderedDict[int, Record] = OrderedDict()
        self._decoded_bytes: dict[int, int] = {}

    @classmethod
    def create(cls, path: Path | None) -> EventLog:
        """A new log, recorded to `path`, or to a file without a name that goes away with this process.

        Raises:
            RecordingError: where the file cannot be made, or one is there that is no recording.
        """
        if path is None:
            return cls(temporary_storage(), None)
        if path.exists() and not begins_as_recording(path):
            raise RecordingError(f'cannot record to {path}: it exists and is not a recording')
        return cls(create_private_file(path), path)

    @classmethod
    def open(cls, path: Path) -> EventLog:
        """An existing recording, up to where it ends or is damaged.

        Raises:
            RecordingError: where it cannot be read; `NotARecordingError` or `NewerFormatError` where it holds something else.
        """
        log = cls.open_beginning(path)
        while log.index_more():
            pass
        return log

    @classmethod
    def open_beginning(cls, path: Path) -> EventLog:
        """An existing recording, its first lines only: `index_more`, called until it is done, finds the others.

        Raises:
            RecordingError: as `open`.
        """
        storage = FileStorage(open_for_reading(path))
        log = cls(storage, path, RecordingScan(path, storage.fd))
        # Two looks are all that a small one takes: one at its lines, one past its end.
        _ = log.index_more() and log.index_more()
        return log

    def index_more(self) -> bool:
        """Find the lines of one block more of a recording that was opened; whether there may be others.

        To be called by one thread at a time; all others may read meanwhile.
        """
        if (scan := self._scan) is None:
            return False
        starts = scan.advance()
        with self._lock:
            self._starts.extend(starts)
            self._end = scan.end
            if scan.done:
                self.damage = scan.damage
                self._scan = None
        return not scan.done

    @property
    def indexed(self) -> bool:
        """Whether all lines of a recording that was opened are known."""
        return self._scan is None

    def share_before(self, seq: int) -> float:
        """How much of the bytes comes before a line, from 0 to 1."""
        with self._lock:
            size = self._parts[0][1].size if self._scan is not None else self._end
            before = self._starts[seq] if seq < len(self._starts) else self._end
        return before / max(size, 1)

    def position(self, seq: int) -> int:
        """Where a line begins, in bytes."""
        return self._starts[seq]

    def masked(self) -> EventLog:
        """The lines that are there now, for whom the values behind masks are not meant."""
        view = copy(self)
        with self._lock:
            view._starts, view._end, view._parts = self._starts[:], self._end, self._parts[:]
        view.secrets, view._lock = {}, Lock()
        view._decoded, view._decoded_bytes = OrderedDict(), {}
        return view

    def append(self, lines: Iterable[str]) -> None:
        """Number lines of `encode_event` and keep them; readers see them once they are written.

        Never fails: where the file takes no more, `write_error` says so and a temporary one takes over.
        """
        with self._lock:
            seq = len(self._starts)
            encoded = [f'{numbered(line, seq + index)}\n'.encode() for index, line in enumerate(lines)]
            self._store(b''.join(encoded))
            for data in encoded:
                self._starts.append(self._end)
                self._end += len(data)

    def _store(self, data: bytes) -> None:
        _, storage = self._parts[-1]
        try:
            storage.append(data)
        except OSError as error:
            self.write_error = self.write_error or error.strerror or str(error)
            # The temporary file may lie on the same full disk, and may fill up later in its turn.
            try:
                storage = temporary_storage()
                storage.append(data)
            except OSError:
                storage = MemoryStorage()
                storage.append(data)
            self._parts.append((self._end, storage))

    def __len__(self) -> int:
        return len(self._starts)

    def raw(self, seq: int) -> bytes:
        """A line as it was written, without its end."""
        if not 0 <= seq < len(self):
            raise IndexError(f'no line {seq} in a log of {len(self)}')
        return self._read(seq, seq + 1).rstrip(b'\n')

    def record(self, seq: int) -> Record:
        """A line, decoded; a damaged one reads as a `Fault`."""
        with self._lock:
            known = self._decoded.get(seq)
            if known is not None:
                self._decoded.move_to_end(seq)
                return known
        line = self.raw(seq)
        record = self._decode(line, seq)
        with self._lock:
            self._decoded[seq] = record
            self._decoded_bytes[seq] = len(line)
            while len(self._decoded) > 1 and (
                len(self._decoded) > _KEPT_DECODED or sum(self._decoded_bytes.values()) > _KEPT_DECODED_BYTES
            ):
                oldest, _ = self._decoded.popitem(last=False)
                del self._decoded_bytes[oldest]
        return record

    def records(self, start: int = 0, stop: int | None = None) -> Iterator[Record]:
        """The lines from `start` to before `stop`, or to what is the end now, decoded."""
        for begin, until in self._blocks(start, stop):
            for seq, line in self._lines(begin, until):
                yield self._decode(line, seq)

    def blocks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The same lines as they were written, several whole lines at a time."""
        for begin, until in self._blocks(start, stop):
            data = self._read(begin, until)
            yield data if data.endswith(b'\n') else data + b'\n'

    def sound_blocks(self) -> Iterator[bytes]:
        """All lines, several at a time; a damaged one is replaced by the fault it reads as."""
        for begin, until in self._blocks(0, None):
            lines = self._lines(begin, until)
            yield b''.join(line + b'\n' if _is_sound(line) else self._fault_line(line, seq) for seq, line in lines)

    def _fault_line(self, line: bytes, seq: int) -> bytes:
        record = self._decode(line, seq)
        return f'{numbered(encode_event(record.event, record.time), seq)}\n'.encode()

    def _blocks(self, start: int, stop: int | None) -> Iterator[tuple[int, int]]:
        stop = len(self) if stop is None else min(stop, len(self))
        while start < stop:
            until = self._end_of_block(start, stop)
            yield start, until
            start = until

    def _lines(self, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
        """Lines by their places, whatever lies there: somebody may have changed the file."""
        data = self._read(start, stop)
        first = self._starts[start]
        for seq in range(start, stop):
            end = self._starts[seq + 1] - first if seq + 1 < stop else len(data)
            yield seq, data[self._starts[seq] - first : end].rstrip(b'\n')

    def _end_of_block(self, start: int, stop: int) -> int:
        """The first line that is not read together with `start`."""
        limit = self._starts[start] + _BLOCK_BYTES
        until = bisect_right(self._starts, limit, start + 1, stop)
        with self._lock:
            for begin, _ in self._parts:
                if self._starts[start] < begin:
                    return min(until, bisect_left(self._starts, begin, start + 1, stop))
        return until

    def _read(self, start: int, stop: int) -> bytes:
        with self._lock:
            begin = self._starts[start]
            end = self._starts[stop] if stop < len(self._starts) else self._end
            offset, storage = next(part for part in reversed(self._parts) if part[0] <= begin)
        return storage.read(begin - offset, end - begin)

    def _decode(self, line: bytes, seq: int) -> Record:
        try:
            record = decode_record(with_values(line, self.secrets), self._upgrade)
        except (ValueError, OverflowError) as error:
            self.spoilt.add(seq)
            return Record(seq, 0.0, Fault(f'line {seq + 1} of the event stream is damaged: {error}'))
        # The place in the file counts: a line may say another one.
        return record if record.seq == seq else replace(record, seq=seq)


def _is_sound(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
