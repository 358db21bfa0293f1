"""What README and CONTRIBUTING say is there, is there."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from vislearn.checkout import ROOT
from vislearn.cli import main
from vislearn.course import find_lessons
from vislearn.course.building.readme import with_tables
from vislearn.course.building.seconds import built_seconds, measured_rows
from vislearn.course.lessons import notebooks_folder

DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md", "server/README.md"]


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_readme_s_tables_are_those_of_the_lessons():
    """Names and seconds; `make lessons` writes both."""
    assert with_tables(text("README.md"), notebooks_folder()) == text("README.md")
    assert all(f"(notebooks/{lesson.name}.ipynb)" in text("README.md") for lesson in find_lessons())


def test_no_lesson_was_much_quicker_on_a_gpu_as_readme_says():
    here, rows = built_seconds(notebooks_folder()), measured_rows(notebooks_folder())
    on_gpus = [row for machine, row in rows.items() if machine.startswith("NVIDIA")]
    assert on_gpus
    quicker = {name for row in on_gpus for name, seconds in row.items() if seconds < 0.75 * here[name]}
    assert "none of the lessons measured there was much quicker" in text("README.md")
    assert quicker == set()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name):
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", text(name))
    missing = [link for link in links if not ((ROOT / name).parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_make_targets_that_are_named_exist(name):
    targets = set(re.search(r"^\.PHONY: (.+)$", text("Makefile"), re.MULTILINE).group(1).split())
    assert set(re.findall(r"\bmake ([a-z-]+)(?=[ `\n,;.:)])", commands(name))) <= targets


@pytest.mark.parametrize("name", DOCUMENTS)
def test_commands_that_are_named_exist(name):
    for words in re.findall(r"(?:^|`|bin/)vislearn((?: [a-z]+)+)", commands(name), re.MULTILINE):
        command = main
        for word in words.split():
            command = getattr(command, "commands", {word: command})[word]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_folders_that_are_named_exist(name):
    named = re.findall(r"^\| `([a-z_/]+)/` \|", text(name), re.MULTILINE) if name == "README.md" else []
    assert [folder for folder in named if not (ROOT / folder).is_dir()] == []


def test_contributing_names_the_floors_as_the_linter_knows_them():
    table = text("CONTRIBUTING.md").split("| floor | modules |")[1].split("\n\n")[0]
    rows = [re.findall(r"`(\w+)`", row) for row in table.splitlines() if "`" in row]
    contracts = tomllib.loads(text("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    [floors] = [contract["layers"] for contract in contracts if contract["id"] == "floors"]
    assert [set(row) for row in rows] == [set(re.findall(r"\w+", floor)) for floor in floors]


def commands(name):
    """The parts of a document that are typed: fenced blocks and code between backticks."""
    found = re.findall(r"^```\w*\n(.*?)^```|(`[^`\n]+`)", text(name), re.MULTILINE | re.DOTALL)
    return "\n".join(block or code for block, code in found)


def test_the_two_commands_stand_on_the_first_screen():
    first_screen = text("README.md").splitlines()[:24]
    assert any(line.startswith("make lab ") for line in first_screen)
    assert any(line.startswith("make test ") for line in first_screen)


def test_options_of_the_lab_are_the_ones_readme_names():
    shown = CliRunner().invoke(main, ["lab", "--help"]).output
    for option in ("--lesson", "--language", "--port", "--no-browser"):
        assert option in shown
        assert option in text("README.md")


def test_nothing_written_here_betrays_the_machine_it_was_written_on():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    homes = re.compile(r"/(?:home|Users)/[a-z]+/|/root/(?!\.)")
    written = {".py", ".md", ".toml", ".yml", ".txt", ".ipynb", ".po", ".sh"}
    names = [name for name in tracked if Path(name).suffix in written and not name.startswith("tests/")]
    files = [ROOT / name for name in names if (ROOT / name).exists()]
    guilty = [path.name for path in files if homes.search(path.read_text(encoding="utf-8"))]
    assert guilty == []
