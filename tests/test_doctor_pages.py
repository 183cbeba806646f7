"""The doctor reads a site's pages: which may poll, and does the script tell of people there?"""

from __future__ import annotations

import pytest
from examined_sites import HEALTHY_DJANGO, flask_app, ids, project

from session440.doctor import pages
from session440.flask.inspection import site_of

HTMX = '<div hx-get="/news" hx-trigger="load, every 5s"></div>'
TIMER = "setInterval(() => fetch('/news'), 5000)"
TAG = "{{ session440_client() }}"


@pytest.fixture
def site(tmp_path):
    """Describes a Flask app with files of its own in its folders."""

    def describe(files: dict[str, str], **config):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        app = flask_app(**config)
        app.template_folder = str(tmp_path / "templates")
        app.static_folder = str(tmp_path / "static")
        return site_of(app)

    return describe


@pytest.mark.parametrize(
    "files",
    [
        {"templates/a.html": HTMX},
        {"templates/deep/a.jinja2": f"<script>{TIMER}</script>"},
        {"static/a.js": TIMER},
        {"static/a.js": "let poll = () => $.ajax('/news'); adaptiveSetInterval(poll)"},
    ],
)
def test_a_page_that_may_poll_is_named(site, files):
    (note,) = pages.polling(site(files))
    assert next(iter(files)).rpartition("/")[2] in note
    assert "SESSION440_ACTIVITY 'people'" in note


@pytest.mark.parametrize(
    ("files", "config"),
    [
        ({}, {}),
        ({"templates/a.html": '<div hx-trigger="click">every 5s</div>'}, {}),
        ({"static/clock.js": "setInterval(showTheTime, 1000)"}, {}),
        ({"static/a.min.js": TIMER}, {}),
        ({"static/node_modules/a.js": TIMER}, {}),
        ({"static/a.js": TIMER + " " * pages.MOST_BYTES}, {}),
        ({"static/a.py": TIMER}, {}),
        ({"static/a.js": TIMER, "static/b.js": "headers: {'Session440-Passive': '?1'}"}, {}),
        ({"static/a.js": TIMER}, {"SESSION440_PASSIVE": ["/news"]}),
        ({"static/a.js": TIMER}, {"SESSION440_ACTIVITY": "people"}),
    ],
)
def test_nothing_is_said_where_no_page_polls_or_polls_are_no_activity(site, files, config):
    assert [*pages.polling(site(files, **config))] == []


def test_of_many_pages_that_poll_three_are_named(site):
    (note,) = pages.polling(site({f"templates/{n}.html": HTMX for n in range(5)}))
    assert note.startswith("0.html, 1.html, 2.html and 2 more may poll")


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, ["W018"]),
        ({"templates/a.html": "<p>session440</p>"}, ["W018"]),
        ({"templates/a.html": TAG}, []),
        ({"templates/a.html": '<script src="/session440/client.js" defer></script>'}, []),
        ({"static/index.html": '<script src="/own/client.js"></script>'}, []),
    ],
)
def test_a_site_that_lets_only_people_count_and_never_asks_for_the_tag_is_named(site, files, found):
    assert ids(site(files, SESSION440_ACTIVITY="people")) == found
    assert ids(site(files)) == []


def test_a_file_that_cannot_be_read_is_passed_over(site, tmp_path):
    described = site({"static/a.js": TIMER})
    (tmp_path / "static/0.js").symlink_to("nowhere")
    (tmp_path / "static/1.js").write_bytes(b"\xff\xfe")
    assert len([*pages.polling(described)]) == 1


def test_what_is_installed_is_not_the_sites_to_change(site, tmp_path, monkeypatch):
    monkeypatch.setattr(pages.sysconfig, "get_path", lambda _: str(tmp_path))
    assert [*pages.polling(site({"static/a.js": TIMER}))] == []


@pytest.mark.parametrize("setting", ["TEMPLATES", "STATICFILES_DIRS", "with a prefix"])
def test_the_folders_of_a_django_project_are_read(tmp_path, setting):
    (tmp_path / "a.html").write_text(f"{HTMX} {{% session440_client %}}")
    people = {"SESSION440": {"ADOPT": False, "ACTIVITY": "people", "PAGE_CACHE": "no-store"}}
    folders = {
        "TEMPLATES": {"TEMPLATES": [{"DIRS": [tmp_path]}]},
        "STATICFILES_DIRS": {"STATICFILES_DIRS": [str(tmp_path)]},
        "with a prefix": {"STATICFILES_DIRS": [("own", str(tmp_path))]},
    }[setting]
    with project(**people) as described:
        assert ids(described) == ["W018"]
    with project(**people, **folders) as described:
        assert ids(described) == []
    with project(SESSION440={"ADOPT": False}, **folders) as described:
        assert "a.html may poll" in next(pages.polling(described))
    with project(**HEALTHY_DJANGO, **folders) as described:
        assert [*pages.polling(described)] == []


@pytest.mark.parametrize(
    ("files", "config", "found"),
    [
        ({"templates/a.html": "<p>"}, {"SESSION440_PAGE_CACHE": None}, ["W019"]),
        ({"templates/a.j2": "<p>"}, {"SESSION440_PAGE_CACHE": None}, ["W019"]),
        ({"templates/a.html": "<p>"}, {"SESSION440_PAGE_CACHE": "no-store"}, []),
        ({"static/a.js": "1"}, {"SESSION440_PAGE_CACHE": None}, []),
        ({}, {"SESSION440_PAGE_CACHE": None}, []),
    ],
)
def test_pages_that_the_browser_may_keep_are_named_where_there_are_any(site, files, config, found):
    described = site(files, **config)
    assert ids(described) == found
    assert ids(described, in_service=False) == []


@pytest.mark.parametrize("preset", ["owasp-high", "nist-aal3"])
def test_a_preset_for_high_stakes_keeps_pages_out_of_the_cache_by_itself(preset):
    """And an option that takes that back is named."""
    app = {"SESSION440_POLICY": preset}
    assert caching_of(flask_app(**app)) == "no-store"
    assert caching_of(flask_app(**app, SESSION440_PAGE_CACHE=None)) is None


def caching_of(app):
    return site_of(app).engine.settings.page_cache
