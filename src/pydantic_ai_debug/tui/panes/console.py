"""Console: the script's own output, live and in order, and a line that feeds its input."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input
from typing_extensions import override

from pydantic_ai_debug.model.console_text import EscapeStripper, overwritten
from pydantic_ai_debug.model.details import Recall
from pydantic_ai_debug.model.selectors import exit_phrase
from pydantic_ai_debug.protocol.events import Logged, Output
from pydantic_ai_debug.tui.present.graph_row import BREAKPOINT_GLYPHS
from pydantic_ai_debug.tui.present.styled import Span, StyleName
from pydantic_ai_debug.tui.widgets.text_view import TextView

from .base import Pane, PaneView
from .status_line import StatusLine
from .text_search import TextSearch

MAX_BACKLOG = 10_000
"""Writes that may wait to be shown; where there are more, in a flood or at the first look, the oldest are left out."""
_BATCH = 400
"""Writes that are shown at once, so that a flood of prints leaves time for keys."""
_BATCH_LENGTH = 200_000
"""Characters of them."""
_LONGEST_WRITE = 1_000_000
"""Characters of one; a script's own writes come in pieces, so only another tool's recording has longer ones."""

_HINT = "enter: type a line for the script's stdin"
_FOCUSED_HINT = 'enter sends the line, ctrl+d ends the input, escape leaves'


class StdinInput(Input):
    """The line that feeds the script's stdin."""

    DEFAULT_CSS = """
    StdinInput { border: none; height: 1; padding: 0; background: $surface; }
    StdinInput:focus { border: none; background: $primary 20%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding('ctrl+d', 'end_input', 'End of input', show=False, tooltip="Close the script's stdin"),
    ]

    def action_end_input(self) -> None:
        self.post_message(Pane.StdinSubmitted(None))

    def on_focus(self) -> None:
        self.placeholder = _FOCUSED_HINT

    def on_blur(self) -> None:
        self.placeholder = _HINT


class ConsolePane(Pane):
    """The script's terminal, without its escape sequences."""

    TITLE: ClassVar[str] = 'Console'
    DEFAULT_CSS = 'ConsolePane { layout: vertical; } ConsolePane TextView { height: 1fr; }'

    def __init__(self, recall: Recall, *, id: str | None = None) -> None:
        super().__init__(recall, id=id)
        self._text = TextView()
        self._search = TextSearch(self._text)
        self._read = 0
        """How many output events were read."""
        self._strippers: dict[str, EscapeStripper] = {}
        self._rewritten: str | None = None
        """The last line while carriage returns rewrite it."""
        self._line_block = 0
        self._input_open = True
        self._last_stop: float | None = None
        """When the newest stop began at which a run waits."""
        self._catching_up = False

    def compose(self) -> ComposeResult:
        yield self._text
        yield StdinInput(placeholder=_HINT, select_on_focus=False)
        yield StatusLine()

    def on_mount(self) -> None:
        self.watch_view(self.view)

    def watch_view(self, view: PaneView) -> None:
        if not self.query(StatusLine):
            return
        self._text.empty_text = _empty_text(view)
        self._read_output()
        self._draw_input(view)
        self._give_keys_back(view)

    def _give_keys_back(self, view: PaneView) -> None:
        """Leave the input once a run waits: what is typed then is meant for the debugger."""
        last_stop = max((stop.since for run in view.state.runs.values() for stop in run.stops), default=None)
        before, self._last_stop = self._last_stop, last_stop
        field = self.query_one(StdinInput)
        if last_stop is not None and last_stop != before and field.has_focus and not field.value:
            self._text.focus()

    @override
    def start_over(self) -> None:
        self._read, self._rewritten, self._input_open = 0, None, True
        self._strippers.clear()
        self._text.clear()

    # Output

    def _read_output(self) -> None:
        """Show some of what is new, and come back for the rest."""
        output = self.view.state.output
        skipped = len(output) - self._read - MAX_BACKLOG
        if skipped > 0:
            self._read += skipped
            self._text.append(f'… {skipped:,} writes before this are not shown; the recording has them\n', 'dim')
        pending: list[Span] = []
        length = 0
        for place in output[self._read : self._read + _BATCH]:
            event = self.recall(place)
            self._read += 1
            if isinstance(event, Output):
                self._write(event, pending)
                length += len(event.text)
            elif isinstance(event, Logged):
                self._write_logged(event, pending)
                length += len(event.text)
            if length > _BATCH_LENGTH:
                break
        self._flush(pending)
        if self._read < len(output) and not self._catching_up:
            self._catching_up = True
            self.set_timer(0.02, self._catch_up)

    def _catch_up(self) -> None:
        self._catching_up = False
        self._read_output()
        self._draw_input(self.view)

    def _write(self, event: Output, pending: list[Span]) -> None:
        """Add an output event to what is pending, or to the view where it rewrites a line."""
        stripper = self._strippers.setdefault(event.stream, EscapeStripper())
        if (left_out := len(event.text) - _LONGEST_WRITE) > 0:
            pending.append(
                Span(f'… {left_out:,} characters before this are not shown; the recording has them\n', 'dim')
            )
        text = stripper.feed(event.text[-_LONGEST_WRITE:]).replace('\r\n', '\n').replace('\x07', '')
        style: StyleName = 'stderr' if event.stream == 'stderr' else 'text'
        if self._rewritten is None and '\r' not in text:
            if text:
                pending.append(Span(text, style))
            return
        self._flush(pending)
        self._rewrite(text, style)

    def _write_logged(self, event: Logged, pending: list[Span]) -> None:
        """Add what a logpoint prints, on lines of its own that are told from the script's."""
        self._flush(pending)
        self._rewritten = None
        self._text.start_block()
        lines = event.text.rstrip('\n').split('\n')
        self._text.append_spans([Span(f'{BREAKPOINT_GLYPHS["logs"]} {line}\n', 'dim') for line in lines])
        self._text.start_block()

    def _rewrite(self, text: str, style: StyleName) -> None:
        """Write lines with carriage returns; the last one is in a block of its own while it may be rewritten."""
        if self._rewritten is None:
            self._line_block = self._text.start_block()
        *lines, last = ((self._rewritten or '') + text).split('\n')
        done = [Span(overwritten(line) + '\n', style) for line in lines]
        if '\r' not in last:
            self._rewritten = None
            self._text.replace_block(self._line_block, [*done, Span(last, style)])
            return
        if done:
            self._text.replace_block(self._line_block, done)
            self._line_block = self._text.start_block()
        self._text.replace_block(self._line_block, [Span(overwritten(last), style)])
        # As long as the line at most, however often it is rewritten.
        self._rewritten = overwritten(last) + '\r' + last.rpartition('\r')[2]

    def _flush(self, pending: list[Span]) -> None:
        if pending:
            self._text.append_spans(pending)
            pending.clear()

    # Input

    def _draw_input(self, view: PaneView) -> None:
        line, status = self.query_one(StdinInput), self.query_one(StatusLine)
        code = view.state.exit_code
        is_open = view.live and code is None and view.state.launch_error is None and self._input_open
        # It has been given the focus before it knows.
        if self.screen.focused is line and not is_open:
            self._text.focus()
        line.display = is_open
        if is_open:
            status.say('')
        elif not view.live:
            status.say('a recording: its script takes no input')
        elif code is not None:
            status.say(f'the script has ended {exit_phrase(code)}')
        else:
            status.say("the script's stdin is closed")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        event.input.value = ''
        self._text.append(f'{event.value}\n', 'accent')
        self.post_message(self.StdinSubmitted(event.value + '\n'))

    def on_pane_stdin_submitted(self, event: Pane.StdinSubmitted) -> None:
        if event.text is None:
            self._input_open = False
            self._draw_input(self.view)

    # What the main screen asks for

    def plain_text(self) -> str:
        return self._text.plain_text()

    def search(self, query: str, *, forward: bool = True) -> bool:
        return self._search.go(query, forward)


def _empty_text(view: PaneView) -> str:
    if not view.live or view.state.exit_code is not None:
        return 'The script wrote nothing.'
    return 'The script has written nothing yet. What it prints appears here.'
