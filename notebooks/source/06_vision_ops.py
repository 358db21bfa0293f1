# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   vislearn:
#     minutes: 90
#     level: 2
#     after: [00_overview]
#     budget: {seconds: 60, memory_mb: 2000}
# ---

# %% [markdown]
# # 6. Vision operations: from a thousand boxes to the right ones
#
# A detector never says "there is a coin". It says it dozens of times, with dozens of boxes around the same coin.
# Between these and the answer stand a few small operations on boxes, all in `torchvision.ops`. In this lesson you
# count coins on a photograph. You write the most important operations yourself, and see that torchvision's say the
# same.
#
# **About 90 minutes · level 2 of 3 · after [lesson 0](00_overview.ipynb), and before lesson 4**, which uses these
# tools. After this lesson you can:
#
# - make boxes of masks, convert between three box formats, and notice when somebody mixed them up;
# - compute IoU, and say when generalized IoU helps;
# - write non-maximum suppression (NMS), and choose its threshold;
# - cut a box of any size out of a feature map with RoIAlign, and show what RoIPool's rounding costs;
# - explain what focal loss does to thousands of easy boxes.

# %%
import inspect
import time

import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision import ops
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2.functional import resize, to_pil_image
from torchvision.utils import draw_bounding_boxes, make_grid

import vislearn as vl
from vislearn.exercises import check, hint, solution, use

_ = torch.manual_seed(0)                                          # the same chance every time

# %% [markdown]
# ## 6.1 A box around each coin
#
# Here is a photograph of ancient coins, from scikit-image. The coins are brighter than the ground below them, so a program
# can outline them. That gives a **mask** for each coin: a picture of yes and no, true where the coin is.

# %%
#| fold: Outlines the coins by their brightness; one mask for each.
from scipy import ndimage
from skimage import data, filters, segmentation

grey = data.coins()
seeds = (grey < 30) + 2 * (grey > 150).astype(int)
filled = ndimage.binary_fill_holes(segmentation.watershed(filters.sobel(grey), seeds) - 1)
numbered, _count = ndimage.label(ndimage.binary_opening(filled, iterations=2))
masks = torch.stack([torch.from_numpy(numbered == number) for number in range(1, numbered.max() + 1)])

# %% [markdown]
# Masks are exact, and costly to draw by hand. Most people are content with a **box** around each thing: four
# numbers, the left, top, right and bottom edge, in pixels. `masks_to_boxes` makes one of each mask: its first and
# last column, its first and last row.

# %%
#| fig-alt: A grey photograph of rows of ancient coins; a yellow box surrounds each coin.
photograph = torch.from_numpy(grey).expand(3, -1, -1)             # (3, 303, 384), uint8
print(masks.shape, masks.dtype)
truth = ops.masks_to_boxes(masks)                                 # (24, 4): left, top, right, bottom
to_pil_image(draw_bounding_boxes(photograph, truth, colors="yellow", width=2))

# %% [markdown]
# **Trap: the last pixel.** `masks_to_boxes` names the last column that *belongs* to the object. Detectors, and COCO's
# annotations, name the edge *behind* it, so that right minus left is the width. The difference looks small, until
# the mask is a single pixel: its box has no area.

# %% tags=["exact"]
pixel = torch.zeros(1, 5, 5, dtype=torch.bool)
pixel[0, 2, 3] = True
small = ops.masks_to_boxes(pixel)
print("the box of one pixel:", small[0].tolist(), " area:", ops.box_area(small).item())

truth[:, 2:] += 1                                                 # name the edge behind, from here on
print("the same by the course's helper:", torch.equal(vl.ops.masks_to_boxes(masks, half_open=True), truth))

# %% [markdown]
# ## 6.2 Three ways to write a box
#
# Four numbers make a box, but which four? Three ways are in use:
#
# - **xyxy**: left, top, right, bottom. torchvision's operations and detectors want this one.
# - **xywh**: left, top, width, height. So it stands in COCO's annotation files.
# - **cxcywh**: centre x, centre y, width, height. YOLO's files, and many networks inside.
#
# x counts to the right, y counts *down*, and edges may lie between pixels. `box_convert` translates:

# %% tags=["exact"]
box = torch.tensor([[20.0, 30.0, 60.0, 90.0]])
for fmt in ["xyxy", "xywh", "cxcywh"]:
    print(f"{fmt:7}", ops.box_convert(box, "xyxy", fmt)[0].tolist())

# %% [markdown]
# **Trap: the wrong format.** Nothing in four numbers says how they are meant. Give xywh to a function that wants
# xyxy, and it computes on without a word. Here the coins' boxes come from a file of COCO's kind, and somebody
# forgot to convert them:

# %%
#| fig-alt: The coins once more. The boxes, read in the wrong format, stretch across the picture and fit no coin.
mixed_up = ops.box_convert(truth, "xyxy", "xywh")                 # as COCO's file has them
print("areas below 0:", (ops.box_area(mixed_up) < 0).sum().item(), "of", len(mixed_up))
drawable = mixed_up.view(-1, 2, 2).sort(dim=1).values.flatten(1)  # left < right, or nothing could be drawn
to_pil_image(draw_bounding_boxes(photograph, drawable, colors="orange", width=2))

# %% [markdown]
# A negative area is a sign of the mistake, but most of these boxes don't even give that sign. So **draw your boxes
# once** before you train.
#
# Boxes may also reach out of the picture, for example when a detector puts one around a coin at the border.
# `clip_boxes_to_image` moves such edges back to the border (it wants height first, then width). What is left may be
# a sliver; `remove_small_boxes` says which boxes are still large enough. It returns **indices**, not boxes: so you
# can pick the scores and labels that belong to them, too.

# %% tags=["exact"]
some = torch.tensor([[-8.0, 40, 30, 90], [100, 100, 140, 150], [60, -30, 90, 4], [130, 20, 150, 60]])
clipped = ops.clip_boxes_to_image(some, (128, 128))
print("clipped:", clipped.tolist())
print("large enough:", ops.remove_small_boxes(clipped, min_size=5).tolist())

# %% [markdown]
# **Exercise 1 — box formats** (★, 5 minutes). Write the conversion yourself; in section 6.4 your function makes
# thousands of boxes. `hint("vision.to_xyxy")` gives a push, `solution("vision.to_xyxy")` one way to do it.

# %% tags=["exercise:vision.to_xyxy"]
# The build writes the starter of vision.to_xyxy here.

# %%
check("vision.to_xyxy", to_xyxy)

# %% [markdown]
# ## 6.3 IoU: how well do two boxes match?
#
# You have found a coin's box, and somebody else has drawn another around the same coin. Are they the same? Nobody
# hits each pixel, so we need a degree. **Intersection over union** (IoU) is the area that both boxes share, divided
# by the area that they cover together. It is 1 for equal boxes and 0 for boxes that are apart. Whenever boxes are
# compared, in training and in scoring, this is the measure.

# %% [markdown] ask="shift"
# Two squares with sides of 100 pixels. The second lies 10 pixels further right and 10 further down. What is their IoU?
#
# - [ ] About 0.9: they differ by a tenth.
#   A tenth is missing along *each* axis, and what sticks out counts in the union too.
# - [ ] 0.81: 90 × 90 of 100 × 100.
#   That is the intersection over *one* square. The union is larger than one square.
# - [x] About 0.68.
#   8100 shared, 11900 covered together. IoU is stricter than the eye.

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
# In many reports a box counts as right from 0.5 on. You have just seen that this is generous.
#
# **Lab: two boxes.** Move and stretch box B. Put a small box into a large one: why is IoU low? Then pull them apart:
# IoU stays 0. Do the other numbers stay, too?

# %%
vl.widgets.iou_lab()

# %% [markdown]
# **Exercise 2 — IoU** (★★, 10 minutes). All pairs at once, without a loop.

# %% tags=["exercise:vision.iou_matrix"]
# The build writes the starter of vision.iou_matrix here.

# %%
check("vision.iou_matrix", iou_matrix)

# %% [markdown]
# Is it as good as torchvision's? Ask both about 40 thousand pairs, edge cases among them: equal boxes, nested ones,
# boxes on whole pixels, huge ones and some far outside.

# %%
#| at-most: 0.00001
iou_matrix = use("vision.iou_matrix", iou_matrix)

corner, side = torch.rand(200, 2) * 100, torch.rand(200, 2) * 60 + 1
many = torch.cat([corner, corner + side], dim=1)
many[:20] = many[20:40]                                  # equal
many[40:60] = many[60:80] + torch.tensor([0.2, 0.2, -0.2, -0.2])             # nested
many[80:100] = many[80:100].round() + torch.tensor([0, 0, 1, 1])             # whole pixels
many[100:120] *= 1000                                    # huge
many[120:140] -= 500                                     # far outside
difference = torch.as_tensor(iou_matrix(many, many)) - ops.box_iou(many, many)
vl.report.metric("largest difference over 40000 pairs", difference.abs().max())

