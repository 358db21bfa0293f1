"""Lesson 11's folder of new pictures: other ways to answer, and other ways to make each mistake."""

import os
from contextlib import suppress

import torch
from PIL import Image
from torchvision.io import ImageReadMode, decode_image
from torchvision.transforms.v2.functional import pil_to_tensor, resize, to_pil_image

from vislearn.exercises.registry import find
from vislearn.io import read_pil

FOLDER = "classification.predict_folder"


def files(folder):
    return [file for file in sorted(folder.iterdir()) if file.suffix.lower() in {".png", ".jpg"}]


def pictures(folder):
    return [Image.open(file).convert("RGB") for file in files(folder)]


@torch.no_grad()
def one_batch(folder, model, prepare, classes):
    batch = torch.stack([prepare(picture) for picture in pictures(folder)])
    answers = model.eval()(batch).argmax(1).tolist()
    return {file.name: classes[answer] for file, answer in zip(files(folder), answers, strict=True)}


def by_softmax(folder, model, prepare, classes):
    model.train(False)
    answers = {}
    for file in files(folder):
        chances = model(prepare(Image.open(file).convert("RGB")).unsqueeze(0)).softmax(1)[0]
        answers[file.name] = classes[chances.max(dim=0).indices.item()]
    return answers


def by_torchvision(folder, model, prepare, classes):
    model.eval()
    read = {file.name: decode_image(str(file), ImageReadMode.RGB) for file in files(folder)}
    return {name: classes[model(prepare(to_pil_image(one))[None]).argmax()] for name, one in read.items()}


def by_glob(folder, model, prepare, classes):
    model.eval()
    found = [*folder.glob("*.png"), *folder.glob("*.JPG"), *folder.glob("*.jpg")]
    ready = {file.name: prepare(Image.open(file).convert("RGB")) for file in found}
    return {name: classes[int(model(one[None])[0].topk(1).indices)] for name, one in ready.items()}


def by_the_course(folder, model, prepare, classes):
    model.eval()
    return {file.name: classes[model(prepare(read_pil(file))[None]).argmax()] for file in files(folder)}


def renamed(change):
    return lambda *given: {change(given[0] / name): answer for name, answer in one_batch(*given).items()}


def each_in_train_mode(folder, model, prepare, classes):
    ready = {file.name: prepare(Image.open(file).convert("RGB"))[None] for file in files(folder)}
    return {name: classes[model(one)[0].argmax()] for name, one in ready.items()}


def batch_in_train_mode(folder, model, prepare, classes):
    found = sorted(files(folder), reverse=True)
    logits = model(torch.stack([prepare(Image.open(file).convert("RGB")) for file in found]))
    return {file.name: classes[int(one.argmax())] for file, one in zip(found, logits, strict=True)}


def as_opened(folder, model, prepare, classes):
    model.eval()
    return {file.name: classes[model(prepare(Image.open(file))[None]).argmax()] for file in files(folder)}


def all_files(folder, model, prepare, classes):
    model.eval()
    answers = {}
    for file in sorted(folder.glob("*")):
        answers[file.name] = classes[model(prepare(Image.open(file).convert("RGB"))[None]).argmax()]
    return answers


def what_opens(folder, model, prepare, classes):
    model.eval()
    answers = {}
    for file in folder.iterdir():
        with suppress(Exception):
            answers[file.name] = classes[model(prepare(Image.open(file).convert("RGB"))[None]).argmax()]
    return answers


def by_listdir(order):
    def answer(folder, model, prepare, classes):
        names = order(os.listdir(folder))  # noqa: PTH208 - as a learner writes it
        names = [name for name in names if name.lower().endswith((".png", ".jpg"))]
        ready = {name: prepare(Image.open(name).convert("RGB")) for name in names}
        return {name: classes[int(model.eval()(one[None]).argmax())] for name, one in ready.items()}

    return answer


def one_alone(folder, model, prepare, classes):
    model.eval()
    ready = {
        file.name: prepare(picture) for file, picture in zip(files(folder), pictures(folder), strict=True)
    }
    return {name: classes[model(one).argmax()] for name, one in ready.items()}


RIGHT = {FOLDER: [one_batch, by_softmax, by_torchvision, by_glob, by_the_course]}

WRONG = {
    FOLDER: {
        "_in_train_mode": each_in_train_mode,
        "_together_in_train_mode": batch_in_train_mode,
        "_small_letters": lambda *given: {k: v for k, v in one_batch(*given).items() if k[-3:].islower()},
        "_numbers": lambda folder, model, prepare, classes: one_batch(folder, model, prepare, [0, 1, 2]),
        "_whole_paths": renamed(str),
        "_paths_as_they_are": renamed(lambda path: path),
        "_stems": renamed(lambda path: path.stem),
        "_sorted_names": lambda folder, model, prepare, classes: by_softmax(
            folder, model, prepare, sorted(classes)
        ),
        "_as_they_are": as_opened,
        "_everything": all_files,
        "_whatever_opens": what_opens,
        "_without_the_folder": by_listdir(list),
        "_sorted_without_the_folder": by_listdir(sorted),
        "_no_batch": one_alone,
        "_paths_and_numbers": lambda folder, model, prepare, classes: {
            str(folder / name): number
            for name, number in one_batch(folder, model, prepare, [0, 1, 2]).items()
        },
    }
}


def own_preparation(picture):
    return resize(pil_to_tensor(picture), [12, 12]) / 255


UNLISTED = {
    FOLDER: [
        lambda *given: list(one_batch(*given).values()),
        lambda *given: dict.fromkeys(one_batch(*given), "red"),
        lambda *given: dict(list(one_batch(*given).items())[1:]),
        lambda *given: {answer: name for name, answer in one_batch(*given).items()},
        lambda folder, model, prepare, classes: one_batch(folder, model, prepare, classes[::-1]),
        lambda *given: one_batch(*given) | {"notes.txt": "red"},
        lambda *given: {name: answer for name, answer in one_batch(*given).items() if name[-3:] == "png"},
        lambda *given: {name: answer for name, answer in one_batch(*given).items() if name.count(".") == 1},
        lambda folder, model, prepare, classes: one_batch(folder, model, own_preparation, classes),
        lambda folder, model, prepare, classes: one_batch(
            folder, model, lambda picture: prepare(picture.convert("L").convert("RGB")), classes
        ),
    ]
}


def test_the_folder_holds_each_kind_of_picture_and_all_three_answers():
    folder, model, prepare, classes = find(FOLDER).arguments(0)
    modes = set()
    for file in files(folder):
        with Image.open(file) as picture:
            modes.add(picture.mode)
    assert modes == {"RGB", "L", "RGBA", "P"}
    assert set(one_batch(folder, model, prepare, classes).values()) == set(classes)


def test_train_mode_changes_answers():
    folder, model, prepare, classes = find(FOLDER).arguments(0)
    assert each_in_train_mode(folder, model, prepare, classes) != one_batch(folder, model, prepare, classes)
