"""Loops that people published or asked about, told again in few lines: what was wrong in them is found."""

import pytest
from torch.optim import lr_scheduler

EVALUATION = """
def learn():
    for images, labels in loader:
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

def judge():
    hits = 0
    with torch.{context}():
        for images, labels in val_loader:
            hits += (model(images).argmax(1) == labels).sum().item()
    return hits

for epoch in range(3):
    {before}
    learn()
    {between}
    judge()
"""


def evaluation(before="model.train()", between="model.eval()", context="no_grad"):
    return EVALUATION.format(before=before, between=between, context=context)


def steps(loss="F.cross_entropy(model(images), labels)", **lines):
    """A loop with lines of one's own at the places that schedules are about."""
    told = {"setting": "", "first": "", "batch": "", "epoch": ""} | lines
    return (
        f"{told['setting']}\nfor epoch in range(6):\n    {told['first'] or 'pass'}\n"
        "    for images, labels in loader:\n"
        f"        loss = {loss}\n        optimizer.zero_grad()\n        loss.backward()\n"
        f"        optimizer.step()\n        {told['batch']}\n    {told['epoch']}\n"
    )


def test_the_same_loops_done_well_are_silent(found):
    assert found(evaluation()) == []
    assert found(steps()) == []


def test_gradients_cleared_once_an_epoch(found):
    """https://github.com/pytorch/pytorch/issues/47175"""
    loop = steps(first="optimizer.zero_grad()").replace(
        "        optimizer.zero_grad()\n        loss", "        loss"
    )
    assert found(loop) == ["zero_grad_forgotten"]


def test_gradients_never_cleared(found):
    """https://github.com/yastrebksv/TennisCourtDetector/issues/7"""
    assert found(steps().replace("optimizer.zero_grad()", "pass")) == ["zero_grad_forgotten"]


def test_a_resnet_judged_in_train_mode(found):
    """https://github.com/deep-learning-with-pytorch/dlwpt-code/issues/104"""
    assert found(evaluation(between="pass")) == ["missing_eval"]


def test_validation_that_calls_train_once_more(found):
    """https://github.com/pliang279/MultiBench/issues/26"""
    assert found(evaluation(between="model.eval(); model.train()")) == ["missing_eval"]


def test_eval_mode_that_stays_after_the_first_validation(found):
    """https://github.com/optuna/optuna/pull/1725"""
    loop = "model.train()\n" + evaluation(before="pass")
    assert found(loop) == ["missing_train"]


def test_validation_that_remembers_everything_for_gradients(found):
    """https://github.com/hszhao/semseg/issues/60"""
    assert found(evaluation(context="enable_grad")) == ["missing_no_grad"]


def test_softmax_before_cross_entropy(found):
    """https://github.com/jindongwang/Deep-learning-activity-recognition/issues/10"""
    loop = steps("nn.CrossEntropyLoss()(F.softmax(model(images), dim=1), labels)")
    assert found(loop) == ["softmax_before_cross_entropy"]


def test_a_sigmoid_at_the_end_and_another_in_the_loss(found):
    """https://github.com/nv-tlabs/GSCNN/issues/62"""
    loop = steps("F.binary_cross_entropy_with_logits(model(images).sigmoid(), F.one_hot(labels, 3).float())")
    assert found(loop) == ["sigmoid_before_loss"]


def test_a_frozen_backbone_whose_statistics_move(found):
    """https://github.com/kdexd/virtex/issues/16"""
    setting = (
        "model.features.requires_grad_(False)\n"
        "optimizer = torch.optim.SGD(model.head.parameters(), lr=0.1)\nmodel.train()"
    )
    assert found(steps(setting=setting)) == ["frozen_batchnorm_moves"]


def scheduled(kind, **places):
    return steps(setting=f"scheduler = {kind}", **places)


