"""What a pane says while it has nothing to show: why, and what will fill it."""

from __future__ import annotations

from textual.widgets import Static

from pydantic_ai_debug.model.selectors import waiting_phrase
from pydantic_ai_debug.tui.present.literal import literal_lines

from .base import PaneView


class EmptyNote(Static):
    """A quiet text in place of a pane's content; takes no room while it says nothing."""

    DEFAULT_CSS = 'EmptyNote { color: $text-muted; height: auto; }'

    def __init__(self) -> None:
        super().__init__('', markup=False)
        self.display = False

    def say(self, text: str) -> None:
        """Show a text, or nothing where it is empty."""
        self.display = bool(text)
        self.update(literal_lines(text, 2000))


def no_run_text(view: PaneView, what: str) -> str:
    """Why nothing of a run is shown; `what` the pane will hold."""
    state = view.state
    if state.launch_error is not None:
        return f'The script could not be run, so there is no run to show: {state.launch_error}'
    if state.exit_code is not None or not (view.live or view.past):
        return 'No agent run was started, so there is nothing to show.'
    return f'{waiting_phrase(state)[:1].upper()}{waiting_phrase(state)[1:]}.\nThen {what} show here.'
