"""What cannot be exported, in a line for the user."""

from __future__ import annotations


class ExportError(Exception):
    """Nothing can be made of a session; its text says why, and what to do."""
