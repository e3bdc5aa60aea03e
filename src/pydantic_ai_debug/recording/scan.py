"""Finds where the lines of a recording begin, and where it stops being one. Decodes only lines that look unusual."""

from __future__ import annotations

import json
import stat
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from pydantic_ai_debug.protocol.events import FORMAT

from .errors import NewerFormatError, NotARecordingError, RecordingError

_FIRST_BYTES = b'{"seq":0,"event":"hello"'
_READ_SIZE = 1 << 20


@dataclass(frozen=True)
class Scan:
    """What a recording's file holds."""

    starts: array[int]
    """Where each line begins."""
    end: int
    """Where the last good line ends."""
    damage: str | None
    """Why what follows `end` was left out."""


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


def scan_recording(path: Path, file: BinaryIO) -> Scan:
    """Index a recording up to its end, or up to where it was cut or damaged.

    Raises:
        NotARecordingError: where it does not begin as a recording does.
        NewerFormatError: where a newer version wrote it.
    """
    starts = array('Q')
    position = 0
    for line in file:
        problem = _problem(line, len(starts))
        if not starts:
            _check_first(path, line, problem)
        if problem is not None:
            return Scan(starts, position, f'{problem} (line {len(starts) + 1}, byte {position})')
        starts.append(position)
        position += len(line)
    return Scan(starts, position, None if starts else 'the recording is empty')


def open_for_reading(path: Path) -> BinaryIO:
    """Open a recording's file.

    Raises:
        RecordingError: where there is none that can be read.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise RecordingError(f'cannot open {path}: it is not a file')
        return path.open('rb', buffering=_READ_SIZE)
    except OSError as error:
        raise RecordingError(f'cannot open {path}: {error.strerror}') from error


def _problem(line: bytes, seq: int) -> str | None:
    """What keeps a line from being the record `seq`; None where it is one, as far as can be seen cheaply."""
    terminated = line.endswith(b'\n')
    if terminated and line.endswith(b'}\n') and line.startswith(b'{"seq":%d,"event":"' % seq):
        return None
    record = _load_object(line)
    if record is None:
        return 'the recording is damaged' if terminated else 'the recording is cut off'
    if not isinstance(record.get('event'), str) or not isinstance(record.get('time'), (int, float)):
        return 'the recording is damaged: not a record'
    if record.get('seq') != seq:
        return f'the recording is damaged: expected seq {seq}'
    return None


def _check_first(path: Path, line: bytes, problem: str | None) -> None:
    hello = _load_object(line)
    if hello is None:
        if line.endswith(b'\n') or not _FIRST_BYTES.startswith(line[: len(_FIRST_BYTES)]):
            raise NotARecordingError(f'{path} is not a recording of agent-debug')
        return
    if problem is not None or hello.get('event') != 'hello' or not isinstance(hello.get('format'), int):
        raise NotARecordingError(f'{path} is not a recording of agent-debug')
    written_format = cast(int, hello['format'])
    if written_format > FORMAT:
        raise NewerFormatError(
            f'{path} was recorded by a newer agent-debug (format {written_format}; this one reads up to {FORMAT}): '
            'upgrade pydantic-ai-debug'
        )


def _load_object(line: bytes) -> dict[str, object] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return cast('dict[str, object]', value) if isinstance(value, dict) else None
