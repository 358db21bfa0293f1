"""Training loops as people asked about them, told again: each is wrong in one way."""

import copy

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader, TensorDataset


def small(classes=3, channels=3):
    body = [nn.Conv2d(channels, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU()]
    return nn.Sequential(*body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(8, classes))


def photos(count=32, classes=3, channels=3, size=12):
    return TensorDataset(torch.randn(count, channels, size, size), torch.arange(count) % classes)


def two_loaders(**settings):
    train = DataLoader(photos(**settings), batch_size=4, shuffle=True)
    return train, DataLoader(photos(**settings), batch_size=8)


def validation_in_the_middle_of_an_epoch(watch):
    """https://github.com/wkentaro/pytorch-fcn/issues/57"""
    train_loader, val_loader = two_loaders()

    class Trainer:
        def __init__(self, model, optim):
            self.model, self.optim, self.iteration, self.interval_validate = model, optim, 0, 3

        def validate(self):
            self.model.eval()
            val_loss = 0
            with torch.no_grad():
                for data, target in val_loader:
                    val_loss += F.cross_entropy(self.model(data), target).item()
            return val_loss / len(val_loader)

        def train_epoch(self):
            self.model.train()
            for data, target in train_loader:
                if self.iteration % self.interval_validate == 0:
                    self.validate()
                self.iteration += 1
                self.optim.zero_grad()
                loss = F.cross_entropy(self.model(data), target)
                loss.backward()
                self.optim.step()

    model = small()
    trainer = Trainer(model, optim.SGD(model.parameters(), lr=1e-3, momentum=0.9))
    with watch(model, trainer.optim):
        for _ in range(3):
            trainer.train_epoch()


def a_fit_that_looks_at_the_loss(watch):
    """https://github.com/SethHWeidman/DLFS_code/issues/22"""
    train_loader, val_loader = two_loaders()

    class PyTorchTrainer:
        def __init__(self, model, optim, criterion):
            self.model, self.optim, self.loss = model, optim, criterion

        def fit(self, train_dataloader, test_dataloader, epochs):
            self.model.train()
            for _e in range(epochs):
                for X_batch, y_batch in train_dataloader:
                    self.optim.zero_grad()
                    loss = self.loss(self.model(X_batch), y_batch)
                    loss.backward()
                    self.optim.step()
                with torch.no_grad():
                    self.model.eval()
                    losses = [self.loss(self.model(X), y) for X, y in test_dataloader]
                    torch.stack(losses).mean().item()

    model = small()
    optimizer = optim.Adam(model.parameters(), 1e-3)
    with watch(model, optimizer):
        PyTorchTrainer(model, optimizer, nn.CrossEntropyLoss()).fit(train_loader, val_loader, 3)


def an_evaluation_that_turns_training_on(watch):
    """https://github.com/sshaoshuai/Pointnet2.PyTorch/issues/28"""
    train_loader, eval_loader = two_loaders()

    def train_one_epoch(model, optimizer):
        model.train()
        for x, y in train_loader:
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()

    def eval_one_epoch(model):
        model.train()
        correct = 0
        with torch.no_grad():
            for x, y in eval_loader:
                correct += (model(x).max(1)[1] == y).sum().item()
        return correct

    model = small()
    optimizer = optim.Adam(model.parameters())
    with watch(model, optimizer):
        for _epoch in range(3):
            train_one_epoch(model, optimizer)
            eval_one_epoch(model)


def a_unet_that_validates_with_no_grad_only(watch):
    """https://github.com/ugent-korea/pytorch-unet-segmentation/issues/18"""

    class UNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.down = nn.Sequential(nn.Conv2d(1, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU())
            self.up = nn.Conv2d(6, 2, 1)

        def forward(self, x):
            return self.up(self.down(x))

    pictures, masks = torch.randn(16, 1, 12, 12), torch.randint(0, 2, (16, 12, 12))
    train = DataLoader(TensorDataset(pictures, masks), 4, shuffle=True)
    val = DataLoader(TensorDataset(pictures[:6], masks[:6]), 1)
    model, criterion = UNet(), nn.CrossEntropyLoss()
    optimizer = optim.RMSprop(model.parameters(), lr=1e-4)

    def train_model():
        model.train()
        for images, targets in train:
            outputs = model(images)
            loss = criterion(outputs, targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    def validate_model():
        total_val_loss = 0
        for images_v, masks_v in val:
            with torch.no_grad():
                outputs_val = model(images_v)
                total_val_loss += criterion(outputs_val, masks_v).item()
        return total_val_loss

    with watch(model, optimizer):
        for _ in range(3):
            train_model()
            validate_model()


def a_demo_in_train_mode(watch):
    """https://github.com/dbpprt/u-2-net-portrait/issues/4"""
    trained = small()
    net = small()
    net.load_state_dict(trained.state_dict())
    net.train()
    with watch(net), torch.no_grad():
        for _file in range(6):
            picture = torch.randn(1, 3, 12, 12)
            net(picture).softmax(1)


def features_for_retrieval_in_train_mode(watch):
    """https://github.com/layumi/Person_reID_baseline_pytorch/issues/218"""
    train_loader, gallery = two_loaders()
    model = small()
    optimizer = optim.SGD(model.parameters(), 0.01)
    with watch(model, optimizer):
        model.train()
        for _epoch in range(2):
            for inputs, labels in train_loader:
                optimizer.zero_grad()
                loss = F.cross_entropy(model(inputs), labels)
                loss.backward()
                optimizer.step()
        features = torch.FloatTensor()
        for img, _label in gallery:
            ff = model[:5](img)
            ff = ff.div(torch.norm(ff, p=2, dim=1, keepdim=True))
            features = torch.cat((features, ff.data.cpu()), 0)


def step_lr_of_a_tutorial_in_the_batch_loop(watch):
    """https://github.com/pytorch/tutorials/pull/640"""
    train_loader, val_loader = two_loaders()
    dataloaders = {"train": train_loader, "val": val_loader}
    model, criterion = small(), nn.CrossEntropyLoss()
    optimizer_ft = optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    exp_lr_scheduler = lr_scheduler.StepLR(optimizer_ft, step_size=7, gamma=0.1)
    with watch(model, optimizer_ft, exp_lr_scheduler):
        for _epoch in range(4):
            for phase in ["train", "val"]:
                if phase == "train":
                    model.train()
                else:
                    model.eval()
                running_corrects = 0
                for inputs, labels in dataloaders[phase]:
                    optimizer_ft.zero_grad()
                    with torch.set_grad_enabled(phase == "train"):
                        outputs = model(inputs)
                        _, preds = torch.max(outputs, 1)
                        loss = criterion(outputs, labels)
                        if phase == "train":
                            loss.backward()
                            optimizer_ft.step()
                            exp_lr_scheduler.step()
                    running_corrects += torch.sum(preds == labels.data)


def a_schedule_that_moves_before_the_epoch(watch):
    """https://github.com/liuzechun/ReActNet/issues/32"""
    train_loader, val_loader = two_loaders()
    epochs = 4
    model, criterion = small(), nn.CrossEntropyLoss(label_smoothing=0.1)
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    scheduler = lr_scheduler.LambdaLR(optimizer, lambda step: 1.0 - step / epochs)

    def train():
        model.train()
        scheduler.step()
        for images, target in train_loader:
            loss = criterion(model(images), target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    def validate():
        model.eval()
        with torch.no_grad():
            return [criterion(model(images), target).item() for images, target in val_loader]

    with watch(model, optimizer, scheduler):
        for _epoch in range(epochs):
            train()
            validate()


def a_plateau_that_is_given_the_accuracy(watch):
    """https://github.com/md-mohaiminul/ViS4mer/issues/4"""
    train_loader, val_loader = two_loaders()
    model, criterion = small(), nn.CrossEntropyLoss()
    optimizer = optim.AdamW(model.parameters(), lr=1e-2)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, patience=1, factor=0.2)

    def evaluate():
        model.eval()
        correct = total = 0
        with torch.no_grad():
            for inputs, targets in val_loader:
                _, predicted = model(inputs).max(1)
                total += targets.size(0)
                correct += predicted.eq(targets).sum().item()
        return 100.0 * correct / total

    with watch(model, optimizer, scheduler):
        for _epoch in range(6):
            model.train()
            for inputs, targets in train_loader:
                optimizer.zero_grad()
                loss = criterion(model(inputs), targets)
                loss.backward()
                optimizer.step()
            acc = evaluate()
            scheduler.step(acc)


def accumulation_that_clears_every_small_batch(watch):
    """https://github.com/bytetriper/RAE/issues/67"""
    train_loader, _ = two_loaders()
    model = small()
    optimizer = optim.AdamW(model.parameters(), lr=1e-3)
    grad_accum_steps = 4
    with watch(model, optimizer):
        model.train()
        for _epoch in range(3):
            for step, (x, y) in enumerate(train_loader):
                optimizer.zero_grad(set_to_none=True)
                loss = F.cross_entropy(model(x), y) / grad_accum_steps
                loss.backward()
                if (step + 1) % grad_accum_steps == 0:
                    optimizer.step()


def cleared_between_backward_and_step(watch):
    """https://github.com/lucidrains/byol-pytorch/issues/93"""
    loader, _ = two_loaders()
    net, head = small(8), nn.Linear(8, 8)
    params = [*net.parameters(), *head.parameters()]
    opt = optim.Adam(params, lr=3e-4)
    both = nn.ModuleList([net, head])
    with watch(both, opt):
        both.train()
        for _epoch in range(2):
            for images, _ in loader:
                noisy = images + 0.1 * torch.randn_like(images)
                with torch.no_grad():
                    target = net(images)
                loss = 2 - 2 * F.cosine_similarity(head(net(noisy)), target).mean()
                loss.backward()
                opt.zero_grad()
                opt.step()


def transfer_learning_without_clearing(watch):
    """https://github.com/udacity/deep-learning-v2-pytorch/pull/160"""
    trainloader, testloader = two_loaders()
    model = nn.ModuleDict({"features": small(8), "fc": nn.Sequential(nn.Linear(8, 3), nn.LogSoftmax(dim=1))})
    for param in model["features"].parameters():
        param.requires_grad = False
    criterion = nn.NLLLoss()
    optimizer = optim.Adam(model["fc"].parameters(), lr=0.003)
    running_loss, steps, print_every = 0, 0, 5
    with watch(model, optimizer):
        model["features"].eval()
        for _epoch in range(2):
            for inputs, labels in trainloader:
                steps += 1
                logps = model["fc"](model["features"](inputs))
                loss = criterion(logps, labels)
                loss.backward()
                optimizer.step()
                running_loss += loss.item()
                if steps % print_every == 0:
                    model["fc"].eval()
                    with torch.no_grad():
                        for inputs, labels in testloader:
                            criterion(model["fc"](model["features"](inputs)), labels).item()
                    running_loss = 0
                    model["fc"].train()


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(432, 16), nn.ReLU())
        self.mean, self.logvar = nn.Linear(16, 4), nn.Linear(16, 4)
        self.decoder = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 432))

    def forward(self, x):
        h = self.encoder(x)
        mean, logvar = self.mean(h), self.logvar(h)
        z = mean + torch.randn_like(mean) * (0.5 * logvar).exp()
        return self.decoder(z), mean, logvar


