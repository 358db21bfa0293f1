# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 0. Overview: what torchvision is for
#
# A computer does not see a cat. It sees a box of numbers. Computer vision is the craft of getting from those
# numbers to an answer: *this is a cat*, *the cat is here*, *these pixels belong to the cat*.
#
# **torchvision** is PyTorch's toolbox for that craft. In this lesson you train a model before you learn how
# it works. Then you walk through what happened, stage by stage.
#
# After this lesson you can:
#
# - train a small model and let it name a picture it has never seen;
# - name the four pillars of torchvision, and say which one each line of code uses;
# - follow one picture from file to answer: shape, type and range at every stage;
# - take a model from prototype to a file that another program can use.
#
# Run the cells one after another with **Shift + Enter**. Everything works without internet.

# %% [markdown]
# ## 0.1 A first prediction, a first model
#
# We begin with two imports and a **seed**. A seed fixes the chance in a run, so that you get the numbers you
# read here. Lesson 1 shows how, and what breaks it.

# %%
import torch

import vislearn as vl

generator = vl.seeding.seed_everything(0)

# %% [markdown]
# A **model** is a function: numbers of a picture in, one score per answer out. This one, called `photo`, was
# trained for you on 50 000 small photographs. It knows ten words. Show it a photograph it has never seen:

# %%
photo = vl.models.pretrained("photo")              # the trained model; it lies in this course's own folder
prepare = vl.models.preparation("photo")           # how this model wants its pictures: small, and around 0
cat = vl.datasets.photo("cat")                     # a real photograph, 300 × 451 pixels

with torch.inference_mode():                       # we only ask: nothing is learned
    answer = photo(prepare(cat).unsqueeze(0)).softmax(dim=1)[0]      # (10,): one probability per word
vl.report.metric("probability of cat", answer.max(), within=0.02)
vl.viz.probabilities(
    cat, vl.models.classes("photo"), answer, truth="cat",
    title="The first prediction, on a photograph",
    alt="A photograph of a tabby cat beside the model's five most probable words; cat has by far the "
        "longest bar.",
)

# %% [markdown]
# It is right, and it saw the picture at no more than 32 × 32 pixels. But ten words are not many. What does it
# say to photographs of things for which it has no word?

# %%
with torch.inference_mode():
    for name in ["coffee", "flower", "rocket"]:
        answer = photo(prepare(vl.datasets.photo(name)).unsqueeze(0)).softmax(dim=1)[0]
        print(f"{name:<7} -> {vl.models.classes('photo')[answer.argmax()]}, {answer.max():.0%} sure")

# %% [markdown]
# None of its ten words fits, yet it must choose one. Of the rocket it is rather sure. Remember this: a
# probability says which of *its own* answers a model prefers. It does not say "I know".
#
# So you want a model that knows *your* words. Where does one come from? From pictures and training. Here are
# the pictures: digits that people wrote by hand. Each lies in a folder named after its digit. 1442 are
# for learning. 355 others are kept aside, to judge the model by pictures it has not seen.

# %% tags=["exact"]
from torch.utils.data import DataLoader
from torchvision.transforms import v2

to_numbers = v2.Compose([
    v2.ToImage(),                                                    # picture -> uint8 tensor, 0 ... 255
    v2.ToDtype(torch.float32, scale=True),                           # -> float, 0 ... 1
    v2.Normalize(mean=[0.3, 0.3, 0.3], std=[0.32, 0.32, 0.32]),      # -> around 0
])
train_set = vl.datasets.image_folder(vl.datasets.digits("train"), to_numbers)
val_set = vl.datasets.image_folder(vl.datasets.digits("val"), to_numbers)
train_loader = DataLoader(train_set, batch_size=64, shuffle=True, generator=generator)
val_loader = DataLoader(val_set, batch_size=128)

print(len(train_set), "pictures to learn from,", len(val_set), "to judge by")
some = [train_set.samples[index] for index in range(70, len(train_set), 144)]
vl.viz.grid(
    [train_set.loader(path) for path, _ in some], [train_set.classes[label] for _, label in some], columns=10,
    title="What people wrote", alt="Ten handwritten digits from 0 to 9, white on black, coarse and blurred.",
)

