# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   vislearn:
#     minutes: 80
#     level: 2
#     after: [00_overview, 01_pipeline, 02_transfer_learning]
#     budget: {seconds: 60, memory_mb: 2000}
# ---

# %% [markdown]
# # 3. The training loop: your own, line by line
#
# Every network, from the smallest to the largest, is trained by the same five lines. In lessons 0 and 2 you ran them.
# Now you write them, train with what you wrote, and make the choices around them: which loss, which optimizer, which
# learning rate, when to stop, how many bits. And in the end you ask what one number rarely answers: *how good is it?*
#
# **About 80 minutes · level 2 of 3 · after lessons 0, 1 and 2.** After this lesson you can:
#
# - say what cross-entropy measures, and why softmax must not stand before it;
# - write a training loop without looking, and find the line that is missing in somebody else's;
# - choose an optimizer, a learning rate and a schedule by measuring;
# - tell when accuracy misleads, and read precision, recall, F1 and a confusion matrix;
# - stop in time, go on after a power cut, and say where 16 bits pay.

# %%
import copy
import math
import tempfile
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, OneCycleLR, StepLR
from torch.utils.data import DataLoader, TensorDataset
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

import vislearn as vl
from vislearn.exercises import check, hint, solution, use

torch.set_num_threads(1)                                  # small networks: two threads would only wait for each other

# %% [markdown]
# ## 3.1 The loss: how wrong, in one number
#
# Today's pictures are handwritten digits, 16 × 16 pixels: 1442 to learn from, 355 to judge by. We keep them in memory as
# two large tensors, so that nothing but training takes time. The network is lesson 0's chain of three stages, only
# narrower.

# %% tags=["exact"]
prepare = v2.Compose([
    v2.Grayscale(), v2.Resize(16), v2.ToImage(), v2.ToDtype(torch.float32, scale=True),
    v2.Normalize(mean=[0.31], std=[0.36]),
])


def load(split):
    """All digits of a split: pictures (N, 1, 16, 16) and labels (N,)."""
    folder = ImageFolder(vl.datasets.digits(split), prepare)
    return TensorDataset(torch.stack([image for image, _ in folder]), torch.tensor(folder.targets))


train_set, val_set = load("train"), load("val")
val_images, val_labels = val_set.tensors                  # one large batch to judge by


def start(seed):
    """A fresh network, and a loader that shuffles; all chance comes from the seed."""
    torch.manual_seed(seed)
    model = vl.models.SmallConvNet(10, in_channels=1, width=8)
    return model, DataLoader(train_set, batch_size=64, shuffle=True)


# %% [markdown]
# The network gives one score per class, a **logit**: any number, the highest wins. To train it, we must say how wrong
# its scores are. In classification that is **cross-entropy**, two steps in one:
#
# 1. **softmax** turns a picture's scores into probabilities: raise e to each score, then divide by the sum;
# 2. the loss is **minus the logarithm of the right class's probability**. Was it 1, the loss is 0. Was it 0.5, the loss
#    is 0.69. Was it 0.01, the loss is 4.6. This step has a name of its own: negative log-likelihood, **NLL**.

# %% tags=["exact"]
logits = torch.tensor([[2.0, 0.5, -1.0],                  # picture 0: class 0 leads
                       [0.1, 0.2, 0.3]])                  # picture 1: undecided
target = torch.tensor([0, 0])                             # both are class 0

probabilities = logits.softmax(dim=1)
print([round(p, 3) for p in probabilities[0].tolist()], "-> picture 0, loss", round(-probabilities[0, 0].log().item(), 3))
print([round(p, 3) for p in probabilities[1].tolist()], "-> picture 1, loss", round(-probabilities[1, 0].log().item(), 3))
print("their mean, by torch:", round(nn.CrossEntropyLoss()(logits, target).item(), 3))
print("log_softmax, then NLL:", round(nn.NLLLoss()(logits.log_softmax(dim=1), target).item(), 3))

# %% [markdown] ask="surer"
# Two models answer ten pictures. *Careful* is right ten times, and gives the right class 0.6 each time. *Bold* is right
# nine times with 0.99; the tenth time it gives the right class only 0.0001. Which one has the smaller loss?
#
# - [ ] Bold: it is so much surer where it is right.
#   Being sure saves it half a point, nine times. The one sure mistake costs more than nine.
# - [x] Careful.
#   The logarithm has no mercy: one sure mistake costs Bold more than all that it gained by being sure.
# - [ ] About equal: ten right against nine, but less sure.
#   A loss doesn't count right answers. It asks each time how much probability the right class got.

# %% tags=["exact"]
careful = torch.tensor([0.6] * 10)
bold = torch.tensor([0.99] * 9 + [0.0001])
print(f"careful {-careful.log().mean():.2f}   bold {-bold.log().mean():.2f}, nearly all of it from one picture")

# %% [markdown]
# **Why one step and not two?** Because of large numbers. Float32 can't hold e¹⁰⁰. `log_softmax` first subtracts each
# picture's largest score, which changes no probability, and never computes that number.

