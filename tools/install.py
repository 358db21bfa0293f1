"""Makes ``.venv`` ready and starts a program in it. Standard library only: nothing is installed yet.

``bootstrap.py lab`` prepares and opens JupyterLab; ``bootstrap.py test`` prepares and runs the suite; words
after that are the program to start instead. A stamp says what is being installed and, last of all, that it
is done: an interrupted installation is continued, a finished one recognised within milliseconds.
``--versions oldest`` and ``--versions newest`` do the same at the two ends of what pyproject.toml allows,
each in an environment of its own beside ``.venv``.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

__all__ = ["Stamp", "Stop", "Venv", "explain", "install_command", "main", "plan", "required_gib"]

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_PROGRAMS = {
    "lab": ["vislearn", "lab"],
    "test": ["python", "-m", "pytest", "-n", "2", "--dist", "loadfile"],
}
VERSIONS = {  # what uv chooses among the versions that pyproject.toml allows
    "tested": ["--constraint", "constraints.txt"],
    # Lower bounds are promises about what the course itself asks for; what those packages ask for in turn is
    # theirs, and stays new. A bound older than the Python in use has nothing built for it: the next one has.
    "oldest": ["--resolution", "lowest-direct", "--only-binary", ":all:", "--upgrade"],
    "newest": ["--upgrade"],
}
CUDA_GIB, CPU_GIB = 7, 2  # what the whole installation takes, measured, with room to unpack
AGAIN = "then run the same command again; it continues where it stopped."


class Stop(Exception):
    """The installation can't go on; the text is one sentence with the next step."""


@dataclass(frozen=True)
class Stamp:
    """What an installation holds, for which files it was made, and whether it came to its end."""

    root: str  # scripts in a .venv carry its absolute path: moved or copied, it is broken
    files: str  # SHA-256 of pyproject.toml and constraints.txt
    extra: str  # "lab" or "test"; test holds all of lab
    torch: str  # "default" (the package index's build), or a backend such as "cpu"
    python: str  # "3.11"
    done: bool = False

    @classmethod
    def read(cls, path: Path) -> Stamp | None:
        """The stamp, or None where there is none that can be read."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, path: Path) -> None:
        """Atomically, so that a stamp is either absent or whole."""
        part = path.with_name(path.name + ".part")
        part.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        part.replace(path)


class Venv:
    """Where things lie in a virtual environment, and which versions belong there."""

    def __init__(self, folder: Path, versions: str = "tested") -> None:
        self.folder = folder
        self.versions = versions
        self.bin = folder / ("Scripts" if os.name == "nt" else "bin")
        self.stamp = folder / "vislearn-stamp.json"

    def program(self, name: str) -> Path:
        """The path of an executable in it."""
        return self.bin / (f"{name}.exe" if os.name == "nt" else name)

    def version(self) -> str:
        """Such as "3.11"; empty for an environment whose Python doesn't start or has no pip."""
        ask = "import pip, sys; print('%d.%d' % sys.version_info[:2])"
        try:
            done = subprocess.run(
                [self.program("python"), "-c", ask], capture_output=True, text=True, timeout=60
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return done.stdout.strip() if done.returncode == 0 else ""

    def holds_torch(self) -> bool:
        """Is the biggest part installed already?"""
        return any(self.folder.glob("[Ll]ib/**/site-packages/torch/version.py"))


def plan(stamp: Stamp | None, wanted: Stamp, *, version: str) -> str:
    """What there is to do: "nothing", "install" into what is there, or "rebuild" from scratch.

    >>> wanted = Stamp(root="/course", files="1f", extra="lab", torch="default", python="3.11")
    >>> plan(None, wanted, version=""), plan(wanted, wanted, version="3.11")
    ('rebuild', 'install')
    >>> plan(replace(wanted, done=True), wanted, version="3.11")
    'nothing'
    """
    if version != wanted.python or (stamp and stamp.root != wanted.root):
        return "rebuild"
    if stamp is None:
        return "install"
    if stamp.torch != wanted.torch:
        return "rebuild"  # the other build's libraries, gigabytes of them, would stay behind
    enough = stamp.extra in (wanted.extra, "test")
    return "nothing" if stamp.done and enough and stamp.files == wanted.files else "install"


def want(venv: Venv, version: str, options: argparse.Namespace) -> Stamp:
    """What this call asks for. Not asked for, an earlier choice of torch and Python stays."""
    before = Stamp.read(venv.stamp)
    ours = f"{sys.version_info[0]}.{sys.version_info[1]}"
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((ROOT / name).read_bytes())
    return Stamp(
        root=str(ROOT),
        files=digest.hexdigest(),
        extra="test" if before and before.extra == "test" else options.what,
        torch=options.torch or (before.torch if before else "default"),
        python=ours if options.this_python or not _supported(version) else version,
    )


def _supported(version: str) -> bool:
    return version in {"3.11", "3.12", "3.13", "3.14"}


def prepare(venv: Venv, options: argparse.Namespace) -> None:
    """Bring the environment to what is asked; quick where nothing is to do.

    Raises:
        Stop: it can't be done; the stamp then says so.
    """
    version = venv.version() if venv.folder.exists() else ""
    wanted = want(venv, version, options)
    todo = plan(Stamp.read(venv.stamp), wanted, version=version)
    if todo == "nothing" and venv.versions != "newest":  # what is newest today, only the index knows
        return
    check_writable(ROOT)
    if todo == "rebuild":
        make_venv(venv)
    wanted.write(venv.stamp)
    if not venv.program("uv").exists():
        install_uv(venv)
    if not venv.holds_torch():  # an update takes little, and must be possible on a disk that torch has filled
        check_disk(venv, wanted)
    install_packages(venv, wanted)
    replace(wanted, done=True).write(venv.stamp)


def make_venv(venv: Venv) -> None:
    """A fresh environment in place of whatever is there."""
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        python = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        raise Stop(
            f"this Python ({sys.executable}) lacks its venv module; install it (Debian and Ubuntu: "
            f"sudo apt install {python}-venv), then run the same command again."
        )
    if venv.folder.exists():
        say(
            f"The folder {venv.folder.name} is unfinished, damaged, moved or made for something else: "
            "making it anew."
        )
    say(f"1/3  Making {venv.folder.name} with Python {sys.version.split()[0]}")
    _remove(venv.folder)
    done = subprocess.run([sys.executable, "-m", "venv", venv.folder], capture_output=True, text=True)
    if done.returncode:
        raise Stop(explain(done.stdout + done.stderr, venv.folder))


def _remove(folder: Path) -> None:
    try:
        if folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder)
        else:
            folder.unlink(missing_ok=True)
    except OSError as error:
        raise Stop(
            f"can't remove {folder} ({error.strerror}); close what uses it, delete it by hand, {AGAIN}"
        ) from error


