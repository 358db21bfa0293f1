"""Room for gigabytes, known before they are downloaded."""

import sys
from pathlib import Path

import pytest

GIB = 2**30
HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.mark.parametrize(
    ("torch", "platform", "free", "enough"),
    [
        ("default", "linux", 6.9, False),
        ("default", "linux", 7.1, True),
        ("cpu", "linux", 1.9, False),
        ("cpu", "linux", 2.1, True),
        ("default", "darwin", 2.1, True),
        ("cu130", "win32", 6.9, False),
    ],
)
def test_a_full_disk_is_noticed_before_the_download(
    pretend, disk, monkeypatch, torch, platform, free, enough
):
    pretend.machine(platform=platform)
    pretend.make()
    disk(free=free)
    wanted = pretend.Stamp(str(pretend.ROOT), "", "lab", torch, HERE)
    if enough:
        pretend.check_disk(pretend.venv, wanted)
    else:
        with pytest.raises(pretend.Stop, match=f"{free} GB free"):
            pretend.check_disk(pretend.venv, wanted)


@pytest.mark.parametrize(
    ("cached", "same_disk", "still"),
    [
        ({}, True, "7 GB"),
        ({"torch-2.15.0": 2, "nvidia_cublas-13.4.1": 3}, True, ""),
        ({"torch-2.15.0": 2, "nvidia_cublas-13.0.0": 3}, True, "5 GB"),
        ({"torch-2.15.0": 2, "nvidia_cublas-13.4.1": 3}, False, "7 GB"),
    ],
    ids=["nothing", "all", "another version", "on another disk"],
)
def test_what_the_cache_holds_needs_no_room_again(pretend, disk, monkeypatch, cached, same_disk, still):
    pretend.machine()
    cache = pretend.ROOT / "cache"
    for number, (name, gib) in enumerate(cached.items()):
        wheel = cache / f"archive-v0/{number}"
        (wheel / f"{name}.dist-info").mkdir(parents=True)
        with (wheel / "library.so").open("wb") as file:
            file.truncate(gib * GIB)  # a hole, that takes no room
    pretend.make(
        uv=f'''case "$*" in
        "cache dir") echo "{cache}";;
        *--dry-run*) printf " + nvidia-cublas==13.4.1\\n + torch==2.15.0\\n" >&2;;
        esac'''
    )
    if not same_disk:
        real, elsewhere = Path.stat, Path("/dev")
        monkeypatch.setattr(
            Path, "stat", lambda path, **how: real(elsewhere if path == cache else path, **how)
        )
    disk(free=2.5)
    wanted = pretend.Stamp(str(pretend.ROOT), "", "lab", "default", HERE)
    if still:
        with pytest.raises(pretend.Stop, match=f"needs {still} and .* has 2.5 GB free"):
            pretend.check_disk(pretend.venv, wanted)
    else:
        pretend.check_disk(pretend.venv, wanted)
