# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   vislearn:
#     minutes: 90
#     level: 1
#     after: [00_overview]
#     budget: {seconds: 60, memory_mb: 2600}
# ---

# %% [markdown]
# # 1. The data pipeline: from folder to batch
#
# A model learns from batches of numbers. You have folders of pictures. The **data pipeline** is everything
# in between. Most mistakes in computer vision are made here, and most of them do not crash. They only make the
# model worse.
#
# **About 90 minutes · level 1 of 3 · after lesson 0.** After this lesson you can:
#
# - turn any folder of pictures into batches, in today's API and in the one that older code uses;
# - put transforms in the right order, and say what a wrong order does;
# - choose how to resize, normalise and augment, with numbers to back the choice;
# - serve batches fast, and get the same batches again tomorrow.

# %%
import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, RandomSampler, TensorDataset
from torchvision import datasets, transforms
from torchvision.transforms import InterpolationMode, v2
from torchvision.utils import make_grid

import vislearn as vl
from vislearn.exercises import check, hint, solution, use

# %% [markdown]
# ## 1.1 The whole pipeline in one cell
#
# This block stands at the beginning of thousands of projects. A **transform** takes a picture and returns a
# changed one; `Compose` puts transforms in a row. `ImageFolder` reads a folder, `DataLoader` makes batches. There
# are two of each, because training and validation want different things: training pictures are mirrored now and
# then, and shuffled.
#
# You mostly see `num_workers=4, pin_memory=True`. Here two helper processes, called **workers**,
# are enough, and `pin_memory` only has a purpose where there is a **GPU**, a graphics card that
# computes: it keeps batches in a part of the memory that a GPU can fetch from quickly.

# %% tags=["exact"]
IMG_SIZE = 64                                             # 224 for most published models
on_gpu = torch.cuda.is_available()

train_tf = transforms.Compose([
    transforms.Resize((IMG_SIZE, IMG_SIZE)),              # one size, so that pictures fit into a batch
    transforms.RandomHorizontalFlip(p=0.5),               # half of them mirrored
    transforms.ToTensor(),                                # 0 ... 255 -> 0 ... 1, (C, H, W), float32
    transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),       # -> around 0
])
val_tf = transforms.Compose([
    transforms.Resize((IMG_SIZE, IMG_SIZE)),
    transforms.ToTensor(),
    transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
])
train_ds = datasets.ImageFolder(vl.datasets.textures("train"), transform=train_tf)
val_ds = datasets.ImageFolder(vl.datasets.textures("val"), transform=val_tf)
train_dl = DataLoader(train_ds, batch_size=32, shuffle=True, num_workers=2, pin_memory=on_gpu)
val_dl = DataLoader(val_ds, batch_size=32, shuffle=False, num_workers=2, pin_memory=on_gpu)

torch.manual_seed(42)
images, labels = next(iter(train_dl))                     # one batch
print(tuple(images.shape), images.dtype, "labels:", tuple(labels.shape))

# %% [markdown]
# That was `torchvision.transforms`, the first API. New code uses `transforms.v2`. One thing changes: `ToTensor()`
# becomes two steps with clearer names. `ToImage()` makes a tensor of bytes, and `ToDtype(torch.float32, scale=True)` brings them
# to 0 … 1. The rest stays:

# %% tags=["exact"]
train_v2 = v2.Compose([
    v2.Resize((IMG_SIZE, IMG_SIZE)),
    v2.RandomHorizontalFlip(p=0.5),
    v2.ToImage(),                                         # picture -> bytes, (C, H, W)
    v2.ToDtype(torch.float32, scale=True),                # 0 ... 255 -> 0 ... 1
    v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
])
val_v2 = v2.Compose([
    v2.Resize((IMG_SIZE, IMG_SIZE)),
    v2.ToImage(),
    v2.ToDtype(torch.float32, scale=True),
    v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
])
train_ds = datasets.ImageFolder(vl.datasets.textures("train"), transform=train_v2)
val_ds = datasets.ImageFolder(vl.datasets.textures("val"), transform=val_v2)
train_dl = DataLoader(train_ds, batch_size=32, shuffle=True, num_workers=2, pin_memory=on_gpu)
val_again = DataLoader(val_ds, batch_size=32, shuffle=False, num_workers=2, pin_memory=on_gpu)

torch.manual_seed(42)
images_v2, labels_v2 = next(iter(train_dl))
print("training, the same batch:", torch.allclose(images, images_v2, atol=1e-5), torch.equal(labels, labels_v2))
print("validation, the same batch:", torch.allclose(next(iter(val_dl))[0], next(iter(val_again))[0], atol=1e-5))

# %% [markdown]
# From the same seed both give the same pictures, the same mirrored ones among them. `allclose` forgives a
# difference of one hundred-thousandth: the two APIs round their divisions differently. So you can read both; from here on we
# write v2. And this is the batch:

# %%
#| fig-alt: Thirty-two small square photographs of materials in two rows, such as bricks, fur, grass, petals and wood.
mean = torch.tensor([0.485, 0.456, 0.406]).reshape(3, 1, 1)
std = torch.tensor([0.229, 0.224, 0.225]).reshape(3, 1, 1)
visible = images_v2 * std + mean                          # undoes Normalize; in 1.4 you write this yourself
v2.functional.to_pil_image(make_grid(visible, nrow=16, padding=1))

