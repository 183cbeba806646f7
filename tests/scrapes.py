"""What Prometheus reads when it scrapes a site, and a site to scrape."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families
from sites import OPTIONS, SECRET, TicketApp

from session440.metrics import Metrics
from session440.wsgi import Session440Middleware


class Scrape:
    """The samples of an exposition: ``scrape("logins_ended", cause="idle")`` adds them up."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.samples = [
            each
            for family in text_string_to_metric_families(text)
            for each in family.samples
            if each.name.startswith("session440_")
        ]

    def __call__(self, name: str, **labels: str) -> float | None:
        """``None`` where there is no such sample at all."""
        found = [
            each.value
            for each in self.samples
            if each.name in (f"session440_{name}", f"session440_{name}_total")
            and labels.items() <= each.labels.items()
        ]
        return sum(found) if found else None


def counted_wsgi_app(clock, metrics: Metrics, **options) -> Session440Middleware:
    """Build a WSGI app whose logins are counted."""
    given = {"secret_key": SECRET, "clock": clock, **OPTIONS, **options}
    app = Session440Middleware(TicketApp(), **given)
    metrics.watch(app.engine)
    return app
