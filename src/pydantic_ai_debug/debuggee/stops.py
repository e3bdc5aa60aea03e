"""Where runs come by and may wait: stepper, breakpoints and gate meet here, and what waits is kept.

Runs call it from their own loops and threads; the thread that reads commands finds here what waits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from pydantic_ai_debug.protocol import commands as cmd
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.breakpoints import Breakpoint, SpecError

from .breakpoints import Breakpoints, Happening, Hit, Occasion, StreamText
from .gate import Gate, Key
from .going_back import LeavingRun, leaving
from .held import Again, Back, GoOn, Held, Resolution, Settled
from .stepper import Place, Stepper

if TYPE_CHECKING:
    from .channel import Channel
    from .held_node import HeldNode
    from .tracked_run import TrackedRun


class Stops:
    """Decides whether what comes by stops, and holds it until it is let go."""

    def __init__(self, channel: Channel, launch: cmd.Launch) -> None:
        self.channel = channel
        self.gate = Gate()
        self.breakpoints = Breakpoints()
        self._launch = launch
        self._lock = threading.Lock()
        self._stepper = Stepper(on_entry=launch.stop_on_entry)
        self._held: dict[Key, list[Held]] = {}
        self._live: dict[str, TrackedRun] = {}
        self.watchful = False
        """Whether anything but the beginning of a run may stop: what runs come by need not be described otherwise."""
        self.set_breakpoints(launch.breakpoints)

    # What is asked for

    def set_breakpoints(self, breakpoints: Iterable[Breakpoint]) -> None:
        """Put breakpoints in force and say which are; one that cannot be understood is reported and left out."""
        try:
            self.breakpoints.set(breakpoints)
        except SpecError as error:
            self.channel.post(ev.Fault(f'a breakpoint cannot be understood: {error}'))
            return
        if self.breakpoints.all or self._live:
            self._tell_breakpoints()
        self._look_out()

    def change(self, change: Callable[[Stepper], Stepper]) -> None:
        with self._lock:
            self._stepper = change(self._stepper)
        self._look_out()

    def _look_out(self) -> None:
        """Tell what is live whether it has to look out for stops."""
        stepper = self._stepper
        self.watchful = not stepper.idle or self.breakpoints.any
        for run in list(self._live.values()):
            self._look_out_in(run, stepper)

    def _look_out_in(self, run: TrackedRun, stepper: Stepper) -> None:
        run.stops_in_streams = self.breakpoints.watch_streams or stepper.watches_streams(run.id, run.outer)

    @property
    def watches_errors(self) -> bool:
        """Whether a run may stop where something is raised."""
        return self._launch.stop_on_error or self.watchful

    # Runs

    def entered(self, run: TrackedRun) -> None:
        self._live[run.id] = run
        self._look_out_in(run, self._stepper)

    def ended(self, run: TrackedRun) -> None:
        self._live.pop(run.id, None)
        self.breakpoints.forget(run.id)
        call = run.caller.call if run.caller is not None else None
        # A task that a tool left behind may outlive the run around it.
        outer = tuple(one for one in run.outer if one in self._live)
        if outer[:1] != run.outer[:1]:
            call = None
        self.change(lambda stepper: stepper.ended(run.id, outer, call))

    # What comes by

    def may_stop_first(self, place: Place) -> bool:
        """Whether a run that begins may stop."""
        return self.watchful or self._stepper.stops_at(place)

    async def pass_by(
        self,
        held: Held,
        happenings: frozenset[Happening] = frozenset(),
        streamed: tuple[StreamText, ...] = (),
        *,
        always: bool = False,
    ) -> Settled:
        """Come by a place: wait there if a run is to stop, and say what it goes on with.

        Args:
            held: What comes by.
            happenings: What has happened there.
            streamed: What has streamed so far, where breakpoints look at it.
            always: Whether it stops whatever was asked for.

        Raises:
            GoingBackError, LeavingRun: where the run, or one around it, goes back.
        """
        resolution = await self._pass_by(held, happenings, streamed, always)
        if isinstance(resolution, Back):
            raise leaving(held, resolution)
        return resolution

    async def pass_by_node(
        self,
        held: HeldNode,
        happenings: frozenset[Happening] = frozenset(),
        streamed: tuple[StreamText, ...] = (),
        *,
        always: bool = False,
    ) -> Resolution:
        """The same between nodes, where the run can be put back.

        Raises:
            LeavingRun: where a run around it goes back.
        """
        resolution = await self._pass_by(held, happenings, streamed, always)
        if isinstance(resolution, Back) and resolution.run is not held.run:
            raise leaving(held, resolution)
        return resolution

    async def _pass_by(
        self, held: Held, happenings: frozenset[Happening], streamed: tuple[StreamText, ...], always: bool
    ) -> Resolution:
        stops, hit = self._decide(held, happenings, streamed, always)
        if not stops or not self.channel.open:
            return GoOn()
        if not self._launch.waits:
            self._announce(held, hit)
            self._tell_resumed(held)
            return GoOn()
        key = self._hold(held)
        try:
            await self.gate.wait(key, lambda: self._announce(held, hit))
        finally:
            self._let_go(key, held)
        return held.resolution

    def pass_by_in_thread(self, held: Held) -> None:
        """Stop where nothing can be awaited; the thread waits."""
        _, hit = self._decide(held, frozenset(), (), always=True)
        if not self.channel.open:
            return
        if not self._launch.waits:
            self._announce(held, hit)
            self._tell_resumed(held)
            return
        key = self._hold(held)
        try:
            self.gate.wait_in_thread(key, lambda: self._announce(held, hit))
        finally:
            self._let_go(key, held)
        if isinstance(held.resolution, Back):
            raise LeavingRun(held.resolution)

    def _decide(
        self, held: Held, happenings: frozenset[Happening], streamed: tuple[StreamText, ...], always: bool
    ) -> tuple[bool, Hit | None]:
        hit: Hit | None = None
        if self.breakpoints.any:
            try:
                hit = self._breakpoint_at(held, happenings, streamed)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is ours, and the program's run goes on
                held.run.report_fault('a breakpoint', error)
        with self._lock:
            stops = always or hit is not None or self._stepper.stops_at(held.place)
            if stops:
                self._stepper = self._stepper.stopped(held.place)
        if stops:
            self._look_out()
        return stops, hit

    def _breakpoint_at(
        self, held: Held, happenings: frozenset[Happening], streamed: tuple[StreamText, ...]
    ) -> Hit | None:
        from .scope import names

        run = held.run
        occasion = Occasion(
            place=held.place,
            agent=run.agent_name,
            kind=held.kind,
            scope=lambda: names(held),
            happenings=happenings,
            args=held.arguments,
            streamed=streamed,
            counters=run.counters,
        )
        hit, lines, changed = self.breakpoints.at(occasion)
        for line in lines:
            run.emit(ev.Logged(run.id, held.place.node, line.spec, line.text, held.place.call))
        if changed:
            self._tell_breakpoints()
        return hit

    def _tell_breakpoints(self) -> None:
        self.channel.post(ev.BreakpointsSet(self.breakpoints.all))

    # What waits

    def _hold(self, held: Held) -> Key:
        key = (held.run.id, held.place.call)
        with self._lock:
            self._held.setdefault(key, []).append(held)
        held.run.begin_wait(held.place.call)
        return key

    def _announce(self, held: Held, hit: Hit | None) -> None:
        # Needs pydantic-ai, which the program has imported by now.
        from .stop_events import stopped_event

        held.run.announce(held)
        try:
            event = stopped_event(held, hit)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is ours: the stop is told without details
            held.run.report_fault('a stop', error)
            place = held.place
            event = ev.Stopped(held.run.id, place.node, place.at, held.kind, place.call, hit.spec if hit else None)
        held.run.emit(event)

    def _let_go(self, key: Key, held: Held) -> None:
        with self._lock:
            waiting = self._held[key]
            waiting.remove(held)
            if not waiting:
                del self._held[key]
        held.run.end_wait(held.place.call)
        self._tell_resumed(held)

    def _tell_resumed(self, held: Held) -> None:
        place = held.place
        again = isinstance(held.resolution, Again)
        held.run.emit(ev.Resumed(held.run.id, place.node, place.at, place.call, again))

    def held_at(self, run: str, call: str | None) -> Held | None:
        """What waits of a run: of one tool call of it, or the newest of all."""
        with self._lock:
            found = [held for key, all_held in self._held.items() if key[0] == run for held in all_held]
        return next((held for held in reversed(found) if call in (None, held.place.call)), None)

    def held_inside(self, run: str) -> Held | None:
        """What waits of a run; of the runs inside it where it does not wait itself."""
        found = self.held_at(run, None)
        if found is not None:
            return found
        with self._lock:
            waiting = [held for all_held in self._held.values() for held in all_held]
        return next((held for held in reversed(waiting) if run in held.place.outer), None)

    def place_of(self, run: str, call: str | None) -> Place:
        """Where a run waits; before its next boundary where it does not."""
        held = self.held_at(run, call)
        return held.place if held is not None else Place(run, (), 'boundary', 0)

    def with_held(self, run: str, call: str | None, act: Callable[[Held], Any], gone: Callable[[], Any]) -> None:
        """Do something with what waits, where it waits; call `gone` where nothing does, or does no more by then."""
        held = self.held_at(run, call)
        if held is None or not self.gate.call(
            (held.run.id, held.place.call), lambda: act(held) if self._waits(held) else gone()
        ):
            gone()

    def _waits(self, held: Held) -> bool:
        """Whether it has not been let go since."""
        with self._lock:
            return held in self._held.get((held.run.id, held.place.call), ())