# %% [markdown]
# ## 1.2 A folder is a data set
#
# `ImageFolder` asks for one thing: **one sub-folder per class**. A data set answers the question *"give me number
# 17"* with a pair: the picture and its label. The label is a number. It counts the folders in alphabetical order.

# %% tags=["exact"]
textures = datasets.ImageFolder(vl.datasets.textures("train"))           # no transform: PIL pictures
picture, label = textures[17]
print(len(textures), "pictures; number 17:", picture.size, picture.mode, "label", label, "=", textures.classes[label])
print(textures.class_to_idx)

# %% [markdown]
# Add a folder, and the numbers of the others may shift. So keep `class_to_idx` together with every model you
# save. Do you have files of another kind? `ImageFolder` is a special case of `DatasetFolder`, which you tell which
# endings count and how one file is read. Here are tensors that `torch.save` wrote:

# %% tags=["exact"]
import tempfile
from pathlib import Path

scratch = Path(tempfile.mkdtemp())                        # a place for files we only need today
for name in ["bright", "dark"]:
    (scratch / "tensors" / name).mkdir(parents=True)
    torch.save(torch.full((2, 2), 200 if name == "bright" else 20), scratch / "tensors" / name / "0.pt")

tensors = datasets.DatasetFolder(scratch / "tensors", loader=torch.load, extensions=(".pt",))
print(tensors.classes, "number 0:", tensors[0])

# %% [markdown]
# **Damaged files** are normal: downloads break off, cards fail, somebody renames `notes.txt` to `notes.jpg`.
# Then training stops after an hour, in the middle of an epoch. Look at every file *before*:

# %%
whole = vl.datasets.photos()["flower"].read_bytes()
folder = scratch / "broken" / "flower"
folder.mkdir(parents=True)
(folder / "whole.jpg").write_bytes(whole)
(folder / "half.jpg").write_bytes(whole[: len(whole) // 2])
(folder / "letter.jpg").write_text("Dear teacher, this is not a picture.")

for path, _ in datasets.ImageFolder(scratch / "broken").samples:
    try:
        Image.open(path).load()                           # reads every pixel
    except OSError as error:
        print(Path(path).name, "is damaged:", type(error).__name__)
print("as the helper finds:", [Path(problem.where).name for problem in vl.datasets.check_folder(scratch / "broken")])

# %% [markdown]
# ## 1.3 From picture to numbers
#
# Take one photograph through the chain. Watch the line under the picture: shape, dtype, range.

# %%
from vislearn.steps import loader_batch, transform_chain

coffee = Image.open(vl.datasets.photos()["coffee"]).convert("RGB")
chain = v2.Compose([v2.Resize((224, 224)), *train_v2.transforms[1:]])    # the same steps, at a larger size
vl.widgets.stepper(transform_chain(chain, coffee, seed=3))

# %% [markdown]
# The last two steps are arithmetic, and you can write them yourself.
#
# **Exercise 1 — to the unit range** (★, 3 minutes). What `ToDtype(scale=True)` does, by hand. Which number must
# byte 255 become?

# %% tags=["exercise:pipeline.to_unit_range"]
# The build writes the starter of pipeline.to_unit_range here.

# %%
check("pipeline.to_unit_range", to_unit_range)

# %% [markdown]
# **Where do `0.485` and `0.229` come from?** They are the mean and the standard deviation of the red channel
# over the pictures of ImageNet. (The **standard deviation**, std, says how far values typically lie from their mean.) A network that was
# trained with these numbers needs these numbers. When you train from scratch, take those of your own *training* pictures:

# %% tags=["exact"]
pixels = torch.stack([v2.functional.to_image(image) for image, _ in textures]) / 255         # (800, 3, 64, 64)
mean, std = pixels.mean(dim=(0, 2, 3)), pixels.std(dim=(0, 2, 3))                            # one per channel
print("mean", [round(value, 2) for value in mean.tolist()], " std", [round(value, 2) for value in std.tolist()])

# %% [markdown]
# `dim=(0, 2, 3)` averages over pictures, height and width, and leaves the channels. `Normalize` subtracts the mean
# and divides by the std.
#
# **Exercise 2 — normalise** (★★, 8 minutes). Mind the shapes: the picture is `(3, H, W)`, the mean is `(3,)`. When
# torch computes with two tensors of different shape, it lines the shapes up *from the right* and repeats what
# is missing or 1 long; this is called **broadcasting**. `reshape` can add such lengths, as in 1.1. What does a
# mean of shape `(3,)` meet there?

# %% tags=["exercise:pipeline.normalize"]
# The build writes the starter of pipeline.normalize here.

# %%
check("pipeline.normalize", normalize)

# %% [markdown]
# Your two functions and torchvision's steps, one after the other on the cup of coffee:

# %%
to_unit_range = use("pipeline.to_unit_range", to_unit_range)
normalize = use("pipeline.normalize", normalize)

small = v2.Resize((224, 224))(coffee)
by_hand = normalize(to_unit_range(v2.functional.pil_to_tensor(small)), mean, std)
ready = v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean.tolist(), std.tolist())])
print("the same numbers:", torch.allclose(by_hand, ready(small), atol=1e-5))

