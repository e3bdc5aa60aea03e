"""A wait of two milliseconds ends on a busy machine too, where Textual's own timers may count it as missed."""

from __future__ import annotations

from itertools import count

import pytest
from textual import timer

from pydantic_ai_debug.tui.terminal import GuardedApp


async def test_a_call_is_made_although_its_time_has_passed_before_anyone_looked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app, made = GuardedApp(), list[str]()
    async with app.run_test() as pilot:
        seconds = count()
        with monkeypatch.context() as busy:
            # A second passes between any two looks at the clock.
            busy.setattr(timer._time, 'get_time', lambda: float(next(seconds)))
            app.set_timer(0.002, lambda: made.append('by set_timer'))
            app.call_in(0.002, lambda: made.append('by call_in'))
            await pilot.pause(0.05)
            while not made:
                await pilot.pause(0.01)
        await pilot.pause()
    assert made == ['by call_in'], 'where set_timer calls as well, `call_in` can go'
