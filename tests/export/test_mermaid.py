"""The diagram: every arrow between those that are there, every block closed, every text harmless."""

from __future__ import annotations

import re

import pytest
from sessions import RECORDINGS, Play, Record

from pydantic_ai_debug.export import ExportError, exported
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.recording import EventLog

ARROW = re.compile(r'(\w+)(->>|-->>|--x)(\w+): (\S.*)')
HARMLESS = re.compile(r'(?:[^#;<>&%`$~\\\x00-\x1f]|#\d+;)+')


def lines_of(log: EventLog) -> list[str]:
    """The lines of a diagram, which must be one that Mermaid reads."""
    first, *rest = ''.join(exported(log, 'mermaid')).splitlines()
    assert first == 'sequenceDiagram'
    lines = [line.strip() for line in rest]
    known = {line.split()[1] for line in lines if line.startswith('participant ')}
    depth = 0
    for line in lines:
        word, _, said = line.partition(' ')
        if word in ('box', 'par'):
            depth += 1
        elif word == 'end':
            depth -= 1
        elif word == 'Note':
            said = said.removeprefix('over ')
        elif word not in ('participant', 'and'):
            arrow = ARROW.fullmatch(line)
            assert arrow, line
            assert {arrow[1], arrow[3]} <= known
            said = arrow[4]
        assert not said or HARMLESS.fullmatch(said), line
        assert not re.search(r'\bend\b', said, re.IGNORECASE), line
        assert depth >= 0
    assert depth == 0
    return lines


def test_the_demo_shows_who_asked_whom(record: Record) -> None:
    lines = lines_of(EventLog.open(record('--demo')))

    assert 'box transparent guide' in lines
    asked = next(number for number, line in enumerate(lines) if line.startswith('a1->>a1t3: city="Lisbon", inter'))
    started = next(number for number, line in enumerate(lines) if line.startswith('a1t3->>a2: What should we see'))
    ended = next(number for number, line in enumerate(lines) if line.startswith('a2-->>a1t3: '))
    answered = next(number for number, line in enumerate(lines) if line.startswith('a1t3-->>a1: '))
    assert asked < started < ended < answered
    assert [lines.count(f'par {name}') for name in ('get_weather', 'opening_hours')] == [1, 1]


def test_a_failure_ends_in_a_cross(record: Record) -> None:
    lines = lines_of(EventLog.open(record('examples/failing.py')))

    assert "a1--xscript: KeyError: 'CHF'" in lines


@pytest.mark.parametrize('name', ['trip', 'paused', 'streaming', 'failed'])
def test_every_recording_makes_a_diagram(name: str) -> None:
    assert lines_of(EventLog.open(RECORDINGS / f'{name}.jsonl'))


@pytest.mark.parametrize(
    'text', ['a; b', 'x # y', '<b>', '%%{init: {}}%%', 'the end', 'End', 'a\nb', '', '\x1b[1m', '"']
)
def test_text_of_others_cannot_break_it(text: str, play: Play) -> None:
    log = play(
        ev.Hello(1, '', '', text, ()),
        ev.RunStarted('r1', None, None, text, text, text),
        ev.NodeStarted('r1', 0, 'CallToolsNode'),
        ev.ToolStarted('r1', 0, 'c1', text, {text: text}),
        ev.ToolStarted('r1', 0, 'c2', text, text),
        ev.ToolFinished('r1', 0, 'c1', text, {}, 'failed', text, 0.1),
        ev.RunFinished('r1', text, {}, None),
    )
    assert lines_of(log)


def test_there_is_nothing_to_draw_without_a_run(play: Play) -> None:
    with pytest.raises(ExportError, match='no agent run'):
        list(exported(play(ev.Hello(1, '', '', 'x.py', ())), 'mermaid'))
