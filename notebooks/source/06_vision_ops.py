# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   vislearn:
#     budget:
#       seconds: 60
#       memory_mb: 2000
# ---

# %% [markdown]
# # 6. Vision operations: from a thousand boxes to the right ones
#
# A detector never says "there is a 3". It says it a hundred times, with a hundred boxes around the same 3, and
# it has looked at thousands of boxes before. Between the network and the answer stand a few small operations
# on boxes. No network can do without them, and most bugs in detection sit there. In this lesson you build a
# small detector, then open it and write each operation yourself.
#
# After this lesson you can:
#
# - tell three box formats apart, convert them, and find out when somebody mixed them up;
# - compute IoU, and say when generalized IoU helps;
# - write non-maximum suppression (NMS), and choose its threshold by measuring;
# - cut a box of any size out of a feature map with RoIAlign, and show what RoIPool's rounding costs;
# - make boxes of masks, and explain what focal loss does to a thousand easy boxes.
#
# The lessons are numbered as the sections of the source text. Read this one *before* lesson 4: it makes the
# tools that lesson 4 uses.

# %%
import time
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torchvision import ops
from torchvision.transforms import v2

import vislearn as vl
from vislearn.exercises import check, hint, solution

vl.seeding.seed_everything(0)
torch.set_num_threads(1)                 # many small steps: two threads would only wait for each other

# %% [markdown]
# ## 6.1 A detector in four functions
#
# Our pictures are the course's **scenes**: up to four handwritten digits on a photograph. For each digit there
# is a **box**: left, top, right and bottom edge, in pixels.

# %%
to_learn = [vl.datasets.scene_detection("train")[index] for index in range(120)]
to_judge = [vl.datasets.scene_detection("val")[index] for index in range(40)]
to_learn, to_judge = ([scene for scene in some if len(scene[1]["boxes"])] for some in (to_learn, to_judge))

digits = {digit + 1: str(digit) for digit in range(10)}                # label 0 means: nothing there
vl.viz.panels(
    {f"scene {number}": vl.viz.boxed(image, target["boxes"], target["labels"], names=digits)
     for number, (image, target) in enumerate(to_judge[:3])},
    title="What a detector should say", size=260,
    alt="Three small photographs with two or three handwritten digits on each, and a box with its digit around each.",
)

# %% [markdown]
# The simplest detector looks *everywhere*. Its boxes stand around every fourth pixel, in four sizes. It is
# easiest to say them as centre, width and height; everything after that wants edges.

# %%
def windows():
    """Boxes of four sizes around every fourth pixel of a picture of 128 × 128: (3600, 4), as edges."""
    steps = torch.arange(10, 128, 4.0)
    centres = torch.cartesian_prod(steps, steps)                                   # (900, 2): x, y
    sizes = torch.tensor([[18.0, 24], [24, 30], [28, 36], [34, 44]])               # width, height
    boxes = torch.cat([centres.repeat(4, 1), sizes.repeat_interleave(len(centres), 0)], dim=1)
    return ops.clip_boxes_to_image(ops.box_convert(boxes, "cxcywh", "xyxy"), (128, 128))


everywhere = windows()
vl.report.metric("boxes to look at, in every picture", len(everywhere), within=0)

# %% [markdown]
# What is in each box? We ask `scene`, the course's network that knows the digits 0 to 4 (lesson 2). To run it
# 3600 times would take far too long. So it runs *once*, on the whole picture, and the boxes are cut out of its
# **feature map**: 128 small maps of 32 × 32 cells, one cell for every 4 pixels. That is what RoIAlign does; 6.5
# opens it.

# %%
scene, card = vl.models.pretrained("scene"), vl.models.card("scene")
normalise = v2.Normalize(card.mean, card.std)


def feature_map(image):
    """What the network's third stage says about a picture: (1, 128, 32, 32)."""
    return vl.models.features(scene, normalise(image)[None], ["layer3"])["layer3"]


def look_into(image, boxes):
    """What the network sees in each box: 128 channels of 4 × 4 bins, as (N, 2048)."""
    cut_out = ops.roi_align(feature_map(image), [boxes], 4, spatial_scale=1 / 4, sampling_ratio=1, aligned=True)
    return cut_out.flatten(1)


look_into(to_judge[0][0], everywhere[:5]).shape

# %% [markdown]
# Which boxes are right? Here **IoU** decides, a number for how well two boxes match (6.3). A box that matches
# a digit by more than 0.55 is an example of that digit. One that matches none by 0.4 shows *nothing*, class 0.
# Those between are left out.

# %%
def examples(image, target, chance):
    """Some boxes of a scene to learn from: what the network sees in them, and their classes."""
    overlap, nearest = ops.box_iou(everywhere, target["boxes"]).max(dim=1)         # (3600,) each
    chosen = []
    for fits, count in [(overlap > 0.55, 30), (overlap < 0.4, 60)]:
        places = fits.nonzero()[:, 0]
        chosen.append(places[torch.randperm(len(places), generator=chance)[:count]])
    chosen = torch.cat(chosen)
    return look_into(image, everywhere[chosen]), torch.where(overlap > 0.55, target["labels"][nearest], 0)[chosen]


def learn(features, classes, epochs=6):
    """A linear head, trained on features of boxes."""
    head = nn.Sequential(nn.BatchNorm1d(features.shape[1], affine=False), nn.Linear(features.shape[1], 11))
    optimizer = torch.optim.AdamW(head.parameters(), lr=0.002, weight_decay=0.1)
    for _epoch in range(epochs):
        for few in torch.randperm(len(features)).split(64)[:-1]:
            loss = nn.functional.cross_entropy(head(features[few]), classes[few])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return head.eval()

# %% [markdown]
# Most of a picture is *nothing*, in a thousand forms. So we train twice. After the first time the head looks at
# all boxes of some scenes. Where it is wrong, it has found its own hardest examples. The second time it learns
# from them too. (This is called **hard negative mining**.)

# %%
def false_alarms(head, image, target):
    """Features of boxes that seem to hold a digit, and don't."""
    with torch.no_grad():
        features = look_into(image, everywhere)
        seems = head(features).softmax(dim=1)[:, 0] < 0.5
    return features[seems & (ops.box_iou(everywhere, target["boxes"]).amax(dim=1) < 0.4)][:80]