# %% tags=["exact"]
large = torch.tensor([[100.0, 98.0]])
print("by the formula:", (large.exp() / large.exp().sum(dim=1, keepdim=True)).log().tolist())
print("log_softmax:   ", [round(value, 4) for value in large.log_softmax(dim=1)[0].tolist()])

# %% [markdown]
# **Exercise 1 — cross-entropy** (★★, 6 minutes). Logits in, loss out, for large logits too.
# `hint("training.cross_entropy")` gives a push, `solution("training.cross_entropy")` a way to do it.

# %% tags=["exercise:training.cross_entropy"]
# The build writes the starter of training.cross_entropy here.

# %%
check("training.cross_entropy", cross_entropy)

# %% [markdown] ask="twice"
# Somebody writes `softmax` at the end of the network, and then `CrossEntropyLoss`, which applies it again. The network
# is right, and perfectly sure. Ten classes. What does the loss say?
#
# - [ ] 0, as it should.
#   The second softmax sees only numbers from 0 to 1. Nothing of that kind looks sure to it.
# - [x] 1.46.
#   e¹ against nine times e⁰: the right class gets 0.23, and minus its logarithm is 1.46. It can't get lower.
# - [ ] An error: softmax twice makes no sense.
#   It makes none, but nobody complains. Probabilities are numbers, and any numbers may be scores.

# %%
cross_entropy = use("training.cross_entropy", cross_entropy)
perfect = nn.functional.one_hot(torch.tensor([3]), 10).float() * 10            # right, and very sure
print(f"logits: {cross_entropy(perfect, torch.tensor([3])):.2f}", end="   ")
print(f"softmax first: {cross_entropy(perfect.softmax(dim=1), torch.tensor([3])):.2f}")

# %% [markdown]
# A trap without an error. Whether such a network still learns you will see in 3.5, with numbers from several rates.
#
# ## 3.2 One step
#
# Training is one step, repeated:
#
# ```python
# scores = model(images)                      # 1. answer
# loss = cross_entropy(scores, labels)        # 2. how wrong?
# optimizer.zero_grad()                       # 3. forget the gradients of the batch before
# loss.backward()                             # 4. how would each parameter change the loss?
# optimizer.step()                            # 5. change each a little, so that the loss falls
# ```
#
# Look at one real step. Watch the loss, the length of the gradient in each layer, and how far each layer moves.
# (`features.0.0` is the first convolution, `features.0.1` the BatchNorm behind it.)

# %%
model, loader = start(seed=0)
images, labels = next(iter(loader))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
walk = vl.steps.training_step(model, vl.training.ClassificationTask(), (images[:16], labels[:16]), optimizer)
vl.widgets.stepper(walk)

# %% [markdown]
# A **gradient** holds one number per parameter: how the loss would grow if the parameter grew a little. The step goes
# the other way. For plain **SGD** its length is the gradient times the **learning rate**, and nothing more:

# %% tags=["exact"]
weight = model.head.weight
before = weight.detach().clone()
optimizer.zero_grad()
nn.functional.cross_entropy(model(images), labels).backward()
optimizer.step()
print("SGD is weight - rate · gradient:", torch.allclose(weight, before - 0.01 * weight.grad))

# %% [markdown] ask="four"
# You forget `zero_grad()` and send the same batch backward four times. What lies in `weight.grad` afterwards?
#
# - [ ] The gradient of the last time: each one replaces the one before.
#   That is what most people expect. But `backward` adds.
# - [x] Four times the gradient.
#   `backward` adds to what is there. That is useful for batches that don't fit into memory at once, and a trap otherwise.
# - [ ] The mean of the four.
#   Nothing divides by four.

# %% tags=["exact"]
model.zero_grad()                                         # only once, at the beginning
lengths = []
for _ in range(4):
    nn.functional.cross_entropy(model(images), labels).backward()
    lengths.append(weight.grad.norm().item())
print("length of the gradient, in multiples of the first:", [round(length / lengths[0], 1) for length in lengths])

# %% [markdown]
# **Exercise 2 — an epoch** (★★, 10 minutes). The five lines for every batch of a loader, without looking. The check
# watches what happens to the model while your function runs. The rest of this lesson trains with it.

# %% tags=["exercise:training.train_epoch"]
# The build writes the starter of training.train_epoch here.

# %%
check("training.train_epoch", train_epoch)

# %% [markdown]
# ## 3.3 The loop
#
# Around your epoch stands the rest: a judgement on pictures that the network has not learned from, and a memory of the
# best epoch. While judging, two things are different. `model.eval()` tells layers such as BatchNorm to use what they have
# collected (0.8 and 2.6 showed what happens without it). And nothing is learned, so no gradients are needed:
# **`torch.no_grad()`** or **`torch.inference_mode()`**. Is that only a matter of taste?