# %% [markdown]
# ## 1.4 Order matters
#
# A normalised picture can't be shown: half of its numbers are below 0. So you need the way back.
#
# **Exercise 3 — denormalise** (★, 4 minutes). Undo `normalize`. Which step comes first now?

# %% tags=["exercise:pipeline.denormalize"]
# The build writes the starter of pipeline.denormalize here.

# %%
check("pipeline.denormalize", denormalize)

# %% [markdown]
# The rule of a chain: **geometry (size, cut, turn, flip) and colour first, scale to 0 … 1 next, Normalize last.**
# Here is the right order, and three that break it. `ColorJitter` makes the picture brighter by 30 %, `RandomRotation` turns it
# by 20 degrees; each `(a, a)` leaves chance no choice.

# %% tags=["exact"]
brighter = v2.ColorJitter(brightness=(1.3, 1.3))
turned = v2.RandomRotation((20, 20))
to_float = v2.ToDtype(torch.float32, scale=True)
standardize = v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])

orders = {
    "right": [brighter, turned, to_float, standardize],
    "wrong 1: never scaled": [brighter, turned, v2.ToDtype(torch.float32), standardize],
    "wrong 2: colour after Normalize": [turned, to_float, standardize, brighter],
    "wrong 3: turned after Normalize": [brighter, to_float, standardize, turned],
}
results = {name: v2.Compose([v2.ToImage(), *steps])(small) for name, steps in orders.items()}

# %% [markdown] ask="orders"
# Not one of the four has stopped with an error. In the right order the largest number lies between 2 and 3. How large is it
# in *wrong 1*, where the bytes became decimals without being divided by 255?
#
# - [ ] Also between 2 and 3: `Normalize` brings every picture around 0.
#   It doesn't look at the picture. It subtracts `0.485` and divides by `0.229`, whatever comes in.
# - [ ] 255, as before.
#   Nearly `0.5` is taken away from `255`, but then it is divided by `0.229`, which makes it more than four times as large.
# - [x] About a thousand.
#   In green, `255` minus `0.456`, divided by `0.224`. The network expects 2 or 3 and gets some four hundred times as much.

# %%
#| fig-alt: "Four versions of a cup of coffee, tilted. Right: natural, with black corners. Wrong 1: almost entirely white. Wrong 2: washed out, everything dark has become grey. Wrong 3: natural, with grey corners."
#| words: [right, "wrong 1: never scaled", "wrong 2: colour after Normalize", "wrong 3: turned after Normalize"]
denormalize = use("pipeline.denormalize", denormalize)

imagenet_mean, imagenet_std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
for name, result in results.items():
    zeros = (result == 0).float().mean()
    print(f"{name:<32} {result.min():7.2f} ... {result.max():7.2f}   exactly 0: {zeros:.0%}")
shown = [denormalize(result, imagenet_mean, imagenet_std).clamp(0, 1) for result in results.values()]
vl.viz.grid(shown, list(results), columns=4, title="Four orders, shown after undoing Normalize")

# %% [markdown]
# - **Wrong 1**: had the picture still been bytes, `Normalize` would have refused it. The change to float *without*
#   `scale=True` took that warning away.
# - **Wrong 2**: colour transforms keep pixels in 0 … 1. What is darker than average is negative by now, so it is cut
#   to 0. The right column says how many of this picture's values are gone.
# - **Wrong 3**: corners that a rotation opens are filled with 0. Before Normalize that is black. After it, 0
#   means *the average colour*. This one is mild.
#
# ## 1.5 Resizing throws detail away
#
# Where a picture is shrunk or turned, new pixels fall between old ones. **Interpolation** is the rule for them.
# *Nearest* takes the closest old pixel. *Bilinear* takes a weighted average of the neighbours, *bicubic* of more
# of them. Bilinear is the default of `Resize`. But rotations, and affine transforms (turning, shifting, scaling and
# slanting at once), take **nearest** unless you say otherwise. Look at the rim of the turned cup, three times enlarged:

# %%
#| fig-alt: Twice the rim of a tilted coffee cup, enlarged. On the left its edges are jagged like stairs, on the right they are smooth.
jagged = v2.functional.rotate(small, 20)                                              # the default: nearest
bilinear = InterpolationMode.BILINEAR
smooth = v2.functional.rotate(small, 20, interpolation=bilinear)
rims = [v2.functional.pil_to_tensor(v2.functional.crop(image, 70, 60, 44, 96)) for image in (jagged, smooth)]
sheet = make_grid(torch.stack(rims), padding=2)
v2.functional.to_pil_image(v2.functional.resize(sheet, 144, interpolation=InterpolationMode.NEAREST))

# %% [markdown]
# For pictures say `interpolation=InterpolationMode.BILINEAR`. For masks, whose numbers are names of classes, nearest
# is right: halfway between class 2 and class 4 there is no class 3.
#
# **Antialiasing** first blurs what is too fine for the small picture. It is on by default. This is a wall at 64 pixels: nearest, bilinear
# without antialiasing, and with it.

