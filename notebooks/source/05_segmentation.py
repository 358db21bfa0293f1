# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   vislearn:
#     minutes: 100
#     level: 2
#     after: [02_transfer_learning, 03_training_loop, 06_vision_ops]
#     budget: {seconds: 60, memory_mb: 2600}
# ---

# %% [markdown]
# # 5. Segmentation: an answer for every pixel
#
# A box around a river is mostly meadow. Whoever measures a river, a wound or a field of rice wants its
# *pixels*. A **segmenter** classifies every pixel of a picture. That sounds like a classifier, used sixteen
# thousand times. It is nearly that, and the little that differs is where projects fail: a score that shines while
# nothing is found, a loss that does not hear the object, and labels that break when their size changes.
#
# **About 100 minutes · level 2 of 3 · after [lesson 2](02_transfer_learning.ipynb), [lesson
# 3](03_training_loop.ipynb) and [lesson 6](06_vision_ops.ipynb)**, where IoU is written by hand. After this lesson you
# can:
#
# - tell semantic from instance segmentation, and draw both;
# - build one of torchvision's segmenters on a network of your own, and say what its logits are;
# - say why 99 % of the pixels may be right and nothing is found, and compute the score that notices;
# - choose a loss that finds a small object;
# - change the size of pictures and labels without breaking the labels;
# - leave out pixels that nobody can name.

# %%
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset
from torchvision import tv_tensors
from torchvision.datasets import VOCSegmentation
from torchvision.models import segmentation
from torchvision.models.detection import maskrcnn_resnet50_fpn
from torchvision.models.feature_extraction import create_feature_extractor
from torchvision.models.segmentation.lraspp import LRASPP
from torchvision.ops import masks_to_boxes, sigmoid_focal_loss
from torchvision.transforms import v2
from torchvision.utils import draw_bounding_boxes, draw_segmentation_masks, make_grid

import vislearn as vl
from vislearn.exercises import check, hint, solution, use

# %% [markdown]
# ## 5.1 What, and which
#
# Labels for pixels are a picture themselves: a **label image**, as large as the photograph, that holds a class number
# at every pixel. `VOCSegmentation` reads pairs of both from a folder in the form of Pascal VOC, the data set that set
# this standard. Ours are digits on photographs. Number 0 is background, number 1 the digit 0, and so on to 10.

# %% tags=["exact"]
scenes = vl.datasets.scenes("train")
train_set = VOCSegmentation(scenes.voc_root, image_set="train")              # pairs of PIL images
val_set = VOCSegmentation(scenes.voc_root, image_set="val")

photograph, mask = train_set[11]
image = v2.functional.pil_to_tensor(photograph)                              # (3, 128, 128), uint8
labels = v2.functional.pil_to_tensor(mask)[0].long()                         # (128, 128): one number per pixel
print(labels.shape, "holds", labels.unique().tolist())

# %% [markdown]
# Numbers can't be looked at. `draw_segmentation_masks` lays colours over the picture. It wants one **mask** per
# class, true where the class is; comparing does that.
#
# The folder holds a second label image of the same scene, whose numbers say not *what* is there but *which*: 1 for the
# first digit, 2 for the second. Here are the picture, the one and the other:

# %%
#| fig-alt: "Three times the same scene of four digits. Plain; with one colour per class, where two digits share a colour; and with four colours, one for each digit."
colors = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#ffffff", "#7fff00", "#ff00ff"]
which_colors = ["#00ffff", "#a060ff", "#ff8080", "#c0c000", "#806040", "#80ffc0"]      # no class has one of these


def overlay(image, labels, colors=colors):
    """A picture (3, H, W), uint8, with a colour for each number from 1 on."""
    masks = labels == torch.arange(1, len(colors) + 1)[:, None, None]        # (10, H, W)
    return draw_segmentation_masks(image, masks, alpha=0.8, colors=colors)


def in_rows(*rows, height=200):
    """Rows of pictures of one size, enlarged."""
    sheet = make_grid([picture for row in rows for picture in row], nrow=len(rows[0]), padding=2, pad_value=128)
    return v2.functional.to_pil_image(v2.functional.resize(sheet, [height]))


numbered = v2.functional.pil_to_tensor(Image.open(scenes.instances / f"{scenes.names[11]}.png"))[0].long()
in_rows([image, overlay(image, labels), overlay(image, numbered, which_colors)])

# %% [markdown]
# In the middle: **semantic segmentation**. Two digits are eights, so they have the same colour. You see where eights
# are, but you can't count them. On the right: **instance segmentation**. Each object has a mask of its own.
#
# Networks differ too. This lesson's segmenters answer the first question. The second is asked of a detector: Mask R-CNN
# is Faster R-CNN of lesson 4 with a third answer per box, a small mask. It learns from lesson 4's target, with one more
# entry. You can make that from a numbered picture.
#
# **Exercise 1 — from numbers to instances** (★★, 10 minutes). Take a picture of numbered objects apart: a mask, a box and
# a label for each. 255 means that nobody knows what is there; you will meet it again in 5.7.

# %% tags=["exercise:segmentation.instance_target"]
# The build writes the starter of segmentation.instance_target here.

# %%
check("segmentation.instance_target", instance_target)

# %% [markdown]
# Your function on the scene. Every box must touch its digit on all four sides:

# %%
#| fig-alt: The scene of four digits, each with its own colour and its own box, which touches it on all sides.
instance_target = use("segmentation.instance_target", instance_target)

target = instance_target(numbered.to(torch.uint8))
drawn = draw_segmentation_masks(image, torch.as_tensor(target["masks"]).bool(), alpha=0.8, colors=which_colors)
in_rows([draw_bounding_boxes(drawn, torch.as_tensor(target["boxes"]), colors="yellow")])

