"""Where the tests are that may notice a change."""

from pathlib import Path

import pytest

MODULE = Path("vislearn/room/part.py")


def test_tests_are_those_that_mirror_or_else_those_of_the_folder(tool, tmp_path):
    mirrors = tool("related_tests").mirrors
    assert mirrors(MODULE, tmp_path) == []
    (tmp_path / "tests" / "room" / "inner").mkdir(parents=True)
    for name in ("test_other.py", "inner/test_deep.py", "conftest.py"):
        (tmp_path / "tests" / "room" / name).touch()
    assert mirrors(MODULE, tmp_path) == [str(Path("tests/room/test_other.py"))]
    for name in ("test_part.py", "test_init.py"):
        (tmp_path / "tests" / "room" / name).touch()
    assert mirrors(MODULE, tmp_path) == [str(Path("tests/room/test_part.py"))]
    assert mirrors(MODULE.with_name("__init__.py"), tmp_path) == [str(Path("tests/room/test_init.py"))]


@pytest.fixture
def checkout(tmp_path):
    """``checkout({"tests/test_a.py": "import a"})`` writes files and returns their folder."""

    def write(files):
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        return tmp_path

    return write


DEFINES = "def shape(): ...\n\n\ndef _own(): ...\n\n\nSIZE: int = 3\nLAST = 2\n"


@pytest.mark.parametrize(
    ("imports", "is_related"),
    [
        ("", False),
        ("import vislearn", False),
        ("from vislearn import room", False),
        ("from vislearn import room as r\nr.shape()", True),
        ("from vislearn import room\nroom.other.shape()", False),
        ("from vislearn.room import shape", True),
        ("def test():\n    from vislearn.room import SIZE, other", True),
        ("from vislearn.room import LAST as last", True),
        ("from vislearn.room import other, _own", False),
        ("from vislearn.room import part", True),
        ("from vislearn.room.part import _own", True),
        ("import vislearn.room.part as it", True),
        ("from vislearn.room.parts import shape", False),
        ("from vislearn.elsewhere import shape", False),
    ],
)
def test_a_test_is_related_that_imports_the_module_or_from_its_room_what_it_defines(
    tool, checkout, imports, is_related
):
    root = checkout({str(MODULE): DEFINES, "tests/elsewhere/test_it.py": imports})
    expected = [str(Path("tests/elsewhere/test_it.py"))] if is_related else []
    assert tool("related_tests").related(MODULE, root) == expected


def test_nearest_come_first_and_those_that_mirror_not_at_all(tool, checkout):
    uses = "from vislearn.room import shape"
    root = checkout(
        {
            str(MODULE): DEFINES,
            "vislearn/room/inner/user.py": "from vislearn.room.part import shape",
            "vislearn/cli/command.py": uses,
            "vislearn/cli/deaf.py": "",
            "tests/browser/test_page.py": uses,
            "tests/room/test_part.py": uses,
            "tests/a/test_user.py": uses,
            "tests/room/conftest.py": uses,
            "tests/room/test_user.py": uses,
            "tests/room/test_other.py": "",
            "tests/room/inner/test_user.py": "",
            "tests/room/inner/test_z.py": uses,
            "tests/room/test_baselines.py": "",
            "tests/room/inner/test_baselines.py": uses,
            "tests/cli/test_baselines.py": "",
            "tests/cli/test_command.py": "",
            "tests/cli/test_deaf.py": "",
            "tests/test_root.py": "",
        }
    )
    named = ["tests/room/test_user.py", "tests/room/inner/test_z.py", "tests/a/test_user.py"]
    mirrors = ["tests/room/inner/test_user.py", "tests/cli/test_command.py"]
    expected = [str(Path(name)) for name in (*named, *mirrors, "tests/room/test_other.py")]
    assert tool("related_tests").related(MODULE, root) == expected
    drawn = ["tests/room/test_baselines.py", "tests/room/inner/test_baselines.py"]
    assert tool("related_tests").baselines(MODULE, root) == [str(Path(name)) for name in drawn]
    assert tool("related_tests").baselines(Path("vislearn/part.py"), root) == []
