"""The main screen: bars above and below, panes between, one selection that leads them all.

It owns what the user has chosen (selection, focus, arrangement) and nothing of the session: states are handed to it,
commands go from it to the session. Panes are given views and answer with messages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import DescendantFocus, Resize
from textual.geometry import Size
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input

from pydantic_ai_debug.model.moments import Moment
from pydantic_ai_debug.model.selectors import SESSION_ROW, newest_row
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.model.waiting import stop_at_row
from pydantic_ai_debug.protocol.breakpoints import Breakpoint
from pydantic_ai_debug.protocol.commands import Command, OpenValue, Rewind, SetBreakpoints
from pydantic_ai_debug.tui.changes import UnseenChanges
from pydantic_ai_debug.tui.commands import Situation, bindings, command_named, has_its_keys
from pydantic_ai_debug.tui.layout import EXTRA_PANES, Arrangement, screen_size
from pydantic_ai_debug.tui.messages import FieldMessage
from pydantic_ai_debug.tui.notices import HintBook, holds_stream, prompt_notice, stop_notice
from pydantic_ai_debug.tui.present import bars
from pydantic_ai_debug.tui.widgets.bar import Bar
from pydantic_ai_debug.tui.widgets.pane_area import PaneArea

if TYPE_CHECKING:
    from pydantic_ai_debug.model.details import Recall
    from pydantic_ai_debug.model.selectors import RowKey
    from pydantic_ai_debug.session.search import Found
    from pydantic_ai_debug.tui.panes.base import Pane
    from pydantic_ai_debug.tui.widgets.evaluate_panel import EvaluatePanel
    from pydantic_ai_debug.tui.widgets.graph_rows import GraphRows
    from pydantic_ai_debug.tui.widgets.search_panel import SearchPanel

_CLOCK_INTERVAL = 0.1
_HINT_SECONDS = 4.0
_LONG_SILENCE = 2.0
_TELLING = 40
"""Characters by which a place is told from others of the same text."""


class MainScreen(Screen[None]):
    """Shows a session, live or recorded."""

    DEFAULT_CSS = """
    MainScreen {
        layout: vertical;
        background: $background;
        #header { background: $surface; }
        #tabs { display: none; }
        #shown, #keys { background: $surface; }
        &.-narrow #tabs { display: block; }
        &.-narrow PaneArea > Pane, &.-narrow PaneArea > PaneFrame { border: none; padding: 0 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]
    AUTO_FOCUS: ClassVar[str | None] = None

    class CommandSent(FieldMessage):
        """The user asked something of the child."""

        command: Command

    class CommandWanted(FieldMessage):
        """The user wants what a row of the table stands for, which needs more than this screen."""

        name: str

    class StdinTyped(FieldMessage):
        """The user typed a line for the script; None closes its stdin."""

        text: str | None

    class KeyMeant(FieldMessage):
        """A key stands for another one."""

        key: str

    class CopyRequested(FieldMessage):
        """The user wants text on the clipboard."""

        text: str
        what: str

    class FirstDrawn(Message):
        """The screen is on the terminal for the first time."""

    class PlayWanted(FieldMessage):
        """The user wants a recording to be played on, or no longer."""

        on: bool

    class SearchRequested(FieldMessage):
        """The user wants a text to be found in all that the session has told; `show_found` takes the answer."""

        query: str
        state: SessionState

    def __init__(
        self,
        recall: Recall,
        state: SessionState,
        *,
        live: bool,
        clock: Callable[[], float],
        arrangement: Arrangement | None = None,
        breakpoints: tuple[Breakpoint, ...] = (),
        hidden_hints: frozenset[str] = frozenset(),
    ) -> None:
        """Create the screen of one session.

        Args:
            recall: Gives the event at a place of the session's stream.
            state: What is known from the start.
            live: Whether a script stands behind it.
            clock: Session time.
            arrangement: How the panes were arranged before, for a session that is started again.
            breakpoints: Those that the session was started with.
            hidden_hints: Kinds of hints that are not told.
        """
        super().__init__()
        self.situation = Situation(
            state,
            SESSION_ROW,
            live=live,
            running=live,
            following=True,
            breakpoints=breakpoints,
            hidden_hints=hidden_hints,
        )
        self.arrangement = arrangement or Arrangement()
        self.hints = HintBook(recall)
        self._recall = recall
        self._area = PaneArea(recall)
        self._evaluate: EvaluatePanel | None = None
        self._search: SearchPanel | None = None
        """Made behind the first picture."""
        self._to_focus: str | None = None
        """The pane that gets the focus once it is drawn, where a key has led to one."""
        self._clock = clock
        self._changes = UnseenChanges()
        self._hint = ''
        self._silence = 0
        self._answered = 0
        """How much the script had written when the user typed a line for it: that asks nothing any more."""
        self._moved = False

    def compose(self) -> ComposeResult:
        yield Bar(id='header')
        yield Bar(id='tabs')
        yield self._area
        yield Bar(id='shown')
        yield Bar(id='keys')

    def on_mount(self) -> None:
        self.set_interval(_CLOCK_INTERVAL, self._tick)
        self._fit()
        self.call_after_refresh(self._fill)

    def on_resize(self, event: Resize) -> None:
        if screen_size(*self._terminal_size) != self.arrangement.size:
            self._fit()
        else:
            self._draw_bars()

    def _fill(self) -> None:
        """Put the panes into the frames of the first picture, unless the app is ending."""
        if not self._area.is_attached:
            return
        from pydantic_ai_debug.tui.widgets.search_panel import SearchPanel

        self._area.fill()
        self._search = SearchPanel()
        self.mount(self._search, before='#keys')
        self._to_focus = self.arrangement.active
        self.call_after_refresh(self._focus_pane)
        self.post_message(self.FirstDrawn())

    # What is shown

    def show_recorded(
        self, state: SessionState, moment: Moment | None, *, playing: bool, read: float | None, moved: bool
    ) -> None:
        """Show a state of a recording.

        Args:
            state: The state.
            moment: Where it is from; None at the end.
            playing: Whether it goes on from there.
            read: How much of the recording was read; None once it all was.
            moved: Whether the user went there, who then wants to see what is there.
        """
        following = moved or self.situation.following
        self.situation = self.situation._replace(moment=moment, playing=playing, read=read, following=following)
        self.show(state)

    def show(self, state: SessionState) -> None:
        """Show another state of the session."""
        before = self.situation.state
        if state.status != before.status:
            self._hint = ''
        if state.tools_serialized != before.tools_serialized:
            order = 'one after the other' if state.tools_serialized else 'side by side'
            self.hint(f'Tool calls run {order} from now on')
        self.hints.update(state)
        breakpoints = self.situation.breakpoints if state.breakpoints is before.breakpoints else state.breakpoints
        following = self.situation.following
        selected = self._newest_row(state) if following else self.situation.selected
        running = self.situation.live and state.exit_code is None and state.launch_error is None
        self.situation = self.situation._replace(
            state=state, selected=selected, running=running, breakpoints=breakpoints
        )
        self._refresh_view()

    def _newest_row(self, state: SessionState) -> RowKey:
        """The row to follow: in a recording that of the boundary one is at."""
        moment = self.situation.moment
        return moment.row if moment is not None and moment.row is not None else newest_row(state)

    def hint(self, text: str, seconds: float | None = _HINT_SECONDS) -> None:
        """Say something in the line above the keys, until it is out of date."""
        self._hint = text
        self._draw_bars()
        if text and seconds is not None:
            self.set_timer(seconds, lambda: self._hint == text and self.hint(''))

    def silence(self, seconds: float) -> None:
        """Say for how long the script has given no sign of life, once that is long."""
        silence = int(seconds) if seconds >= _LONG_SILENCE else 0
        if silence != self._silence:
            self._silence = silence
            self._draw_bars()

    def _refresh_view(self) -> None:
        situation = self.situation
        # A child that has ended tells no more: what is changed then is for its next start.
        in_force = situation.state.breakpoints if situation.running else situation.breakpoints
        self._area.show(situation.state, situation.selected, situation.live, in_force, past=situation.past)
        if self._evaluate is not None:
            self._evaluate.show(situation)
        self._draw_bars()

    def _draw_bars(self) -> None:
        situation, width = self.situation, self._terminal_size.width
        self._changes.update(situation.state, self.arrangement.visible)
        self._draw_header()
        self.query_one('#tabs', Bar).show(bars.tabs(self.arrangement.active, self._changes.titles))
        self._draw_shown()
        self.query_one('#keys', Bar).show(*bars.key_bar(situation, width))

    def _draw_shown(self) -> None:
        situation, width = self.situation, self._terminal_size.width
        here = situation.following or stop_at_row(situation.state, situation.selected) is not None
        notice = stop_notice(situation, self._recall, self._clock(), width) if here else []
        if len(situation.state.output) != self._answered:
            notice = notice or prompt_notice(situation, self._recall)
        hint = self.hints.newest(situation.selected.run, situation.hidden_hints)
        self.query_one('#shown', Bar).show(*bars.shown(situation, self._hint, self._silence, width, notice, hint))

    def _draw_header(self) -> None:
        self.query_one('#header', Bar).show(*bars.header(self.situation, self._clock(), self._terminal_size.width))

    def _tick(self) -> None:
        """Let the clock in the header go on."""
        if self.situation.running and self.situation.state.status != 'paused':
            self._draw_header()
        if holds_stream(self.situation):
            self._draw_shown()

    # How panes are arranged

    @property
    def _terminal_size(self) -> Size:
        """The app's, since the screen has none yet when it is mounted."""
        return self.app.size  # pyright: ignore[reportUnknownMemberType]  its type lacks an argument

    def _fit(self) -> None:
        size = screen_size(*self._terminal_size)
        self.set_class(size == 'narrow', '-narrow')
        self._arrange(self.arrangement._replace(size=size))

    def _arrange(self, arrangement: Arrangement) -> None:
        self.arrangement = arrangement
        self._area.arrange_panes(arrangement)
        self._draw_bars()

    def _go_to(self, title: str, *, focus: bool = True) -> None:
        """Make a pane the active one, opening it where it is not seen; the keys may stay with what has them."""
        self._arrange(self.arrangement.at(title))
        if focus:
            self._to_focus = title
            self.call_after_refresh(self._focus_pane)

    def _focus_pane(self) -> None:
        title, self._to_focus = self._to_focus, None
        if title is not None:
            self._area.focus_pane(title)

    def _toggle_extra(self, title: str) -> None:
        if self.arrangement.active == title and self.arrangement.size != 'large':
            self._close_extra()
        else:
            self._go_to(title)

    def _close_extra(self) -> None:
        self._arrange(self.arrangement.without_extra())
        self._go_to(self.arrangement.active)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        # Keys may have led elsewhere since: then it is not what has the focus, or will have it.
        if self._to_focus is not None or event.widget is not self.focused:
            return
        title = self._area.title_of(event.widget)
        if title is not None and title != self.arrangement.active:
            self._arrange(self.arrangement._replace(active=title))

    # What the user does

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave a key to the row that it is for in this kind of session."""
        if action == 'command' and isinstance(name := parameters[0], str):
            return has_its_keys(command_named(name), self.situation.live)
        return super().check_action(action, parameters)

    def action_command(self, name: str) -> None:
        """Do a command of the table, or say why it can't be done now."""
        for rows in self._graph_rows():
            if rows.moved_to is not None:
                # Typed fast, a key comes before the message of the move that was typed before it.
                self._select(rows.moved_to)
        command = command_named(name)
        if self.situation.playing:
            self.post_message(self.PlayWanted(False))
            if name in ('play', 'pause'):
                return
        if command.for_scripts and not self.situation.live:
            self.hint('This is a recording: nothing runs')
            return
        reason = command.blocked(self.situation)
        if reason is not None:
            self.hint(reason)
        elif command.send is not None:
            said = command.said(self.situation)
            self.send(command.send(self.situation))
            if command.goes_on and stop_at_row(self.situation.state, self.situation.selected) is not None:
                # Whoever looks at the stop wants to see the next one; what else is looked at stays.
                self.situation = self.situation._replace(following=True)
            if said:
                # How long a pause takes is up to what runs.
                self.hint(said, None if name == 'pause' else _HINT_SECONDS)
        elif (done_here := getattr(self, f'do_{name}', None)) is not None:
            done_here()
        else:
            self.post_message(self.CommandWanted(name))

    def send(self, command: Command) -> None:
        """Ask something of the child; the breakpoints asked for are what further changes start from."""
        if isinstance(command, SetBreakpoints):
            self.situation = self.situation._replace(breakpoints=command.breakpoints)
            self._refresh_view()
        elif isinstance(command, Rewind):
            # What matters next is where the run waits then.
            self.situation = self.situation._replace(following=True)
        self.post_message(self.CommandSent(command))

    def hide_hints(self, names: frozenset[str]) -> None:
        """Tell hints of these kinds no more."""
        self.situation = self.situation._replace(hidden_hints=names)
        self._draw_bars()

    def on_bar_clicked(self, event: Bar.Clicked) -> None:
        self.action_command(event.command)

    def do_follow(self) -> None:
        newest = self._newest_row(self.situation.state)
        self.situation = self.situation._replace(following=True, selected=newest)
        self._refresh_view()

    def on_graph_rows_follow_wanted(self) -> None:
        self.do_follow()

    def on_graph_rows_moved(self, event: GraphRows.Moved) -> None:
        self._select(event.key)

    def _graph_rows(self) -> Iterable[GraphRows]:
        """The rows of Graph, once they are there."""
        from pydantic_ai_debug.tui.widgets.graph_rows import GraphRows

        return self.query(GraphRows)

    def _select(self, key: RowKey) -> None:
        """Follow the cursor; a burst of moves draws the panes once."""
        for rows in self._graph_rows():
            if rows.moved_to == key:
                rows.moved_to = None
        if key == self.situation.selected:
            return
        if self.situation.playing:
            self.post_message(self.PlayWanted(False))
        self.situation = self.situation._replace(following=False, selected=key)
        if not self._moved:
            self._moved = True
            self.call_after_refresh(self._selection_settled)

    def _selection_settled(self) -> None:
        self._moved = False
        self._refresh_view()

    def do_show_graph(self) -> None:
        self._go_to('Graph')

    def do_show_stream(self) -> None:
        self._go_to('Stream')

    def do_show_state(self) -> None:
        self._go_to('State')

    def do_show_result(self) -> None:
        self._go_to('Result')

    def do_show_request(self) -> None:
        self._toggle_extra('Request')

    def do_show_console(self) -> None:
        """Show it; while there is no run to step, what is typed next is meant for the script."""
        self._toggle_extra('Console')
        if self.arrangement.active == 'Console' and self.situation.running:
            if any(run.ended is None for run in self.situation.state.runs.values()):
                self.hint('enter types a line for the script')
            else:
                self.call_after_refresh(self._area.focus_field, 'Console')

    def do_type(self) -> None:
        self._area.focus_field(self.arrangement.active)

    def do_next_pane(self) -> None:
        self._go_to(self.arrangement.beside(1))

    def do_previous_pane(self) -> None:
        self._go_to(self.arrangement.beside(-1))

    def do_zoom(self) -> None:
        if self.arrangement.size == 'narrow':
            self.hint('The pane is as large as it gets')
        else:
            self._arrange(self.arrangement._replace(zoomed=not self.arrangement.zoomed))

    def do_back(self) -> None:
        if isinstance(self.focused, Input):
            self._area.focus_pane(self.arrangement.active)
        elif self.arrangement.zoomed:
            self.do_zoom()
        elif self.arrangement.active in EXTRA_PANES and self.arrangement.size != 'large':
            self._close_extra()

    def do_down(self) -> None:
        self.post_message(self.KeyMeant('down'))

    def do_up(self) -> None:
        self.post_message(self.KeyMeant('up'))

    def do_copy(self) -> None:
        pane = self._area.pane(self.arrangement.active)
        text = pane.plain_text() if pane is not None else ''
        if text:
            self.post_message(self.CopyRequested(text, self.arrangement.active))
        else:
            self.hint('There is nothing to copy')

    def do_search(self) -> None:
        panel = self._search
        # It is not there yet where `/` was typed before the first picture.
        if panel is not None and panel.is_attached:
            self._to_focus = None
            self.query_one('#shown').display = False
            panel.set_class(self.arrangement.size == 'narrow', '-narrow')
            panel.open(self.arrangement.active)

    def on_search_panel_query_changed(self, event: SearchPanel.QueryChanged) -> None:
        self.post_message(self.SearchRequested(event.query, self.situation.state))

    def show_found(self, query: str, found: Found) -> None:
        """Show where a text was found, below the pane in which the search began."""
        if self._search is not None and self._search.is_attached:
            self._search.show_found(query, found, self.situation.state)

    def on_search_panel_pane_wanted(self, event: SearchPanel.PaneWanted) -> None:
        self._go_to(event.title, focus=False)
        pane = self._area.pane(event.title)
        found = pane is not None and pane.search(event.query.lower(), forward=event.forward)
        if self._search is not None:
            self._search.say_pane(found)

    def on_search_panel_walked(self, event: SearchPanel.Walked) -> None:
        """Select the row that a place belongs to, and go to the place in the pane where it is seen."""
        from pydantic_ai_debug.tui.present.match_text import PANE_OF

        match = event.match
        if match.row is not None:
            self.situation = self.situation._replace(following=False, selected=match.row)
        title = PANE_OF[match.kind]
        self._go_to(title, focus=False)
        self._refresh_view()
        if title != 'Graph':
            self._area.find(title, match.line[match.at : match.at + _TELLING], event.query)

    def on_search_panel_closed(self) -> None:
        self.query_one('#shown').display = True
        self._area.focus_pane(self.arrangement.active)

    def do_evaluate(self) -> None:
        """Open the line; it is made when it is first wanted."""
        from pydantic_ai_debug.tui.widgets.evaluate_panel import EvaluatePanel

        if self._evaluate is None:
            self._evaluate = EvaluatePanel(self._recall, self.situation)
            self.mount(self._evaluate, before='#keys')
        self.call_after_refresh(self._evaluate.open)

    def on_evaluate_panel_asked(self, event: EvaluatePanel.Asked) -> None:
        self.post_message(self.CommandSent(event.command))

    def on_evaluate_panel_closed(self) -> None:
        self._area.focus_pane(self.arrangement.active)

    # What panes ask for

    def on_pane_value_wanted(self, event: Pane.ValueWanted) -> None:
        self.post_message(self.CommandSent(OpenValue(event.run, event.root, event.path, event.start)))

    def on_pane_stdin_submitted(self, event: Pane.StdinSubmitted) -> None:
        self.post_message(self.StdinTyped(event.text))
        self._answered = len(self.situation.state.output)
        self._draw_shown()
