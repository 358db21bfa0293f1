# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   vislearn:
#     minutes: 110
#     level: 2
#     after: [01_pipeline, 04_detection]
#     budget: {seconds: 60, memory_mb: 2000}
# ---

# %% [markdown]
# # 15. Transforms: change the picture, and everything on it
#
# A transform takes a picture and returns a changed one. If there are boxes, masks and points on it, they must change
# too, in the same way and by the same chance. Where they don't, nothing crashes: a network quietly learns that eyes
# are where there are none. torchvision's second API, `transforms.v2`, can do all of it, as long as it *knows* what it
# is given. This lesson is about how it knows, and when it doesn't.
#
# **About 110 minutes · level 2 of 3 · after [lesson 1](01_pipeline.ipynb) and [lesson 4](04_detection.ipynb).** After
# this lesson you can:
#
# - call any transform as a class and as a function, and port old code to v2;
# - say when v2 is quicker, and when a PIL picture is;
# - move boxes, masks, keypoints and whole films together, and find the line that dropped their type;
# - write a transform of your own that draws chance once;
# - choose an augmentation, and mix pictures with CutMix and MixUp.

# %%
import time

import av
import torch
from PIL import Image, ImageDraw
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset, default_collate
from torchvision import transforms as v1
from torchvision import tv_tensors
from torchvision.datasets import ImageFolder
from torchvision.ops import masks_to_boxes
from torchvision.transforms import functional as old_functional
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F
from torchvision.utils import draw_bounding_boxes, draw_keypoints, draw_segmentation_masks, make_grid

import vislearn as vl
from vislearn.exercises import check, hint, solution, use

# %% [markdown]
# ## 15.1 Two APIs, two forms
#
# Most code that you find on the web is written for v1. Here are four transforms in a row, in v1, and in v2:

# %%
mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
old = v1.Compose([v1.Resize((224, 224)), v1.RandomHorizontalFlip(), v1.ToTensor(), v1.Normalize(mean, std)])
new = v2.Compose([
    v2.Resize((224, 224)),
    v2.RandomHorizontalFlip(),
    v2.ToImage(),                                                            # ToTensor did these two at once
    v2.ToDtype(torch.float32, scale=True),
    v2.Normalize(mean, std),
])

photographs = vl.datasets.photos()                                           # name -> file
astronaut = Image.open(photographs["astronaut"]).convert("RGB")              # a PIL picture, 512 × 512
torch.manual_seed(0)
by_old = old(astronaut)
torch.manual_seed(0)
by_new = new(astronaut)
print("the same numbers:", torch.allclose(by_old, by_new, atol=1e-5), tuple(by_new.shape), by_new.dtype)

# %% [markdown]
# A transform comes in two forms. The **class** is made once and called often; if there is chance in it, it draws anew
# each time. The **function** does one thing now, with the numbers *you* give it. There is no chance in it. Each class
# calls its function in the end.

# %% tags=["exact"]
print("v1's function:", old_functional.resize(astronaut, [224, 224]).size)
print("v2's function:", F.resize(astronaut, [224, 224]).size)                 # [224] alone: the shorter side

tensor = F.pil_to_tensor(astronaut)                                          # (3, 512, 512), uint8
negative = F.invert(tensor)
top, left, height, width = v2.RandomCrop.get_params(tensor, (100, 100))      # the draw of a class, and nothing else
pair = [F.crop(picture, top, left, height, width) for picture in (tensor, negative)]
print("the same cut for two pictures:", torch.equal(F.invert(pair[0]), pair[1]))

# %% [markdown]
# Take the class for a pipeline. Take functions where you must decide yourself: the same cut for two photographs, an
# answer turned back, a transform of your own. (`F` is v2's `functional` here. It works on PIL pictures and tensors.)
#
# **Exercise 1 — by functions alone** (★, 6 minutes). The chain that published networks are evaluated with, without a
# class. `hint("transforms.by_functions")` gives a push, `solution("transforms.by_functions")` a way to do it.

# %% tags=["exercise:transforms.by_functions"]
# The build writes the starter of transforms.by_functions here.

# %%
check("transforms.by_functions", by_functions)

# %% [markdown]
# ## 15.2 Old and new, side by side
#
# v2 has every class of v1, and two dozen more. Do they do the same? Give both the same seed, compare pixel by pixel, and
# take the time. A picture may be a PIL image or a tensor of bytes, so there are two columns of everything.

# %% [markdown] ask="same"
# Seventeen transforms, v1 against v2, same seed, bytes from 0 to 255. How far apart are they, at most?
#
# - [ ] Many differ by several levels: v2 was written anew.
#   It was, and tested against v1 for years. For most of them there is no difference at all.
# - [ ] All are equal, to the last bit.
#   Nearly. Resizing may round otherwise. And there is one family that asks chance in another order.
# - [x] 0 or 1 level; but one family of transforms gives other pictures.
#   AutoAugment and its relatives draw in another order. Their pictures differ as two seeds would.

# %%
#| fold: "Runs seventeen transforms by v1 and v2 with five seeds, on a PIL picture and on a tensor, compares every pixel and takes the time."
#| at-most: {"largest difference outside that family": 1}
#| at-least: {"largest difference within it": 20}
#| words: [transform, "difference, PIL", "difference, tensor", "v1's time / v2's, PIL", "v1's time / v2's, tensor", "v2: PIL's time / tensor's"]
pairs = {
    "Resize": lambda api: api.Resize((224, 224)), "CenterCrop": lambda api: api.CenterCrop(224),
    "RandomCrop": lambda api: api.RandomCrop(224), "RandomResizedCrop": lambda api: api.RandomResizedCrop(224),
    "RandomRotation": lambda api: api.RandomRotation(30), "RandomAffine": lambda api: api.RandomAffine(20, (0.1, 0.1)),
    "RandomHorizontalFlip": lambda api: api.RandomHorizontalFlip(1.0), "Grayscale": lambda api: api.Grayscale(3),
    "RandomPerspective": lambda api: api.RandomPerspective(p=1.0), "GaussianBlur": lambda api: api.GaussianBlur(5),
    "ColorJitter": lambda api: api.ColorJitter(0.4, 0.4, 0.4, 0.1), "RandomEqualize": lambda api: api.RandomEqualize(1.0),
    "RandomAutocontrast": lambda api: api.RandomAutocontrast(1.0),
    "AutoAugment": lambda api: api.AutoAugment(), "RandAugment": lambda api: api.RandAugment(),
    "TrivialAugmentWide": lambda api: api.TrivialAugmentWide(), "AugMix": lambda api: api.AugMix(),
}


