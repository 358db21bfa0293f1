"""Exercise of lesson 11: a saved classifier asked about a folder of new pictures."""

import tempfile
from functools import cache
from pathlib import Path

import torch
from PIL import Image
from torch import nn
from torchvision.transforms import v2

from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise

__all__ = ["predict_folder"]

Answers = dict[str, str]
_CLASSES = ["red", "teal", "blue"]
_PICTURES = (  # mode, and how the name goes on after its number
    ("RGB", ".png"),
    ("L", ".JPG"),
    ("RGBA", ".png"),
    ("P", ".png"),
    ("RGB", ".from.above.png"),
    ("RGB", ".jpg"),
)


@exercise(
    "classification.predict_folder",
    hints=[
        N_(
            "A loop over `sorted(folder.iterdir())`. What does not end in .png or .jpg is skipped, and "
            "`file.suffix.lower()` doesn't mind capitals."
        ),
        N_(
            "Some pictures are gray, some have transparency, some a palette: "
            '`Image.open(file).convert("RGB")` makes them alike. `prepare(picture)[None]` is a batch of one.'
        ),
        N_(
            "`model.eval()` first, `with torch.inference_mode():` around the call; then "
            "`answers[file.name] = classes[logits.argmax()]`."
        ),
    ],
)
def predict_folder(folder: Path, model: nn.Module, prepare: v2.Compose, classes: list[str]) -> dict[str, str]:
    """Say of every picture in a folder which class it shows.

    Args:
        folder: holds pictures that end in .png or .jpg, in small letters or capitals; all of them can be
            read. Other files lie there too, some of them pictures (.bmp): these are left out.
        model: takes prepared pictures (N, 3, H, W), returns logits (N, K). It comes in train mode.
        prepare: turns a picture of three colours into a tensor (3, H, W).
        classes: K names, in the order of the logits.

    Returns:
        A dict from each picture's file name, such as "a.png", to the name of its class.
    """
    model.eval()
    answers = {}
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() in (".png", ".jpg"):
            picture = prepare(Image.open(file).convert("RGB"))  # (3, H, W)
            with torch.inference_mode():
                answers[file.name] = classes[int(model(picture[None]).argmax())]
    return answers


@predict_folder.inputs
def _a_folder(generator: torch.Generator, trial: int) -> tuple[Path, nn.Module, v2.Compose, list[str]]:
    folder = _root() / str(trial)
    folder.mkdir(exist_ok=True)
    (folder / "notes.txt").write_text("to do: more pictures\n", encoding="utf-8")
    _colored(0, generator).save(folder / "before.bmp")
    first = draw(100, generator)
    for number, (mode, ending) in enumerate(_PICTURES):
        _colored(number, generator).convert(mode).save(folder / f"{first + 7 * number}{ending}")
    size_and_dtype = (v2.ToImage(), v2.Resize([12, 12]), v2.ToDtype(torch.float32, scale=True))
    prepare = v2.Compose([*size_and_dtype, v2.Normalize([0.4] * 3, [0.5] * 3)])
    return folder, _by_color(), prepare, list(_CLASSES)


@cache
def _root() -> Path:
    return Path(tempfile.mkdtemp())


def _colored(number: int, generator: torch.Generator) -> Image.Image:
    """Teal, red or blue, wider than high; only the gray one may be anything.

    Most are red: a batch whose own mean is taken away, as BatchNorm does in train mode, looks no longer red.
    """
    teal, red, blue = (0, 140, 120), (230, 10, 20), (10, 20, 240)
    color = (teal, red, red, blue, red, red)[number]
    width = 16 + draw(9, generator)
    return Image.new("RGB", (width, 15), color)


def _by_color() -> nn.Module:
    """In eval mode it knows three colours, and dark from light; in train mode BatchNorm takes them away."""
    norm, head = nn.BatchNorm2d(3), nn.Linear(3, 3)
    with torch.no_grad():
        head.weight.copy_(torch.tensor([[2.0, -1, -1], [-1, 1, 0.4], [-1, -1, 2.6]]))
        head.bias.copy_(torch.tensor([0.1, 0.0, 0.2]))
    return nn.Sequential(norm, nn.AdaptiveAvgPool2d(1), nn.Flatten(), head).train()


# One by one or all in a batch, told the same.
_TRAIN_MODE = N_(
    "The model is still in train mode: BatchNorm then takes mean and variance from these pictures, and the "
    "answers depend on what else is in the batch. `model.eval()` first."
)


@predict_folder.mistake(_TRAIN_MODE)
def _together_in_train_mode(
    folder: Path, model: nn.Module, prepare: v2.Compose, classes: list[str]
) -> Answers:
    files = [file for file in sorted(folder.iterdir()) if file.suffix.lower() in (".png", ".jpg")]
    pictures = torch.stack([prepare(Image.open(file).convert("RGB")) for file in files])
    with torch.inference_mode():
        numbers = model.train()(pictures).argmax(1).tolist()
    return {file.name: classes[number] for file, number in zip(files, numbers, strict=True)}


@predict_folder.mistake(_TRAIN_MODE)
def _in_train_mode(folder: Path, model: nn.Module, prepare: v2.Compose, classes: list[str]) -> Answers:
    with torch.inference_mode():
        return {
            file.name: classes[int(model.train()(prepare(Image.open(file).convert("RGB"))[None]).argmax())]
            for file in folder.iterdir()
            if file.suffix.lower() in (".png", ".jpg")
        }


