"""Where requests go, and which key goes where."""

from __future__ import annotations

import pytest

from kgfuse.config import LanguageModelSettings
from kgfuse.errors import KeyRejected
from kgfuse.llm.endpoint import OPENAI_BASE_URL, PLACEHOLDER_KEY, base_url_of, endpoint_of, is_loopback, key_of, shown

LOCAL, HOSTED = "http://gpu.internal:8000/v1", "https://llm.example/v1"


@pytest.mark.parametrize(
    ("setting", "environment", "url"),
    [
        (None, None, OPENAI_BASE_URL),
        (None, HOSTED + "/", HOSTED),
        (LOCAL, HOSTED, LOCAL),
    ],
)
def test_the_server(monkeypatch: pytest.MonkeyPatch, setting: str | None, environment: str | None, url: str) -> None:
    if environment:
        monkeypatch.setenv("OPENAI_BASE_URL", environment)
    assert base_url_of(LanguageModelSettings(base_url=setting)) == url


@pytest.mark.parametrize(
    ("url", "key", "environment", "sent"),
    [
        (None, "mine", "theirs", "mine"),
        (None, None, "theirs", "theirs"),
        (None, None, None, None),
        (None, "  ", None, None),
        (HOSTED, None, "theirs", "theirs"),
        (HOSTED, None, None, PLACEHOLDER_KEY),
        (LOCAL, None, "theirs", PLACEHOLDER_KEY),
        (LOCAL, "mine", "theirs", "mine"),
        ("http://api.openai.com/v1", None, "theirs", None),
    ],
)
def test_the_key(
    monkeypatch: pytest.MonkeyPatch, url: str | None, key: str | None, environment: str | None, sent: str | None
) -> None:
    if environment:
        monkeypatch.setenv("OPENAI_API_KEY", environment)
    settings = LanguageModelSettings.model_validate({"base_url": url, "api_key": key})
    if sent is None:
        with pytest.raises(KeyRejected):
            key_of(settings)
    else:
        assert key_of(settings) == sent


def test_azures_key_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "theirs")
    azure = LanguageModelSettings(base_url="https://firm.openai.azure.com", azure_api_version="2024-10-21")
    assert key_of(azure) == PLACEHOLDER_KEY
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "azure's")
    assert key_of(azure) == "azure's"
    assert key_of(azure.model_copy(update={"base_url": "http://firm.internal"})) == PLACEHOLDER_KEY
    assert "azure's" not in repr(endpoint_of(azure))


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:1/v1", True),
        ("http://127.0.0.5/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://localhost.example/v1", False),
        ("http://10.0.0.1/v1", False),
    ],
)
def test_this_machine(url: str, here: bool) -> None:
    assert is_loopback(url) is here


def test_a_url_is_shown_without_secrets() -> None:
    assert shown("https://jane:pw@llm.example:8/v1?key=secret#x") == "https://llm.example:8/v1"
