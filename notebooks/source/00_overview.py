# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   vislearn:
#     minutes: 70
#     level: 1
#     after: []
#     budget: {seconds: 60, memory_mb: 2000}
# ---

# %% [markdown]
# # 0. Overview: what torchvision is for
#
# A computer does not see a cat. It sees a box of numbers. Computer vision is the craft of getting from those
# numbers to an answer: *this is a cat*, *the cat is here*, *these pixels belong to the cat*.
#
# **torchvision** is PyTorch's toolbox for that craft. Here a trained model names a picture of yours first.
# Then you train one that reads your handwriting. How it all works you learn on the way, not before.
#
# **About 70 minutes · level 1 of 3 · no lesson comes before this one.** You need Python. PyTorch you meet here.
# After this lesson you can:
#
# - prepare a picture for a model, ask the model, and read its answer;
# - train a small model on a folder of pictures, in plain PyTorch;
# - name the four pillars of torchvision, and say which line of code stands on which;
# - save a model so that another program can use it.
#
# Run the cells one after another with **Shift + Enter**; everything works without internet. Before some results
# you are asked what you expect. Click an answer, then run the next cell. A wrong guess is remembered longer than
# no guess.

# %% [markdown]
# ## 0.1 A first prediction
#
# `torch` computes with boxes of numbers, called **tensors**. `torchvision` knows what pictures need; its `v2` prepares
# them (*v2*, because there is an older way). `PIL` is Python's usual library for picture files. `vl` is this
# course: it brings pictures, small trained models, and checks for your answers. Loading them takes some seconds, here and
# at the top of every lesson; `[*]` beside a cell says that it is still running.

# %%
import torch
from PIL import Image
from torchvision.transforms import v2

import vislearn as vl

# %% [markdown]
# A **model** is a function: a picture's numbers in, one score per answer out. This one, `photo`, was trained for
# you on 50 thousand small photographs. It knows ten words.
#
# A model wants its pictures *prepared*, just as they were in its training: small, and as numbers around 0. In
# torchvision a preparation is a list of steps. Mind the last one: `Normalize` subtracts from each colour its mean
# and divides by its spread. The six numbers are mean and spread of the colours in ImageNet, a large collection of
# photographs. This model was trained with them.

# %%
photo = vl.models.pretrained("photo").eval()              # a trained model, ready to answer; no download
classes = vl.models.classes("photo")                      # its ten words
files = vl.datasets.photos()                              # a few real photographs: name -> file

prepare = v2.Compose([
    v2.ToImage(),                                         # picture -> tensor of whole numbers, 0 ... 255
    v2.Resize(32),                                        # the shorter side gets 32 pixels
    v2.CenterCrop(32),                                    # the square in the middle
    v2.ToDtype(torch.float32, scale=True),                # -> decimal numbers, 0 ... 1
    v2.Normalize(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225]),      # -> around 0
])

cat = Image.open(files["cat"]).convert("RGB")             # the model has never seen this photograph
batch = prepare(cat).unsqueeze(0)                         # (1, 3, 32, 32): pictures, colours, height, width
with torch.inference_mode():                              # we only ask: nothing is learned
    scores = photo(batch)                                 # (1, 10): one score per word
probabilities = scores.softmax(dim=1)[0]                  # (10,): each above 0, together 1
print(classes[probabilities.argmax()])

# %% [markdown]
# That was a whole prediction. `unsqueeze(0)` made a batch of the one picture, because models expect many at once.
# `softmax` turned the scores into probabilities, along `dim=1`: in `(1, 10)` dim 0 counts pictures and dim 1
# scores. `[0]` takes the one picture's row, and `argmax` finds the place of its largest number. Here is the
# answer as a picture: the five words that the model finds most probable.

# %%
#| fig-alt: A photograph of a tabby cat beside the model's five most probable words; cat has by far the longest bar.
vl.viz.probabilities(cat, classes, probabilities, truth="cat", title="The first prediction, on a photograph")

# %% [markdown]
# The model did not see this photograph, though. It saw what the first three steps left of it. Let us look,
# eight times enlarged:

# %%
#| fig-alt: The middle of the cat's photograph in 32 × 32 pixels, enlarged into coarse squares; eyes and ears can just be made out.
seen = v2.Compose([v2.Resize(32), v2.CenterCrop(32)])(cat)               # a PIL image stays a PIL image
v2.functional.resize(seen, 256, interpolation=v2.InterpolationMode.NEAREST)

# %% [markdown]
# You could have had that list of steps in one line. Every trained model of this course brings its own, and so
# does every one of torchvision's. Is it the same?

