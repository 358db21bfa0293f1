# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   vislearn:
#     minutes: 90
#     level: 2
#     after: [02_transfer_learning, 04_detection]
#     budget: {seconds: 60, memory_mb: 2000}
# ---

# %% [markdown]
# # 10. Which model? Accuracy, time, size, and a licence
#
# torchvision has more than a hundred networks. Tutorials take `resnet50`, out of habit. A phone may need one that is
# a tenth as large, a server may want one that is right more often, and a shop may not be *allowed* to use some of them at
# all. You can find out which one fits before you train anything, on your own computer, in a minute.
#
# **About 90 minutes · level 2 of 3 · after [lesson 2](02_transfer_learning.ipynb) and
# [lesson 4](04_detection.ipynb).** After this lesson you can:
#
# - read from a weights enum what a network scores, weighs and calculates, and what its licence is;
# - say what a residual, a depthwise convolution, squeeze-and-excite and a patch are, in ten lines each;
# - count multiply-adds, and say why they don't tell the time;
# - measure time and memory, draw the trade-off, and pick under limits;
# - make the chosen network quicker, and know what it costs.

# %%
import copy
import time
import warnings

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision import models
from torchvision.models import WeightsEnum, get_model, get_model_weights, list_models
from torchvision.ops import Conv2dNormActivation, SqueezeExcitation
from torchvision.transforms import v2
from torchvision.transforms.v2.functional import pil_to_tensor, to_pil_image
from torchvision.utils import draw_bounding_boxes, draw_keypoints

import vislearn as vl
from vislearn.exercises import check, hint, solution, use

# %% [markdown]
# ## 10.1 What there is
#
# `list_models` gives names, `get_model_weights` what is known of each. Nothing is downloaded for it: the facts stand in
# the enum itself.

# %% tags=["exact"]
print(len(list_models()), "networks, of them for detection:", len(list_models(module=models.detection)))

weights = models.ResNet50_Weights.DEFAULT
print(weights.name, weights.meta["_metrics"])
print(f"{weights.meta['num_params'] / 1e6:.1f} million parameters, {weights.meta['_ops']:.2f} billion multiply-adds,",
      f"{weights.meta['_file_size']:.0f} MB")
print("licence of its own:", models.ViT_L_16_Weights.IMAGENET1K_SWAG_E2E_V1.meta.get("license"))

# %% [markdown]
# `DEFAULT` is the newest set of weights, not the first. The same `resnet50` scores 76.1 % with `IMAGENET1K_V1` and 80.9 %
# with `IMAGENET1K_V2`: same network, same time, a better training recipe. So **choose weights, not only a network.**
#
# The source text recommends two things that you will look for in vain here. `EfficientNet-Lite` is not in torchvision; it
# is in another library, `timm`, as `tf_efficientnet_lite0`. And `Efficientnet_V2_S_Weights` was never the name:

# %% tags=["exact"]
print("lite:", [name for name in list_models() if "lite" in name])
print(hasattr(models, "Efficientnet_V2_S_Weights"), hasattr(models, "EfficientNet_V2_S_Weights"))

# %% [markdown]
# All of it as one list, `vl.models.catalog()`. It says the same as the enum:

# %%
listed = {one.name: one for one in vl.models.catalog("classification")}
assert listed["resnet50"].scores == weights.meta["_metrics"]["ImageNet-1K"]
assert listed["resnet50"].operations == weights.meta["_ops"]

by_size = sorted(listed.values(), key=lambda one: one.parameters)
by_score = sorted(listed.values(), key=lambda one: one.score)
vl.viz.table([{"network": one.name, "weights": one.weights, "top-1, %": f"{one.score:.1f}", "MB": f"{one.file_mb:.0f}",
               "10⁹ multiply-adds": f"{one.operations:.2f}", "own licence": "yes" if one.license else "no"}
              for one in by_size[:4] + by_score[-4:]], caption="The smallest and the best of torchvision's classifiers, as published")

# %% [markdown]
# **Exercise 1 — read the enum** (★, 5 minutes). Accuracy, parameters, and the side of the picture that it was measured on:
# a score at 384 pixels costs about three times the work of one at 224. `hint("choosing.read_weights")` gives a push,
# `solution("choosing.read_weights")` a way to do it.

# %% tags=["exercise:choosing.read_weights"]
# The build writes the starter of choosing.read_weights here.

# %%
check("choosing.read_weights", read_weights)

# %%
read_weights = use("choosing.read_weights", read_weights)

