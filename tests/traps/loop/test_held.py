import pytest

STEP = """
    for x, y in loader:
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
"""

BROKEN = {
    "a loss cut off by item": (
        "steps_without_gradients",
        """
for x, y in loader:
    optimizer.zero_grad()
    loss = torch.tensor(F.cross_entropy(model(x), y).item(), requires_grad=True)
    loss.backward()
    optimizer.step()
""",
    ),
    "an answer below no_grad": (
        "steps_without_gradients",
        """
for x, y in loader:
    with torch.no_grad():
        scores = model(x)
    optimizer.zero_grad()
    F.cross_entropy(scores.requires_grad_(), y).backward()
    optimizer.step()
""",
    ),
    "no backward at all": (
        "steps_without_gradients",
        """
for x, y in loader:
    optimizer.zero_grad()
    loss = F.cross_entropy(model(x), y)
    optimizer.step()
""",
    ),
    "a whole model, frozen by name": (
        "module_not_frozen",
        "teacher = type(model)()\nteacher.requires_grad = False\n"
        "optimizer = torch.optim.SGD([*model.parameters(), *teacher.parameters()], lr=0.1)\n"
        "with watch(teacher, model, optimizer):" + STEP,
    ),
    "every layer in a loop": (
        "module_not_frozen",
        "for layer in model.features.children(): layer.requires_grad = False\n"
        "with watch(model, optimizer):" + STEP,
    ),
    "unfrozen by name": (
        "module_not_frozen",
        "model.features.requires_grad_(False).eval()\n"
        "with watch(model, optimizer):\n    model.features[0].requires_grad = True" + STEP,
    ),
    "a model made anew": (
        "nothing_trainable",
        "model = type(model)()\nwith watch(model, optimizer):" + STEP,
    ),
    "a head exchanged": (
        "nothing_trainable",
        """
model.features.requires_grad_(False).eval()
optimizer = torch.optim.Adam(model.head.parameters())
model.head = nn.Linear(4, 3)
with watch(model, optimizer):"""
        + STEP,
    ),
    "only the frozen part": (
        "nothing_trainable",
        """
model.features.requires_grad_(False).eval()
optimizer = torch.optim.Adam(model.features.parameters())
with watch(model, optimizer):"""
        + STEP,
    ),
    "two optimizers of copies": (
        "nothing_trainable",
        """
other = copy.deepcopy(model)
optimizer = torch.optim.Adam(other.features.parameters())
head = torch.optim.Adam(other.head.parameters())
with watch(model, [optimizer, head]):"""
        + STEP
        + "        head.step()\n",
    ),
    "a head for other classes": (
        "new_head_not_held",
        """
optimizer = torch.optim.AdamW(model.parameters())
model.head[1] = nn.Linear(4, 7)
with watch(model, optimizer):"""
        + STEP,
    ),
    "two optimizers, one of the old head": (
        "new_head_not_held",
        """
body = torch.optim.Adam(model.features.parameters())
optimizer = torch.optim.Adam(model.head.parameters())
model.head = nn.Linear(4, 3)
with watch(model, body, optimizer):"""
        + STEP
        + "        body.step()\n        body.zero_grad()\n",
    ),
    "a new first layer, by groups": (
        "new_head_not_held",
        """
groups = [{"params": part.parameters()} for part in (model.features, model.head)]
optimizer = torch.optim.SGD(groups, lr=0.1)
model.features[0] = nn.Conv2d(3, 4, 5)
with watch(model):"""
        + STEP,
    ),
    "unfrozen by parameters": (
        "unfrozen_too_late",
        """
for p in model.features.parameters(): p.requires_grad = False
optimizer = torch.optim.AdamW(filter(lambda p: p.requires_grad, model.parameters()))
with watch(model, optimizer):
    for number, (x, y) in enumerate(loader):
        if number == 3:
            for p in model.features.parameters(): p.requires_grad = True
        elif number < 3:
            model.features.eval()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
        optimizer.zero_grad()
""",
    ),
    "one stage of two": (
        "unfrozen_too_late",
        """
model.requires_grad_(False).eval()
model.head.requires_grad_(True)
optimizer = torch.optim.SGD(model.head.parameters(), lr=0.1)
with watch(model):
    for epoch in range(3):
        model.features[1].requires_grad_(epoch > 0)"""
        + STEP.replace("\n    ", "\n        "),
    ),
    "in a closure": (
        "unfrozen_too_late",
        """
model.features.requires_grad_(False)
optimizer = torch.optim.SGD(model.head.parameters(), lr=0.1)
def closure():
    optimizer.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    return loss
with watch(model.eval(), optimizer):
    for number, (x, y) in enumerate(loader):
        model.features.requires_grad_(number > 1)
        optimizer.step(closure)
""",
    ),
    "cleared before the step, to zeros": (
        "steps_without_gradients",
        """
with watch(model, optimizer):
    for x, y in loader:
        F.cross_entropy(model(x), y).backward()
        optimizer.zero_grad(set_to_none=False)
        optimizer.step()
""",
    ),
    "named frozen, and thawed later": (
        "module_not_frozen",
        """
model.features.requires_grad = False
with watch(model.eval(), optimizer):
    for number, (x, y) in enumerate(loader):
        model.features.requires_grad = number > 3
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
        optimizer.zero_grad()
""",
    ),
    "frozen with its gradient": (
        "frozen_parameters_move",
        """
with watch(model.eval(), optimizer):
    for number, (x, y) in enumerate(loader):
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=False)
        if number == 2:
            model.features.requires_grad_(False)
""",
    ),
    "frozen after gradients were gathered": (
        "frozen_parameters_move",
        """
optimizer = torch.optim.AdamW(model.parameters())
F.cross_entropy(model.eval()(torch.rand(2, 3, 8, 8)), torch.tensor([0, 1])).backward()
model.features[0].requires_grad_(False)
with watch(model, optimizer):
    for x, y in loader:
        for p in model.head.parameters():
            p.grad = None
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
        model.features[1].zero_grad()
""",
    ),
    "frozen, momentum goes on": (
        "frozen_parameters_move",
        """
groups = [{"params": part.parameters()} for part in (model.features, model.head)]
optimizer = torch.optim.SGD(groups, lr=0.1, momentum=0.9, weight_decay=0.1)
with watch(model.eval(), optimizer):
    for epoch in range(2):
        for p in model.features.parameters():
            p.requires_grad = epoch == 0"""
        + STEP.replace("\n    ", "\n        ").replace("zero_grad()", "zero_grad(set_to_none=False)"),
    ),
}

