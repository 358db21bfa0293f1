import gc
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from vislearn.datasets import check_folder, image_folder, resized, textures
from vislearn.datasets.bundled.pictures import source_file
from vislearn.errors import FileError


def picture(path, mode="RGB", value=(200, 30, 30), size=(20, 12), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, value).save(path, **options)
    return path


@pytest.fixture
def root(tmp_path):
    for name, colour in (("ant", (200, 0, 0)), ("bee", (0, 200, 0))):
        for index in range(3):
            picture(tmp_path / "pets" / name / f"{index}.jpg", value=colour)
    return tmp_path / "pets"


def cut(path, share=0.5):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])


def test_a_sound_folder_is_what_torchvision_makes_of_it(bundled):
    ours, original = image_folder(textures("val")), ImageFolder(textures("val"))
    assert isinstance(ours, ImageFolder)
    assert (ours.classes, ours.class_to_idx, ours.samples) == (
        original.classes,
        original.class_to_idx,
        original.samples,
    )
    assert np.array_equal(ours[5][0], original[5][0])
    assert ours[5][1] == original[5][1] == 0
    assert check_folder(textures("val")) == []


def test_order_is_torchvisions_in_nested_and_oddly_named_folders(root):
    picture(root / "ant" / "sub" / "z.png")
    picture(root / "ant" / "B.JPG")
    picture(root / "Z-class" / "1.webp")
    assert image_folder(root).samples == ImageFolder(root).samples


def test_the_transform_gets_a_pil_picture_and_the_target_its_label(root):
    folder = image_folder(root, transform=v2.ToImage())
    image, label = folder[4]
    assert image.shape == (3, 12, 20)
    assert label == 1


@pytest.mark.parametrize(
    "litter",
    [
        ".DS_Store",
        "Thumbs.db",
        "desktop.ini",
        ".ipynb_checkpoints/0-checkpoint.jpg",
        "__MACOSX/._0.jpg",
        "@eaDir/0.jpg/SYNOPHOTO_THUMB_M.jpg",
        "#recycle/0.jpg",
        "#snapshot/0.jpg",
        "@Recently-Snapshot/0.jpg",
        "$RECYCLE.BIN/0.jpg",
        "System Volume Information/0.dat",
        "lost+found/0",
        "__pycache__/a.pyc",
        "ehthumbs.db",
        "Picasa.ini",
        "0.jpg~",
    ],
)
def test_what_file_managers_and_jupyter_leave_behind_is_ignored(root, litter):
    for folder in (root, root / "ant"):
        (folder / litter).parent.mkdir(parents=True, exist_ok=True)
        (folder / litter).write_bytes(b"litter")
    folder = image_folder(root)
    assert folder.classes == ["ant", "bee"]
    assert len(folder) == 6
    assert check_folder(root) == []


@pytest.mark.parametrize("ending", ["jfif", "jpe", "gif", "avif", "jp2", "JPG"])
def test_whatever_can_be_read_is_a_picture_here_too(root, ending):
    picture(root / "cow" / f"0.{ending}")
    assert np.asarray(image_folder(root)[6][0]).shape == (12, 20, 3)
    assert check_folder(root) == []


def test_of_several_frames_the_first_is_the_picture(root):
    frames = [Image.new("RGB", (20, 12), colour) for colour in ("red", "lime", "blue")]
    for ending in ("gif", "tif", "png"):
        frames[0].save(root / "ant" / f"moving.{ending}", save_all=True, append_images=frames[1:])
    folder = image_folder(root)
    moving = [folder[at][0] for at, (path, _label) in enumerate(folder.samples) if "moving" in path]
    assert [np.unique(np.reshape(picture, (-1, 3)), axis=0).tolist() for picture in moving] == [
        [[255, 0, 0]]
    ] * 3
    assert check_folder(root) == []


def test_a_gif_that_is_cut_off_is_told(root):
    noise = np.random.default_rng(0).integers(0, 256, (40, 40), dtype=np.uint8)
    Image.fromarray(noise).save(root / "bee" / "cut.gif")
    cut(root / "bee" / "cut.gif")
    (problem,) = check_folder(root)
    assert Path(problem.where).name == "cut.gif"
    with pytest.raises(FileError, match=r"cut\.gif"):
        list(image_folder(root))


