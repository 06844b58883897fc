"""Walls around code that a model wrote: Linux namespaces where the kernel allows them, else another user.

Runs inside the sandbox's own process, in an isolated interpreter: the standard library only, nothing of ours. In
namespaces there is no network, no process but its own, and no file but the system's libraries (read-only) and an empty
/tmp in memory. As another user the files and processes of the training run are out of reach, but the network is not.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import time

FIRST_USER = 60_000
NUM_USERS = 5_000
"""Users that no distribution gives away; each sandbox takes one, so that none can signal another."""
TEMPORARY_MIB = 16

_CLONE = {"mount": 0x20000, "ipc": 0x8000000, "user": 0x10000000, "process": 0x20000000, "network": 0x40000000}
_READ_ONLY, _NO_SUID, _NO_DEVICES, _NO_EXECUTION, _REMOUNT, _BIND, _RECURSIVE = 1, 2, 4, 8, 32, 4096, 16384
_PRIVATE, _DETACH = 1 << 18, 2
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_PARENT_DEATH_SIGNAL, _DUMPABLE, _CHILD_SUBREAPER, _NO_NEW_PRIVILEGES = 1, 4, 36, 38
_CAPABILITY_VERSION = 0x20080522
_INNER = "/inside"
_libc = ctypes.CDLL(None, use_errno=True)


class JailError(Exception):
    """The wall cannot be built on this machine."""


def own_user() -> int:
    """Return the user of this sandbox: a fixed one for each process that judges, so that none shares it."""
    return FIRST_USER + os.getppid() % NUM_USERS


def enter_namespaces() -> None:
    """Go on as the first process of new namespaces; this process's parents wait for it, and end as it ends."""
    user, caller = (own_user() if os.geteuid() == 0 else None), os.geteuid()
    ready, go = os.pipe(), os.pipe()
    child = os.fork()
    if child:
        _wait_for_parent_role(child, ready, go, user, caller, os.getegid())
    die_with_parent()
    try:
        _check(_libc.unshare(sum(_CLONE.values())), "unshare")
    except JailError:
        os.write(ready[1], b"0")
        raise
    os.write(ready[1], b"1")
    if os.read(go[0], 1) != b"1":
        raise JailError("the kernel does not let this user map users")
    if first := os.fork():
        os._exit(_exit_code(first))
    die_with_parent()
    _build_root()
    if user is not None:
        _become(1, 1)
    drop_privileges()


