# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   vislearn:
#     budget:
#       seconds: 120
#       memory_mb: 3200
# ---

# %% [markdown]
# # 12. Train a detector: your own boxes
#
# In lesson 4 you took a detector apart. Now you train one: Faster R-CNN, the real one of torchvision, on
# pictures with boxes. It starts from a small trained network and needs about a minute on a laptop. Then you
# take the same lines to a folder of your own. Most of the work is not in the training loop: it is in moving
# boxes with their pictures, in reading a loss that has four parts, and in understanding what goes wrong.
#
# After this lesson you can:
#
# - put a backbone of your choice into Faster R-CNN, and train it;
# - change a picture so that its boxes and masks go with it;
# - read the four parts of the loss, and judge a detector after every epoch;
# - turn a folder of pictures and masks into training data, and find what is broken in it;
# - say why a detector fails: polarity, size, a wrong target.

# %%
import time
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision import tv_tensors
from torchvision.models import detection
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FasterRCNN, FastRCNNPredictor
from torchvision.transforms import v2

import vislearn as vl
from vislearn.exercises import check, hint, solution

vl.seeding.seed_everything(0)
THREADS = torch.get_num_threads()
torch.set_num_threads(1)                 # for all that is small; the training itself gets all
device = vl.device.best_device()
print("computing on:", device.type)

# %% [markdown]
# ## 12.1 What there is to learn
#
# The bundled scenes: photographs of 128 × 128 pixels with up to four handwritten digits on each. There are 400
# to learn from and 100 to judge by. A sample is a picture and a **target**: boxes, labels, and a few facts
# more. We read everything once and keep it in memory.

# %%
scenes = vl.datasets.scene_detection("train", masks=True)               # read when asked for, with masks
samples = list(vl.datasets.scene_detection("train"))                    # boxes are enough to learn from
val_samples = list(vl.datasets.scene_detection("val"))
names = dict(enumerate(scenes.classes, start=1))          # label 1 is the digit 0
vl.viz.panels(
    {f"Scene {at}": vl.viz.boxed(samples[at][0], samples[at][1]["boxes"], samples[at][1]["labels"], names=names)
     for at in [2, 10, 19]},
    size=260, title="Three of 400 pictures to learn from",
    alt="Three small photographs with handwritten digits on them; a box with the digit's name surrounds each.",
)

# %% tags=["exact"]
image, target = scenes[16]
print("picture:", tuple(image.shape), image.dtype)
for key, value in target.items():
    print(f"{key:9} {tuple(value.shape)!s:14} {value.dtype}  ", value.tolist() if key != "masks" else "0 and 1")

# %% [markdown]
# **Labels begin with 1.** 0 is the background. The digit 0 has the label 1, the digit 9 the label 10.
#
# Pictures differ in size and targets in length, so a batch can't be one tensor. It is a *list* of pictures and
# a *list* of targets. A **collate function** tells the loader so. The source has two versions of it; both give
# the same lists, and one will do. The package has it as `vl.datasets.detection_collate`.

# %% tags=["exact"]
def first_version(batch):
    images, targets = zip(*batch, strict=True)
    return list(images), list(targets)


def second_version(batch):
    return list(zip(*batch, strict=True))


three = samples[:3]
for collate in [first_version, second_version, vl.datasets.detection_collate]:
    images, targets = collate(three)
    print(f"{collate.__name__:17} {len(images)} pictures, objects on each: {[len(t['boxes']) for t in targets]}")

# %% [markdown]
# ## 12.2 The usual sketch, looked at closely
#
# This is how training a detector looks in most tutorials, and in the text that this course follows:
#
# ```python
# model = fasterrcnn_resnet50_fpn(weights=None, weights_backbone="DEFAULT")
# train_ds = DetectionDS(items, transforms=None)          # put your augmentation here
# train_dl = DataLoader(train_ds, batch_size=2, shuffle=True, collate_fn=collate_fn)
# opt = torch.optim.SGD(model.parameters(), lr=0.005, momentum=0.9, weight_decay=1e-4)
# for epoch in range(10):
#     model.train()
#     for imgs, targets in train_dl:
#         loss_dict = model(imgs, targets)
#         loss = sum(loss_dict.values())
#         opt.zero_grad(); loss.backward(); opt.step()
# ```
#
# It runs. But four things in it are not what you want:
#
# 1. **Nobody said how many classes.** Without `num_classes` the model is built for COCO's 91.
# 2. **It enlarges every picture** until its shorter side has 800 pixels. That suits photographs.
# 3. **Augmentation put at that place** moves the picture and leaves the boxes. Section 12.5 shows what happens.
# 4. **Nothing is judged**, so nobody knows which of the ten epochs was any good.
#
# The first two are quickly seen. On the device `meta` a network has shapes but no numbers, so that even a large
# one costs nothing:

# %% tags=["exact"]
with torch.device("meta"):
    usual = detection.fasterrcnn_resnet50_fpn(weights=None, weights_backbone=None)
height, width = samples[0][0].shape[1:]
side = usual.transform.min_size[0]
print("outputs of the classifier:", usual.roi_heads.box_predictor.cls_score.out_features)
print(f"parameters: {vl.models.count_parameters(usual).total:,}")
print(f"our {height} × {width} pixels become {side} × {side}: {side**2 // (height * width)} times as many to compute")

# %% [markdown]
# For our small pictures that means minutes per epoch, spent on pixels that are not there.
#
# ## 12.3 A detector that fits
#
# torchvision's `FasterRCNN` takes any network as its **backbone**: something that turns a picture into feature
# maps and says in `out_channels` how many. Here is one by hand, from the course's small network `scene`. It has
# learned to tell the digits 0 to 4 apart on small crops, and has never seen a 5, 6, 7, 8 or 9. We leave out
# its last stage and its head: what remains makes a map with one point for every 4 × 4 pixels.

# %% tags=["exact"]
scene = vl.models.pretrained("scene")
backbone = nn.Sequential(scene.conv1, scene.bn1, scene.relu, scene.layer1, scene.layer2, scene.layer3)
backbone.out_channels = 128                                            # what layer3 gives

