# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   vislearn:
#     minutes: 65
#     level: 2
#     after: [00_overview, 01_pipeline]
#     budget: {seconds: 60, memory_mb: 2200}
# ---

# %% [markdown]
# # 2. Transfer learning: begin where others stopped
#
# A network that starts from random numbers must learn everything from your pictures: what an edge is, what a
# texture is, and only then what *your* classes are. Other people have already taught networks the first part.
# In this lesson you take such a network and teach it only the rest.
#
# **About 65 minutes · level 2 of 3 · after lessons 0 and 1.** After this lesson you can:
#
# - load a trained network of torchvision and say how it wants its pictures;
# - freeze its body, give it a new head, and count what still learns;
# - choose between a frozen body and full fine-tuning, with numbers from several seeds;
# - give the new head and the old body learning rates of their own;
# - keep a frozen BatchNorm frozen, which `requires_grad = False` alone does not do.

# %%
import copy
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Subset, TensorDataset
from torchvision import models
from torchvision.datasets import ImageFolder
from torchvision.ops import FrozenBatchNorm2d
from torchvision.transforms import v2
from torchvision.utils import make_grid

import vislearn as vl
from vislearn.exercises import check, hint, solution, use

torch.set_num_threads(1)                                  # small networks: two threads would only wait for each other

# %% [markdown]
# ## 2.1 A trained network, a new head
#
# torchvision keeps for every network one or more sets of **weights**, as a Python enum. Everything about them can be
# read *before* anything is downloaded. Most were trained on ImageNet: 1.3 million photographs, 1000 classes.

# %%
for weights in [models.SqueezeNet1_1_Weights.DEFAULT, models.MobileNet_V2_Weights.DEFAULT,
                models.ResNet18_Weights.DEFAULT, models.ResNet50_Weights.DEFAULT]:
    right = weights.meta["_metrics"]["ImageNet-1K"]["acc@1"]
    print(f"{weights!s:<38} {weights.meta['_file_size']:>5.0f} MB   {right:.1f} % right on ImageNet")

weights = models.ResNet18_Weights.DEFAULT
weights.transforms()                                      # the preparation that belongs to these weights

# %% [markdown]
# `DEFAULT` means: the best weights that this torchvision knows. After an update that may be another set, so write the
# full name (`ResNet50_Weights.IMAGENET1K_V2`) where results must stay the same.
#
# A classifier has a **body** that makes features, and a **head**, its last layer, that makes scores of them. The old
# head knows the old classes, so you replace it. For the body there are two modes:
#
# - **Feature extractor**: the body is *frozen*. Only the new head learns.
# - **Full fine-tune**: everything learns, starting from the trained weights.
#
# Every parameter carries a switch, `requires_grad`. Off means: no gradient, no learning.

# %% [markdown] ask="learning"
# A ResNet-18 has 11.7 million numbers. You freeze all of them and put on a new head for five classes. How many numbers
# learn?
#
# - [ ] None. Everything was frozen.
#   What was there was frozen. A new layer comes with its switches on.
# - [x] About two and a half thousand.
#   The new head takes 512 features and gives 5 scores: 512 · 5 weights and 5 biases.
# - [ ] About half a million, as in the old head.
#   The old head made a thousand scores of 512 features. Yours makes five.

# %% tags=["exact"]
model = models.resnet18(weights=None)                     # at home: models.resnet18(weights=weights), a download of 45 MB
for parameter in model.parameters():
    parameter.requires_grad = False                       # feature extractor: the body is frozen
model.fc = nn.Linear(model.fc.in_features, 5)             # the new head learns

learning = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
total = sum(parameter.numel() for parameter in model.parameters())
print(f"{learning:,} of {total:,} numbers learn")

# %% [markdown]
# The same three lines serve a ResNet-50. Other families call their head otherwise: MobileNet's and SqueezeNet's is
# `classifier[1]`, and SqueezeNet's is a convolution. Print a network before you change it. On the device `meta` it has
# shapes and no numbers, which is enough to look.