# %% [markdown] ask="features"
# In lesson 2 you computed features once, under `no_grad`, and trained a head on them. Somebody takes `inference_mode`
# instead, because it is said to be faster. What happens in the head's first step?
#
# - [ ] Nothing special: both mean "without gradients".
#   Both do. But one of them also promises that its tensors will never be part of a training.
# - [x] An error at the head.
#   Tensors made in inference mode keep no record of changes, so autograd refuses to save them for `backward`.
# - [ ] It runs, but the head learns nothing.
#   That would be worse. torch notices and says so.

# %% tags=["exact"]
head = nn.Linear(32, 10)
for mode in (torch.no_grad, torch.inference_mode):
    with mode():
        features = model.features(images).mean(dim=(2, 3))                     # (64, 32)
    try:
        nn.functional.cross_entropy(head(features), labels).backward()
        print(mode.__name__, "-> the head has gradients")
    except RuntimeError as error:
        print(mode.__name__, "->", str(error).split(".")[0])

# %% [markdown]
# So: **`inference_mode` where answers are only read, `no_grad` where something goes on to learn from them.** Now the
# whole loop, with your epoch in it. `state_dict()` hands out the parameters themselves, not a copy: whoever wants to
# keep the best ones must copy them, or they go on learning.
#
# `vl.traps.watch` stands around the loop and looks on. It would say if `zero_grad` or `eval()` were missing. It says
# nothing, because nothing is.

# %%
#| at-least: {validation accuracy after five epochs: 0.93}
train_epoch = use("training.train_epoch", train_epoch)


def evaluate(model):
    """Validation loss and accuracy; the model learns nothing."""
    model.eval()
    with torch.inference_mode():
        scores = model(val_images)
    return cross_entropy(scores, val_labels).item(), (scores.argmax(dim=1) == val_labels).float().mean().item()


def run(seed, epochs):
    """Train with AdamW and a falling rate; the model in the end is that of its best epoch."""
    model, loader = start(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    schedule = CosineAnnealingLR(optimizer, T_max=epochs)
    losses, best, lowest = [], None, math.inf
    with vl.traps.watch(model, optimizer, schedule):
        for epoch in range(epochs):
            losses.append(train_epoch(model, loader, optimizer))
            schedule.step()                               # this schedule counts epochs
            val_loss, accuracy = evaluate(model)
            print(f"epoch {epoch + 1}: training loss {losses[-1]:.2f}, validation loss {val_loss:.2f}, {accuracy:.0%} right")
            if val_loss < lowest:
                lowest, best = val_loss, copy.deepcopy(model.state_dict())     # a copy!
    model.load_state_dict(best)
    return model, losses


trained, losses = run(seed=0, epochs=5)
vl.report.metric("validation accuracy after five epochs", evaluate(trained)[1])

# %% [markdown]
# That is the loop of every tutorial, and its heart is yours. The course has it as one call, `vl.training.fit`. Curves
# can grow while it works. Does it do the same?

# %%
model, loader = start(seed=0)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
live = vl.widgets.live_curves()
display(live)
history = vl.training.fit(
    model, vl.training.ClassificationTask(), loader, epochs=5, optimizer=optimizer, device=torch.device("cpu"),
    scheduler=CosineAnnealingLR(optimizer, T_max=5), scheduler_step="epoch", val_loader=[val_set.tensors], on_epoch=live,
)
print("same losses:", torch.allclose(torch.tensor(history["train_loss"]), torch.tensor(losses), atol=1e-4))

# %% [markdown]
# ## 3.4 Stop in time
#
# Train long on little data, and the validation loss stops falling, or rises, while the training loss goes on towards 0:
# **overfitting**. **Early stopping** ends a training when nothing has improved for a while. The *patience* says how
# many epochs "a while" is. What counts is the best epoch, not the last.
#
# **Exercise 3 — the best epoch** (★★, 8 minutes). Given the validation losses: which epoch is kept, and which is the
# last one that is trained?

# %% tags=["exercise:training.best_epoch"]
# The build writes the starter of training.best_epoch here.

# %%
check("training.best_epoch", best_epoch)

# %% [markdown]
# Now 100 digits to learn from, ten of each, and forty epochs. Your epoch trains; then your rule says where it could
# have stopped.

# %%
#| fig-alt: "Two lines over 40 epochs, the loss counted in powers of ten. The training loss falls all the way. The validation loss falls at first, then stays where it is."
#| compared: structure
#| at-least: {epochs saved: 3}
#| within: {accuracy lost by stopping: 0.06}
best_epoch = use("training.best_epoch", best_epoch)
few = torch.cat([(train_set.tensors[1] == digit).nonzero()[:10, 0] for digit in range(10)])
torch.manual_seed(3)
model = vl.models.SmallConvNet(10, in_channels=1, width=16)
loader = DataLoader(TensorDataset(*train_set[few]), batch_size=25, shuffle=True)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.005)
losses, judged = [], []
for _epoch in vl.widgets.progress(range(40), "training"):
    losses.append(train_epoch(model, loader, optimizer))
    judged.append(evaluate(model))                        # loss and accuracy
val_losses, accuracies = zip(*judged, strict=True)

