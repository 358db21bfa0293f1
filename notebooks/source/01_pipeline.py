# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   vislearn:
#     budget:
#       seconds: 60
#       memory_mb: 2600
# ---

# %% [markdown]
# # 1. The data pipeline: from folder to batch
#
# A model learns from batches of numbers. You have folders of pictures. The **data pipeline** is everything
# in between: read, resize, augment, normalise, batch. Most mistakes in computer vision are made here, and
# most of them do not crash. They only make the model worse.
#
# After this lesson you can:
#
# - turn any folder of pictures into a data set, and find its damaged files;
# - build a chain of transforms in the right order, and say what a wrong order does;
# - choose how to resize, normalise and augment, with numbers to back the choice;
# - serve batches fast, and get the same batches again tomorrow.

# %%
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset
from torchvision.datasets import DatasetFolder, ImageFolder
from torchvision.transforms import InterpolationMode, v2

import vislearn as vl

vl.seeding.seed_everything(0)
torch.set_num_threads(1)                 # our networks are tiny: two threads would only wait for each other
scratch = Path(tempfile.mkdtemp())       # a place for files we only need today

# %% [markdown]
# ## 1.1 A folder is a data set
#
# `ImageFolder` asks for one thing: **one sub-folder per class**. The name of the folder *is* the label. Here
# are photographs of materials, cut into small squares.

# %% tags=["exact"]
root = vl.datasets.textures("train")
for folder in sorted(root.iterdir())[:4]:
    pictures = sorted(folder.iterdir())
    print(f"textures/train/{folder.name}/   {len(pictures)} pictures: {pictures[0].name}, …")

# %% tags=["exact"]
textures = ImageFolder(root)
picture, label = textures[0]
print(f"{len(textures)} pictures in {len(textures.classes)} classes")
print("first sample:", picture.size, picture.mode, "label", label, "=", textures.classes[label])
print("labels:", textures.class_to_idx)

# %% [markdown]
# Labels are numbers, given in alphabetical order. Add a folder, and the numbers of the others may shift: so
# keep `class_to_idx` together with every model you save.

# %%
firsts = [textures.targets.index(number) for number in range(len(textures.classes))]
vl.viz.grid(
    [textures[index][0] for index in firsts], textures.classes, columns=8,
    title="One picture of each class",
    alt="Sixteen small square photographs, one per class, such as bricks, fur, grass, petals, sky and wood.",
)

# %% [markdown]
# **Not pictures? `DatasetFolder`.** `ImageFolder` is a special case of it. `DatasetFolder` reads any kind of
# file, if you say which endings count and how one file is read. Here: numpy arrays.

# %% tags=["exact"]
for name in ["bright", "dark"]:
    (scratch / "arrays" / name).mkdir(parents=True)
    np.save(scratch / "arrays" / name / "0.npy", np.full((2, 2), 200 if name == "bright" else 20))

arrays = DatasetFolder(scratch / "arrays", loader=np.load, extensions=(".npy",))
print(arrays.classes, "first sample:", arrays[0][0].tolist(), "label", arrays[0][1])

# %% [markdown]
# **Damaged files** are normal: downloads break off, cards fail, somebody renames `notes.txt` to `notes.jpg`.
# A good pipeline refuses them and says which file it was. `vl.datasets.image_folder` is `ImageFolder` with
# that strictness; `check_folder` looks at every file *before* you train.

