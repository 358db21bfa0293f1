from .building.assembly import assemble, solved
from .building.builder import build
from .building.checker import check
from .building.translations import proof_translations, update_translations
from .lessons import Lesson, find_lessons
from .problems import CellError, TranslationError
from .translating.messages import check_messages, update_messages

__all__ = [
    "CellError",
    "Lesson",
    "TranslationError",
    "assemble",
    "build",
    "check",
    "check_messages",
    "find_lessons",
    "proof_translations",
    "solved",
    "update_messages",
    "update_translations",
]