best, last = best_epoch(list(val_losses), patience=5)
vl.report.metric("epochs saved", 40 - (last + 1))
vl.report.metric("accuracy lost by stopping", accuracies[-1] - accuracies[best])
vl.viz.curves(
    {"training": losses, "validation": val_losses}, log=True, height=260,
    xlabel="epoch", ylabel="loss", title="One loss falls and falls, the other stays",
)

# %% [markdown]
# The best epoch was chosen *on the validation pictures*, so its score is a little too good: luck was chosen along with
# quality. For the number that you publish keep a third part of the data, a **test set**, and use it once.
#
# ## 3.5 The optimizer and its rate
#
# Three optimizers, from simple to clever:
#
# - **SGD**: parameter − rate · gradient. (*Stochastic* gradient descent: each batch is a random sample.)
# - **SGD with momentum**: the step keeps nine tenths of the step before it. What changes direction cancels out, what
#   stays adds up, to as much as ten times the step.
# - **AdamW**: each parameter gets a step of its own, divided by how large its gradients usually are. *W* is **weight
#   decay**: each step also pulls all parameters a little towards 0.

# %% tags=["exact"]
model, _ = start(seed=0)
plain = torch.optim.SGD(model.parameters(), lr=0.03)
rolling = torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.9)
adaptive = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.01)

# %% [markdown] ask="rates"
# You train three epochs with SGD and three with AdamW, both at a rate of 0.01. AdamW reaches 97 %, SGD far less. What
# do you know now?
#
# - [ ] AdamW is the better optimizer for these pictures.
#   You compared two optimizers at the best rate of one of them.
# - [x] Hardly anything: each needs its own best rate.
#   A step of 0.01 is something else for each. Compare each at its own best, on equal budget.
# - [ ] SGD does not work with this network.
#   At another rate it does, as the table shows.

# %% [markdown]
# `benchmarks/training_choices.py` tried six rates for each, three epochs, three seeds; its results come with the course.
# In the last column each runs at its own best rate with five *new* seeds: on the old ones it would be judged by the very
# runs that the rate was chosen by. The last row is the trap of 3.1.

# %%
#| fold: "Makes the table from the stored measurements."
#| words: [optimizer, SGD, momentum, AdamW, "AdamW, no BatchNorm", "momentum, no BatchNorm", "SGD, no BatchNorm", "SGD, softmax twice", "at its best, five seeds"]
runs = vl.datasets.measurements("training_choices")["runs"]


def after(experiment, way, key="accuracy", lr=None):
    """The last epoch's score for each seed; with a rate those of its trials, else those that were compared."""
    return [
        run[key][-1] for run in runs
        if (run["experiment"], run["way"], run["tuning"]) == (experiment, way, lr is not None) and lr in (None, run["lr"])
    ]


def percent(scores):
    """Their mean, where there are any."""
    return f"{100 * sum(scores) / len(scores):.0f}" if scores else "–"


def span(scores):
    """The lowest and the highest."""
    return f"{100 * min(scores):.0f} … {100 * max(scores):.0f}"


rows = {name + rest: ("optimizers", name + rest) for rest in ("", ", no BatchNorm") for name in ("SGD", "momentum", "AdamW")}
rows["SGD, softmax twice"] = ("softmax", "softmax first")
rates = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
vl.viz.table(
    [{"optimizer": name} | {f"{lr:g}": percent(after(*what, lr=lr)) for lr in rates}
     | {"at its best, five seeds": span(after(*what))} for name, what in rows.items()],
    caption="Accuracy after three epochs, in percent: mean of three seeds at each learning rate; lowest … highest",
)

# %% [markdown]
# Each row has a hill, and not at the same rate: AdamW's lies to the left, SGD's to the right. **Two optimizers at the
# same rate say nothing.** And the last column?
#
# - With BatchNorm the ranges of momentum and AdamW overlap. **Nobody can say from them that AdamW is better.**
# - Without BatchNorm AdamW's worst run lies above everybody else's best. *Why*, the table doesn't say.
# - So there is a reason for the usual advice: for a small data set or an unfamiliar network **begin with AdamW**, and
#   try rates three times apart, 0.001, 0.003, 0.01, before you try anything else.
# - At a rate that suits SGD, softmax twice costs half of the answers or more. Its gradients are smaller; at a rate a
#   hundred times higher it comes close. That is how such a fault hides.
#
# A table is somebody else's word. One run of your own, with your `train_epoch` and AdamW's best rate:

# %%
#| at-least: 0.88
model, loader = start(seed=0)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
for _epoch in range(3):
    train_epoch(model, loader, optimizer)
print("in the table:", span(after("optimizers", "AdamW")), "percent")
vl.report.metric("AdamW after three epochs", evaluate(model)[1])

# %% [markdown]
# ## 3.6 The schedule: large steps first, small ones later
#
# A **schedule** changes the learning rate while training goes on. The three you meet most:
#
# - **StepLR**: after every so many steps a tenth;
# - **CosineAnnealingLR**: half a cosine wave, from the first rate down to 0 in `T_max` steps;
# - **OneCycleLR**: first *up* to `max_lr`, then down; `total_steps` says how long.
#
# To see a schedule, step it without training. And a schedule doesn't know what a step is: it counts how often you call
# `schedule.step()`. Call it at the wrong time, too:

