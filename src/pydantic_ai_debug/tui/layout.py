"""Where the panes are: from the size of the screen and what is open, which panes are seen, and where.

Pure geometry in three sizes: one pane under tabs, four panes, all six. `PanesLayout` gives it to Textual, since one
set of widgets must be arranged in all of them without being made anew.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal, NamedTuple, TypeAlias

from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

ScreenSize: TypeAlias = Literal['narrow', 'medium', 'large']

MAIN_PANES = ('Graph', 'Stream', 'State', 'Result')
"""Always seen together where there is room."""
EXTRA_PANES = ('Request', 'Console')
"""Opened by a key; there anyway on a large screen."""
ALL_PANES = (*MAIN_PANES, *EXTRA_PANES)

MEDIUM_WIDTH = 100
LARGE_WIDTH, LARGE_HEIGHT = 160, 50


def screen_size(width: int, height: int) -> ScreenSize:
    if width < MEDIUM_WIDTH:
        return 'narrow'
    return 'large' if width >= LARGE_WIDTH and height >= LARGE_HEIGHT else 'medium'


class Arrangement(NamedTuple):
    """What decides which panes are seen."""

    size: ScreenSize = 'medium'
    active: str = 'Graph'
    """Title of the pane in focus."""
    extra: str | None = None
    """Which of the extra panes is open on a medium screen."""
    zoomed: bool = False
    came_from: str = 'Graph'
    """The pane in focus before an extra one was."""

    @property
    def visible(self) -> tuple[str, ...]:
        """Titles of the panes that are seen."""
        if self.zoomed or self.size == 'narrow':
            return (self.active,)
        if self.size == 'large':
            return ALL_PANES
        return MAIN_PANES if self.extra is None else (*MAIN_PANES, self.extra)

    def at(self, title: str) -> Arrangement:
        """With a pane in focus, opened where it is not seen."""
        if title not in EXTRA_PANES:
            return self._replace(active=title)
        came_from = self.came_from if self.active in EXTRA_PANES else self.active
        return self._replace(active=title, extra=title, came_from=came_from)

    def without_extra(self) -> Arrangement:
        """With the extra pane closed, and in focus what was before."""
        return self._replace(active=self.came_from, extra=None, zoomed=False)

    def beside(self, step: int) -> str:
        """The pane so many further than the one in focus, round and round."""
        titles = ALL_PANES if self.size == 'narrow' else self._replace(zoomed=False).visible
        return titles[(titles.index(self.active) + step) % len(titles)]


def regions(arrangement: Arrangement, size: Size) -> dict[str, Region]:
    """Where each visible pane goes, filling `size` without gaps."""
    visible = arrangement.visible
    whole = size.region
    if len(visible) == 1:
        return {visible[0]: whole}
    if arrangement.size == 'large':
        graph, right = _split(whole, 'x', (30, 70))
        top, bottom = _split(right, 'y', (62, 38))
        return {
            'Graph': graph,
            **dict(zip(('Stream', 'State', 'Request'), _split(top, 'x', (1, 1, 1)), strict=True)),
            **dict(zip(('Result', 'Console'), _split(bottom, 'x', (1, 1)), strict=True)),
        }
    graph, right = _split(whole, 'x', (40, 60))
    stack = visible[1:]
    return {'Graph': graph, **dict(zip(stack, _split(right, 'y', _STACK_SHARES[len(stack)]), strict=True))}


_STACK_SHARES = {3: (11, 14, 9), 4: (7, 7, 5, 15)}
"""Shares of Stream, State, Result, and of an extra pane below them, which was opened to be read."""


def _split(region: Region, axis: Literal['x', 'y'], shares: tuple[int, ...]) -> list[Region]:
    """Cut a region along an axis, by shares."""
    length = region.width if axis == 'x' else region.height
    total = sum(shares)
    edges = [round(length * sum(shares[:count]) / total) for count in range(len(shares) + 1)]
    if axis == 'x':
        return [Region(region.x + a, region.y, b - a, region.height) for a, b in pairwise(edges)]
    return [Region(region.x, region.y + a, region.width, b - a) for a, b in pairwise(edges)]


class PanesLayout(Layout):
    """Textual's view of `regions`. Children are told apart by their border title, which is the pane's."""

    name = 'panes'

    def __init__(self) -> None:
        self.arrangement = Arrangement()

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        places = regions(self.arrangement, size)
        return [
            WidgetPlacement(places[title], NULL_OFFSET, NULL_SPACING, child)
            for child in children
            if (title := getattr(child, 'TITLE', '')) in places
        ]
