"""Compares what an app shows with a stored drawing.

Drawings come from one Python and one Textual: elsewhere the comparison is skipped out loud, and never updated. Update
them with `UPDATE_SNAPSHOTS=1`, and look at what changed.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

import pytest
import textual
from textual.app import App

FOLDER = Path(__file__).parent / '__snapshots__'
PINNED = ((3, 11), '8.2.8')


def screen_text(app: App[object]) -> str:
    """What stands on the screen, line by line."""
    return '\n'.join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


def assert_snapshot(app: App[object], name: str) -> None:
    """Compare the screen with the drawing `name`; the last thing a test does, since it may skip."""
    if (sys.version_info[:2], textual.__version__) != PINNED:
        pytest.skip(f'drawings are compared on Python {PINNED[0]} and Textual {PINNED[1]} only')
    drawn = re.sub(r'terminal-\d+-', 'terminal-', app.export_screenshot(title=name))
    stored = FOLDER / f'{name}.svg'
    if os.environ.get('UPDATE_SNAPSHOTS'):
        FOLDER.mkdir(exist_ok=True)
        stored.write_text(drawn, encoding='utf-8')
    assert stored.exists(), f'no drawing {stored.name}: make it with UPDATE_SNAPSHOTS=1'
    if stored.read_text(encoding='utf-8') != drawn:
        actual = Path(tempfile.mkdtemp()) / stored.name
        actual.write_text(drawn, encoding='utf-8')
        pytest.fail(f'{stored.name} differs from what is drawn now, see {actual}\n{screen_text(app)}')
