"""System calls that a program in the sandbox may not make: those that take memory which no limit on processes counts.

Files in memory (memfd_create, memfd_secret) and System V shared memory (shmget) belong to no address space while they
are not mapped. A filter of the kernel (seccomp, a classic BPF program) makes them fail with EPERM, for this process and
all that come from it. Imports nothing but the standard library: it runs inside.
"""

from __future__ import annotations

import ctypes
import errno
import os

_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
_X32 = 0x40000000
"""Numbers from here on are the same calls once more, for 32-bit pointers on x86-64."""

_CALLS = {
    "x86_64": (0xC000003E, (319, 447, 29)),
    "aarch64": (0xC00000B7, (279, 447, 194)),
}
"""Machine to the kernel's name of its architecture, and memfd_create, memfd_secret, shmget by number."""


class _Step(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32)]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("steps", ctypes.POINTER(_Step))]


def refuse_uncounted_memory() -> bool:
    """Let such calls fail from here on; False where the machine or its kernel knows no such filter."""
    known = _CALLS.get(os.uname().machine)
    if known is None:
        return False
    steps = _steps(*known)
    program = _Program(len(steps), (_Step * len(steps))(*steps))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    return not libc.prctl(_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0)


def _steps(architecture: int, refused: tuple[int, ...]) -> list[_Step]:
    """Return the filter: refuse another architecture, numbers from _X32 on, and `refused`; allow the rest."""
    checks = len(refused) + 1
    steps = [
        _Step(_LOAD, 0, 0, _ARCHITECTURE_AT),
        _Step(_JUMP_IF_EQUAL, 0, checks + 2, architecture),
        _Step(_LOAD, 0, 0, _NUMBER_AT),
        _Step(_JUMP_IF_AT_LEAST, checks, 0, _X32),
    ]
    # The jump past the remaining checks and past _ALLOW.
    steps += [_Step(_JUMP_IF_EQUAL, len(refused) - place, 0, number) for place, number in enumerate(refused)]
    return [*steps, _Step(_RETURN, 0, 0, _ALLOW), _Step(_RETURN, 0, 0, _REFUSE)]