# %% tags=["exact"]
with torch.device("meta"):
    large, mobile, squeeze = models.resnet50(), models.mobilenet_v2(), models.squeezenet1_1()
    print(large.fc, mobile.classifier, squeeze.classifier, sep="\n")
    large.fc = nn.Linear(large.fc.in_features, 5)
    mobile.classifier[1] = nn.Linear(mobile.classifier[1].in_features, 5)
    squeeze.classifier[1] = nn.Conv2d(squeeze.classifier[1].in_channels, 5, kernel_size=1)

# %% [markdown]
# **Exercise 1 — freeze** (★, 3 minutes). Switch every parameter of a model off. `hint("transfer.freeze")` gives a push.

# %% tags=["exercise:transfer.freeze"]
# The build writes the starter of transfer.freeze here.

# %%
check("transfer.freeze", freeze)

# %% [markdown]
# **Exercise 2 — replace the head** (★★, 4 minutes). How many features does the body give? Ask the old head.

# %% tags=["exercise:transfer.replace_head"]
# The build writes the starter of transfer.replace_head here.

# %%
check("transfer.replace_head", replace_head)

# %% [markdown]
# Now with a network whose weights come with the course. You met `photo` in lesson 0: torchvision's ResNet, cut down
# until it fits on a laptop, trained on 50 thousand small photographs of ten kinds of things. Your two functions freeze
# it and put on a head for sixteen classes. One helper does both for any network of torchvision:

# %%
freeze = use("transfer.freeze", freeze)
replace_head = use("transfer.replace_head", replace_head)

photo = vl.models.pretrained("photo").eval()
by_hand = replace_head(freeze(copy.deepcopy(photo)), 16)
helped = vl.models.classifier("photo", 16, "frozen")
print([name for name, parameter in by_hand.named_parameters() if parameter.requires_grad])
print([name for name, parameter in helped.named_parameters() if parameter.requires_grad])

# %% [markdown]
# **Exercise 3 — count** (★★, 4 minutes). How many numbers of a model learn, and how many are there?

# %% tags=["exercise:transfer.count_parameters"]
# The build writes the starter of transfer.count_parameters here.

# %%
check("transfer.count_parameters", count_parameters)

# %% [markdown]
# ## 2.2 What the body has learned
#
# The weights of the **first layer** can be looked at: each filter is a tiny picture, three pixels high and wide. Above
# are 32 filters before training, below the 32 of `photo`.

# %%
#| fig-alt: "Two blocks of 32 tiny filters. Above, before training: random colours. Below, trained: some are bright on one side and dark on the other, others have one colour that grows towards a side, nine are black."
#| compared: structure
torch.manual_seed(0)
untrained = vl.models.SmallResNet(10).eval()
both = torch.cat([untrained.conv1.weight, photo.conv1.weight]).detach()
sheet = make_grid(both, nrow=16, padding=1, normalize=True, scale_each=True, pad_value=1.0)
v2.functional.to_pil_image(v2.functional.resize(sheet, 240, interpolation=v2.InterpolationMode.NEAREST))

# %% [markdown]
# Noise above, order below. A filter with a bright and a dark side answers where a picture changes from bright to dark:
# it finds an **edge**. (Nine are black because
# they are nearly zero: this network gets by without them.)
#
# Deeper weights say nothing to the eye. But we can ask which pictures make a channel answer most strongly. Here are
# pictures that `photo` has never seen: sixteen materials, in black and white, because colour would give too much away.
# They are our task for the rest of the lesson. (Know their limit: each class is cut from *one* photograph, training and
# validation from different regions of it.)

# %%
#| fig-alt: "Sixteen small square photographs without colour, one per material, such as bricks, fur, grass and wood."
prepare = v2.Compose([
    v2.Grayscale(num_output_channels=3),
    v2.ToImage(), v2.Resize(32), v2.ToDtype(torch.float32, scale=True),
    v2.Normalize(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225]),      # what photo's weights expect
])