@predict_folder.mistake(
    N_("A picture that ends in capitals, .JPG, is left out, as cameras write it: `file.suffix.lower()`.")
)
def _small_letters(folder: Path, model: nn.Module, prepare: v2.Compose, classes: list[str]) -> Answers:
    answers = predict_folder(folder, model, prepare, classes)
    return {name: answer for name, answer in answers.items() if not name.endswith(".JPG")}


@predict_folder.mistake(N_("Numbers of classes came back. Names are asked for: `classes[number]`."))
def _numbers(folder: Path, model: nn.Module, prepare: v2.Compose, classes: list[str]) -> dict[str, int]:
    answers = predict_folder(folder, model, prepare, classes)
    return {name: classes.index(answer) for name, answer in answers.items()}


# As texts or as they are, told the same.
_PATHS = N_(
    "The dict's keys are whole paths. They differ on every computer; the file's name is asked for: "
    "`file.name`."
)


@predict_folder.mistake(_PATHS)
def _whole_paths(folder: Path, model: nn.Module, prepare: v2.Compose, classes: list[str]) -> Answers:
    answers = predict_folder(folder, model, prepare, classes)
    return {str(folder / name): answer for name, answer in answers.items()}


@predict_folder.mistake(_PATHS)
def _paths_as_they_are(
    folder: Path, model: nn.Module, prepare: v2.Compose, classes: list[str]
) -> dict[Path, str]:
    answers = predict_folder(folder, model, prepare, classes)
    return {folder / name: answer for name, answer in answers.items()}


@predict_folder.mistake(
    N_(
        "The dict's keys lack their endings: `file.name`, not `file.stem`. a.png and a.jpg may lie side "
        "by side."
    )
)
def _stems(folder: Path, model: nn.Module, prepare: v2.Compose, classes: list[str]) -> Answers:
    answers = predict_folder(folder, model, prepare, classes)
    return {Path(name).stem: answer for name, answer in answers.items()}


@predict_folder.mistake(
    N_(
        "The names are sorted before they are counted through. `classes[0]` must stay what the model "
        "calls 0, "
        "so leave the list as it was saved."
    )
)
def _sorted_names(folder: Path, model: nn.Module, prepare: v2.Compose, classes: list[str]) -> Answers:
    return predict_folder(folder, model, prepare, sorted(classes))


@predict_folder.mistake(
    N_(
        "A gray picture has one channel, one with transparency four; the network wants three: "
        '`Image.open(file).convert("RGB")`.'
    )
)
def _as_they_are(folder: Path, model: nn.Module, prepare: v2.Compose, classes: list[str]) -> Answers:
    model.eval()
    answers = {}
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() in (".png", ".jpg"):
            answers[file.name] = classes[int(model(prepare(Image.open(file))[None]).argmax())]
    return answers


@predict_folder.mistake(
    N_("A file that is no picture was opened, notes.txt. Take only what ends in .png or .jpg.")
)
def _everything(folder: Path, model: nn.Module, prepare: v2.Compose, classes: list[str]) -> Answers:
    model.eval()
    files = sorted(folder.iterdir())
    return {
        file.name: classes[int(model(prepare(Image.open(file).convert("RGB"))[None]).argmax())]
        for file in files
    }


@predict_folder.mistake(
    N_(
        "A picture that nobody asked about was answered, before.bmp: look at the ending, .png or .jpg. (Who "
        "tries every file and catches the error hides damaged pictures, too.)"
    )
)
def _whatever_opens(folder: Path, model: nn.Module, prepare: v2.Compose, classes: list[str]) -> Answers:
    answers = predict_folder(folder, model, prepare, classes)
    with torch.inference_mode():
        picture = prepare(Image.open(folder / "before.bmp").convert("RGB"))
        return answers | {"before.bmp": classes[int(model(picture[None]).argmax())]}


# The error names the first file, which depends on the order; told the same.
_NAME_ALONE = N_(
    "The file's name alone leads nowhere: Python looks for it in the folder where the notebook runs. "
    "`folder / name` is the whole path, and `folder.iterdir()` gives such paths."
)


@predict_folder.mistake(_NAME_ALONE)
def _without_the_folder(folder: Path, model: nn.Module, prepare: v2.Compose, classes: list[str]) -> Answers:
    for file in folder.iterdir():
        if file.suffix.lower() in (".png", ".jpg"):
            Image.open(file.name)
    return {}


@predict_folder.mistake(_NAME_ALONE)
def _sorted_without_the_folder(
    folder: Path, model: nn.Module, prepare: v2.Compose, classes: list[str]
) -> Answers:
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() in (".png", ".jpg"):
            Image.open(file.name)
    return {}


@predict_folder.mistake(
    N_(
        "The network was given one picture, (3, H, W). It wants a batch, even a batch of one: "
        "`model(picture[None])`."
    )
)
def _no_batch(folder: Path, model: nn.Module, prepare: v2.Compose, classes: list[str]) -> Answers:
    picture = next(file for file in folder.iterdir() if file.suffix.lower() in (".png", ".jpg"))
    return {picture.name: classes[int(model.eval()(prepare(Image.open(picture).convert("RGB"))).argmax())]}


@predict_folder.mistake(
    N_(
        "Keys and values are both others than asked: the key is the file's name alone, `file.name`, and the "
        "value the name of the class, `classes[number]`."
    )
)
def _paths_and_numbers(
    folder: Path, model: nn.Module, prepare: v2.Compose, classes: list[str]
) -> dict[str, int]:
    answers = predict_folder(folder, model, prepare, classes)
    return {str(folder / name): classes.index(answer) for name, answer in answers.items()}