# %%
#| fig-alt: "The learning rate over 138 steps. Controls: the schedule, and whether it is stepped after every batch or after every epoch."
schedules = {
    "StepLR": lambda optimizer: StepLR(optimizer, step_size=46, gamma=0.1),
    "Cosine": lambda optimizer: CosineAnnealingLR(optimizer, T_max=138),
    "Cosine, T_max=6": lambda optimizer: CosineAnnealingLR(optimizer, T_max=6),
    "OneCycle": lambda optimizer: OneCycleLR(optimizer, max_lr=0.3, total_steps=138),
}


def rates_of(make, every=1):
    """The learning rate of each of 138 steps, six epochs of 23 batches."""
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.3)
    schedule, rates = make(optimizer), []
    for step in range(1, 139):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step % every == 0:
            schedule.step()
    return rates


def show(schedule="OneCycle", stepped="every batch"):
    rates = rates_of(schedules[schedule], every=1 if stepped == "every batch" else 23)
    return vl.viz.curves(
        {schedule: rates}, xlabel="step", ylabel="learning rate", height=250,
        title=f"from {rates[0]:.3f} to {rates[-1]:.3f}, highest {max(rates):.3f}",
    )


vl.widgets.explorer(show, schedule=list(schedules), stepped=["every batch", "every epoch"])

# %% [markdown]
# Move both controls. Made for 138 batches but stepped once per epoch, OneCycle never leaves its warm-up. Made for 6
# epochs but stepped after every batch, cosine falls, *rises again*, and falls again. **Decide what you count**, and give
# `total_steps=epochs * len(loader)` to what counts batches.
#
# Does it help? Momentum at a rate of 0.3, which is high, six epochs, five seeds each:

# %%
#| fig-alt: "Three panels, the loss over six epochs, counted in powers of ten. In each the same line and band for a constant rate, and one schedule: StepLR, cosine, OneCycle. Each schedule ends clearly below constant; at the last epoch the bands lie apart."
#| words: [constant, StepLR, Cosine, OneCycle]
losses = {way: [run["val_loss"] for run in runs if (run["experiment"], run["way"]) == ("schedules", way)]
          for way in ("constant", "StepLR", "Cosine", "OneCycle")}
vl.viz.curves(
    {way: {"constant": losses["constant"], way: losses[way]} for way in ("StepLR", "Cosine", "OneCycle")},
    xlabel="epoch", ylabel="validation loss", log=True, height=280, title="A rate that stays, and three that fall",
)

# %% [markdown]
# At the end the worst seed of each schedule lies below the constant rate's best. Large steps are no fault; *ending* with
# them is.
#
# **Exercise 4 — a schedule** (★★, 8 minutes). A straight warm-up, then half a cosine wave: the schedule behind many
# large models of today.

# %% tags=["exercise:training.learning_rate"]
# The build writes the starter of training.learning_rate here.

# %%
check("training.learning_rate", learning_rate)

# %% [markdown]
# torch takes it as it is: `LambdaLR` multiplies the optimizer's rate by what your function returns.

# %%
learning_rate = use("training.learning_rate", learning_rate)
rates = rates_of(lambda optimizer: LambdaLR(optimizer, lambda step: learning_rate(step, 138, 20, 1.0)))
print({step: round(rates[step], 3) for step in (0, 10, 19, 79, 137)})

# %% [markdown]
# ## 3.7 How good is it? Accuracy is not enough
#
# Few patients are ill, few parts are broken: in real data classes are rarely equally frequent. Let us make the **8**
# rare: 10 of 810 pictures to learn from. We judge by 800 others and 25 eights, three times.

# %%
#| within: {accuracy with rare eights: 0.03}
#| at-most: {eights found: 0.3}
all_images = torch.cat([train_set.tensors[0], val_set.tensors[0]])
all_labels = torch.cat([train_set.tensors[1], val_set.tensors[1]])