# %% tags=["exact"]
torch.equal(prepare(cat), vl.models.preparation("photo")(cat))

# %% [markdown]
# It is, number for number. From here on a helper comes only after you have seen what it shortens.

# %% [markdown] ask="retina"
# The model knows airplane, automobile, bird, cat, deer, dog, frog, horse, ship and truck. You show it a cup of
# coffee, a rocket, and the back of a human eye. What will it say?
#
# - [ ] Nothing much: all ten probabilities come out near one tenth.
#   That would be the honest answer to a stranger. But nobody ever taught the model to give it.
# - [x] One of its ten words each time, and for some it is quite sure.
#   It must choose among its own words, because softmax makes ten probabilities add up to 1. Of the eye it is nearly as sure as of the real cat.
# - [ ] An error, because none of these things is among its classes.
#   Any picture of the right shape goes in, and ten scores come out. The model can't notice that it was the wrong question.

# %%
#| within: {share for the eye: 0.02}
for name in ["coffee", "rocket", "retina"]:
    picture = Image.open(files[name]).convert("RGB")
    with torch.inference_mode():
        probabilities = photo(prepare(picture).unsqueeze(0)).softmax(dim=1)[0]
    print(f"{name:<7} -> {classes[probabilities.argmax()]:<10} {probabilities.max():.0%}")
vl.report.metric("share for the eye", probabilities.max())

# %% [markdown]
# An eye from inside: a cat, says the model, and is about as sure as it was of the cat. Remember this one: a probability says
# which of *its own* answers a model prefers. It does not say "I know".
#
# What stands behind the last number as *accepted* is a tolerance: the course's authors wrote by hand where a run on
# your computer may land. It is not the spread of many runs.
#
# ### Now your picture
#
# Choose one from this computer: a pet, a car, yourself. It stays here; nothing is sent anywhere. The answer
# appears below it. Until you choose, the cat stands in.

# %%
#| fig-alt: A photograph beside the model's five most probable words.
#| compared: structure
def name_it(picture):
    """Ask the model about any picture, and draw the answer."""
    with torch.inference_mode():
        probabilities = photo(prepare(picture).unsqueeze(0)).softmax(dim=1)[0]
    return vl.viz.probabilities(picture, classes, probabilities, title="What the model says to your picture")


mine = vl.widgets.upload("cat")
mine.on_change(name_it)
mine

# %% [markdown]
# Was it right? Perhaps it had no word for what you showed it. Then you saw with your own picture what the eye
# showed you.
#
# ### Your turn
#
# Now and then you write a line yourself. Replace `...  # your code here`, run the cell, then run the one below it. The check
# says what is right, or what went wrong and why. `hint("overview.image_shape")` gives a push, `solution(...)` a
# way to do it. If you skip one, the lesson goes on with the course's own solution.
#
# **Exercise 1 — read a shape** (★, 3 minutes). A tensor's **shape** says how its numbers are arranged. That of a
# picture is (C, H, W): channels (red, green, blue), height, width. People say *height × width* first and then the
# number of channels. Return the three numbers in the order that people use.

# %%
from torch import Tensor

from vislearn.exercises import check, hint, solution, use

# %% tags=["exercise:overview.image_shape"]
# The build writes the starter of overview.image_shape here.

# %%
check("overview.image_shape", image_shape)

# %% [markdown]
# ## 0.2 Your own model
#
# You want a model that knows *your* words. Where does one come from? From pictures and training. Here are
# pictures: digits that people wrote by hand. Each lies in a folder named after its digit, and that is all
# torchvision needs: `ImageFolder` takes the folder's name for the class.
#
# 1442 pictures are for learning. 355 others are kept aside, to judge the model by what it has not seen:
# **validation** pictures. A `DataLoader` serves them in batches of 32, one after another; `next(iter(loader))`
# takes only the first. This model will be yours, so `Normalize` gets the mean and the spread of *these* pictures, both
# roughly 0.3.

# %% tags=["exact"]
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder

to_numbers = v2.Compose([
    v2.ToImage(),                                                        # picture -> 0 ... 255
    v2.ToDtype(torch.float32, scale=True),                               # -> 0 ... 1
    v2.Normalize(mean=[0.3, 0.3, 0.3], std=[0.32, 0.32, 0.32]),          # -> around 0
])
train_set = ImageFolder(vl.datasets.digits("train"), to_numbers)
val_set = ImageFolder(vl.datasets.digits("val"), to_numbers)
train_loader = DataLoader(train_set, batch_size=32, shuffle=True)        # in another order every time
val_loader = DataLoader(val_set, batch_size=128)

