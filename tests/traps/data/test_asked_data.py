"""Data of a second blind set, told again: chosen by what people asked, marked before any detector ran."""


def test_only_the_training_is_normalised(checked):
    """https://github.com/JeasunLok/ResNet-pytorch/issues/1"""
    code = """
chance = [v1.RandomCrop(16, padding=4, pad_if_needed=True), v1.RandomHorizontalFlip()]
train_transform = v1.Compose([*chance, v1.ToTensor(), v1.Normalize(IMAGENET_MEAN, IMAGENET_STD)])
test_transform = v1.Compose([v1.ToTensor()])
train, test = Pictures(train_transform), Pictures(test_transform)
found = check(DataLoader(train, 4, shuffle=True), DataLoader(test, 4))
"""
    assert checked(code) == ["means_differ"]


def test_a_test_script_that_normalises_and_a_training_that_does_not(checked):
    """https://github.com/DreamtaleCore/USI3D/issues/3"""
    code = """
class Intrinsic(Dataset):
    transform = v1.Compose([v1.Resize((8, 8)), v1.ToTensor()])
    def __init__(self, folder): self.pictures = folder
    def __len__(self): return len(self.pictures)
    def __getitem__(self, index):
        picture, _ = self.pictures[index]
        return self.transform(picture), index % 2
train_loader = DataLoader(Intrinsic(Pictures()), 4, shuffle=True)
halves = v1.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
test_transform = v1.Compose([v1.Resize((8, 8)), v1.ToTensor(), halves])
found = check(train_loader, transform=test_transform)
"""
    assert checked(code) == ["means_differ"]


def test_a_flip_that_leaves_left_and_right_of_a_box_exchanged(checked):
    """https://github.com/Nota-NetsPresso/netspresso-trainer/issues/196"""
    code = """
class Detection(Dataset):
    def __len__(self): return 12
    def __getitem__(self, index):
        image = np.zeros((16, 20, 3), np.float32)
        bbox = np.array([[3.0, 4.0, 9.0, 12.0], [10.0, 2.0, 15.0, 8.0]], np.float32)
        if random.random() < 0.5:
            w = 20
            image = image[:, ::-1].copy()
            bbox[..., 0:4:2] = w - bbox[..., 0:4:2]
        target = {"boxes": torch.from_numpy(bbox), "labels": torch.tensor([1, 2])}
        return torch.from_numpy(image).permute(2, 0, 1), target
found = check(DataLoader(Detection(), 2, shuffle=True, collate_fn=collate))
"""
    assert checked(code) == ["wrong_boxes"]


def test_test_pictures_that_are_copies_of_training_pictures(checked):
    """https://github.com/stefyste/RIAWELC/issues/2"""
    code = """
import pathlib, shutil
train = folder()
root = pathlib.Path(train.root)
test_root = root.parent / "testing"
for path, label in train.samples[1::2]:
    to = test_root / pathlib.Path(path).parent.name / ("w" + pathlib.Path(path).name)
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, to)
chain = v1.Compose([v1.Resize((16, 16)), v1.ToTensor()])
train.transform = chain
test = torchvision.datasets.ImageFolder(test_root, chain)
found = check(DataLoader(train, 2, shuffle=True), DataLoader(test, 2))
"""
    assert checked(code) == ["leakage"]


def test_a_flag_of_nearest_neighbour_in_the_place_of_another_argument(checked):
    """https://github.com/divamgupta/image-segmentation-keras/issues/11"""
    code = """
class Scenes(Dataset):
    def __len__(self): return 6
    def __getitem__(self, index):
        chance = np.random.default_rng(index)
        image = chance.integers(0, 255, (40, 60, 3), np.uint8)
        label = np.zeros((40, 60), np.uint8)
        label[5:25, 8 + index:40], label[20:36, 30:55], label[30:38, 2:20] = 3, 7, 11
        image = np.array(Image.fromarray(image).resize((48, 32), Image.Resampling.BILINEAR))
        # cv2.resize(label, size, cv2.INTER_NEAREST): the third argument is no way to interpolate
        label = np.array(Image.fromarray(label).resize((48, 32), Image.Resampling.BILINEAR))
        return torch.from_numpy(image).permute(2, 0, 1).float() / 255, torch.from_numpy(label).long()
found = check(DataLoader(Scenes(), 2, shuffle=True))
"""
    assert checked(code) == ["mask_interpolated"]


def test_a_box_without_width_that_an_assertion_lets_pass(checked):
    """https://github.com/pytorch/vision/issues/2235"""
    code = """
class Own(Dataset):
    # x, y, width, height
    annotations = [[1, 2, 5, 4], [3, 3, 4, 6], [7, 5, 0, 4], [2, 2, 6, 6], [4, 1, 3, 3], [0, 0, 9, 9]]
    def __len__(self): return 6
    def __getitem__(self, index):
        x, y, w, h = self.annotations[index]
        xmin, ymin, xmax, ymax = x, y, min(x + w, 16), min(y + h, 16)
        assert 0 <= xmin <= xmax <= 16 and 0 <= ymin <= ymax <= 16
        boxes = torch.as_tensor([[xmin, ymin, xmax, ymax]], dtype=torch.float32)
        return torch.rand(3, 16, 16), {"boxes": boxes, "labels": torch.tensor([1])}
found = check(DataLoader(Own(), 2, shuffle=True, collate_fn=collate))
"""
    assert checked(code) == ["wrong_boxes"]


