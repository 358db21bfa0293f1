"""What the linters say. One test each, so that a failure names the tool."""

import subprocess
import sys

import pytest

from vislearn.checkout import ROOT


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check"],
        ["ruff", "format", "--check"],
        ["mypy"],
        ["importlinter.cli", "lint"],
    ],
    ids=["ruff", "format", "types", "floors"],
)
def test_linter_finds_nothing(command):
    program, *arguments = command
    if program == "importlinter.cli":
        line = [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
        ]
    else:
        line = [sys.executable, "-m", program, *arguments]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