print(len(train_set), "to learn from,", len(val_set), "to judge by; classes:", *train_set.classes)

# %% [markdown]
# Look at your data before you train on it. Always. `make_grid` puts a batch into one picture, `to_pil_image` makes it
# visible. A **seed** fixes the chance in the shuffling, so that you see what you read about here.

# %%
#| fig-alt: Thirty-two handwritten digits in two rows, white on black, coarse and blurred.
from torchvision.utils import make_grid

torch.manual_seed(0)
images, labels = next(iter(train_loader))                                # (32, 3, 32, 32) and (32,)
sheet = make_grid(images, nrow=16, padding=1, normalize=True)            # one picture, back to 0 ... 1
v2.functional.to_pil_image(v2.functional.resize(sheet, 120))

# %% [markdown]
# Now the model. It is a chain of layers (`nn.Sequential`). Each **convolution** looks for small patterns everywhere in the
# picture, and each pooling halves the picture. In the end there is one score per digit. You need not understand the layers
# yet. What matters: they hold numbers that can be adjusted, the model's **parameters**. At first they are drawn
# at random.

# %% tags=["exact"]
from torch import nn


def stage(inputs, outputs):
    """Look for patterns, keep what is above 0, halve height and width."""
    convolution = nn.Conv2d(inputs, outputs, kernel_size=3, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU(), nn.MaxPool2d(2))


def network(num_classes):
    """Pictures (N, 3, 32, 32) -> scores (N, num_classes)."""
    return nn.Sequential(
        stage(3, 16),                                     # -> (N, 16, 16, 16)
        stage(16, 32),                                    # -> (N, 32, 8, 8)
        stage(32, 64),                                    # -> (N, 64, 4, 4)
        nn.AdaptiveAvgPool2d(1), nn.Flatten(),            # -> (N, 64): how strongly each pattern is there
        nn.Linear(64, num_classes),                       # -> (N, num_classes)
    )


torch.manual_seed(0)
model = network(num_classes=10)
print(sum(parameter.numel() for parameter in model.parameters()), "parameters")

# %% [markdown] ask="untrained"
# The parameters are random; the model has learned nothing. You let it name the 355 validation pictures. How many
# will it get right?
#
# - [ ] None. It knows nothing.
#   To be wrong every time, one would have to know the right answer and avoid it.
# - [x] About a tenth.
#   There are ten classes, about equally many pictures of each: whoever guesses, or always says the same, gets about one in ten. It is the number that any training has to beat.
# - [ ] About half, since each answer is either right or wrong.
#   Two outcomes are not equally likely only because they are two. There are nine ways to be wrong.

# %%
#| within: 0.05
def accuracy(model, loader):
    """The share of a loader's pictures that a model names right."""
    model.eval()                                          # judging now; why it matters you see in 0.8
    right = 0
    with torch.inference_mode():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
    return right / len(loader.dataset)


vl.report.metric("accuracy before training", accuracy(model, val_loader))

# %% [markdown]
# **Accuracy** is the share of right answers: `==` compares place by place, `sum` counts the hits, and `item()` turns
# a tensor with one number into a Python number.
#
# And now the training. It is five lines, over and over, in every vision project of the world. The **loss** says how
# wrong the scores are; `cross_entropy` takes them raw and does the softmax itself. Training makes the loss small:
# think of each parameter as a knob. `backward()` stores in each one how the loss changes when you turn it, and
# `step()` turns them all. `lr`, the **learning rate**, says how far. The `schedule` changes it on the way;
# training works without one, too. One pass over all training pictures is an **epoch**.

# %%
#| within: 0.03
torch.manual_seed(0)                                                     # everybody shuffles alike
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)               # turns the knobs, a little at a time
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, epochs=4, steps_per_epoch=len(train_loader))

for epoch in range(4):
    model.train()                                                        # learning now
    for images, labels in train_loader:
        scores = model(images)                                           # 1. answer
        loss = nn.functional.cross_entropy(scores, labels)               # 2. how wrong was that?
        optimizer.zero_grad()                                            # 3. empty what is stored: backward() only adds
        loss.backward()                                                  # 4. which way to turn each knob? (its gradient)
        optimizer.step()                                                 # 5. turn all of them a little
        schedule.step()                                                  # and how little: less and less towards the end
    print(f"epoch {epoch + 1}: {accuracy(model, val_loader):.0%} of the validation pictures right")

