"""The app: folds what the session reports, shows it, and passes on what the user asks.

It holds the session and decides when a frame is due. Everything that is drawn is the screens' matter; nothing but the
fold ever changes the state.
"""

from __future__ import annotations

import time
from asyncio import TimerHandle
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SystemCommand
from textual.message import Message
from textual.notifications import SeverityLevel
from textual.reactive import Reactive
from textual.screen import Screen
from typing_extensions import override

from pydantic_ai_debug.export import FORMATS, ExportError, ExportFormat
from pydantic_ai_debug.model import numbers
from pydantic_ai_debug.model.selectors import elapsed
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.protocol.commands import Command, SerializeTools, SetBreakpoints
from pydantic_ai_debug.protocol.events import Event, Fault
from pydantic_ai_debug.recording import EventLog
from pydantic_ai_debug.session import Session
from pydantic_ai_debug.session.breakpoint_store import BreakpointStore

from .dialogs import Dialogs
from .exporting import write_export
from .feed import Feed
from .offering import AgentOffers
from .palette import CommandProvider
from .present.literal import literal
from .restarting import Restarts, SessionFactory
from .screens.main import MainScreen
from .terminal import GuardedApp
from .theme import start_theme
from .watching import RestartOnChange

if TYPE_CHECKING:
    from .playback import Playback
    from .screens.breakpoints import BreakpointsScreen
    from .screens.by_hand import ByHandScreen
    from .screens.hints import HintsScreen
    from .searching import SessionSearch

FRAME = 1 / 30
"""Seconds between two frames, at least."""
FOLD_BUDGET = 0.008
"""Seconds of folding between two looks at the keyboard."""
DRAWING_SHARE = 1 / 3
"""The share of time that frames may take: where one takes long, the next comes later."""
READ_BUDGET = 0.02
READ_PAUSE = 0.002
"""The same while a recording is read, when nothing is waited for but its end."""
_READING_FRAME = 0.25
"""Seconds between two looks at what was read so far, at least."""
_SHORT_READING = 0.15
"""Seconds within which most recordings are read: no frame shows them half read."""
_PROBE_SECONDS = 0.5
_QUIET = 0.8
"""Seconds after which what is finished is drawn."""
USAGE_ERROR = 2
"""Exit status where the target could not be run at all."""


