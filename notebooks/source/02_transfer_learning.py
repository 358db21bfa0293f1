# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   vislearn:
#     budget:
#       seconds: 80
#       memory_mb: 2200
# ---

# %% [markdown]
# # 2. Transfer learning: begin where others stopped
#
# A network that starts from random numbers must learn everything from your pictures: what an edge is, what a
# texture is, and only then what *your* classes are. That takes thousands of pictures. Other people have
# already taught networks the first part. In this lesson you take such a network and teach it only the rest.
#
# After this lesson you can:
#
# - load a trained network and say what its weights expect;
# - freeze its body, give it a new head, and count what still learns;
# - choose between a frozen body and full fine-tuning, with numbers from several seeds;
# - give the new head and the old body learning rates of their own;
# - keep a frozen BatchNorm frozen, which `requires_grad = False` alone does not do.

# %%
import copy
import time

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, RandomSampler, TensorDataset
from torchvision import models
from torchvision.transforms import v2

import vislearn as vl
from vislearn.exercises import check, hint, solution

vl.seeding.seed_everything(0)
torch.set_num_threads(1)                 # our networks are small: two threads would only wait for each other
device = vl.device.best_device()

# %% [markdown]
# ## 2.1 A network that has seen photographs
#
# The course brings a small trained network along. It is called `photo`. It is a ResNet, cut down until it
# fits on a laptop, and it learned to tell ten kinds of things apart on 50 000 small photographs (the data set
# CIFAR-10). Its **card** says what you must know before you use it.

# %%
photo = vl.models.pretrained("photo")
card = vl.models.card("photo")
vl.viz.table(
    [{"about": "classes", "photo": ", ".join(card.classes)},
     {"about": "trained on", "photo": card.data},
     {"about": "expects", "photo": f"{card.size} × {card.size} pixels, normalised with ImageNet's mean and std"},
     {"about": "file", "photo": f"{card.bytes / 1e6:.1f} MB"}],
    caption="The card of a trained network",
)

# %% [markdown]
# Let a photograph walk through it. Each stage is a stack of **feature maps**: one small picture per channel,
# bright where the channel finds what it looks for. Move on stage by stage. The maps become smaller, and
# their number grows: less *where*, more *what*.

# %%
cat = card.transform(vl.datasets.photo("cat"))
vl.widgets.stepper(vl.steps.layers(photo, cat, names=card.classes))

# %% [markdown]
# ## 2.2 What the layers have learned
#
# **The first layer.** Its weights can be looked at directly: each filter is a tiny picture, three pixels
# high and wide. Below are the filters before and after training.

# %%
vl.seeding.seed_everything(0)
untrained = vl.models.SmallResNet(10)
vl.viz.filters(
    untrained.conv1.weight, title="Before training: noise",
    alt="32 filters of 3 by 3 weights before training. The colours are random, no filter has a direction.",
)

# %%
vl.viz.filters(
    photo.conv1.weight, title="After training: light against dark, colour against colour", compared="structure",
    alt="32 filters of 3 by 3 weights after training. Many are gray with a bright and a dark side: edges in "
        "several directions. Others set one colour against another. Nine are plain gray: they are empty.",
)

# %%
strength = photo.conv1.weight.detach().flatten(1).norm(dim=1)
vl.report.metric("empty filters", (strength < 1e-3).sum(), within=0)

# %% [markdown]
# Nine filters are empty. Training not only follows the loss, it also pulls every weight a little towards 0 in
# each step (*weight decay*; lesson 3 meets it again). A filter that does not help enough is pulled all the
# way. So this network looks at photographs through 23 filters, and that is enough for it.
#
# A filter with a bright and a dark side answers where the picture changes from bright to dark in that
# direction: it finds an **edge**. We let the filters prove it. Which one prefers lines that run across, and
# which one lines that run up and down? We ask with stripes, then show the two winners a photograph. (A
# convolution takes pictures of any size, so we can use a larger one.)

# %%
wave = torch.sin(torch.arange(32) * 2 * torch.pi / 6).expand(3, 32, 32)      # stripes that run up and down
questions = torch.stack([wave.transpose(1, 2), wave])                        # across, and up and down
across, upright = photo.conv1(questions).std(dim=(2, 3)).detach()            # how strongly each filter answers
preference = (across - upright) / (across + upright + 1e-6)                  # 1: across, -1: upright, 0: neither

view = vl.transforms.eval_transform(160)(vl.datasets.photo("camera").expand(3, -1, -1))
answers = photo.conv1(view[None])[0].detach().abs().clamp(max=2) / 2
vl.viz.grid(
    [vl.transforms.denormalize(view), answers[preference.argmax()], answers[preference.argmin()]],
    ["the photograph", "the filter that likes lines across", "the filter that likes upright lines"],
    columns=3, title="Two filters of the first layer look at a photograph", compared="structure",
    alt="A photograph of a man with a camera on a tripod, and the answers of two filters. One lights up along "
        "edges that run across, the other along upright edges such as those of the tripod and of the towers.",
)