# a new head that nobody holds, and a body that thaws behind the optimizer's back: told after two steps
REPLACED = "model.head = nn.Linear(4, 3)\nloader = [*loader][:{count}]\nwith watch(model, optimizer):" + STEP
THAWED = (
    "model.features.requires_grad_(False).eval()\n"
    "optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)\n"
    "loader = [*loader][:{count}]\nwith watch(model, optimizer):\n"
    "    F.cross_entropy(model(loader[0][0]), loader[0][1]).backward()\n"
    "    optimizer.step()\n"
    "    model.features.requires_grad_(True)" + STEP
)
BROKEN |= {
    "a head that nobody holds, in two steps": ("new_head_not_held", REPLACED.replace("{count}", "2")),
    "thawed for two steps": ("unfrozen_too_late", THAWED.replace("{count}", "2")),
}
RIGHT = {
    "a head that nobody holds, in one step": REPLACED.replace("{count}", "1"),
    "thawed for one step": THAWED.replace("{count}", "1"),
    "a first step without gradients": """
optimizer.step()
with watch(model, optimizer):
    optimizer.step()"""
    + STEP,
    "a layer with a setting of that name": """
model.features.requires_grad = False
model.features.requires_grad_(False).eval()
with watch(model, optimizer):"""
    + STEP,
    "a discriminator that is frozen now and then": """
critic = nn.Sequential(nn.Flatten(), nn.Linear(192, 1))
of_critic = torch.optim.SGD(critic.parameters(), lr=0.1)
drawer = nn.Conv2d(3, 3, 1)
of_drawer = torch.optim.SGD(drawer.parameters(), lr=0.1)
with watch(critic, of_critic):
    for x, _ in loader:
        critic.requires_grad_(True)
        of_critic.zero_grad()
        critic(x).mean().backward()
        of_critic.step()
        critic.requires_grad_(False)
        of_drawer.zero_grad()
        critic(drawer(x)).mean().backward()
        of_drawer.step()
""",
    "the optimizer holds more than the model": """
scale = nn.Parameter(torch.ones(1))
optimizer = torch.optim.SGD([*model.parameters(), scale], lr=0.1)
with watch(model, optimizer):"""
    + STEP.replace("model(x)", "model(x) * scale"),
    "part of the model belongs to nobody's optimizer": """
optimizer = torch.optim.SGD(model.head.parameters(), lr=0.1)
with watch(model, optimizer):"""
    + STEP,
    "a network beside it rests, and the head is nobody's": """
other = copy.deepcopy(model)
held = [*model.features.parameters(), *other.requires_grad_(False).parameters()]
optimizer = torch.optim.SGD(held, lr=0.1)
with watch(model, optimizer):"""
    + STEP,
    "nothing happens": """
with watch(model, torch.optim.SGD(copy.deepcopy(model).parameters(), lr=1.0)):
    pass
""",
}


@pytest.mark.parametrize(("trap", "code"), BROKEN.values(), ids=BROKEN)
def test_it_is_found(trap, code, found):
    assert found(code) == [trap]


@pytest.mark.parametrize("code", RIGHT.values(), ids=RIGHT)
def test_it_is_silent(code, found):
    assert found(code) == []