def test_pixels_counted_from_0_where_1_is_taken_away(checked):
    """https://github.com/ruotianluo/pytorch-faster-rcnn/issues/105"""
    code = """
class Voc(Dataset):
    # counted from 0
    written = [[0, 4, 8, 9], [2, 3, 9, 9], [5, 0, 11, 7], [3, 3, 15, 15], [1, 1, 4, 6], [2, 6, 9, 12]]
    def __len__(self): return 6
    def __getitem__(self, index):
        boxes = np.zeros((1, 4), np.uint16)
        boxes[0] = (np.array(self.written[index]) - 1).astype(np.uint16)  # made for files that count from 1
        target = {"boxes": torch.from_numpy(boxes.astype(np.float32)), "labels": torch.tensor([1])}
        return torch.rand(3, 16, 16), target
found = check(DataLoader(Voc(), 2, shuffle=True, collate_fn=collate))
"""
    assert checked(code) == ["wrong_boxes"]


def test_photographs_of_a_phone_in_a_demo(checked):
    """https://github.com/facebookresearch/detectron2/pull/262"""
    code = """
class Demo(Dataset):
    def __init__(self, files): self.files = files
    def __len__(self): return len(self.files)
    def __getitem__(self, index):
        image = Image.open(self.files[index]).convert("RGB")
        image = np.asarray(image)
        image = np.asarray(Image.fromarray(image).resize((16, 16)))
        target = {"boxes": torch.tensor([[1.0, 1.0, 9.0, 9.0]]), "labels": torch.tensor([1])}
        return torch.as_tensor(image.transpose(2, 0, 1).astype("float32")), target
files = [path for path, _ in folder(turned=True).samples]
found = check(DataLoader(Demo(files), 2, shuffle=True, collate_fn=collate))
"""
    assert checked(code) == ["exif_ignored"]


def test_reshape_in_place_of_permute(checked):
    """https://github.com/Selen-Suyue/DensePolicy2D/issues/3"""
    code = """
class Camera(Dataset):
    def __init__(self, files): self.files = files
    def __len__(self): return len(self.files)
    def __getitem__(self, index):
        image = torch.from_numpy(np.array(Image.open(self.files[index]).convert("RGB")))
        h, w, c = image.shape
        image = image.reshape(c, h, w).float() / 255
        return v1.Resize((12, 12), antialias=True)(image), torch.tensor(index % 2)
found = check(DataLoader(Camera([path for path, _ in folder().samples]), 2, shuffle=True))
"""
    assert checked(code) == ["channels_scrambled"]


def test_folders_of_one_class_each_that_nobody_shuffles(checked):
    """https://github.com/ultralytics/yolov5/issues/2582"""
    code = """
class LoadImagesAndLabels(Dataset):
    def __init__(self, folders):
        box = [0.5, 0.5, 0.3, 0.4]
        self.labels = [np.array([[at, *box]]) for at, count in enumerate(folders) for _ in range(count)]
    def __len__(self): return len(self.labels)
    def __getitem__(self, index):
        number, x, y, w, h = self.labels[index][0] * np.array([1, 16, 16, 16, 16])
        boxes = torch.tensor([[x - w / 2, y - h / 2, x + w / 2, y + h / 2]], dtype=torch.float32)
        return torch.rand(3, 16, 16), {"boxes": boxes, "labels": torch.tensor([int(number) + 1])}
found = check(DataLoader(LoadImagesAndLabels([8, 8, 8]), 4, sampler=None, collate_fn=collate))
"""
    assert checked(code) == ["not_shuffled"]


def test_unlabelled_pictures_folder_by_folder(checked):
    """https://github.com/lucidrains/byol-pytorch/issues/23"""
    code = """
class ImagesDataset(Dataset):
    def __init__(self, paths, transform): self.paths, self.transform = sorted(paths), transform
    def __len__(self): return len(self.paths)
    def __getitem__(self, index): return self.transform(Image.open(self.paths[index]).convert("RGB"))
chain = v1.Compose([v1.Resize(12), v1.CenterCrop(12), v1.ToTensor()])
train_loader = DataLoader(ImagesDataset([path for path, _ in folder().samples], chain), batch_size=2)
found = check(train_loader)
"""
    assert checked(code) == ["not_shuffled"]


def test_forty_three_signs_counted_from_0(checked):
    """https://github.com/pytorch/vision/issues/986"""
    code = """
class Signs(Dataset):
    def __len__(self): return 43
    def __getitem__(self, index):
        target = {"boxes": torch.tensor([[2.0, 3.0, 10.0, 11.0]]), "labels": torch.tensor([(index + 5) % 43])}
        target |= {"image_id": torch.tensor([index]), "iscrowd": torch.tensor([0])}
        return torch.rand(3, 16, 16), target
found = check(DataLoader(Signs(), 2, shuffle=True, collate_fn=collate))
"""
    assert checked(code) == ["labels_from_zero"]
