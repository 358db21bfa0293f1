# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   vislearn:
#     minutes: 100
#     level: 2
#     after: [03_training_loop, 06_vision_ops]
#     budget: {seconds: 60, memory_mb: 2600}
# ---

# %% [markdown]
# # 4. Detection: what is there, and where
#
# A classifier says one word about a whole picture. That is not enough when you count cars, look
# for a crack or read a number plate. A **detector** answers two questions for every object:
# *what* is it (a label), and *where* is it (a box). You ask one of torchvision's in three lines,
# feed one with your own data, and open it.
#
# **About 100 minutes · level 2 of 3 · after [lesson 3](03_training_loop.ipynb) and [lesson
# 6](06_vision_ops.ipynb)**, where IoU and NMS are written by hand. After this lesson you can:
#
# - ask a published detector, and draw its answer;
# - write a data set whose pictures and boxes move together, and see when a target is wrong;
# - give a published detector your own classes;
# - say how a box becomes four numbers that a network can learn, and which anchors learn which object;
# - compute average precision and say what COCO's mAP .5:.95 adds to it.

# %%
import json

import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Subset
from torchvision import tv_tensors
from torchvision.models import detection
from torchvision.ops import box_iou
from torchvision.transforms import v2
from torchvision.utils import draw_bounding_boxes, make_grid

import vislearn as vl
from vislearn.exercises import check, hint, solution, use

# %% [markdown]
# ## 4.1 Ask a published detector
#
# `fasterrcnn_resnet50_fpn` is torchvision's standard detector. Its weights are an entry of an
# *enum*, as in lesson 0, and bring their preparation and the names of their classes along. COCO,
# the data set they come from, has 80 classes, numbered up to 90; number 0 is the background.

# %% tags=["exact"]
weights = detection.FasterRCNN_ResNet50_FPN_Weights.DEFAULT
prepare, words = weights.transforms(), weights.meta["categories"]
print(prepare, "|", len(words), "names:", ", ".join(words[:4]), "…", words[-1])
print(f"{weights.meta['_file_size']:.0f} MB, box mAP {weights.meta['_metrics']['COCO-val2017']['box_map']}")

picture = v2.functional.pil_to_tensor(Image.open(vl.datasets.photos()["astronaut"]).convert("RGB"))
by_hand = v2.functional.to_dtype(picture, torch.float32, scale=True)     # 0 … 255 becomes 0 … 1
print("the preparation is no more than that:", torch.allclose(prepare(picture), by_hand))

# %% [markdown]
# No resizing, no `Normalize`: a detector of torchvision does both *itself*. It takes a list of
# pictures and returns a dictionary for each: `boxes` (N, 4), `labels` (N,) and `scores` (N,),
# the surest first. You drop the doubtful ones and draw the rest.

# %%
def detect(network, picture, prepare, words, least=0.5, zoom=1):
    """A picture (3, H, W), uint8, enlarged, with what a detector finds on it."""
    with torch.inference_mode():
        found = network([prepare(picture)])[0]
    sure = found["scores"] >= least
    boxes, labels, scores = (found[key][sure] for key in ["boxes", "labels", "scores"])
    tags = [f"{words[label]} {score:.0%}" for label, score in zip(labels, scores, strict=True)]
    picture = v2.functional.resize(picture, [zoom * side for side in picture.shape[-2:]])
    if not tags:
        return picture                                                    # draw_bounding_boxes would warn
    return draw_bounding_boxes(picture, zoom * boxes, tags, colors="yellow", width=2, fill_labels=True)

# %% [markdown]
# At home you write `detection.fasterrcnn_resnet50_fpn(weights=weights).eval()`, and torchvision
# downloads 160 MB. The next cell runs if they are on this computer, or if `VISLEARN_ASSETS=full`
# allows the download. They were not where this lesson was written, so we have no picture of
# their answer to show you. You will see these very lines at work in 4.4, with a detector that
# you train.

# %%
#| fig-alt: A photograph of an astronaut with the boxes that the published detector found.
#| compared: structure
def published():
    """What torchvision's standard detector finds on a photograph."""
    network = vl.models.published("fasterrcnn_resnet50_fpn", weights)     # fasterrcnn_resnet50_fpn(weights=weights).eval()
    return vl.viz.panels({"Faster R-CNN": detect(network, picture, prepare, words)}, title="A published detector", size=420)


vl.viz.full_size(published, stored="04_published", optional=True)

# %% [markdown]
# In tutorials you find `read_image` and `convert_image_dtype` in this place. `read_image` warns
# since torchvision 0.29 that it will go; `convert_image_dtype` is the old form of
# `to_dtype(scale=True)`.
#
# ## 4.2 A box is four numbers
#
# Here is a photograph of ancient coins, from scikit-image. Somebody who counts coins wants a box
# around each.

# %%
#| fold: Outlines the coins by their brightness; one mask for each.
from scipy import ndimage
from skimage import data, filters, segmentation

grey = data.coins()
seeds = (grey < 30) + 2 * (grey > 150).astype(int)
filled = ndimage.binary_fill_holes(segmentation.watershed(filters.sobel(grey), seeds) - 1)
numbered, _count = ndimage.label(ndimage.binary_opening(filled, iterations=2))
masks = torch.stack([torch.from_numpy(numbered == number) for number in range(1, numbered.max() + 1)])

# %%
#| fig-alt: A grey photograph of rows of ancient coins; a yellow box surrounds each coin.
from torchvision.ops import masks_to_boxes

coins = torch.from_numpy(grey).expand(3, -1, -1)                  # (3, 303, 384), uint8
boxes = masks_to_boxes(masks)                                     # (N, 4): left, top, right, bottom
boxes[:, 2:] += 1                                                 # it names the last pixel inside; we want the edge
print(len(boxes), "coins, the first:", boxes[0].tolist())
v2.functional.to_pil_image(draw_bounding_boxes(coins, boxes, colors="yellow", width=2))

