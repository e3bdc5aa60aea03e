"""Restarts by themselves when a source file changes: on and off, and what the user is told of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydantic_ai_debug.session.source_watch import SourceWatch


class RestartOnChange:
    """Watches the script's folder while it is switched on."""

    def __init__(self, folder: Path | None, on_change: Callable[[Path], None]) -> None:
        """Watch nothing yet.

        Args:
            folder: The script's; None where there is none to watch.
            on_change: Called in the watching thread with a file that was changed.
        """
        self._folder = folder
        self._on_change = on_change
        self._watch: SourceWatch | None = None

    @property
    def is_on(self) -> bool:
        return self._watch is not None

    def switch(self, on: bool) -> str:
        """Watch, or no longer; says in a sentence what comes of it."""
        if self._watch is not None:
            self._watch.stop()
            self._watch = None
        if not on:
            return 'Changed files restart nothing any more'
        if self._folder is None:
            return 'There is no folder of a script to watch'
        self._watch = SourceWatch(self._folder, self._on_change)
        return f'Restarts when a Python file under {self._folder.name or self._folder} changes'

    def relative(self, path: Path) -> str:
        """A changed file as the user knows it."""
        folder = self._folder
        return str(path.relative_to(folder) if folder is not None and path.is_relative_to(folder) else path)
