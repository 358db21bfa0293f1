# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   vislearn:
#     minutes: 90
#     level: 2
#     after: [03_training_loop, 04_detection]
#     budget: {seconds: 60, memory_mb: 2000}
# ---

# %% [markdown]
# # 8. Looking: at your data, and at what a network sees
#
# A network never complains. It trains on blue cats, on boxes that lie beside their objects, on a seven that somebody
# called a one. Its numbers even come out fine. Whoever *looks* finds such things in seconds. But a picture can lie
# too, and the tools for looking have traps of their own.
#
# **About 90 minutes · level 2 of 3 · after [lesson 3](03_training_loop.ipynb) and [lesson 4](04_detection.ipynb).**
# After this lesson you can:
#
# - show what a loader delivers, in its true colours, one picture or a hundred;
# - draw boxes, masks, points and labels that can be read, in Bengali too;
# - find mistakes in data that no number shows;
# - make a network's features visible, and where in a picture it found its answer;
# - test whether such a picture means anything.

# %%
import copy
import math
import tempfile
import warnings
from pathlib import Path

import torch
from PIL import Image, ImageDraw
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from torchvision import tv_tensors
from torchvision.datasets import ImageFolder
from torchvision.io import decode_image
from torchvision.models.feature_extraction import create_feature_extractor
from torchvision.ops import box_iou, masks_to_boxes
from torchvision.transforms import v2
from torchvision.transforms.v2.functional import pil_to_tensor, resize, to_pil_image
from torchvision.utils import (
    draw_bounding_boxes,
    draw_keypoints,
    draw_segmentation_masks,
    make_grid,
    save_image,
)

import vislearn as vl
from vislearn.exercises import check, hint, solution, use

# %% [markdown]
# ## 8.1 One line, and the picture is gone
#
# You want to see what your network is given. So you take a picture out of the loader and draw it. The usual line for
# this, also in the text that this course grew from, is `(imgs[0] * 255).to(torch.uint8)`. Our loader does what most
# do: bytes become 0 … 1, then `Normalize` takes away the mean and divides by the spread.

# %%
mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
normalise = v2.Compose([v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean.tolist(), std.tolist())])

photographs = vl.datasets.photos()                                       # name -> file
astronaut = pil_to_tensor(Image.open(photographs["astronaut"]).convert("RGB"))           # (3, 512, 512), bytes
img = normalise(astronaut)                                               # as it comes out of a loader

# %% [markdown] ask="bytes"
# A byte holds 0 to 255. How many of the values of `img * 255` lie in that range?
#
# - [ ] Nearly all of them.
#   So it would be before `Normalize`. It moved the middle to 0: half of all values are negative by design.
# - [ ] About half: those above the mean.
#   The negative ones are out, that is right. But above the mean, too, many are larger than 1 now.
# - [x] Fewer than one in five.
#   Everything darker than the mean is negative, and everything one spread brighter is more than 255. Little is left between.

# %%
#| fig-alt: "Three pictures of an astronaut. On the left, by the line from the text, garish spots of colour all over; in the middle, clamped, hard contrasts and a face partly black; on the right the photograph as it is."
#| compared: structure
#| within: {share of values outside a byte: 0.01, "mean error when clamped, in levels": 1}
as_in_the_text = (img * 255).to(torch.uint8)
clamped = (img * 255).clamp(0, 255).to(torch.uint8)                      # repaired in a hurry


def error(picture):
    """How far a picture is from the true one: the mean difference, in levels of 0 … 255."""
    return (picture.float() - astronaut.float()).abs().mean()


vl.report.metric("share of values outside a byte", ((img < 0) | (img > 1)).float().mean())
vl.report.metric("mean error when clamped, in levels", error(clamped))
print(f"mean error of the line in the text: {error(as_in_the_text):.0f} levels")
to_pil_image(make_grid([resize(one, 300) for one in (as_in_the_text, clamped, astronaut)], padding=6))

# %% [markdown]
# What becomes of a −3 that doesn't fit into a byte? Nobody defines it. On most computers it starts again at the other
# end, as 253, so that black becomes white. Clamping stops that, but it only hides the mistake: everything darker than
# the mean is black. That second picture is the dangerous one. It looks like a photograph with strong contrast, and
# you would start to mend your camera.
#
# Before a normalised picture can be looked at, `Normalize` must be undone. You did so in lesson 1, for one picture and
# in floats. Now for a whole batch, and down to the bytes.
#
# **Exercise 1 — viewable** (★★, 6 minutes). A normalised batch in, bytes out. Some values lie a little outside 0 … 1,
# because smooth resizing overshoots at sharp edges. `hint("looking.viewable")` gives a push,
# `solution("looking.viewable")` a way to do it.

# %% tags=["exercise:looking.viewable"]
# The build writes the starter of looking.viewable here.

# %%
check("looking.viewable", viewable)

