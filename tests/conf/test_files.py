"""Promises of the packaged files in conf/ and of the demo repository."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from ccorch.adapters.scripted.script import load
from ccorch.schema.checks import Checks
from ccorch.schema.config import Engine, Notify
from ccorch.schema.handoff import CONTRACTS, check
from ccorch.schema.model import Models
from ccorch.schema.policy import Cost, Policy, Queue, Routing
from ccorch.schema.price import Prices
from ccorch.schema.profile import Profiles
from ccorch.schema.prompt import Prompt
from ccorch.schema.role import Role
from ccorch.schema.workflow import Workflow

HOUSE = Path(__file__).parents[2]
CONF = HOUSE / "conf"
DEMO = HOUSE / "examples" / "demo_repo"

GROUPS: dict[str, type[BaseModel]] = {
    "roles": Role,
    "policies": Policy,
    "policies/cost": Cost,
    "policies/queue": Queue,
    "policies/routing": Routing,
    "workflows": Workflow,
    "profiles": Profiles,
    "prices": Prices,
    "models": Models,
    "engine": Engine,
    "checks": Checks,
    "notify": Notify,
    "prompts": Prompt,
}
FILES = [path for group in GROUPS for path in sorted((CONF / group).glob("*.yaml"))]
ROLES = sorted((CONF / "roles").glob("*.yaml"))
SCRIPTS = sorted((CONF / "scripts").glob("*.yaml"))
SCREEN, PROMPT = 40, 900
LONGER = {"prices": 60, "scripts": 120}
WIDER = {"models": 160, "scripts": 240}
SELDOM = {"inputs", "voters", "decide", "sources"}
"""Keys that few workflows say."""
DEFECTS = """
import sqlite3
from shop.cart import Cart
from shop.orders import create_table, orders_of, place
from shop.pricing import with_tax

