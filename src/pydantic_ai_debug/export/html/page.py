"""The page: a header, the graph on the left, and on the right a section for each of its rows.

Without a script all sections stand one below the other, and the rows of the graph are links to them; with it one is
shown at a time. Nothing is loaded from anywhere, and the page's own policy forbids it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from importlib.resources import files

from pydantic_ai_debug.export.transcript import Transcript
from pydantic_ai_debug.export.wording import ended, run_sign, session_facts, title

from .graph import graph
from .rows import Rows
from .sections import sections
from .tags import Markup, joined, pane, span, tag, text


def html_page(transcript: Transcript) -> Iterator[str]:
    """The text of the page, in pieces."""
    folder = files(__package__ or '')
    style = (folder / 'page.css').read_text(encoding='utf-8')
    script = (folder / 'page.js').read_text(encoding='utf-8')
    rows = Rows(transcript)
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{text(_policy(script))}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield '<meta name="generator" content="agent-debug">\n'
    yield tag('title', text(f'{title(transcript)} · agent-debug'))
    yield f'\n<style>\n{style}</style>\n</head>\n<body>\n'
    yield _header(transcript)
    yield '\n<main>\n'
    yield pane('Graph', graph(rows), style='graph')
    yield '\n<div class="detail">\n'
    for section in sections(rows):
        yield f'{section}\n'
    yield f'</div>\n</main>\n<script>{script}</script>\n</body>\n</html>\n'


def _policy(script: str) -> str:
    """What the page may do: show what is in it, and run the one script that is ours."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; form-action 'none'"


def _header(transcript: Transcript) -> Markup:
    facts = dict(session_facts(transcript))
    word = ended(transcript)
    status = word.partition(' ')[0]
    sign, agent = '', []
    if transcript.roots:
        run = transcript.roots[-1]
        sign = f'{run_sign(run)} '
        agent = [span('dim', ' › '), span('agent', run.agent or 'agent'), span('model', run.model)]
    numbers = [span(f'number {name}', facts[name]) for name in ('duration', 'tokens', 'cost') if name in facts]
    return tag(
        'header',
        tag('h1', text('agent-debug')),
        tag('div', span('target', title(transcript)), *agent, class_='what'),
        span(f'status {status}', f'{sign}{word}'),
        tag('button', text('show all'), type='button', id='all', hidden=True),
        tag('div', joined(numbers), class_='numbers'),
    )
