import csv
import json

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from vislearn.cli import main
from vislearn.io import read_image
from vislearn.models import classifier, detector
from vislearn.training import load_model, predict_classes, save_model
from vislearn.transforms import eval_transform

CLASSES = ["cat", "কুকুর", "bird", "fish"]


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


@pytest.fixture
def file(tmp_path):
    torch.manual_seed(0)
    model = classifier("photo", len(CLASSES), "scratch")
    return save_model(tmp_path / "runs" / "m.pt", model, classes=CLASSES, transform=eval_transform(32))


@pytest.fixture
def folder(tmp_path):
    for number, name in enumerate(("a.jpg", "more/ছবি.png")):
        pixels = np.random.default_rng(number).integers(0, 256, (40, 30 + number, 3), dtype=np.uint8)
        place = tmp_path / "in" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(place)
    return tmp_path / "in"


def run(*arguments):
    return CliRunner().invoke(main, ["predict", *map(str, arguments)])


def test_every_picture_gets_a_line_and_a_row(file, folder, tmp_path):
    done = run(file, folder, "--csv", tmp_path / "t.csv", "--json", tmp_path / "t.json", "--top", 2)
    assert done.exit_code == 0, done.output
    saved = load_model(file, classifier)
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as table:
        rows = list(csv.DictReader(table))
    record = json.loads((tmp_path / "t.json").read_text("utf-8"))
    assert record["classes"] == CLASSES
    for picture, row, entry in zip(
        [folder / "a.jpg", folder / "more" / "ছবি.png"], rows, record["pictures"], strict=True
    ):
        chances = predict_classes(saved, [read_image(picture)])[0]
        assert (row["file"], entry["file"]) == (str(picture), str(picture))
        assert row["class"] == CLASSES[int(chances.argmax())]
        assert float(row["probability"]) == pytest.approx(chances.max().item(), abs=1e-6)
        assert [float(row[name]) for name in CLASSES] == pytest.approx(chances.tolist(), abs=1e-6)
        assert list(entry["probabilities"].values()) == pytest.approx(chances.tolist(), abs=1e-6)
        first, second = chances.topk(2).indices.tolist()
        assert f"{picture}: {CLASSES[first]} {chances[first]:.1%}, {CLASSES[second]}" in done.output
    assert f"Saved: {tmp_path / 't.csv'} (pictures: 2)." in done.output


