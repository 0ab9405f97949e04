"""Values as plain data."""

from __future__ import annotations

import json

from kgfuse.errors import DiskFull
from kgfuse.model import Datatype, Fact, FactStatus, Literal, Moment, Validity
from kgfuse.plain import to_plain


def test_a_fact_becomes_json() -> None:
    validity = Validity(Moment.parse("2020"), Moment.parse("2021"))
    value = Literal("€12.4m", Datatype.QUANTITY, "12400000", "EUR")
    fact = Fact("fact:1", "entity:1", "revenue", value, validity, 0.9, FactStatus.ACCEPTED, ("triple:1",))
    plain = json.loads(json.dumps(to_plain(fact)))
    assert plain["validity"] == {"from": "2020", "to": "2021"}
    assert plain["object"] == {"lexical": "€12.4m", "datatype": "quantity", "value": "12400000", "unit": "EUR"}
    assert plain["status"] == "accepted"
    assert plain["supported_by"] == ["triple:1"]


def test_an_error_carries_its_name_and_what_to_do() -> None:
    plain = to_plain({"failed": [DiskFull("no room")]})
    assert plain == {"failed": [{"error": "DiskFull", "message": "no room", "hint": DiskFull.default_hint}]}
