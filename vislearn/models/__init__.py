"""Networks small enough for a laptop."""

from vislearn.models.small import SmallConvNet

__all__ = ["SmallConvNet"]
