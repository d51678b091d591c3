"""What somebody who watches runs can do there: move, filter, open, answer, stop; no terminal is known here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ccorch.errors import CcorchError
from ccorch.frontends.cli.layout import wrapped
from ccorch.frontends.cli.top_pages import Log, Page, Shown
from ccorch.frontends.cli.top_rows import NOTHING, Line, fitted, rows, summary
from ccorch.operations.registry import BY_NAME
from ccorch.operations.watching import RunList, TopReply
from ccorch.rules.plain import line
from ccorch.schema.following import TopRequest
from ccorch.schema.ids import short_id
from ccorch.schema.run_row import WatchedRow
from ccorch.schema.status import OVER
from ccorch.schema.steering import AnswerRequest, PauseRequest, ResumeRequest, StopRequest

if TYPE_CHECKING:
    from ccorch.operations.house import House

Mode = Literal["runs", "page", "ask", "word", "stop", "help"]

KEYS = "⏎ open  l log  a answer  s stop  p pause  r resume  / filter  f all  ? help  q quit"
HELP = (
    "up, down, j, k   choose a run, scroll",
    "enter            open it: nodes, answer, what was noticed",
    "l                follow its log",
    "a                answer a gate that asks",
    "s                stop it (asks first)",
    "p, r             pause it, resume it",
    "/                filter by words: state, project, task, id",
    "f                also runs that were over long ago",
    "g, G             to the begin, to the end",
    "q, esc           back; from the list: leave. Runs go on",
)
STEPS = {"up": -1, "k": -1, "down": 1, "j": 1}
LEAPS = {"pgup": -1, " ": 1, "pgdn": 1}


@dataclass
class Typed:
    """Words that are being typed, and what they are for."""

    prompt: str
    words: str
    done: Callable[[str], None]
    live: Callable[[str], None] | None = None
    """Called with every letter."""


class Top:
    """The state of the screen; `key` changes it, `renew` looks at the runs, `frame` draws."""

    def __init__(self, house: House, request: TopRequest) -> None:
        self._house = house
        self._runs = RunList(house, request)
        self._reply: TopReply = self._runs.look()
        self._chosen = ""
        self._first = 0
        self._page: Page | None = None
        self._typed: Typed | None = None
        self._pick = 0
        self._said = ""
        self._height = 24
        self.mode: Mode = "runs"

    def renew(self) -> None:
        """Look at the runs again, and at the one that is open."""
        self._reply = self._runs.look()
        if self._page is not None:
            self._tried(self._renew_page)

    def key(self, key: str) -> bool:
        """What a key does; False ends it."""
        self._said = ""
        match self.mode:
            case "word":
                self._type(key)
            case "ask":
                self._choose(key)
            case "stop":
                self._confirm(key)
            case "help":
                self.mode = "page" if self._page else "runs"
            case "page":
                self._on_page(key)
            case "runs":
                if key in ("q", "esc"):
                    return False
                self._on_runs(key)
        return True

    def frame(self, width: int, height: int) -> list[Line]:
        """Exactly as many lines as the screen has."""
        self._height = max(height - 3, 1)
        head = Line(self._head(), ("bold",))
        body = self._body(width, self._height)
        body += [Line("")] * (self._height - len(body))
        foot = [Line(self._said, ("yellow",)), Line(self._foot(width), ("dim",))]
        return fitted([head, *body[: self._height], *foot], width)[-height:]

    @property
    def _row(self) -> WatchedRow | None:
        """The run that is chosen."""
        runs = self._reply.runs
        if self._page is not None:
            return next((row for row in runs if row.run_id == self._page.run), None)
        return next((row for row in runs if row.run_id == self._chosen), runs[0] if runs else None)

    def _head(self) -> str:
        if self._page is not None:
            kind = "log of " if isinstance(self._page, Log) else ""
            about = f" {self._row.status} · {line(self._row.task)}" if self._row else ""
            return f"{kind}{short_id(self._page.run)}{about}"
        asked = f" · /{self._runs.request.match}" if self._runs.request.match else ""
        return summary(self._reply) + asked

    def _foot(self, width: int) -> str:
        if self._typed is not None:
            return f"{self._typed.prompt}{self._typed.words}▏"
        match self.mode:
            case "ask":
                return "number or ⏎ answers · esc leaves"
            case "stop":
                return f"stop run {short_id(self._row.run_id) if self._row else ''}? y/N"
            case "page":
                return (
                    "q back  l log  a answer  s stop  ↑↓ scroll  G end"
                    if width >= 50
                    else "q back  a answer  s stop"
                )
        return KEYS if width >= 84 else "⏎ open  l log  a answer  s stop  ? help  q"[:width]

    def _body(self, width: int, height: int) -> list[Line]:
        if self.mode == "help":
            return [Line(part) for text in HELP for part in wrapped(text, width)][:height]
        if self.mode == "ask":
            return self._choices()
        if self._page is not None:
            return self._page.frame(width, height)
        return self._list(width, height)

    def _list(self, width: int, height: int) -> list[Line]:
        runs = self._reply.runs
        if not runs:
            match = self._runs.request.match
            return [Line(f"no run fits {match!r}; / changes it" if match else NOTHING)]
        chosen = self._position()
        room = max(height - 1, 1)
        self._first = min(max(self._first, chosen - room + 1), chosen)
        shown = runs[self._first : self._first + room]
        head, *lines = rows(shown, width - 2, self._reply.at)
        return [
            Line(f"  {head.text}", head.styles),
            *(
                Line(f"{'>' if mine else ' '} {one.text}", one.styles, mine)
                for mine, one in zip((self._first + at == chosen for at in range(len(shown))), lines, strict=True)
            ),
        ]

    def _position(self) -> int:
        return next((at for at, row in enumerate(self._reply.runs) if row.run_id == self._chosen), 0)

    def _on_runs(self, key: str) -> None:
        runs = self._reply.runs
        if key in STEPS or key in LEAPS or key in ("g", "G", "home", "end"):
            far = {"g": -len(runs), "home": -len(runs), "G": len(runs), "end": len(runs)}
            by = STEPS.get(key) or (LEAPS[key] * self._height if key in LEAPS else far[key])
            at = min(max(self._position() + by, 0), len(runs) - 1)
            self._chosen = runs[at].run_id if runs else ""
        elif key == "/":
            was = self._runs.request.match
            self._typed = Typed("filter: ", was, lambda word: None, self._filter)
            self.mode = "word"
        elif key == "f":
            self._ask_for(all=not self._runs.request.all)
        elif key == "enter":
            self._open(Shown)
        else:
            self._act(key)

    def _on_page(self, key: str) -> None:
        page = self._page
        assert page is not None, "there is a page in this mode"
        match key:
            case "q" | "esc":
                self._page, self.mode = None, "runs"
            case "enter":
                self._open(Shown)
            case "g" | "home":
                page.move(-(1 << 30))
            case "G" | "end":
                page.follows = True
            case _ if key in STEPS or key in LEAPS:
                page.move(STEPS.get(key) or LEAPS[key] * self._height)
            case _:
                self._act(key)

    def _act(self, key: str) -> None:
        """What can be done with the chosen run from everywhere."""
        row = self._row
        match key:
            case "?":
                self.mode = "help"
            case "l":
                self._open(Log)
            case "a" if row is not None:
                if row.questions:
                    self.mode, self._pick, self._chosen = "ask", 0, row.run_id
                else:
                    self._said = f"run {short_id(row.run_id)} asks nothing"
            case "s" if row is not None:
                self._chosen = row.run_id
                self._said = f"run {short_id(row.run_id)} is over" if row.status in OVER else ""
                self.mode = self.mode if row.status in OVER else "stop"
            case "p" if row is not None:
                self._done(f"run {short_id(row.run_id)} starts nothing more", "pause", PauseRequest(run=row.run_id))
            case "r" if row is not None:
                self._done(f"run {short_id(row.run_id)} goes on", "resume", ResumeRequest(run=row.run_id))

    def _open(self, kind: type[Page]) -> None:
        row = self._row
        if row is None:
            return
        self._chosen = row.run_id
        self._page, self.mode = kind(self._house, row.run_id), "page"
        self._tried(self._renew_page)

    def _renew_page(self) -> None:
        page, row = self._page, self._row
        if page is not None and row is not None:
            page.renew(row.seq)
        elif page is not None and not self._runs.request.match:
            self._page, self._said = None, f"run {short_id(page.run)} is gone"
            self.mode = "runs" if self.mode == "page" else self.mode

    def _options(self) -> list[tuple[str, str]]:
        row = self._row
        return [(one.gate, choice) for one in row.questions for choice in one.choices] if row else []

    def _choices(self) -> list[Line]:
        row, shown, number = self._row, [], 0
        for one in row.questions if row else ():
            shown.append(Line(f"{one.gate}: {line(one.asks)}", ("bold",)))
            for choice in one.choices:
                number += 1
                mark = ">" if number - 1 == self._pick else " "
                shown.append(Line(f"{mark} {number}  {line(choice)}", chosen=number - 1 == self._pick))
        return shown

    def _choose(self, key: str) -> None:
        options = self._options()
        if key in ("q", "esc") or not options:
            self.mode = "page" if self._page else "runs"
            return
        if key in STEPS:
            self._pick = min(max(self._pick + STEPS[key], 0), len(options) - 1)
        elif key.isdigit() and 1 <= int(key) <= len(options):
            self._reason(options[int(key) - 1])
        elif key == "enter":
            self._reason(options[min(self._pick, len(options) - 1)])

    def _reason(self, option: tuple[str, str]) -> None:
        gate, choice = option
        run = self._chosen

        def send(reason: str) -> None:
            request = AnswerRequest(run=run, node=gate, choice=choice, reason=reason)
            self._done(f"{gate} was answered {choice}", "answer", request)

        self._typed = Typed(f"{gate}: {choice}. Why? (⏎ sends, esc leaves) ", "", send)
        self.mode = "word"

    def _confirm(self, key: str) -> None:
        self.mode = "page" if self._page else "runs"
        if key in ("y", "Y"):
            request = StopRequest(run=self._chosen, reason="stopped in top")
            self._done(f"run {short_id(self._chosen)} was asked to stop", "stop", request)

    def _type(self, key: str) -> None:
        typed = self._typed
        assert typed is not None, "something is typed in this mode"
        if key in ("enter", "esc"):
            self._typed = None
            self.mode = "page" if self._page else "runs"
            if key == "enter":
                typed.done(typed.words.strip())
            elif typed.live:
                typed.live("")
            return
        if key == "backspace":
            typed.words = typed.words[:-1]
        elif len(key) == 1 and key.isprintable():
            typed.words += key
        if typed.live:
            typed.live(typed.words)

    def _filter(self, words: str) -> None:
        self._ask_for(match=words)

    def _ask_for(self, **changed: object) -> None:
        self._runs.request = self._runs.request.model_copy(update=changed)
        self.renew()

    def _done(self, said: str, verb: str, request: object) -> None:
        def act() -> None:
            BY_NAME[verb].do(self._house, request)
            self._said = said
            self.renew()

        self._tried(act)

    def _tried(self, act: Callable[[], None]) -> None:
        """What is refused is told; the screen goes on."""
        try:
            act()
        except CcorchError as problem:
            self._said = line(f"{problem.message}{f'; {problem.hint}' if problem.hint else ''}")