for name in ("mobilenet_v3_large", "efficientnet_v2_s", "convnext_tiny", "vit_b_16"):
    accuracy, millions, side = read_weights(get_model_weights(name).DEFAULT)
    print(f"{name:20} {accuracy:.1f} %  {millions:6.1f} million  {side} px")

# %% [markdown]
# ## 10.2 Four ideas that they are made of
#
# A hundred networks, but few ideas. Here are the four that you meet everywhere, on one photograph:

# %%
#| fold: Shows each of the four ideas on a photograph.
#| words: ["residual: x", "depthwise: red, blurred", "green, edges", "blue, as it is", "squeeze-excite: x", "squeeze: three means", "excite: x · gates", "patch: x", "sixteen patches", "four of them, in a row"]
#| fig-alt: "Twelve small pictures, three for each idea. Residual: a cat, its edges, and both added, which is a sharper cat. Depthwise: the red, green and blue parts, each filtered in a way of its own. Squeeze-excite: the cat, its three means as three even grays, and the cat with red strengthened. Patch: the cat, cut into sixteen squares, and four of them in a row."
#| compared: pictures
cat = v2.Compose([v2.Resize(128), v2.CenterCrop(128)])(Image.open(vl.datasets.photos()["cat"]).convert("RGB"))
cat = v2.functional.to_dtype(pil_to_tensor(cat), torch.float32, scale=True)                # (3, 128, 128)
edges = cat - v2.functional.gaussian_blur(cat, 9)
gray = [part.expand(3, -1, -1) for part in cat.split(1)]
means = cat.mean((1, 2), keepdim=True)
gates = torch.tensor([1.3, 0.8, 0.5]).view(3, 1, 1)
pieces = cat.unfold(1, 32, 32).unfold(2, 32, 32)                                           # (3, 4, 4, 32, 32)
apart = F.pad(pieces, (3, 3, 3, 3), value=1.0).permute(0, 1, 3, 2, 4).reshape(3, 152, 152)
in_a_row = F.pad(pieces, (2, 2, 48, 48), value=1.0).flatten(1, 2)[:, 4:8].permute(0, 2, 1, 3).reshape(3, 128, 144)
shown = {
    "residual: x": cat, "F(x)": edges + 0.5, "x + F(x)": cat + edges,
    "depthwise: red, blurred": v2.functional.gaussian_blur(gray[0], 9), "green, edges": 4 * (gray[1] - v2.functional.gaussian_blur(gray[1], 5)) + 0.5,
    "blue, as it is": gray[2],
    "squeeze-excite: x": cat, "squeeze: three means": means.repeat_interleave(43, 0)[:128].permute(1, 0, 2).expand(3, 128, 128),
    "excite: x · gates": cat * gates, "patch: x": cat, "sixteen patches": apart, "four of them, in a row": in_a_row,
}
vl.viz.panels({name: (one.clamp(0, 1) * 255).to(torch.uint8) for name, one in shown.items()}, columns=6, size=145)

# %% [markdown]
# - **Residual** (ResNet, 2015): a block learns what to *add* to its input. If it has nothing to add, the input passes, so
#   a hundred blocks can be trained.
# - **Depthwise** (MobileNet, 2017): each channel gets a filter of its own. A 1 × 1 convolution then mixes the channels.
# - **Squeeze-and-excite** (SENet, 2017): the mean of each channel decides how much of it goes on.
# - **Patch** (ViT, 2020): the picture is cut into squares, and each square becomes one vector, like a word.
#
# Now each by hand, and as torchvision's own module, with the same weights:

# %% tags=["exact"]
torch.manual_seed(0)
x = torch.rand(1, 8, 16, 16)


def residual(x, block):
    inner = F.relu(block.bn1(block.conv1(x)))
    inner = block.bn2(block.conv2(inner))
    return F.relu(x + inner)                                     # the idea is this plus


def depthwise(x, conv):
    single = [F.conv2d(x[:, c:c + 1], conv.weight[c:c + 1], padding=1) for c in range(x.shape[1])]
    return torch.cat(single, dim=1)                              # channel c has seen nothing but channel c


def squeeze_excite(x, module):
    means = x.mean((2, 3), keepdim=True)                         # squeeze: (N, C, 1, 1)
    gates = torch.sigmoid(module.fc2(F.relu(module.fc1(means))))
    return x * gates                                             # excite: each channel by its gate