# %% [markdown]
# Inside a model are many adjustable numbers, its *parameters*. Training adjusts them so that the model's
# answers fit the pictures. This takes a few seconds.

# %%
model = vl.models.SmallConvNet(num_classes=10)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
epochs = 5
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, total_steps=epochs * len(train_loader))

history = vl.training.fit(
    model, vl.training.ClassificationTask(), train_loader,
    epochs=epochs, optimizer=optimizer, scheduler=scheduler, val_loader=val_loader,
)
vl.report.metric("validation accuracy", history["val_accuracy"][-1], within=0.03)

# %% [markdown]
# **Accuracy** is the share of right answers. The `±` says how far another run, or another computer, may land
# from this number. You will see it beside every measured number in this course.
#
# And now ask your own model, about a picture from the pile it has not learned from.

# %%
def predict(picture):
    """One picture -> ten probabilities that add up to 1."""
    batch = to_numbers(picture).unsqueeze(0)       # (1, 3, 32, 32): a batch of one
    batch = batch.to(next(model.parameters()).device)
    with torch.inference_mode():
        logits = model(batch)                      # (1, 10): one score per class
    return logits.softmax(dim=1)[0].cpu()          # (10,)


names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
path, label = val_set.samples[200]
picture = val_set.loader(path)
vl.viz.probabilities(
    picture, names, predict(picture), truth=names[label],
    title="Your own model's first prediction",
    alt="A handwritten digit from the validation set beside the model's five most probable classes; "
        "the bar of the right digit is by far the longest.",
)

# %% [markdown]
# That was the whole of computer vision in a few cells of code: **data, numbers, model, answer**. The rest of
# the course looks into each of them.

# %% [markdown]
# ## 0.2 The four pillars
#
# Nearly every vision program needs the same four things. torchvision offers each in a module of its own:
#
# 1. **Data loading** — reading pictures and videos, from folders or from well-known data sets
#    (`torchvision.datasets`, `torchvision.io`);
# 2. **Transforms** — resizing, cropping, mirroring, normalising (`torchvision.transforms.v2`);
# 3. **Models** — ready networks, many with weights that others trained for days (`torchvision.models`);
# 4. **Vision operations** — arithmetic on boxes and masks, and drawing (`torchvision.ops`,
#    `torchvision.utils`).
#
# Here they are on a map, with what you will meet in each.

# %%
vl.viz.mind_map(
    {"torchvision": {
        "datasets\nload pictures": ["ImageFolder", "MNIST", "CIFAR10", "CocoDetection"],
        "transforms.v2\nprepare, augment": ["Resize", "RandomHorizontalFlip", "Normalize", "CutMix"],
        "models\nready networks": ["ResNet", "Faster R-CNN", "DeepLabV3", "ConvNeXt"],
        "ops\nboxes and masks": ["nms", "box_iou", "roi_align", "masks_to_boxes"],
        "utils\nlook at results": ["make_grid", "draw_bounding_boxes", "draw_segmentation_masks"],
        "io\npixels in and out": ["decode_image", "write_png", "write_jpeg"],
        "tv_tensors\nwhat a tensor means": ["Image", "BoundingBoxes", "Mask", "Video"],
    }},
    title="torchvision at a glance",
    alt="A mind map. In the middle torchvision; around it seven modules with examples: datasets, transforms "
        "v2, models, ops, utils, io and tv_tensors.",
)

# %% [markdown]
# Read the cells above again with the map in mind. `image_folder` belongs to *datasets*, `Compose` and
# `Normalize` to *transforms*, `photo` and `SmallConvNet` play the part of *models*, and the picture with bars is the
# business of *utils*. Only *ops* was missing: it has its day when we look for objects, in lesson 6.
#
# How large is each module in the version you have? We can ask the package itself. A name that starts with
# a capital letter is a class, the others are functions.

# %%
import importlib

