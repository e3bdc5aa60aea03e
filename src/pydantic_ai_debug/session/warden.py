"""Ends the script when we cannot: a tiny shell process that outlives a SIGKILL or a crash of the debugger.

The script's own process cannot always see to that: a call in C may hold the interpreter, and what it started in process
groups of their own, as servers of MCP are, would stay. The warden waits for the end of a socket that no process but
ours holds, and ends the script with all that descends from it, unless the last word was that the script has ended.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
from threading import Lock

# The processes are listed before the first is ended: a process whose parent is gone can no longer be told.
_SCRIPT = """
trap '' HUP INT QUIT TERM TSTP PIPE
while read -r word; do [ "$word" = ended ] && exit 0; done

processes() {
    if [ -r /proc/self/stat ]; then
        for file in /proc/[0-9]*/stat; do
            { read -r line <"$file"; } 2>/dev/null || continue
            number=${line%% *}
            set -- ${line##*) }
            echo "$number $2"
        done
    else
        ps -A -o pid= -o ppid=
    fi
}

script=$1
kill -STOP "$script" || exit 0
family=" $script "
listing=$(processes)
grown=yes
while [ "$grown" ]; do
    grown=
    while read -r number parent; do
        case "$family" in *" $number "*) continue ;; esac
        case "$family" in *" $parent "*) family="$family$number " grown=yes ;; esac
    done <<END
$listing
END
done
kill -KILL -- "-$script"
for number in $family; do kill -KILL "$number"; done
"""
_PATIENCE = 1.0


class Warden:
    """Watches over one script for as long as it runs."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._socket: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._dismissed = False

    def watch(self, pid: int) -> None:
        """Begin to watch over the script; nothing happens where there is no `sh`, or the script has ended."""
        with self._lock:
            if self._dismissed:
                return
            ours, theirs = socket.socketpair()
            try:
                self._process = subprocess.Popen(
                    ['sh', '-c', _SCRIPT, 'agent-debug-warden', str(pid)],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    cwd='/',
                    start_new_session=True,
                )
                self._socket = ours
            except OSError:
                ours.close()
            finally:
                theirs.close()

    def dismiss(self) -> None:
        """The script has ended."""
        with self._lock:
            self._dismissed = True
            if self._socket is None or self._process is None:
                return
            with contextlib.suppress(OSError):  # somebody ended the warden
                self._socket.send(b'ended\n')
            self._socket.close()
            self._socket = None
            try:
                self._process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
