# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   vislearn:
#     budget:
#       seconds: 110
#       memory_mb: 2600
# ---

# %% [markdown]
# # 4. Detection: what is there, and where
#
# A classifier says one word about a whole picture. That is not enough when you count cars, look for a crack or
# read a number plate. A **detector** answers two questions for every object: *what* is it (a label), and *where*
# is it (a box). In this lesson you give a detector its data, look at every stage between picture and boxes, and
# learn the number by which detectors are judged, mAP, match by match.
#
# After this lesson you can:
#
# - write the target of a picture in the form that torchvision's detectors learn from, and see when it is wrong;
# - move a picture and its boxes together, and make batches of pictures of any size;
# - follow a picture through Faster R-CNN: anchors, proposals, class scores, non-maximum suppression;
# - choose anchors that fit your objects, and thresholds that fit your purpose;
# - compute average precision and say what COCO's mAP .5:.95 adds to it.

# %%
import json
import warnings

import torch
import torchvision
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision.ops import batched_nms, box_iou
from torchvision.transforms import v2

import vislearn as vl
from vislearn.exercises import check, hint, solution
from vislearn.metrics.detection import find_matches

vl.seeding.seed_everything(0)
device = vl.device.best_device()
print("training will compute on:", device.type)

# %% [markdown]
# ## 4.1 A box is four numbers
#
# Our pictures today are the course's *scenes*: 128 × 128 pixels cut from photographs, with up to four
# handwritten digits on each. Ten classes, `"0"` to `"9"`. 400 pictures to learn from, 100 to judge by. Here is
# one with what is really there, the **truth**:

# %%
SHOWN = 82                                           # the picture that we look at in this lesson
scenes = vl.datasets.scene_detection("val")
names = scenes.classes
image, target = scenes[SHOWN]
vl.viz.boxes(
    image, target["boxes"], target["labels"], names=dict(enumerate(names, start=1)), title="What, and where",
    alt="A small photograph with several handwritten digits on it. A box surrounds each digit, with its name.",
)

# %% [markdown]
# A box is written as four numbers, in pixels: left, top, right, bottom, or `xyxy` for short. Two habits to learn
# at once. **x comes first** in a box, but a tensor's axes are (channel, row, column): y comes first there. And
# right and bottom lie just *outside*, so the width is `right - left`, as with Python's slices. So a box cuts its
# object out like this:

# %%
def cut_out(image, box):
    """The part of a picture inside a box."""
    left, top, right, bottom = box.round().int().tolist()
    return image[:, top:bottom, left:right]          # rows first, then columns


vl.viz.grid(
    [cut_out(image, box) for box in target["boxes"]], [names[label - 1] for label in target["labels"]],
    title="Each box, cut out",
    alt="The digits of the picture above, each cut out by its box.",
)

# %% [markdown]
# ## 4.2 The target
#
# torchvision's detectors learn from pairs `image, target`. The target is a dictionary. Two entries are required:
#
# - `"boxes"`: float32, shape (N, 4), xyxy in pixels;
# - `"labels"`: int64, shape (N,), numbered **from 1**. Number 0 is the background: "nothing is here".
#
# The others are optional. `"masks"` (N, H, W) are for instance segmentation, in lesson 5. `"image_id"`, `"area"`
# and `"iscrowd"` come from COCO, the data set that set the standard: its scores need to know which picture a
# target belongs to, how large objects are, and which boxes surround a whole crowd.

# %% tags=["exact"]
for key, value in target.items():
    print(f"{key:9} {value.dtype!s:14} {tuple(value.shape)!s:7} {value.tolist() if value.ndim < 2 else value[0].tolist()}")

# %% [markdown]
# The files that annotators give you look different. COCO's JSON has a list of annotations, and each `bbox` is
# `[x, y, width, height]`:

# %% tags=["exact"]
coco_file = vl.datasets.scenes("val").coco_json
content = json.loads(coco_file.read_text())
print(list(content))
print({key: content["annotations"][0][key] for key in ["image_id", "category_id", "bbox", "iscrowd"]})

# %% [markdown]
# **Exercise 1 — from annotation to target.** Corners instead of width and height, numbers instead of names, and
# a picture without any object. Fill in, run, check; `hint("detection.make_target")` gives a push, and
# `solution("detection.make_target")` one way to do it.

# %% tags=["exercise:detection.make_target"]
# The build writes the starter of detection.make_target here.

# %%
check("detection.make_target", make_target)

# %% [markdown]
# ### The data set, and a mistake in most tutorials
#
# A data set for detection opens a picture, builds its target, and applies transforms. This is the class that you
# find in most tutorials. Read it, and find the line that goes wrong:

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

