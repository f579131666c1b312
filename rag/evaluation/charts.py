"""Two drawings of how far a confidence can be trusted, as SVG that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.evaluation.scoreboard import Bin

_SIDE, _LEFT, _TOP = 300, 48, 12  # pixels of the square, and what stands beside it
_TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)

Point = tuple[float, float]  # both between 0 and 1


def risk_coverage(points: Sequence[Point]) -> str:
    """The share of wrong answers when only the surest share of the questions is answered."""
    step = max(1, len(points) // 400)  # more points than pixels only make the file large
    shown = [*points[:-1:step], *points[-1:]]
    return _chart(_line(shown, "curve"), "coverage: share of the questions answered", "risk: share wrong")


def reliability_diagram(bins: Sequence[Bin]) -> str:
    """How often it was right against how probable it was said to be; the larger the disc, the more questions."""
    most = max((bin_.count for bin_ in bins), default=1)
    discs = "".join(_disc(bin_, most) for bin_ in bins)
    return _chart(
        _line([(0.0, 0.0), (1.0, 1.0)], "ideal") + _line([(b.said, b.right) for b in bins], "curve") + discs,
        "probability of being right, as said",
        "share that was right",
    )


def _chart(marks: str, across: str, upwards: str) -> str:
    width, height = _LEFT + _SIDE + 16, _TOP + _SIDE + 44
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{upwards} by {across}">{"".join(_grid())}{marks}'
        f'<text x="{_LEFT + _SIDE / 2}" y="{height - 6}" text-anchor="middle">{across}</text>'
        f'<text transform="translate(12 {_TOP + _SIDE / 2}) rotate(-90)" text-anchor="middle">{upwards}</text>'
        "</svg>"
    )


def _grid() -> Iterable[str]:
    for tick in _TICKS:
        x, y = _place((tick, tick))
        yield f'<path class="grid" d="M{x} {_TOP}V{_TOP + _SIDE}M{_LEFT} {y}H{_LEFT + _SIDE}"/>'
        yield f'<text x="{x}" y="{_TOP + _SIDE + 16}" text-anchor="middle">{tick:.0%}</text>'
        yield f'<text x="{_LEFT - 5}" y="{y + 4}" text-anchor="end">{tick:.0%}</text>'


def _line(points: Iterable[Point], name: str) -> str:
    places = " ".join("{},{}".format(*_place(point)) for point in points)
    return f'<polyline class="{name}" points="{places}"/>'


def _disc(bin_: Bin, most: int) -> str:
    x, y = _place((bin_.said, bin_.right))
    radius = 3 + 7 * (bin_.count / most) ** 0.5
    title = f"{bin_.count} questions: said {bin_.said:.0%}, right {bin_.right:.0%}"
    return f'<circle cx="{x}" cy="{y}" r="{radius:.1f}"><title>{title}</title></circle>'


def _place(point: Point) -> tuple[float, float]:
    return round(_LEFT + point[0] * _SIDE, 1), round(_TOP + (1 - point[1]) * _SIDE, 1)