def a_vae_whose_decoder_is_not_held(watch):
    """https://github.com/zdebruine/MMVAE/issues/39"""
    loader, _ = two_loaders()
    vae = VAE()
    optimizer = optim.Adam(vae.encoder.parameters(), lr=1e-3)
    with watch(vae, optimizer):
        vae.train()
        for _epoch in range(2):
            for x, _ in loader:
                optimizer.zero_grad()
                x_hat, mean, logvar = vae(x)
                kld = -0.5 * torch.sum(1 + logvar - mean**2 - logvar.exp()) / len(x)
                loss = F.mse_loss(x_hat, x.flatten(1), reduction="sum") / len(x) + kld
                loss.backward()
                optimizer.step()


def an_encoder_that_nobody_holds(watch):
    """https://github.com/9310gaurav/ali-pytorch/issues/5"""
    encoder = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU())
    decoder = nn.Sequential(nn.Conv2d(8, 2, 1))
    images, masks = torch.randn(16, 3, 12, 12), torch.randint(0, 2, (16, 12, 12))
    loader = DataLoader(TensorDataset(images, masks), 4, shuffle=True)
    optimizer = optim.Adam(decoder.parameters(), lr=1e-3)
    criterion = nn.CrossEntropyLoss()
    with watch(encoder, decoder, optimizer):
        for _epoch in range(3):
            encoder.train()
            decoder.train()
            for image, mask in loader:
                optimizer.zero_grad()
                loss = criterion(decoder(encoder(image)), mask)
                loss.backward()
                optimizer.step()


