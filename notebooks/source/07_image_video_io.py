# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   vislearn:
#     minutes: 90
#     level: 2
#     after: [01_pipeline]
#     budget: {seconds: 60, memory_mb: 2000}
# ---

# %% [markdown]
# # 7. Images and videos: from bytes to tensors
#
# A file opens, and still it is wrong. The cat is blue, a third of the phone's photographs lie on their side, the
# X-rays are all white, and nothing has complained. Reading a file is one line. Knowing what came out of it is this
# lesson.
#
# **About 90 minutes · level 2 of 3 · after [lesson 1](01_pipeline.ipynb).** After this lesson you can:
#
# - tell in which order a picture's numbers stand, and put them into another one;
# - read any picture file as a person would see it, also if it is turned, transparent, or of 16 bits;
# - choose a JPEG quality by what it costs;
# - read a film frame by frame at its true times, jump in it, and write one;
# - find out why a file can't be read.

# %%
import io
import tempfile
import time
import warnings
from importlib.util import find_spec
from pathlib import Path

import av
import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor
from torchvision.io import decode_image, decode_jpeg, read_image, write_jpeg, write_png
from torchvision.transforms import functional as v1
from torchvision.transforms import v2
from torchvision.transforms.v2.functional import jpeg, pil_to_tensor, resize, to_dtype, to_image, to_pil_image
from torchvision.utils import make_grid

import vislearn as vl
from vislearn.exercises import check, hint, solution, use

# %% [markdown]
# ## 7.1 Numbers in an order
#
# Many tutorials read a picture with `read_image`. It still works. But it says something that you hardly ever see,
# because Python hides warnings of this kind:

# %%
photographs = vl.datasets.photos()                                       # name -> file
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    coffee = read_image(str(photographs["coffee"]))
print(tuple(coffee.shape), coffee.dtype, coffee.min().item(), "…", coffee.max().item())
print(str(caught[0].message).split(". They")[0])

# %% [markdown]
# So `torchvision.io` is on its way out; its films are gone already. What stays: **Pillow** opens the file, and
# `v2.functional.pil_to_tensor` makes a tensor of it. That is what this course does. The successor that torchvision
# names, **torchcodec**, is a package of its own; more about it below.

# %%
picture = Image.open(photographs["coffee"]).convert("RGB")
array = np.asarray(picture)
img = pil_to_tensor(picture)
print("Pillow: ", picture.size, "   NumPy:", array.shape, "   torch:", tuple(img.shape))
print("the same pixels as read_image:", torch.equal(img, coffee))

# %% [markdown]
# One picture, three orders, and each is somebody's habit:
#
# | who | order of axes | order of colours |
# |---|---|---|
# | Pillow's `size` | width, height | – |
# | NumPy, matplotlib, Pillow's pixels | height, width, channels: HWC | red, green, blue |
# | OpenCV (`cv2.imread`) | height, width, channels: HWC | **blue, green, red** |
# | torch, torchvision | channels, height, width: CHW | red, green, blue |
#
# `img.permute(1, 2, 0)` goes from CHW to HWC, `.permute(2, 0, 1)` back: the numbers say which old axis comes first,
# second, third.

# %% [markdown] ask="reshape"
# `torch.from_numpy(array)` is (400, 600, 3), and torchvision wants (3, 400, 600). Somebody writes
# `.reshape(3, 400, 600)`. What does the picture look like?
#
# - [ ] As it should: the shape is right.
#   The shape is, and that is why nobody notices. But no number has moved to where it belongs.
# - [x] Garish veils, one over the other, with a fine grain.
#   `reshape` counts the numbers off anew: the picture's upper third becomes red, the middle green, the lower blue.
# - [ ] An error: `reshape` may not change the order of axes.
#   It never changes any order. It only cuts the same row of numbers into other lengths, and both have 720000.

# %%
#| fig-alt: "A red cup of coffee on a wooden table, four times. As it should be; by reshape, garish veils of green, red and blue in which hardly anything can be made out; in BGR, a blue cup; by permute(2, 1, 0), lying on its side."
#| compared: structure
hwc = torch.from_numpy(array.copy())
four = [hwc.permute(2, 0, 1), hwc.reshape(3, 400, 600), hwc.permute(2, 0, 1).flip(0), hwc.permute(2, 1, 0)]
to_pil_image(make_grid([v2.functional.center_crop(resize(one, 240), [240, 352]) for one in four], nrow=2, padding=6))

# %% [markdown]
# Only the first is right. The blue cup below it has its colours in OpenCV's order; the last has height and width
# mixed up. A network says nothing to either: lesson 8 measures how little its accuracy falls. So look at one picture
# before you train.
#
# **Exercise 1 — from OpenCV** (★, 5 minutes). A picture as `cv2.imread` returns it, made fit for torchvision.
# `hint("pixels.rgb_tensor")` gives a push, `solution("pixels.rgb_tensor")` a way to do it.

