"""Losses added up with their graphs, in other ways than the example."""

import pytest

HEAD = "import torch\n"
LOOP = """total{also} = 0{more}
for x, y in loader:
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
    {line}
print(total / len(loader))
"""


def loop(line, also="", more=""):
    return HEAD + LOOP.format(line=line, also=also, more=more)


BROKEN = {
    "begun beside another": loop("total += loss", ", right", ".0, 0"),
    "weighed": loop("total += loss * x.size(0)"),
    "of a mean": loop("total += loss / len(loader)"),
    "in a method, before the step": HEAD
    + "class Trainer:\n    def fit(self):\n        for epoch in range(3):\n            running = 0.0\n"
    "            for x, y in self.loader:\n                error = self.loss(self.model(x), y)\n"
    "                running += error\n                self.optimizer.zero_grad()\n"
    "                error.backward()\n                self.optimizer.step()\n",
}
ITEMS = HEAD + LOOP.replace("total{also} = 0{more}", "total = {{'loss': 0.0, 'hits': 0}}")
ITEMS = ITEMS.replace("total / len", "total['loss'] / len")
BROKEN["an item of a dictionary"] = ITEMS.format(line="total['loss'] += loss * len(x)")
BROKEN["an item, set to 0"] = BROKEN["an item of a dictionary"].replace(
    "{'loss': 0.0, 'hits': 0}", "{}\ntotal['loss'] = 0"
)
RIGHT = {
    "an item, a number": ITEMS.format(line="total['loss'] += loss.item()"),
    "an item that is a tensor": ITEMS.format(line="total['loss'] += loss").replace("0.0", "start"),
    "an item learned from in the end": ITEMS.format(line="total['loss'] += loss")
    + "total['loss'].backward()\n",
    "a number": loop("total += loss.item()"),
    "cut off": loop("total += loss.detach() * len(x)"),
    "made a number before": loop("loss = loss.item()\n    total += loss"),
    "made a float before": loop("loss = float(loss)\n    total += loss"),
    "cut off in place": loop("loss.detach_()\n    total += loss"),
    "something else": loop("total += penalty"),
    "learned from in the end": loop("total += loss") + "total.backward()\n",
    "a tensor from the start": HEAD
    + LOOP.format(line="total += loss", also="", more="").replace("total = 0", "total = torch.zeros(())"),
    "losses of several heads": HEAD + "for x, y in loader:\n    total = 0\n    for head in heads:\n"
    "        loss = head(x, y)\n        total += loss\n    total.backward()\n",
    "nobody's gradients": HEAD + "total = 0\nfor x, y in loader:\n    loss = f(x, y)\n    total += loss\n",
    "without torch": LOOP.format(line="total += loss", also="", more=""),
    "taken away": loop("total -= loss"),
    "below an engine": loop("engine.backward(loss)\n    total += loss").replace("    loss.backward()\n", ""),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_is_found(name, found):
    assert found(BROKEN[name]) == ["graphs_kept"]


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_meant_is_passed_over(name, found):
    assert found(RIGHT[name]) == []
