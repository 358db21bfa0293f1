"""Data as people asked about them, told again: each is wrong in one way."""

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset, Subset, SubsetRandomSampler, TensorDataset, random_split
from torchvision import transforms
from torchvision.datasets import ImageFolder
from torchvision.transforms import functional as TF

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def photo(number, size=(24, 20)):
    """A picture with soft shapes of its own, as bytes (H, W, 3)."""
    chance = np.random.default_rng(number)
    small = (chance.random((5, 4, 3)) * 255).astype(np.uint8)
    return Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)


def folder(root, classes=2, each=6, exif=False):
    for kind in range(classes):
        (root / f"class{kind}").mkdir(parents=True)
        for number in range(each):
            picture = photo(100 * kind + number)
            settings = {}
            if exif and number % 2:
                tags = Image.Exif()
                tags[0x0112] = 6
                settings["exif"] = tags
            picture.save(root / f"class{kind}" / f"{number}.jpg", quality=95, **settings)
    return root


def collate_fn(batch):
    return tuple(zip(*batch, strict=True))


def drawn_mask(number, values=(0, 1, 2)):
    mask = np.zeros((20, 24), np.uint8)
    mask[2 + number % 3 : 10, 3:14] = values[1]
    mask[8:17, 12 : 20 + number % 3] = values[2]
    return Image.fromarray(mask)


class Photos(Dataset):
    """Pictures in memory, with the transform that they are given."""

    def __init__(self, transform, numbers=range(16), classes=2):
        self.transform, self.numbers, self.classes = transform, list(numbers), classes

    def __len__(self):
        return len(self.numbers)

    def __getitem__(self, index):
        number = self.numbers[index]
        return self.transform(photo(number)), number % self.classes


def masks_that_to_tensor_divides(check, folder_of_files):
    """https://github.com/pytorch/pytorch/issues/53959"""

    class SegmentationDataset(Dataset):
        def __init__(self):
            self.tfm = transforms.ToTensor()

        def __len__(self):
            return 12

        def __getitem__(self, idx):
            image, mask = photo(idx), drawn_mask(idx)
            image = self.tfm(image)
            mask = self.tfm(mask)
            return image, mask.squeeze(0).long()

    check(DataLoader(SegmentationDataset(), 4, shuffle=True))


def a_split_after_the_augmentation(check, folder_of_files):
    """https://github.com/gpleiss/efficient_densenet_pytorch/issues/51"""
    train_transforms = transforms.Compose(
        [
            transforms.RandomCrop(16, padding=4),
            transforms.RandomHorizontalFlip(),
            transforms.ToTensor(),
            transforms.Normalize(mean=[0.5071, 0.4867, 0.4408], std=[0.2675, 0.2565, 0.2761]),
        ]
    )
    train_set = Photos(train_transforms, range(30))
    indices = torch.randperm(len(train_set))
    train_indices, valid_indices = indices[:24], indices[24:]
    train = DataLoader(train_set, batch_size=4, sampler=SubsetRandomSampler(train_indices))
    valid = DataLoader(train_set, batch_size=4, sampler=SubsetRandomSampler(valid_indices))
    check(train, valid)


def randaugment_for_the_held_out_part(check, folder_of_files):
    """https://github.com/ildoonet/pytorch-randaugment/issues/16"""
    transform_train = transforms.Compose(
        [
            transforms.RandAugment(2, 9),
            transforms.Resize((16, 16)),
            transforms.ToTensor(),
            transforms.Normalize(MEAN, STD),
        ]
    )
    total_trainset = Photos(transform_train, range(40), classes=4)
    train_idx, valid_idx = list(range(0, 40, 5)), [i for i in range(40) if i % 5]
    trainloader = DataLoader(Subset(total_trainset, train_idx), 4, shuffle=True)
    validloader = DataLoader(Subset(total_trainset, valid_idx), 4)
    check(trainloader, validloader)


def names_numbered_from_zero(check, folder_of_files):
    """https://github.com/sovit-123/fasterrcnn-pytorch-training-pipeline/issues/110"""
    CLASSES = ["smoke", "fire"]

    class CustomDataset(Dataset):
        def __len__(self):
            return 10

        def __getitem__(self, idx):
            image = TF.to_tensor(photo(idx))
            names = ["smoke", "fire"] if idx % 2 else ["smoke"]
            boxes = [[2, 3, 11, 12], [8, 9, 20, 18]][: len(names)]
            target = {
                "boxes": torch.as_tensor(boxes, dtype=torch.float32),
                "labels": torch.as_tensor([CLASSES.index(name) for name in names], dtype=torch.int64),
                "image_id": torch.tensor([idx]),
            }
            return image, target

    check(DataLoader(CustomDataset(), batch_size=2, shuffle=True, collate_fn=collate_fn))


