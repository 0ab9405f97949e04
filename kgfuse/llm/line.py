"""The connection to a server: its event loop, its HTTP client, and the door that requests pass in turn."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from kgfuse.llm.connection import asynchronous_client
from kgfuse.llm.endpoint import Endpoint, shown
from kgfuse.llm.failures import unreachable
from kgfuse.llm.loop import Loop

if TYPE_CHECKING:
    import openai

_LONGEST_BODY = 32 * 2**20
"""Bytes of one answer; a server that goes on for ever is not listened to."""


class Line:
    """One connection. `first` is held while a kind of request is tried for the first time, `door` by whoever is next."""

    def __init__(self, endpoint: Endpoint, timeout_seconds: float) -> None:
        self._endpoint, self._timeout = endpoint, timeout_seconds
        self._client: openai.AsyncOpenAI | None = None
        self.loop = Loop()
        self.first, self.door, self.room = asyncio.Lock(), asyncio.Lock(), asyncio.Event()

    def close(self) -> None:
        """Close the connections and end the loop."""
        self.loop.stop(self._close())

    async def _close(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def post(self, body: dict[str, Any]) -> tuple[str, dict[str, str]]:
        """Send a chat completion and return the answer's text and headers (names in lower case)."""
        if self._client is None:
            self._client = asynchronous_client(self._endpoint, self._timeout)
        parts = bytearray()
        # The plain request that the package documents for any endpoint, as a stream: its typed one spends a third of a
        # request's time on looking through the schema.
        response: Any = await self._client.post(
            "/chat/completions", cast_to=object, body=body, options={"headers": {"X-Stainless-Raw-Response": "stream"}}
        )
        try:
            async for part in response.iter_bytes():
                parts += part
                if len(parts) > _LONGEST_BODY:
                    raise unreachable(f"{shown(self._endpoint.base_url)} goes on and on")
            headers = {name.lower(): value for name, value in response.headers.items()}
        finally:
            await response.close()
        return parts.decode("utf-8", "replace"), headers
