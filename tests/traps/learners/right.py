"""Programs that are right, written without a look at the detectors: nothing may be said."""

import copy

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn, optim
from torch.optim import lr_scheduler
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.checkpoint import checkpoint
from torch.utils.data import DataLoader, Dataset, Subset, TensorDataset, WeightedRandomSampler
from torchvision import transforms, tv_tensors
from torchvision.transforms import v2

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def small(classes=3):
    body = [nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU()]
    return nn.Sequential(*body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(8, classes))


def photos(count=32, classes=3):
    return TensorDataset(torch.randn(count, 3, 12, 12), torch.arange(count) % classes)


def two_loaders():
    return DataLoader(photos(), 4, shuffle=True), DataLoader(photos(16), 8)


@torch.no_grad()
def accuracy_of(model, loader):
    model.eval()
    return sum((model(x).argmax(1) == y).sum().item() for x, y in loader) / len(loader.dataset)


def two_optimizers_for_body_and_head(watch, check):
    train, val = two_loaders()
    model = small()
    for_body, for_head = optim.SGD(model[:3].parameters(), 0.001), optim.AdamW(model[3:].parameters(), 0.01)
    with watch(model, for_body, for_head):
        for _ in range(3):
            model.train()
            for x, y in train:
                for_body.zero_grad()
                for_head.zero_grad()
                F.cross_entropy(model(x), y).backward()
                for_body.step()
                for_head.step()
            accuracy_of(model, val)


def an_average_of_weights(watch, check):
    train, val = two_loaders()
    model = small()
    ema = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.99), use_buffers=True)
    optimizer = optim.SGD(model.parameters(), 0.05)
    with watch(model, optimizer):
        for _ in range(3):
            model.train()
            for x, y in train:
                optimizer.zero_grad()
                F.cross_entropy(model(x), y).backward()
                optimizer.step()
                ema.update_parameters(model)
            accuracy_of(ema, val)


def accumulated_with_a_rest(watch, check):
    train, _ = two_loaders()
    model, every = small(), 3
    optimizer = optim.AdamW(model.parameters(), 1e-3)
    with watch(model, optimizer):
        for _ in range(3):
            model.train()
            for step, (x, y) in enumerate(train, 1):
                (F.cross_entropy(model(x), y) / every).backward()
                if step % every == 0 or step == len(train):
                    optimizer.step()
                    optimizer.zero_grad()


def lbfgs_with_a_closure(watch, check):
    pictures, labels = torch.randn(24, 3, 12, 12), torch.arange(24) % 3
    model = nn.Sequential(nn.Flatten(), nn.Linear(432, 3))
    optimizer = optim.LBFGS(model.parameters(), lr=0.5, max_iter=5)

    def closure():
        optimizer.zero_grad()
        loss = F.cross_entropy(model(pictures), labels)
        loss.backward()
        return loss

    with watch(model, optimizer):
        for _ in range(4):
            optimizer.step(closure)


def bfloat16_with_scaler_and_clipping(watch, check):
    train, val = two_loaders()
    model, scaler = small(), torch.amp.GradScaler("cpu")
    optimizer = optim.AdamW(model.parameters(), 1e-3)
    with watch(model, optimizer):
        for _ in range(2):
            model.train()
            for x, y in train:
                optimizer.zero_grad(set_to_none=True)
                with torch.autocast("cpu", torch.bfloat16):
                    loss = F.cross_entropy(model(x), y)
                scaler.scale(loss).backward()
                scaler.unscale_(optimizer)
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                scaler.step(optimizer)
                scaler.update()
            accuracy_of(model, val)


def frozen_features_and_a_linear_probe(watch, check):
    train, val = two_loaders()
    backbone, probe = small(8), nn.Linear(8, 3)
    backbone.requires_grad_(False).eval()
    optimizer = optim.SGD(probe.parameters(), 0.1)
    with watch(backbone, probe, optimizer):
        for _ in range(2):
            probe.train()
            for x, y in train:
                with torch.no_grad():
                    features = backbone(x)
                optimizer.zero_grad()
                F.cross_entropy(probe(features), y).backward()
                optimizer.step()
            probe.eval()
            with torch.no_grad():
                [probe(backbone(x)).argmax(1) for x, _ in val]


