import math

import pytest
import torch
from sklearn.metrics import classification_report

from vislearn.errors import InputError
from vislearn.metrics import ClassReport, confusion_counts, report

TRUTH = [0] * 6 + [1] * 3 + [2] * 1
GIVEN = [0, 0, 0, 0, 1, 2, 1, 1, 0, 2]
NAMES = ["cat", "dog", "fox"]


def test_no_pictures_no_scores():
    empty = report(torch.empty(0, 2), torch.empty(0, dtype=torch.long))
    assert math.isnan(empty.accuracy)
    assert empty.mistakes() == []
    assert empty.rows()[0] == {"": "0", "precision": "–", "recall": "–", "F1": "–", "support": "0"}


def test_every_number_is_scikit_learn_s():
    expected = classification_report(TRUTH, GIVEN, target_names=NAMES, output_dict=True)
    own = report(GIVEN, TRUTH, NAMES)
    rows = {row[""]: list(row.values())[1:] for row in own.rows()}
    keys = ["precision", "recall", "f1-score"]
    for name, theirs in [
        *[(name, name) for name in NAMES],
        ("macro", "macro avg"),
        ("weighted", "weighted avg"),
    ]:
        numbers = expected[theirs]
        assert rows[name] == [*[f"{numbers[key]:.2f}" for key in keys], f"{numbers['support']:.0f}"]
    assert rows["accuracy"] == ["", "", f"{expected['accuracy']:.2f}", "10"]
    assert own.average("weighted")["f1"] == pytest.approx(expected["weighted avg"]["f1-score"])


def test_the_text_is_a_table_with_its_columns_in_line():
    lines = str(report(GIVEN, TRUTH, NAMES)).splitlines()
    assert [line.split()[0] for line in lines] == ["precision", *NAMES, "macro", "weighted", "accuracy"]
    assert len({len(line) for line in lines}) == 1


def test_a_class_that_was_never_answered_has_a_dash_and_a_sentence_says_why():
    lines = str(report([0, 0], [0, 1], NAMES[:2])).splitlines()
    assert lines[2].split() == ["dog", "–", "0.00", "0.00", "1"]
    assert lines[-1].startswith("–: nothing to divide by")
    assert "–" not in str(report(GIVEN, TRUTH, NAMES))


def test_mistakes_begin_with_the_most_frequent():
    counts = torch.tensor([[50, 0, 3], [7, 9, 0], [0, 3, 1]])
    found = ClassReport(counts, NAMES).mistakes()
    assert found == [("dog", "cat", 7), ("cat", "fox", 3), ("fox", "dog", 3)]
    assert ClassReport(counts, NAMES).mistakes(1) == found[:1]


def test_a_loader_s_counts_make_the_report_of_the_whole():
    counts = sum(confusion_counts(GIVEN[at : at + 4], TRUTH[at : at + 4], 3) for at in range(0, 10, 4))
    assert str(ClassReport(counts, NAMES)) == str(report(GIVEN, TRUTH, NAMES))


def test_one_name_for_two_classes_is_refused():
    with pytest.raises(InputError, match="names must name each class once, got 'cat' twice"):
        report([0, 1], [0, 1], ["cat", "cat"])


def test_names_say_how_many_classes_there_are():
    assert report([0, 1], [0, 1], NAMES).counts.shape == (3, 3)
    with pytest.raises(InputError, match=r"names must be as many as classes \(2\), got 3"):
        ClassReport(torch.eye(2, dtype=torch.long), NAMES)