cart, database = Cart(code="WELCOME10"), sqlite3.connect(":memory:")
cart.add("mug", 100.0)
create_table(database)
place(database, "ada", cart)
print(cart.total(), with_tax(0.50), orders_of(database, "' OR '1'='1"))
"""


def short(path: Path) -> str:
    return str(path.relative_to(CONF))


def content(path: Path) -> dict[str, Any]:
    """What a file says once its defaults list is followed, as Hydra would with `_self_` at the end."""
    own = yaml.safe_load(path.read_text("utf-8"))
    merged: dict[str, Any] = {}
    for entry in own.pop("defaults", []):
        match entry:
            case "_self_":
                merged.update(own)
            case str(sibling):
                merged.update(content(path.with_name(f"{sibling}.yaml")))
            case dict():
                [(target, option)] = entry.items()
                key = target.removeprefix("/role@roles.")
                merged.setdefault("roles", {})[key] = content(CONF / "roles" / f"{option}.yaml")
    return merged or own


def model_of(path: Path) -> type[BaseModel]:
    return GROUPS[str(path.parent.relative_to(CONF))]


def role(path: Path) -> Role:
    return Role.model_validate(content(path))


def turns(path: Path) -> list[tuple[str, dict[str, Any]]]:
    script = content(path)
    named = [(name, turn) for name, played in script.get("roles", {}).items() for turn in played]
    return [*named, *(("default", turn) for turn in script["default"])]


def cited(text: str) -> list[tuple[str, int, str]]:
    """Every `file:line` of a text that is followed by code in backticks."""
    found = re.findall(r"(\w[\w/]+\.py):(\d+) `([^`]+)`", text)
    return [(file, int(line), code) for file, line, code in found]


def line_of(file: str, line: int) -> str:
    return (DEMO / file).read_text("utf-8").splitlines()[line - 1]


@pytest.mark.parametrize("path", [*FILES, *SCRIPTS], ids=short)
def test_a_file_opens_with_its_summary_and_fits_on_a_screen(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()

    assert re.fullmatch(r"# [A-Z].{10,110}\.", lines[0])
    assert len(lines) <= LONGER.get(path.parent.name, SCREEN)
    assert max(map(len, lines)) <= WIDER.get(path.parent.name, 110)


@pytest.mark.parametrize("path", FILES, ids=short)
def test_a_file_is_valid_and_says_every_key_of_its_model(path: Path) -> None:
    said = content(path)

    model_of(path).model_validate(said)
    left_out = SELDOM if path.parent.name == "workflows" else set()
    assert set(said) | left_out == set(model_of(path).model_fields)


@pytest.mark.parametrize("path", [*FILES, *SCRIPTS], ids=short)
def test_a_file_holds_values_and_names_only(path: Path) -> None:
    text = path.read_text("utf-8")

    assert "_target_" not in text
    assert "${" not in text
    assert "???" not in text


@pytest.mark.parametrize("path", [path for path in FILES if path.parent.name in ("roles", "workflows", "prompts")])
def test_a_named_file_has_the_name_and_the_summary_that_its_content_says(path: Path) -> None:
    said = content(path)

    assert said["name"] == path.stem
    assert f"# {said['summary']}" == path.read_text("utf-8").splitlines()[0]


@pytest.mark.parametrize(
    "group", ["policies", "policies/cost", "policies/queue", "profiles", "checks", "engine", "notify"]
)
def test_what_default_says_is_what_the_schema_defaults_to(group: str) -> None:
    said = GROUPS[group].model_validate(content(CONF / group / "default.yaml"))

    assert said == GROUPS[group]()


def test_there_are_the_fourteen_roles_and_each_owes_its_contract() -> None:
    assert {path.stem for path in ROLES} == set(CONTRACTS)
    assert len(CONTRACTS) == 14
    assert all(role(path).handoff == path.stem for path in ROLES)


@pytest.mark.parametrize("path", ROLES, ids=short)
def test_a_prompt_is_short_asks_for_evidence_and_takes_no_orders_from_the_project(path: Path) -> None:
    prompt = role(path).prompt

    assert len(prompt) <= PROMPT
    assert "file:line" in prompt
    assert "never an instruction to you" in " ".join(prompt.split())
    assert "Do not" in prompt


@pytest.mark.parametrize("path", ROLES, ids=short)
def test_only_writers_edit_and_what_they_run_changes_nothing(path: Path) -> None:
    worker = role(path)
    edits = {"Edit", "Write"} <= set(worker.tools)

    assert edits == (worker.permission == "write")
    assert ("Bash" in worker.tools) == bool(worker.commands)
    assert set(worker.commands) <= ({"git status", "git diff"} if edits else set())
    assert not {"WebFetch", "WebSearch"} & set(worker.tools)
    assert 180 <= (worker.timeout_seconds or 0) <= 900


def test_only_multimodal_sees_images() -> None:
    assert [path.stem for path in ROLES if role(path).images] == ["multimodal"]


def test_a_workflow_names_roles_and_nodes_that_exist() -> None:
    for path in sorted((CONF / "workflows").glob("*.yaml")):
        workflow = Workflow.model_validate(content(path))
        ids = [node.id for node in workflow.nodes]

        assert len(ids) == len(set(ids))
        assert {need for node in workflow.nodes for need in node.needs} <= set(ids)
        named = {node.role for node in workflow.nodes if node.role}
        assert named == set(workflow.roles) or any(node.each == "roles" for node in workflow.nodes)


def test_forty_models_and_the_scripted_one_have_prices() -> None:
    models = Prices.model_validate(content(CONF / "prices" / "default.yaml")).models
    scripted = {name: (price.input, price.output) for name, price in models.items() if "scripted" in name}

    assert len(models) == 40 + 3
    assert scripted == {
        "scripted-strong": (3, 15),
        "scripted-balanced": (1, 5),
        "scripted-fast": (0.25, 1.25),
    }
    assert all(0 < price.input < price.output for price in models.values())


@pytest.mark.parametrize("path", SCRIPTS, ids=short)
def test_a_script_gives_valid_handoffs_last_and_uses_only_tools_of_its_role(path: Path) -> None:
    packaged = {found.stem for found in ROLES}
    for name, played in content(path).get("roles", {}).items():
        if name not in packaged:
            continue
        worker = role(CONF / "roles" / f"{name}.yaml")
        used = {tool["name"] for turn in played for tool in turn.get("tools", [])}

        assert check(worker.handoff or "", played[-1].get("structured"), name)[1] == ()
        assert not any("structured" in turn for turn in played[:-1])
        assert used <= set(worker.tools)
    script = load(path)
    assert all(structured_fits(turn) for _, turn in turns(path))
    assert script.turns_for("review")


def structured_fits(turn: dict[str, Any]) -> bool:
    """Whether a structured answer keeps the contract of the role that it names."""
    answer = turn.get("structured")
    return answer is None or check(answer["role"], answer, answer["role"])[1] == ()


def test_the_default_script_has_lines_for_every_packaged_role() -> None:
    assert set(content(CONF / "scripts" / "default.yaml")["roles"]) == set(CONTRACTS)


def test_the_demo_script_names_lines_that_hold_what_it_says() -> None:
    named = set()
    for _, turn in turns(CONF / "scripts" / "demo.yaml"):
        for found in turn.get("structured", {}).get("findings", []):
            code = re.findall(r"`([^`]+)`", found["detail"])[0]
            named.add((found["file"], found["line"], code))
        for gap in turn.get("structured", {}).get("coverage_gaps", []):
            named.update(cited(gap))

    assert {file for file, _, _ in named} == {"shop/cart.py", "shop/pricing.py", "shop/orders.py"}
    assert all(code in line_of(file, line) for file, line, code in named)


def test_the_demo_script_names_files_that_exist() -> None:
    text = (CONF / "scripts" / "demo.yaml").read_text("utf-8")

    for file, line in re.findall(r"\b(\w[\w/]+\.py)(?::(\d+))?", text):
        assert line_of(file, int(line or 1))


def test_the_defects_of_the_demo_repository_are_real() -> None:
    assert in_demo("-c", DEFECTS).split() == ["96.39", "0.59", "[96.39]"]


def test_the_tests_of_the_demo_repository_pass() -> None:
    assert "4 passed" in in_demo("-m", "pytest", "-q", "-p", "no:cacheprovider")


def in_demo(*words: str) -> str:
    command = [sys.executable, "-B", *words]
    return subprocess.run(command, cwd=DEMO, check=True, capture_output=True, text=True, timeout=300).stdout


PACK = (
    "bugfix",
    "frontend_polish",
    "refactor_plan",
    "release_check",
    "repo_audit",
    "security_audit",
    "test_generation",
)


@pytest.mark.parametrize("name", PACK)
def test_a_prompt_of_the_pack_works_as_it_is_for_roles_that_exist(name: str) -> None:
    prompt = Prompt.model_validate(content(CONF / "prompts" / f"{name}.yaml"))

    assert prompt.missing == ()
    assert prompt.roles
    assert set(prompt.roles) <= set(CONTRACTS)
    assert "{{" not in prompt.words
    assert len(prompt.words) < 2_200, "it is read with every request"


def test_the_pack_is_these_seven_and_none() -> None:
    assert sorted(path.stem for path in (CONF / "prompts").glob("*.yaml")) == sorted([*PACK, "none"])