# %% tags=["exercise:pixels.rgb_tensor"]
# The build writes the starter of pixels.rgb_tensor here.

# %%
check("pixels.rgb_tensor", rgb_tensor)

# %%
rgb_tensor = use("pixels.rgb_tensor", rgb_tensor)

as_opencv_reads_it = array[..., ::-1].copy()
print("right:", torch.equal(torch.as_tensor(rgb_tensor(as_opencv_reads_it)), img))

# %% [markdown]
# Next trap: the picture is too dark, so you write `img + 100`. A byte holds 0 to 255. What becomes of a pixel of 200?

# %%
#| fig-alt: "The cup of coffee twice. On the left everything bright has turned into garish dark patches; on the right the whole picture is brighter, and its brightest parts are white."
#| compared: structure
byte = torch.tensor([200], dtype=torch.uint8)
print("200 + 100 =", (byte + 100).item(), "  100 − 200 =", (byte - byte - 100).item())

wrapped = img + 100
brighter = (img.int() + 100).clamp(0, 255).to(torch.uint8)
to_pil_image(make_grid([resize(wrapped, 220), resize(brighter, 220)], padding=6))

# %% [markdown]
# Neither 300 nor 255. A byte goes on at 0, as a clock does at 12, and warns nobody. (Pillow and OpenCV stop at 255;
# torch and NumPy don't.) Whenever you *calculate*, leave the bytes: `.int()` or `.float()` first, then `clamp`, then back. Or
# `to_dtype(img, torch.float32, scale=True)`, which divides by 255; `.float()` alone doesn't.
#
# ## 7.2 One cat, seventeen files
#
# Here is a folder of small files. All show the same cat, and a person sees hardly any difference. Each is stored in
# another way, of a kind that somebody will send you. What do two readers make of them?

# %%
folder = vl.datasets.odd_pictures()


def by_pillow(path):
    """As Pillow has it, without any conversion."""
    return pil_to_tensor(Image.open(path))


def by_torchvision(path):
    """As torchvision has it; today it reads from a file's name, tomorrow from nowhere."""
    return decode_image(str(path))


readers = {"Pillow": by_pillow, "torchvision.io": by_torchvision}
if find_spec("torchcodec"):                                              # pip install torchcodec
    from torchcodec.decoders import decode_image as by_torchcodec

    readers["torchcodec"] = by_torchcodec

# %%
#| words: [file, mode]
#| fold: "Reads each file with each reader, and writes down shape, type and largest value."
def told(reader, path):
    """What a reader makes of a file, in a few words."""
    try:
        pixels = reader(path)
    except (RuntimeError, ValueError, OSError):
        return "refused"
    return f"{tuple(pixels.shape)} {str(pixels.dtype)[6:]}, up to {pixels.long().max()}"


vl.viz.table(
    [
        {"file": path.name, "mode": Image.open(path).mode}
        | {name: told(read, path) for name, read in readers.items()}
        for path in sorted(folder.glob("*.*"))
        if path.suffix != ".json"
    ],
    caption="One cat in seventeen files: what two readers make of them",
)

# %% [markdown]
# Count the surprises. One, two, three or four channels. A `turned.jpg` that is higher than wide. A `palette.png` that
# ends at 63, a `twelve_bit.png` at 3035. torchvision refuses AVIF, BMP, TIFF and
# animated WebP; of an animated GIF it gives two frames where Pillow gives one.
#
# torchcodec, where it is installed, answers with (3, 120, 160) and uint8 to nearly all of them: it converts to RGB,
# turns photographs upright and scales 16 bits by itself. But it, too, refuses BMP and TIFF, throws transparency away,
# and gives two frames of animated files.

# %% [markdown] ask="palette"
# `palette.png` holds one channel of numbers from 0 to 63. What are they?
#
# - [ ] Gray levels of a very dark picture.
#   So it looks, and so a network would take it. But a 12 in it may be lighter than a 40.
# - [ ] Colours, packed into 6 bits each.
#   Then there would be a rule from number to colour. There is only a list.
# - [x] Places in a list of 64 colours.
#   The list, the *palette*, stands in the file beside the pixels. `.convert("RGB")` looks each number up.

# %%
#| fig-alt: "Six small pictures of a cat's face, all wrong: very dark and with its brightness mixed up, lying on its side, complete where half of it should be hidden, all white, white again with a few specks, and as a negative."
#| compared: structure
def three(pixels):
    """Any pixels as three channels of bytes, to be looked at: gray three times, else the first three."""
    pixels = pixels.expand(3, -1, -1) if len(pixels) == 1 else pixels[:3]
    return resize(pixels.to(torch.uint8), [150, 200], antialias=True)


