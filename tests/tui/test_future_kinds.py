"""What newer versions of pydantic-ai and of the child may report is drawn by its name and fields."""

from __future__ import annotations

from snapshots import screen_text
from stage import PlayedSession, main_screen, played_app, settled, until

from pydantic_ai_debug.protocol import events as ev

HELLO = ev.Hello(1, '3.13.1', '3.0.0', 'script.py', ())
RUN = ev.RunStarted('r1', None, None, 'helper', 'test', 'Hi')
UNKNOWN_STREAM = (
    {'event_kind': 'part_start', 'index': 0, 'part': {'part_kind': 'plan', 'steps': ['look', 'leap']}},
    {'event_kind': 'part_delta', 'index': 0, 'delta': {'part_delta_kind': 'plan', 'step_added': 'rest'}},
    {'event_kind': 'mood', 'mood': 'calm', 'strength': 0.5},
    {'event_kind': 'part_start', 'index': 1, 'part': {'part_kind': 'text', 'content': 'so '}},
    {'event_kind': 'part_delta', 'index': 1, 'delta': {'part_delta_kind': 'citation', 'source': 'a.txt'}},
    {'event_kind': 'part_delta', 'index': 1, 'delta': {'part_delta_kind': 'text', 'content_delta': 'done'}},
)
RESPONSE = {
    'kind': 'response',
    'parts': [{'part_kind': 'plan', 'steps': ['look', 'leap']}, {'part_kind': 'text', 'content': 'so done'}],
}


def session_of_a_newer_version() -> PlayedSession:
    session = PlayedSession()
    session.report(
        HELLO,
        ev.Unknown('weather_changed', {'run': 'r1', 'wind': 'north'}),
        RUN,
        ev.NodeStarted('r1', 0, 'ReflectNode', {'depth': '2', 'request': 'ModelRequest with 8 fields'}),
        *(ev.Stream('r1', 0, data) for data in UNKNOWN_STREAM),
    )
    return session


async def test_unknown_nodes_parts_and_events_are_shown_while_they_stream() -> None:
    session = session_of_a_newer_version()
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press('2', 'z')
        await settled(pilot)
        shown = screen_text(app)
        for words in (
            ('ReflectNode', 'depth', '2', 'ModelRequest with 8 fields'),
            ('plan', 'steps', 'look', 'leap'),
            ('plan', 'step_added', 'rest'),
            ('mood', 'calm', 'strength', '0.5'),
            ('citation', 'source', 'a.txt'),
            ('so done',),
        ):
            for word in words:
                assert word in shown, f'{word} is missing:\n{shown}'


async def test_unknown_nodes_and_parts_are_shown_when_they_are_done() -> None:
    session = session_of_a_newer_version()
    session.report(
        ev.Messages('r1', 0, [RESPONSE], replaced=False, kept=0),
        ev.NodeFinished('r1', 0, 'ReflectNode', 0.1, 'RestNode'),
        ev.Stopped('r1', 1, 'boundary', 'RestNode'),
    )
    app = played_app(session)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        assert 'paused before RestNode' in screen_text(app)
        assert 'ReflectNode' in screen_text(app)
        await pilot.press('3', 'z')
        await until(pilot, lambda: 'plan, text' in screen_text(app))
        assert main_screen(app).situation.state.runs['r1'].status == 'paused'
