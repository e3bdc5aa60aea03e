"""Where recordings go unless told: the user's state directory, private, the newest few kept for a while."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from .errors import RecordingError

_KEPT_FILES = 50
_KEPT_BYTES = 500 * 1000 * 1000
_KEPT_SECONDS = 30 * 24 * 3600
_OWN_NAME = re.compile(r'.+-\d{8}-\d{6}-\d+(-\d+)?\.jsonl')


def recordings_directory() -> Path:
    from platformdirs import user_state_path

    return user_state_path('agent-debug', appauthor=False) / 'recordings'


def new_recording_path(target: str) -> Path:
    """A path for a new recording of `target`, as it was named; makes room for it by removing the oldest ones.

    Raises:
        RecordingError: where the directory cannot be made or used.
    """
    directory = recordings_directory()
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)
    except OSError as error:
        raise RecordingError(f'cannot keep recordings in {directory}: {error.strerror}') from error
    prune(directory, _KEPT_FILES - 1, _KEPT_BYTES, time.time() - _KEPT_SECONDS)
    stem = re.sub(r'[^\w.-]+', '_', Path(target).stem)[:60] or 'session'
    name = f'{stem}-{datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}'
    path = directory / f'{name}.jsonl'
    number = 1
    while path.exists():
        number += 1
        path = directory / f'{name}-{number}.jsonl'
    return path


def own_recordings(directory: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """The recordings that were put in a directory by `new_recording_path`. Files of other names are somebody's own."""
    try:
        paths = [path for path in directory.iterdir() if _OWN_NAME.fullmatch(path.name)]
    except OSError:
        return
    for path in paths:
        with contextlib.suppress(OSError):
            yield path, path.stat()


def prune(directory: Path, keep_files: int, keep_bytes: int, oldest: float) -> None:
    """Remove the oldest recordings beyond either limit, and those written before a time. Files of other names stay."""
    recordings = [(found.st_mtime, found.st_size, path) for path, found in own_recordings(directory)]
    total = 0
    for index, (written, size, path) in enumerate(sorted(recordings, reverse=True)):
        total += size
        if index >= keep_files or total > keep_bytes or written < oldest:
            # Another agent-debug may prune at the same time.
            with contextlib.suppress(OSError):
                path.unlink()
