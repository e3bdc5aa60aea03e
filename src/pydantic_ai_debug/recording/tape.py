"""What of a recording answers a program that is run again: its model requests with their responses, and its tool calls.

Written to a private file that the program's process reads, and removes, before the program starts.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.codec import ProtocolError, decode_record, encode_event, numbered
from pydantic_ai_debug.protocol.events import Event

from .errors import RecordingError
from .log import EventLog

_ANSWERING = (ev.RunStarted, ev.Request, ev.RequestFailed, ev.Stream, ev.RunFailed, ev.ToolStarted, ev.ToolFinished)
_TAKEN_BACK = (ev.AnsweredByHand, ev.Resumed, ev.Rewound)
"""What tells that a failure is not the program's to meet again."""


def open_for_replay(path: Path) -> EventLog:
    """A recording that answers something.

    Raises:
        RecordingError: where it cannot be read, is damaged, or holds nothing that a model came to.
    """
    log = EventLog.open(path)
    answers = False
    for record in log.records():
        answers = answers or (isinstance(record.event, (ev.Messages, ev.RequestFailed)) and _answers(record.event))
        if isinstance(record.event, ev.Fault):
            _check(log, record.seq)
    if log.damage is not None:
        raise RecordingError(f'cannot replay {path}: {log.damage}')
    if not answers:
        raise RecordingError(f'cannot replay {path}: no model has answered in it')
    return log


def _check(log: EventLog, seq: int) -> None:
    """Refuse a line that reads as a fault since it is damaged."""
    try:
        decode_record(log.raw(seq))
    except ProtocolError:
        raise RecordingError(f'cannot replay {log.path}: line {seq + 1} is damaged') from None


def write_tape(log: EventLog) -> Path:
    """A new file, which only its owner can read, for one process to take.

    Raises:
        RecordingError: where it cannot be written.
    """
    try:
        fd, name = tempfile.mkstemp(prefix='agent-debug-', suffix='.tape')
        with os.fdopen(fd, 'w', encoding='utf-8') as file:
            for record in log.records():
                if _answers(record.event):
                    file.write(f'{numbered(encode_event(record.event, record.time), record.seq)}\n')
    except OSError as error:
        raise RecordingError(f'cannot replay {log.path}: {error.strerror}') from error
    return Path(name)


def _answers(event: Event) -> bool:
    if isinstance(event, ev.Messages):
        added = event.added if isinstance(event.added, list) else []  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        return any(isinstance(message, dict) and 'usage' in message for message in added)  # pyright: ignore[reportUnknownVariableType]
    return isinstance(event, (*_ANSWERING, *_TAKEN_BACK)) and not isinstance(event, ev.RequestPlanned)