# %%
good = (vl.datasets.photos()["flower"]).read_bytes()
broken = scratch / "broken" / "flower"
broken.mkdir(parents=True)
(broken / "whole.jpg").write_bytes(good)
(broken / "cut.jpg").write_bytes(good[: len(good) // 2])
(broken / "empty.jpg").write_bytes(b"")
(broken / "letter.jpg").write_text("Dear teacher, this is not a picture.")

for problem in vl.datasets.check_folder(scratch / "broken"):
    print(f"- {Path(problem.where).name} {problem.what}.\n  {problem.fix}")

# %% [markdown]
# ## 1.2 From picture to tensor, one transform at a time
#
# A **transform** takes a picture and returns a changed one. `Compose` puts transforms in a row. This is the
# classic chain for training, in today's API (`transforms.v2`):

# %%
coffee = vl.io.read_pil(vl.datasets.photos()["coffee"])

chain = v2.Compose([
    v2.Resize((224, 224)),                       # one size for all, so that they fit into a batch
    v2.RandomHorizontalFlip(p=0.5),              # half of them mirrored
    v2.ToImage(),                                # PIL picture -> uint8 tensor (3, 224, 224)
    v2.ToDtype(torch.float32, scale=True),       # 0 ... 255 -> 0 ... 1
    v2.Normalize(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225]),     # -> around 0
])

# %% [markdown]
# Walk through it. Watch the line under the picture: shape, dtype, range.

# %%
from vislearn.steps import loader_batch, transform_chain

vl.widgets.stepper(transform_chain(chain, coffee, seed=3))

# %% [markdown]
# Two remarks on names. In older code you see `ToTensor()`: it is what `ToImage` + `ToDtype(scale=True)` are
# today. And you see `transforms.Compose` without `v2`: the first API, which works on PIL pictures. Both give
# the same numbers. Do not believe it; measure it.

# %%
old = vl.transforms.source_chain_v1(224, train=False)(coffee)
new = vl.transforms.source_chain_v2(224, train=False)(coffee)
vl.report.metric("largest difference between v1 and v2", (old - new).abs().max(), at_most=1e-6)

# %% [markdown]
# **Where do 0.485 and 0.229 come from?** They are the mean and the standard deviation of the red channel
# over ImageNet's pictures. A network that was trained with these numbers needs these numbers. When you train
# from scratch, take those of your own training set:

# %%
pixels = torch.stack([v2.functional.to_image(image) for image, _ in textures])     # (800, 3, 64, 64)
pixels = pixels.float() / 255
own_mean = pixels.mean(dim=(0, 2, 3))
own_std = pixels.std(dim=(0, 2, 3))
vl.viz.table(
    [{"channel": name, "our mean": mean.item(), "ImageNet's mean": imagenet_mean,
      "our std": std.item(), "ImageNet's std": imagenet_std}
     for name, mean, imagenet_mean, std, imagenet_std in zip(
         ["red", "green", "blue"], own_mean, vl.transforms.IMAGENET_MEAN,
         own_std, vl.transforms.IMAGENET_STD, strict=True)],
    caption="Mean and standard deviation per channel",
)

# %% [markdown]
# ## 1.3 Order matters
#
# The rule: **geometry and colour first, scale to 0 … 1 next, Normalize last.** Here are three chains that
# break it, beside the right one. All four run without an error.

# %%
to_float = v2.ToDtype(torch.float32, scale=True)
standardize = v2.Normalize(vl.transforms.IMAGENET_MEAN, vl.transforms.IMAGENET_STD)
brighter = v2.ColorJitter(brightness=(1.3, 1.3))
turned = v2.RandomRotation((20, 20))
start = [v2.Resize((224, 224)), v2.ToImage()]

orders = {
    "right: jitter, turn, scale, normalise": [*start, brighter, turned, to_float, standardize],
    "wrong 1: normalise, never scaled": [*start, brighter, turned, v2.ToDtype(torch.float32), standardize],
    "wrong 2: normalise, then jitter": [*start, turned, to_float, standardize, brighter],
    "wrong 3: normalise, then turn": [*start, brighter, to_float, standardize, turned],
}
results = {name: v2.Compose(steps)(coffee) for name, steps in orders.items()}
vl.viz.grid(
    [vl.transforms.denormalize(result) for result in results.values()], list(results), columns=4,
    title="Four orders, shown after undoing Normalize",
    alt="Four versions of a cup of coffee, tilted. Right: natural, with black corners. Wrong 1: almost "
        "entirely white. Wrong 2: washed out, everything dark has become grey. Wrong 3: natural, with "
        "grey corners.",
)

# %%
def facts(name, result):
    """Numbers that give a wrong order away."""
    return {
        "order": name, "lowest": result.min().item(), "highest": result.max().item(),
        "exactly 0, of all values": f"{(result == 0).float().mean():.0%}",
    }


vl.viz.table([facts(name, result) for name, result in results.items()], caption="What the numbers say")

# %%
values = list(results.values())
vl.report.metric("right order: highest value", values[0].max(), within=0.05)
vl.report.metric("wrong 1: highest value", values[1].max(), at_least=500)
vl.report.metric("wrong 2: share of values cut to 0", (values[2] == 0).float().mean(), at_least=0.2)
vl.report.metric("wrong 3: share of values in corners that mean 'average colour'",
                 (values[3] == 0).float().mean(), at_least=0.05)

# %% [markdown]
# - **Wrong 1**, never scaled: values up to 1000 where the network expects 2. The mean of 0.485 was meant for
#   pixels from 0 to 1. Had the picture still been uint8, `Normalize` would have refused it; the cast to float
#   *without* `scale=True` took that warning away.
# - **Wrong 2**, colour after Normalize: colour transforms keep pixels in 0 … 1. Everything below the average
#   is negative by now, so it is cut to 0. Two thirds of this picture's values are gone.
# - **Wrong 3**, geometry after Normalize: corners that a rotation opens are filled with 0. Before Normalize
#   that is black. After it, 0 means *the average colour*. This one is mild. It hurts when validation pictures
#   are filled one way and training pictures the other.

# %% [markdown]
# ## 1.4 Resizing throws detail away
#
# To shrink a picture, several old pixels become one new pixel. **Interpolation** is the rule for that:
#
# - **nearest**: take the closest old pixel. Fast and rough; the right choice for masks, whose numbers are
#   names of classes;
# - **bilinear**: a weighted average of neighbours. The default;
# - **bicubic**: an average over more neighbours, slightly sharper.
#
# **Antialiasing** first blurs what is too fine for the small picture. Without it, fine patterns turn into
# patterns that were never there. Look at the wall:

# %%
bricks = vl.datasets.photo("bricks")


def shrink(image, size, mode, antialias=True):
    """Resize so that the shorter side is ``size``."""
    return v2.functional.resize(image, [size], interpolation=mode, antialias=antialias)


vl.viz.grid(
    [shrink(bricks, 256, InterpolationMode.BILINEAR),
     shrink(bricks, 64, InterpolationMode.NEAREST),
     shrink(bricks, 64, InterpolationMode.BILINEAR, antialias=False),
     shrink(bricks, 64, InterpolationMode.BILINEAR)],
    ["256 pixels", "64, nearest", "64, bilinear, no antialias", "64, bilinear, antialias"], columns=4,
    title="A wall of bricks, shrunk",
    alt="Four versions of a brick wall. At 256 pixels the joints are regular. At 64 pixels, nearest and "
        "bilinear without antialiasing break the joints into dots and false patterns; with antialiasing they "
        "stay lines.",
)

# %% [markdown]
# How much is lost? Shrink a picture, enlarge it again, and compare with the original. The error is the mean
# difference per value, in steps of the 0 … 255 scale.

# %%
def loss_of_detail(image, size, mode, antialias=True):
    """Mean absolute error after shrinking to ``size`` and enlarging again."""
    small = shrink(image, size, mode, antialias)
    size_hw = list(image.shape[-2:])
    back = v2.functional.resize(small, size_hw, interpolation=InterpolationMode.BICUBIC)
    return (back.float() - image.float()).abs().mean().item()


sizes = [32, 48, 64, 96, 128, 192, 256]
modes = {
    "nearest": (InterpolationMode.NEAREST, True),
    "bilinear, no antialias": (InterpolationMode.BILINEAR, False),
    "bilinear": (InterpolationMode.BILINEAR, True),
    "bicubic": (InterpolationMode.BICUBIC, True),
}
errors = {name: [loss_of_detail(bricks, size, *mode) for size in sizes] for name, mode in modes.items()}
vl.viz.curves(
    errors, x=sizes, xlabel="shorter side after shrinking, in pixels",
    ylabel="mean error, of 255", title="The smaller, the more is lost",
    alt="Four lines over the size after shrinking. All fall as the size grows. Nearest lies clearly above the "
        "others. Bilinear without antialiasing is highest of the other three below 64 pixels and lowest above 96.",
)

# %%
for name, mode in modes.items():
    vl.report.metric(f"error at 48 pixels, {name}", loss_of_detail(bricks, 48, *mode), within=0.3)

# %% [markdown]
# Three things to read from it:
#
# - Every step down costs detail, and no way of enlarging brings it back. Choose the size by what must stay
#   visible: a model that reads number plates needs more pixels than one that tells day from night.
# - *Nearest* is the worst everywhere.
# - Antialiasing pays when you shrink a lot. Above 96 pixels the version without it is even a little closer to
#   the original, number by number. And yet its joints are broken, as you saw. **One number does not tell
#   everything. Look at your pictures too.**
#
# Leave antialiasing on: it is the default of v2. And use the same setting in training and afterwards.

# %% [markdown]
# ## 1.5 Normalising helps the optimiser
#
# Pixels from 0 to 1 are all positive. Then all gradients of a first-layer filter pull in related directions,
# and the optimiser zigzags. Around 0, with a spread of 1, the way down is straighter. That is the theory.
# Does it show? We train the same small network on handwritten digits, with five different seeds, once on
# pixels from 0 to 1 and once on normalised ones. Nothing else differs. The network has no BatchNorm layers:
# they normalise again inside, and would hide the effect.

# %%
def load_digits(split):
    """All digits of a split as tensors in 0 ... 1: pictures (N, 1, 16, 16) and labels (N,)."""
    folder = vl.datasets.image_folder(vl.datasets.digits(split), v2.Compose([v2.Resize(16), v2.ToImage()]))
    images = torch.stack([image[:1] for image, _ in folder])      # grey: one channel says it all
    return images.float() / 255, torch.tensor(folder.targets)


digits, digit_labels = load_digits("train")
val_digits, val_labels = load_digits("val")
digit_mean, digit_std = digits.mean(), digits.std()
task = vl.training.ClassificationTask()


def learn_digits(prepare, seed, epochs=5):
    """Validation accuracy after each epoch, from one seed."""
    generator = vl.seeding.seed_everything(seed)
    model = vl.models.SmallConvNet(10, in_channels=1, width=8, batch_norm=False)
    return vl.training.fit(
        model, task,
        DataLoader(TensorDataset(prepare(digits), digit_labels), 32, shuffle=True, generator=generator),
        val_loader=DataLoader(TensorDataset(prepare(val_digits), val_labels), 512),
        epochs=epochs, optimizer=torch.optim.AdamW(model.parameters(), lr=0.005),
    )["val_accuracy"]


seeds = range(5)
ways = {"normalised": lambda x: (x - digit_mean) / digit_std, "0 … 1": lambda x: x}
learning = {name: [learn_digits(prepare, seed) for seed in seeds] for name, prepare in ways.items()}

vl.viz.curves(
    learning, xlabel="epoch", ylabel="validation accuracy",
    title="Same network, same learning rate: five seeds each",
    alt="Two lines with bands over five epochs. The normalised one runs about one epoch ahead; towards the end "
        "both come close.",
)

# %%
early = {name: np.mean([run[0] for run in runs]) for name, runs in learning.items()}
late = {name: np.mean([run[-1] for run in runs]) for name, runs in learning.items()}
for name in ways:
    vl.report.metric(f"accuracy after 1 epoch, {name}", early[name], within=0.12)
    vl.report.metric(f"accuracy after 5 epochs, {name}", late[name], within=0.05)
vl.report.metric("head start after 1 epoch", early["normalised"] - early["0 … 1"], at_least=0.1)

# %% [markdown]
# Normalising gives a head start of about one epoch: the network learns *faster*. It does not make it much
# *better*: the two lines meet later on. A network with published weights is another matter. It has only ever
# seen normalised pictures, and without them it fails. You can see that in section 1.10.

# %% [markdown]
# ## 1.6 Augmentation: more pictures from the same pictures
#
# A model that sees few pictures learns them by heart. It is perfect on them and poor on new ones. That is
# **overfitting**, and the **gap** between training and validation accuracy measures it. **Augmentation**
# changes each picture a little, differently every time, in ways that leave the label true. The model cannot
# learn by heart what never comes twice. It has to learn what stays: **invariance**.
#
# Our test: digits as a hurried person would scan them, shifted, tilted, of different sizes. Only 20 of each
# are for training.

# %%
vl.seeding.seed_everything(99)
hurried = v2.RandomAffine(degrees=25, translate=(0.15, 0.15), scale=(0.7, 1.2), shear=15)
snapshots = torch.stack([hurried(image) for image in digits])
val_snapshots = torch.stack([hurried(image) for image in val_digits])

chosen = torch.cat([(digit_labels == digit).nonzero()[:20, 0] for digit in range(10)])     # 20 of each
few, few_labels = snapshots[chosen], digit_labels[chosen]
vl.viz.grid(
    few[::8], [str(label.item()) for label in few_labels[::8]], columns=13,
    title="Scanned in a hurry",
    alt="Twenty-five handwritten digits, shifted, tilted and of different sizes.",
)

# %% [markdown]
# Three ways to train. **None**: the 200 pictures as they are. **Small turns and shifts**: changes that
# hurried scanning could have made. **Mirrored**: the flip that is in every example you find on the internet.
# A mirrored cat is a cat. Is a mirrored 2 a 2?

# %%
augmentations = {
    "none": v2.Identity(),
    "turns and shifts": v2.RandomAffine(degrees=12, translate=(0.1, 0.1), scale=(0.85, 1.15), shear=8),
    "mirrored": v2.RandomHorizontalFlip(),
}


def center(images):
    """Normalise digits."""
    return (images - digit_mean) / digit_std


class Augmented:
    """The few pictures in shuffled batches of 25; each five of a batch share one random change, for speed."""

    def __init__(self, augment, generator):
        self.augment, self.generator = augment, generator

    def __iter__(self):
        for batch in torch.randperm(len(few), generator=self.generator).split(25):
            changed = torch.cat([self.augment(five) for five in few[batch].split(5)])
            yield center(changed), few_labels[batch]


def train_on_few(augment, seed, epochs=30):
    """Train on the few snapshots; return the model."""
    generator = vl.seeding.seed_everything(seed)
    model = vl.models.SmallConvNet(10, in_channels=1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.02, total_steps=epochs * 8)
    vl.training.fit(
        model, task, Augmented(augment, generator),
        epochs=epochs, optimizer=optimizer, scheduler=schedule,
    )
    return model


def score(model, images, labels):
    """Accuracy on tensors."""
    return vl.training.evaluate(model, task, [(center(images), labels)])["accuracy"]


scores = {}
for name, augment in augmentations.items():
    models = [train_on_few(augment, seed) for seed in seeds]
    scores[name] = {
        "training": [score(model, few, few_labels) for model in models],
        "validation": [score(model, val_snapshots, val_labels) for model in models],
    }

# %%
gaps = {
    name: [seen - new for seen, new in zip(result["training"], result["validation"], strict=True)]
    for name, result in scores.items()
}
vl.viz.bars(
    {f"{name}: {kind}": result[kind]
     for name, result in scores.items() for kind in ["training", "validation"]},
    xlabel="accuracy (five seeds: mean, lowest, highest)", xlim=(0, 1),
    title="What the model knows by heart, and what it can do",
    alt="Six bars in pairs. Without augmentation: training 1.0, validation about 0.7. Turns and shifts: "
        "training nearly 1.0, validation clearly higher. Mirrored: training 1.0, validation lower than "
        "without augmentation.",
)

# %%
for name in augmentations:
    vl.report.metric(f"validation accuracy, {name}", np.mean(scores[name]["validation"]), within=0.06)
    vl.report.metric(f"gap, {name}", np.mean(gaps[name]), within=0.07)
closed = np.mean(gaps["none"]) - np.mean(gaps["turns and shifts"])
lost = np.mean(scores["none"]["validation"]) - np.mean(scores["mirrored"]["validation"])
vl.report.metric("gap closed by turns and shifts", closed, at_least=0.03)
vl.report.metric("accuracy lost by mirroring", lost, at_least=0.02)

# %% [markdown]
# Two lessons from six bars. The fitting augmentation closes about a quarter of the gap: it shows the model
# changes that will really come. The mirror *widens* it. A mirrored 2 is no 2, so the model spends its
# strength on characters that do not exist. **Ask of each augmentation: is the label still true, and could
# this picture come?**

# %% [markdown]
# ## 1.7 Lab: the augmentation explorer
#
# Choose a picture and move the sliders. When does a human stop recognising it? Beyond that point you teach
# the model noise. The chance comes from the seed: same seed, same pictures.

# %%
lab_pictures = {name: vl.datasets.photo(name) for name in ["coffee", "cat", "flower", "rocket"]}
lab_pictures["digit 2"] = vl.io.read_image(next((vl.datasets.digits("val") / "2").iterdir()))


def explore(picture, degrees, smallest_crop, mirror, brightness, seed):
    """Six versions of a picture under one set of augmentations."""
    transform = v2.Compose([
        v2.Resize((160, 160)),
        v2.RandomRotation(degrees),
        v2.RandomResizedCrop(160, scale=(smallest_crop, 1.0)),
        v2.RandomHorizontalFlip(0.5 if mirror else 0.0),
        v2.ColorJitter(brightness=brightness),
    ])
    return vl.viz.augmentations(lab_pictures[picture], transform, seed, count=5, columns=6)


vl.widgets.explorer(
    explore, picture=list(lab_pictures), degrees=(0, 90, 5), smallest_crop=(0.1, 1.0, 0.1), mirror=True,
    brightness=(0.0, 0.9, 0.1), seed=(0, 20, 1),
    alt="One picture and five random versions of it. Controls: picture, turning, cropping, mirroring, "
        "brightness, seed.",
)

# %% [markdown]
# ## 1.8 Batches: the DataLoader
#
# A data set answers *"give me number 17"*. A `DataLoader` asks those questions in the right order, perhaps
# from several processes at once, and stacks the answers into batches. Walk through one batch:

# %%
small_textures = ImageFolder(root, transform=vl.transforms.eval_transform(64))
loader = DataLoader(small_textures, batch_size=8, shuffle=True, generator=vl.seeding.generator(0))
vl.widgets.stepper(loader_batch(loader))

# %% [markdown]
# Its most important arguments:
#
# | argument | what it does | when |
# |---|---|---|
# | `shuffle=True` | a new order every epoch | training; never needed for validation |
# | `drop_last=True` | leaves out the last batch if it is short | training with BatchNorm: a batch of one breaks it |
# | `num_workers=4` | four processes prepare batches ahead | when preparing takes longer than learning |
# | `persistent_workers=True` | workers live on from epoch to epoch | many short epochs |
# | `pin_memory=True` | batches lie where a GPU can fetch them faster | with a GPU; without one it does nothing useful |
# | `generator=...` | the chance for shuffling comes from here | when you want the same run again |
# | `worker_init_fn=...` | called in every worker at its start | when the data set draws chance outside torch |

# %% tags=["exact"]
for drop_last in [False, True]:
    loader = DataLoader(TensorDataset(few, few_labels), batch_size=64, drop_last=drop_last)
    print(f"200 pictures, drop_last={drop_last}: batches of", [len(labels) for _, labels in loader])

# %% [markdown]
# **How fast is it?** On a computer with a GPU, a slow pipeline leaves the GPU idle. On a laptop it eats time
# that training could use. We compare five pipelines on the same JPEG files, in pictures per second. The
# numbers are this computer's, right now; yours differ.
#
# - *classic*: PIL, first API, each picture to float and normalised on its own;
# - *uint8 first*: decode no larger than needed, resize bytes, normalise the whole batch at once;
# - *cached*: decoded and resized once, kept in one file, read from there ever after.

# %%
jpegs = scratch / "jpegs" / "photo"
jpegs.mkdir(parents=True)
shapes = v2.RandomResizedCrop((375, 500), scale=(0.3, 1.0))
vl.seeding.seed_everything(1)
for number in range(96):
    name = ["coffee", "flower", "temple", "rocket"][number % 4]
    vl.io.write_image(jpegs / f"{number:03}.jpg", shapes(vl.datasets.photo(name)))

classic = ImageFolder(jpegs.parent, vl.transforms.source_chain_v1(224))
plain = vl.datasets.image_folder(jpegs.parent)
uint8_first = vl.datasets.resized(plain, (224, 224))
cached = vl.datasets.cached(plain, (224, 224))
on_batch = v2.Compose([v2.RandomHorizontalFlip(), to_float, standardize])


def pictures_per_second(dataset, num_workers, finish):
    """Speed of one pass, after one pass to warm up."""
    loader = DataLoader(dataset, batch_size=32, num_workers=num_workers, persistent_workers=num_workers > 0)
    for _ in range(2):
        begin = time.perf_counter()
        for images, _labels in loader:
            finish(images)
        took = time.perf_counter() - begin
    return len(dataset) / took


speeds = {
    "classic": pictures_per_second(classic, 0, v2.Identity()),
    "classic, 2 workers": pictures_per_second(classic, 2, v2.Identity()),
    "uint8 first": pictures_per_second(uint8_first, 0, on_batch),
    "uint8 first, 2 workers": pictures_per_second(uint8_first, 2, on_batch),
    "cached": pictures_per_second(cached, 0, on_batch),
}
vl.viz.bars(
    speeds, xlabel="pictures per second", title="The same pictures, five pipelines", compared="structure",
    alt="Five bars: the classic pipeline is the slowest; uint8 first is faster; the cached one is many times "
        "faster than all others.",
)

# %% [markdown]
# Decoding JPEGs is the bottleneck. Workers share that work among processors, so they help as far as there
# are free processors, and on two cores not by much. Decoding less (*uint8 first*) helps everywhere. Not
# decoding at all (*cached*) helps most. The price: the size is fixed, and augmentation comes after it.

# %% [markdown]
# ## 1.9 Same seed, same batch
#
# Chance is everywhere in a pipeline: the order of pictures, each flip, each crop. When a result must be
# repeated, all of it must come from seeds. Many tutorials write these five lines:

# %%
import random

torch.manual_seed(42)
random.seed(42)
np.random.seed(42)
torch.backends.cudnn.deterministic = True
torch.backends.cudnn.benchmark = False

# %% [markdown]
# That is a good start, and not enough. We test it. Two runs count as *the same* if their first three batches
# agree in every number.

# %%
flipped = ImageFolder(root, transform=v2.Compose([v2.RandomHorizontalFlip(), v2.ToImage(), to_float]))


def three_batches(seed, *, own_generator=True, noise=0, num_workers=0):
    """The beginning of an epoch, as one tensor."""
    torch.manual_seed(seed)
    torch.rand(noise)                                  # somebody else uses up some chance
    loader = DataLoader(
        flipped, batch_size=8, shuffle=True, num_workers=num_workers,
        generator=vl.seeding.generator(seed) if own_generator else None,
    )
    return torch.stack([images for (images, _labels), _ in zip(loader, range(3), strict=False)])


def same(first, second):
    """Do two runs agree in every number?"""
    return "yes" if torch.equal(first, second) else "no"


reference = three_batches(1, own_generator=False)
ordered = three_batches(1)
with_workers = three_batches(1, num_workers=2)
trials = {
    "global seed, nothing in between": same(reference, three_batches(1, own_generator=False)),
    "global seed, one random number drawn before": same(reference, three_batches(1, own_generator=False, noise=1)),
    "own generator": same(ordered, three_batches(1)),
    "own generator, one random number drawn before": same(ordered, three_batches(1, noise=1)),
    "own generator, 2 workers, one random number drawn before":
        same(with_workers, three_batches(1, num_workers=2, noise=1)),
    "own generator, 2 workers instead of none": same(ordered, with_workers),
    "another seed": same(ordered, three_batches(2)),
}
vl.viz.table(
    [{"two runs": trial, "the same?": answer} for trial, answer in trials.items()],
    caption="What keeps a run the same",
)

# %% [markdown]
# Read the table slowly.
#
# - A global seed alone is fragile: **one** random number drawn earlier, in any library, shifts everything.
# - A generator of its own protects the *order*. But without workers the flips still draw from the global
#   chance, so the run changes all the same.
# - With workers, each worker is seeded from the loader's generator: order *and* flips repeat.
# - Another number of workers deals the pictures to other workers, and their flips change.
#
# So, for a run you can repeat: `generator = vl.seeding.seed_everything(seed)` once at the top, that
# `generator` for the training loader, and the same number of workers. `seed_everything` also asks torch for
# deterministic algorithms (`torch.use_deterministic_algorithms`). The two cudnn flags above matter on a GPU
# only, and cover only cudnn's convolutions.

# %% [markdown]
# **Chance outside torch.** Since version 1.9 torch also seeds `random` and `numpy.random` in its workers. It
# cannot know a generator that your data set made for itself: every worker gets a *copy* of it, and all copies
# draw the same numbers.

# %%
_ = (scratch / "noisy.py").write_text('''
import numpy as np
import torch


class Noisy(torch.utils.data.Dataset):
    """Each sample is a random number from a generator that lives in the data set."""

    def __init__(self):
        self.chance = np.random.default_rng(0)

    def __len__(self):
        return 8

    def __getitem__(self, index):
        return self.chance.integers(1000)


def reseed(worker_id):
    """Give each worker's copy a seed of its own."""
    torch.utils.data.get_worker_info().dataset.chance = np.random.default_rng([0, worker_id])
''', encoding="utf-8")

# %% [markdown]
# (The cell above writes a small module: workers are processes of their own, and on most systems they can only
# use classes that lie in a file.)

# %%
import sys

sys.path.insert(0, str(scratch))
from noisy import Noisy, reseed


def draws(**options):
    """All eight numbers, served by two workers in batches of two."""
    return torch.cat(list(DataLoader(Noisy(), batch_size=2, num_workers=2, **options))).tolist()


copied, repaired = draws(), draws(worker_init_fn=reseed)
print("copied generator:  ", copied)
print("seeded per worker: ", repaired)
vl.report.metric("different numbers among eight, copied", len(set(copied)), at_most=4)
vl.report.metric("different numbers among eight, seeded per worker", len(set(repaired)), at_least=7)

# %% [markdown]
# ## 1.10 At full size
#
# Published weights bring the transform they were trained with: `weights.transforms()`. Nothing needs to be
# downloaded to look at it.

# %%
from torchvision.models import SqueezeNet1_1_Weights

weights = SqueezeNet1_1_Weights.DEFAULT
vl.viz.filmstrip(
    transform_chain(weights.transforms(), coffee),
    alt="The stages of SqueezeNet's own transform on a cup of coffee: resized to 256 pixels, centre cut to 224, "
        "scaled to 0 to 1, normalised.",
)

# %% [markdown]
# How much does the right preparation matter to a network that others trained? The next cell asks SqueezeNet
# about the cup four times, each time prepared differently. It needs 5 MB of weights.

# %%
def preparations_compared():
    """How sure SqueezeNet is of 'espresso' under four preparations."""
    network = vl.models.published("squeezenet1_1", weights)
    espresso = weights.meta["categories"].index("espresso")
    resized = v2.Compose([v2.ToImage(), v2.Resize(256), v2.CenterCrop(224)])
    prepared = {
        "as published": weights.transforms()(coffee),
        "not normalised": to_float(resized(coffee)),
        "normalised, never scaled": standardize(resized(coffee).float()),
        "colours in BGR order": weights.transforms()(coffee).flip(0),
    }
    with torch.inference_mode():
        answers = {name: network(image.unsqueeze(0)).softmax(dim=1)[0] for name, image in prepared.items()}
    sure = {name: answer[espresso].item() for name, answer in answers.items()}
    return vl.viz.bars(
        sure, xlabel="probability of espresso", xlim=(0, 1), title="One cup, four preparations, one network",
        alt="Four bars: SqueezeNet's probability for espresso. "
            + ", ".join(f"{name} {share:.2f}" for name, share in sure.items()),
    )


vl.viz.full_size(preparations_compared, stored="01_preparations")

# %% [markdown]
# For your own pictures the pipeline stays the same; only the folder changes. `ImageFolder("my_photos")` with
# `weights.transforms()` is the beginning of nearly every project.

# %% [markdown]
# ## 1.11 Exercises
#
# Fill in, run, check. `hint("pipeline.normalize")` gives a push, `solution("pipeline.normalize")` one way to
# do it.

# %%
from torch import Tensor

from vislearn.exercises import check, hint, solution

# %% [markdown]
# **Exercise 1 — to the unit range.** What `ToDtype(scale=True)` does, by hand. Which number must byte 255
# become?

# %% tags=["exercise:pipeline.to_unit_range"]
# The build writes the starter of pipeline.to_unit_range here.

# %%
check("pipeline.to_unit_range", to_unit_range)

# %% [markdown]
# **Exercise 2 — normalise.** Mind the shapes: the picture is (3, H, W), the mean is (3,). Broadcasting lines
# shapes up *from the right*. What does a mean of shape (3,) meet there?

# %% tags=["exercise:pipeline.normalize"]
# The build writes the starter of pipeline.normalize here.

# %%
check("pipeline.normalize", normalize)

# %% [markdown]
# **Exercise 3 — denormalise.** The way back, needed whenever you want to *look* at what the model gets.

# %% tags=["exercise:pipeline.denormalize"]
# The build writes the starter of pipeline.denormalize here.

# %%
check("pipeline.denormalize", denormalize)

# %% [markdown]
# **Exercise 4 — two pipelines.** Training wants chance, validation wants the same answer every time.

# %% tags=["exercise:pipeline.train_eval_transform"]
# The build writes the starter of pipeline.train_eval_transform here.

# %%
check("pipeline.train_eval_transform", train_eval_transform)

# %% [markdown]
# **Exercise 5 — a loader you can repeat.** Built twice with the same seed, it must serve the same batches,
# whatever happened to the global chance before.

# %% tags=["exercise:pipeline.seeded_loader"]
# The build writes the starter of pipeline.seeded_loader here.

# %%
check("pipeline.seeded_loader", seeded_loader)

# %% [markdown]
# ## 1.12 Traps
#
# **Augmentation on the validation set.** The exam becomes harder, and different each time. Below: one model,
# asked once about the validation pictures and five times about augmented ones.

# %%
shake = augmentations["turns and shifts"]
model = train_on_few(shake, seed=0)
plain_score = score(model, val_snapshots, val_labels)
torch.manual_seed(0)
shaken = [score(model, torch.stack([shake(image) for image in val_snapshots]), val_labels) for _ in range(5)]
print("as they are:", round(plain_score, 3), "  augmented:", [round(value, 3) for value in shaken])
vl.report.metric("accuracy lost to augmented validation", plain_score - np.mean(shaken), within=0.06)

# %% [markdown]
# **Workers without a guard.** On Windows and macOS a worker starts by importing your script. If the script
# builds its loaders at the top level, each worker starts workers of its own. Put the work under
# `if __name__ == "__main__":`. If memory runs out, use fewer workers.
#
# **Mean and standard deviation from all data.** Take them from the training pictures only. Validation must
# stay unseen, even in two numbers.
#
# **The wrong numbers for the weights.** Published weights expect the mean and std they were trained with. Use
# `weights.transforms()` and you cannot get it wrong.

# %% [markdown]
# ## 1.13 Summary
#
# | step | use | remember |
# |---|---|---|
# | folders → samples | `ImageFolder`, `DatasetFolder` | folder name = class; check for damaged files first |
# | one size | `v2.Resize`, `v2.RandomResizedCrop` | antialias on; nearest only for masks |
# | augment | `v2.RandomHorizontalFlip`, `v2.RandomAffine`, `v2.ColorJitter` | training only; the label must stay true |
# | numbers | `v2.ToImage`, `v2.ToDtype(torch.float32, scale=True)` | formerly `ToTensor` |
# | scale | `v2.Normalize` | last; same numbers in training and afterwards |
# | batches | `DataLoader` | shuffle training; workers when decoding is slow |
# | repeat | `seed_everything`, `generator=` | same seed, same number of workers |
#
# ---
# **Before:** [lesson 0, overview](00_overview.ipynb).