def load(split):
    """All pictures of a split, prepared (N, 3, 32, 32), and their labels (N,)."""
    folder = ImageFolder(vl.datasets.textures(split), prepare)
    return torch.stack([image for image, _ in folder]), torch.tensor(folder.targets), folder.classes


images, labels, classes = load("train")                   # 50 pictures of each material
val_images, val_labels, _ = load("val")                   # 320 others, to judge by
print(*classes)
sheet = make_grid(images[::50], nrow=8, normalize=True)
v2.functional.to_pil_image(v2.functional.resize(sheet, 200))

# %% [markdown] ask="favourites"
# `layer3` has 128 channels. For each we look for the six of the 320 pictures that excite it most, in the trained
# network and in one with random numbers. Which channels have the more varied favourites?
#
# - [ ] The random ones: they were drawn independently of each other.
#   They were. But nothing made them look for different things, and many end up with the same pictures.
# - [x] The trained ones.
#   Each learned to look for something of its own. Random channels share their favourites more often.
# - [ ] About the same: neither has ever seen a material.
#   The trained one has seen planes, ships and cats, whose surfaces are made of textures.

# %%
#| fig-alt: "Six rows of six pictures. Upper three rows, channels of the trained network: only bricks, only petals, only grass. Lower three rows, random channels: the first only bricks, the second mixed, the third grass and gravel."
#| compared: structure
#| within: {different favourites (trained): 30, different favourites (random): 40}
from torchvision.models.feature_extraction import create_feature_extractor


def favourites(network):
    """For each channel of layer3, the six validation pictures that excite it most: (128, 6)."""
    body = create_feature_extractor(network, ["layer3"])
    with torch.inference_mode():
        maps = body(val_images)["layer3"]                 # (320, 128, 8, 8)
    return maps.mean(dim=(2, 3)).T.topk(6).indices


def loves(best, name):
    """The channel whose six favourites hold most pictures of this material."""
    return best[(val_labels[best] == classes.index(name)).sum(dim=1).argmax()]


trained, random = favourites(photo), favourites(untrained)
rows = [loves(best, name) for best in (trained, random) for name in ("bricks", "petals", "grass")]
vl.report.metric("different favourites (trained)", len(trained.unique()))
vl.report.metric("different favourites (random)", len(random.unique()))
sheet = make_grid(val_images[torch.cat(rows)], nrow=6, normalize=True)
v2.functional.to_pil_image(v2.functional.resize(sheet, 420))

# %% [markdown]
# Each row shows one channel's six favourites. In both networks we took the three channels that love bricks, petals and
# grass most; trained above, random below. Bricks are easy: even a random channel picks them. Its petals and grass are
# mixed with other things, the trained one's are not. Nobody told it about petals; it learned texture on planes, ships
# and cats. And the two counts: the favourites of 128 channels together are more varied when they are trained.
#
# Edges first, then textures, then things: the early ones are **generic features**, and they transfer.
#
# ## 2.3 Frozen: features computed once
#
# Suppose you have **five** labelled pictures of each material, 80 in all. A frozen body gives the same features for a
# picture every time. So compute them *once*, and train a head on them alone.

# %% [markdown] ask="layer"
# From which layer should the features come, for materials?
#
# - [ ] From the last, `layer4`: it has learned the most.
#   Most about planes and cats. Whatever does not help to tell those apart is gone by then.
# - [x] From the middle, `layer2`.
#   A material has no wings and no ears. It is all texture, and texture lives in the middle.
# - [ ] It makes no difference: the head learns what it needs.
#   A head can only weigh what is still there.

# %%
#| at-least: {from layer2: 0.74, from layer4: 0.5, layer2 minus layer4: 0.03}
chance = torch.Generator().manual_seed(1000)
members = [(labels == label).nonzero()[:, 0] for label in range(16)]
few = torch.cat([of_class[torch.randperm(50, generator=chance)[:5]] for of_class in members])      # five of each


