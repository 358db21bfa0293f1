"""One pair of axes as a small dictionary: its curves, bars, boxes and pictures, each as what it says."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgba
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.image import AxesImage
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Patch, Rectangle, StepPatch
from matplotlib.transforms import Bbox

from vislearn.viz.meaning.signature import Signature
from vislearn.viz.meaning.terms import BAR, RANKED_BAR

__all__ = ["Plot", "seen", "without_empty"]

_SAMPLES = 9  # points taken of a line
_LARGE = 200  # px: a picture at least this wide is looked at twice as finely


class Plot:
    """One axes; a Canvas's sheet is one without an axis, where only relations between artists count.

    Args:
        axes: drawn once, so that its limits are settled.
        scale: dots per CSS pixel.
    """

    def __init__(self, axes: Axes, scale: float) -> None:
        self.axes, self.scale, self.sheet = axes, scale, not axes.axison
        containers = [one for one in axes.containers if isinstance(one, BarContainer)]
        whiskers = [one for one in axes.containers if isinstance(one, ErrorbarContainer)]
        self.bar_groups = containers
        self.in_groups = {id(patch) for group in containers for patch in group.patches}
        self.in_groups |= {id(line) for one in whiskers for line in (one[0], *one[1]) if line is not None}
        self.images = [one for one in axes.images if isinstance(one, AxesImage) and seen(one)]
        patches = [one for one in axes.patches if seen(one) and id(one) not in self.in_groups]
        self.bars = [one for one in patches if one.get_gid() in (BAR, RANKED_BAR)]
        self.stairs = [one for one in patches if isinstance(one, StepPatch)]
        self.boxes = [one for one in patches if one not in self.bars and one not in self.stairs]
        self.hosts = [(f"picture {at}", self._span(one)) for at, one in enumerate(self.images, 1)]
        plates = [one for one in self.boxes if isinstance(one, (Rectangle, FancyBboxPatch))]
        filled = [one for one in plates if _paint(one.get_facecolor())]
        self.hosts += [(f"card {at}", self._extent(one)) for at, one in enumerate(filled, 1)]

    def digest(self) -> dict[str, Any]:
        """What it shows, part by part; a part that is empty isn't named."""
        axes = self.axes
        found: dict[str, Any] = {}
        if not self.sheet:
            found = {
                "xlabel": axes.get_xlabel(),
                "ylabel": axes.get_ylabel(),
                "xlim": _numbers(axes.get_xlim()) if _is_labelled(axes.xaxis) else [],
                "ylim": _numbers(axes.get_ylim()) if _is_labelled(axes.yaxis) else [],
                "scales": [axes.get_xscale(), axes.get_yscale()],
                "ticks": [*_tick_words(axes.xaxis), *_tick_words(axes.yaxis)],
            }
        legend = axes.get_legend()
        collections = [one for one in axes.collections if seen(one)]
        return without_empty(
            found
            | {
                "title": axes.get_title() or axes.get_title("left") or axes.get_title("right"),
                "legend": [text.get_text() for text in legend.get_texts()] if legend else [],
                "images": [self._picture(image) for image in self.images],
                "lines": _collapsed([*self._lines(), *map(self._stair, self.stairs)]),
                "bars": [*map(_bar_group, self.bar_groups), *_columns(self._bars())],
                "boxes": _collapsed([self._box(patch) for patch in self.boxes]),
                "areas": _collapsed([self._area(one) for one in collections]),
                "others": sorted(type(one).__name__ for one in (*axes.artists, *axes.tables) if seen(one)),
            }
        )

    def _picture(self, image: AxesImage) -> dict[str, Any]:
        span = self._span(image)
        window = Bbox.intersection(self._css(self.axes.bbox), span)
        shown = window.width * window.height / max(span.width * span.height, 1e-9) if window else 0.0
        bins = 48 if span.width >= _LARGE else 16
        found = {
            "size": [round(span.width), round(span.height)],
            "look": Signature.of(_pixels(image), bins).encode(),
        }
        return found if shown > 0.98 else found | {"shown": round(shown, 2)}

    def _lines(self) -> Iterator[dict[str, Any]]:
        for line in self.axes.lines:
            style, marker = line.get_linestyle(), line.get_marker()
            drawn = (style not in ("None", "", " ") and line.get_linewidth() > 0) or _marks(marker)
            if not (seen(line) and drawn) or id(line) in self.in_groups:
                continue
            points: np.ndarray = np.ma.filled(np.ma.asarray(line.get_xydata(), float), np.nan)
            found = {"name": _name(line), "count": len(points), "color": _paint(line.get_color())}
            found |= {"marker": _marks(marker), "dashed": line.is_dashed()}
            yield without_empty(found | self._places(points, line.get_transform()))

    def _places(self, points: np.ndarray, transform: Any) -> dict[str, Any]:
        """A few points: in the axes' units, or, on a sheet, as shares of what they lie on."""
        if len(points) == 0:
            return {}
        if self.sheet:
            dots = transform.transform(points) / self.scale
            finite = dots[np.isfinite(dots).all(axis=1)]
            if len(finite) == 0:
                return {}
            name, host = self._host(Bbox([finite.min(axis=0), finite.max(axis=0)]))
            if host is None:
                return {}
            points = (dots - [host.x0, host.y0]) / [host.width, host.height]
            return {"on": name, "points": _sampled(points)}
        return {"points": _sampled(points)}

    def _stair(self, patch: StepPatch) -> dict[str, Any]:
        values, edges, _baseline = patch.get_data()
        points = np.stack([(edges[1:] + edges[:-1]) / 2, values], axis=1)
        found = {"name": _name(patch), "count": len(values), "filled": bool(patch.get_fill())}
        return without_empty(found | {"color": _colors(patch), "points": _sampled(points)})

    def _bars(self) -> Iterator[dict[str, Any]]:
        """Bars drawn on a sheet, as shares of the card or track they stand on."""
        for patch in self.bars:
            extent = self._extent(patch)
            name, host = self._host(extent)
            if host is None:
                name, host = "sheet", self._css(self.axes.bbox)
            across = extent.x0 - host.x0, extent.x1 - host.x0
            upright = extent.y0 - host.y0, extent.y1 - host.y0
            ranked = patch.get_gid() == RANKED_BAR
            span = np.divide(across, host.width) if ranked else np.divide(upright, host.height)
            found = {"name": _name(patch), "on": "" if ranked else name, "ranked": ranked}
            yield without_empty(found | {"color": _colors(patch), "spans": [_numbers(span)]})

    def _box(self, patch: Patch) -> dict[str, Any]:
        found: dict[str, Any] = {"kind": type(patch).__name__, "name": _name(patch), "color": _colors(patch)}
        found["dashed"] = patch.get_linestyle() not in ("solid", "-")
        extent = self._extent(patch)
        name, host = self._host(extent, patch)
        if host is None and not self.sheet:
            name, host = "axes", self._css(self.axes.bbox)
        if host is not None:
            left, right = (np.array([extent.x0, extent.x1]) - host.x0) / host.width
            top, bottom = (host.y1 - np.array([extent.y1, extent.y0])) / host.height
            found |= {"on": name, "place": [round(float(edge), 4) for edge in (left, top, right, bottom)]}
        return without_empty(found)

    def _area(self, collection: Any) -> dict[str, Any]:
        """A band, whiskers, points of a scatter: how many, and the range they take."""
        offsets: np.ndarray = np.ma.filled(np.ma.asarray(collection.get_offsets(), float), np.nan)
        paths = [path.vertices for path in collection.get_paths()]
        scattered = type(collection).__name__ == "PathCollection" and len(offsets) > 0
        points = offsets if scattered else np.concatenate(paths or [np.empty((0, 2))])
        found: dict[str, Any] = {"kind": type(collection).__name__, "name": _name(collection)}
        found["count"] = len(offsets) if scattered else len(paths)
        faces = [*collection.get_facecolor(), *collection.get_edgecolor()]
        found["color"] = next((paint for face in faces if (paint := _paint(face))), "")
        points = points[np.isfinite(points).all(axis=1)]
        if len(points) and not self.sheet:
            found["range"] = [_numbers(points.min(axis=0)), _numbers(points.max(axis=0))]
        return without_empty(found)

    def _host(self, box: Bbox, itself: Patch | None = None) -> tuple[str, Bbox | None]:
        """The smallest picture, or else card, that holds half of a box and is no smaller."""
        wide = Bbox([[box.x0 - 0.5, box.y0 - 0.5], [box.x1 + 0.5, box.y1 + 0.5]])
        own = self._extent(itself) if itself is not None else None
        found: tuple[str, Bbox | None] = ("", None)
        for name, host in self.hosts:
            shared = Bbox.intersection(host, wide)
            if shared is None or shared.width * shared.height < wide.width * wide.height / 2:
                continue
            least = 0.97 if name.startswith("picture") else 1.01  # a card doesn't lie on itself
            if own is not None and _area_of(host) < least * _area_of(own):
                continue
            if name.startswith("card") and found[0].startswith("picture"):
                break
            if found[1] is None or _area_of(host) < _area_of(found[1]):
                found = (name, host)
        return found

    def _css(self, box: Any) -> Bbox:
        return Bbox(np.sort(np.asarray(box.get_points()), axis=0) / self.scale)

    def _extent(self, patch: Patch) -> Bbox:
        path = patch.get_path() if not isinstance(patch, FancyArrowPatch) else None
        if path is None:
            return self._css(patch.get_window_extent())
        return self._css(path.get_extents(patch.get_transform()))

    def _span(self, image: AxesImage) -> Bbox:
        left, right, bottom, top = image.get_extent()
        return self._css(Bbox(self.axes.transData.transform([(left, bottom), (right, top)])))