vl.report.metric("validation accuracy", accuracy(model, val_loader))

# %% [markdown]
# From a tenth to nearly all, in seconds. You have trained a network.
#
# You will write these five lines often, so the course shortens them: `SmallConvNet` is the same chain of layers,
# `fit` the same loop with curves to watch. The same? From the same seed both must give the first
# validation pictures the same scores:

# %%
torch.manual_seed(0)                                      # the same parameters to begin with
again = vl.models.SmallConvNet(num_classes=10)
live = vl.widgets.live_curves()
display(live)
torch.manual_seed(0)                                      # the same order of pictures
optimizer = torch.optim.AdamW(again.parameters(), lr=0.01)
history = vl.training.fit(
    again, vl.training.ClassificationTask(), train_loader, epochs=4, val_loader=val_loader, optimizer=optimizer,
    scheduler=torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, epochs=4, steps_per_epoch=len(train_loader)),
    on_epoch=live, device=torch.device("cpu"),
)
images, labels = next(iter(val_loader))
with torch.inference_mode():
    print("the same scores:", torch.allclose(model(images), again(images), atol=0.001))

# %%
#| fig-alt: "Two panels over four epochs: the training loss falls steeply towards 0, the validation accuracy rises towards 1."
#| compared: structure
vl.viz.curves(
    {"loss (training)": {"training": history["train_loss"]},
     "accuracy (validation)": {"validation": history["val_accuracy"]}},
    xlabel="epoch", ylabel=["loss", "share of right answers"], title="Four epochs of learning",
)

# %% [markdown]
# ## 0.3 One picture, all the way through
#
# Now slowly. What *exactly* happens between the file and the word? Take one picture that the model has not
# learned from: `samples` is the list that `ImageFolder` made, a file and the number of its class each. Every step of a
# `Compose` is a plain function too, in `v2.functional`, so you can go by hand. The model's raw scores at the end are
# called **logits**. Watch three things at every stage: the **shape**, the **dtype** (what kind of numbers) and the
# **range** (from the smallest to the largest).

# %%
names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
path, label = val_set.samples[200]
digit = Image.open(path).convert("RGB")

whole = v2.functional.to_image(digit)
decimal = v2.functional.to_dtype(whole, torch.float32, scale=True)
around_0 = v2.functional.normalize(decimal, mean=[0.3, 0.3, 0.3], std=[0.32, 0.32, 0.32])
with torch.inference_mode():
    logits = model(around_0.unsqueeze(0))[0]

for tensor in (whole, decimal, around_0, logits):
    print(tuple(tensor.shape), tensor.dtype, f"{tensor.min():.2f} ... {tensor.max():.2f}")
print("as by to_numbers:", torch.equal(around_0, to_numbers(digit)))

# %% [markdown]
# And now with pictures. Move the slider, or use the arrow keys.

# %%
#| fold: "Walks the same way, from the file to the name, one stage at a time."
#| compared: structure
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


vl.widgets.stepper(from_file_to_name(digit))

# %% [markdown]
# Three habits to keep from this walk:
#
# - A tensor's shape is **(C, H, W)**: channels first, then height, then width. A batch puts N in front.
# - A picture starts as **uint8**, 0 … 255. A model wants **float32** around 0.
# - A model answers with logits, not with words. Turning them into a name is your job.
#
# **Exercise 2 — read a range** (★, 3 minutes). Before you feed a picture to anything, look at its smallest and largest
# value. It is the fastest way to find out in which of the stages above it is.

# %% tags=["exercise:overview.value_range"]
# The build writes the starter of overview.value_range here.

# %%
check("overview.value_range", value_range)

# %% [markdown]
# **Exercise 3 — from scores to a name** (★★, 5 minutes). The last stages of the walk, written by you. Without `dim`,
# `argmax` looks at all numbers at once. The next section works with your function.

# %% tags=["exercise:overview.class_name"]
# The build writes the starter of overview.class_name here.

# %%
check("overview.class_name", class_name)

# %% [markdown]
# ## 0.4 Your handwriting
#
# Draw a digit, with the mouse or a finger, or with the keyboard as it says below the pad. After each stroke your
# model reads it, and your function turns its scores into the name. Until you draw, a digit from the validation
# pictures stands in.

# %%
#| fig-alt: The drawn digit in 32 × 32 pixels beside the model's five most probable names.
#| compared: structure
class_name = use("overview.class_name", class_name)


