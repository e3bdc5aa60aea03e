"""Out of the debugger: a session as a file for people and programs that do not have it.

Knows recordings and the state they fold to: no processes, no screen, no pydantic-ai.
"""

from __future__ import annotations

from .errors import ExportError
from .formats import FORMATS, ExportFormat, FormatName, exported, file_name, free_path, write_pieces

__all__ = [
    'FORMATS',
    'ExportError',
    'ExportFormat',
    'FormatName',
    'exported',
    'file_name',
    'free_path',
    'write_pieces',
]
