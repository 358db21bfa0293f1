"""What the page says, in both languages."""

from vislearn.deploy import Recipe
from vislearn.language import LANGUAGES, translate_to
from vislearn.viz.palette import class_color

__all__ = ["contents", "words"]


def contents(recipe: Recipe, name: str, *, language: str, static: bool) -> dict[str, object]:
    """All that the page is made of, ready for JSON.

    Args:
        recipe: of the model that answers.
        name: of the model, for the heading.
        language: code of the one that the page begins with.
        static: whether the browser answers by itself.
    """
    count = max(len(recipe.classes), 1) + 1
    colors = [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in recipe.colors or ()]
    return {
        "name": name,
        "static": static,
        "language": language,
        "languages": LANGUAGES,
        "recipe": {
            key: getattr(recipe, key) for key in ("kind", "classes", "resize", "interpolation", "crop")
        },
        "colors": colors or [class_color(label) for label in range(count)],
        "words": {code: words(code, recipe, static=static) for code in LANGUAGES},
    }


def words(code: str, recipe: Recipe, *, static: bool) -> dict[str, object]:
    """Every sentence of the page in one language; ``{count}`` and the like are filled in by the page.

    Args:
        code: of the language.
        recipe: of the model that answers.
        static: whether the browser answers by itself.

    >>> words("en", Recipe("classifier", ("cat", "dog")), static=False)["about"]
    'Says which of 2 classes a picture shows.'
    """
    return {
        "about": _about(code, recipe),
        "private": _private(code, static),
        "pad": _of_pad(code),
        **_of_sources(code),
        **_of_answers(code),
    }


def _about(code: str, recipe: Recipe) -> str:
    count = len(recipe.classes)
    if recipe.kind == "detector":
        return translate_to(code, "Finds objects and draws boxes around them. Classes: {count}.", count=count)
    if recipe.kind == "segmenter":
        return translate_to(code, "Gives every pixel one of {count} classes.", count=count)
    return translate_to(code, "Says which of {count} classes a picture shows.", count=count)


def _private(code: str, static: bool) -> str:
    if static:
        return translate_to(code, "Your pictures stay in this browser: nothing is sent anywhere.")
    return translate_to(code, "Your pictures stay on this computer: nothing is sent anywhere else.")


def _of_sources(code: str) -> dict[str, str]:
    return {
        "source": translate_to(code, "Where does the picture come from?"),
        "file": translate_to(code, "A file"),
        "camera": translate_to(code, "The camera"),
        "drawing": translate_to(code, "A drawing"),
        "choose": translate_to(code, "Choose a picture, or drop one here"),
        "start": translate_to(code, "Start the camera"),
        "take": translate_to(code, "Take a picture"),
        "stop": translate_to(code, "Stop the camera"),
        "view": translate_to(code, "What the camera sees now"),
        "no_camera": translate_to(
            code,
            "This browser gives the page no camera. On a phone, choose a file: it offers the camera too.",
        ),
        "ink": translate_to(code, "Dark ink on white paper"),
    }


def _of_pad(code: str) -> dict[str, str]:
    return {
        "label": translate_to(code, "A pad to draw on."),
        "keys": translate_to(
            code, "By keyboard: arrow keys move the pen, Space puts it down and lifts it, Z undoes, C clears."
        ),
        "empty": translate_to(code, "Draw with mouse, finger or pen."),
        "down": translate_to(code, "The pen is down: the arrow keys draw."),
        "up": translate_to(code, "The pen is up: the arrow keys move it."),
        "undo": translate_to(code, "Undo"),
        "clear": translate_to(code, "Clear"),
    }


def _of_answers(code: str) -> dict[str, str]:
    count, reason, limit, answer = "{count}", "{reason}", "{limit}", "{answer}"  # left for the page
    return {
        "answer": translate_to(code, "Answer"),
        "nothing_yet": translate_to(code, "No picture yet."),
        "loading": translate_to(code, "The model is being loaded…"),
        "ready": translate_to(code, "The model is ready."),
        "asking": translate_to(code, "The model is looking…"),
        "picture": translate_to(code, "Your picture. Answer: {answer}", answer=answer),
        "least_score": translate_to(code, "Least score"),
        "strength": translate_to(code, "Strength of the colours"),
        "found": translate_to(code, "Objects found: {count}.", count=count),
        "no_objects": translate_to(code, "No object has this score."),
        "not_shown": translate_to(code, "This browser can't show that file. Save it as JPEG or PNG."),
        "too_large": translate_to(
            code, "The file is larger than {limit} MB. Choose a smaller one.", limit=limit
        ),
        "failed": translate_to(code, "No answer: {reason}", reason=reason),
        "gone": translate_to(code, "vislearn demo has ended. Start it again."),
    }