def an_extractor_that_detaches(watch):
    """https://github.com/lucidrains/CoCa-pytorch/issues/6"""
    loader, _ = two_loaders()

    class Extractor(nn.Module):
        def __init__(self, vit):
            super().__init__()
            self.vit = vit

        def forward(self, img):
            return self.vit(img).clone().detach()

    class CoCa(nn.Module):
        def __init__(self):
            super().__init__()
            self.img_encoder = Extractor(nn.Sequential(nn.Flatten(), nn.Linear(432, 16), nn.GELU()))
            self.pool = nn.Linear(16, 8)
            self.text = nn.Embedding(3, 8)

        def forward(self, images, words):
            a, b = F.normalize(self.pool(self.img_encoder(images))), F.normalize(self.text(words))
            return F.cross_entropy(a @ b.t() / 0.1, torch.arange(len(images)))

    coca = CoCa()
    opt = optim.AdamW(coca.parameters(), 1e-3)
    with watch(coca, opt):
        coca.train()
        for _epoch in range(2):
            for images, words in loader:
                opt.zero_grad()
                loss = coca(images, words)
                loss.backward()
                opt.step()


def features_without_gradients_that_were_to_learn(watch):
    """https://github.com/hushell/sib_meta_learn/issues/3"""
    loader, _ = two_loaders()

    class Episode(nn.Module):
        def __init__(self):
            super().__init__()
            self.feat_net = nn.Sequential(
                nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
            )
            self.classifier = nn.Linear(8, 3)

        def forward(self, x):
            with torch.no_grad():
                feat = self.feat_net(x)
            return self.classifier(feat)

    net = Episode()
    optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4, nesterov=True)
    with watch(net, optimizer):
        net.train()
        for _ in range(3):
            for data, target in loader:
                optimizer.zero_grad()
                loss = F.cross_entropy(net(data), target)
                loss.backward()
                optimizer.step()


