# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   vislearn:
#     minutes: 80
#     level: 3
#     after: [04_detection, 02_transfer_learning]
#     # Its one training, 12.5: 600 steps of 75 to 80 ms are 45 to 50 s of one core, judging three times 10 s more. Two epochs
#     # end at .81, not at .87; channels_last, a fused AdamW and batches of four save a tenth at most.
#     budget: {seconds: 120, memory_mb: 2500}
# ---

# %% [markdown]
# # 12. Train a detector: your own boxes
#
# In lesson 4 you took a detector apart. Now you train one on pictures with boxes: torchvision's Faster R-CNN, around a small
# network of your choice. It needs about a minute on a laptop. In the end a new program, which knows nothing of
# this notebook, looks for digits on a photograph of yours.
#
# **About 80 minutes · level 3 of 3 · after lessons 2 and 4.** After this lesson you can:
#
# - put a backbone of your choice into Faster R-CNN, or a new head on a published detector;
# - move boxes and masks together with their picture;
# - train with a loss of four parts, and judge after every epoch;
# - say *how* a detector fails: missed, duplicate, badly placed, wrong class;
# - save a detector, and use it in another program.

# %% [markdown]
# ## 12.1 What there is to learn
#
# Photographs of 128 × 128 pixels with up to four handwritten digits: 400 to learn from, 100 others to judge by.
# Each sample is a picture and a **target**, as lesson 4's data set class gives them.

# %% tags=["exact"]
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision import tv_tensors
from torchvision.models import detection
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FasterRCNN, FastRCNNPredictor, TwoMLPHead
from torchvision.ops import FrozenBatchNorm2d, MultiScaleRoIAlign, box_iou
from torchvision.transforms import v2
from torchvision.utils import draw_bounding_boxes, make_grid

import vislearn as vl
from vislearn.exercises import check, hint, solution, use

samples = list(vl.widgets.progress(vl.datasets.scene_detection("train"), "reading"))     # (picture, {"boxes": ..., "labels": ...})
val_samples = list(vl.datasets.scene_detection("val"))
image, target = samples[16]
print(tuple(image.shape), image.dtype, f"{image.min():.2f} ... {image.max():.2f}")
print("boxes ", target["boxes"].tolist())
print("labels", target["labels"].tolist(), "are the digits", (target["labels"] - 1).tolist())

# %%
#| fig-alt: Three photographs with handwritten digits on them; a box with the digit's name surrounds each.
def drawn(image, boxes, words=None, colours="yellow"):
    """A picture twice as large, with boxes and words: uint8 (3, 256, 256)."""
    large = v2.functional.resize(v2.functional.to_dtype(image, torch.uint8, scale=True), [256, 256])
    return draw_bounding_boxes(large, 2 * boxes, words, colours, width=2, fill_labels=True) if len(boxes) else large


def digits(labels):
    """Label 1 is the digit 0, label 10 the digit 9."""
    return [str(label - 1) for label in labels.tolist()]


sheet = [drawn(image, target["boxes"], digits(target["labels"])) for image, target in [samples[2], samples[10], samples[19]]]
v2.functional.to_pil_image(make_grid(sheet, padding=4))

# %% [markdown]
# ## 12.2 Two ways to a detector
#
# **A new head on a published detector.** `fasterrcnn_mobilenet_v3_large_320_fpn` is torchvision's lightest Faster R-CNN, trained on
# photographs with COCO's words. Keep everything but the last layer. At home you write `weights="DEFAULT"`,
# a download of 74 MB; here it starts from random numbers, because only the head matters now.

# %% [markdown] ask="outputs"
# Your detector shall know ten digits. Which `num_classes` does torchvision want for the new head?
#
# - [ ] 10
#   Then label 10, the digit 9, has no output, and the loss stops with an index error.
# - [x] 11
#   Ten digits and the background, which has the number 0. Most of what a detector looks at is background, so it needs a name too.
# - [ ] 91, as in COCO
#   It would run: 80 outputs would never be right, and learn that.

# %%
torch.manual_seed(0)
published = detection.fasterrcnn_mobilenet_v3_large_320_fpn(weights=None, weights_backbone=None)
inputs = published.roi_heads.box_predictor.cls_score.in_features
print("before:", published.roi_heads.box_predictor.cls_score)
published.roi_heads.box_predictor = FastRCNNPredictor(inputs, num_classes=11)
print("now:   ", published.roi_heads.box_predictor.cls_score)

images, targets = zip(*samples[:2], strict=True)                              # a batch: pictures and targets, no common tensor
optimizer = torch.optim.SGD(published.parameters(), lr=0.005, momentum=0.9, weight_decay=1e-4)
losses = published.train()(list(images), list(targets))          # train mode: a dict of losses
optimizer.zero_grad()
sum(losses.values()).backward()
optimizer.step()
predictions = published.eval()(list(images))                     # eval mode: predictions, one dict per picture
print(*losses, "|", *predictions[0])

