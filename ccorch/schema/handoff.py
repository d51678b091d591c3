"""What a node hands to those that need it: one contract for each role, owed as structured output."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from ccorch.schema.base import Many
from ccorch.schema.bench import SUITE_CONTRACTS
from ccorch.schema.claims import Change, Defect, Execution, Exposure, Handoff, Issue, Severity, Text, titles
from ccorch.schema.contracts import check_contract


class Inspection(Handoff):
    """What is handed over by those who look and report."""

    findings: Many[Defect] = ()
    """Each defect once, worst first."""

    def reasons(self) -> tuple[object, ...]:
        return *super().reasons(), *self.findings

    def obstacles(self) -> tuple[str, ...]:
        critical = tuple(finding for finding in self.findings if finding.severity == "critical")
        return *super().obstacles(), *titles("critical finding", critical)


class Edition(Handoff):
    """What is handed over by those who edit files."""

    changed_files: Many[Change] = ()
    """Every file edited."""


class Requirements(Handoff):
    """What has to be true when the work is done."""

    role: Literal["requirements"]
    requirements: Many[Text]
    """What must hold; one checkable sentence each."""
    boundaries: Many[Text]
    """What is out of scope."""
    acceptance_criteria: Many[Text]
    """How to see that it holds."""


class Architecture(Handoff):
    """How the change is to be built."""

    role: Literal["architecture"]
    touched_files: Many[Text]
    """Paths that the plan changes."""
    dependencies: Many[Text]
    """Modules, packages and services it leans on."""
    plan: Many[Text]
    """Steps in order."""
    risks: Many[Issue]
    """What may go wrong."""

    def reasons(self) -> tuple[object, ...]:
        return *super().reasons(), *self.risks


class Making(Handoff):
    """What was changed and how it was tried."""

    changed_files: Many[Change]
    """Every file edited."""
    write_scope: Many[Text]
    """Globs that the edits stayed within."""
    commands_run: Many[Execution]
    """Commands and how they ended."""


class Development(Making):
    """An ordinary change."""

    role: Literal["development"]


class Implementation(Making):
    """A demanding change after a plan."""

    role: Literal["implementation"]


class Testing(Edition):
    """What was tried and what is still untried."""

    role: Literal["testing"]
    tests_run: Many[Execution]
    """Test commands and how they ended."""
    failures: Many[Issue]
    """Tests that fail, with their cause."""
    coverage_gaps: Many[Text]
    """Behaviour that no test holds, with file:line."""

    def reasons(self) -> tuple[object, ...]:
        return *super().reasons(), *self.failures, *self.coverage_gaps

    def obstacles(self) -> tuple[str, ...]:
        return *super().obstacles(), *titles("failure", self.failures)


class Review(Inspection):
    """A judgement of code by its defects."""

    role: Literal["review"]
    findings: Many[Defect]
    """Each defect once, worst first."""
    blocking_issues: Many[Issue]
    """What must be mended first; empty on pass."""
    residual_risk: Text
    """What could still be wrong, and what was not looked at."""


class Security(Inspection):
    """A judgement of code by what an attacker could do."""

    role: Literal["security"]
    findings: Many[Defect]
    """Each weakness once, worst first."""
    secret_exposure: Many[Exposure]
    """Places where a secret can be read; never the value."""
    permissions: Many[Text]
    """Rights the code takes or gives, with file:line."""
    blocking_status: Literal["clear", "blocking"]
    """blocking if anything must be mended first."""

    def reasons(self) -> tuple[object, ...]:
        return *super().reasons(), *self.secret_exposure

    def obstacles(self) -> tuple[str, ...]:
        stated = ("blocking_status blocking",) if self.blocking_status == "blocking" else ()
        return *super().obstacles(), *stated

    @model_validator(mode="after")
    def _clear_blocks_nothing(self) -> Self:
        if self.blocking_status == "clear" and self.blocking_issues:
            raise ValueError(f"blocking_status clear contradicts {'; '.join(self.obstacles())}")
        return self


class Supervisor(Handoff):
    """A judgement of the handoffs of others."""

    role: Literal["supervisor"]
    verdict: Literal["accept", "revise", "reject"]
    """accept goes with status pass, the others with another status."""
    confidence: Annotated[float, Field(ge=0, le=1)]
    """0 is a guess, 1 is checked in full."""
    objections: Many[Text]
    """Claims that do not hold, and why."""
    missing_evidence: Many[Text]
    """Claims that nothing supports."""

    def reasons(self) -> tuple[object, ...]:
        return *super().reasons(), *self.objections, *self.missing_evidence

    @model_validator(mode="after")
    def _pass_is_acceptance(self) -> Self:
        if (self.status == "pass") != (self.verdict == "accept"):
            raise ValueError(f"status {self.status} contradicts verdict {self.verdict}")
        return self


class Ops(Handoff):
    """What delivering the change means."""

    role: Literal["ops"]
    deploy_impact: Text
    """What changes for what is running."""
    rollback: Text
    """How to go back, and what cannot be undone."""
    observability: Text
    """What shows that it works."""
    release_risk: Severity
    """Harm to expect from releasing."""


class Performance(Inspection):
    """A judgement of code by time and memory."""

    role: Literal["performance"]


class Compatibility(Inspection):
    """A judgement of code by whom it breaks."""

    role: Literal["compatibility"]


class Multimodal(Inspection):
    """What is seen in images."""

    role: Literal["multimodal"]


class Documentation(Edition):
    """Texts that were written or corrected."""

    role: Literal["documentation"]


class Automation(Edition):
    """Scripts and pipelines that were written or corrected."""

    role: Literal["automation"]


CONTRACTS: dict[str, type[Handoff]] = {
    "requirements": Requirements,
    "architecture": Architecture,
    "development": Development,
    "testing": Testing,
    "review": Review,
    "performance": Performance,
    "compatibility": Compatibility,
    "documentation": Documentation,
    "automation": Automation,
    "security": Security,
    "supervisor": Supervisor,
    "implementation": Implementation,
    "ops": Ops,
    "multimodal": Multimodal,
}
"""The contracts by the name that a role's `handoff` field gives."""


