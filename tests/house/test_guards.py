"""Every limit, guard and ending has a journey that trips it through the command itself."""

import ast
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from ccorch.rules.findings import DETECTORS
from ccorch.schema.ceiling import Ceiling
from ccorch.schema.event import Outcome
from ccorch.schema.mcp import McpSettings
from ccorch.schema.plan import Limits
from ccorch.schema.policy import Cost, Output, Policy
from ccorch.schema.workflow import WorkflowNode

TESTS = Path(__file__).parents[1]
JOURNEYS = TESTS / "journeys"

OWNER = "test_limits::test_the_owners_ceiling_refuses_and_names_key_value_and_place"
MONEY = "test_limits::test_a_stream_is_cut_at_the_runs_money_and_nothing_more_is_forwarded"
DAY = "test_limits::test_the_owners_day_is_spent_over_all_runs_and_holds_as_it_is_now"
HELD = "test_money::test_a_worker_is_promised_its_money_before_it_starts_and_others_wait_for_it"
SPENT = "test_money::test_a_worker_that_edits_or_deletes_its_runs_folder_frees_no_money"
NODES = "test_money::test_limits_in_tokens_and_of_single_nodes_hold_before_a_first_request"
REFUSED = "test_money::test_limits_that_mean_nothing_are_refused_by_name_before_anything_starts"
TAIL = "test_money::test_a_worker_that_has_spent_its_share_is_asked_for_its_handoff"
AGREED = "test_mcp::test_what_may_cost_much_is_started_only_when_the_user_has_agreed"
SERVED = "test_mcp_servers::test_what_the_owner_says_in_mcp_yaml_holds_for_whoever_calls"
PRICE = "test_limits::test_a_model_without_a_price_is_refused_unless_allowed"
SLOTS = "test_limits::test_no_more_workers_than_the_run_allows"
TIME = "test_limits::test_wall_time_stops_the_worker_and_its_children"
TURNS = "test_limits::test_turns_are_limited"
MODEL = "test_served_model::test_another_model_stops_the_worker_at_its_first_message"
RAW = "test_evidence::test_private_evidence_is_deleted_at_the_end_when_none_is_to_be_kept"
SCOPE = "test_writers::test_what_lies_outside_the_scope_is_refused_before_it_is_written"
SHARES = "test_steering::test_no_more_at_work_than_per_profile_and_per_model_allow_over_all_runs"
RETRIES = "test_steering::test_a_lost_worker_is_tried_again_as_often_as_policy_retries_say"

END = "test_output::test_only_the_end_is_kept_where_nothing_else_is_wanted"
OUTPUT = "test_output::test_what_is_over_a_limit_is_left_out_and_told"
STOPPED = "test_output::test_output_beyond_the_hard_limit_ends_the_attempt"
SILENT = "test_output::test_a_worker_of_which_nothing_is_heard_is_stopped"
STUCK = "test_output::test_a_worker_that_does_nothing_new_is_stopped"
BELIEVED = "test_findings::test_what_a_worker_does_is_noticed_and_its_claims_are_not_believed"
SO_FAR = "test_findings::test_what_a_writer_does_beyond_its_task_is_told_while_it_is_still_at_work"
PACE = "test_findings::test_how_a_worker_gets_on_is_noticed_while_it_works_with_the_events_that_show_it"