# %% [markdown]
# ## 8.2 Many on a sheet, and in a file
#
# One picture proves little; look at a batch. `make_grid` puts it on one sheet, `save_image` writes it to a file. Here
# are eight photographs as a loader would deliver them.

# %%
small = v2.Compose([v2.Resize(120, antialias=True), v2.CenterCrop(120), normalise])
names = ["cat", "coffee", "astronaut", "flower", "temple", "rocket", "retina", "galaxies"]
batch = torch.stack([small(pil_to_tensor(Image.open(photographs[name]).convert("RGB"))) for name in names])
print(tuple(batch.shape), f"{batch.min():.1f} … {batch.max():.1f}")

# %% [markdown] ask="saved"
# You call `save_image(batch, "debug.png")` on this normalised batch. What happens?
#
# - [ ] An error: values must lie between 0 and 1.
#   It would be kind. But nothing is checked.
# - [ ] It stretches the values, so that the smallest becomes black and the largest white.
#   That is `normalize=True`, and you would have to ask for it.
# - [x] It writes a file, with everything below 0 black and everything above 1 white.
#   `save_image` clamps, silently. It is the second picture of 8.1, on disk.

# %%
#| fig-alt: "Three rows of the same eight photographs. First row, as saved: garish, with hard contrasts, much of it black. Second row, stretched: a little paler than the third, which has the true colours; black turns into dark grey."
#| within: {"mean error of save_image, in levels": 2, "mean error of normalize=True, in levels": 2}
viewable = use("looking.viewable", viewable)

file = Path(tempfile.mkdtemp()) / "debug.png"
save_image(batch, file, padding=0)
saved = decode_image(str(file))                                          # what your colleague will see
stretched = (make_grid(batch, padding=0, normalize=True) * 255).round().to(torch.uint8)
true = make_grid(torch.as_tensor(viewable(batch.clone(), mean, std)), padding=0)

vl.report.metric("mean error of save_image, in levels", (saved.float() - true.float()).abs().mean())
vl.report.metric("mean error of normalize=True, in levels", (stretched.float() - true.float()).abs().mean())
print("make_grid alone scales nothing:", make_grid(batch).max().item() == batch.max().item())
strong, faint = (make_grid(one, normalize=True) for one in (batch, batch / 4))           # a quarter of the contrast
print("normalize=True shows the same for a faint batch:", torch.allclose(faint, strong, atol=1e-5))
to_pil_image(torch.cat([saved, stretched, true], dim=1))

# %% [markdown]
# Three sheets of the same batch. `normalize=True` is pleasant to look at, but has nothing to do with `v2.Normalize`:
# it stretches from the smallest to the largest value *of this batch*. So the same photograph looks different in
# another batch, and a batch that has lost its contrast looks fine, as the last line says. To judge data, undo
# `Normalize` and let nothing stretch.
#
# And your bytes? `save_image` wants floats from 0 to 1:

# %%
try:
    save_image(torch.as_tensor(viewable(batch.clone(), mean, std)), file)
except RuntimeError as trouble:
    print(trouble)
save_image(torch.as_tensor(viewable(batch.clone(), mean, std)) / 255, file)               # so it works

# %% [markdown]
# The course has a helper for this. It gives floats from 0 to 1, as `save_image` wants them. The same, in one line?

# %% tags=["exact"]
by_hand = torch.as_tensor(viewable(batch.clone(), mean, std)) / 255
in_one_line = vl.transforms.denormalize(batch)                           # mean and std of ImageNet, as above
print("the same, to one level of 255:", ((in_one_line - by_hand).abs() < 1.01 / 255).all().item())

# %% [markdown]
# One more word about `make_grid`: its `nrow` is *not* the number of rows. It says how many pictures stand in a row.
#
# **Exercise 2 — a grid** (★★, 8 minutes). Lay out pictures yourself. With your function we shall go through a folder
# of 1442 pictures at the end.

# %% tags=["exercise:looking.grid"]
# The build writes the starter of looking.grid here.

# %%
check("looking.grid", grid)

# %% [markdown]
# ## 8.3 Two bugs that no number shows
#
# A colleague has written a reader for the digits on photographs of lesson 4. It delivers pictures and boxes, and
# nothing crashes. Here are three, enlarged. Two things are wrong with every one of them. Look for a minute before you
# read on.

# %%
#| fold: "The colleague's reader. Leave it closed until you have found both mistakes."
scenes = vl.datasets.scene_detection("val")


def deliver(number):
    """A picture, bytes (3, 128, 128), and its boxes, as the colleague's reader has them."""
    picture, target = scenes[number]
    return v2.functional.to_dtype(picture, torch.uint8, scale=True).flip(0), target["boxes"] + 3


# %%
#| fig-alt: "Three enlarged pictures with digits in yellow boxes: a blue cat's eye, a blue saucer, a brown sky behind a mast. Each box begins a little right of and below its digit, and cuts it off on the left and above."
drawn = []
for number in [16, 29, 67]:
    picture, boxes = deliver(number)
    drawn.append(draw_bounding_boxes(resize(picture, 320), 2.5 * boxes, colors="yellow", width=2))
