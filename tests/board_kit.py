"""Run folders made by hand, for those who look at runs: one with everything in it, and as many as are wanted."""

import json
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import count
from pathlib import Path

from ccorch.adapters.run_folder.layout import Layout
from ccorch.schema.event import (
    AnyEvent,
    Ended,
    Event,
    Finished,
    Found,
    Metered,
    ModelServed,
    Reopened,
    Said,
    Started,
    Submitted,
    ToolCalled,
    WorkerReady,
)
from ccorch.schema.finding import Finding
from ccorch.schema.plan import Plan, PlanGate, PlanNode
from ccorch.schema.profile import Profile, ProfileModels
from ccorch.schema.role import Role
from ccorch.schema.route import Route
from ccorch.schema.workflow import Approval, Reopen
from tests.plan_kit import HASH, PROFILE, node, plan

GLM = Profile(
    name="glm", source="settings", base_url="", models=ProfileModels(balanced="glm-5.2"), fingerprint=HASH
)
STRONG = Route(profile="glm", model="glm-5.2", reason="strongest model of 4 that fit the role, by 12 measurements")
CHEAP = Route(profile="scripted", model="scripted-fast", reason="cheapest of 4 that fit the role")
RIGHT_TO_LEFT = "שלום وسلام"
HOSTILE = f"\u202egnp.exe\u202c <img src=x onerror=alert(1)> \x1b[31mred\x1b[0m {RIGHT_TO_LEFT}"
"""What a worker may say: it turns the direction of text, it looks like markup, and it steers terminals."""

TASKS = (
    "Review the shopping cart for rounding errors and double discounts",
    "Move the importer to the new queue without losing a message",
    "Explain why the nightly build takes twenty minutes",
    "Write tests for the currency converter, edge cases first",
    "Find every place that builds SQL from strings",
    "Bring the release notes up to date",
    "Why does login fail behind a proxy? Read only",
)


def write(project: Path, run: str, of: Plan, events: Iterable[Event], at: float) -> Path:
    """A run folder; each event comes some time after the one before, as its `at` says."""
    folder = Layout(project).run(run)
    folder.mkdir(parents=True)
    (folder / "plan.json").write_bytes(of.spelled.encode())
    begun = Submitted(run=run, plan=of.sha256, by="terminal", who="ada")
    (folder / "events.ndjson").write_bytes(lines((begun, *events), at))
    return folder


def lines(events: Iterable[Event], at: float, first: int = 1) -> bytes:
    """Events as a log has them."""
    told = []
    for seq, event in enumerate(events, first):
        at += event.at
        told.append(AnyEvent.dump_json(event.model_copy(update={"seq": seq, "at": at})))
    return b"".join(line + b"\n" for line in told)


def small(project: Path, number: int, now: float) -> str:
    """An ordinary run of one or two workers, each number another one."""
    run = f"{number:04x}{number * 2654435761 % (1 << 48):012x}"
    made = _ordinary(number % 35)
    log: list[Event] = []
    for one in made.nodes:
        log += _work(one, 1, 2 + number % 3, 0.002 * (1 + number % 37), 2.0 + number % 11)
        if number % 23 == 0:
            log.append(_finding("repeated_search", "medium", one.id, "the same search was made 6 times"))
        if number % 61 == 0:
            log.append(_finding("secret_found", "critical", one.id, "a github_token stands in the change", True))
        log.append(Ended(node=one.id, attempt=1, passed=number % 9 != 4, at=1.0))
    log.append(Finished(status="failed" if number % 9 == 4 else "done", at=0.1))
    write(project, run, made, log, now - number * 613 - 40)
    return run