by_hand = FasterRCNN(
    backbone,
    num_classes=11,                                                    # ten digits *and the background*
    min_size=128, max_size=128,                                        # keep our pictures as they are
    rpn_anchor_generator=AnchorGenerator(((20.0, 32.0, 48.0),), ((0.6, 1.0, 1.6),)),
)
images, targets = vl.datasets.detection_collate(samples[:2])
losses = by_hand.train()(images, targets)
predictions = by_hand.eval()(images)
print("train mode:", type(losses).__name__, "of losses:", *losses)
print("eval mode: ", type(predictions).__name__, "of predictions, each with:", *predictions[0])

# %% [markdown]
# This is the great difference to classification. **In train mode a detector wants targets and returns losses;
# in eval mode it wants pictures only and returns predictions.** A classifier returns scores in both.
#
# `vl.models.detector` builds the same kind of model, with the sizes that suit small pictures and a laptop:

# %%
model = vl.models.detector("faster_rcnn", num_classes=10, backbone="scene").to(device)
learning, total = vl.models.count_parameters(model)
vl.viz.table(
    [{"part": "backbone", "here": "scene up to layer3, a map of stride 4", "why": "objects of 20 to 48 pixels"},
     {"part": "feature maps", "here": "64 channels", "why": "a quarter of the usual 256: ten digits are no COCO"},
     {"part": "anchors", "here": "20, 32, 48 pixels × 3 shapes", "why": "as large as the objects"},
     {"part": "proposals", "here": "100 per picture", "why": "four objects need no 2000"},
     {"part": "pictures", "here": "keep their size", "why": "nothing is gained by enlarging"},
     {"part": "frozen", "here": "first layer and layer1", "why": "edges are edges; saves the most expensive part of backward"},
     {"part": "learning", "here": f"{learning:,} of {total:,} numbers", "why": "the usual sketch has 41 million"}],
    caption="vl.models.detector(\"faster_rcnn\", num_classes=10, backbone=\"scene\")",
)

# %% [markdown]
# Note the two ways to count. torchvision's own functions count the background as a class, 11. The package counts
# what you would count, 10.
#
# ## 12.4 The loss comes in four parts
#
# Faster R-CNN looks twice. First a small network, the **RPN**, asks at every place: is there *anything*, and
# where exactly? Then a second head looks at the best proposals: *what* is it, and where *exactly*? Each look has
# a loss for the class and one for the box:
#
# | part | look | asks | untrained |
# |---|---|---|---|
# | `loss_objectness` | first | object or background? | ln 2 = 0.69: a coin |
# | `loss_rpn_box_reg` | first | how far is the anchor from the object? | small: only anchors on objects count |
# | `loss_classifier` | second | which of 11 classes? | ln 11 = 2.40: a guess among 11 |
# | `loss_box_reg` | second | how far is the proposal from the object? | small: hardly a proposal fits yet |

# %%
images, targets = (vl.training.moved(part, device) for part in vl.datasets.detection_collate(samples[:8]))
losses = model(images, targets)                                        # built in train mode
for name, part in losses.items():
    print(f"{name:17} {part.item():.3f}")
vl.report.metric("objectness of an untrained RPN", losses["loss_objectness"].item(), within=0.08)
vl.report.metric("classifier loss of an untrained head", losses["loss_classifier"].item(), within=0.35)

# %% [markdown]
# The loss to send backward is their **sum**: `sum(losses.values())`. (Without `.values()` Python would add up
# the names.) One step therefore looks like this, and it is the whole of the sketch above:

# %%
def train_by_hand(model, batches, optimizer):
    """One epoch of the usual loop: the sum of the losses of every batch."""
    model.train()
    sums = []
    for images, targets in batches:
        images = [image.to(device) for image in images]
        targets = [{key: value.to(device) for key, value in target.items()} for target in targets]
        loss = sum(model(images, targets).values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        sums.append(loss.item())
    return sums


def fresh():
    """The same detector and optimiser each time."""
    vl.seeding.seed_everything(1)
    model = vl.models.detector("faster_rcnn", 10, "scene").to(device)
    return model, torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.005, momentum=0.9)


two_batches = [vl.datasets.detection_collate(samples[at:at + 4]) for at in (0, 4)]
hand_model, optimizer = fresh()
sums = train_by_hand(hand_model, two_batches, optimizer)
fit_model, optimizer = fresh()
history = vl.training.fit(fit_model, vl.training.DetectionTask(), two_batches, epochs=1, optimizer=optimizer)
difference = max((a - b).abs().max().item()
                 for a, b in zip(hand_model.parameters(), fit_model.parameters(), strict=True))
vl.report.metric("weights: the loop by hand against vl.training.fit", difference, at_most=1e-4)

# %% [markdown]
# `vl.training.fit` is the loop of lesson 3. `DetectionTask` tells it two things: *a batch becomes a loss* by
# adding up the parts, and *a loader becomes scores* by COCO's rules. It also looks at every target before it can
# do harm, and keeps the parts for you, in `task.parts`.
#
# **Exercise 1 — one step.** Write it yourself, and return the parts as numbers. `hint("detector.train_step")`
# gives a push, `solution("detector.train_step")` one way to do it.

# %% tags=["exercise:detector.train_step"]
# The build writes the starter of detector.train_step here.

# %%
check("detector.train_step", train_step)

# %% [markdown]
# ## 12.5 When the picture moves, everything moves
#
# Here is the mistake of the sketch. Its data set does `if self.transforms: img = self.transforms(img)`: the
# picture goes through, the boxes don't.

# %%
def overlay(image, target):
    """The picture with its masks tinted, and its boxes as a drawing."""
    tinted = torch.where(target["masks"].any(dim=0).bool(), 0.45 * image + 0.55 * torch.tensor([[[1.0]], [[0.8]], [[0.0]]]), image)
    return vl.viz.boxed(tinted, target["boxes"], target["labels"], names=names)


mirror = v2.RandomHorizontalFlip(p=1)
image, target = scenes[16]
wrong = (mirror(image), target)                                        # the sketch: only the picture goes in
wrapped = target | {
    "boxes": tv_tensors.BoundingBoxes(target["boxes"], format="XYXY", canvas_size=image.shape[-2:]),
    "masks": tv_tensors.Mask(target["masks"]),
}
right = mirror(tv_tensors.Image(image), wrapped)                       # v2: picture and target together
vl.viz.panels(
    {"Before": overlay(image, target), "Picture mirrored, target left behind": overlay(*wrong),
     "v2: mirrored together": overlay(*right)},
    title="One flip, two ways",
    alt="Three pictures with boxes and tinted masks. Before: boxes and masks lie on the digits. In the middle the "
        "picture is mirrored, boxes and masks are not, and lie beside the digits. On the right all three are mirrored.",
)