def test_classes_of_two_folders_compare_whichever_unicode_form_they_have(root, tmp_path):
    for folder, name in ((root, "\u09a1\u09bc"), (tmp_path / "val", "\u09dc")):
        for other in ("ant", "bee"):
            picture(folder / other / "0.png")
        picture(folder / name / "0.png")
    one, two = image_folder(root), image_folder(tmp_path / "val")
    assert one.classes == two.classes
    assert one.class_to_idx == two.class_to_idx
    assert len(two) == 3


def test_twelve_bits_are_doubted_by_the_check_and_read_by_scale(root):
    Image.fromarray(np.full((4, 4), 4095, np.uint16)).save(root / "ant" / "deep.png")
    (problem,) = check_folder(root)
    assert (Path(problem.where).name, "scale=4095" in problem.fix) == ("deep.png", True)
    assert check_folder(root, scale=4095) == []
    folder = image_folder(root, scale=4095)
    index = [Path(path).name for path, _ in folder.samples].index("deep.png")
    assert np.asarray(folder[index][0]).min() == 255
    assert resized(folder, (2, 2))[index][0].min() == 255


def test_twins_are_refused(root, monkeypatch):
    folders = {"Ant": root / "Ant", "ant": root / "ant"}  # not on the disk: some disks take them for one
    monkeypatch.setattr("vislearn.datasets.folders.class_folders", lambda _root: folders)
    with pytest.raises(FileError, match="is called nearly as 'Ant'"):
        image_folder(root)


def test_the_limit_of_size_can_be_lowered(root):
    with pytest.raises(FileError, match=r"at most 0\.0001 are read"):
        image_folder(root, max_megapixels=0.0001)[0]
    assert len(check_folder(root, max_megapixels=0.0001)) == 6


def leave_out(root):
    return root / "no_such"


def name_a_file(root):
    return root / "ant" / "0.jpg"


def leave_empty(root):
    (root.parent / "nothing").mkdir()
    return root.parent / "nothing"


def put_pictures_without_classes(root):
    return root / "ant"


def add_empty_class(root):
    (root / "cow" / ".DS_Store").parent.mkdir()
    (root / "cow" / ".DS_Store").touch()
    return root


def add_text(root):
    (root / "bee" / "labels.csv").write_text("a,b", encoding="utf-8")
    return root


def put_parts_above(root):
    picture(root.parent / "parts" / "train" / "ant" / "0.jpg")
    picture(root.parent / "parts" / "val" / "ant" / "0.jpg")
    return root.parent / "parts"


def lead_back(root):
    (root / "ant" / "again").symlink_to(root / "ant", target_is_directory=True)
    return root


STRUCTURE = [
    (put_parts_above, "parts", "each would be one class", "train instead"),
    (lead_back, "again", "is a link that leads back to", "Remove the link"),
    (leave_out, "no_such", "does not exist", "Check the name"),
    (name_a_file, "0.jpg", "is a file, not a folder", "folder of its own"),
    (leave_empty, "nothing", "has no class folders", "ROOT/cat/1.jpg"),
    (put_pictures_without_classes, "ant", "has no class folders", "ROOT/cat/1.jpg"),
    (add_empty_class, "cow", "is an empty class folder", "delete it"),
    (add_text, "labels.csv", "is not a picture", "Move it out"),
]


@pytest.mark.parametrize(("spoil", "name", "problem", "fix"), STRUCTURE)
def test_a_wrong_structure_is_an_error_at_once_naming_path_and_remedy(root, spoil, name, problem, fix):
    spoilt = spoil(root)
    with pytest.raises(FileError, match=problem) as caught:
        image_folder(spoilt)
    assert caught.value.path.name == name
    assert fix in caught.value.fix


