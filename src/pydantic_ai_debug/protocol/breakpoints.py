"""Breakpoints as they are written, kept and sent: `[AGENT/]WHAT[ if CONDITION][ xN][ once][ log TEXT]`.

Pure text: what is watched for is told apart here, whether it happens is the child's matter. In the REGEX of `text:` and
`args:` blanks before a word that would end it are written `\\s`.
"""

from __future__ import annotations

import ast
import builtins
import re
from typing import Literal, TypeAlias, get_args

from .frozen import Frozen

BreakpointKind: TypeAlias = Literal[
    'node',
    'tool',
    'tool_after',
    'run',
    'error',
    'retry',
    'deferral',
    'result',
    'text',
    'args',
    'budget',
    'repeat',
    'watch',
]
"""What a breakpoint waits for. `node` is written as the node's class name, `tool_after` as `tool:NAME:after`."""

_BARE: frozenset[str] = frozenset({'error', 'retry', 'deferral', 'result'})
_WITH_SUBJECT: frozenset[str] = frozenset({'tool', 'run', 'text', 'args', 'budget', 'repeat', 'watch'})
_REGEX: frozenset[str] = frozenset({'text', 'args'})
_EXPRESSIONS: frozenset[str] = frozenset({'budget', 'watch'})

_LOG = re.compile(r'\slog(?:\s(?P<text>.*))?$', re.DOTALL)
_ONCE = re.compile(r'\sonce\s*$')
_HITS = re.compile(r'\sx(?P<count>[0-9]+)\s*$')
_IF = re.compile(r'\sif(?=\s|$)')
_AGENT = re.compile(r'(?P<agent>[^/:]+)/')
_PREFIX = re.compile(r'(?P<kind>[a-z]+):')
_CLASS_NAME = re.compile(r'[A-Z]\w*')
_TOOL_NAME = re.compile(r'\*|[^\s:]+')

BUDGET_NAMES = ('requests', 'input_tokens', 'output_tokens', 'total_tokens', 'cost', 'tool_calls')
"""What the expression of `budget:` may speak of."""

_SHAPES = (
    'a node such as ModelRequestNode or End, tool:NAME, run:AGENT, error, retry, deferral, result, text:REGEX, '
    'args:REGEX, budget:EXPR, repeat:N or watch:EXPR'
)


class SpecError(ValueError):
    """A breakpoint that cannot be understood."""

    def __init__(self, spec: str, position: int, problem: str) -> None:
        marked = f'{spec[:position]}▸{spec[position:]}'
        super().__init__(f'{problem}; here: {marked}')
        self.spec = spec
        self.position = position
        """Index of the character at which it goes wrong."""
        self.problem = problem


class BreakpointSpec(Frozen):
    """A breakpoint, taken apart."""

    kind: BreakpointKind
    subject: str = ''
    """What follows the colon, or the class name of the node; empty where the kind has none."""
    agent: str | None = None
    """The only agent in whose runs it counts."""
    condition: str | None = None
    """A Python expression."""
    hit: int | None = None
    """The only hit at which it stops, from 1."""
    once: bool = False
    """Whether it is switched off by its first stop."""
    log: str | None = None
    """What is printed to the Console instead of stopping; `{expressions}` in it are evaluated."""

    def __str__(self) -> str:
        match self.kind:
            case 'node':
                what = self.subject
            case 'tool_after':
                what = f'tool:{self.subject}:after'
            case _:
                what = f'{self.kind}:{self.subject}' if self.subject else self.kind
        pieces = [what if self.agent is None else f'{self.agent}/{what}']
        if self.condition is not None:
            pieces.append(f'if {self.condition}')
        if self.hit is not None:
            pieces.append(f'x{self.hit}')
        if self.once:
            pieces.append('once')
        if self.log is not None:
            pieces.append(f'log {self.log}')
        return ' '.join(pieces)


class Breakpoint(Frozen):
    """One entry of the list of breakpoints."""

    spec: str
    enabled: bool = True


def parse_spec(text: str) -> BreakpointSpec:
    """Take a breakpoint apart.

    Raises:
        SpecError: where it is none; it marks the place.
    """
    rest = text
    log: str | None = None
    if (found := _LOG.search(rest)) is not None:
        log = (found['text'] or '').strip()
        if not log:
            raise SpecError(text, len(text), 'what is to be printed is missing after `log`')
        rest = rest[: found.start()]
    once = False
    if (found := _ONCE.search(rest)) is not None:
        once, rest = True, rest[: found.start()]
    hit: int | None = None
    if (found := _HITS.search(rest)) is not None:
        hit = int(found['count'])
        if hit < 1:
            raise SpecError(text, found.start('count'), 'hits are counted from 1')
        rest = rest[: found.start()]
    start = len(rest) - len(rest.lstrip())
    if (found := _AGENT.match(rest, start)) is not None and _begins_what(rest[found.end() :]):
        agent, begin = found['agent'].strip(), found.end()
    else:
        agent, begin = None, start
    what, condition = _cut_condition(text, rest, begin)
    kind, subject = _kind_of(text, what, begin)
    return BreakpointSpec(kind, subject, agent, condition, hit, once, log)


def _begins_what(text: str) -> bool:
    found = _PREFIX.match(text)
    if found is not None:
        return found['kind'] in _WITH_SUBJECT
    word = text.split(None, 1)[0] if text.strip() else ''
    return word in _BARE or _CLASS_NAME.fullmatch(word) is not None


