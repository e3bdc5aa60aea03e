"""The stepping policy, as tables."""

from __future__ import annotations

import pytest

from pydantic_ai_debug.debuggee.stepper import Boundary, Stepper


def first(run: str, parent: str | None = None) -> Boundary:
    return Boundary(run, parent, first=True)


def later(run: str, parent: str | None = None) -> Boundary:
    return Boundary(run, parent, first=False)


START = Stepper()
FREE = START.continue_all()

CASES = {
    'a script stops at its first run': (START, first('r1'), True),
    'a run that another one started does not stop by itself': (START, first('r2', 'r1'), False),
    'a run does not stop again by itself': (START, later('r1'), False),
    'nothing stops after continuing': (FREE, first('r1'), False),
    'a step stops at the next boundary of its run': (FREE.step_over('r1'), later('r1'), True),
    'a step does not stop in the runs inside it': (FREE.step_over('r1'), first('r2', 'r1'), False),
    'a step does not stop another run': (FREE.step_over('r1'), later('r3'), False),
    'a step is used up by its stop': (FREE.step_over('r1').stopped('r1'), later('r1'), False),
    'a step over the end stops at the next run': (FREE.step_over('r1').ended('r1', None), first('r2'), True),
    'a step over the end of an inner run stops in its parent': (
        FREE.step_over('r2').ended('r2', 'r1'),
        later('r1'),
        True,
    ),
    'a run that ends without being stepped steps nothing': (FREE.ended('r2', 'r1'), later('r1'), False),
    'pausing stops a run at its next boundary': (FREE.pause(frozenset({'r1'})), later('r1'), True),
    'pausing one run does not stop another': (FREE.pause(frozenset({'r1'})), later('r2'), False),
    'pausing before there is a run stops at the first one': (FREE.pause(frozenset()), first('r1'), True),
    'continuing forgets every step': (START.step_over('r1').continue_all(), later('r1'), False),
}


@pytest.mark.parametrize('case', CASES)
def test_stops(case: str) -> None:
    stepper, boundary, stops = CASES[case]
    assert stepper.stops_at(boundary) is stops


def test_asking_does_not_change_what_was_asked_for() -> None:
    before = FREE.step_over('r1')
    before.stopped('r1')
    before.continue_all()
    assert before.stops_at(later('r1'))
