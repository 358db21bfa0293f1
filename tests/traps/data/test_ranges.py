"""Pictures that are all alike, in other ways than the example; and those that may be dark."""

import pytest

SET = """
class Some(Dataset):
    def __len__(self): return 6
    def __getitem__(self, index):
        picture = np.uint8((37 * index + np.arange(192).reshape(8, 8, 3)) % 256)
        return {made}, index % 2
found = check(DataLoader(Some(), 2, shuffle=True))
"""
BROKEN = {
    "standardised for bytes": "(v1.ToTensor()(picture) - 127.5) / 128",
    "divided, then normalised": "v1.Normalize([0.485] * 3, [0.229] * 3)(v1.ToTensor()(picture) / 255)",
    "by numpy, twice": "torch.from_numpy(np.float32(picture / 255)).permute(2, 0, 1).div(255)",
}
RIGHT = {
    "scaled once": "v1.ToTensor()(picture)",
    "normalised": "v1.functional.normalize(v1.ToTensor()(picture), [0.485] * 3, [0.229] * 3)",
    "dark": "v1.ToTensor()(picture) / 8",
    "all black": "torch.zeros(3, 8, 8)",
    "a vector": "torch.rand(5) / 255",
}


@pytest.mark.parametrize("made", BROKEN.values(), ids=BROKEN)
def test_it_is_found(made, checked):
    assert "pictures_squashed" in checked(SET.format(made=made))


@pytest.mark.parametrize("made", RIGHT.values(), ids=RIGHT)
def test_it_is_silent(made, checked):
    assert checked(SET.format(made=made)) == []


def test_bytes_that_somebody_normalised_by_constants_of_another_range(checked):
    made = "(torch.from_numpy(picture).permute(2, 0, 1).float() - 0.5) / 0.5"
    assert checked(SET.format(made=made)) == ["normalized_before_scaling"]


FED = """
def gathered(batch):
    pictures = torch.stack([v1.functional.pil_to_tensor(picture) for picture, _ in batch]).float()
    return {made}, torch.tensor([label for _, label in batch]){more}
class Some(Dataset):
    def __len__(self): return 6
    def __getitem__(self, index):
        levels = (37 * index + np.arange(192).reshape(8, 8, 3)) % 256
        return Image.fromarray(np.uint8(levels)), index % 2
found = check(DataLoader(Some(), 2, shuffle=True, collate_fn=gathered))
"""


@pytest.mark.parametrize(
    ("made", "more", "names"),
    [
        ("(pictures - 0.5) / 0.5", "", ["normalized_before_scaling"]),
        ("pictures / 255 / 255", "", ["pictures_squashed"]),
        ("(pictures / 255 - 0.5) / 0.5", "", []),
        ("(pictures - 0.5) / 0.5", ", 0", []),  # three things: nobody knows which is which
        ("1 / 0", "", []),
    ],
)
def test_what_a_collate_fn_does_is_seen(made, more, names, checked):
    assert checked(FED.format(made=made, more=more)) == names
