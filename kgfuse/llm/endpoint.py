"""Where requests go and which key goes with them."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from kgfuse.config import LanguageModelSettings
from kgfuse.errors import ConfigurationError, KeyRejected

OPENAI_BASE_URL = "https://api.openai.com/v1"

PLACEHOLDER_KEY = "no-key"
"""Sent to servers that need no key: the protocol's clients insist on sending one."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server: the root of its API (of a resource of Azure's own dialect, with the version of that), and the key."""

    base_url: str
    key: str = field(repr=False)
    azure_api_version: str | None = None


def endpoint_of(settings: LanguageModelSettings) -> Endpoint:
    """Return where requests go. Raises what `key_of` raises."""
    return Endpoint(base_url_of(settings), key_of(settings), settings.azure_api_version)


def base_url_of(settings: LanguageModelSettings) -> str:
    """Return the root of the API: the setting, else what OPENAI_BASE_URL says, else OpenAI's."""
    return (settings.base_url or os.environ.get("OPENAI_BASE_URL") or OPENAI_BASE_URL).rstrip("/")


def key_of(settings: LanguageModelSettings) -> str:
    """Return the key to send: the setting, else OPENAI_API_KEY, else (to a server that is not OpenAI's) a placeholder.

    For Azure's dialect it is AZURE_OPENAI_API_KEY that is read. Neither travels in the clear: to an ``http://`` server only
    a key that was set for kgfuse is sent. Raises KeyRejected when OpenAI is asked without a key, ConfigurationError when
    the root of the API is no http(s) URL.
    """
    base_url = base_url_of(settings)
    scheme = urlsplit(base_url).scheme
    if scheme not in ("http", "https") or not host_of(base_url):
        raise ConfigurationError(f"llm.base_url: {shown(base_url)!r} is no http:// or https:// URL")
    if settings.api_key is not None and settings.api_key.get_secret_value().strip():
        return settings.api_key.get_secret_value().strip()
    variable = "OPENAI_API_KEY" if settings.azure_api_version is None else "AZURE_OPENAI_API_KEY"
    from_environment = os.environ.get(variable, "").strip()
    if from_environment and scheme == "https":
        return from_environment
    if host_of(base_url) == host_of(OPENAI_BASE_URL):
        raise KeyRejected("no key is set for the OpenAI server")
    return PLACEHOLDER_KEY


def host_of(url: str) -> str:
    """Return the host of a URL, lower-case."""
    return urlsplit(url).hostname or ""


def is_loopback(url: str) -> bool:
    """Whether the server is on this machine, so that no proxy may stand between."""
    host = host_of(url)
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def shown(url: str) -> str:
    """Return a URL without user name, password and query, fit for a message."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