purposes = {
    "datasets": ("load data", ["ImageFolder", "CIFAR10", "CocoDetection"]),
    "transforms": ("prepare and augment, first API", ["Compose", "Resize", "ToTensor"]),
    "transforms.v2": ("prepare and augment, today's API", ["Compose", "Resize", "CutMix"]),
    "transforms.v2.functional": ("one step, by hand", ["resize", "normalize", "to_dtype"]),
    "models": ("ready networks", ["resnet50", "convnext_tiny", "efficientnet_v2_s"]),
    "ops": ("boxes, masks, losses", ["nms", "box_iou", "roi_align"]),
    "utils": ("look at results", ["make_grid", "save_image", "draw_bounding_boxes"]),
    "io": ("read and write", ["decode_image", "write_png", "write_jpeg"]),
    "tv_tensors": ("what a tensor means", ["Image", "BoundingBoxes", "Mask"]),
}
rows = []
for module_name, (purpose, examples) in purposes.items():
    module = importlib.import_module(f"torchvision.{module_name}")
    public = [name for name in getattr(module, "__all__", dir(module)) if not name.startswith("_")]
    public = [name for name in public if callable(getattr(module, name, None))]
    rows.append({
        "module": f"torchvision.{module_name}", "for": purpose,
        "classes": sum(name[0].isupper() for name in public),
        "functions": sum(name[0].islower() for name in public),
        "such as": ", ".join(name for name in examples if hasattr(module, name)),
    })
vl.viz.table(rows, caption="torchvision, counted on this computer")

# %% [markdown]
# ## 0.3 Prototype → train → evaluate → deploy
#
# A vision project walks through four stations. You have just seen the first three.
#
# | station | the question | what you did above |
# |---|---|---|
# | **prototype** | does the idea run at all? | five lines that load pictures and build a model |
# | **train** | does the model learn? | `fit`: the loss falls from epoch to epoch |
# | **evaluate** | is it good on *new* pictures? | accuracy on 355 pictures kept aside |
# | **deploy** | can others use it? | comes next: a file, loaded again |
#
# An **epoch** is one pass over all training pictures. The **loss** measures how wrong the model is; training
# makes it small. Watch both stations at once: loss down, accuracy up.

# %%
vl.viz.curves(
    {"loss (training)": {"training": history["train_loss"]},
     "accuracy (validation)": {"validation": history["val_accuracy"]}},
    xlabel="epoch", ylabel=["loss in nats", "share of right answers"],
    title="Five epochs of learning", compared="structure",
    alt="Two panels over five epochs: the training loss falls from above 2 to below 0.3, the validation "
        "accuracy rises from about 0.4 to nearly 1.",
)

# %% [markdown]
# **Deploy** means: the model leaves this notebook. A file with parameters alone is not enough. Whoever loads
# it must also know what the ten outputs are called, and how a picture was prepared. So we save these
# together.

# %%
import tempfile
from pathlib import Path

folder = Path(tempfile.mkdtemp())
torch.save(
    {"parameters": model.state_dict(), "classes": names,
     "mean": [0.3, 0.3, 0.3], "std": [0.32, 0.32, 0.32]},
    folder / "digits.pt",
)

saved = torch.load(folder / "digits.pt", weights_only=True)      # numbers and names, no foreign code
again = vl.models.SmallConvNet(num_classes=len(saved["classes"]))
again.load_state_dict(saved["parameters"])
again.eval()
batch = to_numbers(picture).unsqueeze(0)
with torch.inference_mode():
    difference = (again(batch) - model.cpu()(batch)).abs().max()
vl.report.metric("largest difference after loading", difference, at_most=0.0001)

# %% [markdown]
# The model from the file gives the same answer. Lesson 11 builds a complete program around this idea.

# %% [markdown]
# ## 0.4 One picture, all the way through
#
# Now slowly. What *exactly* happens between the file and the word? Move the slider, or use the arrow keys,
# and watch three things at every stage: the **shape** (how the numbers are arranged), the **dtype** (what
# kind of numbers) and the **range** (from the smallest to the largest).

# %%
from vislearn.steps import Step, transform_chain


