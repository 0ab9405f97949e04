"""The loopback server for every test of this folder."""

from tests.support.llm_server import llm_server

__all__ = ["llm_server"]
