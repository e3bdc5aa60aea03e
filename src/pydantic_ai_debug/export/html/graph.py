"""The Graph pane: the rows as a tree that folds, with signs, tokens and times, each a link to its section."""

from __future__ import annotations

from pydantic_ai_debug.export.wording import (
    BRANCH_SIGN,
    branch_time,
    branch_title,
    branch_tokens,
    call_sign,
    node_sign,
    run_sign,
    title,
    tokens_text,
)
from pydantic_ai_debug.model.calls import call_arguments
from pydantic_ai_debug.model.glyphs import run_glyph, tool_glyph
from pydantic_ai_debug.model.numbers import count, duration
from pydantic_ai_debug.model.state import NodeState, ToolState
from pydantic_ai_debug.model.times import run_time

from .rows import Row, Rows
from .tags import NOTHING, Markup, joined, span, tag, text


def graph(rows: Rows) -> Markup:
    """The whole tree."""
    transcript = rows.transcript
    session = tag(
        'div',
        tag('a', span('strong', title(transcript)), href='#session', class_='what'),
        text(' '),
        span('seconds', duration(transcript.state.time)),
        class_='row',
    )
    return tag('nav', session, tag('ul', *(_row(row, rows) for row in rows.roots)))


def _row(row: Row, rows: Rows) -> Markup:
    content = _content(row, rows)
    if not row.inside:
        return tag('li', tag('div', content, class_='row'))
    summary = tag('summary', content, class_='row')
    below = tag('ul', *(_row(inner, rows) for inner in row.inside))
    # What was undone is out of the way until somebody wants to see it.
    return tag('li', tag('details', summary, below, open=row.branch is None))


def _content(row: Row, rows: Rows) -> Markup:
    run, node, tool = row.run, row.node, row.tool
    state = rows.transcript.state
    if tool is not None and node is not None:
        glyph, sign = tool_glyph(tool), call_sign(tool)
        label = joined([text(tool.tool), span('dim', f'({call_arguments(tool.args)})')])
        middle = _outcome_or_overlap(node, tool)
        seconds = duration(tool.duration) if tool.duration is not None else ''
    elif node is not None:
        glyph, sign = node.status, node_sign(node)
        undone = node.index in run.undone
        again = any(branch.first == node.index for branch in run.branches)
        kind = span('dim', node.kind) if undone else text(node.kind)
        label = joined([kind, span('dim', ' again') if again else NOTHING])
        middle = span('tokens', tokens_text(node.tokens))
        seconds = duration(node.duration) if node.duration is not None else ''
    elif row.branch is not None:
        glyph, sign = 'left', BRANCH_SIGN
        label = joined([text(branch_title(row.branch)), span('dim', f'  {count(len(row.branch.nodes))} undone')])
        middle = span('tokens', tokens_text(branch_tokens(row.branch)))
        seconds = branch_time(row.branch)
    else:
        glyph, sign = run_glyph(run), run_sign(run)
        label = joined([span('strong', run.agent or 'agent'), text('  '), span('dim', run.model)])
        middle = span('tokens', tokens_text(run.spent))
        seconds = duration(run_time(state, run, state.time))
    link = tag('a', span(f'sign {glyph}', sign), text(' '), label, href=f'#{row.anchor}', class_='what')
    return joined([link, text(' '), middle, text(' '), span('seconds', seconds)])


def _outcome_or_overlap(node: NodeState, tool: ToolState) -> Markup:
    """What came of a call that did not return; else when it ran beside the others of its node."""
    if tool.outcome not in (None, 'returned'):
        return span('tokens', str(tool.outcome))
    if len(node.tools) < 2 or tool.duration is None:
        return NOTHING
    begin = min(other.started for other in node.tools)
    length = max(max(other.started + (other.duration or 0) for other in node.tools) - begin, 1e-6)
    left = (tool.started - begin) / length * 100
    width = max(tool.duration / length * 100, 3)
    bar = tag('i', style=f'left:{min(left, 97):.1f}%;width:{min(width, 100 - left):.1f}%')
    return tag('span', bar, class_='overlap')
