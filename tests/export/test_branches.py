"""A run that went back is exported as what led to where it is; what was undone is left out."""

from __future__ import annotations

from collections.abc import Iterator

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


def test_only_the_branch_that_counts_is_exported(play: Play) -> None:
    log = play(
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
    for name in ('markdown', 'html', 'json', 'pytest', 'mermaid'):
        text = _written(log, name)
        assert 'undone' not in text, name
        assert 'second' in text, name
        assert 'first' in text, name


def test_a_response_that_was_edited_on_a_branch_is_the_one_that_is_played() -> None:
    log = EventLog.open(PROJECT / 'screenshots' / 'recordings' / 'rewound.jsonl')

    for name in ('pytest', 'markdown', 'mermaid'):
        text = _written(log, name)
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


def _written(log: EventLog, name: FormatName) -> str:
    return ''.join(exported(log, name))