# %%
vl.report.metric("across over upright, for the filter that likes lines across",
                 (across / upright)[preference.argmax()], at_least=1.5)
vl.report.metric("upright over across, for the filter that likes upright lines",
                 (upright / across)[preference.argmin()], at_least=1.5)

# %% [markdown]
# **Deeper layers.** Their weights say nothing to the eye any more. But we can ask: which pictures make a
# channel answer most strongly? Here is a set of pictures that `photo` has never seen: sixteen materials, in
# black and white. It will be our task for the rest of the lesson.

# %%
to_gray = v2.Compose([v2.Grayscale(num_output_channels=3), card.transform])


def load_materials(split):
    """All pictures of a split: normalised tensors (N, 3, 32, 32), labels (N,), names of the classes."""
    folder = vl.datasets.image_folder(vl.datasets.textures(split), to_gray)
    return torch.stack([image for image, _ in folder]), torch.tensor(folder.targets), folder.classes


images, labels, classes = load_materials("train")
val_images, val_labels, _ = load_materials("val")
firsts = [int((labels == label).nonzero()[0]) for label in range(16)]
vl.viz.grid(
    [vl.transforms.denormalize(images[index]) for index in firsts], classes, columns=8,
    title="Sixteen materials in black and white",
    alt="Sixteen small square photographs without colour, one per material, such as bricks, fur, grass and wood.",
)

# %% [markdown]
# Why without colour? Because colour gives too much away: sky is blue, grass is green, and a network would
# need no more than that. (Our pictures have another limit, and you should know it: every class is cut from
# *one* photograph, training and validation from different regions of it.)
#
# Now the question to `layer3`. For three materials we look for the channel that prefers it most, and show
# the six pictures, of all 320, that excite this channel most.

# %%
def pooled(network, pictures, layers):
    """Each channel's mean over the picture, one tensor (N, channels) per layer."""
    parts = [vl.models.features(network, some, layers) for some in pictures.split(200)]
    return {layer: torch.cat([part[layer].mean(dim=(2, 3)) for part in parts]) for layer in layers}


def favourites(network):
    """For each channel of layer3, the six validation pictures that excite it most: (channels, 6)."""
    return pooled(network, val_images, ["layer3"])["layer3"].T.topk(6).indices


best = favourites(photo)
found = torch.stack([val_labels[six].bincount(minlength=16) for six in best])          # (channels, 16 classes)
fans = {name: int(found[:, classes.index(name)].argmax()) for name in ["bricks", "petals", "grass"]}
vl.viz.grid(
    [vl.transforms.denormalize(val_images[index]) for channel in fans.values() for index in best[channel]],
    [classes[val_labels[index]] for channel in fans.values() for index in best[channel]],
    columns=6, title="What three channels of layer3 like best: one row each", compared="structure",
    alt="Three rows of six pictures. Nearly all of the first row are bricks, of the second petals, of the third grass.",
)

# %% [markdown]
# Nobody told these channels about bricks or petals; they learned their textures on planes, ships and cats. And
# they learned *different* ones. In an untrained network nearly all channels like the same few pictures, the
# brightest or the darkest. Count how many different pictures are anybody's favourite:

# %%
vl.report.metric("different favourites of the trained channels", len(best.unique()), within=50)
vl.report.metric("different favourites of untrained channels", len(favourites(untrained).unique()), within=40)

# %% [markdown]
# Edges first, then textures, then things: these are the **generic features** that transfer.
#
# ## 2.3 Published networks
#
# For real projects you take a larger network that others trained on ImageNet: 1.3 million photographs, 1000
# classes. torchvision keeps, for every network, one or more sets of **weights**, as a Python enum. Everything
# about them can be read *before* anything is downloaded.

# %%
from torchvision.models import MobileNet_V2_Weights, ResNet18_Weights, ResNet50_Weights, SqueezeNet1_1_Weights

choices = {
    "squeezenet1_1": SqueezeNet1_1_Weights.DEFAULT, "mobilenet_v2": MobileNet_V2_Weights.DEFAULT,
    "resnet18": ResNet18_Weights.DEFAULT, "resnet50": ResNet50_Weights.DEFAULT,
}
vl.viz.table(
    [{"network": name, "DEFAULT is": weights.name, "parameters": f"{weights.meta['num_params'] / 1e6:.1f} million",
      "download": f"{weights.meta['_file_size']:.0f} MB",
      "right on ImageNet": f"{weights.meta['_metrics']['ImageNet-1K']['acc@1']:.1f} %"}
     for name, weights in choices.items()],
    caption="Four networks, from their weights' own notes",
)

# %% [markdown]
# `DEFAULT` means: the best weights that this torchvision knows. It may be another set after an update, so
# write the full name (`ResNet50_Weights.IMAGENET1K_V2`) where results must stay the same. With a slow
# connection begin with the small networks; ResNet-50 is the larger choice.
#
# The weights also bring the only preparation that fits them:

