from pathlib import Path

import pytest

from vislearn.course.building.options import OPTIONS, split_options
from vislearn.errors import FileError

SOURCE = Path("01_tiny.py")


def split(*lines):
    return split_options("\n".join(lines), SOURCE, 7)


@pytest.mark.parametrize("code", ["", "x = 1", "# | not one\nx", "x\n#| fold: too late"])
def test_code_without_options_stays_as_it_is(code):
    assert split_options(code, SOURCE, 7) == ({}, code, 0)


def test_options_are_taken_out_of_the_code():
    options, code, above = split(
        "#| fig-alt: A cat beside",
        "#|   five words.",
        "#| compared: pictures",
        "#| within: {probability of cat: 0.02}",
        "#| on: {cuda: 0.05}",
        "",
        "vl.viz.bars(a)",
    )
    assert options == {
        "fig-alt": ["A cat beside five words."],
        "compared": "pictures",
        "within": {"probability of cat": 0.02},
        "on": {"cuda": 0.05},
    }
    assert (code, above) == ("vl.viz.bars(a)", 5)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("fig-alt: [One., Two.]", ["One.", "Two."]),
        ("caption: Read it from left to right.", ["Read it from left to right."]),
        ("compared: values on cpu", "values on cpu"),
        ("compared: [pictures, structure]", ["pictures", "structure"]),
        ("within: 0.02", 0.02),
        ("at-least: {a: 1, yes: 2}", {"a": 1, "yes": 2}),
        ("on: {loss: {cuda: 0.1}}", {"loss": {"cuda": 0.1}}),
        ("fold: Trains five times.", "Trains five times."),
        ("words: [a, b]", ["a", "b"]),
        ('fig-alt: "Class #3: a cup."', ["Class #3: a cup."]),
    ],
)
def test_values(line, value):
    assert split(f"#| {line}", "x")[0] == {line.partition(":")[0]: value}


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["#| fig-alt: A cat: it sits."], "01_tiny.py:7 has options that are no YAML"),
        (["#| fold: a", "#| fig-alt: [a"], "01_tiny.py:8 has options that are no YAML"),
        (["#| a text"], "01_tiny.py:7 has options without a key"),
        (["#| fig-alt: Class #3."], "01_tiny.py:7 has an option with a #, which YAML takes"),
        (["#| fold: a", "#| fig-atl: b"], "01_tiny.py:8 has the option 'fig-atl'"),
        (["#| fig-alt:"], "01_tiny.py:7 has the option fig-alt with None. It must be a text"),
        (["#| fig-alt: [a, '']"], "has the option fig-alt with"),
        (["#| compared: value"], "It must be one of values, structure, pictures, values on cpu"),
        (["#| within: small"], "has the option within with 'small'. It must be a number"),
        (["#| within: {a: b}"], "has the option within with"),
        (["#| on: 0.3"], "has the option on with 0.3. It must be a mapping from cuda or mps"),
        (["#| on: {tpu: 0.3}"], "has the option on with"),
        (["#| fold: 3"], "has the option fold with 3"),
        (["#| words: a"], "has the option words with 'a'"),
    ],
)
def test_what_is_no_option_names_file_and_line(lines, says):
    with pytest.raises(FileError) as caught:
        split(*lines, "x")
    assert says in str(caught.value)


def test_every_option_has_a_rule_in_words():
    assert all(rule for _holds, rule in OPTIONS.values())