# %% [markdown]
# That was a whole training step, with SGD as in most tutorials. **In train mode a detector wants targets and returns
# losses; in eval mode it wants pictures and returns predictions.** A classifier returns scores in both.
#
# **Your own backbone.** 19 million numbers are many for ten digits on small pictures. `FasterRCNN` takes any network that
# turns a picture into a map and says in `out_channels` how deep it is. We take the course's small ResNet `scene`. It learned
# the digits 0 to 4 on cut-outs and has never seen a 5, 6, 7, 8 or 9.
#
# The first stages stay as they are: edges are edges. Lesson 2 warned that `requires_grad_(False)` doesn't stop BatchNorm
# from measuring anew in train mode; `FrozenBatchNorm2d` does.

# %% tags=["exact"]
def digit_backbone(network):
    """Picture (N, 3, H, W) -> map (N, 64, H/4, W/4); only layer3 and the last two layers learn."""
    backbone = nn.Sequential(
        network.conv1, network.bn1, network.relu, network.layer1, network.layer2, network.layer3,
        nn.Conv2d(128, 64, 1), nn.Conv2d(64, 64, 3, padding=1),
    )
    backbone[:5].requires_grad_(False)
    for name, module in list(backbone.named_modules()):
        if isinstance(module, nn.BatchNorm2d):
            frozen = FrozenBatchNorm2d(module.num_features)
            frozen.load_state_dict(module.state_dict())
            backbone.set_submodule(name, frozen)
    backbone.out_channels = 64
    return backbone


def build_detector(num_outputs, backbone, anchors=(15.0, 24.0, 36.0)):
    """Faster R-CNN for small pictures; num_outputs counts the background."""
    return FasterRCNN(
        backbone,
        min_size=96, max_size=96,                                        # not torchvision's 800
        rpn_anchor_generator=AnchorGenerator((anchors,), ((0.6, 1.0, 1.6),)),
        rpn_pre_nms_top_n_train=300, rpn_pre_nms_top_n_test=300,
        rpn_post_nms_top_n_train=100, rpn_post_nms_top_n_test=100,       # 100 proposals; four objects need no 2000
        rpn_batch_size_per_image=64, box_batch_size_per_image=32,
        box_roi_pool=MultiScaleRoIAlign(["0"], output_size=7, sampling_ratio=1),
        box_head=TwoMLPHead(64 * 7 * 7, 256),
        box_predictor=FastRCNNPredictor(256, num_outputs),
    )


device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
torch.manual_seed(0)
model = build_detector(11, digit_backbone(vl.models.pretrained("scene"))).to(device)
learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
for name, parameters in [("published", published.parameters()), ("ours", model.parameters()), ("ours, learning", learning)]:
    print(f"{name:15}{sum(parameter.numel() for parameter in parameters):>11,} numbers")

# %% [markdown]
# Do published detectors freeze BatchNorm too? Many train with two large photographs per batch, far too few to measure a mean by.
# Ask them. On the device `meta` a network has layers but no numbers, so building one is quick:

# %% tags=["exact"]
with torch.device("meta"):
    for build in [detection.fasterrcnn_resnet50_fpn, detection.retinanet_resnet50_fpn, detection.fasterrcnn_mobilenet_v3_large_320_fpn,
                  detection.fasterrcnn_resnet50_fpn_v2, detection.ssdlite320_mobilenet_v3_large]:
        layers = list(build(weights=None, weights_backbone=None).modules())
        learns = sum(isinstance(layer, nn.BatchNorm2d) for layer in layers)
        rests = sum(isinstance(layer, FrozenBatchNorm2d) for layer in layers)
        print(f"{build.__name__:40} BatchNorm2d {learns:3}   FrozenBatchNorm2d {rests:3}")

# %% [markdown]
# Untrained, these five have only `BatchNorm2d`: who starts from random numbers must let it learn. torchvision puts
# `FrozenBatchNorm2d` in where weights are loaded:

# %% tags=["exact"]
from torchvision.models import resnet50

with torch.device("meta"):
    body = resnet50(norm_layer=FrozenBatchNorm2d)                        # as fasterrcnn_resnet50_fpn(weights=...) does
print(sum(isinstance(layer, FrozenBatchNorm2d) for layer in body.modules()), "layers at rest")

