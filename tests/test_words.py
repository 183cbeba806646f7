"""What a person reads: the catalogues are whole, in step and right; languages are told apart."""

# ruff: noqa: RUF001 - French apostrophes and Chinese commas are meant.

from __future__ import annotations

import io
import json
import string
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from session440.cause import Cause
from session440.http import words

PACKAGE = Path(words.__file__).parent
TRANSLATED = [each for each in words.LANGUAGES if each != "en"]
KEYWORDS = {"_": None, "_n": (1, 2)}
MINUTE, HOUR, DAY = 60, 3600, 86400


def marked() -> set[str | tuple[str, ...]]:
    """The messages that words.py marks, as an extractor sees them."""
    source = PACKAGE / "words.py"
    return {each[1] for each in extract_from_file("python", source, KEYWORDS)}


def path_of(language: str, ending: str) -> Path:
    folder = PACKAGE / "locale" / language.replace("-", "_") / "LC_MESSAGES"
    return folder / f"session440.{ending}"


def written(language: str) -> Catalog:
    """The catalogue as its translator wrote it."""
    with path_of(language, "po").open("rb") as file:
        return read_po(file)


def forms_of(message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else message.string


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


# --- the catalogues


def test_there_is_a_catalogue_for_each_language_and_no_other():
    folders = {path.name for path in (PACKAGE / "locale").iterdir()}
    assert folders == {each.replace("-", "_") for each in TRANSLATED}


def test_every_sentence_of_the_module_is_marked():
    """What Words gives out is in the catalogues: nobody forgot a mark."""
    plain = {
        *words.DIALOG.values(),
        *words.STEP_UP_DIALOG.values(),
        *words.CAUSES.values(),
        words.SIGNED_OUT,
        words.LOG_IN_AGAIN,
        words.GO_ON,
        words.NOT_SAVED,
        words.TRY_AGAIN,
        words.UNAVAILABLE,
        words.SIGNED_IN_AGAIN,
        words.CLOSE_WINDOW,
        words.LOG_IN,
        words.STEP_UP,
        words.LOG_IN_FIRST,
        words.ASKING,
        words.LOGINS,
        words.SIGN_OUT_UNKNOWN,
        words.THIS_ONE,
        words.SIGNED_IN_SINCE,
        words.LAST_SEEN,
        words.SIGN_OUT_OTHERS,
        words.NOWHERE_ELSE,
        words.LOGIN_OVER,
        words.OTHERS_OVER,
        words.NO_SUCH_LOGIN,
        words.NO_LIST,
    }
    assert marked() == {*plain, *words.COUNTDOWNS.values(), *words.AFTER.values()}


def test_every_end_by_a_timeout_has_its_sentence_in_each_unit():
    units = [unit for unit, _ in words.UNITS]
    assert set(words.AFTER) == {
        (cause, unit) for cause in (Cause.IDLE, Cause.ABSOLUTE) for unit in units
    }
    assert {*words.CAUSES, Cause.IDLE, Cause.ABSOLUTE} == set(Cause)


@pytest.mark.parametrize("language", TRANSLATED)
def test_catalogue_holds_the_messages_of_the_module_and_no_other(language):
    catalogue = written(language)
    assert {message.id for message in catalogue if message.id} == marked()
    assert not catalogue.obsolete


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated_in_every_form(language):
    catalogue = written(language)
    for message in catalogue:
        if message.id:
            forms = forms_of(message)
            assert all(form.strip() == form != "" for form in forms), message.id
            assert not message.fuzzy, message.id
            assert len(forms) == (catalogue.num_plurals if message.pluralizable else 1)


@pytest.mark.parametrize("language", TRANSLATED)
def test_only_the_number_stands_in_a_message_and_never_in_one_without(language):
    for message in written(language):
        if message.id:
            allowed = {"n"} if message.pluralizable else set()
            assert all(placeholders(form) <= allowed for form in forms_of(message)), message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_form_that_stands_for_several_numbers_names_the_number(language):
    """Only "a minute" and "two minutes", where a language has words of their own, go without."""
    spoken = words.words_in(language)
    for forms in (*words.COUNTDOWNS.values(), *words.AFTER.values()):
        said = [spoken.count(forms, n) for n in range(200)]
        assert len(set(said)) == len(said)
        assert all(str(n) in said[n] for n in range(3, 200))


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_sentence_ends_as_one_and_a_button_does_not(language):
    for message in written(language):
        if message.id:
            english = message.id[0] if message.pluralizable else message.id
            assert {form.endswith((".", "。")) for form in forms_of(message)} == {
                english.endswith(".")
            }


@pytest.mark.parametrize("language", TRANSLATED)
def test_compiled_catalogue_is_in_step_with_the_written_one(language):
    """`make catalogues` makes it so."""
    fresh = io.BytesIO()
    write_mo(fresh, written(language))
    fresh.seek(0)
    with path_of(language, "mo").open("rb") as file:
        shipped, compiled = read_mo(file), read_mo(fresh)
    assert [(each.id, each.string) for each in shipped if each.id] == [
        (each.id, each.string) for each in compiled if each.id
    ]
    assert shipped.plural_forms == compiled.plural_forms


@pytest.mark.parametrize("language", TRANSLATED)
def test_heads_name_the_language_and_nobody(language):
    catalogue = written(language)
    head = dict(catalogue.mime_headers)
    assert head["Language"] == language.replace("-", "_")
    assert head["Project-Id-Version"].strip() == "session440"
    assert head["Last-Translator"] == head["Language-Team"] == head["Report-Msgid-Bugs-To"] == ""
    assert not catalogue.fuzzy


def test_catalogues_load_from_a_package_that_is_zipped(tmp_path):
    """As importlib.resources gives it, on every Python: none of them is a file in a folder."""
    package = tmp_path / "package.zip"
    with zipfile.ZipFile(package, "w") as archive:
        for path in PACKAGE.parent.rglob("*"):
            if path.suffix in (".py", ".mo"):
                archive.write(path, path.relative_to(PACKAGE.parent.parent))
    code = """
import json, sys
sys.path.insert(0, "package.zip")
from session440.http import words
assert "package.zip" in words.__file__
print(json.dumps([words.words_in(each).say(words.SIGNED_OUT) for each in words.LANGUAGES]))
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
    )
    assert json.loads(done.stdout) == [
        words.words_in(each).say(words.SIGNED_OUT) for each in words.LANGUAGES
    ]
    assert len(set(json.loads(done.stdout))) == len(words.LANGUAGES)


# --- sentences


@pytest.mark.parametrize(
    ("language", "cause", "length", "sentence"),
    [
        ("en", Cause.IDLE, 1, "You were signed out after 1 second without activity."),
        ("en", Cause.IDLE, 20 * MINUTE, "You were signed out after 20 minutes without activity."),
        ("en", Cause.IDLE, 90 * MINUTE, "You were signed out after 90 minutes without activity."),
        (
            "en",
            Cause.ABSOLUTE,
            HOUR,
            "You were signed out because 1 hour has passed since you logged in.",
        ),
        ("de", Cause.IDLE, 20 * MINUTE, "Sie wurden nach 20 Minuten ohne Aktivität abgemeldet."),
        ("de", Cause.IDLE, HOUR, "Sie wurden nach 1 Stunde ohne Aktivität abgemeldet."),
        ("de", Cause.IDLE, 2 * DAY, "Sie wurden nach 2 Tagen ohne Aktivität abgemeldet."),
        (
            "de",
            Cause.ABSOLUTE,
            2 * DAY,
            "Sie wurden abgemeldet, weil seit Ihrer Anmeldung 2 Tage vergangen sind.",
        ),
        ("fr", Cause.IDLE, 20 * MINUTE, "Vous avez été déconnecté après 20 minutes d’inactivité."),
        (
            "fr",
            Cause.ABSOLUTE,
            DAY,
            "Vous avez été déconnecté parce que 1 jour s’est écoulé depuis votre connexion.",
        ),
        (
            "es",
            Cause.ABSOLUTE,
            8 * HOUR,
            "Se ha cerrado su sesión porque han pasado 8 horas desde que la inició.",
        ),
        ("pt", Cause.IDLE, MINUTE, "A sua sessão foi encerrada após 1 minuto de inatividade."),
        (
            "it",
            Cause.ABSOLUTE,
            HOUR,
            "La sessione è stata chiusa perché è trascorsa 1 ora dall’accesso.",
        ),
        ("nl", Cause.IDLE, 3 * HOUR, "U bent uitgelogd na 3 uur zonder activiteit."),
        ("pl", Cause.IDLE, 20 * MINUTE, "Wylogowano po 20 minutach braku aktywności."),
        (
            "pl",
            Cause.ABSOLUTE,
            DAY,
            "Wylogowano, ponieważ od zalogowania minął 1 dzień.",
        ),
        ("ja", Cause.IDLE, 20 * MINUTE, "20分間操作がなかったため、ログアウトしました。"),
        ("zh-Hans", Cause.IDLE, 20 * MINUTE, "由于 20 分钟内没有任何操作，您已退出登录。"),
        ("ar", Cause.IDLE, 20 * MINUTE, "تم تسجيل خروجك بعد 20 دقيقة من عدم النشاط."),
        ("ar", Cause.ABSOLUTE, 2 * HOUR, "تم تسجيل خروجك لمرور ساعتين على تسجيل دخولك."),
    ],
)
def test_the_sentence_says_why_in_the_largest_whole_unit(language, cause, length, sentence):
    assert words.words_in(language).why(cause, length) == sentence


@pytest.mark.parametrize("cause", Cause)
def test_without_a_length_there_is_a_sentence_too(cause):
    assert words.words_in("de").why(cause, None).startswith("Sie wurden abgemeldet, weil ")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", {0: "0 hours", 1: "1 hour ", 2: "2 hours", 21: "21 hours"}),
        ("de", {0: "0 Stunden", 1: "1 Stunde ", 2: "2 Stunden", 101: "101 Stunden"}),
        ("fr", {0: "0 heure ", 1: "1 heure ", 2: "2 heures", 101: "101 heures"}),
        ("es", {0: "0 horas", 1: "1 hora ", 2: "2 horas"}),
        ("pt", {0: "0 horas", 1: "1 hora ", 2: "2 horas"}),
        ("it", {0: "0 ore", 1: "1 ora ", 2: "2 ore"}),
        ("nl", {0: "0 uur", 1: "1 uur", 2: "2 uur"}),
        (
            "pl",
            {
                0: "minęło 0 godzin.",
                1: "minęła 1 godzina.",
                2: "minęły 2 godziny.",
                5: "minęło 5 godzin.",
                12: "minęło 12 godzin.",
                22: "minęły 22 godziny.",
                112: "minęło 112 godzin.",
                122: "minęły 122 godziny.",
            },
        ),
        ("ja", {0: "0時間", 1: "1時間", 120: "120時間"}),
        ("zh-Hans", {0: "0 小时", 1: "1 小时", 120: "120 小时"}),
        (
            "ar",
            {
                0: "لمرور 0 ساعة",
                1: "لمرور ساعة واحدة",
                2: "لمرور ساعتين",
                3: "لمرور 3 ساعات",
                10: "لمرور 10 ساعات",
                11: "لمرور 11 ساعة",
                22: "لمرور 22 ساعة",
                100: "لمرور 100 ساعة",
                103: "لمرور 103 ساعات",
            },
        ),
    ],
)
def test_numbers_take_the_plural_of_their_language(language, expected):
    spoken, forms = words.words_in(language), words.AFTER[Cause.ABSOLUTE, "hour"]
    for n, part in expected.items():
        assert part in spoken.count(forms, n)


def test_arabic_days_from_eleven_are_in_the_accusative_and_hundreds_are_not():
    spoken, forms = words.words_in("ar"), words.AFTER[Cause.IDLE, "day"]
    assert "11 يومًا " in spoken.count(forms, 11)
    assert "99 يومًا " in spoken.count(forms, 99)
    assert "100 يوم " in spoken.count(forms, 100)
    assert "102 يوم " in spoken.count(forms, 102)


def test_only_arabic_is_written_from_the_right():
    from_the_right = {each for each in words.LANGUAGES if words.words_in(each).direction == "rtl"}
    assert from_the_right == {"ar"}


# --- which language

TAGS = [
    ("de", "de"),
    ("DE", "de"),
    ("de-AT", "de"),
    ("de-CH-1996", "de"),
    ("de-Latn-DE-u-co-phonebk", "de"),
    ("en-GB", "en"),
    ("pt_BR", "pt"),
    ("pt-PT", "pt"),
    ("es-419", "es"),
    ("ar-EG", "ar"),
    ("zh", "zh-Hans"),
    ("zh-CN", "zh-Hans"),
    ("zh-SG", "zh-Hans"),
    ("zh-hans", "zh-Hans"),
    ("zh_Hans", "zh-Hans"),
    ("zh-Hans-CN", "zh-Hans"),
    ("zh-Hans-HK", "zh-Hans"),  # the script that is named counts, not the country
    ("zh-Hant", None),
    ("zh-Hant-CN", None),
    ("zh-TW", None),
    ("zh-HK", None),
    ("zh-MO", None),
    ("zh_TW", None),
    ("zh-cmn-Hant", None),
    ("iw", None),  # Hebrew, as it was written once
    ("den", None),
    ("d", None),
    ("x-de", None),
    ("i-default", None),
    ("-de", None),
    ("*", None),
    ("", None),
    ("-", None),
    ("../../de", None),
    ("Ünsinn", None),
]


@pytest.mark.parametrize(("tag", "language"), TAGS)
def test_a_tag_is_answered_by_the_nearest_language_or_by_english(tag, language):
    assert words.words_in(tag).language == (language or "en")


@pytest.mark.parametrize(("tag", "language"), TAGS)
def test_a_language_that_there_is_none_of_leaves_it_to_the_next(tag, language):
    assert words.accepted_language(f"{tag}, fr;q=0.5") == (language or "fr")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "fr"),
        ("de;q=0.5, fr;q=0.8", "fr"),
        ("de;q=0.8,fr;q=0.8", "de"),
        ("de ; q=0.5 , nl ; q=0.6", "nl"),
        ("en, de;q=0.9", "en"),
        ("fi, sv;q=0.9", "en"),
        ("fi, sv;q=0.9, it;q=0.1", "it"),
        ("*", "en"),
        ("*, de;q=0.5", "de"),
        ("fi, *;q=0.5", "en"),
        ("de;q=0", "en"),
        ("de;q=0, pl;q=0.001", "pl"),
        ("zh-TW,de;q=0.9", "de"),
        ("zh-TW", "en"),
        # Who says that any Chinese will do is given the Chinese that there is.
        ("zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7", "zh-Hans"),
        ("de;q=2, ja", "ja"),
        ("de;q=-1", "en"),
        ("de;q=nan", "en"),
        ("de;q=", "de"),
        (",,;;,=,de", "de"),
        (";q=1,,", "en"),
        ('"de', "en"),
        ("de\x00", "en"),
        ("\udcff\udcfe, ja", "ja"),
    ],
)
def test_a_header_is_answered_by_what_it_likes_best_of_what_there_is(header, language):
    assert words.accepted_language(header) == language


#: Of ten thousand characters.
LONG_HEADERS = [
    "x" * 10_000,
    "de-" * 3_333,
    "zh-" * 3_333,
    "xx," * 3_333,
    "*," * 5_000,
    ";q=" * 3_333,
    '"' * 10_000,
    'a;b="' + "\\" * 10_000,
    "a;b*=utf-8''" + "%ff" * 3_333,
    "a;" + ";".join(f"b*{n}=c" for n in range(1_000)),
    " " * 10_000,
]


def calls_of(run, *args) -> int:
    """How many functions are called, of Python and of C."""
    calls = []
    sys.setprofile(lambda frame, event, arg: event in ("call", "c_call") and calls.append(event))
    try:
        run(*args)
    finally:
        sys.setprofile(None)
    return len(calls)


@pytest.mark.parametrize("header", LONG_HEADERS, ids=lambda header: header[:6])
def test_a_long_header_is_cheap_and_harmless(header):
    """The work grows with its length, not with the square; soak_words.py measures seconds."""
    assert calls_of(words.accepted_language, header) <= 10 * len(header)
    assert words.accepted_language(header) in words.LANGUAGES


def test_tags_that_callers_make_up_are_not_remembered():
    """Only catalogues are kept, and there are as many as languages."""
    for n in range(100):
        words.words_in(f"de-x-{n}")
    assert words._catalogue.cache_info().currsize <= len(words.LANGUAGES)
