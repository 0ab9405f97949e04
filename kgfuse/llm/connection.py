"""The openai package's clients for an endpoint: OpenAI's protocol, or Azure's own dialect of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kgfuse.llm.endpoint import Endpoint, is_loopback

if TYPE_CHECKING:
    import openai


def asynchronous_client(endpoint: Endpoint, timeout_seconds: float) -> openai.AsyncOpenAI:
    """Return a client that leaves retries to its user; no proxy stands before a server on this machine."""
    import openai

    common: dict[str, Any] = {
        "api_key": endpoint.key,
        "timeout": timeout_seconds,
        "max_retries": 0,
        "http_client": openai.DefaultAsyncHttpxClient(
            timeout=timeout_seconds, trust_env=not is_loopback(endpoint.base_url)
        ),
    }
    if endpoint.azure_api_version is None:
        return openai.AsyncOpenAI(base_url=endpoint.base_url, **common)
    return openai.AsyncAzureOpenAI(azure_endpoint=endpoint.base_url, api_version=endpoint.azure_api_version, **common)


def client(endpoint: Endpoint, timeout_seconds: float, retries: int) -> openai.OpenAI:
    """Return a client that tries again by itself what may pass."""
    import openai

    common: dict[str, Any] = {
        "api_key": endpoint.key,
        "timeout": timeout_seconds,
        "max_retries": retries,
        "http_client": openai.DefaultHttpxClient(timeout=timeout_seconds, trust_env=not is_loopback(endpoint.base_url)),
    }
    if endpoint.azure_api_version is None:
        return openai.OpenAI(base_url=endpoint.base_url, **common)
    return openai.AzureOpenAI(azure_endpoint=endpoint.base_url, api_version=endpoint.azure_api_version, **common)