# %% [markdown]
# `self.transforms(image)` sees the picture alone. Mirror the picture, and the boxes stay behind. No error is
# raised; the detector is taught that digits are where none are. People used to install a second library for this. Since torchvision's v2 transforms nothing else is needed: boxes travel as
# `tv_tensors.BoundingBoxes`, masks as `tv_tensors.Mask`, and *one* call `transforms(image, target)` moves all of
# them. `vl.datasets.DetectionDS` is the same class with this line mended.

# %%
mirror = v2.Compose([v2.RandomHorizontalFlip(p=1.0), v2.ToImage(), v2.ToDtype(torch.float32, scale=True)])
tutorial, mended = TutorialDS(scenes.items, mirror), vl.datasets.DetectionDS(scenes.items, mirror)
vl.viz.panels(
    {"mirrored, boxes left behind": vl.viz.boxed(tutorial[SHOWN][0], tutorial[SHOWN][1]["boxes"]),
     "mirrored together": vl.viz.boxed(mended[SHOWN][0], mended[SHOWN][1]["boxes"])},
    title="Look at your data after the transforms", size=260,
    alt="Twice the same mirrored picture. On the left the boxes lie where the digits were before, on the right each "
        "box surrounds its digit.",
)

# %%
filled = [at for at, (_path, annotation) in enumerate(scenes.items) if annotation["boxes"]]
overlaps = torch.cat([box_iou(tutorial[at][1]["boxes"], mended[at][1]["boxes"]).diagonal() for at in filled])
vl.report.metric("overlap (IoU) of a box left behind with the right one, mean", overlaps.mean(), within=0.02)

empty = next(at for at, (_path, annotation) in enumerate(scenes.items) if not annotation["boxes"])
print("no objects:", tuple(tutorial[empty][1]["boxes"].shape), "there,", tuple(mended[empty][1]["boxes"].shape), "here")

# %% [markdown]
# IoU is the measure of overlap, from 0 to 1; section 4.6 says how it is computed. A box left behind is nearly
# worthless. And the last line shows a second mistake: for a picture without objects, boxes must still have the
# shape (0, 4), or training stops when it meets one. Drawing a few samples *after* the transforms finds the first mistake in a minute, so do it with every data
# set. The other defects can be found by a program. `vl.datasets.check_detection(dataset)` looks at every picture
# and says what is wrong, one sentence each. Here are four broken annotations of one picture:

# %%
path, annotation = scenes.items[SHOWN]
left, top, right, bottom = annotation["boxes"][0]
broken = {
    "labels from 0": {"boxes": [annotation["boxes"][0]], "labels": [0]},
    "width and height": {"boxes": [[left, top, right - left, bottom - top]], "labels": [1]},
    "outside the picture": {"boxes": [[left + 100, top, right + 100, bottom]], "labels": [1]},
    "empty": {"boxes": [[left, top, left, bottom]], "labels": [1]},
}
for title, wrong in broken.items():
    problem = vl.datasets.check_detection(vl.datasets.DetectionDS([(path, wrong)]))[0]
    print(f"{title}: {problem.what}")

# %% [markdown]
# ### A batch is two lists
#
# A `DataLoader` stacks samples into one tensor. That cannot work here: one picture has two boxes, the next has
# four, and even the pictures of real data sets differ in size.

# %% tags=["exact"]
try:
    next(iter(DataLoader(scenes, batch_size=4)))
except RuntimeError as trouble:
    print(str(trouble).split(",")[0])

# %% [markdown]
# So you give the loader a `collate_fn` of your own: a function that makes a batch out of a list of samples. For a
# detector a batch is a list of pictures and a list of targets. You will meet it in two forms,
# `list(imgs), list(targets)` and `list(zip(*batch))`; they do the same, and one is enough for all your projects.
#
# **Exercise 2 — collate.**

# %% tags=["exercise:detection.collate"]
# The build writes the starter of detection.collate here.

# %%
check("detection.collate", collate)

# %%
def batches(samples, batch_size, generator=None):
    """Batches for a detector; shuffled if there is a generator."""
    return DataLoader(samples, batch_size, shuffle=generator is not None, generator=generator,
                      collate_fn=vl.datasets.detection_collate)


train, val = list(vl.datasets.scene_detection("train")), list(scenes)         # small: kept in memory
images, targets = next(iter(batches(val[SHOWN:], 4)))
print(type(images).__name__, [tuple(image.shape) for image in images])
print(type(targets).__name__, [tuple(target["boxes"].shape) for target in targets])

