"""A bar draws its parts in the theme's colours by itself; a style sheet says here what they should be."""

from __future__ import annotations

from typing import get_args

import pytest
from textual.app import App, ComposeResult
from textual.theme import BUILTIN_THEMES

from pydantic_ai_debug.tui.widgets.bar import Bar, BarStyle, Part

STYLES = get_args(BarStyle)


class StyledByASheet(Bar):
    COMPONENT_CLASSES = {f'bar--{name}' for name in STYLES}  # noqa: RUF012  the type is Textual's
    DEFAULT_CSS = """
    StyledByASheet {
        .bar--text { color: $foreground; }
        .bar--strong { color: $foreground; text-style: bold; }
        .bar--dim { color: $text-muted; }
        .bar--faint { color: $text-disabled; }
        .bar--key { color: $text-accent; text-style: bold; }
        .bar--here { color: $text-accent; }
        .bar--changed { color: $text-warning; text-style: bold; }
        .bar--paused { color: $text-accent; background: $accent-muted; text-style: bold; }
        .bar--running { color: $text-primary; background: $primary-muted; text-style: bold; }
        .bar--finished { color: $text-success; background: $success-muted; text-style: bold; }
        .bar--failed { color: $text-error; background: $error-muted; text-style: bold; }
        .bar--tab { color: $text-accent; background: $accent-muted; text-style: bold; }
    }
    """


class Bars(App[None]):
    CSS = """
    Screen { background: $background; }
    .surface { background: $surface; }
    """

    def compose(self) -> ComposeResult:
        yield Bar(id='drawn')
        yield StyledByASheet(id='styled')


@pytest.mark.parametrize('on_surface', [True, False])
async def test_parts_look_as_a_style_sheet_would_draw_them_in_every_theme(on_surface: bool) -> None:
    app = Bars()
    async with app.run_test() as pilot:
        drawn, styled = app.query_one('#drawn', Bar), app.query_one('#styled', StyledByASheet)
        drawn.show([Part('x', name) for name in STYLES])
        for bar in (drawn, styled):
            bar.set_class(on_surface, 'surface')
        for theme in BUILTIN_THEMES:
            app.theme = theme
            await pilot.pause()
            for name, segment in zip(STYLES, drawn.render_line(0), strict=False):
                expected = styled.get_component_rich_style(f'bar--{name}')
                assert segment.style is not None
                assert (segment.style.color, segment.style.bgcolor) == (expected.color, expected.bgcolor), theme
                assert bool(segment.style.bold) == bool(expected.bold)