# %%
ResNet50_Weights.DEFAULT.transforms()

# %% [markdown]
# ## 2.4 Freeze, and put on a new head
#
# A classifier has a **body** that makes features and a **head**, the last layer, that makes scores of them.
# The old head knows the old classes, so you replace it. And the body? There are two modes:
#
# - **Feature extractor**: the body is *frozen*. Only the new head learns.
# - **Full fine-tune**: everything learns, starting from the trained weights.
#
# Every parameter carries a switch, `requires_grad`. Off means: no gradient, no learning. This is how you find
# it in most tutorials, here with a ResNet-50 (its weights would be a download of 98 MB, so we leave them empty:
# on the device `meta` a network has shapes and no numbers):

# %% tags=["exact"]
NUM_CLASSES = 5
with torch.device("meta"):
    model = models.resnet50(weights=None)       # with numbers: weights=models.ResNet50_Weights.DEFAULT
    for parameter in model.parameters():
        parameter.requires_grad = False                                 # feature extractor mode
    model.fc = nn.Linear(model.fc.in_features, NUM_CLASSES)             # a new head: it learns
print(model.fc)
print(vl.models.count_parameters(model))

# %% [markdown]
# Ten thousand numbers learn instead of 23 million. `vl.models.classifier` does these steps for any network of
# torchvision, because not every family calls its head `fc`:

# %% tags=["exact"]
for mode in ["frozen", "finetune", "scratch"]:
    model = vl.models.classifier("photo", 16, mode)
    learning, total = vl.models.count_parameters(model)
    print(f"{mode:9} {learning:>9,} of {total:,} numbers learn")

by_hand = copy.deepcopy(photo)
by_hand.requires_grad_(False)
by_hand.fc = nn.Linear(by_hand.fc.in_features, 16)
assert vl.models.count_parameters(by_hand) == vl.models.count_parameters(vl.models.classifier("photo", 16, "frozen"))

# %% [markdown]
# Your turn. Fill in, run, check; `hint("transfer.freeze")` gives a push and `solution("transfer.freeze")` one
# way to do it.
#
# **Exercise 1 — freeze.** Switch every parameter of a model off.

# %% tags=["exercise:transfer.freeze"]
# The build writes the starter of transfer.freeze here.

# %%
check("transfer.freeze", freeze)

# %% [markdown]
# **Exercise 2 — replace the head.** How many features does the body give? Ask the old head.

# %% tags=["exercise:transfer.replace_head"]
# The build writes the starter of transfer.replace_head here.

# %%
check("transfer.replace_head", replace_head)

# %% [markdown]
# **Exercise 3 — count.** How many numbers learn, and how many are there?

# %% tags=["exercise:transfer.count_parameters"]
# The build writes the starter of transfer.count_parameters here.

# %%
check("transfer.count_parameters", count_parameters)

# %% [markdown]
# ## 2.5 Frozen: features computed once
#
# Suppose you have **five** labelled pictures of each material: 80 in all. A frozen body gives the same
# features for a picture every time. So compute them *once* and train the head on them alone: seconds, not
# minutes. One detail helps a lot: features have different sizes, so standardise them first. A BatchNorm
# without weights of its own does that.

# %%
task = vl.training.ClassificationTask()


def choose_few(shots, seed):
    """Indices of ``shots`` pictures of each class."""
    chance = vl.seeding.generator(1000 + seed)
    members = [(labels == label).nonzero()[:, 0] for label in range(16)]
    return torch.cat([of_class[torch.randperm(len(of_class), generator=chance)[:shots]] for of_class in members])


def train_head(features, val_features, seed, shots=5):
    """Validation accuracy of a linear head on a few pictures' features."""
    vl.seeding.seed_everything(seed)
    few = choose_few(shots, seed)
    width = features.shape[1]
    head = nn.Sequential(nn.BatchNorm1d(width, affine=False), nn.Linear(width, 16))
    optimizer = torch.optim.AdamW(head.parameters(), lr=0.01)
    vl.training.fit(head, task, [(features[few], labels[few])], epochs=100, optimizer=optimizer)
    return vl.training.evaluate(head, task, [(val_features, val_labels)])["accuracy"]

# %% [markdown]
# From which layer should the features come? Usually one takes the last. We try each, with five seeds. A seed
# decides which five pictures are drawn, and the head's first numbers.

# %%
seeds = range(5)
stages = ["layer1", "layer2", "layer3", "layer4"]


def heads_by_layer(network):
    """Five accuracies for a head on each layer."""
    train, val = pooled(network, images, stages), pooled(network, val_images, stages)
    return {name: [train_head(train[name], val[name], seed) for seed in seeds] for name in train}


