"""A tokenizer for LightRAG that needs no download. Imports nothing of kgfuse, which the peers' environment lacks."""

from __future__ import annotations


class Letters:
    """Four characters a token, as `prompt_cost` counts."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._numbers: dict[str, int] = {}

    def encode(self, content: str) -> list[int]:
        """Return a number for each four characters of a text."""
        return [self._number(content[at : at + 4]) for at in range(0, len(content), 4)]

    def decode(self, tokens: list[int]) -> str:
        """Return the text that these numbers stood for."""
        return "".join(self._pieces[token] for token in tokens)

    def _number(self, piece: str) -> int:
        if piece not in self._numbers:
            self._numbers[piece] = len(self._pieces)
            self._pieces.append(piece)
        return self._numbers[piece]
