"""Panes tile the screen at every size."""

from __future__ import annotations

import pytest
from textual.geometry import Size

from pydantic_ai_debug.tui.layout import Arrangement, ScreenSize, regions, screen_size


@pytest.mark.parametrize('size', [(80, 20), (100, 20), (120, 32), (159, 60), (160, 50), (200, 46), (1, 1), (400, 100)])
@pytest.mark.parametrize('extra', [None, 'Request', 'Console'])
@pytest.mark.parametrize('zoomed', [False, True])
def test_the_visible_panes_fill_the_screen_without_overlap(
    size: tuple[int, int], extra: str | None, zoomed: bool
) -> None:
    arrangement = Arrangement(screen_size(*size), 'Graph', extra, zoomed)
    places = regions(arrangement, Size(*size))
    assert set(places) == set(arrangement.visible)
    cells = [cell for region in places.values() for cell in _cells(region)]
    assert len(cells) == len(set(cells)) == size[0] * size[1]


def test_an_extra_pane_closes_to_the_one_it_was_opened_from() -> None:
    opened = Arrangement('medium').at('State').at('Request').at('Console')
    assert (opened.active, opened.visible[-1]) == ('Console', 'Console')
    closed = opened._replace(zoomed=True).without_extra()
    assert (closed.active, closed.extra, closed.zoomed) == ('State', None, False)


@pytest.mark.parametrize(
    ('size', 'active', 'step', 'beside'),
    [
        ('medium', 'Graph', 1, 'Stream'),
        ('medium', 'Graph', -1, 'Result'),
        ('large', 'Graph', -1, 'Console'),
        ('narrow', 'Result', 1, 'Request'),
        ('narrow', 'Console', 1, 'Graph'),
    ],
)
def test_panes_are_walked_round_and_round(size: ScreenSize, active: str, step: int, beside: str) -> None:
    assert Arrangement(size, active, zoomed=True).beside(step) == beside


def _cells(region: object) -> list[tuple[int, int]]:
    x, y, width, height = region  # type: ignore[misc]
    return [(column, row) for column in range(x, x + width) for row in range(y, y + height)]