# %% [markdown]
# Mask R-CNN asks for nothing but a picture and such a target. Here is torchvision's, without weights. While it learns, it
# answers with the four losses of lesson 4's detector and a fifth one, for masks. Later each box comes with a mask as large
# as the picture:

# %% tags=["exact"]
mask_rcnn = maskrcnn_resnet50_fpn(weights=None, weights_backbone=None, num_classes=2, min_size=128, max_size=128)
target = {name: torch.as_tensor(part) for name, part in target.items()}
print("losses:", sorted(mask_rcnn.train()([image / 255], [target])))
with torch.inference_mode():
    found = mask_rcnn.eval()([image / 255])[0]
print("answer:", sorted(found), "| each mask", tuple(found["masks"].shape[1:]))

# %% [markdown]
# It learns in minutes. Here are six epochs of a small one on 400 scenes, judged by **mask mAP**, lesson 4's score with the
# IoU of masks. It begins with the backbone that you meet next, or from scratch:

# %%
#| fold: "Reads what `python -m benchmarks.segmentation_training` measured."
#| words: [begins with, seeds, "after 1 epoch", "after 3", "after 6", lowest and highest, trained backbone, random numbers]
runs = vl.datasets.measurements("segmentation_training")["runs"]
rows = []
for beginning, way in {"trained backbone": "Mask R-CNN, scene", "random numbers": "Mask R-CNN, scratch"}.items():
    by_epoch = torch.tensor([run["by_epoch"] for run in runs if run["way"] == way])           # (seeds, 6)
    means, last = by_epoch.mean(dim=0), by_epoch[:, 5]
    rows.append({"begins with": beginning, "seeds": len(last)}
                | {f"after {part}": f"{means[epoch]:.2f}" for epoch, part in [(0, "1 epoch"), (2, "3"), (5, "6")]}
                | {"lowest and highest": f"{last.min():.2f} – {last.max():.2f}"})
vl.viz.table(rows, caption="Mask mAP at IoU .5 on 100 other scenes, mean of the seeds")

# %% [markdown]
# ## 5.2 From a picture to logits
#
# A classifier ends by forgetting where: it averages its last **feature map** over all places and scores what is left. A
# segmenter leaves the map as it is and scores *every place* of it. These scores are its **logits**. There are K for each
# place, one per class.
#
# But a deep map is coarse. Ours has a place for every 8 pixels, and a stroke of a digit is only a few pixels wide. So
# torchvision's segmenters also look at a finer, shallower map, or keep the deep one from shrinking. In the end the logits
# are enlarged to the picture's size. `LRASPP`, the smallest, adds the scores of two maps, `"low"` (fine) and `"high"`
# (deep). Any network that returns these two can be its backbone. We take `scene` of lesson 2, which knows the
# digits 0 to 4:

# %%
def segmenter(num_classes):
    """torchvision's LRASPP on the course's trained network."""
    maps = {"layer3": "low", "layer4": "high"}                               # a place per 4 pixels; per 8
    backbone = create_feature_extractor(vl.models.pretrained("scene"), maps)
    return LRASPP(backbone, low_channels=128, high_channels=256, num_classes=num_classes, inter_channels=64)


prepare = v2.Compose([
    v2.ToDtype(torch.float32, scale=True),
    v2.Normalize(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225]),
])
torch.manual_seed(0)
model = segmenter(num_classes=11).eval()
batch = prepare(image)[None]                                                 # (1, 3, 128, 128)

# %% tags=["exact"]
with torch.inference_mode():
    maps = model.backbone(batch)
    print({name: tuple(found.shape) for name, found in maps.items()})
    logits = model.classifier(maps)                                          # the head: (1, 11, 32, 32)
    full = F.interpolate(logits, size=batch.shape[-2:], mode="bilinear")     # (1, 11, 128, 128)
    print("logits", tuple(logits.shape), "enlarged", tuple(full.shape))
    print("the same as the model's own:", torch.equal(full, model(batch)["out"]))
probabilities = full.softmax(dim=1)                                          # of each pixel: together 1
answer = probabilities.argmax(dim=1)                                         # (1, 128, 128): a label image again

# %% [markdown]
# Two habits to change. A segmenter answers with a *dictionary*: the logits are its `"out"`. And a detector normalises
# pictures itself, a segmenter does not: forget `Normalize`, and nothing complains.
#
# From here on the course's helper builds such a model. The same? It gets the same weights, and must give the same logits:

# %% tags=["exact"]
again = vl.models.segmenter("lraspp", num_classes=11, backbone="scene", strides=(4, 8), channels=64).eval()
again.load_state_dict(dict(zip(again.state_dict(), model.state_dict().values(), strict=True)))
with torch.inference_mode():
    print(type(again) is type(model), torch.allclose(again(batch)["out"], full, atol=1e-5))

# %% [markdown]
# The backbone has learned already (lesson 2: *frozen*). What it says about a picture never changes. So ask it once, and
# keep the maps: training the head on them takes seconds instead of minutes.

# %%
@torch.no_grad()
def look(dataset, count):
    """Both maps of the first pictures, and their label images."""
    low, high, truth = [], [], []
    for at in vl.widgets.progress(range(0, count, 20), f"{count} pictures"):
        pairs = [dataset[number] for number in range(at, at + 20)]
        maps = model.backbone(torch.stack([prepare(v2.functional.pil_to_tensor(photo)) for photo, _mask in pairs]))
        low.append(maps["low"])
        high.append(maps["high"])
        truth += [v2.functional.pil_to_tensor(mask)[0].long() for _photo, mask in pairs]
    quick = {"memory_format": torch.channels_last}                           # the quickest order in memory
    return torch.cat(low).contiguous(**quick), torch.cat(high).contiguous(**quick), torch.stack(truth)


