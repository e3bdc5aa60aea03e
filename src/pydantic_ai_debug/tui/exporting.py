"""Exports that are asked for in the palette: a new file in the working directory, named after the script or recording."""

from __future__ import annotations

from pathlib import Path

from pydantic_ai_debug.export import ExportError, ExportFormat, exported, file_name, free_path, write_pieces
from pydantic_ai_debug.recording import EventLog, RecordingError


def write_export(log: EventLog, row: ExportFormat, named_after: str) -> Path:
    """Write what a log says up to now; the path of the file, which was not there before.

    Raises:
        ExportError: where nothing can be made of it, or the file cannot be written.
    """
    folder = Path.cwd()
    if log.path is not None and not log.indexed:
        # What is on the screen is still being read; what was asked for is all of it.
        try:
            log = EventLog.open(log.path)
        except RecordingError as error:
            raise ExportError(str(error)) from error
    pieces = exported(log, row.name, folder=folder)
    path = free_path(folder, file_name(row, named_after))
    write_pieces(pieces, path, replace=False)
    return path
