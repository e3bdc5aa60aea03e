"""Says in a pane's border when what it shows was, so that nobody mistakes the past for now."""

from __future__ import annotations

from textual.content import Content

from pydantic_ai_debug.model.branches import branch_number
from pydantic_ai_debug.model.selectors import leading_nodes
from pydantic_ai_debug.tui.present.literal import literal

from .base import PaneView


def moment_text(view: PaneView) -> Content:
    """`at node 3 of 8` for a node that has run and is not the newest that did; else nothing."""
    run, node = view.run, view.node
    if run is not None and node is not None and node.index in run.undone:
        return Content(f'undone, on branch {branch_number(run.branches, node.index) + 1}')
    if run is None or node is None or node.duration is None or run.nodes[-1].index <= node.index:
        return Content('')
    newest = next((other for other in leading_nodes(run) if other.status != 'waiting'), None)
    if newest is node:
        return Content('')
    return Content(literal(f'at node {node.index + 1} of {len(run.nodes)}'))