def read(picture):
    """Show what the model reads in a picture of 32 × 32 pixels."""
    with torch.inference_mode():
        scores = model(to_numbers(picture).unsqueeze(0))
    name = class_name(scores, names)
    return vl.viz.probabilities(picture, names, scores.softmax(dim=1), title=f"The model reads: {name}")


pad = vl.widgets.draw()
pad.on_change(read)
pad

# %% [markdown] ask="drawn"
# Beside the bars you see what the model was given. That is not quite what you drew: before the model sees it, your drawing
# is moved to the middle, enlarged, and made as thick and coarse as the digits it learned from. What if you
# leave that out, and give it each drawing just as it is?
#
# - [ ] Nothing changes much: a digit is a digit, wherever it stands.
#   For you it is. The model knows digits only as its training showed them: large, thick, in the middle.
# - [ ] It gets a little worse; perhaps nine in ten are still right.
#   It falls much further. No training picture looked like a thin small digit in a corner.
# - [x] It gets most of them wrong.
#   Same digit, same model; only the preparation is another one. Most models that fail at work fail like this.

# %%
#| fold: "A program draws 100 digits, ten of each, small and large and not always in the middle; the model reads them prepared, and as they are."
#| fig-alt: "Two rows of ten drawn digits: above as they were drawn, thin and of different sizes and places; below prepared, each large, thick and blurred."
#| at-most: {right when left as drawn: 0.5}
#| at-least: {right when prepared: 0.7}
import math
import random


def arc(x, y, wide, high, begin, end):
    """Points on an ellipse, from one angle to another in degrees."""
    angles = [math.radians(begin + (end - begin) * step / 16) for step in range(17)]
    return [(x + wide * math.cos(angle), y + high * math.sin(angle)) for angle in angles]


strokes_of = [
    [arc(0.5, 0.5, 0.22, 0.32, -90, 270)],
    [[(0.4, 0.3), (0.52, 0.18), (0.52, 0.82)]],
    [[*arc(0.5, 0.35, 0.2, 0.17, 180, 360), (0.68, 0.45), (0.32, 0.82), (0.7, 0.82)]],
    [arc(0.48, 0.34, 0.19, 0.16, 200, 450) + arc(0.48, 0.66, 0.21, 0.17, -90, 160)],
    [[(0.42, 0.18), (0.3, 0.55), (0.72, 0.55)], [(0.6, 0.35), (0.6, 0.85)]],
    [[(0.68, 0.18), (0.38, 0.18), (0.35, 0.47), *arc(0.49, 0.63, 0.2, 0.19, -130, 150)]],
    [[(0.6, 0.17), (0.42, 0.36), (0.33, 0.6), *arc(0.5, 0.66, 0.17, 0.17, 180, 540)]],
    [[(0.3, 0.2), (0.7, 0.2), (0.45, 0.83)]],
    [arc(0.5, 0.34, 0.16, 0.16, 90, 450) + arc(0.5, 0.67, 0.19, 0.17, -90, 270)],
    [[*arc(0.5, 0.34, 0.17, 0.16, 0, 360), (0.67, 0.34), (0.62, 0.6), (0.52, 0.83)]],
]
dice = random.Random(0)


def somewhere(strokes):
    """The same digit, smaller, elsewhere and a little slanted."""
    size, slant = dice.uniform(0.55, 1), dice.uniform(-0.15, 0.15)
    right, down = dice.uniform(-0.12, 0.12), dice.uniform(-0.12, 0.12)
    return [
        [(0.5 + right + size * (x - 0.5 - slant * (y - 0.5)), 0.5 + down + size * (y - 0.5)) for x, y in stroke]
        for stroke in strokes
    ]


pictures = {True: [], False: []}
automatic = vl.widgets.draw()
for _ in range(10):
    for strokes in strokes_of:
        automatic.strokes = somewhere(strokes)
        for as_drawn, found in pictures.items():
            found.append(to_numbers(automatic.picture(as_drawn=as_drawn)))
truth = torch.arange(10).repeat(10)
for as_drawn, words in [(True, "right when left as drawn"), (False, "right when prepared")]:
    with torch.inference_mode():
        right = model(torch.stack(pictures[as_drawn])).argmax(dim=1) == truth
    vl.report.metric(words, right.float().mean())
sheet = make_grid(torch.stack(pictures[True][:10] + pictures[False][:10]), nrow=10, padding=1, normalize=True)
v2.functional.to_pil_image(v2.functional.resize(sheet, 200))

# %% [markdown]
# A model has not learned digits. It has learned *these pictures of* digits. So a new picture must be prepared as
# the old ones were, every time, and that is why torchvision's transforms are a pillar and no detail.

