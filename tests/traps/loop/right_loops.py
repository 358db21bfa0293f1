"""Loops that are right, in every shape that people write them: none may raise an alarm.

Each is a function of ``watch``; tests also plant mistakes into their source. Data and networks are tiny.
"""

import copy
import itertools

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import lr_scheduler
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, update_bn
from torch.utils.data import DataLoader, Subset, SubsetRandomSampler, TensorDataset

from vislearn.traps.examples import Net, loaders, pictures


def learn(model, optimizer, images, labels):
    loss = F.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


def judge(model, loader):
    model.eval()
    hits = 0
    with torch.no_grad():
        for images, labels in loader:
            hits += (model(images).argmax(1) == labels).sum().item()
    return hits / len(loader.dataset)


def plain(watch):
    model, (loader, val_loader) = Net(), loaders()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = lr_scheduler.StepLR(optimizer, 2)
    with watch(model, optimizer, scheduler):
        for _epoch in range(3):
            model.train()
            for images, labels in loader:
                loss = F.cross_entropy(model(images), labels)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                for images, labels in val_loader:
                    (model(images).argmax(1) == labels).sum().item()
            scheduler.step()


def classification_reference(watch):
    """Label smoothing, warm-up before a cosine, clipping, an average of weights that is evaluated, too."""
    net, (data, data_test) = Net(), loaders()
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    decayed = {"params": [p for p in net.parameters() if p.ndim > 1], "weight_decay": 1e-4}
    plain_ones = {"params": [p for p in net.parameters() if p.ndim == 1], "weight_decay": 0.0}
    optimizer = torch.optim.SGD([decayed, plain_ones], lr=0.1, momentum=0.9, nesterov=True)
    warm = lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=1)
    cosine = lr_scheduler.CosineAnnealingLR(optimizer, T_max=3)
    lr_scheduler_of_run = lr_scheduler.SequentialLR(optimizer, [warm, cosine], milestones=[1])
    average = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(0.9), use_buffers=True)
    with watch(net, optimizer, lr_scheduler_of_run):
        for _epoch in range(4):
            net.train()
            for i, (image, target) in enumerate(data):
                output = net(image)
                loss = criterion(output, target)
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(net.parameters(), 1.0)
                optimizer.step()
                if i % 2 == 0:
                    average.update_parameters(net)
            lr_scheduler_of_run.step()
            for one in (net, average):
                one.eval()
                with torch.inference_mode():
                    for image, target in data_test:
                        criterion(one(image), target)


def onecycle(watch):
    model, (loader, val_loader) = Net(), loaders()
    optimizer = torch.optim.AdamW(model.parameters())
    scheduler = lr_scheduler.OneCycleLR(optimizer, 0.1, epochs=3, steps_per_epoch=len(loader))
    with watch(model, optimizer, scheduler):
        for _epoch in range(3):
            model.train()
            for images, labels in loader:
                optimizer.zero_grad(set_to_none=False)
                loss = F.cross_entropy(model(images), labels)
                loss.backward()
                optimizer.step()
                scheduler.step()
            judge(model, val_loader)


def onecycle_by_epoch(watch):
    model, (loader, _val) = Net(), loaders()
    optimizer = torch.optim.AdamW(model.parameters())
    scheduler = lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=4)
    with watch(model, optimizer, scheduler):
        for _epoch in range(4):
            for images, labels in loader:
                learn(model, optimizer, images, labels)
            scheduler.step()


def plateau(watch):
    model, (loader, val_loader) = Net(), loaders()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, mode="max", patience=0)
    with watch(model, optimizer, scheduler):
        for _epoch in range(3):
            model.train()
            for images, labels in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(images), labels).backward()
                optimizer.step()
            scheduler.step(judge(model, val_loader))


def accumulation(watch):
    model, (loader, _val) = Net(), loaders(2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer):
        for _epoch in range(2):
            for i, (images, labels) in enumerate(loader):
                loss = F.cross_entropy(model(images), labels) / 4
                loss.backward()
                if (i + 1) % 4 == 0:
                    optimizer.step()
                    optimizer.zero_grad()