def both(make, picture):
    """The largest difference between v1 and v2 over five seeds, in levels, and what each of them takes at best."""
    difference, seconds = 0.0, {v1: [], v2: []}
    for seed in range(5):
        results = []
        for api in (v1, v2):
            transform = make(api)
            torch.manual_seed(seed)
            since = time.perf_counter()
            result = transform(picture)
            seconds[api].append(time.perf_counter() - since)
            results.append((result if isinstance(result, Tensor) else F.pil_to_tensor(result)).float())
        difference = max(difference, (results[0] - results[1]).abs().max().item())
    return difference, min(seconds[v1]), min(seconds[v2])


rows = []
for name, make in vl.widgets.progress(pairs.items(), "seventeen transforms, four ways"):
    pil_difference, pil_old, pil_new = both(make, astronaut)
    difference, tensor_old, tensor_new = both(make, tensor)
    rows.append({"transform": name, "difference, PIL": round(pil_difference), "difference, tensor": round(difference),
                 "v1's time / v2's, PIL": f"{pil_old / pil_new:.2g}",
                 "v1's time / v2's, tensor": f"{tensor_old / tensor_new:.2g}",
                 "v2: PIL's time / tensor's": f"{pil_new / tensor_new:.2g}"})

channels_first = tensor.contiguous()                                         # the same numbers in another order
_difference, _old, first = both(pairs["Resize"], channels_first)
_difference, _old, last = both(pairs["Resize"], tensor)
print(f"v2.Resize: channels first takes {first / last:.1f} times as long as the tensor that pil_to_tensor made")

differences = [max(row["difference, PIL"], row["difference, tensor"]) for row in rows]
vl.report.metric("largest difference outside that family", max(differences[:13]))
vl.report.metric("largest difference within it", max(differences[13:]))
vl.viz.table(rows, caption="torchvision's v1 and v2 on a photograph of 512 × 512")

# %% [markdown]
# Read the three columns of times in your own table; they are this computer's.
#
# - On **PIL** pictures v1 and v2 mostly take about the same time: both hand the work to Pillow.
# - On **tensors** v2 is far ahead at `Resize`, and ahead at `RandomResizedCrop`: it resizes bytes as bytes, where v1 goes
#   through floats. At crops and flips there is nothing to gain.
# - **Is a tensor quicker than PIL?** Above 1 in the last column it is, below 1 it isn't. Resizing yes; but rotations,
#   affine and many colour transforms are far quicker on PIL pictures. "v2 on tensors is faster", one often reads.
#   It depends on what you do. Measure your own chain, both ways, before you believe either.
# - **The order in memory** counts, says the line above the table. A decoder writes the three numbers of a pixel side by side
#   (`torch.channels_last`), and `pil_to_tensor` leaves them so. After `.contiguous()` the same resize takes longer; on a
#   computer with nothing else to do, several times as long.
#
# Such ratios hold for one picture on a CPU. A tensor has two more advantages: it may hold a whole batch, and it may live
# on a GPU (15.9).
#
# ## 15.3 A picture and all that is on it
#
# Here is a cat with three objects: two eyes and a nose. Each has a box, a mask, a point in it, and a label.
# **tv_tensors** say what a tensor *means*. They are tensors like others, with a type that transforms go by.

# %%
#| fold: Marks both eyes and the nose of the cat by hand.
cat = F.pil_to_tensor(Image.open(photographs["cat"]).convert("RGB"))         # (3, 300, 451)
outlines = [("ellipse", (137, 86, 205, 146)), ("ellipse", (295, 110, 345, 163)), ("polygon", [
    (238, 228), (250, 229), (262, 230), (275, 231), (291, 233), (283, 241), (270, 255), (256, 266), (251, 258), (250, 248),
    (242, 240)])]
papers = []
for kind, corners in outlines:
    paper = Image.new("L", (451, 300))
    getattr(ImageDraw.Draw(paper), kind)(corners, fill=1)
    papers.append(F.pil_to_tensor(paper)[0])
shapes = torch.stack(papers)                                                 # (3, 300, 451), 0 and 1
around = masks_to_boxes(shapes)
around[:, 2:] += 1                                                           # right and bottom lie just outside
middles = torch.tensor([[[172.0, 112]], [[313.0, 131]], [[256.0, 262]]])     # (3, 1, 2): objects, points, x and y

# %%
size = (300, 451)                                                            # height, width
sample = {
    "image": tv_tensors.Image(cat),
    "boxes": tv_tensors.BoundingBoxes(around, format="XYXY", canvas_size=size),
    "masks": tv_tensors.Mask(shapes),
    "points": tv_tensors.KeyPoints(middles, canvas_size=size),
    "labels": torch.tensor([1, 1, 2]),                                       # eye, eye, nose: no type, so it passes
}


def draw(sample):
    """The picture with its masks, boxes and points."""
    image = draw_segmentation_masks(sample["image"], sample["masks"].bool(), 0.45, ["orange", "orange", "deepskyblue"])
    image = draw_bounding_boxes(image, sample["boxes"], colors="yellow", width=4)
    return draw_keypoints(image, sample["points"], colors="red", radius=6)


