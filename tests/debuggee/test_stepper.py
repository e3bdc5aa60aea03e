"""The stepping policy, as tables."""

from __future__ import annotations

import pytest

from pydantic_ai_debug.debuggee.stepper import Place, Stepper


def first(run: str, *outer: str) -> Place:
    return Place(run, outer, 'boundary', 0, first=True)


def later(run: str, *outer: str) -> Place:
    return Place(run, outer, 'boundary', 1)


def end(run: str, *outer: str) -> Place:
    return Place(run, outer, 'boundary', 9, end=True)


def call(run: str, name: str, *outer: str, node: int = 2) -> Place:
    return Place(run, outer, 'tool', node, name)


def returned(run: str, name: str, *outer: str) -> Place:
    return Place(run, outer, 'tool', 2, name, after=True)


def failed(run: str, name: str, *outer: str) -> Place:
    return Place(run, outer, 'error', 2, name)


def event(run: str, *outer: str) -> Place:
    return Place(run, outer, 'stream', 1)


START = Stepper()
FREE = START.continue_all()
INTO = FREE.step_into('r1')
ENTERED = INTO.stopped(call('r1', 'c1'))

CASES = {
    'a script stops at its first run': (START, first('r1'), True),
    'a run that another one started does not stop by itself': (START, first('r2', 'r1'), False),
    'a run does not stop again by itself': (START, later('r1'), False),
    'nothing stops after continuing': (FREE, first('r1'), False),
    # Over
    'a step stops at the next boundary of its run': (FREE.step_over(later('r1')), later('r1'), True),
    'a step does not stop inside its node': (FREE.step_over(later('r1')), call('r1', 'c1'), False),
    'a step does not stop between deltas': (FREE.step_over(later('r1')), event('r1'), False),
    'a step does not stop in the runs inside it': (FREE.step_over(later('r1')), first('r2', 'r1'), False),
    'a step does not stop another run': (FREE.step_over(later('r1')), later('r3'), False),
    'a step is used up by its stop': (FREE.step_over(later('r1')).stopped(later('r1')), later('r1'), False),
    'a step over the end stops at the next run': (FREE.step_over(end('r1')).ended('r1', (), None), first('r2'), True),
    'a step over the end of an inner run stops in its parent': (
        FREE.step_over(end('r2', 'r1')).ended('r2', ('r1',), 'c1'),
        later('r1'),
        True,
    ),
    'a step in a stream goes to the next event': (FREE.step_over(event('r1')), event('r1'), True),
    'a step after the last event goes to the boundary': (FREE.step_over(event('r1')), later('r1'), True),
    'a step over a call does not stop where it returns': (
        FREE.step_over(call('r1', 'c1')),
        returned('r1', 'c1'),
        False,
    ),
    'a step over a call goes on to the boundary': (FREE.step_over(call('r1', 'c1')), later('r1'), True),
    'a run that ends without being stepped steps nothing': (FREE.ended('r2', ('r1',), 'c1'), later('r1'), False),
    # Into
    'stepping in stops between deltas': (INTO, event('r1'), True),
    'stepping in stops before a call': (INTO, call('r1', 'c1'), True),
    'stepping in stops where a call returns': (INTO, returned('r1', 'c1'), True),
    'stepping in stops in the run that a tool starts': (INTO, first('r2', 'r1'), True),
    'stepping in stops in runs at any depth': (INTO, call('r3', 'c1', 'r2', 'r1'), True),
    'stepping in does not stop beside the run': (INTO, later('r3'), False),
    'stepping in is used up by a stop inside': (INTO.stopped(first('r2', 'r1')), later('r1'), False),
    'calls side by side all wait once one was stepped into': (ENTERED, call('r1', 'c2'), True),
    'one call is let go and the others wait': (ENTERED.step_over(call('r1', 'c1')), call('r1', 'c2'), True),
    'a node that was stepped into does not hold the next one': (
        ENTERED.step_over(call('r1', 'c1')).stopped(later('r1')),
        call('r1', 'c3', node=4),
        False,
    ),
    'a node that was stepped into does not hold other runs': (ENTERED, call('r2', 'c2', 'r1'), False),
    'continuing lets the calls side by side go': (ENTERED.continue_all(), call('r1', 'c2'), False),
    'stepping in at the end of an inner run stops where its tool returns': (
        FREE.step_into('r2').ended('r2', ('r1',), 'c1'),
        returned('r1', 'c1'),
        True,
    ),
    # Out
    'returning from a call stops where it returns': (FREE.step_out(call('r1', 'c1')), returned('r1', 'c1'), True),
    'returning from a call passes the calls beside it': (FREE.step_out(call('r1', 'c1')), returned('r1', 'c2'), False),
    'returning from a call that fails stops at the failure': (
        FREE.step_out(call('r1', 'c1')),
        failed('r1', 'c1'),
        True,
    ),
    'returning from a call stops at the boundary at the latest': (FREE.step_out(call('r1', 'c1')), later('r1'), True),
    'returning from a stream stops at the boundary': (FREE.step_out(event('r1')), later('r1'), True),
    'returning from a stream passes its events': (FREE.step_out(event('r1')), event('r1'), False),
    'returning from a run passes its boundaries': (FREE.step_out(later('r1')), later('r1'), False),
    'returning from a run stops before its result goes back': (FREE.step_out(later('r1')), end('r1'), True),
    'returning from an inner run passes its end': (FREE.step_out(later('r2', 'r1')), end('r2', 'r1'), False),
    'returning from an inner run stops where its tool returns': (
        FREE.step_out(later('r2', 'r1')).ended('r2', ('r1',), 'c1'),
        returned('r1', 'c1'),
        True,
    ),
    'returning from an inner run without a call stops at the next boundary outside': (
        FREE.step_out(later('r2', 'r1')).ended('r2', ('r1',), None),
        later('r1'),
        True,
    ),
    # To
    'running to a node stops before it': (START.run_to('r1', 1, None), later('r1'), True),
    'running to a node passes others': (START.run_to('r1', 3, None), later('r1'), False),
    'running to a call stops before it': (START.run_to('r1', 2, 'c1'), call('r1', 'c1'), True),
    'running to a call passes those beside it': (START.run_to('r1', 2, 'c1'), call('r1', 'c2'), False),
    'running somewhere passes runs that begin': (START.run_to('r1', 2, 'c1'), first('r3'), False),
    # Pausing
    'pausing stops a run at its next boundary': (FREE.pause(frozenset({'r1'})), later('r1'), True),
    'pausing stops a run between two deltas': (FREE.pause(frozenset({'r1'})), event('r1'), True),
    'pausing one run does not stop another': (FREE.pause(frozenset({'r1'})), later('r2'), False),
    'pausing before there is a run stops at the first one': (FREE.pause(frozenset()), first('r1'), True),
    'continuing forgets every step': (START.step_over(later('r1')).continue_all(), later('r1'), False),
}


@pytest.mark.parametrize('case', CASES)
def test_stops(case: str) -> None:
    stepper, place, stops = CASES[case]
    assert stepper.stops_at(place) is stops


def test_asking_does_not_change_what_was_asked_for() -> None:
    before = FREE.step_over(later('r1'))
    before.stopped(later('r1'))
    before.continue_all()
    assert before.stops_at(later('r1'))


def test_only_what_may_stop_in_streams_watches_them() -> None:
    assert not FREE.watches_streams('r1', ())
    assert not FREE.step_over(later('r1')).watches_streams('r1', ())
    assert FREE.step_over(event('r1')).watches_streams('r1', ())
    assert INTO.watches_streams('r2', ('r1',))
    assert not INTO.watches_streams('r3', ())


def test_what_asks_for_nothing_is_idle() -> None:
    assert START.idle
    assert not INTO.idle
    assert not ENTERED.idle
    assert ENTERED.continue_all().idle