def accuracy(network, pictures, targets):
    """The share of pictures that a network names right."""
    network.eval()
    with torch.inference_mode():
        return (network(pictures).argmax(dim=1) == targets).float().mean().item()


def train_head(layer):
    """Accuracy of a linear head on the frozen features of one layer."""
    body = create_feature_extractor(photo, [layer])
    with torch.no_grad():                                                     # features: once
        features, val_features = (body(some)[layer].mean(dim=(2, 3)) for some in (images[few], val_images))
    torch.manual_seed(0)
    width = features.shape[1]
    head = nn.Sequential(nn.BatchNorm1d(width, affine=False), nn.Linear(width, 16))     # features to one scale first
    optimizer = torch.optim.AdamW(head.parameters(), lr=0.01)
    for _ in range(100):
        loss = nn.functional.cross_entropy(head(features), labels[few])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return accuracy(head, val_features, val_labels)


middle, last = train_head("layer2"), train_head("layer4")
vl.report.metric("from layer2", middle)
vl.report.metric("from layer4", last)
vl.report.metric("layer2 minus layer4", middle - last)

# %% [markdown]
# The last layer is the one that most tutorials take. Here the middle is better. **The further your task is from the old
# one, the earlier the layer you want.** One draw of five pictures could be luck; five draws follow in 2.4.
#
# ## 2.4 Fine-tuning against scratch
#
# Now let everything learn. The new head starts from random numbers and must move far. The body knows much already and
# needs only a nudge. **Parameter groups** give each its own rate: *discriminative learning rates*. An optimizer takes
# a list of dicts in place of parameters:

# %% tags=["exact"]
model = replace_head(copy.deepcopy(photo), 16)
optimizer = torch.optim.AdamW([
    {"params": model.layer4.parameters(), "lr": 1e-3},    # old: slowly
    {"params": model.fc.parameters(), "lr": 3e-3},        # new: fast
])
print([(group["lr"], sum(parameter.numel() for parameter in group["params"])) for group in optimizer.param_groups])

# %% [markdown]
# **Exercise 4 — parameter groups** (★★★, 8 minutes). Here only `layer4` and the head are in a group. Build two groups
# that hold everything that learns. The training below runs with yours.

# %% tags=["exercise:transfer.parameter_groups"]
# The build writes the starter of transfer.parameter_groups here.

# %%
check("transfer.parameter_groups", parameter_groups)

# %% [markdown]
# 80 pictures, 120 steps. Each picture is shifted a little and sometimes mirrored. It takes ten to twenty seconds.
# `vl.traps.watch` looks on: it would say what makes a model worse without crashing. Where all is right it is silent.

# %%
#| at-least: 0.78
parameter_groups = use("transfer.parameter_groups", parameter_groups)
shake = v2.Compose([v2.RandomCrop(32, padding=4, padding_mode="reflect"), v2.RandomHorizontalFlip()])

torch.manual_seed(0)
fine_tuned = copy.deepcopy(photo)
fine_tuned.fc = nn.Linear(fine_tuned.fc.in_features, 16)
optimizer = torch.optim.AdamW(parameter_groups(fine_tuned, lr=3e-3, backbone_lr=1e-3), weight_decay=1e-4)
rates = [group["lr"] for group in optimizer.param_groups]
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=rates, total_steps=120)      # rates rise, then fall
loader = DataLoader(TensorDataset(images[few], labels[few]), batch_size=16, shuffle=True)     # 5 batches

