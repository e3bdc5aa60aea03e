"""The first frame is not kept waiting by what is needed later, and shows nothing that has to move."""

from __future__ import annotations

import subprocess
import sys

import pytest
from snapshots import screen_text
from stage import PlayedSession, settled

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.tui.app import DebuggerApp

NOT_BEFORE_THE_FIRST_FRAME = (
    'importlib.metadata',
    'markdown_it',
    'pydantic_ai',
    'pydantic_ai_debug.model.outline',
    'pydantic_ai_debug.model.parts',
    'pydantic_ai_debug.recording.catalogue',
    'pydantic_ai_debug.recording.tape',
    'pydantic_ai_debug.tui.panes',
    'pydantic_ai_debug.tui.playback',
    'pydantic_ai_debug.tui.present.graph_row',
    'pydantic_ai_debug.tui.screens.answer',
    'pydantic_ai_debug.tui.screens.changes',
    'pydantic_ai_debug.tui.screens.edit',
    'pydantic_ai_debug.tui.scrubbing',
    'pydantic_ai_debug.tui.widgets.evaluate_panel',
    'pydantic_ai_debug.tui.widgets.graph_rows',
    'pydantic_ai_debug.tui.widgets.search_panel',
    'pydantic_ai_debug.tui.widgets.text_view',
    'pydantic_ai_debug.tui.widgets.value_tree',
    'textual.widgets._markdown',
    'textual.widgets._text_area',
    'tree_sitter',
)
START = (
    'pydantic_ai_debug.cli.entry, pydantic_ai_debug.session, pydantic_ai_debug.tui.app, pydantic_ai_debug.tui.terminal'
)
TITLES = ('Graph', 'Stream', 'State', 'Result')


def _imported_by(modules: str) -> set[str]:
    code = f'import sys; import {modules}; print(*sys.modules)'
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_start_imports_nothing_that_only_the_panes_need() -> None:
    assert _imported_by(START) & set(NOT_BEFORE_THE_FIRST_FRAME) == set()


def test_the_panes_do_not_import_heavy_widgets_before_they_are_used() -> None:
    imported = _imported_by('pydantic_ai_debug.tui.app, pydantic_ai_debug.tui.panes')
    assert imported & {'markdown_it', 'pydantic_ai', 'textual.widgets._markdown', 'textual.widgets._text_area'} == set()


class Watched(DebuggerApp):
    """Notes every picture of the main screen."""

    def __init__(self, session: PlayedSession) -> None:
        super().__init__(session.log, session, PlayedSession, target='/home/ada/script.py')  # type: ignore[arg-type]
        self.pictures: list[list[str]] = []
        self.restyled = 0

    def refresh_css(self, animate: bool = True) -> None:
        self.restyled += 1
        super().refresh_css(animate)

    def post_display_hook(self) -> None:
        if self.main is not None and self.main.is_current:
            self.pictures.append(screen_text(self).splitlines())


@pytest.mark.parametrize('size', [(120, 36), (200, 50)])
async def test_no_title_moves_from_the_first_frame_to_the_filled_panes(size: tuple[int, int]) -> None:
    session = PlayedSession()
    session.report(ev.Hello(1, '3.11.7', '1.85.1', '/home/ada/script.py', ()))
    app = Watched(session)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        first = app.pictures[0]
        assert 'script.py' in first[0]
        assert 'running · starting Python' in first[0]
        assert '? keys' in first[-1]
        for title in TITLES:
            places = {tuple(_places(picture, title)) for picture in app.pictures}
            assert len(places) == 1
            assert len(places.pop()) == 1


async def test_the_theme_of_the_start_is_there_without_styling_everything_twice() -> None:
    app = Watched(PlayedSession())
    async with app.run_test() as pilot:
        await settled(pilot)
        assert (app.theme, app.restyled) == ('tokyo-night', 0)
        app.theme = 'nord'
        await settled(pilot)
        assert app.restyled == 1


def _places(picture: list[str], title: str) -> list[tuple[int, int]]:
    return [(y, line.index(f'─ {title} ')) for y, line in enumerate(picture) if f'─ {title} ' in line]
