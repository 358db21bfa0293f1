# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   vislearn:
#     budget:
#       seconds: 90
#       memory_mb: 2000
# ---

# %% [markdown]
# # 3. The training loop: loss, optimiser, schedule, and an honest score
#
# Every network, from the smallest to the largest, is trained by the same few lines, again and again. Around
# them stand choices: which loss, which optimiser, which learning rate, how many bits. And at the end stands a
# question that one number rarely answers: *how good is it?* In this lesson you write the loop, make each
# choice with a measurement, and learn to read the answer.
#
# After this lesson you can:
#
# - say what cross-entropy measures, and why softmax must not stand before it;
# - write a training loop from memory, and find the line that is missing in somebody else's;
# - choose an optimiser, a learning rate and a schedule by measuring;
# - tell when accuracy misleads, and read precision, recall, F1 and a confusion matrix;
# - train in 16 bits where it pays, stop in time, and go on after the computer was switched off.

# %%
import math
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset
from torchvision.transforms import v2

import vislearn as vl

vl.seeding.seed_everything(0)
torch.set_num_threads(1)                 # our networks are tiny: two threads would only wait for each other
device = vl.device.best_device()
scratch = Path(tempfile.mkdtemp())       # a place for files we only need today
print("computing on:", device.type)

# %% [markdown]
# Our data for today: handwritten digits, 16 × 16 pixels, normalised as in lesson 1. We keep them as two big
# tensors, so that nothing but training takes time.

# %% tags=["exact"]
prepare = v2.Compose([
    v2.Grayscale(), v2.Resize(16), v2.ToImage(), v2.ToDtype(torch.float32, scale=True),
    v2.Normalize(mean=[0.31], std=[0.36]),
])


def load_digits(split):
    """All digits of a split: pictures (N, 1, 16, 16) and classes (N,)."""
    folder = vl.datasets.image_folder(vl.datasets.digits(split), prepare)
    return torch.stack([image for image, _ in folder]), torch.tensor(folder.targets)


images, labels = load_digits("train")
val_images, val_labels = load_digits("val")
digit_names = [str(digit) for digit in range(10)]
print("to learn from:", tuple(images.shape), "  to judge by:", tuple(val_images.shape))


def batches(seed, size=64):
    """The training digits in shuffled batches; all chance of a run comes from ``seed``."""
    return DataLoader(TensorDataset(images, labels), size, shuffle=True,
                      generator=vl.seeding.seed_everything(seed))


def new_model(batch_norm=True):
    """A small network, fresh and untrained."""
    return vl.models.SmallConvNet(10, in_channels=1, width=8, batch_norm=batch_norm)

# %% [markdown]
# ## 3.1 The loss: how wrong, in one number
#
# A network gives one score per class, a **logit**: any number, the highest wins. To train it, we must say how
# wrong the scores are. In classification this is **cross-entropy**. It has two steps:
#
# 1. **softmax** turns the scores of a picture into probabilities: raise e to each score, then divide by the sum.
#    All are above 0, and together they are 1;
# 2. the loss is **minus the logarithm of the probability of the right class**. Was it 1, the loss is 0. Was it
#    0.5, the loss is 0.69. Was it 0.01, the loss is 4.6.
#
# The second step has a name of its own: negative log-likelihood, **NLL**. In torch both steps are one:
# `nn.CrossEntropyLoss`. Look at it, piece by piece:

# %% tags=["exact"]
logits = torch.tensor([[2.0, 0.5, -1.0],      # picture 0: class 0 leads
                       [0.1, 0.2, 0.3]])      # picture 1: undecided
target = torch.tensor([0, 0])                 # both are class 0

probabilities = logits.softmax(dim=1)
log_probabilities = logits.log_softmax(dim=1)
print("probabilities of picture 0:", [round(p, 3) for p in probabilities[0].tolist()])
print("minus log of the right one:", [round(-log[0].item(), 3) for log in log_probabilities])

by_hand = -log_probabilities[[0, 1], target].mean()
in_two = torch.nn.NLLLoss()(log_probabilities, target)
in_one = torch.nn.CrossEntropyLoss()(logits, target)
print(f"by hand {by_hand:.6f}   log_softmax + NLLLoss {in_two:.6f}   CrossEntropyLoss {in_one:.6f}")

# %%
vl.report.metric("CrossEntropyLoss against log_softmax + NLLLoss", (in_one - in_two).abs(), at_most=1e-6)

# %% [markdown]
# The logarithm makes the loss merciless: a small mistake costs little, a **sure** mistake costs a lot.

# %%
shares = [0.01, 0.05, *np.arange(0.1, 1.01, 0.1)]
vl.viz.curves(
    {"−log p": [-math.log(p) for p in shares], "1 − p": [1 - p for p in shares]}, x=shares,
    xlabel="probability that the right class got", ylabel="loss", title="A sure mistake is expensive", height=360,
    alt="Two falling lines over the probability of the right class. Minus log p is 4.6 at 0.01 and 0 at 1. "
        "One minus p, for comparison, is a straight line from 1 to 0.",
)

# %% [markdown]
# **Why one step and not two?** Because of large numbers. Float32 cannot hold e¹⁰⁰. `log_softmax` first
# subtracts each picture's largest score, which changes no probability, and never computes that number.

# %% tags=["exact"]
large = torch.tensor([[100.0, 98.0]])
naive = (large.exp() / large.exp().sum(dim=1, keepdim=True)).log()
print("softmax by the formula, then log:", naive.tolist())
print("log_softmax:                     ", [round(value, 4) for value in large.log_softmax(dim=1)[0].tolist()])

# %% [markdown]
# **Trap: softmax before `CrossEntropyLoss`.** It runs, and it even learns a little. Softmax is then applied
# twice. The second one sees numbers from 0 to 1 only, so with ten classes even a perfect answer looks unsure:
# the loss cannot fall below 1.46. And the gradients, which say how to change the weights, shrink.

# %%
perfect = functional.one_hot(torch.tensor([3]), 10).float() * 50            # a perfect and very sure answer
print(f"perfect answer, loss: {functional.cross_entropy(perfect, torch.tensor([3])):.4f}")
print(f"the same through softmax first: {functional.cross_entropy(perfect.softmax(1), torch.tensor([3])):.4f}")


