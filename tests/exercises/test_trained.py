import pytest
import torch
from torch import nn

from vislearn.exercises.running import Unusable
from vislearn.exercises.trained import are_probabilities, classifier_facts, good_model, ready_model
from vislearn.exercises.watch import Inputs


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


@pytest.mark.parametrize(
    ("scale", "enough", "facts"),
    [(1, 1.0, [True, True, False]), (9, 1.0, [False, True, True]), (9, 0.5, [True, True, False])],
)
def test_of_a_network_that_learned_from_other_pictures_only_that_is_told(scale, enough, facts):
    with Inputs(3) as inputs:
        nn.Conv2d(3, 1, 1)(scale * IMAGES)
    same = Reader(3).eval()
    same.forward = lambda images: torch.tensor([[1.0, 0, 0]]).expand(len(images), 3)
    found, right = classifier_facts(same, IMAGES, LABELS, more_than_guessed=0.6, inputs=inputs, enough=enough)
    assert right == 0.5
    assert list(found.values())[1:4] == facts


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