def install_uv(venv: Venv) -> None:
    """The fast installer, inside the environment: the machine needs to have no more than Python."""
    say("2/3  Installing uv, the installer")
    command = [str(venv.program("python")), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--constraint", str(ROOT / "constraints.txt"), "uv"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(venv))
    if done.returncode:
        raise Stop(explain(done.stdout + done.stderr, venv.folder))


def install_packages(venv: Venv, wanted: Stamp) -> None:
    """The course and all it needs; uv shows its own progress."""
    size = (
        "3.2 GB to download; TORCH=cpu makes it 0.4 GB" if _gets_cuda(wanted.torch) else "0.4 GB to download"
    )
    say(f"3/3  Installing vislearn and what it needs, PyTorch above all ({size})")
    command = install_command(venv, wanted)
    if subprocess.run(command, env=environment(venv), cwd=ROOT).returncode == 0:
        return
    # Its progress bars need the terminal, so its words were not caught; a dry run meets the same obstacle.
    done = rehearse(venv, wanted, "--quiet", UV_HTTP_RETRIES="0")
    raise Stop(explain(done.stderr if done.returncode else "", venv.folder))


def rehearse(venv: Venv, wanted: Stamp, *options: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """The same call, but nothing is installed; stderr lists what would be, or what is in the way."""
    command = [*install_command(venv, wanted), "--dry-run", *options]
    env = environment(venv) | settings
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd=ROOT)


def install_command(venv: Venv, wanted: Stamp) -> list[str]:
    """The uv call for what is wanted."""
    command = [str(venv.program("uv")), "pip", "install", "--python", str(venv.program("python"))]
    command += VERSIONS[venv.versions]
    if wanted.torch != "default":
        command += ["--torch-backend", wanted.torch]
    return [*command, "--editable", f".[{wanted.extra}]"]


def environment(venv: Venv) -> dict[str, str]:
    """This process's environment as if .venv were activated, and without what would leak into it."""
    env = {name: value for name, value in os.environ.items() if name not in {"PYTHONHOME", "PYTHONPATH"}}
    env["VIRTUAL_ENV"] = str(venv.folder)
    env["PATH"] = str(venv.bin) + os.pathsep + env.get("PATH", "")
    if "PIP_INDEX_URL" in env and "UV_INDEX_URL" not in env:  # a classroom's own mirror serves uv too
        env.setdefault("UV_DEFAULT_INDEX", env["PIP_INDEX_URL"])
    return env


def check_writable(folder: Path) -> None:
    """Refuse a folder that can't be written before anything is downloaded.

    Raises:
        Stop: it can't.
    """
    try:
        with tempfile.TemporaryFile(dir=folder):
            return
    except OSError as error:
        raise Stop(
            f"can't write into {folder} ({error.strerror}); copy the course to a folder of your own, "
            "for example your home folder, and run the same command there."
        ) from error


def check_disk(venv: Venv, wanted: Stamp) -> None:
    """Refuse a full disk before gigabytes are downloaded onto it.

    What uv's cache holds already needs no room again. So an interrupted download may go on, and a second copy
    of the course takes little.

    Raises:
        Stop: less is free than the installation takes.
    """
    free, need = shutil.disk_usage(venv.folder).free / 2**30, float(required_gib(wanted.torch))
    if free < need:
        need -= cached_gib(venv, wanted)
    if free < need:
        instead = (
            f" or choose the small build with TORCH=cpu, which needs {CPU_GIB} GB" if need > CPU_GIB else ""
        )
        raise Stop(
            f"the installation needs {need:.2g} GB and {venv.folder.parent} has {free:.1f} GB free; "
            f"free some space{instead}, then run the same command again."
        )


def cached_gib(venv: Venv, wanted: Stamp) -> float:
    """How much of what is wanted lies in uv's cache; 0 where files are copied from there, not linked."""
    asked = subprocess.run(
        [venv.program("uv"), "cache", "dir"], capture_output=True, text=True, env=environment(venv)
    )
    cache = Path(asked.stdout.strip())
    if asked.returncode or not cache.is_dir() or cache.stat().st_dev != venv.folder.stat().st_dev:
        return 0.0
    wheels = rehearse(venv, wanted).stderr
    planned = {
        f"{name.replace('-', '_')}-{version}" for name, version in re.findall(r"\+ (\S+)==(\S+)", wheels)
    }
    sizes: dict[str, int] = {}  # the same wheel may lie there twice, for two Pythons
    for about in cache.glob("archive-v*/*/*.dist-info"):
        if about.stem.lower() in planned:
            files = sum(file.lstat().st_size for file in about.parent.rglob("*"))
            sizes[about.stem] = max(files, sizes.get(about.stem, 0))
    return sum(sizes.values()) / 2**30


def required_gib(torch: str) -> int:
    """Space for the installation; the big build of torch brings its own CUDA."""
    return CUDA_GIB if _gets_cuda(torch) else CPU_GIB


def _gets_cuda(torch: str) -> bool:
    return torch != "cpu" and (torch != "default" or sys.platform == "linux")


def explain(output: str, folder: Path) -> str:
    """One sentence for a failed installer: what it met, and the next step."""
    if shutil.disk_usage(folder if folder.exists() else ROOT).free < 2**28 or "No space left" in output:
        return f"the disk of {ROOT} is full; free some space, {AGAIN}"
    if re.search(r"certificate", output, re.IGNORECASE):
        return (
            "the package index showed a certificate this machine doesn't trust, as some schools' filters "
            f"do; set UV_SYSTEM_CERTS=1, or SSL_CERT_FILE to your school's certificate, {AGAIN}"
        )
    if re.search(_OFFLINE, output, re.IGNORECASE):
        return (
            "the package index can't be reached, and the installation needs it; "
            f"connect to the internet, {AGAIN}"
        )
    if output.strip():
        sys.stderr.write(output.strip()[-3000:] + "\n")
    return (
        "the installation stopped, and the lines above say why; run the same command again to continue, or "
        "`make clean` first to begin anew."
    )


_OFFLINE = (
    "connection refused|connection reset|failed to fetch|error sending request|dns error|timed? ?out"
    "|unreachable|failed to establish a new connection|name resolution|failed to connect|max retries"
    "|no matching distribution found for uv"
)


def start(venv: Venv, words: list[str]) -> int:
    """Run a program of the environment in this process's place, or beside it where there is no exec."""
    program = venv.program(words[0])
    if not program.exists():
        raise Stop(f"{program} is missing; run `make clean`, then the same command again.")
    command = [str(program), *words[1:]]
    sys.stdout.flush()
    if os.name != "nt":  # Windows' exec returns to the prompt while the program still runs
        os.execve(command[0], command, environment(venv))
    return subprocess.run(command, env=environment(venv)).returncode


def say(text: str) -> None:
    """A line of progress, at once."""
    print(text, flush=True)


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="bootstrap", description="Install the course into .venv and start it."
    )
    parser.add_argument(
        "--this-python", action="store_true", help=".venv must have the Python that runs this"
    )
    parser.add_argument("--torch", default="", help="default, cpu, auto, cu130, ...: which build of PyTorch")
    parser.add_argument(
        "--versions", choices=sorted(VERSIONS), default="tested", help="which ones, of those that are allowed"
    )
    parser.add_argument("what", choices=sorted(DEFAULT_PROGRAMS), help="what to prepare for")
    parser.add_argument(
        "program", nargs=argparse.REMAINDER, help="what to start; default: JupyterLab, or the tests"
    )
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Prepare, then start. Every failure is one sentence on stderr and exit status 1."""
    options = parse(arguments)
    folder = ".venv" if options.versions == "tested" else f".venv-{options.versions}"
    venv = Venv(ROOT / folder, options.versions)
    try:
        if options.torch and not re.fullmatch(r"default|auto|cpu|xpu|cu\d+|rocm[\d.]+", options.torch):
            raise Stop(
                f"TORCH={options.torch} is no build of PyTorch; choose cpu, auto, default or, say, cu130."
            )
        prepare(venv, options)
        return start(venv, options.program or DEFAULT_PROGRAMS[options.what])
    except Stop as stop:
        sys.stderr.write(f"vislearn: {stop}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nvislearn: stopped; run the same command again, it continues where it was.\n")
        return 130
    except OSError as error:
        sys.stderr.write(f"vislearn: {explain(str(error), venv.folder)}\n")
        return 1
