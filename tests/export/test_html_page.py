"""The page: whole, closed to the outside, literal, and readable with and without its script."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sessions import RECORDINGS, Play, Record, failed_session

from pydantic_ai_debug.export import exported
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.secrets import MASK
from pydantic_ai_debug.protocol.values import Child, Value
from pydantic_ai_debug.recording import EventLog

BLOCKS = {'div', 'pre', 'section', 'summary', 'h2', 'h3', 'li', 'p'}
VOID = {'meta', 'br', 'hr', 'img', 'link', 'input'}
HOSTILE = (
    '</pre></article><script>document.title = "owned"</script>'
    '<img src="https://example.com/x.png" onerror="document.title = \'owned\'">'
    '[click](javascript:alert(1)) ![picture](https://example.com/y.png) <https://example.com> \x1b[31m\u202eabc\ud800'
)


class Page(HTMLParser):
    """A page taken apart; everything that is opened must be closed, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said: dict[str, list[str]] = {}
        self._article = ''
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == 'article':
            self._article = dict(attrs)['id'] or ''

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag
        if tag in BLOCKS:
            self.handle_data(' ')
        if tag == 'article':
            self._article = ''

    def handle_data(self, data: str) -> None:
        where = 'script' if 'script' in self.open else 'nav' if 'nav' in self.open else self._article
        self.said.setdefault(where, []).append(data)

    def text(self, where: str) -> str:
        return ' '.join(''.join(self.said[where]).split())

    def attributes(self, name: str) -> list[str]:
        return [value or '' for _, attributes in self.tags for key, value in attributes.items() if key == name]

    def article(self, row: str) -> str:
        """The text of the section that a row of the graph leads to."""
        return self.text(re.findall(rf'href="#(s\d+)"[^>]*>(?:(?!</a>).)*{re.escape(row)}', self.html)[0])


def page_of(log: EventLog) -> Page:
    return Page(''.join(exported(log, 'html')))


@pytest.fixture(scope='module')
def demo(record: Record) -> Page:
    return page_of(EventLog.open(record('--demo')))


@pytest.mark.parametrize('name', ['trip', 'paused', 'streaming', 'failed'])
def test_every_recording_makes_a_page_that_is_whole(name: str) -> None:
    page = page_of(EventLog.open(RECORDINGS / f'{name}.jsonl'))

    ids = page.attributes('id')
    assert len(ids) == len(set(ids))
    assert {link.removeprefix('#') for link in page.attributes('href')} <= set(ids)
    assert 'ModelRequestNode' in page.text('nav')


def test_the_graph_shows_runs_nodes_and_calls_inside_each_other(demo: Page) -> None:
    graph = demo.text('nav')

    for row in ('planner gpt-5.2', 'UserPromptNode', 'get_weather(city="Lisbon", days=2)', 'guide gpt-5-mini', 'End'):
        assert row in graph
    assert graph.index('research_sights') < graph.index('guide gpt') < graph.index('opening_hours')
    assert re.search(r'505 in 162 out [\d.]+ m?s', graph)


def test_the_sections_hold_request_response_state_and_result(demo: Page) -> None:
    request = demo.article('ModelRequestNode')
    assert 'Two people, one night, no hotel needed.' in request
    assert "I'll look up the weather and the trains" in request
    assert 'call get_weather { "city": "Lisbon", "days": 2 }' in request
    assert 'instructions You plan short trips by train.' in request
    assert 'search_trains Find trains that still have seats.' in request
    assert 'input tokens 505 was 0' in request
    assert f'rail_api_key str {MASK}' in request
    assert 'not-a-real-key' not in demo.html

    call = demo.article('get_weather')
    assert 'returned [ { "day": "2026-05-16", "sky": "sunny", "high_celsius": 24 },' in call
    assert '"title": "Lisbon, tile by tile"' in demo.text(demo.attributes('id')[-1])
    assert 'WARNING trip: National Tile Museum is closed' in demo.text('session')


def test_nothing_is_loaded_and_nothing_but_our_script_may_run(demo: Page) -> None:
    assert demo.attributes('src') == []
    assert all(link.startswith('#') for link in demo.attributes('href'))
    assert not [name for _, attributes in demo.tags for name in attributes if name.startswith('on')]
    script = ''.join(demo.said['script'])
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = [value for value in demo.attributes('content') if 'default-src' in value]
    assert policy.startswith("default-src 'none';")
    assert f"script-src 'sha256-{digest}';" in policy
    assert 'url(' not in demo.html
    assert '@import' not in demo.html


