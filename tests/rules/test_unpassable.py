"""Which of a caller's variables no worker is given."""

import pytest

from ccorch.adapters.claude_code.environment import FIXED, MANAGED, MODELS
from ccorch.rules.cc_switch import TUNING
from ccorch.rules.unpassable import refusals, why_not_passed


@pytest.mark.parametrize("name", sorted({*FIXED, *MANAGED, *MODELS, *TUNING, "ANTHROPIC_BASE_URL"}))
def test_what_the_house_sets_or_blanks_is_never_passed(name: str) -> None:
    assert why_not_passed(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "LD_PRELOAD",
            "NODE_OPTIONS",
            "PYTHONPATH",
            "BASH_ENV",
            "ENV",
            "GIT_SSH_COMMAND",
            "PERL5OPT",
            "BUN_OPTIONS",
        ),
        *("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS", "AZURE_CLIENT_SECRET"),
        *("HOME", "TMPDIR", "XDG_RUNTIME_DIR", "CCORCH_STATE_DIR", "OTEL_EXPORTER_OTLP_ENDPOINT"),
    ],
)
def test_what_loads_leads_or_opens_something_is_not_passed(name: str) -> None:
    assert why_not_passed(name)


@pytest.mark.parametrize(
    "name", ["CI", "PIP_INDEX_URL", "GITHUB_TOKEN", "AWS_REGION", "VIRTUAL_ENV", "MY_GIT_NAME"]
)
def test_anything_else_may_be_passed(name: str) -> None:
    assert why_not_passed(name) is None


def test_each_refusal_names_the_key_and_the_variable() -> None:
    (told,) = refusals(("CI", "LD_PRELOAD"), "profiles.environment.api_key")

    assert told.startswith("profiles.environment.api_key: LD_PRELOAD is not passed: ")
