"""Profiles, a configuration and measurements for tests of routing, made of plain words."""

from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from ccorch.config.compose import ComposeRequest, compose
from ccorch.rules.market import Market
from ccorch.schema.config import RunConfig
from ccorch.schema.experience import SUITE, BenchResult, Case, Quality
from ccorch.schema.profile import Profile, ProfileModels
from ccorch.schema.role import Role
from tests.plan_kit import HASH

NOWHERE = Path(gettempdir()) / "ccorch-no-such-project"


def profile(name: str, balanced: str | None = None, **more: Any) -> Profile:
    """A usable profile of CC Switch, its id its name in small letters."""
    tiers = {tier: more.pop(tier) for tier in ("strong", "fast") if tier in more}
    facts = {"id": name.lower(), "source": "ccswitch", "base_url": "https://example.invalid", "fingerprint": HASH}
    return Profile(**{"name": name, **facts, "models": ProfileModels(balanced=balanced, **tiers), **more})


GLM = profile("GLM", "glm-5.1", strong="glm-5.2", fast="glm-4.7")
KIMI = profile("Kimi", "kimi-k2.7-code")
HUB = profile(
    "Hub", "anthropic/claude-sonnet-5", strong="anthropic/claude-opus-5", fast="anthropic/claude-haiku-4.5"
)
SCRIPTED = profile("scripted", "scripted-balanced", id=None, source="scripted", base_url="")


@cache
def config(*overrides: str) -> RunConfig:
    """The packaged configuration under these overrides."""
    return compose(ComposeRequest(NOWHERE, overrides, task="look", user_dir=NOWHERE / "none")).config


def role(name: str = "review", **more: Any) -> Role:
    """A role of that name that asks for tier balanced."""
    return Role(**{"name": name, "summary": "Works.", "prompt": "Work.", **more})


def market(found: RunConfig, *profiles: Profile, **more: Any) -> Market:
    """A market of these profiles."""
    return Market(found, profiles, **more)


def result(at: Profile, model: str, score: float = 1.0, case: Case = "review", **more: Any) -> BenchResult:
    """A result of the suite."""
    facts = {"at": 1.0, "suite": SUITE, "case": case, "profile": at.key, "model": model, "score": score, "run": "r"}
    return BenchResult(**{**facts, **more})


def judged(at: Profile, model: str, score: float, number: int = 1, **more: Any) -> Quality:
    """A judgement of real work."""
    facts = {"at": 1.0, "run": f"r{number}", "node": "main", "attempt": 1, "profile": at.key, "model": model}
    return Quality(**{**facts, "role": "review", "score": score, **more})