by_layer = heads_by_layer(photo)
by_layer["layer2 of an untrained network"] = heads_by_layer(untrained)["layer2"]
vl.viz.bars(
    by_layer, xlabel="validation accuracy (five seeds: mean, lowest, highest)", xlim=(0, 1),
    title="Five pictures per material: a head on frozen features", highlight="layer2",
    alt="Five bars: the accuracy of a head on the features of each layer. layer2 is best, then layer3; layer1 is "
        "lower; layer4, the last, is lowest, no better than layer2 of the untrained network.",
)

# %%
for name in ["layer2", "layer3", "layer4", "layer2 of an untrained network"]:
    vl.report.metric(f"head on {name}", np.mean(by_layer[name]), within=0.06)
vl.report.metric("layer2 minus layer4", np.mean(by_layer["layer2"]) - np.mean(by_layer["layer4"]), at_least=0.03)

# %% [markdown]
# The middle of the trained network beats that of the untrained one by far. But the *last* layer, the one that every
# tutorial takes, gains nothing here. It was shaped to tell planes from cats. A material has no wings and no ears;
# it is all texture, and texture lives in the middle. **The further your task is from the old one, the earlier the
# layer you want.**
#
# ## 2.6 Fine-tuning against scratch
#
# Now let everything learn. First, learning rates: the new head starts from random numbers and must move far.
# The body knows much already and needs only a nudge. **Parameter groups** give each its own rate. People call
# that *discriminative learning rates*.

# %% tags=["exact"]
groups = vl.models.parameter_groups(vl.models.classifier("photo", 16, "finetune"), 3e-3, backbone_lr=1e-3)
for group in groups:
    print(f"{group['name']:19} lr {group['lr']:g}, {sum(p.numel() for p in group['params']):>9,} numbers")

# %% [markdown]
# The experiment: five pictures per material, 80 steps for both, the same pictures, the same shifts and
# mirrors. One network starts from `photo`, the other from random numbers, each with the rates that suit it. We
# run three seeds.

# %%
shake = v2.Compose([v2.RandomCrop(32, padding=4, padding_mode="reflect"), v2.RandomHorizontalFlip()])


def shaken(samples):
    """A batch in which each picture is shifted a little, and sometimes mirrored."""
    pictures, targets = zip(*samples, strict=True)
    return torch.stack([shake(picture) for picture in pictures]), torch.stack(targets)


def train_network(mode, seed, shots=5):
    """Train on a few pictures: the network, its validation accuracy after every 20 steps, seconds."""
    chance = vl.seeding.seed_everything(seed)
    few = choose_few(shots, seed)
    samples = TensorDataset(images[few], labels[few])
    sampler = RandomSampler(samples, num_samples=320, generator=chance)        # 20 batches of 16
    model = vl.models.classifier("photo", 16, mode)
    backbone_lr = 1e-3 if mode == "finetune" else 3e-3
    groups = vl.models.parameter_groups(model, 3e-3, backbone_lr=backbone_lr, weight_decay=1e-4)
    optimizer = torch.optim.AdamW(groups)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, [group["lr"] for group in groups], total_steps=80)
    begin = time.process_time()
    history = vl.training.fit(
        model, task, DataLoader(samples, 16, sampler=sampler, collate_fn=shaken), epochs=4, optimizer=optimizer,
        scheduler=schedule, val_loader=DataLoader(TensorDataset(val_images[::2], val_labels[::2]), 160),
    )
    return model, history["val_accuracy"], time.process_time() - begin

# %%
names = {"fine-tuned": "finetune", "scratch": "scratch"}
runs = {name: [train_network(mode, seed) for seed in range(3)] for name, mode in names.items()}
vl.viz.curves(
    {name: [curve for _model, curve, _seconds in results] for name, results in runs.items()},
    x=range(20, 81, 20), xlabel="steps of the optimiser", ylabel="validation accuracy",
    title="Five pictures per material: three seeds each",
    alt="Two lines with bands. Fine-tuned climbs to nearly 0.9; scratch climbs more slowly and ends clearly "
        "below. The bands do not overlap at the end.",
    compared="values on cpu",       # on a GPU scratch takes another way up; what counts is measured below
)

# %%
fine_tuned, scratch = ([curve for _model, curve, _seconds in runs[name]] for name in names)
vl.report.metric("fine-tuned, after 80 steps", np.mean([curve[-1] for curve in fine_tuned]), within=0.06)
vl.report.metric("scratch, after 80 steps", np.mean([curve[-1] for curve in scratch]), within=0.1)
vl.report.metric("worst fine-tuned minus best scratch",
                 min(curve[-1] for curve in fine_tuned) - max(curve[-1] for curve in scratch), at_least=0.02)
vl.report.metric("fine-tuned after 40 steps minus scratch after 80",
                 np.mean([curve[1] for curve in fine_tuned]) - np.mean([curve[-1] for curve in scratch]),
                 at_least=0.02)

# %% [markdown]
# Both halves of the promise hold. Fine-tuning is *better*: its worst seed beats the best seed of scratch. And
# it is *faster*: after half of the steps it is already ahead of where scratch ends.
#
# How far did the weights have to travel for that? We compare each layer with where it started: the length of
# the change, divided by the length of the weights.

