"""The recordings that are kept, each told by its first and its last lines: a list of fifty takes no time to be made."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.codec import decode_record
from pydantic_ai_debug.protocol.events import Event

from .errors import NewerFormatError, RecordingError
from .place import own_recordings
from .scan import RecordingScan, open_for_reading
from .upgrades import Step, upgrade_from

_HEAD_BYTES = 64 * 1024
"""What a script prints before its first run is rarely more; beyond, its agent is not known."""
_TAIL_BYTES = 64 * 1024


@dataclass(frozen=True)
class KeptRecording:
    """What is known of one without reading it."""

    path: Path
    size: int
    """Bytes."""
    started: datetime
    """When the session began, in local time; when the file was written last, where it does not say."""
    target: str = ''
    argv: tuple[str, ...] = ()
    agent: str | None = None
    """Of the first run; None where none was seen."""
    exit_code: int | None = None
    """None where the session did not end, or has not yet."""
    error: str = ''
    """The class of what the last run, or the script, failed with."""
    problem: str = ''
    """Why it cannot be opened, in a few words."""


def kept_recordings(directory: Path) -> list[KeptRecording]:
    """The recordings of ours in a directory, the newest first. What cannot be read is listed with its problem."""
    found = [_look_at(path, status) for path, status in own_recordings(directory)]
    return sorted(found, key=lambda recording: recording.started.timestamp(), reverse=True)


def _look_at(path: Path, status: os.stat_result) -> KeptRecording:
    written = datetime.fromtimestamp(status.st_mtime)
    try:
        fd = open_for_reading(path)
    except RecordingError:
        return KeptRecording(path, status.st_size, written, problem='cannot be read')
    try:
        upgrade = _upgrade(path, fd)
        head = os.pread(fd, _HEAD_BYTES, 0)
        tail = os.pread(fd, _TAIL_BYTES, max(status.st_size - _TAIL_BYTES, 0))
    except NewerFormatError:
        return KeptRecording(path, status.st_size, written, problem='of a newer agent-debug')
    except (RecordingError, OSError):
        return KeptRecording(path, status.st_size, written, problem='not a recording')
    finally:
        os.close(fd)
    hello, agent = _beginning(_events(head, upgrade))
    exit_code, error = _ending(_events(tail, upgrade))
    return KeptRecording(
        path,
        status.st_size,
        (_local_time(hello.started_at) if hello is not None else None) or written,
        hello.target if hello is not None else '',
        hello.argv if hello is not None else (),
        agent,
        exit_code,
        error,
    )


def _upgrade(path: Path, fd: int) -> Step | None:
    written = RecordingScan(path, fd).format
    return upgrade_from(written) if written is not None else None


def _events(data: bytes, upgrade: Step | None) -> Iterator[Event]:
    """What is said by those lines that are whole."""
    for line in data.splitlines():
        try:
            yield decode_record(line, upgrade).event
        except (ValueError, OverflowError):
            continue


def _beginning(events: Iterator[Event]) -> tuple[ev.Hello | None, str | None]:
    hello: ev.Hello | None = None
    for event in events:
        if isinstance(event, ev.Hello):
            hello = event
        elif isinstance(event, ev.RunStarted):
            return hello, event.agent
    return hello, None


def _ending(events: Iterator[Event]) -> tuple[int | None, str]:
    exit_code, error = None, ''
    for event in events:
        match event:
            case ev.Exited():
                exit_code = event.code
            case ev.RunFailed() | ev.ScriptFailed():
                error = event.error.type
            case ev.RunFinished():
                error = ''
            case _:
                pass
    return exit_code, error


def _local_time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone().replace(tzinfo=None)
    except (ValueError, OverflowError, OSError):
        return None