# %% [markdown]
# No error, no warning: only wrong places. The v2 transforms of torchvision do it right, if the boxes *say* that
# they are boxes. A `tv_tensors.BoundingBoxes` is a tensor that knows its format and the size of its picture; a
# `tv_tensors.Mask` knows that it must not be interpolated. Pass picture and target together, and each v2
# transform does with each part what it should. No other library is needed.
#
# `vl.datasets.DetectionDS`, which reads all our data sets, wraps and unwraps for you. Afterwards it clips boxes
# to the picture, and takes out objects that were cut off. Look at some transforms at work:

# %%
shown = {
    "RandomHorizontalFlip": mirror, "RandomRotation": v2.RandomRotation((15, 15)),
    "RandomZoomOut": v2.RandomZoomOut(side_range=(1.6, 1.6), p=1), "RandomIoUCrop": v2.RandomIoUCrop(min_scale=0.5, sampler_options=[0.0]),
    "Resize((96, 160))": v2.Resize((96, 160)), "ColorJitter": v2.ColorJitter(brightness=0.2, hue=0.4),
}
tiles = {}
for name, transform in shown.items():
    vl.seeding.seed_everything(4)
    moving = vl.datasets.scene_detection("train", v2.Compose([transform, v2.ToDtype(torch.float32, scale=True)]), masks=True)
    tiles[name] = overlay(*moving[19])
vl.viz.panels(
    tiles, columns=3, size=240, title="Picture, boxes and masks go together", compared="pictures",
    alt="Six versions of one picture with digits: mirrored, rotated, made smaller on a larger canvas, cropped, "
        "stretched, recoloured. In each the boxes and the tinted masks lie on the digits.",
)

# %% [markdown]
# Look at the rotated one: the box is larger than the digit. A box can only be upright, so v2 takes the upright box
# around the rotated one. Large rotations make loose boxes, and a detector learns what it is shown.
#
# **How would you notice a target left behind?** With masks a number tells: the share of each mask inside its box.
# The package's checks use it, and refuse such a target.

# %%
def share_inside(target):
    """Mean share of each mask that lies in its own box."""
    shares = []
    for (left, top, right, bottom), mask in zip(target["boxes"].int().tolist(), target["masks"], strict=True):
        shares.append((mask[top:bottom, left:right].sum() / mask.sum()).item())
    return np.mean(shares)


half_moved = target | {"boxes": right[1]["boxes"]}                     # boxes mirrored, masks not
vl.report.metric("mask inside its box, moved together", share_inside(right[1]), within=0.001)
vl.report.metric("mask inside its box, one left behind", share_inside(half_moved), at_most=0.6)
for defect in vl.sample.target_defects(half_moved, (128, 128)):
    print(defect)

# %% [markdown]
# Without masks only your eyes can tell. **Look at ten augmented samples before every training.**
#
# And ask whether the transform makes sense. A mirrored cat is a cat. A mirrored 2 is no digit at all. That is
# why we train without mirroring here.
#
# **Exercise 2 — mirror.** Move picture, boxes and masks yourself.

# %% tags=["exercise:detector.flip"]
# The build writes the starter of detector.flip here.

# %%
check("detector.flip", flip)

# %% [markdown]
# ## 12.6 Train, and judge after every epoch
#
# Now for real. The recipe is that of lesson 3: AdamW, a learning rate that rises over the first tenth and then
# falls (OneCycle). Gradients longer than 5 are shortened, because the early losses of a detector jump.
#
# Should it compute in 16 bits? Lesson 3 said: it depends on the processor. `vl.device.fast_amp()` says "bf16" where
# that is fast, on a GPU or on a processor that has instructions for it, else None.

# %%
EPOCHS = 6
amp = vl.device.fast_amp()
print("computing in", amp or "float32")


def new_training(backbone="scene", lr=2e-3, seed=0):
    """Detector, loader, optimiser and schedule of one run."""
    chance = vl.seeding.seed_everything(seed)
    loader = DataLoader(samples, batch_size=8, shuffle=True, generator=chance, collate_fn=vl.datasets.detection_collate)
    model = vl.models.detector("faster_rcnn", 10, backbone)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=lr, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=EPOCHS * len(loader), pct_start=0.1)
    return model, loader, optimizer, schedule

# %%
torch.set_num_threads(THREADS)
task = vl.training.DetectionTask(classes=scenes.classes, watch=8)      # keep what it says about 8 pictures
model, loader, optimizer, schedule = new_training()
val_loader = DataLoader(val_samples, 20, collate_fn=vl.datasets.detection_collate)
begin = time.perf_counter()
history = vl.training.fit(
    model, task, loader, epochs=EPOCHS, optimizer=optimizer, scheduler=schedule, val_loader=val_loader,
    amp=amp, channels_last=True, clip_norm=5,
)
print(f"{time.perf_counter() - begin:.0f} seconds, judging included")
history

# %%
torch.set_num_threads(1)
vl.report.metric("mAP@.5", history["val_map50"][-1], at_least=0.85)
vl.report.metric("mAP", history["val_map"][-1], at_least=0.55)

# %% [markdown]
# **What do these numbers mean?** Lesson 4 built them up; in short:
#
# - `map50`, or mAP@.5: a box counts as found if it overlaps its object with an IoU of .5 or more. Average
#   precision asks how well right and wrong boxes are told apart by their scores; *mean* over the ten digits.
# - `map`: the same, averaged over ten demands, IoU .5, .55 … .95. It asks for boxes that fit *tightly*.
# - `map75`: one of the strict ones. `ar`: the share of objects found at all.
#
# Why not watch the validation *loss*? A detector gives losses in train mode only, where BatchNorm would learn
# from the validation pictures. And a lower sum of four losses need not mean better boxes. Judge by what you want.

# %%
vl.viz.curves(
    {"mAP@.5": history["val_map50"], "mAP": history["val_map"], "mAP@.75": history["val_map75"]},
    xlabel="epoch", ylabel="score on 100 other pictures", title="Found early, tight later", compared="structure",
    alt="Three rising lines over the epochs. Mean average precision at IoU 0.5 rises first and ends highest; the one at "
        "0.75 begins low and catches up; the mean over all demands stays lowest.",
)

