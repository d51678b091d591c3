"""What lies in a home and is nobody's business but its owner's: a sandbox shows none of it to a command."""

import os
import pwd
from collections.abc import Iterable, Iterator
from pathlib import Path

NAMES = (
    *(".ssh", ".gnupg", ".password-store", ".netrc", "_netrc", ".git-credentials", ".config/git/credentials"),
    *(".aws", ".azure", ".config/gcloud", ".oci", ".kube", ".docker", ".config/containers", ".config/doctl"),
    *(
        ".terraform.d",
        ".terraformrc",
        ".vault-token",
        ".config/gh",
        ".config/glab-cli",
        ".config/hub",
        ".config/op",
    ),
    *(".npmrc", ".yarnrc.yml", ".pypirc", ".config/pip", ".pip", ".gem/credentials", ".cargo/credentials"),
    *(".cargo/credentials.toml", ".m2/settings.xml", ".m2/settings-security.xml", ".gradle/gradle.properties"),
    *(".pgpass", ".my.cnf", ".config/rclone", ".config/sops", ".config/age", ".config/huggingface"),
    *(".cache/huggingface/token", ".local/share/keyrings", ".mozilla", ".thunderbird", ".config/google-chrome"),
    *(".config/chromium", ".config/BraveSoftware", ".codex", ".cc-switch", ".gemini", ".claude.json"),
    # not the whole folder: programs may be installed there that a sandbox needs
    *(".claude/.credentials.json", ".claude/projects", ".claude/history.jsonl"),
    *(".config/ccorch", ".bash_history", ".zsh_history", ".python_history", ".psql_history", ".config/fish"),
)
"""Files and folders of a home that hold credentials, logins, or what was typed once."""


def masked(needed: Iterable[str]) -> Iterator[str]:
    """Words for bubblewrap after which none of it can be read, but for programs that are needed from there."""
    wanted = [os.path.realpath(place) for place in needed]
    for place in there():
        if os.path.isdir(place):
            yield from ("--tmpfs", place)
            for one in wanted:
                if one.startswith(f"{place}/"):
                    yield from ("--ro-bind-try", one, one)
        else:
            yield from ("--ro-bind", os.devnull, place)


def there() -> tuple[str, ...]:
    """What of it there is, wherever links lead."""
    homes = sorted({os.path.realpath(home) for home in _homes() if os.path.isabs(home)})
    places = (os.path.realpath(Path(home, name)) for home in homes for name in NAMES)
    # a link to a whole home would hide all that is worked on
    return tuple(dict.fromkeys(one for one in places if os.path.exists(one) and not _holds_one_of(homes, one)))


def _holds_one_of(homes: Iterable[str], place: str) -> bool:
    return any(f"{home}/".startswith(f"{place}/") for home in homes)


def _homes() -> Iterator[str]:
    yield os.environ.get("HOME", "")
    try:
        yield pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return
