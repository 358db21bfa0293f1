# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Start here: the lessons, your progress, and every term
#
# Run the two cells below with **Shift + Enter**; come back and run them again whenever you like. What you did in the
# lessons is kept on this computer only, and nobody else sees it.

# %% [markdown]
# ## The lessons
#
# A lesson is finished when all its exercises are right. *After lesson* says what to know first: lesson 6 comes before
# lesson 4.

# %% tags=["exact"]
from vislearn.course import home

home.lesson_map()

# %% [markdown]
# ## Five questions of the day
#
# What you answer from memory stays longer than what you read twice. These questions are about lessons that you have
# finished. What you got wrong last time comes first.

# %% tags=["exact"]
home.todays_questions()

# %% [markdown]
# ## Every term in one line
#
# The number leads to the lesson where the term first matters. In brackets, the word in the Bengali edition.
#
# - **accuracy**: the share of all answers that are right. [0](00_overview.ipynb)
# - **anchor** (অ্যাঙ্কর): a box of a fixed size and ratio at a fixed place, from which a detector starts.
#   [4](04_detection.ipynb)
# - **augmentation** (অগমেন্টেশন): random changes to training pictures that leave the answer right, such as a flip.
#   [1](01_pipeline.ipynb)
# - **average precision (AP), mAP**: the area under precision over recall, for one class; mAP is its mean over
#   classes. [4](04_detection.ipynb)
# - **backbone** (ব্যাকবোন): the part of a network that turns a picture into feature maps for its heads.
#   [12](12_detection_training.ipynb)
# - **batch** (ব্যাচ): several pictures in one tensor, which the model looks at together. [0](00_overview.ipynb)
# - **BatchNorm**: a layer that brings each channel to mean 0 and spread 1: over the batch in training, by running
#   statistics in use. [2](02_transfer_learning.ipynb)
# - **box** (বক্স): a rectangle around an object; `xyxy` gives its left, top, right and bottom edge.
#   [4](04_detection.ipynb)
# - **channel** (চ্যানেল): one layer of numbers of a picture or feature map; a colour picture has three.
#   [0](00_overview.ipynb)
# - **checkpoint** (চেকপয়েন্ট): a file with all that is needed to go on with a training, or to use its model.
#   [3](03_training_loop.ipynb)
# - **confusion matrix** (কনফিউশন ম্যাট্রিক্স): a table of how often each class was taken for each other one.
#   [3](03_training_loop.ipynb)
# - **data set** (ডেটাসেট): pictures with their labels, asked for one by one by number. [1](01_pipeline.ipynb)
# - **DataLoader**: PyTorch's tool that shuffles a data set and serves it in batches. [0](00_overview.ipynb)
# - **detector** (ডিটেক্টর): a model that says what is in a picture, and where. [4](04_detection.ipynb)
# - **epoch** (ইপক): one pass over all training pictures. [0](00_overview.ipynb)
# - **evaluation mode** (eval মোড): what `model.eval()` switches on: BatchNorm and dropout as in use, not as in
#   training. [0](00_overview.ipynb)
# - **feature, feature map** (ফিচার, ফিচার ম্যাপ): numbers that a network makes of a picture; in a map each keeps its
#   place. [2](02_transfer_learning.ipynb)
# - **fine-tuning** (ফাইন-টিউনিং): training a network further that somebody trained on other pictures.
#   [2](02_transfer_learning.ipynb)
# - **focal loss**: a loss that counts easy examples less, so that many of them do not drown the hard ones.
#   [6](06_vision_ops.ipynb)
# - **freezing** (ফ্রিজ করা): keeping weights as they are while others are trained: `requires_grad = False`.
#   [2](02_transfer_learning.ipynb)
# - **gradient** (গ্রেডিয়েন্ট): how the loss changes when each weight changes a little. [3](03_training_loop.ipynb)
# - **head** (হেড): the last layers of a network, which turn features into answers. [2](02_transfer_learning.ipynb)
# - **intersection over union (IoU)** (IoU): the area that two boxes share, divided by the area that they cover
#   together. [4](04_detection.ipynb)
# - **label** (লেবেল): the right answer that comes with a picture. [1](01_pipeline.ipynb)
# - **learning rate** (লার্নিং রেট): how far one step moves the weights. [3](03_training_loop.ipynb)
# - **logit** (লজিট): a score before softmax; any number. [0](00_overview.ipynb)
# - **loss** (লস): one number for how wrong the answers are; training makes it small. [0](00_overview.ipynb)
# - **mask** (মাস্ক): a picture of yes and no: which pixels belong to the object. [6](06_vision_ops.ipynb)
# - **mixed precision (AMP)**: computing parts of a training with 16-bit numbers, to save time and memory on a GPU.
#   [3](03_training_loop.ipynb)
# - **non-maximum suppression (NMS)** (NMS): of boxes that overlap much, keeping the one with the highest score.
#   [4](04_detection.ipynb)
# - **normalising** (নরমালাইজ করা): subtracting a mean and dividing by a standard deviation, channel by channel.
#   [1](01_pipeline.ipynb)
# - **optimiser** (অপটিমাইজার): what changes the weights by their gradients, such as SGD or AdamW.
#   [3](03_training_loop.ipynb)
# - **overfitting** (ওভারফিটিং): getting better on training pictures and worse on new ones. [1](01_pipeline.ipynb)
# - **precision**: of what was reported, the share that is right. [3](03_training_loop.ipynb)
# - **proposal, RPN** (প্রপোজাল, RPN): a box where something may be; the region proposal network makes them.
#   [4](04_detection.ipynb)
# - **recall**: of what is there, the share that was found. [3](03_training_loop.ipynb)
# - **RoIAlign**: cuts the piece below a box out of a feature map, at any size, without rounding.
#   [6](06_vision_ops.ipynb)
# - **schedule** (শিডিউল): how the learning rate changes during a training. [3](03_training_loop.ipynb)
# - **score** (স্কোর): how sure a model is of an answer; it sorts answers, and need not be a probability.
#   [4](04_detection.ipynb)
# - **seed** (সিড): the number from which random numbers start; the same seed gives the same ones.
#   [0](00_overview.ipynb)
# - **shape** (শেপ): how many numbers a tensor has along each axis, such as `(3, 224, 224)`. [0](00_overview.ipynb)
# - **softmax**: turns logits into probabilities that add up to 1. [0](00_overview.ipynb)
# - **stride** (স্ট্রাইড): how many pixels of the picture lie between two neighbours of a feature map.
#   [4](04_detection.ipynb)
# - **tensor** (টেনসর): numbers in a box with any number of axes; what PyTorch computes with. [0](00_overview.ipynb)
# - **threshold** (থ্রেশহোল্ড): the value from which a score counts as yes. [4](04_detection.ipynb)
# - **transfer learning** (ট্রান্সফার লার্নিং): beginning with a network that was trained on another task.
#   [2](02_transfer_learning.ipynb)
# - **transform** (ট্রান্সফর্ম): a step that prepares a picture, such as resize or crop; `Compose` chains several.
#   [0](00_overview.ipynb)
# - **tv_tensor**: a tensor that knows what it is: picture, mask or boxes, so that transforms treat it rightly.
#   [4](04_detection.ipynb)
# - **validation set** (ভ্যালিডেশন সেট): pictures kept out of training, by which choices are made.
#   [0](00_overview.ipynb)
# - **weights** (ওয়েট): the numbers of a network that training changes; a published set of them is a weights enum in
#   torchvision. [0](00_overview.ipynb)
# - **worker** (ওয়ার্কার): a process of its own that prepares batches while the model computes.
#   [1](01_pipeline.ipynb)
