"""The documentation names what is there."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import get_args

import pytest

from pydantic_ai_debug.protocol.breakpoints import BreakpointKind, parse_spec
from pydantic_ai_debug.protocol.codec import wire_name
from pydantic_ai_debug.protocol.events import Event, Unknown
from pydantic_ai_debug.protocol.values import ValueKind

DOCS = Path(__file__).parent.parent / 'docs'
EVENTS = [cls for cls in get_args(Event) if cls is not Unknown]


@pytest.mark.parametrize('event', EVENTS, ids=wire_name)
def test_every_event_and_field_is_documented(event: type) -> None:
    text = (DOCS / 'events.md').read_text()
    row = next((line for line in text.splitlines() if line.startswith(f'| `{wire_name(event)}` |')), '')
    assert row, f'docs/events.md has no row for {wire_name(event)}'
    shared = {'run', 'node'}
    if row.split('|')[2].strip().startswith('the same'):
        return
    missing = [field.name for field in dataclasses.fields(event) if f'`{field.name}`' not in row]
    assert not set(missing) - shared


def test_every_kind_of_picture_is_documented() -> None:
    text = (DOCS / 'events.md').read_text()
    assert [kind for kind in get_args(ValueKind) if f'`{kind}`' not in text] == []


# A bar in a regular expression would end the cell, hence none in the examples.
EXAMPLES = re.findall(r'^\| `([^`]+)` \|', (DOCS / 'breakpoints.md').read_text(), re.MULTILINE)


@pytest.mark.parametrize('spec', EXAMPLES)
def test_every_example_of_a_breakpoint_is_one(spec: str) -> None:
    assert str(parse_spec(spec)) == spec


def test_every_kind_of_breakpoint_has_an_example() -> None:
    assert {parse_spec(spec).kind for spec in EXAMPLES} == set(get_args(BreakpointKind))


def test_every_breakpoint_that_the_readme_sets_is_one() -> None:
    readme = (DOCS.parent / 'README.md').read_text()
    specs = re.findall(r"-b '([^']+)'", readme)
    assert specs
    for spec in specs:
        assert str(parse_spec(spec)) == spec
