"""The list of the recordings that are kept: one is opened or deleted, or two are compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from rich.cells import set_cell_size
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Resize
from textual.reactive import Reactive
from textual.widgets import Static

from pydantic_ai_debug.model.numbers import plural, size
from pydantic_ai_debug.recording.catalogue import KeptRecording, kept_recordings

from .present.kept_columns import HEADS, Columns, columns
from .present.literal import literal
from .screens.delete import DeleteScreen
from .terminal import GuardedApp
from .theme import start_theme
from .widgets.entry_list import EntryList

_NARROW, _TINY = 100, 70
"""Columns below which agent and ending have less room; below which the agent is left out."""
_GAP = '  '
_SIZE_WIDTH = 7
_KEYS = (('enter', 'open'), ('c', 'compare'), ('d', 'delete'), ('q', 'quit'))
_KEYS_TO_COMPARE = (('c', 'compare the marked one with this'), ('escape', 'compare none'), ('q', 'quit'))
_MARGINS = 4
"""Columns of the padding, and of a scrollbar."""


class RecordingsApp(GuardedApp):
    """Shows the list until a recording is chosen, which is then in `chosen`, or the user leaves.

    In `other` is the recording that it is to be compared with, if that was asked for.
    """

    TITLE = 'agent-debug'
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #title { background: $surface; height: 1; padding: 0 1; }
    #heads { color: $text-muted; height: 1; padding: 0 1; }
    #none { color: $text-muted; padding: 1 1; height: 1fr; }
    #keys { background: $surface; color: $text-muted; height: 1; padding: 0 1; }
    EntryList { height: 1fr; max-height: 100%; }
    """
    theme: Reactive[str] = start_theme()
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding('c', 'compare', 'Compare', show=False),
        Binding('d,delete', 'delete', 'Delete', show=False),
        Binding('escape', 'give_up', 'Give up', show=False),
        Binding('q', 'leave', 'Leave', show=False),
    ]

    def __init__(self, directory: Path, selected: Path | None = None, problem: str = '') -> None:
        """Read nothing yet.

        Args:
            directory: Where the recordings are.
            selected: The one to begin at.
            problem: What to say at first: why the last one could not be opened.
        """
        super().__init__()
        self.chosen: Path | None = None
        self.other: Path | None = None
        self._marked: Path | None = None
        """The one that another is looked for to compare it with."""
        self._directory = directory
        self._selected = selected
        self._problem = problem
        self._recordings: list[KeptRecording] = []

    def compose(self) -> ComposeResult:
        yield Static(id='title', markup=False)
        yield Static(id='heads', markup=False)
        yield EntryList(id='recordings', marks=False)
        yield Static(id='none', markup=False)
        yield Static(id='keys')

    def on_mount(self) -> None:
        self._read()
        entries = self.query_one(EntryList)
        paths = [recording.path for recording in self._recordings]
        if self._selected in paths:
            entries.highlighted = paths.index(self._selected)
        entries.focus()
        if self._problem:
            self._complain(self._problem)

    def on_resize(self, event: Resize) -> None:
        self._draw(event.size.width)

    def _read(self) -> None:
        self._recordings = kept_recordings(self._directory)
        self._draw(self.size.width)

    def _draw(self, width: int) -> None:
        recordings = self._recordings
        total = size(sum(recording.size for recording in recordings))
        words = f'{plural(len(recordings), "recording")}, {total}' if recordings else 'no recordings'
        where = literal(str(self._directory), 200)
        self.query_one('#title', Static).update(
            Content.assemble(('Recordings', 'bold'), (f'  {words} in {where}', '$foreground-muted'))
        )
        self.query_one('#heads', Static).update(Content(_line(HEADS, width)))
        entries = self.query_one(EntryList)
        entries.show([self._entry(recording, width) for recording in recordings])
        self.query_one('#keys', Static).update(_keys(_KEYS if self._marked is None else _KEYS_TO_COMPARE))
        for widget in (entries, self.query_one('#heads')):
            widget.display = bool(recordings)
        none = self.query_one('#none', Static)
        none.display = not recordings
        none.update(f'Each session is recorded in {where} unless --no-record or --record FILE is given.')

    def _entry(self, recording: KeptRecording, width: int) -> Content:
        return Content.styled(
            _line(columns(recording), width), 'bold $text-accent' if recording.path == self._marked else ''
        )

    def on_option_list_option_selected(self) -> None:
        recording = self._highlighted()
        if recording is not None:
            self.chosen = recording.path
            self.exit()

    def action_delete(self) -> None:
        recording = self._highlighted()
        if recording is not None and not isinstance(self.screen, DeleteScreen):
            what = columns(recording)
            self.push_screen(
                DeleteScreen(f'{what.script}, {what.when}, {what.size}'),
                lambda sure: self._delete(recording) if sure else None,
            )

    def _delete(self, recording: KeptRecording) -> None:
        try:
            recording.path.unlink(missing_ok=True)
        except OSError as error:
            self._complain(f'cannot delete {recording.path}: {error.strerror}')
        self._read()

    def action_compare(self) -> None:
        """Mark a recording; the next one is compared with it."""
        recording = self._highlighted()
        if recording is None or isinstance(self.screen, DeleteScreen):
            return
        if self._marked not in (None, recording.path):
            self.chosen, self.other = recording.path, self._marked
            self.exit()
            return
        self._mark(None if self._marked == recording.path else recording.path)

    def _mark(self, path: Path | None) -> None:
        self._marked = path
        self._draw(self.size.width)

    def action_give_up(self) -> None:
        if self._marked is None:
            self.exit()
        else:
            self._mark(None)

    def action_leave(self) -> None:
        self.exit()

    def _highlighted(self) -> KeptRecording | None:
        index = self.query_one(EntryList).highlighted
        return self._recordings[index] if index is not None else None

    def _complain(self, problem: str) -> None:
        self.notify(literal(problem, 300), severity='error', markup=False)


def _keys(keys: Sequence[tuple[str, str]]) -> Content:
    return Content('  ').join(Content.assemble((key, 'bold $text-accent'), f' {word}') for key, word in keys)


def _line(words: Columns, width: int) -> str:
    """The columns side by side; the script has what room the others leave."""
    agent, ended = (12, 16) if width < _NARROW else (18, 26)
    cells = [(words.when, 16), (words.agent, agent), (words.ended, ended)]
    if width < _TINY:
        del cells[1]
    others = sum(columns + len(_GAP) for _, columns in cells) + _SIZE_WIDTH + len(_GAP)
    cells.insert(1, (words.script, max(width - others - _MARGINS, 8)))
    return _GAP.join([*(_cell(literal(text, 300), columns) for text, columns in cells), words.size.rjust(_SIZE_WIDTH)])


def _cell(text: str, columns: int) -> str:
    """Text of a width; what is too long ends in an ellipsis."""
    cut = set_cell_size(text, columns)
    return cut if cut.rstrip() == text.rstrip() else f'{set_cell_size(text, columns - 1)}…'
