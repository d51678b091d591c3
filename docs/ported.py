"""Where the tools of the earlier orchestrator went: each with the call that does its job here."""

from typing import NamedTuple


class Ported(NamedTuple):
    """One earlier tool."""

    tool: str
    call: str
    """A tool of the server with its arguments, or a command; commands are for the user at a terminal."""
    note: str = ""


HEAD = """# Tools of the earlier orchestrator

Each `cc_*` tool with the call that does its job here. Calls are MCP tools, those of the set `ops` marked so (`toolsets: [core,
ops]` in your `mcp.yaml`); lines that begin with `ccorch` are commands for the user at a terminal, because they change the machine
or spend money. Every call takes typed arguments; replies are structured, errors have a code and the next call.

| earlier tool | call here | |
|---|---|---|
"""

PORTED = (
    Ported("cc_healthcheck", "doctor()"),
    Ported("cc_list_profiles", "profiles()"),
    Ported("cc_pick_profile", "routes(role=…)", "the plan names every node's route, too"),
    Ported("cc_score_models", "models()"),
    Ported("cc_write_strategy_reports", "routes()", "`ccorch routes --out FILE` writes it"),
    Ported("cc_workflow_plan", "plan(overrides=…, task=…)"),
    Ported("cc_model_registry", "models(model=…)", "measured on the way, nothing has to be refreshed"),
    Ported("cc_local_policy", 'catalog(path="routing")', "a file of the user's own layer"),
    Ported("cc_calibrate_policy", "ccorch models calibrate --apply"),
    Ported("cc_benchmark_model", "ccorch models bench --model ID --run"),
    Ported("cc_benchmark_suite", "ccorch models bench --run"),
    Ported("cc_run_agent", "run_submit(plan_id=…)", "then run_wait; nothing blocks"),
    Ported("cc_run_visible_agent", "run_submit(plan_id=…)", "`ccorch top` shows it at work"),
    Ported("cc_last_run", "run_get()"),
    Ported("cc_git_diff", "run_diff()"),
    Ported("cc_open_run_folder", "artifact_list(run=…)"),
    Ported("cc_run_streaming_agent", "run_submit(plan_id=…)", "output limits are policy.output"),
    Ported("cc_poll_run", 'run_wait(run=…, until="change")'),
    Ported("cc_summarize_run", "run_get(run=…)"),
    Ported("cc_compact_events", 'run_get(run=…, view="log")'),
    Ported("cc_run_status", "run_list()", "run_get(run=…) for one"),
    Ported("cc_stop_run", 'run_control(run=…, action="stop")'),
    Ported("cc_send_instruction", 'run_control(run=…, action="send", text=…)', "in the worker's own session"),
    Ported("cc_mock_stream_test", "doctor()", "`ccorch doctor --rehearse` plays a whole workflow"),
    Ported("cc_spawn_role_team", 'plan(overrides=["workflow=team"], task=…)'),
    Ported("cc_collect_team_results", "run_get(run=…)", "with what they agree on"),
    Ported("cc_cross_review", 'plan(overrides=["workflow=cross_review"], task=…)', "workflow.sources names runs"),
    Ported("cc_preflight_write_scope", "plan(overrides=…, task=…)", "policy.write_scope stands in the plan"),
    Ported("cc_check_write_scope", "run_verify(run=…)"),
    Ported("cc_diff_summary", "run_diff(run=…)"),
    Ported("cc_secret_scan_run", "run_scan(target=…)", "run_verify(run=…) looks, too"),
    Ported("cc_rollback_run", 'run_decide(run=…, decision="rollback")'),
    Ported("cc_verify_run", "run_verify(run=…)", "the owner's commands try the result"),
    Ported("cc_score_worker", "run_score(run=…)"),
    Ported("cc_decision_review", "review(action=…, run=…)"),
    Ported("cc_cost_guard", 'catalog(path="ceiling")', "the owner's file sets it"),
    Ported("cc_usage_summary", "usage()"),
    Ported("cc_dashboard", "ccorch top"),
    Ported("cc_export_report", "report(run=…)"),
    Ported("cc_controller_report", 'report(preset="runs")'),
    Ported("cc_pressure_report", 'report(preset="pressure")'),
    Ported("cc_queue_submit", "run_submit(plan_id=…)", "queue.priority and policy.retries in the plan"),
    Ported("cc_queue_tick", "run_wait(run=…)", "the daemon starts what may start"),
    Ported("cc_queue_status", 'run_list(state="queued")'),
    Ported("cc_queue_cancel", 'run_control(run=…, action="stop")'),
    Ported("cc_queue_policy", 'catalog(path="queue")', "queue_move(run=…, priority=…) for one run"),
    Ported("cc_init_workspace", "ccorch init"),
    Ported("cc_workspace_status", "workspace_status()"),
    Ported("cc_migrate_data", "ccorch workspace restore ARCHIVE"),
    Ported("cc_clean_workspace", "ccorch workspace clean --apply", "workspace_clean() tells what it would delete"),
    Ported("cc_archive_runs", "ccorch workspace archive --apply"),
    Ported("cc_repair_mcp_paths", "ccorch mcp install --client claude --project --apply"),
    Ported("cc_folder_policy", "workspace_policy()"),
    Ported("cc_workflow_validate", "config_check()", "plan names every fault of a workflow, too"),
    Ported("cc_workflow_dry_run", 'plan(overrides=["worker=simulated"], task=…)'),
    Ported("cc_workflow_run", "run_submit(plan_id=…)"),
    Ported("cc_workflow_status", 'run_get(run=…, view="nodes")'),
    Ported("cc_workflow_retry_node", 'run_control(run=…, action="retry", node=…)'),
    Ported("cc_workflow_stop", 'run_control(run=…, action="stop")'),
    Ported("cc_workflow_report", "report(run=…)"),
    Ported("cc_handoff_template", "handoff_template(role=…)"),
    Ported("cc_handoff_validate", "handoff_validate(run=…)"),
    Ported("cc_handoff_read", "handoff_show(run=…)"),
    Ported("cc_handoff_repair_prompt", "handoff_repair(run=…, node=…)"),
    Ported("cc_prompt_pack", "prompt_list()", "prompt_render(name=…, values=…)"),
    Ported("cc_write_claude_md", "persona_show()", "`ccorch persona write` writes it"),
    Ported("cc_upgrade_check", "doctor()"),
)


def page(ops: frozenset[str]) -> str:
    """The page; `ops` are the tools of that set."""
    rows = []
    for one in PORTED:
        name = one.call.partition("(")[0]
        note = f"set `ops`; {one.note}" if name in ops and one.note else "set `ops`" if name in ops else one.note
        rows.append(f"| `{one.tool}` | `{one.call}` | {note} |\n")
    return HEAD + "".join(rows)
