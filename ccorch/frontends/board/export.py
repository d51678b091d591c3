"""The board as one HTML file that needs no server: its style, its program and what was known, all inside."""

import base64
import hashlib
import json
from typing import Any

from ccorch.frontends.board.server import PAGE
from ccorch.frontends.board.words import clean
from ccorch.operations import which
from ccorch.operations.board import Board
from ccorch.operations.house import House
from ccorch.operations.whole_file import put
from ccorch.schema.following import BoardRequest

MOST_RUNS = 20
"""Runs whose own pages are in the file, the latest ones, where none is named."""

MOST_NODES = 200
"""Nodes of a run whose answers are in the file."""


def export(house: House, request: BoardRequest) -> str:
    """Write the file; its name."""
    board = Board(house)
    only = which.to_read(house, request.run)[0] if request.run is not None else None
    text = page_of(_known(board, only))
    assert request.export is not None, "who asks for no file is given no file"
    put(request.export, text, "board")
    return request.export


def page_of(known: dict[str, Any]) -> str:
    """The page with all that it shows."""
    page, style, program = ((PAGE / name).read_text("utf-8") for name in ("index.html", "board.css", "board.js"))
    # nothing in it can end the element that it stands in
    data = json.dumps(clean(known), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(program)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    for name, inside in {
        '<link rel="stylesheet" href="board.css">': f"<style>{style}</style>",
        '<script type="module" src="board.js"></script>': (
            f'<script type="application/json" id="exported">{data}</script>\n'
            f'<script type="module">{program}</script>'
        ),
        '<meta charset="utf-8">': (
            f'<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{policy}">'
        ),
    }.items():
        before, found, after = page.partition(name)
        assert found, f"the page has {name}"
        page = before + inside + after
    return page


def _known(board: Board, only: str | None) -> dict[str, Any]:
    listed = board.whole().model_dump(mode="json")
    if only is not None:
        listed["rows"] = [row for row in listed["rows"] if row["run_id"] == only]
    runs = [only] if only is not None else [row["run_id"] for row in listed["rows"][:MOST_RUNS]]
    return {
        "made_at": board.house.clock.now(),
        "opens": only,
        "list": listed,
        "runs": {run: _run(board, run) for run in runs},
        "queue": board.queue().model_dump(mode="json"),
    }


def _run(board: Board, run: str) -> dict[str, Any]:
    opened = board.open(run)
    while opened.read_on():
        continue
    page = opened.page()
    begun = [node for node in page.news.nodes if node.attempt][:MOST_NODES]
    nodes = {f"{node.id}/{node.attempt}": board.node(run, node.id, node.attempt) for node in begun}
    return {
        "page": page.model_dump(mode="json"),
        "nodes": {name: given.model_dump(mode="json") for name, given in nodes.items()},
    }


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