# %% [markdown]
# ## 0.5 The four pillars
#
# Nearly every vision program needs the same four things. torchvision offers each in modules of its own, and you have already
# stood on all four:
#
# | pillar | module | your line |
# |---|---|---|
# | **data**: read pictures and videos | `torchvision.datasets`, `torchvision.io` | `ImageFolder(…)` |
# | **transforms**: prepare them, vary them | `torchvision.transforms.v2` | `v2.Compose([…])`, `v2.Resize(32)` |
# | **models**: ready networks, many of them trained | `torchvision.models` | the `ResNet` behind `photo` |
# | **operations**: compute with boxes and masks, draw | `torchvision.ops`, `torchvision.utils` | `make_grid(…)` |
#
# What does *not* come from torchvision: `DataLoader`, `nn.Conv2d`, the optimizer, the loss. They are PyTorch's own and
# serve sound and text as well. The bars beside the pictures are this course's. And the `ResNet`? Ask `photo` itself:

# %% tags=["exact"]
import torchvision

isinstance(photo, torchvision.models.ResNet)

# %%
#| fold: Draws the modules of torchvision as a map.
#| fig-alt: "A mind map. In the middle torchvision; around it seven modules with examples: datasets, transforms.v2, models, ops, utils, io and tv_tensors."
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
)

# %% [markdown]
# How large is each module in the version you have? The package itself can say. A name that starts with a capital
# letter is a class, the others are functions.

# %%
#| fold: Counts the names in each module of the torchvision on this computer.
#| words: ["load data", "prepare and augment, first API", "prepare and augment, today's API", "one step, by hand", "ready networks", "boxes, masks, losses", "look at results", "read and write", "what a tensor means", "module", "for", "classes", "functions", "such as"]
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
# ## 0.6 Prototype → train → evaluate → deploy
#
# A vision project has four stations. Three of them you have passed:
#
# | station | the question | what you did |
# |---|---|---|
# | **prototype** | does the idea run at all? | two data sets, a chain of layers, an accuracy of one tenth |
# | **train** | does the model learn? | five lines: the loss falls from epoch to epoch |
# | **evaluate** | is it good on *new* pictures? | 355 validation pictures; then your own handwriting |
# | **deploy** | can others use it? | comes now: a file, loaded again |
#
# **Deploy** means: the model leaves this notebook. `state_dict()` gives its parameters by name, but they alone are
# not enough. Whoever loads them must also know what the ten outputs are called, and how pictures were prepared: you have
# just seen what happens otherwise. So save all of it together. The layers are code: the other program needs the function
# `network`, too.

# %% tags=["exact"]
import tempfile
from pathlib import Path

file = Path(tempfile.mkdtemp()) / "digits.pt"
torch.save({"parameters": model.state_dict(), "classes": names, "mean": 0.3, "std": 0.32}, file)

saved = torch.load(file, weights_only=True)               # numbers and names only, no foreign code
loaded = network(num_classes=len(saved["classes"]))
loaded.load_state_dict(saved["parameters"])
loaded.eval()
batch = to_numbers(digit).unsqueeze(0)
with torch.inference_mode():
    print("the same answer:", torch.equal(loaded(batch), model(batch)))

# %% [markdown]
# The model from the file gives the same answer. Lesson 11 builds a complete program around this idea.
#
# ## 0.7 At full size
#
# Ten words are a start. Networks trained on ImageNet know a thousand. torchvision publishes their parameters, its
# **weights**. Each set of weights is an entry of an *enum*, and brings its own preparation and class names along:

# %%
from torchvision.models import SqueezeNet1_1_Weights, squeezenet1_1

weights = SqueezeNet1_1_Weights.DEFAULT
print(weights.transforms())                               # how it wants its pictures prepared
print(len(weights.meta["categories"]), "classes, such as", ", ".join(weights.meta["categories"][281:284]))

# %% [markdown]
# SqueezeNet is one of the smallest: 5 MB. At home you write `squeezenet1_1(weights=weights)`, and torchvision
# downloads them. A course that works without internet asks first: if the weights are on this computer, or
# `VISLEARN_ASSETS=full` allows the download, the next cell runs; if not, it shows the result of a computer that
# had them.

# %%
#| fig-alt: "A photograph of a tabby cat beside SqueezeNet's five most probable ImageNet classes, all of them cats, led by Egyptian cat."
def name_photograph():
    """What a network that knows a thousand classes says about the cat."""
    published = vl.models.published("squeezenet1_1", weights)            # squeezenet1_1(weights=weights).eval()
    batch = weights.transforms()(cat).unsqueeze(0)
    with torch.inference_mode():
        probabilities = published(batch).softmax(dim=1)[0]
    names = weights.meta["categories"]
    return vl.viz.probabilities(cat, names, probabilities, title="SqueezeNet, trained on ImageNet")