def accumulation_first(watch):
    """Cleared before the first of each group, and one step for what is left at the end."""
    model, (loader, _val) = Net(), loaders(2)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    with watch(model, optimizer):
        for _epoch in range(3):
            for i, (images, labels) in enumerate(loader):
                if i % 3 == 0:
                    model.zero_grad()
                (F.cross_entropy(model(images), labels) / 3).backward()
                if i % 3 == 2 or i == len(loader) - 1:
                    optimizer.step()


def frozen_extractor(watch):
    model, (loader, val_loader) = Net(), loaders()
    for parameter in model.features.parameters():
        parameter.requires_grad = False
    optimizer = torch.optim.Adam(model.head.parameters(), lr=0.01)
    with watch(model, optimizer):
        for _epoch in range(2):
            model.train()
            model.features.eval()
            for images, labels in loader:
                loss = F.cross_entropy(model(images), labels)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            judge(model, val_loader)


def frozen_in_optimizer(watch):
    """All parameters are given to the optimizer, which leaves those without gradients alone."""
    model, (loader, _val) = Net(), loaders()
    model.features.requires_grad_(False).eval()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    with watch(model, optimizer):
        for _epoch in range(2):
            for images, labels in loader:
                learn(model, optimizer, images, labels)


def frozen_by_no_grad(watch):
    model, (loader, _val) = Net(), loaders()
    optimizer = torch.optim.AdamW(model.head.parameters(), lr=0.01)
    model.features.eval()
    with watch(model, optimizer):
        for _epoch in range(2):
            for images, labels in loader:
                with torch.no_grad():
                    found = model.features(images)
                loss = F.cross_entropy(model.head(found), labels)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()


def features_kept_once(watch):
    """Features of a frozen part, computed once without gradients; then only a head learns."""
    model, (loader, _val) = Net(), loaders()
    model.features.requires_grad_(False)
    optimizer = torch.optim.SGD(model.head.parameters(), lr=0.1)
    with watch(model, optimizer):
        model.eval()
        with torch.no_grad():
            kept = [(model.features(images), labels) for images, labels in loader]
        model.head.train()
        for _epoch in range(3):
            for found, labels in kept:
                loss = F.cross_entropy(model.head(found), labels)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()


def batchnorm_at_rest(watch):
    """Everything learns, and the statistics of pretraining stay."""
    model, (loader, val_loader) = Net(), loaders()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    with watch(model, optimizer):
        for _epoch in range(2):
            model.train()
            for layer in model.modules():
                if isinstance(layer, nn.BatchNorm2d):
                    layer.eval()
            for images, labels in loader:
                learn(model, optimizer, images, labels)
            judge(model, val_loader)


def whole_model_in_eval(watch):
    """Fine-tuning without dropout and with BatchNorm at rest, throughout."""
    model, (loader, val_loader) = Net().eval(), loaders()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    with watch(model, optimizer):
        judge(model, val_loader)
        for _epoch in range(3):
            for images, labels in loader:
                learn(model, optimizer, images, labels)
            judge(model, val_loader)


class Drawer(nn.Module):
    """From noise to a picture."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(4, 6, 1), nn.BatchNorm2d(6), nn.ReLU(), nn.Conv2d(6, 3, 1), nn.Tanh()
        )

    def forward(self, noise):
        return self.layers(noise)


def gan(watch):
    """Two networks, two optimizers; one fixed noise is drawn in train mode, as DCGAN's tutorial does."""
    drawer, critic, (loader, _val) = Drawer(), Net(classes=1), loaders()
    opt_g, opt_d = (torch.optim.Adam(net.parameters(), lr=2e-3) for net in (drawer, critic))
    noise = torch.randn(4, 4, 8, 8)
    with watch([drawer, critic], [opt_g, opt_d]):
        for i, (images, _) in enumerate(itertools.chain(loader, loader)):
            critic.zero_grad(set_to_none=False)
            real = critic(images)
            F.binary_cross_entropy_with_logits(real, torch.ones_like(real)).backward()
            drawn = drawer(torch.randn(4, 4, 8, 8))
            fake = critic(drawn.detach())
            F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake)).backward()
            opt_d.step()
            drawer.zero_grad()
            answer = critic(drawn)
            F.binary_cross_entropy_with_logits(answer, torch.ones_like(answer)).backward()
            opt_g.step()
            if i % 4 == 0:
                with torch.no_grad():
                    drawer(noise)


