from pathlib import Path

from vislearn.course.regression.differences import Commands, Difference, Place, report


def test_a_difference_shows_the_parts_it_has():
    assert str(Difference("a metric is missing")) == "a metric is missing"
    assert str(Difference("it moved", "1", "2", "± 0.5", "look\nhere")) == (
        "it moved\n  expected  1\n  got       2\n  tolerance ± 0.5\n  look\n  here"
    )


def test_a_report_names_the_place_the_cell_and_what_to_type():
    place = Place(Path("notebooks/01_a.ipynb"), 7, "ab12", "x = 1\nx")
    text = report(place, [Difference("first"), Difference("second")], Commands("see", "take"))
    assert text == (
        "notebooks/01_a.ipynb, cell 7 (id ab12)\n\nfirst\nsecond\n\nThe cell:\n    x = 1\n    x\n\n"
        "See it again:          see\nAccept the new output: take"
    )
