import os

import pytest

from vislearn.datasets.layout import class_folders, layout_problems, pictures_below
from vislearn.errors import FileError
from vislearn.problems import Problem

ONE, TWO = "\u09a1\u09bc", "\u09dc"  # ড় with two code points, and with one


def tree(root, *files):
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def problems(root):
    return list(layout_problems(root, list(class_folders(root).values())))


def test_names_are_in_one_unicode_form_and_sorted(tmp_path):
    tree(tmp_path, f"{TWO}/1.png", "b/1.png", "@eaDir/b.png")
    assert list(class_folders(tmp_path)) == ["b", ONE]
    assert class_folders(tmp_path)[ONE] == tmp_path / TWO
    assert problems(tmp_path) == []


def test_no_folders(tmp_path):
    with pytest.raises(FileError, match="has no class folders"):
        class_folders(tmp_path)


ALIKE = [
    (("cat", "Cat"), "is called nearly as 'Cat' beside it: only spaces or upper and lower case differ"),
    (("cat", "cat "), "has a space at one end of its name|only spaces"),
    ((ONE, TWO), "the same letters, stored as other code points"),
]


@pytest.mark.parametrize(("names", "sentence"), ALIKE)
def test_two_classes_of_nearly_one_name(tmp_path, names, sentence):
    folders = [tmp_path / name for name in ("dog", *sorted(names))]  # not on the disk: some take them for one
    found = list(layout_problems(tmp_path, folders))
    assert all(part in " ".join(map(str, found)) for part in sentence.split("|"))


ONE_LEVEL_DOWN = [
    ["train/cat/1.png", "train/dog/1.png"],
    ["train/cat/1.png", "val/cat/1.png"],
    ["Train/cat/1.png", "Valid/cat/1.png", "test/cat/1.png", "train_notes.txt"],
    ["pets/cat/1.png", "pets/dog/1.png", "pets/.DS_Store"],
]


@pytest.mark.parametrize("files", ONE_LEVEL_DOWN, ids=str)
def test_classes_one_level_further_down(tmp_path, files):
    (problem,) = problems(tree(tmp_path, *files))
    assert "so that each would be one class" in problem.what
    assert str(tmp_path / files[0].split("/")[0]) in problem.fix


@pytest.mark.parametrize(
    "files",
    [
        ["cat/2024/1.png", "dog/2024/1.png"],
        ["train/1.png", "car/1.png"],
        ["train/1.png", "train/old/1.png"],
        ["train/red/1.png", "car/red/1.png"],
    ],
    ids=str,
)
def test_folders_in_classes_are_welcome(tmp_path, files):
    assert problems(tree(tmp_path, *files)) == []


def test_foreign_and_missing_files_are_told_in_order(tmp_path):
    tree(
        tmp_path,
        "cat/b.jfif",
        "cat/a.txt",
        "cat/sub/c.GIF",
        "cat/1.jpg~",
        "cat/__pycache__/1.png",
        "dog/Thumbs.db",
    )
    found = list(pictures_below(tmp_path / "cat", tmp_path))
    assert [getattr(item, "where", item) for item in found] == [
        str(tmp_path / "cat" / "a.txt"),
        tmp_path / "cat" / "b.jfif",
        tmp_path / "cat" / "sub" / "c.GIF",
    ]
    (problem,) = pictures_below(tmp_path / "dog", tmp_path)
    assert problem.what == "is an empty class folder"


@pytest.mark.parametrize("target", ["cat", ".", "cat/sub"])
def test_a_link_that_leads_back_is_told_once_and_briefly(tmp_path, target):
    tree(tmp_path, "cat/1.png", "cat/sub/2.png")
    (tmp_path / "cat" / "sub" / "again").symlink_to(tmp_path / target, target_is_directory=True)
    found = [item for item in pictures_below(tmp_path / "cat", tmp_path) if isinstance(item, Problem)]
    (problem,) = found
    assert problem.where == str(tmp_path / "cat" / "sub" / "again")
    assert problem.what == f"is a link that leads back to {os.path.realpath(tmp_path / target)}"


def test_a_link_to_itself_is_no_picture(tmp_path):
    tree(tmp_path, "cat/1.png")
    (tmp_path / "cat" / "self").symlink_to(tmp_path / "cat" / "self")
    (problem,) = [item for item in pictures_below(tmp_path / "cat", tmp_path) if isinstance(item, Problem)]
    assert "is not a picture" in problem.what


def test_links_elsewhere_are_followed(tmp_path):
    tree(tmp_path, "far/2.png", "root/cat/1.png")
    (tmp_path / "root" / "cat" / "more").symlink_to(tmp_path / "far", target_is_directory=True)
    assert len(list(pictures_below(tmp_path / "root" / "cat", tmp_path / "root"))) == 2


def test_a_folder_that_cannot_be_opened_is_not_skipped(tmp_path, monkeypatch):
    tree(tmp_path, "cat/1.png", "cat/sub/2.png")
    ordinary = os.listdir

    def closed(folder):
        if str(folder).endswith("sub"):
            raise PermissionError(13, "Permission denied")
        return ordinary(folder)

    monkeypatch.setattr(os, "listdir", closed)
    *_pictures, problem = pictures_below(tmp_path / "cat", tmp_path)
    assert "can't be opened (Permission denied)" in problem.what
