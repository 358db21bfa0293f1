"""Loops of a second blind set, told again: chosen by what people asked, marked before any detector ran."""

from torch.optim import lr_scheduler


def test_a_normalisation_that_only_the_training_knows(found):
    """https://github.com/sha2nkt/deco/issues/22"""
    code = """
mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
std = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
for epoch in range(2):
    model.train()
    for images, labels in loader:
        loss = F.cross_entropy(model((images - mean) / std), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
model.eval()
contacts = []
for number in range(5):
    picture = (torch.rand(8, 8, 3) * 255).round().numpy()
    picture = picture.transpose(2, 0, 1) / 255.0
    with torch.no_grad():
        contacts.append(model(torch.tensor(picture[None], dtype=torch.float32)).argmax(1))
"""
    assert found(code, lr_scheduler=lr_scheduler) == ["scaled_otherwise"]


def test_a_decay_that_nobody_moves(found):
    """https://github.com/minar09/cp-vton-plus/issues/69"""
    code = """
scheduler = lr_scheduler.LambdaLR(optimizer, lambda step: 1.0 - max(0, step - 8) / 16)
with watch(model, optimizer, scheduler):
    model.train()
    batches = iter(loader)
    for step in range(24):
        try:
            images, labels = next(batches)
        except StopIteration:
            batches = iter(loader)
            images, labels = next(batches)
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""
    assert found(code, lr_scheduler=lr_scheduler) == ["scheduler_never_moves"]


def test_two_schedules_of_epochs_that_move_with_every_batch(found):
    """https://github.com/Lornatang/SRGAN-PyTorch/issues/1"""
    code = """
generator = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.PReLU(), nn.Conv2d(4, 3, 3, padding=1))
end = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 1)]
discriminator = nn.Sequential(nn.Conv2d(3, 4, 3), nn.LeakyReLU(0.2), *end)
epochs = 8
optimizer_g, optimizer_d = (torch.optim.Adam(net.parameters(), 1e-4) for net in (generator, discriminator))
both = (optimizer_g, optimizer_d)
scheduler_g, scheduler_d = (lr_scheduler.StepLR(one, epochs // 2, 0.1) for one in both)
bce = nn.BCEWithLogitsLoss()
with watch(generator, discriminator, optimizer_g, optimizer_d, scheduler_g, scheduler_d):
    for epoch in range(epochs):
        for sharp, _ in loader:
            coarse = F.avg_pool2d(sharp, 2)
            made = generator(F.interpolate(coarse, scale_factor=2))
            optimizer_d.zero_grad()
            ones = torch.ones(len(sharp), 1)
            (bce(discriminator(sharp), ones) + bce(discriminator(made.detach()), 0 * ones)).backward()
            optimizer_d.step()
            optimizer_g.zero_grad()
            (F.mse_loss(made, sharp) + 1e-3 * bce(discriminator(made), ones)).backward()
            optimizer_g.step()
            scheduler_d.step()
            scheduler_g.step()
"""
    assert found(code, lr_scheduler=lr_scheduler) == ["stepped_per_batch"]


def test_a_validation_without_its_mode(found):
    """https://github.com/nshaud/DeepHyperX/issues/51"""
    code = """
def val(net, data_loader, device="cpu"):
    accuracy, total = 0.0, 0.0
    for data, target in data_loader:
        with torch.no_grad():
            data, target = data.to(device), target.to(device)
            output = net(data)
            _, output = torch.max(output, dim=1)
            for out, pred in zip(output.view(-1), target.view(-1)):
                accuracy += out.item() == pred.item()
                total += 1
    return accuracy / total

def train(net, optimizer, criterion, data_loader, epoch, val_loader):
    for e in range(1, epoch + 1):
        net.train()
        for data, target in data_loader:
            optimizer.zero_grad()
            loss = criterion(net(data), target)
            loss.backward()
            optimizer.step()
        val(net, val_loader)

train(model, optimizer, nn.CrossEntropyLoss(), loader, 3, val_loader)
"""
    assert found(code, lr_scheduler=lr_scheduler) == ["missing_eval"]


def test_a_sigmoid_that_the_model_adds_in_eval_mode_and_the_loss_again(found):
    """https://github.com/wolny/pytorch-3dunet/issues/45"""
    code = """
class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        first = nn.Conv2d(3, 4, 3, padding=1)
        self.body = nn.Sequential(first, nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 1, 1))
        self.final_activation = nn.Sigmoid()
    def forward(self, x):
        x = self.body(x)
        return x if self.training else self.final_activation(x)
model = UNet()
optimizer = torch.optim.Adam(model.parameters(), 1e-3)
criterion = nn.BCEWithLogitsLoss()
with watch(model, optimizer):
    for epoch in range(3):
        model.train()
        for images, _ in loader:
            target = (images.mean(1, keepdim=True) > 0.5).float()
            loss = criterion(model(images), target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        model.eval()
        losses = []
        with torch.no_grad():
            for images, _ in val_loader:
                target = (images.mean(1, keepdim=True) > 0.5).float()
                losses.append(criterion(model(images), target).item())
"""
    assert found(code, lr_scheduler=lr_scheduler) == ["probabilities_while_judging"]


