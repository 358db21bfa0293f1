"""The walls of the jail: what a process of Linux can give up for good, by system calls alone.

Sources: user_namespaces(7), landlock(7) and seccomp(2) of the Linux manual.
"""

import ctypes
import os
import platform
import resource
import signal
import struct
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from vislearn.checkout import PACKAGE

__all__ = [
    "close_all_but",
    "die_with_parent",
    "is_overfull",
    "limit",
    "missing_walls",
    "own_disk",
    "readable_places",
    "separate",
    "wall_in",
]

# of users, processes, networks, messages, names of computers, and what is mounted
_NEW_NAMESPACES = 0x10000000 | 0x20000000 | 0x40000000 | 0x08000000 | 0x04000000 | 0x00020000
_MS_NOSUID, _MS_NODEV = 2, 4
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP = 1, 38, 22
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every machine
_PATH_BENEATH, _VERSION = 1, 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _IOCTL_DEV = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 15
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | 1 << 14 | _IOCTL_DEV
_RIGHTS_BY_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}  # from 5 on: 16
_O_PATH = getattr(os, "O_PATH", 0)
_MEGABYTE = 1_000_000


def missing_walls(*, namespaces: bool = True) -> list[str]:
    """Which layers of the jail this computer can't build; none on a Linux of 2021 or later that allows them.

    What can't be known without giving it up is tried in a process of its own.

    Args:
        namespaces: whether they are among the layers.
    """
    if sys.platform != "linux":
        return [f"namespaces, Landlock ({sys.platform} has none)"]
    missing = []
    if _landlock_version() < 1:
        missing.append("Landlock")
    if platform.machine() not in _CALLS:
        missing.append(f"a filter of system calls for {platform.machine()}")
    if not namespaces:
        return missing
    attempt = (
        f"import ctypes; libc = ctypes.CDLL(None); raise SystemExit(libc.unshare({_NEW_NAMESPACES}) != 0"
        " or libc.mount(b'trial', b'/', b'tmpfs', 0, None) != 0)"
    )
    if subprocess.run([sys.executable, "-I", "-c", attempt], check=False).returncode != 0:
        missing.append("user namespaces")
    return missing


