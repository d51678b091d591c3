"""What others check servers with: the conformance suite, the inspector, and the count of tokens."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccorch.frontends.mcp.server import INSTRUCTIONS, Server
from ccorch.schema.mcp import McpSettings
from ccorch.views.overview import MOST_BYTES, overview
from tests.clients.npm_tools import modules, node, program
from tests.machine import CACHE
from tests.views.test_overview import crowd

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SECONDS = 600
BASELINES = sorted(HERE.glob("conformance-*.yaml"))
REVISIONS = ["2025-11-25", *(["2026-07-28"] if os.environ.get("CCORCH_SOAK") else [])]
"""The newer one takes three times as long; the SDK's client speaks it in the suite as well."""

COUNT = """
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
const { getEncoding } = createRequire(process.argv[2] + '/')('js-tiktoken');
const encoding = getEncoding('o200k_base');
console.log(JSON.stringify(JSON.parse(readFileSync(0, 'utf8')).map((text) => encoding.encode(text).length)));
"""


def tokens(*texts: str) -> list[int]:
    """How many o200k tokens each text is."""
    words = [node(), "--input-type=module", "-", str(modules())]
    script = COUNT.replace("readFileSync(0, 'utf8')", json.dumps(json.dumps(texts)))
    done = subprocess.run(words, input=script, capture_output=True, text=True, timeout=SECONDS, check=True)
    counts: list[int] = json.loads(done.stdout)
    return counts


def listed(settings: McpSettings) -> list[dict[str, Any]]:
    """The tools as they go over the wire."""
    server = Server(lambda who: pytest.fail("listing opens no house"), settings)
    tools = asyncio.run(server.list_tools())
    return [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools]


def sent(data: Any) -> str:
    """As a client sends it to its model."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def test_tools_cost_few_tokens() -> None:
    core, both = listed(McpSettings()), listed(McpSettings(toolsets=("core", "ops")))
    bare = [{name: tool[name] for name in ("name", "description", "inputSchema")} for tool in core]
    skill = (ROOT / "skills/ccorch/SKILL.md").read_text(encoding="utf-8")

    digest = overview("/home/ada/shop", crowd(20), 37, None, MOST_BYTES).model_dump(mode="json")

    raw, schemas, larger, taught, told = tokens(sent(core), sent(bare), sent(both), skill, sent(digest))

    assert raw <= 2_600, raw
    assert schemas <= 1_500, schemas
    assert larger <= 6_000, larger
    assert taught <= 1_500, taught
    assert told <= 1_000, told
    assert len(INSTRUCTIONS) <= 300


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a server answers without asking for a token."""
    folder = tmp_path_factory.mktemp("open")
    words = [sys.executable, "-m", "tests.clients.open_http", str(folder)]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.stdin.close()
        assert process.wait(180) == 0


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_conformance_suite_finds_nothing_but_what_is_named(address: str, tmp_path: Path, revision: str) -> None:
    baseline = HERE / f"conformance-{revision}.yaml"
    words = [node(), str(program("conformance").resolve()), "server", "--url", address, "--requirements", revision]

    done = subprocess.run(
        [*words, "--expected-failures", str(baseline), "-o", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert done.returncode == 0, done.stdout.partition("=== SUMMARY ===")[2]


@pytest.mark.parametrize("baseline", BASELINES, ids=lambda path: path.stem)
def test_each_expected_failure_has_its_reason(baseline: Path) -> None:
    assert [line for line in baseline.read_text().splitlines()[2:] if "  # " not in line] == []


def test_the_inspector_lists_and_calls(tmp_path: Path) -> None:
    server = [sys.executable, "-P", "-m", "ccorch", "-C", str(tmp_path), "mcp", "serve"]
    (tmp_path / ".config/ccorch").mkdir(parents=True)
    (tmp_path / ".config/ccorch/mcp.yaml").write_text("extras: [resources]\n")
    environment = {
        "PATH": f"{Path(node()).parent}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "CCORCH_STATE_DIR": str(tmp_path / "state"),
        "CCORCH_CACHE_DIR": str(CACHE),
    }

    def inspected(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [node(), str(program("mcp-inspector").resolve()), "--cli", *server, *words]
        return subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS, check=False
        )

    names = inspected("--method", "tools/list")
    right = inspected("--method", "tools/call", "--tool-name", "run_list", "--tool-args-json", '{"limit": 5}')
    wrong = inspected("--method", "tools/call", "--tool-name", "run_get", "--tool-args-json", '{"run": "../x"}')
    key = inspected("--method", "resources/read", "--uri", "ccorch://config/policy.max_concurrent")

    assert names.returncode == 0, names.stderr
    assert len(json.loads(names.stdout)["tools"]) == 11
    assert right.returncode == 0, right.stderr
    assert json.loads(right.stdout)["structuredContent"] == {"runs": [], "next_cursor": None}
    assert "RUN_NOT_FOUND" in wrong.stdout + wrong.stderr
    assert key.returncode == 0, key.stderr
    assert "policy.max_concurrent" in json.loads(json.loads(key.stdout)["contents"][0]["text"])["keys"]
