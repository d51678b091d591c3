"""The verdict on a run as a page to read: Markdown for people and agents, HTML for browsers."""

from collections.abc import Iterator, Sequence
from html import escape

from ccorch.rules.amounts import number
from ccorch.rules.plain import line
from ccorch.schema.change import ChangedFile
from ccorch.schema.verdict import Verdict
from ccorch.verify.result import risks

MOST_FILES = 200
LONGEST_TASK = 400

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8884; vertical-align: top; }
.pass { color: #17753a; } .fail { color: #b3261e; } .unknown, .blocked { color: #8a5a00; }
""".strip()


def markdown(run: str, task: str, verdict: Verdict, changed: Sequence[ChangedFile], going_on: str) -> str:
    """The report as Markdown."""
    lines = [
        f"# Run {run}: {verdict.judgement}",
        "",
        f"Task: {line(task)[:LONGEST_TASK]}",
        "",
        *(_told(verdict) and [*_told(verdict), ""]),
        "| check | verdict | why | evidence |",
        "|---|---|---|---|",
        *(
            f"| {_cell(one.name)} | {one.judgement} | {_cell(one.reason)} | {_cell(', '.join(one.evidence))} |"
            for one in verdict.checks
        ),
        "",
        *_files(changed),
        f"Next: `{going_on}`",
    ]
    return "\n".join(lines) + "\n"


def html(run: str, task: str, verdict: Verdict, changed: Sequence[ChangedFile], going_on: str) -> str:
    """The report as one page without any script or foreign file."""
    rows = "".join(
        f"<tr><td>{escape(one.name)}</td><td class={one.judgement}>{one.judgement}</td>"
        f"<td>{escape(one.reason)}</td><td>{_links(one.evidence)}</td></tr>\n"
        for one in verdict.checks
    )
    files = "".join(
        f"<tr><td>{escape(one.path)}</td><td>{one.how}</td><td>+{one.added} −{one.deleted}</td>"
        f"<td>{_risks(one)}</td></tr>\n"
        for one in changed[:MOST_FILES]
    )
    told = "".join(f"<p>{escape(words)}</p>\n" for words in _told(verdict))
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8">\n'
        f"<title>Run {escape(run)}: {verdict.judgement}</title>\n"
        f"<style>{_STYLE}</style>\n"
        f"<h1>Run {escape(run)}: <span class={verdict.judgement}>{verdict.judgement}</span></h1>\n"
        f"<p>{escape(line(task)[:LONGEST_TASK])}</p>\n{told}"
        f"<table><tr><th>check<th>verdict<th>why<th>evidence</tr>\n{rows}</table>\n"
        f"<h2>Changed files</h2>\n<table>{files}</table>\n<p>Next: <code>{escape(going_on)}</code></p>\n</html>\n"
    )


def _told(verdict: Verdict) -> list[str]:
    one = verdict.subject
    if one is None:
        return []
    size = f"{number(one.files, 'file')}, +{one.added} −{one.deleted} lines"
    needs = "" if one.needs_tests is None else f" Needs tests: {'yes' if one.needs_tests else 'no'}."
    risks = f" Risks: {', '.join(one.risks)}." if one.risks else ""
    return [f"Result {one.result[:12]} beside base {one.base[:12]}: {size}.{needs}{risks}"]


def _links(names: Sequence[str]) -> str:
    return "<br>".join(f'<a href="../{escape(name)}">{escape(name)}</a>' for name in names)


def _files(changed: Sequence[ChangedFile]) -> Iterator[str]:
    if not changed:
        return
    yield "| file | how | lines | risks |"
    yield "|---|---|---|---|"
    for one in changed[:MOST_FILES]:
        yield f"| {_cell(one.path)} | {one.how} | +{one.added} −{one.deleted} | {_risks(one)} |"
    if len(changed) > MOST_FILES:
        yield f"| and {len(changed) - MOST_FILES} more | | | |"
    yield ""


def _risks(one: ChangedFile) -> str:
    return ", ".join(risks([one]))


def _cell(text: str) -> str:
    return line(text).replace("|", "\\|")
