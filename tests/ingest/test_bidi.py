"""Right-to-left scripts in PDFs: what is drawn from the right is read in the order of speech."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.config import IngestSettings
from kgfuse.ingest import read_file
from kgfuse.ingest.bidi import in_order, spoken
from kgfuse.ingest.pdf_words import Word

_HEBREW = st.text(alphabet="אבגדהוזחטיכלמנ", min_size=1, max_size=6)


def _drawn(text: str) -> list[tuple[str, float, float]]:
    """Characters as they stand on a page, given from left to right."""
    return [(character, 10.0 * at, 10.0 * at + 9) for at, character in enumerate(text)]


def _line(*texts: str) -> list[Word]:
    """Words as they stand on a page, given from left to right."""
    return [Word(text, 50.0 * at, 0, 50.0 * at + 40, 10, 10, bold=False) for at, text in enumerate(texts)]


@given(_HEBREW)
def test_a_word_is_read_from_its_right_end(word: str) -> None:
    assert spoken(_drawn(word[::-1])) == word


@given(_HEBREW, st.sampled_from(["Acme", "2021", "1,200", "12.5%", "3/4"]))
def test_what_runs_the_other_way_inside_a_word_is_not_turned(prefix: str, inside: str) -> None:
    assert spoken(_drawn(f"{inside}-{prefix[::-1]}")) == f"{prefix}-{inside}"


def test_brackets_are_mirrored_back_and_marks_stay_with_their_letters() -> None:
    assert spoken(_drawn("(םולש)")) == "(שלום)"
    letters = [("ם", 0.0, 9.0), ("ו", 10.0, 19.0), ("ל", 20.0, 29.0), ("\u05b8", 21.0, 28.0), ("ש", 30.0, 39.0)]
    assert spoken(letters) == "של\u05b8ום"


def test_letters_that_share_a_glyph_keep_their_order() -> None:
    assert spoken([("ل", 0.0, 9.0), ("ا", 0.0, 9.0), ("و", 10.0, 19.0)]) == "ولا"


@pytest.mark.parametrize(
    ("drawn", "read"),
    [
        (("חמש", "שנים", "Acme", "Ltd", "הוחזק", "על-ידי"), "על-ידי הוחזק Acme Ltd שנים חמש"),
        ((".Acme", "GmbH", "המשרד", "נפתח"), "נפתח המשרד Acme GmbH."),
        ((".2021", "בשנת"), "בשנת 2021."),
        (("(Acme", "GmbH)", "המשרד", "נפתח"), "נפתח המשרד (Acme GmbH)"),
        (("12", "34", "מספר", "של"), "של מספר 34 12"),
        (("היום", "R", "&", "D", "של"), "של R & D היום"),
        (("המחיר", "–", "Acme", "של"), "של Acme – המחיר"),
        (("The", "firm", "עולם", "שלום", "grew"), "The firm שלום עולם grew"),
        (("Plain", "words", "stay."), "Plain words stay."),
    ],
)
def test_words_of_other_scripts_keep_their_own_direction(drawn: tuple[str, ...], read: str) -> None:
    assert " ".join(word.text for word in in_order(_line(*drawn))) == read


_PARAGRAPHS = (
    ("he", 'חברת נפטון מינתה את רות כהן למנכ"לית בשנת 2021. היא החליפה את דוד לוי, שעזב את החברה (לאחר 12 שנים).'),
    ("he", "משרד החברה ב-Berlin נפתח ביום 3 במאי 2019 על ידי Acme Holding GmbH. המחיר עלה ב-12.5% ל-1,200 דולר."),
    ("ar", "عينت الشركة سارة حداد مديرة تنفيذية في عام 2020. وقد انتقل المقر إلى مدينة عمان، لأن الأعمال لا تكفي."),
)
_TITLE = (
    "An efficient office: the final filing of the affluent firm, with different figures for every officer of the staff."
)


def _browser() -> str:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    fonts = shutil.which("fc-list")
    if found is None or fonts is None:
        pytest.skip("needs Chromium, which sets the type: apt-get install chromium fontconfig fonts-dejavu-core")
    for language in ("he", "ar"):
        if not subprocess.run([fonts, f":lang={language}"], capture_output=True, text=True, check=True).stdout:
            pytest.skip("needs a font with Hebrew and Arabic: apt-get install fonts-dejavu-core")
    return found


@pytest.mark.parametrize("degrees", [0, 90, 270])
def test_a_page_set_in_two_columns_from_the_right_is_read_back(tmp_path: Path, degrees: int) -> None:
    browser = _browser()
    text = "".join(f"<p dir=rtl lang={language}>{words}</p>" for language, words in _PARAGRAPHS * 3)
    page = tmp_path / "page.html"
    page.write_text(
        f"<meta charset=utf-8><body style=\"font: 12px 'DejaVu Sans'\">"
        f"<div style='width: 700px; height: 700px; transform: rotate({degrees}deg)'><p>{_TITLE}</p>"
        f"<div dir=rtl style='column-count: 2; column-gap: 2em'>{text}</div></div>"
    )
    pdf = tmp_path / "page.pdf"
    subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-pdf-header-footer",
            f"--print-to-pdf={pdf}",
            page,
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    (document,) = read_file(pdf, pdf.as_uri(), IngestSettings()).documents
    first, *rest = document.text.split("\n\n")
    assert first == _TITLE
    assert rest == [words for _, words in _PARAGRAPHS * 3]
