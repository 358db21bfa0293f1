"""The colours and line styles of every picture: one home, safe for colour-blind eyes and gray prints."""

__all__ = [
    "ACCENT",
    "DASHES",
    "FAINT",
    "GOOD",
    "INK",
    "INVENTED",
    "LINE",
    "MARKERS",
    "MISSED",
    "MUTED",
    "PAPER",
    "SERIES",
    "WARM",
    "class_color",
    "darker",
]

INK = "#1b2733"  # text
MUTED = "#52606d"  # second-rank text: 6.4:1 on paper
LINE = "#c9d1d9"  # frames and grids
FAINT = "#f2f5f8"  # tiles
PAPER = "#ffffff"
REST = "#a9b8c6"  # bars that are not the one to look at

# Okabe & Ito (2008), ordered so that neighbours differ in lightness as well as in hue. Yellow is left
# out: on paper it can't be seen.
SERIES = ["#0072B2", "#E69F00", "#009E73", "#333333", "#CC79A7", "#D55E00", "#56B4E9"]
ACCENT = SERIES[0]
WARM = SERIES[5]  # wrong, dropped, to be looked at
GOOD = SERIES[2]  # right, stays

# Colour never carries a meaning alone: every series also has its own dash and marker.
DASHES: list[str | tuple[int, tuple[float, ...]]] = [
    "solid",
    (0, (6, 2)),
    (0, (1.5, 1.5)),
    (0, (6, 2, 1.5, 2)),
    (0, (10, 3)),
    (0, (4, 1, 1, 1, 1, 1)),
    (0, (2, 4)),
]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]

# A mask has no dash or marker, and may have many classes: the series without its black, which is too much
# like the truth's, then six found by search, as far from these and from each other as those are, also for
# eyes that lack red or green (Machado et al. 2009). Regions have edges with white around, so pale is seen.
_OF_CLASSES = [
    *(color for color in SERIES if color != "#333333"),
    *("#FFF3B0", "#661100", "#F7DCE8", "#000075", "#117733", "#882255"),
]
# What a segmenter did wrong stands beside classes: in colours that no class has, found by the same search,
# far from all twelve, from each other and from a pale gray picture.
MISSED, INVENTED = "#2D00FF", "#FFFF00"


def class_color(label: int) -> str:
    """The colour of a class, or of an object, the same in every figure; after twelve they begin again.

    >>> class_color(1), class_color(13)
    ('#E69F00', '#E69F00')
    """
    return _OF_CLASSES[label % len(_OF_CLASSES)]


def darker(color: str) -> str:
    """A series colour dark enough for letters on paper, or paper-coloured letters on it: 4.5:1 or better.

    >>> darker("#0072B2"), darker("#E69F00")
    ('#0072b2', '#9c6c00')
    """
    channels = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
    factor = 1.0
    while _luminance([channel * factor for channel in channels]) > 0.18:
        factor -= 0.01
    return "#" + "".join(f"{round(channel * factor):02x}" for channel in channels)


def _luminance(channels: list[float]) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    linear = [(c / 255 / 12.92) if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
