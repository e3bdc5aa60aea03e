"""What the screens share on which something is changed by hand: a frame, messages, and the user's editor."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import SuspendNotSupported
from textual.widgets import TextArea

from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.protocol.commands import Command
from pydantic_ai_debug.protocol.events import Event
from pydantic_ai_debug.tui.external_editor import EditorFailed, edited_text, editor_command
from pydantic_ai_debug.tui.messages import FieldMessage

from .dialog import Dialog

GONE = 'The run has gone on: this can no longer be applied. esc closes'


class ByHandScreen(Dialog[str]):
    """Changes something at one stop; answers with what to say on the main screen."""

    DEFAULT_CSS = """
    ByHandScreen {
        #box {
            padding: 0 1;
        }
        #problem { width: 1fr; height: auto; max-height: 4; color: $text-error; display: none; }
        #problem.-quiet { color: $text-muted; }
    }
    """

    class CommandSent(FieldMessage):
        """The user asked something of the child."""

        command: Command

    def __init__(self, run: str, call: str | None, stop: int) -> None:
        """Create it.

        Args:
            run: The run that waits.
            call: The tool call that waits, if it is one.
            stop: Place of the `stopped` event.
        """
        super().__init__()
        self.run = run
        self.call = call
        self.gone = False
        """Whether nothing waits there any more."""
        self._stop = stop

    def show_state(self, state: SessionState) -> None:
        """Notice that the stop is over, which no step of the user's can have done."""
        run = state.runs.get(self.run)
        waits = run is not None and any(stop.seq == self._stop for stop in run.stops)
        if not waits and not self.gone:
            self.gone = True
            self.on_gone()

    def on_gone(self) -> None:
        raise NotImplementedError

    def take_reply(self, event: Event) -> None:
        """An answer of the child's, which may be to somebody else."""
        raise NotImplementedError

    def after_typing(self, area: TextArea | None, act: Callable[[], None]) -> None:
        """Act once a text area has taken the keys that were pressed before: they wait in a queue of its own."""

        def act_if_open() -> None:
            if self.is_current:
                act()

        if area is None:
            act()
        else:
            area.call_later(act_if_open)

    def in_editor(self, text: str, suffix: str) -> str:
        """The text as the user's editor left it; `EditorFailed` where it could not be edited."""
        command = editor_command()
        try:
            with self.app.suspend():  # pyright: ignore[reportUnknownMemberType]  its type lacks an argument
                return edited_text(command, text, suffix)
        except SuspendNotSupported:
            raise EditorFailed('this terminal cannot be lent to an editor') from None
