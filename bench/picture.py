"""What session440 and its peers add to a request, as a picture: bars, in light and in dark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import NamedTuple

from .measuring import Results
from .series import Spread, spread

DJANGO = (
    *("session440, active, one renewal in six requests", "SESSION_SAVE_EVERY_REQUEST"),
    *("django-session-timeout", "django-auto-logout", "django-session-security"),
)
#: The bars of each group.
PANELS = {
    "wsgi": (
        *("session440, active", "session440, active, 10,000 logins in turn"),
        *("session440, renewing", "session440, active, memory store"),
        *("Beaker, session in its cookie", "Beaker, session in memory"),
    ),
    "flask": (
        *("session440, active", "session440, renewing", "Flask's own sliding session"),
        *("Flask-Login", "Flask-Session in files"),
    ),
    **dict.fromkeys(("django-signed", "django-cache", "django-database"), DJANGO),
}
TITLE = "What session440 and its peers add to a request"
WIDTH, LEFT, RIGHT = 860, 370, 90  # the labels' and the figures' columns
ROW, BAR, GAP = 26, 14, 46  # pixels: of a row, of a bar in it, before a panel

#: Bars have three times, and texts seven times, the page's luminance (WCAG 2.2, 1.4.11, 1.4.6).
STYLE = """
.page { fill: #ffffff } text { fill: #1f2328; font: 14px system-ui, sans-serif }
.head { font-weight: 600 } .figure { font-variant-numeric: tabular-nums }
.ours { fill: #0a5cad } .peer { fill: #7d858e } .middle { stroke: #1f2328; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
  .page { fill: #0d1117 } text { fill: #e6edf3 }
  .ours { fill: #58a6ff } .peer { fill: #7d858e } .middle { stroke: #e6edf3 }
}
""".strip()


class Bar(NamedTuple):
    """What a subject adds to its bare partner, in microseconds of CPU."""

    name: str
    kind: str
    added: Spread


class Panel(NamedTuple):
    """A group's bars; each panel has a scale of its own."""

    title: str
    bars: list[Bar]

    @property
    def scale(self) -> float:
        """Pixels of a microsecond."""
        return (WIDTH - LEFT - RIGHT) / max(1e-9, *[each.added.high for each in self.bars])


def panels(results: Mapping[str, Results]) -> list[Panel]:
    """Return the panels of the groups that were measured."""
    found = [
        Panel(results[name].group.title, [*_bars(results[name], names)])
        for name, names in PANELS.items()
        if name in results
    ]
    return [each for each in found if each.bars]


def _bars(results: Results, names: tuple[str, ...]) -> Iterator[Bar]:
    for name in names:
        own = results.measured.get(name)
        bare = own and results.measured.get(own.subject.over)
        if own and bare:
            added = spread(lambda one, other: one - other, own.cpu, bare.cpu)
            yield Bar(name, own.subject.kind, added)


def svg(shown: list[Panel]) -> str:
    """Return the picture."""
    body, y = [], 0
    for panel in shown:
        y += GAP
        body.append(_text(16, y - 12, panel.title, "head"))
        for bar in panel.bars:
            body += _row(bar, y, panel.scale)
            y += ROW
    height = y + 2 * ROW
    note = "µs of CPU over the bare app: the median, and the middle 80 % of the rounds. "
    note += "Each group has a scale of its own."
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"'
            f' viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title desc">',
            f'<title id="title">{escape(TITLE)}</title>',
            f'<desc id="desc">{escape(described(shown))}</desc>',
            f"<style>{STYLE}</style>",
            f'<rect class="page" width="{WIDTH}" height="{height}"/>',
            *body,
            _text(16, height - 16, note),
            "</svg>\n",
        ]
    )


def _row(bar: Bar, y: int, scale: float) -> Iterator[str]:
    """Yield a label, a bar, the line of its spread, and its figure."""
    length, low, high = (max(0.0, each) * scale for each in bar.added[1:])
    middle, top = y + ROW / 2, y + (ROW - BAR) / 2
    yield _text(LEFT - 10, middle + 5, bar.name, anchor="end")
    yield (f'<rect class="{bar.kind}" x="{LEFT}" y="{top:g}" width="{length:.1f}" height="{BAR}"/>')
    yield (
        f'<line class="middle" x1="{LEFT + low:.1f}" x2="{LEFT + high:.1f}"'
        f' y1="{middle:g}" y2="{middle:g}"/>'
    )
    yield _text(WIDTH - 16, middle + 5, f"{bar.added.median:+.1f}", "figure", anchor="end")


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'


def described(shown: list[Panel]) -> str:
    """Return the picture in words, for whoever does not see it."""
    return " ".join(
        f"{panel.title}: {'; '.join(f'{b.name}: {b.added.median:+.1f} µs' for b in panel.bars)}."
        for panel in shown
    )
