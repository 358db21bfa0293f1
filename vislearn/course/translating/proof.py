"""A translation read against the course's glossary, spelling and punctuation."""

from collections.abc import Mapping

from vislearn.course.problems import first_of
from vislearn.course.translating.marks import mark_faults
from vislearn.course.translating.words import word_faults
from vislearn.problems import Problem

__all__ = ["proof"]


def proof(where: str, translations: Mapping[str, str]) -> list[Problem]:
    """What a Bengali translation says otherwise than the course does; an empty list is good.

    Args:
        where: the catalogue's file, as people type it.
        translations: message → Bengali.

    >>> print(*proof("bn.po", {"a chain": "শিকল"}))
    bn.po at 'a chain': the translation says 'শিকল' for 'chain'. Write 'চেইন'.
    """
    return [
        Problem(where, f"at {first_of([message])}: the translation {what}", f"{fix}.")
        for message, translation in translations.items()
        for faults in (word_faults, mark_faults)
        for what, fix in faults(message, translation)
    ]
