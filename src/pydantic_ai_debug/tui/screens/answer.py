"""Answers a tool call or a model request in its place: choose how, type what, and the run goes on with that."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static
from typing_extensions import override

from pydantic_ai_debug.model.calls import call_arguments
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.commands import AnswerByHand, AnswerKind
from pydantic_ai_debug.tui.answers import MEANINGS, RESPONSE_EXAMPLE, reading, takes_json
from pydantic_ai_debug.tui.external_editor import EditorFailed
from pydantic_ai_debug.tui.present.literal import literal, literal_lines
from pydantic_ai_debug.tui.widgets.bar import Bar, Part
from pydantic_ai_debug.tui.widgets.code_area import CodeArea

from .by_hand import GONE, ByHandScreen


class AnswerField(CodeArea):
    """Where the answer is typed. The screen sends it on enter, so that another key makes a new line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding('ctrl+j', 'new_line', 'New line', show=False),
    ]

    def action_new_line(self) -> None:
        self.insert('\n')


class AnswerScreen(ByHandScreen):
    """One question: what instead of the call, or of the request?"""

    DEFAULT_CSS = """
    AnswerScreen {
        #box { width: 92; height: auto; padding: 1 2; }
        #question, #meaning { width: 1fr; height: auto; }
        #question { max-height: 4; margin-bottom: 1; }
        #meaning, #reading { color: $text-muted; }
        AnswerField { height: auto; min-height: 3; max-height: 12; background: $foreground 8%; padding: 0 1; margin: 1 0; }
        #reading { width: 1fr; height: auto; max-height: 3; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        # They come before what the text area does with them.
        Binding('ctrl+s,enter', 'send', 'Answer', show=False, priority=True),
        Binding('tab', 'step(1)', 'Next kind', show=False, priority=True),
        Binding('shift+tab', 'step(-1)', 'Previous kind', show=False, priority=True),
        Binding('ctrl+e', 'open_editor', 'Editor', show=False),
        Binding('escape', 'leave', 'Close', show=False, priority=True),
    ]

    def __init__(self, stopped: ev.Stopped, stop: int) -> None:
        """Ask for an answer.

        Args:
            stopped: What waits for it.
            stop: Place of that event.
        """
        super().__init__(stopped.run, stopped.call, stop)
        self._stopped = stopped
        self._kinds = stopped.answers
        self._position = 0
        self._sent = False
        self._seen = ''
        """What was typed, as far as it was dealt with."""
        self._insisted = ''
        """What shall be sent as a text though it looks like JSON."""

    @override
    def compose(self) -> ComposeResult:
        with Vertical(id='box', classes='box') as box:
            box.border_title = 'Answer by hand'
            box.border_subtitle = 'enter answers · ctrl+j new line · ctrl+e in $EDITOR · esc closes'
            yield Static(Content(_question(self._stopped)), id='question')
            yield Bar(id='kinds')
            yield Static('', id='meaning', markup=False)
            yield AnswerField(is_json=True)
            yield Static('', id='reading', markup=False)
            yield Static('', id='problem', markup=False)

    def on_mount(self) -> None:
        self._show_kind()

    @property
    def kind(self) -> AnswerKind:
        return self._kinds[self._position]

    @property
    def field(self) -> AnswerField:
        return self.query_one(AnswerField)

    def action_step(self, by: int) -> None:
        self._position = (self._position + by) % len(self._kinds)
        self._show_kind()

    def on_bar_clicked(self, event: Bar.Clicked) -> None:
        self._position = int(event.command)
        self._show_kind()

    def _show_kind(self) -> None:
        parts: list[Part] = []
        for position, kind in enumerate(self._kinds):
            parts += [Part(f' {kind} ', 'tab' if position == self._position else 'text', str(position)), Part(' ')]
        self.query_one('#kinds', Bar).show(
            parts, [Part('tab', 'key'), Part(' another', 'dim')] if len(parts) > 2 else []
        )
        example = f'\nA text, or parts: {RESPONSE_EXAMPLE}' if self.kind == 'response' else ''
        self.query_one('#meaning', Static).update(MEANINGS[self.kind] + example)
        self.field.show_as_json(takes_json(self.kind))
        self.field.display = self.kind != 'approved'
        self.set_focus(self.field if self.field.display else None)
        self._say('')
        self._read()

    def on_text_area_changed(self) -> None:
        if self.field.text == self._seen:
            return
        self._seen = self.field.text
        self.field.mark_problem(None, None)
        if not self.gone and not self._sent:
            self._say('')
        self._read()

    def _read(self) -> None:
        """Say how what was typed is understood."""
        read = reading(self.kind, self.field.text)
        says = f'no JSON yet: {read.problem.message}' if read.problem is not None else read.says
        self.query_one('#reading', Static).update(literal(says, 300))

    def _say(self, text: str, *, quiet: bool = False) -> None:
        label = self.query_one('#problem', Static)
        label.display = bool(text)
        label.set_class(quiet, '-quiet')
        label.update(literal_lines(text, 800))
        self.query_one('#reading').display = not text

    def action_send(self) -> None:
        self.after_typing(self.field, self._send)

    def _send(self) -> None:
        # The area tells of what was typed only later: that is no change of what is sent here.
        typed = self._seen = self.field.text
        read = reading(self.kind, typed)
        if self.gone:
            self._say(GONE)
        elif self._sent:
            self._say('The answer is being checked', quiet=True)
        elif read.text is None:
            self._say(read.says)
        elif read.problem is not None and self._insisted != typed:
            self._insisted = typed
            place = f'line {read.problem.line}, column {read.problem.column}'
            self._say(f'This is no JSON: {place}: {read.problem.message}. enter again sends it as a text')
            self.field.mark_problem(read.problem.line, read.problem.column)
        else:
            self._sent = True
            self._say('checking the answer …', quiet=True)
            self.post_message(self.CommandSent(AnswerByHand(self.run, self.call, self.kind, read.text)))

    @override
    def take_reply(self, event: ev.Event) -> None:
        match event:
            case ev.AnsweredByHand() if (event.run, event.call) == (self.run, self.call):
                self.dismiss(f'Answered by hand: {event.kind}')
            case ev.EditRefused(item='answer') if (event.run, event.call) == (self.run, self.call):
                self._sent = False
                place = f'line {event.line}, column {event.column or 1}: ' if event.line is not None else ''
                self._say(f'Not taken. {place}{event.message}')
                self.field.mark_problem(event.line, event.column)
            case _:
                pass

    @override
    def on_gone(self) -> None:
        self._say(GONE)

    def action_open_editor(self) -> None:
        try:
            text = self.in_editor(self.field.text, '.json' if takes_json(self.kind) else '.txt')
        except EditorFailed as failure:
            self._say(str(failure))
            return
        self.field.replace(text, (0, 0), self.field.document.end)

    def action_leave(self) -> None:
        self.dismiss('')


def _question(stopped: ev.Stopped) -> str:
    """What is asked, with what it would have been called with."""
    kind = literal(stopped.kind, 60)
    if stopped.call is None:
        is_end = 'approved' in stopped.answers
        return 'For the calls that wait for an approval or a result' if is_end else f'In place of {kind}'
    called = f'{kind}({call_arguments(stopped.args)})'
    return f'{"In place of what was returned by" if stopped.after else "In place of"} {called}'
