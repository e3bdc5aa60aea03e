"""Restarts when a source file changes: switched on and off, and told of."""

from __future__ import annotations

from pathlib import Path

from snapshots import screen_text
from stage import PlayedSession, settled, until

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.tui.app import DebuggerApp

HELLO = ev.Hello(1, '3.11.7', '1.85.1', 'script.py', ())


def watching_app(session: PlayedSession, fresh: PlayedSession, folder: Path | None, *, on: bool) -> DebuggerApp:
    return DebuggerApp(session.log, session, lambda: fresh, watched=folder, restart_on_change=on)  # type: ignore[arg-type, return-value]


async def test_a_changed_file_restarts_the_script_and_is_named(tmp_path: Path) -> None:
    session, fresh = PlayedSession(), PlayedSession()
    session.report(HELLO)
    app = watching_app(session, fresh, tmp_path, on=True)
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await settled(pilot)
        (tmp_path / 'package').mkdir()
        number = 0

        def told() -> bool:
            # Written again and again: when the watch looks for the first time is its own matter.
            nonlocal number
            number += 1
            if number % 400 == 1:
                (tmp_path / 'package' / 'module.py').write_text(f'x = {number}\n')
            return 'package/module.py has changed' in screen_text(app)

        await until(pilot, told, 30)
        await until(pilot, lambda: app.session is fresh)  # type: ignore[comparison-overlap]
        assert session.ended
        app.source_watch.switch(False)


async def test_a_key_switches_it_on_and_off(tmp_path: Path) -> None:
    session = PlayedSession()
    session.report(HELLO)
    app = watching_app(session, PlayedSession(), tmp_path, on=False)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        assert not app.source_watch.is_on
        await pilot.press('W')
        await until(pilot, lambda: 'Restarts when a Python file under' in screen_text(app))
        assert app.source_watch.is_on
        await pilot.press('W')
        await until(pilot, lambda: 'restart nothing any more' in screen_text(app))
        assert not app.source_watch.is_on


async def test_where_there_is_no_folder_it_says_so() -> None:
    session = PlayedSession()
    session.report(HELLO)
    app = watching_app(session, PlayedSession(), None, on=False)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press('W')
        await until(pilot, lambda: 'no folder of a script to watch' in screen_text(app))