# %% [markdown]
# But not everywhere: `fasterrcnn_resnet50_fpn_v2` and `ssdlite320_mobilenet_v3_large` were trained with a BatchNorm that learns, and keep it.
#
# ## 12.3 The loss comes in four parts
#
# Faster R-CNN looks twice. The **RPN** asks at every anchor: is there *anything*, and where? A second head looks at the best
# proposals: *what* is it, and where *exactly*?
#
# | part | look | asks | untrained |
# |---|---|---|---|
# | `loss_objectness` | first | object or background? | ln 2 = 0.69: a coin |
# | `loss_rpn_box_reg` | first | how far is the anchor from the object? | small |
# | `loss_classifier` | second | which of 11 classes? | ln 11 = 2.40: a guess |
# | `loss_box_reg` | second | how far is the proposal from the object? | small: hardly a proposal fits |

# %% [markdown] ask="rising"
# Training begins. All four shall fall, and three do from the start. What will `loss_box_reg` do in the first hundred steps?
#
# - [ ] Fall like the others.
#   It falls in the end. But it counts only for proposals that lie on an object, and at first there are hardly any.
# - [x] Rise first.
#   The better the RPN, the more proposals lie on objects, and the more boxes there are to correct. A loss that rises can be good news.
# - [ ] Stay as it is: boxes come last.
#   Both heads learn at the same time, from the same sum.

# %% [markdown]
# **Exercise 1 — one step** (★★, 8 minutes). Sum, `zero_grad`, `backward`, `step`; and the parts as numbers. The training below
# runs with your function.

# %% tags=["exercise:detector.train_step"]
# The build writes the starter of detector.train_step here.

# %%
check("detector.train_step", train_step)

# %% [markdown]
# ## 12.4 When the picture moves, everything moves
#
# Tutorials write `if self.transforms: img = self.transforms(img)` in their data set. Mirror a picture that way, and its boxes stay
# where they were. torchvision's v2 transforms move them along, if they *say* that they are boxes: `tv_tensors.BoundingBoxes`.

# %%
#| fig-alt: "Three pictures of the same digits. Before: boxes on the digits. Middle: mirrored, boxes left behind beside the digits. Right: mirrored, boxes on the digits."
mirror = v2.RandomHorizontalFlip(p=1)
image, target = samples[16]
wrapped = dict(target, boxes=tv_tensors.BoundingBoxes(target["boxes"], format="XYXY", canvas_size=image.shape[-2:]))
moved, moved_target = mirror(tv_tensors.Image(image), wrapped)           # picture and target together

sheet = [drawn(image, target["boxes"]), drawn(mirror(image), target["boxes"]), drawn(moved, moved_target["boxes"])]
v2.functional.to_pil_image(make_grid(sheet, padding=4))

# %% [markdown]
# In the middle: no error, no warning, only wrong places. In a measured training with half of the pictures like this
# (`benchmarks/detection_training.py`), mAP fell from .69 to .59, and nothing else told of it. **Look at ten augmented samples before every training.**
#
# And ask whether the transform makes sense. A mirrored cat is a cat; a mirrored 2 is no digit. We train without.
#
# **Exercise 2 — mirror** (★★, 8 minutes). Move picture, boxes and masks yourself. Then v2 is the judge.

# %% tags=["exercise:detector.flip"]
# The build writes the starter of detector.flip here.

# %%
check("detector.flip", flip)

# %%
flip = use("detector.flip", flip)
masks = torch.zeros(len(target["boxes"]), 128, 128)
by_hand = flip(image, target["boxes"], masks)
print("as v2:", torch.equal(by_hand[0], moved), torch.equal(by_hand[1], moved_target["boxes"].as_subclass(Tensor)))

# %% [markdown]
# Crops, rotations and colours go in the same way. A rotated box becomes the upright box around it, so large rotations make
# loose boxes. `v2.ClampBoundingBoxes()` cuts boxes at the picture's edge, and `v2.SanitizeBoundingBoxes()` takes out
# what was cut off, with its label. Put both at the end of the list:

# %%
#| fig-alt: Four versions of one picture with digits, cropped, turned, shrunk and recoloured; a box surrounds each digit in all of them.
torch.manual_seed(4)
tail = [v2.ClampBoundingBoxes(), v2.SanitizeBoundingBoxes(), v2.Resize((128, 128))]
image, target = samples[19]
wrapped = dict(target, boxes=tv_tensors.BoundingBoxes(target["boxes"], format="XYXY", canvas_size=(128, 128)))
wrapped = {name: wrapped[name] for name in ("boxes", "labels")}
sheet = []
for transform in [v2.RandomIoUCrop(min_scale=0.5, sampler_options=[0.0]), v2.RandomRotation((15, 15)),
                  v2.RandomZoomOut(side_range=(1.6, 1.6), p=1), v2.ColorJitter(brightness=0.3, hue=0.4)]:
    changed, changed_target = v2.Compose([transform, *tail])(tv_tensors.Image(image), wrapped)
    sheet.append(drawn(changed, changed_target["boxes"], digits(changed_target["labels"])))