# %% [markdown]
# ## 4.3 A detector, and its two modes
#
# **Faster R-CNN** works in two stages. The first finds places where *something* might be; the second looks at
# each place again and says what it is. `fasterrcnn_resnet50_fpn` is torchvision's standard one. It is made for
# photographs of 800 pixels and wants a GPU. `vl.models.detector` builds the same class, `FasterRCNN`, at the size
# of our pictures, on the course's small trained network `scene`. (`scene` has seen the digits 0 to 4 on
# photographs, never 5 to 9; compare lesson 2.) The parts are the same. (As in lesson 2 we build the large one on
# the device `meta`: shapes without numbers.)

# %%
vl.seeding.seed_everything(0)
model = vl.models.detector("faster_rcnn", num_classes=10, backbone="scene")
with torch.device("meta"):
    large = torchvision.models.detection.fasterrcnn_resnet50_fpn(weights=None, weights_backbone=None)
assert type(model) is type(large)
jobs = {"transform": "normalises the picture, resizes it if asked", "backbone": "turns it into feature maps",
        "rpn": "stage 1, region proposal network: where might something be?",
        "roi_heads": "stage 2: what is it, and where exactly?"}
vl.viz.table(
    [{"part": part, "its job": job,
      **{title: f"{vl.models.count_parameters(network.get_submodule(part))[1] / 1e6:.2f} million"
         for title, network in {"ours": model, "resnet50_fpn": large}.items()}}
     for part, job in jobs.items()],
    caption="The parts of Faster R-CNN, and how many numbers each has",
)

# %% [markdown]
# Here lies the greatest difference from a classifier. In **train mode** a detector takes images *and targets*
# and returns **losses**. In **eval mode** it takes images alone and returns **predictions**.

# %%
model.train()
losses = model(images, targets)
print("train mode:", {name: round(loss.item(), 2) for name, loss in losses.items()})

model.eval()
with torch.inference_mode():
    predictions = model(images)
print("eval mode: ", {key: tuple(value.shape) for key, value in predictions[0].items()})

# %% [markdown]
# Four losses, two per stage. `loss_objectness` asks the first stage: is something here? `loss_rpn_box_reg`: how
# far off is your box? `loss_classifier` and `loss_box_reg` ask the second stage the same about the final class
# and box. You add the four up and train on the sum, as in lesson 3.
#
# A prediction has boxes (N, 4), labels (N,) and scores (N,), the surest first. What a forgotten mode does:

# %%
model.train()
try:
    model(images)
except AssertionError as trouble:
    print("train mode without targets:", trouble)

model.eval()
with torch.inference_mode():
    also = model(images, targets)                    # eval mode: the targets are ignored, without a word
assert torch.equal(also[0]["boxes"], predictions[0]["boxes"])

# %% [markdown]
# ## 4.4 Teach it, for half a minute
#
# The rest of the lesson needs a detector that finds something. Two epochs are enough for our purpose; lesson 12
# trains properly, explains each choice, and compares it with scratch. The loop is `fit` of lesson 3. Only the
# *task* is another: it sums the four losses, and it judges by mAP.

# %%
chance = vl.seeding.seed_everything(0)
model = vl.models.detector("faster_rcnn", num_classes=10, backbone="scene")
loader = batches(train, 8, generator=chance)
optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=2e-3, weight_decay=0.05)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=2 * len(loader), pct_start=0.1)
task = vl.training.DetectionTask(classes=names)
vl.training.fit(model, task, loader, epochs=2, optimizer=optimizer, scheduler=schedule, amp=vl.device.fast_amp(),
                channels_last=True, clip_norm=5.0, device=device)
model = model.cpu().eval()                           # one picture at a time needs no GPU
vl.viz.curves(
    {name: torch.tensor(values).reshape(-1, 5).mean(1).tolist() for name, values in task.parts.items()},
    x=range(5, 101, 5), xlabel="batch", ylabel="loss (mean of five batches)", title="Four losses fall together",
    compared="structure",
    alt="Four falling lines over a hundred batches. The classifier's loss is the largest and falls most.",
)

# %%
def predict(images):
    """Predictions for a list of pictures, in eval mode."""
    with torch.inference_mode():
        return [found for few, _targets in batches([(image, {}) for image in images], 20) for found in model(few)]


val_images, val_targets = [image for image, _ in val], [target for _, target in val]
predictions = predict(val_images)
found = predictions[SHOWN]
sure = found["scores"] >= 0.5
vl.viz.boxes(
    val_images[SHOWN], found["boxes"][sure], found["labels"][sure], found["scores"][sure],
    names=dict(enumerate(names, start=1)), truth=val_targets[SHOWN], compared="pictures",
    title="Found with a score of at least one half",
    alt="The picture from the beginning. Solid boxes with a digit and a score lie nearly on the dashed boxes of the "
        "truth.",
)

