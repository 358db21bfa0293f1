"""Networks: one small enough for a laptop, and those that torchvision publishes."""

from vislearn.models.published import at_hand, published
from vislearn.models.small import SmallConvNet

__all__ = ["SmallConvNet", "at_hand", "published"]
