"""The colours and line styles of every picture: one home, safe for colour-blind eyes and gray prints."""

__all__ = ["ACCENT", "DASHES", "FAINT", "INK", "LINE", "MARKERS", "MUTED", "PAPER", "SERIES", "WARM"]

INK = "#1b2733"  # text
MUTED = "#52606d"  # second-rank text: 6.4:1 on paper
LINE = "#c9d1d9"  # frames and grids
FAINT = "#f2f5f8"  # tiles
PAPER = "#ffffff"

# Okabe & Ito (2008), ordered so that neighbours differ in lightness as well as in hue. Yellow is left
# out: on paper it can't be seen.
SERIES = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#000000"]
ACCENT = SERIES[0]
WARM = SERIES[3]

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
