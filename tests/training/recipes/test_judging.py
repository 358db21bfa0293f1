import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from vislearn.training.recipes.judging import judge_classifier


def test_every_picture_is_answered_in_order_and_in_eval_mode():
    features = torch.randn(5, 4, generator=torch.Generator().manual_seed(0))
    data = TensorDataset(features, torch.tensor([0, 1, 2, 1, 0]))
    learner = nn.Sequential(nn.Dropout(0.5), nn.Linear(4, 3)).train()
    files = [f"{index}.png" for index in range(5)]
    judged = judge_classifier(learner, DataLoader(data, 2), files, ["a", "b", "c"])
    learner.cpu()
    torch.testing.assert_close(judged.probabilities, learner[1](features).softmax(1).detach())
    assert judged.truth.tolist() == [0, 1, 2, 1, 0]
    assert list(judged.files) == files
    assert not learner.training