def an_adversarial_loss_that_was_made_a_number(watch):
    """https://github.com/guopengf/FL-MRCM/issues/10"""
    loader, _ = two_loaders()
    G = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 3, padding=1))
    D = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 1))
    opt_g, opt_d = optim.Adam(G.parameters(), 1e-3), optim.Adam(D.parameters(), 1e-3)
    losses = []
    with watch(G, D, opt_g, opt_d):
        for _ in range(2):
            for x, _ in loader:
                fake = G(x + 0.3 * torch.randn_like(x))
                opt_d.zero_grad()
                real_out, fake_out = D(x), D(fake.detach())
                bce = F.binary_cross_entropy_with_logits
                d_loss = bce(real_out, torch.ones_like(real_out)) + bce(fake_out, torch.zeros_like(fake_out))
                d_loss.backward()
                opt_d.step()
                opt_g.zero_grad()
                out = D(fake)
                loss_adv_g = bce(out, torch.ones_like(out)).detach().cpu()
                losses.append(loss_adv_g.item())
                g_loss = F.l1_loss(fake, x) + 0.1 * loss_adv_g
                g_loss.backward()
                opt_g.step()


def lanes_that_pass_two_sigmoids(watch):
    """https://github.com/Turoad/lanedet/issues/32"""
    images, exists = torch.randn(24, 3, 12, 12), torch.randint(0, 2, (24, 4)).float()
    loader = DataLoader(TensorDataset(images, exists), 4, shuffle=True)

    class ExistHead(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 5, 3)
            self.fc9, self.fc10 = nn.Linear(5 * 25, 16), nn.Linear(16, 4)

        def forward(self, x):
            x = F.avg_pool2d(F.relu(self.conv(x)), 2).flatten(1)
            x = F.relu(self.fc9(x))
            x = self.fc10(x)
            return torch.sigmoid(x)

    net, exist_loss = ExistHead(), nn.BCEWithLogitsLoss()
    optimizer = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    with watch(net, optimizer):
        net.train()
        for _epoch in range(3):
            for img, exist in loader:
                optimizer.zero_grad()
                loss = 0.1 * exist_loss(net(img), exist)
                loss.backward()
                optimizer.step()


def softmax_for_cifar_outside_the_network(watch):
    """https://github.com/GiorgiaD/PEPITA/issues/1"""
    trainloader, _ = two_loaders(classes=10, count=40)
    net = nn.Sequential(nn.Flatten(), nn.Linear(432, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 10))
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    with watch(net, optimizer):
        for _epoch in range(2):
            net.train()
            for _i, data in enumerate(trainloader, 0):
                inputs, target = data
                optimizer.zero_grad()
                outputs = F.softmax(net(inputs), dim=1)
                loss = criterion(outputs, target)
                loss.backward()
                optimizer.step()