chance = vl.seeding.seed_everything(0)
features, classes = (torch.cat(parts) for parts in zip(*[examples(*each, chance) for each in to_learn], strict=True))
first_head = learn(features, classes)
wrong = torch.cat([false_alarms(first_head, *each) for each in to_learn[:60]])
head = learn(torch.cat([features, wrong]), torch.cat([classes, torch.zeros(len(wrong), dtype=torch.int64)]))
print(f"{len(features)} boxes to learn from, then {len(wrong)} false alarms of the first head")

# %% [markdown]
# Now ask it about scenes it has never seen. This is its whole answer:

# %%
def raw_answer(image, min_score=0.5):
    """Every box that seems to hold a digit: boxes (N, 4), scores (N,), labels (N,)."""
    with torch.no_grad():
        probabilities = head(look_into(image, everywhere)).softmax(dim=1)
    scores, labels = probabilities[:, 1:].max(dim=1)
    sure = scores > min_score
    return everywhere[sure], scores[sure], labels[sure] + 1


answers = [raw_answer(image) for image, _target in to_judge]
vl.viz.panels(
    {f"scene {number}": vl.viz.boxed(to_judge[number][0], answers[number][0]) for number in (1, 2)},
    title="What it does say", size=260, compared="pictures",
    alt="Two of the photographs. Dozens of boxes lie on top of each other around each digit, and a few elsewhere.",
)

# %%
boxes_per_digit = sum(len(boxes) for boxes, *_ in answers) / sum(len(target["boxes"]) for _, target in to_judge)
vl.report.metric("boxes per digit in the raw answer", boxes_per_digit, within=12, at_least=10)

# %% [markdown]
# It has found the digits. But who counts boxes would count dozens of digits in each picture. The large networks
# of lesson 4 answer in the same way. Let us clean up, tool by tool.
#
# ## 6.2 Three ways to write a box
#
# Four numbers make a box, but which four? Three formats are in use:
#
# - **xyxy**: left, top, right, bottom. torchvision's operations and detectors, and Pascal VOC.
# - **xywh**: left, top, width, height. COCO's annotation files.
# - **cxcywh**: centre x, centre y, width, height. YOLO, and many networks inside.
#
# x counts to the right, y counts *down*, and edges may lie between pixels.

# %% tags=["exact"]
box = torch.tensor([[20.0, 30.0, 60.0, 90.0]])
for fmt in ["xyxy", "xywh", "cxcywh"]:
    print(f"{fmt:7}", ops.box_convert(box, "xyxy", fmt)[0].tolist())

# %% [markdown]
# **Trap.** Nothing in four numbers says which format they are in. Give xywh to a function that wants xyxy, and
# it computes on without a word. This is the most frequent bug with data sets of one's own:

# %%
image, target = to_judge[1]
right_way = target["boxes"]
mixed_up = ops.box_convert(right_way, "xyxy", "xywh")                  # as COCO's file has them
drawable = mixed_up.view(-1, 2, 2).sort(dim=1).values.flatten(1)                      # or nothing could be drawn
vl.viz.panels(
    {"xyxy": vl.viz.boxed(image, right_way), "xywh, taken for xyxy": vl.viz.boxed(image, drawable)},
    title="The same numbers, read in two ways", size=280,
    alt="Left, each digit in its box. Right, the boxes lie somewhere else, with other sizes.",
)

# %%
print("torchvision's areas:", ops.box_area(mixed_up).tolist())
try:
    vl.ops.box_area(mixed_up)
except vl.errors.InputError as refusal:
    print("vislearn:", refusal)

# %% [markdown]
# A box whose right edge lies left of its left edge is a sign of it. The course's own operations in `vl.ops` refuse
# it; torchvision's don't look. If all widths happen to be large, not even that sign is there. So **draw your
# boxes once** before you train.
#
# Two more small tools. Boxes can reach out of the picture: `clip_boxes_to_image` cuts them off at its edges (it
# wants height first, then width). What is left may be a sliver, or nothing: `remove_small_boxes` says which
# boxes are still large enough. It returns **indices**, not boxes, so that you can pick scores and labels too.

# %% tags=["exact"]
some = torch.tensor([[-8.0, 40, 30, 90], [100, 100, 140, 150], [60, -30, 90, 4], [130, 20, 150, 60]])
clipped = ops.clip_boxes_to_image(some, (128, 128))
keep = ops.remove_small_boxes(clipped, min_size=5)
print("clipped:", clipped.tolist())
print("large enough:", keep.tolist())

# %%
for name in ["xyxy", "xywh", "cxcywh"]:
    for other in ["xyxy", "xywh", "cxcywh"]:
        written = ops.box_convert(everywhere, "xyxy", name)
        assert torch.equal(vl.ops.box_convert(written, name, other), ops.box_convert(written, name, other))
assert torch.equal(vl.ops.clip_boxes_to_image(some, (128, 128)), clipped)
assert torch.equal(vl.ops.remove_small_boxes(clipped, 5), keep)

# %% [markdown]
# (The last cell says: the course's own versions, a few lines each, give the same.)
#
# Your turn. Fill in, run, check; `hint("vision.to_xyxy")` gives a push and `solution("vision.to_xyxy")` one
# way to do it.
#
# **Exercise 1 — box formats.** Write the conversion yourself.

# %% tags=["exercise:vision.to_xyxy"]
# The build writes the starter of vision.to_xyxy here.

# %%
check("vision.to_xyxy", to_xyxy)

# %% [markdown]
# ## 6.3 IoU: how well do two boxes match?
#
# **Intersection over union**: the area that both boxes share, divided by the area that they cover together. It
# is 1 for equal boxes and 0 for boxes that are apart. Whenever boxes are matched, in training and in scoring,
# this is the measure. By hand, for the first two boxes of the source text:

# %% tags=["exact"]
boxes = torch.tensor([[0, 0, 100, 100], [10, 10, 110, 110], [200, 200, 260, 260]], dtype=torch.float32)
a, b = boxes[0].tolist(), boxes[1].tolist()

