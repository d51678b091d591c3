"""CC Switch before its database: config.json of versions 3.0 to 3.7."""

from pathlib import Path
from typing import Any

from ccorch.adapters.cc_switch.database import Unreadable
from ccorch.adapters.cc_switch.home import read_object
from ccorch.adapters.cc_switch.rows import APP, Store, snippet_of
from ccorch.rules.cc_switch import Row


def store(path: Path) -> Store | None:
    """What the file holds; null when there is none."""
    content, problem = read_object(path)
    if problem:
        raise Unreadable(problem)
    if content is None:
        return None
    if _is_first(content):
        raise Unreadable(f"{path} is of CC Switch 3.0 or older; start a CC Switch of 3.2 to 3.7 once to convert it")
    app = content.get(APP)
    providers = app.get("providers") if isinstance(app, dict) else None
    if not isinstance(app, dict) or not isinstance(providers, dict):
        raise Unreadable(f"{path} has no providers for Claude; it is not CC Switch's, or from another version")
    rows, broken = _rows(providers)
    snippet, bad_snippet = snippet_of(_snippet(content))
    current = app.get("current")
    return Store(
        rows=rows,
        ids=frozenset(providers),
        current=(current,) if isinstance(current, str) and current in providers else (),
        snippet=snippet,
        warnings=(*bad_snippet, *broken),
    )


def _is_first(content: dict[str, Any]) -> bool:
    return (
        isinstance(content.get("providers"), dict)
        and isinstance(content.get("current"), str)
        and "apps" not in content
    )


def _rows(providers: dict[str, Any]) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    rows, broken = [], []
    for id, one in providers.items():
        if not isinstance(one, dict) or not isinstance(one.get("name"), str) or "settingsConfig" not in one:
            broken.append(f"provider {id!r} is left out: it has no name or no settings")
            continue
        meta = one.get("meta")
        rows.append(
            Row(
                id=id,
                name=one["name"].encode("utf-8", "replace").decode("utf-8"),
                settings=one["settingsConfig"],
                meta=meta if isinstance(meta, dict) else {},
                category=one["category"] if isinstance(one.get("category"), str) else None,
                created_at=_number(one.get("createdAt")),
                sort_index=_number(one.get("sortIndex")),
            )
        )
    return tuple(rows), tuple(broken)


def _snippet(content: dict[str, Any]) -> object:
    """Its newer place, else the older one."""
    snippets = content.get("common_config_snippets")
    newer = snippets.get(APP) if isinstance(snippets, dict) else None
    return newer if newer is not None else content.get("claude_common_config_snippet")


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
