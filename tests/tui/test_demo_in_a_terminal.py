"""The demo on a real pseudo-terminal, stepped with real key presses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from terminals import Terminal

WALK = ['UserPromptNode', 'ModelRequestNode', 'CallToolsNode', 'ModelRequestNode', 'CallToolsNode', 'End']


@pytest.fixture
def demo() -> Iterator[Terminal]:
    terminal = Terminal('--demo')
    yield terminal
    terminal.close()


def test_the_demo_is_stepped_by_key_and_leaves_the_terminal_as_it_was(demo: Terminal) -> None:
    for place, kind in enumerate(WALK):
        demo.wait_until(lambda kind=kind: f'paused before {kind}' in demo.header)  # type: ignore[misc]
        # The same word comes twice in the walk: a step has been taken once the graph has as many rows.
        demo.wait_until(lambda place=place: f'node {place + 1} of {place + 1}' in demo.text)  # type: ignore[misc]
        demo.press('n')
    demo.wait_until(lambda: 'finished' in demo.header and 'Itinerary' in demo.text)
    demo.press('q')
    demo.wait_until(lambda: demo.process.poll() is not None)
    assert demo.process.returncode == 0
    assert demo.modes == demo.modes_before
    assert b'\x1b[?1049l' in demo.written
    assert b'\x1b[?25h' in demo.written


def test_the_other_panes_are_a_key_away(demo: Terminal) -> None:
    demo.wait_until(lambda: 'paused before UserPromptNode' in demo.header)
    assert all(f' {title} ' in demo.text for title in ('Graph', 'Stream', 'State', 'Result'))
    demo.press('c')
    demo.wait_until(lambda: 'finished' in demo.header)
    demo.press('6')
    demo.wait_until(lambda: 'the script has ended with exit code 0' in demo.text)
    demo.press('5')
    demo.wait_until(lambda: ' Request ' in demo.text and 'final_result' in demo.text)
    demo.press('?')
    demo.wait_until(lambda: 'Run this node' in demo.text)
