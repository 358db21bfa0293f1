"""The words in which figures tell the regression check what they are: how to compare them, and who is who.

A drawing function says with an artist's ``gid`` what can't be seen from outside, such as that a patch is a
bar whose length is a number.
"""

__all__ = [
    "BAR",
    "COMPARED",
    "MEASURED",
    "PICTURES",
    "RANKED",
    "RANKED_BAR",
    "STRUCTURE",
    "TITLE_TEXT",
    "VALUES",
    "VALUES_ON_CPU",
]

# what of a figure another run must repeat
VALUES = "values"  # everything, within the tolerances
STRUCTURE = "structure"  # how many of what, in which colours and words: for timings and curves of a training
PICTURES = "pictures"  # the pictures by value; of numbers and of what is drawn upon them, the structure
VALUES_ON_CPU = "values on cpu"  # there "values"; elsewhere its structure
COMPARED = (VALUES, STRUCTURE, PICTURES, VALUES_ON_CPU)

# roles of text
TITLE_TEXT = "title"  # the heading of the whole
MEASURED = "measured"  # the number of a bar, which stands in the digest already
RANKED = "ranked"  # the name of a bar whose place in the order follows from its number

# roles of patches
BAR = "bar"  # its length is a number
RANKED_BAR = "ranked-bar"  # a bar, in the order of the numbers