# %% [markdown]
# The lenient score rises first, the strict ones follow: the detector finds things before it measures them.
#
# ## 12.7 Watch it learn
#
# `task.parts` has kept every part of the loss, step by step. First as lines (each a mean over 25 steps):

# %%
def smooth(values, window=25):
    """Means over a moving window."""
    return np.convolve(values, np.ones(window) / window, mode="valid")


shown_parts = {name: smooth(values) for name, values in task.parts.items()}
vl.viz.curves(
    shown_parts, xlabel="step", ylabel="part of the loss", log=True, title="Four losses, four speeds", compared="structure",
    alt="Four falling lines over the steps on a logarithmic axis. The box and class losses of the second look are the "
        "largest throughout; the two losses of the first look, objectness and its boxes, are ten times smaller.",
)

# %% [markdown]
# Now stage by stage. Move on, and watch which part is the largest.

# %%
stages = {
    1: "Untrained. The classifier guesses among 11 classes (2.40), the RPN throws a coin (0.69).",
    15: "The classifier has learned one word, 'background': it is right for most places. The RPN still throws its coin.",
    30: "The RPN begins to see where objects are. So proposals lie on objects now, and the second look has boxes to "
        "correct: its box loss has grown. That is progress.",
    100: "The first look is nearly done. The classifier learns to tell digits apart.",
    300: "The end. What is left is the second look: look-alikes, and the last pixels at the edges.",
}
short = {"loss_objectness": "RPN class", "loss_rpn_box_reg": "RPN box", "loss_classifier": "class", "loss_box_reg": "box"}
walk = [
    vl.steps.Step(
        f"Step {step}",
        {short[name]: float(np.mean(values[max(0, step - 8):step])) for name, values in task.parts.items()},
        note,
    )
    for step, note in stages.items()
]
vl.widgets.stepper(walk, compared="structure")

# %%
early, late = ({name: np.mean(values[part]) for name, values in task.parts.items()} for part in (slice(2), slice(-50, None)))
vl.report.metric("objectness, late over early", late["loss_objectness"] / early["loss_objectness"], at_most=0.15)
vl.report.metric("classifier, late over early", late["loss_classifier"] / early["loss_classifier"], at_most=0.4)
vl.report.metric("box loss of the second look: largest over first",
                 smooth(task.parts["loss_box_reg"]).max() / early["loss_box_reg"], at_least=1.3)

# %% [markdown]
# **A loss that rises can be good news.** In the beginning hardly a proposal lies on an object, so there are hardly
# boxes to correct. When the RPN improves, there are more, and the sum grows. Whoever sees only the sum of the four
# is puzzled; that is why the parts are kept. Read them like this:
#
# | what you see | where to look |
# |---|---|
# | `loss_objectness` does not fall | anchors don't fit the objects, or boxes are in the wrong place |
# | `loss_rpn_box_reg` stays high | anchors are of the wrong size or shape |
# | `loss_classifier` low from the start, nothing found | nearly everything is background: no proposal fits |
# | `loss_classifier` stays high, the others fall | labels are wrong, or the classes look alike |
# | all become NaN | learning rate too high, no warm-up, no clipping, or boxes without area |
#
# The most telling view is the picture itself. We have kept what the detector said after each epoch:

# %%
def said_about(picture):
    """Predictions for one of the watched pictures, epoch by epoch."""
    return [watched[picture] for watched in task.watched]


PICTURE = 1
vl.widgets.epoch_lab(
    val_samples[PICTURE][0], said_about(PICTURE), names=scenes.classes, truth=val_samples[PICTURE][1],
    compared="pictures",
)

# %% [markdown]
# Move the epoch. In the first epochs there are few boxes with wrong names; then the names become right; then the
# edges settle. Lower the score, and you see what else the detector considered.

# %%
vl.viz.predictions_by_epoch(
    val_samples[PICTURE][0], said_about(PICTURE), epochs=[2, 3, EPOCHS], names=scenes.classes,
    truth=val_samples[PICTURE][1], compared="pictures",
    alt="One picture three times: what the detector says after epoch 2, 3 and the last. First loose or wrong boxes, in the "
        "end one box with a high score on each digit, close to the dashed true one.",
)

# %% [markdown]
# ## 12.8 What it still gets wrong
#
# A mean hides the classes. `task.scores` has them all:

# %%
by_class = {scores.name: scores.ap50 for scores in task.scores.per_class.values()}
vl.viz.bars(
    by_class, xlabel="AP@.5 on 100 other pictures", xlim=(0, 1), title="Digit by digit", compared="structure",
    alt="Ten bars, average precision of each digit. All are high; which are lowest differs from run to run.",
)

# %% [markdown]
# The backbone has seen the digits 0 to 4 before, on crops. Does it show?

# %%
old = np.mean([by_class[digit] for digit in "01234"])
new = np.mean([by_class[digit] for digit in "56789"])
vl.report.metric("digits the backbone knew, minus new ones", old - new, within=0.1)

# %% [markdown]
# Hardly. What it has learned, strokes on a photograph, serves all ten. And the pictures with the most mistakes:

# %%
model.eval()
with torch.inference_mode():
    predictions = [vl.training.moved(model([image.to(device)])[0], torch.device("cpu")) for image, _ in val_samples]


def mistakes_on(prediction, target):
    """Objects missed plus false boxes, at a score of .5."""
    sure = prediction["scores"] >= 0.5
    boxes, labels = prediction["boxes"][sure], prediction["labels"][sure]
    fits = (vl.ops.box_iou(boxes, target["boxes"]) >= 0.5) & (labels[:, None] == target["labels"])
    return int((~fits.any(dim=0)).sum() + (~fits.any(dim=1)).sum())


wrong = [mistakes_on(p, t) for p, (_image, t) in zip(predictions, val_samples, strict=True)]
worst = np.argsort(wrong)[::-1][:3]
drawings = {}
for at in worst:
    sure = predictions[at]["scores"] >= 0.5
    boxes, labels, scores = (predictions[at][key][sure] for key in ("boxes", "labels", "scores"))
    drawings[f"Picture {at}"] = vl.viz.boxed(val_samples[at][0], boxes, labels, scores, names, truth=val_samples[at][1])