vl.viz.full_size(name_photograph, stored="00_squeezenet_cat")

# %% [markdown]
# ## 0.8 Traps
#
# Three mistakes that everyone makes once. In lesson 13 you meet them all, with a detector for each.
#
# The first is about the two modes of a model. `model.train()` is for learning. `model.eval()` is for everything
# else: `accuracy` called it, and `fit` leaves a model in it. One layer that
# behaves differently in the two is BatchNorm: it brings each channel around 0, and in `train()` mode it measures mean and
# spread on the very batch it is given.

# %% [markdown] ask="eval"
# Somebody forgets `eval()` and asks the trained model about one validation picture after the other, each alone.
# Nothing crashes. How many of a hundred answers are still right?
#
# - [ ] As many as before: the parameters are the same.
#   They are. But in `train()` mode BatchNorm doesn't measure with what it learned. It takes brightness and contrast from the batch at hand.
# - [ ] A few less, nine in ten perhaps.
#   With large batches it would be so. A batch of a single picture says almost nothing about what is bright and what is dark in general.
# - [x] Far fewer, less than half.
#   In `train()` mode BatchNorm judges bright and dark by the batch, and a batch of one picture tells it little.

# %%
#| within: {accuracy with eval(): 0.03}
#| at-most: {"accuracy without eval(), one by one": 0.5}
#| at-least: {"accuracy without eval(), 128 at a time": 0.75}
from copy import deepcopy


def one_by_one(network, prepare):
    """Ask about every validation picture, alone."""
    right = 0
    with torch.inference_mode():
        for path, label in val_set.samples:
            batch = prepare(Image.open(path).convert("RGB")).unsqueeze(0)
            right += int(network(batch).argmax() == label)
    return right / len(val_set)


vl.report.metric("accuracy with eval()", one_by_one(model.eval(), to_numbers))
forgotten = deepcopy(model).train()                       # a copy, because asking in train() mode changes it
vl.report.metric("accuracy without eval(), one by one", one_by_one(forgotten, to_numbers))
forgotten = deepcopy(model).train()
with torch.inference_mode():
    right = sum((forgotten(images).argmax(dim=1) == labels).sum().item() for images, labels in val_loader)
vl.report.metric("accuracy without eval(), 128 at a time", right / len(val_set))

# %% [markdown]
# **Preparing pictures otherwise than in training.** Your drawings showed it. Here somebody forgets only `Normalize`.
# Again nothing crashes.

# %%
#| at-most: 0.5
unnormalised = v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True)])
vl.report.metric("accuracy without Normalize", one_by_one(model, unnormalised))

# %% [markdown]
# **Feeding bytes to a model.** This one does crash, and the message is worth knowing, for it sounds
# reversed: `Byte` is your picture, `Float` the model. It is the picture that must change, with `ToDtype`.

# %%
try:
    model(v2.functional.to_image(digit).unsqueeze(0))
except RuntimeError as error:
    print(error)

# %% [markdown]
# ## 0.9 A small project: the same on another folder
#
# Everything you did works on *any* folder of pictures. Here is another one: sixteen materials, cut out of
# photographs.

# %%
#| fig-alt: "Sixteen square cut-outs, one per material, among them bricks, fur, galaxies, grass, petals, water and wood."
materials = ImageFolder(vl.datasets.textures("train"))
one_of_each = [materials[50 * number][0] for number in range(16)]                    # PIL images, 64 × 64 pixels
sheet = make_grid(torch.stack([v2.functional.pil_to_tensor(image) for image in one_of_each]), nrow=8)
print(*materials.classes)
v2.functional.to_pil_image(sheet)

# %% [markdown]
# **Exercise 4 — a recogniser of materials** (★★★, 15 minutes). Write one function that does all of 0.2: an
# `ImageFolder` with the preparation it is given, a `DataLoader`, a network with as many scores as the folder has
# classes, an optimizer with *this* network's parameters, four epochs of the five lines, and the model back in `eval()` mode.
# `network` from above may be used. (`nn.Module` is PyTorch's word for any layer or model.) The check trains with it,
# which takes some seconds, and then shows your model 320 cut-outs that it has never seen. At least 60 % must be right; whoever guesses reaches 6 %.
# Once it holds, try it on a folder of your own, with `prepare` from 0.1, which makes every picture 32 × 32.

