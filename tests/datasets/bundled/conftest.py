"""What bundled pictures look like, in few numbers that another version of Pillow gives too."""

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def brightness():
    """``brightness(files)``: mean and standard deviation over all pixels, 0…255, to two hundredths.

    Whoever changes what a set holds raises its recipe's ``version``, or machines that have built it keep the
    old one, and brings the numbers in the tests up to date.
    """

    def measured(files):
        pixels = []
        for file in files:
            with Image.open(file) as picture:
                pixels.append(np.asarray(picture.convert("RGB")).ravel())
        together = np.concatenate(pixels).astype(np.float64)
        return pytest.approx((together.mean(), together.std()), abs=0.02)

    return measured
