"""Opens the screens on which something is changed by hand, and hands them what the child answers.

The screens themselves are imported on use. Knows the app's stack of screens and nothing of what they do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from textual.app import App

from pydantic_ai_debug.model.branches import branch_number
from pydantic_ai_debug.model.effects import Effect, effects
from pydantic_ai_debug.model.selectors import changes_of, node_at, stop_phrase
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.model.waiting import waiting_stop
from pydantic_ai_debug.protocol.commands import Command, Draft, Rewind
from pydantic_ai_debug.protocol.events import (
    Diverged,
    Drafted,
    Event,
    Json,
    RewindRefused,
    Rewound,
    Stopped,
    ToolFinished,
)

from .changing import divergence_of
from .commands import Situation
from .present.literal import literal
from .rewinding import Destination, previous_boundary, previous_breakpoint, selected_node

if TYPE_CHECKING:
    from pydantic_ai_debug.model.details import Recall

    from .screens.by_hand import ByHandScreen

ANSWERS_BY_HAND = 'answers by hand'
"""What a screen is left with where the user wants to write the answer."""


def _went_back(event: Rewound, state: SessionState) -> str:
    """What is said of a run that went back."""
    left = ', '.join(literal(name, 60) for name in event.left)
    run = state.runs.get(event.run)
    number = branch_number(run.branches, event.node) + 1 if run is not None else 2
    return f'Back again, on branch {number}' + (f'; as they are now: {left}' if left else '')


class MainPage(Protocol):
    """The main screen, as far as it matters here."""

    @property
    def is_current(self) -> bool: ...

    @property
    def situation(self) -> Situation: ...

    def send(self, command: Command) -> None: ...

    def hint(self, text: str) -> None: ...

    def action_command(self, name: str) -> None: ...


class Dialogs:
    """Of one session."""

    def __init__(self, app: App[int], main: MainPage, recall: Recall, state: SessionState) -> None:
        self._app = app
        self._main = main
        self._recall = recall
        self._seen = len(state.replies)
        self._draft: Draft | None = None
        """What was asked for and has not come."""
        self._open: ByHandScreen | None = None
        self._shown_divergences: set[int] = set()
        """Places of stops whose divergence was shown of itself."""

    def note_sent(self, command: Command) -> None:
        """Something was asked of the child: a draft will be waited for."""
        if isinstance(command, Draft):
            self._draft = command

    def update(self, state: SessionState) -> None:
        """Take in what the child has answered since the last time."""
        seen, self._seen = self._seen, len(state.replies)
        for place in state.replies[seen : self._seen]:
            self._take(self._recall(place), state)
        if self._open is not None:
            self._open.show_state(state)
        elif state.paused:
            self._show_new_divergence(state)

    def _take(self, event: Event, state: SessionState) -> None:
        if isinstance(event, Drafted):
            if self._draft == Draft(event.run, event.call):
                self._draft = None
                self._edit(event, state)
        elif isinstance(event, RewindRefused):
            self._main.hint(literal(f'It cannot go back: {event.message}', 200))
        elif isinstance(event, Rewound):
            self._main.hint(_went_back(event, state))
        elif self._open is not None:
            self._open.take_reply(event)

    def _edit(self, drafted: Drafted, state: SessionState) -> None:
        run = state.runs.get(drafted.run)
        stops = [stop for stop in run.stops if stop.call == drafted.call] if run is not None else []
        if not drafted.items or not stops:
            self._main.hint('Nothing can be edited there any more')
        elif self._main.is_current:
            from .screens.edit import EditScreen

            self._show(EditScreen(drafted, stops[-1].seq, stop_phrase(stops[-1])))

    def do_answer(self) -> None:
        """Ask what the selected stop is answered with."""
        situation = self._main.situation
        waiting = waiting_stop(situation.state, situation.selected)
        if waiting is None:
            return
        stopped = self._recall(waiting[1].seq)
        if isinstance(stopped, Stopped) and stopped.answers:
            from .screens.answer import AnswerScreen

            self._show(AnswerScreen(stopped, waiting[1].seq))

    def do_rewind(self) -> None:
        self._go_back(selected_node(self._main.situation))

    def do_previous_boundary(self) -> None:
        self._go_back(previous_boundary(self._main.situation))

    def do_previous_breakpoint(self) -> None:
        self._go_back(previous_breakpoint(self._main.situation))

    def _go_back(self, destination: Destination | str) -> None:
        """Have a run go back; where tools have run on the way, once it is known which of them run again."""
        if isinstance(destination, str):
            self._main.hint(destination)
            return
        run, index = destination
        ran = effects(run, index)
        if not ran:
            self._main.send(Rewind(run.id, index))
            return
        from .screens.rewind import RewindScreen

        node = node_at(run, index)
        kind = node.kind if node is not None else str(index)
        screen = RewindScreen(run.id, index, kind, ran, self._result_of)
        self._app.push_screen(screen, lambda command: self._main.send(command) if command is not None else None)

    def _result_of(self, effect: Effect) -> Json:
        seq = effect.tool.finished_seq
        event = self._recall(seq) if seq is not None else None
        return event.result if isinstance(event, ToolFinished) else None

    def do_compare(self) -> None:
        """Show an undone branch beside the one that counts."""
        situation = self._main.situation
        from pydantic_ai_debug.model.comparison import branch_sides, compare

        from .screens.compare import CompareScreen

        sides = branch_sides(situation.state, situation.selected, self._recall)
        if sides is not None:
            self._app.push_screen(CompareScreen([compare(*sides)]))

    def do_show_divergence(self) -> None:
        """Show what was recorded beside what is asked."""
        situation = self._main.situation
        place = divergence_of(situation)
        diverged = self._recall(place) if place is not None else None
        if isinstance(diverged, Diverged):
            waiting = waiting_stop(situation.state, situation.selected)
            waits = waiting is not None and waiting.stop.at == 'divergence' and waiting.run.id == diverged.run
            self._open_divergence(diverged, waiting.stop.seq if waits and waiting is not None else None)

    def _show_new_divergence(self, state: SessionState) -> None:
        """Of itself, once for each: there is nothing to go on with before it is decided."""
        for run in state.runs.values():
            stop = run.stops[-1] if run.stops else None
            if stop is None or stop.at != 'divergence' or stop.seq in self._shown_divergences:
                continue
            node = node_at(run, stop.node)
            diverged = self._recall(node.diverged) if node is not None and node.diverged is not None else None
            if isinstance(diverged, Diverged) and self._main.is_current:
                self._shown_divergences.add(stop.seq)
                self._open_divergence(diverged, stop.seq)
            return

    def _open_divergence(self, diverged: Diverged, stop: int | None) -> None:
        from .screens.divergence import DivergenceScreen

        self._show(DivergenceScreen(diverged, stop))

    def do_show_changes(self) -> None:
        """Show what was changed by hand of the selected row."""
        situation = self._main.situation
        from .screens.changes import ChangesScreen

        places = changes_of(situation.state, situation.selected)
        self._app.push_screen(ChangesScreen([self._recall(place) for place in places]))

    def _show(self, screen: ByHandScreen) -> None:
        self._open = screen
        self._app.push_screen(screen, self._closed)

    def _closed(self, says: str | None) -> None:
        self._open = None
        if says == ANSWERS_BY_HAND:
            self._main.action_command('answer')
            return
        if says:
            self._main.hint(literal(says, 120))