@pytest.mark.parametrize(("spoil", "name", "problem", "fix"), STRUCTURE)
def test_the_check_lists_a_wrong_structure_too(root, spoil, name, problem, fix):
    found = [entry for entry in check_folder(spoil(root)) if Path(entry.where).name == name]
    assert [problem in entry.what and fix in entry.fix for entry in found] == [True]


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"", "is empty"), (b"a,b\n1,2\n", "holds text"), (None, "cut off")],
    ids=["empty", "text", "truncated"],
)
@pytest.mark.parametrize("workers", [0, 1])
def test_a_damaged_picture_is_an_error_when_read_in_workers_too(root, content, problem, workers):
    victim = root / "ant" / "1.jpg"
    if content is None:
        cut(victim)
    else:
        victim.write_bytes(content)
    folder = image_folder(root, transform=v2.ToImage())
    loader = DataLoader(folder, batch_size=6, num_workers=workers)
    with pytest.raises(FileError, match=problem) as caught:
        next(iter(loader))
    assert str(victim) in str(caught.value)
    assert ("Move it out" if content else "Copy it again") in str(caught.value)


@pytest.mark.parametrize(
    ("mode", "value", "name", "options", "expected_hw_rgb"),
    [
        ("L", 90, "gray.jpg", {}, (12, 20, (90, 90, 90))),
        ("RGBA", (255, 0, 0, 0), "clear.png", {}, (12, 20, (255, 255, 255))),
        ("I;16", 51400, "deep.png", {}, (12, 20, (200, 200, 200))),
        ("CMYK", (255, 0, 0, 0), "print.jpg", {}, (12, 20, (0, 255, 255))),
        ("RGB", (9, 99, 199), "turned.jpg", {"turn": 6}, (20, 12, (9, 99, 199))),
    ],
)
def test_unusual_pictures_are_read_by_value(root, mode, value, name, options, expected_hw_rgb):
    saving = {}
    if "turn" in options:
        saving["exif"] = Image.Exif()
        saving["exif"][0x0112] = options["turn"]
    picture(root / "cow" / name, mode, value, **saving)
    image = np.asarray(image_folder(root)[6][0])
    height, width, rgb = expected_hw_rgb
    assert image.shape == (height, width, 3)
    assert np.abs(image.reshape(-1, 3).mean(0) - rgb).max() <= 2
    assert check_folder(root) == []


def test_the_check_lists_every_problem_with_its_remedy(root):
    picture(root / "stray.png")
    (root / "README.txt").write_text("about", encoding="utf-8")  # beside the classes: nobody's business
    (root / "ant" / "0.jpg").write_bytes(b"")
    cut(root / "bee" / "1.jpg")
    (root / "bee" / "notes.txt").write_text("x", encoding="utf-8")
    (root / "cow").mkdir()
    problems = check_folder(root)
    assert [(Path(entry.where).name, entry.what.split(" (")[0]) for entry in problems] == [
        ("stray.png", "lies beside the class folders and would never be used"),
        ("0.jpg", "is empty"),
        ("1.jpg", "is cut off or damaged"),
        ("notes.txt", "is not a picture"),
        ("cow", "is an empty class folder"),
    ]
    assert all(entry.fix for entry in problems)
    assert str(problems[1]) == (
        f"{root / 'ant' / '0.jpg'} is empty (0 bytes). Copy it again from where it came, or delete it."
    )


def test_the_check_holds_one_picture_at_a_time(tmp_path):
    for index in range(8):
        picture(tmp_path / "large" / f"{index}.png", size=(640, 480))
    check_folder(tmp_path)
    gc.collect()
    tracemalloc.start()
    check_folder(tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * 640 * 480 * 3


def test_a_folder_of_the_sources_section_trains_as_it_stands(root):
    with Image.open(source_file("cat")) as file:
        file.save(root / "ant" / "cat.jpg")
    chain = v2.Compose([v2.Resize((16, 16)), v2.ToImage(), v2.ToDtype(torch.float32, scale=True)])
    images, labels = next(iter(DataLoader(image_folder(root, chain), batch_size=7)))
    assert images.shape == (7, 3, 16, 16)
    assert labels.tolist() == [0, 0, 0, 0, 1, 1, 1]