fine_tuned.train()
with vl.traps.watch(fine_tuned, optimizer, schedule):
    for _epoch in vl.widgets.progress(range(24), "training"):
        for pictures, targets in loader:
            pictures = torch.stack([shake(picture) for picture in pictures])
            loss = nn.functional.cross_entropy(fine_tuned(pictures), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()

vl.report.metric("fine-tuned on five pictures per material", accuracy(fine_tuned, val_images, val_labels))

# %% [markdown]
# One run says little. `benchmarks/few_labels.py` made the same for five draws, for 5, 10 and 20 pictures per class
# (**shots**), and for the other modes; its results come with the course. *Scratch* is the same network from random
# numbers.

# %%
#| fig-alt: "Four curves over 5, 10 and 20 pictures per class, each with a band from its worst to its best seed. Fine-tuned and frozen middle layer are highest, near 0.9; frozen last layer rises from 0.67 to 0.78; scratch stays near 0.7."
#| words: ["frozen, middle layer", "frozen, last layer"]
runs = vl.datasets.measurements("few_labels")["runs"]


def accuracies(target, mode, shots):
    """One accuracy for each of five seeds."""
    return [run["accuracy"] for run in runs if (run["target"], run["mode"], run["shots"]) == (target, mode, shots)]


def curves_of(target):
    """Mode -> five curves over 5, 10 and 20 shots."""
    modes = ["fine-tuned", "frozen, middle layer", "frozen, last layer", "scratch"]
    return {mode: list(zip(*[accuracies(target, mode, shots) for shots in (5, 10, 20)], strict=True)) for mode in modes}


vl.viz.curves(
    curves_of("materials"), x=[5, 10, 20], xlabel="pictures per class", ylabel="validation accuracy",
    title="Materials: mean of five seeds, band from lowest to highest",
)

# %%
#| at-least: 0.02
for shots in (5, 10, 20):
    worst, best = min(accuracies("materials", "fine-tuned", shots)), max(accuracies("materials", "scratch", shots))
    vl.report.metric(f"{shots} shots: worst of fine-tuned minus best of scratch", worst - best)

# %% [markdown]
# Fine-tuning's *worst* draw beats scratch's *best*. And look at the frozen middle layer: its training takes a second,
# and from ten pictures on it keeps up.
#
# How were the rates chosen? By trying, on three seeds that are used for nothing else. Without such a table you can't
# know whether scratch lost, or only its rate.

# %%
#| fold: "Lists the rates that were tried, with the lowest and the highest accuracy of three seeds."
#| words: [mode, rate of the head, rate of the body, "accuracy, lowest … highest", fine-tuned, scratch]
trials = {}
for run in vl.datasets.measurements("few_labels_tuning")["runs"]:
    if run["target"] == "materials" and not run["mode"].startswith("frozen"):
        rates = (run["setting"]["lr"], run["setting"]["backbone_lr"] or run["setting"]["lr"])
        trials.setdefault((run["mode"], *rates), []).append(run["accuracy"])
vl.viz.table(
    [{"mode": mode, "rate of the head": lr, "rate of the body": body_lr,
      "accuracy, lowest … highest": f"{min(scores):.2f} … {max(scores):.2f}"}
     for (mode, lr, body_lr), scores in trials.items()],
    caption="Five pictures per material, three seeds for tuning",
)

# %% [markdown]
# For fine-tuning the three choices overlap: one rate for all did about as well here as two. Groups are no magic. They
# let you raise the head's rate *without* shaking the body.
#
# ## 2.5 When it does not pay

# %% [markdown] ask="digits"
# The same network, another target: plain handwritten digits, ten pictures of each. Which order do you expect?
#
# - [ ] As before: fine-tuned, frozen, scratch.
#   Features transfer where they are needed. A digit has no colours, surfaces or backgrounds.
# - [ ] Frozen is best: so few pictures can't spoil its body.
#   They can't, but the body is wrong for digits, and frozen it can't unlearn.
# - [x] Fine-tuned and scratch about equal, frozen behind.
#   Ten pictures of a digit show nearly all there is to know. Experience adds little, and a frozen body even hinders.

# %%
#| fig-alt: "Four curves over 5, 10 and 20 pictures per class. Fine-tuned and scratch lie close together, from 0.91 up; the two frozen modes are clearly lower, at most 0.9."
#| words: ["frozen, middle layer", "frozen, last layer"]
vl.viz.curves(
    curves_of("digits"), x=[5, 10, 20], xlabel="pictures per class", ylabel="validation accuracy",
    title="Digits: mean of five seeds, band from lowest to highest",
)

# %% [markdown]
# A frozen body is *worse* here than no transfer at all. So before you transfer, ask: *would someone who knows the old
# pictures well have an advantage with mine?*
#
# | mode | learns | time | choose it when |
# |---|---|---|---|
# | frozen | the head: 4 thousand numbers of 1.2 million | features once, then a second | few pictures, weak computer, target close to the source |
# | fine-tuned | everything, the body slowly | the whole network in each step | the usual choice when you can afford it |
# | scratch | everything | the whole network in each step | very many pictures, or nothing fits to start from |
#
# ## 2.6 The trap: a frozen BatchNorm that moves
#
# **BatchNorm** holds two kinds of numbers. Its weight and bias learn by gradients. Its **running mean and variance** do
# not: in training mode every batch replaces a tenth of them.

# %% [markdown] ask="moves"
# All parameters are frozen, there is no optimizer, and gradients are off (`no_grad`). The network, in `train()` mode,
# looks at 161 pictures of another kind, four times. Then you ask it about its *old* pictures. What has changed?
#
# - [ ] Nothing: without gradients nothing can change.
#   Parameters can't. Running statistics are no parameters; looking is enough.
# - [x] It has become worse.
#   Each batch pulled the running statistics towards the new pictures, and the old ones are measured with them.
# - [ ] A little better: it has seen more pictures.
#   It learned nothing from them. It only forgot how bright its own pictures were.

# %%
#| at-least: {"lost, least of two orders": 0.05}
#| within: {accuracy before: 0.05}
scene, card = vl.models.pretrained("scene").eval(), vl.models.card("scene")      # reads 0 ... 4 on photographs
pixels, old_labels = map(torch.from_numpy, vl.datasets.scene_crops("val", 100, side=card.size, digits=range(5)))
old_images = card.transform(pixels)
folder = ImageFolder(vl.datasets.digits("train"), card.transform)               # white digits on black
digits = torch.stack([folder[index][0] for index in range(0, len(folder), 9)])  # sixteen of each


def look(network):
    """Show the digits four times, and learn nothing."""
    with torch.no_grad():
        loader = DataLoader(digits.repeat(4, 1, 1, 1), batch_size=16, shuffle=True)
        for pictures in vl.widgets.progress(loader, "looking"):
            network(pictures)
    return accuracy(network, old_images, old_labels)


before, after = accuracy(scene, old_images, old_labels), []
for seed in range(2):
    torch.manual_seed(seed)                                                     # another order
    after.append(look(freeze(copy.deepcopy(scene)).train()))                    # "frozen", in train() mode
vl.report.metric("accuracy before", before)
vl.report.metric("lost, least of two orders", before - max(after))

# %% [markdown]
# It only looked, and forgot. What is frozen must rest in `eval()` mode too. torchvision has a layer for it:
# **`FrozenBatchNorm2d`** has no parameters at all, only buffers, and no batch moves them. Several of its published
# detectors are built on it.

# %% tags=["exact"]
resting = FrozenBatchNorm2d(32)
resting.load_state_dict(photo.bn1.state_dict())
print(list(resting.state_dict()), "learn:", len(list(resting.parameters())))

maps = photo.conv1(images[:8]).detach()
print("as BatchNorm in eval:", torch.allclose(resting.train()(maps), photo.bn1.eval()(maps), atol=1e-5))

at_rest = models.resnet18(weights=None, norm_layer=FrozenBatchNorm2d)            # a whole body of them
print(sum(isinstance(layer, FrozenBatchNorm2d) for layer in at_rest.modules()), "layers at rest")

# %% [markdown]
# **Exercise 5 — freeze BatchNorm** (★★, 6 minutes). Bring a model into training mode, and leave its BatchNorm layers at
# rest.

# %% tags=["exercise:transfer.freeze_batch_norm"]
# The build writes the starter of transfer.freeze_batch_norm here.

# %%
check("transfer.freeze_batch_norm", freeze_batch_norm)

# %%
freeze_batch_norm = use("transfer.freeze_batch_norm", freeze_batch_norm)
print("lost with BatchNorm at rest:", before - look(freeze_batch_norm(copy.deepcopy(scene))))

# %% [markdown]
# ## 2.7 At full size: a published network, fine-tuned
#
# Now with MobileNetV2, which has seen ImageNet: the same five pictures per material, at 128 × 128 pixels. Its weights
# are a download of 14 MB. If they are on this computer, the next cell trains for about a minute; if not, it shows the
# result of a computer that had them.

# %%
#| fig-alt: "Two bars of validation accuracy. photo at 32 pixels, five seeds, reaches about 0.88; MobileNetV2 at 128 pixels, one run, stays below it, near 0.8."
def fine_tune_mobilenet():
    """Fine-tune MobileNetV2 on five pictures per material."""
    weights = models.MobileNet_V2_Weights.IMAGENET1K_V1
    network = vl.models.published("mobilenet_v2", weights)                       # mobilenet_v2(weights=weights)
    torch.manual_seed(0)
    network.classifier[1] = nn.Linear(network.classifier[1].in_features, 16)
    prepare = v2.Compose([v2.Grayscale(3), weights.transforms(resize_size=128, crop_size=128)])
    train_set = Subset(ImageFolder(vl.datasets.textures("train"), prepare), few.tolist())
    val_set = ImageFolder(vl.datasets.textures("val"), prepare)
    groups = [{"params": network.features.parameters(), "lr": 3e-4},
              {"params": network.classifier.parameters(), "lr": 3e-3}]
    optimizer = torch.optim.AdamW(groups)
    for _ in vl.widgets.progress(range(6), "training"):
        freeze_batch_norm(network)                                               # batches are small: let it rest
        for pictures, targets in DataLoader(train_set, batch_size=16, shuffle=True):
            loss = nn.functional.cross_entropy(network(pictures), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    batches = DataLoader(val_set, batch_size=32)
    right = sum(accuracy(network, pictures, targets) * len(targets) for pictures, targets in batches)
    return vl.viz.bars(
        {"photo, 32 pixels (five seeds)": accuracies("materials", "fine-tuned", 5),
         "MobileNetV2, 128 pixels (one run)": right / len(val_set)},
        xlabel="validation accuracy", xlim=(0, 1), title="Five pictures per material, fine-tuned", compared="structure",
    )


vl.viz.full_size(fine_tune_mobilenet, stored="02_fine_tuned")

# %% [markdown]
# The larger network is *behind*. That is no verdict on it: it had 30 steps, `photo` had 120, with shifts and mirrors and
# with rates that were tuned. But a famous name doesn't win by itself. Five pictures, few steps: measure.
#
# ## 2.8 Traps
#
# **An optimizer that knows nothing of the new head.** It holds the parameters it was given when it was built. Here the
# watch has something to say:

# %% tags=["exact"]
model = copy.deepcopy(photo)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
model.fc = nn.Linear(256, 16)                             # too late
start = model.fc.weight.detach().clone()
with vl.traps.watch(model, optimizer):
    for _step in range(3):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images[:16]), labels[:16]).backward()
        optimizer.step()