to_pil_image(make_grid(drawn, padding=6))

# %% [markdown]
# **The cat is blue, and the evening sky is brown.** Red and blue have changed places: OpenCV, a popular library, keeps
# pictures as blue, green, red. **The boxes lie 3 pixels too far right and too low.** They cut every digit at the left,
# and leave a gap at the right: somewhere a margin of 3 pixels was added and forgotten.
#
# Would the usual numbers have told you? Take the course's network `scene`, which reads the digits 0 to 4, and give it
# pictures with swapped channels. Then compare the shifted boxes with the true ones, at the usual threshold of 0.5.

# %%
#| fold: "Asks the network about 200 digits, right and with red and blue swapped, and measures how many shifted boxes still count as right."
#| at-least: {"accuracy, right colours": 0.95, "accuracy, red and blue swapped": 0.92, "shifted boxes that count as right": 0.98}
#| within: {"mean IoU of a shifted box": 0.01}
#| words: [right colours, red and blue swapped]
network = vl.models.pretrained("scene").eval()
pixels, answers = (torch.from_numpy(array) for array in vl.datasets.scene_crops("val", 200, digits=range(5)))
with torch.inference_mode():
    for what, crops in {"right colours": pixels, "red and blue swapped": pixels.flip(1)}.items():
        parts = vl.widgets.progress(normalise(crops).split(25), what)
        right = torch.cat([network(part).argmax(dim=1) for part in parts]) == answers
        vl.report.metric(f"accuracy, {what}", right.float().mean())

true_boxes = [target["boxes"].as_subclass(Tensor) for _picture, target in scenes]
overlaps = torch.cat([box_iou(boxes, boxes + 3).diagonal() for boxes in true_boxes if len(boxes)])
vl.report.metric("shifted boxes that count as right", (overlaps >= 0.5).float().mean())
vl.report.metric("mean IoU of a shifted box", overlaps.mean())

# %% [markdown]
# The accuracy hardly moves: the network goes by shape. Practically every shifted box still counts as right. And it
# gets worse: a detector that *learns* from these boxes answers with shifted ones, is compared with shifted ones, and
# looks perfect. Both mistakes wait for the day when the network meets pictures from another reader.
#
# So the rule of this lesson: **draw a few samples, just as the network gets them, before you believe any number.**
#
# ## 8.4 After every transform
#
# What else moves boxes? Your own augmentation. Here is a face with everything that can be marked: a mask, the box
# around it, and five points: right eye, left eye, nose, and both corners of the mouth. (It is *her* right eye, so it
# stands on the left.)

# %%
#| fold: "Marks a head by hand: an outline, filled, and five points."
face = astronaut[:, :240, 100:340]                                       # (3, 240, 240)
outline = [(92, 33), (110, 20), (132, 15), (160, 22), (182, 38), (197, 70), (200, 95), (190, 115), (177, 132),
           (165, 137), (158, 155), (147, 172), (125, 179), (105, 172), (88, 160), (82, 138), (75, 122), (62, 110),
           (54, 85), (54, 65), (62, 50), (76, 40)]
paper = Image.new("L", (240, 240))
ImageDraw.Draw(paper).polygon(outline, fill=1)
head = pil_to_tensor(paper)                                              # (1, 240, 240), 0 and 1
marks = torch.tensor([[[103.0, 101], [146, 103], [126, 127], [103, 140], [144, 141]]])

# %%
sample = (
    tv_tensors.Image(face),
    tv_tensors.BoundingBoxes(masks_to_boxes(head), format="XYXY", canvas_size=(240, 240)),
    tv_tensors.Mask(head),
    tv_tensors.KeyPoints(marks, canvas_size=(240, 240)),                 # (1, 5, 2): objects, points, x and y
)


def draw(image, boxes, mask, points):
    """A picture with all that belongs to it."""
    image = draw_segmentation_masks(image, mask.bool(), alpha=0.35, colors="orange")
    image = draw_bounding_boxes(image, boxes, colors="yellow", width=2)
    return draw_keypoints(image, points, colors="cyan", radius=4)

# %% [markdown] ask="turned"
# `v2.RandomRotation` turns picture, box, mask and points together, here by 40 degrees. Does the box still fit the
# head?
#
# - [ ] Yes: v2 moves boxes along with the picture.
#   It moves them, but a box has no angle. It must stay upright.
# - [ ] No, it cuts off a part of the head.
#   Nothing is cut off. It is the other way round.
# - [x] No, it is far too large.
#   v2 turns the four *corners* and takes the upright box around them. The corners were empty before; now they need room.

