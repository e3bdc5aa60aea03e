"""The event stream as a file: written while a session runs, read back at any time, opened later without it.

Knows the protocol alone: no processes, no screen, no clock.
"""

from __future__ import annotations

from .errors import NewerFormatError, NotARecordingError, RecordingError
from .log import EventLog
from .place import new_recording_path, recordings_directory
from .scan import looks_like_recording

__all__ = [
    'EventLog',
    'NewerFormatError',
    'NotARecordingError',
    'RecordingError',
    'looks_like_recording',
    'new_recording_path',
    'recordings_directory',
]