# %% [markdown]
# ### Generalized IoU
#
# The other numbers in the lab kept moving. The simplest is **generalized IoU** (GIoU). It takes the smallest box
# around both, the dotted one, and subtracts the share of it that neither covers. Boxes that are apart get a
# *negative* number, the lower the further apart. Who needs that? A network, when it learns where a box belongs. It
# learns by **gradients**: each says how the result would change if one number changed a little.

# %% [markdown] ask="gradient"
# A box starts apart from its goal. Gradients move it, so that IoU may grow. Where is it after 200 steps?
#
# - [ ] At its goal: that is what gradients are for.
#   A gradient shows in which direction IoU grows. Around the start IoU is 0 everywhere: it grows in none.
# - [x] Where it began.
#   IoU is 0 and stays 0 however the box moves a little. There is no direction to go.
# - [ ] Further away.
#   Then the gradient would have to point somewhere. It is exactly 0.

# %%
#| fig-alt: "Two lines over 200 steps. Learning by IoU stays at 0 all the time. Learning by generalized IoU is 0 for the first steps and then rises to almost 1."
def find_goal(measure):
    """Move a box by gradients of a measure; IoU with its goal after each step."""
    goal = torch.tensor([[10.0, 10, 50, 40]])
    box = torch.tensor([[70.0, 60, 100, 95]], requires_grad=True)
    optimizer = torch.optim.Adam([box], lr=2.0)
    path = []
    for _step in range(200):
        loss = 1 - measure(box, goal).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        path.append(ops.box_iou(box.detach(), goal).item())
    return path


by_iou, by_giou = find_goal(ops.box_iou), find_goal(ops.generalized_box_iou)
vl.viz.curves({"learns by IoU": by_iou, "learns by generalized IoU": by_giou}, xlabel="step", ylabel="IoU with the goal",
              title="A box that starts apart from its goal", height=340)

# %% [markdown]
# So detectors may learn boxes by GIoU; they are still *scored* by IoU.
#
# One case is left: two boxes *without* area, such as the one of the single pixel. Here torchvision divides 0 by 0.
# The result, `nan`, makes a `nan` of everything it is added to, a loss for example. So remove such boxes first:

# %% tags=["exact"]
point = torch.tensor([[5.0, 5, 5, 5]])
print(ops.box_iou(point, point).item(), ops.remove_small_boxes(point, min_size=1).tolist())

# %% [markdown]
# ## 6.4 NMS: of many boxes around one thing, the highest score stays
#
# Now a detector. The simplest one looks *everywhere*. A coin is a bright disc on a darker ground. So at every fourth
# pixel, for five radii, we ask: how much brighter is a disc here than the ring around it? The larger the difference,
# the more it looks like a coin. This number is the box's **score**. `conv2d` computes it at all places at once: it
# slides a small pattern over the picture and adds up the products, as in the first layer of a network.

# %%
to_xyxy = use("vision.to_xyxy", to_xyxy)


def everywhere(picture, radii, step=4):
    """Boxes around every fourth pixel of a picture (H, W), in several sizes, and their scores."""
    boxes, scores = [], []
    for radius in radii:
        reach = torch.arange(-radius - 5, radius + 6)
        away = (reach[:, None] ** 2 + reach**2).sqrt()                        # distance from the middle
        disc, ring = (away <= radius).float(), ((away > radius) & (away <= radius + 5)).float()
        kernel = disc / disc.sum() - ring / ring.sum()                        # mean inside - mean around
        padded = F.pad(picture[None, None], [radius + 5] * 4, mode="reflect")
        contrast = F.conv2d(padded, kernel[None, None])[0, 0, ::step, ::step]
        rows, columns = torch.meshgrid(*[step * torch.arange(side) for side in contrast.shape], indexing="ij")
        centres = torch.stack([columns, rows], dim=-1).reshape(-1, 2) + 0.5   # (N, 2): x, y
        sides = torch.full_like(centres, 2 * radius)
        boxes.append(torch.as_tensor(to_xyxy(torch.cat([centres, sides], dim=1), "cxcywh")).float())
        scores.append(contrast.flatten())
    return torch.cat(boxes), torch.cat(scores)


coins = photograph[0] / 255                                                   # (303, 384), 0 ... 1
all_boxes, contrast = everywhere(coins, (18, 21, 24, 28, 32))
boxes = ops.clip_boxes_to_image(all_boxes, (303, 384))
print(len(boxes), "boxes to look at")

