"""What a shell command does that somebody should know of: whether it destroys, publishes, tests and the like."""

from collections.abc import Iterator
from itertools import pairwise

from ccorch.rules.shell import Words, commands, name
from ccorch.schema.worker_event import Act

_TESTS = ("pytest", "tox", "nox", "jest", "vitest", "mocha", "rspec", "phpunit", "ctest", "gotestsum", "unittest")
_TEST_WORDS = {
    **dict.fromkeys(
        ("make", "npm", "yarn", "pnpm", "bun", "cargo", "go", "mvn", "gradle", "gradlew", "dotnet"), "test"
    ),
    **dict.fromkeys(("mix", "swift", "rake", "just", "deno", "task", "rails", "flutter"), "test"),
}
_SEARCHES = ("rg", "grep", "egrep", "fgrep", "ag", "ack", "find", "fd", "ls", "tree", "locate")
_FETCHES = ("curl", "wget", "fetch")
_SHELLS = ("sh", "bash", "zsh", "dash", "python", "python3", "perl", "ruby", "node")
_SQL = ("psql", "mysql", "mariadb", "sqlite3")
_CLOUD = {("terraform", "destroy"), ("kubectl", "delete"), ("helm", "uninstall"), ("docker", "system")}
_PUBLISH = {
    *(("npm", "publish"), ("twine", "upload"), ("cargo", "publish")),
    *(("gem", "push"), ("docker", "push"), ("gh", "release")),
}


def acts_of(command: str) -> tuple[Act, ...]:
    """The acts of a line for a shell, each once, in no order that matters."""
    found = list(commands(command))
    acts: list[Act] = [act for words in found for act in _acts(words)]
    names = [name(words) for words in found]
    for fetched, run in pairwise(names):
        if fetched in _FETCHES and run in _SHELLS and "|" in command:
            acts.append("runs_fetched")
    return tuple(dict.fromkeys(acts))


def _acts(words: Words) -> Iterator[Act]:
    first = name(words)
    if _destroys(first, words):
        yield "destroys"
    if first in ("sudo", "doas", "su"):
        yield "takes_rights"
    if first == "git":
        yield from _of_git(_without_settings(words))
    if (first, words[1] if len(words) > 1 else "") in _PUBLISH:
        yield "publishes"
    if _tests(first, words):
        yield "tests"
    if first in _SEARCHES and "-delete" not in words and "-exec" not in words:
        yield "searches"


def _destroys(first: str, words: Words) -> bool:
    flags = "".join(word[1:] for word in words[1:] if word.startswith("-") and not word.startswith("--"))
    places = [word for word in words[1:] if not word.startswith("-")]
    match first:
        case "rm":
            is_deep = "r" in flags.lower() or "--recursive" in words
            return is_deep and any(_is_outside(place) for place in places)
        case "chmod" | "chown" | "chgrp":
            return ("R" in flags or "--recursive" in words) and any(_is_outside(place) for place in places[1:])
        case "dd":
            return any(word.startswith("of=/dev/") for word in words)
        case "shred" | "wipefs" | "fdisk" | "parted" | "shutdown" | "reboot" | "halt" | "poweroff":
            return True
        case "find":
            return "-delete" in words and any(_is_outside(place) for place in places[:1])
        case "kill" | "pkill" | "killall":
            return "-1" in words[2:] or (first == "killall" and "-u" in words)
        case "rsync":
            return "--delete" in words and any(_is_outside(place) for place in places[-1:])
    if first.startswith("mkfs"):
        return True
    if first in _SQL:
        return any(f"drop {what}" in word.lower() for word in words for what in ("table", "database", "schema"))
    return (first, words[1] if len(words) > 1 else "") in _CLOUD


def _is_outside(place: str) -> bool:
    """Whether it is not plainly a part of the worker's own folder."""
    bare = place.rstrip("/") or "/"
    parts = bare.split("/")
    return bare in (".", "*", "./*") or bare.startswith(("/", "~", "$")) or ".." in parts or ".git" in parts


def _of_git(words: Words) -> Iterator[Act]:
    rest = set(words[2:])
    flags = "".join(word[1:] for word in rest if word.startswith("-") and not word.startswith("--"))
    match words[1] if len(words) > 1 else "":
        case "push":
            yield "publishes"
            if "--force" in rest or "f" in flags or "--mirror" in rest:
                yield "destroys"
        case "reset" if "--hard" in rest:
            yield "discards"
        case "clean" if "f" in flags or "--force" in rest:
            yield "discards"
        case "checkout" | "restore" if rest & {"--", ".", "-f", "--force"} and "--staged" not in rest:
            yield "discards"
        case "branch" if "D" in flags or "--delete" in rest:
            yield "discards"
        case "stash" if rest & {"drop", "clear"}:
            yield "discards"
        case "update-ref" if "-d" in rest:
            yield "discards"
        case "filter-branch" | "filter-repo":
            yield "destroys"
        case "reflog" if "expire" in rest:
            yield "destroys"


def _without_settings(words: Words) -> Words:
    """`git -C x -c a=b push` as `git push`."""
    rest = list(words[1:])
    while rest and rest[0].startswith("-"):
        rest = rest[2:] if rest[0] in ("-C", "-c") else rest[1:]
    return (words[0], *rest)


def _tests(first: str, words: Words) -> bool:
    if first in _TESTS:
        return True
    if first in ("python", "python3", "uv", "poetry", "pipenv", "npx", "bundle", "hatch", "pdm", "coverage"):
        return any(word.rpartition("/")[2] in _TESTS for word in words[1:])
    wanted = _TEST_WORDS.get(first.removesuffix(".exe"))
    return wanted is not None and any(
        word in (wanted, "check", "verify") or word.startswith(f"{wanted}:") for word in words[1:3]
    )