# %%
def travelled(model, start):
    """Relative change of each part's weights."""
    parts = ["conv1", "layer1", "layer2", "layer3", "layer4"]
    before, after = ({name: torch.cat([p.detach().cpu().flatten() for p in network.get_submodule(name).parameters()])
                      for name in parts} for network in (start, model))
    return {name: ((after[name] - before[name]).norm() / before[name].norm()).item() for name in parts}


vl.seeding.seed_everything(0)
starts = {"fine-tuned": photo, "scratch": vl.models.classifier("photo", 16, "scratch")}
journeys = {name: travelled(runs[name][0][0], start) for name, start in starts.items()}
vl.viz.bars(
    {f"{name}: {part}": change for name, journey in journeys.items() for part, change in journey.items()},
    xlabel="change of the weights, as a share of their length", title="Fine-tuning is a nudge",
    alt="Ten bars. Fine-tuned: conv1 changes by a thirtieth of its length, each later layer by more. Scratch: every "
        "layer changes more, the first layers by far.",
)

# %%
vl.report.metric("how much further scratch travels, mean over the layers",
                 np.mean([journeys["scratch"][part] / journeys["fine-tuned"][part] for part in journeys["scratch"]]),
                 at_least=1.5)

# %% [markdown]
# The body's rate was a third, so it is no wonder that it moved less. The wonder is how little was enough, above
# all in the first layers: an edge is an edge.
#
# **How were the rates chosen?** On three seeds that are used for nothing else, by trying several. This table
# belongs to every honest comparison: without it you cannot know whether scratch lost, or only its rate.

# %%
tuning = vl.datasets.measurements("few_labels_tuning")["runs"]
trials = {}
for run in tuning:
    if run["target"] == "materials" and not run["mode"].startswith("frozen"):
        rates = (run["setting"]["lr"], run["setting"]["backbone_lr"] or run["setting"]["lr"])
        trials.setdefault((run["mode"], *rates), []).append(run["accuracy"])
vl.viz.table(
    [{"mode": mode, "rate of the head": lr, "rate of the body": backbone_lr,
      "accuracy": f"{np.mean(scores):.2f} ± {np.std(scores, ddof=1):.2f}"}
     for (mode, lr, backbone_lr), scores in trials.items()],
    caption="Five pictures per material, three seeds for tuning: mean and standard deviation",
)

# %% [markdown]
# Read the lower half, too. For fine-tuning, the three choices lie within each other's spread: one rate for all did
# about as well here as two. Groups are no magic: they let you raise the head's rate *without* shaking the body.
# With a larger body and more steps that matters more.
#
# **Exercise 4 — parameter groups.** Build them yourself.

# %% tags=["exercise:transfer.parameter_groups"]
# The build writes the starter of transfer.parameter_groups here.

# %%
check("transfer.parameter_groups", parameter_groups)

# %% [markdown]
# ## 2.7 The whole table: shots, modes, targets
#
# Three seeds and one number of pictures are a beginning. The full experiment takes a quarter of an hour, so it
# was run once, and its results are kept with the course (`benchmarks/few_labels.py` repeats it on your
# computer): 5, 10 and 20 **shots**, which is the usual word for pictures per class, five seeds each, 120 steps.
# Two modes are new. *Frozen, middle layer* is a head on layer2. *Scratch, longer* had 300 steps instead of 120.

# %%
results = vl.datasets.measurements("few_labels")["runs"]
modes = ["scratch", "scratch, longer", "frozen, last layer", "frozen, middle layer", "fine-tuned"]


def accuracies(target, mode, shots):
    """One accuracy per seed."""
    return [run["accuracy"] for run in results if (run["target"], run["mode"], run["shots"]) == (target, mode, shots)]


def mode_chart(target, shots):
    """All modes side by side."""
    scores = {mode: values for mode in modes if (values := accuracies(target, mode, shots))}
    means = {mode: np.mean(values) for mode, values in scores.items()}
    return vl.viz.bars(
        scores, xlabel="validation accuracy (five seeds: mean, lowest, highest)", xlim=(0, 1),
        highlight=max(means, key=means.get), title=f"{target.capitalize()}, {shots} pictures per class",
        alt="Bars with whiskers. " + ", ".join(f"{mode}: {mean:.2f}" for mode, mean in means.items()) + ".",
    )


mode_chart("materials", 5)

# %%
def lead(target, shots, better, worse):
    """Lowest accuracy of one mode minus the highest of another: above 0, their whiskers don't even touch."""
    return min(accuracies(target, better, shots)) - max(accuracies(target, worse, shots))


for shots in [5, 10, 20]:
    vl.report.metric(f"{shots} shots: worst of fine-tuned minus best of scratch",
                     lead("materials", shots, "fine-tuned", "scratch"), at_least=0.02)

