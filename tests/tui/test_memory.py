"""What a burst of events has taken goes back to the system once it is over."""

from __future__ import annotations

import pytest
from rich.color import ColorSystem
from rich.style import Style
from stage import PlayedSession, played_app, settled, until
from textual.strip import Strip

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.tui import memory


async def test_memory_is_given_back_once_each_time_all_runs_are_over(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[None] = []
    monkeypatch.setattr(memory, 'give_back', lambda: given.append(None))
    session = PlayedSession()
    session.report(ev.Hello(1, '3.11.7', '2.68.0', 'trip.py', ()), ev.RunStarted('r1', None, None, 'a', 'm', 'x'))
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        assert given == []
        session.report(ev.RunFinished('r1', 'done', {}, None))
        await until(pilot, lambda: len(given) == 1)
        session.report(ev.RunStarted('r2', None, None, 'a', 'm', 'x'))
        await settled(pilot)
        session.report(ev.RunFinished('r2', 'done', {}, None))
        await until(pilot, lambda: len(given) == 2)


def test_textual_forgets_how_styles_are_written() -> None:
    Strip.render_ansi(Style(bold=True, meta={'offset': (0, 7)}), ColorSystem.TRUECOLOR)

    memory.give_back()

    assert Strip.render_ansi.cache_info().currsize == 0