print("new head changed:", not torch.equal(model.fc.weight, start))

# %% [markdown]
# Order: load, freeze, new head, *then* the optimizer. If you unfreeze later, build a new one.
#
# **The wrong preparation.** The body expects pictures prepared as in its own training: take `weights.transforms()`.
#
# **One seed.** With five pictures per class the draw alone moves the accuracy by several points: look at the bands of
# 2.4. Compare modes over several seeds, or you compare luck.
#
# ## 2.9 A small project: the same on another folder
#
# In lesson 0 you trained on materials in colour, from random numbers; 60 % was enough. Now you begin with `photo`.
#
# **Exercise 6 — transfer to a folder** (★★★, 12 minutes). Teach a trained network the classes of a folder. The check
# trains for some seconds and asks about 300 cut-outs that it has never seen. At least 80 % must be right. Then try a
# folder of your own.

# %% tags=["exercise:transfer.transfer_to_folder"]
# The build writes the starter of transfer.transfer_to_folder here.

# %%
check("transfer.transfer_to_folder", transfer_to_folder)

# %% [markdown]
# ## 2.10 Recall
#
# Five questions, without looking back.

# %% [markdown] recall="head" lesson="02_transfer_learning"
# You put a new `nn.Linear` on a network after its optimizer was built. What happens in training?
#
# - [ ] The new head learns: it is part of the model.
#   Of the model, yes. The optimizer holds the parameters it was given at the start.
# - [x] The new head never changes.
#   Nobody told the optimizer of it. Build the optimizer last.
# - [ ] An error at the first step.
#   Nothing crashes. That is why it is a trap.