def classes_weighted_and_drawn_by_weight(watch, check):
    labels = torch.tensor([0] * 20 + [1] * 8 + [2] * 4)
    counts = labels.bincount().float()
    data = TensorDataset(torch.randn(32, 3, 12, 12), labels)
    sampler = WeightedRandomSampler((1 / counts)[labels].tolist(), 32)
    loader = DataLoader(data, 4, sampler=sampler)
    model, criterion = small(), nn.CrossEntropyLoss(weight=counts.sum() / counts)
    optimizer = optim.Adam(model.parameters())
    check(loader)
    with watch(model, optimizer):
        for _ in range(2):
            model.train()
            for x, y in loader:
                optimizer.zero_grad()
                criterion(model(x), y).backward()
                optimizer.step()


def triplets(watch, check):
    model = small(8)
    optimizer = optim.Adam(model.parameters(), 1e-3)
    loss_of = nn.TripletMarginLoss(0.3)
    with watch(model, optimizer):
        model.train()
        for _ in range(10):
            anchor = torch.randn(4, 3, 12, 12)
            near, far = anchor + 0.1 * torch.randn_like(anchor), torch.randn_like(anchor)
            optimizer.zero_grad()
            loss_of(model(anchor), model(near), model(far)).backward()
            optimizer.step()


def a_teacher_and_a_student(watch, check):
    train, val = two_loaders()
    teacher, student = small().eval(), small()
    for p in teacher.parameters():
        p.requires_grad_(False)
    optimizer, T = optim.SGD(student.parameters(), 0.05, momentum=0.9), 4.0
    with watch(teacher, student, optimizer):
        for _ in range(3):
            student.train()
            for x, y in train:
                with torch.no_grad():
                    soft = F.softmax(teacher(x) / T, dim=1)
                out = student(x)
                hard = F.cross_entropy(out, y)
                kd = F.kl_div(F.log_softmax(out / T, dim=1), soft, reduction="batchmean") * T * T
                optimizer.zero_grad()
                (0.5 * hard + 0.5 * kd).backward()
                optimizer.step()
            accuracy_of(student, val)


def bytes_of(number, size=(24, 20)):
    chance = np.random.default_rng(number)
    return Image.fromarray((chance.random((5, 4, 3)) * 255).astype(np.uint8)).resize(
        size, Image.Resampling.BICUBIC
    )


class MaskPairs(Dataset):
    """The mask stays in numbers of classes, or is 0 and 255 and is cut at one half."""

    def __init__(self, binary):
        self.binary = binary

    def __len__(self):
        return 8

    def __getitem__(self, index):
        mask = np.zeros((20, 24), np.uint8)
        mask[3:12, 4 + index : 14] = 255 if self.binary else 2
        picture = transforms.functional.to_tensor(bytes_of(index))
        picture = transforms.functional.normalize(picture, MEAN, STD)
        if self.binary:
            return picture, (transforms.functional.to_tensor(Image.fromarray(mask)) > 0.5).float()
        return picture, torch.from_numpy(mask).long()


def segmentation_of_two_and_of_many(watch, check):
    for binary in (True, False):
        loader = DataLoader(MaskPairs(binary), 4, shuffle=True)
        check(loader)
        model = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1 if binary else 3, 1))
        criterion = nn.BCEWithLogitsLoss() if binary else nn.CrossEntropyLoss(ignore_index=255)
        optimizer = optim.Adam(model.parameters(), 1e-3)
        with watch(model, optimizer):
            for _ in range(3):
                model.train()
                for x, y in loader:
                    optimizer.zero_grad()
                    criterion(model(x), y).backward()
                    optimizer.step()


def binary_masks_by_to_tensor_and_long(watch, check):
    class Saliency(MaskPairs):
        def __getitem__(self, index):
            picture, mask = super().__getitem__(index)
            return picture, mask.squeeze(0).long()

    check(DataLoader(Saliency(True), 4, shuffle=True))


