"""What the panes of the screen show of a row, as one section for each."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic_ai_debug.export.transcript import Transcript
from pydantic_ai_debug.export.wording import (
    BRANCH_SIGN,
    branch_facts,
    branch_title,
    call_facts,
    call_sign,
    failure,
    node_facts,
    node_sign,
    run_facts,
    run_sign,
    session_facts,
    title,
)
from pydantic_ai_debug.model.details import json_object
from pydantic_ai_debug.model.glyphs import run_glyph, tool_glyph
from pydantic_ai_debug.model.pace import pace_text
from pydantic_ai_debug.model.parts import Part, message_parts
from pydantic_ai_debug.model.run_index import RunIndex
from pydantic_ai_debug.model.state import NodeState, RunState, ToolState
from pydantic_ai_debug.model.undone import NodeGroup
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import Json

from .failures import failure_pane
from .request_view import request_pane
from .rows import Row, Rows
from .state_view import state_pane
from .streamed import recorded_pace, streamed_parts, timeline
from .tags import NOTHING, Markup, block, joined, json_block, markdown_block, pane, span, tag, text, value_block


def sections(rows: Rows) -> Iterator[Markup]:
    """The session's section, then one for each row."""
    transcript = rows.transcript
    yield _session(transcript)
    indexes: dict[str, RunIndex] = {}
    for row in rows:
        if row.tool is not None:
            yield _call_section(row, row.tool, transcript)
        elif row.node is not None:
            index = indexes.get(row.run.id)
            if index is None:
                index = indexes[row.run.id] = RunIndex(transcript.event)
                index.update(row.run)
            yield _node_section(row, row.node, transcript, index)
        elif row.branch is not None:
            yield _branch_section(row, row.branch)
        else:
            yield _run_section(row, transcript)


def _section(anchor: str, glyph: str, sign: str, name: str, facts: str, *panes: Markup) -> Markup:
    heading = tag('h2', span(f'sign {glyph}', sign), text(f' {name} ' if sign else f'{name} '), span('facts', facts))
    return tag('article', heading, *panes, id=anchor)


def _session(transcript: Transcript) -> Markup:
    facts = [
        tag('div', span('name', name), text(' '), text(value), class_='leaf')
        for name, value in session_facts(transcript)
    ]
    panes = [pane('Session', tag('div', *facts, class_='tree'))]
    error = transcript.script_error()
    if error is not None:
        panes.append(failure_pane('The script failed', error))
    written = transcript.console()
    if written:
        lines = joined(span(stream, said) for stream, said in written)
        panes.append(pane('Console', tag('pre', Markup('\n'), lines)))
    return _section('session', '', '', title(transcript), '', *panes)


def _run_section(row: Row, transcript: Transcript) -> Markup:
    run = row.run
    return _section(
        row.anchor,
        run_glyph(run),
        run_sign(run),
        run.agent or 'agent',
        run_facts(transcript, run),
        pane('Prompt', _prompt(run.prompt)),
        _result(transcript, run),
    )


def _branch_section(row: Row, branch: NodeGroup) -> Markup:
    nodes = [
        tag(
            'div',
            tag('a', text(f'{node_sign(inner.node)} {inner.node.kind}'), href=f'#{inner.anchor}'),
            text('  '),
            span('dim', node_facts(inner.node)),
            class_='leaf',
        )
        for inner in row.inside
        if inner.node is not None
    ]
    panes = pane('Undone', tag('div', *nodes, class_='tree'))
    return _section(row.anchor, 'left', BRANCH_SIGN, branch_title(branch), branch_facts(branch), panes)


def _prompt(prompt: Json) -> Markup:
    return span('dim', 'none') if prompt is None else value_block(prompt)


def _result(transcript: Transcript, run: RunState) -> Markup:
    end = transcript.end(run)
    match end:
        case ev.RunFinished():
            shown = markdown_block(end.output) if isinstance(end.output, str) else json_block(end.output)
            return pane('Result', shown)
        case ev.RunFailed():
            return failure_pane('Left before its end' if end.cancelled else 'Failed', end.error)
        case None:
            return pane('Result', span('dim', 'not finished: the recording ends before'))


def _node_section(row: Row, node: NodeState, transcript: Transcript, index: RunIndex) -> Markup:
    run = row.run
    panes = [_stream(transcript, run, node)]
    panes += [_call_pane(inner, transcript) for inner in row.inside]
    if node.kind == 'End' and node.index not in run.undone:
        panes.append(_result(transcript, run))
    panes.append(_changes(transcript, node))
    request = transcript.request(run, node)
    if request is not None:
        panes.append(request_pane(request))
    if node.duration is not None:
        before, after = index.snapshot(node)
        panes.append(state_pane(before, after))
    if fields := json_object(node.fields):
        panes.append(pane('Fields', json_block(fields)))
    if node.status in ('waiting', 'stopped') and not any(panes):
        panes.append(span('dim', 'It has not run yet.'))
    return _section(row.anchor, node.status, node_sign(node), node.kind, node_facts(node), *panes)


