"""The line at the bottom in which Python is typed for the paused run, and above it what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Label

from pydantic_ai_debug.model.details import Recall
from pydantic_ai_debug.model.waiting import waiting_stop
from pydantic_ai_debug.protocol.commands import Command, Complete, Evaluate, Interrupt, OpenValue
from pydantic_ai_debug.protocol.events import Completed, Evaluated
from pydantic_ai_debug.tui.commands import Situation
from pydantic_ai_debug.tui.evaluation import (
    Completion,
    Evaluation,
    Evaluations,
    History,
    completion_of,
    evaluation_entries,
)
from pydantic_ai_debug.tui.messages import FieldMessage
from pydantic_ai_debug.tui.panes.opened import OpenedValues
from pydantic_ai_debug.tui.present.literal import literal
from pydantic_ai_debug.tui.present.value_entries import Deeper, Wanted

from .value_tree import ValueTree

_HINT = 'tab completes · ↑ history · esc closes'
_EVALUATING = 'evaluating… ctrl+c interrupts'
_NOBODY = 'no run waits: p pauses one'


class EvaluateField(Input):
    """The line itself."""

    def __init__(self, interrupt: Callable[[], bool]) -> None:
        super().__init__(placeholder='Python in the paused run', compact=True)
        self._interrupt = interrupt

    def action_copy(self) -> None:
        """Interrupt what runs; where nothing does, `ctrl+c` copies as everywhere."""
        if not self._interrupt():
            super().action_copy()


class EvaluatePanel(Vertical):
    """Takes what is shown through `show`, and says by `Asked` what the child shall do."""

    DEFAULT_CSS = """
    EvaluatePanel {
        height: auto;
        max-height: 50%;
        background: $surface;
        ValueTree { height: auto; max-height: 12; padding: 0 1; border-top: solid $foreground 25%; display: none; }
        ValueTree.-filled { display: block; }
        #names { width: 1fr; padding: 0 1; color: $text-muted; display: none; }
        Horizontal { height: 1; }
        Label { width: auto; padding: 0 1; color: $text-accent; }
        Input { width: 1fr; border: none; height: 1; padding: 0; background: transparent; }
        Input:focus { border: none; background: transparent; }
        .evaluate-panel--says { color: $text-muted; }
        &.-narrow ValueTree { max-height: 8; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding('escape', 'close', 'Close', show=False),
        Binding('tab', 'tab(1)', 'Complete', show=False),
        Binding('shift+tab', 'tab(-1)', 'Results', show=False),
        Binding('exclamation_mark', 'to_field', 'To the line', show=False),
        Binding('up,ctrl+p', 'history(-1)', 'Before', show=False),
        Binding('down,ctrl+n', 'history(1)', 'After', show=False),
        Binding('pageup', 'scroll_results(-1)', 'Up', show=False),
        Binding('pagedown', 'scroll_results(1)', 'Down', show=False),
        Binding('ctrl+c', 'interrupt', 'Interrupt', show=False),
    ]

    class Asked(FieldMessage):
        """Something is asked of the child."""

        command: Command

    class Closed(Message):
        """The user is done evaluating."""

    def __init__(self, recall: Recall, situation: Situation) -> None:
        super().__init__()
        self._recall = recall
        self._situation = situation
        self._seen = len(situation.state.replies)
        self._shown: object = None
        self._evaluations = Evaluations()
        self._history = History()
        self._completion: Completion | None = None
        self._awaited: tuple[int, str, str] | None = None
        """A completion that was asked for: its number, and the line before and behind the cursor."""
        self._opened = OpenedValues(recall, 'evaluated', self._want)

    def compose(self) -> ComposeResult:
        yield ValueTree()
        yield Label('', id='names', markup=False)
        with Horizontal():
            yield Label('>>>', markup=False)
            yield EvaluateField(self._interrupt)
            yield Label(_HINT, markup=False, classes='evaluate-panel--says')

    def on_mount(self) -> None:
        self._draw()

    @property
    def field(self) -> EvaluateField:
        return self.query_one(EvaluateField)

    def open(self) -> None:
        """Show the panel and take the focus; what was typed and what came of it is still there."""
        self.display = True
        self.set_class(self.app.size.height < 30, '-narrow')  # pyright: ignore[reportUnknownMemberType]
        self._say_state()
        self.field.focus()

    # What the child says

    def show(self, situation: Situation) -> None:
        """Take in a newer state of the session."""
        before, self._situation = self._situation, situation
        state = situation.state
        if state is before.state and situation.selected == before.selected:
            return
        seen, self._seen = self._seen, len(state.replies)
        for place in state.replies[seen : self._seen]:
            event = self._recall(place)
            if isinstance(event, Evaluated):
                self._evaluations.end(event, place)
            elif isinstance(event, Completed):
                self._take_names(event)
        self._evaluations.give_up(lambda run: state.exit_code is None and state.runs[run].end is None)
        if self.is_mounted and self.display:
            self._draw()

    def _draw(self) -> None:
        state = self._situation.state
        shown = (self._evaluations.items, len(state.opened), tuple(run.stops for run in state.runs.values()))
        self._say_state()
        if shown == self._shown:
            return
        self._shown = shown
        tree = self.query_one(ValueTree)
        tree.set_class(bool(self._evaluations.items), '-filled')
        count = len(tree.rows)
        tree.show(evaluation_entries(self._evaluations.items, self._deeper))
        if len(tree.rows) != count and not tree.has_focus:
            tree.move_to(len(tree.rows) - 1)
            self.call_after_refresh(tree.scroll_end, animate=False)

    def _deeper(self, evaluation: Evaluation) -> Deeper:
        state = self._situation.state
        run = state.runs.get(evaluation.run)
        can_ask = run is not None and bool(run.stops)
        return self._opened.deeper(state, evaluation.run, evaluation.place, can_ask=can_ask, live=True)

    def _want(self, run: str, wanted: Wanted) -> None:
        self.post_message(self.Asked(OpenValue(run, wanted.root, wanted.path, wanted.start)))

    def _say_state(self) -> None:
        if self._evaluations.pending is not None:
            self._say(_EVALUATING)
        elif self._waiting is None:
            self._say(_NOBODY)
        else:
            self._say(_HINT)

    def _say(self, text: str) -> None:
        self.query_one('.evaluate-panel--says', Label).update(text)

    @property
    def _waiting(self) -> tuple[str, str | None] | None:
        """The run and the call in which a line is evaluated."""
        if not self._situation.running:
            return None
        waiting = waiting_stop(self._situation.state, self._situation.selected)
        return (waiting[0].id, waiting[1].call) if waiting is not None else None

    # What the user types

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        source, waiting = event.value.strip(), self._waiting
        if not source:
            return
        self._end_completion()
        if waiting is None:
            self._say(_NOBODY)
        elif self._evaluations.pending is not None:
            self._say(_EVALUATING)
        else:
            evaluation = self._evaluations.begin(waiting[0], source)
            self._history.add(source)
            self.field.value = ''
            self._draw()
            self.post_message(self.Asked(Evaluate(*waiting, evaluation.number, source)))

    def _interrupt(self) -> bool:
        """Stop what runs; False where nothing does."""
        pending = self._evaluations.pending
        if pending is not None:
            self.post_message(self.Asked(Interrupt(pending.number)))
        return pending is not None

    def action_interrupt(self) -> None:
        self._interrupt()

    def action_history(self, by: int) -> None:
        self._end_completion()
        self.field.value = self._history.move(by, self.field.value)
        self.field.cursor_position = len(self.field.value)

    def action_scroll_results(self, pages: int) -> None:
        self.query_one(ValueTree).action_move_page(pages)

    def action_to_field(self) -> None:
        self.field.focus()

    def action_close(self) -> None:
        self._end_completion()
        self.display = False
        self.post_message(self.Closed())

    # How a line goes on

    def action_tab(self, by: int) -> None:
        """In the results, go to the line. There, ask how it goes on, or take the next name; backwards to the results."""
        if not self.field.has_focus:
            self.field.focus()
            return
        field, waiting = self.field, self._waiting
        left, after = field.value[: field.cursor_position], field.value[field.cursor_position :]
        known = self._completion
        if known is not None and (known.left, known.after) == (left, after):
            self._complete(known.next(by))
        elif by < 0:
            self.query_one(ValueTree).focus()
        elif waiting is None:
            self._say(_NOBODY)
        else:
            number = self._evaluations.next_number()
            self._awaited = (number, left, after)
            self.post_message(self.Asked(Complete(*waiting, number, left)))

    def _take_names(self, reply: Completed) -> None:
        if self._awaited is None or self._awaited[0] != reply.number:
            return
        _, left, after = self._awaited
        self._awaited = None
        field = self.field
        if field.value != left + after or field.cursor_position != len(left):
            return
        completion = completion_of(reply, left, after)
        if completion is None:
            self._say('nothing completes this')
        else:
            self._complete(completion)

    def _complete(self, completion: Completion) -> None:
        self._completion = completion
        field = self.field
        with field.prevent(Input.Changed):
            field.value = completion.left + completion.after
        field.cursor_position = len(completion.left)
        names = self.query_one('#names', Label)
        names.display = len(completion.names) > 1
        names.update(_menu(completion, max(20, self.size.width - 4)))

    def on_input_changed(self, event: Input.Changed) -> None:
        known = self._completion
        if known is not None and event.value != known.left + known.after:
            self._end_completion()

    def _end_completion(self) -> None:
        self._completion = None
        self.query_one('#names', Label).display = False


def _menu(completion: Completion, width: int) -> str:
    """The names in a line, from the chosen one's page on; that one in brackets."""
    first = completion.position or 0
    shown: list[str] = []
    room = width
    for position in range(first if first + 1 < len(completion.names) else 0, len(completion.names)):
        name = literal(completion.names[position], 60)
        text = f'[{name}]' if position == completion.position else name
        room -= cell_len(text) + 2
        if room < 12 and shown:
            shown.append(f'… {len(completion.names) - position} more')
            break
        shown.append(text)
    return '  '.join(shown)
