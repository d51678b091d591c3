"""The closed, typed language in which gates and conditions speak of the nodes that they need."""

from ccorch.rules.expression.checking import check
from ccorch.rules.expression.conditions import all_of, from_reference, usual
from ccorch.rules.expression.facts import Facts, Fan, node_facts
from ccorch.rules.expression.grammar import parse
from ccorch.rules.expression.problems import ExpressionInvalid, Problem
from ccorch.rules.expression.tree import Expression, names
from ccorch.rules.expression.types import NodeType, Type, Types, node_type
from ccorch.rules.expression.verdict import Verdict, evaluate

__all__ = [
    "Expression",
    "ExpressionInvalid",
    "Facts",
    "Fan",
    "NodeType",
    "Problem",
    "Type",
    "Types",
    "Verdict",
    "all_of",
    "check",
    "evaluate",
    "from_reference",
    "names",
    "node_facts",
    "node_type",
    "parse",
    "usual",
]
