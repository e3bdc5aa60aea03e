"""A run that went back is exported as what led to where it is; what was undone is folded away, or left out."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sessions import PROJECT, Play

from pydantic_ai_debug.export import FormatName, exported
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.recording import EventLog


def request(node: int, said: str, kept: int) -> Iterator[ev.Event]:
    """A model request that ends in a response."""
    response = {'kind': 'response', 'parts': [{'part_kind': 'text', 'content': said}]}
    yield ev.NodeStarted('r1', node, 'ModelRequestNode')
    yield ev.Messages('r1', node, [response], kept < node, kept)
    yield ev.NodeFinished('r1', node, 'ModelRequestNode', 0.1, 'ModelRequestNode')


def rewound(node: int, to: int) -> ev.Event:
    return ev.Rewound('r1', node, to, {})


@pytest.fixture
def twice_back(play: Play) -> EventLog:
    """A run that went back to its second request, and there once more."""
    return play(
        ev.Hello(1, '', '', 'x.py', ()),
        ev.RunStarted('r1', None, None, 'a', 'm', 'Hi'),
        *request(0, 'first', 0),
        *request(1, 'undone', 1),
        *request(2, 'undone too', 2),
        rewound(3, 1),
        *request(3, 'undone as well', 1),
        rewound(4, 3),
        *request(4, 'second', 1),
        ev.RunFinished('r1', 'second', {}, None),
        ev.Exited(0),
    )


@pytest.mark.parametrize('name', ['json', 'pytest', 'mermaid'])
def test_only_the_branch_that_counts_is_in_what_is_played_read_or_drawn(twice_back: EventLog, name: FormatName) -> None:
    text = _written(twice_back, name)
    assert 'undone' not in text
    assert 'second' in text
    assert 'first' in text


def test_markdown_folds_each_branch_that_was_undone(twice_back: EventLog) -> None:
    text = _written(twice_back, 'markdown')

    lines = [line for line in text.splitlines() if re.match('###|<|first|undone|second', line)]
    node = '✓ ModelRequestNode · 0.1 s'
    assert lines == [
        *(f'### 0 {node}', 'first'),
        *('<details>', '<summary>↶ branch 1 · 2 undone · 0.2 s</summary>'),
        *(f'### 1 {node}', 'undone', f'### 2 {node}', 'undone too', '</details>'),
        *('<details>', '<summary>↶ branch 2 · 1 undone · 0.1 s</summary>'),
        *(f'### 1 {node}', 'undone as well', '</details>'),
        *(f'### 1 {node}', 'second', '### 2 ○ ModelRequestNode', 'second'),
    ]


def test_the_page_folds_each_branch_that_was_undone(twice_back: EventLog) -> None:
    page = _written(twice_back, 'html')

    graph = page.partition('</nav>')[0]
    folds = re.findall(r'<details( open)?><summary class="row"><a href="#(s\d+)"', graph)
    branches = [anchor for opened, anchor in folds if not opened]
    assert [_article(page, anchor).count('<a href') for anchor in branches] == [2, 1]
    assert 'branch 1' in _article(page, branches[0])
    inside = re.findall(r'href="#(s\d+)"', _article(page, branches[0]))
    assert ['undone' in _article(page, anchor) for anchor in inside] == [True, True]
    assert 'undone too' in _article(page, inside[1])


def test_a_response_that_was_edited_on_a_branch_is_the_one_that_is_played() -> None:
    log = EventLog.open(PROJECT / 'screenshots' / 'recordings' / 'rewound.jsonl')

    for name in ('pytest', 'markdown', 'mermaid'):
        text = re.sub('<details>.*?</details>', '', _written(log, name), flags=re.DOTALL)
        assert 'find_order' in text, name
        assert 'cancel_order' not in text, name


def test_what_was_reused_on_a_branch_is_marked(play: Play) -> None:
    log = play(
        ev.Hello(1, '', '', 'x.py', ()),
        ev.RunStarted('r1', None, None, 'a', 'm', 'Hi'),
        ev.NodeStarted('r1', 0, 'CallToolsNode'),
        ev.ToolStarted('r1', 0, 'c1', 'look_up', {}),
        ev.Reused('r1', 0, 'c1', 'branch'),
        ev.ToolFinished('r1', 0, 'c1', 'look_up', {}, 'returned', 1, 0.1),
    )

    assert '✓ ⟲ `look_up()`' in _written(log, 'markdown')


def _article(page: str, anchor: str) -> str:
    return page.partition(f'id="{anchor}"')[2].partition('</article>')[0]


def _written(log: EventLog, name: FormatName) -> str:
    return ''.join(exported(log, name))
