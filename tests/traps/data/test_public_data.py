"""Data that people published or asked about, told again in few lines: what was wrong in them is found."""

LOADERS = "found = check(DataLoader({}, 4, shuffle=True), DataLoader({}, 4))\n"
SCALED = "v2.ToImage(), v2.ToDtype(torch.float32, scale=True)"


def test_a_detector_that_normalises_what_is_normalised(checked):
    """https://github.com/pytorch/vision/issues/1103"""
    code = (
        "model = torchvision.models.detection.fasterrcnn_mobilenet_v3_large_320_fpn("
        "weights=None, weights_backbone=None)\n"
        f"chain = v2.Compose([{SCALED}, v2.Normalize(IMAGENET_MEAN, IMAGENET_STD)])\n"
        "found = check(transform=chain, model=model)\n"
    )
    assert checked(code) == ["two_normalize"]


def test_the_only_class_is_number_0(checked):
    """https://github.com/pytorch/vision/issues/1952"""
    assert checked("found = check(DataLoader(Boxes(label=0), 2, collate_fn=collate))") == ["labels_from_zero"]


def test_boxes_with_width_and_height(checked):
    """https://github.com/pytorch/vision/issues/2740"""
    code = "found = check(DataLoader(Boxes(box=(8.0, 9.0, 4.0, 4.0)), 2, collate_fn=collate))"
    assert checked(code) == ["wrong_boxes"]


def test_a_validation_that_is_cropped_at_random(checked):
    """https://github.com/zoogzog/chexnet/issues/27"""
    code = f"chain = v2.Compose([v2.RandomResizedCrop(8), {SCALED}])\n"
    assert checked(code + LOADERS.format("Pictures(chain)", "Pictures(chain)")) == ["chance_in_validation"]


def test_a_validation_that_inherits_the_augmentation_by_a_split(checked):
    """https://github.com/udacity/deep-learning-v2-pytorch/issues/132"""
    code = f"both = Pictures(v2.Compose([v2.RandomHorizontalFlip(), {SCALED}]))\n"
    code += "train, val = Subset(both, range(6)), Subset(both, [6, 7])\n"
    assert checked(code + LOADERS.format("train", "val")) == ["chance_in_validation"]


def test_one_class_after_the_other(checked):
    """https://github.com/Deci-AI/super-gradients/issues/416"""
    code = "data = TensorDataset(torch.rand(8, 3, 8, 8), torch.tensor([0] * 4 + [1] * 4))\n"
    assert checked(code + "found = check(DataLoader(data, 2))") == ["not_shuffled"]