wrong = [
    pil_to_tensor(Image.open(folder / "palette.png")),                   # places in a list, taken for gray
    pil_to_tensor(Image.open(folder / "turned.jpg")),                    # EXIF's note not read
    pil_to_tensor(Image.open(folder / "alpha.png").convert("RGB")),      # what was hidden shows
    pil_to_tensor(Image.open(folder / "sixteen_bit.png").convert("RGB")),
    pil_to_tensor(Image.open(folder / "twelve_bit.png").convert("RGB")),
    pil_to_tensor(Image.open(folder / "cmyk.jpg")),                      # four inks, three taken for colours
]
to_pil_image(make_grid([three(one) for one in wrong], nrow=3, padding=6))

# %% [markdown]
# `.convert("RGB")`, which everybody writes, puts palette, gray and CMYK right. It does nothing about the other three:
#
# - **EXIF orientation.** A camera stores pixels as they come and notes how it was held. `ImageOps.exif_transpose`
#   obeys the note.
# - **Transparency.** The fourth channel, *alpha*, says how much of a pixel is there. `.convert("RGB")` drops it, and
#   what was cut away comes back. Lay the picture on white: `Image.alpha_composite`.
# - **16 bits**, as microscopes, X-rays and depth cameras write them: 0 to 65535. Look:

# %%
sixteen = Image.open(folder / "sixteen_bit.png")
print("mode:", sixteen.mode, "  convert:", np.unique(np.asarray(sixteen.convert("RGB"))))
old = v1.to_tensor(sixteen)                                              # transforms.ToTensor, version 1
print("version 1:", old.dtype, old.min().item(), "…", old.max().item())
new = to_dtype(to_image(sixteen), torch.float32, scale=True)             # version 2
print(f"version 2: {new.dtype} {new.min():.3f} … {new.max():.3f}")

# %% [markdown]
# `convert` cuts everything above 255 off: white. The first version of the transforms gives int16, in which everything
# above 32767 has become negative; no error, no division by 255. Version 2 divides by 65535, because it looks at the
# type.
#
# One thing no reader can know: `twelve_bit.png` comes from a camera of 12 bits, so its white is 4095. Divided by
# 65535 the picture is nearly black. You must say it: `pixels / 4095`.
#
# **Exercise 2 — a safe reader** (★★, 12 minutes). One function for all of these: upright, on white, 16 bits scaled.

# %% tags=["exercise:pixels.safe_read"]
# The build writes the starter of pixels.safe_read here.

# %%
check("pixels.safe_read", safe_read)

# %%
#| fig-alt: "Eight times the same cat's face, upright and in the right brightness: in colour, gray, and twice with a white right half."
#| compared: structure
safe_read = use("pixels.safe_read", safe_read)

names = ["palette", "turned", "alpha", "cmyk", "gray", "gray_alpha", "sixteen_bit", "animated"]
paths = [min(folder.glob(f"{name}.*")) for name in names]
cats = torch.stack([torch.as_tensor(safe_read(path)) for path in paths])
theirs = torch.stack([vl.io.read_image(path) for path in paths])
print("levels between yours and vl.io.read_image, at most:", (cats.int() - theirs.int()).abs().max().item())
to_pil_image(make_grid([three(one) for one in cats], nrow=4, padding=6))

# %% [markdown]
# `vl.io.read_image` does the same, and says in one sentence what is wrong with a file that is cut off, empty, or no
# picture at all. And writing? `write_png` and `write_jpeg` are torchvision's, `picture.save(file)` is Pillow's:

# %%
file = Path(tempfile.mkdtemp()) / "cat.png"
write_png(cats[0], str(file))
write_jpeg(cats[0], str(file.with_suffix(".jpg")), quality=95)
for kind in [".png", ".jpg"]:
    back = read_image(str(file.with_suffix(kind)))
    print(kind, file.with_suffix(kind).stat().st_size, "bytes, the same numbers:", torch.equal(back, cats[0]))

# %% [markdown]
# PNG keeps every number. JPEG doesn't, and it is time to see what it does instead.
#
# ## 7.3 What a JPEG throws away
#
# A JPEG cuts the picture into blocks of 8 × 8 pixels and writes each block as a sum of 64 waves: the first is flat,
# the last the finest chessboard. Then it divides each wave's strength by a number from a table, and **rounds**.
# There most of what is lost gets lost. With torch it is three lines:

# %%
cat = Image.open(folder / "plain.png").convert("L")
buffer = io.BytesIO()
cat.save(buffer, "JPEG", quality=30)
saved = Image.open(buffer)

number = torch.arange(8)
waves = torch.cos((2 * number + 1) * number[:, None] * torch.pi / 16) / 2               # (8, 8): one wave in each row
waves[0] /= 2**0.5
table = torch.tensor(saved.quantization[0]).reshape(8, 8)                # as it stands in the file
block, shown = (pil_to_tensor(one)[0, 56:64, 64:72].float() for one in (cat, saved))

