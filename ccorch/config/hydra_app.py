"""Hydra's own views of the composition (--cfg, --info, …) over the same layers; it shows and never runs."""

import argparse
import json
import logging
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ccorch.config import completion
from ccorch.config.compose import ComposeRequest, Resolver
from ccorch.config.layers import LayerDir, layer_dirs
from ccorch.config.overrides import NAMES, Assignment, Overrides, invalid, parse
from ccorch.config.problems import sentences
from ccorch.config.provenance import Origins
from ccorch.config.stack import PRIMARY
from ccorch.errors import ArgumentInvalid
from ccorch.schema.profile import Profiles

_PROGRAM = "ccorch"


def main(argv: Sequence[str], *, project: Path | None = None, user_dir: Path | None = None) -> int:
    """Print what the flags ask for and return the exit status; nothing is written to disk."""
    here = project or Path.cwd()
    if argv and argv[0] in ("-sc", "--shell-completion"):
        status, text = completion.answer(argv[1:], here, os.environ)
        print(text, end="", file=sys.stderr if status else sys.stdout)
        return status
    args = _arguments(argv)
    config_dir = Path(args.config_dir) if args.config_dir else None
    request = ComposeRequest(here, tuple(args.overrides), config_dir=config_dir, user_dir=user_dir)
    data, origins = Resolver().raw(request)  # says what is wrong in our words, before Hydra says it in its own
    _check_private(data, origins)
    words = parse(request.overrides)
    return _shown(layer_dirs(here, config_dir, user_dir), [*_flags(args), *hydra_words(words)])


def _check_private(data: dict[str, Any], origins: Origins) -> None:
    """Hydra prints what it finds, so what stands in place of a reference to a credential is refused before."""
    try:
        Profiles.model_validate(data["profiles"])
    except ValidationError as error:
        wrong = tuple(sentences(error, origins, ("profiles",)))
        raise invalid(wrong) from None


def hydra_words(words: Overrides) -> list[str]:
    """The same choices and values in Hydra's grammar; verbatim text is quoted."""
    return [
        *(f"{choice.group}={choice.option}" for choice in words.choices),
        *(f"++{item.key}={_quoted(item)}" for item in words.assignments),
    ]


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(prog=_PROGRAM, add_help=False, allow_abbrev=False)
    parser.add_argument("overrides", nargs="*")
    parser.add_argument("--cfg", "-c", choices=["job", "hydra", "all"])
    parser.add_argument("--info", "-i", nargs="?", const="all", choices=_INFOS)
    parser.add_argument("--package", "-p")
    parser.add_argument("--resolve", action="store_true")
    parser.add_argument("--config-dir", "-cd")
    args = parser.parse_intermixed_args(_with_info(argv))
    if (args.cfg is None) == (args.info is None):
        raise ArgumentInvalid("one of --cfg and --info is needed")
    return args


def _with_info(argv: Sequence[str]) -> list[str]:
    """`--info` alone means all, also when an override follows it."""
    words = [*argv, ""]
    for word, after in pairwise(words):
        if word in ("--info", "-i") and after and after not in _INFOS and not _is_other(after):
            raise ArgumentInvalid(f"--info has no report {after!r}", hint=f"reports are {', '.join(_INFOS)}")
    alone = [word in ("--info", "-i") and after not in _INFOS for word, after in pairwise(words)]
    return [
        part for word, all_of in zip(argv, alone, strict=True) for part in ([word, "all"] if all_of else [word])
    ]


def _is_other(word: str) -> bool:
    return "=" in word or word.startswith(("-", "~", "+"))


_INFOS = ["all", "config", "defaults", "defaults-tree", "plugins", "searchpath"]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        raise ArgumentInvalid(message, hint="flags are --cfg, --info, --package, --resolve, --config-dir and -sc")


def _flags(args: argparse.Namespace) -> list[str]:
    flags = ["--cfg", args.cfg] if args.cfg else ["--info", args.info]
    flags += ["--package", args.package] if args.package else []
    return [*flags, "--resolve"] if args.resolve else flags


def _shown(layers: tuple[LayerDir, ...], argv: list[str]) -> int:
    import hydra
    from hydra.core.global_hydra import GlobalHydra

    from ccorch.config.source import VERSION_BASE, opened

    @hydra.main(config_path=None, config_name=PRIMARY, **VERSION_BASE)
    def app(config: Any) -> None:
        raise AssertionError("Hydra composes here and never runs")

    with opened(layers), _argv([_PROGRAM, *argv]), _root_log_kept():
        active = GlobalHydra.instance().hydra
        GlobalHydra.instance().clear()
        try:
            app()
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else 1
        finally:
            if active is not None:
                GlobalHydra.instance().initialize(active)
    return 0


@contextmanager
def _argv(words: list[str]) -> Iterator[None]:
    before = sys.argv
    sys.argv = words
    try:
        yield
    finally:
        sys.argv = before


@contextmanager
def _root_log_kept() -> Iterator[None]:
    # `--info` makes the root logger print to stdout; that must not outlive the call.
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def _quoted(item: Assignment) -> str:
    if item.key in NAMES and isinstance(item.value, list):
        return json.dumps(item.value)
    if not item.literal:
        return item.text.partition("=")[2]
    if item.value is None:
        return "null"
    # For OmegaConf `\\${` is the text `${`; for Hydra backslashes escape only before a quote and at the end.
    inert = re.sub(r"(\\*)\$\{", lambda found: found[1] * 2 + "\\${", str(item.value))
    return "'" + re.sub(r"(\\*)('|\Z)", lambda found: found[1] * 2 + ("\\'" if found[2] else ""), inert) + "'"