class DebuggerApp(GuardedApp):
    """Shows one session after another, live, or a recording."""

    TITLE = 'agent-debug'
    COMMANDS = {CommandProvider, *GuardedApp.COMMANDS}  # noqa: RUF012  the type is Textual's
    theme: Reactive[str] = start_theme()

    class LogGrew(Message):
        """The session has something new; posted from its reader thread."""

    class SourceChanged(Message):
        """A source file of the script was changed; posted from the watching thread."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    def __init__(
        self,
        log: EventLog,
        session: Session | None = None,
        new_session: SessionFactory | None = None,
        *,
        target: str = '',
        store: BreakpointStore | None = None,
        watched: Path | None = None,
        restart_on_change: bool = False,
        on_first_frame: Callable[[], None] = lambda: None,
    ) -> None:
        """Create the app.

        Args:
            log: What is shown.
            session: The session that writes the log, already started; None for a recording.
            new_session: Makes the session of a restart.
            target: What is debugged, for the header until the log says it.
            store: What is kept of the script for restarts and later sessions; `new_session` starts with it.
            watched: The script's folder, whose changes may restart it.
            restart_on_change: Whether they do from the start.
            on_first_frame: Called when the screen is there for the first time.
        """
        super().__init__()
        self.session = session
        self._restarts = Restarts(self, new_session, self._restarted, self._restart_failed)
        self._target = target
        self._on_first_frame = on_first_frame
        self._playback: Playback | None = None
        """Of a recording."""
        self._feed = Feed(log, target)
        self._woken = False
        self._frame_timer: TimerHandle | None = None
        self._next_frame = 0.0
        self._drawn: SessionState | None = None
        """The state of the last frame."""
        self._faults = 0
        self.store = store or BreakpointStore()
        self._told_breakpoints = self._feed.state.breakpoints
        """Those that the session has told of last."""
        self._list: BreakpointsScreen | None = None
        self.source_watch = RestartOnChange(watched, self._on_source_change)
        self._watches_from_start = restart_on_change
        self._dialogs: Dialogs | None = None
        self._offers: AgentOffers | None = None

    @override
    def get_default_screen(self) -> MainScreen:
        # Another screen below it would be styled and laid out first, for nobody to see.
        return self._begin(self._feed.log, self.session)

    @override
    def on_mount(self) -> None:
        self.set_interval(_PROBE_SECONDS, self._probe)
        if self._watches_from_start:
            self.source_watch.switch(True)

    # One session

    @property
    def main(self) -> MainScreen | None:
        """The screen of the session that is shown."""
        return next((screen for screen in self.screen_stack if isinstance(screen, MainScreen)), None)

    def _begin(self, log: EventLog, session: Session | None) -> MainScreen:
        """The screen that shows a session from its first event, in the panes as they were arranged."""
        before = self.main
        self.session = session
        self._feed = Feed(log, self._target)
        self._faults = 0
        self._told_breakpoints = self._feed.state.breakpoints
        self._list = None
        main = MainScreen(
            lambda seq: log.record(seq).event,
            self._feed.state,
            live=session is not None,
            clock=self._now,
            arrangement=before.arrangement if before is not None else None,
            breakpoints=self.store.breakpoints if session is not None else (),
            hidden_hints=self.store.hidden_hints,
        )
        self._dialogs = Dialogs(self, main, lambda seq: log.record(seq).event, self._feed.state)
        self._offers = AgentOffers(self, self._send, self._feed.state)
        if session is not None:
            session.on_change = self._on_change
        else:
            from .playback import Playback

            self._playback = Playback(self, main, log, self._target, self._on_change)
            self._feed = self._playback.scrubber.feed
        return main

    def on_main_screen_first_drawn(self) -> None:
        self._on_first_frame()
        if self._playback is not None:
            self._playback.start()
            self._playback.draw()
            self._next_frame = time.monotonic() + _SHORT_READING
        self._advance()

    def _now(self) -> float:
        state = self._feed.state if self._playback is None else self._playback.scrubber.state
        return elapsed(state, self.session.elapsed() if self.session is not None else state.time)

    # Frames

    def _on_change(self) -> None:
        """Called by the session's reader thread, or by the one that reads a recording."""
        if not self._woken:
            self._woken = True
            self.post_message(self.LogGrew())

    def on_debugger_app_log_grew(self) -> None:
        self._woken = False
        if self._frame_timer is None:
            self._advance_in(self._next_frame - time.monotonic())

    def _advance_in(self, seconds: float) -> None:
        if seconds <= 0:
            self._advance()
        else:
            self._frame_timer = self.call_in(seconds, self._advance)

    def _advance(self) -> None:
        """Fold what has come, within the budget, and draw when a frame is due."""
        self._frame_timer = None
        reading = self._playback is not None and self._playback.scrubber.reading
        self._feed.advance(READ_BUDGET if reading else FOLD_BUDGET)
        now = time.monotonic()
        if now >= self._next_frame or (self._playback is not None and self._playback.just_read):
            self._draw()
            spent = time.monotonic() - now
            self._next_frame = now + max(_READING_FRAME if reading else FRAME, spent / DRAWING_SHARE)
        if self._feed.behind:
            self._frame_timer = self.call_in(READ_PAUSE if reading else FOLD_BUDGET, self._advance)
        elif self._feed.state is not self._drawn:
            self._advance_in(self._next_frame - time.monotonic())

    def _draw(self) -> None:
        main, state = self.main, self._feed.state
        if main is None or not main.is_mounted:
            return
        before, self._drawn = self._drawn, state
        if state.status == 'finished' and (before is None or before.status != 'finished'):
            self.set_timer(_QUIET, self._give_back)
        if self._playback is not None:
            self._playback.draw()
            self._report_faults()
            return
        main.show(state)
        self._keep_breakpoints(main)
        self._report_faults()
        if self._dialogs is not None:
            self._dialogs.update(state)
        if self._offers is not None:
            self._offers.update(state)
        if state.launch_error is not None and self._restarts.count == 0:
            # Wrong use. After a restart the panes say it, and the script can be mended and started once more.
            self.exit(return_code=USAGE_ERROR)

    def _give_back(self) -> None:
        """The last events hold all that has streamed once more."""
        from .memory import give_back

        give_back()

    def _keep_breakpoints(self, main: MainScreen) -> None:
        """Remember the breakpoints that the child has told of: it switches some of them off by itself."""
        breakpoints = self._feed.state.breakpoints
        if breakpoints is self._told_breakpoints:
            return
        self._told_breakpoints = breakpoints
        if self.session is not None:
            self.store.keep_breakpoints(breakpoints)
        if self._list is not None and self._list.is_mounted:
            self._list.show(main.situation.breakpoints)

    def _report_faults(self) -> None:
        faults = self._feed.state.faults
        if len(faults) > self._faults:
            self._faults = len(faults)
            event: Event = self._feed.log.record(faults[-1]).event
            if isinstance(event, Fault):
                self.notify(
                    literal(event.message, 300), title='A fault of the debugger', severity='warning', markup=False
                )

    def _probe(self) -> None:
        """See whether the script still answers: a loop that is blocked sends nothing that could tell."""
        session, main = self.session, self.main
        if session is None or main is None or not main.is_mounted:
            return
        if self._feed.state.status != 'starting':
            session.probe()
        main.silence(session.unanswered)

    # What the user asks

    def on_main_screen_command_sent(self, event: MainScreen.CommandSent) -> None:
        self._send(event.command)

    def on_by_hand_screen_command_sent(self, event: ByHandScreen.CommandSent) -> None:
        self._send(event.command)

    def on_main_screen_command_wanted(self, event: MainScreen.CommandWanted) -> None:
        """Have a row of the table done by whoever does it."""
        if self._playback is not None and self._playback.move(event.name):
            return
        for doer in (self, self._dialogs, self._offers):
            done = getattr(doer, f'do_{event.name}', None)
            if done is not None:
                done()
                return

    def _send(self, command: Command) -> None:
        if isinstance(command, SetBreakpoints):
            self.store.keep_breakpoints(command.breakpoints)
        elif isinstance(command, SerializeTools):
            self.store.tools_serialized = command.on
        if self.session is not None:
            self.session.send(command)
            if self._dialogs is not None:
                self._dialogs.note_sent(command)

    def do_play(self) -> None:
        if self._playback is not None:
            self._playback.play(True)

    def on_main_screen_play_wanted(self, event: MainScreen.PlayWanted) -> None:
        if self._playback is not None:
            self._playback.play(event.on)

    def on_main_screen_key_meant(self, event: MainScreen.KeyMeant) -> None:
        self.simulate_key(event.key)

    def on_main_screen_copy_requested(self, event: MainScreen.CopyRequested) -> None:
        self.copy_to_clipboard(event.text.encode('utf-8', 'replace').decode())
        copied = numbers.plural(len(event.text), 'character')
        self.notify(f'Copied {copied} of {event.what}', timeout=2.5, markup=False)

    def on_main_screen_search_requested(self, event: MainScreen.SearchRequested) -> None:
        from .searching import SessionSearch

        SessionSearch(self).find(self._feed.log, event.state, event.query)

    def on_session_search_told(self, event: SessionSearch.Told) -> None:
        if self.main is not None:
            self.main.show_found(event.query, event.found)

    def on_main_screen_stdin_typed(self, event: MainScreen.StdinTyped) -> None:
        if self.session is None:
            return
        if event.text is None:
            self.session.close_stdin()
        else:
            self.session.write_stdin(event.text)

    def do_breakpoints(self) -> None:
        from .screens.breakpoints import BreakpointsScreen

        if self.main is not None and isinstance(self.screen, MainScreen):
            self._list = BreakpointsScreen(self.main.situation.breakpoints)
            self.push_screen(self._list)

    def on_breakpoints_screen_changed(self, event: BreakpointsScreen.Changed) -> None:
        if self.main is not None:
            self.main.send(SetBreakpoints(event.breakpoints))

    def do_hints(self) -> None:
        from .screens.hints import HintsScreen

        if self.main is not None and isinstance(self.screen, MainScreen):
            situation = self.main.situation
            self.push_screen(HintsScreen(self.main.hints.hints, situation.state, situation.hidden_hints))

    def on_hints_screen_changed(self, event: HintsScreen.Changed) -> None:
        self.store.keep_hidden_hints(event.hidden)
        if self.main is not None:
            self.main.hide_hints(event.hidden)

    def do_watch_files(self) -> None:
        said = self.source_watch.switch(not self.source_watch.is_on)
        if self.main is not None:
            self.main.hint(literal(said, 200))

    def _on_source_change(self, path: Path) -> None:
        """Called by the watching thread."""
        self.post_message(self.SourceChanged(path))

    def on_debugger_app_source_changed(self, event: SourceChanged) -> None:
        """Restart with the new source; called once for a burst of changes."""
        if self.source_watch.is_on:
            changed = literal(f'{self.source_watch.relative(event.path)} has changed', 200)
            self.notify(changed, title='Restarting', markup=False)
            self.do_restart()

    def do_help(self) -> None:
        from .screens.keys import KeysScreen

        if self.main is not None:
            self.push_screen(KeysScreen(self.main.situation))

    def do_quit(self) -> None:
        from .screens.quit import QuitScreen

        live = any(run.status in ('running', 'paused') for run in self._feed.state.runs.values())
        if self.session is None or not self.session.running or not live:
            self.exit()
        elif isinstance(self.screen, MainScreen):
            self.push_screen(QuitScreen(), lambda leave: self.exit() if leave else None)

    @override
    async def action_quit(self) -> None:
        """Ask here too: `ctrl+q` is Textual's, and does what `q` does."""
        if isinstance(self.screen, MainScreen):
            self.do_quit()
        else:
            self.exit()

    def do_restart(self) -> None:
        if self.session is not None and self._restarts.begin(self.session) and self.main is not None:
            self.main.hint('Restarting', None)

    def _restarted(self, session: Session) -> None:
        main = self._begin(session.log, session)
        while not isinstance(self.screen, MainScreen):
            self.pop_screen()
        self.switch_screen(main)  # pyright: ignore[reportUnknownMemberType]  its parameter lacks a type argument

    def _restart_failed(self, problem: str) -> None:
        if self.session is not None:
            # How the session before it ended is still to be shown.
            self.session.on_change = self._on_change
            self._on_change()
        self.notify(literal(problem, 300), title='Could not restart', severity='error', markup=False)

    @override
    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What needs no key, and of Textual's own commands only the theme: the others mean nothing here."""
        yield SystemCommand('Theme', 'Change the theme', self.action_change_theme)
        for row in FORMATS:
            yield SystemCommand(f'Export as {row.label}', row.help, partial(self._export, row))

    def _export(self, row: ExportFormat) -> None:
        log = self._feed.log
        named_after = self._feed.state.target if self.session is not None or log.path is None else log.path.name
        self.run_worker(partial(self._write_export, log, row, named_after), thread=True, group='export')

    def _write_export(self, log: EventLog, row: ExportFormat, named_after: str) -> None:
        """In a thread: a long session takes a while."""
        try:
            path = write_export(log, row, named_after)
        except ExportError as error:
            self.call_from_thread(self._say, str(error), 'Could not export', 'error')
        else:
            self.call_from_thread(self._say, str(path), f'Exported as {row.label}', 'information')

    def _say(self, said: str, title: str, severity: SeverityLevel) -> None:
        self.notify(literal(said, 300), title=title, severity=severity, markup=False)