def gan_only_drawer_given(watch):
    drawer, critic, (loader, _val) = Drawer(), Net(classes=1), loaders()
    opt_g, opt_d = (torch.optim.Adam(net.parameters(), lr=2e-3) for net in (drawer, critic))
    with watch(drawer, opt_g):
        for images, _ in itertools.chain(loader, loader):
            with torch.no_grad():
                drawn = drawer(torch.randn(4, 4, 8, 8))
            opt_d.zero_grad()
            (critic(drawn).mean() - critic(images).mean()).backward()
            opt_d.step()
            opt_g.zero_grad()
            (-critic(drawer(torch.randn(4, 4, 8, 8))).mean()).backward()
            opt_g.step()


def gan_without_loader(watch):
    """One of the two networks is given; it draws now and then in train mode."""
    drawer, critic = Drawer(), Net(classes=1)
    opt_g, opt_d = (torch.optim.Adam(net.parameters(), lr=2e-3) for net in (drawer, critic))
    noise = torch.randn(4, 4, 8, 8)
    with watch(drawer, opt_g):
        for number in range(12):
            opt_d.zero_grad()
            (critic(drawer(noise).detach()).mean() - critic(torch.rand(4, 3, 8, 8)).mean()).backward()
            opt_d.step()
            opt_g.zero_grad()
            (-critic(drawer(torch.randn(4, 4, 8, 8))).mean()).backward()
            opt_g.step()
            if number % 4 == 3:
                with torch.no_grad():
                    drawer(noise)


def critic_with_gradient_penalty(watch):
    drawer, critic, (loader, _val) = Drawer(), Net(classes=1), loaders()
    opt_g, opt_d = (torch.optim.Adam(net.parameters(), lr=2e-3) for net in (drawer, critic))
    with watch([drawer, critic], [opt_g, opt_d]):
        for i, (images, _) in enumerate(loader):
            critic.requires_grad_(True)
            between = images.clone().requires_grad_(True)
            [slope] = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
            penalty = (slope.flatten(1).norm(dim=1) - 1).square().mean()
            with torch.no_grad():
                drawn = drawer(torch.randn(4, 4, 8, 8))
            opt_d.zero_grad()
            (critic(drawn).mean() - critic(images).mean() + penalty).backward()
            opt_d.step()
            if i % 2 == 0:
                critic.requires_grad_(False)
                opt_g.zero_grad()
                (-critic(drawer(torch.randn(4, 4, 8, 8))).mean()).backward()
                opt_g.step()


def evaluation_inside(watch):
    model, (loader, val_loader) = Net(), loaders()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer):
        for _epoch in range(2):
            model.train()
            for i, (images, labels) in enumerate(loader):
                if i % 3 == 2:
                    model.eval()
                    with torch.no_grad():
                        for more, truths in val_loader:
                            F.cross_entropy(model(more), truths)
                    model.train()
                loss = F.cross_entropy(model(images), labels)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()


def weight_average_with_fresh_statistics(watch):
    """BatchNorm of the average is estimated anew by a pass over the training pictures in train mode."""
    model, (loader, val_loader) = Net(), loaders()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer):
        average = AveragedModel(model)
        for _epoch in range(2):
            model.train()
            for images, labels in loader:
                learn(model, optimizer, images, labels)
            average.update_parameters(model)
        update_bn(loader, average)
        update_bn(loader, model)
        judge(average, val_loader)
        judge(model, val_loader)


def momentum_encoder(watch):
    """A slow copy of the network gives targets in train mode, without gradients."""
    online, (loader, _val) = Net(), loaders()
    slow = copy.deepcopy(online).requires_grad_(False)
    optimizer = torch.optim.SGD(online.parameters(), lr=0.1)
    with watch([online, slow], optimizer):
        for _epoch in range(2):
            for images, _ in loader:
                with torch.no_grad():
                    for mine, theirs in zip(slow.parameters(), online.parameters(), strict=True):
                        mine.lerp_(theirs, 0.1)
                    target = slow(images)
                loss = F.mse_loss(online(images.flip(3)), target)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()


