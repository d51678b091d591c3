"""Plain `${a.b}` are followed in plain data; anything more is left to OmegaConf."""

import copy
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from ccorch.config.document import Path

_SIMPLE = re.compile(r"\$\{([A-Za-z_]\w*(?:\.[\w-]+)*)\}")


class Unresolved(Exception):
    """An interpolation leads nowhere."""


def expressions(data: Any, path: Path = ()) -> Iterator[Path]:
    """Where text with `${` stands."""
    match data:
        case dict():
            for key, value in data.items():
                yield from expressions(value, (*path, key))
        case list():
            for number, value in enumerate(data):
                yield from expressions(value, (*path, number))
        case str() if "${" in data:
            yield path


def get(data: Any, path: Path) -> Any:
    """The value at a path; KeyError where there is none."""
    for key in path:
        try:
            data = data[int(key)] if isinstance(data, list) else data[key]
        except (IndexError, ValueError, TypeError, KeyError) as error:
            raise KeyError(key) from error
    return data


def locate(data: Any, key: str) -> Path:
    """The path that a dotted key means in the data, where names may hold dots themselves."""
    parts = key.split(".")
    for length in range(len(parts), 0, -1):
        name = ".".join(parts[:length])
        if _has(data, name):
            return (name, *(locate(get(data, (name,)), ".".join(parts[length:])) if parts[length:] else ()))
    return tuple(parts)


def assign(data: Any, path: Path, value: Any) -> None:
    """Put a value at a path as Hydra does: missing mappings are made, a mapping is merged into a mapping."""
    for key in path[:-1]:
        inner = _child(data, key)
        if not isinstance(inner, dict | list):
            inner = {}
            data[_index(data, key)] = inner
        data = inner
    last = _index(data, path[-1])
    if isinstance(value, dict) and isinstance(_child(data, path[-1]), dict):
        _merge(data[last], value)
    else:
        data[last] = copy.deepcopy(value) if isinstance(value, dict | list) else value


def resolve(data: Any, paths: Iterable[Path], literals: Collection[Path]) -> list[tuple[Path, str]]:
    """Replace the expressions at these paths in place; literals are left alone. What failed is returned."""
    problems = []
    for path in paths:
        try:
            text = get(data, path)
            if isinstance(text, str) and "${" in text and not _is_literal(path, literals):
                assign_leaf(data, path, _expand(data, text, path, literals, ()))
        except KeyError:
            continue  # an override took away what held it
        except Unresolved as error:
            problems.append((path, str(error)))
    return problems


def plain_copy(data: Any) -> Any:
    """The same mappings and lists anew; what stands in them cannot change."""
    match data:
        case dict():
            return {key: plain_copy(inner) for key, inner in data.items()}
        case list():
            return [plain_copy(inner) for inner in data]
    return data


def assign_leaf(data: Any, path: Path, value: Any) -> None:
    """Replace what stands at an existing path."""
    holder = get(data, path[:-1])
    holder[_index(holder, path[-1])] = value


def _expand(data: Any, text: str, path: Path, literals: Collection[Path], seen: tuple[str, ...]) -> Any:
    if text in seen:
        raise Unresolved(f"{text} leads back to itself")
    if found := _SIMPLE.fullmatch(text):
        return _follow(data, found[1], literals, (*seen, text))
    if "\\" in text or text.count("${") != len(_SIMPLE.findall(text)):
        return _by_omegaconf(data, text, path, literals)
    return _SIMPLE.sub(lambda found: _text(found[1], _follow(data, found[1], literals, (*seen, text))), text)


def _text(key: str, value: Any) -> str:
    if isinstance(value, dict | list):
        raise Unresolved(f"${{{key}}} is not a single value and cannot stand within text")
    return str(value)


def _follow(data: Any, key: str, literals: Collection[Path], seen: tuple[str, ...]) -> Any:
    target: Path = tuple(key.split("."))
    try:
        value = get(data, target)
    except KeyError:
        raise Unresolved(f"${{{key}}}: there is no key {key!r} in the composed files") from None
    if value == "???":
        raise Unresolved(f"${{{key}}}: {key} has no value yet")
    if _is_literal(target, literals):
        return copy.deepcopy(value)
    return _inner(data, value, target, literals, seen)


def _inner(data: Any, value: Any, path: Path, literals: Collection[Path], seen: tuple[str, ...]) -> Any:
    match value:
        case dict():
            return {key: _inner(data, item, (*path, key), literals, seen) for key, item in value.items()}
        case list():
            return [_inner(data, item, (*path, n), literals, seen) for n, item in enumerate(value)]
        case str() if "${" in value and not _is_literal(path, literals):
            return _expand(data, value, path, literals, seen)
    return value


def _by_omegaconf(data: Any, text: str, path: Path, literals: Collection[Path]) -> Any:
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    shielded = copy.deepcopy(data)
    for literal in literals:
        assign_leaf(shielded, literal, _shield(get(shielded, literal)))
    assign_leaf(shielded, path, text)
    try:
        held = OmegaConf.create(shielded)
        return _select(held, path)
    except OmegaConfBaseException as error:
        raise Unresolved(str(error).splitlines()[0]) from error


def _select(held: Any, path: Path) -> Any:
    from omegaconf import OmegaConf

    for key in path:
        held = held[key]
    return OmegaConf.to_container(held, resolve=True) if OmegaConf.is_config(held) else held


def _shield(value: Any) -> Any:
    match value:
        case dict():
            return {key: _shield(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_shield(inner) for inner in value]
        case str():
            return re.sub(r"(\\*)\$\{", lambda found: found[1] * 2 + "\\${", value)
    return value


def _is_literal(path: Path, literals: Collection[Path]) -> bool:
    names = tuple(map(str, path))
    return any(names[: len(literal)] == tuple(map(str, literal)) for literal in literals)


def _has(data: Any, key: str) -> bool:
    try:
        get(data, (key,))
    except KeyError:
        return False
    return True


def _child(data: Any, key: str | int) -> Any:
    try:
        return get(data, (key,))
    except KeyError:
        return None


def _index(data: Any, key: str | int) -> Any:
    if not isinstance(data, list):
        return key
    try:
        data[int(key)]
    except (ValueError, IndexError):
        raise KeyError(key) from None
    return int(key)


def _merge(into: dict[str, Any], new: dict[str, Any]) -> None:
    for key, value in new.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = copy.deepcopy(value)