# %% [markdown]
# Now every geometric transform, with one call for all of it: `transform(sample)`. A dictionary, a tuple, a list inside
# a list: v2 finds the tv_tensors in it and gives back the same structure.

# %%
#| fig-alt: "Twelve times a photograph of a cat whose eyes and nose are coloured, boxed in yellow and dotted in red: as it is, squeezed, cut, mirrored, upside down, turned, sheared, in perspective, rippled, and small on a grey ground. Colours, boxes and dots sit on eyes and nose each time."
#| compared: structure
geometric = {
    "as it is": v2.Identity(), "Resize((225, 225))": v2.Resize((225, 225)), "CenterCrop(240)": v2.CenterCrop(240),
    "RandomCrop(240)": v2.RandomCrop(240), "RandomResizedCrop": v2.RandomResizedCrop(size, scale=(0.3, 0.6)),
    "RandomHorizontalFlip": v2.RandomHorizontalFlip(1.0), "RandomVerticalFlip": v2.RandomVerticalFlip(1.0),
    "RandomRotation": v2.RandomRotation((25, 25)), "RandomAffine": v2.RandomAffine(0, shear=(25, 25)),
    "RandomPerspective": v2.RandomPerspective(0.5, p=1.0), "ElasticTransform": v2.ElasticTransform(150.0),
    "RandomZoomOut": v2.RandomZoomOut(fill=128, side_range=(1.5, 2.0), p=1.0),
}
torch.manual_seed(2)
moved = {name: transform(sample) for name, transform in geometric.items()}
vl.viz.panels({name: draw(one) for name, one in moved.items()}, columns=6, size=145)

# %% [markdown]
# Masks and points fit everywhere. Boxes hold their object, but after a turn or a shear they are too large: a box stands
# upright, so it must go around the four turned *corners* (lesson 8). 15.5 has a better box.
#
# Colour transforms change pictures and leave marks alone, because v2 knows which is which:

# %%
#| fold: Applies eight colour transforms, and compares boxes, masks and points before and after.
#| within: {"marks moved by colour transforms": 0}
colourful = [v2.ColorJitter(0.5, 0.5, 0.5, 0.2), v2.Grayscale(3), v2.RandomAutocontrast(1.0), v2.RandomEqualize(1.0),
             v2.RandomPosterize(2, 1.0), v2.RandomSolarize(128, 1.0), v2.RandomInvert(1.0), v2.GaussianBlur(9)]
still = [torch.equal(transform(sample)[key], sample[key]) for transform in colourful for key in ("boxes", "masks", "points")]
vl.report.metric("marks moved by colour transforms", still.count(False))

# %% [markdown]
# Here are all of them, to play with: choose a transform, move its parameters, read the line of code below. Find one that
# makes a box much too large. Find the strength at which *you* no longer know the nose.

# %%
#| fig-alt: A sheet of the cat with its boxes, masks and points, once for each transform of torchvision that takes them along.
#| compared: structure
vl.widgets.transform_gallery(sample["image"], {key: sample[key] for key in ("boxes", "masks", "points")})

# %% [markdown]
# Look at `RandomErasing`. It may black out an eye, and its box still says "eye". torchvision warns about that. For a
# detector, erase little.
#
# **Exercise 2 — port it** (★★, 8 minutes). An old chain takes a picture alone. Write it for v2, so that a target goes
# along; and mind the box of which nothing is left.

# %% tags=["exercise:transforms.ported"]
# The build writes the starter of transforms.ported here.

# %%
check("transforms.ported", ported)

# %% [markdown]
# ## 15.4 What keeps the type, and what drops it
#
# A tv_tensor is a tensor, so you can calculate with it. Which results still know that they are boxes?

# %% [markdown] ask="plus"
# `boxes` are `tv_tensors.BoundingBoxes`. Somebody writes `boxes = boxes + 5`, and then flips image and boxes in one
# call of `v2.RandomHorizontalFlip(p=1.0)`. What comes out?
#
# - [ ] Both are flipped; the sum of boxes and a number are boxes.
#   It looks so. But arithmetic returns a plain tensor, on purpose: boxes times 2 may be boxes, boxes times boxes are not.
# - [x] The image is flipped, and the boxes are not.
#   The sum is a plain tensor. Beside an `Image` v2 takes it for something else and lets it pass, without a word.
# - [ ] An error: v2 notices that something is missing.
#   A sample may hold anything: names, numbers, ids. v2 passes on what it doesn't know.

# %% tags=["exact"]
boxes = sample["boxes"]
flip = v2.RandomHorizontalFlip(p=1.0)
shifted = boxes + 5
print("boxes flipped:", not torch.equal(flip(sample["image"], shifted)[1], shifted))
results = {
    "clone()": boxes.clone(), "to(torch.int64)": boxes.to(torch.int64), "boxes + 5": boxes + 5,
    "boxes[:1]": boxes[:1], "torch.stack": torch.stack([boxes, boxes]),
    "DataLoader's default_collate": default_collate([boxes, boxes]),
    "wrap(boxes + 5, like=boxes)": tv_tensors.wrap(boxes + 5, like=boxes),
}
for code, result in results.items():
    print(f"{code:<30} {type(result).__name__}")

# %% [markdown]
# Copies and `.to` keep the type; everything else drops it, **indexing too**. So `boxes[keep]` before a flip is the usual
# culprit. `tv_tensors.wrap(…, like=boxes)` puts it back. But `wrap` copies the old `canvas_size` as well, and that may be
# wrong by now. Cut a picture by hand, and its boxes must learn the new size. There is also
# `with tv_tensors.set_return_type("TVTensor"):`, which lets everything keep the type, for better or worse. A network wants
# plain tensors in the end: `v2.ToPureTensor()`.
#
# And **plain masks**. You met the trap in lesson 5: *beside* an `Image` a plain tensor passes, unresized. Here is its
# other half. *Alone*, a plain tensor counts as a picture, and is interpolated:

# %% tags=["exact"]
classes = torch.zeros(1, 8, 8, dtype=torch.uint8)
classes[:, :, 4:] = 10                                                       # class 0 on the left, class 10 on the right
smaller = v2.Resize([6, 6])
print("beside an Image:", tuple(smaller(sample["image"], classes)[1].shape))
print("alone:          ", smaller(classes).unique().tolist())
print("as a Mask:      ", smaller(tv_tensors.Mask(classes)).unique().tolist())

# %% [markdown]
# Classes 1 and 9 were nowhere on that picture. With `tv_tensors.Mask` nearest neighbours are taken, whatever the picture
# gets. `v2.Resize(…, interpolation="nearest-exact")` or `v2.InterpolationMode.NEAREST_EXACT` takes the better ones,
# without the small shift that you saw in lesson 5.
#
# **Exercise 3 — find what dropped the type** (★★, 8 minutes). A colleague's scanner leaves a border. His reader cuts it
# off, and since then the detector learns nothing. The picture below shows why: after a flip the boxes lie elsewhere.

# %%
#| fig-alt: "Two photographs of the cat, cut a little on all sides. On the left the boxes sit on eyes and nose. On the right the picture is mirrored, and the boxes lie where they were, beside eyes and nose."
def his_reader(image, boxes, mask, border):
    """Cuts a border off. All numbers are right."""
    image = tv_tensors.Image(image[:, border:-border, border:-border])
    boxes = boxes - border
    mask = mask[border:-border, border:-border] > 0
    return image, boxes, mask


cut, cut_boxes, _mask = his_reader(sample["image"], boxes, sample["masks"][0], 20)
flipped, flipped_boxes = flip(cut, cut_boxes)
both_ways = [draw_bounding_boxes(image, marks, colors="yellow", width=3)
             for image, marks in ((cut, cut_boxes), (flipped, flipped_boxes))]
F.to_pil_image(F.resize(make_grid(both_ways, padding=6, pad_value=128), [200]))

# %% tags=["exercise:transforms.without_border"]
# The build writes the starter of transforms.without_border here.

# %%
check("transforms.without_border", without_border)

# %% [markdown]
# With your reader the same flip must move box and mask together: the box touches the mask on all four sides, in the
# mirror too.

# %%
without_border = use("transforms.without_border", without_border)

_image, marks, mask = flip(*without_border(sample["image"], boxes, tv_tensors.Mask(sample["masks"][0]), 20))
print("box: ", marks[0].int().tolist())
print("mask:", masks_to_boxes(mask[None])[0].int().tolist(), "and right and bottom lie one further")

# %% [markdown]
# ## 15.5 At the edges
#
# A flip maps a box's edge from x to W − x, and a point from x to W − 1 − x. That is no mistake: a box's edges lie
# *between* pixels, a point names a pixel (lesson 8). So all is well? Turn the picture upside down in two ways.

# %% [markdown] ask="half_turn"
# Once with a horizontal and a vertical flip, once with `F.rotate(…, 180)`. Pixels and boxes come out the same. And the
# points?
#
# - [ ] The same as well: v2 moves all that it knows.
#   It moves them. But flip and rotation don't agree on where a point lies.
# - [x] One pixel apart.
#   The flip takes a point for a pixel's number, W − 1 − x; the rotation takes it for a place between pixels, W − x.
# - [ ] Anywhere: a rotation rounds.
#   By 180 degrees nothing needs rounding. The difference is exactly one pixel, in x and in y.

# %% tags=["exact"]
flips = F.vertical_flip(F.horizontal_flip(sample["image"]))
print("pixels the same:", torch.equal(flips, F.rotate(sample["image"], 180)))
print("boxes the same:", torch.allclose(F.vertical_flip(F.horizontal_flip(boxes)), F.rotate(boxes, 180), atol=1e-3))
by_flips = F.vertical_flip(F.horizontal_flip(sample["points"]))
by_turn = F.rotate(sample["points"], 180)
print("points, by flips", by_flips[0].tolist(), "by a turn", by_turn[0].round().tolist())

# %% [markdown]
# A pixel is little on a photograph and much on a heat map of 16 × 16. If yours is small, test it as here.
#
# **Rotated boxes.** `BoundingBoxes` knows six formats. Three stand upright: `XYXY`, `XYWH`, `CXCYWH`. Three can lie
# askew: `XYWHR` and `CXCYWHR` with an angle in degrees, and `XYXYXYXY`, the four corners. Such a box turns with its
# object.

# %%
#| fig-alt: "The cat, turned by 40 degrees. A large yellow box stands upright around one eye; a red box around the same eye is turned with it and much smaller."
#| within: {"upright box, times as large": 0.01, "turned box, times as large": 0.01}
askew = tv_tensors.BoundingBoxes([[171.5, 116.5, 69, 61, 0]], format="CXCYWHR", canvas_size=size)     # the same eye
turn = v2.RandomRotation((40, 40))
turned, upright, lying = turn(sample["image"], boxes, askew)
corners = F.convert_bounding_box_format(lying, new_format="XYXYXYXY")        # the form that can be drawn
across, down = (upright[0, 2:] - upright[0, :2]).tolist()
vl.report.metric("upright box, times as large", across * down / (69 * 61))
vl.report.metric("turned box, times as large", lying[0, 2] * lying[0, 3] / (69 * 61))
turned = draw_bounding_boxes(turned, tv_tensors.wrap(upright[:1], like=upright), colors="yellow", width=3)
F.to_pil_image(F.resize(draw_bounding_boxes(turned, corners, colors="red", width=3), [200]))

# %% [markdown]
# **What sticks out, and what is gone.** Cut a small window out of the middle: the nose stays outside, and of the right
# eye a sliver is left.

# %% tags=["exact"]
window = v2.CenterCrop((120, 160))
inside = window(sample)
print("boxes ", inside["boxes"].tolist())
print("points", inside["points"][:, 0].tolist(), "on a canvas of", inside["points"].canvas_size)

