"""Pictures of how long people had been idle when their logins ended: as text and as SVG."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from ..moments import utc
from .buckets import Bucket, Buckets
from .explanation import Explanation
from .sighting import shown, span

#: The characters of the bars: for those who came back soon, and for the others.
BLOCKS = ("\u2588", "\u2591")
ASCII = ("#", "=")
_LABEL, _BAR = 13, 40  # characters

TITLE = "Idle time when logins ended by the idle timeout"
_NONE = "No login ended by the idle timeout."


def text_picture(told: Explanation, encoding: str | None) -> list[str]:
    """Return the picture in lines of fewer than 80 characters.

    :param encoding: the terminal's; if it lacks the blocks, ``#`` and ``=`` are used.
    """
    times = told.idle_times()
    if not times.ended:
        return [_NONE]
    strong, weak = marks = BLOCKS if _has(encoding, "".join(BLOCKS)) else ASCII
    most = max(row.ended for row in times.rows())
    lines = [_line(row, most, marks, told.knows_who_came_back) for row in times.rows()]
    if told.knows_who_came_back:
        soon, later = _legend(told, times)
        lines += ["", f"{'':{_LABEL}}  {strong} {soon}", f"{'':{_LABEL}}  {weak} {later}"]
    return lines


def _has(encoding: str | None, text: str) -> bool:
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _line(row: Bucket, most: int, marks: tuple[str, str], is_known: bool) -> str:
    length = _scaled(row.ended, most, _BAR)
    back = round(length * row.back / row.ended) if is_known and row.ended else round(length)
    bar = marks[0] * back + marks[1] * (round(length) - back)
    return f"{row.label:>{_LABEL}}  {bar}{' ' if bar else ''}{row.ended}"


def _scaled(count: int, most: int, length: float) -> float:
    """Return the length of a count's bar; only a count of 0 has none."""
    return max(1.0, length * count / most) if count else 0.0


def _legend(told: Explanation, times: Buckets) -> tuple[str, str]:
    return (
        f"{times.back} logged in again within {span(told.within)}",
        f"{times.ended - times.back} later, or not at all",
    )


# SVG

_WIDTH, _ROW, _TOP = 720, 28, 118
_LEFT, _LONGEST = 124, 500  # where bars begin, and the longest bar: a count fits after it
_THICK = 18
_POLICIES = 4
#: Each colour has a contrast of 3:1 or more (WCAG 2.2, 1.4.11), and text has 4.5:1.
_STYLE = """
  .ground { fill: #ffffff } .ink { fill: #1f2933 } .muted { fill: #52606d }
  .soon { fill: #c2410c } .later { fill: #7a8ea6 } .rule { stroke: #cbd2d9 }
  text { font: 14px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif }
  .title { font-size: 18px; font-weight: 600 } .number { font-variant-numeric: tabular-nums }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #14181d } .ink { fill: #e6eaee } .muted { fill: #a3afbb }
    .soon { fill: #fb923c } .later { fill: #64788f } .rule { stroke: #3b4650 }
  }
"""


def svg_picture(told: Explanation) -> str:
    """Return the picture as SVG: light or dark as the reader prefers, without scripts or names."""
    times = told.idle_times()
    rows = times.rows()
    policies = list(_policies(told)) if rows else []
    bottom = _TOP + max(1, len(rows)) * _ROW
    height = bottom + 20 + 20 * len(policies)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" role="img" aria-labelledby="title desc">',
        f'<title id="title">{TITLE}</title>',
        f'<desc id="desc">{escape(_description(told, times))}</desc>',
        f"<style>{_STYLE}</style>",
        f'<rect class="ground" width="{_WIDTH}" height="{height}" rx="8"/>',
        _text(24, 36, TITLE, "ink title"),
        _text(24, 60, _subtitle(told, times), "muted"),
        *(_bars(told, rows) if rows else [_text(24, _TOP, _NONE, "ink")]),
        *(_text(24, bottom + 20 + 20 * n, each, "muted") for n, each in enumerate(policies)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _bars(told: Explanation, rows: list[Bucket]) -> Iterator[str]:
    is_known = told.knows_who_came_back
    if is_known:
        yield from _key(_legend(told, told.idle_times()))
    most = max(row.ended for row in rows)
    for number, row in enumerate(rows):
        yield from _row(row, _TOP + number * _ROW, most, is_known)
    height = len(rows) * _ROW
    yield f'<path class="rule" d="M{_LEFT - 0.5} {_TOP - 4}v{height}"/>'


def _key(legend: tuple[str, str]) -> Iterator[str]:
    for x, kind, words in ((24, "soon", legend[0]), (400, "later", legend[1])):
        yield f'<rect class="{kind}" x="{x}" y="79" width="12" height="12" rx="2"/>'
        yield _text(x + 20, 90, words, "ink")


def _row(row: Bucket, y: int, most: int, is_known: bool) -> Iterator[str]:
    length = _scaled(row.ended, most, _LONGEST)
    back = min(length, _scaled(row.back, most, _LONGEST)) if is_known else 0.0
    label = row.label.replace("-", "\u2013")
    yield _text(_LEFT - 12, y + 14, label, "ink number", ' text-anchor="end"')
    if back:
        yield _bar("soon", _LEFT, y, back)
    if length > back:
        gap = 2.0 if back else 0.0  # between the two, for people who cannot tell the colours apart
        yield _bar("later", _LEFT + back + gap, y, max(1.0, length - back - gap))
    yield _text(_LEFT + length + 8, y + 14, f"{row.ended}", "ink number")


def _bar(kind: str, x: float, y: int, width: float) -> str:
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_THICK}" rx="2"/>'
    )


def _text(x: float, y: int, words: str, kind: str, more: str = "") -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y}"{more}>{escape(words)}</text>'


def _subtitle(told: Explanation, times: Buckets) -> str:
    count = f"{times.ended} {'login' if times.ended == 1 else 'logins'}"
    if told.first is None or told.last is None:
        return count
    return f"{count}, {utc(told.first)} to {utc(told.last)}"


def _policies(told: Explanation) -> Iterator[str]:
    """Yield the shortest idle time of each policy, which is its timeout or a little more."""
    ranked = sorted(told.idle.items(), key=lambda each: -each[1].ended)
    for name, times in ranked[:_POLICIES]:
        yield f"Policy {shown(name, 30)}: none before {span(times.shortest or 0)}"


def _description(told: Explanation, times: Buckets) -> str:
    rows = [f"{row.label}: {row.ended}" for row in times.rows()]
    if told.knows_who_came_back:
        rows += _legend(told, times)
    return "; ".join(rows) + "." if rows else _NONE
