"""Mails: who speaks, when, what is quoted, and what is attached."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from kgfuse.config import IngestSettings
from kgfuse.model import BlockKind, DateSource, Moment
from tests.ingest.reading import blocks, only, read, texts


def _mail(text: str = "Jane Roe runs Acme.\n", subject: str = "News") -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Tom Poe <Tom@Acme.example>"
    mail["To"] = "jane@acme.example"
    mail["Date"] = "Wed, 03 Mar 2021 12:00:00 +0200"
    mail["Subject"] = subject
    mail["Message-ID"] = "<1@acme.example>"
    mail.set_content(text)
    return mail


def test_headers_say_who_spoke_when() -> None:
    document = only(read(bytes(_mail(subject="Über Acme")), "a.eml"))
    assert (document.title, document.author, document.source) == ("Über Acme", "Tom Poe", "mail:tom@acme.example")
    assert (document.published_at, document.date_source) == (Moment.parse("2021-03-03T10:00:00Z"), DateSource.HEADER)
    assert document.text == "Jane Roe runs Acme."


def test_without_a_date_header_the_first_hop_counts() -> None:
    mail = _mail()
    del mail["Date"]
    mail["Received"] = "from b by c; Thu, 04 Mar 2021 09:00:00 +0000"
    mail["Received"] = "from a by b; Thu, 04 Mar 2021 08:59:00 +0000"
    assert str(only(read(bytes(mail), "a.eml")).published_at) == "2021-03-04T08:59:00Z"


def test_wrapped_lines_become_running_text_and_short_ones_stay_apart() -> None:
    text = (
        "The board of Acme met in Oslo on Monday and elected Jane Roe as its new\n"
        "chair. She succeeds Tom Poe, who had led the board for nine years.\n\nBest regards,\nTom\n"
    )
    assert texts(only(read(bytes(_mail(text)), "a.eml")), BlockKind.PARAGRAPH) == [
        "The board of Acme met in Oslo on Monday and elected Jane Roe as its new chair. She succeeds Tom Poe, who had led "
        "the board for nine years.",
        "Best regards,",
        "Tom",
    ]


@pytest.mark.parametrize(
    "quoted",
    [
        "On Mon, 1 Mar 2021, Jane Roe wrote:\n> Acme will buy Beta.\n",
        "-----Original Message-----\nFrom: Jane Roe\nSent: Monday\nTo: Tom\nSubject: x\n\nAcme will buy Beta.\n",
        "________________________________\nFrom: Jane Roe <j@x.example>\nSent: Monday\nTo: Tom\n\nAcme will buy Beta.\n",
        "---------- Forwarded message ----------\nFrom: Jane Roe\nDate: Monday\n\nAcme will buy Beta.\n",
        "Begin forwarded message:\n\nFrom: Jane Roe\nDate: Monday\n\nAcme will buy Beta.\n",
    ],
)
def test_what_others_said_is_quoted(quoted: str) -> None:
    document = only(read(bytes(_mail(f"I doubt it.\n\n{quoted}")), "a.eml"))
    assert texts(document, BlockKind.PARAGRAPH) == ["I doubt it."]
    assert any("Acme will buy Beta." in text for text in texts(document, BlockKind.QUOTE))


def test_a_reply_below_the_quote_is_the_author_again() -> None:
    document = only(read(bytes(_mail("> Will Acme buy Beta?\n\nIt will not.\n\n-- \nTom Poe\nAcme\n")), "a.eml"))
    assert blocks(document) == [
        (BlockKind.QUOTE, "Will Acme buy Beta?"),
        (BlockKind.PARAGRAPH, "It will not."),
        (BlockKind.PARAGRAPH, "Tom Poe\nAcme"),
    ]


def test_html_mails_are_read_and_plain_text_is_preferred() -> None:
    mail = _mail("Plain text says that Jane runs Acme.\n")
    mail.add_alternative("<p>HTML says so.</p>", subtype="html")
    assert only(read(bytes(mail), "a.eml")).text == "Plain text says that Jane runs Acme."
    html = _mail()
    html.set_content("<div>I agree.</div><blockquote>Acme buys<br>Beta.</blockquote><script>x</script>", subtype="html")
    document = only(read(bytes(html), "a.eml"))
    assert blocks(document)[0] == (BlockKind.PARAGRAPH, "I agree.")
    assert {kind for kind, _ in blocks(document)[1:]} == {BlockKind.QUOTE}


def test_outlook_html_keeps_tables_and_lists_and_marks_the_quoted_mail() -> None:
    mail = _mail()
    rows = "<tr><td><p>Item</p></td><td><p>Price</p></td></tr><tr><td><p>Wheel</p></td><td><p>5</p></td></tr>"
    head = "<p><b>From:</b> Jane Roe<br><b>Sent:</b> Monday<br><b>To:</b> Tom<br><b>Subject:</b> Deal</p>"
    body = f"<p>We close on\nFriday.<o:p></o:p></p><table>{rows}</table><ul><li>One</li><li>Two<br>lines</li></ul>"
    mail.set_content(f"<html><body>{body}<div>{head}</div><p>When do we close?</p></body></html>", subtype="html")
    found = blocks(only(read(bytes(mail), "a.eml")))
    assert found[:3] == [
        (BlockKind.PARAGRAPH, "We close on Friday."),
        (BlockKind.TABLE, "Item | Price\nWheel | 5"),
        (BlockKind.LIST, "One\nTwo lines"),
    ]
    assert {kind for kind, _ in found[3:]} == {BlockKind.QUOTE}
    assert found[-1] == (BlockKind.QUOTE, "When do we close?")


def test_attachments_are_documents_of_their_own_with_the_date_and_the_source_of_the_mail() -> None:
    mail = _mail()
    mail.add_attachment(b"Acme sold Gamma.", maintype="text", subtype="plain", filename="../../etc/pass wd.txt")
    mail.add_attachment(b"\x89PNG\r\n", maintype="image", subtype="png", filename="logo.png")
    reading = read(bytes(mail), "a.eml")
    parent, child = reading.documents
    assert child.uri == "file:///in/a.eml#attachment/1/..%2F..%2Fetc%2Fpass%20wd.txt"
    assert (child.parent_id, child.source, child.published_at) == (parent.id, parent.source, parent.published_at)
    assert child.date_source is DateSource.PARENT
    (failure,) = reading.failures
    assert type(failure.error).__name__ == "UnknownFormat"


def test_mails_inside_mails_are_followed_to_a_depth() -> None:
    mail = _mail("the innermost\n")
    for depth in range(4):
        outer = _mail(f"around {depth}\n")
        outer.add_attachment(mail)
        mail = outer
    reading = read(bytes(mail), "a.eml", IngestSettings(max_attachment_depth=2))
    assert [document.text for document in reading.documents] == ["around 3", "around 2", "around 1"]
    assert [type(failure.error).__name__ for failure in reading.failures] == ["TooLarge"]


def test_only_so_many_attachments_are_read() -> None:
    mail = _mail()
    for number in range(5):
        mail.add_attachment(f"Number {number}.".encode(), maintype="text", subtype="plain", filename=f"{number}.txt")
    reading = read(bytes(mail), "a.eml", IngestSettings(max_attachments=2))
    assert len(reading.documents) == 3
    (failure,) = reading.failures
    assert "3 attachments" in str(failure.error)


@pytest.mark.parametrize(
    "content",
    [
        b"From: =?utf-8?B?broken\nSubject: =?no-such-charset?Q?=FF?=\nDate: yesterday\nMessage-ID: x\n\nBody \xff text.\n",
        b"From: a@b.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nBody text.\n",
        b"From: a@b.example\nMIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\nQm9keSB0ZXh0Lg=!=\n",
        b'From: a@b.example\nMIME-Version: 1.0\nContent-Type: text/plain; charset="x\\"y"\n\nBody text.\n',
    ],
)
def test_broken_mails_are_read_as_far_as_they_go(content: bytes) -> None:
    reading = read(content, "a.eml")
    assert "Body" in reading.documents[0].text


def test_parts_nested_without_end_are_reported() -> None:
    content = b"From: a@b.example\nMIME-Version: 1.0\n"
    for depth in range(3000):
        content += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (depth, depth)
    reading = read(content, "a.eml")
    assert [type(failure.error).__name__ for failure in reading.failures] in (["Damaged"], ["NoText"], [])