def distillation(watch):
    teacher, student, (loader, val_loader) = Net().eval(), Net(), loaders()
    optimizer = torch.optim.SGD(student.parameters(), lr=0.1)
    with watch(student, optimizer):
        for _epoch in range(2):
            student.train()
            for images, labels in loader:
                with torch.no_grad():
                    soft = teacher(images).softmax(1)
                scores = student(images)
                loss = F.cross_entropy(scores, soft) + F.kl_div(
                    scores.log_softmax(1), soft, reduction="batchmean"
                )
                loss = loss + F.cross_entropy(scores, labels)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            judge(student, val_loader)


def pseudo_labels(watch):
    """Two loaders side by side; the network labels pictures itself, in train mode without gradients."""
    model, (loader, val_loader) = Net(), loaders()
    unlabelled = DataLoader(pictures(40), 4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer):
        for _epoch in range(2):
            model.train()
            for (images, labels), (others, _) in zip(loader, unlabelled, strict=False):
                with torch.no_grad():
                    guess = model(others).argmax(1)
                loss = F.cross_entropy(model(images), labels) + F.cross_entropy(model(others.flip(3)), guess)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            judge(model, val_loader)


def closure(watch):
    model, (loader, _val) = Net(), loaders(16)
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=4)
    with watch(model, optimizer):
        for _epoch in range(3):
            for images, labels in loader:

                def loss_of(images=images, labels=labels):
                    optimizer.zero_grad()
                    loss = F.cross_entropy(model(images), labels)
                    loss.backward()
                    return loss

                optimizer.step(loss_of)


def closure_of_a_trainer(watch):
    """As trainers do it: a batch is fetched ahead; forward, clearing, backward happen inside the step."""
    model, (loader, val_loader) = Net(), loaders()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    scheduler = lr_scheduler.CosineAnnealingLR(optimizer, T_max=2)

    def ahead(batches):
        batches = iter(batches)
        waiting = next(batches)
        for following in batches:
            yield waiting
            waiting = following
        yield waiting

    def evaluate():
        model.eval()
        with torch.inference_mode():
            for images, labels in ahead(val_loader):
                F.cross_entropy(model(images), labels)

    with watch(model, optimizer, scheduler):
        evaluate()
        for _epoch in range(2):
            model.train()
            for images, labels in ahead(loader):

                def loss_of(images=images, labels=labels):
                    loss = F.cross_entropy(model(images), labels)
                    optimizer.zero_grad()
                    loss.backward()
                    return loss

                optimizer.step(closure=loss_of)
            evaluate()
            scheduler.step()


def sharpness_aware(watch):
    """Two passes for each step: the weights are moved uphill, and back, between them."""
    model, (loader, _val) = Net(), loaders()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer):
        for images, labels in loader:
            F.cross_entropy(model(images), labels).backward()
            uphill = [0.05 * one.grad / (one.grad.norm() + 1e-9) for one in model.parameters()]
            with torch.no_grad():
                torch._foreach_add_(list(model.parameters()), uphill)
            optimizer.zero_grad()
            F.cross_entropy(model(images), labels).backward()
            with torch.no_grad():
                torch._foreach_sub_(list(model.parameters()), uphill)
            optimizer.step()
            optimizer.zero_grad()


def half_precision(watch):
    model, (loader, val_loader) = Net(), loaders()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**4)
    with watch(model, optimizer):
        for _epoch in range(2):
            model.train()
            for images, labels in loader:
                optimizer.zero_grad()
                with torch.autocast("cpu", torch.bfloat16):
                    loss = F.cross_entropy(model(images), labels)
                scaler.scale(loss).backward()
                scaler.unscale_(optimizer)
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                scaler.step(optimizer)
                scaler.update()
            model.eval()
            with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
                for images, _labels in val_loader:
                    model(images)


def scaler_that_skips(watch):
    """The first steps overflow and are left out; the schedule moves all the same, as all recipes let it."""
    model, (loader, _val) = Net(), loaders()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    scheduler = lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=2 * len(loader))
    with watch(model, optimizer, scheduler):
        for number, (images, labels) in enumerate(itertools.chain(loader, loader)):
            optimizer.zero_grad()
            F.cross_entropy(model(images), labels).backward()
            if number >= 2:
                optimizer.step()
            scheduler.step()


