"""Where objects stand in their file: named there, and still after some were left out."""

from pathlib import Path

from vislearn.datasets.detection.origin import Origin


def test_objects_keep_their_places_when_others_are_left_out():
    whole = Origin(Path("a.xml"), [f"object {number}" for number in (1, 2, 3)])
    assert whole.named(1, "bee") == "object 2 (bee)"
    some = whole.chosen([0, 2])
    assert (some.file, some.named(1, "ant")) == (Path("a.xml"), "object 3 (ant)")
