"""The picture that ``session440 explain`` draws, and the one in the documentation."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from clock import START, FakeClock
from visitors import Visitor, a_day, explain, logged, play, site

from session440 import Policy
from session440.events import JSONFormatter
from session440.explain import Explanation, Sighting
from session440.explain.histogram import svg_picture, text_picture
from session440.explain.sighting import read_moment, shown

# --- the picture


def test_the_picture_is_valid_and_says_what_it_shows(tmp_path, clock):
    picture = tmp_path / "idle.svg"
    with logged(tmp_path / "log") as path:
        play(clock, a_day(site(clock)))
    explain(path, "--svg", picture)
    root = ElementTree.fromstring(picture.read_text())
    tags = [each.tag.rpartition("}")[2] for each in root.iter()]
    texts = ["".join(each.itertext()) for each in root.iter() if each.tag.endswith("}text")]
    assert tags[:3] == ["svg", "title", "desc"]
    assert root.attrib["role"] == "img"
    assert not {"script", "image", "a", "foreignObject"} & set(tags)
    assert "href" not in picture.read_text()
    assert "20\u201325 min" in texts
    assert "20 logged in again within 1 minute" in texts
    assert "Policy default: none before 21 minutes" in texts
    assert "20-25 min: 12" in root[1].text


def test_a_hostile_policy_name_stays_text(tmp_path, clock):
    evil = '</text><script>alert(1)</script>&"\x1b\x00\ud800'
    app = site(clock, choose_policy=lambda *_: evil, policies={evil: Policy()})
    picture, visitor = tmp_path / "idle.svg", Visitor("alice")
    with logged(tmp_path / "log", JSONFormatter()) as path:
        visitor.log_in(app)
        clock.advance(1300)
        visitor.visit(app)
    explain(path, "--svg", picture)
    root = ElementTree.fromstring(picture.read_text())
    assert not [each for each in root.iter() if each.tag.endswith("script")]
    assert any("Policy </text><script>" in (each.text or "") for each in root.iter())


def test_nothing_idle_is_said_in_the_picture_too():
    assert text_picture(Explanation(), "utf-8") == ["No login ended by the idle timeout."]
    root = ElementTree.fromstring(svg_picture(Explanation()))
    assert "No login ended by the idle timeout." in "".join(root.itertext())


def test_bars_are_to_scale_and_none_is_invisible():
    told = Explanation()
    for number in range(401):
        idle = 1260.0 if number < 400 else 7200.0
        told.add(Sighting("ended", START, "idle", f"s{number}", f"t{number}", idle=idle))
    lines = text_picture(told, "utf-8")
    assert lines[0] == f"{'20-25 min':>13}  {'█' * 40} 400"
    assert lines[-1] == f"{'2-4 h':>13}  █ 1"
    assert len(lines) == 7  # empty ones between them keep their places
    assert text_picture(told, "ascii")[0] == f"{'20-25 min':>13}  {'#' * 40} 400"
    assert text_picture(told, None) == text_picture(told, "ascii")


def test_words_that_are_shown_are_short_and_harmless():
    assert shown("größer") == "größer"
    assert shown("a\x1b[31m\n\u202e\ud800") == "a\\x1b[31m\\n\\u202e\\ud800"
    assert len(shown("x" * 500)) == 60
    assert read_moment("no time") is None


# --- the example in docs/explain.md


ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs/screenshots/explain.svg"
PAGE = ROOT / "docs/explain.md"
#: People of the example: how long they were away, in minutes, and how many of so many log in
#: again at once.
AWAY = {21: (44, 30), 23: (38, 24), 27: (29, 17), 34: (33, 16), 50: (24, 9), 75: (19, 6),
        130: (14, 3), 320: (9, 2), 700: (31, 12)}  # fmt: skip


def example(path: Path, clock: FakeClock) -> None:
    """Write the log of a site whose timeout of twenty minutes is too low."""
    app, steps = site(clock), []
    for minutes, (count, back) in AWAY.items():
        for number in range(count):
            visitor, at = Visitor(f"person-{minutes}-{number}"), 97.0 * number
            away = at + 60 * minutes
            steps += [(at, visitor.log_in, app), (away, visitor.visit, app)]
            steps += [(away + 25, visitor.log_in, app)] if number < back else []
    for number in range(60):
        visitor = Visitor(f"tidy-{number}")
        steps += [(61.0 * number, visitor.log_in, app), (61.0 * number + 300, visitor.log_out, app)]
    with logged(path):
        play(clock, steps)


def test_the_example_is_what_the_documentation_shows(tmp_path, clock):
    """``python tests/test_explain_picture.py`` writes the picture anew."""
    example(tmp_path / "log", clock)
    picture = tmp_path / "explain.svg"
    output = explain(tmp_path / "log", "--svg", picture).stdout
    assert picture.read_text() == PICTURE.read_text()
    verdict_told, _, rest = output.partition("\n\n")
    page = PAGE.read_text()
    assert verdict_told in page.replace("\n", " ").replace("> ", "")
    assert rest.strip().expandtabs(16) in page  # as a terminal would show its tabs


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        example(Path(folder) / "log", FakeClock())
        print(explain(Path(folder) / "log", "--svg", PICTURE).stdout)