def segmentation_reference(watch):
    """A dictionary of maps, a second head, pixels that don't count, a rate that falls with every batch."""

    class Segmenter(nn.Module):
        def __init__(self):
            super().__init__()
            self.backbone = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU())
            self.classifier = nn.Sequential(nn.Dropout(0.1), nn.Conv2d(4, 3, 1))
            self.aux_classifier = nn.Conv2d(4, 3, 1)

        def forward(self, images):
            found = self.backbone(images)
            return {"out": self.classifier(found), "aux": self.aux_classifier(found)}

    def criterion(answer, masks):
        parts = {name: F.cross_entropy(scores, masks, ignore_index=255) for name, scores in answer.items()}
        return parts["out"] + 0.5 * parts["aux"]

    def marked(count):
        masks = torch.randint(0, 3, (count, 8, 8))
        masks[:, 0] = 255
        return TensorDataset(torch.rand(count, 3, 8, 8), masks)

    model = Segmenter()
    data, data_test = DataLoader(marked(16), 2, shuffle=True, drop_last=True), DataLoader(marked(4), 1)
    groups = [{"params": model.backbone.parameters()}, {"params": model.classifier.parameters()}]
    groups.append({"params": model.aux_classifier.parameters(), "lr": 0.1})
    optimizer = torch.optim.SGD(groups, lr=0.01, momentum=0.9, weight_decay=1e-4)
    schedule = lr_scheduler.PolynomialLR(optimizer, total_iters=3 * len(data), power=0.9)
    with watch(model, optimizer, schedule):
        for _epoch in range(3):
            model.train()
            for image, target in data:
                loss = criterion(model(image), target)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
            model.eval()
            with torch.inference_mode():
                for image, _target in data_test:
                    model(image)["out"].argmax(1)


class TinyDetector(nn.Module):
    """Has the manners of torchvision's detectors: losses in train mode, predictions in eval mode."""

    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
        )
        self.boxes, self.classes = nn.Linear(4, 4), nn.Linear(4, 3)

    def forward(self, images, targets=None):
        found = self.backbone((torch.stack(images) - 0.45) / 0.22)
        boxes, scores = self.boxes(found), self.classes(found)
        if not self.training:
            return [
                {"boxes": one[None], "scores": other.softmax(0)}
                for one, other in zip(boxes, scores, strict=True)
            ]
        labels = torch.cat([target["labels"] for target in targets])
        wanted = torch.cat([target["boxes"] for target in targets])
        return {
            "loss_classifier": F.cross_entropy(scores, labels),
            "loss_box_reg": F.smooth_l1_loss(boxes, wanted),
        }


def detection_reference(watch):
    """A first epoch warms up batch by batch; the validation's losses are had in train mode."""

    def items(count):
        return [
            (torch.rand(3, 8, 8), {"boxes": torch.rand(1, 4), "labels": torch.randint(1, 3, (1,))})
            for _ in range(count)
        ]

    def collate(batch):
        return tuple(zip(*batch, strict=True))

    model = TinyDetector()
    data = DataLoader(items(16), 2, shuffle=True, collate_fn=collate)
    data_test = DataLoader(items(4), 1, collate_fn=collate)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.02, momentum=0.9)
    schedule = lr_scheduler.MultiStepLR(optimizer, milestones=[2, 3])
    with watch(model, optimizer, schedule):
        for epoch in range(4):
            model.train()
            warm_up = (
                lr_scheduler.LinearLR(optimizer, 0.001, total_iters=len(data) - 1) if epoch == 0 else None
            )
            for images, targets in data:
                losses = model(images, targets)
                optimizer.zero_grad()
                sum(losses.values()).backward()
                optimizer.step()
                if warm_up is not None:
                    warm_up.step()
            schedule.step()
            with torch.no_grad():
                for images, targets in data_test:
                    model(images, targets)
            model.eval()
            with torch.inference_mode():
                for images, _targets in data_test:
                    model(images)