# %%
#| fig-alt: "Five times the same face with an orange mask, a yellow box and five cyan points: as it was, then mirrored, then turned too, then in perspective too, and at last cut out. Mask and points fit each time; from the turn on the box is far too large."
#| words: [as it was]
#| within: 0.02
chain = [v2.RandomHorizontalFlip(p=1.0), v2.RandomRotation((40, 40)), v2.RandomPerspective(0.4, p=1.0),
         v2.RandomResizedCrop(240, scale=(0.5, 0.7), antialias=True)]
torch.manual_seed(1)
moved = [sample]
for transform in chain:
    moved.append(transform(*moved[-1]))                                  # each gets what the one before it made
_turned, turned_box, turned_head, _points = moved[2]
vl.report.metric("IoU of the turned box with the head's own", box_iou(turned_box, masks_to_boxes(turned_head)).item())
names = ["as it was", *[type(transform).__name__ for transform in chain]]
vl.widgets.stepper([vl.steps.Step(name, one[1], picture=draw(*one)) for name, one in zip(names, moved, strict=True)])

# %% [markdown]
# Mask and points fit exactly. The turned box holds twice as much as it should, what comes after it begins with such a
# box, and a detector would learn them. The remedy: where there are masks, take `masks_to_boxes` of the *turned* mask. Where
# there are none, turn by a few degrees only.
#
# Now look at the mirrored face. All points sit where they should. But the first of them is *called* right eye, and it
# is on the right now, where a left eye belongs. torchvision knows where points go. What they mean it doesn't know.
#
# A small thing besides: a box's edges lie *between* pixels, from 0 to the width. A point names *a pixel*, from 0 to
# width − 1.
#
# **Exercise 3 — in the mirror** (★★, 8 minutes). Boxes, points, and the names of the points.

# %% tags=["exercise:looking.mirrored"]
# The build writes the starter of looking.mirrored here.

# %%
check("looking.mirrored", mirrored)

# %%
mirrored = use("looking.mirrored", mirrored)

_face, flipped_box, _head, flipped_points = moved[1]
own_box, own_points = mirrored(masks_to_boxes(head), marks.clone(), torch.tensor([1, 0, 2, 4, 3]), 240)
print("the box lies where v2 puts it:", torch.equal(torch.as_tensor(own_box), flipped_box.as_subclass(Tensor)))
print("x of her right eye, by v2:", flipped_points[0, 0, 0].item(), end="; ")
print("with names swapped:", float(own_points[0][0][0]))

# %% [markdown]
# By the way: where two masks overlap, `draw_segmentation_masks` paints neither colour, but black.

# %% tags=["exact"]
two = torch.zeros(2, 240, 240, dtype=torch.bool)
two[0, :, :150] = two[1, :, 90:] = True                                  # columns 90 to 149 belong to both
print("a pixel of both masks:", draw_segmentation_masks(face, two, alpha=1.0)[:, 0, 120].tolist())

# %% [markdown]
# So draw such masks one after the other, the smallest last.
#
# ## 8.5 Labels that can be read
#
# `draw_bounding_boxes` writes labels, too. In small pictures you can't read them, so you ask for a larger
# `font_size`:

# %%
#| fig-alt: "The same picture of digits twice. On the left tiny empty rectangles stand for the letters, in thick blurred boxes of random colours; on the right Bengali words for the digits in black on coloured plates, each box in a colour of its own."
#| compared: structure
picture, target = scenes[94]                                             # 128 × 128 pixels
digits = ["শূন্য", "এক", "দুই", "তিন", "চার", "পাঁচ", "ছয়", "সাত", "আট", "নয়"]
words = [digits[label - 1] for label in target["labels"]]
with warnings.catch_warnings(record=True) as caught:
    tiny = draw_bounding_boxes(picture, target["boxes"], words, font_size=40)
print("a warning:", caught[0].message)

font = str(Path(vl.viz.__file__).parent / "fonts" / "NotoSansBengali-Bold.ttf")    # any Bengali .ttf
palette = ["#E69F00", "#56B4E9", "#2BC48A", "#F0E442", "#5AA0FF", "#FF8A4C", "#E08AC0", "#DDDDDD"]
large = resize(picture, 480, interpolation=v2.InterpolationMode.NEAREST)                 # first enlarge, then draw
readable = draw_bounding_boxes(
    large, 480 / 128 * target["boxes"], words, width=max(1, round(480 / 150)), font=font, font_size=26,
    colors=[palette[label % 8] for label in target["labels"]], fill_labels=True, label_colors="black",
)
to_pil_image(make_grid([resize(tiny, 480, interpolation=v2.InterpolationMode.NEAREST), readable], padding=6))

# %% [markdown]
# `font_size` without `font` is ignored, with a warning that drowns among others. The built-in letters are tiny and
# know no Bengali: each one becomes an empty rectangle. Four habits make labels readable:
#
# - **Enlarge first, then draw.** Boxes grow by the same factor. Enlarge with `NEAREST`, so that you see real pixels.
# - **Line width by the picture's size:** about a 150th of its side, and at least 1.
# - **One colour per class**, from a palette that colour-blind people can tell apart. Without `colors` they are random,
#   other ones in each call.
# - **A plate behind the letters:** `fill_labels=True`.
#
# Bengali needs one more thing. Its letters join, and some signs are written before the letter they follow. Pillow,
# which draws here, has a helper for that, and this says if it is there:

# %%
from PIL import features

print("Bengali letters are put together:", features.check_feature("raqm"))

# %% [markdown]
# If it says False, a word such as তিন comes out with its signs in the wrong places. Then draw on a computer where it says True, or use
# Latin labels.
#
# **Lab: an overlay of your own.** The face of 8.4, its label in Bengali. Choose what is drawn, how, and in which order. From
# which size on can you read the word? Which order hides the points, and at which `alpha`? Below the picture stands
# torchvision's code for what you see. Copy it into a new cell and run it: it draws the same.

# %%
#| fig-alt: "The face with an orange mask, an orange box with the Bengali word for head on a plate, and five cyan points; controls set what is drawn, colours, widths, letters and order; below it stands the code that draws the same."
#| compared: structure
picture = face
target = {"masks": head, "boxes": masks_to_boxes(head), "keypoints": marks, "labels": torch.tensor([1])}
vl.widgets.overlay_builder(picture, target, classes=["মাথা"])

# %% [markdown]
# ## 8.6 What a network looks at
#
# So far you looked at data. Now at the network itself. Its layers turn a picture into **feature maps**: stacks of grey
# pictures, each bright where a filter has found its pattern. `create_feature_extractor` gives you any layer's output
# by its name.

# %%
#| fig-alt: "Four rows of eight small grey pictures. The upper two rows show a digit again and again, as outlines and surfaces; the lower two rows show coarse squares in which no digit can be made out."
inside = create_feature_extractor(network, {"layer1": "early", "layer4": "late", "fc": "scores"})
with torch.inference_mode():
    found = inside(normalise(pixels[9:10]))
print({name: tuple(maps.shape) for name, maps in found.items()})

early, late = found["early"][0, :16, None], found["late"][0, :16, None]          # (16, 1, H, W): grey pictures
late = resize(late, 48, interpolation=v2.InterpolationMode.NEAREST)
sheet = make_grid(torch.cat([early, late]), nrow=8, normalize=True, scale_each=True)     # here stretching is right
to_pil_image(resize(sheet, 400, interpolation=v2.InterpolationMode.NEAREST))

# %% [markdown]
# Early maps still look like the picture: edges, surfaces. Late ones are coarse, 6 × 6, and say *what*, hardly *where*.
# There are 256 of them. Which matter for the answer?
#
# **Grad-CAM** asks the gradients (Selvaraju et al., 2017). How would the score of *4* grow, if this map grew at some
# place? The mean of that over all places is the map's weight. The weighted sum of all maps, without what is negative,
# is one picture: here is what speaks for *4*.
#
# **Exercise 4 — a map for a class** (★★, 8 minutes). Features and gradients in, one map out.

# %% tags=["exercise:looking.activation_map"]
# The build writes the starter of looking.activation_map here.

# %%
check("looking.activation_map", activation_map)

# %% [markdown]
# The rest is getting the gradients, and enlarging the map. We show it as a spotlight: the picture is bright where the
# map is.

# %%
#| fig-alt: "Two rows of eight small pictures of digits: above as they are, below as under a spotlight, bright in one or two places and dark elsewhere."
#| compared: structure
activation_map = use("looking.activation_map", activation_map)


def grad_cam(network, picture, layer="layer4", last="fc", number=None):
    """Where in a normalised picture (3, H, W) is what speaks for a class? A map (H, W), 0 to 1."""
    found = create_feature_extractor(network, {layer: "features", last: "scores"})(picture[None])
    scores = found["scores"][0]
    number = scores.argmax() if number is None else number               # the network's own answer
    gradients = torch.autograd.grad(scores[number], found["features"])[0]
    coarse = torch.as_tensor(activation_map(found["features"][0].detach(), gradients[0]))
    return resize(coarse[None], list(picture.shape[-2:]), antialias=True)[0]


def spotlight(picture, light):
    """A picture of bytes, dark where the map (H, W) is 0."""
    return (picture * (0.35 + 0.65 * light)).to(torch.uint8)


chosen = pixels[[0, 1, 2, 4, 5, 6, 7, 9]]
lit = [spotlight(crop, grad_cam(network, normalise(crop))) for crop in chosen]
above, below = make_grid(chosen, nrow=8), make_grid(lit, nrow=8)
vl.viz.panels({"The digits": above, "Bright where something speaks for the answer": below}, columns=1, size=600)

# %% [markdown]
# Twenty lines, with yours. The light falls on the digit or beside it, for these maps are coarse. At home you can do it to
# any network of torchvision. Here is SqueezeNet, and the cat. Where does it find a cat, and where, of all things, a
# goldfish?

