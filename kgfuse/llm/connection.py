"""The openai package's clients for an endpoint: OpenAI's protocol, or Azure's own dialect of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kgfuse.llm.endpoint import Endpoint, is_loopback

if TYPE_CHECKING:
    import openai


def asynchronous_client(endpoint: Endpoint, timeout_seconds: float) -> openai.AsyncOpenAI:
    """Return a client that leaves retries to its user; no proxy stands before a server on this machine."""
    import openai

    kind: Any = openai.AsyncOpenAI if endpoint.azure_api_version is None else openai.AsyncAzureOpenAI
    http = openai.DefaultAsyncHttpxClient(timeout=timeout_seconds, trust_env=not is_loopback(endpoint.base_url))
    made: openai.AsyncOpenAI = kind(**_place(endpoint), timeout=timeout_seconds, max_retries=0, http_client=http)
    return made


def client(endpoint: Endpoint, timeout_seconds: float, retries: int) -> openai.OpenAI:
    """Return a client that tries again by itself what may pass."""
    import openai

    kind: Any = openai.OpenAI if endpoint.azure_api_version is None else openai.AzureOpenAI
    http = openai.DefaultHttpxClient(timeout=timeout_seconds, trust_env=not is_loopback(endpoint.base_url))
    made: openai.OpenAI = kind(**_place(endpoint), timeout=timeout_seconds, max_retries=retries, http_client=http)
    return made


def _place(endpoint: Endpoint) -> dict[str, str]:
    if endpoint.azure_api_version is None:
        return {"base_url": endpoint.base_url, "api_key": endpoint.key}
    return {"azure_endpoint": endpoint.base_url, "api_version": endpoint.azure_api_version, "api_key": endpoint.key}