def hostile_session(play: Play) -> EventLog:
    call = {'part_kind': 'tool-call', 'tool_name': HOSTILE, 'args': HOSTILE, 'tool_call_id': HOSTILE}
    parts = [{'part_kind': kind, 'content': HOSTILE} for kind in ('text', 'thinking', HOSTILE)]
    picture = Value('object', HOSTILE, HOSTILE, children=(Child(HOSTILE, Value('str', 'str', HOSTILE)),))
    return play(
        ev.Hello(1, HOSTILE, HOSTILE, HOSTILE, (HOSTILE,)),
        ev.Output('stdout', HOSTILE),
        ev.RunStarted(HOSTILE, None, None, HOSTILE, HOSTILE, HOSTILE),
        ev.State(HOSTILE, 0, deps=picture, usage={HOSTILE: 1}),
        ev.NodeStarted(HOSTILE, 0, 'ModelRequestNode'),
        ev.Request(
            HOSTILE,
            0,
            HOSTILE,
            [{'kind': HOSTILE, 'parts': parts}],
            0,
            HOSTILE,
            [{'name': HOSTILE, 'description': HOSTILE, 'parameters_json_schema': {HOSTILE: HOSTILE}}],
            [],
            {HOSTILE: HOSTILE},
        ),
        ev.RequestFailed(HOSTILE, 0, ev.RaisedError(HOSTILE, HOSTILE, HOSTILE, [HOSTILE], {})),
        ev.Messages(HOSTILE, 0, [{'kind': 'response', 'parts': [*parts, call]}], False, 0),
        ev.NodeFinished(HOSTILE, 0, 'ModelRequestNode', 1.0, 'CallToolsNode'),
        ev.NodeStarted(HOSTILE, 1, 'CallToolsNode'),
        ev.ToolStarted(HOSTILE, 1, HOSTILE, HOSTILE, {HOSTILE: HOSTILE}),
        ev.ToolFinished(HOSTILE, 1, HOSTILE, HOSTILE, {}, 'returned', HOSTILE, 0.1),
        ev.Edited(HOSTILE, 1, HOSTILE, HOSTILE, HOSTILE, {HOSTILE: HOSTILE}),
        ev.NodeFinished(HOSTILE, 1, 'CallToolsNode', 1.0, HOSTILE),
        ev.RunFailed(HOSTILE, ev.ErrorInfo(HOSTILE, HOSTILE, HOSTILE)),
    )


def test_text_of_others_is_text(play: Play) -> None:
    page = page_of(hostile_session(play))

    assert page.html.count('<script') == 1
    assert not [tag for tag, _ in page.tags if tag in ('img', 'iframe', 'object', 'form')]
    assert all(link.startswith('#') for link in page.attributes('href'))
    assert '![picture](https://example.com/y.png)' in page.text('s2')
    assert not re.search('[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]', page.html)


def delta(run: str, text: str, *pieces: tuple[float, int]) -> ev.Stream:
    data = {'event_kind': 'part_delta', 'index': 0, 'delta': {'part_delta_kind': 'text', 'content_delta': text}}
    return ev.Stream(run, 0, data, tuple(time for time, _ in pieces), tuple(length for _, length in pieces))


def test_the_player_knows_when_each_delta_came_and_how_much_it_brought(play: Play) -> None:
    part = {'part_kind': 'text', 'content': 'It'}
    page = page_of(
        play(
            ev.Hello(1, '', '', 'x.py', ()),
            ev.RunStarted('r1', None, None, 'a', 'm', 'Hi'),
            ev.NodeStarted('r1', 0, 'ModelRequestNode'),
            ev.Stream('r1', 0, {'event_kind': 'part_start', 'index': 0, 'part': part}),
            delta('r1', ' rains 🌧', (0.35, 3), (0.5, 5)),
            delta('r1', ' on.', (0.7, 4)),
            ev.NodeFinished('r1', 0, 'ModelRequestNode', 0.6, 'CallToolsNode'),
        )
    )

    assert page.attributes('data-raw') == ['It rains 🌧 on.']
    assert page.attributes('data-pace') == ['100,2;150,3;300,5;500,4']
    assert page.attributes('data-length') == ['600']
    assert len([tag for tag, attributes in page.tags if (attributes.get('class') or '').startswith('bar ')]) == 4


def test_what_a_model_raised_stands_before_what_it_answered(play: Play) -> None:
    said = page_of(failed_session(play)).text('s2')

    assert 0 < said.index('Overloaded: come back later') < said.index('It rains')


def test_what_a_step_changed_in_the_state_is_marked(play: Play) -> None:
    def deps(calls: int) -> Value:
        number = Value('number', 'int', str(calls))
        same = Value('str', 'str', "'Paris'")
        return Value('object', 'Deps', '2 fields', children=(Child('city', same), Child('calls', number)))

    page = page_of(
        play(
            ev.Hello(1, '', '', 'x.py', ()),
            ev.RunStarted('r1', None, None, 'a', 'm', 'Hi'),
            ev.State('r1', 0, deps=deps(1), usage={}),
            ev.NodeStarted('r1', 0, 'CallToolsNode'),
            ev.State('r1', 0, deps=deps(2), usage={'requests': 3}),
            ev.NodeFinished('r1', 0, 'CallToolsNode', 0.1, 'End'),
        )
    )

    said = page.article('CallToolsNode')
    assert 'calls 2 was 1' in said
    assert "city 'Paris' calls" in said
    assert 'requests 3 was 0' in said


