"""What is said of runs, nodes and calls in every format, in the words and numbers of the screen."""

from __future__ import annotations

from pathlib import PurePath

from pydantic_ai_debug.model import numbers
from pydantic_ai_debug.model.glyphs import GLYPHS, run_glyph, tool_glyph, user_marks
from pydantic_ai_debug.model.selectors import headline, total_cost, total_tokens, whole_cost
from pydantic_ai_debug.model.state import NodeState, RunState, Tokens, ToolState
from pydantic_ai_debug.model.times import run_time
from pydantic_ai_debug.model.undone import NodeGroup
from pydantic_ai_debug.protocol import events as ev

from .transcript import Transcript

SEPARATOR = ' · '


def title(transcript: Transcript) -> str:
    """The script without the folders it is in."""
    target = transcript.state.target or transcript.name
    return PurePath(target).name or target or 'session'


def ended(transcript: Transcript) -> str:
    """How the session ended, in the header's words."""
    said = headline(transcript.state, transcript.state.latest_run, live=False)
    return f'{said.word} {said.detail}'.strip()


def session_facts(transcript: Transcript) -> list[tuple[str, str]]:
    """Names and values of what is known of a whole session."""
    hello, state = transcript.hello, transcript.state
    facts = [
        ('ended', ended(transcript)),
        ('duration', numbers.duration(state.time)),
        ('tokens', tokens_text(total_tokens(state))),
        ('cost', numbers.dollars(total_cost(state))),
        ('recorded', hello.started_at[:19].replace('T', ' ')),
        ('arguments', ' '.join(hello.argv)),
        ('pydantic-ai', hello.pydantic_ai),
        ('Python', hello.python),
    ]
    return [(name, value) for name, value in facts if value and value != numbers.UNKNOWN]


def tokens_text(tokens: Tokens | None) -> str:
    """Tokens in and out; nothing where none were used."""
    if tokens is None or tokens == Tokens():
        return ''
    return f'{numbers.count(tokens.input)} in {numbers.count(tokens.output)} out'


def run_facts(transcript: Transcript, run: RunState) -> str:
    """Tokens, time and cost of a run."""
    cost = whole_cost(transcript.state, run)
    facts = (
        tokens_text(run.spent),
        numbers.duration(run_time(transcript.state, run, transcript.state.time)),
        numbers.dollars(cost) if cost is not None else '',
    )
    return SEPARATOR.join(fact for fact in facts if fact)


def node_facts(node: NodeState) -> str:
    """Tokens and time of a node."""
    seconds = numbers.duration(node.duration) if node.duration is not None else ''
    return SEPARATOR.join(fact for fact in (tokens_text(node.tokens), seconds) if fact)


def branch_title(group: NodeGroup) -> str:
    """An undone branch, as the graph names it."""
    return f'branch {group.branch}'


def branch_facts(group: NodeGroup) -> str:
    """How much of a run was undone with a branch: nodes, tokens, time."""
    spent = branch_tokens(group)
    facts = (f'{numbers.count(len(group.nodes))} undone', tokens_text(spent), branch_time(group))
    return SEPARATOR.join(fact for fact in facts if fact)


def branch_tokens(group: NodeGroup) -> Tokens:
    spent = [node.tokens for node in group.nodes if node.tokens is not None]
    return Tokens(sum(each.input for each in spent), sum(each.output for each in spent))


def branch_time(group: NodeGroup) -> str:
    return numbers.duration(sum(node.duration or 0.0 for node in group.nodes))


def call_facts(tool: ToolState) -> str:
    """What came of a call, where that is not what was to be expected, and its time."""
    outcome = tool.outcome if tool.outcome not in (None, 'returned') else ''
    seconds = numbers.duration(tool.duration) if tool.duration is not None else ''
    return SEPARATOR.join(fact for fact in (outcome or '', seconds) if fact)


BRANCH_SIGN = GLYPHS['left']


def run_sign(run: RunState) -> str:
    return GLYPHS[run_glyph(run)]


def node_sign(node: NodeState) -> str:
    return f'{GLYPHS[node.status]} {user_marks(node)}'.rstrip()


def call_sign(tool: ToolState) -> str:
    return f'{GLYPHS[tool_glyph(tool)]} {user_marks(tool)}'.rstrip()


def failure(error: ev.ErrorInfo | ev.RaisedError) -> str:
    """An error in a line."""
    name = error.type if isinstance(error, ev.ErrorInfo) else error.name
    return f'{name}: {error.message}' if error.message else name
