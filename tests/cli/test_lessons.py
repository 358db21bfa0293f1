import pytest
from click.testing import CliRunner

from vislearn import course, grading
from vislearn.checkout import ROOT
from vislearn.cli import main
from vislearn.course import copies
from vislearn.problems import Problem


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], (None, None, False)),
        (["01", "--language", "bn"], (("01",), "bn", False)),
        (["00", "01", "--force"], (("00", "01"), None, True)),
    ],
)
def test_build_passes_on_what_it_is_given(monkeypatch, words, expected):
    calls = []

    def build(names, language, progress, *, force):
        calls.append((names, language, force))
        progress("running")

    monkeypatch.setattr(course, "build", build)
    done = CliRunner().invoke(main, ["lessons", "build", *words])
    assert (done.exit_code, done.output, calls) == (0, "running\n", [expected])


def test_check_is_content(monkeypatch):
    monkeypatch.setattr(course, "check", lambda names, language: [])
    done = CliRunner().invoke(main, ["lessons", "check"])
    assert (done.exit_code, done.output) == (0, "Every notebook is what its source says.\n")


def test_check_lists_problems_and_fails(monkeypatch):
    problem = Problem("notebooks/00_a.ipynb", "is missing", "Build it.")
    monkeypatch.setattr(course, "check", lambda names, language: [problem])
    done = CliRunner().invoke(main, ["lessons", "check", "00"])
    assert (done.exit_code, done.output) == (1, "notebooks/00_a.ipynb is missing. Build it.\n")


@pytest.mark.parametrize(
    ("problems", "expected"),
    [
        ([], (0, "The Bengali says everything as the glossary does.\n")),
        ([Problem("a.po", "says 'শিকল'", "Write 'চেইন'.")], (1, "a.po says 'শিকল'. Write 'চেইন'.\n")),
    ],
)
def test_proof_lists_findings_and_fails(monkeypatch, problems, expected):
    monkeypatch.setattr(course, "proof_translations", lambda names: problems)
    done = CliRunner().invoke(main, ["lessons", "proof"])
    assert (done.exit_code, done.output) == expected


def test_translate_names_the_files_it_changed(monkeypatch):
    calls = []
    monkeypatch.setattr(
        course, "update_translations", lambda names, prune: calls.append((names, prune)) or ["00.po"]
    )
    done = CliRunner().invoke(main, ["lessons", "translate", "--prune"])
    assert (done.output, calls) == ("00.po\n", [(None, True)])


def test_an_unknown_lesson_is_one_sentence_and_the_same_for_writers_and_learners():
    words = [
        ["lessons", "check", "77_unheard_of"],
        ["lab", "--lesson", "77_unheard_of", f"--notebooks={ROOT / 'notebooks'}"],
    ]
    writer, learner = (CliRunner().invoke(main, line) for line in words)
    assert (writer.exit_code, writer.output) == (1, learner.output)
    assert writer.output.startswith("Error: lesson must be one of '00_overview', ")


def test_count_prints_a_line_for_each_lesson():
    done = CliRunner().invoke(main, ["lessons", "count", "0"])
    assert done.exit_code == 0
    assert done.output.splitlines()[1].startswith("00_overview")


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("nbgrader", "cd '{folder}' && nbgrader generate_assignment 06_x"),
        ("otter", "otter assign '{folder}/06_x.ipynb' '{folder}/dist'"),
    ],
)
def test_export_says_what_comes_next(monkeypatch, tmp_path, to, said):
    calls, folder = [], tmp_path / "our course"

    def export(*given, **options):
        calls.append((*given, options))
        return folder / "06_x.ipynb"

    monkeypatch.setattr(grading, "export_assignment", export)
    words = ["lessons", "export", to, "06", str(folder), "--language", "bn", "--overwrite"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0
    assert said.format(folder=folder) in done.output
    assert calls == [("06", folder, to, {"language": "bn", "overwrite": True})]


def test_colab_counts_its_copies(monkeypatch, tmp_path):
    calls = []

    def write(*given):
        calls.append(given)
        return [tmp_path / "a", tmp_path / "b"]

    monkeypatch.setattr(copies, "write_colab_copies", write)
    done = CliRunner().invoke(main, ["lessons", "colab", str(tmp_path), "git+https://example.org/x"])
    assert (done.exit_code, done.output) == (0, f"2 notebooks are in {tmp_path}.\n")
    assert calls == [(tmp_path, "git+https://example.org/x")]