# %%
#| fig-alt: The photograph of coins. On most of them many yellow boxes lie on top of each other, on a few only one or some.
boxes, scores = boxes[contrast > 0.2], contrast[contrast > 0.2]
per_coin = (ops.box_iou(truth, boxes) > 0.3).sum(dim=1)
print(len(boxes), "boxes for", len(truth), "coins")
print("boxes on one coin:", per_coin.min().item(), "to", per_coin.max().item())
highest = boxes[scores.topk(24).indices]
print("the 24 highest scores lie on", (ops.box_iou(truth, highest) > 0.3).any(dim=1).sum().item(), "coins")
to_pil_image(draw_bounding_boxes(photograph, boxes, colors="yellow"))

# %% [markdown]
# Every coin has a box. But whoever counts boxes is wrong by hundreds. And you can't just take the 24 highest scores:
# they crowd on the bright coins, and more than half of the coins would get none. The large networks of lesson 4 are
# no better at this point; they say the same thing many times over, too.
#
# **Non-maximum suppression** (NMS) cleans up in three sentences. Take the box with the highest score; it stays. Drop
# every box that overlaps it by more than a threshold: it means the same thing. Repeat with what is left. Take the
# three boxes of 6.3, and scores for them:

# %% tags=["exact"]
three = torch.tensor([[0, 0, 100, 100], [10, 10, 110, 110], [200, 200, 260, 260]], dtype=torch.float32)
keep = ops.nms(three, torch.tensor([0.9, 0.8, 0.7]), iou_threshold=0.5)  # indices to keep
print(keep.tolist(), three[keep].tolist())

# %% [markdown]
# Box 1 overlaps box 0 by 0.68, so it goes. The answer is **indices** again, the highest score first.
#
# Step through it on two of the coins. Of the boxes that lie there you see six; all of them would hide the coins.
# It is the turn of the thick box; the dashed ones are dropped.

# %%
moved = boxes - torch.tensor([184, 163, 184, 163])                            # as seen from the corner of a part
inside = (moved == ops.clip_boxes_to_image(moved, (62, 120))).all(dim=1).nonzero()[:, 0]
few = inside[ops.nms(boxes[inside], scores[inside], 0.6)].sort().values
two_coins = resize(photograph[:, 163:225, 184:304], [310, 600])               # the part, five times as large
vl.widgets.stepper(vl.steps.nms(5 * moved[few], scores[few], 0.3, two_coins))

# %% [markdown]
# **Exercise 3 — NMS** (★★, 12 minutes). Indices, not boxes; the highest score first.

# %% tags=["exercise:vision.suppress"]
# The build writes the starter of vision.suppress here.

# %%
check("vision.suppress", suppress)

# %% [markdown]
# Now count the coins, with your function:

# %%
#| fig-alt: The photograph of coins with one yellow box on every coin.
suppress = use("vision.suppress", suppress)

keep = torch.as_tensor(suppress(boxes, scores.clone(), 0.2))
same = set(keep.tolist()) == set(ops.nms(boxes, scores, 0.2).tolist())
print(len(keep), "boxes stay; the same as torchvision's:", same)
to_pil_image(draw_bounding_boxes(photograph, boxes[keep], colors="yellow", width=2))

# %% [markdown]
# 24 boxes for 24 coins. These coins lie apart, which makes it easy. What if they touch?

# %% [markdown] ask="chain"
# Three boxes in a row: A overlaps B, B overlaps C, A and C hardly meet. A has the highest score, then B, then C.
# Which stay?
#
# - [ ] Only A: it drops B, and B drops C.
#   B is gone before its turn comes. Who is dropped drops nobody.
# - [x] A and C.
#   A drops B. Then B can't drop C. Code that forgets this loses objects.
# - [ ] All three.
#   A overlaps B by more than the threshold of 0.5, so B goes.

# %% tags=["exact"]
row = torch.tensor([[0.0, 0, 30, 40], [8, 0, 38, 40], [16, 0, 46, 40]])
print("IoU of A and B, A and C:", [round(value, 2) for value in ops.box_iou(row, row)[0, 1:].tolist()])
print("stay:", ops.nms(row, torch.tensor([0.9, 0.8, 0.7]), 0.5).tolist())
print("stay at 0.2:", ops.nms(row, torch.tensor([0.9, 0.8, 0.7]), 0.2).tolist())

# %% [markdown]
# The last line is the other side: if A and C are two coins, a threshold of 0.2 loses one of them. So is a high
# threshold better? On our photograph:

# %%
#| fig-alt: "A line over the NMS threshold: one box for each coin up to 0.4, then it rises steeply, to more than thirty at 0.9."
thresholds = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
left = [len(ops.nms(boxes, scores, threshold)) / len(truth) for threshold in thresholds]
vl.viz.curves({"boxes that stay": left}, x=thresholds, xlabel="NMS threshold (IoU)", ylabel="boxes for each coin",
              title="Too high keeps doubles", height=340)

