import numpy as np

from vislearn.widgets import jpeg_lab

PICTURE = np.random.default_rng(0).integers(0, 256, (32, 48, 3), dtype=np.uint8)


def test_every_control_changes_the_picture(controls):
    lab = jpeg_lab(PICTURE)
    assert "<img" in lab.fallback
    assert "quality = 75" in lab.fallback
    found = controls(lab)
    view = lab.view.children[-1]
    seen = [view.value]
    for name, value in (("quality", 10), ("colours stored (subsampling)", "4:4:4")):
        found[name].value = value
        seen.append(view.value)
    assert len(set(seen)) == 3
    assert not any('role="alert"' in page for page in seen)
    found["quality"].value = 100
    assert 'role="alert"' not in view.value