# %% [markdown]
# ## 4.5 From picture to boxes, stage by stage
#
# Nothing in there is magic. Walk through it. Every stage is the real model's own part, fed with what the stage
# before gave. Take your time at *Objectness*, where the first stage lights up the places that are worth a look,
# and compare *Proposals before NMS* with *Proposals*.

# %%
stages = list(vl.steps.detector(model, val_images[SHOWN], names))
vl.widgets.stepper(stages, compared="structure")

# %%
answer = model([val_images[SHOWN]])[0]
difference = max((stages[-1].value[key] - answer[key]).abs().max().item() for key in ["boxes", "scores", "labels"])
vl.report.metric("difference between the last stage and model([image])", difference, at_most=0.0)

# %% [markdown]
# The last stage equals `model([image])` to the last bit. Now to the three ideas that carry the walk: anchors,
# NMS, and IoU, which both of them need.
#
# ## 4.6 Anchors: boxes to start from
#
# A network with a fixed number of outputs cannot list "all boxes": there are millions, and some pictures have
# none. The way out: lay a fixed set of boxes over the picture and ask the same question about each: *is this one
# nearly right, and how should it be moved and stretched?* These boxes are the **anchors**. At every place of a
# feature map sits one anchor of each **size** and each **ratio** (height over width).
#
# torchvision's large detector looks at five feature maps, the **levels** of its pyramid. A fine map (a value
# every 4 pixels) has small anchors, a coarse one large. Here are all levels, three ratios each, on a photograph
# as large as it expects:

# %%
photograph = v2.functional.resize(v2.functional.center_crop(vl.datasets.photo("rocket"), [400, 400]), [800, 800])
levels = {stride: size for stride, size in zip([4, 8, 16, 32, 64], [32, 64, 128, 256, 512], strict=True)}


def three_anchors(size, centre=400):
    """Anchors of the ratios 1:2, 1:1 and 2:1, all of the same area, around one place."""
    ratios = torch.tensor([0.5, 1.0, 2.0])
    half = torch.stack([size / ratios.sqrt(), size * ratios.sqrt()], dim=1) / 2       # width, height
    return torch.cat([centre - half, centre + half], dim=1)


generator = large.rpn.anchor_generator
assert generator.sizes == tuple((size,) for size in levels.values())
assert generator.aspect_ratios[0] == (0.5, 1.0, 2.0)
vl.viz.panels(
    {f"a value every {stride} px: size {size}, {3 * (800 // stride) ** 2:,} anchors":
     vl.viz.boxed(photograph, three_anchors(size)) for stride, size in levels.items()},
    columns=5, size=180, title="Five levels, three ratios",
    alt="Five times the same photograph of a rocket, with three anchors around its middle: a wide, a square and a "
        "tall one. From picture to picture they double in size, from 32 to 512 pixels.",
)

# %% [markdown]
# Do they fit *your* objects? That is asked with **IoU**, intersection over union: the area that two boxes share,
# divided by the area that they cover together. It is 0 if they do not touch and 1 if they are the same. Lesson 6
# writes it, and its relatives, from scratch. In training, torchvision's first stage takes an anchor for an
# object's if their IoU is at least 0.7, and for background below 0.3. An object that no anchor fits gets the best
# of the bad ones.
#
# Most of our digits are 20 to 45 pixels large (the square root of their box's area), so `vl.models.detector` has
# sizes 20, 32 and 48, at one level. The tag of each truth says the best IoU that any anchor reaches with it:
#
# Move the sliders until the tags are as high as they can be. Then try what a coarse stride does.

# %%
vl.widgets.anchor_lab(val_images[SHOWN], truth=val_targets[SHOWN])

# %%
def best_fit(sizes, ratios, stride):
    """For every object of the validation set, the IoU of the best anchor."""
    generator = torchvision.models.detection.rpn.AnchorGenerator((sizes,), (ratios,))
    cells = 128 // stride
    grid = torchvision.models.detection.image_list.ImageList(torch.zeros(1, 3, 128, 128), [(128, 128)])
    anchors = generator(grid, [torch.zeros(1, 1, cells, cells)])[0]
    return torch.cat([box_iou(anchors, target["boxes"]).amax(0) for target in val_targets])


fits = {
    "three sizes, three ratios, every 4 px (ours)": best_fit((20, 32, 48), (0.6, 1.0, 1.6), 4),
    "squares alone": best_fit((20, 32, 48), (1.0,), 4),
    "every 16 px only": best_fit((20, 32, 48), (0.6, 1.0, 1.6), 16),
    "the large detector's smallest size alone, 32": best_fit((32,), (0.5, 1.0, 2.0), 4),
    "sizes for photographs: 64 and more": best_fit((64, 128, 256), (0.5, 1.0, 2.0), 4),
}
vl.viz.bars(
    {title: (fit >= 0.7).float().mean().item() for title, fit in fits.items()},
    xlabel="share of the digits that some anchor fits with IoU 0.7 or more", xlim=(0, 1), title="Do the anchors fit?",
    highlight="three sizes, three ratios, every 4 px (ours)",
    alt="Five bars. Our anchors fit most digits; squares alone, a coarse grid and a single size fit fewer; sizes for "
        "photographs fit none.",
)