def enter_user(folder: str, seconds: float) -> None:
    """Go on as another user, in an empty folder that belongs to it; for root where namespaces are not allowed.

    The parent stays root and ends everything of that user after `seconds`, whatever the code has stopped or left.
    """
    if os.geteuid() != 0:
        raise JailError("namespaces are not allowed here, and only root can change to another user")
    user = own_user()
    os.chown(folder, user, user)
    # Orphans of the code come to us: the first process of a container may never collect the dead.
    _libc.prctl(_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = os.fork()
    if child:
        _wait(child, seconds)
        _end_processes_of(user)
        _reap()
        os._exit(0)
    # What a test leaves comes to this process, which collects it before the next: the dead count among the processes.
    _libc.prctl(_CHILD_SUBREAPER, 1, 0, 0, 0)
    _become(user, user)
    os.chdir(folder)
    drop_privileges()


def drop_privileges() -> None:
    """Lose every capability, for good, and end with the parent."""
    _check(_libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0), "prctl")
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    _check(_libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")
    die_with_parent()


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends."""
    _libc.prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)


def limit_resources(*, seconds: float, memory_mib: int, num_processes: int, file_mib: int = TEMPORARY_MIB) -> None:
    """Cap CPU time, address space, processes, open files and file size of this process and its children."""
    cpu = int(seconds) + 1
    limits = {
        resource.RLIMIT_CPU: cpu,
        resource.RLIMIT_AS: memory_mib * 2**20,
        resource.RLIMIT_NPROC: num_processes,
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_FSIZE: file_mib * 2**20,
        resource.RLIMIT_CORE: 0,
    }
    for kind, wanted in limits.items():
        highest = resource.getrlimit(kind)[1]
        limit = wanted if highest == resource.RLIM_INFINITY else min(wanted, highest)
        resource.setrlimit(kind, (limit, limit))


def end_other_processes() -> None:
    """Kill every process of this sandbox but the caller."""
    # kill(-1) reaches all that this user may signal: only ever inside the walls.
    if os.getpid() != 1 and not FIRST_USER <= os.getuid() < FIRST_USER + NUM_USERS:
        raise JailError("not inside the sandbox")
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        pass
    _reap()


def _reap() -> None:
    try:
        while os.waitpid(-1, 0)[0]:
            pass
    except ChildProcessError:
        pass


def _wait(child: int, seconds: float) -> None:
    ends = time.monotonic() + seconds
    while os.waitpid(child, os.WNOHANG)[0] == 0 and time.monotonic() < ends:
        time.sleep(0.005)


def _end_processes_of(user: int) -> None:
    """Kill what the code left running, wherever it hid: a child of ours becomes that user to do so."""
    child = os.fork()
    if child == 0:
        _become(user, user)
        end_other_processes()
        os._exit(0)
    os.waitpid(child, 0)


def _wait_for_parent_role(
    child: int, ready: tuple[int, int], go: tuple[int, int], user: int | None, caller: int, group: int
) -> None:
    """Map the users of the new namespace from outside, which the kernel wants, then end as the child ends."""
    os.close(ready[1])
    if os.read(ready[0], 1) == b"1":
        # Inside, 0 builds the root folder; where we are root, the code then runs as 1, a user that owns nothing.
        try:
            if user is None:
                _write(f"/proc/{child}/setgroups", "deny")
            for name, mine in (("uid_map", caller), ("gid_map", group)):
                _write(f"/proc/{child}/{name}", f"0 {mine} 1" + (f"\n1 {user} 1" if user is not None else ""))
            os.write(go[1], b"1")
        except OSError:
            os.write(go[1], b"0")
    os._exit(_exit_code(child))


def _build_root() -> None:
    """Make a root folder in memory with the system's libraries, read-only, and nothing else.

    It is a folder below the root of the file system, for from such a place the kernel makes no new user namespaces,
    in which the code would have privileges again.
    """
    os.umask(0o022)  # the code's user must get in, whatever mask the run has
    outer = "/proc"  # exists everywhere, and holds nothing that Python needs
    root = outer + _INNER
    needed = ["/usr", "/lib", "/lib64", "/bin", sys.base_prefix]
    needed = [path for path in dict.fromkeys(needed) if os.path.exists(path) and not _is_inside(path, "/usr")]
    _check(_libc.mount(b"none", b"/", None, _RECURSIVE | _PRIVATE, None), "mount")
    options = f"size={TEMPORARY_MIB}m,nr_inodes=4096,mode=755".encode()
    _check(_libc.mount(b"tmpfs", outer.encode(), b"tmpfs", _NO_SUID | _NO_DEVICES, options), "mount")
    os.mkdir(root, 0o755)
    for path in needed:
        _show(path, root + path)
    os.mkdir(root + "/dev")
    with open(root + "/dev/null", "w"):
        pass
    _check(_libc.mount(b"/dev/null", (root + "/dev/null").encode(), None, _BIND, None), "mount")
    os.mkdir(root + "/tmp")
    os.chmod(root + "/tmp", 0o777)
    os.chdir(outer)
    number = _PIVOT_ROOT.get(os.uname().machine)
    if number is None:
        raise JailError(f"not known how to change the root folder on {os.uname().machine}")
    _check(_libc.syscall(number, b".", b"."), "pivot_root")
    _check(_libc.umount2(b".", _DETACH), "umount")
    os.chroot(_INNER)
    os.chdir("/tmp")


def _show(path: str, target: str) -> None:
    """Make a folder visible at `target`, read-only; a link stays a link."""
    if os.path.islink(path):
        os.symlink(os.readlink(path), target)
        return
    os.makedirs(target, exist_ok=True)
    _check(_libc.mount(path.encode(), target.encode(), None, _BIND | _RECURSIVE, None), f"mount of {path}")
    locked = _NO_EXECUTION if os.statvfs(path).f_flag & os.ST_NOEXEC else 0
    flags = _BIND | _REMOUNT | _READ_ONLY | _NO_SUID | _NO_DEVICES | locked
    _check(_libc.mount(None, target.encode(), None, flags, None), f"mount of {path}")


def _is_inside(path: str, folder: str) -> bool:
    return path != folder and os.path.realpath(path).startswith(folder + "/") and not os.path.islink(path)


def _become(user: int, group: int) -> None:
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)
    _libc.prctl(_DUMPABLE, 0, 0, 0, 0)


def _exit_code(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF


def _check(result: int, what: str) -> None:
    if result != 0:
        raise JailError(f"{what} is refused: {os.strerror(ctypes.get_errno())}")


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as stream:
        stream.write(text)
