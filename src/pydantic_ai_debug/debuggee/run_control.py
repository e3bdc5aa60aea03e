"""What the debugger keeps of a run besides its reports: how long it has waited, and which errors were shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from weakref import ref

from .errors import came_from

_MOST_CAUSES = 20


class _Meter:
    """The time during which at least one thing waits."""

    def __init__(self) -> None:
        self._waiting = 0
        self._since = 0.0
        self._sum = 0.0

    def begin(self, now: float) -> None:
        if self._waiting == 0:
            self._since = now
        self._waiting += 1

    def end(self, now: float) -> None:
        self._waiting -= 1
        if self._waiting == 0:
            self._sum += now - self._since

    @property
    def runs(self) -> bool:
        return self._waiting > 0

    def seconds(self, now: float) -> float:
        return self._sum + (now - self._since if self._waiting else 0.0)


class Waits:
    """How long a run has waited at stops, its own and those of the runs inside it. What waits side by side counts once."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._all = _Meter()
        self._calls: defaultdict[str, _Meter] = defaultdict(_Meter)

    def begin(self, call: str | None) -> None:
        """Something waits, inside of a tool call or not."""
        now = self._clock()
        self._all.begin(now)
        if call is not None:
            self._calls[call].begin(now)

    def end(self, call: str | None) -> None:
        now = self._clock()
        self._all.end(now)
        if call is not None:
            self._calls[call].end(now)

    @property
    def is_waiting(self) -> bool:
        """Whether something of the run, or of those inside it, waits now."""
        return self._all.runs

    def seconds(self, now: float) -> float:
        """Seconds that it has waited until now."""
        return self._all.seconds(now)

    def of_call(self, call: str, now: float) -> float:
        """Seconds that a tool call has waited until now."""
        return self._calls[call].seconds(now) if call in self._calls else 0.0

    def forget_call(self, call: str) -> None:
        self._calls.pop(call, None)


class ShownErrors:
    """Errors that the user has seen and let go, so that they do not stop the run again on their way out of it.

    None of them is kept alive: an exception holds the frames it came through.
    """

    def __init__(self) -> None:
        self._shown: dict[int, ref[BaseException] | None] = {}
        """By id; None where a class, as those of Python itself, has no weak references."""

    def add(self, error: BaseException) -> None:
        key = id(error)
        # Gone with the error: another one may get its id.
        self._shown[key] = _weak(error, lambda _: self._shown.pop(key, None) and None)

    def __contains__(self, error: BaseException) -> bool:
        """Whether it is one of them, or was raised because of one."""
        if not self._shown:
            return False
        current: BaseException | None = error
        for _ in range(_MOST_CAUSES):
            if current is None:
                return False
            if id(current) in self._shown:
                return True
            current = came_from(current)
        return False

    def handled(self) -> None:
        """The program has handled what was shown: another error may have the id of one that cannot be told to be gone."""
        if self._shown:
            for key, reference in list(self._shown.items()):
                if reference is None:
                    self._shown.pop(key, None)

    def clear(self) -> None:
        self._shown.clear()


def _weak(error: BaseException, gone: Callable[[ref[BaseException]], None]) -> ref[BaseException] | None:
    try:
        return ref(error, gone)
    except TypeError:
        return None
