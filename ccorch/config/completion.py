"""Completing a half-typed command by looking into folders: no Hydra, no models, a few milliseconds."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ccorch.config import layers as places
from ccorch.config.layers import GROUPS, LayerDir

_SCRIPTS = {
    "bash": """# Put this into ~/.bashrc:  source <(ccorch -sc install=bash)
_ccorch_complete() {
  COMPREPLY=($(COMP_LINE="$COMP_LINE" COMP_POINT="$COMP_POINT" ccorch -sc query=bash))
}
COMP_WORDBREAKS=${COMP_WORDBREAKS//=}
complete -o nospace -o default -F _ccorch_complete ccorch
""",
    "zsh": """# Put this into ~/.zshrc:  source <(ccorch -sc install=zsh)
autoload -U +X bashcompinit && bashcompinit
_ccorch_complete() {
  COMPREPLY=($(COMP_LINE="$COMP_LINE" COMP_POINT="$COMP_POINT" ccorch -sc query=bash))
}
complete -o nospace -o default -F _ccorch_complete ccorch
""",
    "fish": """# Put this into ~/.config/fish/config.fish:  ccorch -sc install=fish | source
complete -c ccorch -f -a '(env COMP_LINE=(commandline -c) ccorch -sc query=fish)'
""",
}
_REMOVALS = {
    "bash": "complete -r ccorch\nunset -f _ccorch_complete\n",
    "zsh": "compdef -d ccorch\nunset -f _ccorch_complete\n",
    "fish": "complete -c ccorch -e\n",
}


def complete(line: str, project: Path, config_dir: Path | None = None, user_dir: Path | None = None) -> list[str]:
    """The words that the last word of a command line can become."""
    word = line.rpartition(" ")[2]
    layers = places.layer_dirs(project, config_dir, user_dir)
    key, equals, value = word.partition("=")
    group = key.partition("@")[0]
    if equals and group in GROUPS:
        done, comma, last = value.rpartition(",")
        return [f"{key}={done}{comma}{name}" for name in _options(layers, group) if name.startswith(last)]
    if equals:
        return [f"{key}={allowed}" for allowed in _allowed(key) if allowed.startswith(value)]
    return sorted(name for name in _names() if name.startswith(word))


def options(project: Path, user_dir: Path | None = None) -> list[str]:
    """Every option as GROUP/OPTION."""
    layers = places.layer_dirs(project, None, user_dir)
    return [f"{group}/{name}" for group in GROUPS for name in _options(layers, group)]


def answer(words: Sequence[str], project: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """What `-sc install=SHELL`, `uninstall=SHELL` and `query=SHELL` print, and the exit status."""
    verb, _, shell = (words[0] if words else "").partition("=")
    match verb:
        case "install" if shell in _SCRIPTS:
            return 0, _SCRIPTS[shell]
        case "uninstall" if shell in _REMOVALS:
            return 0, _REMOVALS[shell]
        case "query":
            line = environment.get("COMP_LINE", "")
            return 0, "".join(f"{word}\n" for word in complete(line, project))
    return 2, f"-sc takes install=SHELL or uninstall=SHELL; shells are {', '.join(_SCRIPTS)}\n"


def _options(layers: Sequence[LayerDir], group: str) -> list[str]:
    return sorted({name for layer in layers for name in places.option_names(layer, group)})


def _names() -> Iterator[str]:
    yield from (f"{group}=" for group in GROUPS)
    schema = _schema()
    for name, child in schema.get("properties", {}).items():
        inner = _target(schema, child).get("properties")
        if inner is None:
            yield f"{name}="
        else:
            yield from (f"{name}.{below}=" for below in inner)


def _allowed(key: str) -> list[str]:
    schema = _schema()
    found: dict[str, Any] = schema
    for part in key.split("."):
        found = _target(schema, found).get("properties", {}).get(part, {})
    found = _target(schema, found)
    return ["false", "true"] if found.get("type") == "boolean" else sorted(map(str, found.get("enum", [])))


def _target(schema: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in found:
        return dict(schema["$defs"][found["$ref"].rpartition("/")[2]])
    return found


def _schema() -> dict[str, Any]:
    try:
        with open(os.path.join(places.packaged_folder("schemas"), "run.schema.json"), encoding="utf-8") as file:
            return dict(json.load(file))
    except FileNotFoundError:
        return {}