def test_spreadsheets_are_told_that_the_table_is_utf_8(file, folder, tmp_path):
    run(file, folder, "--csv", tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbffile,class,probability,cat")


def test_what_can_not_be_read_is_named_and_the_others_are_done(file, folder, tmp_path):
    (folder / "b.png").write_bytes((folder / "a.jpg").read_bytes()[:60])
    done = run(file, folder, "--csv", tmp_path / "t.csv")
    assert done.exit_code == 1
    assert "(pictures: 2)." in done.output
    assert str(folder / "b.png") in done.output.splitlines()[-1]


def test_what_can_not_be_read_stands_in_the_table_and_in_the_record_dead_links_too(file, folder, tmp_path):
    (folder / "dead.png").symlink_to("gone.png")
    (folder / "b.png").write_bytes(b"")
    (folder / "list.txt").write_text("no picture")
    done = run(file, folder, "--csv", tmp_path / "t.csv", "--json", tmp_path / "t.json")
    assert done.exit_code == 1
    assert "no picture is called so: list.txt (files: 1)." in done.output
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as table:
        rows = {row["file"]: row for row in csv.DictReader(table)}
    assert [row["problem"] for row in rows.values()][:2] == ["", ""]
    dead, empty = rows[str(folder / "dead.png")], rows[str(folder / "b.png")]
    assert (dead["class"], dead["probability"], dead["cat"]) == ("", "", "")
    assert dead["problem"].startswith("is a link to a file that isn't there. ")
    assert empty["problem"].startswith("is empty (0 bytes). ")
    problems = json.loads((tmp_path / "t.json").read_text("utf-8"))["problems"]
    assert {problem["file"]: problem["problem"] for problem in problems} == {
        name: row["problem"] for name, row in rows.items() if row["problem"]
    }
    for name in (folder / "dead.png", folder / "b.png"):
        assert str(name) in done.output


def test_twelve_bits_are_read_by_the_scale_that_the_model_learned_by(file, tmp_path):
    deep = np.random.default_rng(3).integers(0, 4096, (40, 40)).astype(np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    Image.fromarray(np.floor(deep * (255 / 4095) + 0.5).astype(np.uint8)).save(tmp_path / "plain.png")
    saved = load_model(file, classifier)
    about = {"classes": CLASSES, "transform": saved.transform, "scale": 4095}
    known = save_model(tmp_path / "known.pt", saved.model, **about)
    both = (tmp_path / "deep.png", tmp_path / "plain.png")
    for arguments in ((known, *both), (file, *both, "--scale", 4095)):
        done = run(*arguments, "--json", tmp_path / "t.json", "--overwrite")
        assert done.exit_code == 0, done.output
        assert "nearly black" not in done.output
        deep_one, plain_one = json.loads((tmp_path / "t.json").read_text("utf-8"))["pictures"]
        assert deep_one["probabilities"] == pytest.approx(plain_one["probabilities"], abs=1e-6)
    doubted = run(file, both[0], "--csv", tmp_path / "t.csv")
    assert (doubted.exit_code, doubted.output.count("becomes nearly black")) == (0, 1)
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as table:
        (row,) = csv.DictReader(table)
    assert (row["class"] in CLASSES, "becomes nearly black" in row["problem"]) == (True, True)


def test_what_is_not_there_is_named_and_the_others_are_done(file, folder):
    done = run(file, folder / "a.jpg", folder / "nothere.png")
    assert done.exit_code == 1
    assert done.output.splitlines()[0].startswith(f"{folder / 'a.jpg'}: ")
    last = f"Error: {folder / 'nothere.png'} does not exist. Check the name and the folder."
    assert done.output.splitlines()[-1] == last


def test_a_page_shows_the_answers_and_what_has_none(file, folder, tmp_path):
    (folder / "b.png").write_bytes((folder / "a.jpg").read_bytes()[:60])
    page = tmp_path / "p.html"
    done = run(file, folder, "--html", page, "--csv", tmp_path / "t.csv", "--top", 2)
    assert done.exit_code == 1
    assert f"Saved: {page} (pictures: 2)." in done.output
    html = page.read_text("utf-8")
    best, second = sorted(predict_classes(load_model(file, classifier), [read_image(folder / "a.jpg")])[0])[
        :-3:-1
    ]
    assert f" {best:.0%}<".replace("%", "\u00a0%") in html
    assert f" {second:.0%}<".replace("%", "\u00a0%") in html
    assert "<h1>m.pt: answers to new pictures (2)</h1>" in html
    assert "Without an answer: 1" in html
    assert "more/ছবি.png" in html
    assert run(file, folder, "--html", page).output.startswith(f"Error: {page} is there already")


def test_who_stops_it_gets_a_page_that_says_how_far_it_came(file, folder, tmp_path, monkeypatch):
    from vislearn import training

    predict, calls = training.predict_classes, []

    def stopped(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return predict(*arguments)

    monkeypatch.setattr(training, "predict_classes", stopped)
    done = run(file, folder, "--html", tmp_path / "p.html")
    assert done.exit_code == 130
    html = (tmp_path / "p.html").read_text("utf-8")
    assert "Stopped: 1 of 2 pictures are done, and kept." in html
    assert html.endswith("</html>\n")


def test_nothing_is_begun_where_nothing_can_be_kept(file, folder, tmp_path):
    (tmp_path / "plain").write_text("a file")
    done = run(file, folder, "--csv", tmp_path / "plain" / "t.csv")
    assert done.exit_code == 1
    assert done.output.startswith("Error: ")
    assert "a.jpg" not in done.output


def test_a_table_that_is_there_is_kept_unless_somebody_says_otherwise(file, folder, tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("by hand")
    refused = run(file, folder, "--csv", table)
    assert refused.exit_code == 1
    assert (
        f"{table} is there already, and would be overwritten. Choose another name, or say --overwrite."
        in refused.output
    )
    assert table.read_text() == "by hand"
    assert run(file, folder, "--csv", table, "--overwrite").exit_code == 0
    assert table.read_text() != "by hand"


def test_two_results_in_one_file_are_refused_before_anything_is_computed(file, folder, tmp_path):
    done = run(file, folder, "--csv", tmp_path / "t", "--html", tmp_path / "t")
    assert done.exit_code == 1
    assert f"{tmp_path / 't'} is named for two results. Give each of them a name of its own." in done.output
    assert not (tmp_path / "t").exists()


def test_a_bengali_page_says_in_bengali_what_is_wrong_with_a_file(file, folder, tmp_path, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    (folder / "b.png").write_bytes(b"")
    run(file, folder, "--html", tmp_path / "p.html")
    assert f"{folder / 'b.png'} ফাঁকা (০ বাইট)। যেখান থেকে" in (tmp_path / "p.html").read_text("utf-8")


def test_models_that_can_not_be(folder, tmp_path):
    assert "does not exist" in run(tmp_path / "gone.pt", folder).output
    (tmp_path / "text.pt").write_text("no model")
    done = run(tmp_path / "text.pt", folder)
    assert done.exit_code == 1
    assert done.output.startswith(f"Error: {tmp_path / 'text.pt'}")


def test_a_detector_is_sent_to_the_command_that_takes_it(folder, tmp_path):
    file = save_model(tmp_path / "m.pt", detector("fcos", 1, "scratch"), classes=["a", "b"], transform=None)
    done = run(file, folder)
    assert done.exit_code == 1
    assert f"Error: {file} holds a detector, not a classifier." in done.output
    assert "vislearn detect take it." in done.output


@pytest.mark.parametrize("option", ["MODEL", "--csv", "--html", "--json"])
def test_a_folder_is_no_place_for_a_file(option, tmp_path):
    done = run(tmp_path, "a.png") if option == "MODEL" else run("m.pt", "a.png", option, tmp_path)
    assert (done.exit_code, "is a directory" in done.output) == (2, True)
