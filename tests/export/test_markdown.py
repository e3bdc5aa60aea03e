"""The Markdown: what happened in its order, and text of others that stays text."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from sessions import RECORDINGS, Play, Record, failed_session

from pydantic_ai_debug.export import exported
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.secrets import MASK
from pydantic_ai_debug.recording import EventLog

HOSTILE = (
    '```\n# heading\n````\n<script>x</script> ![p](https://example.com/p.png) [l](https://example.com) `c` | *e*\x1b[1m'
)


def tokens_of(text: str) -> list[Token]:
    found = MarkdownIt('commonmark').enable('table').parse(text)
    return [*found, *(child for token in found for child in token.children or [])]


def written(log: EventLog) -> str:
    return ''.join(exported(log, 'markdown'))


def test_the_demo_is_told_in_its_order(record: Record) -> None:
    text = written(EventLog.open(record('--demo')))

    told = [
        '# demo.py',
        '## ✓ planner',
        'Plan two days in Lisbon',
        '### 1 ✓ ModelRequestNode · 505 in 162 out',
        'Two people, one night',
        '**Calls** `get_weather(city="Lisbon", days=2)`',
        '- ✓ `search_trains(',
        '  > #### ✓ guide',
        '  > - ✓ `opening_hours(place="National Tile Museum")`',
        '"title": "Lisbon, tile by tile"',
        '## Console',
        'WARNING trip: National Tile Museum is closed',
    ]
    places = [text.find(words) for words in told]
    assert -1 not in places
    assert places == sorted(places)
    # Instructions are told once, not with every request.
    assert text.count('You plan short trips by train.') == 1


def test_what_a_model_raised_is_told_before_what_it_answered(play: Play) -> None:
    text = written(failed_session(play))

    assert 0 < text.index('Overloaded: come back later') < text.index('It rains')


def test_a_failure_is_told_with_its_traceback(record: Record) -> None:
    text = written(EventLog.open(record('examples/failing.py')))

    assert "KeyError: 'CHF'" in text
    assert 'in in_euros' in text
    assert '## The script failed' in text


@pytest.mark.parametrize('name', ['trip', 'paused', 'streaming', 'failed'])
def test_every_recording_can_be_told(name: str) -> None:
    text = written(EventLog.open(RECORDINGS / f'{name}.jsonl'))

    assert '\x1b' not in text
    assert {token.type for token in tokens_of(text)}.isdisjoint({'html_block', 'html_inline', 'image', 'link_open'})


def test_text_of_others_is_text(play: Play) -> None:
    parts = [{'part_kind': kind, 'content': HOSTILE} for kind in ('text', 'thinking')]
    text = written(
        play(
            ev.Hello(1, HOSTILE, HOSTILE, HOSTILE, (HOSTILE,)),
            ev.Output('stdout', HOSTILE),
            ev.RunStarted('r1', None, None, HOSTILE, HOSTILE, HOSTILE),
            ev.NodeStarted('r1', 0, 'ModelRequestNode'),
            ev.Messages('r1', 0, [{'kind': 'response', 'parts': parts}], False, 0),
            ev.NodeFinished('r1', 0, 'ModelRequestNode', 1.0, HOSTILE),
            ev.NodeStarted('r1', 1, HOSTILE),
            ev.ToolStarted('r1', 1, 'c1', HOSTILE, {HOSTILE: HOSTILE}),
            ev.ToolFinished('r1', 1, 'c1', HOSTILE, {}, 'returned', HOSTILE, 0.1),
            ev.RunFinished('r1', {HOSTILE: HOSTILE}, {}, None),
        )
    )

    found = tokens_of(text)
    assert {token.type for token in found}.isdisjoint({'html_block', 'html_inline', 'image', 'link_open', 'em_open'})
    assert 'heading' not in [token.content for token in found if token.type == 'inline']
    assert [token.content for token in found if token.type == 'fence'].count(HOSTILE.replace('\x1b', '␛') + '\n') >= 4


def test_secrets_stay_masked_where_the_screen_shows_them(play: Play) -> None:
    log = play(
        ev.Hello(1, '', '', 'x.py', ()),
        ev.RunStarted('r1', None, None, 'a', 'm', f'The key is {MASK}₁'),
    )
    log.secrets[f'{MASK}₁'] = 'hunter2'
    assert 'hunter2' in str(log.record(1))

    text = written(log)

    assert f'The key is {MASK}₁' in text
    assert 'hunter2' not in text
