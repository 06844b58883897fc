"""Starts a browser behind walls, and ends all of it when the browser ends or the process that judges does.

A program of its own, run by rewards/sandbox/browser.py in an isolated interpreter: the standard library only. Its
standard input is the lifeline: when the other end closes, for whatever reason, everything is killed and cleaned up.

    python browser_launcher.py WALLS MEMORY_MIB INPUT OUTPUT PROGRAM [ARGUMENT …]
    INPUT, OUTPUT: descriptors that become 3 and 4 of the browser, where it talks the DevTools protocol
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import jail  # type: ignore[import-not-found]  # noqa: E402  (beside this file; there is no package here)

del sys.path[0]

PREFIX = "rlcs-web-"
FILE_MIB = 512
CLEAN_UP_S = 2.0
_NAMESPACES = 0x20000 | 0x8000000 | 0x10000000 | 0x20000000 | 0x40000000
"""Mounts, inter-process communication, users, processes, network."""
_NO_SUID, _NO_DEVICES, _NO_EXECUTION, _PRIVATE = 2, 4, 8, 16384 | 1 << 18
_DUMPABLE, _CHILD_SUBREAPER = 4, 36
_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Start the browser, wait for its end or for ours, leave nothing behind."""
    walls, memory_mib, given, taken = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the lifeline ends us, in order
    _libc.prctl(_CHILD_SUBREAPER, 1, 0, 0, 0)
    folder = tempfile.mkdtemp(prefix=PREFIX)
    child = os.fork()
    if child == 0:
        _become_browser(walls, memory_mib, (given, taken), folder, sys.argv[5:])
    os.close(given)
    os.close(taken)
    watched = os.pidfd_open(child)
    select.select([0, watched], [], [])
    _end_all(child)
    shutil.rmtree(folder, ignore_errors=True)


def _become_browser(walls: str, memory_mib: int, pipes: tuple[int, int], folder: str, command: list[str]) -> None:
    """Go behind the walls and turn into the browser; never returns."""
    try:
        os.setsid()
        jail.die_with_parent()
        _limit(memory_mib)
        if os.geteuid() == 0:
            _change_user(folder)
        if walls == "spaces":
            _enter_namespaces(folder)
        nothing = os.open("/dev/null", os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        for place, pipe in enumerate([fcntl.fcntl(pipe, fcntl.F_DUPFD, 10) for pipe in pipes], start=3):
            os.dup2(pipe, place)
        os.closerange(5, 64)
        os.chdir(folder)
        os.execve(command[0], [*command, f"--user-data-dir={folder}"], _environment(folder))
    except (OSError, jail.JailError) as error:
        print(f"{walls}: {error}", file=sys.stderr, flush=True)
    os._exit(1)


def _environment(folder: str) -> dict[str, str]:
    names = ("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC", **dict.fromkeys(names, folder)}


def _limit(memory_mib: int) -> None:
    """Cap what each process may write to. Address space stays free: a browser reserves far more than it uses."""
    highest = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (highest, highest))
    wanted = {
        resource.RLIMIT_DATA: memory_mib * 2**20,
        resource.RLIMIT_FSIZE: FILE_MIB * 2**20,
        resource.RLIMIT_CORE: 0,
    }
    for kind, limit in wanted.items():
        highest = resource.getrlimit(kind)[1]
        limit = limit if highest == resource.RLIM_INFINITY else min(limit, highest)
        resource.setrlimit(kind, (limit, limit))


def _change_user(folder: str) -> None:
    user = jail.own_user()
    os.chown(folder, user, user)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    _libc.prctl(_DUMPABLE, 1, 0, 0, 0)  # or /proc/self would belong to root, and no users could be mapped
    jail.die_with_parent()  # the kernel forgot it with the user


def _enter_namespaces(folder: str) -> None:
    """Go on in new namespaces, as a child of their first process: no network, no other process, files in memory."""
    user, group = os.geteuid(), os.getegid()
    _check(_libc.unshare(_NAMESPACES), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        stream = os.open(f"/proc/self/{name}", os.O_WRONLY)  # open() would look for a codec, maybe in root's own files
        os.write(stream, text.encode())
        os.close(stream)
    _wait_as_parent()
    _check(_libc.mount(b"none", b"/", None, _PRIVATE, None), "mount")
    _check(_libc.mount(b"proc", b"/proc", b"proc", _NO_SUID | _NO_DEVICES | _NO_EXECUTION, None), "mount of /proc")
    options = f"size={FILE_MIB * 2}m,mode=700".encode()
    _check(_libc.mount(b"tmpfs", folder.encode(), b"tmpfs", _NO_SUID | _NO_DEVICES, options), "mount of a folder")
    _wait_as_parent()
    jail.drop_privileges()


def _wait_as_parent() -> None:
    """Fork; the child goes on, and the parent ends when it does, collecting what dies meanwhile."""
    child = os.fork()
    if child == 0:
        jail.die_with_parent()
        return
    while True:
        ended, status = os.wait()
        if ended == child:
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _end_all(child: int) -> None:
    """Kill the browser's session and collect it; orphans come to this process, which adopts them."""
    deadline = time.monotonic() + CLEAN_UP_S
    while time.monotonic() < deadline:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.01)


def _check(result: int, what: str) -> None:
    if result != 0:
        raise OSError(f"{what} is refused: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    main()
