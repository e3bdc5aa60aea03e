"""Messages whose fields are declared, made dataclasses when they are first posted."""

from __future__ import annotations

import pytest

from pydantic_ai_debug.tui.messages import FieldMessage


class Asked(FieldMessage):
    """Somebody asks."""

    question: str
    urgent: bool = False


def test_a_message_has_its_fields_by_position_by_name_and_by_default() -> None:
    assert (Asked('why?').question, Asked('why?').urgent) == ('why?', False)
    asked = Asked(question='when?', urgent=True)
    assert (asked.question, asked.urgent) == ('when?', True)
    assert Asked('why?') == Asked('why?') != asked


def test_a_field_that_is_missing_or_unknown_is_an_error_from_the_first_time_on() -> None:
    class Told(FieldMessage):
        text: str

    for _ in range(2):
        with pytest.raises(TypeError, match='text'):
            Told()  # type: ignore[call-arg]
        with pytest.raises(TypeError, match='loud'):
            Told('yes', loud=True)  # type: ignore[call-arg]
    assert Told('yes').text == 'yes'


def test_a_message_is_one_of_textuals() -> None:
    asked = Asked('why?')

    assert not asked.is_forwarded
    assert asked.stop() is asked
    assert Asked.handler_name == 'on_asked'
