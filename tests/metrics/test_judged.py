import pytest
import torch
from torch.nn import functional as F

from vislearn.errors import InputError
from vislearn.metrics import Judged

NAMES, FILES = ("cat", "dog"), ("0.png", "1.png", "2.png", "3.png")
TRUTH = torch.tensor([0, 1, 1, 0])
SHARES = torch.tensor([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.4, 0.6]])
JUDGED = Judged(NAMES, FILES, TRUTH, SHARES)


def test_the_report_counts_what_was_answered():
    assert JUDGED.report.counts.tolist() == [[1, 1], [1, 1]]
    assert JUDGED.report.names == NAMES


def test_the_loss_is_cross_entropy():
    assert JUDGED.loss == pytest.approx(F.nll_loss(SHARES.log(), TRUTH).item())


def test_mistakes_are_the_wrong_answers_the_surest_first():
    worst, other = JUDGED.mistakes()
    assert (worst.file, worst.truth, worst.answer) == ("1.png", "dog", "cat")
    assert (worst.truth_share, worst.answer_share) == pytest.approx((0.2, 0.8))
    assert other.file == "3.png"
    assert JUDGED.mistakes(1) == [worst]


def test_calibration_is_of_these_answers():
    assert JUDGED.calibration.counts.sum() == 4


@pytest.mark.parametrize(
    ("files", "truth"), [(FILES[:3], TRUTH), (FILES, TRUTH[:3]), ((), TRUTH)], ids=["files", "truth", "none"]
)
def test_lengths_that_do_not_fit_are_refused(files, truth):
    with pytest.raises(InputError, match="files and classes"):
        Judged(NAMES, files, truth, SHARES)
