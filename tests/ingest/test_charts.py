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


def _chart(*series: str, title: str = "", axis: str = "", measured: str = "", before: str = "") -> str:
    drawn = "".join(f"<c:ser>{one}</c:ser>" for one in series)
    axes = f"<c:catAx>{axis}</c:catAx><c:valAx>{measured}</c:valAx>"
    plot = f"<c:plotArea><c:barChart>{drawn}</c:barChart>{axes}</c:plotArea>"
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


@pytest.mark.parametrize(
    ("form", "value", "shown"),
    [
        ("[h]:mm", "1.25", "30:00:00"),
        ("h:mm", "1.25", "06:00:00"),
        ("Standard", "4.3", "4.3"),
        ("mmm\\-yy", "-3", "-3"),
        ("mmm\\-yy", "43955", "2020-05-04"),
        ('d" May "yyyy', "43955", "2020-05-04"),
        ('#,##0.0,,"M"', "12500000", "12.5 M"),
        ('#,##0,"K"', "12500", "12.5 K"),
        ("#,##0", "12500", "12500"),
        ("0\\%", "25", "25%"),
        ("0.00E+00", "12500", "12500"),
        ('0.0" s"', "3", "3 s"),
        ("0.0\\ \\ms", "3", "3"),
        ('0" Tsd."', "12", "12 Tsd."),
    ],
)
def test_a_number_is_told_as_what_its_format_makes_of_it(form: str, value: str, shown: str) -> None:
    document = only(read(_slide(_chart(_numbers("val", form.replace('"', "&quot;"), value))), "a.pptx"))
    assert texts(document, BlockKind.TABLE) == [f"1 | Value: {shown}"]


def test_what_values_are_measured_in_is_told_with_the_title() -> None:
    said = _numbers("val", "0", 1)
    chart = _chart(said, title=_title("Revenue"), axis=_title("Year"), measured=_title("EUR million"))
    assert blocks(only(read(_slide(chart), "a.pptx")))[1:] == [
        (BlockKind.CAPTION, "Revenue (EUR million)"),
        (BlockKind.TABLE, "Year: 1 | Revenue: 1"),
    ]
    empty = _chart(title=_title("Nothing yet"))
    assert blocks(only(read(_slide(empty), "a.pptx")))[1:] == [(BlockKind.CAPTION, "Nothing yet")]


def test_lines_of_a_title_are_words_of_their_own() -> None:
    lines = "<c:title><a:p><a:r><a:t>Revenue</a:t></a:r><a:br/><a:r><a:t>2020</a:t></a:r></a:p></c:title>"
    document = only(read(_slide(_chart(_numbers("val", "0", 1), title=lines)), "a.pptx"))
    assert texts(document, BlockKind.CAPTION) == ["Revenue 2020"]


def test_an_outer_name_holds_for_places_without_an_inner_one() -> None:
    levels = f"<c:lvl>{_points('Q1', 'Q2', None, 'Q1')}</c:lvl><c:lvl>{_points('2019', None, '2020', None)}</c:lvl>"
    cats = f"<c:cat><c:multiLvlStrRef><c:multiLvlStrCache>{levels}</c:multiLvlStrCache></c:multiLvlStrRef></c:cat>"
    document = only(read(_slide(_chart(cats + _numbers("val", "0", 1, 2, 3, 4))), "a.pptx"))
    assert texts(document, BlockKind.TABLE) == [
        "2019 Q1 | Value: 1\n2019 Q2 | Value: 2\n2020 | Value: 3\n2020 Q1 | Value: 4"
    ]


def test_a_series_without_places_has_those_of_the_others() -> None:
    chart = _chart(
        _texts("tx", "A") + _numbers("val", "0", 5, 6),
        _texts("tx", "B") + _texts("cat", "2019", "2020") + _numbers("val", "0", 7, 8),
    )
    assert texts(only(read(_slide(chart), "a.pptx")), BlockKind.TABLE) == ["2019 | A: 5 | B: 7\n2020 | A: 6 | B: 8"]


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


def test_points_of_a_diagram_follow_what_they_belong_to() -> None:
    names = {"0": "", "1": "Board", "2": "Staff", "3": "Jane Roe", "4": "Tom Poe"}
    points = "".join(
        f'<dgm:pt modelId="{id}" type="{"node" if name else "doc"}">'
        f"<dgm:t><a:p><a:r><a:t>{name}</a:t></a:r></a:p></dgm:t></dgm:pt>"
        for id, name in names.items()
    )
    links = (("0", "2", 1), ("0", "1", 0), ("1", "3", 0), ("2", "4", 0), ("4", "2", 0))
    written = "".join(f'<dgm:cxn srcId="{one}" destId="{other}" srcOrd="{order}"/>' for one, other, order in links)
    part = f"<dgm:dataModel {_SPACES}><dgm:ptLst>{points}</dgm:ptLst><dgm:cxnLst>{written}</dgm:cxnLst></dgm:dataModel>"
    assert texts(only(read(_slide(part, _DIAGRAM), "a.pptx")), BlockKind.LIST) == ["Board\nJane Roe\nStaff\nTom Poe"]