# %%
#| fig-alt: Three small versions of a brick wall. In the first two the joints break into dots and false patterns; in the third they stay lines.
bricks = v2.functional.pil_to_tensor(Image.open(vl.datasets.photos()["bricks"]).convert("L"))           # "L": grey; (1, 512, 512)
walls = torch.stack([
    v2.functional.resize(bricks, 64, interpolation=InterpolationMode.NEAREST),
    v2.functional.resize(bricks, 64, antialias=False),
    v2.functional.resize(bricks, 64),
])
v2.functional.to_pil_image(v2.functional.resize(make_grid(walls, padding=1), 198, InterpolationMode.NEAREST))

# %% [markdown]
# How much is lost? Shrink the wall, enlarge it again, and compare with the original.

# %%
#| fold: Does so for four sizes and four ways to interpolate.
def error(size, mode, antialias=True):
    """Mean difference per pixel, of 255, after shrinking to a size and enlarging again."""
    shrunk = v2.functional.resize(bricks, size, mode, antialias=antialias)
    back = v2.functional.resize(shrunk, 512, InterpolationMode.BICUBIC)
    return (back.float() - bricks.float()).abs().mean().item()


ways = {
    "nearest": (InterpolationMode.NEAREST,), "bilinear, no antialias": (bilinear, False),
    "bilinear": (bilinear,), "bicubic": (InterpolationMode.BICUBIC,),
}
sizes = [32, 64, 128, 256]
print("mean error, of 255; side in pixels:", *(f"{size:6}" for size in sizes))
for name, way in ways.items():
    print(f"{name:>35}", *(f"{error(size, *way):6.1f}" for size in sizes))

# %% [markdown]
# Every step down costs detail, and no way of enlarging brings it back. A model that reads number plates needs
# more pixels than one that tells day from night. And compare the two bilinear rows: at 128 and 256 pixels the one
# without antialiasing is even a little closer to the original, number by number, though its joints broke. **One number
# does not tell everything. Look at your pictures too.**
#
# ## 1.6 Normalising helps the optimizer
#
# Pixels from 0 to 1 are all positive; around 0 training is said to be faster. Does it show? Here are the digits of
# lesson 0 as tensors, a small network and the five lines. `TensorDataset` pairs pictures and labels that are in memory
# already; a v2 transform also takes many pictures at once. The network has no BatchNorm: that layer
# normalises inside, and would hide the effect.

# %% tags=["exact"]
def load(split):
    """All digits of a split: pictures (N, 3, 16, 16) in 0 ... 1, and labels (N,)."""
    tiny = v2.Compose([v2.Resize(16), v2.ToImage(), v2.ToDtype(torch.float32, scale=True)])
    digits = datasets.ImageFolder(vl.datasets.digits(split), tiny)
    return torch.stack([image for image, _ in digits]), torch.tensor(digits.targets)


def network():
    """Pictures (N, 3, 16, 16) -> scores (N, 10)."""
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 4 * 4, 10),
    )


def accuracy(model, images, labels):
    """The share of pictures that a model names right."""
    model.eval()
    with torch.inference_mode():
        return (model(images).argmax(dim=1) == labels).float().mean().item()


def train_epoch(model, loader, optimizer):
    """One pass over the loader."""
    model.train()
    for images, labels in loader:
        loss = nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


torch.set_num_threads(1)                                  # a network this small is faster on one thread
digits, digit_labels = load("train")
val_digits, val_labels = load("val")
center = v2.Normalize(digits.mean(dim=(0, 2, 3)).tolist(), digits.std(dim=(0, 2, 3)).tolist())

# %%
#| fig-alt: Two lines with bands over five epochs; after the second epoch the normalised one lies higher.
#| words: [normalised]
#| compared: structure
#| at-least: {lead after 2 epochs: 0.01}
learning = {"normalised": [], "0 … 1": []}
for seed in vl.widgets.progress(range(3), "three seeds, each with and without Normalize"):
    for name, prepare in [("normalised", center), ("0 … 1", v2.Identity())]:
        torch.manual_seed(seed)
        model = network()
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.0005)
        loader = DataLoader(TensorDataset(prepare(digits), digit_labels), batch_size=32, shuffle=True)
        run = []
        for _epoch in range(5):
            train_epoch(model, loader, optimizer)
            run.append(accuracy(model, prepare(val_digits), val_labels))
        learning[name].append(run)

second = {name: torch.tensor(runs)[:, 1].mean() for name, runs in learning.items()}
vl.report.metric("lead after 2 epochs", second["normalised"] - second["0 … 1"])
vl.viz.curves(
    learning, xlabel="epoch", ylabel="validation accuracy", height=280,
    title="Same network, same learning rate: three seeds each",
)

# %% [markdown]
# Normalised, the network learns a little *faster*, at this learning rate. Write `lr=0.003` and run the cell again: both lines
# climb faster, and they lie closer together. How much Normalize helps depends on the rest. A network with published weights is another matter. It has only ever seen
# normalised pictures, and you see in 1.10 what happens without.
#
# ## 1.7 Augmentation: more pictures from the same pictures
#
# A model that sees few pictures learns them by heart. It is perfect on them and poor on new ones: **overfitting**.
# **Augmentation** changes each picture a little, differently every time, in ways that leave the label true. The
# model can't learn by heart what never comes twice; it learns what stays.
#
# To try it: 200 digits as a hurried person would scan them, shifted, tilted, large and small. Augmentation is nothing but
# a random transform in an ordinary data set. You can write one yourself: `__len__` says how many samples there
# are, `__getitem__` returns one of them.