# %% [markdown] recall="statistics" lesson="02_transfer_learning"
# `requires_grad` is off everywhere. Which numbers of a network can `model.train()` and a forward pass still change?
#
# - [x] BatchNorm's running mean and variance.
#   They follow every batch in training mode, without any gradient.
# - [ ] BatchNorm's weight and bias.
#   They are parameters. Without a gradient they stay.
# - [ ] None.
#   Running statistics are buffers: the switch does not exist for them.

# %% [markdown] recall="preparation" lesson="00_overview"
# A friend prepares pictures for your model without `Normalize`. What does the model do?
#
# - [ ] It stops with an error.
#   The shape and the dtype are right, so nothing crashes.
# - [x] It answers, and is often wrong.
#   Its numbers are not around 0 as in training. Preparation belongs to the weights.
# - [ ] It answers as well as before.
#   What it learned fits only numbers like those that it learned from.

# %% [markdown] recall="modes" lesson="00_overview"
# When does a model belong in `eval()` mode?
#
# - [ ] Only when it is saved to a file.
#   A file keeps parameters. The mode matters whenever the model answers.
# - [x] Whenever you only ask.
#   Layers such as BatchNorm then measure with what they learned, not with the batch at hand.
# - [ ] While it learns.
#   For learning there is `model.train()`.

