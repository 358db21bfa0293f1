"""GitHub runs in many jobs what ``make test`` runs in one: nothing may fall between them."""

import json
import os
import re
import subprocess
import sys
import tomllib

import pytest
import yaml

from vislearn.checkout import ROOT
from vislearn.course.answers import STATES

WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/cpu.yml").read_text(encoding="utf-8"))
JOBS = WORKFLOW["jobs"]


@pytest.fixture
def lessons(tmp_path):
    """What the first job hands to the others, by running it here."""
    (step,) = [step for step in JOBS["list"]["steps"] if step.get("id") == "lessons"]
    environment = os.environ | {"GITHUB_OUTPUT": str(tmp_path / "output")}
    subprocess.run([sys.executable, "-c", step["run"]], cwd=ROOT, env=environment, check=True)
    name, _, value = (tmp_path / "output").read_text().partition("=")
    assert JOBS["list"]["outputs"]["lessons"] == f"${{{{ steps.lessons.outputs.{name} }}}}"
    assert JOBS["lesson"]["strategy"]["matrix"]["lesson"] == "${{ fromJSON(needs.list.outputs.lessons) }}"
    return json.loads(value)


def places(job, lesson=""):
    """The paths that a job hands to ``make test``."""
    (run,) = [step["run"] for step in JOBS[job]["steps"] if "make test" in step.get("run", "")]
    words = re.fullmatch(r'make test ARGS="([^"]+)"', run)[1]
    return [ROOT / word for word in words.replace("${{ matrix.lesson }}", lesson).split()]


def test_the_jobs_together_run_everything(lessons):
    run = {*places("everything-else"), *(place for name in lessons for place in places("lesson", name))}
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]
    notebooks = {*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("notebooks/bn/*.ipynb")}
    rooms = {ROOT / name for name in options["ini_options"]["testpaths"]} - {ROOT / "notebooks"}
    assert run == notebooks | rooms
    assert len(lessons) >= 7


def test_the_jobs_run_what_passed_before_too():
    assert WORKFLOW["env"]["FULL"] == "1"


def test_each_lesson_runs_on_the_pythons_that_everything_else_runs_on():
    assert (
        JOBS["lesson"]["strategy"]["matrix"]["python"]
        == JOBS["everything-else"]["strategy"]["matrix"]["python"]
    )


def test_every_lesson_is_run_in_every_state_of_its_exercises():
    """Untouched and solved by the jobs above, in English and in Bengali; in the other two on Mondays."""
    (run,) = [step["run"] for step in JOBS["states"]["steps"] if "run" in step]
    (states,) = re.findall(r"for state in (.+); do", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert run == "make test-states"
    assert sorted(["untouched", "solved", *states.split()]) == sorted(STATES)
