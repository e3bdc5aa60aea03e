"""What is asked of something that waits is done there, or said to be too late."""

from __future__ import annotations

import asyncio
import threading

from pydantic_ai_debug.debuggee.gate import Gate, ThreadWaiter

KEY = ('r1', None)


def test_what_a_thread_is_asked_before_it_is_let_go_is_done_and_nothing_after_that() -> None:
    waiter, done = ThreadWaiter(), list[str]()
    assert waiter.call(lambda: done.append('before'))
    waiter.wake()
    assert not waiter.call(lambda: done.append('after'))
    waiter.wait()
    assert done == ['before']


def test_a_thread_that_waits_does_what_it_is_asked_until_it_is_released() -> None:
    gate, done, announced = Gate(), list[threading.Thread](), threading.Event()
    waits = threading.Thread(target=gate.wait_in_thread, args=(KEY, announced.set))
    waits.start()
    assert announced.wait(30)
    assert gate.call(KEY, lambda: done.append(threading.current_thread()))
    gate.release('r1', None)
    assert not gate.call(KEY, lambda: done.append(threading.current_thread()))
    waits.join(30)
    assert done == [waits]
    assert not gate.call(KEY, lambda: None)


def test_a_loop_that_was_closed_under_what_waited_in_it_does_nothing() -> None:
    gate, told = Gate(), list[bool]()

    async def leave() -> None:
        task = asyncio.ensure_future(gate.wait(KEY, lambda: None))
        await asyncio.sleep(0)
        left.append(task)

    left: list[asyncio.Future[None]] = []
    loop = asyncio.new_event_loop()
    loop.run_until_complete(leave())
    told.append(gate.call(KEY, lambda: None))
    left[0].cancel()
    loop.run_until_complete(asyncio.wait(left))
    loop.close()
    told.append(gate.call(KEY, lambda: None))
    assert told == [True, False]