clean = v2.SanitizeBoundingBoxes(min_size=5)(inside)
print({key: len(clean[key]) for key in ("boxes", "masks", "labels", "points")})

# %% [markdown]
# Boxes are **clamped**: cut off at the picture's edge. What is gone entirely becomes a box without area. A detector stops
# at it with an error, so every chain that cuts ends with `SanitizeBoundingBoxes`. It takes such boxes out, and their
# masks and "labels". But look at the points: **three, for two boxes**. They are neither clamped nor taken out, and from
# now on the second box gets somebody else's point, as soon as an object in the middle is lost. Name all that goes with
# the boxes:

# %% tags=["exact"]
all_of_it = v2.SanitizeBoundingBoxes(min_size=5, labels_getter=lambda sample: (sample["labels"], sample["points"]))
print({key: len(value) for key, value in all_of_it(inside).items() if key != "image"})
try:
    v2.SanitizeBoundingBoxes()({"boxes": boxes, "classes": sample["labels"]})
except ValueError as trouble:
    print(str(trouble).partition("?")[0])

# %% [markdown]
# The last line is what you see if your labels have another name. Boxes that must stay as they are, outside and all, get
# `clamping_mode=None` when they are made.
#
# ## 15.6 One draw for all
#
# Chance is asked once per *call*. What comes in one call changes together, however much it is. That is why a film is one
# tensor, (frames, channels, height, width): a `tv_tensors.Video`.

# %%
#| fold: "Marks the yellow seven in every frame: it moves 5 pixels to the right and 4 down, and bounces off the edges."
def bounce(distance, room):
    """Where something is that runs to and fro between 0 and room."""
    return room - abs(room - distance % (2 * room))


def box_of_the_seven(frames):
    """A box for each frame (T, 3, H, W): around the yellow pixels, where the seven must be."""
    found = []
    for number, frame in enumerate(frames.int()):
        x, y = bounce(5 * number, 256), bounce(4 * number, 176)
        yellow = (frame[0] > 180) & (frame[1] > 150) & (frame[2] < 120)
        place = torch.zeros_like(yellow)
        place[y:y + 64, x:x + 64] = True
        found.append(masks_to_boxes((yellow & place)[None])[0])
    return torch.stack(found)

# %%
with av.open(str(vl.datasets.clip())) as container:
    frames = torch.stack([torch.from_numpy(frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)])
frames = frames.permute(0, 3, 1, 2).contiguous()                             # (72, 3, 240, 320)
film = tv_tensors.Video(frames)
sevens = tv_tensors.BoundingBoxes(box_of_the_seven(frames), format="XYXY", canvas_size=(240, 320))    # one per frame

change = v2.Compose([v2.RandomResizedCrop((240, 320), (0.6, 0.9)), v2.RandomHorizontalFlip(), v2.ColorJitter(0.3, 0.3, 0.3)])
torch.manual_seed(3)
together, together_boxes = change(film, sevens)
alone = [change(tv_tensors.Image(frame), tv_tensors.wrap(box[None], like=sevens))
         for frame, box in zip(frames, sevens.as_subclass(Tensor), strict=True)]
apart, apart_boxes = (torch.stack([one[at].as_subclass(Tensor) for one in alone]) for at in (0, 1))

# %%
#| fold: "Measures how much changes from frame to frame, and draws every twelfth frame of all three: the film, changed in one call, changed frame by frame."
#| fig-alt: "Three rows of six frames of a film in which a yellow seven bounces over a photograph, in a white box. First row: the film. Second: mirrored, cut and coloured the same way in every frame. Third: each frame mirrored, cut and coloured in its own way."
#| compared: structure
#| within: {"the film": 0.5}
#| at-least: {"each frame alone, times as restless": 2}
def restless(frames):
    """The mean difference from each frame to the next, in levels."""
    return (frames[1:].float() - frames[:-1].float()).abs().mean().item()


vl.report.metric("the film", restless(frames))
vl.report.metric("each frame alone, times as restless", restless(apart) / restless(together))
sheet = []
for pictures, marks in ((frames, sevens), (together, together_boxes), (apart, apart_boxes[:, 0])):
    marks = marks.as_subclass(Tensor)
    sheet += [draw_bounding_boxes(pictures[at].as_subclass(Tensor), marks[at][None], colors="white", width=3)
              for at in range(6, 72, 12)]
F.to_pil_image(F.resize(make_grid(sheet, nrow=6, padding=4), [400]))

# %% [markdown]
# In the third row the camera jumps and the light flickers: no film. With one call everything moves as one, boxes too, one
# per frame. Two things to know: `v2.UniformTemporalSubsample(6)` takes six frames of a film, but *leaves* boxes and masks
# as many as they were. And a plain (T, C, H, W) is changed in the same way as a `Video`, because a tensor alone counts as
# a picture. That has a consequence.

# %% [markdown] ask="batch"
# You save time: a whole batch of 64 pictures, (64, 3, 224, 224), goes through `v2.RandomHorizontalFlip(p=0.5)` in one
# call. How many are mirrored?
#
# - [ ] About 32.
#   That would need 64 draws. There was one call, so there was one draw.
# - [x] All 64, or none.
#   One call, one draw. The network sees whole batches mirrored, and the same cut in all of them.
# - [ ] Each of them with chance one half, but the seed decides.
#   The seed decides *the* draw. There is only one.

# %% tags=["exact"]
batch = torch.arange(64 * 3 * 4 * 4).reshape(64, 3, 4, 4).float()
torch.manual_seed(0)
for _call in range(3):
    changed = v2.RandomHorizontalFlip(p=0.5)(batch)
    print("mirrored, of 64:", sum(not torch.equal(a, b) for a, b in zip(batch, changed, strict=True)), end="; ")