def tensors_only(watch):
    """No loader at all."""
    model, train, val = Net(), pictures(32).tensors, pictures(12).tensors
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer):
        for _epoch in range(4):
            model.train()
            order = torch.randperm(32)
            for at in range(0, 32, 8):
                loss = F.cross_entropy(model(train[0][order[at : at + 8]]), train[1][order[at : at + 8]])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                F.cross_entropy(model(val[0]), val[1])


def two_parts_two_optimizers(watch):
    model, (loader, val_loader) = Net(), loaders()
    slow = torch.optim.SGD(model.features.parameters(), lr=0.01)
    fast = torch.optim.AdamW(model.head.parameters(), lr=0.01)
    with watch(model, [slow, fast]):
        for _epoch in range(2):
            model.train()
            for images, labels in loader:
                loss = F.cross_entropy(model(images), labels)
                slow.zero_grad()
                fast.zero_grad()
                loss.backward()
                slow.step()
                fast.step()
            judge(model, val_loader)


def gradual_unfreezing(watch):
    model, (loader, val_loader) = Net(), loaders()
    model.features.requires_grad_(False)
    optimizer = torch.optim.AdamW(model.head.parameters(), lr=0.01)
    with watch(model, optimizer):
        for epoch in range(3):
            model.train()
            if epoch == 1:
                model.features.requires_grad_(True)
                optimizer.add_param_group({"params": model.features.parameters(), "lr": 0.001})
            if epoch == 0:
                model.features.eval()
            for images, labels in loader:
                learn(model, optimizer, images, labels)
            judge(model, val_loader)


def new_optimizer_after_unfreezing(watch):
    model, (loader, _val) = Net(), loaders()
    model.features.requires_grad_(False).eval()
    optimizer = torch.optim.AdamW(model.head.parameters(), lr=0.01)
    with watch(model, optimizer):
        for images, labels in loader:
            learn(model, optimizer, images, labels)
        model.features.requires_grad_(True).train()
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.001)
        for images, labels in loader:
            learn(model, optimizer, images, labels)


def cleared_by_hand(watch):
    model, (loader, _val) = Net(), loaders()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer):
        for number, (images, labels) in enumerate(itertools.chain(loader, loader)):
            for parameter in model.parameters():
                if number % 2:
                    parameter.grad = None
                elif parameter.grad is not None:
                    parameter.grad.zero_()
            F.cross_entropy(model(images), labels).backward()
            optimizer.step()


def gradients_put_in_place(watch):
    model, (loader, _val) = Net(), loaders()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer):
        for images, labels in loader:
            loss = F.cross_entropy(model(images), labels)
            parameters = list(model.parameters())
            for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
                parameter.grad = gradient
            optimizer.step()


def one_set_two_samplers(watch):
    """Training and validation are parts of one data set, told apart by samplers."""
    model, whole = Net(), pictures(40)
    loader = DataLoader(whole, 4, sampler=SubsetRandomSampler(range(30)))
    val_loader = DataLoader(whole, 4, sampler=SubsetRandomSampler(range(30, 40)))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer):
        for _epoch in range(2):
            model.train()
            for images, labels in loader:
                loss = F.cross_entropy(model(images), labels)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                for images, _labels in val_loader:
                    model(images)


def parts_and_early_stopping(watch):
    """Subsets, a new loader every epoch, the best weights kept, an end before the last epoch."""
    model, whole = Net(), pictures(40)
    train, val = Subset(whole, range(30)), Subset(whole, range(30, 40))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = lr_scheduler.CosineAnnealingLR(optimizer, T_max=50)
    best, best_model = -1.0, None
    with watch(model, optimizer, scheduler):
        for epoch in range(50):
            model.train()
            for images, labels in DataLoader(train, 4, shuffle=True):
                loss = F.cross_entropy(model(images), labels)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            scheduler.step()
            score = judge(model, DataLoader(val, 4))
            if score > best:
                best, best_model = score, copy.deepcopy(model)
            if epoch == 2:
                break
        judge(best_model, DataLoader(val, 4))


