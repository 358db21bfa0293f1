import pytest
import torch


@pytest.fixture
def random_boxes():
    """Boxes (N, 4) xyxy by seed: of any size, or of small whole numbers, full of ties and zero sides."""

    def draw(seed, count, high=50.0, *, whole=False, dtype=torch.float32):
        chance = torch.Generator().manual_seed(seed)
        corners = (
            torch.randint(0, int(high), (count, 4), generator=chance).to(dtype)
            if whole
            else (torch.rand(count, 4, generator=chance, dtype=torch.float64) * high).to(dtype)
        )
        corners[:, 2:] += corners[:, :2]
        return corners

    return draw
