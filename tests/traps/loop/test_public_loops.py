"""Loops that people published or asked about, told again in few lines: what was wrong in them is found."""

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