def after_two_epochs(seed, softmax_first):
    """Validation accuracy of plain training, with or without the trap."""
    model = new_model()
    loader = batches(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _epoch in range(2):
        for few, right in loader:
            scores = model(few)
            loss = functional.cross_entropy(scores.softmax(dim=1) if softmax_first else scores, right)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    with torch.inference_mode():
        return vl.metrics.accuracy(model.eval()(val_images), val_labels)


trap = {
    "logits, as it should be": [after_two_epochs(seed, softmax_first=False) for seed in range(3)],
    "softmax first": [after_two_epochs(seed, softmax_first=True) for seed in range(3)],
}
vl.viz.bars(
    trap, xlabel="validation accuracy after two epochs (three seeds)", xlim=(0, 1), title="One softmax too many",
    alt="Two bars with whiskers: with logits the accuracy after two epochs is clearly higher than with softmax "
        "in front of the loss.",
)

# %%
vl.report.metric("loss of a perfect answer, softmax applied twice",
                 functional.cross_entropy(perfect.softmax(1), torch.tensor([3])), within=0.001)
vl.report.metric("accuracy lost to one softmax too many",
                 np.mean(trap["logits, as it should be"]) - np.mean(trap["softmax first"]), at_least=0.05)

# %% [markdown]
# ## 3.2 One step
#
# Training is one step, repeated. Forget the last gradients, compute the loss, send it backward, take a step:
#
# ```python
# loss = criterion(model(images), target)     # how wrong?
# optimizer.zero_grad()                       # forget the gradients of the batch before
# loss.backward()                             # how would each weight change the loss?
# optimizer.step()                            # change each weight a little, downhill
# ```
#
# Walk through one real step. Watch three things: the loss, the length of the gradient in each layer, and how
# far each layer moves. (`features.0.0` is the first convolution, `features.0.1` the BatchNorm behind it.)

# %%
vl.seeding.seed_everything(0)
model = new_model().to(device)
task = vl.training.ClassificationTask()                    # says: the loss is cross-entropy
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
first_batch = next(iter(batches(0, size=32)))
walk = vl.steps.training_step(model, task, first_batch, optimizer)
vl.widgets.stepper(walk)

# %% [markdown]
# A **gradient** has one number per weight: how much the loss would grow if this weight grew a little. The step
# goes the other way. Its size is the gradient times the **learning rate**. `zero_grad` is there because
# `backward` *adds* to what is stored. Forget it, and old gradients pile up:

# %%
def gradient_length(times, clear):
    """Length of the first layer's gradient after sending the same loss backward several times."""
    weight = next(model.parameters())
    model.zero_grad()
    for _ in range(times):
        if clear:
            model.zero_grad()
        task.loss(model, [tensor.to(device) for tensor in first_batch]).backward()
    return weight.grad.norm().item()


piles = gradient_length(4, clear=False) / gradient_length(1, clear=True)
vl.report.metric("gradient after four batches without zero_grad, in multiples of one", piles, within=0.01)

# %% [markdown]
# ## 3.3 The loop, written out
#
# Now the whole thing: five lines for learning, and around them epochs, a judgement after each epoch, and a
# memory for the best one. This is the loop of every tutorial, complete on one screen. Read it until you could
# write it.

# %%
def train(model, loader, optimizer, schedule, epochs):
    """A complete training: returns the validation accuracy of every epoch, leaves the best weights in model."""
    accuracies, best = [], None
    for _epoch in range(epochs):
        model.train()                                              # dropout on, BatchNorm learns
        for few, right in loader:
            loss = functional.cross_entropy(model(few.to(device)), right.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()                                        # this schedule counts batches
        model.eval()                                               # dropout off, BatchNorm stands still
        with torch.inference_mode():                               # nothing is learned here
            scores = model(val_images.to(device))
        accuracies.append(vl.metrics.accuracy(scores.cpu(), val_labels))
        if accuracies[-1] == max(accuracies):
            best = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(best)
    return accuracies

# %% [markdown]
# The package has this loop too: `vl.training.fit`. It does the same, and can do more, as you will see. Does it
# really do the same? With the same seed both must give the same accuracies, exactly.

# %%
val_batches = [(val_images, val_labels)]                           # one big batch: nothing to shuffle


def start(seed, epochs=3):
    """Model, loader, optimiser and schedule of one run."""
    loader = batches(seed)
    model = new_model().to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, total_steps=epochs * len(loader))
    return model, loader, optimizer, schedule


model, loader, optimizer, schedule = start(seed=0)
own = train(model, loader, optimizer, schedule, epochs=3)

model, loader, optimizer, schedule = start(seed=0)
history = vl.training.fit(model, task, loader, epochs=3, optimizer=optimizer, scheduler=schedule,
                          val_loader=val_batches)
assert own == history["val_accuracy"]
history

# %%
vl.report.metric("accuracy of the loop, three epochs", own[-1], within=0.03)

# %% [markdown]
# **`model.train()` and `model.eval()`** change two kinds of layers. *Dropout* switches off random units, in
# training only. *BatchNorm* normalises with the statistics of the batch in training, and with the averages it
# has collected in evaluation. Forget `eval()`, and the answer for a picture depends on its neighbours in the
# batch. To make it plain, we judge the model on batches that hold a single digit each, once in each mode:

# %%
def accuracy_by_class(model):
    """Accuracy where each batch holds only one class."""
    with torch.inference_mode():
        rights = [model(val_images[val_labels == digit].to(device)).argmax(1).cpu() == digit for digit in range(10)]
    return torch.cat(rights).float().mean().item()


kept = {name: value.clone() for name, value in model.state_dict().items()}
in_eval = accuracy_by_class(model.eval())
in_train = accuracy_by_class(model.train())
moved = sum(not torch.equal(value, kept[name]) for name, value in model.state_dict().items())
model.load_state_dict(kept)
print(f"tensors of the model that changed while we only asked in train mode: {moved}")
vl.report.metric("accuracy in eval mode", in_eval, within=0.03)
vl.report.metric("accuracy lost in train mode", in_eval - in_train, at_least=0.2)

# %% [markdown]
# Same weights, same pictures, and most answers are gone. Worse: merely *asking* in train mode changed the
# model. BatchNorm collected statistics from the validation set.

# %% [markdown]
# ## 3.4 The optimiser: how to follow the gradient
#
# Three optimisers, from simple to clever:
#
# - **SGD**: weight ← weight − learning rate × gradient. (*Stochastic* gradient descent: each batch is a random
#   sample.)
# - **SGD with momentum**: the step remembers the steps before it, as a rolling ball does. `momentum=0.9` keeps
#   nine tenths of the speed. Zigzags cancel, steady directions add up: about ten times the step.
# - **AdamW**: each weight gets a step size of its own, divided by how large its gradients usually are. *W*
#   stands for **weight decay**: each step also pulls all weights a little towards 0.
#
# Which is best? A fair answer needs an **equal budget**, here three epochs, and for each optimiser its **own
# best learning rate**. So we try six rates for each. And because BatchNorm makes networks easy to train, we
# do all of it twice, with and without.

# %%
optimizers = {
    "SGD": lambda weights, lr: torch.optim.SGD(weights, lr=lr),
    "momentum": lambda weights, lr: torch.optim.SGD(weights, lr=lr, momentum=0.9),
    "AdamW": lambda weights, lr: torch.optim.AdamW(weights, lr=lr),
}


def learn(optimizer_name, lr, seed, batch_norm=True, epochs=3):
    """Validation accuracy after training from one seed."""
    loader = batches(seed)
    model = new_model(batch_norm)
    optimizer = optimizers[optimizer_name](model.parameters(), lr)
    vl.training.fit(model, task, loader, epochs=epochs, optimizer=optimizer)
    return vl.training.evaluate(model, task, val_batches)["accuracy"]


rates = [0.003, 0.01, 0.03, 0.1, 0.3, 1.0]
trials = {
    title: {name: [[learn(name, lr, seed, batch_norm) for lr in rates] for seed in range(2)] for name in optimizers}
    for title, batch_norm in [("with BatchNorm", True), ("without BatchNorm", False)]
}
vl.viz.curves(
    trials, x=[math.log10(lr) for lr in rates], xlabel="learning rate, as a power of ten (−2 is 0.01)",
    ylabel="accuracy after three epochs", title="Same budget, six learning rates each (two seeds)",
    alt="Two panels over the learning rate. With BatchNorm, all three optimisers have a hill of about the same "
        "height, at different places: SGD furthest right, near 0.3, AdamW furthest left, near 0.01; too high "
        "a rate ruins each. Without BatchNorm only AdamW reaches a high accuracy in three epochs.",
    compared="structure",
)

# %% [markdown]
# Each optimiser has a hill, and each hill stands somewhere else. **Comparing two optimisers at the same
# learning rate is meaningless.** Left of its hill a run is slow; right of it, it breaks down.
#
# Now the comparison. Each optimiser gets its best rate from above and five *new* seeds. (Had we kept the old
# seeds, each would be judged on the very runs it was chosen by.)

# %%
chosen = {
    title: {name: rates[int(np.mean(runs, axis=0).argmax())] for name, runs in panel.items()}
    for title, panel in trials.items()
}
results = {
    f"{name}, {title}": [learn(name, lr, seed, title == "with BatchNorm") for seed in range(10, 15)]
    for title, panel in chosen.items() for name, lr in panel.items()
}
print("best rates:", chosen)
vl.viz.bars(
    results, xlabel="accuracy after three epochs (five new seeds: mean, lowest, highest)", xlim=(0, 1),
    title="Each optimiser at its own best rate", compared="structure",
    alt="Six bars with whiskers. With BatchNorm, SGD, momentum and AdamW are all about 0.9 or above; momentum and "
        "AdamW have short whiskers. Without BatchNorm SGD is low, momentum between with a long whisker, and AdamW "
        "highest with a short one.",
)

# %%
by_name = {name: np.mean(runs) for name, runs in results.items()}
with_norm, without_norm = list(by_name.values())[:3], list(by_name.values())[3:]
vl.report.metric("AdamW with BatchNorm", with_norm[2], within=0.03)
vl.report.metric("AdamW ahead of momentum, with BatchNorm", with_norm[2] - with_norm[1], within=0.04)
vl.report.metric("AdamW without BatchNorm", without_norm[2], within=0.08)
vl.report.metric("AdamW ahead of the better SGD, without BatchNorm", without_norm[2] - max(without_norm[:2]),
                 at_least=0.03)

# %% [markdown]
# What can be said, and what can't:
#
# - With BatchNorm and its own best rate, each of the three does well. The whiskers overlap: on other seeds
#   another one would win. **Nobody can say "AdamW is better" from these three bars.**
# - Without BatchNorm, AdamW is ahead, and its whisker is short. Gradients differ a lot in size from layer to
#   layer there, and AdamW evens that out.
# - So the usual advice has a reason: on a small data set or with an unfamiliar network, **begin with AdamW**. On
#   long trainings of large convolutional networks SGD with momentum is as good, and many published weights were
#   made with it.
# - The learning rate matters more than the optimiser. Try rates three times apart, 0.001, 0.003, 0.01, before
#   you try anything else.

# %% [markdown]
# ## 3.5 The schedule: large steps first, small ones later
#
# Far from the goal, large steps save time. Close to it, they jump over it. A **schedule** lowers the learning
# rate while training goes on. The three you meet most:
#
# - **StepLR**: every so many steps, divide by ten.
# - **CosineAnnealingLR**: half a cosine wave, from the start rate down to 0. It needs to know the length,
#   `T_max`.
# - **OneCycleLR**: first *up*, then down. The warm-up lets a fresh network find its feet before the large
#   steps come. It needs `max_lr` and `total_steps`.
#
# To see a schedule, step it without training anything:

# %%
from torch.optim.lr_scheduler import CosineAnnealingLR, OneCycleLR, StepLR

schedules = {
    "constant": lambda optimizer, steps: None,
    "StepLR": lambda optimizer, steps: StepLR(optimizer, step_size=max(1, steps // 3), gamma=0.1),
    "Cosine": lambda optimizer, steps: CosineAnnealingLR(optimizer, T_max=steps),
    "OneCycle": lambda optimizer, steps: OneCycleLR(optimizer, optimizer.defaults["lr"], total_steps=steps),
}


def rates_of(make, steps, lr, every=1):
    """The learning rate of each step; the schedule is stepped after every so many of them."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    schedule = make(optimizer, steps)
    seen = []
    for step in range(1, steps + 1):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if schedule is not None and step % every == 0:
            schedule.step()
    return seen


vl.viz.curves(
    {name: rates_of(make, steps=138, lr=0.3) for name, make in schedules.items()},
    xlabel="step (138 steps are six epochs of 23 batches)", ylabel="learning rate", title="Four schedules",
    alt="Four lines over 138 steps. Constant stays at 0.3. StepLR falls in two stairs, by ten each. Cosine falls "
        "smoothly from 0.3 to 0. OneCycle rises from 0.012 to 0.3 in the first third and falls to 0.",
)

# %% [markdown]
# Does it help? We train with momentum at a rate of 0.3, on the high side, for six epochs, five seeds. The
# accuracies get so close to 1 that the validation loss tells more:

# %%
def learn_with(schedule_name, seed, epochs=6, lr=0.3):
    """The history of one run."""
    loader = batches(seed)
    model = new_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    schedule = schedules[schedule_name](optimizer, epochs * len(loader))
    return vl.training.fit(model, task, loader, epochs=epochs, optimizer=optimizer, scheduler=schedule,
                           val_loader=val_batches)


runs = {name: [learn_with(name, seed) for seed in range(5)] for name in schedules}
vl.viz.curves(
    {name: [run["val_loss"] for run in histories] for name, histories in runs.items()},
    xlabel="epoch", ylabel="validation loss (five seeds)", log=True, title="Small steps at the end",
    compared="structure",
    alt="Four falling lines with bands over six epochs, loss on a logarithmic axis. At the end "
        "StepLR, cosine and OneCycle are low and close together; constant is highest, with a wide band.",
)

# %%
final = {name: np.mean([run["val_loss"][-1] for run in histories]) for name, histories in runs.items()}
for name in ["StepLR", "Cosine", "OneCycle"]:
    vl.report.metric(f"validation loss, {name}", final[name], within=0.04)
vl.report.metric("loss with cosine, as a share of constant", final["Cosine"] / final["constant"], at_most=0.75)

# %% [markdown]
# The constant rate keeps jumping: its loss ends higher, and differs most from seed to seed. Each schedule's loss
# falls **when its rate falls**. Look at StepLR: its first stair comes after epoch 2, and in epoch 3 the loss
# drops. OneCycle's rate is at its peak then, and its loss drops later. That is also why the length must be right. Stop
# OneCycle half-way, and you have taken only the large steps.
#
# **Lab: the schedule viewer.** Move the sliders, and watch where the rate is highest and where it ends.

# %%
def show_schedule(schedule="OneCycle", epochs=6, batches_per_epoch=23, peak=0.1, stepped="every batch"):
    """One schedule over all steps of a training."""
    every = 1 if stepped == "every batch" else batches_per_epoch
    seen = rates_of(schedules[schedule], epochs * batches_per_epoch, peak, every)
    return vl.viz.curves(
        {schedule: seen}, xlabel="step", ylabel="learning rate", height=340,
        title=f"{schedule}: from {seen[0]:.3g} to {seen[-1]:.3g}, highest {max(seen):.3g}",
        alt=f"The learning rate of {schedule} over {len(seen)} steps: it begins at {seen[0]:.3g}, "
            f"is highest at {max(seen):.3g} and ends at {seen[-1]:.3g}.",
    )


vl.widgets.explorer(
    show_schedule, schedule=list(schedules), epochs=(2, 20), batches_per_epoch=(5, 50, 5),
    peak=(0.01, 0.5, 0.01), stepped=["every batch", "every epoch"],
    alt="A learning rate over all steps. Controls: schedule, epochs, batches per epoch, highest rate, and how "
        "often the schedule is stepped.",
)

# %% [markdown]
# **Trap: stepped at the wrong time.** A schedule does not know what a step is. It counts how often you call
# `schedule.step()`. Built for 138 batches but called once per epoch, OneCycle never leaves its warm-up. Built
# for 6 epochs but called after every batch, cosine falls, *rises again*, and falls again:

# %%
def cosine_in_epochs(optimizer, steps):
    """Cosine that believes a step is an epoch: six of them."""
    return CosineAnnealingLR(optimizer, T_max=6)


wrong = {
    "OneCycle per epoch": rates_of(schedules["OneCycle"], 138, lr=0.3, every=23),
    "Cosine, T_max=6, per batch": rates_of(cosine_in_epochs, 138, lr=0.3),
}
vl.viz.curves(
    {"right": {"OneCycle": rates_of(schedules["OneCycle"], 138, lr=0.3),
               "Cosine": rates_of(cosine_in_epochs, 138, lr=0.3, every=23)},
     "stepped at the wrong time": {"OneCycle": wrong["OneCycle per epoch"],
                                   "Cosine": wrong["Cosine, T_max=6, per batch"]}},
    xlabel="step", ylabel="learning rate", title="The same two schedules, stepped rightly and wrongly",
    alt="Left: OneCycle rises and falls once, cosine falls in six stairs. Right: OneCycle stays near zero for "
        "all 138 steps, and cosine swings up and down eleven times.",
)

# %%
vl.report.metric("highest rate of OneCycle stepped per epoch", max(wrong["OneCycle per epoch"]), at_most=0.03)

# %% [markdown]
# The rule: **decide what you count.** The loop of the source steps once per epoch, with `T_max=10` epochs:
# right. `OneCycleLR` wants batches: `total_steps=epochs * len(loader)`. With `fit`, a schedule counts
# batches; `scheduler_step="epoch"` makes it count epochs.

# %% [markdown]
# ## 3.6 How good is it? Accuracy is not enough
#
# **Accuracy** is the share of right answers. It hides much when classes are not equally frequent. That is
# **class imbalance**, and it is the normal case: few patients are ill, few parts are broken.
#
# Let us make such a case. Among our digits, the **8** shall be rare: 10 of 810 pictures to learn from. We
# train on them, with five seeds, and judge on others: 800 pictures and 25 eights.

# %%
all_images, all_labels = torch.cat([images, val_images]), torch.cat([labels, val_labels])


def rare_eights(seed, count):
    """Indices to learn from (800 others, a few eights) and to judge by (800 others, 25 eights)."""
    order = torch.randperm(len(all_labels), generator=vl.seeding.generator(seed))
    others, eights = order[all_labels[order] != 8], order[all_labels[order] == 8]
    return torch.cat([others[:800], eights[:count]]), torch.cat([others[800:1600], eights[-25:]])


def train_on_rare(seed, count=10, epochs=6):
    """The probabilities that a trained model gives to the pictures to judge by, and the truth."""
    few, new = rare_eights(seed, count)
    loader = DataLoader(TensorDataset(all_images[few], all_labels[few]), 64, shuffle=True,
                        generator=vl.seeding.seed_everything(seed))
    model = new_model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    schedule = OneCycleLR(optimizer, 0.01, total_steps=epochs * len(loader))
    vl.training.fit(model, task, loader, epochs=epochs, optimizer=optimizer, scheduler=schedule)
    with torch.inference_mode():
        return model(all_images[new].to(device)).softmax(dim=1).cpu(), all_labels[new], new


outcomes = [train_on_rare(seed) for seed in range(5)]
accuracies = [vl.metrics.accuracy(answer, truth) for answer, truth, _ in outcomes]
eights_found = [vl.metrics.recall(answer, truth, average=None)[8].item() for answer, truth, _ in outcomes]
vl.viz.bars(
    {"accuracy": accuracies, "share of the eights that were found": eights_found},
    xlabel="five seeds: mean, lowest, highest", xlim=(0, 1), title="A good model?",
    alt="Two bars: the accuracy is about 0.95. The share of eights that were found is almost 0.",
)

# %%
vl.report.metric("accuracy with rare eights", np.mean(accuracies), within=0.03)
vl.report.metric("eights found", np.mean(eights_found), at_most=0.2)

# %% [markdown]
# Nineteen of twenty answers are right, and the model hardly finds an 8 at all. It has learned that saying "8"
# does not pay. If 8 meant *tumour*, the model would be worthless. Four words tell such models apart. For one
# class, here the 8:
#
# - **precision**: of all pictures that were *answered* 8, which share is an 8? *Can I trust a yes?*
# - **recall**: of all pictures that *are* an 8, which share was found? *Does it miss any?*
# - **F1**: the harmonic mean of both, 2·p·r / (p + r). It is high only if both are.
# - The **confusion matrix** counts every pair of truth and answer. The rows are the truth. What is right stands
#   on the diagonal.

# %%
answer, truth, shown = outcomes[0]
counts = vl.metrics.confusion_counts(answer, truth)
vl.viz.confusion(counts, digit_names, title="Where do the eights go?")

# %% [markdown]
# Read the row of the 8: it says what the eights were taken for. Its recall, at the end of the row, is the
# damage. The precision stands below each column.
#
# One number per class is too much for a table of experiments, so it is averaged. There are three ways:
#
# - **macro**: the mean over classes. Each class counts the same, however rare;
# - **weighted**: the mean over classes, each counted by its pictures;
# - **micro**: all pictures in one pot. With one answer per picture, that *is* accuracy.

# %%
rows = [
    {"average": average,
     "precision": np.mean([vl.metrics.precision(a, t, average=average) for a, t, _ in outcomes]),
     "recall": np.mean([vl.metrics.recall(a, t, average=average) for a, t, _ in outcomes]),
     "F1": np.mean([vl.metrics.f1(a, t, average=average) for a, t, _ in outcomes])}
    for average in ["macro", "weighted", "micro"]
]
vl.viz.table(rows, caption="The same answers, averaged in three ways (mean of five seeds)")

# %%
micro_is_accuracy = max(abs(vl.metrics.f1(a, t, average="micro") - vl.metrics.accuracy(a, t)) for a, t, _ in outcomes)
vl.report.metric("largest difference between micro F1 and accuracy", micro_is_accuracy, at_most=1e-6)
vl.report.metric("macro F1", rows[0]["F1"], within=0.05)
vl.report.metric("macro F1 below micro F1 by", rows[2]["F1"] - rows[0]["F1"], at_least=0.03)

# %% [markdown]
# Macro F1 feels the missing class, micro and weighted hardly do. **Report macro F1 and the confusion matrix
# whenever classes are not equally frequent.** Lesson 9 shows what to do about the imbalance itself.
#
# Look at the mistakes too, the most expensive first. Often they tell more than any number:

# %%
vl.viz.mistakes(all_images[shown] * 0.36 + 0.31, truth, answer, digit_names, count=12,
                title="Wrong and sure of it", compared="structure")

# %% [markdown]
# ## 3.7 Lab: the threshold
#
# "Is it an 8?" is a yes-or-no question. The model gives a probability, and **you** choose from which
# probability on you say yes. Lower the threshold: you find more eights (recall rises), and more of your alarms
# are false (precision falls). Where would you put it for a tumour? Where for a filter that deletes mail?
#
# So that there is something to find, this model has seen 20 eights, and trained a little longer.

# %%
better = [train_on_rare(seed, count=20, epochs=8) for seed in range(3)]
probability_of_8, is_8 = better[0][0][:, 8], (better[0][1] == 8).long()


def explore_threshold(threshold=0.5):
    """What one threshold does."""
    return vl.viz.threshold(probability_of_8, is_8, threshold, positive="8", compared="structure",
                            alt="Left, the pictures by their probability of being an 8. Right, precision and recall.")


vl.widgets.explorer(
    explore_threshold, threshold=(0.01, 0.99, 0.01),
    alt="Left, how many pictures have which probability of being an 8. Right, precision and recall over the "
        "threshold. A slider moves the threshold.",
)

# %%
def found_at(threshold):
    """Share of the eights that are found, mean over the three models."""
    return np.mean([(a[t == 8, 8] >= threshold).float().mean().item() for a, t, _ in better])


for threshold in [0.5, 0.1]:
    alarms = np.mean([((a[:, 8] >= threshold) & (t != 8)).sum().item() for a, t, _ in better])
    print(f"from {threshold} on: {found_at(threshold):.0%} of the eights found, {alarms:.0f} false alarms among 800")
vl.report.metric("eights found from 0.1 on", found_at(0.1), at_least=0.8)
vl.report.metric("eights gained by a threshold of 0.1 instead of 0.5", found_at(0.1) - found_at(0.5), at_least=0.1)

# %% [markdown]
# The model knew more about eights than its answers showed. **A threshold is a decision about costs, and it
# is made after training, on validation data.**

# %% [markdown]
# ## 3.8 Sixteen bits: mixed precision
#
# Numbers in a network usually take 32 bits. With half as many, memory holds twice as much, and GPUs (and some
# CPUs) compute several times as fast. There are two kinds of 16 bits:

# %% tags=["exact"]
for kind in [torch.float32, torch.float16, torch.bfloat16]:
    facts = torch.finfo(kind)
    print(f"{kind!s:15}  largest {facts.max:8.1e}  smallest normal {facts.tiny:7.1e}  step at 1: {facts.eps:.1e}")

# %% [markdown]
# **fp16** is precise but narrow. **bf16** has the range of float32, with fewer digits. *Mixed* precision keeps
# the weights in float32 and computes only what tolerates it in 16 bits: convolutions and matrix products yes,
# sums and losses no. `torch.autocast` decides this operation by operation:

# %%
with torch.autocast("cpu", dtype=torch.bfloat16):
    scores = new_model()(val_images[:4])
    loss = functional.cross_entropy(scores, val_labels[:4])
print("scores:", scores.dtype, "  loss:", loss.dtype, "  weights:", next(new_model().parameters()).dtype)

# %% [markdown]
# **Why fp16 needs a GradScaler.** Gradients are small numbers. Below 3·10⁻⁸ nothing is left in fp16: they become
# 0, and the weight stops learning. This is **underflow**. When does it happen? Think of segmentation, where
# every pixel is classified. The loss is the mean over all pixels of a batch, and there are millions, so each
# pixel's share of the gradient is tiny. Here are eight pictures of 520 × 520 pixels, and a network that is right
# and rather sure. How many of the gradients would fp16 lose?

# %%
generator = vl.seeding.generator(0)
lead = 4 + torch.randn(8, 520, 520, generator=generator)                   # of the right class, per pixel
pixel_scores = torch.stack([lead, torch.zeros_like(lead)], dim=1).requires_grad_()    # (8, 2, 520, 520)
all_class_0 = torch.zeros(8, 520, 520, dtype=torch.int64)
functional.cross_entropy(pixel_scores, all_class_0).backward()             # a mean over 2 163 200 pixels
gradients = pixel_scores.grad


def lost(numbers, kind, scale=1.0):
    """Share of numbers that are 0 after being kept in 16 bits."""
    return ((numbers * scale).to(kind) == 0).float().mean().item()


vl.viz.bars(
    {"fp16": lost(gradients, torch.float16), "fp16, loss times 65 536": lost(gradients, torch.float16, 65536),
     "bf16": lost(gradients, torch.bfloat16)},
    xlabel="share of gradients that become 0", xlim=(0, 1), digits=2, title="Underflow",
    alt="Three bars: in fp16 most of the gradients become 0; with the loss times 65 536 none; in bf16 none.",
)

# %%
print("10⁻⁸ in fp16:", torch.tensor(1e-8).half().item(),
      "  scaled, kept in fp16, scaled back:", (torch.tensor(1e-8) * 65536).half().float().item() / 65536)
vl.report.metric("gradients lost in fp16", lost(gradients, torch.float16), within=0.02)
vl.report.metric("gradients lost in fp16 with a scaled loss", lost(gradients, torch.float16, 65536), at_most=0.001)
vl.report.metric("gradients lost in bf16", lost(gradients, torch.bfloat16), at_most=0.0)

# %% [markdown]
# A `GradScaler` does what the second bar does. It multiplies the loss by a large number before `backward`, so
# that all gradients are that much larger, and divides them again before the step. (Our little digit network
# would lose hardly any: its loss is a mean over 64 pictures, not over two million pixels.)

# %% [markdown]
# bf16 needs no scaler: it reaches as far down as float32. That is why it is the first choice on GPUs from 2020
# on (Ampere and later).
#
# **The names have changed.** The source of this course writes `torch.cuda.amp.autocast` and
# `torch.cuda.amp.GradScaler`, as most tutorials do. Both are deprecated. Today they are `torch.amp.autocast`
# (or `torch.autocast`) and `torch.amp.GradScaler`, and the device is an argument:

# %%
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    try:
        torch.cuda.amp.GradScaler(enabled=False)
    except AttributeError:
        print("torch.cuda.amp.GradScaler is gone from this version of torch")
print("\n".join(f"{one.category.__name__}: {str(one.message)[:60]}…" for one in caught))

# %% [markdown]
# The source's loop, as it is written today. On a GPU it uses fp16 with a scaler. On a CPU autocast means
# bfloat16, and the scaler does nothing:

# %%
model, loader, optimizer, schedule = start(seed=0, epochs=1)
kind = torch.float16 if device.type == "cuda" else torch.bfloat16
scaler = torch.amp.GradScaler(device.type, enabled=device.type == "cuda")

model.train()
for few, right in loader:
    few, right = few.to(device, non_blocking=True), right.to(device, non_blocking=True)
    optimizer.zero_grad()
    with torch.autocast(device.type, dtype=kind):
        loss = functional.cross_entropy(model(few), right)
    scaler.scale(loss).backward()            # the loss times the scale
    scaler.step(optimizer)                   # gradients divided by it; no step if one of them overflowed
    scaler.update()                          # after an overflow a smaller scale, after many steps a larger one
    schedule.step()
vl.report.metric("loss of the last batch, mixed precision", loss.item(), at_most=2.2)

# %% [markdown]
# `fit` does this with one word: `amp="bf16"` or, on a GPU, `amp="fp16"`. Is the result as good? And what does
# it bring on this computer?

# %%
def with_precision(amp, seed):
    """Accuracy of one run in float32 (None) or bf16."""
    model, loader, optimizer, schedule = start(seed)
    vl.training.fit(model, task, loader, epochs=3, optimizer=optimizer, scheduler=schedule, amp=amp)
    return vl.training.evaluate(model, task, val_batches)["accuracy"]


in_32 = [with_precision(None, seed) for seed in range(3)]
in_16 = [with_precision("bf16", seed) for seed in range(3)]
vl.report.metric("accuracy in float32", np.mean(in_32), within=0.03)
vl.report.metric("accuracy lost in bf16", np.mean(in_32) - np.mean(in_16), within=0.03)

# %%
def seconds_per_step(width, amp, steps=4):
    """Time of a training step on 16 colour pictures of 64 × 64."""
    model = vl.models.SmallConvNet(10, width=width).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    batch = [torch.rand(16, 3, 64, 64), torch.randint(10, (16,))]
    vl.training.fit(model, task, [batch], epochs=1, optimizer=optimizer, amp=amp)           # to warm up
    begin = time.perf_counter()
    vl.training.fit(model, task, [batch] * steps, epochs=1, optimizer=optimizer, amp=amp)
    return (time.perf_counter() - begin) / steps


vl.viz.bars(
    {f"{size} network, {amp or 'float32'}": 1000 * seconds_per_step(width, amp)
     for size, width in [("small", 8), ("larger", 32)] for amp in [None, "bf16"]},
    xlabel="milliseconds per step, on this computer now", title="Sixteen bits on this computer", compared="structure",
    alt="Four bars: milliseconds per training step of a small and a larger network, in float32 and in bf16.",
)

# %% [markdown]
# **An honest note on CPUs.** The bars are this computer's. A processor with instructions for bf16 (AVX512-BF16
# or AMX) gains on a network with much to compute, about a quarter where this lesson was written. An older one
# has to convert back and forth, and *loses*. On a CPU, measure before you switch it on. The real use is a GPU:

# %%
def gpu_step(amp, steps=20):
    """Milliseconds per step and the largest memory in MB, on the GPU."""
    model = vl.models.SmallConvNet(10, width=128).cuda()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    batch = [torch.rand(128, 3, 128, 128, device="cuda"), torch.randint(10, (128,), device="cuda")]
    vl.training.fit(model, task, [batch] * 3, epochs=1, optimizer=optimizer, amp=amp)       # to warm up
    torch.cuda.reset_peak_memory_stats()
    torch.cuda.synchronize()                                       # a GPU works on while Python goes ahead
    begin = time.perf_counter()
    vl.training.fit(model, task, [batch] * steps, epochs=1, optimizer=optimizer, amp=amp)
    torch.cuda.synchronize()
    return 1000 * (time.perf_counter() - begin) / steps, torch.cuda.max_memory_allocated() / 1e6


if torch.cuda.is_available():
    for amp in [None, "fp16", "bf16"]:
        print(amp or "float32", "{:.1f} ms per step, at most {:.0f} MB".format(*gpu_step(amp)))
else:
    print("This cell needs an NVIDIA GPU with CUDA. It compares float32, fp16 and bf16 in time and memory.")

# %% [markdown]
# ## 3.9 Stop in time
#
# Train long enough on little data, and the validation loss stops falling, or even turns upward, while the
# training loss goes on: overfitting. **Early stopping** ends the training when nothing has improved for a while, and gives
# back the weights of the **best** epoch, not of the last. The *patience* says how many epochs "a while" is.
#
# We train on 100 digits only, with at most 40 epochs:

# %%
few = torch.cat([(labels == digit).nonzero()[:10, 0] for digit in range(10)])


def train_on_few(**options):
    """The history of a training on 100 digits, and its model."""
    loader = DataLoader(TensorDataset(images[few], labels[few]), 25, shuffle=True,
                        generator=vl.seeding.seed_everything(3))
    model = vl.models.SmallConvNet(10, in_channels=1, width=32)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.005)
    return vl.training.fit(model, task, loader, epochs=40, optimizer=optimizer, val_loader=val_batches, **options), model


to_the_end, _ = train_on_few()
stopped, model = train_on_few(patience=5)
vl.viz.curves(
    {"training": to_the_end["train_loss"], "validation": to_the_end["val_loss"]},
    xlabel="epoch", ylabel="loss", log=True,
    title="One loss falls and falls, the other stays", compared="structure",
    alt="Two lines over 40 epochs on a logarithmic axis. The training loss falls all the way. The validation loss "
        "falls at first and then stays level or rises.",
)

# %%
print(f"with a patience of 5, training ends after epoch {len(stopped)}; epoch {stopped.best_epoch + 1} is kept")
in_the_end = vl.training.evaluate(model, task, val_batches)
assert math.isclose(in_the_end["loss"], min(stopped["val_loss"]), rel_tol=1e-4)       # the best weights are back
vl.report.metric("epochs saved by stopping early", 40 - len(stopped), at_least=5)
vl.report.metric("accuracy of the kept epoch", in_the_end["accuracy"], within=0.06)
vl.report.metric("accuracy lost by stopping early", to_the_end["val_accuracy"][-1] - in_the_end["accuracy"], within=0.05)

# %% [markdown]
# The best epoch was chosen *on the validation set*, so its score is a little too good: luck was chosen along
# with quality. For the number you publish keep a third part of the data, a **test set**, and use it once.

# %% [markdown]
# ## 3.10 Go on after an interruption
#
# Electricity fails, laptops close, free GPUs are taken away. A **checkpoint** is a file from which the
# training goes on. The weights alone are not enough. The optimiser has a memory (momentum, AdamW's averages),
# the schedule has a position, the loader has an order, and chance has a state. If one of them is missing, the
# run goes on as *another* run. We try it. One run goes through. One is interrupted after epoch 2, and the same
# program is started again:

# %%
class PowerCut(Exception):
    """Stands for anything that ends a program."""


def power_cut(history):
    """End the program after the second epoch."""
    if len(history) == 2:
        raise PowerCut


def run(checkpoint=None, on_epoch=None):
    """A training of four epochs that may have a checkpoint."""
    model, loader, optimizer, schedule = start(seed=5, epochs=4)
    vl.training.fit(model, task, loader, epochs=4, optimizer=optimizer, scheduler=schedule,
                    val_loader=val_batches, checkpoint=checkpoint, on_epoch=on_epoch)
    return model


uninterrupted = run()
try:
    run(scratch / "run.pt", on_epoch=power_cut)
except PowerCut:
    print("power cut after epoch 2; on the disk:", sorted(path.name for path in scratch.glob("run*")))
resumed = run(scratch / "run.pt")                                 # the same line again


def difference(one, other):
    """The largest difference between any two weights."""
    return max((a - b).abs().max().item() for a, b in zip(one.parameters(), other.parameters(), strict=True))


vl.report.metric("difference between resumed and uninterrupted", difference(resumed, uninterrupted), at_most=0.0)

# %% [markdown]
# Zero: equal to the last bit. Now the short way that many programs take. Save the weights after epoch 2, load
# them, and train on with a fresh optimiser:

# %%
model, loader, optimizer, schedule = start(seed=5, epochs=4)
try:
    vl.training.fit(model, task, loader, epochs=4, optimizer=optimizer, scheduler=schedule, on_epoch=power_cut)
except PowerCut:
    weights_only = {name: value.clone() for name, value in model.state_dict().items()}

model, loader, optimizer, schedule = start(seed=5, epochs=4)
model.load_state_dict(weights_only)
_ = vl.training.fit(model, task, loader, epochs=2, optimizer=optimizer, scheduler=schedule)
vl.report.metric("difference when only the weights were kept", difference(model, uninterrupted), at_least=0.01)

# %% [markdown]
# It trained, but it is another run. The schedule began anew with its warm-up, and the batches came in the
# order of the first epoch again.
#
# **What to give away at the end.** A checkpoint is for going on. For *using* a model, others need something
# else. In many programs `best.pt` holds only `model.state_dict()`. Half a year later nobody knows: which score
# is which class? How must a picture be prepared? Keep them in the same file:

# %%
path = vl.training.save_model(
    scratch / "best.pt", uninterrupted, classes=digit_names, transform=prepare, seed=5,
    scores=vl.training.evaluate(uninterrupted, task, val_batches),
)
saved = vl.training.load_model(path, new_model())
print("classes:", saved.classes, "  seed:", saved.seed)
print(saved.transform_text)

# %%
picture = vl.io.read_pil(next((vl.datasets.digits("val") / "7").iterdir()))       # a file, as it lies on the disk
with torch.inference_mode():
    shares = saved.model(saved.transform(picture).unsqueeze(0)).softmax(dim=1)[0]
print("this picture shows a", saved.classes[shares.argmax()])
vl.report.metric("accuracy of the saved model", saved.scores["accuracy"], within=0.03)

# %% [markdown]
# The file is read with `weights_only=True`: an unknown `.pt` file can contain code that runs as it is loaded.
# This one cannot. And it is written under another name first and then renamed, so that a power cut never
# leaves half a file.

# %% [markdown]
# ## 3.11 At full size
#
# Does a real network give the same answers in 16 bits? SqueezeNet, 5 MB of published weights, looks at four
# photographs in float32 and in bf16.

# %%
def bits_compared():
    """How sure SqueezeNet is of its first choice, in 32 and in 16 bits."""
    from torchvision.models import SqueezeNet1_1_Weights

    weights = SqueezeNet1_1_Weights.DEFAULT
    network = vl.models.published("squeezenet1_1", weights)
    photographs = {name: weights.transforms()(vl.io.read_pil(vl.datasets.photos()[name]))
                   for name in ["cat", "coffee", "flower", "rocket"]}
    sure = {}
    for name, photograph in photographs.items():
        for kind in [torch.float32, torch.bfloat16]:
            with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=kind != torch.float32):
                answer = network(photograph.unsqueeze(0)).float().softmax(dim=1)[0]
            word = weights.meta["categories"][answer.argmax()]
            sure[f"{name}: {word}, {'float32' if kind == torch.float32 else 'bf16'}"] = answer.max().item()
    return vl.viz.bars(
        sure, xlabel="probability of the first choice", xlim=(0, 1), title="32 bits and 16 bits, side by side",
        alt="Eight bars in pairs, SqueezeNet's first choice for four photographs in float32 and in bf16. "
            + ", ".join(f"{name} {share:.2f}" for name, share in sure.items()),
    )


vl.viz.full_size(bits_compared, stored="03_bits")

# %% [markdown]
# The words stay, even the two wrong ones; the probabilities move by about a hundredth. For a network of your own the recipe is the one of this
# lesson, with larger numbers: AdamW or SGD with momentum, OneCycle or cosine, `amp="bf16"` on a GPU, and a
# checkpoint.

# %% [markdown]
# ## 3.12 Exercises
#
# Fill in, run, check. `hint("training.train_epoch")` gives a push, `solution("training.train_epoch")` one way
# to do it.

# %%
from torch import Tensor

from vislearn.exercises import check, hint, solution

# %% [markdown]
# **Exercise 1 — cross-entropy by hand.** Logits in, loss out, also for large logits.

# %% tags=["exercise:training.cross_entropy"]
# The build writes the starter of training.cross_entropy here.

# %%
check("training.cross_entropy", cross_entropy)

# %% [markdown]
# **Exercise 2 — an epoch.** The loop of section 3.3 from memory. The checker watches what happens to the
# model while yours runs.

# %% tags=["exercise:training.train_epoch"]
# The build writes the starter of training.train_epoch here.

# %%
check("training.train_epoch", train_epoch)

# %% [markdown]
# **Exercise 3 — a schedule.** A warm-up, then half a cosine wave: the schedule behind most large models of
# today.

# %% tags=["exercise:training.learning_rate"]
# The build writes the starter of training.learning_rate here.

# %%
check("training.learning_rate", learning_rate)

# %% [markdown]
# **Exercise 4 — from confusion matrix to scores.** Which sum belongs to precision, that of the row or that of
# the column?

# %% tags=["exercise:training.precision_recall_f1"]
# The build writes the starter of training.precision_recall_f1 here.

# %%
check("training.precision_recall_f1", precision_recall_f1)

# %% [markdown]
# **Exercise 5 — the best epoch.** Early stopping as a rule: which epoch is kept, and which is the last?

# %% tags=["exercise:training.best_epoch"]
# The build writes the starter of training.best_epoch here.

# %%
check("training.best_epoch", best_epoch)

# %% [markdown]
# ## 3.13 Traps
#
# Seven traps that give no error. You have met most of them above, each with its symptom in numbers:
#
# | trap | symptom | where |
# |---|---|---|
# | softmax before `CrossEntropyLoss` | the loss does not fall below 1.46 with ten classes | 3.1 |
# | `zero_grad` forgotten | gradients grow from batch to batch | 3.2 |
# | `eval()` forgotten | answers depend on the batch; the model changes while it is asked | 3.3 |
# | schedule stepped at the wrong time | the rate stays near 0, or swings | 3.5 |
# | accuracy alone | a rare class is never found, and nobody sees it | 3.6 |
# | only the weights saved | another run after the interruption; nobody knows the classes | 3.10 |
# | the optimiser holds other weights | a layer never changes, and the score stays low | below |
#
# The last one. An optimiser changes the weights it was *given*. Build it, then replace a layer, and it goes on
# changing the layer that is no longer there:

# %%
vl.seeding.seed_everything(0)
model = new_model().to(device)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
model.head = torch.nn.Linear(32, 10).to(device)                    # too late: the optimiser knows the old one
before = model.head.weight.detach().clone()
_ = vl.training.fit(model, task, batches(0), epochs=1, optimizer=optimizer)
vl.report.metric("how far the new head moved in one epoch", (model.head.weight - before).abs().max().item(), at_most=0.0)

# %% [markdown]
# Build the model first, completely, and the optimiser after it.
#
# ## 3.14 Summary
#
# | part | use | remember |
# |---|---|---|
# | loss | `nn.CrossEntropyLoss` on logits | log-softmax and NLL in one; no softmax before it |
# | step | `zero_grad`, `backward`, `step` | gradients add up until they are cleared |
# | mode | `model.train()`, `model.eval()` | and `torch.inference_mode()` when nothing is learned |
# | optimiser | `AdamW` to begin with; `SGD(momentum=0.9)` | tune the learning rate first, for each its own |
# | schedule | `OneCycleLR`, `CosineAnnealingLR`, `StepLR` | know whether it counts batches or epochs |
# | 16 bits | `torch.autocast`, `torch.amp.GradScaler` | bf16 needs no scaler; on a CPU measure first |
# | score | macro F1, confusion matrix, precision and recall | accuracy hides rare classes |
# | stop | `patience`, best weights | the score of the best epoch is a little too good |
# | keep | `checkpoint`, `save_model` | optimiser, schedule and chance too; classes and transform with the model |
#
# ---
# **Before:** [lesson 2, transfer learning](02_transfer_learning.ipynb). There you took a trained network over;
# here you learned to train it well. **Next:** [lesson 6, vision operations](06_vision_ops.ipynb), the tools of
# detection, and then [lesson 4, detection](04_detection.ipynb). It finds not only *what* is in a picture, but *where*.
