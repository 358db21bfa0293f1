import pytest

from vislearn.course.translating.words import word_faults


@pytest.mark.parametrize(
    ("message", "translation"),
    [
        ("", ""),
        ("pixels", "পিক্সেল"),
        ("a chain", "চেইন"),
        ("`a` chain", "`শিকল` চেইন"),  # code is nobody's Bengali
        ("the axes are in another order", "ক্রম উল্টে গেছে"),  # no flip in the English
        ("a result", "ফলকে"),  # ফল with an ending, not ফলক
        ("the border", "সীমা"),  # no range in the English
        ("she lost it", "হারিয়ে গেছে"),  # হার is only its beginning
        ("the rate of meals", "আহারের লার্নিং রেট"),  # and here its end
        ("clipping cuts off the wrong side", "ভুল দিক কাটা পড়ে"),  # an allowed phrase
        ("shuffled at random", "এলোমেলো করা (shuffle)"),
        ("the grid", "ছকে"),
        ("one hundred", "একশো"),
    ],
)
def test_a_good_choice_of_words(message, translation):
    assert list(word_faults(message, translation)) == []


@pytest.mark.parametrize(
    ("message", "translation", "what", "fix"),
    [
        ("pixels", "পিক্ঘরগুলোতেও", "says 'পিক্ঘরগুলোতেও' for 'pixel'", "Write 'পিক্সেল'"),
        ("chains", "শিকলের", "says 'শিকলের' for 'chain'", "Write 'চেইন'"),
        ("Standard deviation", "আদর্শ\nবিচ্যুতি", "says 'আদর্শ\nবিচ্যুতি' for 'standard deviation'", "পরিমিত"),
        ("it was flipped", "উল্টেছে", "says 'উল্টেছে' for 'flip'", "Write 'ফ্লিপ'"),
        ("flip, mirrored", "উল্টেছে, ওল্টায়নি", "says 'উল্টেছে', 'ওল্টায়নি' for 'flip'", "Write 'ফ্লিপ'"),
        ("its range", "সীমায়", "says 'সীমায়' for 'range'", "Write 'রেঞ্জ'"),
        ("two rates", "হারটি", "says 'হারটি' for 'learning rate'", "Write 'লার্নিং রেট'"),
        ("rounded", "গোল করেছে", "says 'গোল করেছে' for 'round'", "Write 'রাউন্ড করা'"),
        ("a mean", "চলমান গড়-ভেদাঙ্ক", "says 'চলমান গড়-ভেদাঙ্ক' for 'running statistics'", "রানিং"),
        ("a tag", "ফলকের", "says 'ফলকের' for 'tag'", "Write 'ট্যাগ'"),
        ("never", "কখনও", "says 'কখনও'", "Write 'কখনো'"),
        ("always", "সবসময়", "says 'সবসময়'", "Write 'সব সময়'"),
        ("Args:\n    x", "Args:\n    x", "leaves 'Args:' in English", "Write 'আর্গুমেন্ট:'"),
        ("a random one", "র্যান্ডম", "says 'র্যান্ডম'", "zero-width joiner"),
    ],
)
def test_a_word_of_another_glossary(message, translation, what, fix):
    ((found, remedy),) = word_faults(message, translation)
    assert found == what
    assert fix in remedy
