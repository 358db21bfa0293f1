"""Classes numbered apart otherwise than in the example, and alike."""

import pytest

BROKEN = {
    "parts of both": """
train, val = folder(), folder(where='val', classes=[1])
loader, val = DataLoader(Subset(train, range(4)), shuffle=True), DataLoader(Subset(val, [0, 1]))
""",
    "another order": """
train, other = folder(), folder(where='val')
other.classes, other.class_to_idx = other.classes[::-1], {'class1': 0, 'class0': 1}
loader, val = DataLoader(train, shuffle=True), DataLoader(other)
""",
    "a folder that training lacks": """
loader = DataLoader(folder(classes=[1]), shuffle=True)
val = DataLoader(folder(where='val'))
""",
}
RIGHT = {
    "the last class has no picture there": """
loader = DataLoader(folder(), shuffle=True)
val = DataLoader(folder(where='val', classes=[0]))
""",
    "names stored as other code points": """
train, other = folder(), folder(where='val')
train.classes, other.classes = ['\u09ac\u09be\u09dc\u09bf', 'b'], ['\u09ac\u09be\u09a1\u09bc\u09bf', 'b']
loader, val = DataLoader(train, shuffle=True), DataLoader(other)
""",
    "one part names none": """
loader = DataLoader(folder(), shuffle=True)
pictures = torch.randint(0, 256, (4, 3, 12, 16), dtype=torch.uint8)
val = DataLoader(TensorDataset(pictures, torch.tensor([0, 1, 0, 1])))
""",
}


@pytest.mark.parametrize("code", BROKEN.values(), ids=BROKEN)
def test_it_is_found(code, checked_set):
    assert checked_set(code) == ["classes_apart"]


@pytest.mark.parametrize("code", RIGHT.values(), ids=RIGHT)
def test_it_is_silent(code, checked_set):
    assert checked_set(code) == []