vl.viz.panels(
    drawings, size=280, title="Where most goes wrong (dashed: the truth)", compared="structure",
    alt="Three pictures with predicted and true boxes. Typical: digits that overlap, digits in the colours of what lies "
        "behind them, and digits taken for a similar one.",
)

# %%
vl.report.metric("share of pictures without any mistake", np.mean(np.array(wrong) == 0), within=0.2)

# %% [markdown]
# Mistakes have causes. Here: digits that cover each other, strokes in the colour of the background, look-alikes
# such as 4 and 9. For each ask: would a person know it? If yes, it is a matter of more pictures of *that kind*, not of
# more epochs.
#
# ## 12.9 Was the backbone worth it?
#
# One run is one run. So the comparison was made with three seeds each and kept with the course
# (`python -m benchmarks.detection_training` repeats it on your computer). *Scene* starts from the trained network, as
# above. *Scratch* is the same network from random numbers, where everything learns. Pictures, steps and learning rates
# are the same.

# %%
runs = vl.datasets.measurements("detection_training")["runs"]


def kept(way, name="map50"):
    """One number per seed."""
    return [run[name] for run in runs if run["way"] == way]


vl.viz.table(
    [{"start": way, "mAP@.5": f"{np.mean(kept(way)):.3f}  ({min(kept(way)):.3f} … {max(kept(way)):.3f})",
      "mAP": f"{np.mean(kept(way, 'map')):.3f}  ({min(kept(way, 'map')):.3f} … {max(kept(way, 'map')):.3f})",
      "seconds of one core": f"{np.mean(kept(way, 'cpu_seconds')):.0f}"} for way in ["scene", "scratch"]]
    + [{"start": "scene, just now", "mAP@.5": f"{history['val_map50'][-1]:.3f}", "mAP": f"{history['val_map'][-1]:.3f}",
        "seconds of one core": "see above"}],
    caption="Six epochs, three seeds: mean (lowest … highest). The last line: one seed, on your computer, just now",
)

# %%
vl.viz.curves(
    {"from the backbone": kept("scene", "map50_by_epoch"), "from scratch": kept("scratch", "map50_by_epoch")},
    xlabel="epoch", ylabel="mAP@.5 on 100 other pictures", title="Three seeds each",
    alt="Two rising lines with bands over six epochs. From the backbone the score is high after two epochs; from "
        "scratch it rises later and ends lower.",
)

# %%
vl.report.metric("mAP@.5 from the backbone, lowest of three seeds", min(kept("scene")), at_least=0.85)
vl.report.metric("mAP from the backbone, lowest of three seeds", min(kept("scene", "map")), at_least=0.55)
for name, score in [("mAP@.5", "map50"), ("mAP", "map")]:
    vl.report.metric(f"{name}: lowest from the backbone minus highest from scratch",
                     min(kept("scene", score)) - max(kept("scratch", score)), at_least=0.02)