# %%
#| fig-alt: "A photograph of a tabby cat three times: as it is, and under two spotlights. For Egyptian cat the light lies on the face; for goldfish, whose probability is about 0, on the two golden eyes and the nose."
#| compared: structure
#| words: ["the photograph", "{}, probability {}"]
def cat_or_fish():
    """Where SqueezeNet finds a cat, and where a fish."""
    card = vl.models.card("squeezenet1_1")
    squeezenet = vl.models.published("squeezenet1_1")                    # squeezenet1_1(weights="DEFAULT").eval()
    cat = pil_to_tensor(Image.open(photographs["cat"]).convert("RGB"))[:, :, 60:360]
    cat = resize(cat, [224, 224], antialias=True)
    with torch.inference_mode():
        probabilities = squeezenet(normalise(cat)[None]).softmax(dim=1)[0]
    shown = {"the photograph": cat}
    for word in ["Egyptian cat", "goldfish"]:
        number = card.classes.index(word)
        light = grad_cam(squeezenet, normalise(cat), "features.12.cat", "flatten", number)
        shown[f"{word}, probability {probabilities[number]:.4f}"] = spotlight(cat, light)
    return vl.viz.panels(shown, title="What speaks for which word, by SqueezeNet", size=300)


vl.viz.full_size(cat_or_fish, stored="08_squeezenet_cat_map")

# %% [markdown]
# For the goldfish it takes the golden eyes. The network doesn't believe in a fish for a moment. But whatever speaks
# for one is stretched until it reaches 1. **There is a map for every word, also for nonsense:** never show one without
# the probability beside it.
#
# ## 8.7 When such pictures mislead
#
# Grad-CAM is coarse. There are methods with far finer pictures. **Guided backpropagation** sends the score back to the
# pixels and drops everything negative on the way. Its pictures look sharp, and convincing. Do they show what the
# network has learned?
#
# There is a simple test (Adebayo et al., 2018). Take the knowledge out of the network and draw again. Below, everything from
# `layer4` to the scores gets random weights. This network only guesses.

# %%
def guided(network, picture):
    """How strongly each pixel of a normalised picture (3, H, W) pushes the answer: (H, W), 0 to 1."""
    network = copy.deepcopy(network)
    for module in network.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False
            module.register_full_backward_hook(lambda module, inward, outward: (inward[0].clamp(min=0),))
    picture = picture[None].clone().requires_grad_()
    gradients = torch.autograd.grad(network(picture).max(), picture)[0]
    strength = gradients[0].abs().amax(dim=0)
    return strength / strength.max()


def forget(network, seed):
    """A copy whose last stage and head know nothing any more."""
    torch.manual_seed(seed)
    stranger = copy.deepcopy(network)
    for module in [*stranger.layer4.modules(), stranger.fc]:
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    return stranger

# %% [markdown] ask="stranger"
# The network that has forgotten guesses: one in five right. What do the sharp pictures of guided backpropagation show
# now?
#
# - [ ] Noise. There is nothing left to show.
#   One would hope so. It is what a picture of *knowledge* should do.
# - [x] Nearly the same digits, nearly as sharp.
#   They mostly show the edges that the early layers pass on. Those are there whatever the network knows about digits.
# - [ ] Nothing at all: the gradients are 0.
#   Random weights have gradients like any others.

# %%
#| fig-alt: "Five rows of six pictures: digits; the sharp maps of the trained network; the sharp maps of the one that has forgotten, nearly the same; two rows of spotlights, of the trained network and of the other, which differ."
#| compared: structure
strangers = [forget(network, seed) for seed in range(3)]
few = pixels[[0, 1, 2, 6, 7, 9]]


def grey(light):
    """A map (H, W) as a grey picture of bytes."""
    return (255 * light.expand(3, -1, -1)).to(torch.uint8)


rows = [few]
for someone in vl.widgets.progress([network, strangers[0]], "sharp maps"):
    rows.append([grey(guided(someone, normalise(crop))) for crop in few])
for someone in (network, strangers[0]):
    rows.append([spotlight(crop, grad_cam(someone, normalise(crop))) for crop in few])
rows = [make_grid(list(row), nrow=6) for row in rows]
vl.viz.panels(
    {"The digits": rows[0], "Guided backpropagation, trained": rows[1], "Guided backpropagation, after forgetting": rows[2],
     "Grad-CAM, trained": rows[3], "Grad-CAM, after forgetting": rows[4]}, columns=1, size=420)

# %%
#| fold: "Compares the maps of the trained network with those of three that have forgotten, on 8 pictures: the correlation of ranks, 1 for the same order of pixels, 0 for none in common."
#| at-least: {"guided backpropagation, likeness": 0.75}
#| at-most: {"accuracy after forgetting": 0.45, "Grad-CAM, likeness": 0.7}
def likeness(one, other):
    """The rank correlation of two maps."""
    ranks = torch.stack([one.flatten(), other.flatten()]).argsort(dim=1).argsort(dim=1).double()
    return torch.corrcoef(ranks)[0, 1]


