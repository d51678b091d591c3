"""What every noun of the house is: a frozen, strict and closed value, documented beside its fields."""

import ast
import hashlib
import inspect
import json
import textwrap
import threading
from collections.abc import Callable, Iterable
from functools import cache
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Strict

T = TypeVar("T")
V = TypeVar("V", bound=BaseModel)

Many = Annotated[tuple[T, ...], Strict(False)]
"""An ordered list of authored data; YAML and JSON lists are taken, items stay strict."""


class Value(BaseModel):
    """A noun: it cannot change, takes no unknown field and coerces nothing."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)


def unset(kind: type[V]) -> V:
    """A value of which nothing is said; made without what checks values, which a default need not wait for."""
    return kind.model_construct()


@cache
def field_docs(model: type[BaseModel]) -> dict[str, str]:
    """The sentence beneath each field of a model, bases first; also its help text."""
    docs: dict[str, str] = {}
    for owner in reversed(model.__mro__):
        if isinstance(owner, type) and issubclass(owner, BaseModel) and owner is not BaseModel:
            docs.update(_docs_of(owner))
    return docs


_canonical = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
)


def canonical(data: Any) -> str:
    """One spelling of JSON data: keys sorted, no spaces, text as it is."""
    return _canonical.encode(data)


def fingerprint(data: Any) -> str:
    """The sha256 of the canonical spelling of JSON data, in hex."""
    return _hash(canonical(data))


def fingerprint_of(items: Iterable[T], data: Callable[[T], Any]) -> str:
    """The same of a list; items that are one object are spelled once."""
    spelled: dict[int, bytes] = {}
    digest = hashlib.sha256(b"[")
    alive = list(items)
    for number, item in enumerate(alive):
        text = spelled.get(id(item))
        if text is None:
            text = spelled[id(item)] = _bytes(canonical(data(item)))
        digest.update(b"," + text if number else text)
    digest.update(b"]")
    return digest.hexdigest()


def _hash(text: str) -> str:
    return hashlib.sha256(_bytes(text)).hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


_parsing = threading.Lock()
"""Held while a syntax tree is made: Python counts its depth for all threads in one, and raises SystemError then."""


def _docs_of(owner: type[BaseModel]) -> dict[str, str]:
    try:
        with _parsing:
            source = textwrap.dedent(inspect.getsource(owner))
            body = ast.parse(source).body[0]
    except (OSError, TypeError):
        return {}
    assert isinstance(body, ast.ClassDef)
    docs = {}
    for field, text in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and _is_text(text):
            docs[field.target.id] = " ".join(ast.literal_eval(text.value).split())  # type: ignore[attr-defined]
    return docs


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