# %%
ours, *others = [(fit >= 0.7).float().mean().item() for fit in fits.values()]
vl.report.metric("digits that our anchors fit", ours, within=0.01)
vl.report.metric("ours minus the best of the others", ours - max(others), at_least=0.05)

# %% [markdown]
# **Exercise 3 — do the anchors fit?** IoU of every anchor with every object, and the best for each object.

# %% tags=["exercise:detection.best_overlaps"]
# The build writes the starter of detection.best_overlaps here.

# %%
check("detection.best_overlaps", best_overlaps)

# %% [markdown]
# ## 4.7 NMS and the score: which boxes stay
#
# Many anchors lie on one digit, and each of them reports it. **Non-maximum suppression**, NMS, cleans up, class
# by class: keep the surest box, drop every box that overlaps it by more than a threshold, go on with the surest
# of the rest. (You write it in lesson 6; here we use torchvision's `batched_nms`, which does it for all classes
# at once.) `vl.models.candidates` gives what our detector says *before* its last NMS:

# %%
crowds = [vl.models.candidates(model, image) for image in val_images]


def suppressed(crowd, iou):
    """What NMS leaves of one picture's boxes."""
    kept = batched_nms(crowd["boxes"], crowd["scores"], crowd["labels"], iou)
    return {key: value[kept] for key, value in crowd.items()}


def drawn(crowd, least):
    """The boxes with at least this score, on our picture."""
    sure = crowd["scores"] >= least
    return vl.viz.boxed(val_images[SHOWN], crowd["boxes"][sure])


vl.viz.panels(
    {"before NMS": drawn(crowds[SHOWN], 0.5), "after NMS": drawn(suppressed(crowds[SHOWN], 0.5), 0.5)},
    title="All boxes with a score of at least one half", size=280, compared="pictures",
    alt="Twice the picture of digits. Before NMS bundles of nearly equal boxes lie around each digit, after NMS one "
        "box each.",
)

# %%
def per_object(crowds, least=0.5):
    """How many boxes there are for each true object."""
    boxes = sum(int((crowd["scores"] >= least).sum()) for crowd in crowds)
    return boxes / sum(len(target["boxes"]) for target in val_targets)


after = [suppressed(crowd, 0.5) for crowd in crowds]
assert torch.equal(after[SHOWN]["boxes"], answer["boxes"])
vl.report.metric("boxes per object before NMS", per_object(crowds), at_least=2.0)
vl.report.metric("boxes per object after NMS", per_object(after), within=0.2)

# %% [markdown]
# (The `assert` says: the candidates with this NMS *are* what the model answers.)
#
# Which overlap should NMS allow? Too little, and it drops the second of two digits that stand close together. Too
# much, and duplicates stay. And what does *class by class* mean? A box "3" never drops a box "8", even on the
# same spot. Let us measure, with the score that section 4.8 explains: higher is better.

# %%
allowed = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
by_overlap = [
    vl.metrics.coco_scores([suppressed(crowd, iou) for crowd in crowds], val_targets).ap50 for iou in allowed
]
vl.viz.curves(
    {"mAP at IoU 0.5": by_overlap}, x=allowed, xlabel="overlap (IoU) that NMS allows", ylabel="mAP at IoU 0.5",
    title="Too much, and duplicates stay", height=340, compared="structure",
    alt="A line that is flat and high for an allowed overlap from 0.1 to 0.6 and falls steeply towards 1, where NMS "
        "does nothing.",
)

# %%
vl.report.metric("mAP at IoU 0.5 lost without NMS", by_overlap[allowed.index(0.5)] - by_overlap[-1], at_least=0.2)
vl.report.metric("mAP at IoU 0.5 lost with 0.3 instead of 0.5", by_overlap[5] - by_overlap[3], within=0.02)

# %% [markdown]
# In the middle it hardly matters here: our digits seldom overlap with one of their own class. In a crowd of
# people it would matter more.
#
# The second threshold is the **score**: which boxes do you act on? A low one finds more objects and raises more
# false alarms. That is precision and recall of lesson 3 again, and again no threshold is right by itself. It
# depends on what a miss costs you, and what a false alarm.