# %% [markdown]
# Too high, and doubles stay; too low, and neighbours are lost. Where things lie apart, as here, take a low one; in a
# crowd, a higher one. torchvision's detectors stand in between:

# %% tags=["exact"]
from torchvision.models import detection

for detector in [detection.ssd.SSD, detection.RetinaNet, detection.FCOS, detection.FasterRCNN]:
    settings = inspect.signature(detector).parameters
    print(detector.__name__, {name: settings[name].default for name in settings if "nms_thresh" in name})

# %% [markdown]
# **A cup never drops a cat.** Where several classes are looked for, boxes may drop only boxes of their own class: a
# person on a horse overlaps the horse. `batched_nms` takes the labels too:

# %% tags=["exact"]
riders = torch.tensor([[10.0, 10, 110, 150], [14, 12, 112, 148], [20, 20, 118, 152]])
confidence, labels = torch.tensor([0.9, 0.8, 0.7]), torch.tensor([1, 1, 2])   # person, person, horse
print("nms:        ", ops.nms(riders, confidence, 0.5).tolist())
print("batched_nms:", ops.batched_nms(riders, confidence, labels, 0.5).tolist())

# %% [markdown]
# **Exercise 4 — NMS per class** (★★, 8 minutes). `nms` may help you.

# %% tags=["exercise:vision.suppress_by_class"]
# The build writes the starter of vision.suppress_by_class here.

# %%
check("vision.suppress_by_class", suppress_by_class)

# %% [markdown]
# Does that help with coins? Make two classes of them: small, and large, wider than 50 pixels.

# %%
suppress_by_class = use("vision.suppress_by_class", suppress_by_class)

sizes = (boxes[:, 2] - boxes[:, 0] > 50).long()                               # 0: small, 1: large
own = suppress_by_class(boxes, scores.clone(), sizes, 0.2)
print(len(own), "boxes stay; torchvision keeps", len(ops.batched_nms(boxes, scores, sizes, 0.2)))

# %% [markdown]
# No: now there are more boxes than coins. A coin that looks a little like both classes keeps a box of each. The same
# happens to a detector that can't decide between cat and dog.
#
# ## 6.5 RoIAlign: a box of any size, as a grid of one size
#
# We know where the coins are. *Which* coins are they? For that a detector looks into each box, and not at the pixels
# but at a **feature map**: what a layer of its network found, place by place. One cell of such a map stands for 4, 8
# or 16 pixels of the picture, its **stride**.
#
# Two things don't fit. The next layer wants the same number of inputs each time, but boxes have all sizes. So each
# box (a **region of interest**, RoI) is divided into the same number of **bins**, and each bin becomes one number per
# channel. And seldom does a box end where a cell ends. There are two answers to that:
#
# - **RoIPool** (2015) rounds the box to whole cells, then the bins. Each bin gives its largest number.
# - **RoIAlign** (2017) rounds nothing. It looks at a few *points* in each bin, between the cells where necessary,
#   and takes their mean.
#
# So that you can see what they do, let the photograph itself be the feature map, made smaller: 4 pixels per cell.
# `spatial_scale` translates pixels into cells; it is 1 / stride.

# %%
#| fig-alt: "Two rows of eight small coins. Above, by RoIPool, they are blocky and brighter; below, by RoIAlign, smooth. Coins of all sizes fill a square of the same size."
maps = F.avg_pool2d(coins[None, None], 4)                                     # (1, 1, 75, 96): a small feature map
pooled = ops.roi_pool(maps, [truth[:8]], 14, spatial_scale=1 / 4)             # (8, 1, 14, 14)
aligned = ops.roi_align(maps, [truth[:8]], 14, spatial_scale=1 / 4, sampling_ratio=2, aligned=True)
sheet = make_grid(torch.cat([pooled, aligned]), nrow=8, padding=1)
to_pil_image(resize(sheet, [190], interpolation=InterpolationMode.NEAREST))

# %% [markdown]
# And if somebody forgets `spatial_scale`? Then pixels are taken for cells, and most bins lie outside the map, where
# RoIAlign finds zeros:

# %%
#| fold: Counts the bins that are 0, with spatial_scale and without.
for scale in [1 / 4, 1]:
    bins = ops.roi_align(maps, [truth], 14, spatial_scale=scale, sampling_ratio=2, aligned=True)
    print(f"spatial_scale={scale}: {(bins == 0).float().mean():.0%} of the bins are 0")

# %% [markdown]
# Step through both on one coin, with 8 pixels per cell and 2 × 2 bins. A point between the cells takes its value from
# the four around it, from the nearer ones more. This is **bilinear interpolation**.

