"""Folders and zip files as classes hand them in."""

import os
import zipfile

import pytest

from vislearn.errors import FileError
from vislearn.grading import collecting
from vislearn.grading.collecting import collect


def names(submissions):
    return {each.student: [file.name for file in each.files] for each in submissions}


def problems(submissions):
    return {file.name: file.problem.what for each in submissions for file in each.files if file.problem}


def write(root, *paths):
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"{}")


def test_an_empty_folder_a_missing_one_and_another_file_are_refused(tmp_path):
    with pytest.raises(FileError, match="holds no notebook"):
        collect(tmp_path)
    with pytest.raises(FileError, match="is not there"):
        collect(tmp_path / "a")
    write(tmp_path, "a.txt")
    with pytest.raises(FileError, match="neither a folder nor a zip file"):
        collect(tmp_path / "a.txt")


def test_students_are_called_after_their_folders_or_their_files(tmp_path):
    write(tmp_path, "রহিম/01_pipeline.ipynb", "রহিম/deep/02_x.ipynb", "karim_01_pipeline.ipynb", "lima.ipynb")
    write(tmp_path, "01_pipeline.ipynb", "রহিম/.ipynb_checkpoints/01_pipeline.ipynb", "__MACOSX/lima.ipynb")
    write(tmp_path, "রহিম/notes.txt")
    assert names(collect(tmp_path)) == {
        "01_pipeline": ["01_pipeline.ipynb"],
        "karim": ["karim_01_pipeline.ipynb"],
        "lima": ["lima.ipynb"],
        "রহিম": ["রহিম/01_pipeline.ipynb", "রহিম/deep/02_x.ipynb"],
    }


@pytest.mark.parametrize(
    ("paths", "students"),
    [
        (["class/rahim/01_pipeline.ipynb", "class/karim/01_pipeline.ipynb"], ["karim", "rahim"]),
        (["a/class/rahim.ipynb", "a/class/karim.ipynb"], ["karim", "rahim"]),
        (["rahim/01_pipeline.ipynb", "rahim/02_transfer.ipynb"], ["rahim"]),
    ],
)
def test_a_folder_around_all_is_nobody(tmp_path, paths, students):
    write(tmp_path, *paths)
    assert [each.student for each in collect(tmp_path)] == students


def test_a_link_that_leads_out_is_not_followed(tmp_path):
    write(tmp_path, "secret.ipynb", "in/a.ipynb")
    (tmp_path / "in/b.ipynb").symlink_to(tmp_path / "secret.ipynb")
    assert problems(collect(tmp_path / "in")) == {"b.ipynb": "is a link to another place"}


def test_a_name_that_a_terminal_would_obey_is_made_harmless(tmp_path):
    write(tmp_path, "a\x1b[2J/01_pipeline.ipynb", "b/01_pipeline.ipynb")
    assert list(names(collect(tmp_path))) == ["a?[2J", "b"]


def test_one_changed_byte_is_another_submission(tmp_path):
    write(tmp_path, "a/x.ipynb")
    before = collect(tmp_path)[0].digest
    assert collect(tmp_path)[0].digest == before
    (tmp_path / "a/x.ipynb").write_bytes(b"[]")
    assert collect(tmp_path)[0].digest != before


def test_a_zip_that_wants_out_or_swells_harms_nobody(tmp_path, monkeypatch):
    monkeypatch.setattr(collecting, "_LARGEST_MB", 1)
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("class/", "")
        archive.writestr("class/a.ipynb/", "")
        archive.writestr("class/notes.txt", "")
        archive.writestr("rahim/01_pipeline.ipynb", "{}")
        archive.writestr("../../slip.ipynb", "{}")
        archive.writestr("/abs.ipynb", "{}")
        archive.writestr("bomb/b.ipynb", b"0" * 1_000_001)
        link = zipfile.ZipInfo("link/l.ipynb")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    found = collect(tmp_path / "all.zip")
    assert problems(found) == {
        "../../slip.ipynb": "would leave its folder",
        "/abs.ipynb": "would leave its folder",
        "bomb/b.ipynb": "has more than 1 MB",
        "link/l.ipynb": "is a link to another place",
    }
    assert names(found) == {
        "abs": ["/abs.ipynb"],
        "bomb": ["bomb/b.ipynb"],
        "link": ["link/l.ipynb"],
        "rahim": ["rahim/01_pipeline.ipynb"],
        "slip": ["../../slip.ipynb"],
    }
    assert [path.name for path in tmp_path.iterdir()] == ["all.zip"]


def test_a_damaged_member_leaves_the_others(tmp_path):
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.ipynb", "spoiled-content")
        archive.writestr("b.ipynb", "{}")
    path.write_bytes(path.read_bytes().replace(b"spoiled-content", b"spoiled-c0ntent", 1))
    found = collect(path)
    assert problems(found) == {"a.ipynb": "is damaged in the zip file"}
    assert found[1].files[0].data == b"{}"


