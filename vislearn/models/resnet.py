"""A residual network small enough for a laptop, with the layer names of the large ones."""

import torch
from torch import nn
from torchvision.models.resnet import BasicBlock, ResNet

from vislearn.models.convnet import require_classes

__all__ = ["SmallResNet"]


class SmallResNet(ResNet):
    """torchvision's ResNet, cut down for small pictures: four stages of one block each.

    Two things differ from ``resnet18`` apart from the size. The stem is a 3×3 convolution at stride 1
    without pooling, because a picture of 32 pixels has none to give away. And stages have ``width``, 2, 4
    and 8 times ``width`` channels, at strides 1, 2, 4 and 8. Layers are called as torchvision's
    (``conv1``, ``bn1``, ``layer1`` ... ``layer4``, ``fc``), so feature pyramids fit on.

    Args:
        num_classes: K, how many scores come out.
        width: channels of the stem and of the first stage.
        in_channels: 3 for colour, 1 for grey.

    Raises:
        InputError: fewer than two classes.

    Source: He et al. 2016, Deep Residual Learning; the stem is that of its CIFAR-10 experiments.

    >>> SmallResNet(10, width=8).eval()(torch.zeros(4, 3, 32, 32)).shape
    torch.Size([4, 10])
    """

    def __init__(self, num_classes: int, width: int = 32, in_channels: int = 3) -> None:
        require_classes(num_classes)
        with torch.device("meta"):  # ResNet's own layers, 64 channels wide, are replaced below
            super().__init__(BasicBlock, [1, 1, 1, 1], num_classes=num_classes)
        self.inplanes = width
        self.conv1 = nn.Conv2d(in_channels, width, kernel_size=3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.maxpool = nn.Identity()
        for stage in range(4):
            block = self._make_layer(BasicBlock, width * 2**stage, 1, stride=1 if stage == 0 else 2)
            self.add_module(f"layer{stage + 1}", block)
        self.fc = nn.Linear(8 * width, num_classes)
        for module in self.modules():  # as ResNet does
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