def from_file_to_name(picture):
    """Every stage between a picture and its name."""
    yield from transform_chain(to_numbers, picture)
    batch = to_numbers(picture).unsqueeze(0)
    yield Step("Batch of one", batch, "Models expect many pictures at once. One picture is a batch of one.")
    with torch.inference_mode():
        logits = model(batch)[0]
    yield Step("Logits", logits, "The model's scores, one per class. Any number; the largest wins.")
    probabilities = logits.softmax(dim=0)
    yield Step("Softmax", probabilities, "Scores become probabilities: above 0, together 1.")
    best = probabilities.argmax().item()
    yield Step("Argmax", best, "The place of the largest probability. Places count from 0.")
    yield Step("Class name", names[best], "The name at that place in the list of classes.")


vl.widgets.stepper(from_file_to_name(picture))

# %% [markdown]
# Three habits to keep from this walk:
#
# - A tensor's shape is **(C, H, W)**: channels first, then height, then width. A batch puts N in front.
# - A picture starts as **uint8**, 0 … 255. A model wants **float32** around 0.
# - A model answers with **scores**, not with words. Turning scores into a name is your job.

# %% [markdown]
# ## 0.5 Lab: ask the model
#
# Choose a picture and see what the model answers. Start with the digits. Which ones make it hesitate? Then
# choose a photograph. The model knows ten answers and must give one of them, so it calls a cat a digit, and
# sometimes it is sure of it.

# %%
photographs = {name: vl.datasets.photo(name) for name in ["cat", "coffee", "flower", "rocket"]}


def ask(picture, number):
    """What the model says to one picture of the lab."""
    if picture == "digit":
        path, label = val_set.samples[number]
        image, truth = val_set.loader(path), names[label]
    else:
        image = v2.functional.resize(photographs[picture], [32, 32])
        truth = None
    answer = predict(image)
    best = names[int(answer.argmax())]
    return vl.viz.probabilities(
        image, names, answer, truth=truth,
        title=f"The model says {best}, with {answer.max():.0%}",
        alt=f"A {picture} beside the model's five most probable classes; the first is {best}.",
    )


vl.widgets.explorer(ask, picture=["digit", *photographs], number=(0, len(val_set) - 1, 1),
                    alt="Choose a digit by number, or a photograph, and see the model's five best answers.")

# %% [markdown]
# ## 0.6 Exercises
#
# Replace the line `...  # your code here` with your own, run the cell, then run the one below it. The check
# tells you what is right, or what went wrong and why. Ask `hint("...")` for a push and `solution("...")` for
# a way to do it. No later cell depends on your answers, so you can skip and come back.

# %%
from torch import Tensor

from vislearn.exercises import check, hint, solution

# %% [markdown]
# **Exercise 1 — read a shape.** A picture tensor has shape (C, H, W). People say *height × width* and then
# the number of channels. Return the three numbers in the order people use.

# %% tags=["exercise:overview.image_shape"]
# The build writes the starter of overview.image_shape here.

# %%
check("overview.image_shape", image_shape)

# %% [markdown]
# **Exercise 2 — read a range.** Before you feed a picture to anything, look at its smallest and largest
# value. It is the fastest way to find out in which of the stages above it is.

# %% tags=["exercise:overview.value_range"]
# The build writes the starter of overview.value_range here.

# %%
check("overview.value_range", value_range)

# %% [markdown]
# **Exercise 3 — from scores to a name.** The last two stages of the walk, written by you.

# %% tags=["exercise:overview.class_name"]
# The build writes the starter of overview.class_name here.

# %%
check("overview.class_name", class_name)

# %% [markdown]
# ## 0.7 At full size
#
# Ten digits are a start. Networks trained on ImageNet know a thousand things. torchvision publishes their
# weights, and each set of weights brings its own transform and its class names. SqueezeNet is one of the
# smallest: 5 MB. If its weights are on this computer, or `VISLEARN_ASSETS=full` allows the download, the
# next cell asks it about a real photograph. If not, it says so and shows the picture from a computer that
# had them.

# %%
from torchvision.models import SqueezeNet1_1_Weights

weights = SqueezeNet1_1_Weights.DEFAULT