def corner_and_size_given_as_corners(check, folder_of_files):
    """https://github.com/pytorch/vision/issues/1128"""

    class Scans(Dataset):
        def __len__(self):
            return 8

        def __getitem__(self, idx):
            x, y, w, h = (3, 4, 12, 10) if idx % 3 else (13, 2, 7, 16)
            boxes = torch.tensor([[x, y, w, h]], dtype=torch.float32)
            target = {"boxes": boxes, "labels": torch.ones(1, dtype=torch.int64)}
            return TF.to_tensor(photo(idx)), target

    check(DataLoader(Scans(), batch_size=2, shuffle=True, collate_fn=collate_fn))


def annotations_of_coco_taken_as_they_are(check, folder_of_files):
    """https://github.com/open-mmlab/mmdetection/issues/3901"""
    anns = [
        [
            {"bbox": [2 + i % 3, 3, 14, 12], "category_id": 1},
            {"bbox": [6, 1, 10 + i % 4, 9], "category_id": 2},
        ]
        for i in range(10)
    ]

    class CocoLike(Dataset):
        def __len__(self):
            return len(anns)

        def __getitem__(self, i):
            boxes = [a["bbox"] for a in anns[i]]
            labels = [a["category_id"] for a in anns[i]]
            return TF.to_tensor(photo(i)), {
                "boxes": torch.FloatTensor(boxes),
                "labels": torch.LongTensor(labels),
            }

    check(DataLoader(CocoLike(), batch_size=2, shuffle=True, collate_fn=collate_fn))


def corners_in_the_wrong_order(check, folder_of_files):
    """https://github.com/sgrvinod/a-PyTorch-Tutorial-to-Object-Detection/issues/54"""

    class Voc(Dataset):
        def __len__(self):
            return 8

        def __getitem__(self, i):
            right, bottom, left, top = 18, 15 + i % 3, 4, 2
            boxes = torch.FloatTensor([[right, bottom, left, top]])
            return TF.to_tensor(photo(i)), boxes, torch.LongTensor([1])

    def collate(batch):
        images, boxes, labels = zip(*batch, strict=True)
        return torch.stack(images), list(boxes), list(labels)

    check(DataLoader(Voc(), batch_size=4, shuffle=True, collate_fn=collate))


def only_the_picture_is_resized(check, folder_of_files):
    """https://github.com/Sonettoo/AeroGen/issues/14"""

    class Aerial(Dataset):
        def __init__(self, size=12):
            self.size = size

        def __len__(self):
            return 8

        def __getitem__(self, i):
            image = photo(i, size=(48, 40))
            bboxes = [[20, 22, 44, 38], [5, 6, 20, 18]]
            image = image.resize((self.size, self.size))
            image = torch.from_numpy(np.asarray(image) / 255.0).permute(2, 0, 1).float()
            return image, {"boxes": torch.tensor(bboxes, dtype=torch.float32), "labels": torch.tensor([1, 2])}

    check(DataLoader(Aerial(), batch_size=2, shuffle=True, collate_fn=collate_fn))


def image_and_mask_drawn_for_apart(check, folder_of_files):
    """https://github.com/mdbloice/Augmentor/issues/173"""
    augment = transforms.Compose(
        [transforms.RandomHorizontalFlip(), transforms.RandomCrop(16), transforms.ToTensor()]
    )

    class Leaves(Dataset):
        def __init__(self, transform):
            self.transform = transform

        def __len__(self):
            return 12

        def __getitem__(self, i):
            return self.transform(photo(i)), self.transform(drawn_mask(i, (0, 255, 255)))

    check(DataLoader(Leaves(augment), 4, shuffle=True))


def annotations_resized_as_pictures(check, folder_of_files):
    """https://github.com/shekkizh/FCN.tensorflow/issues/4"""

    class BatchDataset(Dataset):
        def __init__(self, resize_size):
            self.resize_size = resize_size

        def _transform(self, image):
            return image.resize(self.resize_size, Image.Resampling.BILINEAR)

        def __len__(self):
            return 8

        def __getitem__(self, i):
            image, annotation = self._transform(photo(i)), self._transform(drawn_mask(i, (0, 3, 11)))
            image = torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255
            return image, torch.from_numpy(np.array(annotation)).long()

    check(DataLoader(BatchDataset((16, 16)), 4, shuffle=True))