# %%
#| fig-alt: Four rows of sixteen digits, shifted and tilted. In each row, one after the other, versions of the same digits, each a little different.
class Scans(Dataset):
    """Pictures in memory, each changed by a transform whenever somebody asks for it."""

    def __init__(self, images, labels, transform):
        self.images, self.labels, self.transform = images, labels, transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.transform(self.images[index]), self.labels[index]


torch.manual_seed(99)
hurried = v2.RandomAffine(degrees=25, translate=(0.15, 0.15), scale=(0.7, 1.2), shear=15, interpolation=bilinear)
scans = torch.stack([hurried(image) for image in digits])                # drawn once: these are the data
val_scans = torch.stack([hurried(image) for image in val_digits])
few = torch.cat([(digit_labels == digit).nonzero()[:20, 0] for digit in range(10)])          # 20 of each

augmentations = {
    "none": [],
    "turns and shifts": [v2.RandomAffine(12, (0.1, 0.1), (0.85, 1.15), shear=8, interpolation=bilinear)],
    "mirrored": [v2.RandomHorizontalFlip()],
}
shifting = Scans(scans[few], digit_labels[few], v2.Compose(augmentations["turns and shifts"]))
versions = torch.stack([shifting[number][0] for _again in range(4) for number in range(0, 192, 12)])
v2.functional.to_pil_image(v2.functional.resize(make_grid(versions, nrow=16, padding=1), 160))

# %% [markdown] ask="mirror"
# Each row shows the same sixteen scans, changed anew. We train three times: without augmentation, with such turns
# and shifts, and with the flip that stands in the block of 1.1. What does the flip do to the accuracy on new digits?
#
# - [ ] It helps: twice as many pictures to learn from.
#   More pictures help if they could really come. Nobody writes a mirrored 2.
# - [ ] Nothing, a digit stays a digit.
#   A mirrored cat is a cat, but a mirrored 2 is no 2.
# - [x] It harms.
#   The model spends its strength on characters that don't exist.

# %%
#| fig-alt: Three bars with the validation accuracy. Turns and shifts has the longest, highlighted; mirrored the shortest.
#| compared: structure
#| words: [none, turns and shifts, mirrored]
#| at-least: {"won by turns and shifts": 0.02, "lost by mirroring": 0.005}
seen, new = {}, {}
for name, augment in vl.widgets.progress(augmentations.items(), "three augmentations, three seeds each"):
    seen[name], new[name] = [], []
    loader = DataLoader(Scans(scans[few], digit_labels[few], v2.Compose([*augment, center])), 25, shuffle=True)
    for seed in range(3):
        torch.manual_seed(seed)
        model = network()
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.003)
        for _epoch in range(24):
            train_epoch(model, loader, optimizer)
        seen[name].append(accuracy(model, center(scans[few]), digit_labels[few]))
        new[name].append(accuracy(model, center(val_scans), val_labels))

average = {name: torch.tensor(values).mean() for name, values in new.items()}
vl.report.metric("won by turns and shifts", average["turns and shifts"] - average["none"])
vl.report.metric("lost by mirroring", average["none"] - average["mirrored"])
print("on the 200 it learned from:", {name: f"{sum(values) / 3:.0%}" for name, values in seen.items()})
vl.viz.bars(
    new, xlabel="validation accuracy (three seeds: mean, lowest, highest)", xlim=(0, 1), highlight="turns and shifts",
    title="What the model can do on new scans",
)

# %% [markdown]
# On what they learned from, all three are nearly perfect. On new scans they differ. **Ask of each augmentation: is
# the label still true, and could this picture come?** Try yourself where a human stops recognising it:

# %%
#| fold: Builds an explorer from five random transforms.
#| fig-alt: One picture and five random versions of it. Controls are picture, turning, cropping, mirroring, brightness and seed.
pictures = {name: Image.open(vl.datasets.photos()[name]).convert("RGB") for name in ["coffee", "cat", "rocket"]}


def explore(picture, degrees, smallest_crop, mirror, brightness, seed):
    """Six versions of a picture under one set of augmentations."""
    transform = v2.Compose([
        v2.Resize((160, 160)),
        v2.RandomRotation(degrees, interpolation=bilinear),
        v2.RandomResizedCrop(160, scale=(smallest_crop, 1.0)),
        v2.RandomHorizontalFlip(0.5 if mirror else 0.0),
        v2.ColorJitter(brightness=brightness),
    ])
    return vl.viz.augmentations(pictures[picture], transform, seed, count=5, columns=6)


vl.widgets.explorer(
    explore, picture=list(pictures), degrees=(0, 90, 5), smallest_crop=(0.1, 1.0, 0.1), mirror=True,
    brightness=(0.0, 0.9, 0.1), seed=(0, 20, 1),
)

# %% [markdown]
# Augment only what you train on. Validation is an exam: with random changes it would be harder, and another one each time.
#
# **Exercise 4 — two pipelines** (★★, 10 minutes). One transform for training, with chance in it, and one for
# validation, which gives the same answer every time. `v2.RandomResizedCrop(size)` cuts out a random part and makes it
# size × size. The next section serves its batches with yours.