low, high, truth = look(train_set, 240)
val_low, val_high, val_truth = look(val_set, 100)
print("maps", tuple(low.shape), tuple(high.shape), "labels", tuple(truth.shape))

# %% [markdown]
# ## 5.3 99 % right, and nothing found
#
# Somebody is interested in one digit only: where are the threes? That is a question of yes and no for each pixel. Here is
# the training: five lines as always, one that draws a batch, one for the learning rate. The loss can be exchanged.

# %%
def learn(head, loss_of, truth, steps, bar=None):
    """Teach a head of LRASPP on the stored maps; a bar shows how far it is."""
    head = head.train().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(head.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, total_steps=steps)
    for _step in bar or range(steps):
        some = torch.randint(len(truth), (8,))
        logits = F.interpolate(head({"low": low[some], "high": high[some]}), size=(128, 128), mode="bilinear")
        loss = loss_of(logits, truth[some])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return head.eval()


@torch.inference_mode()
def answers(head):
    """What a head says about the validation pictures: (100, 128, 128)."""
    logits = [head({"low": fine, "high": deep}) for fine, deep in zip(val_low.split(20), val_high.split(20), strict=True)]
    logits = F.interpolate(torch.cat(logits), size=(128, 128), mode="bilinear")
    return logits.argmax(dim=1) if logits.shape[1] > 1 else (logits[:, 0] > 0).long()


threes, val_threes = (truth == 4).long(), (val_truth == 4).long()            # class 4 is the digit 3
print(f"{threes.float().mean():.2%} of the pixels to learn from belong to a three")

# %% [markdown] ask="accuracy"
# You train for 60 steps with cross-entropy, and count: 99.06 % of the validation pixels are right. How many of the
# threes' pixels has it found?
#
# - [ ] Nearly all: only 1 pixel in 100 is wrong.
#   Of *all* pixels. How many of them are threes at all?
# - [ ] About half, since threes are harder than background.
#   It would have to say "three" somewhere. Is that worth it to a loss that averages over all pixels?
# - [x] None.
#   0.94 % of the validation pixels are threes, and 0.94 % are wrong. It says "background" everywhere.

# %%
#| within: {pixel accuracy: 0.002}
#| at-most: {share of the threes' pixels found: 0.05}
torch.manual_seed(0)
head = learn(segmenter(num_classes=2).classifier, F.cross_entropy, threes, steps=60)
found = answers(head)
vl.report.metric("pixel accuracy", (found == val_threes).float().mean())
vl.report.metric("share of the threes' pixels found", found[val_threes == 1].float().mean())

# %% [markdown]
# So pixel accuracy is no score for segmentation. The background decides it. What helps is to ask class by class, and to
# divide by what matters to the class: **IoU**, as for boxes, now of two sets of pixels. The pixels found, over all that
# are there or were answered. The mean over the classes is **mIoU**, the number that papers report.
#
# Count once, then reduce: one table of all pairs (what is there, what was answered), in plain torch:

# %% tags=["exact"]
def count(answer, truth, num_classes):
    """How often each pair occurs, (K, K): row what is there, column what was answered."""
    pairs = truth * num_classes + answer                                     # a number of its own for each pair
    return torch.bincount(pairs.flatten(), minlength=num_classes**2).view(num_classes, num_classes)


some_truth = torch.tensor([[0, 0, 0, 1], [0, 0, 1, 1]])
some_answer = torch.tensor([[0, 0, 0, 0], [0, 0, 1, 0]])
print(count(some_answer, some_truth, 2))
print("the same by the course's helper:", torch.equal(
    count(some_answer, some_truth, 2), vl.metrics.segmentation.counts(some_answer, some_truth, 2)))

# %% [markdown]
# Six of eight pixels are right. But of the class 1 one pixel was found and two were missed: IoU 1/3. **Dice** is IoU's
# elder sister: twice what is shared over both areas, 2/4 here. It is never the smaller of the two, and ranks answers
# alike.
#
# One thing must be decided: a class that occurs nowhere, neither in the truth nor in the answers, is 0/0. scikit-learn
# counts it as 0, torchmetrics leaves it out. So do we, and say so.
#
# **Exercise 2 — mean IoU** (★★, 8 minutes). From the table to the number.

# %% tags=["exercise:segmentation.miou"]
# The build writes the starter of segmentation.miou here.

# %%
check("segmentation.miou", miou)

# %%
#| at-most: {mean IoU of what was found: 0.55}
miou = use("segmentation.miou", miou)

table = count(found, val_threes, 2)
print(table.tolist(), "the same:", abs(miou(table) - vl.metrics.segmentation.mean_iou(table)) < 1e-6)
vl.report.metric("mean IoU of what was found", miou(table))

# %% [markdown]
# Even mIoU is not 0: the background's IoU is 0.99, that of the threes 0, and their mean 0.5. With two classes look at the
# object's IoU by itself.
#
# ## 5.4 A loss that hears the few
#
# Cross-entropy is a mean over pixels, and more than 99 of 100 vote for the background. "Nothing anywhere" is nearly the best
# answer, and the quickest to learn. What do people do about it?
#
# - **BCE**, a yes-or-no question per class instead of a choice: `nn.BCEWithLogitsLoss`. By itself the same vote.
# - BCE with `pos_weight=30`: each pixel of a three votes thirty times.
# - **Focal loss** of lesson 6: pixels that are right already hardly vote.
# - **Dice loss**: no vote at all. It compares areas, so a small object counts as much as a large one.
# - **BCE + Dice**: "the safe choice" in many tutorials.
#
# **Exercise 3 — Dice loss** (★★, 8 minutes). Next it trains.

