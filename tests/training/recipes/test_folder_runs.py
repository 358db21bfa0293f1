import pytest

from vislearn.errors import FileError, MissingError
from vislearn.models import classifier
from vislearn.training import Choice, FolderOptions, FolderRun, load_model
from vislearn.training.recipes import folder_runs

QUICK = FolderOptions(batch_size=4, epochs=2, lr=0.02)
PHOTO = Choice("photo")


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


@pytest.fixture
def tree(tmp_path, noise_tree):
    return noise_tree(tmp_path / "tree", {"dark": 20, "light": 200}, spread=20, train=6, val=2, test=3)


@pytest.fixture
def run(tree, tmp_path):
    def made(*choices, **how):
        options = how.pop("options", QUICK)
        told = {"root": tree, "out": tmp_path / "runs" / "c.pt", "say": lambda line: None}
        return FolderRun(choices=choices or (PHOTO,), options=options, **{**told, **how})

    return made


@pytest.fixture
def drawn(tree):
    """The tree without the parts that are drawn from it."""
    for part in ("val", "test"):
        (tree / part).rename(tree.parent / part)


def interrupted(run, monkeypatch, **how):
    """A run that was killed as its first network was learned, and not saved."""

    def killed(*arguments):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(folder_runs, "save_outcome", killed)
        with pytest.raises(SystemExit):
            run(**how).train()


def failing(run, monkeypatch, trouble, **how):
    """A run that ended before its first checkpoint."""

    def failed(*arguments, **named):
        raise trouble

    with monkeypatch.context() as patch:
        patch.setattr(folder_runs, "train_on", failed)
        with pytest.raises(type(trouble)):
            run(**how).train()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_best_network_is_saved_and_it_alone_is_asked_about_the_test_pictures(run, monkeypatch):
    asked, real = [], folder_runs.judge_part
    monkeypatch.setattr(folder_runs, "judge_part", lambda *told: asked.append(told[1:3]) or real(*told))
    done = run(Choice("photo", "scratch"), PHOTO)
    done.train()
    assert asked == [("test", done.best)]
    assert len(done.tested.files) == 6
    assert load_model(done.out, classifier).scores["val_accuracy"] == done.best.report.accuracy
    assert done.best.report.accuracy == max(outcome.report.accuracy for outcome in done.outcomes)
    assert names(done.out.parent) == ["c.pt", "c.training"]
    done.finish()
    assert names(done.out.parent) == ["c.pt"]


def test_the_list_of_what_was_drawn_lies_beside_the_model(run, drawn):
    done = run(options=FolderOptions(epochs=1, split=0.5))
    done.train()
    assert done.file(".split.csv").read_text(encoding="utf-8").count("\n") == 13
    done.finish()
    done.out.unlink()
    with pytest.raises(FileError, match=r"c\.split\.csv is there already"):
        run(options=FolderOptions(epochs=1, split=0.5)).train()


@pytest.mark.parametrize("name", ["c.pt", "c.html"])
def test_nothing_is_overwritten_unless_it_is_said(run, name):
    target = run().out.parent / name
    target.parent.mkdir()
    target.write_text("kept")
    with pytest.raises(FileError, match="is there already"):
        run(beside=(".html",)).train()
    with pytest.raises(FileError, match="is there already"):
        run(beside=(".html",), resume=True).train()
    assert target.read_text() == "kept"
    run(beside=(".html",), overwrite=True).train()


def test_an_interrupted_run_is_not_thrown_away(run, monkeypatch):
    interrupted(run, monkeypatch)
    with pytest.raises(FileError, match=r"c\.training holds a training that was interrupted.*--resume"):
        run().train()
    run(overwrite=True).train()


def test_going_on_nothing_is_looked_at_twice(run, monkeypatch):
    interrupted(run, monkeypatch)
    monkeypatch.setattr(folder_runs, "look_at", lambda *_: pytest.fail("looked again"))
    done = run(resume=True)
    done.train()
    assert done.out.exists()


def test_with_nothing_to_go_on_with_it_begins_and_says_so(run, monkeypatch):
    said = []
    failing(run, monkeypatch, SystemExit(), resume=True, say=said.append)
    assert said.count(f"{run().folder} holds no training to go on with: it begins anew.") == 1
    interrupted(run, monkeypatch)
    said.clear()
    failing(run, monkeypatch, SystemExit(), resume=True, say=said.append)
    assert said == []


SPLIT = FolderOptions(batch_size=4, epochs=1, split=0.5, look=False)


def test_what_failed_before_its_first_checkpoint_leaves_nothing(run, monkeypatch, drawn):
    failing(run, monkeypatch, MissingError("No weights.", fix="Get them."), options=SPLIT)
    assert names(run().out.parent) == []


@pytest.mark.parametrize("how", [{}, {"resume": True}], ids=["anew", "with --resume"])
def test_what_was_killed_before_its_first_checkpoint_is_in_nobodys_way(run, monkeypatch, drawn, how):
    failing(run, monkeypatch, SystemExit(), options=SPLIT)
    assert names(run().out.parent) == ["c.split.csv", "c.training"]
    (run().folder / ".0-0123abcd.pt").touch()  # half a checkpoint
    other = FolderOptions(batch_size=3, epochs=1, split=0.5, look=False)
    failing(run, monkeypatch, SystemExit(), options=other, **how)
    assert names(run().folder) == ["run.json"]


def test_a_full_disk_costs_nothing_but_time(run, monkeypatch):
    failing(run, monkeypatch, FileError("c.pt", "can't be written: the disk is full"))
    assert names(run().folder) == ["run.json"]


def test_what_somebody_else_keeps_there_is_not_thrown_away(run, monkeypatch):
    own = run().folder / "cat.jpg"
    own.parent.mkdir(parents=True)
    own.touch()
    with pytest.raises(FileError, match=r"c\.training holds"):
        run().train()
    assert own.exists()


@pytest.mark.parametrize(
    ("how", "name"),
    [
        ({"options": FolderOptions(batch_size=4, epochs=2, lr=0.03)}, "lr: 0.02 there, 0.03 here"),
        ({"choices": (Choice("photo", "scratch"),)}, "networks: "),
    ],
)
def test_it_goes_on_with_the_same_options_only(run, monkeypatch, how, name):
    interrupted(run, monkeypatch)
    with pytest.raises(FileError, match=f"belongs to another training .{name}"):
        run(*how.pop("choices", ()), resume=True, **how).train()


def test_it_goes_on_with_the_same_pictures_only(run, monkeypatch, tree):
    interrupted(run, monkeypatch)
    (tree / "train" / "dark" / "0.png").rename(tree / "train" / "dark" / "00.png")
    with pytest.raises(FileError, match=r"belongs to another training .pictures"):
        run(resume=True).train()


def test_it_goes_on_with_more_workers(run, monkeypatch):
    interrupted(run, monkeypatch)
    done = run(resume=True, options=FolderOptions(batch_size=4, epochs=2, lr=0.02, look=False))
    done.train()
    assert done.outcomes


def test_begun_anew_it_may_be_another_training(run, monkeypatch):
    interrupted(run, monkeypatch)
    other = FolderOptions(batch_size=4, epochs=1, lr=0.5)
    interrupted(run, monkeypatch, options=other, overwrite=True)
    failing(run, monkeypatch, SystemExit(), options=other, resume=True)


def test_what_was_killed_before_its_notes_were_written_begins(run, monkeypatch):
    interrupted(run, monkeypatch)
    notes = run().folder / "run.json"
    notes.unlink()
    failing(run, monkeypatch, SystemExit(), resume=True)
    assert notes.exists()