def patches(x, conv, side):
    squares = F.unfold(x, side, stride=side).transpose(1, 2)     # (N, patches, C · side · side)
    return squares @ conv.weight.flatten(1).T + conv.bias        # one matrix for all of them


with torch.inference_mode():
    block = models.resnet.BasicBlock(8, 8).eval()
    print("residual:", torch.allclose(residual(x, block), block(x), atol=1e-5))
    conv = Conv2dNormActivation(8, 8, 3, groups=8, norm_layer=None, activation_layer=None, bias=False)[0]
    print("depthwise:", torch.allclose(depthwise(x, conv), conv(x), atol=1e-5))
    module = SqueezeExcitation(8, 2)
    print("squeeze-excite:", torch.allclose(squeeze_excite(x, module), module(x), atol=1e-5))
    vit = models.VisionTransformer(image_size=32, patch_size=8, num_layers=1, num_heads=2, hidden_dim=16, mlp_dim=16)
    photo = torch.rand(1, 3, 32, 32)
    print("patch:", torch.allclose(patches(photo, vit.conv_proj, 8), vit._process_input(photo), atol=1e-5))

# %% [markdown]
# What does depthwise save? Count. One number that a convolution gives is a sum of products: the kernel's height times
# its width times the channels it looks at. A product with its addition counts as one **multiply-add**. Some papers count
# FLOPs, products and additions apart, which makes twice as many. Mixing the two up makes any network look twice as good.
#
# **Exercise 2 — count multiply-adds** (★★, 8 minutes). Of any convolution: stride, padding, groups. Your function will
# then count a whole ResNet.

# %% tags=["exercise:choosing.conv_operations"]
# The build writes the starter of choosing.conv_operations here.

# %%
check("choosing.conv_operations", conv_operations)

# %%
#| within: {"ordinary / depthwise with 1 × 1": 0.01, "billions in resnet18, counted by hooks": 0.001, "FLOPs / multiply-adds": 0.001}
conv_operations = use("choosing.conv_operations", conv_operations)

ordinary = conv_operations(nn.Conv2d(64, 64, 3, padding=1), 56, 56)
separable = conv_operations(nn.Conv2d(64, 64, 3, padding=1, groups=64), 56, 56) + conv_operations(nn.Conv2d(64, 64, 1), 56, 56)
vl.report.metric("ordinary / depthwise with 1 × 1", ordinary / separable)

resnet = get_model("resnet18", weights=None).eval()
seen = []                                                        # each convolution, and the size that it was given
convolutions = [module for module in resnet.modules() if isinstance(module, nn.Conv2d)]
hooks = [conv.register_forward_hook(lambda conv, given, _out: seen.append((conv, given[0].shape[2:]))) for conv in convolutions]
with torch.inference_mode(), FlopCounterMode(display=False) as counter:
    resnet(torch.rand(1, 3, 224, 224))
for hook in hooks:
    hook.remove()
counts = [conv_operations(conv, *size) for conv, size in seen] + [resnet.fc.weight.numel()]
vl.report.metric("billions in resnet18, counted by hooks", sum(counts) / 1e9)
vl.report.metric("FLOPs / multiply-adds", counter.get_total_flops() / sum(counts))
print("published:", models.ResNet18_Weights.DEFAULT.meta["_ops"])

# %% [markdown]
# Eight times less for a depthwise convolution with its 1 × 1. And `_ops` in the enum counts multiply-adds, while torch's
# `FlopCounterMode` counts FLOPs, twice that.
#
# ## 10.3 Where the parameters are
#
# Parameters are what lies on the disk: four bytes each, in float32. They are not where the work is.

# %% [markdown] ask="vgg"
# `vgg16` has 138 million parameters: 13 convolutions and, at the end, three linear layers. Where do most of them lie?
#
# - [ ] In the convolutions: there are more of them.
#   All thirteen together hold 15 million. A kernel is small, and it is used at every place.
# - [x] In the linear layers at the end.
#   The first of them alone has 25,088 × 4,096 numbers, each used once.
# - [ ] About half and half.
#   Nine tenths lie at one end. Count.

# %% [markdown]
# **Exercise 3 — part by part** (★★, 6 minutes). A dict from each part's name to the numbers in it. The *meta* device below
# makes networks without memory: shapes, but no numbers, so that even a huge one takes no time.

# %% tags=["exercise:choosing.parameters_of"]
# The build writes the starter of choosing.parameters_of here.

# %%
check("choosing.parameters_of", parameters_of)