TRIPPED_BY = {
    "Detector.secret_found": BELIEVED,
    "Detector.secret_candidate": BELIEVED,
    "Detector.tests_failed": BELIEVED,
    "Detector.destructive_command": SO_FAR,
    "Detector.sensitive_file_changed": SO_FAR,
    "Detector.permission_refused": BELIEVED,
    "Detector.work_discarded": PACE,
    "Detector.repeated_search": PACE,
    "Detector.limit_reached": PACE,
    "Detector.retry_storm": PACE,
    "Detector.context_near_limit": PACE,
    "Detector.write_scope": SO_FAR,
    "Detector.fence_advisory": "test_canary::test_behind_a_fence_that_does_not_hold_nothing_risky_is_started",
    "Detector.route_mismatch": MODEL,
    "Detector.stalled": SILENT,
    "Detector.no_progress": STUCK,
    "Detector.frozen": "test_doctor::test_who_was_frozen_is_noticed_and_heeds_a_stop",
    "Detector.budget": MONEY,
    "Ceiling.output_bytes": OWNER,
    "Policy.output": STOPPED,
    "Policy.checkpoint": PACE,
    "Limits.checkpoint": PACE,
    "Policy.stall_seconds": SILENT,
    "Policy.no_progress_seconds": STUCK,
    "Limits.output": STOPPED,
    "Limits.stall_seconds": SILENT,
    "Limits.no_progress_seconds": STUCK,
    "Outcome.output_spent": STOPPED,
    "Outcome.stalled": SILENT,
    "Outcome.no_progress": STUCK,
    "Output.soft_bytes": OUTPUT,
    "Output.hard_bytes": STOPPED,
    "Output.events_soft_bytes": OUTPUT,
    "Output.events_hard_bytes": OUTPUT,
    "Output.policy": OUTPUT,
    "Output.final_only": END,
    "Output.final_max_chars": OUTPUT,
    "Ceiling.max_concurrent": "test_limits::test_no_more_workers_than_the_owner_allows_over_all_runs",
    "Ceiling.per_profile": SHARES,
    "Ceiling.per_model": SHARES,
    "Ceiling.usd_per_run": OWNER,
    "Ceiling.usd_per_day": DAY,
    "Ceiling.usd_per_month": OWNER,
    "Ceiling.usd_per_profile": OWNER,
    "Ceiling.tokens_per_run": OWNER,
    "Ceiling.max_nodes": OWNER,
    "Ceiling.confirm_above_usd": AGREED,
    "Ceiling.timeout_seconds": OWNER,
    "Ceiling.max_turns": OWNER,
    "Ceiling.write_from_terminal": OWNER,
    "Ceiling.write_from_mcp": "test_mcp::test_a_client_has_a_defect_mended_and_accepts_it_where_its_owner_lets_it",
    "Ceiling.accept_from_mcp": "test_mcp::test_a_client_has_a_defect_mended_and_accepts_it_where_its_owner_lets_it",
    "Ceiling.sandbox": "test_sandbox::test_an_owner_who_requires_a_sandbox_is_obeyed_by_whoever_would_write",
    "McpSettings.toolsets": SERVED,
    "McpSettings.read_only": SERVED,
    "McpSettings.tools": SERVED,
    "McpSettings.extras": SERVED,
    "McpSettings.client_sandbox": SERVED,
    "Policy.max_concurrent": SLOTS,
    "Policy.timeout_seconds": TIME,
    "Policy.max_turns": TURNS,
    "Policy.write": "test_writers::test_who_may_only_read_or_was_not_asked_to_write_cannot_write",
    "Policy.write_scope": SCOPE,
    "Policy.sandbox": "test_sandbox::test_what_requires_a_sandbox_is_not_planned_without_one",
    "Policy.worktree": "test_setups::test_a_set_up_that_fails_is_told_with_its_words_and_nothing_is_begun",
    "Policy.dirty": "test_verdicts::test_writers_of_the_same_files_take_turns_from_uncommitted_work_that_stays_out",
    "Policy.route_mismatch": MODEL,
    "Policy.retries": RETRIES,
    "Policy.keep_raw": RAW,
    "Cost.usd_per_run": MONEY,
    "Cost.usd_per_node": HELD,
    "Cost.usd_per_day": SPENT,
    "Cost.usd_per_month": SPENT,
    "Cost.usd_per_profile": SPENT,
    "Cost.usd_per_label": SPENT,
    "Cost.tokens_per_node": NODES,
    "Cost.tokens_per_run": NODES,
    "Cost.handoff_reserve": TAIL,
    "Cost.max_nodes": REFUSED,
    "Cost.confirm_above_usd": AGREED,
    "Cost.unpriced": PRICE,
    "WorkflowNode.usd": NODES,
    "WorkflowNode.tokens": NODES,
    "Limits.max_concurrent": SLOTS,
    "Limits.usd_per_run": MONEY,
    "Limits.usd_per_node": HELD,
    "Limits.usd_per_day": SPENT,
    "Limits.usd_per_month": SPENT,
    "Limits.usd_per_profile": SPENT,
    "Limits.usd_per_label": SPENT,
    "Limits.tokens_per_node": NODES,
    "Limits.tokens_per_run": NODES,
    "Limits.handoff_reserve": TAIL,
    "Limits.unpriced": PRICE,
    "Limits.route_mismatch": MODEL,
    "Limits.priority": "test_evidence::test_who_has_priority_or_was_moved_ahead_starts_first",
    "Limits.retries": RETRIES,
    "Limits.keep_raw": RAW,
    "Outcome.done": "test_line::test_a_role_does_its_job_and_everything_can_be_read",
    "Outcome.refused": SCOPE,
    "Outcome.no_handoff": "test_line::test_a_handoff_that_never_comes_is_a_failure_until_somebody_has_it_mended",
    "Outcome.empty": "test_outcomes::test_an_answer_without_words_is_no_success",
    "Outcome.route_mismatch": MODEL,
    "Outcome.turns_spent": TURNS,
    "Outcome.budget_spent": MONEY,
    "Outcome.auth_failed": "test_isolation::test_a_refused_credential_fails_at_once_and_names_the_profile",
    "Outcome.api_error": "test_outcomes::test_an_error_of_the_provider_is_told_in_its_words",
    "Outcome.quota_spent": "test_quota::test_what_a_provider_refuses_is_never_a_result",
    "Outcome.overloaded": "test_quota::test_what_a_provider_refuses_is_never_a_result",
    "Outcome.declined": "test_quota::test_what_a_provider_refuses_is_never_a_result",
    "Outcome.timed_out": TIME,
    "Outcome.stopped": "test_line::test_follow_from_another_process_and_stop",
    "Outcome.killed": "test_kills::test_a_killed_claude_leaves_no_orphan_and_a_true_status",
    "Outcome.start_failed": "test_outcomes::test_a_claude_that_dies_before_its_session_did_not_start",
    "Outcome.gate_failed": "test_steering::test_a_gate_failed_is_an_ending_with_its_reason",
    "Outcome.failed": "test_outcomes::test_a_claude_that_leaves_without_a_result_has_failed",
}
"""The journey that trips each; a new limit or ending is a new line here, and a new journey."""