def test_names_of_files_are_made_harmless_too(tmp_path):
    write(tmp_path, "a/\x1b]0;x\x07.ipynb")
    (tmp_path / "b").mkdir()
    with open(os.fsencode(tmp_path / "b") + b"/\xff.ipynb", "wb") as file:  # noqa: PTH123  no Path holds it
        file.write(b"{}")
    found = collect(tmp_path)
    assert names(found) == {"a": ["a/?]0;x?.ipynb"], "b": ["b/?.ipynb"]}
    assert len({each.digest for each in found}) == 2


def test_what_joins_bengali_letters_stays(tmp_path):
    write(tmp_path, "র\u200d্যা/a.ipynb", "b.ipynb")
    assert list(names(collect(tmp_path))) == ["b", "র\u200d্যা"]


def test_a_zip_with_a_damaged_list_is_refused(tmp_path):
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.ipynb", "{}")
    path.write_bytes(path.read_bytes().replace(b"PK\x01\x02", b"PK\x09\x09"))
    with pytest.raises(FileError, match="is damaged"):
        collect(path)


def zipped(path, sizes, packed=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", packed) as archive:
        for name, size in sizes.items():
            archive.writestr(f"{name}.ipynb", bytes(size))
    return path


@pytest.mark.parametrize("size", [50_000_000, 50_000_001])
def test_a_notebook_may_have_50_mb(tmp_path, size):
    with (tmp_path / "a.ipynb").open("wb") as file:
        file.truncate(size)
    (found,) = collect(tmp_path)[0].files
    if size == 50_000_000:
        assert len(found.data) == size
    else:
        assert str(found.problem) == "a.ipynb has more than 50 MB. Ask for it without its outputs."


@pytest.mark.parametrize(
    ("sizes", "refused"),
    [
        ({"a": 1_000_000}, []),
        ({"a": 1_000_001}, ["a.ipynb"]),
        ({"a": 600_000, "b": 400_000}, []),
        ({"a": 600_000, "b": 400_001, "c": 400_000}, ["b.ipynb"]),  # what was refused takes no room
    ],
)
def test_what_a_zip_holds_is_bounded_one_by_one_and_together(tmp_path, monkeypatch, sizes, refused):
    for bound in ("_LARGEST_MB", "_ALL_MB"):
        monkeypatch.setattr(collecting, bound, 1)
    assert list(problems(collect(zipped(tmp_path / "all.zip", sizes)))) == refused


def test_all_of_a_zip_may_have_4_gb(tmp_path, monkeypatch):
    left = []

    def read(_archive, _member, name, most):
        left.append(most)
        return collecting.File(str(name), range(50_000_000))

    monkeypatch.setattr(collecting, "_member", read)
    collect(zipped(tmp_path / "all.zip", dict.fromkeys("abc", 1)))
    assert left == [4_000_000_000, 3_950_000_000, 3_900_000_000]


@pytest.mark.parametrize("count", [20_000, 20_001])
def test_a_zip_may_hold_20000_files(tmp_path, monkeypatch, count):
    path = zipped(tmp_path / "all.zip", {"a": 1})
    members = zipfile.ZipFile(path).infolist()
    others = [zipfile.ZipInfo("note.txt")] * (count - 1)
    monkeypatch.setattr(zipfile.ZipFile, "infolist", lambda _archive: members + others)
    if count == 20_000:
        assert list(names(collect(path))) == ["a"]
    else:
        with pytest.raises(FileError, match=r"holds more than 20000 files\. Unpack it"):
            collect(path)


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (6, 1, "is encrypted, or packed in an unknown way. Ask for it without a password."),
        (8, 99, "is encrypted, or packed in an unknown way. Ask for it without a password."),
        (None, 0, "can't be unpacked (error). Ask for it again."),
    ],
    ids=["encrypted", "packed by an unknown method", "packed wrongly"],
)
def test_a_member_that_can_not_be_unpacked_says_why(tmp_path, place, value, said):
    path = zipped(tmp_path / "all.zip", {"a": 1000})
    data = bytearray(path.read_bytes())
    if place is None:
        begin = 30 + len("a.ipynb")
        data[begin : begin + 4] = b"\xff" * 4
    else:  # the flags, or the method; the list at the end says them again, two bytes later
        data[place] = data[data.rindex(b"PK\x01\x02") + place + 2] = value
    path.write_bytes(data)
    (found,) = collect(path)[0].files
    assert str(found.problem) == f"a.ipynb {said}"


def test_a_file_that_can_not_be_read_says_why(tmp_path, monkeypatch):
    def refuse(_path):
        raise PermissionError(13, "Permission denied")

    write(tmp_path, "a.ipynb")
    monkeypatch.setattr(collecting.Path, "read_bytes", refuse)
    (found,) = collect(tmp_path)[0].files
    assert str(found.problem) == "a.ipynb can't be read (Permission denied). Copy it again."


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("C:/rahim/a.ipynb", "rahim"),
        ("C:\\rahim\\a.ipynb", "rahim"),
        ("a/../b/c.ipynb", "a"),
        ("/home/c.ipynb", "home"),
    ],
)
def test_a_student_is_never_called_after_a_drive_or_a_way_out(tmp_path, name, student):
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "{}")
        archive.writestr("other.ipynb", "{}")
    assert list(names(collect(path))) == sorted([student, "other"])
