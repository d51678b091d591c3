"""What a changed path may mean: classes by whole names of its folders and file, never by parts of words."""

import re

from ccorch.schema.difference import Risk

SENSITIVE: frozenset[Risk] = frozenset(("dependencies", "ci", "secrets", "git", "agents"))
"""Classes of files that run elsewhere, or decide what may be run."""

_FILES: dict[Risk, str] = {
    "dependencies": r"""package(-lock)?\.json npm-shrinkwrap\.json yarn\.lock pnpm-(lock|workspace)\.yaml
        bun\.lockb? \.npmrc requirements[\w.-]*\.(txt|in) constraints[\w.-]*\.txt pyproject\.toml setup\.(py|cfg)
        pipfile(\.lock)?
        (poetry|uv|pdm|cargo|gemfile|composer|flake|go)\.(lock|sum|mod) cargo\.toml gemfile composer\.json pom\.xml
        build\.gradle(\.kts)? .*\.csproj packages\.lock\.json environment\.ya?ml""",
    "ci": r"""\.gitlab-ci\.ya?ml jenkinsfile azure-pipelines\.ya?ml \.travis\.yml \.drone\.yml
        bitbucket-pipelines\.yml \.pre-commit-config\.yaml codecov\.yml tox\.ini noxfile\.py""",
    "secrets": r"""\.env(\..+)? .*\.(pem|key|p12|pfx|jks|keystore|kdbx) id_(rsa|dsa|ecdsa|ed25519) \.netrc \.pypirc
        \.htpasswd credentials(\.\w+)? secrets?\.(ya?ml|json|toml|ini|env|txt) service-account.*\.json""",
    "git": r"\.git(attributes|modules|ignore|config)",
    "agents": r"claude(\.local)?\.md agents\.md \.mcp\.json \.cursorrules gemini\.md copilot-instructions\.md",
    "build": r"""dockerfile(\..+)? .*\.dockerfile (docker-)?compose[\w.-]*\.ya?ml makefile cmakelists\.txt justfile
        procfile""",
    "deploy": r""".*\.(tf|tfvars|bicep) chart\.yaml values[\w.-]*\.yaml kustomization\.yaml serverless\.yml
        vercel\.json""",
    "config": r""".*\.(ini|cfg|conf|properties) settings\.(py|json|toml|ya?ml) config\.(py|js|ts|json|toml|ya?ml)
        appsettings.*\.json""",
    "data": r"schema\.(sql|prisma|graphql) .*\.sql",
}
"""Names of files, as patterns of whole names in small letters."""

_FOLDERS: dict[Risk, str] = {
    "ci": ".github/workflows .github/actions .circleci .buildkite",
    "git": ".git .githooks .husky",
    "agents": ".claude .cursor .agents .ccorch",
    "secrets": "secrets credentials .ssh .aws .gnupg",
    "access": "auth authn authz login oauth session sessions permission permissions acl rbac security crypto",
    "data": "migrations migration alembic models entities",
    "server": "server api routes controllers handlers middleware endpoints",
    "config": "config configs settings conf",
    "deploy": "deploy deployment k8s helm terraform ansible infra infrastructure",
}
"""Names of folders; those of `access` and `server` count as words of a file's name too."""

_OF_FILES = tuple(
    (re.compile("|".join(f"(?:{one})" for one in names.split())), risk) for risk, names in _FILES.items()
)
_OF_FOLDERS = tuple((tuple(names.split()), risk) for risk, names in _FOLDERS.items())
_OF_WORDS = tuple((frozenset(names), risk) for names, risk in _OF_FOLDERS if risk in ("access", "server"))
_TESTS = re.compile(
    r"(?:^|/)(?:tests?|testing|spec|specs|__tests__)/"
    r"|(?:^|/)(?:test_[^/]*|[^/]*[_.-](?:test|tests|spec)\.\w+|conftest\.py)$"
)
_PROSE = re.compile(
    r".*\.(md|rst|txt|adoc|png|jpe?g|gif|svg|pdf)$|(?:^|.*/)(?:licen[cs]e|notice|authors|changelog)[^/]*$"
)


def risks_of(path: str) -> frozenset[Risk]:
    """Classes of a path; `authors.py` has none of `auth`, `src/auth/login.py` and `auth.py` have."""
    *folders, file = path.lower().split("/")
    within = f"/{'/'.join(folders)}/"
    words = set(re.split(r"[^a-z0-9]+", file))
    found = {risk for pattern, risk in _OF_FILES if pattern.fullmatch(file)}
    found |= {risk for names, risk in _OF_FOLDERS if any(f"/{name}/" in within for name in names)}
    found |= {risk for names, risk in _OF_WORDS if words & names}
    return frozenset(found | {"tests"} if is_test(path) else found)


def is_test(path: str) -> bool:
    """Whether it is a test or stands among tests."""
    return _TESTS.search(path.lower()) is not None


def is_prose(path: str) -> bool:
    """Whether nothing in it is run: a text, a picture."""
    return _PROSE.fullmatch(path.lower()) is not None and not risks_of(path) & SENSITIVE