def _pixels(image: Any) -> np.ndarray:
    """uint8 (H, W, 3) as it is seen: coloured, laid on white, and turned as the axes turn it."""
    colored = image.to_rgba(image.get_array(), bytes=True).astype(float)
    alpha = image.get_alpha()
    cover = (
        colored[..., 3:] / 255 * (np.asarray(alpha).reshape(*np.shape(alpha), 1) if alpha is not None else 1)
    )
    pixels = (colored[..., :3] * cover + 255 * (1 - cover)).round().astype(np.uint8)
    left, right, bottom, top = image.get_extent()
    (x0, y0), (x1, y1) = image.axes.transData.transform([(left, bottom), (right, top)])
    first_row_on_top = (y1 > y0) == (image.origin == "upper")
    return pixels[:: 1 if first_row_on_top else -1, :: 1 if x1 > x0 else -1]


def _bar_group(group: BarContainer) -> dict[str, Any]:
    """Bars of one call, each from where to where in the axis' units."""
    along = "x" if group.orientation == "horizontal" else "y"
    spans = []
    for patch in group.patches:
        start, length = (
            (patch.get_x(), patch.get_width()) if along == "x" else (patch.get_y(), patch.get_height())
        )
        spans.append(_numbers([start, start + length]))
    colors = [_colors(patch) for patch in group.patches]
    found = {"name": _name(group), "along": along, "spans": spans}
    return without_empty(found | {"color": colors[0] if len(set(colors)) == 1 else " ".join(colors)})