strengths = waves @ (block - 128) @ waves.T                              # 64 waves
kept = (strengths / table).round()                                       # what the file holds: small whole numbers
again = waves.T @ (kept * table) @ waves + 128
print("numbers that are not 0:", int((strengths.abs() > 0.5).sum()), "before,", int((kept != 0).sum()), "in the file")
print(f"levels from the original, on average: {(again - block).abs().mean():.1f}")
print(f"levels from Pillow's decoder, at most: {(again - shown).abs().max():.1f}")

# %% [markdown]
# Your block is Pillow's, to a level. Most of its numbers have become 0, and zeros cost next to nothing. Here is the
# whole way, for another block. Press Tab up to the slider, then the arrow keys:

# %%
#| compared: structure
vl.widgets.stepper(list(vl.steps.jpeg(Image.open(folder / "plain.png"), quality=30)))

# %% [markdown]
# How much is lost? The usual measure is the **PSNR**, in decibels (dB): the mean squared error, against the largest
# that a byte allows, on a logarithmic scale. 30 dB is visibly worse, at 40 dB hardly anyone sees a difference, and 6 dB more mean
# differences half as large.
#
# **Exercise 3 — PSNR** (★, 6 minutes). Two pictures in, decibels out. Remember what bytes do when you subtract.

# %% tags=["exercise:pixels.psnr"]
# The build writes the starter of pixels.psnr here.

# %%
check("pixels.psnr", psnr)

# %% [markdown]
# Now measure. The eye sees brightness sharper than colour, so most programs store colours at *half* the width and
# height: **4:2:0**, Pillow's default too. `subsampling=0` keeps them whole: **4:4:4**.

# %%
#| fig-alt: "Two panels over the quality from 10 to 100. Left, KiB: both lines rise slowly, and steeply from 90 on. Right, decibels: whole colours lie above halved ones everywhere; at 100 they reach 51, halved ones only 40."
#| compared: structure
#| words: [Size, Likeness]
psnr = use("pixels.psnr", psnr)

astronaut = Image.open(photographs["astronaut"]).convert("RGB")