width = max(0, min(a[2], b[2]) - max(a[0], b[0]))       # the larger left edge, the smaller right edge
height = max(0, min(a[3], b[3]) - max(a[1], b[1]))      # below 0 would mean: apart
shared = width * height
union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared     # not counted twice
print(f"shared {shared:.0f}, union {union:.0f}, IoU {shared / union:.4f}")

iou_mat = ops.box_iou(boxes, boxes)               # pairwise IoU
print(iou_mat)

# %% [markdown]
# A shift by a tenth of the side, and only 0.68 is left. IoU is stricter than the eye. Here is what four values
# look like:

# %%
digit = target["boxes"][2].as_subclass(torch.Tensor)
wide = digit[2] - digit[0]
shown = {}
for wanted in [0.9, 0.7, 0.5, 0.3]:
    step = wide * (1 - wanted) / (1 + wanted)                       # of two equal boxes, this far apart
    moved = digit + torch.stack([step, step * 0, step, step * 0])
    shown[f"IoU {ops.box_iou(digit[None], moved[None]).item():.1f}"] = vl.viz.boxed(
        image, moved[None], truth=digit[None])
vl.viz.panels(
    shown, columns=4, size=190, title="A box, shifted to the right",
    alt="One digit four times, its true box dashed. The other box moves to the right as IoU falls from 0.9 to 0.3. At "
        "0.5 it is off by a third of its width.",
)

# %% [markdown]
# 0.5 counts as "found" in the old VOC contest and in most reports; COCO asks for 0.5 up to 0.95.
#
# **Lab: two boxes.** Move and stretch box B. When does IoU change fast, when slowly? Put a small box into a large
# one: why is IoU low? Then pull them apart: IoU stays 0. Which of the other numbers still moves?

# %%
vl.widgets.iou_lab()

# %% [markdown]
# That other number is **generalized IoU** (GIoU). It takes the smallest box around both, the dotted one, and
# subtracts the share of it that neither covers. Boxes that are apart get a *negative* number, the lower the
# further apart. Why does one want that? Because a network learns by gradients. Where IoU is 0, it stays 0
# however the box moves a little: there is no direction. Let a box find its goal, once by each:

# %%
def find_goal(measure, steps=200):
    """Move a box by gradients of a measure; IoU with its goal after each step."""
    goal = torch.tensor([[10.0, 10, 50, 40]])
    box = torch.tensor([[70.0, 60, 100, 95]], requires_grad=True)
    optimizer = torch.optim.Adam([box], lr=2.0)
    path = []
    for _step in range(steps):
        loss = 1 - measure(box, goal).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        path.append(ops.box_iou(box.detach(), goal).item())
    return path


paths = {"learns by IoU": find_goal(ops.box_iou), "learns by generalized IoU": find_goal(ops.generalized_box_iou)}
vl.viz.curves(
    paths, xlabel="step", ylabel="IoU with the goal", title="A box that starts apart from its goal", height=360,
    alt="Two lines over 200 steps. Learning by IoU stays at 0 all the time. Learning by generalized IoU is 0 for the "
        "first steps and then rises to almost 1.",
)

# %%
vl.report.metric("IoU reached by IoU", paths["learns by IoU"][-1], within=0.001)
vl.report.metric("IoU reached by generalized IoU", paths["learns by generalized IoU"][-1], at_least=0.9)

# %% [markdown]
# **Is our own version right?** `vl.ops.box_iou` is a dozen lines that you can read
# (`vl.ops.box_iou??`). Whether it is right, we ask torchvision: on many random boxes, and on hostile ones. Equal,
# nested, touching, tiny, huge, and lying far out.

# %%
def hostile_boxes(count, chance):
    """Boxes that break careless code; all have an area."""
    corner, side = torch.rand(count, 2, generator=chance) * 100, torch.rand(count, 2, generator=chance) * 60 + 0.01
    boxes = torch.cat([corner, corner + side], dim=1)
    kind = torch.randint(8, (count,), generator=chance)
    boxes[kind == 0] = boxes[0].clone()                              # duplicates
    boxes[kind == 1] = boxes[kind == 1].round() + torch.tensor([0.0, 0, 1, 1])      # whole pixels: many touch
    boxes[kind == 2] *= 10_000                                       # huge
    boxes[kind == 3] -= 500                                          # negative coordinates
    boxes[kind == 4] = boxes[0] + torch.tensor([0.002, 0.002, -0.002, -0.002])       # nested
    return boxes


chance = vl.seeding.generator(0)
worst = {"box_iou": 0.0, "generalized_box_iou": 0.0}
for _set in range(200):
    first, second = hostile_boxes(50, chance), hostile_boxes(60, chance)
    for name in worst:
        difference = getattr(vl.ops, name)(first, second) - getattr(ops, name)(first, second)
        worst[name] = max(worst[name], difference.abs().max().item())
for name, difference in worst.items():
    vl.report.metric(f"{name}: largest difference over 600 000 pairs", difference, at_most=1e-5)

# %% [markdown]
# One case is left to decide: two boxes *without* area. torchvision computes 0/0 there, and a nan can spoil a whole
# training. The course's version says 0: they share nothing.

# %% tags=["exact"]
point = torch.tensor([[5.0, 5, 5, 5]])
print("torchvision:", ops.box_iou(point, point).item(), "  vislearn:", vl.ops.box_iou(point, point).item())

# %% [markdown]
# **Exercise 2 — IoU.** All pairs at once, without a loop.

# %% tags=["exercise:vision.iou_matrix"]
# The build writes the starter of vision.iou_matrix here.

# %%
check("vision.iou_matrix", iou_matrix)

# %% [markdown]
# ## 6.4 NMS: of many boxes around one thing, the surest stays
#
# **Non-maximum suppression** cleans up in three sentences. Take the surest box; it stays. Drop every box that
# overlaps it by more than a threshold: it surely means the same thing. Repeat with what is left. The source's
# example:

# %% tags=["exact"]
boxes = torch.tensor([[0, 0, 100, 100], [10, 10, 110, 110], [200, 200, 260, 260]], dtype=torch.float32)
scores = torch.tensor([0.9, 0.8, 0.7])
keep = ops.nms(boxes, scores, iou_threshold=0.5)  # indices to keep
print(keep.tolist(), boxes[keep].tolist())