def endless_batches(watch):
    """Training by steps, not by epochs."""
    model, (loader, val_loader) = Net(), loaders()

    def forever():
        while True:
            yield from loader

    batches = forever()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    scheduler = lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, step / 5))
    with watch(model, optimizer, scheduler):
        for step in range(1, 25):
            model.train()
            images, labels = next(batches)
            loss = F.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            if step % 8 == 0:
                model.eval()
                with torch.no_grad():
                    for images, labels in val_loader:
                        F.cross_entropy(model(images), labels)


def dropout_while_judging(watch):
    """Dropout stays on, layer by layer, to see how sure the network is; gradients show where it looks."""
    model, (loader, val_loader) = Net(), loaders()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer):
        for images, labels in loader:
            learn(model, optimizer, images, labels)
        model.eval()
        model.head[0].train()
        with torch.no_grad():
            for images, _labels in val_loader:
                torch.stack([model(images).softmax(1) for _ in range(3)]).std(0)
        model.eval()
        for images, labels in val_loader:
            images.requires_grad_(True)
            F.cross_entropy(model(images), labels).backward()


def gray_normalised(watch):
    """MNIST's mean and std, probabilities from log_softmax, a score on the training pictures."""
    model = Net(channels=1)
    loader, val_loader = DataLoader(pictures(32, 1), 4, shuffle=True), DataLoader(pictures(12, 1), 4)
    optimizer = torch.optim.Adadelta(model.parameters(), lr=1.0)
    scheduler = lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.7)
    with watch(model, optimizer, scheduler):
        for _epoch in range(3):
            model.train()
            for images, labels in loader:
                optimizer.zero_grad()
                loss = F.nll_loss(F.log_softmax(model((images - 0.1307) / 0.3081), 1), labels)
                loss.backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                for images, labels in itertools.chain(loader, val_loader):
                    F.nll_loss(F.log_softmax(model((images - 0.1307) / 0.3081), 1), labels, reduction="sum")
            scheduler.step()


def scales_inside(watch):
    """Bytes come in, and the network makes numbers of them itself."""

    class Scaling(Net):
        def forward(self, images):
            return super().forward((images / 255 - 0.5) / 0.25)

    model, (loader, val_loader) = Scaling(), loaders()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer):
        for _epoch in range(2):
            model.train()
            for images, labels in loader:
                loss = F.cross_entropy(model((images * 255).round()), labels)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                for images, _labels in val_loader:
                    model((images * 255).round())


def several_labels(watch):
    """Every class may be there: a sigmoid only where probabilities are wanted."""
    model, (loader, val_loader) = Net(), loaders()
    criterion = nn.BCEWithLogitsLoss(pos_weight=torch.ones(3) * 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer):
        for _epoch in range(2):
            model.train()
            for images, labels in loader:
                loss = criterion(model(images), F.one_hot(labels, 3).float())
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                for images, _labels in val_loader:
                    model(images).sigmoid().gt(0.5)


def noise_as_pictures(watch):
    """What people try a loop with."""
    model = Net()
    loader = [(torch.randn(4, 3, 8, 8), torch.randint(0, 3, (4,))) for _ in range(8)]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer):
        for images, labels in loader:
            learn(model, optimizer, images, labels)
        model.eval()
        with torch.no_grad():
            for images, _labels in loader:
                model(images)


def resumed(watch):
    """A schedule that had moved before goes on, and a training that was interrupted with it."""
    model, (loader, _val) = Net(), loaders()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = lr_scheduler.StepLR(optimizer, 3)
    for images, labels in loader:
        learn(model, optimizer, images, labels)
    scheduler.step()
    kept = copy.deepcopy((model.state_dict(), optimizer.state_dict(), scheduler.state_dict()))
    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = lr_scheduler.StepLR(optimizer, 3)
    with watch(model, optimizer, scheduler):
        for part, state in zip((model, optimizer, scheduler), kept, strict=True):
            part.load_state_dict(state)
        for _epoch in range(2):
            for images, labels in loader:
                learn(model, optimizer, images, labels)
            scheduler.step()


LOOPS = {
    name: function
    for name, function in list(globals().items())
    if callable(function)
    and getattr(function, "__code__", None)
    and function.__code__.co_varnames[:1] == ("watch",)
}
