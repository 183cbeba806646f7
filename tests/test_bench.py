"""The bench: what it makes of figures, and that everybody in it does their work."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench import picture, report, running, worker
from bench.__main__ import names_of, options
from bench.goals import GOALS, MORE, PART, QUERIES, Goal, judge
from bench.measuring import Measured, Plan, Process, Results, chosen, measure, results_of
from bench.series import Series, itself, spread
from bench.subject import MOST_LOGINS, Group, Subject, Work
from bench.subjects import MODULES, group

#: Groups whose subjects can all be built in this process, and those that need one each.
HERE, APART = ("wsgi", "flat", "flask"), ("django-signed", "django-cache", "django-database")
SVG = "{http://www.w3.org/2000/svg}"


def series(*rounds: float) -> Series:
    return Series.of([rounds])


def never() -> Work:
    raise AssertionError


def measured(name="bare", rounds=(10.0, 10.0, 10.0), over="", kind="bare", queries=None):
    subject = Subject(name, never, over, kind)
    return Measured(subject, "200", series(*rounds), series(*rounds), queries)


def results(*each: Measured, **left_out: str) -> Results:
    subjects = [one.subject for one in each]
    by_name = {one.subject.name: one for one in each}
    return Results(Group("A title", subjects), by_name, left_out)


FASTER = Goal("Ours", "a", MORE, ("ours", "bare"), 1.1)


def verdict(goal: Goal, *each: Measured) -> str:
    (found,) = judge([goal], {goal.group: results(*each)})
    return found.verdict


# --- figures


def test_a_series_is_the_mean_of_a_subjects_processes():
    assert Series.of([[1.0, 4.0], [3.0, 2.0]]) == Series([2.0, 3.0], best=1.5)


def test_a_spread_is_of_the_rounds_own_figures():
    """What slows a whole round meets both, and is not seen in their ratio."""
    found = spread(lambda own, bare: own / bare, series(11, 22, 33), series(10, 20, 30))
    assert found == pytest.approx((1.1, 1.1, 1.1, 1.1))


def test_the_middle_leaves_out_a_tenth_at_each_end():
    found = spread(itself, series(*range(101)))
    assert found == (0, 50, 10, 90)


def test_one_round_has_a_spread_too():
    assert spread(itself, series(7)) == (7, 7, 7, 7)


# --- goals


@pytest.mark.parametrize(
    ("rounds", "word"),
    [
        ((11.0, 11.0, 11.0), "PASS"),
        ((11.1, 11.1, 11.1), "FAIL"),
        ((10.0, 11.0, 99.0), "PASS"),
        ((10.0, 11.1, 11.1), "FAIL"),
    ],
)
def test_a_goal_is_judged_by_the_median(rounds, word):
    assert verdict(FASTER, measured(), measured("ours", rounds)) == word


def test_one_query_more_is_a_fail():
    goal = Goal("No query", "a", QUERIES, ("ours", "bare"), 0)
    assert verdict(goal, measured(queries=2), measured("ours", queries=2)) == "PASS"
    assert verdict(goal, measured(queries=2), measured("ours", queries=3)) == "FAIL"


def test_ours_is_compared_with_the_overhead_of_a_peer():
    goal = Goal("A third", "a", PART, ("ours", "bare", "peer"), 1 / 3)
    peer = measured("peer", (40.0,) * 3)
    assert verdict(goal, measured(), measured("ours", (20.0,) * 3), peer) == "PASS"
    assert verdict(goal, measured(), measured("ours", (21.0,) * 3), peer) == "FAIL"


def test_what_was_left_out_has_not_passed():
    (found,) = judge([FASTER], {"a": results(measured(), ours="there is no redis server")})
    assert (found.verdict, found.why) == ("LEFT OUT", "there is no redis server")


def test_what_nobody_asked_for_is_not_judged():
    assert judge([FASTER], {"b": results(measured())}) == []
    assert judge([FASTER], {"a": results(measured())}) == []


@pytest.mark.parametrize("goal", GOALS, ids=lambda each: f"{each.group}: {each.line}")
def test_each_goal_is_about_subjects_that_there_are(goal):
    assert {*goal.names} <= {each.name for each in group(goal.group).subjects}


@pytest.mark.parametrize("name", MODULES)
def test_each_subject_stands_beside_its_bare_partner(name):
    subjects = group(name).subjects
    names = [each.name for each in subjects]
    assert len({*names}) == len(names)
    assert {each.over for each in subjects if each.over} <= {*names}
    assert all(each.over for each in subjects if each.kind != "bare")


# --- what is written


SHOWN = {
    "wsgi": results(
        measured("floor", (2.0, 2.0)),
        measured("bare", (1.0, 1.0)),
        measured("session440, active", (4.0, 6.0), "bare", "ours"),
        measured("Beaker, session in memory", (91.0, 91.0), "bare", "peer", queries=0),
    )
}


def test_the_table_shows_what_each_adds_to_its_bare_partner():
    text = report.group_table(SHOWN["wsgi"])
    cells = next(line for line in text.splitlines() if "active" in line).split(" | ")
    assert cells[-4:] == ["+4.00", "+3.20 to +4.80", "2.00", "500.0 % |"]
    assert "| Beaker, session in memory | 200 | 0 |" in text


def test_what_is_left_out_is_named_in_the_tables():
    left_out = {"a": results(measured(), ours="there is no redis server")}
    text = report.page(left_out, judge([FASTER], left_out))
    assert "| ours | LEFT OUT: there is no redis server |" in text
    assert "| ≤ +10.0 % | LEFT OUT: there is no redis server |" in text


def test_tables_have_as_many_cells_in_each_line():
    left_out = {"a": results(measured(), measured("new", over="bare"), ours="no server")}
    text = report.page({**SHOWN, **left_out}, judge([FASTER], left_out))
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({line.count("|") for line in table.splitlines()}) == 1, table


def test_figures_are_json():
    judged = judge([FASTER], {"a": results(measured(), measured("ours"))})
    assert json.loads(json.dumps(report.facts(SHOWN, judged)))["goals"][0]["verdict"] == "PASS"


def test_a_document_is_filled_between_its_marks_alone(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    report.fill(page, "| new |")
    report.fill(page, "| newer |")
    assert page.read_text() == f"before\n{report.BEGIN}\n\n| newer |\n{report.END}\nafter\n"


def test_the_documentation_has_the_marks_and_the_picture():
    text = (Path(__file__).parent.parent / "docs" / "performance.md").read_text()
    assert text.count(report.BEGIN) == text.count(report.END) == 1
    assert "(performance.svg)" in text


# --- the picture


@pytest.fixture(scope="module")
def drawn() -> ElementTree.Element:
    return ElementTree.fromstring(picture.svg(picture.panels(SHOWN)))


def test_the_picture_has_a_title_and_says_in_words_what_it_shows(drawn):
    texts = {each.get("id"): each.text for each in drawn if each.get("id")}
    assert (drawn.get("role"), drawn.get("aria-labelledby")) == ("img", "title desc")
    assert "peers" in texts["title"]
    assert "session440, active: +4.0 µs; Beaker, session in memory: +90.0 µs." in texts["desc"]


def test_the_picture_has_colours_for_light_and_for_dark(drawn):
    light, dark = drawn.findtext(f"{SVG}style").split("@media (prefers-color-scheme: dark)")
    for name in (".page", "text", ".ours", ".peer", ".middle"):
        assert f"{name} {{" in light
        assert f"{name} {{" in dark


def test_bars_are_as_long_as_what_they_stand_for(drawn):
    ours, peer = (drawn.find(f"{SVG}rect[@class='{kind}']") for kind in ("ours", "peer"))
    assert float(peer.get("width")) / float(ours.get("width")) == pytest.approx(22.5, rel=0.01)


def test_names_are_escaped_in_the_picture():
    bar = picture.Bar("a < b & c", "ours", spread(itself, series(1)))
    assert "a < b & c" in picture.svg([picture.Panel("t", [bar])]).replace("&lt;", "<").replace(
        "&amp;", "&"
    )
    ElementTree.fromstring(picture.svg([picture.Panel("t", [bar])]))


# --- what is asked for


def test_django_stands_for_its_three_groups():
    assert names_of("wsgi,django") == ["wsgi", *APART]


def test_a_group_that_is_misspelt_is_named():
    with pytest.raises(SystemExit, match="flusk"):
        names_of("flusk")


@pytest.mark.parametrize("less", ["--only=wsgi", "--match=440", "--variant=."])
def test_the_documentation_is_written_by_a_whole_run_alone(less, capsys):
    assert options(["--write-docs"]).write_docs
    with pytest.raises(SystemExit):
        options(["--write-docs", less])
    assert "the whole of it" in capsys.readouterr().err


def test_a_subject_is_measured_with_its_partners():
    names = [each.name for each in chosen(group("flask"), Plan(match="with Flask-Login"))]
    assert names == ["floor", "Flask-Login", "session440, active, with Flask-Login"]


def test_a_variant_runs_beside_ours():
    names = [each.name for each in chosen(group("wsgi"), Plan(match="HTML", variant="elsewhere"))]
    assert names[-2:] == ["session440, 440 as HTML", "session440, 440 as HTML [variant]"]


# --- who is measured


LIAR = """
import sys
from bench import worker
from bench.subject import Subject, Work, WrongAnswerError