# %% [markdown]
# Box 1 overlaps box 0 by 0.68, so it goes. Again the answer is **indices**, the surest first. Walk through it on
# real boxes: some of those that our detector drew. Thick is who speaks, dashed is who is dropped by it.

# %%
image = to_judge[2][0]
boxes, scores, labels = answers[2]
few = (scores > 0.8).nonzero()[::2, 0]                     # some of the surer ones: all would be too many
vl.widgets.stepper(vl.steps.nms(boxes[few], scores[few], 0.3, image), compared="pictures")

# %% [markdown]
# In code it is as short as in words:

# %%
def nms_by_hand(boxes, scores, iou_threshold):
    """Indices of the boxes that stay, the surest first."""
    order = scores.argsort(descending=True, stable=True).tolist()
    keep = []
    while order:
        best, *rest = order
        keep.append(best)
        overlap = ops.box_iou(boxes[[best]], boxes[rest])[0].tolist()
        order = [index for index, iou in zip(rest, overlap, strict=True) if iou <= iou_threshold]
    return torch.tensor(keep, dtype=torch.int64)


assert nms_by_hand(boxes, scores, 0.3).equal(ops.nms(boxes, scores, 0.3))
assert nms_by_hand(boxes, scores, 0.3).equal(vl.ops.nms_slow(boxes, scores, 0.3))

# %% [markdown]
# Only who *stays* may drop others. Think of three boxes in a row: A overlaps B, B overlaps C, A and C hardly meet.
# A drops B. Now B is gone and can't drop C: C stays. Code that forgets this loses objects.
#
# Does it hold for hostile boxes too, with equal scores, and no boxes at all? The package has two versions: the
# loop above (`nms_slow`), and one that compares all pairs at once (`nms`).

# %%
chance = vl.seeding.generator(1)
disagreements = 0
for trial in range(400):
    boxes = hostile_boxes(trial % 60 + 1, chance)[trial % 3 == 0:]               # sometimes one less: from 0 boxes on
    scores = torch.randint(5 if trial % 2 else 1000, (len(boxes),), generator=chance) / 1000     # many are equal
    threshold = [0.0, 0.3, 0.5, 0.9][trial % 4]
    expected = ops.nms(boxes, scores, threshold)
    disagreements += not vl.ops.nms_slow(boxes, scores, threshold).equal(expected)
    disagreements += not vl.ops.nms(boxes, scores, threshold).equal(expected)
vl.report.metric("own NMS unequal to torchvision's, of 800 trials", disagreements, at_most=0)

# %% [markdown]
# **Which threshold?** Too high, and doubles stay. Too low, and objects are lost, for two reasons: a neighbour is
# dropped as a double; or the surest box is not the best placed one, and drops a better. We measure both on our
# scenes. A digit counts as found if a box that stays matches it by at least 0.5.

# %%
def after_nms(threshold):
    """Share of the digits that are found, and boxes that stay for each digit."""
    found = boxes_left = digits_there = 0
    for (_image, target), (boxes, scores, _labels) in zip(to_judge, answers, strict=True):
        keep = ops.nms(boxes, scores, threshold)
        overlap = ops.box_iou(target["boxes"], boxes[keep])
        found += (overlap.amax(dim=1) >= 0.5).sum().item() if len(keep) else 0
        boxes_left += (overlap >= 0.3).any(dim=0).sum().item()
        digits_there += len(target["boxes"])
    return found / digits_there, boxes_left / digits_there


