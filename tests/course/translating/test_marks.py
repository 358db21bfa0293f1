import pytest

from vislearn.course.translating.marks import mark_faults

DIGITS = "Write one kind, or put what meets code into backticks"


@pytest.mark.parametrize(
    "translation",
    [
        "",
        "২৫টি ছবি। 25 নয়।",  # two sentences
        "২টি `x[0]`, ৩টি float32, mAP@.5",
        "২টি সংখ্যা {count:.3f}",
        "৩টি শেপ (N, 4) (wrong 1)",  # glosses with letters
        "২৫টি ৮ (8)",  # a class's name, said in both
        "Python 3.11-এর ২টি",
        "| ১ | 2 |",
        "১৪৪২, ১ লাখ ১৮ হাজার, ১,০০,০০০",
        '“ভালো” `"boxes"` "boxes"',
        '<span title="ভালো">',
        "PyTorch। `x`। (shape)। (ছবি)। {error}। ৬০ %। `(3, 1, 1)`। torchvision-এর। float32। ২৫৫।",
        "Faster R-CNN। ০ → ১। [এখানে](../b.md)।",
        "torchvision-এরগুলো, `x`-টি, ২টি, DataLoader-টি, টি",
    ],
)
def test_good_punctuation(translation):
    assert list(mark_faults("", translation)) == []


@pytest.mark.parametrize(
    ("translation", "what"),
    [
        ("২৫টি 8", "mixes digits in '২৫টি 8'"),
        ("এক। (3, 1) হলে ২টি?", "mixes digits in '(3, 1) হলে ২টি'"),
        ('সে বলে "ভালো"', 'quotes with " in \'"ভালো"\''),
        ("সে বলে 'ভালো'", "quotes with ' in ''ভালো''"),
        ("সে বলে ‘ভালো’", "quotes with ‘ in '‘ভালো’'"),
        ("শেপ (3, 1, 1)।", "has a দাঁড়ি at the code '(3, 1, 1)'"),
        ("হলো (x - mean) / std।", "has a দাঁড়ি at the code 'mean) / std'"),
        ("তখনো left < right।", "has a দাঁড়ি at the code 'left < right'"),
        ("নইলে -1।", "has a দাঁড়ি at the code '-1'"),
        ("১১৮ ০০০ ছবি", "groups the digits of '১১৮ ০০০' with a space"),
        ("torchvision-এর গুলো", "lets the ending 'গুলো' stand alone"),
        ("`x` টি", "lets the ending 'টি' stand alone"),
        ("মান 0.5।", "has a দাঁড়ি at the code '0.5'"),
    ],
)
def test_a_mark_that_misleads(translation, what):
    ((found, _),) = mark_faults("", translation)
    assert found == what


@pytest.mark.parametrize(
    ("translation", "count"),
    [("**অনুশীলনী ১ — শেপ** (★)", 0), ("**অনুশীলনী ১: শেপ**", 1), ("**অনুশীলনী 1 — শেপ**", 1)],
)
def test_one_form_for_the_headings_of_exercises(translation, count):
    assert len(list(mark_faults("**Exercise 1 — shape** (★)", translation))) == count
    assert list(mark_faults("**Example 1 — shape**", "**উদাহরণ ১: শেপ**")) == []


def test_the_remedy_for_digits():
    assert [fix for _, fix in mark_faults("", "২৫টি 8")] == [DIGITS]