v2.functional.to_pil_image(make_grid(sheet, padding=4))

# %% [markdown]
# ## 12.5 Train, and judge after every epoch
#
# Validation *loss* is no use here: a detector gives losses in train mode only, and a lower sum of four need not mean better
# boxes. Judge by what you want. Lesson 4 built **average precision** step by step; here it is in plain PyTorch. A
# box counts as found if it overlaps an object of its class with IoU ≥ .5; the mean over classes is **mAP@.5**.

# %% tags=["exact"]
def predict(model, samples):
    """What a model says about each picture."""
    model.eval()
    with torch.inference_mode():
        said = [model([image.to(device)])[0] for image, _target in samples]
    return [{name: value.cpu() for name, value in one.items()} for one in said]


def average_precision(predictions, targets, label, least_iou):
    """Area under the precision-recall curve of one class, at 101 points as COCO takes it."""
    hits, objects = [], 0                                                # (score, found?) of every box
    for said, target in zip(predictions, targets, strict=True):
        mine, true = said["labels"] == label, target["boxes"][target["labels"] == label]
        overlaps, free = box_iou(said["boxes"][mine], true), torch.ones(len(true), dtype=torch.bool)
        objects += len(true)
        for score, overlap in zip(said["scores"][mine].tolist(), overlaps, strict=True):      # torchvision sorts: surest first
            overlap = torch.where(free, overlap, 0)
            found = bool((overlap >= least_iou).any())
            if found:
                free[overlap.argmax()] = False                           # an object can be found once
            hits.append((score, found))
    hits = torch.tensor([found for _score, found in sorted(hits, key=lambda hit: -hit[0])], dtype=torch.float64).cumsum(0)
    precision = (hits / torch.arange(1, len(hits) + 1)).flip(0).cummax(0).values.flip(0)
    at = torch.searchsorted(hits / objects, torch.linspace(0, 1, 101, dtype=torch.float64))
    return torch.cat([precision, torch.zeros(1)])[at].mean()


def mean_ap(predictions, targets, least_iou=0.5):
    """Mean over the ten digits."""
    return torch.stack([average_precision(predictions, targets, label, least_iou) for label in range(1, 11)]).mean().item()


def strict_map(predictions, targets):
    """COCO's mAP: the mean over ten demands, IoU .5, .55 ... .95."""
    return sum(mean_ap(predictions, targets, percent / 100) for percent in range(50, 100, 5)) / 10

# %% [markdown] ask="strict"
# Two scores after each of three epochs: mAP@.5, which is content with half an overlap, and mAP, which also demands tight boxes. What will you see?
#
# - [ ] Both rise together.
#   Both rise, but not side by side: to find a thing is easier than to measure it.
# - [x] mAP@.5 is high early; mAP follows later and stays lower.
#   The detector finds things before it measures them. The last pixels at the edges take longest.
# - [ ] mAP rises first: tight boxes need no class.
#   Both scores go class by class, and whoever passes .75 has passed .5.

# %%
train_step = use("detector.train_step", train_step)


def collate(batch):
    """A list of pictures and a list of targets: sizes and numbers of objects differ."""
    return tuple(zip(*batch, strict=True))


torch.manual_seed(0)
val_targets = [target for _image, target in val_samples]
loader = DataLoader(samples, batch_size=2, shuffle=True, collate_fn=collate)
optimizer = torch.optim.AdamW(learning, lr=0.001, weight_decay=0.05)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.001, total_steps=3 * len(loader), pct_start=0.1)
parts, lenient, strict = [], [], []
with vl.traps.watch(model, optimizer, schedule):                         # silent where nothing is wrong
    for epoch in range(3):
        for images, targets in vl.widgets.progress(loader, f"epoch {epoch + 1} of 3"):
            images = [image.to(device) for image in images]
            targets = [{name: value.to(device) for name, value in target.items()} for target in targets]
            parts.append(train_step(model, images, targets, optimizer))
            schedule.step()
        predictions = predict(model, val_samples)
        lenient.append(mean_ap(predictions, val_targets))
        strict.append(strict_map(predictions, val_targets))
        print(f"epoch {epoch + 1}: mAP@.5 {lenient[-1]:.2f}   mAP {strict[-1]:.2f}")

# %%
#| at-least: {mAP@.5: 0.8, mAP: 0.48}
vl.report.metric("mAP@.5", lenient[-1])
vl.report.metric("mAP", strict[-1])
scores = vl.metrics.coco_scores(predictions, val_targets)                # the same, in one line
print("the same:", abs(scores.ap50 - lenient[-1]) < 0.001, abs(scores.ap - strict[-1]) < 0.001)

