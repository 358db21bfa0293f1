"""Puts the course on a USB stick, with all it needs: from there computers like this one install it offline.

``make stick FOLDER=/media/stick/vislearn``: wheels of the tested versions, the course's own among them, and
``install.py``, which any Python of the same version runs without a network.
"""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from environment import Stamp, Venv, environment
from messages import Stop, explain, say

__all__ = ["main", "pip_command", "torch_index"]

ROOT = Path(__file__).resolve().parent.parent
_READ_ME = """\
vislearn: a course in computer vision with torchvision, for {machine} with Python {python}.

Copy this folder to the computer (from the stick itself it works too, slowly), open a terminal in it, and type

    python3 install.py                 (Windows: py install.py)

No internet is needed. It makes the folder vislearn in your home folder and says how to open the lessons.

বাংলায়: ফোল্ডারটি কম্পিউটারে কপি করুন, ভেতরে টার্মিনাল খুলে ওপরের লাইনটি লিখুন। ইন্টারনেট লাগে না। আপনার হোম ফোল্ডারে
vislearn নামে একটি ফোল্ডার তৈরি হবে, আর পাঠ কীভাবে খুলতে হয় তা বলে দেওয়া হবে।
"""


def main(arguments: list[str]) -> int:
    """Fill the folder; what is there already from an earlier call is not fetched again."""
    if len(arguments) != 1:
        sys.stderr.write("vislearn: say where it shall go: make stick FOLDER=/media/stick/vislearn\n")
        return 1
    folder, venv = Path(arguments[0]).absolute(), Venv(ROOT / ".venv")
    try:
        wheels = folder / "wheels"
        wheels.mkdir(parents=True, exist_ok=True)
        say("1/2  Building the course's own wheel")
        _pip(venv, ["wheel", "--quiet", "--no-deps", "--wheel-dir", str(wheels), str(_tracked())])
        say(f"2/2  Fetching what it needs into {wheels}")
        _pip(venv, pip_command(venv, wheels))
        shutil.copy(ROOT / "tools" / "stick_install.py", folder / "install.py")
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        machine = f"{platform.system()} ({platform.machine()})"
        (folder / "READ ME.txt").write_text(
            _READ_ME.format(machine=machine, python=version), encoding="utf-8", newline="\n"
        )
    except Stop as stop:
        sys.stderr.write(f"vislearn: {stop}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"vislearn: {folder} can't be written ({error.strerror}); choose another folder.\n")
        return 1
    size = sum(file.stat().st_size for file in wheels.iterdir()) / 1e9
    say(f"Ready: {folder}, {size:.1f} GB, for {machine} with Python {version}. There: python3 install.py")
    return 0


def _tracked() -> Path:
    """The course as git knows it, in a folder of its own: a build leaves files beside its sources."""
    copy = Path(tempfile.mkdtemp(prefix="vislearn-stick-")) / "course"
    done = subprocess.run(["git", "clone", "--quiet", str(ROOT), str(copy)], capture_output=True, text=True)
    if done.returncode:
        raise Stop(f"git could not copy the course: {done.stderr.strip()}")
    return copy


def pip_command(venv: Venv, wheels: Path) -> list[str]:
    """Fetch the course's needs, in the versions that are tested, as wheels for this system and Python."""
    (course,) = sorted(wheels.glob("vislearn-*.whl"))[-1:]
    command = ["download", "--quiet", "--only-binary", ":all:", "--dest", str(wheels)]
    command += ["--find-links", str(wheels), "--constraint", str(ROOT / "constraints.txt")]
    if index := torch_index(venv):
        command += ["--extra-index-url", index]
    return [*command, f"vislearn[lab] @ {course.as_uri()}"]


def torch_index(venv: Venv) -> str:
    """Where the build of PyTorch that is installed here came from; "" for the package index itself."""
    stamp = Stamp.read(venv.stamp)
    if stamp is None or stamp.torch == "default" or venv.mirror:
        return ""
    command = [str(venv.program("uv")), "pip", "compile", "--quiet", "--no-deps", "--no-header"]
    command += ["--torch-backend", stamp.torch, "--emit-index-annotation", "-"]
    done = subprocess.run(command, input="torch", capture_output=True, text=True, env=environment(venv))
    found = re.search(r"# from (\S+)", done.stdout)
    if found is None:
        raise Stop(explain(done.stderr, ROOT))
    return found[1]


def _pip(venv: Venv, words: list[str]) -> None:
    command = [str(venv.program("python")), "-m", "pip", "--disable-pip-version-check", *words]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(venv))
    if done.returncode:
        raise Stop(explain(done.stdout + done.stderr, ROOT))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
