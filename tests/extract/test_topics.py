"""Topics and seeds: terms out of passages, seeds out of topics, seeds found again in text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.errors import UsageError
from kgfuse.extract.phrases import Phrase, noun_phrases
from kgfuse.extract.seeds import SeedFinder, choose_seeds, key_of, mark, read_seeds
from kgfuse.extract.spacy_model import load_model
from kgfuse.extract.topics import Passage, Topic, class_tf_idf, find_topics
from kgfuse.extract.versions import seeded_version
from kgfuse.model import Chunk, Mention
from kgfuse.protocols import Extraction


def keys(text: str) -> list[str]:
    (found,) = noun_phrases([text], load_model())
    return [phrase.key for phrase in found]


def test_terms_are_noun_phrases_in_their_base_form() -> None:
    found = keys("The new turbines use cross-flow heat exchangers, and the old heat exchanger was sold.")
    assert found.count("heat exchanger") == 2  # within the longer term, and with a vague adjective before it
    assert "cross-flow heat exchanger" in found
    assert "turbine" in found
    assert not any(key.startswith(("new ", "old ", "the ")) for key in found)


def test_a_run_of_nouns_ends_at_punctuation_and_has_five_words_at_most() -> None:
    found = keys("River water, sea salt. Offshore wind farm maintenance vessel charter contract prices rose.")
    assert {"river water", "sea salt"} <= set(found)
    assert all(len(key.split()) <= 5 for key in found)


def test_class_tf_idf_by_hand() -> None:
    weights = class_tf_idf({"a": {"wind": 2, "the grid": 2}, "b": {"tide": 4, "the grid": 4}})
    assert weights["a"]["wind"] == 1.0
    # tf .5 each; A = 6: wind log(1 + 6/2), the grid log(1 + 6/6)
    assert weights["a"]["the grid"] == pytest.approx(np.log(2) / np.log(4))
    assert weights["b"]["tide"] > weights["b"]["the grid"]


def _no_embedding(texts: Sequence[str]) -> np.ndarray:
    raise AssertionError("a small corpus is not clustered")


def test_a_small_corpus_is_described_document_by_document() -> None:
    passages = [
        Passage("one", (Phrase("tidal turbine", "Tidal turbine"), Phrase("report", "report"))),
        Passage("one", (Phrase("tidal turbine", "tidal turbine"), Phrase("tidal turbine", "tidal turbine"))),
        Passage("two", (Phrase("sea cage", "sea cages"), Phrase("report", "report"))),
    ]
    first, second = find_topics(passages, np.zeros((3, 2), np.float32), _no_embedding)
    assert (first.passages, second.passages) == (2, 1)
    assert first.terms[0] == ("tidal turbine", 1.0)
    assert second.terms[0][0] == "sea cages"


@pytest.mark.slow
def test_a_large_corpus_is_clustered_into_its_themes() -> None:
    themes = {
        0: ["tidal turbine", "rotor blade", "sea trial"],
        1: ["salmon farm", "sea cage", "fish feed"],
        2: ["city budget", "town council", "property tax"],
    }
    random = np.random.default_rng(3)
    centres = np.eye(3, 24, dtype=np.float32)

    def embed(texts: Sequence[str]) -> np.ndarray:
        return np.stack([centres[next((n for n, terms in themes.items() if text in terms), 0)] for text in texts])

    passages, vectors = [], []
    for number in range(300):
        theme = number % 3
        passages.append(Passage(str(number), tuple(Phrase(term, term) for term in [*themes[theme], "year"])))
        vectors.append(centres[theme] + random.normal(0, 0.05, 24))
    found = find_topics(passages, np.asarray(vectors, np.float32), embed)
    assert found == find_topics(passages, np.asarray(vectors, np.float32), embed)
    assert len(found) == 3
    assert {frozenset(term for term, _ in topic.terms if term != "year") for topic in found} == {
        frozenset(terms) for terms in themes.values()
    }


def test_seeds_are_the_users_first_then_the_best_of_every_topic() -> None:
    topics = (
        Topic((("wind farms", 1.0), ("sea cables", 0.5)), 9),
        Topic((("Wind farm", 1.0), ("town council", 0.2)), 3),
    )
    assert choose_seeds(topics, ["Acme Energy", "wind farm"]) == (
        "Acme Energy",
        "wind farm",
        "sea cables",
        "town council",
    )
    assert choose_seeds(topics, [], limit=1) == ("wind farms",)
    assert key_of("Wind-Farms") == key_of("wind farm")


def test_a_list_of_names_is_read_and_bad_ones_are_told(tmp_path: Path) -> None:
    file = tmp_path / "names.txt"
    file.write_text("# mine\n\nAcme  Energy\nAcme Energy\nтурбина\n", "utf-8")
    assert read_seeds(file) == ("Acme Energy", "турбина")
    with pytest.raises(UsageError, match="cannot be read"):
        read_seeds(tmp_path / "absent.txt")
    file.write_bytes(b"\xff\xfe\x00broken")
    with pytest.raises(UsageError, match="cannot be read"):
        read_seeds(file)
    file.write_text("x" * 101)
    with pytest.raises(UsageError, match="longer than 100"):
        read_seeds(file)


def test_seeds_are_found_whole_in_any_case_and_number() -> None:
    finder = SeedFinder(["wind farm", "offshore wind farm", "policy", "R&D"])
    text = "Offshore wind farms and wind-farm policies, not the windfarm; R&D too."
    found = [(one.seed, text[one.start : one.end]) for one in finder.find(text)]
    assert found == [
        ("offshore wind farm", "Offshore wind farms"),
        ("wind farm", "wind-farm"),
        ("policy", "policies"),
        ("R&D", "R&D"),
    ]
    assert SeedFinder(["", "!!"]).find(text) == []


@given(
    st.lists(st.sampled_from(["sea", "wind", "farm", "tax"]), max_size=12),
    st.lists(st.lists(st.sampled_from(["sea", "wind", "farm"]), min_size=1, max_size=3), max_size=4),
)
def test_finding_equals_a_search_by_pattern(words: list[str], seeds: list[list[str]]) -> None:
    text, names = " ".join(words), sorted({" ".join(seed) for seed in seeds}, key=lambda one: (-len(one.split()), one))
    found = [(one.start, one.end) for one in SeedFinder(names).find(text)]
    pattern = "|".join(rf"\b{re.escape(name)}\b" for name in names)
    assert found == ([match.span() for match in re.finditer(pattern, text)] if names else [])


def chunk(text: str, start: int = 100) -> Chunk:
    return Chunk("chunk:1", "doc:1", start, start + len(text), text)


def test_marking_adds_a_mention_only_where_none_is() -> None:
    one = chunk("Acme Wind Farm sold a wind farm to Acme.")
    known = Mention("Acme Wind Farm", 100, 114, "Facility")
    marked = mark(Extraction((), (known,)), [one], SeedFinder(["wind farm", "Acme"]), "Concept")
    assert marked.mentions == (known, Mention("wind farm", 122, 131, "Concept"), Mention("Acme", 135, 139, None))
    for mention in marked.mentions:
        assert one.text[mention.start - 100 : mention.end - 100] == mention.surface
    assert mark(marked, [one], SeedFinder(["wind farm", "Acme"]), "Concept") is marked


def test_the_version_tells_of_the_seeds() -> None:
    assert seeded_version("spacy/1", ()) == "spacy/1"
    assert len({seeded_version("spacy/1", seeds) for seeds in (("a",), ("b",), ("a", "b"))}) == 3


def test_terms_of_hostile_text() -> None:
    texts = ["", "|||| a|b ||", "\x00\x01", "word " * 5000, "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 ¦ 漢字"]
    found = list(noun_phrases(texts, load_model()))
    assert len(found) == len(texts)
    assert Counter(len(phrases) for phrases in found)[0] >= 1
