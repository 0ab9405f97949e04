"""The real Neo4j Browser, in headless Chromium, over the corpus: what a person sees.

`KGFUSE_TEST_SCREENSHOTS=docs/images` keeps the pictures that the README shows.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from kgfuse.graph.neo4j.browser import STYLE_FILE, queries_archive, saved_queries, style_sheet
from kgfuse.ontology import builtin_ontology
from tests.graph.neo4j.conftest import Pushed
from tests.graph.neo4j.test_browser import _rules
from tests.support import neo4j_browser as browser
from tests.support.neo4j_fixture import absent

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

OFFICES = """// Who led Vardholm and Brattvik, and when
MATCH (firm:Organization) WHERE firm.name IN ['Vardholm Energy Storage ASA', 'Brattvik Cells']
MATCH (who:Person)-[office:CHIEF_EXECUTIVE_OF|CHAIR_OF|CHIEF_FINANCIAL_OFFICER_OF]->(firm)
WHERE office.current AND office.status IN ['accepted', 'superseded']
OPTIONAL MATCH (firm)-[parent:PARENT_COMPANY_OF|ACQUIRED]->(:Organization)
WHERE parent.current AND parent.status = 'accepted'
RETURN who, office, firm, parent
"""


@pytest.fixture(scope="module")
def window(pushed: Pushed) -> Iterator[Chrome]:
    """The Browser, logged in, with our style sheet and our saved queries."""
    command = browser.missing()
    if command is not None:
        absent(f"no Chromium to show Neo4j Browser in: {command}")
    if not pushed.access.http:
        pytest.skip("KGFUSE_TEST_NEO4J_URI names a server whose Browser's address is not known")
    with browser.chromium() as window:
        browser.log_in(window, pushed.access)
        browser.drop(window, STYLE_FILE, style_sheet(builtin_ontology()).encode("utf-8"))
        browser.drop(window, "kgfuse.zip", queries_archive())
        browser.command(window, saved_queries()["0_connect_nothing_more.cypher"])
        yield window


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go."""
    named = os.environ.get("KGFUSE_TEST_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_offices_are_drawn_with_names_colours_and_validity(pushed: Pushed, window: Chrome, pictures: Path) -> None:
    rules = _rules(style_sheet(builtin_ontology()))
    frame = browser.run(window, OFFICES)
    seen = browser.picture(window, frame)
    with pushed.access.driver() as driver:
        records = driver.execute_query(OFFICES).records
    colours = dict(seen.nodes)
    assert {"Vardholm Energy", "Brattvik Cells"} <= {" ".join(caption.split()[:2]) for caption in colours}
    assert colours["Erik Solvang"] == rules["node.Person"]["color"]
    assert colours["Brattvik Cells"] == rules["node.Organization"]["color"]
    facts = {record[key]["id"]: record[key] for record in records for key in ("office", "parent") if record[key]}
    captions = sorted(f"{fact['valid'] or ''} {fact['name']}".strip() for fact in facts.values())
    assert len(seen.relationships) == len(captions)
    for drawn, whole in zip(sorted(seen.relationships), captions, strict=True):
        assert whole.startswith(drawn.removesuffix("…").rstrip())
    assert all(fact["valid"] in " ".join(seen.relationships) for fact in facts.values() if fact["valid"])
    _keep(window, pictures / "neo4j-browser-offices.png")


def test_evidence_can_be_followed_from_a_fact_to_its_documents(window: Chrome, pictures: Path) -> None:
    rules = _rules(style_sheet(builtin_ontology()))
    frame = browser.run(window, saved_queries()["6_evidence.cypher"])
    seen = browser.picture(window, frame)
    colours = {colour for _, colour in seen.nodes}
    assert {rules[f"node.{label}"]["color"] for label in ("Fact", "Claim", "Chunk")} <= colours
    assert {"SUPPORTED_BY", "OPPOSED_BY", "READ_IN"} <= set(seen.relationships)
    _keep(window, pictures / "neo4j-browser-evidence.png")


def test_saved_queries_are_a_folder_of_favourites(window: Chrome) -> None:
    titles = browser.favourites(window, "kgfuse")
    assert titles == [text.split("\n", 1)[0].removeprefix("// ") for text in saved_queries().values()]


def _keep(window: Chrome, file: Path) -> None:
    """Take a picture; it shows something, and is small enough for a README."""
    with browser.whole_window(window):
        image = window.get_screenshot_as_png()
    file.write_bytes(image)
    width, height = struct.unpack(">II", image[16:24])
    assert (width, height) > (800, 500)
    assert 20_000 < len(image) < 200_000
