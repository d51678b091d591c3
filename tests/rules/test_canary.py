"""What a canary has seen decides who may start."""

from ccorch.rules.canary import advice, attempts, is_high_risk, refusal
from ccorch.schema.policy import WriteScope
from ccorch.schema.proof import FenceProof
from ccorch.schema.role import Role
from tests.plan_kit import HASH, node

WRITER = Role(name="w", summary="W.", prompt="W.", tools=("Edit", "Bash"), permission="write")
PROOF = FenceProof(cli="2.1.330", cli_sha256=HASH, contract=HASH, sandbox=False, at=1.0, tried=("Write outside",))


def test_who_may_run_programs_or_change_what_is_run_is_risky() -> None:
    narrow = WriteScope(allow=("src/*.py",))
    runs = WRITER.model_copy(update={"commands": ("make",)})
    reads = WRITER.model_copy(update={"commands": ("git diff",)})

    assert is_high_risk(node("a", role=WRITER, writes=True, write_scope=WriteScope()))
    assert is_high_risk(node("a", role=runs, writes=True, write_scope=narrow))
    assert not is_high_risk(node("a", role=reads, writes=True, write_scope=narrow))
    assert not is_high_risk(node("a", role=runs))


def test_a_fence_that_was_not_tried_is_no_better_than_one_that_failed() -> None:
    risky = node("a", role=WRITER, writes=True, write_scope=WriteScope())
    missed, untried = PROOF.model_copy(update={"missed": ("x",)}), PROOF.model_copy(update={"untried": "it ended"})

    assert advice(PROOF) is None
    assert refusal(risky, PROOF) is None
    for proof in (missed, untried):
        assert "is not started" in (refusal(risky, proof) or "")
        assert "ccorch doctor --canary" in (refusal(risky, proof) or "")
    assert refusal(node("a", role=WRITER, writes=True, write_scope=WriteScope(allow=("src/*.py",))), missed) is None


def test_the_sandbox_is_tried_where_there_is_one() -> None:
    assert len(attempts("/in", "/out", sandbox=True)) == len(attempts("/in", "/out", sandbox=False)) + 1