# %% [markdown]
# So: transforms *with* chance in the data set, picture by picture; those *without* (resize, dtype, normalise) may wait for
# the batch, where they are cheapest, on a GPU best of all.
#
# **Exercise 4 — one draw for all** (★★, 12 minutes). A random square out of a picture, mirrored in half of the calls, and
# four kinds of marks that must come along. By functions, or by classes in *one* call: as you like.

# %% tags=["exercise:transforms.random_window"]
# The build writes the starter of transforms.random_window here.

# %%
check("transforms.random_window", random_window)

# %%
#| fig-alt: "Four square windows of the cat, some of them mirrored; colours, boxes and dots sit on eyes and nose in each."
#| compared: structure
random_window = use("transforms.random_window", random_window)

one_mask = tv_tensors.Mask(sample["masks"].amax(dim=0))                      # all objects in one
torch.manual_seed(1)
windows = []
for _call in range(4):
    image, marks, mask, dots = random_window(sample["image"], boxes, one_mask, sample["points"], 260)
    windows.append(draw({"image": image, "boxes": marks, "masks": mask[None], "points": dots}))
F.to_pil_image(F.resize(make_grid(windows, padding=4, pad_value=128), [170]))

# %% [markdown]
# ## 15.7 A transform of your own
#
# What you have just written is nearly a transform class. v2 asks for two methods. `make_params` is called *once* per call
# and draws; `transform` is called for *each* thing in the sample, with the same params. This one dyes pictures, in a
# random colour, and leaves marks alone:

# %%
#| fig-alt: "Three times the cat with its marks, dyed in three colours."
#| compared: structure
class RandomDye(v2.Transform):
    """Mix a random colour into pictures and films."""

    def __init__(self, strength=0.4):
        super().__init__()
        self.strength = strength

    def make_params(self, flat_inputs):                                      # once: all that is to be changed, in a list
        return {"colour": 255 * torch.rand(3, 1, 1)}

    def transform(self, inpt, params):                                       # for each of them
        if not isinstance(inpt, tv_tensors.Image | tv_tensors.Video):
            return inpt
        dyed = (1 - self.strength) * inpt + self.strength * params["colour"]         # a plain tensor, as you know
        return tv_tensors.wrap(dyed.to(inpt.dtype), like=inpt)


torch.manual_seed(4)
dye = v2.Compose([RandomDye(), v2.RandomHorizontalFlip()])                   # it joins in like any other
F.to_pil_image(make_grid([F.resize(draw(dye(sample)), [150]) for _call in range(3)], padding=4, pad_value=128))

# %% [markdown]
# To change boxes or masks as well, call `v2.functional` in `transform`: it does the right thing for each type.
#
# **Exercise 5 — quarter turns** (★★, 12 minutes). Pictures from a satellite or a microscope have no up and down. Write the
# transform that torchvision lacks.

# %% tags=["exercise:transforms.quarter_turns"]
# The build writes the starter of transforms.quarter_turns here.

# %%
check("transforms.quarter_turns", quarter_turns)

# %%
#| fig-alt: "Four times the cat, turned by quarters; masks, boxes and dots sit on eyes and nose each time."
#| compared: structure
quarter_turns = use("transforms.quarter_turns", quarter_turns)

turns = v2.Compose([quarter_turns(), v2.Resize(300, max_size=301)])
torch.manual_seed(6)
F.to_pil_image(F.resize(make_grid([F.center_crop(draw(turns(sample)), [300, 300]) for _call in range(4)], padding=4), [170]))

# %% [markdown]
# ## 15.8 Mixing pictures, and which augmentation to take
#
# Two transforms need a whole batch, and change its labels too. **MixUp** lays one picture over another. **CutMix** pastes a
# rectangle of one into another. The label says how much of each is there, so it becomes a row of probabilities. They belong
# where the batch is made, in `collate_fn`:

# %%
#| fig-alt: "Two rows of four pictures. Above, CutMix: each photograph has a rectangle of another one in it. Below, MixUp: each shines through another."
#| compared: structure
names = ["cat", "coffee", "rocket", "flower"]
square = v2.Compose([v2.Resize(130), v2.CenterCrop(130)])
four = torch.stack([square(F.pil_to_tensor(Image.open(photographs[name]).convert("RGB"))) for name in names])
mixed = []
torch.manual_seed(12)
for mix in (v2.CutMix(num_classes=4), v2.MixUp(num_classes=4)):
    def collate(samples, mix=mix):
        return mix(*default_collate(samples))

    loader = DataLoader(TensorDataset(four / 255, torch.arange(4)), batch_size=4, collate_fn=collate)
    pictures, soft = next(iter(loader))
    mixed.append(pictures)
    print(type(mix).__name__, "first label:", [round(value, 2) for value in soft[0].tolist()])
F.to_pil_image(make_grid(torch.cat(mixed), nrow=4, padding=4))

# %% [markdown]
# `cross_entropy` takes such labels as they are. Without `num_classes` it is an error: a number alone can't be mixed.
# (Accuracy on such a batch means nothing. Measure it on clean pictures.)
#
# Three more **policies** draw from a list of transforms, with no work for you: `AutoAugment`, `RandAugment`, and
# `TrivialAugmentWide`, one transform at random, at random strength. Which to take? Two small targets: sixteen *materials*
# and textures, and handwritten *digits*. Ten pictures of each class, the same small network, the same number of
# steps, and six ways: nothing, flips, the last two of these policies, MixUp and CutMix.

# %% [markdown] ask="policy"
# Ten pictures per class are few. What will augmentation do?
#
# - [ ] The strongest policies help most, on both.
#   They are made for long trainings of large networks. Here the network has little time, and they make its task harder.
# - [x] One and the same augmentation helps on one target and hurts on the other.
#   It must fit the target: a brick may lie on its side, a digit may not be mirrored.
# - [ ] Augmentation never hurts: it is more data.
#   It is data that you *claim* to be of the same class. A mirrored digit is not.