# %%
every_match = [match for label in range(1, 11) for match in find_matches(predictions, val_targets, label=label).matches]
right, score = (torch.tensor([getattr(match, part) for match in every_match]) for part in ["right", "score"])
objects = sum(len(target["boxes"]) for target in val_targets)
least = [step / 20 for step in range(1, 20)]
precision = [right[score >= t].double().mean().item() for t in least]
recall = [right[score >= t].sum().item() / objects for t in least]
vl.viz.curves(
    {"precision: how many boxes are right": precision, "recall: how many objects are found": recall}, x=least,
    xlabel="least score", ylabel="share", title="Two goals, one threshold", height=360, compared="structure",
    alt="Two lines over the least score. Precision rises from below a half to nearly 1, recall falls slowly at first "
        "and then steeply.",
)

# %% [markdown]
# Here is a harder picture. Move both thresholds and watch what is found, missed and false. What is the best place
# for *this* picture, and would it be the best for the one before?

# %%
HARD = 67
vl.widgets.threshold_lab(val_images[HARD], crowds[HARD], names=names, truth=val_targets[HARD], compared="pictures")

# %% [markdown]
# ## 4.8 How good? From matches to mAP
#
# A classifier's answer is right or wrong. When is a *box* right? If it has the right class, and its IoU with an
# object of this class reaches a threshold. Usually this threshold is 0.5, and that is generous:

# %%
box = val_targets[SHOWN]["boxes"][2:3]
width = (box[0, 2] - box[0, 0]).item()
shifts = {iou: width * (1 - iou) / (1 + iou) for iou in [0.5, 0.75, 0.95]}       # moved sideways by so many pixels
vl.viz.panels(
    {f"IoU {iou}: {shift:.1f} px beside": vl.viz.boxed(
        val_images[SHOWN], box + torch.tensor([shift, 0, shift, 0]), truth=box) for iou, shift in shifts.items()},
    title="The same box, shifted sideways", size=200,
    alt="Three times the same digit with its true box, dashed, and a shifted one: by a third of its width, by a "
        "seventh, and by less than a pixel.",
)

# %%
moved = {iou: box_iou(box, box + torch.tensor([shift, 0, shift, 0])).item() for iou, shift in shifts.items()}
assert all(abs(iou - measured) < 1e-5 for iou, measured in moved.items())
vl.report.metric("pixels that IoU 0.95 leaves to a box of 30 pixels", 30 * 0.05 / 1.95, within=1e-9)

# %% [markdown]
# **Matching.** Several boxes may lie on one object, and only one can be right. COCO's rule: go through the
# detections of a class, the surest first. Each takes the object with the largest IoU among those that nobody has
# taken before, if that reaches the threshold. All others are wrong: badly placed ones, duplicates, and boxes
# where nothing is.
#
# **Exercise 4 — match.** Write this rule.

# %% tags=["exercise:detection.match"]
# The build writes the starter of detection.match here.

# %%
check("detection.match", match)

# %% [markdown]
# **Average precision.** Now go down the ranking. After each detection note precision (how many so far were right)
# and recall (how many objects have been found). A right one moves the point to the right, a wrong one pulls it
# down. The area under this curve is the **average precision**, AP, of this class: 1 if every object is found
# before the first mistake. Duplicates, false alarms *and* missed objects cost, and no score threshold has to be
# chosen. Only the order counts.
#
# Walk through it. To see every case, these detections of three digits are made by hand: right ones, a duplicate,
# a badly placed one and a false alarm.

# %%
label = val_targets[SHOWN]["labels"][0].item()
where = [at for at, target in enumerate(val_targets) if (target["labels"] == label).sum() == 1][:3]
one_class = [{key: val_targets[at][key][val_targets[at]["labels"] == label] for key in ["boxes", "labels"]}
             for at in where]
first, second, third = (target["boxes"][0] for target in one_class)
shift = torch.tensor([1.0, 1.0, 1.0, 1.0])
invented = [([first + shift, first - 3 * shift], [0.95, 0.80]),              # right, and a duplicate
            ([second - shift, torch.tensor([4.0, 4, 24, 30])], [0.90, 0.60]),    # right, and nothing is there
            ([third + 14 * shift, third + 2 * shift], [0.70, 0.40])]            # badly placed, and right
detections = [{"boxes": torch.stack(boxes).clamp(0, 128), "scores": torch.tensor(scores),
               "labels": torch.full((2,), label)} for boxes, scores in invented]
steps = list(vl.steps.average_precision(detections, one_class))
vl.widgets.stepper(steps)

# %%
vl.report.metric("average precision of the six detections", steps[-1].value, within=1e-6)

# %% [markdown]
# **Exercise 5 — average precision.** The matching is done; you turn the ranking into a number.

# %% tags=["exercise:detection.average_precision"]
# The build writes the starter of detection.average_precision here.

# %%
check("detection.average_precision", average_precision)

