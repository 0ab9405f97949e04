"""How much a text will cost, before anything is sent."""

from __future__ import annotations

import re

from kgfuse.config import LanguageModelSettings

_IDEOGRAPHS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_ASCII_PER_TOKEN = 4.0
_OTHER_PER_TOKEN = 2.0


def estimate_tokens(text: str) -> int:
    """Return about how many tokens `text` is: four ASCII characters a token, two others, one ideograph or kana.

    Four characters is what OpenAI names for English (their 'What are tokens' page). Any real tokenizer is within some
    30 % of it on prose; good for a price, not for filling a context window to the brim.
    """
    ideographs = len(_IDEOGRAPHS.findall(text))
    plain = sum(character.isascii() for character in text)
    other = len(text) - plain - ideographs
    return round(plain / _ASCII_PER_TOKEN + other / _OTHER_PER_TOKEN + ideographs) if text else 0


def estimate_cost(
    prompt_tokens: int, completion_tokens: int, settings: LanguageModelSettings, known_tokens: int = 0
) -> float | None:
    """Return the price in `settings.currency`, or `None` when a price is not set.

    `known_tokens` of the prompt are those that the server knew from earlier requests.
    """
    if settings.input_price is None or settings.output_price is None:
        return None
    known_price = settings.input_price if settings.known_input_price is None else settings.known_input_price
    known = min(known_tokens, prompt_tokens)
    prompt = (prompt_tokens - known) * settings.input_price + known * known_price
    return (prompt + completion_tokens * settings.output_price) / 1_000_000