half = [curve[EPOCHS // 2 - 1] for curve in kept("scene", "map50_by_epoch")]
vl.report.metric("mAP@.5 after half the epochs from the backbone, minus the end from scratch",
                 np.mean(half) - np.mean(kept("scratch")), at_least=0.02)

# %% [markdown]
# *Higher*: the worst of three seeds from the backbone lies above the best from scratch, in both scores. *Faster*: after
# half of the epochs the backbone is already ahead of where scratch ends. What it has learned on crops of five digits need
# not be learned again: strokes, and what is only background.
#
# ## 12.10 Optimiser, batches, BatchNorm
#
# The script measures other choices as well, each changed alone. Two of them were run for this lesson, with one seed
# each, so read small differences as chance. *Mirrored without its boxes* is the mistake of section 12.5: half of the
# training pictures are mirrored, their boxes are not. *SGD, as in the text* is the usual sketch's training: SGD with a
# constant learning rate of 0.005, two pictures per batch.

# %%
ways = {"scene": "the recipe (three seeds)", "SGD, as in the text": "SGD, as in the text",
        "mirrored without its boxes": "mirrored without its boxes"}
vl.viz.table(
    [{"training": words, "mAP@.5": f"{np.mean(kept(way)):.3f}", "mAP": f"{np.mean(kept(way, 'map')):.3f}"}
     for way, words in ways.items()],
    caption="Six epochs, one thing changed at a time",
)

# %%
vl.report.metric("mAP lost with SGD as in the text",
                 np.mean(kept("scene", "map")) - np.mean(kept("SGD, as in the text", "map")), within=0.01)
vl.report.metric("mAP lost by boxes left behind",
                 np.mean(kept("scene", "map")) - np.mean(kept("mirrored without its boxes", "map")), at_least=0.03)

# %% [markdown]
# **SGD** is no mistake. It finds nearly as much as our recipe (mAP@.5), but its boxes fit less tightly (mAP). Nobody tuned
# its learning rate here, so this is no verdict on SGD.
#
# **Boxes left behind** cost less than one would fear: half of the pictures are right, and the wrong boxes lie somewhere
# else each time. That is what makes this mistake so dangerous. The detector works, only worse than it could, and nobody
# looks for the reason. No number tells you; a look at ten pictures does.
#
# **Why does BatchNorm mind small batches?** It normalises with the mean of the batch at hand. Of two pictures,
# that mean is a rough guess. We ask the first BatchNorm of the backbone: how far does the mean of a batch lie
# from the mean of all?

# %%
normalize = v2.Normalize(vl.transforms.IMAGENET_MEAN, vl.transforms.IMAGENET_STD)
with torch.inference_mode():
    pictures = normalize(torch.stack([image for image, _target in samples[:100]]))
    maps = scene.conv1(pictures.to(next(scene.parameters()).device))                       # (100, 32, 128, 128)
    means, spread = maps.mean(dim=(2, 3)).cpu(), maps.std(dim=(0, 2, 3)).cpu()             # (100, 32) and (32,)


def wandering(size, draws=300):
    """How far a batch's mean lies from the mean of all pictures, in standard deviations of the pixels."""
    chance = vl.seeding.generator(0)
    drawn = torch.randint(len(means), (draws, size), generator=chance)
    return ((means[drawn].mean(dim=1) - means.mean(dim=0)) / spread).pow(2).mean().sqrt().item()


distances = {f"{size} pictures": wandering(size) for size in [1, 2, 4, 8, 16, 32]}
vl.viz.bars(
    distances, xlabel="how far a batch's mean wanders, in standard deviations of a channel", title="A small batch knows little",
    alt="Six falling bars: the mean of one picture wanders most; each doubling of the batch takes away about a third.",
)

# %%
vl.report.metric("wandering of 2 pictures over that of 8", distances["2 pictures"] / distances["8 pictures"], within=0.3)

# %% [markdown]
# Four times as many pictures, half the wandering. That is why torchvision's own detectors, made for large
# photographs and two of them per batch, come with a **frozen BatchNorm**: it keeps the statistics of ImageNet
# and never looks at the batch. Our pictures are small, eight fit easily, and BatchNorm may learn. In
# `vl.models.detector` the choice is `frozen_norm=`, and `trainable_from=` says how many of the early stages stay
# frozen. (Lesson 2 has the trap that hides in freezing.)

# %% tags=["exact"]
for setting in [{}, {"trainable_from": 1}, {"trainable_from": 8}, {"frozen_norm": True}]:
    trial = vl.models.detector("faster_rcnn", 10, "scene", **setting)
    print(f"{setting!s:21} {vl.models.count_parameters(trial).trainable:>9,} numbers learn")

# %% [markdown]
# ## 12.11 Your own data
#
# From files to a data set is one line:
#
# | you have | write |
# |---|---|
# | a COCO file (`instances.json`) | `vl.datasets.coco_detection("instances.json", "images")` |
# | Pascal VOC (an XML per picture) | `vl.datasets.voc_detection(...)` |
# | a mask file for each object | `vl.datasets.mask_detection("pictures")` |
# | anything else | `vl.datasets.DetectionDS([(path, {"boxes": ..., "labels": ...}), ...])` |
#
# We take the third. To have files of our own, we draw pictures as a microscope shows them: bright cells on dark
# ground. Each cell gets its mask, a black-and-white picture of its own.

# %%
def draw_cells(seed, side=96):
    """A gray picture (side, side) of bright cells, and a mask per cell."""
    chance = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side]
    picture, masks = 40 + 12 * np.sin(x / 17 + chance.uniform(0, 6)) + 8 * np.cos(y / 23), []
    for _ in range(40):
        (cy, cx), (a, b), turn = chance.uniform(8, side - 8, 2), chance.uniform(6, 11, 2), chance.uniform(0, np.pi)
        along, across = (x - cx) * np.cos(turn) + (y - cy) * np.sin(turn), (y - cy) * np.cos(turn) - (x - cx) * np.sin(turn)
        mask = (along / a) ** 2 + (across / b) ** 2 < 1
        if len(masks) < 7 and not any((mask & other).any() for other in masks):
            masks.append(mask)
            picture = picture + mask * chance.uniform(60, 160)
    return np.clip(picture + chance.normal(0, 9, (side, side)), 0, 255).astype(np.uint8), masks


def write_cells(root, seeds, change=lambda picture: picture, zoom=1):
    """Write pictures and masks as files: ROOT/NAME/images/one.png, ROOT/NAME/masks/*.png."""
    for seed in seeds:
        picture, masks = draw_cells(seed)
        files = {"images/picture.png": change(Image.fromarray(picture))}
        files |= {f"masks/{number}.png": Image.fromarray((255 * mask).astype(np.uint8)) for number, mask in enumerate(masks)}
        for name, content in files.items():
            path = root / f"{seed:03}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            content.resize((zoom * content.width, zoom * content.height), Image.Resampling.BILINEAR).save(path)
    return root


folder = Path(mkdtemp())
train_folder, val_folder = write_cells(folder / "train", range(48)), write_cells(folder / "val", range(100, 120))
print(*sorted(path.relative_to(folder).as_posix() for path in (train_folder / "000").rglob("*.png")), sep="\n")

# %% [markdown]
# Now the whole path, in lines to take with you: data set, **check**, a look at the sizes, detector with anchors of
# those sizes, training. `vl.training.fit_detector` is section 12.6 in one call: loader, AdamW, OneCycle, clipping.

# %%
cells = vl.datasets.mask_detection(train_folder, label="cell")
val_cells = vl.datasets.mask_detection(val_folder, label="cell")
print("problems:", vl.datasets.check_detection(cells), vl.datasets.check_detection(val_cells))

boxes = torch.cat([target["boxes"] for _image, target in cells])
sides = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1).sqrt()               # side of a square of the box's area
least, middle, most = sides.quantile(torch.tensor([0.0, 0.5, 1.0])).tolist()
print(f"{len(boxes)} cells, sides {least:.0f} … {middle:.0f} … {most:.0f} pixels (least, middle, most)")

# %%
def train_on_cells(dataset):
    """A detector for one class, from a data set."""
    vl.seeding.seed_everything(0)
    model = vl.models.detector("faster_rcnn", num_classes=1, backbone="scene", anchor_sizes=(12, 16, 24))
    vl.training.fit_detector(model, dataset, epochs=8, batch_size=8, lr=2e-3)
    return model


def score(model, dataset):
    """mAP@.5 on a data set."""
    loader = DataLoader(dataset, 10, collate_fn=vl.datasets.detection_collate)
    return vl.training.evaluate(model, vl.training.DetectionTask(), loader)["map50"]


cell_model = train_on_cells(cells)
vl.report.metric("own data: mAP@.5", score(cell_model, val_cells), at_least=0.85)

# %% [markdown]
# **Why the check comes first.** Files from elsewhere are rarely whole. A mask that is empty or of another size is
# refused when the files are read; `check_detection` looks at every picture and every target, and writes a sentence for
# each problem. We break a few on purpose:

# %% tags=["exact"]
broken = write_cells(folder / "broken", range(2))
Image.new("L", (96, 96)).save(broken / "000" / "masks" / "0.png")      # an empty mask
Image.new("L", (64, 64), 255).save(broken / "001" / "masks" / "1.png")  # a mask of another size
for name in ["000", "001"]:
    try:
        vl.datasets.mask_detection(broken, names=[name])
    except vl.errors.FileError as problem:
        print("-", problem.path.name, problem.problem)