# %% [markdown]
# `coco_scores` has more: `ap75`, and `ar_100`, **average recall**. That is not "the share of objects found": it takes that
# share at each of the ten demands, .5 to .95, and averages. Boxes that find everything loosely get a low one.
#
# Were you right about `loss_box_reg`? Each point is a mean over 25 steps.

# %%
#| fig-alt: "Two panels. Left: four losses over the steps; the second look's box loss rises at first, then falls; objectness and classes fall; the first look's box loss stays near 0. Right: mAP@.5 above mAP, both rising over three epochs."
#| compared: structure
#| words: [second look, first look]
def smooth(name):
    """Means over 25 steps."""
    return torch.tensor([part[name] for part in parts]).reshape(-1, 25).mean(dim=1).tolist()


vl.viz.curves(
    {"loss per 25 steps": {name: smooth(name) for name in ["loss_objectness", "loss_rpn_box_reg", "loss_classifier", "loss_box_reg"]},
     "score per epoch": {"mAP@.5": lenient, "mAP": strict}},
    xlabel="time", ylabel=["part of the loss", "score on 100 other pictures"], title="Three epochs of learning",
)

# %% [markdown]
# ### Was the trained backbone worth it? And the recipe?
#
# One run is one run. These were made with three seeds, SGD with two and one (`python -m benchmarks.small_detector` repeats them). *Scratch*
# is the same network from random numbers, where everything learns.

# %%
#| fold: "Reads the measured runs, and adds yours."
#| words: ["training", "mAP@.5 after each epoch", "mAP in the end", "lowest to highest mAP@.5", "trained backbone, AdamW", "scratch, AdamW", "trained backbone, SGD 0.02, OneCycle, clipped", "trained backbone, SGD 0.005, constant", "yours, just now"]
runs = vl.datasets.measurements("small_detector")["runs"]


def row(words, way):
    """Means over a way's seeds, and how far they lie apart."""
    mine = [run for run in runs if run["way"] == way]
    ends = [run["map50"][-1] for run in mine]
    middle = [sum(values) / len(values) for values in zip(*[run["map50"] for run in mine], strict=True)]
    return {"training": words, "mAP@.5 after each epoch": "  ".join(f"{value:.2f}" for value in middle),
            "mAP in the end": f"{sum(run['map'][-1] for run in mine) / len(mine):.2f}",
            "lowest to highest mAP@.5": f"{min(ends):.2f} … {max(ends):.2f}"}


yours = {"training": "yours, just now", "mAP@.5 after each epoch": "  ".join(f"{value:.2f}" for value in lenient),
         "mAP in the end": f"{strict[-1]:.2f}", "lowest to highest mAP@.5": ""}
vl.viz.table(
    [row("trained backbone, AdamW", "recipe"), row("scratch, AdamW", "scratch"),
     row("trained backbone, SGD 0.02, OneCycle, clipped", "SGD"), row("trained backbone, SGD 0.005, constant", "SGD as in tutorials"), yours],
    caption="Three epochs on 400 pictures, two per batch",
)

# %% [markdown]
# The worst trained start ends far above the best scratch. SGD is no mistake: with a schedule and a rate that somebody
# tried it equals AdamW here. The tutorials' constant 0.005 only has not got there yet.
#
# ## 12.6 How does it fail?
#
# A mean hides the kinds of mistake. A box that the detector is sure of (score ≥ .5) is one of five things. *Right*: an object of its class,
# IoU ≥ .5, that no surer box has found. *Duplicate*: found already. *Wrong class*: well placed, wrong name. *Badly placed*: it
# overlaps an object by at least .1, not by .5. *Background*: nothing there. And an object that no right box found is *missed*.
#
# **Exercise 3 — which kind?** (★★, 10 minutes).

# %% tags=["exercise:detector.kind_of_box"]
# The build writes the starter of detector.kind_of_box here.

# %%
check("detector.kind_of_box", kind_of_box)

# %% [markdown] ask="kinds"
# Your detector, 100 new pictures, boxes with a score of .5 or more. Which kind of mistake will be the most frequent?
#
# - [ ] Wrong class: many digits look alike.
#   There are some. But look-alikes often share the score between two names, neither reaches .5, and then nothing is said.
# - [ ] Duplicate: many anchors lie on each digit.
#   NMS takes them out: of two boxes of one class that overlap by more than .5 only the surer one stays.
# - [x] Missed.
#   A detector that is not sure says nothing. And a digit whose only box has the wrong name or lies badly counts as missed, too.

# %%
#| at-least: {missed minus wrong class: 1}
from collections import Counter

