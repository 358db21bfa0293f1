# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   vislearn:
#     minutes: 100
#     level: 2
#     after: [01_pipeline, 03_training_loop]
#     budget: {seconds: 60, memory_mb: 2000}
# ---

# %% [markdown]
# # 9. Rare classes and few pictures
#
# Somebody photographs rice leaves. Of 100 leaves 99 are healthy. A model that calls every leaf healthy is right 99
# times, and useless: the sick one is what it was built for. Real data is like that. Common things are easy to
# photograph, and what you look for is rare.
#
# The second half is about the other shortage: few pictures of *everything*. A network learns them by heart, and its
# training loss says that all is well.
#
# For both there are remedies that everybody names. You will try all of them on equal terms, over five seeds. Some help, some
# do nothing, one makes it much worse, and the simplest of all needs no training.
#
# **About 100 minutes · level 2 of 3 · after [lesson 1](01_pipeline.ipynb) and [lesson 3](03_training_loop.ipynb).** After
# this lesson you can:
#
# - see through an accuracy that hides rare classes;
# - weigh a loss, draw balanced batches, and put logits right after training;
# - say when focal loss helps, and why its usual call fails;
# - recognise overfitting by its two losses, and stop in time;
# - say of six remedies what each of them mends: the answers, or only how sure they sound.

# %%
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, RandomSampler, TensorDataset, WeightedRandomSampler
from torchvision.datasets import ImageFolder
from torchvision.ops import sigmoid_focal_loss
from torchvision.transforms import v2
from torchvision.utils import make_grid

import vislearn as vl
from vislearn.exercises import check, hint, solution, use

# %% [markdown]
# ## 9.1 A long tail
#
# The digits of lesson 0, in 16 × 16 pixels. From the training pictures we take 140 zeros, 84 ones, and so on, always 40 %
# fewer, down to a single nine. That is a **long tail**, at a ratio of 100 : 1. The validation pictures stay as they are,
# about 36 of each digit.

# %% tags=["exact"]
to_input = v2.Compose([
    v2.ToImage(), v2.Grayscale(), v2.Resize([16, 16], antialias=True),
    v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.5], [0.5]),                  # -> -1 ... 1
])


def read(split):
    """All digits of a split: (N, 1, 16, 16) and their labels (N,)."""
    folder = ImageFolder(vl.datasets.digits(split), to_input)
    return torch.stack([image for image, _label in folder]), torch.tensor(folder.targets)


(images, labels), (val_images, val_labels) = read("train"), read("val")

counts = torch.tensor([round(140 * 100 ** (-digit / 9)) for digit in range(10)])
chance = torch.Generator().manual_seed(0)
chosen = []
for digit, count in enumerate(counts.tolist()):
    members = torch.nonzero(labels == digit)[:, 0]
    chosen.append(members[torch.randperm(len(members), generator=chance)[:count]])
tail = TensorDataset(images[torch.cat(chosen)], labels[torch.cat(chosen)])
print("pictures of 0 ... 9:", *counts.tolist(), "together", len(tail))

# %% [markdown]
# A small network, and the loop of lesson 3 for as many steps as the loader deals batches. `RandomSampler` draws pictures
# by chance, `num_samples` says how many: 3200, that is 100 batches of 32. Only two things will change from here on: the
# loss, and what the loader deals.