# %% tags=["exercise:pipeline.train_eval_transform"]
# The build writes the starter of pipeline.train_eval_transform here.

# %%
check("pipeline.train_eval_transform", train_eval_transform)

# %% [markdown]
# ## 1.8 Batches: the DataLoader
#
# A `DataLoader` asks the data set for its samples in some order and stacks the answers. The order comes from a
# **generator** of random numbers: torch's global one, or `torch.Generator().manual_seed(0)`, one of your own. Here is one batch:

# %%
train_eval_transform = use("pipeline.train_eval_transform", train_eval_transform)

for_training, for_validation = train_eval_transform(64, [0.0, 0.0, 0.0], [1.0, 1.0, 1.0])    # stays in 0 ... 1
loader = DataLoader(
    datasets.ImageFolder(vl.datasets.textures("train"), for_validation),
    batch_size=8, shuffle=True, generator=torch.Generator().manual_seed(0),
)
vl.widgets.stepper(loader_batch(loader))

# %% [markdown]
# | argument | what it does | when |
# |---|---|---|
# | `shuffle=True` | a new order every epoch | training; never needed for validation |
# | `drop_last=True` | leaves out the last batch if it is short | training with BatchNorm, if a last batch of one could come |
# | `num_workers=2` | two processes prepare batches ahead | when preparing takes longer than learning |
# | `persistent_workers=True` | workers live on from epoch to epoch | many short epochs |
# | `pin_memory=True` | batches lie where a GPU can fetch them faster | with a GPU, otherwise without use |
# | `generator=…` | the chance for shuffling comes from here | when you want the same run again |
#
# Why `drop_last`? BatchNorm computes the mean and std of each channel over the batch. A single picture of one
# pixel has no spread, and torch refuses it. Larger pictures pass, but deep in a network pooling may leave one
# number per channel.

# %%
norm = nn.BatchNorm2d(3).train()
print("one picture of 8 × 8 pixels:", tuple(norm(torch.rand(1, 3, 8, 8)).shape))
try:
    norm(torch.rand(1, 3, 1, 1))
except ValueError as error:
    print("one picture of 1 × 1 pixel:", error)
samples = TensorDataset(torch.arange(193))
for drop_last in [False, True]:
    print("drop_last", drop_last, [len(batch) for (batch,) in DataLoader(samples, 64, drop_last=drop_last)])

# %% [markdown] ask="workers"
# Now the speed. JPEG photographs of 500 × 375 pixels are decoded and resized to 224. Each pipeline serves twenty
# batches, three times over: alone; with two workers; and from tensors of bytes that were decoded once and then kept.
# Which is by far the fastest?
#
# - [ ] Two workers: they share the work.
#   They share it as far as there are free processors, two at the most. The work itself stays the same.
# - [ ] No difference worth speaking of: reading files takes the time.
#   Decoding and resizing take the time, and kept pictures need neither.
# - [x] Kept tensors.
#   The fastest work is the one that isn't done again. The price: the size is fixed, and augmentation comes after it.

# %%
#| fold: Writes 48 JPEG files, and times twenty batches of each pipeline, three times.
#| fig-alt: Three bars with pictures per second, two of them short; the one of kept tensors is many times longer.
#| compared: structure
#| words: [alone, two workers, kept as tensors]
#| at-least: {"kept, times as fast as alone": 2}
import time

jpegs = scratch / "jpegs" / "photo"
jpegs.mkdir(parents=True)
torch.manual_seed(1)
for number in range(48):
    photo = list(pictures.values())[number % 3]
    v2.RandomResizedCrop((375, 500), scale=(0.3, 1.0))(photo).save(jpegs / f"{number:02}.jpg", quality=90)

to_bytes = v2.Compose([v2.Resize((224, 224)), v2.PILToTensor()])
decoding = datasets.ImageFolder(jpegs.parent, to_bytes)
kept = TensorDataset(torch.stack([image for image, _ in decoding]), torch.zeros(48))
speeds = {"alone": [], "two workers": [], "kept as tensors": []}
on_batch = v2.Compose([v2.RandomHorizontalFlip(), to_float, standardize])                # of the whole batch at once

for name in vl.widgets.progress(list(speeds) * 3, "three pipelines, three times each"):
    dataset, workers = kept if name == "kept as tensors" else decoding, 2 if name == "two workers" else 0
    sampler = RandomSampler(dataset, replacement=True, num_samples=22 * 8)
    batches = iter(DataLoader(dataset, batch_size=8, sampler=sampler, num_workers=workers))
    for number, (images, _) in enumerate(batches):
        on_batch(images)
        if number == 1:                                   # two batches to get going, then twenty by the clock
            begin = time.perf_counter()
    speeds[name].append(20 * 8 / (time.perf_counter() - begin))

typical = {name: torch.tensor(values).median() for name, values in speeds.items()}
print(f"two workers: {typical['two workers'] / typical['alone']:.1f} times as fast as alone, on this computer, just now")
vl.report.metric("kept, times as fast as alone", typical["kept as tensors"] / typical["alone"])
vl.viz.bars(
    speeds, xlabel="pictures per second (mean, lowest, highest)", title="The same pictures, three pipelines",
)

