"""What a run has spent, and whether it may spend more."""

from __future__ import annotations

from dataclasses import replace

from kgfuse.config import LanguageModelSettings
from kgfuse.errors import BudgetSpent, ConfigurationError
from kgfuse.llm.forms import Completion
from kgfuse.llm.tokens import estimate_cost
from kgfuse.protocols import Usage

_FIRST_REPLY_TOKENS = 500.0
"""What a reply is taken to cost before any has come."""


class Account:
    """Counts tokens and money. Raises ConfigurationError when a budget of money is set and a price is not.

    Requests under way are reserved at their estimate, so that a run exceeds its budget by errors of the estimate at most.
    Written from one thread, read from any.
    """

    def __init__(self, settings: LanguageModelSettings) -> None:
        if settings.money_budget is not None and estimate_cost(0, 0, settings) is None:
            raise ConfigurationError(
                "llm.money_budget is set, but not the prices",
                hint="Set llm.input_price and llm.output_price, per million tokens.",
            )
        self._settings = settings
        self._usage = Usage()
        self._reserved_tokens = 0.0
        self._reserved_money = 0.0

    @property
    def usage(self) -> Usage:
        """What was spent so far."""
        return self._usage

    def expected_reply(self) -> float:
        """Tokens that a request's replies are expected to have: the mean so far."""
        done = self._usage
        return done.completion_tokens / done.requests if done.completion_tokens else _FIRST_REPLY_TOKENS

    def reserve(self, prompt_tokens: float, *, share: float = 1.0) -> tuple[float, float]:
        """Set aside what a request will cost at this share of the price: tokens, money. Raises BudgetSpent."""
        reply = self.expected_reply()
        tokens = prompt_tokens + reply
        money = share * (estimate_cost(round(prompt_tokens), round(reply), self._settings) or 0.0)
        spent = self._usage
        budget = self._settings.token_budget
        if budget is not None:
            used = spent.prompt_tokens + spent.completion_tokens
            if used + self._reserved_tokens + tokens > budget:
                raise BudgetSpent(
                    f"the budget of {budget} tokens is used up ({used} spent, the next needs {tokens:.0f})"
                )
        allowed = self._settings.money_budget
        if allowed is not None and spent.cost + self._reserved_money + money > allowed:
            currency = self._settings.currency
            raise BudgetSpent(
                f"the budget of {allowed:g} {currency} is used up ({spent.cost:.4f} spent, the next needs {money:.4f})"
            )
        self._reserved_tokens += tokens
        self._reserved_money += money
        return tokens, money

    def release(self, reserved: tuple[float, float]) -> None:
        """Give back what was set aside."""
        self._reserved_tokens -= reserved[0]
        self._reserved_money -= reserved[1]

    def paid(self, answered: Completion, *, share: float = 1.0) -> None:
        """Count a request that was answered, at this share of the price."""
        old = self._usage
        prompt, reply, known = answered.prompt_tokens, answered.completion_tokens, answered.known_tokens
        money = estimate_cost(prompt, reply, self._settings, known) or 0.0
        self._usage = replace(
            old,
            requests=old.requests + 1,
            prompt_tokens=old.prompt_tokens + prompt,
            completion_tokens=old.completion_tokens + reply,
            known_tokens=old.known_tokens + known,
            cost=old.cost + share * money,
        )

    def kept(self) -> None:
        """Count a reply out of the cache."""
        self._usage = replace(self._usage, cached=self._usage.cached + 1)

    def failed(self) -> None:
        """Count a request without an answer."""
        self._usage = replace(self._usage, failed=self._usage.failed + 1)