def check():
    asked.append(1)
    if len(asked) == {wrong}:
        raise WrongAnswerError("nobody is logged in")
    return "200"

asked = []
worker.subject = lambda group, name: Subject(name, lambda: Work(range, check))
sys.argv[1:] = ["group", "liar", "0.001"]
worker.main()
"""


@pytest.mark.parametrize("wrong", [1, 2])
def test_a_subject_that_answers_wrongly_is_refused(wrong):
    """Before it is timed, and after."""
    subject = Subject("liar", never)
    process = Process([sys.executable, "-c", LIAR.format(wrong=wrong)], subject, {})
    process.greet()
    process.turn()
    process.stop()
    process.end()
    found = results_of(Group("Liars", [subject]), [process])
    assert found.measured == {}
    assert "nobody is logged in" in found.left_out["liar"]


def test_a_subject_that_answers_otherwise_at_the_end_is_refused():
    assert worker.looked_at(Work(range, lambda: "440"), before="200") == {
        "refused": "at the end: WrongAnswerError: 200 before, 440 after"
    }


def test_batches_are_of_requests_that_belong_together():
    served: list[int] = []
    ticks = iter(range(1000))
    work = Work(served.append, lambda: "200", step=6, clock=lambda: next(ticks) / 100)
    assert worker.calls_for(work, milliseconds=5) % 6 == 0
    assert all(calls % 6 == 0 for calls in served)


@pytest.mark.parametrize(
    ("name", "subject"),
    [pytest.param(n, each, id=f"{n}: {each.name}") for n in HERE for each in group(n).subjects],
)
def test_each_wsgi_and_flask_subject_does_its_work(name, subject, monkeypatch, tmp_path):
    monkeypatch.setenv(MOST_LOGINS, "20")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    work = subject.build()
    before = work.check()
    work.serve(work.step)
    assert work.check() == before


@pytest.mark.slow
@pytest.mark.parametrize("name", [*APART, "asgi", "imports"])
def test_each_subject_of_a_framework_does_its_work(name, tmp_path):
    found = measure(name, group(name), Plan(rounds=1, copies=1), {"TMPDIR": str(tmp_path)})
    assert found.left_out == {}
    assert [*found.measured] == [each.name for each in group(name).subjects]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["stores", "gunicorn"])
def test_each_subject_on_a_server_does_its_work(name, tmp_path):
    """Where the server is there; a subject whose server is missing says so."""
    found = running.run(name, Plan(rounds=1, copies=1), tmp_path)
    missing = {each for each in found.left_out.values() if each.startswith("there is no")}
    assert {*found.left_out.values()} == missing
    assert {*found.measured, *found.left_out} == {each.name for each in group(name).subjects}


@pytest.mark.slow
@pytest.mark.parametrize(("match", "queries"), [("renewing", {2}), ("django-", {2, 4})])
def test_a_peer_that_slides_writes_at_each_request_and_ours_at_none(match, queries, tmp_path):
    plan, env = Plan(rounds=1, copies=1, match=match), {"TMPDIR": str(tmp_path)}
    found = measure("django-database", group("django-database"), plan, env).measured
    assert {each.queries for name, each in found.items() if name != "floor"} == queries


def test_a_missing_server_is_named(monkeypatch, tmp_path):
    from programs import MissingProgram

    def missing(folder):
        raise MissingProgram("redis-server")

    monkeypatch.setattr(running, "SERVERS", dict.fromkeys(running.SERVERS, missing))
    monkeypatch.setattr(running, "measure", lambda name, group, plan, env: results())
    found = running.run("stores", Plan(), tmp_path)
    assert found.left_out["session440, redis: find"] == "there is no redis server"
    assert "session440, sqlite: find" not in found.left_out


@pytest.mark.parametrize(
    "wrong",
    ["--rounds=1", "--copies=0", "--requests=100000", "--variant=elsewhere", "--json=no/where"],
)
def test_what_cannot_be_measured_is_refused_before_anything_is(wrong, capsys):
    with pytest.raises(SystemExit) as refused:
        options([wrong])
    assert refused.value.code == 2
    assert wrong.partition("=")[0] in capsys.readouterr().err