# %%
parameters_of = use("choosing.parameters_of", parameters_of)

for name in ("vgg16", "resnet50", "mobilenet_v3_small", "vit_b_16"):
    with torch.device("meta"):
        network = get_model(name, weights=None)
    counts = parameters_of(network)
    largest = max(counts, key=counts.get)
    print(f"{name:20} {sum(counts.values()) / 1e6:6.1f} million, of them {counts[largest] / sum(counts.values()):.0%} in {largest}")

# %% [markdown]
# So a large file may be a slow network or a quick one. In `mobilenet_v3_small` too, most numbers lie in the classifier
# for 1000 classes. With your ten classes in its place (lesson 2) the last layer shrinks to a hundredth.
#
# ## 10.4 Measured here
#
# How long does an answer take? Let the network run once before (the first call prepares much), then several times, and
# take the median: one call may have been disturbed. **Random weights serve as well as trained ones** for this. A network
# takes as long to be wrong as to be right.

# %%
mobile = get_model("mobilenet_v3_large", weights=None).eval()
picture = torch.rand(1, 3, 224, 224)
with torch.inference_mode():
    mobile(picture)
    seconds = []
    for _call in range(5):
        since = time.perf_counter()
        mobile(picture)
        seconds.append(time.perf_counter() - since)
print(f"{1e3 * torch.tensor(seconds).median():.0f} ms, from {1e3 * min(seconds):.0f} to {1e3 * max(seconds):.0f}")

cost = vl.models.measure(mobile, picture)                        # the same, and the memory
print(f"{cost.ms:.0f} ms; {cost.weights_mb:.0f} MB of weights, at most {cost.working_mb:.1f} MB while it works")

# %% [markdown] ask="operations"
# `mobilenet_v3_large` calculates 0.22 billion multiply-adds for a picture, `resnet18` 1.81 billion: eight times as many.
# How much longer will `resnet18` take on your computer?
#
# - [ ] Eight times: a computer does so many operations a second.
#   It does so many when they are large and alike. Small ones leave it waiting, for memory and for the next call.
# - [x] Longer, but less than eight times.
#   MobileNet has three times as many layers, thin ones. Its depthwise filters move much data for little arithmetic.
# - [ ] About the same: time depends on the number of layers.
#   Then MobileNet, with three times as many, would be the slower one.

# %%
#| fold: "Builds eleven classifiers with random weights, measures each with one picture of the size that its score was published for, three times in turns, and keeps the quickest call."
#| at-least: {"slowest / quickest, for the same number of operations": 2}
#| words: ["network", "top-1, %", "MB", "million parameters", "10⁹ multiply-adds", "picture, px", "ms, here", "working MB, here"]
NAMES = ("mobilenet_v3_small", "mobilenet_v3_large", "shufflenet_v2_x1_0", "squeezenet1_1", "efficientnet_b0", "efficientnet_v2_s",
         "regnet_y_800mf", "resnet18", "resnet50", "densenet121", "convnext_tiny")
networks = {name: get_model(name, weights=None) for name in NAMES}
sides = {name: read_weights(get_model_weights(name).DEFAULT)[2] for name in NAMES}
costs = {name: [] for name in NAMES}
for name in vl.widgets.progress(NAMES * 3, "eleven classifiers, three rounds"):    # in turns: whatever else runs slows all alike
    costs[name].append(vl.models.measure(networks[name], torch.rand(1, 3, sides[name], sides[name]), repeats=1))
here = []
for name in NAMES:
    one, side, cost = listed[name], sides[name], min(costs[name], key=lambda cost: cost.fastest_ms)
    here.append({"name": name, "ms": cost.fastest_ms, "mb": one.file_mb, "score": one.score, "operations": one.operations,
                 "parameters": one.parameters / 1e6, "side": side, "working": cost.working_mb})
ms = {one["name"]: one["ms"] for one in here}
per_operation = {one["name"]: one["ms"] / one["operations"] for one in here}
print(f"resnet18 / mobilenet_v3_large: {ms['resnet18'] / ms['mobilenet_v3_large']:.1f} times as long for 8.4 times the operations")
print(f"densenet121 / resnet50: {ms['densenet121'] / ms['resnet50']:.2f} of the time for 0.69 of the operations")
vl.report.metric("slowest / quickest, for the same number of operations", max(per_operation.values()) / min(per_operation.values()))
vl.viz.table([{"network": one["name"], "top-1, %": f"{one['score']:.1f}", "MB": f"{one['mb']:.0f}",
               "million parameters": f"{one['parameters']:.1f}", "10⁹ multiply-adds": f"{one['operations']:.2f}",
               "picture, px": one["side"], "ms, here": f"{one['ms']:.0f}", "working MB, here": f"{one['working']:.1f}"} for one in here],
             caption="Eleven classifiers: scores as published, times and memory as measured on this computer just now")