def die_with_parent() -> None:
    """Be killed when the process that made this one ends, however it ends."""
    _checked(_libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")


def close_all_but(kept: Sequence[int]) -> None:
    """Close every file but these."""
    before = 2  # the first three lead to /dev/null
    for number in sorted(kept):
        os.closerange(before + 1, number)
        before = number
    os.closerange(before + 1, os.sysconf("SC_OPEN_MAX"))


def separate() -> None:
    """Leave the namespaces of users, processes (from the next child on), networks, messages and mounts.

    Raises:
        OSError: this system does not allow it.
    """
    user, group = os.geteuid(), os.getegid()
    _checked(_libc().unshare(_NEW_NAMESPACES), "unshare")
    own = Path("/proc/self")
    (own / "setgroups").write_text("deny")
    (own / "uid_map").write_text(f"{user} {user} 1")  # nobody else is known: whose would a new file be?
    (own / "gid_map").write_text(f"{group} {group} 1")


def own_disk(folder: Path, *, megabytes: int, files: int) -> None:
    """Put a small disk, held in memory, over a folder; this namespace alone sees it, and it ends with it.

    Args:
        folder: an empty one.
        megabytes: that fit on it, all files together.
        files: and folders that fit on it.

    Raises:
        OSError: this system does not allow it, or `separate` was not called before.
    """
    bounds = f"size={megabytes * _MEGABYTE},nr_inodes={files},mode=700".encode()
    flags = _MS_NOSUID | _MS_NODEV
    _checked(_libc().mount(b"scratch", os.fsencode(folder), b"tmpfs", flags, bounds), "mount")


def is_overfull(folder: Path, *, megabytes: int, files: int) -> bool:
    """Does it hold more than a disk of this size would? Files that were removed while open are not seen.

    Args:
        folder: with all that lies in it, however deep.
        megabytes: on the disk, all files together.
        files: and folders.
    """
    waiting, found, used = [str(folder)], 0, 0
    while waiting and found <= files and used <= megabytes * _MEGABYTE:
        with suppress(OSError):  # it goes on changing
            for entry in os.scandir(waiting.pop()):
                found += 1
                used += entry.stat(follow_symlinks=False).st_blocks * 512
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
    return found > files or used > megabytes * _MEGABYTE


def limit(*, cpu_s: int, memory_mb: int, file_mb: int, processes: int | None) -> None:
    """Bound what this process may use; what it holds of memory already is not counted.

    Args:
        cpu_s: seconds of CPU.
        memory_mb: address space beside what there is.
        file_mb: of one file.
        processes: and threads, of this user in this namespace; None leaves it.
    """
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() if _is_linux() else 0
    bounds = {
        resource.RLIMIT_CPU: cpu_s,
        resource.RLIMIT_FSIZE: file_mb * _MEGABYTE,
        resource.RLIMIT_NOFILE: 128,
        resource.RLIMIT_CORE: 0,
    }
    if _is_linux():  # macOS takes no bound on the address space
        bounds[resource.RLIMIT_AS] = held + memory_mb * _MEGABYTE
    if processes is not None:
        bounds[resource.RLIMIT_NPROC] = processes
    for name, bound in bounds.items():
        most = resource.getrlimit(name)[1]
        bound = bound if most == resource.RLIM_INFINITY else min(bound, most)
        resource.setrlimit(name, (bound, bound))


@cache
def readable_places() -> tuple[Path, ...]:
    """What a learner's code may read: Python and its packages; of the course, none of the solutions."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    libraries = {Path(sysconfig.get_path(name)) for name in names}
    libraries |= {
        Path(sys.base_prefix) / "lib",
        Path("/usr/lib"),
        Path("/lib"),
        Path("/lib64"),
        Path("/usr/share/fonts"),
    }
    devices = [Path("/dev") / name for name in ("null", "zero", "urandom", "random")]
    # torch's fast kernels ask which processor this is, and end the process where nobody says it
    devices += [Path("/proc/cpuinfo"), Path("/proc/meminfo"), Path("/sys/devices/system/cpu")]
    places = [place for library in sorted(libraries) for place in _without_solutions(library.resolve())]
    own = _without_solutions(PACKAGE.resolve())
    return tuple(place for place in (*places, *own, *devices) if place.exists())


def wall_in(readable: Iterable[Path], listed: Iterable[Path], writable: Path) -> None:
    """From here on: no file but these, no network, no other process, old or new; no way back.

    Args:
        readable: files, and folders with all that is in them.
        listed: folders whose names of files may be read, and not the files.
        writable: a folder.

    Raises:
        OSError: a wall could not be built.
    """
    _checked(_libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")
    version = _landlock_version()
    handled = _RIGHTS_BY_VERSION.get(version, (1 << 16) - 1)
    scope = 3 if version >= 6 else 0  # abstract sockets, and signals
    network = 3 if version >= 4 else 0  # TCP: bind, connect
    attributes = struct.pack("=QQQ", handled, network, scope)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = _checked(_libc().syscall(_CREATE_RULESET, attributes, size, 0), "landlock")
    reading = (_READ_FILE | _READ_DIR | _EXECUTE) & handled
    for place in readable:
        _allow(rules, place, reading)
    for place in listed:
        _allow(rules, place, _READ_DIR)
    _allow(rules, Path("/dev/null"), (_READ_FILE | _WRITE_FILE) & handled)
    _allow(rules, writable, handled & ~_EXECUTE & ~_IOCTL_DEV)
    _checked(_libc().syscall(_RESTRICT_SELF, rules, 0), "landlock")
    os.close(rules)
    _filter_calls()


def _allow(rules: int, place: Path, rights: int) -> None:
    handle = os.open(place, _O_PATH | os.O_CLOEXEC)
    try:
        allowed = rights if place.is_dir() else rights & _FILE_RIGHTS
        _checked(
            _libc().syscall(_ADD_RULE, rules, _PATH_BENEATH, struct.pack("=Qi", allowed, handle), 0),
            str(place),
        )
    finally:
        os.close(handle)


def _without_solutions(folder: Path) -> list[Path]:
    """The folder, or all in it but the modules that hold the exercises' solutions."""
    hidden = PACKAGE.resolve() / "exercises" / "lessons"
    if not hidden.is_relative_to(folder):
        return [folder]
    if folder == hidden:
        return []
    return [place for child in sorted(folder.iterdir()) for place in _without_solutions(child)]


# -- a filter of system calls: no new process, while threads are allowed; no socket, for those that lie in
# folders lead past all other walls to the services of this computer

_LOAD, _JUMP_EQUAL, _JUMP_LEAST, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE_EPERM, _REFUSE_ENOSYS, _KILL = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
_DO_NOTHING = 0x00050000  # and say that it went well
_CLONE_THREAD = 0x00010000
_CLONE3, _OTHER_NUMBERS = 435, 0x40000000  # x32's, which lead to the same calls
# pidfd_send_signal, io_uring_setup, pidfd_open, pidfd_getfd; open_tree, move_mount, fsopen, fsmount,
# mount_setattr; memfd_secret; setxattrat, removexattrat, file_setattr
_ON_BOTH = (*(424, 425, 434, 438), *(428, 429, 430, 432, 442), 447, *(463, 466, 469))
# what is refused: fork, vfork, execve, execveat, ptrace, socket, unshare, setns, mount, bpf, perf_event_open,
# userfaultfd, process_vm_readv and _writev, keys, open_by_handle_at; signals; memory and messages that are
# shared by name; umount2, pivot_root; memory that no limit counts (memfd_create); what Landlock lets pass:
# owners, attributes, truncate by a path (until its third version); when others run: priorities, processors
_REFUSED_X86 = (
    *(57, 58, 59, 322, 101, 41, 272, 308, 165, 321, 298, 323, 310, 311, 248, 249, 250, 304),
    *(62, 200, 234, 129, 297, 29, 30, 64, 68, 240),
    *(166, 155, 319, 92, 93, 94, 260, 188, 189, 190, 197, 198, 199, 76),
    *(141, 142, 144, 203, 314, 251),
)
_REFUSED_ARM = (
    *(221, 281, 117, 198, 97, 268, 40, 280, 241, 282, 270, 271, 217, 218, 219, 265),
    *(129, 130, 131, 138, 240, 194, 196, 190, 186, 180),
    *(39, 41, 279, 54, 55, 5, 6, 7, 14, 15, 16, 45),
    *(140, 118, 119, 122, 274, 30),
)
# modes and times of files, which Landlock lets pass too: `shutil.copy` sets them, and must not fail
_IDLE_X86, _IDLE_ARM = (90, 91, 268, 132, 235, 261, 280, 452), (52, 53, 88, 452)
# machine → its name for seccomp, clone, prlimit64, what is refused, and what does nothing
_CALLS = {
    "x86_64": (0xC000003E, 56, 302, (*_REFUSED_X86, *_ON_BOTH), _IDLE_X86),
    "aarch64": (0xC00000B7, 220, 261, (*_REFUSED_ARM, *_ON_BOTH), _IDLE_ARM),
}


def _filter_calls() -> None:
    machine, clone, prlimit, refused, idle = _CALLS[platform.machine()]
    steps = [(_LOAD, 0, 0, 4), (_JUMP_EQUAL, 1, 0, machine), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    steps += [(_JUMP_LEAST, 0, 1, _OTHER_NUMBERS), (_RETURN, 0, 0, _REFUSE_EPERM)]
    # clone3 passes its flags in memory, out of a filter's sight; without it the C library uses clone
    steps += [(_JUMP_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _REFUSE_ENOSYS)]
    answers = [(number, _REFUSE_EPERM) for number in refused] + [(number, _DO_NOTHING) for number in idle]
    for number, answer in answers:
        steps += [(_JUMP_EQUAL, 0, 1, number), (_RETURN, 0, 0, answer)]
    # limits of this process alone: the first argument is 0
    own = [(_LOAD, 0, 0, 16), (_JUMP_EQUAL, 1, 0, 0), (_RETURN, 0, 0, _REFUSE_EPERM), (_RETURN, 0, 0, _ALLOW)]
    steps += [(_JUMP_EQUAL, 0, len(own), prlimit), *own]
    steps += [(_JUMP_EQUAL, 1, 0, clone), (_RETURN, 0, 0, _ALLOW), (_LOAD, 0, 0, 16)]
    steps += [(_JUMP_SET, 0, 1, _CLONE_THREAD), (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE_EPERM)]
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    held = ctypes.create_string_buffer(code)
    program = struct.pack("@HP", len(steps), ctypes.addressof(held))
    _checked(_libc().prctl(_PR_SET_SECCOMP, 2, program, 0, 0), "seccomp")


def _landlock_version() -> int:
    return _libc().syscall(_CREATE_RULESET, None, 0, _VERSION)


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _is_linux() -> bool:
    return sys.platform == "linux"
