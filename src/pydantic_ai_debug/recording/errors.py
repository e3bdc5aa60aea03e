"""Why a file can't be a recording, in words for the user."""

from __future__ import annotations


class RecordingError(Exception):
    """A recording cannot be opened or made; its text is one line that says what to do."""


class NotARecordingError(RecordingError):
    """The file holds something else."""


class NewerFormatError(RecordingError):
    """The recording was written by a newer agent-debug, and this one would misread it."""
