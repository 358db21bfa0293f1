"""Data that people published or asked about, told again in few lines: what was wrong in them is found."""

LOADERS = "found = check(DataLoader({}, 4, shuffle=True), DataLoader({}, 4))\n"
SCALED = "v2.ToImage(), v2.ToDtype(torch.float32, scale=True)"
FILES = """
class Files(Dataset):
    def __init__(self, paths, transform):
        self.paths, self.transform = [path for path, _label in paths], transform
    def __len__(self): return len(self.paths)
    def __getitem__(self, index):
        return self.transform(self.read(self.paths[index])), index % 2
    def read(self, path): return Image.open(path).convert("RGB")
"""
MASKS = (
    """
class Cells(Dataset):
    """
    + "{}"
    + """
    def __len__(self): return 4
    def __getitem__(self, index):
        drawn = np.zeros((24, 24), np.uint8)
        drawn[5:16, 3 + index : 13], drawn[9:20, 13:21] = 1, 5
        picture = Image.fromarray(np.random.default_rng(index).integers(0, 255, (24, 24, 3), np.uint8))
        return self.pair(picture, Image.fromarray(drawn))
"""
)


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


def test_opencv_reads_for_a_network_that_normalises_by_rgb(checked):
    """https://github.com/avilash/pytorch-siamese-triplet/issues/9"""
    code = FILES + (
        "Files.read = lambda self, path: np.asarray(Image.open(path).convert('RGB'))[..., ::-1].copy()\n"
        "chain = v1.Compose([v1.ToTensor(), v1.Normalize(IMAGENET_MEAN, IMAGENET_STD)])\n"
        "found = check(DataLoader(Files(folder().samples, chain), 2, shuffle=True))\n"
    )
    assert checked(code) == ["channels_reversed"]


def test_a_phone_turned_the_picture_and_its_reader_does_not(checked):
    """https://github.com/v7labs/darwin-py/pull/924"""
    code = FILES + (
        "chain = v1.Compose([v1.Resize((16, 16)), v1.ToTensor()])\n"
        "found = check(DataLoader(Files(folder(turned=True).samples, chain), 2, shuffle=True))\n"
    )
    assert checked(code) == ["exif_ignored"]


def test_a_picture_that_ends_too_early(checked):
    """https://github.com/udacity/deep-learning-v2-pytorch/issues/134"""
    assert checked("found = check(DataLoader(folder(damaged=True), 4, shuffle=True))") == ["damaged_files"]


def test_class_numbers_resized_as_if_they_were_gray_levels(checked):
    """https://github.com/milesial/Pytorch-UNet/issues/311"""
    pair = """def pair(self, picture, mask):
        picture, mask = picture.resize((12, 12)), mask.resize((12, 12), Image.Resampling.BICUBIC)
        picture = torch.from_numpy(np.array(picture)).permute(2, 0, 1) / 255
        return picture, torch.from_numpy(np.array(mask)).long()"""
    assert checked(MASKS.format(pair) + "found = check(DataLoader(Cells(), 2))") == ["mask_interpolated"]


def test_masks_that_go_the_way_of_pictures(checked):
    """https://github.com/kerner-lab/Mars-Bench/issues/56"""
    pair = """mask_transform = v1.Compose([v1.Resize((12, 12)), v1.ToTensor()])
    image_transform = v1.Compose([v1.Resize((12, 12)), v1.ToTensor()])
    def pair(self, picture, mask): return self.image_transform(picture), self.mask_transform(mask)"""
    assert checked(MASKS.format(pair) + "found = check(DataLoader(Cells(), 2))") == [
        "mask_interpolated",
        "mask_of_gray_levels",
    ]


def test_picture_and_mask_turned_one_after_the_other(checked):
    """https://php.bkmy88.com/faq/2068558.html"""
    pair = """transform = v2.Compose([v2.ToImage(), v2.RandomRotation(35), v2.RandomHorizontalFlip()])
    def pair(self, picture, mask): return self.transform(picture) / 255, self.transform(mask)"""
    assert checked(MASKS.format(pair) + "found = check(DataLoader(Cells(), 2))") == ["boxes_left_behind"]


def test_birds_whose_boxes_say_width_and_height(checked_set):
    """https://donghao.org/2019/06/11/debugging-the-problem-of-nan-value-in-training/"""
    code = "Set.box = property(lambda self: [[1, 1, 10, 9]] if self.at % 3 else [[9, 8, 6, 5]])"
    assert checked_set(code) == ["wrong_boxes"]


def test_the_picture_may_be_mirrored_and_its_boxes_never(checked):
    """https://github.com/KaihuaTang/Scene-Graph-Benchmark.pytorch/pull/92"""
    code = f"flip = v2.Compose([v2.RandomHorizontalFlip(0.5), v2.ColorJitter(0.1), {SCALED}])\n"
    code += "found = check(DataLoader(Boxes(transform=flip), 2, shuffle=True, collate_fn=collate))\n"
    assert checked(code) == ["boxes_left_behind"]


def test_the_loader_takes_the_whole_instead_of_its_part(checked):
    """https://github.com/ratschlab/aestetik/pull/12"""
    code = f"whole = Pictures(v2.Compose([{SCALED}]))\n"
    code += "train, val = torch.utils.data.random_split(whole, [6, 2])\n"
    assert checked(code + LOADERS.format("whole", "val")) == ["leakage"]


def test_constants_divided_by_255_once_more(checked):
    """https://github.com/batuhan3526/ResNet50_on_Cifar_100_Without_Transfer_Learning/issues/1"""
    code = (
        "mean, std = [x / 255 for x in (0.507, 0.487, 0.441)], [x / 255 for x in (0.267, 0.256, 0.276)]\n"
        "chain = v1.Compose([v1.RandomHorizontalFlip(), v1.ToTensor(), v1.Normalize(mean, std)])\n"
        "found = check(DataLoader(Pictures(chain), 2, shuffle=True))\n"
    )
    assert checked(code) == ["constants_of_another_range"]


def test_augmentations_that_hold_the_same_random_state_in_every_worker(checked):
    """https://github.com/wolny/pytorch-3dunet/issues/32"""
    code = """
class Turn:
    def __init__(self, chance): self.chance = chance
    def __call__(self, picture): return torch.rot90(picture, self.chance.randint(4), (1, 2))
chain = v1.Compose([v1.ToTensor(), Turn(np.random.RandomState(47))])
found = check(DataLoader(Pictures(chain), 2, shuffle=True, num_workers=2))
"""
    assert checked(code) == ["shared_generator"]


def test_the_wrong_one_of_two_loaders_is_shuffled(checked):
    """https://github.com/xuyxu/Deep-Clustering-Network/issues/2"""
    code = (
        "train = TensorDataset(torch.rand(12, 1, 8, 8), torch.tensor([5, 0, 4, 1, 9, 2, 1, 3, 1, 4, 3, 5]))\n"
        "test = TensorDataset(torch.rand(4, 1, 8, 8), torch.tensor([7, 2, 1, 0]))\n"
        "found = check(DataLoader(train, 4, shuffle=False), DataLoader(test, 4, shuffle=True))\n"
    )
    assert checked(code) == ["not_shuffled"]