def _columns(bars: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    """Bars of one card together: a vector is one thing."""
    groups: list[dict[str, Any]] = []
    for bar in bars:
        before = groups[-1] if groups else {}
        if "on" in bar and bar["on"] == before.get("on"):
            before["spans"] += bar["spans"]
            before["color"] += f" {bar['color']}"
        else:
            groups.append(bar)
    for group in groups:
        colors = group["color"].split()
        group["color"] = colors[0] if len(set(colors)) == 1 else " ".join(colors)
    return groups


def _tick_words(axis: Any) -> list[str]:
    """Labels that say more than a number."""
    words = [label.get_text() for label in axis.get_ticklabels() if label.get_visible()]
    return [] if all(_is_number(word) for word in words) else words


def _is_labelled(axis: Any) -> bool:
    """An axis without numbers is a layout, whose units nobody reads."""
    return any(label.get_visible() and label.get_text() for label in axis.get_ticklabels())


def _is_number(word: str) -> bool:
    return not any(letter.isalpha() for letter in word.replace("mathdefault", "").replace("times", ""))


def _sampled(points: np.ndarray) -> list[list[float | None]]:
    at = np.unique(np.linspace(0, len(points) - 1, _SAMPLES).round().astype(int))
    return [_numbers(points[index]) for index in at]


def _numbers(values: Any) -> list[float | None]:
    """Four digits are more than anyone compares; what isn't a number is None, which JSON knows."""
    return [float(f"{value:.4g}") if np.isfinite(value) else None for value in np.asarray(values, float)]


def seen(artist: Any) -> bool:
    """Is an artist drawn at all, and not wholly transparent?"""
    alpha = artist.get_alpha()
    return bool(artist.get_visible() and (alpha is None or np.max(alpha) > 0))


def _marks(marker: Any) -> bool:
    return marker not in (None, "None", "none", "", " ")


def _name(artist: Any) -> str:
    label = str(artist.get_label() or "")
    return "" if label.startswith("_") else label


def _colors(patch: Patch) -> str:
    """Edge/fill."""
    edge = _paint(patch.get_edgecolor()) if patch.get_linewidth() > 0 else ""
    return f"{edge}/{_paint(patch.get_facecolor())}"


def _paint(color: Any) -> str:
    """A colour as #rrggbb, empty where nothing is painted."""
    return to_hex(color) if to_rgba(color)[3] > 0 else ""


def _area_of(box: Bbox) -> float:
    return float(box.width * box.height)


def _collapsed(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Neighbours that are equal, such as the links of a map, written once."""
    runs = [(entry, len(list(run))) for entry, run in groupby(entries)]
    return [entry if times == 1 else entry | {"times": times} for entry, times in runs]


def without_empty(found: dict[str, Any]) -> dict[str, Any]:
    """A description without the parts that say nothing.

    >>> without_empty({"name": "", "count": 3, "dashed": False})
    {'count': 3}
    """
    return {name: value for name, value in found.items() if value not in ("", [], False, 0)}