annotations = [
    {"boxes": [[10, 20, 30, 40]], "labels": [0]},                      # labels from 0
    {"boxes": [[60, 50, 20, 30]], "labels": [1]},                      # x, y, width, height
    {"boxes": [[70, 60, 30, 90]], "labels": [1]},                      # drawn from right to left
    {"boxes": [[50, 50, 120, 90]], "labels": [1]},                     # reaches beyond the picture
]
pictures_of_ours = [val_folder / f"10{at}" / "images" / "picture.png" for at in range(4)]
own = vl.datasets.DetectionDS(list(zip(pictures_of_ours, annotations, strict=True)))
for problem in vl.datasets.check_detection(own):
    print("-", problem.what)

# %% [markdown]
# **Exercise 3 — repair.** An annotation tool has left boxes like these. Repair what can be repaired.

# %% tags=["exercise:detector.repair"]
# The build writes the starter of detector.repair here.

# %%
check("detector.repair", repair)

# %% [markdown]
# ## 12.12 When it fails, understand why
#
# The detector works on pictures like those it has learned from. Another microscope gives other pictures: dark cells
# on bright ground, or the same cells three times as large. The files are fine, the check finds nothing. And yet:

# %%
dark_folder = write_cells(folder / "dark", range(100, 120), change=lambda picture: picture.point(lambda value: 255 - value))
large_folder = write_cells(folder / "large", range(100, 120), zoom=3)
dark = vl.datasets.mask_detection(dark_folder, label="cell")
large = vl.datasets.mask_detection(large_folder, label="cell")
scores = {"as in training": score(cell_model, val_cells), "inverted": score(cell_model, dark),
          "three times as large": score(cell_model, large)}
vl.viz.bars(
    scores, xlabel="mAP@.5", xlim=(0, 1), title="One detector, three microscopes", compared="structure",
    alt="Three bars: as in training high, inverted and three times as large very low.",
)

# %%
def found(dataset, at=1):
    """What the detector finds, and what is there."""
    image, target = dataset[at]
    with torch.inference_mode():
        said = cell_model.eval()([image.to(device)])[0]
    sure = said["scores"] >= 0.3
    return vl.viz.boxed(image, said["boxes"][sure], None, said["scores"][sure], truth=target["boxes"])


vl.viz.panels(
    {"as in training": found(val_cells), "inverted": found(dark), "three times as large": found(large)},
    title="The same cells (dashed: the truth)", compared="pictures",
    alt="Three pictures of the same cells. As in training: a box on each. Inverted and three times as large: cells without a "
        "box, and boxes that fit no cell.",
)

# %%
vl.report.metric("lost by inverting", scores["as in training"] - scores["inverted"], at_least=0.5)
vl.report.metric("lost by enlarging", scores["as in training"] - scores["three times as large"], at_least=0.5)

# %% [markdown]
# **Polarity.** The detector has never seen a dark cell, so "bright" became part of what a cell is. Show it both: let
# a transform invert half of the training pictures. The boxes may stay, because an inverted cell is where it was.
#
# **Size.** The anchors are 12 to 24 pixels, the cells now about 50. Look at the best anchor there is for each cell:

# %%
image, target = large[1]
vl.viz.anchors(
    image, sizes=(12, 16, 24), truth=target,
    alt="The enlarged cells, with nine small anchors in the middle of the picture. A tag on each cell says how well the best "
        "anchor fits: 0.15 to 0.25.",
)

# %%
def best_fit(dataset, sizes):
    """How well the best shape of anchor fits an object, in the mean: IoU if their centres agree."""
    boxes = torch.cat([target["boxes"] for _image, target in dataset])
    objects = torch.cat([torch.zeros(len(boxes), 2), boxes[:, 2:] - boxes[:, :2]], dim=1)
    shapes = torch.tensor([[0, 0, size / ratio**0.5, size * ratio**0.5] for size in sizes for ratio in (0.6, 1.0, 1.6)])
    centred = [rows - (rows[:, 2:] / 2).repeat(1, 2) for rows in (objects, shapes)]
    return vl.ops.box_iou(*centred).amax(dim=1).mean()


vl.report.metric("best anchor's IoU, cells as in training", best_fit(val_cells, (12, 16, 24)), within=0.03)
vl.report.metric("best anchor's IoU, cells three times as large", best_fit(large, (12, 16, 24)), within=0.03)
vl.report.metric("best anchor's IoU with anchors of 36, 48, 72", best_fit(large, (36, 48, 72)), within=0.03)

# %% [markdown]
# Below about .5 no anchor counts as "on the object", and the RPN can't learn it. There are two remedies. If you train
# anew, choose `anchor_sizes` like your objects: that is why we looked at their sizes first. If the detector is trained
# already, bring the pictures to *its* scale. We try inverting half of the training pictures, and making the large ones
# small:

# %%
both = v2.Compose([v2.RandomInvert(p=0.5), v2.ToDtype(torch.float32, scale=True)])
robust = train_on_cells(vl.datasets.mask_detection(train_folder, both, label="cell"))
smaller = v2.Compose([v2.Resize(96), v2.ToDtype(torch.float32, scale=True)])
rescaled = vl.datasets.mask_detection(large_folder, smaller, label="cell")
mended = {"inverted, trained on both": score(robust, dark), "as before, trained on both": score(robust, val_cells),
          "large, pictures made smaller": score(cell_model, rescaled)}
vl.viz.bars(
    mended, xlabel="mAP@.5", xlim=(0, 1), title="After the remedy", compared="structure",
    alt="Three bars, all high: inverted pictures after training on both kinds, bright cells with the same detector, and "
        "large pictures made smaller.",
)

# %%
vl.report.metric("inverted, after training on both kinds", mended["inverted, trained on both"], at_least=0.7)
vl.report.metric("large, made smaller first", mended["large, pictures made smaller"], at_least=0.75)

# %% [markdown]
# So before you train longer, ask three questions. Does the new picture *look* like the old ones (polarity, colours,
# sharpness)? Are the objects of the same *size in pixels*? Do the boxes *lie on* the objects?
#
# ## 12.13 At full size
#
# For photographs, take a detector that others trained on COCO: 118 000 photographs, 80 classes. This is what there is,
# from the weights' own notes (nothing is loaded for this table):