def test_text_in_a_frame_that_is_no_table_is_read() -> None:
    text = "<a:p><a:r><a:t>Jane Roe runs Acme.</a:t></a:r></a:p>"
    assert blocks(only(read(_slide("<x/>", text), "a.pptx")))[1:] == [(BlockKind.PARAGRAPH, "Jane Roe runs Acme.")]


@pytest.mark.parametrize(
    "part",
    [
        _chart(*["<c:tx/>"] * 20_000, _numbers("val", "0", *range(10_000))),
        _chart(_texts("tx", "x" * 300_000) + _numbers("val", "0", *range(10_000))),
        _chart(
            "<c:cat><c:multiLvlStrCache>"
            + f"<c:lvl>{_points('y' * 1000)}</c:lvl>" * 500
            + "</c:multiLvlStrCache></c:cat>"
            + _numbers("val", "0", *range(10_000))
        ),
    ],
    ids=["series", "name", "levels"],
)
def test_a_chart_made_to_be_huge_costs_little(part: str) -> None:
    document = only(read(_slide(part, _CHART * 3000), "a.pptx"))
    assert len(document.text) < 1_100_000


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
    said = _numbers("cat", "m/d/yyyy", "soon", "NaN", "1_000") + _numbers("val", "0%", "n/a", "0.5", "#N/A")
    document = only(read(_slide(_chart(said)), "a.pptx"))
    assert texts(document, BlockKind.TABLE) == ["soon | Value: n/a\nNaN | Value: 50%"]


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
    assert texts(only(read(strict, "a.pptx")), BlockKind.TABLE) == ["2020 | Revenue: 14"]


def _word(body: str, charts: dict[str, str], parts: dict[str, str] | None = None) -> bytes:
    """Return a Word document; `charts` are related to by its body as `d1`, `d2` and so on."""
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"

    def related(*names: str) -> str:
        links = "".join(f'<Relationship Id="d{at}" Target="{name}"/>' for at, name in enumerate(names, 1))
        return f'<Relationships xmlns="{relations}">{links}</Relationships>'

    written = {"word/document.xml": f'<w:document xmlns:w="{w}" {_SPACES}><w:body>{body}</w:body></w:document>'}
    for name, text in (parts or {}).items():
        written[f"word/{name}.xml"] = f'<w:{name} xmlns:w="{w}" {_SPACES}>{text}</w:{name}>'
        written[f"word/_rels/{name}.xml.rels"] = related(*reversed(charts))
    return making.zipped(
        {"[Content_Types].xml": "<Types/>", "word/_rels/document.xml.rels": related(*charts), **written}
        | {f"word/{name}": part for name, part in charts.items()}
    )


_ONE = _chart(_texts("tx", "Revenue") + _numbers("val", "0", 14))
_OTHER = _chart(_texts("tx", "Margin") + _numbers("val", "0", 3))
_DRAWN_ONE = '<w:r><w:drawing><c:chart r:id="d1"/></w:drawing></w:r>'


def test_a_chart_in_a_text_box_is_told_once() -> None:
    box = f"<w:p><w:r><w:drawing><w:txbxContent><w:p>{_DRAWN_ONE}</w:p></w:txbxContent></w:drawing></w:r></w:p>"
    document = only(read(_word(box, {"one.xml": _ONE}), "a.docx"))
    assert blocks(document) == [(BlockKind.TABLE, "1 | Revenue: 14")]


def test_a_chart_that_was_deleted_or_moved_away_is_not_told() -> None:
    gone = f"<w:p><w:del>{_DRAWN_ONE}</w:del><w:r><w:t>Text.</w:t></w:r></w:p>"
    assert only(read(_word(gone, {"one.xml": _ONE}), "a.docx")).text == "Text."
    moved = f"<w:p><w:moveFrom>{_DRAWN_ONE}</w:moveFrom></w:p><w:p><w:moveTo>{_DRAWN_ONE}</w:moveTo></w:p>"
    assert only(read(_word(moved, {"one.xml": _ONE}), "a.docx")).text == "1 | Revenue: 14"


@pytest.mark.parametrize(
    ("part", "item", "kind"),
    [("footnotes", "footnote", BlockKind.TABLE), ("comments", "comment", BlockKind.QUOTE)],
)
def test_a_chart_in_a_note_is_the_one_that_the_note_refers_to(part: str, item: str, kind: BlockKind) -> None:
    note = f"<w:{item}><w:p>{_DRAWN_ONE}</w:p></w:{item}>"
    body = f"<w:p>{_DRAWN_ONE}</w:p>"
    document = only(read(_word(body, {"one.xml": _ONE, "two.xml": _OTHER}, {part: note}), "a.docx"))
    assert blocks(document) == [(BlockKind.TABLE, "1 | Revenue: 14"), (kind, "1 | Margin: 3")]


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
