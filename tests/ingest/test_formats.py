"""Formats beside PDF, mail, web page, Word and Excel: what is read out of each."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from kgfuse.config import IngestSettings
from kgfuse.ingest import discover
from kgfuse.model import BlockKind, DateSource, Document, Moment
from tests.ingest import making
from tests.ingest.reading import blocks, error, only, read, texts


def _values(document: Document, name: str) -> list[str]:
    return [one.value for one in document.properties if one.name == name]


def test_slides_are_pages_in_the_order_they_are_shown() -> None:
    document = only(read(making.pptx(), "a.pptx"))
    assert blocks(document) == [
        (BlockKind.HEADING, "Acme"),
        (BlockKind.LIST, "One wheel\nTwo wheels"),
        (BlockKind.PARAGRAPH, making.SENTENCE),
        (BlockKind.HEADING, "Prices"),
        (BlockKind.TABLE, "Item | Price\nWheel | 5"),
    ]
    assert [block.page for block in document.blocks] == [1, 1, 1, 2, 2]


def test_an_opendocument_text_keeps_its_structure_and_leaves_deletions_out() -> None:
    document = only(read(making.odt(), "a.bin"))
    assert blocks(document) == [
        (BlockKind.HEADING, "Board"),
        (BlockKind.PARAGRAPH, making.SENTENCE),
        (BlockKind.LIST, "One\nTwo"),
        (BlockKind.TABLE, "Item | Price\nWheel | 5"),
        (BlockKind.PARAGRAPH, "See the register."),
    ]
    assert (document.title, document.author, str(document.published_at)) == (
        "Minutes",
        "Tom Poe",
        "2021-03-03T12:00:00Z",
    )


def test_the_chapters_of_a_book_come_in_the_order_of_its_spine() -> None:
    document = only(read(making.epub(), "a.epub"))
    assert texts(document, BlockKind.HEADING) == ["One", "Two"]
    assert (document.title, document.author, str(document.published_at)) == ("Wheels", "Jane Roe", "2019-05")


def test_rtf_is_read_with_its_characters_and_its_information() -> None:
    document = only(read(making.rtf(), "a.doc"))
    assert document.text == f"{making.SENTENCE}\n\nMüller said “yes” in “Oslo”."
    assert (document.title, document.author, str(document.published_at)) == ("Minutes", "Tom Poe", "2021-03-03")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", 'Name,Seat,Staff\r\n"Acme, Inc",Oslo,12\r\nBeta,Bergen,7\r\n'),
        ("a.csv", "Name;Seat;Staff\nAcme, Inc;Oslo;12\nBeta;Bergen;7\n"),
        ("a.tsv", "Name\tSeat\tStaff\nAcme, Inc\tOslo\t12\nBeta\tBergen\t7\n"),
    ],
)
def test_a_table_in_plain_text_has_rows_that_explain_themselves(name: str, content: str) -> None:
    document = only(read(content.encode("utf-8-sig"), name))
    assert texts(document, BlockKind.TABLE) == [
        "Name: Acme, Inc | Seat: Oslo | Staff: 12\nName: Beta | Seat: Bergen | Staff: 7"
    ]


def test_a_quote_that_never_ends_costs_no_row_before_it() -> None:
    assert "Acme" in only(read(b'Name,Seat\nAcme,Oslo\n"Beta,Bergen\n', "a.csv")).text


def test_records_of_json_lines_are_rows_and_long_texts_prose() -> None:
    document = only(read(making.json_lines(), "data"))
    assert blocks(document) == [
        (BlockKind.TABLE, "name: Acme | seat.city: Oslo | tags: a, b\nname: Beta"),
        (BlockKind.PARAGRAPH, making.SENTENCE * 5),
    ]


def test_json_is_read_and_lines_that_are_none_are_reported() -> None:
    assert only(read(b'[{"a": 1, "b": null}, {"a": true}]', "a.txt")).text == "a: 1\na: true"
    reading = read(b'{"a": "x", "b": "y"}\n{"a": "z"\n{"a": "w", "b": "v"}\n', "a.jsonl")
    assert reading.documents[0].text == "a: x | b: y\na: w | b: v"
    assert "1 lines" in str(reading.failures[0].error)


def test_an_invitation_says_who_meets_where_and_when() -> None:
    document = only(read(making.calendar(), "invite"))
    assert blocks(document) == [
        (BlockKind.HEADING, "Board meeting"),
        (BlockKind.LIST, "Start: 2021-03-10 13:00:00Z\nLocation: Oslo, Norway\nOrganizer: Tom Poe"),
        (BlockKind.PARAGRAPH, making.SENTENCE),
    ]
    assert (document.author, str(document.published_at)) == ("Tom Poe", "2021-03-01T09:00:00Z")


def test_a_calendar_part_of_a_mail_is_a_document_of_its_own() -> None:
    message = making.mail()
    message.add_alternative(making.calendar(), maintype="text", subtype="calendar")
    reading = read(bytes(message), "a.eml")
    assert [document.title for document in reading.documents] == ["News", "Board meeting"]


def test_a_saved_page_is_read_as_a_page_from_its_address() -> None:
    document = only(read(making.mhtml(), "a.mht"))
    assert document.source == "web:acme.example"
    assert making.SENTENCE in document.text


def test_each_mail_of_a_mailbox_is_a_document() -> None:
    reading = read(making.mbox(3), "Inbox")
    assert [document.uri.partition("#attachment/")[2] for document in reading.documents] == [
        f"{number}/{number}%40acme.example.eml" for number in (1, 2, 3)
    ]
    assert all("From here on all is well." in document.text for document in reading.documents)
    assert _values(reading.documents[2], "replies_to") == ["2@acme.example"]


def test_a_maildir_is_read_with_its_hidden_folders_but_not_what_is_half_written(tmp_path: Path) -> None:
    for folder in (".", ".Sent"):
        for part in ("cur", "new", "tmp"):
            (tmp_path / folder / part).mkdir(parents=True)
    text = b"From: tom@acme.example\nSubject: Wheels\n\nAcme makes wheels.\n"
    places = [tmp_path / "cur" / "1614765600.M1.host:2,S", tmp_path / ".Sent" / "new" / "1614765601.M2.host"]
    for place in [*places, tmp_path / "tmp" / "1.M3.host"]:
        place.write_bytes(text)
    assert [path for path, _ in discover([tmp_path]).files] == sorted(places)
    assert only(read(text, places[0].name)).source == "mail:tom@acme.example"


def test_an_outlook_mail_is_read_with_what_it_carries() -> None:
    reading = read(making.msg(), "a.msg")
    assert reading.failures == ()
    own, note, inner = reading.documents
    assert (own.title, own.author, own.source) == ("Wheels", "Tom Poe", "mail:tom@acme.example")
    assert (own.text, own.published_at) == (making.SENTENCE, Moment.parse("2021-03-03T10:00:00Z"))
    assert _values(own, "sent_to") == ["Jane Roe <jane@acme.example>"]
    assert (_values(own, "message_id"), _values(own, "replies_to")) == (["7@acme.example"], ["6@acme.example"])
    assert (note.text, note.parent_id) == ("Acme sold Gamma.", own.id)
    assert (inner.title, inner.text, inner.author) == ("Within", "Acme buys Beta.", "Ann")


def test_an_outlook_mail_with_compressed_text_alone_is_read() -> None:
    # The example of [MS-OXRTFCP] 3.1.1: "{\rtf1\ansi\ansicpg1252\pard hello world}" and a line end.
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert read(making.msg(body=None, packed=packed, inner=False), "a.msg").documents[0].text == "hello world"
    raw = rb"{\rtf1 Acme sells wheels.}"
    stored = struct.pack("<II4sI", len(raw) + 12, len(raw), b"MELA", 0) + raw
    assert read(making.msg(body=None, packed=stored, inner=False), "a.msg").documents[0].text == "Acme sells wheels."


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_an_archive_is_a_folder(mode: str) -> None:
    parts = {"a/one.txt": b"Acme makes wheels.", "a/.DS_Store": b"x", "two.eml": bytes(making.mail())}
    links = {"a/passwd": "/etc/passwd"}
    reading = read(making.tarred(parts, mode, links), "data.tar")
    assert [document.text for document in reading.documents] == ["Acme makes wheels.", making.SENTENCE]
    assert reading.documents[0].date_source is DateSource.FILE_TIME
    assert [type(failure.error).__name__ for failure in reading.failures] == ["Unreadable"]


def test_archives_in_archives_are_followed_to_a_depth_and_each_failure_is_its_own() -> None:
    content = making.zipped({"one.txt": "Acme makes wheels.", "bad.pdf": b"%PDF-1.7 broken"})
    for depth in range(4):
        content = making.zipped({f"{depth}.zip": content, f"{depth}.txt": f"Level {depth} of the archive."})
    reading = read(content, "a.zip", IngestSettings(max_attachment_depth=3))
    assert [document.text for document in reading.documents] == [
        f"Level {depth} of the archive." for depth in (1, 2, 3)
    ]
    assert [type(failure.error).__name__ for failure in reading.failures] == ["TooLarge"]


def test_one_packed_file_is_unpacked() -> None:
    import gzip

    assert only(read(gzip.compress(b"Acme makes wheels."), "note.txt.gz")).text == "Acme makes wheels."


def test_names_in_an_archive_are_labels_and_never_paths() -> None:
    reading = read(
        making.zipped({"../../etc/passwd": "Acme makes wheels.", "C:\\x\\ü 名.txt": "Beta makes tyres."}), "a.zip"
    )
    assert [document.uri for document in reading.documents] == [
        "file:///in/a.zip#attachment/1/..%2F..%2Fetc%2Fpasswd",
        "file:///in/a.zip#attachment/2/C%3A%5Cx%5C%C3%BC%20%E5%90%8D.txt",
    ]


def test_only_so_much_is_taken_out_of_an_archive() -> None:
    many = making.zipped({f"{number}.txt": f"Number {number}." for number in range(9)})
    reading = read(many, "a.zip", IngestSettings(max_members=4))
    assert (len(reading.documents), [type(one.error).__name__ for one in reading.failures]) == (4, ["TooLarge"])
    bomb = making.zipped({"a.txt": b"\0" * 20_000_000})
    assert error(read(bomb, "a.zip")) == "TooLarge"
    nested = making.zipped({f"{number}.zip": making.zipped({"a.txt": b"a " * 400_000}) for number in range(9)})
    reading = read(nested, "a.zip", IngestSettings(max_unpacked_bytes=2_000_000))
    assert "TooLarge" in {type(one.error).__name__ for one in reading.failures}
    assert len(reading.documents) == 2


def test_an_encrypted_member_is_reported_and_opened_with_a_password(tmp_path: Path) -> None:
    # Made with `zip -P secret`: one stored file a.txt that says 'Acme makes wheels.'
    content = making.encrypted_zip(b"Acme makes wheels.", b"secret")
    assert error(read(content, "a.zip")) == "Encrypted"
    (tmp_path / "words").write_text("wrong\nsecret\n", "utf-8")
    settings = IngestSettings(password_file=tmp_path / "words")
    assert only(read(content, "a.zip", settings)).text == "Acme makes wheels."