def test_one_cycle_by_the_epoch(found):
    """https://github.com/pytorch/pytorch/issues/65417"""
    kind = "lr_scheduler.OneCycleLR(optimizer, 0.1, steps_per_epoch=len(loader), epochs=6)"
    loop = scheduled(kind, epoch="scheduler.step()")
    assert found(loop, lr_scheduler=lr_scheduler) == ["onecycle_stepped_per_epoch"]


def test_a_cosine_of_epochs_that_moves_with_every_batch(found):
    """https://github.com/ScrollPrize/villa/pull/1495"""
    loop = scheduled("lr_scheduler.CosineAnnealingLR(optimizer, T_max=6)", batch="scheduler.step()")
    assert found(loop, lr_scheduler=lr_scheduler) == ["stepped_per_batch"]


def test_a_schedule_of_epochs_in_the_batch_loop(found):
    """https://github.com/ivadomed/ivadomed/pull/55"""
    loop = scheduled("lr_scheduler.StepLR(optimizer, 2)", batch="scheduler.step()")
    assert found(loop, lr_scheduler=lr_scheduler) == ["stepped_per_batch"]


def test_validation_in_the_middle_of_an_epoch_leaves_eval_mode_on(found):
    """https://github.com/fartashf/vsepp/issues/4"""
    loop = """
def validate():
    model.eval()
    with torch.no_grad():
        return [model(images).argmax(1) for images, _labels in val_loader]

for epoch in range(2):
    model.train()
    for number, (images, labels) in enumerate(loader):
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if number == 3:
            validate()
"""
    assert found(loop) == ["missing_train"]


def test_a_network_with_dropout_validated_as_it_is(found):
    """https://github.com/wolny/pytorch-3dunet/issues/53"""
    loop = """
head = [nn.Dropout2d(0.3), nn.Conv2d(4, 3, 6), nn.Flatten()]
model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.GroupNorm(2, 4), nn.ReLU(), *head)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
with watch(model, optimizer):
    for number in range(3):
        for images, labels in loader:
            loss = F.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            scores = [F.cross_entropy(model(images), labels).item() for images, labels in val_loader]
"""
    assert found(loop) == ["missing_eval"]


IMAGENET = (
    "mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1); "
    "std = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)\n"
)


def test_normalised_by_the_data_set_and_by_the_call(found):
    """https://github.com/talshaharabany/AutoSAM/issues/3"""
    setting = IMAGENET + "def preprocess(images): return (images - mean) / std"
    loop = steps("F.cross_entropy(model(preprocess(preprocess(images))), labels)", setting=setting)
    assert found(loop) == ["normalized_twice"]


def test_divided_by_255_and_then_by_a_normalize_that_does_it_too(found):
    """https://github.com/4uiiurz1/pytorch-nested-unet/issues/62"""
    setting = IMAGENET + "def normalize(images): return (images - 255 * mean) / (255 * std)"
    normalised_twice_over = "F.cross_entropy(model(normalize((images * 255).round() / 255)), labels)"
    assert found(steps(normalised_twice_over, setting=setting)) == ["scaled_twice"]


def test_a_schedule_that_an_event_at_the_beginning_of_each_epoch_moves(found):
    """https://github.com/michuanhaohao/reid-strong-baseline/issues/190"""
    loop = """
scheduler = lr_scheduler.MultiStepLR(optimizer, [2, 4])
handlers = {"epoch started": [scheduler.step], "epoch completed": []}
def fire(event):
    for handler in handlers[event]: handler()
def update(batch):
    loss = F.cross_entropy(model(batch[0]), batch[1])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
for epoch in range(5):
    fire("epoch started")
    for batch in loader: update(batch)
    fire("epoch completed")
"""
    with pytest.warns(UserWarning, match="before `optimizer"):
        assert found(loop, lr_scheduler=lr_scheduler) == ["scheduler_first"]


def test_probabilities_for_a_loss_that_wants_their_logarithms(found):
    """https://runebook.dev/en/docs/pytorch/generated/torch.nn.softmax"""
    loop = steps("nn.NLLLoss()(nn.Softmax(dim=1)(model(images)), labels)")
    assert found(loop) == ["nll_without_log_softmax"]