# %%
published = {
    "fasterrcnn_resnet50_fpn": detection.FasterRCNN_ResNet50_FPN_Weights.DEFAULT,
    "fasterrcnn_resnet50_fpn_v2": detection.FasterRCNN_ResNet50_FPN_V2_Weights.DEFAULT,
    "fasterrcnn_mobilenet_v3_large_320_fpn": detection.FasterRCNN_MobileNet_V3_Large_320_FPN_Weights.DEFAULT,
    "retinanet_resnet50_fpn_v2": detection.RetinaNet_ResNet50_FPN_V2_Weights.DEFAULT,
    "ssdlite320_mobilenet_v3_large": detection.SSDLite320_MobileNet_V3_Large_Weights.DEFAULT,
}
vl.viz.table(
    [{"detector": name, "mAP on COCO": f"{weights.meta['_metrics']['COCO-val2017']['box_map']:.1f} %",
      "parameters": f"{weights.meta['num_params'] / 1e6:.0f} million", "download": f"{weights.meta['_file_size']:.0f} MB"}
     for name, weights in published.items()],
    caption="Detectors of torchvision with published weights",
)

# %% [markdown]
# To teach one of them your classes, keep everything and replace the last layer. Load it with `weights="DEFAULT"` in
# place of `None`, and without `torch.device("meta")`; then train as above, with a learning rate ten times smaller.

# %% tags=["exact"]
with torch.device("meta"):
    coco_model = detection.fasterrcnn_mobilenet_v3_large_320_fpn(weights=None, weights_backbone=None)
    features = coco_model.roi_heads.box_predictor.cls_score.in_features
    coco_model.roi_heads.box_predictor = FastRCNNPredictor(features, num_classes=11)       # ten digits, one background
print(coco_model.roi_heads.box_predictor)
print("classes without the background:", vl.models.detector_classes(coco_model))

# %% [markdown]
# Or take only a published *backbone*, trained to classify photographs. SqueezeNet is a download of 5 MB. Here it looks
# for our digits, four epochs long.

# %%
def published_backbone():
    """SqueezeNet, trained on ImageNet, as the backbone of our detector."""
    loader = new_training()[1]
    model = vl.models.detector("faster_rcnn", 10, "squeezenet1_1", strides=(4,), trainable_from=1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, total_steps=4 * len(loader), pct_start=0.1)
    rows = vl.training.fit(model, vl.training.DetectionTask(), loader, epochs=4, optimizer=optimizer, scheduler=schedule,
                           val_loader=val_loader, amp=amp, channels_last=True, clip_norm=5)
    curves = {"SqueezeNet (ImageNet)": rows["val_map50"], "scene (ours)": history["val_map50"][:4]}
    return vl.viz.curves(
        curves, xlabel="epoch", ylabel="mAP@.5", title="A published backbone under the same detector", compared="structure",
        alt="Two rising lines over four epochs: " + ", ".join(f"{name} ends at {line[-1]:.2f}" for name, line in curves.items()) + ".",
    )


vl.viz.full_size(published_backbone, stored="12_published")

# %% [markdown]
# Whatever the backbone, the lines stay the same: its name, the strides to look at, and what stays frozen.
#
# ## 12.14 Traps
#
# | trap | symptom | where |
# |---|---|---|
# | labels begin with 0 | the first class is never found: it counts as background | below |
# | `num_classes` forgotten, or without the background | 91 outputs, or an index error in the loss | 12.2 |
# | transform without the boxes | a lower mAP, no error | 12.5, 12.10 |
# | mirrored digits, letters, arrows | pictures of things that do not exist | 12.5 |
# | boxes as x, y, width, height | boxes inside out, or too large | 12.11 |
# | a picture without objects has `boxes` of shape (0,) | an error in the middle of an epoch | below |
# | `model.eval()` forgotten when predicting | "targets should not be none" | below |
# | normalised before the detector, which normalises itself | mAP falls | below |
# | anchors that fit no object | nothing is found | 12.12 |
#
# Four of them as they look. torchvision takes the label 0 without a word; `DetectionTask` doesn't.

# %%
image, target = samples[16]
shifted = target | {"labels": target["labels"] - target["labels"].min()}               # the smallest label is now 0
nothing = {"boxes": torch.zeros(0), "labels": torch.zeros(0, dtype=torch.int64)}        # (0,) in place of (0, 4)
for wrong_target in [shifted, nothing]:
    try:
        vl.training.DetectionTask().loss(model.train(), ([image.to(device)], [wrong_target]))
    except vl.errors.InputError as problem:
        print("-", problem)
try:
    model([image.to(device)])                                                           # still in train mode
except AssertionError as problem:
    print("- in train mode, without targets:", problem)

# %% [markdown]
# And pictures normalised twice. Detectors of torchvision normalise *inside* the model: feed them plain 0 … 1.

# %%
def map50_on(pictures):
    """The trained detector's mAP@.5, asked directly: `DetectionTask` refuses pictures that are not in 0 ... 1."""
    model.eval()
    with torch.inference_mode():
        found = [vl.training.moved(model([image.to(device)])[0], torch.device("cpu")) for image, _ in pictures]
    return vl.metrics.coco_scores(found, [target for _, target in pictures]).ap50


twice = [(normalize(image), target) for image, target in val_samples]
vl.report.metric("mAP@.5 lost by normalising twice", map50_on(val_samples) - map50_on(twice), at_least=0.05)

# %% [markdown]
# ## 12.15 Summary
#
# | step | write | remember |
# |---|---|---|
# | data | `coco_detection`, `voc_detection`, `mask_detection`, `DetectionDS` | labels from 1; `check_detection` first |
# | move | v2 transforms on picture and target together | look at ten samples before you train |
# | model | `vl.models.detector("faster_rcnn", K, "scene", anchor_sizes=...)` | anchors as large as your objects |
# | loader | `DataLoader(..., collate_fn=vl.datasets.detection_collate)` | lists, not one tensor |
# | loss | `sum(model(images, targets).values())` in train mode | read the four parts |
# | train | `vl.training.fit(model, DetectionTask(), ...)`, or `fit_detector` | warm-up, clipping, AdamW |
# | judge | mAP@.5 and mAP after every epoch | then look at the worst pictures |
# | fail | polarity, size, targets | look before you train longer |
#
# ---
# **Before:** [lesson 4, detection](04_detection.ipynb): anchors, IoU, NMS and average precision, one by one. **Next:** lesson 13, the traps:
# wrong code, its symptom, and the detector that finds it.
