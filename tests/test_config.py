"""Settings: where they come from and what they say."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from kgfuse.config import Settings, load_settings
from kgfuse.errors import ConfigurationError


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_arguments_beat_the_environment_which_beats_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kgfuse.toml").write_text(
        'jobs = 1\nextractor = "spacy"\n[llm]\nmodel = "from-file"\n', encoding="utf-8"
    )
    assert (load_settings().jobs, load_settings().llm.model) == (1, "from-file")
    monkeypatch.setenv("KGFUSE_JOBS", "2")
    monkeypatch.setenv("KGFUSE_LLM__MODEL", "from-environment")
    assert (load_settings().jobs, load_settings().llm.model) == (2, "from-environment")
    assert load_settings(jobs=3, kb=None).jobs == 3
    assert load_settings().extractor == "spacy"


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("KGFUSE_JOBS", "many", "jobs"),
        ("KGFUSE_EXTRACTOR", "magic", "extractor"),
        ("KGFUSE_FUSE__TIE_MARGIN", "2", "tie_margin"),
        ("KGFUSE_LLM__COLOUR", "red", "colour"),
        ("KGFUSE_CONFIG", "absent.toml", r"absent\.toml"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(
    name: str, value: str, complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=complaint):
        load_settings()


def test_a_broken_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "kgfuse.toml").write_text("jobs = = 1", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_settings()


def test_every_setting_says_what_it_means() -> None:
    def walk(section: type[BaseModel], path: str) -> None:
        for name, field in section.model_fields.items():
            kind = field.annotation
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                assert kind.__doc__, name
                walk(kind, f"{path}{name}.")
            else:
                assert field.description, f"{path}{name} has no description"

    walk(Settings, "")


def test_the_key_is_not_shown() -> None:
    settings = load_settings(llm={"api_key": "sk-secret"})
    assert "sk-secret" not in repr(settings)
