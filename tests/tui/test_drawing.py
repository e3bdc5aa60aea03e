"""What numbers, JSON and Markdown look like."""

from __future__ import annotations

import pytest
from hostile import PAYLOADS

from pydantic_ai_debug.model import numbers
from pydantic_ai_debug.tui.present.json_text import json_spans
from pydantic_ai_debug.tui.present.markdown import MAX_MARKDOWN, markdown_spans
from pydantic_ai_debug.tui.present.styled import Span
from pydantic_ai_debug.tui.widgets.document import Document


def drawn(spans: list[Span], width: int = 60) -> str:
    """Spans as the rows a text view makes of them."""
    document = Document(width)
    document.append(spans)
    document.settle(1.0)
    rows = document.rows(0, document.height - 1)
    return '\n'.join((' ' * row.line.indent + row.line.text[row.begin : row.end]).rstrip() for row in rows)


@pytest.mark.parametrize(
    ('seconds', 'words'),
    [
        (None, '–'),
        (0, '0 ms'),
        (0.0012, '1 ms'),
        (0.099, '99 ms'),
        (0.0999, '0.1 s'),
        (1.44, '1.4 s'),
        (59.96, '1 m 0 s'),
        (130, '2 m 10 s'),
        (3900, '1 h 5 m'),
    ],
)
def test_durations(seconds: float | None, words: str) -> None:
    assert numbers.duration(seconds) == words


@pytest.mark.parametrize(
    ('number', 'words'),
    [
        (None, '–'),
        (0, '0'),
        (87, '87'),
        (999, '999'),
        (1200, '1.2k'),
        (9960, '10k'),
        (999_600, '1.0M'),
        (5.6e12, '5600G'),
    ],
)
def test_counts(number: float | None, words: str) -> None:
    assert numbers.count(number) == words


@pytest.mark.parametrize(
    ('amount', 'words'),
    [(None, '–'), (0, '$0'), (0.00001, '<$0.0001'), (0.0021, '$0.0021'), (0.12, '$0.12'), (1234.5, '$1,234.50')],
)
def test_prices(amount: float | None, words: str) -> None:
    assert numbers.dollars(amount) == words


@pytest.mark.parametrize(
    ('number', 'words'), [(None, '–'), (512, '512 B'), (1200, '1.2 KB'), (34_000, '34 KB'), (5_600_000, '5.6 MB')]
)
def test_sizes(number: int | None, words: str) -> None:
    assert numbers.size(number) == words


def test_json_keeps_what_is_short_on_a_line() -> None:
    assert drawn(list(json_spans({'a': {'b': 1, 'c': [True, None]}, 'd': [{}, []], 'e': 'x' * 50}))) == (
        '{\n  "a": {\n    "b": 1,\n    "c": [true, null]\n  },\n  "d": [{}, []],\n  "e": "' + 'x' * 50 + '"\n}'
    )


def test_json_of_any_depth_and_size_is_bounded() -> None:
    deep: object = 1
    for _ in range(5_000):
        deep = [deep]
    assert '…' in drawn(list(json_spans(deep)))
    assert len(list(json_spans(list(range(1_000_000))))) < 50_000


MARKDOWN = """# Title

Some **bold** and *soft* `code`, a [link](http://e.x/a) and <b>html</b>.

- one
- two
  1. nested

> quoted

```python
def f():
    return 1
```

| a | bb |
|---|---|
| 1 | 22 |
"""


def test_markdown_becomes_text() -> None:
    assert drawn(markdown_spans(MARKDOWN), 80) == (
        'Title\n\n'
        'Some bold and soft code, a link <http://e.x/a> and <b>html</b>.\n\n'
        '•  one\n•  two\n   1. nested\n\n'
        '▎ quoted\n\n'
        '  def f():\n      return 1\n\n'
        'a  bb\n─  ──\n1  22'
    )


def test_markdown_has_styles() -> None:
    styles = {span.text: span.style for span in markdown_spans(MARKDOWN)}
    assert (styles['Title'], styles['bold'], styles['soft'], styles['code']) == (
        'heading',
        'strong',
        'emphasis',
        'code',
    )


def test_a_long_text_is_not_rendered() -> None:
    long = '**x** ' * MAX_MARKDOWN
    assert markdown_spans(long) == [Span(long, 'text', 0)]


@pytest.mark.parametrize('payload', PAYLOADS.values(), ids=PAYLOADS.keys())
def test_hostile_text_renders(payload: str) -> None:
    for text in (payload, f'# {payload}', f'- {payload}', f'| {payload} |\n|---|\n| x |', f'[{payload}]({payload})'):
        assert isinstance(markdown_spans(text), list)


def test_lists_that_are_nested_deep_render() -> None:
    assert drawn(markdown_spans('\n'.join('  ' * depth + '- x' for depth in range(200))))