# %% tags=["exercise:segmentation.dice_loss"]
# The build writes the starter of segmentation.dice_loss here.

# %%
check("segmentation.dice_loss", dice_loss)

# %% [markdown]
# What does each of them charge for the answer "no three anywhere", given for every pixel with 99 % certainty?

# %%
dice_loss = use("segmentation.dice_loss", dice_loss)

sought = threes[:8, None].float()                                            # (8, 1, 128, 128)
nothing = torch.full_like(sought, -4.6)                                      # sigmoid(-4.6) = 0.01
price = {
    "BCE": nn.BCEWithLogitsLoss()(nothing, sought),
    "BCE, pos_weight 30": nn.BCEWithLogitsLoss(pos_weight=torch.tensor(30.0))(nothing, sought),
    "focal": sigmoid_focal_loss(nothing, sought, reduction="mean"),
    "Dice": dice_loss(nothing[:, 0], sought[:, 0]),
}
print({name: round(float(loss), 3) for name, loss in price.items()})

# %% [markdown] ask="loss"
# Five losses, the same 60 steps each. Which of them find threes?
#
# - [ ] All but plain BCE: the others were made for this.
#   In 60 steps neither focal loss nor BCE + Dice finds a single pixel, with any of three seeds.
# - [x] BCE with `pos_weight`, and Dice alone.
#   Only these two make "nothing anywhere" expensive: a missed pixel costs thirty times, or nothing found costs the most there is.
# - [ ] BCE + Dice best of all, since it has both virtues.
#   BCE pulls all probabilities towards 0 first. There the sigmoid is flat, and Dice has hardly any slope to learn from.

# %%
#| at-least: {IoU of the threes with Dice: 0.1}
torch.manual_seed(0)
dice_head = learn(segmenter(num_classes=1).classifier, lambda z, t: dice_loss(z[:, 0], t.float()), threes, steps=60)
by_dice = answers(dice_head)
dice_iou = vl.metrics.segmentation.class_iou(count(by_dice, val_threes, 2))[1]
vl.report.metric("IoU of the threes with Dice", dice_iou)

# %%
#| fig-alt: "Four scenes: in the row above the threes that are there, in the row below what the head trained with Dice takes for a three."
#| compared: structure
def rows_of(numbers, *label_images):
    """Validation scenes with what each of several sets of label images says about them."""
    scenes = [v2.functional.pil_to_tensor(val_set[number][0]) for number in numbers]
    return [[overlay(scene, labels[number]) for scene, number in zip(scenes, numbers, strict=True)] for labels in label_images]


there, taken = rows_of([13, 21, 43, 69], 4 * val_threes, 4 * by_dice)        # in the colour of class 4
vl.viz.panels({"The threes that are there": in_rows(there), "What the head takes for a three": in_rows(taken)}, columns=1, size=360)

# %% [markdown]
# One run is one run. The table shows three seeds of each loss (lowest to highest IoU of the threes), and what happens if you
# are more patient. `python -m benchmarks.segmentation_losses` repeats it.

# %%
#| fold: Reads what the benchmark measured, and asks whether the run above lies within it.
#| words: [loss, 60 steps, 300 steps]
runs = [run for run in vl.datasets.measurements("segmentation_losses")["runs"] if run["experiment"] == "small"]


def spread(way, steps):
    """Lowest and highest IoU of the seeds."""
    ious = [run["iou"] for run in runs if (run["way"], run["steps"]) == (way, steps)]
    return min(ious), max(ious)


rows = [
    {"loss": way} | {f"{steps} steps": "{:.2f} – {:.2f}".format(*spread(way, steps)) for steps in (60, 300)}
    for way in dict.fromkeys(run["way"] for run in runs)
]
lowest, highest = spread("Dice", 60)
print("the run above lies within the seeds' spread, give or take .05:", bool(lowest - 0.05 <= dice_iou <= highest + 0.05))
vl.viz.table(rows, caption="IoU of the threes, lowest and highest of three seeds")

# %% [markdown]
# After 60 steps four of six have found nothing, whatever the seed. Then patience changes the picture: after 300 steps BCE +
# Dice is as good as Dice, cross-entropy has begun, and BCE and focal loss hardly have. So the "safe choice" is safe for
# those who have time. In a short training it finds nothing, and only the object's IoU tells you. Pixel accuracy does not:
# the two losses that found threes after 60 steps have *fewer* pixels right than the four that found none.
#
# **Lab: how small is small?** The same losses, 60 steps each, while what is sought grows: the digit 3 alone; 2, 3 and 4 taken
# together; any digit. From which share on do all of them find it? And which loss is among the best for the smallest object and
# among the worst for the largest?

# %%
#| fold: Reads what the benchmark measured for objects of three sizes, three seeds of each loss.
#| fig-alt: "Bars: the IoU that each of six losses reached after 60 steps, and the pixel accuracy of finding nothing; a control sets the share of the object. At the smallest share only Dice and BCE with pos_weight are not at 0."
sought = {"small": [4], "three": [3, 4, 5], "all": [*range(1, 11)]}          # classes: the digits, plus 1
every = vl.datasets.measurements("segmentation_losses")["runs"]
shares = [torch.isin(val_truth, torch.tensor(classes)).float().mean().item() for classes in sought.values()]
reached = {way: [] for way in dict.fromkeys(run["way"] for run in runs)}
for way, by_share in reached.items():
    for what in sought:
        by_share.append([run["iou"] for run in every if (run["experiment"], run["way"], run["steps"]) == (what, way, 60)])