def test_a_helper_that_puts_the_model_into_eval_mode_before_every_loss(found):
    """https://github.com/ServiceNow/LCFCN/issues/20"""
    code = """
def blobs_of(model, images):
    model.eval()
    with torch.no_grad():
        return model(images).argmax(1)

def loss_of(model, images, labels):
    model.train()
    blobs = blobs_of(model, images)
    scores = model(images)
    return F.cross_entropy(scores, labels) + 0.1 * (scores.argmax(1) != blobs).float().mean()

for epoch in range(3):
    for images, labels in loader:
        loss = loss_of(model, images, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""
    assert found(code, lr_scheduler=lr_scheduler) == ["missing_train"]


def test_a_pruned_model_whose_optimizer_holds_the_layers_from_before(found):
    """https://github.com/microsoft/nni/issues/4521"""
    code = """
def speed_up(model):
    first = model.features[0]
    smaller = nn.Conv2d(3, 3, 3, stride=2, bias=False)
    smaller.weight.data = first.weight.data[:3].clone()
    model.features[0], model.features[1] = smaller, nn.BatchNorm2d(3)
    model.head[1] = nn.Linear(3, 3)

optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
speed_up(model)
with watch(model, optimizer):
    for epoch in range(3):
        model.train()
        for images, labels in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(images), labels).backward()
            optimizer.step()
"""
    assert found(code, lr_scheduler=lr_scheduler) == ["nothing_trainable"]


def test_batchnorm_that_is_put_to_rest_once_and_woken_by_every_epoch(found):
    """https://github.com/poppinace/indexnet_matting/issues/35"""
    code = """
class Net(nn.Module):
    def __init__(self, freeze_bn=True):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU6(),
            nn.Conv2d(4, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU6(),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
        if freeze_bn:
            self.freeze_bn()
    def freeze_bn(self):
        for m in self.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.eval()
    def forward(self, x): return self.layers(x)
net = Net()
optimizer = torch.optim.Adam(net.parameters(), 1e-3)
with watch(net, optimizer):
    for epoch in range(3):
        net.train()
        for images, labels in loader:
            optimizer.zero_grad()
            F.cross_entropy(net(images), labels).backward()
            optimizer.step()
"""
    assert found(code, lr_scheduler=lr_scheduler) == ["frozen_batchnorm_moves"]


def test_a_frozen_extractor_whose_statistics_move(found):
    """https://github.com/visionml/pytracking/issues/68"""
    code = """
class Tracker(nn.Module):
    def __init__(self):
        super().__init__()
        second = [nn.ReLU(), nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4)]
        self.feature_extractor = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), *second)
        self.bb_regressor = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
        for p in self.feature_extractor.parameters():
            p.requires_grad_(False)
    def forward(self, x): return self.bb_regressor(self.feature_extractor(x))
net = Tracker()
optimizer = torch.optim.Adam(net.bb_regressor.parameters(), lr=1e-3)
scheduler = lr_scheduler.StepLR(optimizer, step_size=15, gamma=0.2)
with watch(net, optimizer, scheduler):
    for epoch in range(3):
        for part, training in ((loader, True), (val_loader, False)):
            net.train(training)
            torch.set_grad_enabled(training)
            for images, labels in part:
                loss = F.cross_entropy(net(images), labels)
                if training:
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
        scheduler.step()
    torch.set_grad_enabled(True)
"""
    assert found(code, lr_scheduler=lr_scheduler) == ["frozen_batchnorm_moves"]


def test_requires_grad_of_a_layer_instead_of_its_parameters(found):
    """https://github.com/CSCYQJ/MICCAI23-ProtoContra-SFDA/issues/18"""
    code = """
class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.inc = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.InstanceNorm2d(4), nn.ReLU())
        self.outc = nn.Conv2d(4, 3, 1)
    def forward(self, x): return self.outc(self.inc(x))
class Trainer:
    def __init__(self):
        self.model = UNet()
        self.model.outc.requires_grad = False
        self.optimizer = torch.optim.Adam(self.model.parameters(), 1e-3)
trainer = Trainer()
with watch(trainer.model, trainer.optimizer):
    for epoch in range(3):
        trainer.model.train()
        for images, labels in loader:
            scores = trainer.model(images).mean((2, 3))
            loss = F.cross_entropy(scores, labels)
            trainer.optimizer.zero_grad()
            loss.backward()
            trainer.optimizer.step()
"""
    assert found(code, lr_scheduler=lr_scheduler) == ["module_not_frozen"]