kind_of_box = use("detector.kind_of_box", kind_of_box)
kinds, confusion = Counter(), torch.zeros(11, 11, dtype=torch.int64)     # rows: truth, columns: said; 10 is background
mistakes = []
for said, target in zip(predictions, val_targets, strict=True):
    sure, before = said["scores"] >= 0.5, kinds.total() - kinds["right"]
    true, labels = target["boxes"], target["labels"]
    taken, met = torch.zeros(len(true), dtype=torch.bool), torch.zeros(len(true), dtype=torch.bool)
    for box, label in zip(said["boxes"][sure], said["labels"][sure], strict=True):
        kind = kind_of_box(box, label, true, labels, taken)
        kinds[kind] += 1
        overlap = box_iou(box[None], true)[0]
        if kind == "right":
            taken[torch.where((labels == label) & ~taken, overlap, -1).argmax()] = True
        open_ones = torch.where(met, 0, overlap)
        if (open_ones >= 0.5).any():                                     # this box lies on that object, whatever it says
            confusion[labels[open_ones.argmax()] - 1, label - 1] += 1
            met[open_ones.argmax()] = True
        else:
            confusion[10, label - 1] += 1                                # said something where nothing new is
    kinds["missed"] += int((~taken).sum())
    for label in labels[~met]:
        confusion[label - 1, 10] += 1                                    # said nothing where something is
    mistakes.append(kinds.total() - kinds["right"] - before)
print(dict(kinds.most_common()))
vl.report.metric("missed minus wrong class", kinds["missed"] - kinds["wrong class"])

# %%
#| fig-alt: "A confusion matrix of ten digits and the background: most counts on the diagonal; in the last column digits that were missed, in the last row boxes where no digit is."
#| compared: structure
vl.viz.confusion(confusion, [*"0123456789", "none"], title="Truth in rows, answers in columns; none: background", width=568)

# %% [markdown]
# The last **column** is what it overlooked, the last **row** what it made up. A classifier's matrix has neither. The numbers count digits and boxes, not pictures. A digit with a
# wrong name counts twice above: its box is of the wrong class, and the digit is missed.
#
# Look at the pictures with most mistakes. Green is the truth, red what the detector says.

# %%
#| fig-alt: "Three pictures with true boxes in green and the detector's in red; not all of them agree."
#| compared: structure
sheet = []
for at in torch.tensor(mistakes).argsort(descending=True, stable=True)[:3].tolist():
    (image, target), said = val_samples[at], predictions[at]
    sure = said["scores"] >= 0.5
    both = torch.cat([target["boxes"], said["boxes"][sure]])
    colours = ["lime"] * len(target["boxes"]) + ["red"] * int(sure.sum())
    sheet.append(drawn(image, both, digits(torch.cat([target["labels"], said["labels"][sure]])), colours))
v2.functional.to_pil_image(make_grid(sheet, padding=4))

# %% [markdown]
# For each ask: would a person know it? If so, more pictures of *that kind* will help, not more epochs.
#
# ## 12.7 Anchors that don't fit
#
# Here anchors are about as large as the digits. Now somebody makes them three times too small, or three times too large.

# %% [markdown] ask="anchors"
# An anchor counts as "on the object" from an IoU of .7. Three times too small, hardly one comes near. What will the training give?
#
# - [ ] Nothing: the RPN has no object to learn from.
#   So one reads often. But `allow_low_quality_matches` gives each object its best anchor, however bad, and in training torchvision adds the true boxes to the proposals.
# - [x] A detector that learns more slowly, and ends lower.
#   Each object gets its best anchor, however bad, and boxes are corrected twice. It works; it only costs.
# - [ ] The same: anchors are corrected anyway.
#   Corrected, yes. But the further the way, the more there is to learn for each of them.

# %%
#| fold: "Reads the measured runs: three seeds for each size of anchors."
#| words: ["anchors", "mAP@.5 after each epoch", "mAP in the end", "as the digits", "three times too small", "three times too large"]
vl.viz.table(
    [{"anchors": words, **{name: value for name, value in row(words, way).items() if name != "training"}}
     for words, way in [("as the digits", "recipe"), ("three times too small", "anchors too small"), ("three times too large", "anchors too large")]],
    caption="The same training, three sizes of anchors",
)

# %% [markdown]
# So "nothing is found" is *not* the sign of wrong anchors. Their sign is a slow start and a lower mAP in the end. Measure your objects before
# you train, and choose anchors of their size: the square root of width × height, after the resizing.
#
# ## 12.8 Boxes from elsewhere
#
# Annotation tools leave corners in the wrong order, boxes beyond the picture, labels from 0. What does torchvision say?

