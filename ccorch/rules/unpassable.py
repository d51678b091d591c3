"""Why a variable of the caller may not be given to workers, whoever asks for it."""

import re

_REASONS = (
    (
        r"ANTHROPIC_.*|CLAUDE.*|API_TIMEOUT_MS|MAX_(?:THINKING|MCP_OUTPUT)_TOKENS|ENABLE_TOOL_SEARCH|DISABLE_.*|"
        r"OTEL_.*|CCORCH_.*|CC_SWITCH_.*",
        "it steers Claude Code or ccorch, which the profile alone decides",
    ),
    (
        r"(?:AWS|AZURE|GOOGLE|GCP|GCLOUD|CLOUDSDK)_.*(?:TOKEN|KEY|SECRET|CREDENTIAL|PASSWORD|PROFILE).*",
        "it holds a cloud's credential, with which requests could be sent past the gateway",
    ),
    (
        r"(?:LD|DYLD|GIT|NODE|BUN|BASH_FUNC)_.*|PYTHON(?:PATH|HOME|STARTUP|INSPECT|WARNINGS|BREAKPOINT)|PERL5(?:LIB|OPT|DB)|"
        r"PERLLIB|RUBY(?:OPT|LIB)|(?:_JAVA|JDK_JAVA|JAVA_TOOL)_OPTIONS|GCONV_PATH|GLIBC_TUNABLES|BASH_ENV|ENV|"
        r"SHELLOPTS|BASHOPTS|PROMPT_COMMAND|IFS|PS4",
        "it makes programs load or run something else",
    ),
    (r"HOME|PWD|TMPDIR|TMP|TEMP|XDG_.*", "every worker has a private one"),
)
_KNOWN = tuple((re.compile(pattern), reason) for pattern, reason in _REASONS)


def why_not_passed(name: str) -> str | None:
    """What would go wrong if a worker had it; null when it may be passed on."""
    return next((reason for pattern, reason in _KNOWN if pattern.fullmatch(name)), None)


def refusals(names: tuple[str, ...], place: str) -> tuple[str, ...]:
    """A sentence for each variable that may not be passed, with the key that asks for it."""
    return tuple(f"{place}: {name} is not passed: {why}" for name in names if (why := why_not_passed(name)))