def contract(name: str) -> type[Handoff]:
    """The contract of that name: of a role, or of a case of the benchmark suite."""
    check_contract(name)
    return CONTRACTS.get(name) or SUITE_CONTRACTS[name]


def schema_of(name: str) -> dict[str, Any]:
    """The JSON Schema of a contract for `claude --json-schema`: one object, small, without references."""
    schema = contract(name).model_json_schema()
    inlined: dict[str, Any] = _inline(schema, schema.pop("$defs", {}))
    return inlined


def check(name: str, data: object, node_role: str) -> tuple[Handoff | None, tuple[str, ...]]:
    """The handoff that a node of that role gave, or everything that is wrong with it."""
    model = contract(name)
    if data is None:
        return None, (f"role {node_role!r} owes a {name} handoff as structured output and gave none",)
    try:
        return model.model_validate(data), ()
    except ValidationError as invalid:
        return None, tuple(_in_words(problem["loc"], problem["msg"]) for problem in invalid.errors())


def _in_words(place: tuple[int | str, ...], message: str) -> str:
    said = message.removeprefix("Value error, ")
    return f"{'.'.join(map(str, place))}: {said}" if place else said


def _inline(node: Any, nouns: dict[str, Any]) -> Any:
    match node:
        case {"$ref": str(ref), **rest}:
            return {**_inline(nouns[ref.rpartition("/")[2]], nouns), **rest}
        case {"properties": dict(properties)}:
            fields = {name: _inline(field, nouns) for name, field in properties.items()}
            return {**_kept(node), "properties": fields}
        case {"anyOf": [value, {"type": "null"}], **rest}:
            # null means the same as leaving the field out, and some providers refuse unions
            return _inline({**value, **rest}, nouns)
        case {"items": items}:
            return {**_kept(node), "items": _inline(items, nouns)}
        case _:
            return _kept(node)


def _kept(node: dict[str, Any]) -> dict[str, Any]:
    own = node.get("description") if "properties" not in node else None
    kept = {key: value for key, value in node.items() if key not in ("title", "default", "description")}
    return {**kept, "description": own} if own else kept