# %%
def network(width=16, dropout=0.0):
    """(N, 1, 16, 16) -> logits (N, 10)."""
    return nn.Sequential(
        nn.Conv2d(1, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(width, 2 * width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Dropout(dropout), nn.Linear(32 * width, 8 * width), nn.ReLU(),
        nn.Dropout(dropout), nn.Linear(8 * width, 10),
    )


def learn(loader, loss_function):
    """A new network, trained on what the loader deals; its logits for the validation pictures."""
    torch.manual_seed(0)
    model = network()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.003)
    schedule = OneCycleLR(optimizer, 0.003, total_steps=len(loader))
    for batch, truth in loader:
        loss = loss_function(model(batch), truth)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    with torch.inference_mode():
        return model.eval()(val_images)


def macro_f1(logits):
    """F1 of each class by itself, then the mean: rare classes count like common ones (lesson 3)."""
    pairs = torch.bincount(10 * val_labels + logits.argmax(1), minlength=100).reshape(10, 10)
    return (2 * pairs.diag() / (pairs.sum(0) + pairs.sum(1))).mean()


loader = DataLoader(tail, batch_size=32, sampler=RandomSampler(tail, replacement=True, num_samples=3200))
plain = learn(loader, nn.CrossEntropyLoss())

# %% [markdown] ask="tail"
# The network is trained. Where digits are as unequally frequent as in its training, it answers 95 of 100 right. How many of
# the nines, of which it has seen one?
#
# - [ ] Nearly all: 95 % is 95 %.
#   It is a mean, and 40 % of it are zeros. All nines together could be wrong, and it would fall by a third of a percent.
# - [ ] About half of them.
#   That would still be a lot for a class that costs the loss next to nothing.
# - [x] Next to none, and no better for the eights.
#   Answering "one of the common ones" was nearly always right. So the network has learned just that.

# %%
#| fig-alt: "Ten bars, the recall of each digit from 0, seen 140 times, to 9, seen once. The first six are high, the last two close to 0."
#| compared: structure
#| at-least: {"accuracy, were digits as unequal as in training": 0.9}
#| at-most: {"recall of the nines": 0.3, "macro F1, nothing done": 0.72}
recalls = torch.stack([(plain.argmax(1)[val_labels == digit] == digit).float().mean() for digit in range(10)])
vl.report.metric("accuracy, were digits as unequal as in training", (recalls * counts).sum() / counts.sum())
vl.report.metric("recall of the nines", recalls[9])
vl.report.metric("macro F1, nothing done", macro_f1(plain))
vl.viz.bars({f"{digit}, seen: {counts[digit]}": recalls[digit] for digit in range(10)},
            xlabel="share of this digit that is recognised", xlim=(0, 1), digits=2, title="One accuracy, ten recalls")

# %% [markdown]
# So on unequal data look at each class, or at macro F1. `vl.metrics.f1` computes the same:

# %% tags=["exact"]
torch.isclose(macro_f1(plain), torch.tensor(vl.metrics.f1(plain.argmax(1), val_labels)).float())

# %% [markdown]
# ## 9.2 Weigh the loss
#
# The first remedy of the source text: `CrossEntropyLoss(weight=…)`. Each picture's loss counts as much as its class
# weighs. One nine among 346 pictures must weigh much, a zero little.
#
# **Exercise 1 — class weights** (★, 5 minutes). `hint("imbalance.class_weights")` gives a push,
# `solution("imbalance.class_weights")` a way to do it.

# %% tags=["exercise:imbalance.class_weights"]
# The build writes the starter of imbalance.class_weights here.

# %%
check("imbalance.class_weights", class_weights)

# %%
#| at-least: {"macro F1, weights": 0.66}
class_weights = use("imbalance.class_weights", class_weights)

weights = class_weights(tail.tensors[1])
print("a zero weighs", f"{weights[0]:.2f}, the nine {weights[9]:.1f}")
print("the same, in one line:", torch.allclose(weights, vl.imbalance.class_weights(counts)))
weighed = learn(loader, nn.CrossEntropyLoss(weight=weights))
vl.report.metric("macro F1, weights", macro_f1(weighed))

# %% [markdown]
# Mind what "mean" means here: torch divides by the *sum of the weights* in the batch, not by the number of pictures.

# %% tags=["exact"]
logits, truth = torch.tensor([[2.0, 0.0], [0.5, 0.0]]), torch.tensor([0, 1])
two = torch.tensor([1.0, 9.0])                                                   # weights of two classes
each = F.cross_entropy(logits, truth, reduction="none")
by_hand = (two[truth] * each).sum() / two[truth].sum()
print("the same:", torch.isclose(by_hand, F.cross_entropy(logits, truth, weight=two)))

# %% [markdown]
# Most batches of 32 hold no nine at all. When one comes, it fills almost the whole step. That is why strong weights make
# training restless, and why milder ones exist: the square root of 1 / n, or the **effective number** (Cui 2019), for
# pictures that resemble each other, so that the hundredth adds less than the first:

# %% tags=["exact"]
root = counts.rsqrt()
effective = (1 - 0.999) / (1 - 0.999 ** counts)
for name, mild in {"sqrt": root, "effective": effective}.items():
    mild = mild * counts.sum() / (mild * counts).sum()                           # mean over the pictures: 1
    print(name, f"{mild[0]:.2f} ... {mild[9]:.1f}", torch.allclose(mild, vl.imbalance.class_weights(counts, name)))

# %% [markdown]
# ## 9.3 Draw balanced batches
#
# The second remedy leaves the loss alone and changes what is dealt. `WeightedRandomSampler` draws each picture with a
# chance of its own.
#
# **Exercise 2 — sample weights** (★, 5 minutes). One number per *picture* this time.

# %% tags=["exercise:imbalance.sample_weights"]
# The build writes the starter of imbalance.sample_weights here.

# %%
check("imbalance.sample_weights", sample_weights)

# %% [markdown] ask="again"
# There is one nine. A balanced sampler deals 100 batches of 32. How often does the network see that one picture?
#
# - [ ] Once: there is only one.
#   `replacement=True` puts it back each time. Without that, no class could come more often than it has pictures.
# - [ ] About 10 times.
#   So it would be by plain chance: 3200 draws from 346 pictures.
# - [x] About 320 times.
#   A tenth of 3200 draws goes to each class. The nine gets all of its share alone.

# %%
#| fig-alt: "Two rows of 32 digits. Above, dealt by chance: nearly all 0, 1, 2 and 3. Below, dealt by the sampler: all ten digits, and the same nine several times."
#| compared: structure
#| within: {"times the nine is seen": 60}
sample_weights = use("imbalance.sample_weights", sample_weights)

sampler = WeightedRandomSampler(sample_weights(tail.tensors[1]), num_samples=3200, replacement=True)
balanced = DataLoader(tail, batch_size=32, sampler=sampler)
torch.manual_seed(1)
rows = [next(iter(one)) for one in (loader, balanced)]
vl.report.metric("times the nine is seen", sum((truth == 9).sum() for _batch, truth in balanced))
sheet = torch.cat([batch[truth.argsort()] for batch, truth in rows])                    # sorted by digit
sheet = make_grid(sheet, nrow=32, padding=1, normalize=True)
v2.functional.to_pil_image(v2.functional.resize(sheet, [106], interpolation=v2.InterpolationMode.NEAREST))

# %% [markdown]
# Below, rare digits come as often as others; and the nine is always *the same* nine. A sampler makes no new pictures.

# %%
#| at-least: {"macro F1, sampler": 0.68}
#| at-most: {"macro F1, both at once": 0.78}
sampled = learn(balanced, nn.CrossEntropyLoss())
vl.report.metric("macro F1, sampler", macro_f1(sampled))
both = learn(balanced, nn.CrossEntropyLoss(weight=weights))
vl.report.metric("macro F1, both at once", macro_f1(both))

# %% [markdown]
# Weights and sampler *together* are a usual mistake. Each makes up for the numbers; both do it twice, and now the common
# digits are neglected. Choose one. Two more things to know:

# %% tags=["exact"]
try:
    DataLoader(tail, batch_size=32, sampler=sampler, shuffle=True)
except ValueError as trouble:
    print(trouble)
same = vl.imbalance.balanced_sampler(tail.tensors[1], num_samples=3200)
plainly = torch.tensor(list(sampler.weights)) / torch.tensor(list(sampler.weights)).mean()
print("the same weights, in one line:", torch.allclose(torch.tensor(list(same.weights)), plainly))

# %% [markdown]
# ## 9.4 Focal loss
#
# The third remedy doesn't ask which class is rare. It asks what is *hard*. With p, the probability that the network gives
# to the true class, cross-entropy is −log p. **Focal loss** multiplies it by (1 − p) to the power of γ: what is known
# already counts hardly at all.

# %%
#| fig-alt: "Four falling curves of the loss over the probability of the true class, for gamma 0, 1, 2 and 5. All begin high at the left; the larger gamma, the sooner the curve lies on the axis."
p = torch.linspace(0.02, 1, 50)
vl.viz.curves({f"γ = {gamma}": -((1 - p) ** gamma) * p.log() for gamma in (0, 1, 2, 5)}, x=p.tolist(), height=320,
              xlabel="probability of the true class", ylabel="loss", title="Focal loss: easy pictures fade")

# %% [markdown]
# **Exercise 3 — focal loss** (★★, 8 minutes). With softmax, for one class per picture. Mind where the mean is taken.

# %% tags=["exercise:imbalance.focal_loss"]
# The build writes the starter of imbalance.focal_loss here.

# %%
check("imbalance.focal_loss", focal_loss)

# %% [markdown]
# torchvision has a focal loss too: `torchvision.ops.sigmoid_focal_loss`. It was made for detectors (lesson 6): thousands
# of boxes with nothing in them, and each class a yes-or-no question by itself. Most tutorials take it for
# classification like this: labels as one-hot rows, everything else as it is.

# %% [markdown] ask="focal"
# Nothing reached a macro F1 of about 0.6, weights 0.8. Where will the two focal losses land?
#
# - [ ] Both above weights: focal loss was invented for imbalance.
#   For that of detectors. There it is the empty boxes that are easy. Here a rare digit is hard, and so are many common ones.
# - [ ] Both near weights.
#   Softmax focal loss knows nothing about which class is rare. It gains little more than nothing.
# - [x] Your softmax version little above nothing, torchvision's far *below* nothing.
#   Ten questions per picture, nine answered "no". The nine hears "no" from 345 of 346 pictures.

# %%
#| within: {"macro F1, softmax focal": 0.09}
#| at-most: {"macro F1, sigmoid focal": 0.54}
focal_loss = use("imbalance.focal_loss", focal_loss)


def usual_call(logits, truth):
    """As most tutorials have it."""
    return sigmoid_focal_loss(logits, F.one_hot(truth, 10).float(), reduction="mean")     # alpha .25, gamma 2


vl.report.metric("macro F1, softmax focal", macro_f1(learn(loader, lambda logits, truth: focal_loss(logits, truth, 2.0))))
vl.report.metric("macro F1, sigmoid focal", macro_f1(learn(loader, usual_call)))
logits, truth = torch.randn(4, 10), torch.tensor([0, 1, 0, 9])
print("the same, in one line:", torch.isclose(focal_loss(logits, truth, 2.0), vl.ops.focal_loss(logits, truth, 2.0)))

# %% [markdown]
# Why? Look at what the usual call weighs. `alpha=0.25` is the weight of a "yes"; a "no" gets 0.75. That suits a detector,
# where γ has made a thousand empty boxes nearly weightless. Here "no" outnumbers "yes" nine to one *and* counts three
# times as much. The paper has a second half, which is often left out: the last layer's bias is set so that at first every
# class has the probability 0.01 (its **prior**). Does that rescue it? Over five seeds:

# %%
#| fold: "Takes the runs at 100 : 1 and 100 steps from a table that the benchmark rare_classes measured, five seeds each."
#| fig-alt: "Five bars of macro F1 over five seeds: nothing, focal by softmax, sigmoid focal, the same with prior .01, with prior .1. The first two reach more than 0.6; sigmoid focal and its prior .01 stay near 0.4, prior .1 lies between."
#| words: [nothing, "focal, softmax", "sigmoid focal", "sigmoid focal, prior .01", "sigmoid focal, prior .1"]
runs = vl.datasets.measurements("rare_classes")["runs"]
short = [run for run in runs if (run["ratio"], run["steps"]) == (100, 100)]
names = {"nothing": "nothing", "focal": "focal, softmax", "sigmoid focal": "sigmoid focal",
         "sigmoid focal, prior .01": "sigmoid focal, prior .01", "sigmoid focal, prior .1": "sigmoid focal, prior .1"}
vl.viz.bars({name: [run["macro_f1"] for run in short if run["way"] == way] for way, name in names.items()},
            xlabel="macro F1, five seeds", xlim=(0, 1), digits=2)

# %% [markdown]
# It doesn't. 0.01 suits thousands of boxes; with ten classes 0.1 is the natural prior, and it rescues a part. For pictures
# with one class each, take cross-entropy. Focal loss belongs where γ finds masses of easy negatives: RetinaNet, and one
# small object in a large picture (lesson 5, where it needed a long training too).
#
# ## 9.5 Afterwards, or from the start
#
# Now without any training. What does a network trained with cross-entropy say? By Bayes' rule the probability of a class
# is made of two parts: how well the picture fits the class, times **how frequent the class is**. On the scale of logits,
# which are logarithms, the product is a sum. So the second part can be taken away again, with one subtraction.
#
# **Exercise 4 — put logits right** (★★, 8 minutes).

# %% tags=["exercise:imbalance.adjusted_logits"]
# The build writes the starter of imbalance.adjusted_logits here.

# %%
check("imbalance.adjusted_logits", adjusted_logits)

# %% [markdown] ask="after"
# `plain` are the logits of 9.1, of the network that finds next to no nine. You subtract the logarithms of ten shares, and
# train nothing. What becomes of macro F1?
#
# - [ ] Nothing: what was not learned can't be subtracted.
#   The network had learned more about nines than it dared to say. They were only never in front.
# - [x] It rises by more than 0.1.
#   Much that rare classes were lacking was not knowledge, but the courage to answer them.
# - [ ] It falls: the logits no longer fit the training data.
#   They fit *another* world now, in which all classes are equally frequent. In that world macro F1 asks.

# %%
#| at-least: {"macro F1, subtracted after training": 0.66, "gained without training": 0.05}
adjusted_logits = use("imbalance.adjusted_logits", adjusted_logits)

after = adjusted_logits(plain, counts, 1.0)
vl.report.metric("macro F1, subtracted after training", macro_f1(after))
vl.report.metric("gained without training", macro_f1(after) - macro_f1(plain))
print("the same answers, in one line:", torch.equal(after.argmax(1), vl.imbalance.adjusted(plain, counts).argmax(1)))

# %% [markdown]
# It works for any classifier that you have, also for one that somebody else trained, if only you know its counts. `tau`
# between 0 and 1 takes a part away.
#
# And the other way round: *add* the logarithms during training, inside the loss. Then the common classes have their
# advantage as a gift, and the network need not learn it. Afterwards the plain logits are used. This is **logit
# adjustment** (Menon 2021), or balanced softmax:

# %%
#| at-least: {"macro F1, logit adjustment": 0.74}
log_prior = (counts / counts.sum()).log()                                        # (10,)
adjusting = learn(loader, lambda logits, truth: F.cross_entropy(logits + log_prior, truth))
vl.report.metric("macro F1, logit adjustment", macro_f1(adjusting))
logits, truth = torch.randn(4, 10), torch.tensor([0, 1, 0, 9])
by_hand = F.cross_entropy(logits + log_prior, truth)
print("the same, in one line:", torch.isclose(by_hand, vl.imbalance.balanced_softmax_loss(logits, truth, counts)))

# %% [markdown]
# ## 9.6 All of them, measured
#
# Your numbers come from one draw of pictures. The benchmark `rare_classes` has drawn five, and trained for 100, 300 and
# 900 steps. Longer training should help the rare digits too. What is then left of the remedies?

# %%
#| fold: "Averages five seeds of every remedy at 100 : 1, for three lengths of training."
#| fig-alt: "Lines over the steps of training, 100, 300 and 900, for six remedies. Nothing, weights, sampler and focal loss meet at the right, close to 0.8; log-prior subtracted afterwards and logit adjustment stay together well above them."
#| words: [nothing, weights, sampler, "focal, softmax", "subtracted after", "logit adjustment"]
names = {"nothing": "nothing", "weights": "weights", "sampler": "sampler", "focal": "focal, softmax",
         "log-prior subtracted after": "subtracted after", "logit adjustment": "logit adjustment"}
lines = {}
for way, name in names.items():
    lines[name] = [sum(run["macro_f1"] for run in runs if (run["ratio"], run["way"], run["steps"]) == (100, way, steps)) / 5
                   for steps in (100, 300, 900)]
vl.viz.curves(lines, x=[100, 300, 900], xlabel="steps of training", ylabel="macro F1, mean of five seeds", height=400,
              title="Weights and sampler help a short training")

# %% [markdown]
# - **After 100 steps** everything but focal loss helps much: nothing 0.62, the subtraction 0.74,
#   weights and sampler 0.78, logit adjustment 0.82.
# - **After 900 steps** weights, sampler and focal loss are hardly better than nothing: 0.78 to 0.80. A network that
#   knows its training pictures by heart has no loss left to weigh.
# - **The two that know the shares stay ahead**, at 0.86, however long you train. One of them is the subtraction.
#
# So begin with `logits - log_prior`: it costs nothing. If you train anew, put it into the loss. Before you believe anybody's
# comparison of remedies, ask how long they trained. And at smaller ratios? Here is the whole table, to play with:

# %%
#| fig-alt: "Bars of macro F1 by remedy at 100 : 1 after 100 steps, with whiskers over five seeds. Nothing about 0.6, weights and sampler about 0.8, logit adjustment a little more, sigmoid focal losses far less."
#| words: [nothing, "√weights", weights, sampler, "weights and sampler", focal, "sigmoid focal", "sigmoid focal, prior .01", "sigmoid focal, prior .1", "log-prior subtracted after", "logit adjustment"]
vl.widgets.remedy_lab([run for run in runs if "moved" not in run["way"]])

# %% [markdown]
# At 10 : 1 three points are to be gained, at 1 : 1 none. **And if your world is as unequal as your training?** If common things are common there
# too, and every mistake costs the same, then plain accuracy counts. At 100 : 1 and 100 steps it is 0.96 with nothing, and logit
# adjustment *loses* a point of it. A remedy is for when a rare mistake is dear.
#
# ## 9.7 Few pictures of everything
#
# Now five pictures of each digit, fifty in all, and eighty passes over them. The 355 others: 100 to choose by, 255 to judge by.

# %%
chance = torch.Generator().manual_seed(1000)
members = [torch.nonzero(labels == digit)[:, 0] for digit in range(10)]
few = torch.cat([some[torch.randperm(len(some), generator=chance)[:5]] for some in members])
few_images, few_labels = images[few], labels[few]
choosing = torch.zeros(len(val_labels), dtype=torch.bool)
for digit in range(10):
    choosing[torch.nonzero(val_labels == digit)[:10, 0]] = True                  # the first ten of each


def losses_of(model):
    """Cross-entropy on the fifty and on the hundred, and the accuracy on the 255."""
    with torch.inference_mode():
        known, new = model.eval()(few_images), model(val_images)
    right = (new.argmax(1) == val_labels)[~choosing].float().mean().item()
    return (F.cross_entropy(known, few_labels).item(),
            F.cross_entropy(new[choosing], val_labels[choosing]).item(), right)

# %% [markdown]
# **Early overfitting symptom**, says the source text: training loss ↓, validation loss ↑. Watch it happen.

# %% [markdown] ask="rising"
# From some epoch on the loss on new pictures rises, to more than it was. What does the *accuracy* on new pictures do
# meanwhile?
#
# - [ ] It falls: the loss rises.
#   Loss and accuracy measure different things. The loss also asks how sure the network was.
# - [x] It stays where it is, or even rises a little.
#   Hardly an answer changes. But the wrong ones are given with ever more certainty, and that is dear.
# - [ ] It rises clearly: training goes on, after all.
#   On fifty pictures there is nothing more to learn once they are known by heart.

# %%
#| fig-alt: "Two lines of the loss over 80 epochs. On the fifty training pictures it falls to 0 and stays there. On new pictures it falls, turns after some ten epochs and rises."
#| compared: structure
#| at-least: {"validation loss, last over lowest": 1.15}
#| at-most: {"accuracy lost since the lowest loss": 0.05}
torch.manual_seed(0)
model = network()
optimizer = torch.optim.AdamW(model.parameters(), lr=0.003, weight_decay=0.0)
history = []
for _epoch in vl.widgets.progress(range(80), "training"):
    model.train()
    for some in torch.randperm(50).split(10):
        loss = F.cross_entropy(model(few_images[some]), few_labels[some])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    history.append(losses_of(model))
train_losses, val_losses, accuracies = zip(*history, strict=True)
lowest = min(range(80), key=lambda epoch: val_losses[epoch])
vl.report.metric("validation loss, last over lowest", val_losses[-1] / val_losses[lowest])
vl.report.metric("accuracy lost since the lowest loss", accuracies[lowest] - accuracies[-1])
vl.viz.curves({"fifty training pictures": train_losses, "new pictures": val_losses}, height=360,
              xlabel="epoch", ylabel="loss", title="One loss falls, the other turns")

# %% [markdown]
# **Exercise 5 — when to stop** (★★, 8 minutes). In lesson 3 you looked back at a finished training. This rule is asked
# *during* it, after every epoch, and tiny improvements don't count.

# %% tags=["exercise:imbalance.should_stop"]
# The build writes the starter of imbalance.should_stop here.

# %%
check("imbalance.should_stop", should_stop)

# %%
#| at-most: {"epochs, with your rule": 60}
#| within: {"accuracy where your rule stops": 0.1, "accuracy after all 80": 0.08}
should_stop = use("imbalance.should_stop", should_stop)

stopped = next((epoch for epoch in range(1, 81) if should_stop(list(val_losses[:epoch]), 8, 0.01)), 80)
kept = min(range(stopped), key=lambda epoch: val_losses[epoch])                  # the best of them, as in lesson 3
vl.report.metric("epochs, with your rule", stopped)
vl.report.metric("accuracy where your rule stops", accuracies[kept])
vl.report.metric("accuracy after all 80", accuracies[-1])

# %% [markdown]
# ## 9.8 What helps, and what for
#
# Early stopping, then, saves time, but gains no accuracy here. The source text has more: augmentation, dropout,
# `weight_decay`, a smaller model, a lower rate. In torch each is one word, except augmentation:

# %%
ways = {
    "dropout": network(dropout=0.5),                                             # forgets half of the units in every step
    "smaller network": network(width=4),
    "weight decay": torch.optim.AdamW(network().parameters(), lr=0.003, weight_decay=1.0),
    "lower rate": torch.optim.AdamW(network().parameters(), lr=0.0003),
    "label smoothing": nn.CrossEntropyLoss(label_smoothing=0.1),                 # wants 91 %, never 100 %
}
move = v2.RandomAffine(10, translate=(0.1, 0.1), scale=(0.9, 1.1), fill=-1)      # each picture a little otherwise
moved = torch.stack([move(few_images[25]) for _call in range(8)])

# %%
#| fig-alt: "Eight times the same handwritten five, a little turned, moved and scaled."
#| compared: structure
sheet = make_grid(moved, nrow=8, padding=1, normalize=True)
v2.functional.to_pil_image(v2.functional.resize(sheet, [88], interpolation=v2.InterpolationMode.NEAREST))

# %% [markdown]
# The benchmark `overfitting` has tried each on five draws of fifty pictures. Every way of a draw has the same pictures and
# begins at the same weights, so compare within a draw: the bars show each way's *gain* over nothing.

# %%
#| fold: "Subtracts for every draw what nothing reached from what each way reached."
#| fig-alt: "Nine bars of gained accuracy with whiskers over five draws. Augmentation and augmentation with label smoothing far to the right, label smoothing alone behind them, dropout a little; weight decay, lower rate near 0; smaller network and early stopping to the left."
#| words: [augmentation, "augmentation, label smoothing .1", "label smoothing .1", "dropout .5", "weight decay .1", "weight decay 1", "rate / 10", "smaller network", "early stopping"]
trials = vl.datasets.measurements("overfitting")["runs"]
by_way = {}
for trial in trials:
    by_way.setdefault(trial["way"], []).append(trial)
order = ["augmentation, label smoothing .1", "augmentation", "label smoothing .1", "dropout .5", "weight decay .1",
         "weight decay 1", "rate / 10", "smaller network", "early stopping"]
gains = {way: [one["accuracy"] - base["accuracy"] for one, base in zip(by_way[way], by_way["nothing"], strict=True)]
         for way in order}
vl.viz.bars(gains, xlabel="accuracy gained over nothing", digits=3, xlim=(-0.1, 0.15))

# %% [markdown]
# Augmentation gains most, because it is the only one that brings something new. Label smoothing is close behind, and both
# together gain still more. Dropout gains a little. Weight decay and the lower rate gain nothing, early stopping and the smaller network lose some. Yet all but the
# smaller network lowered the loss on new pictures. So what did they mend?

# %% [markdown]
# Lesson 0 ended with a warning: a probability says which answer a model *prefers*. **Calibration** asks whether it can be
# taken at its word: of all answers given with 90 %, are 90 % right? The **expected calibration error** (ECE) is the mean
# difference.

# %%
def calibration_error(logits, truth, bins=10):
    """Over bins of certainty: how far it is from the share that is right, weighed by the pictures in the bin."""
    sure, answer = logits.softmax(1).max(1)
    place = (sure * bins).long().clamp(max=bins - 1)
    error = 0.0
    for number in place.unique():
        inside = place == number
        error += inside.float().mean() * (sure[inside].mean() - (answer == truth)[inside].float().mean()).abs()
    return error


with torch.inference_mode():
    overfitted = model.eval()(val_images)
print(f"sure of {overfitted.softmax(1).max(1).values.mean():.0%}, right {accuracies[-1]:.0%}, ", end="")
print(f"calibration error {calibration_error(overfitted[~choosing], val_labels[~choosing]):.3f}")

# %%
#| fold: "Puts the answers of five draws into bins of certainty, and draws for each the share that is right."
#| fig-alt: "Four lines over the certainty from 45 to 95 %. A straight diagonal: as often right as sure. Nothing lies far below it, augmentation below it and nearer; label smoothing lies above it."
#| words: [nothing, augmentation, "label smoothing .1", "as sure as right"]
diagram = {"as sure as right": [0.45, 0.55, 0.65, 0.75, 0.85, 0.95]}
for way in ("nothing", "augmentation", "label smoothing .1"):
    table = torch.tensor([trial["bins"] for trial in by_way[way]])               # (5, 10, 3): pictures, certainty, right
    pictures = table[:, :, 0].sum(0)
    diagram[way] = ((table[:, :, 0] * table[:, :, 2]).sum(0) / pictures)[4:].tolist()
vl.viz.curves(diagram, x=[0.45, 0.55, 0.65, 0.75, 0.85, 0.95], xlabel="how sure the network is", height=400,
              ylabel="share that is right", title="Can it be taken at its word?")

# %% [markdown]
# Below the diagonal a network is surer than it should be. Label smoothing lies *above*: it was taught never to be sure, and
# is now too modest. One number can put that right after training, as a subtraction did in 9.5. Divide all logits by a
# **temperature**, chosen on the hundred pictures; no answer changes, only how sure it sounds:

# %%
#| at-least: {"temperature": 1.2}
#| at-most: {"loss, cooled over hot": 0.9}
def loss_at(temperature):
    """Of the hundred pictures that choose."""
    return F.cross_entropy(overfitted[choosing] / temperature, val_labels[choosing]).item()


best = min([tenths / 10 for tenths in range(5, 101)], key=loss_at)
judge, truth = overfitted[~choosing], val_labels[~choosing]
vl.report.metric("temperature", best)
vl.report.metric("loss, cooled over hot", F.cross_entropy(judge / best, truth) / F.cross_entropy(judge, truth))
print("same answers:", torch.equal((judge / best).argmax(1), judge.argmax(1)))

# %%
#| fold: "Averages both scores of every way over five draws."
#| words: [way, accuracy, "calibration error", "loss on new pictures", nothing, augmentation, "augmentation, label smoothing .1", "label smoothing .1", "dropout .5", "weight decay .1", "weight decay 1", "rate / 10", "smaller network", "early stopping", "temperature after"]
def mean(way, score):
    """Over the five draws."""
    return sum(trial[score] for trial in by_way[way]) / len(by_way[way])


vl.viz.table([{"way": way, "accuracy": f"{mean(way, 'accuracy'):.3f}", "calibration error": f"{mean(way, 'ece'):.3f}",
               "loss on new pictures": f"{mean(way, 'loss'):.2f}"} for way in ["nothing", *order, "temperature after"]],
             caption="Fifty pictures, 80 epochs, five draws: what each way mends")

# %% [markdown]
# Read it as a pharmacist would, by what each one is *for*:
#
# - **Answers:** augmentation, label smoothing behind it, dropout a little. The first two together do more than either;
#   but label smoothing makes calibration worse.
# - **Only how sure they sound:** strong weight decay, the lower rate, early stopping, the temperature. The last is the
#   cheapest, and has the lowest loss of these four.
# - **Neither, here:** the smaller network. "Make the model smaller" is good advice if it is far too large; this one is not.
#
# And the **lower rate** has cured nothing. Its loss on new pictures has turned as well, and rises; it has only not got as far.
#
# One more trap: weight decay is an argument of the *optimizer*. AdamW has 0.01 unless you say otherwise, `Adam` none, and
# in `SGD` it means something else. Never copy the number from one to another.
#
# **Both halves together.** In 9.3 the sampler dealt the same nine 320 times. What if each time it were moved a little?

# %%
#| fold: "Takes four ways at 100 : 1 and 300 steps from the table of rare_classes."
#| fig-alt: "Four bars of macro F1 over five seeds: sampler; sampler with moved pictures; logit adjustment; logit adjustment with moved pictures. Each is longer than the one before."
#| words: [sampler, "sampler, pictures moved", "logit adjustment", "logit adjustment, pictures moved"]
together = ["sampler", "sampler, pictures moved", "logit adjustment", "logit adjustment, pictures moved"]
vl.viz.bars({way: [run["macro_f1"] for run in runs if (run["ratio"], run["steps"], run["way"]) == (100, 300, way)]
             for way in together}, xlabel="macro F1, five seeds", xlim=(0.6, 1.0), digits=2)

# %% [markdown]
# A sampler needs augmentation more than anything else does. Take them as a pair.
#
# ## 9.9 A small project: the same in Bengali
#
# The printed Bengali digits of lesson 14, and a tail of 50 : 1. There are 100 pictures of ০, and two of ৯.

# %%
#| fig-alt: "Ten printed Bengali digits from 0 to 9, in gray."
bengali = ImageFolder(vl.datasets.bengali_digits("train"), to_input)
one_of_each = torch.stack([bengali[210 * digit + 20 * digit][0] for digit in range(10)])
sheet = make_grid(one_of_each, nrow=10, padding=1, normalize=True)
v2.functional.to_pil_image(v2.functional.resize(sheet, [72], interpolation=v2.InterpolationMode.NEAREST))

# %% [markdown]
# **Exercise 6 — a fair reader** (★★★, 15 minutes). Train a network of your own, or `network()`, on that tail. The check
# asks it about 1000 pictures that it has not seen, 100 of each digit. Macro F1 must be at least 0.72. Plain cross-entropy,
# however long, comes to about 0.70.

# %% tags=["exercise:imbalance.fair_reader"]
# The build writes the starter of imbalance.fair_reader here.

# %%
check("imbalance.fair_reader", fair_reader)

# %% [markdown]
# Now try it on a folder of your own in which one class is rare.
#
# ## 9.10 Recall
#
# Five questions, without looking back.

# %% [markdown] recall="weighted_mean" lesson="09_imbalance_regularization"
# `CrossEntropyLoss(weight=w)` takes a mean. What does it divide by?
#
# - [ ] By the number of pictures in the batch.
#   Then a batch full of rare pictures would have an enormous loss. torch divides by the sum of their weights.
# - [x] By the sum of the weights of the pictures in the batch.
#   So a batch that holds only one class has the same loss with any weight.
# - [ ] By the number of classes.
#   The classes that are not in the batch have no part in it.

# %% [markdown] recall="prior" lesson="09_imbalance_regularization"
# You have a trained classifier, the counts of its training pictures, and no time to train. Rare classes are hardly ever
# answered. What do you do?
#
# - [ ] Multiply the rare classes' logits by a large number.
#   A negative logit would only fall further.
# - [x] Subtract from each class's logit the logarithm of its share.
#   Logits are logarithms, so the frequency is a summand in them.
# - [ ] Nothing: without training nothing can change.
#   In 9.5 macro F1 rose by more than 0.1 without a step of training.

# %% [markdown] recall="loss_up" lesson="03_training_loop"
# After every epoch the training loss falls and the validation loss rises. Which epoch's weights do you keep?
#
# - [ ] Those of the last epoch: there the network has learned most.
#   About its training pictures. On new ones it gets ever more certain of its mistakes.
# - [x] Those of the epoch with the lowest validation loss, or the best validation score.
#   And the number you publish comes from pictures that had no part in the choice.
# - [ ] Those of the first epoch: there both losses are closest.
#   A small gap is no goal. A network that knows nothing has no gap at all.

# %% [markdown] recall="flip" lesson="01_pipeline"
# Augmentation helps here. Which one does *not* belong on digits?
#
# - [ ] A turn by up to ten degrees.
#   People write aslant. The digit stays what it is.
# - [x] A horizontal flip.
#   A mirrored 2 is no digit. An augmentation claims that the class stays the same.
# - [ ] A shift by one or two pixels.
#   Nobody writes exactly in the middle.

# %% [markdown] recall="sure" lesson="00_overview"
# A network says "nine, 99 %". What do you know?
#
# - [x] It prefers nine among its answers; whether 99 % is to be believed, only calibration can tell.
#   The network of 9.7 was more than 90 % sure of most answers, and wrong in one of six.
# - [ ] It is right in 99 of 100 such cases.
#   Only if it is well calibrated. After long training on few pictures it is not.
# - [ ] It has seen many nines.
#   It may have seen the same one 320 times.

# %% [markdown]
# ## 9.11 Summary
#
# | you want to | use | remember |
# |---|---|---|
# | see rare classes | recall of each class, macro F1 | accuracy hides them |
# | weigh a loss | `nn.CrossEntropyLoss(weight=N / (K * n))` | divides by the sum of weights |
# | deal balanced batches | `WeightedRandomSampler(weights, num_samples)` | no `shuffle`, no class weights beside it; augment |
# | mend a trained model | `logits - (counts / counts.sum()).log()` | free; hard to beat after long training |
# | mend it in training | `F.cross_entropy(logits + log_prior, labels)` | best here, at any length |
# | find boxes among thousands | `torchvision.ops.sigmoid_focal_loss` | not for one class per picture |
# | learn from few pictures | `v2.RandomAffine` and its like, `label_smoothing` | together they gain most |
# | sound no surer than right | `logits / temperature` | changes no answer |
# | stop in time | patience, on validation pictures | saves time; accuracy rarely |
#
# And in this course: `vl.imbalance.class_weights`, `balanced_sampler`, `adjusted`, `balanced_softmax_loss`,
# `vl.ops.focal_loss`; `vl.training.fit` with `patience`.
#
# ---
# **Before:** [lesson 3, the training loop](03_training_loop.ipynb). **Next:** [lesson 10, choosing a network](10_model_selection.ipynb).