def a_hand_divided_twice(check, folder_of_files):
    """https://github.com/facebookresearch/InterHand2.6M/issues/110"""
    to_tensor = transforms.ToTensor()

    class Hands(Dataset):
        def __len__(self):
            return 8

        def __getitem__(self, i):
            img = to_tensor(photo(i)) / 255.0
            return img, i % 2

    check(DataLoader(Hands(), 4, shuffle=True))


def constants_of_one_for_bytes(check, folder_of_files):
    """https://github.com/NVIDIA/apex/pull/21"""
    mean, std = torch.tensor(MEAN).view(1, 3, 1, 1), torch.tensor(STD).view(1, 3, 1, 1)

    def fast_collate(batch):
        imgs = [np.asarray(img) for img, _ in batch]
        tensor = torch.from_numpy(np.stack(imgs)).permute(0, 3, 1, 2).float()
        return tensor.sub_(mean).div_(std), torch.tensor([target for _, target in batch])

    check(DataLoader(Photos(lambda picture: picture), 4, shuffle=True, collate_fn=fast_collate))


def the_mean_taken_off_before_the_division(check, folder_of_files):
    """https://github.com/yu-changqian/TorchSeg/issues/8"""

    def normalize(img, mean, std):
        img = img - mean
        img = img.astype(np.float32) / 255.0
        return img / std

    class Cityscapes(Dataset):
        def __len__(self):
            return 8

        def __getitem__(self, i):
            img = normalize(np.array(photo(i)), np.array(MEAN), np.array(STD))
            img = img.transpose(2, 0, 1)
            image = torch.from_numpy(np.ascontiguousarray(img)).float()
            return image, torch.from_numpy(np.array(drawn_mask(i))).long()

    check(DataLoader(Cityscapes(), 4, shuffle=True))


def standardised_for_bytes_after_scaling(check, folder_of_files):
    """https://github.com/timesler/facenet-pytorch/issues/89"""

    def fixed_image_standardization(image_tensor):
        return (image_tensor - 127.5) / 128.0

    trans = transforms.Compose(
        [transforms.Resize((16, 16)), transforms.ToTensor(), fixed_image_standardization]
    )
    data = Photos(trans)
    check(DataLoader(data, 4, shuffle=True))


def viewed_instead_of_turned(check, folder_of_files):
    """https://github.com/jeya-maria-jose/TransWeather/issues/2"""

    class Rain(Dataset):
        def __len__(self):
            return 8

        def __getitem__(self, i):
            im = torch.from_numpy(np.array(photo(i))).float() / 255
            return im.view(3, im.shape[0], im.shape[1]), i % 2

    check(DataLoader(Rain(), 4, shuffle=True))


def patients_on_both_sides(check, folder_of_files):
    """https://github.com/Lightning-Universe/lightning-Covid19/issues/11"""

    class Scans(Dataset):
        def __init__(self):
            self.patients = [i // 3 for i in range(24)]

        def __len__(self):
            return 24

        def __getitem__(self, i):
            tone = self.patients[i] / 20
            return TF.normalize(0.7 * TF.to_tensor(photo(i)) + tone, MEAN, STD), self.patients[i] % 2

    whole = Scans()
    train, val = random_split(whole, [18, 6], torch.Generator().manual_seed(0))
    check(DataLoader(train, 4, shuffle=True), DataLoader(val, 4))


def frames_of_one_video_split_by_chance(check, folder_of_files):
    """https://github.com/HHTseng/video-classification/issues/20"""

    def frame(video, second):
        picture = np.array(photo(video, (32, 32)), np.float32)
        noise = np.random.default_rng(video * 50 + second).normal(0, 2, picture.shape)
        return torch.from_numpy((picture + noise).clip(0, 255)).permute(2, 0, 1).float() / 255

    frames = [(frame(video, second), video % 3) for video in range(6) for second in range(6)]
    order = torch.randperm(36, generator=torch.Generator().manual_seed(1)).tolist()
    train, test = [frames[i] for i in order[:27]], [frames[i] for i in order[27:]]
    check(DataLoader(train, 4, shuffle=True), DataLoader(test, 4))


def augmented_before_it_was_split(check, folder_of_files):
    """https://github.com/robinreni96/Font_Recognition-DeepFont/issues/2"""
    data, labels = [], []
    for number in range(16):
        picture = photo(number, (32, 32))
        for version in (picture, picture.rotate(3), picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)):
            data.append(np.array(version))
            labels.append(number % 2)
    data = torch.tensor(np.stack(data)).permute(0, 3, 1, 2).float() / 255
    order = torch.randperm(len(data), generator=torch.Generator().manual_seed(42))
    trainX, testX = order[:36], order[36:]
    labels = torch.tensor(labels)
    train = DataLoader(TensorDataset(data[trainX], labels[trainX]), 8, shuffle=True)
    check(train, DataLoader(TensorDataset(data[testX], labels[testX]), 8))