def test_frozen_while_a_gradient_is_left(found):
    """https://github.com/neuralmagic/sparseml/issues/965"""
    code = """
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
with watch(model, optimizer):
    model.train()
    for step, (images, labels) in enumerate(loader):
        optimizer.zero_grad(set_to_none=False)
        F.cross_entropy(model(images), labels).backward()
        if step == 0:  # the recipe is asked inside optimizer.step()
            for name, parameter in model.named_parameters():
                parameter.requires_grad = not name.startswith("features.0")
        optimizer.step()
"""
    assert found(code, lr_scheduler=lr_scheduler) == ["frozen_parameters_move"]


def test_a_discriminator_whose_gradients_nobody_clears(found):
    """https://github.com/Hsintien-Ng/idinvert_pytorch-reproduced/issues/1"""
    code = """
last = nn.Conv2d(4, 3, 3, padding=1)
encoder = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.LeakyReLU(0.2), last)
end = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 1)]
discriminator = nn.Sequential(nn.Conv2d(3, 4, 3), nn.LeakyReLU(0.2), *end)
optimizer_E, optimizer_D = (torch.optim.Adam(one.parameters(), 1e-4) for one in (encoder, discriminator))
with watch(encoder, discriminator, optimizer_E, optimizer_D):
    for epoch in range(2):
        for x_real, _ in loader:
            x_rec = encoder(x_real)
            loss_adv = F.softplus(-discriminator(x_rec)).mean()
            loss_E = F.mse_loss(x_rec, x_real) + 0.1 * loss_adv
            optimizer_E.zero_grad()
            loss_E.backward()
            optimizer_E.step()
            x_real = x_real.requires_grad_()
            d_real = discriminator(x_real)
            d_fake = discriminator(encoder(x_real).detach())
            gradient = torch.autograd.grad(d_real.sum(), x_real, create_graph=True)[0]
            penalty = 5 * gradient.square().sum((1, 2, 3)).mean()
            loss_D = F.softplus(d_fake).mean() + F.softplus(-d_real).mean() + penalty
            loss_D.backward()
            optimizer_D.step()
"""
    assert found(code, lr_scheduler=lr_scheduler) == ["zero_grad_forgotten"]


def test_attention_over_labels_and_another_softmax_in_the_loss(found):
    """https://github.com/gitabcworld/MatchingNetworks/issues/5"""
    code = """
class Matching(nn.Module):
    def __init__(self):
        super().__init__()
        pool = [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        self.g = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), *pool)
    def forward(self, support, support_y, target):
        a, b = F.normalize(self.g(support), dim=1), F.normalize(self.g(target), dim=1)
        similarities = b @ a.T
        attention = nn.Softmax(dim=1)(similarities)
        return attention @ support_y
model = Matching()
optimizer = torch.optim.Adam(model.parameters(), 1e-3)
with watch(model, optimizer):
    for epoch in range(3):
        for images, labels in loader:
            support, target = images[:2], images[2:]
            one_hot = F.one_hot(labels[:2], 3).float()
            loss = F.cross_entropy(model(support, one_hot, target), labels[2:])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
"""
    assert found(code, lr_scheduler=lr_scheduler) == ["softmax_before_cross_entropy"]


def test_slices_that_are_standardised_for_training_only(found):
    """https://github.com/jchen42703/kits19-cnn/issues/22"""
    code = """
def slices(batches, standardise):
    for images, labels in batches:
        hounsfield = (images * 1500 - 700).round()
        if standardise:
            hounsfield = hounsfield.clamp(-79, 304)
            hounsfield = (hounsfield - 101) / 76.9
        yield hounsfield, labels
for epoch in range(2):
    model.train()
    for images, labels in slices(loader, True):
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
model.eval()
with torch.no_grad():
    for images, labels in slices(val_loader, False):
        model(images).argmax(1)
"""
    assert found(code, lr_scheduler=lr_scheduler) == ["scaled_otherwise"]


def test_log_softmax_twice_is_harmless_and_silent(found):
    """https://github.com/Randl/MobileNetV2-pytorch/issues/5"""
    code = """
for epoch in range(3):
    for images, labels in loader:
        loss = nn.CrossEntropyLoss()(F.log_softmax(model(images), dim=1), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""
    assert found(code, lr_scheduler=lr_scheduler) == []
