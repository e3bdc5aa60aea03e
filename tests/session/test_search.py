"""A whole session is searched by its lines, of which only those are decoded that may hold what is looked for."""

from __future__ import annotations

import pytest

from pydantic_ai_debug.model.reduce import reduce
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.codec import encode_event
from pydantic_ai_debug.recording import EventLog
from pydantic_ai_debug.session.search import MOST_MATCHES, Found, search_session

LINES = (
    'plain words',
    'say "hello" \\ bye',
    'Ångström und ÉTÉ',
    '日本語のテキスト',
    'city="Paris"',
    'event and kind',
)


def log_of(*events: ev.Event) -> EventLog:
    log = EventLog.create(None)
    log.append([encode_event(event, 0.0) for event in events])
    return log


def search(log: EventLog, query: str) -> Found:
    state = SessionState()
    for record in log.records():
        state = reduce(state, record)
    return search_session(log, state, query)


@pytest.mark.parametrize('line', LINES)
@pytest.mark.parametrize('change', [str, str.lower, str.upper, lambda text: text[2:-1]])
def test_a_line_is_found_however_it_is_quoted_and_in_any_case(line: str, change: object) -> None:
    log = log_of(*(ev.Output('stdout', f'{text}\n') for text in LINES))
    found = search(log, change(line))  # type: ignore[operator]
    assert [match.line for match in found.matches] == [line]
    assert not found.cut


def test_a_sign_alone_is_found_too() -> None:
    log = log_of(*(ev.Output('stdout', f'{text}\n') for text in LINES))
    assert [match.line for match in search(log, '"').matches] == [LINES[1], LINES[4]]


def test_more_than_anybody_reads_is_cut_and_said_to_be() -> None:
    log = log_of(*(ev.Output('stdout', f'line {number}\n') for number in range(MOST_MATCHES + 1)))
    found = search(log, 'line')
    assert len(found.matches) == MOST_MATCHES
    assert found.cut
    assert not search(log_of(*(ev.Output('stdout', 'line\n') for _ in range(MOST_MATCHES))), 'line').cut


def test_only_lines_with_a_word_of_it_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    log = log_of(*(ev.Output('stdout', f'number {number}\n') for number in range(30_000)))
    state = SessionState(count=len(log))
    decoded: list[int] = []
    record = log.record
    monkeypatch.setattr(log, 'record', lambda place: (decoded.append(place), record(place))[1])
    assert [match.line for match in search_session(log, state, 'number 29999').matches] == ['number 29999']
    assert len(decoded) == 1
    assert search_session(log, state, 'nowhere').matches == ()
    assert len(decoded) == 1


def test_what_the_state_does_not_know_yet_is_not_found() -> None:
    log = log_of(ev.Output('stdout', 'one\n'), ev.Output('stdout', 'one\n'))
    assert len(search_session(log, SessionState(count=1), 'one').matches) == 1


def test_a_search_that_is_given_up_finds_nothing() -> None:
    log = log_of(*(ev.Output('stdout', 'one\n') for _ in range(10)))
    asked: list[None] = []

    def cancelled() -> bool:
        asked.append(None)
        return len(asked) > 3

    assert search_session(log, SessionState(count=10), 'one', cancelled) == Found()


def test_what_was_found_is_told_while_there_is_more_to_look_through() -> None:
    log = log_of(*(ev.Output('stdout', f'one {number}\n') for number in range(4)))
    told: list[Found] = []

    found = search_session(log, SessionState(count=4), 'one', found_so_far=told.append, pace=0)

    assert [(len(each.matches), each.searched) for each in told] == [(1, 0), (2, 0.25), (3, 0.5), (4, 0.75), (4, 1)]
    assert (len(found.matches), found.searched) == (4, 1)