with torch.inference_mode():
    others = vl.widgets.progress(strangers, "three that have forgotten")
    guesses = torch.stack([other(normalise(pixels[:100])).argmax(dim=1) == answers[:100] for other in others])
vl.report.metric("accuracy after forgetting", guesses.float().mean())
for what, method in {"guided backpropagation": guided, "Grad-CAM": grad_cam}.items():
    first = [method(network, normalise(crop)) for crop in pixels[:8]]
    alike = [likeness(light, method(stranger, normalise(crop)))
             for stranger in strangers for light, crop in zip(first, pixels[:8], strict=True)]
    vl.report.metric(f"{what}, likeness", torch.stack(alike).mean())

# %% [markdown]
# The sharper picture is the emptier one. It hardly notices that the network has lost its mind, so it can't be telling
# you what the network knows. Grad-CAM's picture changes. That is the least one may ask. It doesn't *prove* that
# Grad-CAM is right: it shows where the features lie, and not why they count.
#
# Before you show such a picture to anyone: draw it again with random weights, and for another class. If little
# changes, leave it out.
#
# ## 8.8 The first thing to do with new data
#
# Somebody gives you a folder: 1442 handwritten digits, each labelled by hand. Nobody has time to look at all of them.
# In which order would you look? Ask a network. Train it for a few seconds, and sort the pictures by their **loss**:
# what surprises the network most comes first.
#
# To see if it works, we plant mistakes: 30 labels, drawn at random, are changed.

# %%
to_digit = v2.Compose([v2.Grayscale(), v2.Resize(16), v2.ToImage(), v2.ToDtype(torch.float32, scale=True)])
folder = ImageFolder(vl.datasets.digits("train"), to_digit)
images = torch.stack([image for image, _label in vl.widgets.progress(folder, "reading")])        # (1442, 1, 16, 16)
torch.manual_seed(0)
planted = torch.randperm(len(images))[:30]
labels = torch.tensor(folder.targets)
labels[planted] = (labels[planted] + torch.randint(1, 10, (30,))) % 10         # another digit

# %% [markdown] ask="needle"
# The network learns from these labels, wrong ones included. Then you look at the 40 pictures with the highest loss.
# How many of the 30 mistakes will be among them?
#
# - [ ] About one: 40 of 1442 pictures are few.
#   So it would be if you looked at random. Sorting is worth a lot.
# - [ ] About half.
#   The others would have to look as plausible under their wrong names as a right one does. Digits don't.
# - [x] Nearly all.
#   In so short a training the network learns what digits have in common. A 7 that is called 1 contradicts all the other sevens.

# %%
#| fig-alt: "Forty enlarged handwritten digits on a sheet of four rows, each in an orange box with its label. Most labels are plainly wrong, such as another digit's number on a clear 6; the last few are right but hard to read."
#| compared: structure
#| at-least: 26
grid = use("looking.grid", grid)

