import pytest
import torch
from torch import nn

from vislearn.exercises.running import Unusable
from vislearn.exercises.trained import are_probabilities, classifier_facts, good_model, ready_model


class Reader(nn.Module):
    """Says the class that a picture's first number is, with as many scores as asked."""

    def __init__(self, scores):
        super().__init__()
        self.scores = scores

    def forward(self, images):
        return nn.functional.one_hot(images[:, 0, 0, 0].long(), self.scores).float()


LABELS = torch.tensor([0, 1, 2, 0])
IMAGES = torch.zeros(4, 3, 2, 2) + LABELS[:, None, None, None]


def test_a_model_comes_back_ready_whatever_it_was():
    model, facts = ready_model(nn.Dropout().train())
    assert (model.training, list(facts.values())) == (False, [False])
    assert list(ready_model(nn.Dropout().eval())[1].values()) == [True]


def test_what_is_no_model_is_told():
    with pytest.raises(Unusable, match="a model expected"):
        ready_model("cat")


@pytest.mark.parametrize(("scores", "fitting"), [(3, True), (5, False)])
def test_a_classifier_that_knows_everything(scores, fitting):
    facts, right = classifier_facts(Reader(scores).eval(), IMAGES, LABELS, more_than_guessed=0.5)
    assert right == 1
    assert list(facts.values()) == [True, fitting, True, True]


def test_one_that_guesses_is_found_out():
    facts, right = classifier_facts(Reader(3).eval(), torch.zeros_like(IMAGES), LABELS, more_than_guessed=0.5)
    assert right == 0.5
    assert list(facts.values()) == [True, True, False, True]


def test_scores_in_another_order_are_told_from_no_knowledge():
    facts, right = classifier_facts(Reader(3).eval(), 2 - IMAGES, LABELS, more_than_guessed=0.5)
    assert right == 0.25
    assert list(facts.values()) == [True, True, False, False]


@pytest.mark.parametrize("model", [nn.Flatten(0), nn.Identity(), nn.AvgPool2d(2)])
def test_what_gives_no_scores_is_told(model):
    with pytest.raises(Unusable, match="scores \\(4, number of classes\\)"):
        classifier_facts(model.eval(), IMAGES, LABELS, more_than_guessed=0.5)


@pytest.mark.parametrize(
    ("scores", "found"), [([[0.2, 0.8]], True), ([[0.2, 0.9]], False), ([[1.5, -0.5]], False)]
)
def test_probabilities_are_told_from_logits(scores, found):
    assert are_probabilities(torch.tensor(scores)) is found


def test_a_good_model_is_trained_once_and_every_mistake_has_its_own(made):
    trainings = []

    def train(x):
        trainings.append(x)
        return nn.Linear(2, 1)

    exercise = made(train)
    first, second = good_model(exercise), good_model(exercise)
    assert len(trainings) == 1
    assert torch.equal(first.weight, second.weight)
    nn.init.zeros_(first.weight)
    assert good_model(exercise).weight.any()
