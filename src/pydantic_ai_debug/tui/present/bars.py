"""What the bars of the main screen say: header, tabs, the line of what is shown, keys. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pydantic_ai_debug.model.numbers import count, dollars, duration
from pydantic_ai_debug.model.selectors import (
    SESSION_ROW,
    Headline,
    elapsed,
    headline,
    newest_row,
    node_at,
    stop_phrase,
    tool_at,
    total_cost,
    total_tokens,
)
from pydantic_ai_debug.model.state import RunState, SessionState, Tokens
from pydantic_ai_debug.model.times import run_time
from pydantic_ai_debug.model.waiting import waiting_stop
from pydantic_ai_debug.tui.commands import Situation, UserCommand, command_named, key_name, offered_commands
from pydantic_ai_debug.tui.layout import ALL_PANES
from pydantic_ai_debug.tui.notices import RunHint, hint_notice
from pydantic_ai_debug.tui.widgets.bar import BarStyle, Part, parts_width

from .literal import literal
from .position import position
from .target import target_name

_WORD_GLYPHS = {'paused': '◆', 'running': '●', 'finished': '✓', 'failed': '✗'}


def speaking_run(state: SessionState) -> RunState | None:
    """The run the header speaks of where none waits: the newest one that still runs."""
    key = newest_row(state)
    run = state.runs.get(key.run) if key.run is not None else None
    while run is not None and run.ended is not None and run.parent is not None and run.parent in state.runs:
        run = state.runs[run.parent]
    return run


def header(situation: Situation, now: float, width: int) -> tuple[list[Part], list[Part]]:
    """Script, agents and state at the left, time, tokens and cost at the right; what matters least goes first.

    Of several stops it speaks of the one that a step is for.
    """
    for detail in range(5, -1, -1):
        left, right = _header(situation, now, detail)
        if parts_width(left) + parts_width(right) + 2 <= width:
            return left, right
    return _header(situation, now, 0)


def _header(situation: Situation, now: float, detail: int) -> tuple[list[Part], list[Part]]:
    state, place = situation.state, waiting_stop(situation.state, situation.selected)
    run = place.run if place is not None else speaking_run(state)
    left = [Part(' agent-debug ', 'dim'), Part(' ')] if detail >= 5 else [Part(' ')]
    if state.target:
        left.append(Part(target_name(state), 'text'))
    path = _agent_path(state, run)
    for agent in path if detail >= 1 else path[-1:]:
        left += [Part(' › ', 'dim'), Part(literal(agent, 30), 'strong')]
    if run is not None and detail >= 4 and run.model:
        left.append(Part(f'  {literal(run.model, 40)}', 'dim'))
    if state.replays and detail >= 1:
        left.append(Part('  replay', 'dim'))
    if place is not None:
        word = Headline('paused', stop_phrase(place.stop))
    else:
        word = _headline(situation, run)
    glyph = _WORD_GLYPHS[word.word]
    between = '' if not word.detail else ' · ' if word.word == 'running' else ' '
    left += [Part('  '), Part(f' {glyph} {word.word}{between}{literal(word.detail, 60)} ', word.word)]
    return left, [*position(situation, roomy=detail >= 2), *_figures(state, run, now, detail), Part(' ')]


def _headline(situation: Situation, run: RunState | None) -> Headline:
    """The state of the run; between two nodes of one that nobody stepped, what comes next."""
    word = headline(situation.state, run.id if run is not None else None, live=situation.live or situation.past)
    moment = situation.moment
    at_boundary = run is not None and moment is not None and moment.row is not None and moment.row.run == run.id
    if moment is None or not at_boundary or word != Headline('running'):
        return word
    return Headline('running', f'before {moment.kind}')


def _agent_path(state: SessionState, run: RunState | None) -> list[str]:
    path: list[str] = []
    while run is not None:
        path[:0] = [run.agent or 'agent']
        run = state.runs.get(run.parent) if run.parent is not None else None
    return path[:1] + path[-1:] if len(path) > 2 else path


def _figures(state: SessionState, run: RunState | None, now: float, detail: int) -> list[Part]:
    """Time of the run, or of the session where none is there yet; tokens and cost of all runs."""
    seconds = run_time(state, run, now) if run is not None else elapsed(state, now)
    figures = [duration(seconds)]
    tokens = total_tokens(state)
    if tokens != Tokens():
        sent, received = count(tokens.input), count(tokens.output)
        figures.append(f'{sent} in  {received} out' if detail >= 3 else f'{sent}→{received}')
        cost = total_cost(state)
        if detail >= 2:
            figures.append('$ –' if cost is None else dollars(cost))
    return [Part('   '.join(figures) if detail >= 3 else '  '.join(figures))]


def tabs(active: str, changed: Collection[str]) -> list[Part]:
    """The panes of a narrow screen; those that changed unseen carry a dot."""
    parts: list[Part] = []
    for number, title in enumerate(ALL_PANES, 1):
        command = f'show_{title.lower()}'
        if title == active:
            parts.append(Part(f' {number} {title}  ', 'tab', command))
        else:
            mark = '• ' if title in changed else '  '
            parts += [
                Part(f' {number} ', 'dim', command),
                Part(title, 'text', command),
                Part(f' {mark}'[:2], 'changed', command),
            ]
    return parts


def shown(
    situation: Situation,
    hint: str,
    silence: int,
    width: int,
    notice: Sequence[Part] = (),
    run_hint: RunHint | None = None,
) -> tuple[list[Part], list[Part]]:
    """What the panes show at the left, and what to do about it at the right, where a hint goes first.

    Before all comes that the script gives no sign of life, for so many seconds.

    Args:
        situation: What is shown.
        hint: What was said last.
        silence: For how many seconds the script has given no sign of life.
        width: Columns of the terminal.
        notice: What there is to know about the stop.
        run_hint: A trap that the run has met, said where nothing else is.
    """
    crumbs, place = _selection(situation)
    left = [*_path(crumbs), *place]
    if silence:
        right = [
            Part(' '),
            Part(f' not answering for {_whole_seconds(silence)} ', 'failed'),
            Part(' q ends the script ', 'dim'),
        ]
    elif hint:
        right = [Part(f' {hint} ', 'changed')]
    elif notice:
        right = list(notice)
    elif not situation.following and newest_row(situation.state) != SESSION_ROW:
        right = [
            Part(' following off, ', 'dim'),
            *_key_parts(command_named('follow'), False),
            Part(' follows the newest ', 'dim'),
        ]
    elif standing_hint := _standing_hint(situation):
        right = [Part(f' {standing_hint} ', 'changed')]
    else:
        right = hint_notice(run_hint, width - parts_width(left)) or [Part('  ')]
    while len(crumbs) > 1 and parts_width(left) + parts_width(right) > width:
        crumbs = crumbs[1:]
        left = [Part(' …', 'faint'), *_path(crumbs), *place]
    return left, right


def _whole_seconds(seconds: int) -> str:
    return f'{seconds} s' if seconds < 60 else duration(seconds)


def _selection(situation: Situation) -> tuple[list[Part], list[Part]]:
    """The whole stack from the outermost run to the selected row, and which of its run's nodes that is."""
    run = situation.state.runs.get(situation.selected.run or '')
    if run is None:
        return [Part('the whole session', 'dim')], []
    crumbs, place = [*_callers(situation.state, run), Part(literal(run.agent or 'agent', 30), 'dim')], list[Part]()
    node = node_at(run, situation.selected.node) if situation.selected.node is not None else None
    if node is not None:
        crumbs.append(Part(literal(node.kind, 40), 'text'))
        tool = tool_at(node, situation.selected.call) if situation.selected.call is not None else None
        if tool is not None:
            crumbs.append(Part(literal(tool.tool, 40), 'text'))
        words = f'{"node" if situation.following else "at node"} {node.index + 1} of {len(run.nodes)}'
        place = [Part(f' · {words}', 'dim' if situation.following else 'here')]
    return crumbs, place


