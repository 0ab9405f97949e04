"""What charts and diagrams in slides and Word documents say."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest

from kgfuse.model import BlockKind
from tests.ingest import making
from tests.ingest.reading import blocks, error, only, read, texts

_DRAWN = "http://schemas.openxmlformats.org/drawingml/2006"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SPACES = f'xmlns:a="{_DRAWN}/main" xmlns:c="{_DRAWN}/chart" xmlns:dgm="{_DRAWN}/diagram" xmlns:r="{_RELATED}"'
_CHART = '<c:chart r:id="d1"/>'
_DIAGRAM = '<dgm:relIds r:dm="d1" r:lo="d2"/>'


def _points(*values: object) -> str:
    return "".join(
        f'<c:pt idx="{at}"><c:v>{value}</c:v></c:pt>' for at, value in enumerate(values) if value is not None
    )


def _title(*lines: str) -> str:
    text = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in lines)
    return f"<c:title><c:tx><c:rich>{text}</c:rich></c:tx></c:title>"


def _texts(tag: str, *values: object) -> str:
    return f"<c:{tag}><c:strRef><c:f>Sheet1!A1</c:f><c:strCache>{_points(*values)}</c:strCache></c:strRef></c:{tag}>"


def _numbers(tag: str, form: str, *values: object) -> str:
    cache = f"<c:numCache><c:formatCode>{form}</c:formatCode>{_points(*values)}</c:numCache>"
    return f"<c:{tag}><c:numRef><c:f>Sheet1!B1</c:f>{cache}</c:numRef></c:{tag}>"


def _chart(*series: str, title: str = "", axis: str = "", before: str = "") -> str:
    drawn = "".join(f"<c:ser>{one}</c:ser>" for one in series)
    plot = f"<c:plotArea><c:barChart>{drawn}</c:barChart><c:catAx>{axis}</c:catAx></c:plotArea>"
    return f"<c:chartSpace {_SPACES}>{before}<c:chart>{title}{plot}</c:chart></c:chartSpace>"


def _slide(part: str, reference: str = _CHART, target: str = "../drawn/drawn1.xml") -> bytes:
    """Return a presentation of one slide with a title and what is drawn on it."""
    frame = f"<p:graphicFrame><a:graphic><a:graphicData>{reference}</a:graphicData></a:graphic></p:graphicFrame>"
    title = (
        '<p:sp><p:nvSpPr><p:nvPr><p:ph type="title"/></p:nvPr></p:nvSpPr>'
        "<p:txBody><a:p><a:r><a:t>Acme</a:t></a:r></a:p></p:txBody></p:sp>"
    )
    space = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    return making.zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "ppt/slides/slide1.xml": f"<p:sld {space} {_SPACES}>{frame}{title}</p:sld>",
            "ppt/slides/_rels/slide1.xml.rels": f'<Relationships xmlns="{relations}">'
            f'<Relationship Id="d1" Target="{target}"/></Relationships>',
            "ppt/drawn/drawn1.xml": part,
        }
    )


def test_a_chart_is_a_table_of_what_it_shows() -> None:
    cats = _texts("cat", "2019", "2020")
    chart = _chart(
        _texts("tx", "Revenue") + cats + _numbers("val", '#,##0.0 "EUR"', "12.5", "14"),
        _texts("tx", "Margin") + cats + _numbers("val", "0%", "0.25", None),
        title=_title("Revenue", "by year"),
        axis=_title("Year"),
    )
    assert blocks(only(read(_slide(chart), "a.pptx"))) == [
        (BlockKind.HEADING, "Acme"),
        (BlockKind.CAPTION, "Revenue by year"),
        (BlockKind.TABLE, "Year: 2019 | Revenue: 12.5 EUR | Margin: 25%\nYear: 2020 | Revenue: 14 EUR"),
    ]


def test_what_has_no_name_takes_it_from_the_title_or_is_a_value() -> None:
    said = _texts("cat", "Oslo", "Bergen") + _numbers("val", "General", 700000, 290000)
    assert texts(only(read(_slide(_chart(said, title=_title("Inhabitants"))), "a.pptx")), BlockKind.TABLE) == [
        "Oslo | Inhabitants: 700000\nBergen | Inhabitants: 290000"
    ]
    alone = _chart(_numbers("val", "General", 1, 2))
    assert texts(only(read(_slide(alone), "a.pptx")), BlockKind.TABLE) == ["1 | Value: 1\n2 | Value: 2"]


@pytest.mark.parametrize(("before", "day"), [("", "2020-05-04"), ('<c:date1904 val="1"/>', "2024-05-05")])
def test_dates_are_dates_whatever_they_are_counted_from(before: str, day: str) -> None:
    said = _texts("tx", "Visits") + _numbers("cat", "m/d/yyyy", 43955) + _numbers("val", "General", 7)
    document = only(read(_slide(_chart(said, before=before)), "a.pptx"))
    assert texts(document, BlockKind.TABLE) == [f"{day} | Visits: 7"]


def test_names_on_several_levels_are_told_whole() -> None:
    levels = f"<c:lvl>{_points('Q1', 'Q2', 'Q1')}</c:lvl><c:lvl>{_points('2019', None, '2020')}</c:lvl>"
    cats = f"<c:cat><c:multiLvlStrRef><c:multiLvlStrCache>{levels}</c:multiLvlStrCache></c:multiLvlStrRef></c:cat>"
    document = only(read(_slide(_chart(_texts("tx", "Sales") + cats + _numbers("val", "0", 1, 2, 3))), "a.pptx"))
    assert texts(document, BlockKind.TABLE) == ["2019 Q1 | Sales: 1\n2019 Q2 | Sales: 2\n2020 Q1 | Sales: 3"]


def test_series_over_other_places_are_tables_of_their_own() -> None:
    chart = _chart(
        _texts("tx", "A") + _numbers("xVal", "0", 1, 2) + _numbers("yVal", "0", 5, 6),
        _texts("tx", "B") + _numbers("xVal", "0", 3) + _numbers("yVal", "0", 7),
    )
    assert texts(only(read(_slide(chart), "a.pptx")), BlockKind.TABLE) == ["1 | A: 5\n2 | A: 6", "3 | B: 7"]


def test_a_diagram_is_a_list() -> None:
    points = "".join(
        f"<dgm:pt><dgm:t><a:p><a:r><a:t>{text}</a:t></a:r></a:p></dgm:t></dgm:pt>" for text in ("Board", "Jane Roe", "")
    )
    part = f"<dgm:dataModel {_SPACES}><dgm:ptLst>{points}</dgm:ptLst></dgm:dataModel>"
    document = only(read(_slide(part, _DIAGRAM), "a.pptx"))
    assert blocks(document) == [(BlockKind.HEADING, "Acme"), (BlockKind.LIST, "Board\nJane Roe")]


@pytest.mark.parametrize("target", ["../drawn/absent.xml", "../../../../etc/passwd", "file:///etc/passwd", ""])
def test_what_is_not_there_is_passed_over(target: str) -> None:
    chart = _chart(_numbers("val", "0", 1))
    assert blocks(only(read(_slide(chart, target=target), "a.pptx"))) == [(BlockKind.HEADING, "Acme")]


@pytest.mark.parametrize(
    "part",
    [
        "<c:chartSpace",
        f"<!DOCTYPE x [<!ENTITY a 'b'>]><c:chartSpace {_SPACES}/>",
        _chart(
            '<c:val><c:numCache><c:pt idx="99999999"><c:v>1</c:v></c:pt><c:pt><c:v>2</c:v></c:pt></c:numCache></c:val>'
        ),
    ],
)
def test_a_broken_drawing_leaves_the_slide_whole(part: str) -> None:
    assert blocks(only(read(_slide(part), "a.pptx"))) == [(BlockKind.HEADING, "Acme")]


def test_numbers_that_are_none_are_told_as_they_stand() -> None:
    said = _numbers("cat", "m/d/yyyy", "soon", "1e300") + _numbers("val", "0%", "n/a", "0.5")
    document = only(read(_slide(_chart(said)), "a.pptx"))
    assert texts(document, BlockKind.TABLE) == ["soon | Value: n/a\n1e300 | Value: 50%"]


def test_strict_names_are_read_alike() -> None:
    chart = _chart(_texts("tx", "Revenue") + _texts("cat", "2020") + _numbers("val", "0", 14))
    transitional = _slide(chart)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(transitional)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            for kind in (b"drawingml", b"presentationml", b"officeDocument"):
                data = data.replace(
                    b"http://schemas.openxmlformats.org/" + kind + b"/2006/",
                    b"http://purl.oclc.org/ooxml/" + kind + b"/",
                )
            new.writestr(name, data)
    strict = out.getvalue()
    assert strict != transitional
    assert blocks(only(read(strict, "a.pptx"))) == blocks(only(read(transitional, "a.pptx")))


def test_a_chart_in_a_word_document_stands_where_it_is_drawn() -> None:
    document = docx.Document()
    document.add_paragraph("Before.")
    document.add_paragraph()
    document.add_paragraph("After.")
    stream = io.BytesIO()
    document.save(stream)
    chart = _chart(_texts("tx", "Revenue") + _texts("cat", "2020") + _numbers("val", "0", 14))
    out = io.BytesIO()
    with zipfile.ZipFile(stream) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "word/document.xml":
                drawing = f"<w:p><w:r><w:drawing {_SPACES}>{_CHART}</w:drawing></w:r></w:p>".encode()
                assert data.count(b"<w:p/>") == 1
                data = data.replace(b"<w:p/>", drawing)
            if name == "word/_rels/document.xml.rels":
                data = data.replace(b"</Rel", b'<Relationship Id="d1" Target="charts/chart1.xml"/></Rel')
            new.writestr(name, data)
        new.writestr("word/charts/chart1.xml", chart)
    assert blocks(only(read(out.getvalue(), "a.docx"))) == [
        (BlockKind.PARAGRAPH, "Before."),
        (BlockKind.TABLE, "2020 | Revenue: 14"),
        (BlockKind.PARAGRAPH, "After."),
    ]


def test_a_presentation_without_slides_holds_no_text() -> None:
    parts = {"[Content_Types].xml": "<Types/>", "ppt/presentation.xml": "<x/>"}
    assert error(read(making.zipped(parts), "a.pptx")) == "NoText"