# %%
#| words: ["materials: none", "materials: flips", "materials: TrivialAugmentWide", "materials: RandAugment", "materials: MixUp", "materials: CutMix", "digits: none", "digits: flips", "digits: TrivialAugmentWide", "digits: RandAugment", "digits: MixUp", "digits: CutMix"]
#| fig-alt: "Twelve bars of accuracy with whiskers over three seeds: six policies on materials above, the same six on digits below. On materials flips are ahead, on digits they are far behind the other five."
runs = vl.datasets.measurements("augmentation_policies")["runs"]             # three seeds each, 2 to 6 seconds a run
ways = {f"{run['target']}: {run['way']}": [] for run in runs}
for run in runs:
    ways[f"{run['target']}: {run['way']}"].append(run["accuracy"])
vl.viz.bars(ways, xlabel="accuracy on the validation split, three seeds", xlim=(0.0, 1.0), digits=2)

# %% [markdown]
# On materials flips gain five points: the world is the same either way up, and each flip is a new honest picture. On digits
# the *same* flips cost eight. And of the four strong policies none beats "none", on either target. That is no verdict on
# them. They come from trainings of hundreds of epochs, in which a large network would otherwise learn its pictures by heart;
# here there are 40. So: begin with what really happens to your pictures, measure, and add strength as training gets longer.
#
# Don't believe a table that you can't repeat. One pair of runs of it, live:

# %%
#| fold: "Trains the same network twice on ten digits of each, first as they are, then with flips, by the loop of lesson 3."
#| at-least: {"accuracy on digits, no augmentation": 0.87, "lost by flips": 0.02}
to_input = v2.Compose([v2.ToImage(), v2.Grayscale(), v2.Resize([32, 32], antialias=True)])


def read(split):
    """All digits of a split, uint8 (N, 1, 32, 32), and their labels."""
    folder = ImageFolder(vl.datasets.digits(split), to_input)
    return torch.stack([image.as_subclass(Tensor) for image, _label in folder]), torch.tensor(folder.targets)


def learn(images, labels, change, epochs=40):
    """Train a small network; each picture is changed on its own, each time anew."""
    torch.manual_seed(0)
    model = vl.models.SmallConvNet(10, in_channels=1, width=16)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, total_steps=epochs * len(images) // 20)
    for _epoch in vl.widgets.progress(range(epochs), "epochs"):
        for some in torch.randperm(len(images)).split(20):
            batch = torch.stack([change(image) for image in images[some]])
            loss = nn.functional.cross_entropy(model(batch / 127.5 - 1), labels[some])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return model.eval()


(images, labels), (val_images, val_labels) = read("train"), read("val")
chance = torch.Generator().manual_seed(1000)
members = [torch.nonzero(labels == digit)[:, 0] for digit in range(10)]
few = torch.cat([indices[torch.randperm(len(indices), generator=chance)[:10]] for indices in members])       # ten of each
accuracy = {}
for name, change in {"none": v2.Identity(), "flips": v2.Compose([v2.RandomHorizontalFlip(), v2.RandomVerticalFlip()])}.items():
    model = learn(images[few], labels[few], change)
    with torch.inference_mode():
        accuracy[name] = (model(val_images / 127.5 - 1).argmax(dim=1) == val_labels).float().mean().item()
vl.report.metric("accuracy on digits, no augmentation", accuracy["none"])
vl.report.metric("lost by flips", accuracy["none"] - accuracy["flips"])

# %% [markdown]
# Other libraries do the same work. `albumentations` takes NumPy arrays and leaves the work to OpenCV: in this course's
# benchmark (`benchmarks/README.md`) it turns a photograph 3.7 times and blurs it 17 times as fast as v2 does a tensor; at flips
# they are equal. The free one gets no more updates since 2025; its successor's licence is the AGPL, so read it before you
# sell anything. `kornia` draws *for each* picture of a batch, on a GPU, and gradients flow through it; on one picture it turns
# as fast as v2 and resizes at a quarter of its speed. What v2 has over both: it comes with your data sets, models and types.
#
# ## 15.9 Where it runs
#
# **The same again.** Transforms draw from torch's global chance, and take no generator of their own. So a seed before the
# call repeats it. `fork_rng` does so without touching anybody else's chance:

# %% tags=["exact"]
results = []
for _time in range(2):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        results.append(v2.ColorJitter(0.5, 0.5, 0.5)(sample["image"]))
print("the same again:", torch.equal(*results))

# %% [markdown]
# **On a GPU** nothing changes but the place: a tensor that lies there is transformed there. PIL pictures can't go. Send
# bytes, a quarter of what floats would be, and do the rest there. This cell takes whatever your computer has:

# %%
#| at-most: {"largest difference from the CPU, in levels": 2}
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
for_batches = v2.Compose([v2.Resize((224, 224)), v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean, std)])
many = tensor.expand(16, -1, -1, -1).contiguous()                            # sixteen pictures of 512 × 512, bytes
on_device = for_batches(many.to(device))                                     # the chain itself needs no .to(device)
since = time.perf_counter()
on_device = for_batches(many.to(device))
if device.type == "cuda":
    torch.cuda.synchronize()                                                 # a GPU answers before it has finished
print(f"{len(many) / (time.perf_counter() - since):.0f} pictures a second on {device}")
difference = (on_device.cpu() - for_batches(many)).abs().max() * 255 * max(std)
vl.report.metric("largest difference from the CPU, in levels", difference)

# %% [markdown]
# **Compiled.** `torch.compile(for_batches)` melts a chain into one program, worthwhile on a GPU and for many batches of one
# size. The first call may take a minute, so it isn't made here. What would be melted can be asked without it: every
# **graph break** is a place where the program falls apart.