# %% [markdown]
# A box is written as four numbers, in pixels: left, top, right, bottom, or `xyxy` for short. Two
# habits to learn at once. **x comes first** in a box, but a tensor's axes are (channel, row,
# column): y comes first there. And right and bottom lie just *outside*, so the width is `right -
# left`, as with Python's slices.
# To cut the object out: `coins[:, top:bottom, left:right]`, rows first, then columns.

# %% [markdown]
# ## 4.3 The target, and the data set
#
# torchvision's detectors learn from pairs `image, target`. The target is a dictionary. Two
# entries are required:
#
# - `"boxes"`: float32, shape (N, 4), xyxy in pixels;
# - `"labels"`: int64, shape (N,), numbered **from 1**. Number 0 is the background: "nothing is here".
#
# The others are optional. `"masks"` (N, H, W) are for instance segmentation, in lesson 5.
# `"image_id"`, `"area"` and `"iscrowd"` come from COCO, the data set that set the standard: its
# scores need to know which picture a target belongs to, how large objects are, and which boxes
# surround a whole crowd.
#
# The files that annotators give you look different. COCO's JSON has a list of annotations, and
# each `bbox` is `[x, y, width, height]`:

# %% tags=["exact"]
content = json.loads(vl.datasets.scenes("val").coco_json.read_text())
print({key: content["annotations"][0][key] for key in ["image_id", "category_id", "bbox", "iscrowd"]})

# %% [markdown]
# **Exercise 1 — from annotation to target** (★★, 8 minutes). Corners instead of width and
# height, numbers instead of names, and a picture without any object.
# `hint("detection.make_target")` gives a push, `solution("detection.make_target")` a way.

# %% tags=["exercise:detection.make_target"]
# The build writes the starter of detection.make_target here.

# %%
check("detection.make_target", make_target)

# %% [markdown]
# One photograph is no data set. To train in half a minute we take the course's *scenes*: 128 ×
# 128 pixels cut from photographs, with up to four handwritten digits on each. Ten classes, `"0"`
# to `"9"`; 400 pictures to learn from, 100 to judge by.
#
# A data set for detection opens a picture, builds its target, and applies transforms. This is
# the class that you find in most tutorials. Read it, and find the line that goes wrong:

# %%
class TutorialDS(Dataset):
    """Pictures and boxes, as many tutorials have it."""

    def __init__(self, items, transforms=None):
        self.items = items                                   # [(path, annotation), ...]
        self.transforms = transforms

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        path, annotation = self.items[index]
        image = Image.open(path).convert("RGB")
        boxes = torch.tensor(annotation["boxes"], dtype=torch.float32)
        labels = torch.tensor(annotation["labels"], dtype=torch.int64)
        target = {"boxes": boxes, "labels": labels}
        if self.transforms:
            image = self.transforms(image)
        return image, target

# %% [markdown] ask="mirror"
# You give it `v2.RandomHorizontalFlip` to have more varied pictures. What will training say?
#
# - [ ] An error: boxes and picture no longer agree.
#   Nobody compares them. A box is four numbers, and these four lie inside the picture.
# - [x] Nothing. It learns that digits are where none are.
#   `self.transforms(image)` sees the picture alone. It is mirrored, the boxes stay behind, and no line of the program notices.
# - [ ] Nothing, and all is well: v2 transforms move boxes too.
#   They do if they are given them. Here they are called with the picture alone.

# %%
class DetectionDS(TutorialDS):
    """The same, with boxes that go where their picture goes."""

    def __getitem__(self, index):
        path, annotation = self.items[index]
        image = tv_tensors.Image(Image.open(path).convert("RGB"))                 # (3, H, W), uint8
        boxes = torch.tensor(annotation["boxes"], dtype=torch.float32).reshape(-1, 4)
        boxes = tv_tensors.BoundingBoxes(boxes, format="XYXY", canvas_size=image.shape[-2:])
        target = {"boxes": boxes, "labels": torch.tensor(annotation["labels"], dtype=torch.int64)}
        return self.transforms(image, target) if self.transforms else (image, target)


scenes = vl.datasets.scene_detection("val")
names = scenes.classes                                                            # "0" … "9": labels 1 … 10
mirror = v2.Compose([v2.ToImage(), v2.RandomHorizontalFlip(p=1.0), v2.ToDtype(torch.float32, scale=True)])
SHOWN = 94                                                                        # the picture we look at today

# %%
#| fold: Draws one mirrored picture with the boxes of either class.
#| fig-alt: Twice the same mirrored picture. On the left the boxes lie beside the digits, on the right each box surrounds its digit.
pair = []
for dataset in [TutorialDS(scenes.items, mirror), DetectionDS(scenes.items, mirror)]:
    image, target = dataset[SHOWN]
    pair.append(draw_bounding_boxes(v2.functional.resize(image, 192), 1.5 * target["boxes"], colors="yellow", width=2))
v2.functional.to_pil_image(make_grid(pair, padding=8, pad_value=1.0))

# %% [markdown]
# People used to install a second library for this. Since torchvision's v2 transforms nothing
# else is needed: boxes travel as `tv_tensors.BoundingBoxes`, masks as `tv_tensors.Mask`, and
# *one* call `transforms(image, target)` moves all of them. How far off are the boxes that stay
# behind? IoU, the overlap from lesson 6, is 1 for the same box and 0 for boxes that do not
# touch:

# %%
#| fold: Compares the boxes of both classes on all pictures, and those of `vl.datasets.DetectionDS` with ours.
#| within: {mean IoU of a box left behind with the right one: 0.02}
filled = [index for index, (_path, annotation) in enumerate(scenes.items) if annotation["boxes"]]
left_behind, moved = TutorialDS(scenes.items, mirror), DetectionDS(scenes.items, mirror)
overlaps = [box_iou(left_behind[index][1]["boxes"], moved[index][1]["boxes"]).diagonal() for index in filled]
vl.report.metric("mean IoU of a box left behind with the right one", torch.cat(overlaps).mean())

theirs = vl.datasets.DetectionDS(scenes.items, mirror)
same = [torch.equal(theirs[index][1]["boxes"], moved[index][1]["boxes"].as_subclass(Tensor)) for index in filled]
print("vl.datasets.DetectionDS moves them alike:", all(same))
empty = next(index for index in range(len(scenes)) if index not in filled)
print("no objects:", tuple(left_behind[empty][1]["boxes"].shape), "there,", tuple(moved[empty][1]["boxes"].shape), "here")

# %% [markdown]
# The last line shows a second mistake: for a picture without objects, boxes must still have the
# shape (0, 4), or training stops when it meets one. Draw a few samples *after* the transforms,
# with every data set. Other defects a program finds: `vl.datasets.check_detection(dataset)` says
# what is wrong, one sentence each (lesson 12).

# %% [markdown]
# A `DataLoader` stacks samples into one tensor. That cannot work here: one picture has two
# boxes, the next has four, and even the pictures of real data sets differ in size.

# %% tags=["exact"]
to_float = v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True)])
val_set = DetectionDS(scenes.items, to_float)
try:
    next(iter(DataLoader(val_set, batch_size=4)))
except RuntimeError as trouble:
    print(str(trouble).split(",")[0])

# %% [markdown]
# So you give the loader a `collate_fn` of your own: a function that makes a batch out of a list
# of samples. For a detector a batch is a list of pictures and a list of targets. You will meet
# it in two forms, `list(imgs), list(targets)` and `list(zip(*batch))`; they do the same, and one
# is enough for all your projects.
#
# **Exercise 2 — collate** (★, 4 minutes). Your function then feeds every training below.

# %% tags=["exercise:detection.collate"]
# The build writes the starter of detection.collate here.

# %%
check("detection.collate", collate)

# %%
collate = use("detection.collate", collate)
train_set = DetectionDS(vl.datasets.scene_detection("train").items, to_float)
train_loader = DataLoader(Subset(train_set, range(320)), batch_size=8, shuffle=True, collate_fn=collate)
val_loader = DataLoader(val_set, batch_size=20, collate_fn=collate)
images, targets = collate([val_set[index] for index in range(SHOWN, SHOWN + 4)])
print([tuple(image.shape) for image in images], [tuple(target["boxes"].shape) for target in targets])

# %% [markdown]
# ## 4.4 A published detector learns your classes
#
# **Faster R-CNN** works in two stages. The first finds places where *something* might be; the
# second looks at each place again and says what it is. Only the very last layers of the second
# know the classes. So you take a published detector and exchange them, as you exchanged `fc` in
# lesson 2. (Here without its weights: `weights="DEFAULT"` fetches them. We take the smaller
# network of the family, so that it is quick.)

# %% [markdown] ask="outputs"
# There are ten digits. How many scores must the new head give for each place?
#
# - [ ] 10, one for each digit.
#   So a classifier would do it. But most places that a detector looks at show nothing at all, and it needs a word for that.
# - [x] 11, because the background is an answer too.
#   Label 0 is the background. That is why your labels start at 1, and why torchvision's `num_classes` counts one more than you do.
# - [ ] 91, as in COCO, and the other 80 stay unused.
#   It would even run. But 80 outputs would have to learn that they never apply.

# %% tags=["exact"]
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor

torch.manual_seed(0)
real = detection.fasterrcnn_mobilenet_v3_large_320_fpn(weights=None, weights_backbone=None)
old = real.roi_heads.box_predictor
real.roi_heads.box_predictor = FastRCNNPredictor(old.cls_score.in_features, num_classes=10 + 1)
print("before:", old.cls_score.out_features, "scores;", "now:", real.roi_heads.box_predictor.cls_score.out_features)
print("box numbers:", real.roi_heads.box_predictor.bbox_pred.out_features, "= 4 for each class")

# %% [markdown]
# Here lies the greatest difference from a classifier. In **train mode** a detector takes images
# *and targets* and returns **losses**. In **eval mode** it takes images alone and returns
# **predictions**.

# %%
losses = real.train()(images, targets)
print("train mode:", {name: f"{loss.item():.2f}" for name, loss in losses.items()})
with torch.inference_mode():
    found = real.eval()(images)[0]
print("eval mode: ", {key: value.dtype for key, value in found.items()})

# %% [markdown]
# Four losses, two per stage. `loss_objectness` asks the first stage: is something here?
# `loss_rpn_box_reg`: how far off is your box? `loss_classifier` and `loss_box_reg` ask the
# second stage the same about the final class and box. You add the four up and train on the sum,
# as in lesson 3.
#
# This network needs a GPU, or patience. `vl.models.detector` builds the same class,
# `FasterRCNN`, at the size of our pictures, on the course's small trained network `scene`, which
# has seen the digits 0 to 4 and never 5 to 9. Lesson 12 builds it by hand and trains it
# properly. For today two epochs of 320 pictures are enough:

# %%
#| at-least: {mAP at IoU 0.5: 0.65}
torch.manual_seed(0)
model = vl.models.detector("faster_rcnn", num_classes=10, backbone="scene", trainable_from=4)     # its first layers stay
model = model.to(memory_format=torch.channels_last)                   # the order in memory that is quickest here
assert type(model) is type(real)
parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
optimizer = torch.optim.AdamW(parameters, lr=0.002, weight_decay=0.05)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.002, total_steps=2 * len(train_loader), pct_start=0.1)
for epoch in range(2):
    model.train()
    for images, targets in vl.widgets.progress(train_loader, f"epoch {epoch + 1} of 2"):
        losses = model(images, targets)
        loss = sum(losses.values())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 5.0)               # no step longer than that: early ones are wild
        optimizer.step()
        schedule.step()

model.eval()
with torch.inference_mode():
    predictions = [found for images, _targets in val_loader for found in model(images)]
val_images, val_targets = collate([val_set[index] for index in range(len(val_set))])
scores = vl.metrics.coco_scores(predictions, val_targets, classes=dict(enumerate(names, start=1)))
vl.report.metric("mAP at IoU 0.5", scores.ap50)

# %% [markdown]
# What this number means you learn in 4.10. First look, with the lines of 4.1. And then with a
# picture of yours: write some digits large with a thick pen, photograph them from near. Or
# choose any picture, and see what a detector does that knows digits only.

# %%
#| fig-alt: A small photograph, enlarged, with handwritten digits on it. Yellow boxes with a digit and a score show what the detector found.
#| compared: structure
shown = v2.functional.to_dtype(val_images[SHOWN], torch.uint8, scale=True)
digits = ["background", *names]
v2.functional.to_pil_image(detect(model, shown, to_float, digits, zoom=2))

# %%
#| fold: Lets the detector look for digits on any picture.
#| fig-alt: A photograph, with the boxes that the digit detector draws on it, if there are any.
#| compared: structure
def search(picture):
    """Look for digits on any picture, at the size that the detector learned from."""
    small = v2.functional.resize(v2.functional.pil_to_tensor(picture), 160, max_size=320)
    return vl.viz.panels({"": detect(model, small, to_float, digits, zoom=2)}, title="Digits on your picture?", size=240)


mine = vl.widgets.upload("coffee")
mine.on_change(search)
mine

# %% [markdown]
# A box where no digit is would be a **false alarm**, and no box at all says: nothing found. Our detector has learned
# from only 320 pictures what a background can look like.
#
# ## 4.5 From picture to boxes, stage by stage
#
# Nothing in there is magic. Every stage below is the real model's own part, fed with what the
# stage before gave. Take your time at *Objectness*, where the first stage lights up the places
# that are worth a look; compare *Proposals before NMS* with *Proposals*; and see at *RoI
# features* what the second stage gets instead of pixels.

# %%
#| compared: structure
stages = list(vl.steps.detector(model, val_images[SHOWN], names))
vl.widgets.stepper(stages[1:])                                        # what comes before is the picture as it is

# %%
#| fold: Compares the last stage with the model's own answer.
#| at-most: 0
with torch.inference_mode():
    answer = model([val_images[SHOWN]])[0]
apart = max((stages[-1].value[key] - answer[key]).abs().max() for key in ["boxes", "scores", "labels"])
vl.report.metric("difference between the last stage and model([image])", apart)

# %% [markdown]
# The last stage equals `model([image])` to the last bit. Now to the three ideas that carry the
# walk: anchors, the code of a box, and NMS.
#
# ## 4.6 Anchors: boxes to start from
#
# A network with a fixed number of outputs cannot list "all boxes": there are millions, and some
# pictures have none. The way out: lay a fixed set of boxes over the picture and ask the same
# question about each: *is this one nearly right, and how should it be moved and stretched?*
# These boxes are the **anchors**. At every place of a feature map sits one anchor of each
# **size** and each **ratio** (height over width).
#
# torchvision's large detector looks at five feature maps, the **levels** of its pyramid. A fine
# map (a value every 4 pixels) has small anchors, a coarse one large. Here are those of one
# place, a colour for each level, on a photograph as large as it expects:

# %%
#| fig-alt: "A photograph of a rocket with fifteen nested boxes around its middle: five sizes in five colours, from 32 to 512 pixels, each as a wide, a square and a tall one."
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList

with torch.device("meta"):                                            # shapes without numbers: quick
    large = detection.fasterrcnn_resnet50_fpn(weights=None, weights_backbone=None)
