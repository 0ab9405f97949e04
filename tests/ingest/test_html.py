"""Web pages: the main text, and who wrote it when and where."""

from __future__ import annotations

import re

import pytest

from kgfuse.ingest.layout import Piece
from kgfuse.ingest.main_text import with_structure
from kgfuse.model import BlockKind, DateSource, Moment
from tests.ingest.reading import blocks, error, only, read, texts

_PAGE = """<!DOCTYPE html><html><head><title>Acme names Roe - The Example</title>
<link rel="canonical" href="https://www.news.example/2021/roe"><meta name="author" content="Tom Poe">
<meta property="article:published_time" content="2021-03-03T10:00:00Z"></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/x">Subscribe now</a></li></ul></nav>
<article><h1>Acme names Roe</h1>
<p>Acme has named <b>Jane Roe</b> as its chief executive, the company said in a statement on Wednesday morning.</p>
<p>Roe joined Acme in 2015 and had led its business in Norway for the past four years before she was appointed.</p>
<h2>Reactions</h2>
<p>Investors welcomed the appointment, and the shares of the company rose by four percent in early trading in Oslo.</p>
</article><footer><p>Copyright, terms, cookies and privacy.</p></footer>
<script>var x = "Jane Doe runs Beta";</script></body></html>
"""


def test_the_main_text_is_found_and_the_rest_left_out() -> None:
    document = only(read(_PAGE.encode(), "page.html"))
    assert document.source == "web:news.example"
    assert document.author == "Tom Poe"
    assert (document.published_at, document.date_source) == (Moment.parse("2021-03-03"), DateSource.METADATA)
    assert "Acme has named Jane Roe as its chief executive, the company said" in document.text
    assert "Reactions" in texts(document, BlockKind.HEADING)
    for boilerplate in ("Subscribe", "cookies", "Beta"):
        assert boilerplate not in document.text


_TOWN = """<html><head><title>Tolbeck</title></head><body><nav><a href="/">Start</a></nav><h1>Tolbeck</h1>
<p>Tolbeck is a market town on the left bank of the River Harn, in the county of Westmarch, and had 8,916 inhabitants.</p>
<h2>Related pages</h2><ul><li><a href="/a">Upper Harn</a></li><li><a href="/b">The county of Westmarch</a></li></ul>
<div class="share"><h3>Share this</h3></div><h2>Politics</h2>
<p>The town council has 17 members. Since the municipal reform of 1952 the mayor has been directly elected:</p>
<ul><li>1952–1964: Wilfred Hasker (Agrarian)</li><li>1964–1981: Dora Minchin (Labour)</li></ul>
<p>Hasker, who had been accused of misusing building funds, left office early after losing a vote of the townspeople.</p>
<h2>Sights</h2><ul><li>the Corn Exchange of 1881</li></ul><footer><ul><li>Imprint of the site</li></ul></footer>
</body></html>"""


def test_headings_and_lists_within_the_main_text_stay_and_links_do_not() -> None:
    document = only(read(_TOWN.encode(), "town.html"))
    assert "1964–1981: Dora Minchin (Labour)" in document.text
    assert "the Corn Exchange of 1881" in document.text
    assert texts(document, BlockKind.HEADING) == ["Tolbeck", "Politics", "Sights"]
    assert document.text.count("Dora Minchin") == 1
    for aside in ("Upper Harn", "Share", "Imprint"):
        assert aside not in document.text


def test_a_table_that_lacks_a_cell_is_not_told_twice() -> None:
    rows = "".join(f"<tr><td>Person {n}</td><td>person{n}@acme.example</td></tr>" for n in range(5))
    table = f"<table><tr><th>Name</th><th>E-mail</th></tr>{rows}</table>"
    document = only(read(_PAGE.replace("<h2>", f"{table}<h2>").encode(), "a.html"))
    assert document.text.count("Person 3") == 1
    assert "Name | E-mail" in document.text


_ABOUT = """<html><head><title>About us</title></head><body><nav><a href="/">Home</a> <a href="/jobs">Jobs</a></nav>
<h1>About us</h1>
<p>Brenn &amp; Sohl builds balances for mints in 38 countries, and three quarters of it belong to the Brenn family.</p>
<h2>Our history</h2><ul><li><p>1961 – Edda Brenn founds the firm in a dairy in Ludden.</p></li>
<li><p>1974 – A second works opens in Port Elsing, with forty people.</p></li>
<li><p>2008 – Marion Teske is the first director who does not come from the family.</p></li></ul>
<h2>In figures</h2><table><tr><th></th><th>2020</th><th>2021</th></tr><tr><td>Employees</td><td>412</td><td>398</td></tr>
<tr><td>Balances</td><td>9,150</td><td>9,870</td></tr></table>
<p>Of the people working for us at the end of 2021, 290 were in Ludden and 108 in Port Elsing.</p>
<footer>Imprint of the site</footer></body></html>"""


def test_what_the_main_text_has_in_pieces_is_one_list_and_one_table() -> None:
    document = only(read(_ABOUT.encode(), "about.html"))
    assert texts(document, BlockKind.HEADING)[-2:] == ["Our history", "In figures"]
    assert [text.count("\n") for text in texts(document, BlockKind.LIST)] == [2]
    assert texts(document, BlockKind.TABLE) == ["| 2020 | 2021\nEmployees | 412 | 398\nBalances | 9,150 | 9,870"]
    for once in ("Edda Brenn founds", "Port Elsing, with forty", "412", "9,870", "Marion Teske"):
        assert document.text.count(once) == 1