# %% [markdown]
# At each number of shots the whiskers of fine-tuning and of scratch stay apart: after the same number of steps
# its worst draw beats the best draw of scratch. Training two and a half times as long helps scratch (with five
# shots its luckiest draw then reaches the unluckiest of fine-tuning), but it does not close the gap. Even *four
# times as many pictures* do not:

# %%
five_fine_tuned = np.mean(accuracies("materials", "fine-tuned", 5))
twenty_scratch = np.mean(accuracies("materials", "scratch, longer", 20))
vl.report.metric("5 shots fine-tuned minus 20 shots scratch, longer", five_fine_tuned - twenty_scratch, at_least=0.02)

# %% [markdown]
# **Does it always pay?** No. The same network, another target: plain handwritten digits, bright strokes on a
# black ground.

# %%
mode_chart("digits", 10)

# %%
means = {mode: np.mean(accuracies("digits", mode, 10)) for mode in ["scratch", "fine-tuned", "frozen, last layer"]}
vl.report.metric("digits: what fine-tuning gains over scratch", means["fine-tuned"] - means["scratch"], at_most=0.03)
vl.report.metric("digits: what a frozen body loses against scratch", means["scratch"] - means["frozen, last layer"],
                 at_least=0.03)

# %% [markdown]
# Here scratch is as good as fine-tuning, and a frozen body is *worse* than no transfer at all. Two reasons.
# The task is easy: ten pictures of a digit show nearly everything about it, so there is little that
# experience could add. And it is far away: `photo` learned to care about colours, surfaces and backgrounds,
# and a digit has none of them. A frozen body cannot unlearn that; a fine-tuned one can.
#
# So before you transfer, ask: *would someone who knows the old pictures well have an advantage with mine?*
#
# Move through the whole table yourself.

# %%
vl.widgets.explorer(
    mode_chart, target=["materials", "digits"], shots=[5, 10, 20],
    alt="Accuracy of five ways to learn, as bars. Controls: target and pictures per class.",
)

# %% [markdown]
# ## 2.8 What each mode costs
#
# Time and memory differ as much as accuracy. We measured the seconds above; the head's are measured now. The
# features of a frozen body are computed once, so a hundred epochs of the head cost next to nothing.

# %%
begin = time.process_time()
few = choose_few(5, seed=0)
few_features = pooled(photo, images[few], ["layer4"])["layer4"]
head = nn.Sequential(nn.BatchNorm1d(256, affine=False), nn.Linear(256, 16))
vl.training.fit(
    head, task, [(few_features, labels[few])], epochs=100, optimizer=torch.optim.AdamW(head.parameters(), lr=0.01))
costs = {"frozen, features computed once": time.process_time() - begin} | {
    name: np.mean([seconds for _model, _curve, seconds in results]) for name, results in runs.items()
}
vl.viz.bars(
    costs, xlabel="seconds of one processor, on this computer", title="Five pictures per class, one training",
    compared="structure",
    alt="Three bars: with a frozen body less than a second, fine-tuning and scratch many times as long.",
)

# %% [markdown]
# | mode | learns | time | choose it when |
# |---|---|---|---|
# | frozen | the head: 4 thousand numbers of 1.2 million | features once, then seconds | few pictures, weak computer, target close to the source |
# | fine-tuned | everything, the body slowly | as long as scratch per step, but fewer steps | the usual choice when you can afford it |
# | scratch | everything | longest | very many pictures, or nothing that fits to start from |
#
# ## 2.9 The trap: a frozen BatchNorm that moves
#
# Look again at the tutorial code of section 2.4. It switches gradients off and says: frozen. Is it? A
# **BatchNorm** layer holds two kinds of numbers. Its weight and bias learn by gradients. Its **running mean and
# variance** do not: in training mode every batch that passes replaces a tenth of them, gradient or not. And
# `fit` calls `model.train()`, as every training loop does.

# %%
source_way = copy.deepcopy(photo)
source_way.requires_grad_(False)                       # "frozen"
source_way.fc = nn.Linear(source_way.fc.in_features, 16)

before = source_way.bn1.running_mean.clone()
source_way.train()                                     # what a training loop does
with torch.no_grad():
    source_way(images[:16])
moved = (source_way.bn1.running_mean - before).norm() / before.norm()
vl.report.metric("one batch moves a 'frozen' mean by this share of its length", moved, at_least=0.05)

# %% [markdown]
# Does it hurt? Often you notice nothing, because your own target is measured with the moved statistics. We
# show two cases where it does.
#
# **First: the old task.** You want one body for two heads, the old classes and the new ones. The body is
# frozen, so the old head must work as before. We take `scene`, the course's second network: it reads the
# digits 0 to 4 on photographs. Now it shall also read plain digits on a black ground. We train a new head
# for those, then ask the *old* head again.

# %%
scene, scene_card = vl.models.pretrained("scene"), vl.models.card("scene")
pixels, old_labels = (torch.from_numpy(part) for part in
                      vl.datasets.scene_crops("val", 160, side=scene_card.size, digits=range(5)))