def _cut_condition(spec: str, rest: str, begin: int) -> tuple[str, str | None]:
    """Split at the `if` of the condition. An expression may hold an `if` of its own."""
    prefix = _PREFIX.match(rest, begin)
    is_expression = prefix is not None and prefix['kind'] in _EXPRESSIONS
    problem: SpecError | None = None
    for found in _IF.finditer(rest, begin):
        condition = rest[found.end() :].strip()
        at = len(rest) - len(rest[found.end() :].lstrip())
        if not condition:
            problem = SpecError(spec, len(rest), 'the condition after `if` is missing')
            continue
        try:
            _check_expression(spec, condition, at)
            if is_expression and prefix is not None:
                _check_expression(spec, rest[prefix.end() : found.start()], prefix.end())
        except SpecError as error:
            problem = problem or error
            continue
        return rest[begin : found.start()].rstrip(), condition
    if problem is not None and not is_expression:
        raise problem
    return rest[begin:].rstrip(), None


def _kind_of(spec: str, what: str, begin: int) -> tuple[BreakpointKind, str]:
    if not what:
        raise SpecError(spec, begin, f'where to stop is missing: {_SHAPES}')
    found = _PREFIX.match(what)
    if found is None:
        return _without_subject(spec, what, begin)
    kind, subject, at = found['kind'], what[found.end() :], begin + found.end()
    if kind not in _WITH_SUBJECT:
        raise SpecError(spec, begin, f'{kind!r} is no kind of breakpoint: {_SHAPES}')
    if not subject.strip():
        raise SpecError(spec, at, f'something is missing after `{kind}:`')
    if kind == 'tool':
        return _tool(spec, subject, at)
    if kind in _REGEX:
        _check_regex(spec, subject, at)
    elif kind in _EXPRESSIONS:
        _check_expression(spec, subject, at)
        if kind == 'budget':
            _check_budget(spec, subject, at)
    elif kind == 'repeat' and (not subject.isdecimal() or int(subject) < 2):
        raise SpecError(spec, at, '`repeat:` needs a number of calls, 2 or more')
    return _known(kind), subject.strip() if kind not in _REGEX else subject


def _without_subject(spec: str, what: str, begin: int) -> tuple[BreakpointKind, str]:
    if what in _BARE:
        return _known(what), ''
    if what in _WITH_SUBJECT:
        raise SpecError(spec, begin + len(what), f'something is missing after `{what}`, as in `{what}:...`')
    if _CLASS_NAME.fullmatch(what):
        return 'node', what
    first, _, more = what.partition(' ')
    if more and (first in _BARE or _CLASS_NAME.fullmatch(first)):
        raise _follows(spec, begin + len(what) - len(more.lstrip()), first)
    raise SpecError(spec, begin, f'{what.split()[0]!r} is no place to stop: {_SHAPES}')


def _tool(spec: str, subject: str, at: int) -> tuple[BreakpointKind, str]:
    first, _, more = subject.strip().partition(' ')
    if more and _TOOL_NAME.fullmatch(first.partition(':')[0]):
        raise _follows(spec, at + len(subject.rstrip()) - len(more.lstrip()), f'tool:{first}')
    name, colon, when = subject.rstrip().partition(':')
    if not _TOOL_NAME.fullmatch(name):
        raise SpecError(spec, at, 'a tool has a name without blanks, or `*` for any')
    if colon and when not in ('before', 'after'):
        raise SpecError(spec, at + len(name) + 1, 'after the name of a tool comes nothing, `:before` or `:after`')
    return ('tool_after' if when == 'after' else 'tool'), name


def _follows(spec: str, at: int, what: str) -> SpecError:
    return SpecError(spec, at, f'after `{what}` may come `if CONDITION`, `xN`, `once` and `log TEXT`, in this order')


def _known(kind: str) -> BreakpointKind:
    return next(known for known in get_args(BreakpointKind) if known == kind)


def _check_expression(spec: str, source: str, at: int) -> None:
    stripped = source.strip()
    try:
        compile(stripped, '<breakpoint>', 'eval')
    except SyntaxError as error:
        lead = len(source) - len(source.lstrip())
        column = at + lead + max((error.offset or 1) - 1, 0)
        raise SpecError(spec, min(column, len(spec)), f'no Python expression: {error.msg}') from None
    except ValueError as error:
        raise SpecError(spec, at, f'no Python expression: {error}') from None


def _check_budget(spec: str, source: str, at: int) -> None:
    """The names of a budget are known beforehand, besides those that the expression makes itself and Python's own."""
    nodes = [node for node in ast.walk(ast.parse(source.strip(), mode='eval')) if isinstance(node, ast.Name)]
    known = {*BUDGET_NAMES, *dir(builtins), *(node.id for node in nodes if isinstance(node.ctx, ast.Store))}
    for node in nodes:
        if node.id not in known:
            lead = len(source) - len(source.lstrip())
            names = ', '.join(BUDGET_NAMES)
            raise SpecError(spec, at + lead + node.col_offset, f'{node.id!r} is nothing that is counted: {names}')


def _check_regex(spec: str, source: str, at: int) -> None:
    try:
        re.compile(source)
    except re.error as error:
        raise SpecError(spec, at + (error.pos or 0), f'no regular expression: {error.msg}') from None
