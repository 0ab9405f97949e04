"""Records of registers and catalogues kept up to date: what `described.judge_records` says of them, with fitted weights.

The records of a kind of which one changed are judged anew, all of them: as many as its sources describe, not as many as the
ledger has names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from kgfuse.config import FuseSettings
from kgfuse.fuse.described import described_by, judge_kind
from kgfuse.fuse.kinds import Kinds
from kgfuse.fuse.mentions import MentionGroup, Statement
from kgfuse.fuse.profiles import Profile, read_profiles
from kgfuse.fuse.records import Evidence
from kgfuse.model import Document
from kgfuse.parameters import MatchWeights


class KeptRecords:
    """The records of a ledger that changes.

    `thing_of` maps each mention group that is a record to the first of its thing, as it was judged last.
    """

    def __init__(self, matching: Iterable[MatchWeights], settings: FuseSettings) -> None:
        self._weights = {weights.kind: weights for weights in matching}
        self._described = described_by(self._weights.values())
        self._settings = settings
        self._profiles: defaultdict[str, dict[str, Profile]] = defaultdict(dict)
        self._things: dict[str, dict[str, str]] = {}
        self._stale: set[str] = set()
        self.thing_of: Mapping[str, str] = {}

    def read(
        self,
        groups: Mapping[str, MentionGroup],
        statements: Iterable[Statement],
        kinds: Kinds,
        document: Document | None,
    ) -> list[Profile]:
        """Return the records that a document holds: its mention groups, and what it states of them."""
        if not self._described or document is None:
            return []
        found = read_profiles(groups, statements, kinds, {document.id: document}, self._described)
        return [profile for profiles in found.values() for profile in profiles]

    def add(self, profiles: Iterable[Profile]) -> None:
        """Take in records."""
        for profile in profiles:
            self._profiles[profile.kind][profile.id] = profile
            self._stale.add(profile.kind)

    def remove(self, profiles: Iterable[Profile]) -> None:
        """Forget records."""
        for profile in profiles:
            del self._profiles[profile.kind][profile.id]
            self._stale.add(profile.kind)

    def doubt(self) -> None:
        """Judge all of them anew the next time: decisions changed."""
        self._stale.update(self._profiles)

    def judge(self, evidence: Evidence) -> dict[str, tuple[str | None, str | None]]:
        """Find the records that are one thing, where anything changed.

        Returns the records that are another thing than before, with that thing and the one of now (`None`: no record).
        """
        if not self._stale:
            return {}
        for kind in self._stale:
            profiles = [profile for _, profile in sorted(self._profiles[kind].items())]
            self._things[kind] = judge_kind(profiles, self._weights[kind], evidence, self._settings) if profiles else {}
        self._stale = set()
        before, self.thing_of = (
            self.thing_of,
            {id: thing for held in self._things.values() for id, thing in held.items()},
        )
        moved = {id for id, _ in before.items() ^ self.thing_of.items()}
        return {id: (before.get(id), self.thing_of.get(id)) for id in moved}