# %%
#| fig-alt: "Eleven bars, one for each network: milliseconds per billion multiply-adds. If operations told the time, all would be as long; in fact small networks with thin layers have bars several times as long as ResNets."
#| compared: structure
vl.viz.bars(per_operation, xlabel="ms for a billion multiply-adds, on this computer", digits=0)

# %% [markdown]
# If operations told the time, all bars would be as long. They aren't, by far. The networks that calculate least get the least
# done in a second: their layers are thin, and the computer waits for memory and for the next call. The other famous pair,
# `densenet121` against `resnet50`, depends on the computer, and on what else it does: 0.69 of the operations took 0.5 to 1.3 of
# the time where this course was made. So operations are a first guess. **Measure where it will run.**
#
# Now time against accuracy. The line is the **Pareto front**: what lies on it is beaten by no other. Whatever lies below
# is slower *and* worse than something else.

# %%
#| fig-alt: "Eleven points: time for one picture to the right, published accuracy upwards. A stepped line leads from the smallest networks up to ConvNeXt and EfficientNet; several networks, such as SqueezeNet and DenseNet, lie below it."
#| compared: structure
points = {one["name"]: (one["ms"], one["score"]) for one in here}
vl.viz.tradeoff(points, xlabel="time for one picture on this computer, ms", ylabel="published top-1, %", title="What time buys")

# %% [markdown]
# **Exercise 4 — pick under limits** (★, 6 minutes). The best network that is quick enough and small enough.

# %% tags=["exercise:choosing.pick"]
# The build writes the starter of choosing.pick here.

# %%
check("choosing.pick", pick)

# %%
pick = use("choosing.pick", pick)

stored = vl.datasets.measurements("model_costs")                   # here the times of one machine, so that all see the same
rows = [row | {"ms": row["fastest_ms"]} for row in stored["runs"] if row["task"] == "classification"]
for name, most_ms, most_mb in [("a phone", 30, 25), ("a laptop", 100, 100), ("a server", 1000, 1000)]:
    print(f"{name:10} at most {most_ms:4} ms and {most_mb:4} MB: {pick(rows, most_ms, most_mb)}")

# %% [markdown]
# Try it with sliders. The times here were stored: the quickest of nine calls, on one busy core of the machine named below
# the plot, for thirteen classifiers.

# %%
vl.widgets.model_picker(rows, score="published top-1, %")

# %% tags=["exact"]
print(f"{stored['machine']['cpu']}; threads: {stored['machine']['torch_threads']}; torch {stored['machine']['torch']}")

# %% [markdown]
# ## 10.5 Choosing: phone, server, few pictures, licence
#
# | you have | look at first | begin with |
# |---|---|---|
# | a phone, a small board | MB, then ms *on that device* | `mobilenet_v3_large`, `efficientnet_b0` |
# | a laptop | ms | `resnet18`, `regnet_y_800mf` |
# | a server with a GPU | score, and pictures a second in batches | `convnext_tiny`, `efficientnet_v2_s`, `resnet50` |
# | few pictures of your own | how well its features carry over (lesson 2), not its head | what you can train quickly: `resnet18`, frozen |
# | something to sell | the licence | weights without one of their own, and then the data's terms |
#
# The last line, in numbers. torchvision's *code* is free (BSD). But some weights come with terms of their own:

# %% tags=["exact"]
licensed = [(name, each.name) for name in list_models() for each in get_model_weights(name) if "license" in each.meta]
print(len(licensed), "weights with a licence of their own, of:", *sorted({name for name, _weights in licensed}))
print(licensed[0][1], "→", get_model_weights(licensed[0][0])[licensed[0][1]].meta["license"])

# %% [markdown]
# Those twelve (SWAG) are for non-commercial use (CC BY-NC 4.0, says torchvision's documentation). And where no licence is
# named there may still be one: ImageNet's pictures were given for research. Nobody has settled what that means for weights
# trained on them. If it matters, ask somebody who knows the law. This course can only show you where to look.
#
# ## 10.6 Boxes, masks, points
#
# Most detectors and segmenters take seconds on one core, so this table is stored, made by `benchmarks/model_costs.py` on the
# machine named above. The pictures were 640 pixels wide for detectors and 520 for segmenters, the weights random. One
# warning about that. A detector's last steps take longer the more boxes come out, and with random weights their number is
# an accident, so it stands in the table.

