"""What unquoted words of YAML mean: most are text, some a number, a truth value or nothing."""

import math
from typing import Any

import yaml

from ccorch.config.reading import Loader

NOT_PLAIN = object()
"""Stands for what has to be read with care."""

_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("int", "float", "bool", "null")}
_FORMS = Loader.yaml_implicit_resolvers
"""By first letter, the forms of words that are not text, each with its tag."""


class Scalars:
    """Tells what words mean, as `document.parse` understands them."""

    def __init__(self) -> None:
        self._loader = Loader("")

    def of(self, word: str) -> Any:
        """The value of an unquoted word; NOT_PLAIN where it is no plain data."""
        for tag, form in _FORMS.get(word[:1], ()):
            if form.match(word):
                return self._value(tag, word)
        return word

    def _value(self, tag: str, word: str) -> Any:
        if tag not in _TAGS:
            return NOT_PLAIN
        value = self._loader.construct_object(yaml.ScalarNode(tag, word))
        return NOT_PLAIN if isinstance(value, float) and not math.isfinite(value) else value