thresholds = [0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
found, left = zip(*[after_nms(threshold) for threshold in thresholds], strict=True)
vl.viz.curves(
    {"digits found": {"found": found}, "boxes that stay": {"per digit": left}},
    x=thresholds, xlabel="NMS threshold (IoU)", ylabel=["share of the digits", "boxes for each digit"],
    title="Too low loses objects, too high keeps doubles", compared="structure",
    alt="Two panels over the NMS threshold. The share of digits found rises from about 0.77 at 0 to 0.99 at 0.6. The "
        "boxes that stay for each digit rise from 1 at 0 to about 2 at 0.3, and then steeply, to more than 30 at 0.9.",
)

# %%
vl.report.metric("digits found at 0.0", found[0], within=0.1)
vl.report.metric("digits found at 0.3", found[4], within=0.1)
vl.report.metric("boxes per digit at 0.3", left[4], within=0.6)
vl.report.metric("boxes per digit at 0.7, in multiples of 0.3's", left[8] / left[4], at_least=2)

# %% [markdown]
# There is no right value, only a bargain. torchvision's detectors use 0.45 to 0.7.
#
# **Exercise 3 — NMS.** Indices, not boxes; the surest first.

# %% tags=["exercise:vision.suppress"]
# The build writes the starter of vision.suppress here.

# %%
check("vision.suppress", suppress)

# %% [markdown]
# **A cup never drops a cat.** Where several classes are looked for, boxes may drop only boxes of their own class:
# a person on a horse overlaps the horse. `batched_nms` does that. It takes the labels too:

# %% tags=["exact"]
boxes = torch.tensor([[10.0, 10, 110, 150], [14, 12, 112, 148], [20, 20, 118, 152]])
scores = torch.tensor([0.9, 0.8, 0.7])
labels = torch.tensor([1, 1, 2])                       # person, person, horse
print("nms:        ", ops.nms(boxes, scores, 0.5).tolist())
print("batched_nms:", ops.batched_nms(boxes, scores, labels, 0.5).tolist())

# %% [markdown]
# It has a price. A box around a 4 that also looks a little like a 9 counts as two classes, and both stay:

# %%
plain = sum(len(ops.nms(boxes, scores, 0.3)) for boxes, scores, _ in answers)
by_class = sum(len(ops.batched_nms(boxes, scores, labels, 0.3)) for boxes, scores, labels in answers)
vl.report.metric("boxes that stay per class, in multiples of those that stay in one pot", by_class / plain, within=0.6,
                 at_least=1.1)

# %%
chance = vl.seeding.generator(2)
disagreements = 0
for _trial in range(200):
    boxes = hostile_boxes(60, chance).clamp(0, 150) + torch.tensor([0.0, 0, 1, 1])
    scores, labels = torch.rand(60, generator=chance), torch.randint(4, (60,), generator=chance)
    own = vl.ops.batched_nms(boxes, scores, labels, 0.4)
    disagreements += not own.equal(ops.batched_nms(boxes, scores, labels, 0.4))
vl.report.metric("own batched NMS unequal to torchvision's, of 200 trials", disagreements, at_most=2)

# %% [markdown]
# **Exercise 4 — NMS per class.** `nms` may help you.

# %% tags=["exercise:vision.suppress_by_class"]
# The build writes the starter of vision.suppress_by_class here.

# %%
check("vision.suppress_by_class", suppress_by_class)

# %% [markdown]
# ## 6.5 RoIAlign: a box of any size, as a grid of one size
#
# A linear layer wants the same number of inputs each time; boxes have all sizes. So each box (a **region of
# interest**, RoI) is divided into the same number of **bins**, and each bin becomes one number per channel. The
# difficulty: a cell of the feature map covers 4, 8 or 16 pixels of the picture. Seldom does a box end where a cell
# ends.
#
# - **RoIPool** (2015) rounds. The box is rounded to whole cells, then the bins are. Each bin gives its largest
#   number.
# - **RoIAlign** (2017) rounds nothing. It looks at a few *points* in each bin, between the cells where
#   necessary, and takes their mean.
#
# Between the cells means: **bilinear interpolation**. A point takes from the four cells around it, from the nearer
# ones more.

# %%
def value_at(values, y, x):
    """A map (H, W) at a position between its cells; (0, 0) is the middle of the first cell."""
    y, x = min(max(y, 0), values.shape[0] - 1), min(max(x, 0), values.shape[1] - 1)
    top, left = min(int(y), values.shape[0] - 2), min(int(x), values.shape[1] - 2)
    down, across = y - top, x - left
    upper = (1 - across) * values[top, left] + across * values[top, left + 1]
    lower = (1 - across) * values[top + 1, left] + across * values[top + 1, left + 1]
    return (1 - down) * upper + down * lower


four = torch.tensor([[0.0, 10.0], [20.0, 30.0]])
print("in the middle of four cells:", value_at(four, 0.5, 0.5).item())
print("in the upper row, near the right one:", value_at(four, 0, 0.9).item())

# %% [markdown]
# Walk through both, on the map that `scene` made of a real scene, for a box around a digit. The numbers are one of
# its 128 channels.

# %%
image, target = to_judge[1]
maps = feature_map(image)
digit = target["boxes"][0].as_subclass(torch.Tensor)
busiest = int(ops.roi_align(maps, [digit[None]], 6, 1 / 4, aligned=True).amin(dim=(2, 3)).argmax())
vl.widgets.stepper(vl.steps.roi_align(maps[0], digit, 2, 2, spatial_scale=1 / 4, channel=busiest))

# %% [markdown]
# **What does rounding cost?** We can measure where each bin really looks. Make a feature map that holds its own
# x position in pixels: a *ramp*. What comes out is the x that was seen. (RoIPool takes the largest, so we ask it
# twice, once with the ramp turned round, and take the middle.) Then compare with the middle of the bin as it
# should be. A thousand random boxes, a map with 16 pixels per cell, as in many large detectors:

# %%
STRIDE, BINS = 16, 7
ramp = ((torch.arange(64) + 0.5) * STRIDE).expand(1, 1, 64, 64)                  # x of each cell's middle
corner = 50 + 500 * torch.rand(1000, 2, generator=vl.seeding.generator(0))
rois = torch.cat([corner, corner + 60 + 250 * torch.rand(1000, 2, generator=vl.seeding.generator(1))], dim=1)
wanted = rois[:, :1] + (rois[:, 2:3] - rois[:, :1]) * (torch.arange(BINS) + 0.5) / BINS           # (1000, 7)


def seen_by(pool, **options):
    """x positions that the bins of each box look at, in pixels: (1000, 7)."""
    low, high = (sign * pool(sign * ramp, [rois], BINS, 1 / STRIDE, **options)[:, 0, 0] for sign in (-1, 1))
    return (low + high) / 2


errors = {
    "RoIPool": seen_by(ops.roi_pool) - wanted,
    "RoIAlign, aligned=False": seen_by(ops.roi_align, sampling_ratio=2) - wanted,
    "RoIAlign, aligned=True": seen_by(ops.roi_align, sampling_ratio=2, aligned=True) - wanted,
}
vl.viz.bars(
    {name: (0.0 + error.round(decimals=3)).flatten() for name, error in errors.items()}, digits=1,
    xlabel="pixels that a bin looks too far right (mean, lowest, highest of 7000 bins)",
    title="Where RoIPool and RoIAlign look, at 16 pixels per cell",
    alt="Three bars with whiskers. RoIPool looks about 8 pixels too far right in the mean, and its whisker is long: "
        "from 8 too few to 25 too many. RoIAlign with aligned=False is off by exactly 8 each time, with aligned=True "
        "by 0.",
)

# %%
vl.report.metric("RoIPool: mean error in pixels", errors["RoIPool"].abs().mean(), within=0.5)
vl.report.metric("RoIPool: spread of the error in pixels", errors["RoIPool"].std(), within=0.5)
vl.report.metric("RoIAlign, aligned=False: mean error in pixels", errors["RoIAlign, aligned=False"].mean(),
                 within=0.01)
vl.report.metric("RoIAlign, aligned=False: spread in pixels", errors["RoIAlign, aligned=False"].std(), at_most=0.001)
vl.report.metric("RoIAlign, aligned=True: largest error in pixels", errors["RoIAlign, aligned=True"].abs().max(),
                 at_most=0.001)

# %% [markdown]
# Two things to learn from this:
#
# - RoIPool looks half a cell too far right in the mean, and for each box and bin by *another* number. A fixed
#   error a network can learn to correct; this one it can't. For a class it may not matter. For a mask or an exact
#   edge it does: RoIAlign was invented for Mask R-CNN.
# - RoIAlign as torchvision calls it by default, `aligned=False`, is off by exactly half a cell, always. A network
#   trained with it has learned to live with it, and so the published detectors need it. In code of your own write
#   `aligned=True`.
#
# One can see it. Let a photograph be the feature map: made smaller, 8 pixels per cell. We cut out the same box,
# moved to the right by a few pixels at a time:

# %%
photograph = v2.functional.to_dtype(vl.datasets.photo("cat"), torch.float32, scale=True)
small = nn.functional.avg_pool2d(photograph[None], 8)
start = torch.tensor([[120.0, 60, 250, 190]])
moves = [0, 3, 6, 9]
rows = {
    "RoIPool": [ops.roi_pool(small, [start + torch.tensor([move, 0, move, 0])], 24, 1 / 8)[0] for move in moves],
    "RoIAlign": [ops.roi_align(small, [start + torch.tensor([move, 0, move, 0])], 24, 1 / 8, 2, True)[0]
                 for move in moves],
}
vl.viz.grid(
    [crop for crops in rows.values() for crop in crops],
    [f"{name}, box moved by {move}" for name in rows for move in moves], columns=4,
    title="The same box, moved by 0, 3, 6 and 9 pixels",
    alt="Two rows of four coarse cut-outs around a cat's eye. With RoIPool they are blocky, they jump, and the last "
        "two are equal. With RoIAlign each is a little further than the one before, and smooth.",
)

# %%
def steps_seen(crops):
    """How much each cut-out differs from the one before: mean over pixels and channels."""
    return [(after - before).abs().mean().item() for before, after in pairwise(crops)]


print("RoIPool: ", [round(step, 3) for step in steps_seen(rows["RoIPool"])])
print("RoIAlign:", [round(step, 3) for step in steps_seen(rows["RoIAlign"])])

# %% [markdown]
# **Own versions.** `vl.ops.roi_align_slow` is the text above in code: box by box, bin by bin, point by point.
# `vl.ops.roi_align` does it in two matrix products. `vl.ops.roi_pool` rounds. All three against torchvision, on boxes
# that also lie outside, have no area, or are smaller than a cell:

# %%
chance = vl.seeding.generator(3)
worst = {"roi_pool": 0.0, "roi_align": 0.0, "roi_align_slow": 0.0}
for trial in range(60):
    features = torch.randn(2, 3, 9, 12, generator=chance)
    corner = torch.rand(6, 2, generator=chance) * 60 - 10
    some = torch.cat([corner, corner + torch.rand(6, 2, generator=chance).square() * 50], dim=1)
    some[0, 2:] = some[0, :2]                                                     # no area
    rois = [some[:4], some[4:]]                                                   # four of picture 0, two of picture 1
    for name in worst:
        kind = {} if name == "roi_pool" else {"sampling_ratio": 2, "aligned": trial % 2 == 1}
        own = getattr(vl.ops, name)(features, rois, 3, 1 / 4, **kind)
        expected = getattr(ops, name.removesuffix("_slow"))(features, rois, 3, 1 / 4, **kind)
        worst[name] = max(worst[name], (own - expected).abs().max().item())
for name, difference in worst.items():
    vl.report.metric(f"{name}: largest difference from torchvision's", difference, at_most=1e-4)

# %% [markdown]
# **Exercise 5 — RoIAlign.** One box, one channel. Where must you look? The interpolation is done for you.

# %% tags=["exercise:vision.align"]
# The build writes the starter of vision.align here.

# %%
check("vision.align", align)

# %% [markdown]
# ## 6.6 From masks to boxes
#
# Some data sets mark objects by **masks**: for each object a picture that is 1 where the object is. A detector wants
# boxes. `masks_to_boxes` takes the first and last row and column of each:

# %%
with_masks = vl.datasets.scene_detection("val", masks=True)
image, target = with_masks[1]
from_masks = ops.masks_to_boxes(target["masks"])
assert torch.equal(vl.ops.masks_to_boxes(target["masks"]), from_masks)
vl.viz.panels(
    {"the masks, all in one": target["masks"].amax(dim=0).float()[None].expand(3, -1, -1),
     "their boxes": vl.viz.boxed(image, from_masks)},
    size=280, title="A box around each mask",
    alt="Left, white digits on black: the masks. Right, the photograph with a tight box around each digit.",
)

# %% [markdown]
# **Trap: the last pixel.** torchvision names the last column that *belongs* to the object. COCO and detectors
# name the edge *behind* it. A single pixel then has no area, and a small object loses a visible part of its
# box:

# %%
truth = target["boxes"].as_subclass(torch.Tensor)
vl.report.metric("IoU of masks_to_boxes with the annotated boxes, at worst",
                 ops.box_iou(from_masks, truth).diagonal().min(), within=0.02)
half_open = vl.ops.masks_to_boxes(target["masks"], half_open=True)
vl.report.metric("the same with half_open=True", ops.box_iou(half_open, truth).diagonal().min(), at_least=0.999)

# %% [markdown]
# So add 1 to the right and bottom edges, or write `vl.ops.masks_to_boxes(masks, half_open=True)`.
#
# ## 6.7 Focal loss: when nearly every box is easy
#
# Our detector looks at 3600 boxes, and perhaps ninety of them show one well. We got around that by choosing examples.
# A one-stage detector (RetinaNet, lesson 4) learns from *all* boxes at once. Then thousands of easy ones, each with
# a tiny loss, add up to a lot. **Focal loss** makes the easy ones smaller still: cross-entropy
# times (1 − p)², where p is the probability of the truth.

# %%
p = torch.linspace(0.01, 0.99, 50)
logits, ones = torch.logit(p), torch.ones(50)
vl.viz.curves(
    {"cross-entropy": ops.sigmoid_focal_loss(logits, ones, alpha=-1, gamma=0),
     "focal loss, gamma 2": ops.sigmoid_focal_loss(logits, ones, alpha=-1, gamma=2)},
    x=p.tolist(), xlabel="probability given to the truth", ylabel="loss", height=360,
    title="Focal loss hardly counts what is right already",
    alt="Two falling lines over the probability of the truth. They start together near 4.6; from 0.5 on focal loss is "
        "close to 0 while cross-entropy is still well above.",
)

# %% [markdown]
# How much does that change? Let our head look at *every* box of twenty scenes. A box is easy if the truth gets a
# probability of at least 0.6. Which part of the whole loss comes from easy boxes?

# %%
def share_of_easy(gamma):
    """The easy boxes' share of the whole loss, and their share of all boxes."""
    easy = whole = count = 0.0
    for image, target in to_judge[:20]:
        with torch.no_grad():
            something = 1 - head(look_into(image, everywhere)).softmax(dim=1)[:, 0]
        truth = (ops.box_iou(everywhere, target["boxes"]).amax(dim=1) > 0.5).float()
        loss = ops.sigmoid_focal_loss(torch.logit(something, eps=1e-6), truth, alpha=-1, gamma=gamma)
        right = (1 - (something - truth).abs()) >= 0.6
        easy, whole, count = easy + loss[right].sum().item(), whole + loss.sum().item(), count + right.sum().item()
    return easy / whole, count / (20 * len(everywhere))


(plain, easy_boxes), (focal, _) = share_of_easy(gamma=0), share_of_easy(gamma=2)
vl.viz.bars(
    {"of all boxes": easy_boxes, "of cross-entropy": plain, "of focal loss, gamma 2": focal},
    xlabel="share that is due to easy boxes", xlim=(0, 1), compared="structure", title="Who is heard?",
    alt="Three bars: more than nine tenths of all boxes are easy. They make up about two fifths of the cross-entropy, "
        "and only a few hundredths of the focal loss.",
)

# %%
vl.report.metric("easy boxes, of all", easy_boxes, within=0.06)
vl.report.metric("easy boxes, of cross-entropy", plain, within=0.15)
vl.report.metric("easy boxes, of focal loss", focal, at_most=0.12)

# %%
chance = vl.seeding.generator(4)
logits, truth = torch.randn(1000, generator=chance) * 20, torch.randint(2, (1000,), generator=chance).float()
difference = vl.ops.sigmoid_focal_loss(logits, truth) - ops.sigmoid_focal_loss(logits, truth)
vl.report.metric("own focal loss: largest difference from torchvision's", difference.abs().max(), at_most=1e-4)

# %% [markdown]
# Two more settings: `alpha` weighs the ones against the zeros (0.25 by default: ones count *less*, because
# gamma has already taken nearly everything from the zeros). And `reduction="sum"` is usual, divided by the number of
# objects. Lesson 9 tries it on imbalanced classes.
#
# ## 6.8 Slow, fast, fastest
#
# You have seen the loop that reads like its description. Is it fast enough? Three contenders, on boxes as a
# detector gives them:

# %%
def milliseconds(run):
    """The best of five calls."""
    times = []
    for _again in range(5):
        begin = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - begin))
    return min(times)