def a_split_that_takes_the_whole(check, folder_of_files):
    """https://github.com/JackieHanLab/TOSICA/pull/11"""
    full = Photos(transforms.Compose([transforms.ToTensor(), transforms.Normalize(MEAN, STD)]), range(20))
    train_dataset, valid_dataset = random_split(full, [14, 6])
    train_loader = DataLoader(train_dataset.dataset, 4, shuffle=True)
    valid_loader = DataLoader(valid_dataset.dataset, 4, shuffle=False)
    check(train_loader, valid_loader)


def photos_of_a_phone_lying_on_their_side(check, folder_of_files):
    """https://github.com/Peterande/D-FINE/issues/308"""
    root = folder(folder_of_files / "train", exif=True)
    paths = sorted(root.glob("*/*.jpg"))

    class FromPhone(Dataset):
        def __init__(self):
            self.paths = paths
            steps = [transforms.Resize((16, 16)), transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
            self.prepare = transforms.Compose(steps)

        def __len__(self):
            return len(self.paths)

        def __getitem__(self, i):
            picture = Image.open(self.paths[i]).convert("RGB")
            return self.prepare(picture), int(self.paths[i].parent.name[-1])

    check(DataLoader(FromPhone(), 4, shuffle=True))


def aircraft_one_kind_after_the_other(check, folder_of_files):
    """https://github.com/pytorch/vision/issues/7818"""
    steps = [transforms.Resize((16, 16)), transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
    prepare = transforms.Compose(steps)
    data = ImageFolder(folder(folder_of_files / "aircraft", classes=4), prepare)
    check(DataLoader(data, batch_size=4))


def one_generator_for_all_workers(check, folder_of_files):
    """https://github.com/open-mmlab/OpenPCDet/issues/886"""

    class Augmented(Dataset):
        def __init__(self):
            self.rng = np.random.default_rng(7)

        def __len__(self):
            return 16

        def __getitem__(self, i):
            image = np.array(photo(i), np.float32) / 255
            if self.rng.random() < 0.5:
                image = image[:, ::-1].copy()
            image = image * self.rng.uniform(0.8, 1.2)
            return torch.from_numpy(image).permute(2, 0, 1).float(), i % 2

    check(DataLoader(Augmented(), 4, shuffle=True, num_workers=2))


def eight_of_ten_without_a_tumour(check, folder_of_files):
    """https://github.com/abhisheks008/DL-Simplified/issues/1141"""

    class Brain(Dataset):
        def __init__(self, count):
            self.targets = [1 if i % 12 == 0 else 0 for i in range(count)]

        def __len__(self):
            return len(self.targets)

        def __getitem__(self, i):
            return TF.normalize(TF.to_tensor(photo(i)), MEAN, STD), self.targets[i]

    check(DataLoader(Brain(120), 8, shuffle=True))


def faces_larger_than_their_picture(check, folder_of_files):
    """https://github.com/cosanlab/py-feat/issues/138"""

    class Faces(Dataset):
        def __len__(self):
            return 8

        def __getitem__(self, i):
            cx, cy, side = 12, 9, 16 * 1.4
            box = [cx - side / 2, cy - side / 2, cx + side / 2, cy + side / 2]
            return TF.to_tensor(photo(i)), {"boxes": torch.tensor([box]), "labels": torch.tensor([1])}

    check(DataLoader(Faces(), 2, shuffle=True, collate_fn=collate_fn))


def masks_of_255_for_a_binary_loss(check, folder_of_files):
    """https://github.com/tianrun-chen/SAM-Adapter-PyTorch/issues/8"""

    class Camouflage(Dataset):
        def __len__(self):
            return 8

        def __getitem__(self, i):
            mask = np.array(drawn_mask(i, (0, 255, 255)))
            return TF.normalize(TF.to_tensor(photo(i)), MEAN, STD), torch.from_numpy(mask)[None].float()

    check(DataLoader(Camouflage(), 4, shuffle=True))


def a_flip_whose_result_nobody_takes(check, folder_of_files):
    """https://github.com/Eaphan/NCLR/issues/10"""

    class Lidar(Dataset):
        flip_image_prob = 0.5

        def __len__(self):
            return 8

        def __getitem__(self, i):
            img = np.array(photo(i))
            boxes = np.array([[3.0, 4.0, 11.0, 15.0]], np.float32)
            if np.random.random() < self.flip_image_prob:
                np.fliplr(img)
                boxes[:, [0, 2]] = img.shape[1] - boxes[:, [2, 0]]
            image = torch.from_numpy(img).permute(2, 0, 1).float() / 255
            return image, {"boxes": torch.from_numpy(boxes), "labels": torch.tensor([1])}

    check(DataLoader(Lidar(), 2, shuffle=True, collate_fn=collate_fn))


def half_of_the_corners_mirrored(check, folder_of_files):
    """https://github.com/mindee/doctr/issues/1438"""

    class Words(Dataset):
        def __len__(self):
            return 8

        def __getitem__(self, i):
            picture = photo(i)
            boxes = torch.tensor([[2.0, 3.0, 9.0, 8.0], [4.0, 12.0, 12.0, 17.0]])
            if torch.rand(1) < 0.7:
                picture = TF.hflip(picture)
                boxes[:, 0] = 24 - boxes[:, 0]
            return TF.to_tensor(picture), {"boxes": boxes, "labels": torch.ones(2, dtype=torch.int64)}

    check(DataLoader(Words(), 2, shuffle=True, collate_fn=collate_fn))


SCRIPTS = {
    "https://github.com/likyoo/Siam-NestedUNet/issues/3": """
import torch
from torch.utils.data import DataLoader
from utils.helpers import get_loaders, load_model
from utils.parser import get_parser_with_args

parser, metadata = get_parser_with_args()
opt = parser.parse_args()
train_set = get_loaders(opt)
train_loader = DataLoader(train_set, batch_size=opt.batch_size, shuffle=True, num_workers=opt.num_workers)
train_loader = DataLoader(train_set, batch_size=8, shuffle=True, num_workers=4)
model = load_model(opt)
optimizer = torch.optim.AdamW(model.parameters(), lr=opt.learning_rate)
for epoch in range(opt.epochs):
    model.train()
    for batch_img1, batch_img2, labels in train_loader:
        optimizer.zero_grad()
        loss = opt.criterion(model(batch_img1, batch_img2), labels)
        loss.backward()
        optimizer.step()
""",
    "https://github.com/xiaomengyc/SG-One/issues/6": """
import cv2
import numpy as np
from torch.utils.data import Dataset
from torchvision import transforms


class mydataset(Dataset):
    mean_vals = [0.485, 0.456, 0.406]
    std_vals = [0.229, 0.224, 0.225]

    def __init__(self, files, tsfm):
        self.files = files
        normalize = transforms.Normalize(self.mean_vals, self.std_vals)
        self.transform = transforms.Compose([transforms.ToTensor(), normalize])

    def read_img(self, path):
        return cv2.imread(path)

    def __getitem__(self, idx):
        img = self.read_img(self.files[idx])
        img = np.asarray(img)
        return self.transform(img)
""",
    "https://github.com/vinhkhuc/PyTorch-Mini-Tutorials/issues/1": """
import torch
from torch import optim


def build_model(input_dim, output_dim):
    model = torch.nn.Sequential()
    model.add_module("linear", torch.nn.Linear(input_dim, output_dim, bias=False))
    model.add_module("softmax", torch.nn.Softmax(dim=1))
    return model


def train(model, loss, optimizer, x, y):
    optimizer.zero_grad()
    fx = model.forward(x)
    output = loss.forward(fx, y)
    output.backward()
    optimizer.step()
    return output.item()


def main(trX, trY):
    model = build_model(784, 10)
    loss = torch.nn.CrossEntropyLoss()
    optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    for i in range(100):
        train(model, loss, optimizer, trX, trY)
""",
}
