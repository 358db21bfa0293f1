"""Scripts that people published or asked about, told again in few lines: what is wrong in them is found."""


def test_softmax_in_the_network_and_cross_entropy_in_the_training(found):
    """https://github.com/jindongwang/Deep-learning-activity-recognition/issues/10"""
    script = """
import torch.nn as nn, torch.nn.functional as F

class Network(nn.Module):
    def forward(self, x):
        out = self.fc3(self.fc2(x))
        out = F.softmax(out, dim=1)
        return out

def train(model, loader, criterion):
    for sample, target in loader:
        output = model(sample)
        criterion(output, target).backward()

net = Network()
train(net, loader, nn.CrossEntropyLoss())
"""
    assert found(script) == ["softmax_then_loss"]


def test_workers_of_a_script_without_a_guard(found):
    """https://2048ai.net/68c533ada6dc56200e844e34.html"""
    script = """
from torch.utils.data import DataLoader
loader = DataLoader(pictures, batch_size=4, shuffle=True, num_workers=4)
for epoch in range(10):
    for images, targets in loader:
        model(images, targets)
"""
    assert found(script) == ["no_main_guard"]


def test_layers_in_a_plain_list(found):
    """https://www.engineermaxxing.com/micro/lessons/pytorch-internals.html"""
    script = """
from torch import nn

class Perceptron(nn.Module):
    def __init__(self):
        super().__init__()
        self.stages = [nn.Linear(64, 32), nn.Linear(32, 10)]

    def forward(self, x):
        for stage in self.stages:
            x = stage(x)
        return x
"""
    assert found(script) == ["layers_in_a_list"]


def test_opencv_reads_blue_first_and_the_constants_begin_with_red(found):
    """https://github.com/microsoft/human-pose-estimation.pytorch/issues/73"""
    script = """
import cv2
import torchvision.transforms as transforms

class Joints:
    def __init__(self, files, transform):
        self.files, self.transform = files, transform

    def __getitem__(self, index):
        numbers = cv2.imread(self.files[index], cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        return self.transform(cv2.resize(numbers, (192, 256)))

normalize = transforms.Normalize(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225])
joints = Joints(files, transforms.Compose([transforms.ToTensor(), normalize]))
"""
    assert found(script) == ["blue_before_red"]