# %% [markdown]
# Here are the curves of the real detector for four of its ten classes. The envelope (each recall's best precision
# from there on) smooths the zigzag.

# %%
curves = {names[label - 1]: vl.metrics.ap_curve(predictions, val_targets, label=label) for label in [2, 5, 7, 10]}
vl.viz.precision_recall(
    curves, title="Average precision at IoU 0.5, by class", compared="structure",
    alt="Four falling curves, one per digit: precision stays near 1 for most of the recalls and then drops.",
)

# %% [markdown]
# **mAP.** The mean of AP over the classes is the mean average precision, mAP. At IoU 0.5 it is often written
# AP50. COCO goes one step further: it computes mAP at *ten* IoU thresholds, .5, .55, … .95, and takes the mean of
# those. This is "the" mAP, written **mAP .5:.95**. It rewards boxes that sit exactly.

# %%
scores = vl.metrics.coco_scores(predictions, val_targets, classes=dict(enumerate(names, start=1)))
thresholds = [0.5 + 0.05 * step for step in range(10)]
by_threshold = scores.precision.mean(dim=(1, 2)).tolist()                    # (10, 101 recalls, 10 classes) -> (10,)
assert abs(sum(by_threshold) / 10 - scores.ap) < 1e-6
vl.viz.curves(
    {"mAP at one threshold": by_threshold, "their mean: mAP .5:.95": [scores.ap] * 10}, x=thresholds,
    xlabel="IoU from which on a box is right", ylabel="mAP", title="The stricter, the lower", height=360,
    compared="structure",
    alt="A line that falls from about 0.85 at IoU 0.5 to nearly 0 at 0.95, and a level line at their mean, about a half.",
)

# %%
vl.report.metric("mAP at IoU 0.5", scores.ap50, within=0.12)
vl.report.metric("mAP at IoU 0.75", scores.ap75, within=0.2)
vl.report.metric("mAP .5:.95", scores.ap, within=0.15)

# %% [markdown]
# COCO reports twelve numbers in all: AP at thresholds, AP of small, medium and large objects (below 32² and above
# 96² pixels), and average recall with 1, 10 and 100 boxes per picture. −1 means that there was nothing of this
# size to find. Our own numbers come from short, readable code. They are compared here with a well-kept library,
# `faster-coco-eval`. The package's tests compare them with **pycocotools** too, COCO's own program: all twelve
# numbers, on these scenes and on random sets with crowds.

# %%
library = vl.metrics.coco_scores_by_library(predictions, val_targets, classes=dict(enumerate(names, start=1)))
vl.viz.table(
    [{"number": key, "own": f"{value:.4f}", "faster-coco-eval": f"{library.twelve[key]:.4f}"}
     for key, value in scores.twelve.items()],
    caption="COCO's twelve numbers",
)

# %%
apart = max(abs(value - library.twelve[key]) for key, value in scores.twelve.items())
vl.report.metric("largest difference between own numbers and the library's", apart, at_most=1e-9)

# %% [markdown]
# ## 4.9 At full size
#
# Published detectors know the 80 classes of COCO, from person to toothbrush, and need no training. The smallest
# of torchvision's Faster R-CNNs is `fasterrcnn_mobilenet_v3_large_320_fpn`, a download of 74 MB; the standard one,
# `fasterrcnn_resnet50_fpn`, has 160 MB, needs nearly 200 times as many operations per picture, and is clearly
# better (mAP 0.37 instead of 0.23; all by torchvision's own notes).

# %% tags=["exact"]
for name in ["fasterrcnn_mobilenet_v3_large_320_fpn", "fasterrcnn_resnet50_fpn"]:
    meta = torchvision.models.get_model_weights(name).DEFAULT.meta
    print(f"{name}: {meta['_file_size']:.0f} MB, box mAP {meta['_metrics']['COCO-val2017']['box_map']} %")

# %% [markdown]
# The next cell runs the small one on three photographs, if its weights are at hand. They were not where this
# lesson was written, so we can show you no stored picture, only say what to expect: a box "cat" around the cat, a
# box "cup" around the cup of coffee, a box "person" around the astronaut, each with a score above 0.5, and perhaps
# a mistake or two. Look at the boxes' edges, too.

# %%
def published_detections(name="fasterrcnn_mobilenet_v3_large_320_fpn"):
    """What a published detector finds on three photographs."""
    network, words = vl.models.published(name), vl.models.classes(name)
    drawings = {}
    for photo in ["cat", "coffee", "astronaut"]:
        image = v2.functional.to_dtype(vl.datasets.photo(photo), torch.float32, scale=True)      # 0 … 1, no more
        with torch.inference_mode():
            found = network([image])[0]                               # boxes (N, 4), labels (N,), scores (N,)
        sure = found["scores"] >= 0.5
        drawings[photo] = vl.viz.boxed(
            image, found["boxes"][sure], found["labels"][sure], found["scores"][sure], dict(enumerate(words)))
    return vl.viz.panels(
        drawings, title=f"{name} on photographs", compared="structure",
        alt="Three photographs, a cat, a cup of coffee and an astronaut, with the boxes that the detector found.",
    )