# %%
#| words: ["network", "task", "score, %", "MB", "ms", "working MB", "boxes", "detection", "keypoints", "segmentation"]
dense = [row for row in stored["runs"] if row["task"] != "classification"]
vl.viz.table([{"network": row["name"], "task": row["task"], "score, %": f"{row['score']:.1f}", "MB": f"{row['mb']:.0f}",
               "ms": f"{row['fastest_ms']:.0f}", "working MB": f"{row['working_mb']:.0f}",
               "boxes": "" if row["boxes"] is None else row["boxes"]} for row in dense],
             caption="Detectors, keypoints, segmenters: published scores (box mAP, mIoU), stored times on one core")

# %%
#| fig-alt: "Seven points: time for one picture to the right in powers of ten, published box mAP upwards. A stepped line leads from SSDlite far on the left up to the slow ones on the right."
detectors = {row["name"]: (row["fastest_ms"], row["score"]) for row in dense if row["task"] == "detection"}
vl.viz.tradeoff(detectors, xlabel="time for one picture, ms", ylabel="box mAP, %", title="Detectors: what time buys")

# %% [markdown]
# The source text calls Faster R-CNN accurate, RetinaNet quick and SSDlite light. The third is plainly so. The second
# isn't: RetinaNet calculates more than Faster R-CNN (151 billion multiply-adds against 134) and took longer here. Both carry
# a ResNet-50 with a pyramid, and that is where the time goes. `fasterrcnn_mobilenet_v3_large_320_fpn`
# is the quick one. Of the segmenters LR-ASPP is light, and DeepLabV3 beats FCN by six points of mIoU.
# Keypoint R-CNN is not in the plot: its 54.6 counts people alone, one class, and the others' scores eighty.
#
# **Keypoint R-CNN** is a Faster R-CNN with one more head, which finds seventeen points of each person. With random weights
# the answers mean nothing, but their form is the same:

# %%
#| fig-alt: "A photograph of an astronaut with three yellow boxes and many red points at random places: the network has learned nothing."
#| compared: structure
torch.manual_seed(0)
keypoint = models.detection.keypointrcnn_resnet50_fpn(weights=None, weights_backbone=None, min_size=240).eval()
astronaut = v2.functional.resize(pil_to_tensor(Image.open(vl.datasets.photos()["astronaut"]).convert("RGB")), [300])
with torch.inference_mode():
    answer = keypoint([astronaut / 255])[0]
print({name: tuple(value.shape[1:]) for name, value in answer.items()}, "of each person")
print(models.detection.KeypointRCNN_ResNet50_FPN_Weights.DEFAULT.meta["keypoint_names"][:5])
drawn = draw_bounding_boxes(astronaut, answer["boxes"][:3], colors="yellow", width=2)
to_pil_image(draw_keypoints(drawn, answer["keypoints"][:3, :, :2], colors="red", radius=3))

# %% [markdown]
# Each point has x, y and a third number, 1 for "visible"; how sure the network is stands in `keypoints_scores`. With
# `weights=KeypointRCNN_ResNet50_FPN_Weights.DEFAULT` (226 MB, once) the points would sit on eyes, shoulders and knees.
#
# ## 10.7 The chosen one, made quicker
#
# You have chosen. What more can be had, without another network? Four things that cost one line each:
#
# - **A batch:** several pictures in one call.
# - **`channels_last`:** the same numbers in another order in memory.
# - **bfloat16:** half as many bits for each number, so each result is a little off.
# - **int8:** whole numbers from −128 to 127 for weights and features. torchvision has such networks ready, and publishes
#   their weights.

# %% [markdown] ask="quicker"
# On a CPU without a GPU, which of them makes `resnet18` quickest, for one picture?
#
# - [ ] `channels_last`: a processor reads in order.
#   torch already chooses the order that its convolutions like. On a GPU it would matter more.
# - [ ] bfloat16: half the bits, half the time.
#   Only where the processor can calculate with it. Where it can't, it may even be slower.
# - [x] int8.
#   Four numbers in place of one, and instructions for them in nearly every processor. The price comes below.