def _stream(transcript: Transcript, run: RunState, node: NodeState) -> Markup:
    """The response of a model, with the pace at which it came where it was streamed."""
    if node.kind != 'ModelRequestNode':
        return NOTHING
    raised = [block(failure(error)) for error in transcript.failures(node)]
    failures = [tag('div', tag('div', text('failed'), class_='word bad'), shown) for shown in raised]
    streamed = streamed_parts(transcript, node)
    if streamed:
        started = node.started or 0.0
        characters = sum(len(part.part.text) for part in streamed)
        parts = [_part(part.part, recorded_pace(part, started)) for part in streamed]
        note = pace_text(node, characters)
        play = tag('button', text('▶ play at its pace'), type='button', class_='play', hidden=True)
        return pane('Stream', timeline(streamed, node), play, *parts, *failures, note=note)
    parts = [*failures, *(_part(part) for part in message_parts(transcript.response(run, node)))]
    return pane('Stream', *parts, note=pace_text(node, 0)) if parts else NOTHING


def _part(part: Part, pace: str = '') -> Markup:
    word = part.kind if part.kind in ('text', 'thinking') else part.wire_kind
    match part.kind:
        case 'text':
            label, shown, raw = text('text'), markdown_block(part.text), part.text
        case 'thinking':
            label, shown, raw = text('thinking'), block(part.text, 'thinking'), part.text
        case 'call':
            label, raw = joined([text('call '), span('accent', part.tool)]), part.args_text
            shown = json_block(part.args) if part.args is not None else block(part.text)
        case 'return':
            label, shown, raw = joined([text('returned by '), span('accent', part.tool)]), value_block(part.content), ''
        case 'other':
            label, shown, raw = text(word), json_block(dict(part.fields)), ''
    attributes = {'data_pace': pace, 'data_raw': raw} if pace and raw else {}
    return tag(
        'div',
        tag('div', label, class_='word'),
        tag('div', shown, class_='shown'),
        class_=f'part part-{part.kind}',
        **attributes,
    )


def _call_pane(row: Row, transcript: Transcript) -> Markup:
    """A call in the section of its node."""
    assert row.tool is not None, 'below a node are calls'
    link = tag('a', text(f'{call_sign(row.tool)} {row.tool.tool}'), href=f'#{row.anchor}', class_='title')
    heading = tag('h3', link, text(' '), span('note', call_facts(row.tool)))
    return tag('section', heading, *_call(transcript, row.tool), class_='pane')


def _call_section(row: Row, tool: ToolState, transcript: Transcript) -> Markup:
    runs = [
        tag(
            'div',
            tag('a', text(f'{run_sign(inner.run)} {inner.run.agent or "agent"}'), href=f'#{inner.anchor}'),
            text('  '),
            span('dim', run_facts(transcript, inner.run)),
            class_='leaf',
        )
        for inner in row.inside
    ]
    return _section(
        row.anchor,
        tool_glyph(tool),
        call_sign(tool),
        tool.tool,
        call_facts(tool),
        pane('Call', *_call(transcript, tool)),
        pane('Runs inside', tag('div', *runs, class_='tree')) if runs else NOTHING,
        _changes(transcript, tool),
    )


def _call(transcript: Transcript, tool: ToolState) -> Iterator[Markup]:
    yield tag('div', tag('div', text('call '), span('accent', tool.tool), class_='word'), json_block(tool.args))
    if tool.finished_seq is not None:
        style = 'word ok' if tool.outcome == 'returned' else 'word bad'
        yield tag('div', tag('div', text(tool.outcome or ''), class_=style), value_block(transcript.result(tool)))


def _changes(transcript: Transcript, changed: NodeState | ToolState) -> Markup:
    """What the user changed by hand."""
    shown: list[Markup] = []
    for place in (*changed.edits, *((changed.by_hand,) if changed.by_hand is not None else ())):
        event = transcript.event(place)
        match event:
            case ev.Edited():
                shown.append(tag('div', span('accent', event.item), text(' was'), class_='word'))
                shown += [value_block(event.before), tag('div', text('and became'), class_='word')]
                shown.append(value_block(event.after))
            case ev.AnsweredByHand():
                shown.append(tag('div', span('accent', event.kind), text(' given by hand'), class_='word'))
                shown.append(value_block(event.value))
            case _:
                pass
    return pane('Changed by hand', *shown) if shown else NOTHING