vl.viz.full_size(published_detections, stored="04_published", optional=True)

# %% [markdown]
# In tutorials you will find `read_image` and `convert_image_dtype` in this place. `read_image` of `torchvision.io`
# warns since torchvision 0.29 that it will go; `convert_image_dtype` is the old form of `ToDtype(scale=True)`.
# `vl.io.read_image` (Pillow inside) and `v2.functional.to_dtype` give the same numbers:

# %%
path = vl.datasets.photos()["cat"]
with warnings.catch_warnings():
    warnings.simplefilter("ignore")                                    # it says that it will go
    old = torchvision.io.read_image(str(path))
old = torchvision.transforms.functional.convert_image_dtype(old, torch.float32)
new = v2.functional.to_dtype(vl.io.read_image(path), torch.float32, scale=True)
assert torch.allclose(old, new)
print(new.dtype, tuple(new.shape), f"from {new.min():.2f} to {new.max():.2f}")

# %% [markdown]
# ## 4.10 Traps
#
# **Labels from 0.** torchvision does not complain. It teaches your first class to be background, so that class is
# never found:

# %%
shifted = [target | {"labels": target["labels"] - 1} for target in targets]
model.train()
print("torchvision:", "no error, the losses are", {k: round(v.item(), 2) for k, v in model(images, shifted).items()})
model.eval()
try:
    task.loss(model, (images, shifted))
except ValueError as trouble:
    print("vislearn:   ", trouble)

# %% [markdown]
# **Normalised twice.** A detector of torchvision normalises pictures *itself* (its `transform` part). Give it
# pictures in 0…1. Normalise them before, as you would for a classifier, and it sees strange colours:

# %%
normalise = v2.Normalize(vl.transforms.IMAGENET_MEAN, vl.transforms.IMAGENET_STD)
twice = vl.metrics.coco_scores(predict([normalise(image) for image in val_images]), val_targets)
vl.report.metric("mAP at IoU 0.5 lost by normalising twice", scores.ap50 - twice.ap50, at_least=0.1)

# %% [markdown]
# **Thresholding before scoring.** mAP wants the whole ranking, the unsure boxes too. If you drop boxes below 0.5
# before you score, recall ends early, and mAP falls although the detector is the same:

# %%
sure_only = [{key: value[found["scores"] >= 0.5] for key, value in found.items()} for found in predictions]
cut = vl.metrics.coco_scores(sure_only, val_targets)
vl.report.metric("mAP at IoU 0.5 lost by dropping scores below 0.5", scores.ap50 - cut.ap50, at_least=0.01)

# %% [markdown]
# **Width and height instead of corners.** The numbers look harmless, the score is near 0, and you search for the
# bug in the model. Our scorer recognises it:

# %%
as_xywh = [found | {"boxes": torchvision.ops.box_convert(found["boxes"], "xyxy", "xywh")} for found in predictions]
try:
    vl.metrics.coco_scores(as_xywh, val_targets)
except ValueError as trouble:
    print(trouble)

# %% [markdown]
# ## 4.11 Summary
#
# | part | use | remember |
# |---|---|---|
# | target | `{"boxes": (N, 4) xyxy, "labels": (N,) from 1}` | no objects: (0, 4); 0 is the background |
# | data set | `vl.datasets.DetectionDS`, v2 transforms with `tv_tensors` | picture and boxes move together; draw them |
# | batch | `collate_fn`: two lists | nothing is stacked |
# | train mode | `losses = model(images, targets)` | sum them |
# | eval mode | `predictions = model(images)` | boxes, labels, scores, surest first |
# | anchors | sizes, ratios, stride | measure whether they fit your objects |
# | NMS | `batched_nms(boxes, scores, labels, iou)` | one box per object, class by class |
# | score threshold | yours | precision against recall; never before mAP |
# | mAP .5:.95 | `vl.metrics.coco_scores` | AP over classes and ten IoU thresholds |
#
# ---
# **Before:** [lesson 3, the training loop](03_training_loop.ipynb) and [lesson 6, vision operations](06_vision_ops.ipynb),
# which writes IoU, NMS and RoIAlign by hand. **Next:** [lesson 12, detection training](12_detection_training.ipynb) trains
# a detector properly. Lesson 5 is about segmentation: not a box around each object, but every one of its pixels.