boxes, scores, _labels = (torch.cat(part)[:1000] for part in zip(*answers, strict=True))
scores = scores + torch.rand(len(scores), generator=vl.seeding.generator(0)) * 1e-4
vl.viz.bars(
    {"made to be read": milliseconds(lambda: vl.ops.nms_slow(boxes, scores, 0.5)),
     "all pairs at once": milliseconds(lambda: vl.ops.nms(boxes, scores, 0.5)),
     "torchvision": milliseconds(lambda: ops.nms(boxes, scores, 0.5))},
    xlabel="milliseconds for 1000 boxes, on this computer now", title="NMS", digits=2, compared="structure",
    alt="Three bars: milliseconds of NMS made to be read, with all pairs at once, and torchvision's.",
)

# %%
features = torch.randn(1, 64, 40, 40)
corner = torch.rand(10, 2) * 400
rois = [torch.cat([corner, corner + 100], dim=1)]
vl.viz.bars(
    {"made to be read": milliseconds(lambda: vl.ops.roi_align_slow(features, rois, 7, 1 / 16, 2, True)),
     "two matrix products": milliseconds(lambda: vl.ops.roi_align(features, rois, 7, 1 / 16, 2, True)),
     "torchvision": milliseconds(lambda: ops.roi_align(features, rois, 7, 1 / 16, 2, True))},
    xlabel="milliseconds for 10 boxes, on this computer now", title="RoIAlign", digits=2, compared="structure",
    alt="Three bars: milliseconds of RoIAlign made to be read, by two matrix products, and torchvision's. The first "
        "is by far the longest.",
)