def a_focal_loss_with_a_sigmoid_too_many(watch):
    """https://github.com/itakurah/focal-loss-pytorch/pull/5"""
    images, labels = torch.randn(24, 3, 12, 12), torch.randint(0, 2, (24,)).float()
    loader = DataLoader(TensorDataset(images, labels), 4, shuffle=True)

    class FocalLoss(nn.Module):
        def __init__(self, gamma=2.0, alpha=0.25):
            super().__init__()
            self.gamma, self.alpha = gamma, alpha

        def forward(self, inputs, targets):
            probs = torch.sigmoid(inputs)
            bce = F.binary_cross_entropy_with_logits(probs, targets, reduction="none")
            p_t = probs * targets + (1 - probs) * (1 - targets)
            alpha_t = self.alpha * targets + (1 - self.alpha) * (1 - targets)
            return (alpha_t * (1 - p_t) ** self.gamma * bce).mean()

    model, criterion = small(1), FocalLoss()
    optimizer = optim.Adam(model.parameters(), 1e-3)
    with watch(model, optimizer):
        model.train()
        for _ in range(3):
            for x, y in loader:
                optimizer.zero_grad()
                loss = criterion(model(x).squeeze(1), y)
                loss.backward()
                optimizer.step()


def clipped_after_the_step(watch):
    """https://github.com/jongwook/onsets-and-frames/issues/24"""
    loader, _ = two_loaders()
    model = small()
    optimizer = optim.Adam(model.parameters(), 6e-4)
    scheduler = lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.98)
    with watch(model, optimizer, scheduler):
        model.train()
        for _ in range(3):
            for batch, labels in loader:
                loss = F.cross_entropy(model(batch), labels)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                nn.utils.clip_grad_norm_(model.parameters(), 3)
            scheduler.step()


def clipped_while_still_scaled(watch):
    """https://github.com/milesial/Pytorch-UNet/pull/470"""
    loader, _ = two_loaders()
    model = small()
    optimizer = optim.RMSprop(model.parameters(), lr=1e-4, momentum=0.9)
    grad_scaler = torch.amp.GradScaler("cpu")
    with watch(model, optimizer):
        model.train()
        for _ in range(3):
            for images, true in loader:
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    loss = F.cross_entropy(model(images), true)
                optimizer.zero_grad(set_to_none=True)
                grad_scaler.scale(loss).backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                grad_scaler.step(optimizer)
                grad_scaler.update()


def the_best_weights_are_the_last(watch):
    """https://github.com/pytorch/tutorials/pull/188"""
    train_loader, val_loader = two_loaders()
    model = small()
    optimizer = optim.SGD(model.parameters(), 0.01, momentum=0.9)
    with watch(model, optimizer):
        best_model_wts, best_acc = model.state_dict(), 0.0
        for _epoch in range(3):
            model.train()
            for x, y in train_loader:
                optimizer.zero_grad()
                F.cross_entropy(model(x), y).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                acc = sum((model(x).argmax(1) == y).sum().item() for x, y in val_loader) / 32
            if acc > best_acc:
                best_acc, best_model_wts = acc, model.state_dict()
        model.load_state_dict(best_model_wts)


def a_freeze_bn_that_train_undoes(watch):
    """https://github.com/jfzhang95/pytorch-deeplab-xception/issues/140"""

    class DeepLab(nn.Module):
        def __init__(self, freeze_bn=False):
            super().__init__()
            self.backbone = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU())
            self.decoder = nn.Conv2d(8, 4, 1)
            if freeze_bn:
                self.freeze_bn()

        def forward(self, x):
            return self.decoder(self.backbone(x))

        def freeze_bn(self):
            for m in self.modules():
                if isinstance(m, nn.BatchNorm2d):
                    m.eval()
                    for p in m.parameters():
                        p.requires_grad = False

    data = TensorDataset(torch.randn(16, 3, 12, 12), torch.randint(0, 4, (16, 12, 12)))
    loader = DataLoader(data, 4, shuffle=True)
    model = DeepLab(freeze_bn=True)
    optimizer = optim.SGD([p for p in model.parameters() if p.requires_grad], 0.007, momentum=0.9)
    with watch(model, optimizer):
        for _epoch in range(3):
            model.train()
            for image, target in loader:
                optimizer.zero_grad()
                loss = F.cross_entropy(model(image), target, ignore_index=255)
                loss.backward()
                optimizer.step()