def name_photograph():
    """What a network that knows a thousand classes says about the cat."""
    network = vl.models.published("squeezenet1_1", weights)
    batch = weights.transforms()(photographs["cat"]).unsqueeze(0)
    with torch.inference_mode():
        answer = network(batch).softmax(dim=1)[0]
    return vl.viz.probabilities(
        photographs["cat"], weights.meta["categories"], answer,
        title="SqueezeNet, trained on ImageNet",
        alt="A photograph of a tabby cat beside SqueezeNet's five most probable ImageNet classes, "
            "all of them cats, led by Egyptian cat.",
    )


vl.viz.full_size(name_photograph, stored="00_squeezenet_cat")

# %% [markdown]
# ## 0.8 Traps
#
# Three mistakes that everyone makes once. In lesson 13 you meet them all, with a detector for each.
#
# **Forgetting `eval()`.** A model has two modes. In `train()` mode, BatchNorm looks at the *batch* to judge
# what is bright and what is dark. A batch of one picture tells it little.

# %%
from copy import deepcopy


def accuracy_one_by_one(network, prepare):
    """Ask about every validation picture, alone."""
    right = 0
    with torch.inference_mode():
        for path, label in val_set.samples:
            batch = prepare(val_set.loader(path)).unsqueeze(0)
            right += int(network(batch).argmax() == label)
    return right / len(val_set)


good = accuracy_one_by_one(model.eval(), to_numbers)
forgotten = accuracy_one_by_one(deepcopy(model).train(), to_numbers)   # a copy: asking in train mode changes it
vl.report.metric("accuracy with eval()", good, within=0.03)
vl.report.metric("accuracy without eval()", forgotten, at_most=0.6)

# %% [markdown]
# **Preparing pictures differently than in training.** Here somebody forgot `Normalize`. Nothing crashes.
# Nearly all answers are wrong.

# %%
no_normalize = v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True)])
vl.report.metric("accuracy without Normalize", accuracy_one_by_one(model, no_normalize), at_most=0.6)

# %% [markdown]
# **Feeding bytes to a model.** This one does crash, and the message is worth knowing: the model's parameters
# are floats, the picture is not.

# %%
try:
    model(v2.functional.to_image(picture).unsqueeze(0))
except RuntimeError as error:
    print(error)

# %% [markdown]
# ## 0.9 Summary
#
# | you want to | use | remember |
# |---|---|---|
# | load pictures from folders | `datasets.ImageFolder` | the folder's name is the class |
# | turn a picture into numbers | `v2.ToImage`, `v2.ToDtype(scale=True)`, `v2.Normalize` | uint8 → float → around 0 |
# | serve batches | `DataLoader` | (N, C, H, W) |
# | get an answer | `model.eval()`, `torch.inference_mode()`, `softmax`, `argmax` | scores → probabilities → name |
# | keep a model | `torch.save` of parameters, class names *and* preparation | load with `weights_only=True` |
#
# And the modules of torchvision, in one line each:
#
# | module | what is in it | main use |
# |---|---|---|
# | `datasets` | CIFAR, MNIST, COCO, ImageFolder | load data |
# | `transforms.v2` | Resize, flips, Normalize, CutMix | prepare and augment, on CPU and GPU |
# | `transforms.v2.functional` | the same as plain functions | your own steps |
# | `models` | ResNet, EfficientNet, Faster R-CNN | ready networks |
# | `ops` | nms, box_iou, roi_align | detection, segmentation |
# | `utils` | make_grid, draw_bounding_boxes | look at results |
# | `io` | decode_image, write_png, write_jpeg | files to pixels and back |
#
# Finally, what this notebook ran on. When you ask for help, send this table along.

# %%
import platform

import torchvision

vl.viz.table(
    [{"what": "Python", "here": platform.python_version()},
     {"what": "torch", "here": torch.__version__},
     {"what": "torchvision", "here": torchvision.__version__},
     {"what": "vislearn", "here": vl.__version__},
     {"what": "device", "here": vl.device.describe(vl.device.best_device())}],
    caption="This computer",
)

# %% [markdown]
# ---
# **Next:** [lesson 1, the data pipeline](01_pipeline.ipynb). You loaded pictures with one line; now you learn
# what that line does, and how to make it right and fast.
