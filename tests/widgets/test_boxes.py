import ipywidgets

from vislearn.viz import draw_iou
from vislearn.widgets import iou_lab


def family(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from family(child)


def test_sliders_move_the_box_and_the_numbers_follow():
    lab = iou_lab()
    sliders = {one.description: one for one in family(lab.view) if isinstance(one, ipywidgets.IntSlider)}
    assert list(sliders) == ["left edge of B", "top edge of B", "width of B", "height of B"]
    view = [one for one in family(lab.view) if isinstance(one, ipywidgets.HTML)][-1]
    assert draw_iou(45, 30, 40, 30).alt in view.value
    sliders["left edge of B"].value, sliders["top edge of B"].value = 30, 20
    assert "IoU 1.00" in view.value
    for slider in sliders.values():
        slider.value = slider.max
        assert 'role="alert"' not in view.value
        slider.value = slider.min
        assert 'role="alert"' not in view.value


def test_without_a_kernel_the_starting_picture_stands_in():
    lab = iou_lab()
    data, metadata = lab._repr_mimebundle_()
    assert "<img" in data["text/html"]
    assert "left edge of B = 45" in data["text/html"]
    assert metadata["vislearn"]["figure"]