def a_frozen_network_whose_batchnorm_goes_on(watch):
    """https://github.com/pytorch/vision/issues/2079"""
    train_loader, val_loader = two_loaders()

    def set_parameter_requires_grad(model):
        for param in model.parameters():
            param.requires_grad = False

    model = small(8)
    set_parameter_requires_grad(model)
    model[-1] = nn.Linear(8, 3)
    optimizer = optim.Adam(model[-1].parameters())
    with watch(model, optimizer):
        for _ in range(2):
            model.train()
            for x, y in train_loader:
                optimizer.zero_grad()
                F.cross_entropy(model(x), y).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                for x, _y in val_loader:
                    model(x)


def unfrozen_but_filtered_before(watch):
    """https://github.com/bubbliiiing/yolov4-tiny-pytorch/issues/26"""
    loader, _ = two_loaders()

    class Yolo(nn.Module):
        def __init__(self):
            super().__init__()
            self.backbone = nn.Sequential(
                nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
            )
            self.head = nn.Linear(8, 3)

        def forward(self, x):
            return self.head(self.backbone(x))

    model = Yolo()
    for param in model.backbone.parameters():
        param.requires_grad = False
    optimizer = optim.Adam(filter(lambda p: p.requires_grad, model.parameters()), lr=0.001)

    def fit_one_epoch():
        model.train()
        for x, y in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()

    with watch(model, optimizer):
        for epoch in range(4):
            if epoch == 2:
                for param in model.backbone.parameters():
                    param.requires_grad = True
            fit_one_epoch()


def layers_in_a_list(watch):
    """https://github.com/pytorch/pytorch/issues/59925"""
    loader, _ = two_loaders()

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.blocks = []
            for i in range(2):
                self.blocks.append(nn.Conv2d(3 if i == 0 else 8, 8, 3))
            self.fc = nn.Linear(8, 3)

        def forward(self, x):
            for block in self.blocks:
                x = F.relu(block(x))
            return self.fc(x.mean((2, 3)))

    net = Net()
    optimizer = optim.Adam(net.parameters(), 1e-3)
    with watch(net, optimizer):
        net.train()
        for _ in range(2):
            for x, y in loader:
                optimizer.zero_grad()
                F.cross_entropy(net(x), y).backward()
                optimizer.step()


def a_resumed_schedule_that_begins_again(watch):
    """https://github.com/ultralytics/yolov5/issues/292"""
    loader, _ = two_loaders()
    model = small()
    old = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    old_scheduler = lr_scheduler.CosineAnnealingLR(old, T_max=6)
    for _ in range(3):
        for x, y in loader:
            old.zero_grad()
            F.cross_entropy(model(x), y).backward()
            old.step()
        old_scheduler.step()
    ckpt = copy.deepcopy({"model": model.state_dict(), "optimizer": old.state_dict(), "epoch": 3})
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    optimizer.load_state_dict(ckpt["optimizer"])
    for group in optimizer.param_groups:
        group["lr"] = group["initial_lr"]
    scheduler = lr_scheduler.CosineAnnealingLR(optimizer, T_max=6)
    with watch(model, optimizer, scheduler):
        for _epoch in range(3, 6):
            model.train()
            for x, y in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(x), y).backward()
                optimizer.step()
            scheduler.step()


def a_validation_that_keeps_gradients_ready(watch):
    """https://github.com/mapbox/robosat/pull/109"""
    train_loader, val_loader = two_loaders()
    net, criterion = small(), nn.CrossEntropyLoss()
    optimizer = optim.Adam(net.parameters(), lr=1e-4)

    def train():
        net.train()
        for images, masks in train_loader:
            optimizer.zero_grad()
            loss = criterion(net(images), masks)
            loss.backward()
            optimizer.step()

    def validate():
        net.eval()
        running_loss, num_samples = 0.0, 0
        for images, masks in val_loader:
            num_samples += int(images.size(0))
            loss = criterion(net(images), masks)
            running_loss += loss.item()
        return running_loss / num_samples

    with watch(net, optimizer):
        for _ in range(2):
            train()
            validate()


