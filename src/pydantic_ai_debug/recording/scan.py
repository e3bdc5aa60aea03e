"""Finds where the lines of a recording begin, and where it stops being one. Decodes only lines that look unusual.

It goes through the file a block at a time, so that the screen need not wait for it, and holds no line but one that
looks unusual: a line may be as long as the file.
"""

from __future__ import annotations

import json
import os
import stat
from array import array
from pathlib import Path
from typing import cast

from .errors import NotARecordingError, RecordingError
from .upgrades import check_format

_FIRST_BYTES = b'{"seq":0,"event":"hello"'
_BLOCK_BYTES = 1 << 20
_FIRST_BLOCK_BYTES = 1 << 16
_LONGEST_FIRST_LINE = 16 << 20
"""The script's arguments are in it, which no system lets grow as long."""
_LONGEST_ODD_LINE = 64 << 20
"""A line that another tool wrote is decoded to see whether it is a record; a longer one is taken for damage."""


def looks_like_recording(path: Path) -> bool:
    """Whether the user can only have meant a recording: by its name, or by how it begins."""
    return path.suffix == '.jsonl' or (begins_as_recording(path) and path.stat().st_size > 0)


def begins_as_recording(path: Path) -> bool:
    """Whether a file holds what may be the first bytes of a recording; an empty one does."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False
        with path.open('rb') as file:
            return _FIRST_BYTES.startswith(file.read(len(_FIRST_BYTES)))
    except OSError:
        return False


def open_for_reading(path: Path) -> int:
    """Open a recording's file; its descriptor.

    Raises:
        RecordingError: where there is none that can be read.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise RecordingError(f'cannot open {path}: it is not a file')
        return os.open(path, os.O_RDONLY)
    except OSError as error:
        raise RecordingError(f'cannot open {path}: {error.strerror}') from error


class RecordingScan:
    """Goes through a recording up to its end, or up to where it was cut or damaged."""

    def __init__(self, path: Path, fd: int) -> None:
        """Look at the first line.

        Args:
            path: How the user knows the file.
            fd: The file, which stays open for as long as it is scanned.

        Raises:
            NotARecordingError: where it does not begin as a recording does.
            NewerFormatError: where a newer version wrote it.
        """
        self.end = 0
        """Where the last good line ends."""
        self.damage: str | None = None
        """Why what follows `end` was left out, once `done`."""
        self.done = False
        self.format = _check_first(path, _first_line(fd))
        self._fd = fd
        self._count = 0
        self._looked = 0
        """Up to where there is no end of the line that begins at `end`."""

    def advance(self) -> array[int]:
        """Look at one block more: where the lines begin that end in it."""
        starts = array('Q')
        position = self._looked
        block = os.pread(self._fd, _BLOCK_BYTES, position)
        if not block:
            self._finish(starts)
            return starts
        at = 0
        while (newline := block.find(b'\n', at)) >= 0:
            if not self._is_usual(block, position, newline) and not self._is_record(position + newline + 1):
                return starts
            self._take(starts, position + newline + 1)
            at = newline + 1
        self._looked = position + len(block)
        return starts

    def _take(self, starts: array[int], end: int) -> None:
        starts.append(self.end)
        self.end = end
        self._count += 1

    def _is_usual(self, block: bytes, position: int, newline: int) -> bool:
        """Whether a line that ends in a block is the next record, as far as can be seen without decoding it."""
        opening = b'{"seq":%d,"event":"' % self._count
        begin = self.end - position
        if begin >= 0:
            begins_well = block.startswith(opening, begin)
        else:
            begins_well = os.pread(self._fd, len(opening), self.end) == opening
        last = block[newline - 1 : newline] if newline else os.pread(self._fd, 1, position - 1)
        return begins_well and last == b'}'

    def _is_record(self, end: int) -> bool:
        """Whether an unusual line is one all the same; what is wrong with it is kept where it is not."""
        length = end - self.end
        if length > _LONGEST_ODD_LINE:
            problem = f'the recording is damaged: a line of {length:,} bytes'
        else:
            problem = _problem(os.pread(self._fd, length, self.end), self._count)
        if problem is None:
            return True
        self.damage = f'{problem} (line {self._count + 1}, byte {self.end})'
        self.done = True
        return False

    def _finish(self, starts: array[int]) -> None:
        """The file has ended; a last line without its end may be whole."""
        self.done = True
        if self._looked > self.end and self._is_record(self._looked):
            self._take(starts, self._looked)
        if not self._count and self.damage is None:
            self.damage = 'the recording is empty'


def _first_line(fd: int) -> bytes:
    data = b''
    while len(data) < _LONGEST_FIRST_LINE and (block := os.pread(fd, _FIRST_BLOCK_BYTES, len(data))):
        data += block
        if b'\n' in block or not _FIRST_BYTES.startswith(data[: len(_FIRST_BYTES)].lstrip()[:1]):
            break
    return data[: data.find(b'\n') + 1] or data


def _problem(line: bytes, seq: int) -> str | None:
    """What keeps a line from being the record `seq`; None where it is one."""
    record = _load_object(line)
    if record is None:
        return 'the recording is damaged' if line.endswith(b'\n') else 'the recording is cut off'
    if not isinstance(record.get('event'), str) or not isinstance(record.get('time'), (int, float)):
        return 'the recording is damaged: not a record'
    if record.get('seq') != seq:
        return f'the recording is damaged: expected seq {seq}'
    return None


def _check_first(path: Path, line: bytes) -> int | None:
    """The format of a recording that begins with this line; None where it was cut before that is known."""
    hello = _load_object(line)
    if hello is None:
        is_whole = line.endswith(b'\n') or len(line) >= _LONGEST_FIRST_LINE
        if is_whole or not _FIRST_BYTES.startswith(line[: len(_FIRST_BYTES)]):
            raise NotARecordingError(f'{path} is not a recording of agent-debug')
        return None
    written_format = hello.get('format')
    if _problem(line, 0) is not None or hello.get('event') != 'hello' or type(written_format) is not int:
        raise NotARecordingError(f'{path} is not a recording of agent-debug')
    check_format(path, written_format)
    return written_format


def _load_object(line: bytes) -> dict[str, object] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return cast('dict[str, object]', value) if isinstance(value, dict) else None