class Finder(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten()
        )
        self.boxes, self.classes = nn.Linear(32, 4), nn.Linear(32, 3)

    def forward(self, images, targets=None):
        features = self.body(torch.stack([F.interpolate(one[None], (16, 16))[0] for one in images]))
        boxes, scores = self.boxes(features), self.classes(features)
        if not self.training:
            pairs = zip(boxes, scores, strict=True)
            return [{"boxes": box[None], "scores": one.softmax(0).max()[None]} for box, one in pairs]
        wanted = torch.stack([t["boxes"][0] for t in targets]) / 24
        labels = torch.stack([t["labels"][0] for t in targets])
        return {"box": F.smooth_l1_loss(boxes, wanted), "class": F.cross_entropy(scores, labels)}


class OneBox(Dataset):
    def __init__(self, transforms):
        self.transforms = transforms

    def __len__(self):
        return 8

    def __getitem__(self, index):
        box = tv_tensors.BoundingBoxes(
            [[2.0 + index, 3, 14 + index, 15]], format="XYXY", canvas_size=(20, 24)
        )
        picture = tv_tensors.Image(np.array(bytes_of(index)).transpose(2, 0, 1))
        return self.transforms(picture, {"boxes": box, "labels": torch.tensor([1 + index % 2])})


def detection_with_losses_of_its_own(watch, check):
    turn = v2.Compose([v2.RandomHorizontalFlip(), v2.ToDtype(torch.float32, scale=True)])
    loader = DataLoader(
        OneBox(turn), 4, shuffle=True, collate_fn=lambda batch: tuple(zip(*batch, strict=True))
    )
    check(loader)
    model = Finder()
    optimizer = optim.SGD(model.parameters(), 0.01, momentum=0.9)
    with watch(model, optimizer):
        for _ in range(3):
            model.train()
            for images, targets in loader:
                loss = sum(model(images, targets).values())
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                [model(images) for images, _ in loader]


def checkpointed_gradients(watch, check):
    train, _ = two_loaders()
    first, last = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU()), nn.Linear(8, 3)
    model = nn.ModuleList([first, last])
    optimizer = optim.Adam(model.parameters())
    with watch(model, optimizer):
        for _ in range(2):
            model.train()
            for x, y in train:
                features = checkpoint(first, x, use_reentrant=False).mean((2, 3))
                optimizer.zero_grad()
                F.cross_entropy(last(features), y).backward()
                optimizer.step()


def a_search_for_the_learning_rate(watch, check):
    train, _ = two_loaders()
    model = small()
    before = copy.deepcopy(model.state_dict())
    optimizer = optim.SGD(model.parameters(), lr=1e-5)
    grow = lr_scheduler.ExponentialLR(optimizer, gamma=1.8)
    losses = []
    with watch(model, optimizer, grow):
        model.train()
        batches = iter(train)
        for _ in range(20):
            try:
                x, y = next(batches)
            except StopIteration:
                batches = iter(train)
                x, y = next(batches)
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            grow.step()
            losses.append(loss.item())
        model.load_state_dict(before)


def early_stopping_with_the_best_kept(watch, check):
    train, val = two_loaders()
    model = small()
    optimizer = optim.Adam(model.parameters(), 1e-2)
    schedule = lr_scheduler.ReduceLROnPlateau(optimizer, mode="max", patience=1)
    best, kept, bad = -1.0, None, 0
    with watch(model, optimizer, schedule):
        for _ in range(8):
            model.train()
            for x, y in train:
                optimizer.zero_grad()
                F.cross_entropy(model(x), y).backward()
                optimizer.step()
            accuracy = accuracy_of(model, val)
            schedule.step(accuracy)
            if accuracy > best:
                best, kept, bad = accuracy, copy.deepcopy(model.state_dict()), 0
            else:
                bad += 1
            if bad > 3:
                break
        model.load_state_dict(kept)