def test_what_was_changed_by_hand_is_shown_with_before_and_after(play: Play) -> None:
    page = page_of(
        play(
            ev.Hello(1, '', '', 'x.py', ()),
            ev.RunStarted('r1', None, None, 'a', 'm', 'Hi'),
            ev.NodeStarted('r1', 0, 'CallToolsNode'),
            ev.ToolStarted('r1', 0, 'c1', 'look_up', {'city': 'Paris'}),
            ev.Edited('r1', 0, 'c1', 'args', {'city': 'Paris'}, {'city': 'Rome'}),
            ev.AnsweredByHand('r1', 0, 'c1', 'value', 'sunny'),
            ev.ToolFinished('r1', 0, 'c1', 'look_up', {'city': 'Rome'}, 'returned', 'sunny', 0.1),
        )
    )

    assert '✓ ✎☞ look_up' in page.text('nav')
    assert 'args was { "city": "Paris" } and became { "city": "Rome" }' in page.article('look_up')
    assert 'value given by hand sunny' in page.article('look_up')


def test_what_the_script_wrote_is_there_as_it_was_seen(play: Play) -> None:
    page = page_of(
        play(
            ev.Hello(1, '', '', 'x.py', ()),
            ev.Output('stdout', 'at 10 %\rat 100 %\n\x1b[3'),
            ev.Output('stdout', '3mdone\x1b[0m\n'),
            ev.Output('stderr', 'oh no\n'),
        )
    )

    assert 'Console at 100 % done oh no' in page.text('session')
    assert '<span class="stderr">oh no' in page.html


def test_calls_that_have_not_begun_are_rows_too(play: Play) -> None:
    call = {'part_kind': 'tool-call', 'tool_name': 'look_up', 'args': {'city': 'Paris'}, 'tool_call_id': 'c1'}
    page = page_of(
        play(
            ev.Hello(1, '', '', 'x.py', ()),
            ev.RunStarted('r1', None, None, 'a', 'm', 'Hi'),
            ev.NodeStarted('r1', 0, 'ModelRequestNode'),
            ev.Messages('r1', 0, [{'kind': 'response', 'parts': [call]}], False, 0),
            ev.NodeFinished('r1', 0, 'ModelRequestNode', 0.1, 'CallToolsNode'),
            ev.Stopped('r1', 1, 'boundary', 'CallToolsNode'),
        )
    )

    assert '◆ CallToolsNode ○ look_up(city="Paris")' in page.text('nav')


def test_a_failure_shows_the_users_own_lines_first(record: Record) -> None:
    page = page_of(EventLog.open(record('examples/failing.py')))

    said = page.text('s1')
    assert "KeyError: 'CHF' your code, innermost first failing.py:54 in in_euros return price" in said
    assert said.index('your code') < said.index('Traceback (most recent call last)')


# In a browser


BROWSER = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome', 'chrome'))), None)


def rendered(path: Path, tmp_path: Path, anchor: str = '') -> str:
    """The page as a browser has it once its script has run."""
    if BROWSER is None:
        pytest.skip('there is no Chromium here to open the page in')
    flags = ('--headless', '--no-sandbox', '--disable-gpu', '--virtual-time-budget=2000', '--dump-dom')
    done = subprocess.run(
        [BROWSER, *flags, f'--user-data-dir={tmp_path / "profile"}', f'{path.as_uri()}{anchor}'],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_browser_shows_the_section_of_the_row_that_is_chosen(demo: Page, tmp_path: Path) -> None:
    (tmp_path / 'demo.html').write_text(demo.html)
    opened = Page(rendered(tmp_path / 'demo.html', tmp_path, '#s3'))

    assert [attributes['class'] for tag, attributes in opened.tags if tag == 'html'] == ['js']
    assert [attributes['id'] for _, attributes in opened.tags if attributes.get('class') == 'shown-now'] == ['s3']
    assert len([1 for tag, attributes in opened.tags if tag == 'a' and 'aria-current' in attributes]) == 1
    assert 'call get_weather { "city": "Lisbon", "days": 2 }' in opened.text('s3')
    buttons = [attributes for tag, attributes in opened.tags if tag == 'button']
    assert len(buttons) == 5
    assert not [attributes for attributes in buttons if 'hidden' in attributes]


def test_a_browser_runs_nothing_of_what_others_wrote(play: Play, tmp_path: Path) -> None:
    path = tmp_path / 'hostile.html'
    path.write_text(page_of(hostile_session(play)).html)
    opened = rendered(path, tmp_path)

    assert '<html lang="en" class="js">' in opened
    assert '<title>owned</title>' not in opened
    assert '<img' not in opened