# %% [markdown]
# The printed line is your computer's answer. Well above 1: workers pay here. About 1 or below: handing the batches over
# costs what two processes save, or other programs use the processors already. On a computer with a GPU, workers matter
# more, because the GPU would be idle while pictures are decoded.
#
# **Workers need a guard, and names.** On Windows and macOS a worker starts by importing your script: put the work under
# `if __name__ == "__main__":`. And `pickle` sends it the data set: functions with a name, from `def` at the top; no `lambda`.
#
# **Exercise 5 — a loader you can repeat** (★★, 6 minutes). Built twice with the same seed, it must serve its
# samples in the same order, whatever other code drew at random before.

# %% tags=["exercise:pipeline.seeded_loader"]
# The build writes the starter of pipeline.seeded_loader here.

# %%
check("pipeline.seeded_loader", seeded_loader)

# %% [markdown]
# ## 1.9 Same seed, same batch
#
# Chance is everywhere in a pipeline: in the order of pictures, in each flip and crop. To get a result again, all of it must
# come from seeds. Many tutorials write the first five of these lines; the sixth asks torch for algorithms that
# give the same bits every time, and warns where there is none:

# %% tags=["exact"]
import random

import numpy as np

torch.manual_seed(42)
random.seed(42)
np.random.seed(42)
torch.backends.cudnn.deterministic = True                 # these two matter on a GPU only
torch.backends.cudnn.benchmark = False
torch.use_deterministic_algorithms(True, warn_only=True)

# %% [markdown] ask="noise"
# We build a loader twice, from the same seed. Before the second one, somebody draws **one** random number:
# `torch.rand(1)`. Will the first three batches be the same, flips included, if the loader has a generator of its own, as in
# exercise 5?
#
# - [ ] Yes: its own generator is nobody else's.
#   It protects the order. The flips are drawn by the transform, and that asks torch's global chance.
# - [x] The order yes, the flips no.
#   The generator draws the order only. Without workers, transforms draw from the global chance, which has moved on by one.
# - [ ] No: one number shifts everything.
#   So it would be without a generator of its own. With one, the order is safe.

# %%
seeded_loader = use("pipeline.seeded_loader", seeded_loader)
flip = v2.Compose([v2.RandomHorizontalFlip(), v2.ToImage(), to_float])
flipped = datasets.ImageFolder(vl.datasets.textures("train"), flip)


def start(noise, own, workers=0):
    """Pictures and labels of the first three batches, after somebody drew some random numbers."""
    torch.manual_seed(1)
    torch.rand(noise)                                                     # draws that many numbers; of 0 none
    generator = seeded_loader(flipped, 8, 1).generator if own else None
    loader = DataLoader(flipped, batch_size=8, shuffle=True, generator=generator, num_workers=workers)
    batches = [batch for batch, _ in zip(loader, range(3), strict=False)]
    return torch.cat([images for images, _ in batches]), torch.cat([labels for _, labels in batches])


for name, options in [("global seed", {"own": False}), ("own generator", {"own": True}),
                      ("own generator, 2 workers", {"own": True, "workers": 2})]:
    before, after = start(0, **options), start(1, **options)
    print(f"{name:<26} labels the same: {torch.equal(before[1], after[1])!s:<6} pictures: {torch.equal(before[0], after[0])}")

# %% [markdown]
# - A global seed alone is fragile: one number drawn earlier, in any library, shifts everything.
# - A generator of its own protects the *order*.
# - With workers, each worker gets its seed from the loader's generator: order *and* flips repeat, as long as the
#   number of workers stays the same.
#
# The course has these lines in one, and it returns the generator: is it as good?

# %%
generator = vl.seeding.seed_everything(1)
first = next(iter(DataLoader(flipped, 8, shuffle=True, generator=generator)))
generator = vl.seeding.seed_everything(1)
second = next(iter(DataLoader(flipped, 8, shuffle=True, generator=generator)))
print("the same batch:", torch.equal(first[0], second[0]), " deterministic:", torch.are_deterministic_algorithms_enabled())

# %% [markdown]
# ## 1.10 At full size
#
# Published weights bring the transform they were trained with. Nothing needs to be downloaded to look at it:

# %%
from torchvision.models import SqueezeNet1_1_Weights

weights = SqueezeNet1_1_Weights.DEFAULT
print(weights.transforms())

# %% [markdown]
# How much does the right preparation matter? The next cell asks SqueezeNet about the cup four times, each time
# prepared differently; BGR is blue, green, red, as OpenCV keeps colours. It needs 5 MB of weights; without them
# it shows a stored result.