vl.widgets.loss_lab(shares, reached)

# %% [markdown]
# Where every twelfth pixel counts, plain cross-entropy finds the digits as well as Dice does. There thirty votes are far too
# many: the loss that was second best for the threes now calls a digit what is none, and only focal loss scores as low. So
# count pixels before you choose a loss.
#
# ## 5.5 Eleven classes
#
# Now all ten digits. BCE asks one class at a time; for classes that exclude each other cross-entropy is usual, and it has
# the same weakness: 92 % of the votes are background's. `weight` gives each class a weight; we give the background a
# tenth. (The text that this course grew from writes `CrossEntropy2d`, which does not exist: `nn.CrossEntropyLoss` takes
# logits (N, K, H, W), too.)

# %%
#| at-least: {mean IoU: 0.3}
weight = torch.ones(11)
weight[0] = 0.1                                                              # a pixel of background counts a tenth

torch.manual_seed(0)
model = segmenter(num_classes=11)
bar = vl.widgets.progress(range(300), "300 steps")
model.classifier = learn(model.classifier, nn.CrossEntropyLoss(weight=weight), truth, steps=300, bar=bar)
model.eval()
found = answers(model.classifier)
table = count(found, val_truth, 11)
print("pixel accuracy:", round((table.diag().sum() / table.sum()).item(), 3))
vl.report.metric("mean IoU", miou(table))

# %%
#| fold: Reads what the benchmark measured with and without that weight, three seeds each.
eleven = [run for run in vl.datasets.measurements("segmentation_losses")["runs"] if run["experiment"] == "eleven"]
for weight_text, name in [("1", "all classes alike"), ("0.1", "background weighs a tenth")]:
    for steps in (60, 300):
        ious = [run["iou"] for run in eleven if (run["way"], run["steps"]) == (weight_text, steps)]
        print(f"{name}, {steps} steps: mean IoU {min(ious):.2f} – {max(ious):.2f}")

# %% [markdown]
# With little time the weight decides much, with more of it less.
#
# The head was trained on maps, but it sits in the model: `model(batch)["out"]` works on any picture. Here is what it says
# about four:

# %%
#| fig-alt: "Four scenes, above with the true digits in colours, below with the model's answer: most digits are found, their outlines blurred, some in the wrong colour."
#| compared: structure
there, said = rows_of([4, 9, 25, 56], val_truth, found)
vl.viz.panels({"What is there": in_rows(there), "What the model says": in_rows(said)}, columns=1, size=360)

# %% [markdown]
# How does an answer come about? Here is the second scene again, and one class, the digit 0: its logits as the head
# gives them, enlarged, as probabilities, and where they are the largest of all eleven.

# %%
#| fig-alt: "Four grey pictures: coarse squares, brighter on two zeros and dark elsewhere; the same smooth; white zeros on black with soft rims; and white zeros on black with hard rims."
#| compared: structure
batch = prepare(v2.functional.pil_to_tensor(val_set[9][0]))[None]
with torch.inference_mode():
    logits = model.classifier(model.backbone(batch))                         # (1, 11, 32, 32)
    enlarged = F.interpolate(logits, size=(128, 128), mode="bilinear")
coarse = F.interpolate(logits, size=(128, 128), mode="nearest")
stages = [coarse[0, 1], enlarged[0, 1], enlarged.softmax(dim=1)[0, 1], (enlarged.argmax(dim=1)[0] == 1).float()]
grey = [make_grid(one[None], normalize=True) for one in stages]              # least: black, greatest: white
vl.viz.panels({"Logits": grey[0], "Enlarged": grey[1], "Probabilities": grey[2], "The largest of all": grey[3]}, columns=4, size=160)

# %% [markdown]
# Now all classes, with the backbone's deep map in front. Every stage is the model's own part, fed with what the stage before
# gave:

# %%
#| compared: structure
names = ["background", *"0123456789"]
rgb = [(0, 0, 0), *[tuple(int(color[at : at + 2], 16) for at in (1, 3, 5)) for color in colors]]
walk = list(vl.steps.segmenter(model, batch[0], names, colors=rgb))
vl.widgets.stepper([walk[stage] for stage in (3, 4, 6, 7, 8)])               # without those that you have just seen

# %% [markdown]
# **Lab: how sure at least?** Choose one class and lower the least probability: when does a digit fill up, and when do false
# ones appear? Then let the colours fade, and compare with the picture below them.

# %%
#| fig-alt: "A scene with digits, the model's classes in colours over it; controls set the class, the least probability and the strength of the colours."
#| compared: structure
vl.widgets.overlay_lab(v2.functional.pil_to_tensor(val_set[9][0]), enlarged.softmax(dim=1)[0], names, colors=rgb, width=300)

# %% [markdown]
# And a picture of yours? Write some digits with a thick pen and photograph them from near.

# %%
#| fold: Asks the segmenter about any picture.
#| fig-alt: A photograph, in colours the pixels that the model takes for digits.
#| compared: structure
def segment(picture):
    """Colour what the model takes for digits on any picture."""
    small = v2.functional.resize(v2.functional.pil_to_tensor(picture), 160, max_size=320)
    with torch.inference_mode():
        answer = model(prepare(small)[None])["out"].argmax(dim=1)[0]
    return vl.viz.panels({"": overlay(small, answer)}, title="Digits on your picture?", size=300)