@cache
def _ordinary(kind: int) -> Plan:
    names = ("review", "testing", "security", "architecture", "implementation")
    roles = [names[kind % 5], names[(kind // 3 + 1) % 5]][: 1 + kind % 2]
    nodes = [
        node(f"{name}{place}" if place else name, role=_role(name), route=(STRONG, CHEAP)[kind % 2])
        for place, name in enumerate(roles)
    ]
    label = ("release-42", None, None, "nightly")[kind % 4]
    return plan(*nodes, task=TASKS[kind % len(TASKS)], label=label, profiles=(PROFILE, GLM))


def many(project: Path, how_many: int, now: float) -> list[str]:
    """So many ordinary runs, the first the youngest."""
    return [small(project, number, now) for number in range(1, how_many + 1)]


BIG = "b0a2d1c4e5f60718"


def big(project: Path, now: float) -> Path:
    """A workflow with everything on its page: it waits for somebody, was set back once, and has found something."""
    work = [
        node("requirements", role=_role("requirements"), route=CHEAP),
        node("architecture", "requirements", role=_role("architecture"), route=STRONG),
        node("implementation", "architecture", role=_role("implementation"), route=STRONG, writes=True),
        node("testing", "implementation", role=_role("testing"), route=CHEAP),
        node("security", "implementation", role=_role("security"), route=STRONG),
        node("review", "implementation", role=_role("review"), route=CHEAP),
        node("documentation", "release", role=_role("documentation"), route=CHEAP),
    ]
    gates = (
        PlanGate(id="quality", needs=("testing", "review"), on_fail=Reopen(reopen="implementation", max=2)),
        PlanGate(
            id="release",
            needs=("quality", "security"),
            approval=Approval(question="Tests pass and one medium finding is open. Shall it be released?"),
        ),
    )
    made = plan(
        *work,
        gates=gates,
        task="Replace floating-point prices in the shop by whole cents, without changing any total on a receipt",
        label="release-42",
        profiles=(PROFILE, GLM),
    )
    first = [*_done(work[0], 0.012, 20), *_done(work[1], 0.094, 41), *_done(work[2], 0.151, 77)]
    again: list[Event] = [
        *_done(work[3], 0.011, 24, passed=False),
        *_done(work[5], 0.014, 19),
        Started(node="quality", attempt=1, at=0.1),
        Ended(node="quality", attempt=1, passed=False, outcome="gate_failed", at=0.1),
        Reopened(nodes=("implementation", "testing", "review", "quality"), by="quality", cause="gate", at=0.1),
        *_done(work[2], 0.083, 52, attempt=2),
        *_done(work[3], 0.010, 22, attempt=2),
        *_done(work[4], 0.058, 30),
        _finding("repeated_search", "medium", "security", "Grep `float(` was made 6 times with the same result"),
        _finding("stalled", "low", "testing", "nothing was heard for 4 min"),
        *_done(work[5], 0.013, 18, attempt=2),
        Started(node="quality", attempt=2, at=0.2),
        Ended(node="quality", attempt=2, passed=True, at=0.1),
        Started(node="release", attempt=1, at=0.2),
    ]
    events = [*first, *again]
    folder = write(project, BIG, made, events, now - sum(event.at for event in events) - 95)
    attempt = folder / "nodes/implementation/2"
    attempt.mkdir(parents=True)
    (attempt / "answer.md").write_text(ANSWER)
    (attempt / "diff.patch").write_text(PATCH)
    (attempt / "handoff.json").write_text(json.dumps(HANDOFF))
    (attempt / "change.json").write_text(json.dumps({"base": "1" * 40, "commit": "2" * 40, "files": FILES}))
    return folder


def wide(project: Path, run: str, layers: int, each: int, now: float) -> None:
    """A workflow of many nodes in layers, each of which needs three of the layer before; part of it is done."""
    nodes: list[PlanNode] = []
    for layer in range(layers):
        for place in range(each):
            needs = [f"n{layer - 1}-{(place + by) % each}" for by in range(3)] if layer else []
            nodes.append(node(f"n{layer}-{place}", *dict.fromkeys(needs)))
    log: list[Event] = []
    for one in nodes[: len(nodes) // 2]:
        log += [Started(node=one.id, attempt=1, at=0.01), Ended(node=one.id, attempt=1, passed=True, at=0.05)]
    write(project, run, plan(*nodes, task=f"{layers} layers of {each}"), log, now - 200)


def _role(name: str) -> Role:
    return Role(name=name, summary="Works.", prompt="Work.")


def _finding(code: str, severity: str, at: str, message: str, blocking: bool = False) -> Found:
    told = {"code": code, "severity": severity, "blocking": blocking, "node": at, "attempt": 1, "message": message}
    return Found(finding=Finding(**told, events=(4, 9)), at=0.1)  # type: ignore[arg-type]


def _done(one: PlanNode, usd: float, seconds: float, attempt: int = 1, passed: bool = True) -> list[Event]:
    outcome = "done" if passed else "failed"
    ending = Ended(node=one.id, attempt=attempt, passed=passed, outcome=outcome, at=seconds / 10)  # type: ignore[arg-type]
    return [*_work(one, attempt, 8, usd, seconds * 0.9), ending]


def _work(one: PlanNode, attempt: int, requests: int, usd: float, seconds: float) -> list[Event]:
    at = {"node": one.id, "attempt": attempt}
    model, each, numbers = one.route.model, seconds / requests, count(2)
    told: Sequence[Event] = [
        Started(**at, at=0.2),
        WorkerReady(**at, line=1, model=model, cli_version="2.1.330", tools=("Read", "Grep"), at=0.3),
        ModelServed(**at, line=2, model=model, at=0.1),
    ]
    log = list(told)
    for turn in range(requests):
        target = ("shop/cart.py", "shop/money.py", "tests/test_cart.py", "float\\(")[turn % 4]
        tool = ("Read", "Read", "Edit" if one.writes else "Read", "Grep")[turn % 4]
        log.append(ToolCalled(**at, line=next(numbers), tool=tool, target=target, at=each * 0.4))
        log.append(
            Metered(
                **at,
                model=model,
                input_tokens=4_200 + 900 * turn,
                output_tokens=180 + 40 * turn,
                usd=usd / requests,
                exact=True,
                at=each * 0.6,
            )
        )
    log.append(Said(**at, line=next(numbers), text="I have what I need and write down the result.", at=0.1))
    return log


FILES = ["shop/money.py", "shop/cart.py", "tests/test_cart.py"]
ANSWER = """\
Prices are whole cents everywhere now; the type `Cents` cannot be added to a float by mistake.

What I changed
- shop/money.py: `Cents` with rounding in one place, half up, as receipts have always had it.
- shop/cart.py: a discount is taken from the sum once, no longer from lines that are discounted already.
- tests/test_cart.py: 14 receipts of last year, to the cent.

What stays open
Orders that were stored with floats are read and rounded when they are loaded; no migration is part of this change.
"""
HANDOFF = {
    "status": "pass",
    "summary": "Prices are whole cents; 14 old receipts come out the same to the cent.",
    "changed_files": FILES,
    "tests_run": [{"command": "python -m pytest -q tests", "status": 0, "passed": 61, "failed": 0}],
    "residual_risk": "Orders stored with floats are rounded when they are loaded.",
}
PATCH = """\
diff --git a/shop/cart.py b/shop/cart.py
index 3b18e51..a2c41f0 100644
--- a/shop/cart.py
+++ b/shop/cart.py
@@ -28,8 +28,8 @@ class Cart:
     def total(self, code: str | None = None) -> Cents:
         \"\"\"What is to be paid.\"\"\"
-        lines = [discounted(line.price * line.count, code) for line in self.lines]
-        return discounted(sum(lines), code)
+        lines = (line.price * line.count for line in self.lines)
+        return discounted(sum(lines, Cents(0)), code)

     def add(self, product: Product, count: int = 1) -> None:
         if count < 1:
diff --git a/shop/money.py b/shop/money.py
new file mode 100644
--- /dev/null
+++ b/shop/money.py
@@ -0,0 +1,9 @@
+\"\"\"Money as whole cents.\"\"\"
+
+class Cents(int):
+    \"\"\"An amount; it is never a float.\"\"\"
+
+    @classmethod
+    def rounded(cls, amount: Decimal) -> \"Cents\":
+        \"\"\"Half up, as on receipts.\"\"\"
+        return cls((amount * 100).to_integral_value(ROUND_HALF_UP))
"""