sizes, ratios = large.rpn.anchor_generator.sizes, large.rpn.anchor_generator.aspect_ratios
generator = AnchorGenerator(sizes, ratios)
maps = [torch.zeros(1, 1, 800 // stride, 800 // stride) for stride in [4, 8, 16, 32, 64]]
anchors = generator(ImageList(torch.zeros(1, 3, 800, 800), [(800, 800)]), maps)[0]
print(f"sizes {sizes}, ratios {ratios[0]}: {len(anchors):,} anchors on 800 × 800 pixels")

photograph = v2.functional.resize(v2.functional.center_crop(vl.datasets.photo("rocket"), [400, 400]), [800, 800])
for level, color in zip(generator.cell_anchors, ["yellow", "orange", "red", "magenta", "cyan"], strict=True):
    photograph = draw_bounding_boxes(photograph, level + 400, colors=color, width=4)
v2.functional.to_pil_image(v2.functional.resize(photograph, 310))

# %% [markdown]
# Do they fit *your* objects? That is asked with **IoU**. Most of our digits are 20 to 45 pixels
# large (the square root of their box's area), so `vl.models.detector` has sizes 20, 32 and 48,
# at one level. Below, the tag of each true box says the best IoU that any anchor reaches with
# it. Move the sliders until the tags are as high as they can be. Then try a coarse stride.

# %%
#| fig-alt: The picture of digits with the anchors of one place; at each digit the best IoU of any anchor.
vl.widgets.anchor_lab(val_images[SHOWN], truth=val_targets[SHOWN])

# %% [markdown]
# **Exercise 3 — do the anchors fit?** (★★, 8 minutes) IoU of every anchor with every object, and
# the best for each object.

# %% tags=["exercise:detection.best_overlaps"]
# The build writes the starter of detection.best_overlaps here.

# %%
check("detection.best_overlaps", best_overlaps)

# %%
best_overlaps = use("detection.best_overlaps", best_overlaps)

# %%
#| fold: "Asks your function how many digits some anchor fits with IoU 0.7: with ours, with squares alone, and on a coarse grid."
#| within: {digits that our anchors fit: 0.01}
def fitting(sizes, ratios, stride):
    """The share of the digits that some anchor fits with IoU 0.7 or more."""
    grid = ImageList(torch.zeros(1, 3, 128, 128), [(128, 128)])
    places = torch.zeros(1, 1, 128 // stride, 128 // stride)
    anchors = AnchorGenerator((sizes,), (ratios,))(grid, [places])[0]
    best = [best_overlaps(anchors, target["boxes"].as_subclass(Tensor)) for target in val_targets if len(target["boxes"])]
    return (torch.cat(best) >= 0.7).float().mean().item()


print(f"squares alone: {fitting((20, 32, 48), (1.0,), 4):.0%}, every 16 pixels: {fitting((20, 32, 48), (0.6, 1.0, 1.6), 16):.0%}")
vl.report.metric("digits that our anchors fit", fitting((20, 32, 48), (0.6, 1.0, 1.6), 4))

# %% [markdown]
# ## 4.7 How boxes are coded
#
# An anchor lies *nearly* right. The rest the network has to say in numbers. Pixels would be a
# bad language: ten pixels are much for a small coin and nothing for a house. So it speaks in the
# anchor's own measure. With the middle (x, y) and the size (w, h) of the object's box, and those
# of the anchor with an a:
#
# `dx = (x − xa) / wa`, `dy = (y − ya) / ha`, `dw = ln(w / wa)`, `dh = ln(h / ha)`
#
# Four zeros mean: leave the anchor as it is. torchvision keeps this in `BoxCoder`. We take a
# coin and an anchor beside it:

# %%
from torchvision.models.detection._utils import BoxCoder, Matcher

coder = BoxCoder(weights=(1.0, 1.0, 1.0, 1.0))                       # of the first stage; the second has (10, 10, 5, 5)
coin = boxes[:1]
anchor = coin + torch.tensor([[-14.0, 10.0, 6.0, 4.0]])              # moved and misshapen
code = coder.encode_single(coin, anchor)
print("anchor:", anchor[0].tolist(), "coin:", coin[0].tolist())
print("dx, dy, dw, dh:", [round(number, 3) for number in code[0].tolist()])

# %% [markdown] ask="wider"
# Another object has the same middle and the same height as its anchor, but is *twice as wide*.
# What is its code dx, dy, dw, dh?
#
# - [ ] 0, 0, 2, 0
#   That would be the plain quotient. Then "the same size" would be 1, and "half as wide" 0.5: not as far from it as 2 is.
# - [x] 0, 0, 0.69, 0
#   ln 2 = 0.69. Half as wide would be −0.69: equally far from 0, the same mistake in the other direction.
# - [ ] 0.5, 0, 0.69, 0
#   The right edge lies further right, but the left one further left: the middle, and so dx, stays 0.

# %%
square, wide = torch.tensor([[40.0, 40.0, 60.0, 60.0]]), torch.tensor([[30.0, 40.0, 70.0, 60.0]])
print("twice as wide:", [round(number, 2) for number in coder.encode_single(wide, square)[0].tolist()])
print("half as wide: ", [round(number, 2) for number in coder.encode_single(square, wide)[0].tolist()])

# %% [markdown]
# **Exercise 4 — encode** (★★, 8 minutes). Write what `BoxCoder` does, for many boxes and their
# anchors at once. It is what a detector's targets are made of.

# %% tags=["exercise:detection.encode"]
# The build writes the starter of detection.encode here.

# %%
check("detection.encode", encode)

# %% [markdown]
# When the network answers, the way is walked back: from an anchor and four numbers to a box.
# Written by hand, and then looked at: the anchor, a third of its code, two thirds, all of it.

# %%
encode = use("detection.encode", encode)


def decode(codes, anchors):
    """From dx, dy, dw, dh back to xyxy, (N, 4)."""
    sizes = anchors[:, 2:] - anchors[:, :2]
    middles = anchors[:, :2] + sizes / 2 + codes[:, :2] * sizes       # moved
    sizes = sizes * torch.exp(codes[:, 2:])                           # stretched
    return torch.cat([middles - sizes / 2, middles + sizes / 2], dim=1)


print("encode as BoxCoder:", torch.allclose(encode(coin, anchor), code, atol=1e-5))
print("decode as BoxCoder:", torch.allclose(decode(code, anchor), coder.decode_single(code, anchor), atol=1e-4))
print("there and back:    ", torch.allclose(decode(code, anchor), coin, atol=1e-3))

# %%
#| fold: Draws the anchor with a part of its code.
#| fig-alt: Four times the same coin. The box begins beside it, as the anchor, and reaches it in three steps.
left, top, right, bottom = (torch.cat([coin, anchor]).mean(0) + torch.tensor([-30, -30, 30, 30])).int().tolist()
left, top = max(left, 0), max(top, 0)
walk = []
for part in [0, 1 / 3, 2 / 3, 1]:
    box = decode(part * code, anchor)
    drawn = draw_bounding_boxes(coins, torch.cat([coin, box]), colors=["white", "orange"], width=2)
    walk.append(v2.functional.resize(drawn[:, top:bottom, left:right], [190, 190]))
v2.functional.to_pil_image(make_grid(walk, nrow=4))

# %% [markdown]
# **Which anchor learns which object?** In training every anchor is compared with every object,
# by IoU. `Matcher` decides: from 0.7 on the anchor belongs to the object and learns its code;
# below 0.3 it learns "background"; what lies between is not asked. An object that no anchor fits
# so well still gets the best there is: that is `allow_low_quality_matches`.

# %%
grid = ImageList(torch.zeros(1, 3, 128, 128), [(128, 128)])
anchors = AnchorGenerator(((20, 32, 48),), ((0.6, 1.0, 1.6),))(grid, [torch.zeros(1, 1, 32, 32)])[0]
HARD = 67                                                             # a picture whose digits fit badly
overlaps = box_iou(val_targets[HARD]["boxes"].as_subclass(Tensor), anchors)            # (objects, anchors)
for rescue in [False, True]:
    matched = Matcher(0.7, 0.3, allow_low_quality_matches=rescue)(overlaps)            # an object's place, -1 or -2
    each = [(matched == place).sum().item() for place in range(len(overlaps))]
    print(f"rescue {rescue}: background {(matched == -1).sum()}, not asked {(matched == -2).sum()}, each digit {each}")

# %% [markdown]
# Two digits had nobody without that rescue. A handful of anchors for each digit, and thousands
# of background. If all were counted alike, "nothing here" would always be a good answer. Faster
# R-CNN draws 256 of them for each picture, at most half of them objects'.
#
# ## 4.8 One stage instead of two
#
# Why look twice? **One-stage** detectors let every anchor name the class at once, and leave the
# second stage out. RetinaNet keeps the background in its place by *focal loss* (lesson 6),
# SSDlite by picking the worst of it; SSDlite is made for phones. For you nothing changes: the
# same pictures, targets and answers. Only the losses have other names.

# %%
#| fold: Builds one of each, untrained, and asks both about the same four pictures, in both modes.
import time

two_images, two_targets = val_images[SHOWN : SHOWN + 4], val_targets[SHOWN : SHOWN + 4]


def compare(build):
    """Losses, anchors' answers and time of one untrained detector."""
    torch.manual_seed(0)
    network = build(weights=None, weights_backbone=None, num_classes=11)
    losses = network.train()(two_images, two_targets)
    network.eval()
    began = time.perf_counter()
    with torch.inference_mode():
        found = network(two_images[:1])[0]
    print(f"{build.__name__}: {sum(p.numel() for p in network.parameters()) / 1e6:.1f} million parameters, "
          f"{1000 * (time.perf_counter() - began):.0f} ms per picture")
    print("   losses:", ", ".join(losses), "| answers:", ", ".join(found))

# %%
compare(detection.fasterrcnn_mobilenet_v3_large_320_fpn)              # two stages
compare(detection.ssdlite320_mobilenet_v3_large)                      # one stage

# %% [markdown]
# Fewer parameters, less time. By torchvision's own notes, their mAP on COCO is 22.8 and 21.3 %:
# a small price. Which one to take when is lesson 10.
#
# ## 4.9 NMS and the score: which boxes stay
#
# Many anchors lie on one digit, and each of them reports it. **Non-maximum suppression**, NMS,
# cleans up, class by class: keep the surest box, drop every box that overlaps it by more than a
# threshold, go on with the surest of the rest. (You wrote it in lesson 6; here we use
# torchvision's `batched_nms`.) `vl.models.candidates` gives what our detector says *before* its
# last NMS:

# %%
#| at-least: {boxes before NMS for each one after it: 1.5}
from torchvision.ops import batched_nms

crowds = [vl.models.candidates(model, image) for image in vl.widgets.progress(val_images, "100 pictures")]
before = after = 0
for crowd in crowds:
    boxes_here, labels, confidence = (crowd[key][crowd["scores"] >= 0.5] for key in ["boxes", "labels", "scores"])
    before += len(boxes_here)
    after += len(batched_nms(boxes_here, confidence, labels, iou_threshold=0.5))
vl.report.metric("boxes before NMS for each one after it", before / after)

# %% [markdown]
# A second threshold is the **score**: which boxes do you act on? A low one finds more objects
# and raises more false alarms. That is precision and recall of lesson 3 again, and again no
# threshold is right by itself. It depends on what a miss costs you, and what a false alarm. Here
# is a harder picture. Move both thresholds and watch what is found, missed and false.

# %%
#| fig-alt: A picture of digits with the detector's boxes and the dashed true ones, at two thresholds that sliders set.
#| compared: structure
vl.widgets.threshold_lab(val_images[HARD], crowds[HARD], names=names, truth=val_targets[HARD])

# %% [markdown]
# ## 4.10 How good? From matches to mAP
#
# A classifier's answer is right or wrong. When is a *box* right? If it has the right class, and
# its IoU with an object of this class reaches a threshold. Usually this threshold is 0.5, and
# that is generous:

# %%
#| fold: Shifts the box of a coin sideways until its IoU is 0.5, 0.75 and 0.95.
coin, width = boxes[9:10], (boxes[9, 2] - boxes[9, 0]).item()
for iou in [0.5, 0.75, 0.95]:
    shift = width * (1 - iou) / (1 + iou)                             # so far to the right
    shifted = coin + torch.tensor([shift, 0.0, shift, 0.0])
    print(f"a coin's box of {width:.0f} pixels, {shift:.1f} beside: IoU {box_iou(coin, shifted).item():.2f}")

# %% [markdown]
# **Matching.** Several boxes may lie on one object, and only one can be right. COCO's rule: go
# through the detections of a class, the surest first. Each takes the object with the largest IoU
# among those that nobody has taken before, if that reaches the threshold. All others are wrong:
# badly placed ones, duplicates, and boxes where nothing is.
#
# **Exercise 5 — match** (★★★, 10 minutes). Write this rule.

# %% tags=["exercise:detection.match"]
# The build writes the starter of detection.match here.

# %%
check("detection.match", match)

# %% [markdown]
# **Average precision.** Now go down the ranking. After each detection note precision (how many
# so far were right) and recall (how many objects have been found). A right one moves the point
# to the right, a wrong one pulls it down. The area under this curve is the **average
# precision**, AP, of this class: 1 if every object is found before the first mistake.
# Duplicates, false alarms *and* missed objects cost, and no score threshold has to be chosen.
# Only the order counts.

# %%
#| fold: "Makes six detections of one class by hand, so that every case occurs: right ones, a duplicate, a badly placed one and a false alarm."
#| within: 0.000001
label = val_targets[SHOWN]["labels"][0].item()
where = [at for at, target in enumerate(val_targets) if (target["labels"] == label).sum() == 1][:3]
truth = [{key: val_targets[at][key][val_targets[at]["labels"] == label] for key in ["boxes", "labels"]} for at in where]
first, second, third = (target["boxes"][0].as_subclass(Tensor) for target in truth)
invented = [([first + 1, first - 3], [0.95, 0.80]),                                    # right, and a duplicate
            ([second - 1, torch.tensor([4.0, 4, 24, 30])], [0.90, 0.60]),              # right, and nothing is there
            ([third + 14, third + 2], [0.70, 0.40])]                                   # badly placed, and right
made = [{"boxes": torch.stack(some).clamp(0, 128), "scores": torch.tensor(sure), "labels": torch.full((2,), label)}
        for some, sure in invented]
steps = list(vl.steps.average_precision(made, truth, images=[val_images[at] for at in where], names=names))
vl.report.metric("average precision of the six detections", steps[-1].value)

# %%
vl.widgets.stepper(steps)

# %% [markdown]
# **Exercise 6 — average precision** (★★★, 12 minutes). The matching is done; you turn the
# ranking into a number.

# %% tags=["exercise:detection.average_precision"]
# The build writes the starter of detection.average_precision here.

# %%
check("detection.average_precision", average_precision)

# %% [markdown]
# Both of your functions together, `box_iou` before them, and one class after the other: that is
# COCO's score of a detector at IoU 0.5. The mean of AP over the classes is the **mean average
# precision**, mAP; at 0.5 it is also written AP50.

# %%
#| at-most: {difference from the package's number: 0.005}
match = use("detection.match", match)
average_precision = use("detection.average_precision", average_precision)


def own_map(predictions, targets, threshold=0.5):
    """mAP of ten classes at one IoU threshold."""
    by_class = []
    for label in range(1, 11):
        ranking, right, objects = [], [], 0
        for found, target in zip(predictions, targets, strict=True):
            mine, theirs = found["labels"] == label, target["labels"] == label
            ious = box_iou(found["boxes"][mine], target["boxes"][theirs].as_subclass(Tensor))
            ranking.append(found["scores"][mine])
            right.append(torch.as_tensor(match(ious, threshold)) >= 0)
            objects += int(theirs.sum())
        by_class.append(average_precision(torch.cat(ranking), torch.cat(right), objects))
    return sum(by_class) / 10


vl.report.metric("difference from the package's number", abs(own_map(predictions, val_targets) - scores.ap50))

# %% [markdown]
# COCO goes one step further: mAP at *ten* IoU thresholds, .5, .55, … .95, and the mean of those.
# This is "the" mAP, written **mAP .5:.95**. The stricter, the lower: it rewards tight boxes.

# %%
#| at-least: {mAP .5:.95: 0.3}
strict = [own_map(predictions, val_targets, 0.5 + 0.05 * step) for step in range(10)]
print("from .5 to .95:", [round(one, 2) for one in strict])
vl.report.metric("mAP .5:.95", sum(strict) / 10)

# %%
#| fold: Compares all twelve of COCO's numbers with a well-kept library.
#| at-most: {largest difference between own numbers and the library's: 1.0e-9}
library = vl.metrics.coco_scores_by_library(predictions, val_targets, classes=dict(enumerate(names, start=1)))
apart = max(abs(value - library.twelve[key]) for key, value in scores.twelve.items())
vl.report.metric("largest difference between own numbers and the library's", apart)

# %% [markdown]
# COCO reports twelve numbers in all: AP at thresholds, AP of small, medium and large objects
# (below 32² and above 96² pixels), and average recall with 1, 10 and 100 boxes per picture.
# `vl.metrics.coco_scores` computes all twelve, here compared with a well-kept library,
# `faster-coco-eval`.
#
# ## 4.11 Traps

# %% [markdown] ask="cut"
# Before you compute mAP you throw away all boxes with a score below 0.5, because they are
# doubtful anyway. The detector is the same. What happens to its mAP?
#
# - [ ] It rises: fewer false alarms.
#   False alarms with low scores stand at the end of the ranking. There they hardly cost anything.
# - [x] It falls: objects found with a low score are now missed.
#   mAP wants the whole ranking. Recall ends early, and from there on the curve counts as 0.
# - [ ] It stays, since only the order counts.
#   The order of what is left stays. But the list is shorter, and the objects at its end are not found any more.

# %%
#| at-least: {mAP at IoU 0.5 lost by dropping low scores: 0.01}
sure_only = [{key: value[found["scores"] >= 0.5] for key, value in found.items()} for found in predictions]
vl.report.metric("mAP at IoU 0.5 lost by dropping low scores", scores.ap50 - own_map(sure_only, val_targets))

# %%
#| fold: Normalises pictures before the detector does, and lets labels begin with 0.
#| at-least: {mAP at IoU 0.5 lost by normalising twice: 0.05}
normalise = v2.Normalize(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225])
with torch.inference_mode():
    twice = [found for images, _ in vl.widgets.progress(val_loader, "twice") for found in model(list(map(normalise, images)))]
vl.report.metric("mAP at IoU 0.5 lost by normalising twice", scores.ap50 - own_map(twice, val_targets))

shifted = [{**target, "labels": target["labels"] - 1} for target in val_targets[:8]]
print("labels from 0:", {name: f"{loss.item():.2f}" for name, loss in model.train()(val_images[:8], shifted).items()})
model = model.eval()

# %% [markdown]
# **Normalised twice.** A detector normalises pictures itself. Do it before, as for a classifier,
# and it sees strange colours.
#
# **Labels from 0.** torchvision does not complain; the losses look like losses. But your first
# class is taught to be background, and is never found.
#
# `vl.traps.check` (lesson 13) sees the first, and the second where it is shown a digit 0.

# %% tags=["exact"]
from_zero = DataLoader(list(zip(val_images[:8], shifted, strict=True)), batch_size=4, collate_fn=collate)
print(vl.traps.check(from_zero, transform=normalise, model=model))

# %% [markdown]
# ## 4.12 Project: a threshold for another folder
#
# (★★★, 20 minutes) Your boss does not want mAP. She wants boxes, and she wants to know from
# which score on to believe them. Choose it on one folder of pictures, by F1 of lesson 3. The
# check then takes *another* folder of the same detector: there your threshold must reach at
# least 95 % of the best F1 possible. It does so for three detectors, some with low scores and
# some with high ones. `match` and `box_iou` are all you need. Once it holds, put in the
# `predictions` of this lesson, class by class.

# %% tags=["exercise:detection.choose_threshold"]
# The build writes the starter of detection.choose_threshold here.

# %%
check("detection.choose_threshold", choose_threshold)

# %% [markdown]
# ## 4.13 Recall
#
# Five questions, without looking back. What you fetch from memory stays there.

# %% [markdown] recall="half" lesson="06_vision_ops"
# Two boxes of the same size; one lies half its width beside the other, at the same height.
# What is their IoU?
#
# - [ ] 1/2
#   Half of each box is shared. But IoU divides by what they cover *together*, and that is one and a half boxes.
# - [x] 1/3
#   Half a box shared, one and a half covered: 0.5 / 1.5.
# - [ ] 1/4
#   For that they would have to share less: 2/5 of a box.

# %% [markdown] recall="zero" lesson="04_detection"
# What do the four numbers 0, 0, 0, 0 mean that a detector says about an anchor?
#
# - [ ] There is no object.
#   That is the score's business. The four numbers only say where.
# - [x] The anchor's box is right as it is.
#   Not moved (dx = dy = 0), not stretched (ln 1 = 0).
# - [ ] A box in the upper left corner, without area.
#   The numbers are relative to the anchor. They are no corners.

# %% [markdown] recall="frozen" lesson="02_transfer_learning"
# Why does a new head on a published backbone learn from so few pictures?
#
# - [x] The backbone already sees edges, textures and parts. Only the head starts at random.
#   The same holds for a detector: anchors and pyramid know what "something" looks like before they see your classes.
# - [ ] Because a head has fewer classes than the old one.
#   The number of classes matters little. What matters is what need not be learned again.
# - [ ] Because the learning rate is larger.
#   A larger rate alone learns nothing faster from random features.

# %% [markdown] recall="share" lesson="03_training_loop"
# A detector finds 8 of 10 objects, and 8 of its 16 boxes are right. Precision and recall?
#
# - [ ] Precision 80 %, recall 50 %.
#   Exchanged. Precision asks about the boxes, recall about the objects.
# - [x] Precision 50 %, recall 80 %.
#   8 of 16 boxes are right; 8 of 10 objects are found.
# - [ ] Both 80 %.
#   Every second box is a false alarm. Precision notices.

# %% [markdown] recall="first" lesson="04_detection"
# Your first class is never found, all others are. What do you look at first?
#
# - [x] Whether the labels start at 0.
#   0 is the background: the class was taught to be nothing.
# - [ ] Whether the learning rate is too high.
#   It would hurt all classes alike.
# - [ ] Whether NMS allows too much overlap.
#   Then there would be too many boxes, of any class.

# %% [markdown]
# ## 4.14 Summary
#
# | you want to | use | remember |
# |---|---|---|
# | ask a detector, draw its answer | `fasterrcnn_resnet50_fpn(weights=…)`, `draw_bounding_boxes` | no `Normalize` |
# | write a target | `boxes` (N, 4) xyxy, `labels` (N,) from 1 | no objects: (0, 4) |
# | move boxes with pictures | `tv_tensors.BoundingBoxes` | look after the transforms |
# | make a batch | `DataLoader(…, collate_fn=…)` | two lists, nothing is stacked |
# | teach it your classes | `FastRCNNPredictor` | the background counts |
# | train, predict | `model(images, targets)`, `model(images)` | sum the losses; `eval()` |
# | lay anchors | `AnchorGenerator` | measure whether they fit your objects |
# | code a box, match it | `BoxCoder`, `Matcher` | relative to the anchor, logarithm of sizes |
# | clean up | `ops.batched_nms`, a score threshold | never before mAP |
#
# ---
# **Before:** [lesson 6, vision operations](06_vision_ops.ipynb). **Next:**
# [lesson 5, segmentation](05_segmentation.ipynb): not a box around each object, but every one of its pixels. Or at once
# [lesson 12, detection training](12_detection_training.ipynb), which trains a detector properly.