# %%
coarse = F.avg_pool2d(coins[None, None], 8)[0]                                # (1, 37, 48)
steps = list(vl.steps.roi_align(coarse, truth[14], 2, 2, spatial_scale=1 / 8))
vl.widgets.stepper([steps[number] for number in (0, 1, 3, 4, 6)])

# %% [markdown] ask="rounding"
# A feature map has 16 pixels per cell. How far from its proper place may a bin of RoIPool look, at worst?
#
# - [ ] Less than a pixel: rounding is about fractions.
#   It rounds to *cells*, and a cell is 16 pixels here.
# - [ ] Half a cell at most, 8 pixels.
#   That would be one rounding. First the box is rounded, then the bin, and the bin's edges are rounded outwards.
# - [x] More than a whole cell.
#   The errors of box and bin add up. And the error differs from box to box, so no later layer can learn to undo it.

# %% [markdown]
# We can measure where each bin really looks. Make a feature map that holds its own x position in pixels: what comes
# out is the x that was seen. (RoIPool takes the largest number. So we ask twice, once with the sign turned, and take
# the middle.)

# %%
#| fig-alt: "Three bars with whiskers. RoIPool looks about 8 pixels too far right in the mean, with a long whisker. RoIAlign with aligned=False is off by exactly 8 each time, with aligned=True by 0."
torch.manual_seed(0)
ramp = ((torch.arange(64) + 0.5) * 16).expand(1, 1, 64, 64)                   # x of each cell's middle
corner = 50 + 500 * torch.rand(1000, 2)
rois = torch.cat([corner, corner + 60 + 250 * torch.rand(1000, 2)], dim=1)
wanted = rois[:, :1] + (rois[:, 2:3] - rois[:, :1]) * (torch.arange(7) + 0.5) / 7         # (1000, 7)


def error_of(pool, **options):
    """How many pixels too far right each bin looks: (7000,)."""
    low, high = (sign * pool(sign * ramp, [rois], 7, 1 / 16, **options)[:, 0, 0] for sign in (-1, 1))
    return ((low + high) / 2 - wanted).round(decimals=3).flatten() + 0.0


vl.viz.bars(
    {"RoIPool": error_of(ops.roi_pool), "RoIAlign, aligned=False": error_of(ops.roi_align, sampling_ratio=2),
     "RoIAlign, aligned=True": error_of(ops.roi_align, sampling_ratio=2, aligned=True)},
    xlabel="pixels too far right (mean, lowest, highest of 7000 bins)", digits=1,
    title="Where RoIPool and RoIAlign look, at 16 pixels per cell")

# %% [markdown]
# RoIPool looks half a cell too far right in the mean, and for each bin by *another* number. For a class that may not
# matter. For the exact edge of an object it does; RoIAlign was invented for masks.
#
# But look at the bar in the middle. RoIAlign as torchvision calls it by default, `aligned=False`, is off by half a
# cell, always by the same half. A network trained that way has learned to live with it, so torchvision's detectors
# keep it. In code of your own write `aligned=True`.
#
# **Exercise 5 — RoIAlign** (★★★, 15 minutes). One box, one channel. Where must you look? The interpolation is done
# for you.

# %% tags=["exercise:vision.align"]
# The build writes the starter of vision.align here.

# %%
check("vision.align", align)

# %% [markdown]
# Your RoIAlign, on a coin:

# %%
align = use("vision.align", align)


def look(y, x):
    """The small map's value at row y, column x, between its cells too."""
    y, x = torch.broadcast_tensors(torch.as_tensor(y), torch.as_tensor(x))
    top, left = y.long(), x.long()
    down, across = y - top, x - left
    upper = (1 - across) * maps[0, 0, top, left] + across * maps[0, 0, top, left + 1]
    lower = (1 - across) * maps[0, 0, top + 1, left] + across * maps[0, 0, top + 1, left + 1]
    return (1 - down) * upper + down * lower


own = torch.as_tensor(align(look, tuple(truth[0].tolist()), 4, 14))
print("as torchvision's:", torch.allclose(own, aligned[0, 0], atol=1e-4))

# %% [markdown]
# ## 6.6 Focal loss: when nearly every box is easy
#
# Our detector looked at 36480 boxes, and few of them hold a coin. A network that learns from *all* boxes at once (a
# one-stage detector, lesson 4) has the same trouble. Most boxes show nothing but ground, and it soon knows that: each
# has a small loss. But thousands of small losses add up, and the few boxes that matter are hardly heard. **Focal
# loss** makes the small ones smaller still: it is cross-entropy times (1 − p)², where p is the probability that the
# model gives to the truth.