# %%
image = samples[0][0].to(device)
wrong_targets = {
    "no area": {"boxes": [[10.0, 10, 10, 40]], "labels": [1]},
    "drawn from right to left": {"boxes": [[70.0, 60, 30, 90]], "labels": [1]},
    "label 0": {"boxes": [[10.0, 10, 40, 40]], "labels": [0]},
    "beyond the picture": {"boxes": [[100.0, 100, 170, 150]], "labels": [1]},
}
for words, target in wrong_targets.items():
    try:
        model.train()([image], [{name: torch.tensor(value, device=device) for name, value in target.items()}])
        print(f"{words}: taken without a word")
    except AssertionError as error:
        print(f"{words}: {error}")

# %% [markdown]
# Boxes without area and inside-out ones are refused by an assertion. The other two are worse: label 0 *is* the
# background, so that class will never be found. `vl.datasets.check_detection` looks for all of these before you train.
#
# **Exercise 4 — repair** (★★, 10 minutes). Mend what can be mended.

# %% tags=["exercise:detector.repair"]
# The build writes the starter of detector.repair here.

# %%
check("detector.repair", repair)

# %%
repair = use("detector.repair", repair)
boxes = torch.tensor([target["boxes"][0] for target in wrong_targets.values()])
boxes, labels = repair(boxes, torch.zeros(4, dtype=torch.int64), 128, 128)
print(boxes.tolist(), labels.tolist())
with torch.inference_mode():
    losses = model.train()([image], [{"boxes": boxes.to(device), "labels": labels.to(device)}])
print("taken:", *losses)

# %% [markdown]
# ## 12.9 Out of the notebook
#
# A detector is of use when another program can load it. That program needs the parameters, the class names, and the two
# functions that build the network. `inspect.getsource` copies them as you wrote them. The file below is a whole program.

# %% tags=["exact"]
import inspect
import json
import subprocess
import sys
import tempfile
from pathlib import Path

folder = Path(tempfile.mkdtemp())
torch.save({"parameters": model.state_dict(), "classes": list("0123456789")}, folder / "digits.pt")

imports = """
import json, sys, torch, vislearn as vl
from PIL import Image
from torch import nn
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FasterRCNN, FastRCNNPredictor, TwoMLPHead
from torchvision.ops import FrozenBatchNorm2d, MultiScaleRoIAlign
from torchvision.transforms.v2.functional import pil_to_tensor, to_dtype
"""
work = """
saved = torch.load(sys.argv[1], weights_only=True)
model = build_detector(len(saved["classes"]) + 1, digit_backbone(vl.models.SmallResNet(5)))
model.load_state_dict(saved["parameters"])
picture = to_dtype(pil_to_tensor(Image.open(sys.argv[2]).convert("RGB")), torch.float32, scale=True)
with torch.inference_mode():
    said = model.eval()([picture])[0]
print(json.dumps({name: value.tolist() for name, value in said.items()}))
"""
program = [imports, inspect.getsource(digit_backbone), inspect.getsource(build_detector), work]
(folder / "detect.py").write_text("\n\n".join(program), encoding="utf-8")