def compress(picture, quality, subsampling="4:2:0"):
    """KiB of a picture as JPEG, and its PSNR."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality, subsampling=subsampling)
    return buffer.tell() / 1024, float(psnr(pil_to_tensor(Image.open(buffer)), pil_to_tensor(picture)))


qualities = [10, 25, 50, 75, 85, 90, 95, 100]
halved, whole = [[compress(astronaut, quality, kind) for quality in qualities] for kind in ("4:2:0", "4:4:4")]
panels = {
    title: {"4:2:0": [one[at] for one in halved], "4:4:4": [one[at] for one in whole]}
    for at, title in enumerate(["Size", "Likeness"])
}
vl.viz.curves(panels, x=qualities, xlabel="quality", ylabel=["KiB", "PSNR in dB"], height=270)

# %%
#| within: {"dB, quality 100 with colours halved": 0.5, "dB, quality 95 with colours whole": 0.5}
for name in ["astronaut", "coffee", "flower", "rocket"]:
    photograph = Image.open(photographs[name]).convert("RGB")
    (size, likeness), (less, better) = compress(photograph, 100), compress(photograph, 95, "4:4:4")
    print(f"{name:10} 100, 4:2:0: {size:4.0f} KiB {likeness:.1f} dB    95, 4:4:4: {less:4.0f} KiB {better:.1f} dB")
vl.report.metric("dB, quality 100 with colours halved", compress(astronaut, 100)[1])
vl.report.metric("dB, quality 95 with colours whole", compress(astronaut, 95, "4:4:4")[1])

# %% [markdown]
# **Quality 100 is no better than 95 where it matters**: on all four, 95 with whole colours is nearer to the original, and in
# fewer bytes. From 95 on you pay double for rounding that nobody sees, while the colours stay halved. (A picture with
# few fine colours, such as the course's tabby cat, profits from 100.) And 75, Pillow's default, takes less than half the
# bytes of 95.

# %% [markdown] ask="fifty"
# "Each save makes a JPEG worse." You open a JPEG and save it again at the same quality, fifty times. What has become
# of it?
#
# - [ ] Mush: errors add up.
#   They would if each save rounded *other* numbers. But the same blocks are divided by the same table again.
# - [x] Hardly anything: a few tenths of a decibel are gone.
#   What was rounded once already stands on a multiple of the table's number, and rounding it again changes nothing.
# - [ ] Exactly nothing has changed since the first save.
#   Nearly. Pixels are rounded to whole levels in between, and colours are halved anew, so a little creeps on for a while.

# %%
#| fig-alt: "Three times the astronaut's face. After one save and after fifty saves there is no difference to be seen; after fifty saves with a pixel cut off each time the face is full of grain and coloured patches."
#| compared: structure
#| within: {"dB lost by 49 more saves": 0.15, "dB lost when a pixel is cut off each time": 3}
original = pil_to_tensor(astronaut)
once = jpeg(original, 75)                                                # torchvision: encode, and decode again
often, cut = once, once[:, 1:, 1:]
for _ in range(49):
    often = jpeg(often, 75)
    cut = jpeg(cut, 75)[:, 1:, 1:]                                       # somebody crops by a pixel before saving
vl.report.metric("dB lost by 49 more saves", psnr(once, original) - psnr(often, original))
vl.report.metric("dB lost when a pixel is cut off each time", psnr(once, original) - psnr(cut, original[:, 50:, 50:]))
faces = [once[:, 60:220, 140:340], often[:, 60:220, 140:340], cut[:, 10:170, 90:290]]
to_pil_image(resize(make_grid(faces, padding=3), 220, interpolation=v2.InterpolationMode.NEAREST))

# %% [markdown]
# The saying is true for whoever *edits* in between: cut off one pixel, and the blocks lie elsewhere, so that everything
# is rounded anew. Resizing, turning and another quality do the same. Keep what you work on as PNG.
#
# **Exercise 4 — as good as fits** (★★, 8 minutes). A web form takes pictures of at most 40 kB. Which quality?

# %% tags=["exercise:pixels.best_quality"]
# The build writes the starter of pixels.best_quality here.

# %%
check("pixels.best_quality", best_quality)

# %%
best_quality = use("pixels.best_quality", best_quality)

for name in ["astronaut", "coffee", "temple"]:
    photograph = Image.open(photographs[name]).convert("RGB")
    quality = best_quality(photograph, 40_000)
    size, likeness = compress(photograph, quality)
    print(f"{name:10} quality {quality}: {1024 * size:.0f} bytes, {likeness:.1f} dB")

# %% [markdown]
# Try it with your own hands; the picture of errors shows where a JPEG saves. Without a running kernel you see it at 75.

# %%
#| compared: structure
vl.widgets.jpeg_lab(astronaut.crop((130, 20, 370, 220)))

# %% [markdown]
# Last question about pictures: which reader is fast? Below, one photograph of 1200 × 900 pixels, in four formats. *draft* is
# Pillow's shortcut for JPEGs that you shrink anyway: it decodes fewer waves per block, here a quarter of the size.

# %%
#| fold: "Times three ways to read a JPEG, and the other formats, each the best of five, against Pillow's JPEG."
#| fig-alt: "Bars: how many times as fast as Pillow reads a JPEG. Pillow's draft mode and torchvision are above 1; PNG, WebP and AVIF are below 1."
#| compared: structure
large = astronaut.resize((1200, 900))
stored = {}
for kind, options in {"JPEG": {}, "PNG": {}, "WebP": {}, "AVIF": {}}.items():
    buffer = io.BytesIO()
    if kind != "AVIF" or ".avif" in Image.registered_extensions():
        large.save(buffer, kind, **options)
        stored[kind] = buffer.getvalue()


def read(data, draft=None):
    """Decode with Pillow."""
    image = Image.open(io.BytesIO(data))
    if draft:
        image.draft("RGB", draft)
    return pil_to_tensor(image)


def seconds(function, *given):
    """The best of five calls."""
    taken = []
    for _ in range(5):
        since = time.perf_counter()
        function(*given)
        taken.append(time.perf_counter() - since)
    return min(taken)


as_tensor = torch.frombuffer(bytearray(stored["JPEG"]), dtype=torch.uint8)
usual = seconds(read, stored["JPEG"])
speed = {
    "JPEG, Pillow, draft": usual / seconds(read, stored["JPEG"], (300, 225)),
    "JPEG, torchvision": usual / seconds(decode_jpeg, as_tensor),
    "JPEG, Pillow": 1.0,
} | {f"{kind}, Pillow": usual / seconds(read, data) for kind, data in stored.items() if kind != "JPEG"}
vl.viz.bars(speed, xlabel="times as fast as Pillow reads a JPEG", title="Which reader is fast?", digits=1)

# %% [markdown]
# The ratios depend on the computer, the order hardly does. PNG is the slowest to *read*; whoever trains from large PNGs waits
# for them. If you only want it small, *draft* makes more of a difference than
# the library.
#
# ## 7.4 Films: frames at their times
#
# torchvision's `read_video` is gone (try to import it). **PyAV** reads films: it brings FFmpeg along, on any computer.
# A film comes frame by frame, and that is good: two hours of full HD are 1 *terabyte* of pixels.

# %%
films = vl.datasets.odd_films()

with av.open(str(films / "plain.mp4")) as film:
    stream = film.streams.video[0]
    print(stream.codec_context.name, stream.frames, "frames,", stream.average_rate, "per second")
    brightness = []
    for frame in film.decode(stream):                                    # one at a time: memory for one
        pixels = torch.from_numpy(frame.to_ndarray(format="rgb24")).permute(2, 0, 1)    # "bgr24": blue people
        brightness.append(pixels.float().mean())
print(tuple(pixels.shape), pixels.dtype, "   mean brightness:", f"{torch.stack(brightness).mean():.0f}")
print("the last frame appears at", f"{frame.time:.3f} s; the stamp: {frame.pts} times {frame.time_base} s")

# %% [markdown] ask="pace"
# `variable_rate.mp4` is from a phone in a dark room. Its header says 48 frames, 16 per second on average. When does
# frame 30 appear?
#
# - [ ] After 30/16 s, about 1.9 s.
#   If all frames stayed equally long. Phones let them stay longer when light is scarce.
# - [ ] After 30/24 s, 1.25 s: films have 24 frames per second.
#   Many have. This one says 16, and even that is only a mean.
# - [x] The header can't tell; the frame's own time stamp can.
#   Each frame has one. No division of its number gives it.

# %%
#| fig-alt: "Two lines over the frame's number, 0 to 47. Number divided by the rate is a straight line from 0 to 3 s. The true time lies below it until frame 24, rises steeply until frame 30, then lies above it; at the end both meet."
#| within: {"seconds between the two, at worst": 0.02}
with av.open(str(films / "variable_rate.mp4")) as film:
    rate = film.streams.video[0].average_rate
    times = torch.tensor([frame.time for frame in film.decode(video=0)])
divided = torch.arange(len(times)) / float(rate)
vl.report.metric("seconds between the two, at worst", (times - divided).abs().max())
print(f"frame 30: {times[30]:.2f} s, by division {divided[30]:.2f} s")
vl.viz.curves(
    {"time stamp": times, "number / rate": divided}, x=list(range(48)),
    xlabel="number of the frame", ylabel="seconds", title="When does a frame appear?", height=250,
)

# %% [markdown]
# Half a second beside the truth. A goal, a fall, a word and its lips no longer fit. So go by time:
#
# **Exercise 5 — on the screen** (★★, 8 minutes). Time stamps in, and which frames are on the screen at even steps.

# %% tags=["exercise:pixels.on_screen"]
# The build writes the starter of pixels.on_screen here.

# %%
check("pixels.on_screen", on_screen)

# %%
#| fig-alt: "Twelve small frames in two rows of six, from the same film, with the frame's number in the corner of each. By time, numbers in the middle follow each other closely; every eighth frame, they rise evenly."
#| compared: structure
on_screen = use("pixels.on_screen", on_screen)

by_time = torch.as_tensor(on_screen((1000 * times).round().long(), 500)).tolist()
with av.open(str(films / "variable_rate.mp4")) as film:
    frames = [torch.from_numpy(frame.to_ndarray(format="rgb24")).permute(2, 0, 1) for frame in film.decode(video=0)]
print("every half second:", by_time, "  every 8th frame:", list(range(0, 48, 8)))
to_pil_image(make_grid([frames[at] for at in [*by_time, *range(0, 48, 8)]], nrow=6, padding=4))

# %% [markdown]
# Two more traps. **Rotation:** a phone stores its film as the sensor lies, with a note how to turn it. PyAV reads the note and leaves the turning
# to you; `frame.rotation` says by how much, counter-clockwise. **Sound:** `decode(video=0)` leaves it alone, and a film
# that you write from frames is silent.

# %%
#| fig-alt: "The same frame twice: on the left lying on its side, on the right upright."
#| compared: structure
with av.open(str(films / "rotated.mp4")) as film:
    frame = next(film.decode(video=0))
lying = torch.from_numpy(frame.to_ndarray(format="rgb24")).permute(2, 0, 1)
upright = torch.rot90(lying, frame.rotation // 90, (1, 2))
print("rotation:", frame.rotation, "  stored:", tuple(lying.shape), "  upright:", tuple(upright.shape))

first = next(vl.io.read_frames(films / "rotated.mp4"))                   # the same in one line
print("vl.io.read_frames:", first.index, first.time, torch.equal(first.pixels, upright))
both = [v2.functional.center_crop(one, [160, 160]) for one in (lying, upright)]
to_pil_image(resize(make_grid(both, padding=4), 150))

# %% tags=["exact"]
with av.open(str(films / "with_sound.mp4")) as film:
    print([stream.type for stream in film.streams], "→", {type(frame).__name__ for frame in film.decode(video=0)})

# %% [markdown]
# **Writing** is the same in reverse. Two options matter later: how often there is a *key frame*, and how colours are
# stored.

# %%
def write(path, pictures, key_every=12, colours="yuv420p"):
    """Write uint8 pictures (3, H, W), H and W even, as an H.264 film of 24 frames per second."""
    if "libx264" not in av.codecs_available:
        raise RuntimeError("this PyAV was built without libx264, which writes H.264: take the one pip installs")
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=24, options={"x264-params": f"keyint={key_every}:scenecut=0"})
        _, stream.height, stream.width = pictures[0].shape
        stream.pix_fmt = colours
        for picture in pictures:
            hwc = picture.permute(1, 2, 0).contiguous().numpy()
            film.mux(stream.encode(av.VideoFrame.from_ndarray(hwc, format="rgb24")))
        film.mux(stream.encode())                                        # what the encoder still holds back
    return path

# %%
#| fig-alt: "Red lines on blue, enlarged, three times. As drawn, sharp and red. By yuv420p, the thin lines have become purple and dark. By yuv444p, nearly as drawn."
#| compared: structure
place = Path(tempfile.mkdtemp())
lines = torch.zeros(3, 96, 96, dtype=torch.uint8)
lines[2] = 200                                                           # blue
for left, width in [(9, 1), (23, 1), (37, 2), (52, 3), (69, 5)]:
    lines[:, 16:80, left : left + width] = torch.tensor([230, 0, 0], dtype=torch.uint8)[:, None, None]
looks = [lines]
for colours in ["yuv420p", "yuv444p"]:
    with av.open(str(write(place / f"{colours}.mp4", 3 * [lines], colours=colours))) as film:
        looks.append(torch.from_numpy(next(film.decode(video=0)).to_ndarray(format="rgb24")).permute(2, 0, 1))
print("a pixel of a thin line:", [one[:, 40, 9].tolist() for one in looks])
to_pil_image(resize(make_grid(looks, padding=2), 200, interpolation=v2.InterpolationMode.NEAREST))

# %% [markdown]
# `yuv420p` is 4:2:0 again, as nearly all films have it: the thin red line is no longer red. Don't read colours from thin things in a
# film: traffic lights far away, coloured cables, a laser's dot.

# %% [markdown] ask="seek"
# Only a *key frame* stands by itself; all others say what has changed since. You jump to 12 places in a film of 72
# frames whose only key frame is its first. How many frames must be decoded?
#
# - [ ] 12
#   If each place had a key frame. Such films are easy to jump in, and five times as large.
# - [ ] 72: the film once.
#   If the decoder remembered it all. It remembers a few frames, and begins at the key frame again.
# - [x] Several hundred.
#   Each jump decodes everything from the key frame to its place: half the film on average.

# %%
#| within: {"frames decoded, a key frame every 12": 30}
def decoded_by(path, moments):
    """How many frames are decoded to see the ones at some moments."""
    count = 0
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        for moment in moments:
            film.seek(int(moment / stream.time_base), stream=stream)     # to the key frame before
            for frame in film.decode(stream):
                count += 1
                if frame.time + 1 / 24 > moment:
                    break
    return count


with av.open(str(vl.datasets.clip())) as film:
    clip = [torch.from_numpy(frame.to_ndarray(format="rgb24")).permute(2, 0, 1) for frame in film.decode(video=0)]
moments = torch.linspace(0.1, 2.9, 12).tolist()
for every in [1, 12, 250]:
    path = write(place / f"{every}.mp4", clip, key_every=every)
    count, size = decoded_by(path, moments), path.stat().st_size / 1024
    print(f"a key frame every {every:3}: {count:4} frames decoded, {size:4.0f} KiB")
vl.report.metric("frames decoded, a key frame every 12", decoded_by(place / "12.mp4", moments))

# %% [markdown]
# So read a film from front to back where you can, and where you must jump, jump in rising order or write it anew with more
# key frames. Jump about yourself; then see a film at a glance, by frames from equal parts of its *time*:

# %%
#| compared: structure
vl.widgets.video_scrubber(films / "far_keys.mp4")

# %%
#| fig-alt: "Six small frames of a panning film in a row, each with the time at which it appears and its number."
#| compared: pictures
print(vl.io.video_info(films / "variable_rate.mp4"))
vl.viz.film_sheet(films / "variable_rate.mp4", count=6)

# %% [markdown]
# And films that are none? PyAV speaks to its authors. The course's reader speaks to you:

# %%
for name in ["sound_alone.mp4", "no_frames.avi", "cut_off.mp4"]:
    try:
        with av.open(str(films / name)) as film:
            print(f"PyAV: {len(list(film.decode(video=0)))} frames, and no complaint")
    except (av.error.FFmpegError, IndexError) as trouble:
        print("PyAV:", type(trouble).__name__)
    try:
        list(vl.io.read_frames(films / name))
    except vl.errors.FileError as trouble:
        print("  vl:", str(trouble).replace(str(films), "…"))

# %% [markdown]
# torchcodec, torchvision's successor, is shorter still: `VideoDecoder(path).get_frame_played_at(1.0)`. It turns frames
# upright and goes by time stamps. But it needs FFmpeg's libraries on the computer, which PyAV brings along.

# %%
try:
    from torchcodec.decoders import VideoDecoder

    shown = VideoDecoder(str(films / "rotated.mp4")).get_frame_played_at(1.0)
    print("torchcodec:", tuple(shown.data.shape), shown.data.dtype, f"shown from {shown.pts_seconds:.3f} s on")
except ModuleNotFoundError:
    print("torchcodec is not here: pip install torchcodec")
except (ImportError, RuntimeError, OSError):
    print("torchcodec is here, but no FFmpeg for it: install FFmpeg 4 to 9 with its shared libraries")

# %% [markdown]
# ## 7.5 Project: one sharp picture of every second
#
# Somebody has filmed a wall of photographs by walking past it. Most frames are blurred, the pace is uneven, and the phone was held
# in its own way each time. You want *one* sharp picture of each second, upright.
#
# **Exercise 6 — the sharpest** (★★★, 25 minutes). How do you measure "sharp"? Think of what neighbours have in common
# in a blurred picture. Don't keep all frames: the film could be long. The check takes three films; all pictures must be
# sharp, of their own second, and upright.

# %% tags=["exercise:pixels.sharpest"]
# The build writes the starter of pixels.sharpest here.

# %%
check("pixels.sharpest", sharpest)

# %% [markdown]
# ## 7.6 Recall
#
# Five questions, without looking back.

# %% [markdown] recall="xray" lesson="07_image_video_io"
# A folder of X-rays, mode `I;16`. After `.convert("RGB")` all are white. What happened?
#
# - [ ] They are too bright, and need Normalize.
#   What was cut off at 255 doesn't come back.
# - [x] Everything above 255 was cut off, and white is 65535 there.
#   `to_dtype(pil_to_tensor(picture), torch.float32, scale=True)` divides by what the type allows.
# - [ ] The files are damaged.
#   They are fine. Look at `picture.mode` first.

# %% [markdown] recall="stamp" lesson="07_image_video_io"
# At which second is frame 100 of a phone's film?
#
# - [ ] At 100 / `average_rate`.
#   Only if all frames stay equally long.
# - [ ] At 100 × `time_base`.
#   That is the unit of the stamps, not the time between frames.
# - [x] At its own time stamp, `frame.time`.
#   Nothing else is true of every film.

# %% [markdown] recall="scale" lesson="01_pipeline"
# `v2.ToDtype(torch.float32)` without `scale=True`, on bytes. What comes out?
#
# - [ ] Numbers from 0 to 1.
#   That is what `scale=True` is for.
# - [x] The same numbers, 0 to 255, as floats.
#   And `Normalize` then makes numbers of several hundred of them.
# - [ ] An error.
#   Nothing complains.

# %% [markdown] recall="upside" lesson="00_overview"
# A picture tensor has shape (3, 427, 640). How wide is the picture?
#
# - [ ] 427 pixels
#   That is its height: channels, height, width.
# - [x] 640 pixels
#   Width comes last in torch. Pillow's `size` says (640, 427).
# - [ ] 3 pixels
#   Those are the channels.

# %% [markdown] recall="blue" lesson="01_pipeline"
# Training pictures were read with OpenCV and never converted. Later the model gets pictures read with Pillow. What
# happens?
#
# - [ ] An error: the channels don't fit.
#   Both have three. No shape differs.
# - [x] It answers, and is wrong more often.
#   Preparation must be the same for training and use. Red and blue have changed places between the two.
# - [ ] Nothing: networks don't look at colour.
#   Some classes hardly need it. A ripe tomato does.

# %% [markdown]
# ## 7.7 Summary
#
# | you want to | use | remember |
# |---|---|---|
# | read a picture | `pil_to_tensor(Image.open(file).convert("RGB"))` | `torchvision.io` is on its way out |
# | read any picture | `ImageOps.exif_transpose`, alpha on white, 16 bits by `to_dtype(…, scale=True)` | look at `mode` |
# | HWC to CHW | `.permute(2, 0, 1)` | never `reshape` |
# | BGR to RGB | `.flip(0)` of CHW | nothing complains if you forget |
# | calculate | `.float()` or `to_dtype(…, scale=True)` first | 200 + 100 = 44 in bytes |
# | keep all | PNG, `write_png` | slow to read |
# | save as JPEG | `quality=95, subsampling=0`, or 75 to save space | 100 isn't better |
# | imitate JPEG | `v2.JPEG`, `v2.functional.jpeg` | a fine augmentation |
# | read a film | `av.open`, `film.decode(video=0)` | `frame.time`, `frame.rotation` |
# | jump | `film.seek`, then decode to the place | costs by key frames |
#
# And in this course: `vl.io.read_image`, `vl.io.read_frames`, `vl.io.video_info` and `vl.viz.film_sheet`.
#
# ---
# **Before:** [lesson 6, vision operations](06_vision_ops.ipynb). **Next:** [lesson 8, looking](08_visualization.ipynb).