def _callers(state: SessionState, run: RunState) -> list[Part]:
    """The runs that wait for a run, each with its node and the tool call that started the next."""
    crumbs: list[Part] = []
    seen = {run.id}
    while run.parent is not None and run.parent in state.runs and run.parent not in seen:
        parent, call = state.runs[run.parent], run.parent_call
        seen.add(parent.id)
        frame = [Part(literal(parent.agent or 'agent', 30), 'dim')]
        node = next((node for node in reversed(parent.nodes) if call is not None and tool_at(node, call)), None)
        tool = tool_at(node, call) if node is not None and call is not None else None
        if node is not None and tool is not None:
            frame += [Part(literal(node.kind, 40), 'dim'), Part(literal(tool.tool, 40), 'dim')]
        crumbs[:0] = frame
        run = parent
    return crumbs


def _path(crumbs: Sequence[Part]) -> list[Part]:
    parts = [Part(' ')]
    for crumb in crumbs:
        parts += [crumb, Part(' › ', 'faint')]
    return parts[:-1]


def _standing_hint(situation: Situation) -> str:
    """What can be done when nothing is left to step; nothing while a run is open."""
    state = situation.state
    if not situation.live:
        if situation.past:
            return ''
        return 'the recording ends here' if state.runs and state.exit_code is None else ''
    if state.exit_code is None and state.launch_error is None:
        return 'a starts another run · q quits' if state.offered is not None and state.runs else ''
    return 'R restarts the script · q quits'


def key_bar(situation: Situation, width: int) -> tuple[list[Part], list[Part]]:
    """The keys that make sense now; those that do not at this moment are greyed out, so that nothing moves."""
    commands = [
        command
        for command in offered_commands(situation.live)
        if command.footer is not None and not (command.rare and command.blocked(situation) is not None)
    ]
    offers = [(command.footer, _offer(command, situation)) for command in commands]
    right = [Part(' '), *(part for footer, offer in offers if footer == 0 for part in offer)]
    room = width - parts_width(right) - 1
    kept: list[list[Part]] = []
    for _, offer in sorted(((footer, offer) for footer, offer in offers if footer), key=lambda ranked: ranked[0]):
        room -= parts_width(offer)
        if room < 0:
            break
        kept.append(offer)
    return [Part(' '), *(part for _, offer in offers if offer in kept for part in offer)], right


def _offer(command: UserCommand, situation: Situation) -> list[Part]:
    blocked = command.blocked(situation) is not None
    label = Part(f' {_label(command, situation)}  ', 'faint' if blocked else 'dim', command.name)
    return [*_key_parts(command, blocked), label]


def _label(command: UserCommand, situation: Situation) -> str:
    if command.name == 'play' and situation.playing:
        return 'pause'
    return 'panes' if command.display == '1-6' else command.label


def _key_parts(command: UserCommand, blocked: bool) -> list[Part]:
    style: BarStyle = 'faint' if blocked else 'key'
    return [Part(command.display or key_name(command.keys[0]), style, command.name)]