def detect(picture):
    """Ask the program, in a new process, about a PIL image."""
    picture.save(folder / "picture.png")
    command = [sys.executable, folder / "detect.py", folder / "digits.pt", folder / "picture.png"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {name: torch.tensor(value) for name, value in json.loads(answer).items()}


[there] = vl.widgets.progress(map(detect, [v2.functional.to_pil_image(val_samples[0][0])]), "asking a new process")
here = predict(model, val_samples[:1])[0]
print("the same boxes:", torch.allclose(there["boxes"], here["boxes"], atol=0.05))

# %% [markdown]
# ### On your photograph
#
# Write a number on paper with a thick pen, large, and take a photograph from near: whatever comes is made 96 pixels high, and a digit
# should fill a quarter to a half of it. Until you choose one, a photograph stands in that has no handwriting on it at all.
# What does it see there?

# %%
#| fig-alt: A photograph, with the boxes that the detector draws on it with a score of one half or more, if there are any.
#| compared: structure
def show(picture):
    """What the program finds, at a score of .5."""
    [said] = vl.widgets.progress(map(detect, [picture]), "asking a new process")
    sure = said["scores"] >= 0.5
    return vl.viz.boxes(picture, said["boxes"].reshape(-1, 4)[sure], said["labels"][sure], said["scores"][sure],
                        names=dict(enumerate("0123456789", start=1)), title="What the new process finds")


mine = vl.widgets.upload("clock")
mine.on_change(show)
mine

# %% [markdown]
# Wrong boxes on your photograph? The detector knows scenes with digits, not paper. Photograph ten such sheets, draw
# boxes, train on them too: that is how every detector at work came about.
#
# ## 12.10 A small project: the same on another folder
#
# Cells under a microscope: one class, no digits, other sizes. 40 pictures to learn from.

# %%
#| fig-alt: Three dark pictures with bright round cells; a box surrounds each cell.
cells = vl.datasets.cells("train")
v2.functional.to_pil_image(make_grid([drawn(image, target["boxes"]) for image, target in cells[:3]], padding=4))

# %% [markdown]
# **Exercise 5 — a detector of cells** (★★★, 20 minutes). Write one function that does all of 12.5 with these samples and the
# backbone it is given. `build_detector` from above may be used, and `collate`. How many outputs? Which anchors? The check trains with
# it, which takes some seconds, and shows your model 20 pictures that it has never seen: mAP@.5 must reach .8.

# %% tags=["exercise:detector.train_on_cells"]
# The build writes the starter of detector.train_on_cells here.

# %%
check("detector.train_on_cells", train_on_cells)

# %% [markdown]
# ## 12.11 Recall
#
# Five questions, without looking back.

# %% [markdown] recall="modes" lesson="12_detection_training"
# What does `model(images, targets)` of a torchvision detector return in train mode?
#
# - [ ] Predictions, one dict per picture.
#   That is eval mode, and it wants no targets.
# - [x] A dict of losses.
#   You add up its values and go backward from the sum.
# - [ ] Scores, one row per picture.
#   So does a classifier, in both modes.

# %% [markdown] recall="background" lesson="12_detection_training"
# In a detector's confusion matrix, what does the last column, *background*, count?
#
# - [x] Objects that it overlooked.
#   The truth is in the row, the answer in the column, and the answer was: nothing.
# - [ ] Boxes where nothing is.
#   Those are in the last row: there the truth is background.
# - [ ] Pictures without objects.
#   Nothing counts pictures here: each object and each box counts.

# %% [markdown] recall="iou" lesson="04_detection"
# Two boxes of 10 × 10 pixels overlap in 5 × 10 pixels. Their IoU?
#
# - [ ] 1/2
#   That is the share of one box. IoU divides by what both cover together, 150 pixels.
# - [x] 1/3
#   Intersection 50, union 100 + 100 − 50 = 150.
# - [ ] 1/4
#   Then the union would be 200, and the shared part would count twice.

# %% [markdown] recall="frozen" lesson="02_transfer_learning"
# You set `requires_grad_(False)` on a backbone and call `model.train()`. What changes in it all the same?
#
# - [ ] Nothing: no gradient, no change.
#   Gradients move weights and biases. BatchNorm's mean and variance are measured, not learned.
# - [x] The running statistics of its BatchNorm layers.
#   In train mode they follow every batch. `FrozenBatchNorm2d`, or `eval()` on those layers, keeps them at rest.
# - [ ] Its convolutions, through weight decay.
#   An optimizer leaves alone what has no gradient.

# %% [markdown] recall="best" lesson="03_training_loop"
# Why judge by the validation score after every epoch, and not once at the end?
#
# - [x] To keep the best state, and to see when learning has ended.
#   The last epoch isn't always the best, and a curve tells more than its end.
# - [ ] So that the model learns from the validation pictures too.
#   Then they would judge nothing any more.
# - [ ] Because the loss needs it.
#   The loss comes from the training pictures alone.

# %% [markdown]
# ## 12.12 Summary
#
# | step | write | remember |
# |---|---|---|
# | a published detector | `fasterrcnn_mobilenet_v3_large_320_fpn(weights=…)`, `FastRCNNPredictor(inputs, K + 1)` | the background counts |
# | your own | `FasterRCNN(backbone, …)`, `AnchorGenerator`, `backbone.out_channels` | anchors as large as your objects |
# | at rest | `requires_grad_(False)` *and* `ops.FrozenBatchNorm2d` | small batches measure badly |
# | move | `tv_tensors.BoundingBoxes`, `v2.…`, `v2.SanitizeBoundingBoxes` | picture and target together; look at ten |
# | learn | `sum(model(images, targets).values())` | train mode; read the four parts |
# | judge | `model.eval()`, `ops.box_iou`, mAP@.5 and mAP | after every epoch |
# | fail | missed, duplicate, badly placed, wrong class, background | then look at the pictures |
# | keep | `torch.save` of parameters and class names | load in a new process before you trust it |
#
# And in this course: `vl.metrics.coco_scores`, `vl.datasets.check_detection`; `vl.models.detector` and `vl.training.fit_detector` build and train
# such a detector in two lines.
#
# ---
# **Before:** [lesson 4, detection](04_detection.ipynb). **Next:** [lesson 13,
# traps](13_traps.ipynb): wrong code, its symptom, and the detector that finds it.
