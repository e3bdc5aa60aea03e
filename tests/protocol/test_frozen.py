"""A class that is made a dataclass when it is first used is one to whoever looks."""

from __future__ import annotations

import dataclasses
from threading import Barrier, Thread

import pytest

from pydantic_ai_debug.protocol.frozen import Frozen, complete_all


def is_complete(cls: type) -> bool:
    return '__dataclass_fields__' in cls.__dict__


def test_a_class_is_completed_by_its_first_instance() -> None:
    class Point(Frozen):
        x: int
        y: int = 0

    assert not is_complete(Point)
    point = Point(1)
    assert is_complete(Point)
    assert (point, repr(point).rpartition('.')[2], hash(point)) == (Point(x=1, y=0), 'Point(x=1, y=0)', hash((1, 0)))
    assert dataclasses.replace(point, y=2) == Point(1, 2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        point.x = 3  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(TypeError):
        Point()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_instances_are_equal_where_their_class_and_all_of_their_fields_are() -> None:
    class Nothing(Frozen):
        pass

    class One(Frozen):
        x: object

    class Two(Frozen):
        x: object
        y: object = None

    class Same(Two):
        pass

    number = float('nan')
    made = [Nothing(), One(1), One(2), One(number), Two(1), Two(1, 2), Same(1)]
    again = [Nothing(), One(1), One(2), One(number), Two(1), Two(1, 2), Same(1)]
    assert made == again
    assert [hash(each) for each in made] == [hash(each) for each in again]
    assert len({*made, *again}) == len(made)
    assert One(1) != 1
    with pytest.raises(TypeError):
        hash(One([]))


def test_a_class_is_completed_by_being_asked_for_its_fields() -> None:
    class Base(Frozen):
        first: int

    class Derived(Base):
        second: int = 2

    assert [field.name for field in dataclasses.fields(Derived)] == ['first', 'second']
    assert is_complete(Base)
    assert Derived(1) == Derived(1, 2)
    assert dataclasses.is_dataclass(Derived)
    assert not dataclasses.is_dataclass(Frozen)


def test_all_classes_can_be_completed_at_once() -> None:
    class Base(Frozen):
        first: int

    class Derived(Base):
        pass

    complete_all()
    assert is_complete(Base)
    assert is_complete(Derived)


def test_threads_that_make_the_first_instance_together_get_what_they_ask_for() -> None:
    for _ in range(20):

        class Point(Frozen):
            x: int

        made: list[Point] = []
        together = Barrier(4)

        def make(number: int, cls: type[Point] = Point, made: list[Point] = made, start: Barrier = together) -> None:
            start.wait()
            made.append(cls(number))

        threads = [Thread(target=make, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(point.x for point in made) == [0, 1, 2, 3]