mine = vl.widgets.upload("coffee")
mine.on_change(segment)
mine

# %% [markdown]
# ## 5.6 When the size changes
#
# Pictures get resized all the time; labels must follow. **Bilinear** interpolation mixes neighbours, which is right for
# colours, and for logits: both are amounts. But class numbers are *names*. Half-way between a 1 (class 2) and a 7
# (class 8) lies a class 5: a four. **Nearest** picks one of the neighbours. There are two of this kind. `NEAREST` takes the
# pixel under the upper left corner of each new one, `NEAREST_EXACT` the one under its middle.

# %% [markdown] ask="halved"
# You halve all label images and enlarge them again, once by `NEAREST`, once bilinearly. What mIoU is left, compared with
# the labels before?
#
# - [ ] Bilinear more: it is the better interpolation.
#   For colours. Here it makes new numbers at every border, and numbers are classes.
# - [ ] The same for both, a little below 1.
#   Both lose fine strokes. But only one of them invents classes that were never there.
# - [x] About 0.9 by nearest, and much less bilinearly.
#   At every border bilinear runs through all numbers between two classes. Much of its foreground was never there.

# %%
#| within: {"back from 64, nearest": 0.02, "back from 64, nearest-exact": 0.02, "back from 64, bilinear": 0.02, "back from 96, nearest": 0.02, "back from 96, nearest-exact": 0.02, "back from 96, bilinear": 0.02}
modes = {"nearest": v2.InterpolationMode.NEAREST, "nearest-exact": v2.InterpolationMode.NEAREST_EXACT,
         "bilinear": v2.InterpolationMode.BILINEAR}
known = torch.stack([torch.isin(torch.arange(11), one) for one in val_truth])  # (100, 11)
for side in (64, 96):
    invented = {}                                                            # of the foreground, what never was on a scene
    for name, mode in modes.items():
        small = v2.functional.resize(val_truth.byte(), [side, side], interpolation=mode)
        back = v2.functional.resize(small, [128, 128], interpolation=mode).long()
        vl.report.metric(f"back from {side}, {name}", miou(count(back, val_truth, 11)))
        wrong = ~known[torch.arange(100)[:, None, None], back]
        invented[name] = f"{wrong.sum() / (back > 0).sum():.0%}"
    print("classes that never were there:", invented)

# %% [markdown]
# Halved, the two nearest ones are alike. At 96, three quarters, `NEAREST` has *moved* everything by a part of a pixel,
# and `NEAREST_EXACT` has not. Here is one digit, before and after:

# %%
#| fig-alt: "One digit's labels four times, enlarged: as they were; after NEAREST, moved a little; after NEAREST_EXACT, nearly as they were; and after bilinear, with a rim of other colours all around."
def around(label_image, size=45):
    """A window of a label image, its numbers as colours, enlarged."""
    window = torch.tensor(rgb)[label_image[55:55 + size, 75:75 + size]].movedim(-1, 0).byte()
    return v2.functional.resize(window, [5 * size], interpolation=modes["nearest-exact"])


before, windows = val_truth[9], []
for mode in modes.values():
    small = v2.functional.resize(before[None].byte(), [96, 96], interpolation=mode)
    windows.append(around(v2.functional.resize(small, [128, 128], interpolation=mode)[0].long()))
vl.viz.panels({"Before": around(before), "After NEAREST": windows[0], "After NEAREST_EXACT": windows[1],
               "After bilinear": windows[2]}, columns=4, size=180)

# %% [markdown]
# **Exercise 4 — resize a label image** (★, 5 minutes). To any size, so that nothing is invented and nothing moves.

# %% tags=["exercise:segmentation.resize_mask"]
# The build writes the starter of segmentation.resize_mask here.

# %%
check("segmentation.resize_mask", resize_mask)

# %% [markdown]
# In a pipeline v2 does this for you, if it knows that a tensor is a label image. `tv_tensors.Mask` says so. But it picks by
# `NEAREST`, whichever of the mixing ways the picture gets. `vl.transforms.segmentation_transform` picks by `NEAREST_EXACT`.

# %% [markdown] ask="plain"
# `v2.Resize` gets a pair: a picture as `tv_tensors.Image`, and its labels as a *plain* tensor. What becomes of the labels?
#
# - [ ] They are resized bilinearly, like the picture.
#   Alone they would be. Beside an `Image` a plain tensor is taken for something that is no picture.
# - [ ] An error: two tensors, and only one of them says what it is.
#   v2 lets through what it does not know, because samples may hold numbers and names as well.
# - [x] Nothing: they keep their size, without a word.
#   v2 takes a plain tensor beside an `Image` for something else, and passes it on as it is.

# %% tags=["exact"]
smaller = v2.Resize([64, 64])
picture = tv_tensors.Image(image)
resized, plain = smaller(picture, labels)
_resized, told = smaller(picture, tv_tensors.Mask(labels))
print("picture", tuple(resized.shape), "plain tensor", tuple(plain.shape), "Mask", tuple(told.shape))
print("classes of the Mask:", told.unique().tolist(), "(class 3 is the digit 2)")

# %% [markdown]
# And pictures of another shape? Networks for segmentation take any size, batches don't. Two ways to make a picture square:
# **distort** it, or **letterbox** it: keep its proportions and pad what is missing. We cut a flat strip out of each
# validation scene, ask the model both ways, and bring the answer back to the strip.

# %%
#| within: {letterboxed: 0.1}
#| at-least: {lost by distorting: 0.05}
resize_mask = use("segmentation.resize_mask", resize_mask)