def train_on_rare(seed, eights, epochs):
    """Probabilities (825, 10) and labels (825,) of what a model is judged by that saw few eights."""
    model, _ = start(seed)
    order = torch.randperm(len(all_labels))
    others, rare = order[all_labels[order] != 8], order[all_labels[order] == 8]
    learn, judge = torch.cat([others[:800], rare[:eights]]), torch.cat([others[800:1600], rare[-25:]])
    loader = DataLoader(TensorDataset(all_images[learn], all_labels[learn]), batch_size=64, shuffle=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    schedule = CosineAnnealingLR(optimizer, T_max=epochs)
    for _epoch in range(epochs):
        train_epoch(model, loader, optimizer)
        schedule.step()
    with torch.inference_mode():
        return model.eval()(all_images[judge]).softmax(dim=1), all_labels[judge]


outcomes = [train_on_rare(seed, eights=10, epochs=6) for seed in vl.widgets.progress(range(3), "training")]
right = torch.stack([answer.argmax(dim=1) == truth for answer, truth in outcomes])                 # (3, 825)
vl.report.metric("accuracy with rare eights", right.float().mean())
vl.report.metric("eights found", right[:, -25:].float().mean())

# %% [markdown]
# More than nine of ten answers are right, and the model hardly finds an 8. Saying "8" did not pay while it learned. If
# 8 meant *tumour*, it would be worthless. So count every pair of truth and answer: the **confusion matrix**. One line
# of torch makes it:

# %%
#| fig-alt: "A table of ten by ten: rows are the true digits, columns the answers. The diagonal is dark, but for the row of the 8, whose pictures are spread over other columns."
#| compared: structure
answer, truth = outcomes[0]
counts = torch.bincount(10 * truth + answer.argmax(dim=1), minlength=100).view(10, 10)             # row: truth
print("the same by the course:", torch.equal(counts, vl.metrics.confusion_counts(answer, truth)))
vl.viz.confusion(counts, [str(digit) for digit in range(10)], width=520, title="Where do the eights go?")

# %% [markdown]
# Read the row of the 8: that is what they were taken for. Three numbers per class say it shorter:
#
# - **precision**: of all pictures *answered* 8, which share is an 8? *Can I trust a yes?*
# - **recall**: of all pictures that *are* an 8, which share was found? *Does it miss any?*
# - **F1**: the harmonic mean of both, 2·p·r / (p + r). It is high only if both are.
#
# **Exercise 5 — from the matrix to scores** (★★, 8 minutes). Which sum belongs to precision, that of the row or that of
# the column?

# %% tags=["exercise:training.precision_recall_f1"]
# The build writes the starter of training.precision_recall_f1 here.

# %%
check("training.precision_recall_f1", precision_recall_f1)

# %% [markdown]
# For a table of experiments one number per class is too much. **Macro** averages over classes: each counts the same,
# however rare. **Micro** puts all pictures into one pot, and with one answer per picture that *is* accuracy:

# %%
#| at-least: {macro F1 below accuracy by: 0.03}
precision_recall_f1 = use("training.precision_recall_f1", precision_recall_f1)
precision, recall, f1 = precision_recall_f1(counts)
print(f"of the 8: precision {precision[8]:.2f}, recall {recall[8]:.2f}, F1 {f1[8]:.2f}")
print(f"macro F1 {f1.mean():.3f}, by the course {vl.metrics.f1(answer, truth):.3f}; ", end="")
print(f"micro F1 {vl.metrics.f1(answer, truth, average='micro'):.3f}, accuracy {right[0].float().mean():.3f}")
vl.report.metric("macro F1 below accuracy by", right[0].float().mean() - f1.mean())

# %% [markdown]
# **Report macro F1 and the confusion matrix wherever classes are not equally frequent.**
#
# **The threshold.** "Is it an 8?" is a yes-or-no question. The model gives a probability, and *you* choose from where
# on you say yes. Lower the threshold: more eights are found, and more alarms are false. This model has seen 20 eights,
# so that there is something to find. Where would you put it for a tumour? Where for a filter that deletes mail?

# %%
#| fig-alt: "Left, which share of each class has which probability of being an 8: the others lie near 0, the eights are spread over higher ones. Right, precision and recall over the threshold. A slider moves the threshold."
#| compared: structure
#| at-least: {eights gained by a threshold of 0.1: 0.04}
answer, truth = train_on_rare(seed=0, eights=20, epochs=8)
share_8, is_8 = answer[:, 8], (truth == 8).long()
gained = (share_8[-25:] >= 0.1).sum() - (share_8[-25:] >= 0.5).sum()
vl.report.metric("eights gained by a threshold of 0.1", gained / 25)


def at(threshold=0.5):
    return vl.viz.threshold(share_8, is_8, threshold, positive="8", height=280, compared="structure")


vl.widgets.explorer(at, threshold=(0.01, 0.99, 0.01))

# %% [markdown]
# The model knew more about eights than its answers showed. **A threshold is a decision about costs. It is made after
# training, on validation pictures.**
#
# ## 3.8 Sixteen bits: mixed precision
#
# Numbers in a network take 32 bits. With half as many they take half the memory, and GPUs have units that compute such
# numbers several times as fast. There are two kinds of 16 bits:

# %% tags=["exact"]
for kind in (torch.float32, torch.float16, torch.bfloat16):
    facts = torch.finfo(kind)
    print(f"{kind!s:15}  largest {facts.max:8.1e}  smallest normal {facts.tiny:7.1e}  step at 1: {facts.eps:.1e}")

tiny = torch.tensor(1e-8)
print(f"10⁻⁸ in fp16: {tiny.half():.0e}, scaled by 65536 and back: {(tiny * 65536).half().float() / 65536:.0e}, ", end="")
print(f"in bf16: {tiny.bfloat16():.0e}")

# %% [markdown]
# **fp16** is precise but narrow: gradients below 3·10⁻⁸ become 0 (**underflow**), and what they belong to stops
# learning. **bf16** reaches as far as float32, with fewer digits. *Mixed* precision (AMP) keeps the parameters in
# float32 and computes in 16 bits only what tolerates it; `torch.autocast` decides operation by operation. For fp16 a
# **`GradScaler`** multiplies the loss before `backward`, so that small gradients survive, and divides again before the
# step.
#
# The loop of the course's source text, as it is written today. Its `torch.cuda.amp.autocast` and
# `torch.cuda.amp.GradScaler` are deprecated; the device is an argument now. Without a GPU autocast means bf16, and the
# scaler does nothing:

# %%
#| at-least: 0.88
device = "cuda" if torch.cuda.is_available() else "cpu"
model, loader = start(seed=0)
model.to(device).train()
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
schedule = OneCycleLR(optimizer, max_lr=0.01, total_steps=3 * len(loader))
scaler = torch.amp.GradScaler(device, enabled=device == "cuda")
for epoch in range(3):
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        with torch.autocast(device, dtype=torch.float16 if device == "cuda" else torch.bfloat16):
            scores = model(images)
            loss = nn.functional.cross_entropy(scores, labels)
        scaler.scale(loss).backward()                     # the loss times the scale
        scaler.step(optimizer)                            # gradients divided by it; no step if one overflowed
        scaler.update()                                   # after an overflow a smaller scale
        schedule.step()
    print(f"epoch {epoch + 1}: scores {scores.dtype}, loss {loss.dtype} {loss.item():.2f}")
vl.report.metric("accuracy, trained in mixed precision", evaluate(model.cpu())[1])

# %% [markdown]
# It learns as before. Does it pay? **On a CPU, as a rule not**: a processor without instructions for bf16 converts every
# number back and forth. It is made for GPUs, and even there it does not always pay. Images per second, measured once on
# an NVIDIA H200 (torch 2.11):
#
# | network, batch, side of a picture | float32 | bf16, `channels_last` | |
# |---|---|---|---|
# | small ResNet, width 64, 256, 32 pixels | 26,834 | 23,315 | 0.9 times as fast |
# | small ResNet, width 256, 256, 32 pixels | 6,641 | 15,669 | 2.4 times |
# | ResNet-18, 64, 224 pixels | 2,596 | 2,788 | 1.1 times |
# | ResNet-50, 64, 224 pixels | 1,200 | 1,227 | as fast |
#
# Where a GPU mostly waits for Python to start the next operation, fewer bits don't help: the first network, in bf16, became
# three times as fast (71,516) when its operations were recorded once and replayed, as a CUDA graph. Memory was not measured.
# So switch it on, measure, and keep it only if it pays.
#
# ## 3.9 Go on after a power cut
#
# Electricity fails, laptops close, free GPUs are taken away. A **checkpoint** is a file from which a training goes on.
# The parameters alone are not enough: the optimizer has a memory, the schedule has a position, and chance has a state.
# Here everything is kept. The power fails after epoch 2, and the same line is started again:

# %%
#| at-most: {difference between interrupted and uninterrupted: 0}
def train_with_checkpoint(path, power_fails_after=None):
    """Four epochs, or as many as are left; the parameters in the end."""
    model, loader = start(seed=5)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    schedule = CosineAnnealingLR(optimizer, T_max=4)
    done = 0
    if path.exists():
        saved = torch.load(path, weights_only=True)       # reads numbers and names, runs nothing
        for part, state in zip((model, optimizer, schedule), saved["states"], strict=True):
            part.load_state_dict(state)
        torch.set_rng_state(saved["chance"])
        done = saved["epochs"]
    for epoch in range(done, power_fails_after or 4):
        train_epoch(model, loader, optimizer)
        schedule.step()
        states = [part.state_dict() for part in (model, optimizer, schedule)]
        torch.save({"states": states, "chance": torch.get_rng_state(), "epochs": epoch + 1}, path)
    return nn.utils.parameters_to_vector(model.parameters()).detach()


scratch = Path(tempfile.mkdtemp())
uninterrupted = train_with_checkpoint(scratch / "one.pt")
train_with_checkpoint(scratch / "two.pt", power_fails_after=2)
resumed = train_with_checkpoint(scratch / "two.pt")       # the same line again
vl.report.metric("difference between interrupted and uninterrupted", (resumed - uninterrupted).abs().max())

# %% [markdown]
# Equal to the last bit. (`vl.training.fit(…, checkpoint="run.pt")` does the same, in the middle of an epoch too.)
#
# And if only the weights are kept, as many programs do? Then it is *another* run. Does it matter? Measured with five
# seeds, OneCycle over four epochs, interrupted after two:

# %%
#| fold: "Makes the table of three ways to go on, from the stored measurements."
#| words: [what was kept, "accuracy, lowest … highest", everything, "the weights; then the whole schedule anew, for two epochs", "the weights; then a new schedule, made for the two epochs that are left"]
kinds = {
    "everything": "uninterrupted",
    "the weights; then the whole schedule anew, for two epochs": "weights only, same schedule anew",
    "the weights; then a new schedule, made for the two epochs that are left": "weights only, new schedule",
}
vl.viz.table(
    [{"what was kept": what, "accuracy, lowest … highest": span(after("interruption", way))} for what, way in kinds.items()],
    caption="After four epochs, in percent: five seeds",
)

# %% [markdown]
# Without the optimizer's memory, and with the order of the first epochs once more, hardly anything was lost. The
# *schedule* mattered: begun anew and cut off half-way, it ended among the large steps. If you keep one thing besides
# the weights, keep where you are in the schedule.
#
# ## 3.10 A small project: the same on another folder
#
# Sixteen materials in colour, 16 × 16 pixels, and a network that knows nothing. This time what counts is a *file*, with
# the names of the classes in it. (Half a year later nobody remembers which score was which.)
#
# **Exercise 6 — train to a file** (★★★, 12 minutes). Train a network on a folder and leave a file. The check loads it
# into a fresh network, as a stranger would, and asks about 320 cut-outs that yours has never seen. At least 60 % must
# be right. Then try a folder of your own.

# %% tags=["exercise:training.train_to_file"]
# The build writes the starter of training.train_to_file here.

# %%
check("training.train_to_file", train_to_file)

# %% [markdown]
# ## 3.11 Recall
#
# Five questions, without looking back.

# %% [markdown] recall="order" lesson="03_training_loop"
# A loop calls `loss.backward()`, then `optimizer.zero_grad()`, then `optimizer.step()`. What does the network learn?
#
# - [x] Nothing by its gradients: they are cleared before the step uses them.
#   The order is zero_grad, backward, step.
# - [ ] The same as in the right order.
#   The step looks at what lies in `.grad`. There is nothing left.
# - [ ] The gradient of the batch before.
#   That one was cleared as well.

# %% [markdown] recall="rare" lesson="03_training_loop"
# One part in a hundred is broken. A model finds 99 % accuracy. What do you know?
#
# - [ ] That it is a good model.
#   Whoever always says "whole" reaches 99 % too.
# - [x] Hardly anything: ask for the recall of *broken*.
#   Accuracy is made almost entirely of the frequent class.
# - [ ] That it finds 99 % of the broken parts.
#   That would be recall. Accuracy counts all parts.

# %% [markdown] recall="frozen" lesson="02_transfer_learning"
# You fine-tune a trained network with a new head. Which learning rates?
#
# - [ ] The higher one for the body: it is larger.
#   The body knows much already. Large steps would destroy it.
# - [x] The higher one for the head.
#   It starts from random numbers and must move far. The body needs only a nudge.
# - [ ] Rates don't matter once weights are trained.
#   They do: look at the table of 3.5.

# %% [markdown] recall="shuffle" lesson="01_pipeline"
# A folder is sorted by class, and the training loader does not shuffle. What happens?
#
# - [ ] Nothing: the network sees every picture once per epoch either way.
#   It does, but each batch then pulls towards one class, and the last one wins.
# - [x] Each batch holds one class, and training suffers.
#   Shuffle for training. For judging the order makes no difference.
# - [ ] An error: batches must hold all classes.
#   No one checks that.

# %% [markdown] recall="softmax" lesson="00_overview"
# A model is 98 % sure of its answer. What does that say?
#
# - [ ] It is right 98 times of 100 on any picture.
#   On pictures of another kind it may be just as sure, and wrong: remember the eye.
# - [x] How much it prefers this answer to its own others.
#   Softmax shares 1 among the words that it has.
# - [ ] That the picture is of one of its classes.
#   It can't notice that none of its words fits.

# %% [markdown]
# ## 3.12 Summary
#
# | you want | write | remember |
# |---|---|---|
# | a loss | `nn.CrossEntropyLoss()(logits, labels)` | no softmax before it |
# | a step | `optimizer.zero_grad()`, `loss.backward()`, `optimizer.step()` | gradients add up |
# | to judge | `model.eval()`, `torch.inference_mode()` | `no_grad` if something learns from it |
# | the best epoch | `copy.deepcopy(model.state_dict())` | a copy, or it goes on learning |
# | an optimizer | `torch.optim.AdamW(model.parameters(), lr=0.01)` | each needs its own rate |
# | a schedule | `CosineAnnealingLR`, `OneCycleLR`, `StepLR` | batches or epochs? |
# | 16 bits | `torch.autocast`, `torch.amp.GradScaler` | on a GPU; measure |
# | a score | `torch.bincount` → precision, recall, macro F1 | accuracy hides rare classes |
# | to go on | `torch.save({"model": …, "optimizer": …, "schedule": …}, path)` | chance too |
#
# And in this course: `vl.training.fit` with `patience`, `checkpoint` and `amp`, `vl.metrics.f1`,
# `vl.training.save_model`.
#
# ---
# **Before:** [lesson 2, transfer learning](02_transfer_learning.ipynb). **Next:** [lesson 6, vision
# operations](06_vision_ops.ipynb), the tools of detection, and then [lesson 4, detection](04_detection.ipynb).
