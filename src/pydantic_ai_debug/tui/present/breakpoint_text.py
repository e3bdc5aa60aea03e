"""Breakpoints in the list: one line each, what can be written, and where something written goes wrong."""

from __future__ import annotations

from textual.content import Content

from pydantic_ai_debug.model.breakpoint_rows import parsed
from pydantic_ai_debug.protocol.breakpoints import Breakpoint, SpecError

from .graph_row import BREAKPOINT_GLYPHS
from .literal import literal

GRAMMAR = (
    ('ModelRequestNode', 'before a node of that class; also End'),
    ('tool:NAME', 'before it runs, or :after it returned; * is any'),
    ('run:AGENT', 'at the first node of a run of that agent'),
    ('error retry', 'something raises; a retry is asked for'),
    ('deferral result', 'an approval or deferred call; the final result'),
    ('text:REGEX args:REGEX', 'while text or arguments that match stream in'),
    ('budget:EXPR', 'cost > 0.5, requests >= 10, total_tokens > 9000'),
    ('repeat:N', 'one tool called N times with the same arguments'),
    ('watch:EXPR', 'a value over deps or state has changed'),
    ('AGENT/…', 'only in runs of that agent'),
    ('… if EXPR  xN  once', 'on a condition; at the Nth hit; a single time'),
    ('… log TEXT', 'print to Console, with {values}, and go on'),
)
_KIND_WIDTH = 22

EMPTY = """\
No breakpoints.

A breakpoint stops a run where you want to look: before a node, around a
tool call, at an error, when text streams in, when it gets expensive.

b on a row of Graph sets one there; a adds any other."""


def breakpoint_line(entry: Breakpoint) -> Content:
    """An entry of the list."""
    spec = parsed(entry.spec)
    logs = spec is not None and spec.log is not None
    glyph = BREAKPOINT_GLYPHS['disabled' if not entry.enabled else 'logs' if logs else 'enabled']
    notes = [] if entry.enabled else ['off']
    if logs:
        notes.append('prints, does not stop')
    return Content.assemble(
        (f'{glyph} ', '$text-error' if entry.enabled else '$foreground-muted'),
        (literal(entry.spec, 200), '' if entry.enabled else '$foreground-muted'),
        (f'   {", ".join(notes)}' if notes else '', '$foreground-muted'),
    )


def grammar_help() -> Content:
    """What can be written, a line for each kind."""
    lines = [
        Content.assemble((kind.ljust(_KIND_WIDTH), '$text-accent'), ('  ' + meaning, '$foreground-muted'))
        for kind, meaning in GRAMMAR
    ]
    return Content('\n').join(lines)


def marked_problem(error: SpecError, scrolled: int = 0) -> Content:
    """A caret below the place where something typed goes wrong, and what is wrong there."""
    column = max(error.position - scrolled, 0)
    return Content.assemble(
        (f'{" " * column}^\n', 'bold $text-error'),
        (literal(error.problem.split(': a node such as ')[0], 200), '$text-error'),
    )