strips = torch.stack([prepare(v2.functional.pil_to_tensor(val_set[number][0])) for number in range(24)])
strips, strip_truth = strips[:, :, 32:96], val_truth[:24, 32:96]             # (24, 3, 64, 128)
distorted, boxed = [], []
with torch.inference_mode():
    for some in vl.widgets.progress(strips.split(8), "24 strips"):
        square = model(v2.functional.resize(some, [128, 128]))["out"].argmax(dim=1)
        distorted += [torch.as_tensor(resize_mask(one.byte(), [64, 128])).long() for one in square]
        padded = F.pad(some, (0, 0, 32, 32))                                 # 32 rows above, 32 below
        boxed += [*model(padded)["out"].argmax(dim=1)[:, 32:96]]
by_letterbox = miou(count(torch.stack(boxed), strip_truth, 11))
by_distorting = miou(count(torch.stack(distorted), strip_truth, 11))
vl.report.metric("letterboxed", by_letterbox)
vl.report.metric("lost by distorting", by_letterbox - by_distorting)

# %% [markdown]
# Distorted, every digit is twice as high as it should be, and the model has never seen such digits. Letterbox where you can,
# and cut the padding off the answer. If you must distort, then in training too.
#
# ## 5.7 Pixels that nobody can name
#
# Where exactly does a coin end? People who draw labels leave a rim: the number 255, **void**. So does padding. Such pixels
# must not teach: `ignore_index=255`. Here a trap waits for a batch in which *nothing* counts, a corner of sky, say:

# %% tags=["exact"]
logits = torch.randn(1, 11, 4, 4, requires_grad=True)
void = torch.full((1, 4, 4), 255)
loss = nn.CrossEntropyLoss(ignore_index=255)(logits, void)
loss.backward()
print("loss", loss.item(), "| gradient", logits.grad.abs().max().item())
print("an epoch's mean loss:", sum([0.31, 0.28, loss.item(), 0.25]) / 4)

# %% [markdown]
# The mean over no pixel is 0/0. The gradient happens to be 0, so the model survives. But whatever the loss is added to is
# `nan`: the epoch's mean, the curve, and every rule that waits for "less than before".
#
# **Exercise 5 — a loss that knows void** (★★, 8 minutes). 0 where nothing counts.

# %% tags=["exercise:segmentation.loss_with_void"]
# The build writes the starter of segmentation.loss_with_void here.

# %%
check("segmentation.loss_with_void", loss_with_void)

# %%
loss_with_void = use("segmentation.loss_with_void", loss_with_void)

own = loss_with_void(logits, void)
theirs = vl.ops.losses.pixel_cross_entropy(logits, void)
print("nothing counts:", own.item(), "| the course's helper:", theirs.item())
labelled = torch.randint(11, (1, 4, 4))
print("otherwise as torch:", torch.allclose(loss_with_void(logits, labelled), F.cross_entropy(logits, labelled)))

# %% [markdown]
# ## 5.8 At full size
#
# torchvision publishes segmenters of the same three kinds. The enum says what you get, before anything is downloaded:

# %%
#| words: [network, million parameters, MB, mIoU]
published = {
    "lraspp_mobilenet_v3_large": segmentation.LRASPP_MobileNet_V3_Large_Weights.DEFAULT,
    "fcn_resnet50": segmentation.FCN_ResNet50_Weights.DEFAULT,
    "deeplabv3_resnet50": segmentation.DeepLabV3_ResNet50_Weights.DEFAULT,
}
rows = []
for name, weights in published.items():
    scores = weights.meta["_metrics"]["COCO-val2017-VOC-labels"]
    rows.append({"network": name, "million parameters": round(weights.meta["num_params"] / 1e6, 1),
                 "MB": round(weights.meta["_file_size"]), "mIoU": scores["miou"]})
print(weights.meta["categories"][:4], "…", weights.transforms())
vl.viz.table(rows, caption="By torchvision's own notes, on COCO with the classes of VOC")

# %% [markdown]
# The preparation resizes to 520 pixels and normalises; the answer comes at *that* size, and goes back to the photograph's
# by enlarging the **logits**, before `argmax`. Many tutorials write `Resize((520, 520))` here: that distorts, as you have
# measured. At home you write `deeplabv3_resnet50(weights=weights)`. These weights were not on the computer where this lesson
# was written, so there is no picture of their answer to show you. The next cell runs where they are, or where
# `VISLEARN_ASSETS=full` allows the download.

# %%
#| fold: Asks three published segmenters about the photograph of a cat, if their weights are at hand.
#| fig-alt: The photograph of a cat, three times, with what each of three published segmenters found on it in colours.
#| compared: structure
def ask_published():
    """What torchvision's three segmenters find on a photograph."""
    cat = v2.functional.pil_to_tensor(Image.open(vl.datasets.photos()["cat"]).convert("RGB"))
    pictures = {}
    for name, weights in published.items():
        network = vl.models.published(name, weights)                         # deeplabv3_resnet50(weights=weights).eval()
        with torch.inference_mode():
            logits = network(weights.transforms()(cat)[None])["out"]
        logits = F.interpolate(logits, size=cat.shape[-2:], mode="bilinear")
        found = logits.argmax(dim=1)[0]
        masks = found == torch.arange(1, 21)[:, None, None]
        pictures[name] = draw_segmentation_masks(cat, masks, alpha=0.6, colors=colors * 2)
    return vl.viz.panels(pictures, title="Published segmenters", size=300)


vl.viz.full_size(ask_published, stored="05_published", optional=True)

# %% [markdown]
# ## 5.9 Project: real coins
#
# Enough of digits. Here is a photograph from scikit-image, and somebody who wants to know how much of it is coin. The
# labels are made by brightness, as in lesson 6, with a rim of void. You learn on the left, and are judged on the right.

