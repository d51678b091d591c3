"""Forms written in one go by somebody who had not read the guard, after public advisories; scored once.

Each key is the advisory, `docs/overlay-corpus.md` says what it was about and how the guard did at the first try.
"""

from typing import Any

from tests.corpus.overlays import USABLE, Attempt, call, choose, put, word


def nodes(**more: Any) -> Attempt:
    """A plan of one node with something more in it."""
    return authored({"id": "a", "role": "review", **more})


def gate(**more: Any) -> Attempt:
    """A plan of one node and a gate behind it."""
    return authored({"id": "a", "role": "review"}, {"id": "g", "kind": "gate", "needs": ["a"], **more})


def authored(*written: dict[str, Any]) -> Attempt:
    """A plan of these nodes."""
    keys = {**USABLE, "workflow.roles": ["review"], "workflow.nodes": list(written)}
    return "plan", {"overlay": {"set": keys}, "task": "x"}


def plan(**arguments: Any) -> Attempt:
    """A plan with an argument more."""
    return call("plan", **{"overlay": {"set": USABLE}, "task": "x", **arguments})


def deep(depth: int) -> Any:
    """A mapping in a mapping in a mapping."""
    value: Any = "x"
    for _ in range(depth):
        value = {"a": value}
    return value


SECOND: dict[str, tuple[Attempt, ...]] = {
    "CVE-2025-23304": (
        nodes(_target_="os.system"),
        authored({"id": "a", "workflow": "single", "inputs": {"_target_": "subprocess.run"}}),
        gate(approval={"question": "?", "_args_": ["x"]}),
        gate(on_fail={"reopen": "a", "max": 1, "_target_": "os.abort"}),
        put("routing.fallbacks", {"scripted": [{"profile": "scripted", "_target_": "os.execv"}]}),
        put("role._partial_", True),
        word("routing.preferences={review: {profiles: [scripted], _target_: builtins.exec}}"),
        plan(overlay={"groups": {"_target_": "os.system"}, "set": USABLE}),
        plan(overlay={"set": USABLE, "_target_": "os.system"}),
        word("policy.output={_convert_: object}"),
    ),
    "CVE-2021-44228": (
        put("model", "${jndi:ldap://127.0.0.1/a}"),
        put("workflow.inputs", {"a": "${${lower:j}ndi:${env:HOME}}"}),
        put("routing.model_aliases", {"${oc.env:HOME}": "x"}),
        put("profile", "${hydra:runtime.cwd}"),
        put("task_type", "\\\\${oc.env:HOME}"),
        word("model='\\\\${oc.env:HOME}'"),
        word("profile=${oc.select:profiles,x}"),
        word("policy.max_turns=${oc.dict.keys:policy}"),
    ),
    "CVE-2022-42889": (
        nodes(task="${script:javascript:1}"),
        nodes(when="${eval:1}"),
        authored({"id": "a", "workflow": "single", "inputs": {"a": "b ${.role} c"}}),
        put("workflow.voters", [{"profile": "scripted", "model": "${oc.decode:eA==}"}]),
        put("label", "${now:%Y}"),
        put("workflow.sources", ["${oc.deprecated:task}"]),
    ),
    "CVE-2017-18342": (
        word("policy.max_turns=!!python/object/apply:os.getpid []"),
        word("workflow.sources=[!!python/module:os]"),
        word("role.tools=!!set {Read}"),
    ),
    "CVE-2019-11253": (
        word("role=&a review"),
        word("workflow.roles=*a"),
        word("policy.output=&x {hard_bytes: 20000, soft_bytes: *x}"),
        put("workflow.inputs", {f"k{number}": "lol" * 9_000 for number in range(300)}),
        put("role.tools", ["Read"] * 100_000),
        authored(*({"id": f"n{number}", "role": "review"} for number in range(20_000))),
    ),
    "CVE-2025-64718": (
        word("policy.output={<<: {hard_bytes: 99999999}}"),
        put("policy.output", {"<<": {"hard_bytes": 99_999_999}}),
        put("workflow.inputs", {"<<": {"__proto__": "x"}}),
    ),
    "CVE-2022-25857": (
        put("workflow.inputs", deep(400)),
        put("routing.preferences", deep(60)),
        word("workflow.inputs=" + "{a: " * 300 + "1" + "}" * 300),
        word("workflow.sources=" + "[" * 3_000 + "]" * 3_000),
    ),
    "CVE-2020-10735": (
        put("policy.timeout_seconds", 10**30),
        put("queue.priority", 2**63),
        put("cost.usd_per_run", 1e308),
        put("cost.tokens_per_run", "1e999"),
        put("policy.max_concurrent", 4.999),
        put("policy.max_concurrent", "4 # and more"),
        put("cost.usd_per_run", True),
        word("policy.max_turns=" + "9" * 5_000),
        word("cost.usd_per_run=inf"),
        word("cost.usd_per_run=nan"),
        word("cost.usd_per_run=1e309"),
        word("policy.retries.lost=-1"),
    ),
    "CVE-2017-12635": (
        word("policy.max_turns=3", "policy.max_turns=4"),
        plan(overrides=["policy.max_turns=3"], overlay={"set": {**USABLE, "policy.max_turns": 9}}),
        plan(overlay={"set": {**USABLE, "policy": {"max_turns": 1}, "policy.max_turns": 2}}),
        plan(overrides=["role=security"], overlay={"groups": {"role": "review"}, "set": USABLE}),
        word("policy.output={soft_bytes: 1000, soft_bytes: 2000}"),
        word('policy.output={"soft_bytes": 1000, "soft_bytes": 2000}'),
        plan(overlay={"set": {**USABLE, "policy.output": {"soft_bytes": 1000}, "policy.output.soft_bytes": 2000}}),
    ),
    "CVE-2018-3721": (
        put("__proto__.polluted", True),
        put("constructor.prototype.x", 1),
        put("workflow.inputs", {"__proto__": "x"}),
        put("routing.profile_aliases", {"__proto__": "scripted"}),
    ),
    "CVE-2025-58367": (
        put("policy.__class__.__init__", 1),
        put("workflow.inputs", {"__class__": "x"}),
        put("role.__dict__", {}),
        put("policy.model_config", {"extra": "allow"}),
        put("routing.model_aliases", {"__globals__": "x"}),
    ),
    "CVE-2021-42574": (
        put("label", "safe\u202egnp.exe"),
        put("label", "a\u2066b"),
        put("model", "gpt\u200d"),
        put("profile", "scripted\u2069"),
        put("task_type", "\u202e"),
        put("label", "hi\U000e0041\U000e0042"),
    ),
    "CVE-2021-42694": (
        put("p\u043elicy.write", True),
        put("policy.wr\u0131te", True),
        choose("r\u043ele", "review"),
        choose("role", "rev\u0456ew"),
        put("policy.write\u200b", True),
        put("POLICY.WRITE", True),
    ),
    "CVE-2019-9636": (
        put("policy\uff0ewrite", True),
        put("\uff50olicy.max_turns", 3),
        put("policy.\uff3ftarget\uff3f", "os.system"),
        word("policy.max_turns\uff1d3"),
        put("workflow.inputs", {"a": "\uff04\uff5boc.env:HOME\uff5d", "\uff3f\uff3fproto\uff3f\uff3f": "x"}),
    ),
    "CVE-2006-7243": (
        choose("role", "review\0.yaml"),
        put("label", "a\0b"),
        word("label=a\0b"),
        put("attach", ["app.py\0.png"]),
    ),
    "CVE-2019-9740": (
        word("role=review\npolicy.write=true"),
        put("model", "opus\r\n--permission-mode bypassPermissions"),
        put("profile", "scripted\n"),
        authored({"id": "a\nb", "role": "review"}),
    ),
    "CVE-2017-1000117": (
        put("model", "--dangerously-skip-permissions"),
        put("model", "opus --mcp-config=x.json"),
        put("profile", "--help"),
        put("label", "--output=x"),
        put("task_type", "-x"),
        put("role.name", "-rf"),
        authored({"id": "--x", "role": "review"}),
        put("attach", ["--upload-file=app.py"]),
    ),
    "CVE-2025-68144": (
        put("role.commands", ["git log --output=x"]),
        put("script", "-c"),
        put("workflow_file", "-"),
        put("routing.fallbacks", {"scripted": [{"profile": "-x", "model": "--model"}]}),
        put("workflow.voters", [{"profile": "scripted", "model": "--settings"}]),
        nodes(model="--resume"),
        nodes(profile="--help"),
    ),
    "CVE-2022-36069": (
        word("--config-dir=."),
        word("-m"),
        word("--cfg=job"),
        word("--", "policy.max_turns=3"),
        word("-c", "policy.max_turns=3"),
    ),
    "CVE-2021-41773": (
        choose("role", "..%2f..%2fetc/passwd"),
        choose("role", "review/../../policies/default"),
        choose("role", ".%2e/review"),
        choose("workflow", "....//team"),
    ),
    "CVE-2025-53110": (
        put("attach", ["../../etc/passwd"]),
        put("attach", ["/proc/self/environ"]),
        put("attach", ["~/.ssh/id_rsa"]),
        put("workflow_file", "../../x.yaml"),
        put("script", "/dev/stdin"),
        authored({"id": "a", "workflow": "../../../../etc/x"}),
        put("policy.write_scope.allow", ["../../**"]),
        put("policy.write_scope.allow", ["/**"]),
        put("role.handoff", "../../../etc/passwd"),
        choose("role", "file:///etc/passwd"),
        choose("role", "pkg://ccorch"),
    ),
    "CVE-2025-53773": (
        put("policy.write", "yes"),
        put("policy.write", 1),
        word("policy.write=on"),
        put("policy", {"write": True}),
        put("policy.write_scope.deny", []),
        put("role.permission", "write"),
        put("workflow.roles", {"x": {"name": "x", "summary": "x", "prompt": "x", "permission": "write"}}),
        put("workflow.roles", {"x": {"name": "x", "summary": "x", "prompt": "x", "tools": ["Read", "Bash"]}}),
        put("cost.confirm_above_usd", 100_000),
        put("cost.unpriced", "allow"),
    ),
    "CVE-2025-59536": (
        put("checks.commands", [["sh", "-c", "id"]]),
        put("checks.invariants", [["id"]]),
        put("policy.worktree", {"commands": [["id"]]}),
        put("policy.worktree.linked", ["/etc"]),
        nodes(commands=[["id"]]),
        gate(verify=True, planted=["diff --git a/x b/x"]),
        put("engine.postgres_url", {"command": ["id"]}),
        put("claude", "sh"),
    ),
    "CVE-2026-21852": (
        put("profiles.native", {"x": {"base_url": "http://127.0.0.1:1", "auth": {"env": "HOME"}, "models": {}}}),
        put("profiles.environment.api_key", ["AWS_SECRET_ACCESS_KEY"]),
        word("profiles.settings=[x.json]"),
        put("prices.models", {"scripted-balanced": {"input": 0, "output": 0}}),
        put("profiles.scripted", False),
    ),
    "CVE-2025-68613": (
        nodes(when="__import__('os').system('id')"),
        gate(pass_when=["().__class__.__bases__[0]"]),
        gate(pass_when=["a.handoff.__class__"]),
        gate(pass_when=["(" * 900 + "a.finding_count == 0" + ")" * 900]),
    ),
    "CVE-2026-22584": (
        word("role@policy=review"),
        word("role@_global_=review"),
        word("/role=review"),
        word("role@workflow.roles.x=review"),
        word("~policy.write_scope"),
        word("++policy.max_turns=3"),
        word("policy.max_turns=3,4"),
        word("role=glob(*)"),
        word("policy.max_turns=range(1,5)"),
        word("policy.max_turns=choice(1,2)"),
        word("workflow.roles=sort(review,security)"),
        word("policy.max_turns=int('3')"),
        word("workflow.sources=extend_list(x)"),
        word("hydra/launcher=joblib"),
        word("hydra.job.chdir=true"),
        word("defaults=[x]"),
        put("defaults", ["/role: review"]),
        word("_self_"),
        word("role=null"),
    ),
    "CVE-2025-61260": (
        plan(config_dir="/etc"),
        plan(out="x.json"),
        plan(yes=True),
        plan(accept_drift=["commit"]),
        plan(visible=True),
        plan(multirun=["role=a,b"]),
        plan(overlay=["role"]),
        plan(overlay="role=review"),
        plan(overrides="role=review"),
        plan(overrides=[["role=review"]]),
        plan(overrides=["role=review"] * 10_000),
        plan(task=["x"]),
    ),
}