# %%
#| fig-alt: "Two falling lines over the probability of the truth. Focal loss lies below cross-entropy everywhere, and from 0.7 on it is close to 0."
p = torch.linspace(0.05, 0.99, 50)
logits, ones = torch.logit(p), torch.ones(50)
cross_entropy = F.binary_cross_entropy_with_logits(logits, ones, reduction="none")
focal = ops.sigmoid_focal_loss(logits, ones, alpha=-1, gamma=2)
print("by hand the same:", torch.allclose(focal, (1 - p) ** 2 * cross_entropy, atol=1e-5))
plain = ops.sigmoid_focal_loss(logits, ones, alpha=-1, gamma=0)
print("with gamma=0:    ", torch.allclose(plain, cross_entropy, atol=1e-5))
vl.viz.curves({"cross-entropy": cross_entropy, "focal loss, gamma 2": focal}, x=p.tolist(), height=340,
              xlabel="probability given to the truth", ylabel="loss", title="What is right already hardly counts")

# %% [markdown]
# `gamma=0` is plain cross-entropy, and `alpha=-1` switches off a second setting, a weight of ones against zeros. The
# input is **logits**, not probabilities.
#
# Which part of the whole loss comes from easy boxes? Take *all* boxes of 6.4 again. Our detector has learned nothing,
# so we make a logit of its score by hand. A box is easy if the truth gets a probability of at least 0.6.

# %%
#| within: {"easy boxes, of all": 0.01, "easy boxes, of cross-entropy": 0.01, "easy boxes, of focal loss": 0.001}
logits = 15 * (contrast - 0.2)                                                # above 0.2: rather a coin
holds_coin = (ops.box_iou(all_boxes, truth).amax(dim=1) > 0.5).float()
for_truth = torch.where(holds_coin == 1, logits.sigmoid(), 1 - logits.sigmoid())
easy = for_truth >= 0.6
vl.report.metric("easy boxes, of all", easy.float().mean())
for name, gamma in [("cross-entropy", 0), ("focal loss", 2)]:
    loss = ops.sigmoid_focal_loss(logits, holds_coin, alpha=-1, gamma=gamma)
    vl.report.metric(f"easy boxes, of {name}", loss[easy].sum() / loss.sum())

# %% [markdown]
# More than nine tenths of the boxes are easy. They make up two fifths of the cross-entropy, but less than a twentieth
# of the focal loss. What remains is about the boxes that are hard.
#
# ## 6.7 Slow, fast, fastest
#
# You could do without torchvision now. Should you? Let your NMS and torchvision's run on the same boxes; your computer
# answers:

# %%
def milliseconds(run):
    """The best of five calls."""
    times = []
    for _again in range(5):
        begin = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - begin))
    return min(times)


by_hand = milliseconds(lambda: suppress(boxes, scores.clone(), 0.5))
library = milliseconds(lambda: ops.nms(boxes, scores, 0.5))
print(f"{by_hand:.1f} ms by hand, {library:.2f} ms by torchvision: {by_hand / library:.0f} times as long")

# %% [markdown]
# `python -m benchmarks.ops` measures more: a loop made to be read, one without loops over boxes (*vectorised*), the
# same with `torch.compile`, and torchvision's. Two cores of a server, with torch 2.15, gave these numbers, as multiples
# of torchvision's time:
#
# | | made to be read | vectorised | compiled | torchvision |
# |---|---|---|---|---|
# | NMS, 1000 boxes | 46 | 24 | 31 | 0.41 ms |
# | NMS, 4000 boxes | not measured | 103 | 57 | 5.7 ms |
# | RoIAlign, 10 boxes | 277 | 5.2 | 6.8 | 0.26 ms |
# | RoIAlign, 100 boxes | 105 | 4.3 | 3.5 | 6.6 ms |
#
# In this table vectorising helps RoIAlign most: two matrix products do nearly all the work. NMS must go round by
# round. And compiling is no magic: twice it made things slower. Other computers give other numbers. **Write slow code
# to understand, use torchvision's to work.**
#
# ## 6.8 Traps
#
# | trap | symptom | the way out |
# |---|---|---|
# | xywh taken for xyxy | boxes lie elsewhere; areas below 0 | draw them; `box_convert` |
# | (x, y) where (height, width) is meant | clipping cuts the wrong side | `clip_boxes_to_image` wants (height, width) |
# | IoU of boxes without area | `nan` | `remove_small_boxes` first |
# | `nms` where `batched_nms` is meant | a thing in front of another drops it | pass the labels |
# | boxes expected from `nms` | an error, or nonsense | it returns indices |
# | `spatial_scale` forgotten | most bins are 0 | 1 / stride |
# | `masks_to_boxes` names the last pixel | boxes a pixel too small | add 1 to right and bottom |
# | probabilities given to `sigmoid_focal_loss` | 0 … 1 is read as 0.5 … 0.73 | it wants logits |
#
# Most of these sit in *one call*, and nobody but you sees them. The first sits in the *data*, so a detector can:
# `vl.traps.check` looks through a data set before you train (lesson 13). Here are the coins, once as they were read
# in 6.2, and once converted:

# %%
for boxes in (mixed_up, ops.box_convert(mixed_up, "xywh", "xyxy")):
    coin = photograph / 255, {"boxes": boxes, "labels": torch.ones(len(boxes), dtype=torch.int64)}
    print(vl.traps.check([coin, coin]))

# %% [markdown]
# It needs a box that can't be: its edges exchanged, without area, or out of the picture. Where every xywh happens to look
# like a box, it says nothing. Drawing sees that, too.
#
# ## 6.9 A small project: the same on other pictures
#
# **Exercise 6 — find the discs** (★★★, 15 minutes). Write one function that does all of 6.4 on a picture: boxes
# everywhere, away with low scores, NMS. You may call `everywhere` from above. The check draws six pictures with six
# bright discs each. At least 80 % of the discs must get a box that fits, with no more than one box too many per
# picture in the mean.

# %% tags=["exercise:vision.find_discs"]
# The build writes the starter of vision.find_discs here.

# %%
check("vision.find_discs", find_discs)

# %% [markdown]
# ## 6.10 Recall
#
# Five questions, without looking back; three of them are about lesson 0.

# %% [markdown] recall="indices" lesson="06_vision_ops"
# What does `ops.nms(boxes, scores, 0.5)` return?
#
# - [ ] The boxes that stay.
#   Then you could not pick their labels and scores.
# - [x] The indices of the boxes that stay, the highest score first.
#   `boxes[keep]`, `labels[keep]`, `scores[keep]`.
# - [ ] True or False for each box.
#   That would not say which score is the highest.

# %% [markdown] recall="apart" lesson="06_vision_ops"
# Two boxes are apart. What can a network learn from their IoU?
#
# - [x] Nothing: it is 0, and so is its gradient.
#   Generalized IoU is below 0 there, and has a direction.
# - [ ] How far apart they are.
#   IoU is 0 at any distance.
# - [ ] That their classes differ.
#   IoU knows no classes.

# %% [markdown] recall="shape" lesson="00_overview"
# Boxes put x first. And a picture tensor?
#
# - [ ] (width, height, channels)
#   PIL says (width, height); tensors don't.
# - [x] (channels, height, width)
#   So a box cuts out `picture[:, top:bottom, left:right]`.
# - [ ] (channels, width, height)
#   Rows, which are y, come before columns.

# %% [markdown] recall="logits" lesson="00_overview"
# A model's raw scores are called logits. What turns them into probabilities of several classes?
#
# - [ ] `argmax`
#   It gives the place of the largest one.
# - [x] `softmax`
#   Each is then above 0, and together they are 1.
# - [ ] `Normalize`
#   That prepares pictures.

# %% [markdown] recall="pillars" lesson="00_overview"
# On which pillar of torchvision does this lesson stand?
#
# - [ ] transforms
#   They prepare pictures and vary them.
# - [ ] models
#   We met them only to read their NMS thresholds.
# - [x] operations
#   `torchvision.ops` computes with boxes and masks.

# %% [markdown]
# ## 6.11 Summary
#
# | you want | write | remember |
# |---|---|---|
# | boxes of masks | `masks_to_boxes` | names the last pixel |
# | another format | `box_convert(boxes, "xywh", "xyxy")` | four numbers don't say what they are |
# | boxes inside the picture | `clip_boxes_to_image`, `remove_small_boxes` | the second returns indices |
# | how well boxes match | `box_iou(a, b)` | 0 for all that are apart |
# | the same, to learn from | `generalized_box_iou` | below 0 for boxes that are apart |
# | one box per thing | `nms`, `batched_nms` | who is dropped drops nobody |
# | features of a box | `roi_align(maps, [boxes], bins, 1 / stride, aligned=True)` | rounds nothing |
# | a loss for rare things | `sigmoid_focal_loss` | on logits |
#
# ---
# **Before:** [lesson 1, the pipeline](01_pipeline.ipynb). **Next:** [lesson 4, detection](04_detection.ipynb). There a network makes the boxes, and the tools of this lesson clean up.