# %%
#| fold: Labels the coins by their brightness, with a rim of void.
from scipy import ndimage
from skimage import data, filters
from skimage import segmentation as regions

grey = data.coins()
seeds = (grey < 30) + 2 * (grey > 150).astype(int)
filled = ndimage.binary_fill_holes(regions.watershed(filters.sobel(grey), seeds) - 1)
coins = ndimage.binary_opening(filled, iterations=2)
coin_labels = torch.from_numpy(coins).long()
coin_labels[torch.from_numpy(ndimage.binary_dilation(coins) & ~ndimage.binary_erosion(coins))] = 255

# %%
#| fig-alt: "A photograph of rows of coins on a dark ground: the coins coloured, a thin rim in another colour around each, and a line between the part to learn from and the part to be judged on."
coin_picture = torch.from_numpy(grey).expand(3, -1, -1)                      # (3, 303, 384), uint8
masks = torch.stack([coin_labels == 1, coin_labels == 255])
drawn = draw_segmentation_masks(coin_picture, masks, alpha=0.6, colors=[colors[1], colors[5]])
drawn[:, :, 255:257] = 255                                                   # left of it: to learn from
v2.functional.to_pil_image(drawn)

# %% [markdown]
# **Exercise 6 — a segmenter of coins** (★★★, 20 minutes). Your function gets a model like ours with a new head, and 96
# windows of the left part. Train it, in seconds, and mind the rim. On the right part, which it has never seen, the coins'
# IoU must reach 0.85. Then put in pictures and label images of your own.

# %% tags=["exercise:segmentation.train_segmenter"]
# The build writes the starter of segmentation.train_segmenter here.

# %%
check("segmentation.train_segmenter", train_segmenter)

# %% [markdown]
# ## 5.10 Recall
#
# Five questions, without looking back. What you fetch from memory stays there.

# %% [markdown] recall="empty" lesson="05_segmentation"
# A segmenter for cracks in a wall says "no crack" for every pixel and reaches 99.5 % pixel accuracy. The IoU of cracks?
#
# - [x] 0
#   Nothing was found: nothing is shared, and 0 over anything is 0.
# - [ ] 0.5
#   That would be the mean of crack (0) and wall (nearly 1). The question is about one of them.
# - [ ] 0.995
#   That is pixel accuracy, which the wall decides.

# %% [markdown] recall="names" lesson="05_segmentation"
# Which of these may be resized bilinearly?
#
# - [ ] The label image, if it is rounded afterwards.
#   Rounded, a 5 between 2 and 8 is still a 5: a class that was never there.
# - [x] The picture and the logits.
#   Both are amounts. Between two amounts lies an amount.
# - [ ] None of them.
#   Then nearest would be left for pictures as well, and they would look like stairs.

# %% [markdown] recall="iou" lesson="06_vision_ops"
# Two objects of 100 pixels each share 50 pixels. Their IoU?
#
# - [ ] 1/2
#   Half of each is shared. But the union holds 150 pixels.
# - [x] 1/3
#   50 shared, 150 covered together. (Dice would be 1/2.)
# - [ ] 1/4
#   50 over 200 counts the shared pixels twice.

# %% [markdown] recall="frozen" lesson="02_transfer_learning"
# The backbone stays frozen. In which mode does it belong while the head learns?
#
# - [x] `eval()`
#   Else its BatchNorm measures every batch anew, and what it knew drifts away, gradients or none.
# - [ ] `train()`, since we are training.
#   Frozen parameters don't move, but BatchNorm's statistics do.
# - [ ] It makes no difference: nothing has a gradient.
#   Statistics are no gradients. They change in every forward pass in `train()` mode.

# %% [markdown] recall="range" lesson="00_overview"
# Which classifier-habit must you keep with torchvision's segmenters, and not with its detectors?
#
# - [ ] One picture at a time.
#   Both take several.
# - [x] `Normalize`
#   A detector does it itself; a segmenter expects it done.
# - [ ] `softmax` before the loss.
#   No loss here wants it: `cross_entropy` takes logits.

# %% [markdown]
# ## 5.11 Summary
#
# | you want to | use | remember |
# |---|---|---|
# | read pictures with label images | `VOCSegmentation` | numbers are names; 0 background, 255 void |
# | look at them | `draw_segmentation_masks`, `make_grid` | one mask per class |
# | a segmenter | `LRASPP`, `fcn_resnet50`, `deeplabv3_resnet50` | `model(x)["out"]`; normalise before |
# | your own backbone | `create_feature_extractor`, `LRASPP(backbone, …)` | `"low"` and `"high"` |
# | back to the picture's size | `F.interpolate(logits, size=…, mode="bilinear")` | logits, never labels |
# | a loss | `nn.CrossEntropyLoss(weight=…, ignore_index=255)` | nan where nothing counts |
# | find what is small | Dice, or BCE with `pos_weight` | and patience |
# | a score | IoU per class, mIoU | pixel accuracy lies |
# | resize labels | `tv_tensors.Mask`, `NEAREST_EXACT` | a plain tensor passes unresized |
# | tell objects apart | `maskrcnn_resnet50_fpn`, `masks_to_boxes` | a mask per object |
#
# And in this course: `vl.models.segmenter`, `vl.metrics.segmentation`, `vl.ops.losses`, `vl.training.fit_segmenter`.
#
# ---
# **Before:** [lesson 4, detection](04_detection.ipynb). **Next:** [lesson 7, images and
# films](07_image_video_io.ipynb).