MONEY_IS_HELD = {
    "while no daemon lives": "journeys/test_kills::"
    "test_a_killed_daemon_is_revived_by_shims_and_what_was_paid_again_is_in_the_ledger",
    "whatever a worker does to its workspace": f"journeys/{SPENT}",
    "whatever a provider says": "journeys/test_money::"
    "test_whatever_a_provider_says_of_its_usage_the_larger_count_is_booked",
    "where a limit means nothing": f"journeys/{REFUSED}",
    "where the owner changes a day's limit in mid-run": f"journeys/{DAY}",
    "when the clock jumps": "adapters/gateway/test_server::"
    "test_a_clock_that_jumps_frees_no_money_of_a_day_that_was_spent",
    "by the local day and month": "adapters/gateway/test_server::test_local_days_date_the_pools",
    "on both sides of daylight saving": "rules/test_budget::"
    "test_a_day_is_the_calendars_own_on_both_sides_of_a_clock_change",
}
"""What money is safe from besides, and the test that tries it; no journey can turn a machine's clock."""

BUDGETS = ("usd", "tokens")
"""What a node of a workflow may say of its own budget."""


def test_nothing_that_guards_is_without_a_journey() -> None:
    limits = {
        f"{kind.__name__}.{field}"
        for kind in (Ceiling, McpSettings, Policy, Cost, Limits, Output)
        for field in kind.model_fields
    }
    limits |= {f"WorkflowNode.{field}" for field in BUDGETS if field in WorkflowNode.model_fields}
    endings = {f"Outcome.{outcome}" for outcome in get_args(Outcome)}

    detectors = {f"Detector.{code}" for code in DETECTORS}

    assert set(TRIPPED_BY) == limits | endings | detectors


@pytest.mark.parametrize("guard", TRIPPED_BY)
def test_the_journey_exists_and_names_what_it_trips(guard: str) -> None:
    module, _, test = TRIPPED_BY[guard].partition("::")

    assert test in journeys(module), f"{module}.py has no {test}"
    assert spoken_of(guard) in journeys(module)[test], f"{test} does not speak of {guard}"


@pytest.mark.parametrize("promise", MONEY_IS_HELD)
def test_what_money_is_safe_from_is_tried(promise: str) -> None:
    module, _, test = MONEY_IS_HELD[promise].partition("::")

    assert test in those_of(TESTS / f"{module}.py"), f"{module}.py has no {test}"


def spoken_of(guard: str) -> str:
    """The word that a journey of this guard contains."""
    word = guard.rpartition(".")[2]
    return {
        "write": "policy.write",
        "done": "pass",
        "killed": "killed",
    }.get(word, word)


def journeys(module: str) -> dict[str, str]:
    """The tests of a module of journeys."""
    return those_of(JOURNEYS / f"{module}.py")


@cache
def those_of(module: Path) -> dict[str, str]:
    """The tests of a module, with their decorators and text."""
    text = module.read_text(encoding="utf-8")
    lines = text.splitlines()
    return {
        node.name: "\n".join(lines[_first_line(node) - 1 : node.end_lineno])
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def _first_line(node: ast.FunctionDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
