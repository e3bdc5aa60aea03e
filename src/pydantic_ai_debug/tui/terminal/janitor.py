"""Gives the terminal back when we cannot: a tiny shell process that outlives a SIGKILL or a crash of the interpreter.

It waits for the end of a socket that no process but ours holds. If the last word in it was that we hold the terminal, it
resets it; after a clean end it touches nothing, since another program may own the terminal by then. It is in a session
of its own, so that no signal for our process group, nor the terminal's hang-up, reaches it.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import termios
from contextlib import suppress

RESET = (
    '\x1b[<u'  # kitty's keyboard protocol
    '\x1b[?1000l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l'  # mouse
    '\x1b[?2004l\x1b[?2048l\x1b[?1004l'  # bracketed paste, resize and focus reports
    '\x1b[?2026l\x1b[?7h\x1b[0m\x1b[?1049l\x1b[?25h'  # synchronized output, wrapping, colours, main screen, cursor
)

_READY_SECONDS = 1.0
"""How long we wait for it to have seen the terminal as it was."""

# stdin is the socket, stdout the terminal we draw on, stderr the one we read from.
_SCRIPT = """
trap '' HUP INT QUIT TERM TSTP TTIN TTOU PIPE
modes=$(stty -g <&2 2>/dev/null)
echo ready >&0
held=no
while read -r word; do held=$word; done
[ "$held" = yes ] || exit 0
printf %s "$1"
stty "${modes:-sane}" <&2 2>/dev/null
"""


class Janitor:
    """Watches over the terminal on stdin and stderr. Does nothing where there is none, or no `sh`."""

    def __init__(self) -> None:
        self._held = False
        self._modes: list[object] | None = None
        self._socket: socket.socket | None = None
        self._ready = False
        self._process: subprocess.Popen[bytes] | None = None
        with suppress(OSError, ValueError, AttributeError, termios.error):
            self._modes = termios.tcgetattr(sys.__stdin__)  # type: ignore[arg-type]
            self._start()

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        try:
            self._process = subprocess.Popen(
                ['sh', '-c', _SCRIPT, 'agent-debug-janitor', RESET],
                stdin=theirs.fileno(),
                stdout=sys.__stderr__,
                stderr=sys.__stdin__,
                cwd='/',
                start_new_session=True,
            )
            self._socket = ours
        finally:
            theirs.close()
            if self._socket is None:
                ours.close()

    def hold(self, held: bool) -> None:
        """Take note of whether we hold the terminal now."""
        self._held = held
        if self._socket is None:
            return
        if not self._ready:
            self._ready = True
            # It looks at the terminal's modes while we load; they must not be ours when it does.
            self._socket.settimeout(_READY_SECONDS)
            with suppress(OSError):
                self._socket.recv(64)
            self._socket.settimeout(None)
        with suppress(OSError):  # somebody ended the janitor
            self._socket.send(b'yes\n' if held else b'no\n')

    def restore(self) -> None:
        """Reset the terminal ourselves, if we hold it, without waiting for one that does not read."""
        if not self._held:
            return
        with suppress(OSError, ValueError, AttributeError, termios.error):
            if self._modes is not None:
                termios.tcsetattr(sys.__stdin__, termios.TCSANOW, self._modes)  # type: ignore[arg-type]
            # Opened anew, since the shell shares the file description behind stderr and its flags.
            name = os.ttyname(sys.__stderr__.fileno())  # type: ignore[union-attr]
            terminal = os.open(name, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
            try:
                os.write(terminal, RESET.encode())
            finally:
                os.close(terminal)
        self.hold(False)

    def dismiss(self) -> None:
        """Reset the terminal if we still hold it, and let the process end."""
        self.restore()
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._process is not None:
            try:
                self._process.wait(1)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