# %%
#| fold: "Builds resnet18 once with float32 and once with int8 weights, and measures five ways to run them, taking the best of several calls."
#| fig-alt: "Bars: how many times as fast as plain float32 resnet18 is with a batch of four, channels_last, bfloat16 and int8."
#| compared: structure
#| words: ["float32, one picture", "batch of 4", "channels_last", "bfloat16", "int8"]
warnings.filterwarnings("ignore", category=DeprecationWarning)
warnings.filterwarnings("ignore", category=UserWarning, module="torch.ao")
resnet = get_model("resnet18", weights=None).eval()
with warnings.catch_warnings():
    warnings.simplefilter("ignore")                              # torch.ao is to move to another library, torchao
    int8 = models.quantization.resnet18(weights=None, quantize=True).eval()
last = copy.deepcopy(resnet).to(memory_format=torch.channels_last)
half = copy.deepcopy(resnet).to(torch.bfloat16)
ways = {
    "float32, one picture": (resnet, picture, 1), "batch of 4": (resnet, picture.repeat(4, 1, 1, 1), 4),
    "channels_last": (last, picture.to(memory_format=torch.channels_last), 1),
    "bfloat16": (half, picture.to(torch.bfloat16), 1), "int8": (int8, picture, 1),
}
fastest = {}
for name, (network, given, count) in vl.widgets.progress(ways.items(), "five ways"):
    fastest[name] = vl.models.measure(network, given, repeats=7).fastest_ms / count
vl.viz.bars({name: fastest["float32, one picture"] / one for name, one in fastest.items()}, digits=1,
            xlabel="times as fast as plain float32, for each picture, on this computer")

# %%
#| at-most: {"bfloat16: largest error, relative to the largest logit": 0.1, "int8 file / float32 file": 0.3}
with torch.inference_mode():
    exact, rounded = resnet(picture), half(picture.to(torch.bfloat16)).float()
vl.report.metric("bfloat16: largest error, relative to the largest logit", (exact - rounded).abs().max() / exact.abs().max())
whole, quantized = models.ResNet18_Weights.DEFAULT.meta, models.quantization.ResNet18_QuantizedWeights.DEFAULT.meta
vl.report.metric("int8 file / float32 file", quantized["_file_size"] / whole["_file_size"])
for name, meta in {"float32": whole, "int8": quantized}.items():
    print(f"{name:8} {meta['_file_size']:5.1f} MB  top-1 {meta['_metrics']['ImageNet-1K']['acc@1']:.1f} %")

# %% [markdown]
# A quarter of the file, and a few tenths of a percent of accuracy as published. That is the usual price of int8, if it is
# calibrated on real pictures; measure it on *yours* before you ship. bfloat16 moves logits by about a hundredth, and rarely
# changes the class.
#
# Two more ways need more than a line. **`torch.compile(model)`** writes a program for your network and needs a C++ compiler;
# its first call may take a minute or more, so it pays for a server that runs for days, not for a cell. **ONNX** is a file
# format that runs without torch, in a phone or a browser: `vislearn export MODEL` writes such a file and compares its answers
# with torch's, `vl.deploy.load` runs it. Both speed up the network you have. Neither makes a wrong choice right.
#
# How much do they gain? `benchmarks/deployment.py` has timed all of these ways for `resnet18` and pictures of 224 pixels, in turns,
# on one thread of a busy computer (torch 2.15). So the table says only how many times as fast as plain float32 each was.
#
# | way | one picture | batch of 32 | MB |
# |---|---|---|---|
# | plain float32 | 1.0 | 1.0 | 44.8 |
# | `channels_last` | 1.1 | 1.2 | 44.8 |
# | bfloat16 | 1.5 | 1.7 | 44.8 |
# | bfloat16, `channels_last` | 1.8 | 2.2 | 44.8 |
# | `torch.compile` | 1.1 | 1.2 | 44.8 |
# | ONNX Runtime | 1.7 | 1.4 | 44.8 |
# | ONNX Runtime, int8 | 2.1 | 1.8 | 11.4 |
#
# In a batch nearly all of the time is arithmetic. There bfloat16 with `channels_last` gains most, on a processor that can calculate
# with it. A small network gains more from ONNX Runtime, because no Python stands between its layers: the bundled `photo`, one
# picture of 32 pixels at a time, was 2.6 times as fast, with int8 3.2 times. There int8 changed two of 355 answers.
#
# ## 10.8 Project: three thousand numbers
#
# A card with a small processor is to read digits. It has room for 3,000 parameters, and time for 150,000 multiply-adds: less
# than a thousandth of what `mobilenet_v3_large` calculates. None of torchvision's networks comes near, so build one, from the four
# ideas of 10.2. Why operations and not milliseconds? Because your laptop is not that card.
#
# **Exercise 5 — a small network** (★★★, 20 minutes). The check counts both, trains what you built for some seconds, and asks
# it about digits that it hasn't seen. At least 93 % must be right.