def a_cosine_of_batches_moved_by_epochs(watch):
    """https://github.com/sthalles/SimCLR/issues/8"""
    train_loader, _ = two_loaders(count=80)
    model = small(8)
    optimizer = optim.Adam(model.parameters(), 3e-4, weight_decay=1e-5)
    scheduler = lr_scheduler.CosineAnnealingLR(optimizer, T_max=len(train_loader), eta_min=0, last_epoch=-1)
    with watch(model, optimizer, scheduler):
        model.train()
        for _epoch_counter in range(3):
            for xis, _ in train_loader:
                optimizer.zero_grad()
                zis = F.normalize(model(xis), dim=1)
                zjs = F.normalize(model(xis + 0.1 * torch.randn_like(xis)), dim=1)
                loss = F.cross_entropy(zis @ zjs.t() / 0.5, torch.arange(len(xis)))
                loss.backward()
                optimizer.step()
            scheduler.step()


def one_cycle_moved_by_an_early_stopper(watch):
    """https://github.com/ageron/handson-mlp/issues/28"""
    train_loader, valid_loader = two_loaders()
    n_epochs = 4
    model, criterion = small(), nn.CrossEntropyLoss()
    optimizer = optim.NAdam(model.parameters(), lr=1e-3)
    steps = len(train_loader)
    scheduler = lr_scheduler.OneCycleLR(optimizer, epochs=n_epochs, steps_per_epoch=steps, max_lr=1e-2)

    def evaluate_tm():
        model.eval()
        with torch.no_grad():
            hits = [(model(X).argmax(1) == y).float().mean() for X, y in valid_loader]
        return torch.stack(hits).mean().item()

    best, patience, waited = 0.0, 20, 0
    with watch(model, optimizer, scheduler):
        for _epoch in range(n_epochs):
            model.train()
            for X_batch, y_batch in train_loader:
                loss = criterion(model(X_batch), y_batch)
                loss.backward()
                optimizer.step()
                optimizer.zero_grad()
            val = evaluate_tm()
            if val > best:
                best, waited = val, 0
            else:
                waited += 1
                if waited >= patience:
                    break
            scheduler.step()


def losses_that_hold_their_graphs(watch):
    """https://github.com/leftthomas/SRGAN/issues/43"""
    loader, _ = two_loaders()
    netG = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.PReLU(), nn.Conv2d(8, 3, 3, padding=1))
    optimizerG = optim.Adam(netG.parameters())
    with watch(netG, optimizerG):
        for _epoch in range(3):
            running_results = {"batch_sizes": 0, "g_loss": 0}
            netG.train()
            for target, _ in loader:
                z = target + 0.2 * torch.randn_like(target)
                netG.zero_grad()
                g_loss = F.mse_loss(netG(z), target)
                g_loss.backward()
                optimizerG.step()
                running_results["batch_sizes"] += len(target)
                running_results["g_loss"] += g_loss * len(target)


def frozen_on_the_way_with_momentum(watch):
    """https://github.com/SegmentationBLWX/sssegmentation/issues/54"""
    loader, _ = two_loaders()
    model = small()
    optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    with watch(model, optimizer):
        for epoch in range(4):
            model.train()
            if epoch == 1:
                for param in model[0].parameters():
                    param.requires_grad = False
            for x, y in loader:
                optimizer.zero_grad(set_to_none=False)
                F.cross_entropy(model(x), y).backward()
                optimizer.step()


def an_accuracy_of_unequal_batches(watch):
    """https://github.com/udacity/deep-learning-v2-pytorch/pull/74"""
    train_loader, _ = two_loaders()
    testloader = DataLoader(photos(count=33), batch_size=8)
    model = small()
    optimizer = optim.Adam(model.parameters(), lr=0.003)
    with watch(model, optimizer):
        for _e in range(2):
            model.train()
            for images, labels in train_loader:
                optimizer.zero_grad()
                F.cross_entropy(model(images), labels).backward()
                optimizer.step()
            accuracy = 0
            with torch.no_grad():
                model.eval()
                for images, labels in testloader:
                    ps = torch.softmax(model(images), 1)
                    _top_p, top_class = ps.topk(1, dim=1)
                    equals = top_class == labels.view(*top_class.shape)
                    accuracy += torch.mean(equals.float())
            print(f"Test Accuracy: {accuracy / len(testloader):.3f}", end="")