# %% tags=["exercise:overview.train_on_folder"]
# The build writes the starter of overview.train_on_folder here.

# %%
check("overview.train_on_folder", train_on_folder)

# %% [markdown]
# ## 0.10 Recall
#
# Five questions, without looking back. What you fetch from memory stays there.

# %% [markdown] recall="shape" lesson="00_overview"
# A colour photograph is 300 pixels high and 451 wide. What is the shape of its tensor?
#
# - [ ] (451, 300, 3)
#   Width first is PIL's habit: `image.size` is (width, height). Tensors put height before width, and channels before both.
# - [x] (3, 300, 451)
#   (C, H, W): channels, height, width.
# - [ ] (300, 451, 3)
#   So NumPy and OpenCV keep pictures. torch puts the channels first.

# %% [markdown] recall="softmax" lesson="00_overview"
# A model that knows ten words says "cat, 82 %". What do you know?
#
# - [ ] The picture shows a cat with a probability of 82 %.
#   Only if it shows one of those ten things at all. The eye of 0.1 got as much.
# - [x] Among its own ten answers it prefers cat.
#   Softmax compares a model's own scores with each other. Of what is not among its words it knows nothing.
# - [ ] 82 of its 100 parameters voted for cat.
#   Parameters don't vote. They make one score per class, and softmax makes them add up to 1.

# %% [markdown] recall="kept" lesson="00_overview"
# Why are 355 digits kept out of the training?
#
# - [x] To judge the model by pictures that it has not seen.
#   What a model has learned from, it may know by heart. Only new pictures show what it can do.
# - [ ] To train faster.
#   That is a side effect. The reason is an accuracy that you can believe.
# - [ ] Because 1442 pictures are enough.
#   More would help the training. The validation pictures are worth more as judges.

# %% [markdown] recall="steps" lesson="00_overview"
# Which order of the last three of the five lines is right?
#
# - [ ] `optimizer.step()`, `loss.backward()`, `optimizer.zero_grad()`
#   The step would come before anybody knows in which direction.
# - [ ] `loss.backward()`, `optimizer.zero_grad()`, `optimizer.step()`
#   Here the directions are forgotten just before the step needs them. Nothing would be learned.
# - [x] `optimizer.zero_grad()`, `loss.backward()`, `optimizer.step()`
#   Forget the last batch, find the directions for this one, then turn the parameters.

# %% [markdown] recall="file" lesson="00_overview"
# You send a friend the parameters of your digit model, and nothing else. What will happen?
#
# - [ ] It works: all that was learned is in the parameters.
#   What was learned is. How to ask is not: your friend doesn't know the layers, the names or the preparation.
# - [x] Even with the right layers the answers may be wrong, because the preparation is missing.
#   Without `Normalize` nothing crashed in 0.8, but most answers were wrong. So it belongs in the file, with the class names.
# - [ ] The file can't be loaded without the training pictures.
#   They are not needed any more. A model keeps what it learned in its parameters.

# %% [markdown]
# ## 0.11 Summary
#
# | you want to | use | remember |
# |---|---|---|
# | load pictures from folders | `datasets.ImageFolder` | the folder's name is the class |
# | turn a picture into numbers | `v2.Compose`, `v2.ToImage`, `v2.ToDtype(scale=True)`, `v2.Normalize` | uint8 → float → around 0 |
# | serve batches | `DataLoader` | (N, C, H, W) |
# | look at a batch | `utils.make_grid`, `v2.functional.to_pil_image` | before every training |
# | learn | score, loss, `zero_grad`, `backward`, `step` | `model.train()` before |
# | get an answer | `model.eval()`, `torch.inference_mode()`, `softmax`, `argmax` | scores → probabilities → name |
# | use a published model | `squeezenet1_1(weights=…)`, `weights.transforms()`, `weights.meta` | its own preparation, its own names |
# | keep a model | `torch.save` of parameters, class names *and* preparation | load with `weights_only=True` |
#
# And in this course: `vl.models.pretrained`, `vl.training.fit`, `vl.widgets.upload` and `vl.widgets.draw`.
#
# Finally, what this notebook ran on. When you ask for help, send this table along.

# %%
#| fold: Asks Python, torch and this computer for their names and versions.
#| words: [what, here, device]
import platform

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
# **Next:** [lesson 1, the data pipeline](01_pipeline.ipynb). You loaded pictures with `ImageFolder` and `Compose`; now
# you learn what those lines do, and how to make them right and fast.
