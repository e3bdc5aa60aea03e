"""Bytes that are only ever appended to and read back by position, in a file or, where no file can be had, in memory.

Knows nothing of lines or events.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import weakref
from pathlib import Path
from typing import Protocol

from .errors import RecordingError


class Storage(Protocol):
    size: int
    """Number of bytes held."""

    def append(self, data: bytes) -> None:
        """Add all of `data`, or nothing.

        Raises:
            OSError: where it could not be kept.
        """

    def read(self, position: int, length: int) -> bytes: ...


class FileStorage:
    """Unbuffered: what was appended is with the operating system, and outlives this process."""

    def __init__(self, fd: int) -> None:
        self.size = os.fstat(fd).st_size
        self.fd = fd
        weakref.finalize(self, os.close, fd)

    def append(self, data: bytes) -> None:
        remaining = memoryview(data)
        position = self.size
        try:
            while remaining:
                written = os.pwrite(self.fd, remaining, position)
                position += written
                remaining = remaining[written:]
        except OSError:
            # Half a line would read as damage.
            with contextlib.suppress(OSError):
                os.ftruncate(self.fd, self.size)
            raise
        self.size = position

    def read(self, position: int, length: int) -> bytes:
        parts: list[bytes] = []
        while length > 0 and (part := os.pread(self.fd, length, position)):
            parts.append(part)
            position += len(part)
            length -= len(part)
        return b''.join(parts)


class MemoryStorage:
    """The last resort, when no disk takes the data."""

    def __init__(self) -> None:
        self.size = 0
        self._data = bytearray()

    def append(self, data: bytes) -> None:
        self._data += data
        self.size = len(self._data)

    def read(self, position: int, length: int) -> bytes:
        return bytes(self._data[position : position + length])


def temporary_storage() -> Storage:
    """Storage without a name that goes away with this process."""
    try:
        fd, name = tempfile.mkstemp(prefix='agent-debug-', suffix='.jsonl')
    except OSError:
        return MemoryStorage()
    with contextlib.suppress(OSError):
        os.unlink(name)
    return FileStorage(fd)


def create_private_file(path: Path) -> FileStorage:
    """A new file that only its owner can read, in place of one of that name.

    The old file is replaced, not truncated: whoever has it open keeps what it held.

    Raises:
        RecordingError: where it cannot be made.
    """
    path = Path(os.path.realpath(path))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise RecordingError(f'cannot record to {path}: {error.strerror}') from error
    return FileStorage(fd)