# %%
#| fold: "Asks where a compiled program would fall apart, for a plain tensor and for a tv_tensor."
#| within: {"breaks for a plain tensor": 0}
#| at-least: {"breaks for a tv_tensor": 1}
kinds = {"a plain tensor": many[:2], "a tv_tensor": tv_tensors.Image(many[:2])}
for kind, pictures in vl.widgets.progress(kinds.items(), "asking"):
    vl.report.metric(f"breaks for {kind}", torch._dynamo.explain(for_batches)(pictures).graph_break_count)

# %% [markdown]
# Plain tensors, and no chance in the chain (a draw breaks it too): so compile what comes *after* the loader, and leave the
# rest alone.
#
# ## 15.10 Project: pictures from a phone
#
# You have 200 clean digits, and not one from a phone. But you know what phones do: they tilt by up to 30 degrees, they
# miss the middle by up to 15 %, and it is dark. On such pictures a network that has seen only clean ones is lost: about one
# in five is right. Here are both kinds:

# %%
#| fold: Draws ten clean digits and ten from the phone.
#| fig-alt: "Two rows of ten digits, enlarged. Above, clean and in the middle; below, tilted, moved and dark."
from vislearn.exercises.lessons.transforms.project import clean_and_phone

digits = clean_and_phone()
shown = torch.cat([digits["clean"][0][::20], digits["phone"][0][::36]])         # (20, 1, 20, 20), uint8
F.to_pil_image(F.resize(make_grid(shown, nrow=10, padding=1, pad_value=128), [170], interpolation="nearest"))

# %% [markdown]
# **Exercise 6 — an augmentation for the phone** (★★★, 20 minutes). The check trains a small network on the clean pictures
# with your transform, which takes some seconds, and shows it the phone's. At least 62 % must be right. Then think of your
# own pictures: what happens to them between the camera and the network?

# %% tags=["exercise:transforms.augmentation"]
# The build writes the starter of transforms.augmentation here.

# %%
check("transforms.augmentation", augmentation)

# %% [markdown]
# ## 15.11 Recall
#
# Five questions, without looking back.

# %% [markdown] recall="keep" lesson="15_transforms"
# A data set filters small boxes by `boxes = boxes[areas > 25]` and then calls its v2 transform on image and boxes. What
# happens?
#
# - [ ] It works: indexing a `BoundingBoxes` gives `BoundingBoxes`.
#   Copies do. Indexing gives a plain tensor.
# - [x] The image moves, the boxes stay where they were.
#   They are a plain tensor now and pass. `tv_tensors.wrap(…, like=boxes)` puts the type back.
# - [ ] An error: the boxes have lost their format.
#   One would hope so. v2 passes on what it does not know.

# %% [markdown] recall="draws" lesson="15_transforms"
# Your own v2 transform turns image and mask by different angles. Where is the mistake?
#
# - [ ] In `make_params`: it draws once, for all.
#   So it should be.
# - [x] In `transform`: it draws, once for each thing.
#   It is called for every input. Whatever all must share is drawn in `make_params`.
# - [ ] In `forward`, which must be written too.
#   `forward` calls the other two. Leave it as it is.

# %% [markdown] recall="nearest" lesson="05_segmentation"
# A label image is resized bilinearly and rounded. What is wrong with the result?
#
# - [ ] Nothing: whole numbers again.
#   Whole numbers, but whose? Between 2 and 8 lies 5.
# - [x] It holds classes that were never there.
#   Between two names there is no name. Take the nearest.
# - [ ] It is shifted by half a pixel.
#   That is what plain `NEAREST` does at some sizes; `NEAREST_EXACT` doesn't.

# %% [markdown] recall="val" lesson="01_pipeline"
# Which of these belongs on the validation pictures?
#
# - [ ] `v2.RandomResizedCrop(224)`, as in training.
#   Then each score would be another one.
# - [x] `v2.Resize(256)`, `v2.CenterCrop(224)`
#   No chance: the same picture, the same score.
# - [ ] `v2.RandomHorizontalFlip()`: a flip changes no class.
#   It changes the score from run to run, all the same.

# %% [markdown] recall="target" lesson="04_detection"
# After your crop a picture has no object left. What does torchvision's detector want as "boxes" in its target?
#
# - [ ] `None`
#   It calculates with them.
# - [x] A tensor of shape (0, 4).
#   And labels of shape (0,). `SanitizeBoundingBoxes` leaves just that.
# - [ ] One box of zeros.
#   A box without area stops the training with an error.

# %% [markdown]
# ## 15.12 Summary
#
# | you want to | use | remember |
# |---|---|---|
# | a pipeline | `v2.Compose([…])` | `ToTensor` is now `ToImage` and `ToDtype(scale=True)` |
# | decide yourself | `v2.functional`, `RandomCrop.get_params` | functions know no chance |
# | move all that is marked | `tv_tensors.Image`, `BoundingBoxes`, `Mask`, `KeyPoints` | one call for all |
# | keep the type | `tv_tensors.wrap(x, like=boxes)` | arithmetic and indexing drop it; `canvas_size` is copied |
# | cut | `…, v2.SanitizeBoundingBoxes(labels_getter=…)` | name points too |
# | boxes that turn | format `"CXCYWHR"` | an upright box grows |
# | change a film | `tv_tensors.Video` | one draw for all frames; for a batch, too |
# | labels as pictures | `tv_tensors.Mask`, `interpolation="nearest-exact"` | a plain tensor passes, or is interpolated |
# | a transform of your own | `make_params`, `transform` | draw in the first only |
# | mix | `v2.CutMix`, `v2.MixUp` in `collate_fn` | labels become probabilities |
# | augment | what happens to your pictures | measure; a flip may hurt |
# | the same again | `fork_rng`, `manual_seed` | transforms take no generator |
#
# And in this course: `vl.widgets.transform_gallery`, `vl.transforms`.
#
# ---
# **Before:** [lesson 1, the pipeline](01_pipeline.ipynb). **Next:** [lesson 5, segmentation](05_segmentation.ipynb), or
# [lesson 12, detection training](12_detection_training.ipynb).