def five_folds(watch, check):
    data = photos(30)
    for fold in range(3):
        held = range(fold * 10, fold * 10 + 10)
        train = DataLoader(Subset(data, [i for i in range(30) if i not in held]), 4, shuffle=True)
        val = DataLoader(Subset(data, list(held)), 5)
        check(train, val)
        model = small()
        optimizer = optim.Adam(model.parameters())
        with watch(model, optimizer):
            for _ in range(2):
                model.train()
                for x, y in train:
                    optimizer.zero_grad()
                    F.cross_entropy(model(x), y).backward()
                    optimizer.step()
                accuracy_of(model, val)


def a_plateau_of_errors(watch, check):
    """What is given falls as the network learns: errors, 1 - accuracy, minus accuracy, a loss that rises."""
    for measure in (lambda a: 1 - a, lambda a: -a, lambda a: 100 * (1 - a), lambda a: 0.3 + 0.1 * a):
        train, val = two_loaders()
        model = small()
        optimizer = optim.Adam(model.parameters(), 1e-2)
        schedule = lr_scheduler.ReduceLROnPlateau(optimizer, "min", patience=2)
        with watch(model, optimizer, schedule):
            for _ in range(6):
                model.train()
                for x, y in train:
                    optimizer.zero_grad()
                    F.cross_entropy(model(x), y).backward()
                    optimizer.step()
                accuracy = accuracy_of(model, val)
                with torch.no_grad():
                    loss = sum(F.cross_entropy(model(x), y).item() for x, y in val)
                schedule.step(measure(accuracy) if measure(0) != 0.3 else loss)


def overfitting_seen_by_a_plateau(watch, check):
    train, val = two_loaders()
    model = small()
    optimizer = optim.Adam(model.parameters(), 3e-2)
    schedule = lr_scheduler.ReduceLROnPlateau(optimizer, patience=2)
    with watch(model, optimizer, schedule):
        for _ in range(6):
            model.train()
            for x, y in train:
                optimizer.zero_grad()
                F.cross_entropy(model(x), y).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                val_loss = sum(F.cross_entropy(model(x), y).item() for x, y in val) / len(val)
            schedule.step(val_loss)


def two_views_one_without_gradient(watch, check):
    train, _ = two_loaders()
    encoder, predictor = small(8), nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8))
    optimizer = optim.SGD([*encoder.parameters(), *predictor.parameters()], 0.05)
    with watch(encoder, predictor, optimizer):
        for _ in range(2):
            encoder.train()
            for x, _ in train:
                one, other = encoder(x), encoder(x + 0.1 * torch.randn_like(x))
                a = F.cosine_similarity(predictor(one), other.detach()).mean()
                b = F.cosine_similarity(predictor(other), one.detach()).mean()
                optimizer.zero_grad()
                (-(a + b) / 2).backward()
                optimizer.step()


def an_encoder_at_rest_by_its_optimizer_alone(watch, check):
    """Frozen encoder, decoder trained; the encoder's gradients are never asked for."""
    encoder = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU()).requires_grad_(False)
    decoder = nn.Conv2d(8, 2, 1)
    data = TensorDataset(torch.randn(16, 3, 12, 12), torch.randint(0, 2, (16, 12, 12)))
    loader = DataLoader(data, 4, shuffle=True)
    optimizer = optim.Adam(decoder.parameters())
    with watch(encoder, decoder, optimizer):
        for _ in range(3):
            for x, y in loader:
                optimizer.zero_grad()
                F.cross_entropy(decoder(encoder(x)), y).backward()
                optimizer.step()


def a_perceptual_loss(watch, check):
    """Gradients pass through a network that is not to learn: it isn't given to the watch, or is frozen."""
    judge = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU()).requires_grad_(False).eval()
    painter = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 3, padding=1))
    train, _ = two_loaders()
    optimizer = optim.Adam(painter.parameters())
    with watch(painter, judge, optimizer):
        for _ in range(2):
            for x, _ in train:
                optimizer.zero_grad()
                F.mse_loss(judge(painter(x)), judge(x)).backward()
                optimizer.step()
