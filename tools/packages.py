"""Puts packages into the environment: uv by pip, everything else by uv."""

from __future__ import annotations

import subprocess
import sys

from environment import Stamp, Venv, environment
from messages import Stop, explain, say
from mirror import uv_mirror

__all__ = ["VERSIONS", "gets_cuda", "install_command", "install_packages", "install_uv", "rehearse"]

VERSIONS = {  # what uv chooses among the versions that pyproject.toml allows
    "tested": ["--constraint", "constraints.txt"],
    # Lower bounds are promises about what the course itself asks for; what those packages ask for in turn is
    # theirs, and stays new. A bound older than the Python in use has nothing built for it: the next one has.
    "oldest": ["--resolution", "lowest-direct", "--only-binary", ":all:", "--upgrade"],
    "newest": ["--upgrade"],
}


def install_uv(venv: Venv) -> None:
    """The fast installer, inside the environment: the machine needs to have no more than Python."""
    say("2/3  Installing uv, the installer")
    command = [str(venv.program("python")), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--constraint", str(venv.course / "constraints.txt"), "uv"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(venv))
    if done.returncode:
        raise Stop(explain(done.stdout + done.stderr, venv.course))


def install_packages(venv: Venv, wanted: Stamp) -> None:
    """The course and all it needs; uv shows its own progress."""
    size = "3.2 GB" if gets_cuda(wanted.torch) else "0.4 GB"
    what = "what is missing" if venv.holds_torch() else f"PyTorch above all ({size} to download)"
    say(f"3/3  Installing vislearn and what it needs, {what}")
    command = install_command(venv, wanted)
    if subprocess.run(command, env=_uv_environment(venv), cwd=venv.course).returncode == 0:
        return
    # Its progress bars need the terminal, so its words were not caught; a dry run meets the same obstacle.
    done = rehearse(venv, wanted, "--quiet", UV_HTTP_RETRIES="0")
    raise Stop(explain(done.stderr if done.returncode else "", venv.course))


def rehearse(venv: Venv, wanted: Stamp, *options: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """The same call, but nothing is installed; stderr lists what would be, or what is in the way."""
    command = [*install_command(venv, wanted), "--dry-run", *options]
    env = _uv_environment(venv) | settings
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd=venv.course)


def install_command(venv: Venv, wanted: Stamp) -> list[str]:
    """The uv call for what is wanted."""
    command = [str(venv.program("uv")), "pip", "install", "--python", str(venv.program("python"))]
    command += VERSIONS[venv.versions]
    if wanted.torch != "default" and not venv.mirror:  # a mirror is asked alone, also for an update
        command += ["--torch-backend", wanted.torch]
    return [*command, "--editable", f".[{wanted.extra}]"]


def _uv_environment(venv: Venv) -> dict[str, str]:
    env = environment(venv)
    if venv.mirror and not uv_mirror(env):  # pip's settings name it, which uv doesn't read
        env["UV_DEFAULT_INDEX"] = venv.mirror
    return env


def gets_cuda(torch: str) -> bool:
    """Is this build of torch the big one?"""
    return torch != "cpu" and (torch != "default" or sys.platform == "linux")
