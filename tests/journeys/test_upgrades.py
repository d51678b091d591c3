"""A later version reads what was written for this one, says what has to be rewritten, and rewrites nothing."""

from tests.journeys.kit import PLAIN
from tests.journeys.later import later_build
from tests.machine import Machine, Result

NONE = "RENAMED: tuple[Renamed, ...] = ()"
ONE = 'RENAMED = (Renamed("policy.max_parallel", "policy.max_concurrent", "0.2.0"),)'
"""A name that no ccorch ever had: the version that has it as an old one is made here."""
CALLED = "policy.max_parallel is called policy.max_concurrent now; 0.2.0 will not read it any more"
EXTENDS = "defaults: [/builtin/policy/default, _self_]\n"


def test_a_key_that_has_another_name_now_is_read_told_with_its_line_and_left_as_it_is(box: Machine) -> None:
    layer = box.project / ".ccorch"
    written = {
        layer / "config.yaml": "# Ours.\npolicy:\n  max_turns: 7\n  max_parallel: 2\n",
        layer / "policies/ours.yaml": f"# Ours.\n{EXTENDS}max_parallel: 3\n",
    }
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    program = later_build(box.root / "later", "config/renamed.py", NONE, ONE)

    def later(*words: str) -> Result:
        with box.start(*words, program=program) as command:
            out, err = command.communicate(timeout=300)
        return Result(command.returncode, out.decode(), err.decode())

    assert box.ccorch("config", "check").status == 2, "it is no name of today"
    assert later("config", "check").status == 0
    checked = later("upgrade-check", "--json")
    assert checked.status == 1, checked
    told = [line["said"] for line in checked.data["lines"] if line["check"] == "keys"]
    assert told == [f"{layer}/config.yaml:4: {CALLED}", f"{layer}/policies/ours.yaml:3: {CALLED}"]

    out = box.root / "plan.json"
    asked = ("policy=ours", "policy.max_parallel=4", "task=policy.max_parallel=5", *PLAIN)
    planned = later("plan", *asked, "--out", str(out), "--json")
    assert planned.status == 0, planned
    assert [one for one in planned.data["warnings"] if CALLED in one] == [
        *told,
        f"override policy.max_parallel=4: {CALLED}",
    ]
    assert '"max_concurrent":4' in out.read_text().replace(" ", "")
    assert "max_concurrent: 2" in later("plan", *PLAIN, "task=x", "--cfg", "job").out
    assert {path: path.read_text() for path in written} == written
