"""Exceptions are described without being changed."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import traceback
import weakref
from typing import Any

from pydantic_ai_debug.debuggee import errors
from pydantic_ai_debug.debuggee.install import ImportHook
from pydantic_ai_debug.debuggee.run_control import ShownErrors


def raised_through_us() -> BaseException:
    """An exception that our code let through."""
    try:
        # The hook takes itself off the import path, where it is not.
        ImportHook({'pydantic_ai.agent': lambda module: None}).find_spec('pydantic_ai.agent', None)
    except ValueError as error:
        return error
    raise AssertionError('nothing was raised')


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError


def test_our_own_entries_are_taken_out_of_a_traceback() -> None:
    error = raised_through_us()
    before = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    assert any(path.startswith(errors.OWN_FOLDER) for path in before)
    errors.clean(error)
    after = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    assert after == [path for path in before if not path.startswith(errors.OWN_FOLDER)]


def test_causes_are_cleaned_too_and_a_chain_in_a_circle_ends() -> None:
    outer, inner = ValueError('outer'), raised_through_us()
    outer.__cause__ = inner
    inner.__context__ = outer
    errors.clean(outer)
    assert not any(f.filename.startswith(errors.OWN_FOLDER) for f in traceback.extract_tb(inner.__traceback__))


def test_an_exception_that_cannot_be_printed_is_named_by_its_class() -> None:
    described = errors.describe(UnprintableError())
    assert described.type.endswith('UnprintableError')
    assert described.message == '(cannot be printed: RuntimeError)'


def test_an_exception_whose_cause_cannot_be_printed_is_told_all_the_same() -> None:
    error = ValueError('no tea')
    error.__cause__ = UnprintableError()
    described = errors.describe(error)
    assert described.message == 'no tea'
    assert described.traceback.endswith('ValueError: no tea\n')


def test_frames_of_libraries_are_told_from_the_users_own() -> None:
    try:
        asyncio.run(None)  # type: ignore[arg-type]
    except ValueError as error:
        described = errors.describe(error)
    assert [frame.user for frame in described.frames][:2] == [True, False]
    assert described.traceback.startswith('Traceback (most recent call last)')


def test_being_called_off_is_told_from_failing() -> None:
    assert errors.is_cancellation(asyncio.CancelledError())
    assert errors.is_cancellation(GeneratorExit())
    assert not errors.is_cancellation(ValueError())


class OwnError(Exception):
    pass


def test_asking_who_calls_keeps_no_frame_alive() -> None:
    async def asks(error: OwnError) -> int:
        return errors.calling_frame_id()

    def called() -> weakref.ref[OwnError]:
        error = OwnError()
        with_error = asks(error)
        with contextlib.suppress(StopIteration):
            with_error.send(None)
        return weakref.ref(error)

    gc.disable()
    try:
        assert called()() is None
    finally:
        gc.enable()


def test_an_error_that_was_shown_is_told_from_one_that_lies_where_it_lay() -> None:
    shown = ShownErrors()
    error = OwnError()
    shown.add(error)
    assert error in shown
    raised_because = ValueError()
    raised_because.__cause__ = error
    assert raised_because in shown
    del error, raised_because
    assert not any(OwnError() in shown for _ in range(100))


def test_errors_of_python_itself_are_forgotten_once_they_are_handled() -> None:
    shown = ShownErrors()
    error = ValueError()
    shown.add(error)
    assert error in shown
    shown.handled()
    assert error not in shown


def test_frames_that_were_asked_for_their_variables_do_not_hold_on_to_them() -> None:
    def fails() -> None:
        mine = OwnError('kept')
        kept.append(weakref.ref(mine))
        raise ValueError

    kept: list[weakref.ref[OwnError]] = []
    try:
        fails()
    except ValueError as error:
        described = errors.describe(error, with_locals=True)
        assert [child.name for child in described.frames[-1].locals] == ['mine', 'kept']
        traceback.clear_frames(error.__traceback__)
        assert kept[0]() is None


LIBRARY = """
def asked(validate, chained=True):
    try:
        validate()
    except ValueError as refused:
        if chained:
            raise RuntimeError('no retry is left') from refused
        raise RuntimeError('no retry is left') from None
"""


def raised_by_a_library(*, chained: bool) -> BaseException:
    """What a library raises since the program's own code refused something."""
    names: dict[str, Any] = {}
    exec(compile(LIBRARY, '/usr/lib/site-packages/library.py', 'exec'), names)

    def validate() -> None:
        wanted = 3
        raise ValueError(f'fewer than {wanted}')

    try:
        names['asked'](validate, chained)
    except RuntimeError as error:
        # As a task raises it: without the frames of who waits for it.
        return error.with_traceback(error.__traceback__.tb_next if error.__traceback__ is not None else None)
    raise AssertionError('nothing was raised')


def test_what_a_library_raised_is_told_with_the_programs_own_code_that_it_was_raised_for() -> None:
    error = raised_by_a_library(chained=True)
    described = errors.describe(error, with_locals=True)
    assert described.reason == 'ValueError: fewer than 3'
    assert [frame.function for frame in described.frames] == ['asked', 'asked', 'validate']
    assert [(entry.name, entry.value.text) for entry in described.frames[-1].locals] == [('wanted', '3')]
    assert [frame.f_code.co_name for frame in errors.traced_frames(error)] == ['asked', 'asked', 'validate']
    assert errors.user_frame_names(error)['wanted'] == 3


def test_what_was_raised_from_none_has_no_reason() -> None:
    described = errors.describe(raised_by_a_library(chained=False))
    assert (described.reason, [frame.function for frame in described.frames]) == (None, ['asked'])
