"""The walls, tried by processes of their own."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from vislearn.checkout import PACKAGE
from vislearn.grading import confinement
from vislearn.grading.confinement import missing_walls, readable_places

BEGIN = """
import os, socket, sys, threading
from pathlib import Path
from vislearn.grading.confinement import *
scratch = Path(sys.argv[1])
walls = lambda: wall_in([scratch / "known"], [scratch], scratch / "own")
"""


@pytest.fixture
def tried(walls, tmp_path):
    """``tried(code)``: what these lines print or fail with, in a process of their own."""
    for name in ("known", "own"):
        (tmp_path / name).mkdir()
    (tmp_path / "known/a").write_text("a")
    (tmp_path / "secret").write_text("s")
    (tmp_path / "secret").chmod(0o600)

    def run(code):
        line = [sys.executable, "-c", BEGIN + textwrap.dedent(code), str(tmp_path)]
        done = subprocess.run(line, capture_output=True, text=True)
        return done.stdout.strip() or done.stderr.strip().rpartition("\n")[2].partition(":")[0]

    return run


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("print((scratch / 'known/a').read_text())", "a"),
        ("(scratch / 'own/b').write_text('b'); print(os.listdir(scratch / 'own'))", "['b']"),
        ("print(sorted(os.listdir(scratch)))", "['known', 'own', 'secret']"),
        ("(scratch / 'secret').read_text()", "PermissionError"),
        ("(scratch / 'known/a').write_text('b')", "PermissionError"),
        ("(scratch / 'c').write_text('c')", "PermissionError"),
        ("open('/proc/self/mem')", "PermissionError"),
        ("os.fork()", "PermissionError"),
        ("socket.socket(socket.AF_UNIX)", "PermissionError"),
        ("socket.socket()", "PermissionError"),
        ("os.kill(os.getppid(), 0)", "PermissionError"),
        ("import resource; print(resource.getrlimit(resource.RLIMIT_CORE) != ())", "True"),
        ("import resource; resource.prlimit(os.getppid(), resource.RLIMIT_CORE)", "PermissionError"),
        ("import ctypes; print(ctypes.CDLL(None).unshare(0x20000))", "-1"),
        ("os.execv('/bin/true', ['true'])", "PermissionError"),
        ("os.chmod(scratch / 'secret', 0); print(os.stat(scratch / 'secret').st_mode & 0o777)", str(0o600)),
        ("os.utime(scratch / 'secret', (1, 1)); print(os.stat(scratch / 'secret').st_mtime > 1)", "True"),
        ("os.setxattr(scratch / 'secret', 'user.a', b'b')", "PermissionError"),
        ("os.chown(scratch / 'secret', os.getuid(), os.getgid())", "PermissionError"),
        ("os.truncate(scratch / 'secret', 0)", "PermissionError"),
        ("os.memfd_create('a')", "PermissionError"),
        ("os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)", "PermissionError"),
        ("os.sched_setaffinity(os.getppid(), {0})", "PermissionError"),
        ("thread = threading.Thread(target=print, args=('t',)); thread.start(); thread.join()", "t"),
    ],
)
def test_behind_walls(tried, code, said):
    assert tried("walls()\n" + code) == said


def test_apart_there_is_no_network_and_nobody_else(tried):
    code = """
    separate()
    if os.fork():
        os.wait()
    else:
        print(os.getpid(), [name for _index, name in socket.if_nameindex()], flush=True)
        os._exit(0)
    """
    assert tried(code) == "1 ['lo']"


def test_a_disk_of_its_own_is_small_and_seen_by_nobody_else(tried, tmp_path):
    code = """
    separate()
    own_disk(scratch / "own", megabytes=1, files=20)
    walls()
    for number in range(2000):
        try:
            (scratch / "own" / str(number)).write_bytes(b"0" * 100_000)
        except OSError as full:
            print(number < 20, full.strerror)
            break
    """
    assert tried(code) == "True No space left on device"
    assert list((tmp_path / "own").iterdir()) == []


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("held = bytearray(500_000_000)", "MemoryError"),
        ("(scratch / 'big').write_bytes(b'0' * 2_000_000)", "OSError"),
        ("held = [open(os.devnull) for _ in range(200)]", "OSError"),
    ],
)
def test_limits(tried, code, said):
    begin = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    assert tried(f"{begin}limit(cpu_s=100, memory_mb=200, file_mb=1, processes=None)\n{code}") == said


def test_only_what_is_kept_stays_open(tried):
    code = """
    a, b = os.open(os.devnull, os.O_RDONLY), os.open(os.devnull, os.O_RDONLY)
    close_all_but([b])
    os.fstat(b)
    os.fstat(a)
    """
    assert tried(code) == "OSError"


def test_what_is_open_beyond_a_high_number_is_closed_too(tried):
    code = """
    import fcntl, resource
    resource.setrlimit(resource.RLIMIT_NOFILE, (5000, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    b = fcntl.fcntl(0, fcntl.F_DUPFD, 4500)
    a = fcntl.fcntl(0, fcntl.F_DUPFD, 4600)
    close_all_but([b])
    os.fstat(b)
    os.fstat(a)
    """
    assert tried(code) == "OSError"


def test_no_solution_can_be_read_but_the_package_can():
    places = readable_places()
    lessons = PACKAGE.resolve() / "exercises/lessons"
    assert not [place for place in places if lessons.is_relative_to(place) or place.is_relative_to(lessons)]
    assert PACKAGE.resolve() / "exercises/running.py" in places
    assert PACKAGE.resolve() / "transforms.py" in places


@pytest.mark.parametrize("library", [f"{sys.base_prefix}/lib", "/usr/lib", "/lib", "/usr/share/fonts"])
def test_what_python_and_the_system_load_can_be_read(library):
    """Wherever ``sysconfig`` has Python's own modules: the C library and fonts lie elsewhere."""
    whole = Path(library).resolve()
    places = [
        place for place in readable_places() if place.is_relative_to(whole) or whole.is_relative_to(place)
    ]
    assert bool(places) == whole.exists()


def test_what_can_not_be_had_is_named(walls, monkeypatch):
    assert missing_walls(namespaces=False) == []
    monkeypatch.setattr(confinement, "_landlock_version", lambda: -1)
    assert missing_walls() == ["Landlock"]
    monkeypatch.setattr(confinement.platform, "machine", lambda: "riscv64")
    assert missing_walls() == ["Landlock", "a filter of system calls for riscv64"]
    monkeypatch.setattr(confinement.sys, "platform", "darwin")
    assert missing_walls() == ["namespaces, Landlock (darwin has none)"]


@pytest.mark.parametrize(
    ("paths", "size", "full"),
    [([], 0, False), (["a"], 900_000, False), (["a", "b/c/d"], 600_000, True), (list("abcde"), 1, True)],
)
def test_a_folder_is_full_by_its_files_or_by_their_size(tmp_path, paths, size, full):
    for path in paths:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"0" * size)
    assert confinement.is_overfull(tmp_path, megabytes=1, files=4) is full


@pytest.mark.parametrize(
    ("refused", "idle", "total"),
    [
        (confinement._REFUSED_X86, confinement._IDLE_X86, (48, 8961, 8, 1809)),
        (confinement._REFUSED_ARM, confinement._IDLE_ARM, (44, 6578, 4, 645)),
    ],
    ids=["x86-64", "arm64"],
)
def test_the_numbers_of_refused_calls_stay_as_looked_up(refused, idle, total):
    """Those of arm64 never run here: a slip of a digit would show on nobody's computer."""
    assert len({*refused, *idle, *confinement._ON_BOTH}) == len(refused + idle + confinement._ON_BOTH)
    assert (len(refused), sum(refused), len(idle), sum(idle)) == total