# %% [markdown]
# `torch.compile` can make more of the middle one: it writes C++ code for it and compiles that. It needs a C++
# compiler and half a minute, so it isn't run here. `python -m benchmarks.ops` measures all four on your
# computer. On two cores of a server, with torch 2.15, it found (times as multiples of torchvision's):
#
# | | made to be read | vectorised | compiled | torchvision |
# |---|---|---|---|---|
# | NMS, 100 boxes | 77 | 79 | 17 | 0.03 ms |
# | NMS, 1000 boxes | 46 | 24 | 31 | 0.41 ms |
# | NMS, 4000 boxes | not measured | 103 | 57 | 5.7 ms |
# | RoIAlign, 10 boxes | 277 | 5.2 | 6.8 | 0.26 ms |
# | RoIAlign, 100 boxes | 105 | 4.3 | 3.5 | 6.6 ms |
# | RoIAlign, 1000 boxes | not measured | 3.2 | 3.1 | 19 ms |
#
# Read it honestly, and the two charts with it. For RoIAlign, giving up the loops makes it 20 to 100 times as fast,
# depending on the machine and the number of boxes: two matrix products do nearly all of the work, and C++ adds a
# factor of three to five. For NMS it gains about a factor of two at best: all pairs at once computes N² overlaps, while
# the loop only looks at boxes that are still there. Only another language helps there. And compiling is no magic.
# **Write slow code to understand, use torchvision's to work.**
#
# ## 6.9 The detector, put together
#
# Now the answer of 6.1 becomes what we wanted in the first place. Score, NMS, and away with what is too small:

# %%
def detect(image, min_score=0.8, iou_threshold=0.3):
    """Digits on a scene: boxes (K, 4), labels (K,), scores (K,); the surest first."""
    boxes, scores, labels = raw_answer(image, min_score)
    keep = ops.nms(boxes, scores, iou_threshold)
    boxes, scores, labels = boxes[keep], scores[keep], labels[keep]
    large = ops.remove_small_boxes(boxes, min_size=8)
    return boxes[large], labels[large], scores[large]