old_task = [(scene_card.transform(pixels), old_labels)]

plain_folder = vl.datasets.image_folder(vl.datasets.digits("train"), card.transform)
every_ninth = range(0, len(plain_folder), 9)                     # sixteen of each digit
plain_digits = torch.stack([plain_folder[index][0] for index in every_ninth])
plain_labels = torch.tensor([plain_folder.targets[index] for index in every_ninth])
vl.viz.grid(
    [pixels[0], pixels[1], pixels[2], *(vl.transforms.denormalize(plain_digits[index]) for index in [0, 50, 100])],
    ["old task", "old task", "old task", "new task", "new task", "new task"],
    title="One body, two heads",
    alt="Three small colourful photographs with a digit on them, the old task; three plain white digits on black, the "
        "new task.",
)

# %%
def frozen_by_hand(network, num_classes):
    """The tutorial's way: gradients off, a new head on."""
    model = copy.deepcopy(network).requires_grad_(False)
    model.fc = nn.Linear(model.fc.in_features, num_classes)
    return model


def train_new_head(model, pictures, targets, seed, batch_size=16, shuffle=True, epochs=4):
    """Train what learns in ``model``: its head."""
    chance = vl.seeding.seed_everything(seed)
    loader = DataLoader(TensorDataset(pictures, targets), batch_size, shuffle=shuffle, generator=chance)
    vl.training.fit(model, task, loader, epochs=epochs, optimizer=torch.optim.AdamW(model.fc.parameters(), lr=0.003))
    return model


def with_old_head(model):
    """Accuracy on the old task, of the body as it is now."""
    model = copy.deepcopy(model)
    model.fc = copy.deepcopy(scene.fc)
    return vl.training.evaluate(model, task, old_task)["accuracy"]


def both_ways(network, num_classes):
    """The same network, frozen in two ways, each with a new head."""
    return {"requires_grad alone": frozen_by_hand(network, num_classes),
            "BatchNorm at rest too": vl.models.classifier(network, num_classes, "frozen")}


old_scores = {"before": [with_old_head(scene)], "requires_grad alone": [], "BatchNorm at rest too": []}
for seed in range(3):
    for way, model in both_ways(scene, 10).items():
        old_scores[way].append(with_old_head(train_new_head(model, plain_digits, plain_labels, seed)))
vl.viz.bars(
    old_scores, xlabel="accuracy on the old task (three seeds: mean, lowest, highest)", xlim=(0, 1),
    title="The old head, after a new head was trained",
    alt="Three bars: the old task before, high; after training with requires_grad alone, clearly lower; with "
        "BatchNorm at rest exactly as before.",
)

# %%
before, alone, at_rest = (np.mean(scores) for scores in old_scores.values())
vl.report.metric("old task, before", before, within=0.05)
vl.report.metric("lost by requires_grad alone", before - alone, at_least=0.08)
vl.report.metric("lost with BatchNorm at rest", before - at_rest, at_most=0.0001)

# %% [markdown]
# **Second: batches that are not mixed.** Pictures often come sorted: one class per folder, one patient after
# the other, one camera per day. Then each batch moves the statistics towards *its* class, and normalises by
# them as well: what makes the class special is subtracted. Same pictures, same order, same head:

# %%
def final_accuracy(model):
    """On the materials' validation pictures."""
    return vl.training.evaluate(model, task, [(val_images, val_labels)])["accuracy"]


few = choose_few(5, seed=0)                                      # in the order of their classes: five bricks, five ...
sorted_scores = {"requires_grad alone": [], "BatchNorm at rest too": []}
for seed in range(3):
    for way, model in both_ways(photo, 16).items():
        train_new_head(model, images[few], labels[few], seed, batch_size=5, shuffle=False)
        sorted_scores[way].append(final_accuracy(model))
vl.viz.bars(
    sorted_scores, xlabel="accuracy on materials (three seeds: mean, lowest, highest)", xlim=(0, 1),
    title="One class per batch",
    alt="Two bars: with requires_grad alone the accuracy is low; with BatchNorm at rest it is clearly higher.",
)

# %%
alone, at_rest = (np.mean(scores) for scores in sorted_scores.values())
vl.report.metric("one class per batch, requires_grad alone", alone, at_most=0.35)
vl.report.metric("gained by BatchNorm at rest", at_rest - alone, at_least=0.2)

# %% [markdown]
# So: what is frozen must be in `eval()` mode too, and stay there. `vl.models.freeze` and
# `vl.models.classifier(..., "frozen")` see to it: afterwards, `model.train()` passes the frozen parts by.
#
# **Exercise 5 — freeze BatchNorm.** Bring a model into training mode, and leave its BatchNorm layers at rest.

# %% tags=["exercise:transfer.freeze_batch_norm"]
# The build writes the starter of transfer.freeze_batch_norm here.

# %%
check("transfer.freeze_batch_norm", freeze_batch_norm)