# %% tags=["exercise:choosing.small_network"]
# The build writes the starter of choosing.small_network here.

# %%
check("choosing.small_network", small_network)

# %% [markdown]
# ## 10.9 Recall
#
# Five questions, without looking back.

# %% [markdown] recall="flops" lesson="10_model_selection"
# A paper says 0.6 GFLOPs, torchvision's `_ops` says 0.4 for another network. Which one calculates more?
#
# - [ ] The first: 0.6 is more than 0.4.
#   Two units. A FLOP is a product *or* an addition.
# - [x] The second: 0.4 billion multiply-adds are 0.8 GFLOPs.
#   If the paper really counts FLOPs. Some write FLOPs and mean multiply-adds; look at a network that you know.
# - [ ] Nobody can say.
#   The units are known: one multiply-add is two FLOPs.

# %% [markdown] recall="front" lesson="10_model_selection"
# A network lies below the Pareto front of time and accuracy. What does that mean?
#
# - [ ] It is bad.
#   It may have other merits: a smaller file, a licence, features that suit your pictures.
# - [x] Another one is at least as quick and at least as accurate.
#   For these two wishes there is no reason to take it.
# - [ ] It is the slowest.
#   The slowest may lie on the front, if it is the most accurate.

# %% [markdown] recall="frozen" lesson="02_transfer_learning"
# You freeze a backbone and then call `model.train()`. What still changes in it?
#
# - [ ] Nothing: no parameter learns.
#   Parameters don't. But not everything is a parameter.
# - [x] BatchNorm's running mean and variance.
#   They are buffers, moved by each batch in train mode. Put those layers into `eval()`.
# - [ ] The weights of its last block.
#   `requires_grad=False` holds for all that you froze.

# %% [markdown] recall="modes" lesson="04_detection"
# In which mode must a torchvision detector be, so that you can take the time of its predictions?
#
# - [ ] `train()`: then it does all of its work.
#   There it wants targets, and returns losses.
# - [x] `eval()`
#   There it returns boxes, labels and scores. `measure` sets it, and sets it back.
# - [ ] Either: the time is the same.
#   They don't even return the same things.

# %% [markdown] recall="accuracy" lesson="03_training_loop"
# Your data has 99 % of one class. A network reaches 99 % accuracy. Should you choose it?
#
# - [ ] Yes: 99 % is more than any ImageNet score.
#   A function that always says the same class gets as much.
# - [x] Look at recall of the rare class, or at macro F1, first.
#   Accuracy hides a class that is never found.
# - [ ] No: accuracy says nothing, ever.
#   With balanced classes it says much.

# %% [markdown]
# ## 10.10 Summary
#
# | you want to | use | remember |
# |---|---|---|
# | see what there is | `list_models`, `get_model`, `get_model_weights` | nothing is downloaded |
# | know scores, size, operations | `weights.meta["_metrics"]`, `"_file_size"`, `"_ops"` | `_ops` counts multiply-adds |
# | know the picture's size | `weights.transforms().crop_size` | 384 costs three times 224 |
# | count | `FlopCounterMode` | FLOPs: twice the multiply-adds |
# | build without memory | `torch.device("meta")` | shapes only |
# | take the time | `perf_counter`, one call before, the median | random weights serve, but for detectors |
# | choose | the Pareto front, then limits | measure where it will run |
# | sell | `weights.meta.get("license")` | and the data's terms |
# | small and quick | `mobilenet_v3_large`, `ssdlite320_mobilenet_v3_large`, `lraspp_mobilenet_v3_large` | EfficientNet-Lite is in `timm` |
# | accurate | `convnext_tiny`, `efficientnet_v2_s`, Faster R-CNN, DeepLabV3 | newer weights may be all you need |
# | quicker still | `models.quantization`, `bfloat16`, batches, ONNX | measure the accuracy again |
#
# And in this course: `vl.models.catalog`, `vl.models.measure`, `vl.widgets.model_picker`.
#
# ---
# **Before:** [lesson 4, detection](04_detection.ipynb). **Next:** [lesson 11, the
# project](11_classification_project.ipynb).