def test_a_line_of_its_own_is_no_line_of_a_list_further_on() -> None:
    prose, place = Piece(BlockKind.PARAGRAPH, "Acme moved to Oslo."), Piece(BlockKind.PARAGRAPH, "Osl")
    cities = Piece(BlockKind.LIST, "Oslo\nBergen")
    assert with_structure([prose, place], [(prose, 1), (cities, 2)]) == [prose, place]


def test_the_named_charset_is_believed_and_the_name_of_the_file_is_not() -> None:
    page = "<html><head><meta charset='iso-8859-1'></head><body><p>Jürgen führt die Müller AG.</p></body></html>"
    assert "Jürgen führt die Müller AG." in only(read(page.encode("latin-1"), "page.pdf.txt")).text


def test_a_page_without_a_main_text_gives_what_is_visible() -> None:
    page = "<html><body><div>Jane runs Acme.</div><div style='display:none'>Hidden.</div></body></html>"
    document = only(read(page.encode(), "a.html"))
    assert "Jane runs Acme." in document.text
    assert "Hidden" not in document.text


def test_tables_keep_their_rows() -> None:
    rows = "".join(f"<tr><td>Person {n}</td><td>Role {n}</td></tr>" for n in range(5))
    page = _PAGE.replace("</article>", f"<table><tr><th>Name</th><th>Role</th></tr>{rows}</table></article>")
    assert "Person 3 | Role 3" in only(read(page.encode(), "a.html")).text


def test_entities_are_not_fetched_and_depth_does_no_harm() -> None:
    hostile = (
        '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/hostname">]><html><body><p>Text &x; here.</p></body></html>'
    )
    assert "Text" in only(read(hostile.encode(), "a.html")).text
    deep = "<html><body>" + "<div>" * 5000 + "Jane runs Acme." + "</div>" * 5000 + "</body></html>"
    assert read(deep.encode(), "a.html").documents or read(deep.encode(), "a.html").failures


def test_an_empty_page_has_no_text() -> None:
    assert error(read(b"<html><head></head><body><img src=x></body></html>", "a.html")) == "NoText"


def _town(*parts: str) -> str:
    return f"<html><head><title>Tolbeck</title></head><body><h1>Tolbeck</h1>{''.join(parts)}</body></html>"


_RIVER, _COUNCIL, _HASKER = re.findall(r"<p>.*</p>", _TOWN)
_MAYORS = "<li>1952–1964: <a href='/wh'>Wilfred Hasker</a></li><li>1964–1981: <a href='/dm'>Dora Minchin</a></li>"


@pytest.mark.parametrize(
    "heading",
    [
        'Politics<span class="mw-editsection">[<a href="/w/index.php?action=edit">edit</a>]</span>',
        'Politics<a class="headerlink" href="#politics" title="Permalink">¶</a>',
        '<a href="https://tolbeck.example/#politics">#</a> Politics',
        '<a class="anchor" href="#politics">link</a>Politics',
        '<a href="#politics">Politics</a>',
        '<a class="anchor" href="#politics">Politics</a>',
        '<a name="politics">Politics</a>',
    ],
)
@pytest.mark.parametrize("around", ["{}", "<article>{}</article>"])
def test_a_heading_comes_without_its_edit_link_and_permalink(heading: str, around: str) -> None:
    page = _town(around.format(f"{_RIVER}<h2>{heading}</h2>{_COUNCIL}{_HASKER}"))
    assert texts(only(read(page.encode(), "town.html")), BlockKind.HEADING) == ["Tolbeck", "Politics"]


def test_headings_within_headings_lose_a_permalink_once() -> None:
    page = _town("<h2>Sights<div><h3>Churches<a href='#c'>¶</a></h3></div></h2>", _RIVER, _COUNCIL)
    assert "¶" not in only(read(page.encode(), "town.html")).text


def test_a_heading_that_leads_to_another_page_is_left_out() -> None:
    page = _town(_RIVER, "<h2><a href='/upper'>Upper Harn</a></h2>", _COUNCIL)
    assert "Upper Harn" not in only(read(page.encode(), "town.html")).text


@pytest.mark.parametrize(
    "listed",
    [
        f"<ul>{_MAYORS}</ul>",
        f"<table>{_MAYORS.replace('li>', 'tr>').replace('<tr>', '<tr><td>').replace(': ', '</td><td>')}</table>",
    ],
)
def test_linked_office_holders_stay(listed: str) -> None:
    text = only(read(_town(_RIVER, _COUNCIL, listed, _HASKER).encode(), "town.html")).text
    assert "Wilfred Hasker" in text
    assert text.count("Dora Minchin") == 1


def test_a_table_of_contents_and_counted_links_are_no_text() -> None:
    contents = "<ul><li>1 <a href='#p'>On politics</a></li><li>2 <a href='#s'>On sights</a></li></ul>"
    archive = "<ul><li><a href='/3'>March 2021</a> (12)</li><li><a href='/4'>April 2021</a> (7)</li></ul>"
    text = only(read(_town(_RIVER, contents, _COUNCIL, archive, _HASKER).encode(), "town.html")).text
    assert "On politics" not in text
    assert "March 2021" not in text


def test_a_page_that_is_a_table_keeps_it() -> None:
    rows = (
        ("Product", "Price 2021", "Price 2022"),
        ("Rye Flour", "1.20 EUR", "1.45 EUR"),
        ("Brown Sugar", "2.00 EUR", ""),
    )
    table = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    page = f"<html><body><h1>Average price of goods in town</h1><table>{table}</table></body></html>"
    document = only(read(page.encode(), "a.html"))
    assert blocks(document) == [
        (BlockKind.HEADING, "Average price of goods in town"),
        (
            BlockKind.TABLE,
            "Product | Price 2021 | Price 2022\nRye Flour | 1.20 EUR | 1.45 EUR\nBrown Sugar | 2.00 EUR |",
        ),
    ]