# %% [markdown]
# ## 2.10 At full size
#
# Now with published networks. They want 224 × 224 pixels and their own preparation; we take it from the
# weights. The bodies stay frozen and the features are computed once, so even a laptop can do it: the same five
# pictures per material, the same head, five seeds. SqueezeNet is a download of 5 MB, MobileNetV2 of 14 MB.

# %%
def published_compared():
    """Frozen features of published networks on our materials."""
    scores = {"photo (32 pixels), last layer": by_layer["layer4"]}
    for name in ["squeezenet1_1", "mobilenet_v2"]:
        network, prepare = vl.models.pretrained(name), vl.models.preparation(name)
        sets = []
        for split in ["train", "val"]:
            folder = vl.datasets.image_folder(vl.datasets.textures(split), v2.Compose([v2.Grayscale(3), prepare]))
            loader = DataLoader(folder, 32)
            parts = [pooled(network, pictures, ["features"])["features"] for pictures, _labels in loader]
            sets.append(torch.cat(parts))
        scores[f"{name} (224 pixels)"] = [train_head(*sets, seed) for seed in seeds]
    return vl.viz.bars(
        scores, xlabel="validation accuracy (five seeds: mean, lowest, highest)", xlim=(0, 1),
        title="Five pictures per material, frozen bodies",
        alt="Bars of the accuracy with frozen bodies: "
            + ", ".join(f"{name} {np.mean(values):.2f}" for name, values in scores.items()) + ".",
    )


vl.viz.full_size(published_compared, stored="02_published")

# %% [markdown]
# Networks that have seen a million photographs bring better features than our small one, and nobody had to
# train them here. What do their first layers look for? The same as `photo`'s: edges and colours. Every
# network for photographs, whoever trained it, begins like this.

# %%
def published_filters():
    """The first layer of SqueezeNet."""
    network = vl.models.pretrained("squeezenet1_1")
    return vl.viz.filters(
        network.features[0].weight, title="SqueezeNet's first layer",
        alt="64 filters of 3 by 3 weights. Many are gray edges in several directions, some set two colours "
            "against each other.",
    )


vl.viz.full_size(published_filters, stored="02_filters")

# %% [markdown]
# For a project of your own, three lines are enough to begin. Change `"mobilenet_v2"` to `"resnet50"` (98 MB)
# when connection and computer allow it.
#
# ```python
# model = vl.models.classifier("mobilenet_v2", num_classes=5, mode="frozen")
# optimizer = torch.optim.AdamW(vl.models.parameter_groups(model, lr=1e-3))
# prepare = vl.models.preparation("mobilenet_v2")
# ```
#
# ## 2.11 Traps
#
# **An optimizer that knows nothing of the new head.** It holds the parameters it was given when it was built.
# Replace the head afterwards, and the new one never learns. The loss may even fall a little, because the
# body adapts.

# %%
model = vl.models.classifier("photo", 16, "finetune").to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
model.fc = nn.Linear(256, 16).to(device)                 # too late
start = model.fc.weight.detach().clone()
nn.functional.cross_entropy(model(images[:16].to(device)), labels[:16].to(device)).backward()
optimizer.step()
print("new head changed:", not torch.equal(model.fc.weight, start))

# %% [markdown]
# Order: load, freeze, new head, *then* the optimizer. The same holds for unfreezing later: build a new one.
#
# **The wrong preparation.** The body expects pictures prepared as in its own training. Prepare them otherwise,
# and its features lose their meaning, frozen or not.

# %%
plain, val_plain = (vl.transforms.denormalize(part) for part in (images, val_images))      # 0 ... 1: never normalised
features, val_features = (pooled(photo, part, ["layer4"])["layer4"] for part in (plain, val_plain))
unprepared = [train_head(features, val_features, seed) for seed in seeds]
vl.report.metric("lost without normalising", np.mean(by_layer["layer4"]) - np.mean(unprepared), within=0.08)

# %% [markdown]
# **One seed.** With five pictures per class the draw alone moves the accuracy by several points. Compare modes
# over several seeds, or you compare luck.
#
# ## 2.12 Summary
#
# | you want | write | remember |
# |---|---|---|
# | trained weights | `models.resnet50(weights=ResNet50_Weights.DEFAULT)` | `.transforms()` belongs to them |
# | freeze | `parameter.requires_grad = False` | and keep BatchNorm in `eval()` |
# | a new head | `model.fc = nn.Linear(model.fc.in_features, n)` | other families call it `classifier` |
# | all of it | `vl.models.classifier(name, n, mode)` | `"frozen"`, `"finetune"`, `"scratch"` |
# | two learning rates | `vl.models.parameter_groups(model, lr, backbone_lr=...)` | head fast, body slow |
# | few labels | frozen first, then fine-tune | compare over several seeds |
#
# ---
# **Before:** [lesson 1, the data pipeline](01_pipeline.ipynb). **Next:** [lesson 3, the training
# loop](03_training_loop.ipynb).