# %% [markdown] recall="augmentation" lesson="01_pipeline"
# Which pictures get random shifts and mirrors?
#
# - [x] Those for training.
#   There variety is free material to learn from.
# - [ ] Those for validation.
#   Judge by pictures that stay as they are, or your score changes by itself.
# - [ ] Both, so that they are alike.
#   They need the same size and normalization, but not the same chance.

# %% [markdown]
# ## 2.11 Summary
#
# | you want | write | remember |
# |---|---|---|
# | trained weights | `models.resnet50(weights=ResNet50_Weights.DEFAULT)` | `weights.transforms()` belongs to them |
# | freeze | `parameter.requires_grad = False` | and keep BatchNorm in `eval()` |
# | a new head | `model.fc = nn.Linear(model.fc.in_features, n)` | other families: `classifier[1]` |
# | features of a layer | `create_feature_extractor(model, ["layer2"])` | a distant task: an earlier layer |
# | two learning rates | `AdamW([{"params": …, "lr": …}, …])` | head fast, body slow |
# | BatchNorm at rest | `FrozenBatchNorm2d`, or `layer.eval()` after `model.train()` | statistics need no gradient to move |
#
# And in this course: `vl.models.classifier`, `vl.models.freeze` and `vl.models.parameter_groups`.
#
# ---
# **Before:** [lesson 1, the data pipeline](01_pipeline.ipynb). **Next:** [lesson 3, the training
# loop](03_training_loop.ipynb).
