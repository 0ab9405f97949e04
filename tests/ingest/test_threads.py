"""Which mail answers which, and what the headers of a mail state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.ingest.threads import Mail, base_subject, mail_of, replies, threads
from kgfuse.model import BlockKind, Document
from tests.ingest import making
from tests.ingest.reading import only, read, texts

_DAY = datetime(2021, 3, 1, tzinfo=UTC)


def _mail(number: int, answers: str = "", references: tuple[str, ...] = (), subject: str = "", day: int = 0) -> Mail:
    sent = _DAY + timedelta(days=day)
    replies_to = (answers,) if answers else ()
    return Mail(
        f"document:{number}",
        f"{number}@x",
        replies_to,
        references,
        base_subject(subject),
        "re:" in subject.lower(),
        sent,
    )


def _properties(document: Document) -> dict[str, str]:
    return {one.name: one.value for one in document.properties}


def test_in_reply_to_counts_first_then_the_last_reference_that_is_here() -> None:
    mails = [_mail(1), _mail(2, "1@x"), _mail(3, "gone@x", ("1@x", "2@x", "gone@x")), _mail(4)]
    assert replies(mails) == {"document:2": "document:1", "document:3": "document:2"}


def test_the_subject_counts_only_where_no_id_is_named() -> None:
    mails = [
        _mail(1, subject="Wheels", day=0),
        _mail(2, subject="[acme] Re: AW: wheels", day=3),
        _mail(3, "gone@x", subject="Re: Wheels", day=4),
        _mail(4, subject="Wheels", day=5),
        _mail(5, subject="Re: Wheels", day=200),
    ]
    assert replies(mails) == {"document:2": "document:1"}


@given(st.lists(st.lists(st.integers(0, 12), max_size=3), max_size=10))
def test_threads_are_the_components_of_the_ids_that_mails_name(named: list[list[int]]) -> None:
    mails = [_mail(number, references=tuple(f"{id}@x" for id in ids)) for number, ids in enumerate(named)]
    graph: nx.Graph[str] = nx.Graph()
    for mail in mails:
        graph.add_edges_from((mail.document_id, id) for id in (mail.message_id, *mail.references))
    expected = {
        document: min(one for one in part if one.startswith("document:"))
        for part in nx.connected_components(graph)
        for document in part
        if document.startswith("document:")
    }
    assert threads(mails) == expected
    assert threads(mails[::-1]) == expected


def test_headers_become_properties_with_the_line_that_says_so() -> None:
    message = making.mail(In_Reply_To="<0@acme.example>", Cc="ann@x.example, =?utf-8?q?J=C3=BCrgen?= <j@x.example>")
    document = only(read(bytes(message), "a.eml"))
    found = {(one.name, one.value, one.quote) for one in document.properties}
    assert ("sent_by", "Tom Poe <tom@acme.example>", "From: Tom Poe <tom@acme.example>") in found
    assert ("sent_to", "Jane Roe <jane@acme.example>", "To: Jane Roe <jane@acme.example>") in found
    assert {value for name, value, _ in found if name == "copied_to"} == {"ann@x.example", "Jürgen <j@x.example>"}
    assert ("sent_on", "2021-03-03T12:00:00+02:00", "Date: Wed, 03 Mar 2021 12:00:00 +0200") in found
    mail = mail_of(document)
    assert mail is not None
    assert (mail.message_id, mail.replies_to) == ("1@acme.example", ("0@acme.example",))


def test_a_forwarded_mail_is_its_authors_and_of_its_date() -> None:
    text = (
        "For your files.\n\n-----Original Message-----\nFrom: Ann Lee [mailto:ann@beta.example]\n"
        "Sent: Monday, February 1, 2021 10:00 AM\nTo: Tom\nSubject: Deal\n\nBeta sold Gamma.\n\n> Will you sell Gamma?\n"
    )
    own, inner = read(bytes(making.mail(text)), "a.eml").documents
    assert texts(own, BlockKind.PARAGRAPH) == ["For your files."]
    assert any("Beta sold Gamma." in quote for quote in texts(own, BlockKind.QUOTE))
    assert (inner.title, inner.author, inner.source) == ("Deal", "Ann Lee", "mail:ann@beta.example")
    assert (str(inner.published_at), inner.parent_id) == ("2021-02-01T10:00:00Z", own.id)
    assert (texts(inner, BlockKind.PARAGRAPH), texts(inner, BlockKind.QUOTE)) == (
        ["Beta sold Gamma."],
        ["Will you sell Gamma?"],
    )


def test_a_list_that_forwards_is_not_the_author() -> None:
    sender = "list@x.example [mailto:list@x.example]On Behalf Of Ann Lee"
    text = f"See.\n\n-----Original Message-----\nFrom: {sender}\nSent: 1 March 2021\n\nNo.\n"
    assert read(bytes(making.mail(text)), "a.eml").documents[1].source == "author:Ann Lee"


def test_text_of_a_wrong_charset_is_repaired() -> None:
    head = b"From: a@b.example\nMIME-Version: 1.0\nContent-Type: text/plain; charset=%b\nContent-Transfer-Encoding: 8bit\n\n"
    for charset, body in (
        (b"iso-8859-1", "Zürich – “Müller”".encode("cp1252")),
        (b"iso-8859-1", "Zürich – “Müller”".encode()),
        (b"us-ascii", "Zürich – “Müller”".encode()),
        (b"utf-8", "Zürich – “Müller”".encode().decode("cp1252", "ignore").encode()),
    ):
        document = only(read(head % charset + body, "a.eml"))
        assert document.text.startswith("Zürich – “Müller"), charset