model = vl.models.SmallConvNet(10, in_channels=1, width=8)
loader = DataLoader(TensorDataset((images - 0.31) / 0.36, labels), batch_size=64, shuffle=True)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, epochs=4, steps_per_epoch=len(loader))
for epoch in range(4):
    total = 0.0
    for some_images, some_labels in loader:
        loss = nn.functional.cross_entropy(model(some_images), some_labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        total += loss.item() * len(some_labels)
    print(f"epoch {epoch + 1}: mean loss {total / len(images):.2f}")

model.eval()
with torch.inference_mode():
    scores = model((images - 0.31) / 0.36)
losses = nn.functional.cross_entropy(scores, labels, reduction="none")   # one for each picture
worst = losses.argsort(descending=True)[:40]
tiles = []
for index in worst:
    tile = (255 * resize(images[index], 84, interpolation=v2.InterpolationMode.NEAREST)).to(torch.uint8)
    edge, word = torch.tensor([[0, 0, 83, 83]]), str(labels[index].item())
    tiles.append(draw_bounding_boxes(tile, edge, [word], colors="orange", font=font, font_size=24, fill_labels=True))
vl.report.metric("planted mistakes on the sheet, of 30", torch.isin(planted, worst).sum())
to_pil_image(torch.as_tensor(grid(torch.stack(tiles), 10, 4)))

# %% [markdown]
# Your sheet, read row by row, begins with the worst. Two minutes of looking, instead of an afternoon. At the end stand
# pictures whose label is right: they are only hard. So *look*, and don't delete by loss: hard examples are what a
# network learns most from.
#
# The same sheet, for any folder: it finds wrong labels, pictures that are broken, turned or too dark, and things that
# belong to no class. For a detector sort by the loss of each picture, and draw its boxes.
#
# ## 8.9 Project: three bugs, by looking
#
# Another colleague, another reader. This time it delivers pictures, boxes and masks, and there is *one* mistake in
# each of the three. Nobody shows you the code; you have only your eyes and the drawing functions of this lesson.

# %%
#| fig-alt: "Four pictures in which neither the colours nor the boxes nor the masks are as they should be: they lie beside the digits."
from vislearn.exercises.lessons.looking.project import delivery

drawn = []
for image, boxes, masks in delivery():                                   # (3, 112, 128), (N, 4) and (N, 112, 128)
    image = draw_segmentation_masks(image, masks, alpha=0.5, colors="orange")
    image = draw_bounding_boxes(image, boxes, colors="yellow")
    drawn.append(resize(image, [224, 256], interpolation=v2.InterpolationMode.NEAREST))
to_pil_image(make_grid(drawn, nrow=4))

# %% [markdown]
# **Exercise 5 — mend it** (★★★, 20 minutes). Draw one thing at a time (the lab of 8.5 does so with any picture and
# target), find out what is wrong, and write a function that puts it right. The check takes it to pictures that you
# haven't seen; all three must fit there to the last pixel.

# %% tags=["exercise:looking.mend"]
# The build writes the starter of looking.mend here.

# %%
check("looking.mend", mend)

# %% [markdown]
# ## 8.10 Recall
#
# Five questions, without looking back.

# %% [markdown] recall="pale" lesson="08_visualization"
# You show a batch with `make_grid(batch, normalize=True)`, and it looks fine. What do you know about its brightness?
#
# - [ ] It is as it should be.
#   It would look as fine if all pictures were ten times too dark.
# - [x] Nothing: the sheet is stretched, whatever the batch holds.
#   The smallest value becomes black and the largest white. Undo `Normalize` instead.
# - [ ] That `v2.Normalize` was undone.
#   The two share a name and nothing else.

# %% [markdown] recall="sharp" lesson="08_visualization"
# A method draws beautiful outlines of the objects that a network recognises. What do you try first?
#
# - [ ] A larger network, for even sharper outlines.
#   Sharp is not the same as true.
# - [x] The same picture with random weights in the network.
#   If it looks the same, it shows the picture's edges, and not what the network knows.
# - [ ] I believe it, if a second picture looks as good.
#   An edge detector would pass that test as well.

# %% [markdown] recall="alone" lesson="04_detection"
# A data set for detection calls `image = self.transforms(image)` with a random flip. What will you see in the drawn
# samples?
#
# - [ ] Boxes that fit: v2 moves them along.
#   Only if they are handed to the same call, as tv_tensors.
# - [x] Boxes that fit in some pictures, and in others lie where the object would be in a mirror.
#   Half of the pictures are flipped; the boxes never are.
# - [ ] An error, in every second picture.
#   Nothing notices. That is why you draw.

# %% [markdown] recall="half" lesson="06_vision_ops"
# Two equal boxes, one shifted by half its width. Their IoU?
#
# - [ ] 1/2
#   Half a box is shared, but IoU divides by what both cover together.
# - [x] 1/3
#   Half a box shared, one and a half covered.
# - [ ] 2/3
#   Then they would share most of what they cover.

# %% [markdown] recall="twice" lesson="01_pipeline"
# `Normalize(mean, std)` on a picture of bytes divided by 255. What is the value of a pixel that has exactly the mean?
#
# - [x] 0
#   The mean is taken away; whatever the spread, 0 stays 0.
# - [ ] 0.5
#   The middle of the range 0 … 1 was before. Now the middle is 0.
# - [ ] 1
#   A pixel one spread *brighter* than the mean becomes 1.

# %% [markdown]
# ## 8.11 Summary
#
# | you want to | use | remember |
# |---|---|---|
# | see a normalised picture | times `std`, plus `mean`, clamp, bytes | first undo `Normalize` |
# | see a batch | `make_grid(batch, nrow=8)` | scales nothing; `nrow` pictures *in* a row |
# | keep it | `save_image(floats, file)` | 0 … 1; clamps silently |
# | see boxes | `draw_bounding_boxes(image, boxes, labels, font=…, font_size=…)` | enlarge first; no `font`, no `font_size` |
# | see masks | `draw_segmentation_masks(image, masks, alpha=0.5)` | masks are `bool` |
# | see points | `draw_keypoints(image, points)` | a flip doesn't rename them |
# | boxes after a rotation | `masks_to_boxes(turned_masks)` | a turned box is too large |
# | see features | `create_feature_extractor(model, {…})` | early: where; late: what |
# | see what speaks for a class | Grad-CAM: `torch.autograd.grad(score, features)` | test with random weights |
# | meet a new folder | `cross_entropy(…, reduction="none")`, `argsort` | worst first; look, don't delete |
#
# And in this course: `vl.transforms.denormalize`, `vl.widgets.overlay_builder`, `vl.viz.boxes`, `vl.viz.grid` and
# `vl.viz.worst`. The last three too stretch what lies outside 0 … 1, so undo `Normalize` first.
#
# ---
# **Before:** [lesson 4, detection](04_detection.ipynb). **Next:** [lesson 9, rare
# classes](09_imbalance_regularization.ipynb).