# %%
#| fold: Prepares the cup in four ways, and asks SqueezeNet about each.
#| fig-alt: "Four bars: SqueezeNet's probability for espresso, as published, not normalised, never scaled, and with the colours in BGR order."
#| words: [as published, not normalised, "normalised, never scaled", colours in BGR order]
def preparations_compared():
    """How sure SqueezeNet is of 'espresso' under four preparations."""
    published = vl.models.published("squeezenet1_1", weights)            # squeezenet1_1(weights=weights).eval()
    resized = v2.Compose([v2.ToImage(), v2.Resize(256), v2.CenterCrop(224)])
    prepared = {
        "as published": weights.transforms()(coffee),
        "not normalised": to_float(resized(coffee)),
        "normalised, never scaled": standardize(resized(coffee).float()),
        "colours in BGR order": weights.transforms()(coffee).flip(0),
    }
    with torch.inference_mode():
        probabilities = published(torch.stack(list(prepared.values()))).softmax(dim=1)
    espresso = weights.meta["categories"].index("espresso")
    sure = dict(zip(prepared, probabilities[:, espresso].tolist(), strict=True))
    return vl.viz.bars(
        sure, xlabel="probability of espresso", xlim=(0, 1), title="One cup, four preparations, one network",
    )


vl.viz.full_size(preparations_compared, stored="01_preparations")

# %% [markdown]
# With published weights use `weights.transforms()`, and you can't get it wrong.
#
# ## 1.11 A small project: the same on another folder
#
# **Exercise 6 — from two folders to two loaders** (★★★, 15 minutes). Write the whole pipeline as one function, for
# any two folders. Mean and std come from the *training* pictures; training is shuffled and augmented, validation is neither. The
# check runs it on handwritten digits. It asks that each channel of your training batches has a mean within
# 0.2 of 0 and a std within 0.2 of 1, so augment gently: a `RandomResizedCrop` enlarges digits and moves the mean.
# Once it holds, try it on a folder of your own.

# %% tags=["exercise:pipeline.folder_loaders"]
# The build writes the starter of pipeline.folder_loaders here.

# %%
check("pipeline.folder_loaders", folder_loaders)

# %% [markdown]
# ## 1.12 Recall
#
# Five questions, without looking back.

# %% [markdown] recall="order" lesson="01_pipeline"
# Where in a chain does `Normalize` belong?
#
# - [ ] First, so that all later steps get clean numbers.
#   Colour transforms expect 0 … 1 and would cut off what is negative.
# - [x] Last, after `ToDtype(scale=True)`.
#   Geometry and colour first, then the scale, then Normalize.
# - [ ] Anywhere, as long as it is there.
#   No order stopped with an error, and three of the four were wrong.

# %% [markdown] recall="augment" lesson="01_pipeline"
# Which pictures are augmented?
#
# - [x] Those for training only.
#   Validation is an exam. It should be the same every time.
# - [ ] Training and validation alike, so that they match.
#   Then the accuracy changes from one time to the next, though the model is the same.
# - [ ] Only those of rare classes.
#   That is one use of it. But any class can be learned by heart.

# %% [markdown] recall="eval" lesson="00_overview"
# You ask a trained model about a picture. What do you call before?
#
# - [ ] `model.train()`, because it was trained.
#   That is the mode for learning. BatchNorm would measure with the batch at hand.
# - [x] `model.eval()`, and inside `torch.inference_mode()` the model itself.
#   Without `eval()`, lesson 0 got fewer than half of the answers right.
# - [ ] Nothing, the parameters are the same.
#   They are. But some layers behave differently in the two modes.

# %% [markdown] recall="loss" lesson="00_overview"
# What does the loss say?
#
# - [x] How wrong the scores are.
#   Training turns the parameters so that it becomes small.
# - [ ] The share of wrong answers.
#   That is one minus the accuracy. The loss also notices how sure a wrong answer was.
# - [ ] How many pictures were left out.
#   None were. Every picture comes once in an epoch.

# %% [markdown] recall="argmax" lesson="00_overview"
# A model gives the scores `-1.2`, `3.4` and `0.5` for cat, dog and horse. What does it answer?
#
# - [ ] Horse: its score is the closest to 1.
#   Scores are no probabilities; they may be any numbers. The largest wins.
# - [x] Dog.
#   `argmax` finds the place of the largest score, and the list of classes has the name.
# - [ ] That can't be said without softmax.
#   Softmax makes probabilities of scores, but it never changes which one is the largest.

# %% [markdown]
# ## 1.13 Summary
#
# | you want to | use | remember |
# |---|---|---|
# | read folders | `datasets.ImageFolder`, `datasets.DatasetFolder` | the folder's name is the class; look for damaged files first |
# | bring all to one size | `v2.Resize`, `v2.RandomResizedCrop` | bilinear and antialias by default; nearest for masks |
# | augment | `v2.RandomHorizontalFlip`, `v2.RandomAffine`, `v2.ColorJitter` | training only; the label must stay true; say bilinear |
# | get numbers | `v2.ToImage`, `v2.ToDtype(torch.float32, scale=True)` | formerly `ToTensor` |
# | bring them around 0 | `v2.Normalize` | last; mean and std of the training pictures |
# | serve batches | `DataLoader` | shuffle training; workers where decoding is slow; `pin_memory` with a GPU |
# | get the same again | `torch.manual_seed`, `generator=`, `torch.use_deterministic_algorithms` | same seed, same number of workers |
# | use published weights | `weights.transforms()` | exactly their preparation |
#
# And in this course: `vl.datasets.check_folder`, `vl.seeding.seed_everything`.
#
# ---
# **Before:** [lesson 0, overview](00_overview.ipynb). **Next:** [lesson 2, transfer learning](02_transfer_learning.ipynb).