vl.viz.panels(
    {f"scene {number}": vl.viz.boxed(to_judge[number][0], *detect(to_judge[number][0]), digits,
                                          truth=to_judge[number][1]["boxes"])
     for number in range(3)},
    title="What it says now (dashed: the truth)", size=260, compared="pictures",
    alt="The three photographs with digits. Around most digits there is one box with a digit and a score, near the "
        "dashed true box. A few boxes stand where no digit is, and some digits are read wrongly.",
)

# %%
found = false = right = there = 0
for image, target in to_judge:
    boxes, labels, _scores = detect(image)
    overlap = ops.box_iou(target["boxes"], boxes)
    there += len(target["boxes"])
    if len(boxes):
        best, which = overlap.max(dim=1)
        found += (best >= 0.5).sum().item()
        right += ((best >= 0.5) & (labels[which] == target["labels"])).sum().item()
        false += (overlap.amax(dim=0) < 0.3).sum().item()
vl.report.metric("share of the digits found", found / there, within=0.1)
vl.report.metric("of these, read rightly", right / found, within=0.12)
vl.report.metric("false boxes per scene", false / len(to_judge), at_most=1.5)

# %% [markdown]
# A detector, made of one small network, one linear layer and four operations, trained in seconds. It is far from
# good: its boxes come in four sizes only, nothing moves them into place, and it misreads what it sees in parts.
# Lesson 4 shows how Faster R-CNN does better: it learns where to look, and how far each edge must move.
#
# ## 6.10 At full size
#
# The same idea works with a published classifier, which has never seen a box. Slide a window over a photograph, ask
# MobileNetV2 what is in it, keep the windows that it is sure of, and let NMS choose. (It is a download of 14 MB.)

# %%
def cat_by_windows():
    """Where a published classifier finds the cat."""
    network, prepare = vl.models.pretrained("mobilenet_v2"), vl.models.preparation("mobilenet_v2")
    names = vl.models.card("mobilenet_v2").classes
    cats = [index for index, name in enumerate(names) if name in ("tabby", "tiger cat", "Egyptian cat")]
    picture = vl.datasets.photo("cat")
    side = 150
    lefts, tops = torch.arange(0, picture.shape[2] - side, 25), torch.arange(0, picture.shape[1] - side, 25)
    corners = torch.cartesian_prod(lefts, tops).float()
    boxes = torch.cat([corners, corners + side], dim=1)
    crops = [prepare(v2.functional.crop(picture, int(y), int(x), side, side)) for x, y in corners]
    with torch.inference_mode():
        scores = torch.cat([network(few).softmax(dim=1)[:, cats].sum(dim=1) for few in torch.stack(crops).split(16)])
    sure = scores > 0.6
    keep = ops.nms(boxes[sure], scores[sure], 0.2)
    return vl.viz.panels(
        {f"{int(sure.sum())} windows show a cat": vl.viz.boxed(picture, boxes[sure]),
         "after NMS": vl.viz.boxed(picture, boxes[sure][keep], scores=scores[sure][keep], labels=None)},
        title="A classifier as a detector", size=360,
        alt="Left, dozens of squares cover a cat's face. Right, the four that NMS left, side by side, with scores.",
    )


vl.viz.full_size(cat_by_windows, stored="06_windows")

# %% [markdown]
# Right, and not enough. Several windows stay, because each shows enough of the cat to be called one, and none
# shows all of it. A classifier was never told where an object *ends*. That is why detectors learn from boxes.
#
# ## 6.11 Traps
#
# | trap | symptom | the way out |
# |---|---|---|
# | xywh taken for xyxy | boxes lie elsewhere; areas below 0 | draw them; `box_convert`; `vl.ops` refuses |
# | `(height, width)` and `(x, y)` mixed | clipping cuts off the wrong side | `clip_boxes_to_image` wants (height, width) |
# | IoU of boxes without area | nan, and soon everywhere | `remove_small_boxes` first |
# | `nms` where `batched_nms` is meant | a thing in front of another drops it | pass the labels |
# | boxes expected from `nms` | an index error, or nonsense | it returns indices |
# | `spatial_scale` forgotten | nearly all bins are 0 | 1 / stride |
# | `aligned=False` by default | everything half a cell off | `aligned=True`, unless the weights were trained without |
# | `masks_to_boxes` names the last pixel | small boxes too small | add 1, or `half_open=True` |
# | `sigmoid_focal_loss` fed with probabilities | sure answers look unsure: 0…1 becomes 0.5…0.73 | it wants logits |
#
# The one with `spatial_scale`, in numbers. Without it, pixels are taken for cells, and nearly all points lie outside
# the map, where RoIAlign finds zeros:

# %%
maps = feature_map(to_judge[0][0])
for scale in [1 / 4, 1.0]:
    bins = ops.roi_align(maps, [everywhere], 4, spatial_scale=scale, sampling_ratio=1, aligned=True)
    blind = (bins == 0).all(dim=1).float().mean()                                  # 0 in all 128 channels
    vl.report.metric(f"share of bins that see nothing, spatial_scale={scale}", blind, within=0.02)

# %% [markdown]
# ## 6.12 Summary
#
# | you want | write | remember |
# |---|---|---|
# | another format | `box_convert(boxes, "xywh", "xyxy")` | four numbers don't say what they are |
# | boxes inside the picture | `clip_boxes_to_image(boxes, (height, width))`, `remove_small_boxes` | the second returns indices |
# | how well boxes match | `box_iou(a, b)` | (N, M); 0 for all that are apart |
# | the same, to learn from | `generalized_box_iou` | below 0 for boxes that are apart |
# | one box per thing | `nms`, `batched_nms` | only who stays may drop others |
# | features of a box | `roi_align(maps, boxes, bins, 1 / stride, aligned=True)` | rounds nothing |
# | boxes of masks | `masks_to_boxes` | names the last pixel |
# | a loss for rare things | `sigmoid_focal_loss` | on logits |
#
# ---
# **Before:** [lesson 3, the training loop](03_training_loop.ipynb). **Next:** [lesson 4, detection](04_detection.ipynb). There a network
# makes the boxes, and the tools of this lesson clean up after it.
