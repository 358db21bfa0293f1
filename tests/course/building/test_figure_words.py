import pytest

from vislearn.course.building.figure_words import figure_words


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("", []),
        ("x = (", []),
        (
            'vl.viz.bars(values, xlabel="accuracy", title="Three seeds", alt="No.")',
            ["accuracy", "Three seeds"],
        ),
        (
            'vl.viz.curves({"train": a, "validation": b}, ylabel=["loss", "share"])',
            ["train", "validation", "loss", "share"],
        ),
        ('vl.viz.curves({"Slow": {"train": a}, "Fast": {"train": b}})', ["Slow", "train", "Fast"]),
        ('vl.viz.panels({f"Epoch {n}": p for n, p in shown})', ["Epoch {}"]),
        (
            'vl.viz.grid(images, [f"{n} of ten" for n in x], title="as" if a else "bs")',
            ["{} of ten", "as", "bs"],
        ),
        ('vl.viz.grid(images, titles=["one", "two"])', ["one", "two"]),
        ('vl.widgets.explorer(draw, labels={"size": "side in pixels"}, size=[1, 2])', ["side in pixels"]),
        ('axes.set_xlabel("epoch"); axes.plot(x, label="mine")', ["epoch", "mine"]),
        ('vl.viz.bars({"v2.Resize": 1, "resnet18": 2, "train_loss": 3, "0.5": 4, "10 %": 5})', []),
        ('vl.viz.bars({"same": 1}, title="same")', ["same"]),
        (
            'vl.viz.table([{"network": "small", "share": x} for x in y], caption="Both")',
            ["network", "share", "small", "Both"],
        ),
        ('yield Step("Softmax", scores, f"All {n} together 1.")', ["Softmax", "All {} together 1."]),
        ('for x in vl.widgets.progress(["one"], f"epoch {n}"): pass', ["epoch {}"]),
        ('vl.report.metric("accuracy", x); print("words")', []),
        ('%time vl.viz.bars({"a": 1})\nvl.viz.bars({"b": 1})', ["b"]),
    ],
)
def test_texts_that_a_figure_shows(code, found):
    assert figure_words(code) == found
