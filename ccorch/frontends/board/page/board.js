// The board's page. Every text of a worker becomes a text node; nothing is ever read as markup.

const SVG = "http://www.w3.org/2000/svg";
const TONES = {
  done: "ok", passed: "ok", failed: "bad", timed_out: "bad", running: "run", recovering: "warn", parked: "warn",
  needs_rerun: "warn", asks: "warn", queued: "idle", waiting: "idle", cancelled: "off", skipped: "off", omitted: "off",
};
const WORDS = { timed_out: "timed out", needs_rerun: "needs rerun", asks: "asks you", omitted: "passed over" };
const OVER = new Set(["done", "failed", "timed_out", "cancelled"]);
const RISKS = ["critical", "high", "medium", "low"];
const RISK_TONES = { critical: "bad", high: "bad", medium: "warn", low: "idle" };
const SMALL_GRAPH = 120;
const MOST_EDGES = 3000;
const MOST_REASONS = 8;
const LETTERS = 16;

// ---- elements

function put(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "selected") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}
const h = (tag, props, ...children) => put(document.createElement(tag), props, children);
const s = (tag, props, ...children) => put(document.createElementNS(SVG, tag), props, children);
/** Words that somebody else wrote, whatever the direction of their letters. */
const said = (text, props) => h("bdi", props, String(text));
const $ = (id) => document.getElementById(id);

function icon(state, size = 13) {
  const tone = TONES[state] ?? "idle";
  const box = s("svg", { viewBox: "0 0 16 16", width: size, height: size, class: "icon", "aria-hidden": "true" });
  const stroke = { fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-linecap": "round" };
  const white = { fill: "none", stroke: "var(--panel)", "stroke-width": 2, "stroke-linecap": "round", "stroke-linejoin": "round" };
  const disc = s("circle", { cx: 8, cy: 8, r: 7, fill: "currentColor" });
  const ring = s("circle", { ...stroke, cx: 8, cy: 8, r: 6 });
  if (tone === "ok") box.append(disc, s("path", { ...white, d: "M5 8.2l2.2 2.2L11.2 6" }));
  else if (tone === "bad") box.append(disc, s("path", { ...white, d: "M5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8" }));
  else if (tone === "warn") box.append(disc, s("path", { ...white, d: "M8 4.6v4M8 11.3v.1" }));
  else if (tone === "run") {
    ring.setAttribute("opacity", ".3");
    box.append(ring, s("path", { ...stroke, d: "M8 2a6 6 0 0 1 6 6", class: "spin" }));
  } else if (tone === "off") box.append(ring, s("path", { ...stroke, d: "M5.5 8h5" }));
  else box.append(ring);
  return box;
}
const word = (state) => WORDS[state] ?? state;
const state = (name, extra = "") =>
  h("span", { class: `state t-${TONES[name] ?? "idle"} ${extra}` }, icon(name), h("span", null, word(name)));

// ---- amounts

function money(usd, plan) {
  if (plan === "all") return "plan";
  if (usd === null || usd === undefined) return "?";
  const shown = usd === 0 ? "$0" : `$${usd.toFixed(usd >= 100 ? 0 : usd >= 0.1 ? 2 : 4)}`;
  return plan === "part" ? `${shown} + plan` : shown;
}
function count(number) {
  if (number === null || number === undefined) return "?";
  if (number < 1000) return String(number);
  return number < 999_500 ? `${(number / 1000).toFixed(number < 99_500 ? 1 : 0)}k` : `${(number / 1e6).toFixed(1)}M`;
}
function span(seconds) {
  if (!(seconds >= 0)) return "–";
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${String(Math.floor(seconds % 60)).padStart(2, "0")}s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h${String(minutes % 60).padStart(2, "0")}m` : `${Math.floor(hours / 24)}d`;
}
const now = () => (EXPORTED ? EXPORTED.made_at : Date.now() / 1000);
const two = (number) => String(number).padStart(2, "0");
function clock(at) {
  const time = new Date(at * 1000);
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
function moment(at) {
  const time = new Date(at * 1000), today = new Date(now() * 1000);
  if (time.toDateString() === today.toDateString()) return clock(at).slice(0, 5);
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}
const bytes = (size) => (size < 1024 ? `${size} B` : size < 1 << 20 ? `${(size / 1024).toFixed(0)} kB` : `${(size / (1 << 20)).toFixed(1)} MB`);
/** Seconds that go on while nobody tells an end. */
const lasting = (start, end) =>
  h("span", end || EXPORTED ? null : { "data-since": start }, span(start ? (end ?? now()) - start : NaN));

// ---- asking

const EXPORTED = $("exported") ? JSON.parse($("exported").textContent) : null;
const TOKEN = (() => {
  if (EXPORTED) return "";
  const given = /^#token=([\w-]+)$/.exec(location.hash);
  if (given) history.replaceState(null, "", "#/");
  try {
    if (given) localStorage.setItem("token", given[1]);
    return localStorage.getItem("token") ?? "";
  } catch {
    return given?.[1] ?? ""; // a browser that keeps nothing
  }
})();

class Refused extends Error {
  constructor(status, error) {
    super(error.message);
    Object.assign(this, { status, code: error.code, hint: error.hint });
  }
}
async function request(path, options = {}) {
  const answer = await fetch(path, { ...options, headers: { ...options.headers, Authorization: `Bearer ${TOKEN}` } });
  if (!answer.ok) throw new Refused(answer.status, (await answer.json()).error);
  return answer;
}
const ask = async (path) => (await request(path)).json();
const tell = async (path, body) =>
  (await request(path, {
    method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json", "X-Ccorch-Board": "1" },
  })).json();

function link(status, words) {
  $("link").dataset.state = status;
  $("link").textContent = words;
}

/** Follow a stream of news until the signal is given; a lost one is begun anew. */
async function follow(path, signal, hear) {
  for (let pause = 500; !signal.aborted; pause = Math.min(pause * 2, 8000)) {
    try {
      const reader = (await request(path, { signal })).body.pipeThrough(new TextDecoderStream()).getReader();
      let unread = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        link("live", "live");
        pause = 500;
        const parts = (unread + value).split("\n\n");
        unread = parts.pop();
        for (const part of parts) {
          const found = /^event: (\w+)\ndata: (.*)$/s.exec(part);
          if (found && hear(found[1], JSON.parse(found[2])) === "over") return;
        }
      }
    } catch (problem) {
      if (signal.aborted) return;
      if (problem instanceof Refused) {
        link("lost", problem.status === 401 ? "no token" : "refused");
        hear("over", { error: problem });
        return;
      }
    }
    if (signal.aborted) return;
    link("lost", "connection lost");
    await new Promise((done) => setTimeout(done, pause));
  }
}

// ---- a list of which only what is seen exists

class Rows {
  constructor(box, draw, key) {
    Object.assign(this, { box, draw, key, items: [], drawn: new Map(), picked: null });
    this.inner = h("div", { role: "rowgroup" });
    this.inner.style.position = "relative";
    box.append(this.inner);
    box.addEventListener("scroll", () => this.show(), { passive: true });
    this.watch = new ResizeObserver(() => this.show(true));
    this.watch.observe(box);
  }
  get height() {
    const probe = this.inner.firstElementChild;
    return probe ? probe.offsetHeight || 34 : parseFloat(getComputedStyle(this.box).getPropertyValue("--row")) || 34;
  }
  set(items) {
    this.items = items;
    this.show();
  }
  show(anew = false) {
    const { height } = this;
    const first = Math.max(0, Math.floor(this.box.scrollTop / height) - 8);
    const last = Math.min(this.items.length, Math.ceil((this.box.scrollTop + this.box.clientHeight) / height) + 8);
    this.inner.style.height = `${this.items.length * height}px`;
    const wanted = new Map();
    for (let at = first; at < last; at++) wanted.set(this.key(this.items[at]), at);
    const focused = document.activeElement?.closest?.("[data-key]")?.dataset.key;
    for (const [key, known] of this.drawn) {
      if (!wanted.has(key)) {
        known.row.remove();
        this.drawn.delete(key);
      }
    }
    for (const [key, at] of wanted) {
      const item = this.items[at], known = this.drawn.get(key);
      let row = known?.row;
      if (!known || known.item !== item || anew) {
        row = this.draw(item, at);
        row.dataset.key = key;
        if (known) known.row.replaceWith(row);
        else this.inner.append(row);
        if (focused === key) row.focus({ preventScroll: true });
        this.drawn.set(key, { row, item });
      }
      row.style.top = `${at * height}px`;
      row.setAttribute("aria-rowindex", at + 2);
      row.classList.toggle("picked", key === this.picked);
    }
  }
  pick(key, look = true) {
    this.picked = key;
    const at = this.items.findIndex((item) => this.key(item) === key);
    if (look && at >= 0) {
      const { height } = this, top = at * height;
      if (top < this.box.scrollTop) this.box.scrollTop = top;
      if (top + height > this.box.scrollTop + this.box.clientHeight) this.box.scrollTop = top + height - this.box.clientHeight;
    }
    this.show();
  }
  step(by) {
    const at = this.items.findIndex((item) => this.key(item) === this.picked);
    const next = this.items[Math.max(0, Math.min(this.items.length - 1, at < 0 ? 0 : at + by))];
    if (next) this.pick(this.key(next));
    return next;
  }
}

// ---- pages

let page = null;
const rolesOf = (row) => (row.roles ? row.roles.split(", ") : []);
const base = (path) => path.split("/").filter(Boolean).pop() ?? path;
const option = (value, label, chosen) => h("option", { value, selected: value === chosen }, label);

class ListPage {
  constructor(query) {
    this.runs = new Map();
    this.left = [];
    this.filter = Object.fromEntries(["q", "state", "role", "risk", "active"].map((name) => [name, query.get(name) ?? ""]));
    this.search = h("input", { type: "search", placeholder: "Search task, id, label, project", "aria-label": "Search runs", value: this.filter.q, oninput: () => this.set("q", this.search.value) });
    this.active = h("input", { type: "checkbox", checked: this.filter.active === "1", onchange: () => this.set("active", this.active.checked ? "1" : "") });
    this.selects = ["state", "role", "risk"].map((name) => h("select", { "aria-label": name, onchange: (event) => this.set(name, event.target.value) }));
    this.count = h("span", { class: "count", role: "status" });
    this.note = h("div", { class: "note", hidden: true });
    const heads = [["state", "State"], ["task", "Task"], ["project", "Project"], ["roles", "Roles"], ["nodes", "Nodes"], ["risk", "Risk"], ["usd num", "Money"], ["span num", "Time"], ["begun num", "Begun"]];
    const scroll = h("div", { class: "scroll" });
    this.table = h("div", { class: "table runs", role: "table", "aria-label": "Runs" },
      h("div", { class: "head cols", role: "row" }, heads.map(([name, label]) => h("span", { class: name, role: "columnheader" }, label))), scroll);
    this.nothing = h("div", { class: "empty", hidden: true });
    this.root = h("div", { class: "fixed" },
      h("div", { class: "filters", role: "search" }, this.search, this.selects, h("label", { class: "on" }, this.active, "active"), this.count), this.note, this.nothing, this.table);
    this.rows = new Rows(scroll, (row) => this.draw(row), (row) => row.run_id);
    if (EXPORTED) this.hear("whole", EXPORTED.list);
    else follow("api/runs", this.stop.signal, (kind, news) => this.hear(kind, news));
  }
  stop = new AbortController();
  leave() {
    this.stop.abort();
    this.rows.watch.disconnect();
  }
  hear(kind, news) {
    if (kind === "over") return gone(this.root, news.error), "over";
    if (kind === "whole") this.runs = new Map();
    for (const row of news.rows) this.runs.set(row.run_id, row);
    for (const run of news.gone) this.runs.delete(run);
    this.left = news.left_out;
    this.show();
    return null;
  }
  set(name, value) {
    this.filter[name] = value;
    const query = new URLSearchParams(Object.entries(this.filter).filter(([, chosen]) => chosen));
    history.replaceState(null, "", query.size ? `#/?${query}` : "#/");
    this.show();
  }
  fits(row) {
    const { q, state: wanted, role, risk, active } = this.filter;
    if (active && OVER.has(row.status)) return false;
    if (wanted && (wanted === "asks" ? !row.questions.length : row.status !== wanted)) return false;
    if (role && !rolesOf(row).includes(role)) return false;
    if (risk && (risk === "none" ? row.risk : !row.risk || RISKS.indexOf(row.risk) > RISKS.indexOf(risk))) return false;
    const words = q.toLowerCase().split(/\s+/).filter(Boolean);
    const text = words.length ? `${row.task} ${row.run_id} ${row.label ?? ""} ${row.project} ${row.roles}`.toLowerCase() : "";
    return words.every((one) => text.includes(one));
  }
  show() {
    const all = [...this.runs.values()].sort((a, b) => b.submitted_at - a.submitted_at || (a.run_id < b.run_id ? 1 : -1));
    const found = all.filter((row) => this.fits(row));
    this.table.classList.toggle("several", new Set(all.map((row) => row.project)).size > 1);
    this.choices(all);
    const runs = all.length === 1 ? "run" : "runs";
    this.count.textContent = found.length === all.length ? `${all.length} ${runs}` : `${found.length} of ${all.length} ${runs}`;
    this.note.hidden = !this.left.length;
    this.note.replaceChildren(...this.left.slice(0, 20).map((text) => h("div", null, said(text))));
    this.table.hidden = !found.length;
    this.nothing.hidden = found.length > 0;
    const words = all.length ? ["No run fits these filters", "Take one of them away."] : ["No run yet", h("code", null, "ccorch role=review task=…"), " starts one; it appears here by itself."];
    this.nothing.replaceChildren(h("h2", null, words[0]), h("p", null, words.slice(1)));
    this.rows.set(found);
    this.table.setAttribute("aria-rowcount", found.length + 1);
    const live = all.filter((row) => !OVER.has(row.status)).length, asks = all.filter((row) => row.questions.length).length;
    $("tally").textContent = [`${live} active`, asks && `${asks} ask${asks === 1 ? "s" : ""} you`].filter(Boolean).join(" · ");
    document.title = `${asks ? `(${asks}) ` : ""}ccorch board`;
  }
  choices(all) {
    const roles = [...new Set(all.flatMap(rolesOf))].sort();
    const states = ["asks", "running", "queued", "parked", "recovering", "needs_rerun", "done", "failed", "timed_out", "cancelled"];
    const has = new Set(all.map((row) => row.status)).add(this.filter.state).add(all.some((row) => row.questions.length) ? "asks" : "");
    const lists = [
      [["", "State"], ...states.filter((name) => has.has(name)).map((name) => [name, word(name)])],
      [["", "Role"], ...roles.map((name) => [name, name])],
      [["", "Risk"], ["critical", "critical"], ["high", "high and above"], ["medium", "medium and above"], ["low", "anything noticed"], ["none", "nothing noticed"]],
    ];
    lists.forEach((list, at) => {
      const spelled = JSON.stringify(list), box = this.selects[at];
      if (box.dataset.list === spelled) return;
      box.dataset.list = spelled;
      box.replaceChildren(...list.map(([value, label]) => option(value, label, this.filter[["state", "role", "risk"][at]])));
    });
  }
  draw(row) {
    const shown = row.questions.length ? "asks" : row.status, tone = TONES[row.status];
    const doing = row.needs || [row.at_work[0], row.doing].filter(Boolean).join(": ");
    const bar = h("i", null, h("b"));
    bar.firstChild.style.width = `${row.nodes ? (100 * row.passed) / row.nodes : 0}%`;
    return h("a", { class: "row cols", role: "row", href: `#/run/${row.run_id}`, "aria-label": `${word(shown)}: ${row.task}` },
      h("span", { role: "cell" }, state(shown)),
      h("span", { class: "task", role: "cell" },
        h("span", { class: "what cut", title: `${row.run_id}\n${row.task}` }, said(row.task || row.run_id)),
        row.label && h("span", { class: "chip cut" }, said(row.label)),
        row.simulated && h("span", { class: "chip" }, "simulated"),
        doing && h("span", { class: "doing cut" }, said(doing))),
      h("span", { class: "project cut soft", title: row.project, role: "cell" }, said(base(row.project))),
      h("span", { class: "roles cut soft", title: row.roles, role: "cell" }, said(row.roles)),
      h("span", { class: `nodes bar t-${tone}`, role: "cell" }, bar, h("span", { class: "soft" }, `${row.passed}/${row.nodes}`)),
      h("span", { class: "risk", role: "cell" }, row.risk ? h("span", { class: `chip t-${RISK_TONES[row.risk]}`, title: `${row.findings} noticed by rules` }, row.risk) : h("span", { class: "faint" }, "–")),
      h("span", { class: "usd num", role: "cell" }, row.simulated ? "–" : money(row.usd, row.plan)),
      h("span", { class: "span num", role: "cell" }, lasting(row.submitted_at, row.ended_at ?? (OVER.has(row.status) ? row.submitted_at : null))),
      h("span", { class: "begun num soft", role: "cell" }, moment(row.submitted_at)));
  }
  key(event) {
    if (event.key === "/") return this.search.focus(), true;
    if (event.key === "j" || event.key === "ArrowDown") return this.rows.step(1), true;
    if (event.key === "k" || event.key === "ArrowUp") return this.rows.step(-1), true;
    if (event.key === "Enter" && this.rows.picked && document.activeElement === document.body) return (location.hash = `#/run/${this.rows.picked}`), true;
    return false;
  }
}

function gone(root, error) {
  const lost = error.status === 401 || error.code === "NO_TOKEN";
  root.replaceChildren(h("div", { class: "empty", role: "alert" },
    h("h2", null, lost ? "This page needs its token" : "This cannot be shown"),
    h("p", null, lost ? ["Open the address that ", h("code", null, "ccorch board"), " printed; a board that was started anew has another one."] : said(error.message)),
    !lost && error.hint && h("p", { class: "soft" }, said(error.hint)),
    !lost && h("p", null, h("a", { class: "button", href: "#/" }, "All runs"))));
}

const card = (title, push, ...content) => h("section", { class: "card", "aria-label": title }, h("h2", null, title, h("span", { class: "push" }, push)), ...content);

function copyable(command) {
  const button = h("button", { type: "button", class: "quiet", "aria-label": `Copy ${command}`, onclick: async () => {
    await navigator.clipboard.writeText(command);
    button.textContent = "copied";
    setTimeout(() => (button.textContent = "copy"), 1200);
  } }, "copy");
  return h("div", { class: "copy" }, h("code", null, said(command)), button);
}

class RunPage {
  constructor(run) {
    Object.assign(this, { run, nodes: new Map(), bars: new Map(), curves: new Map(), moments: new Map(), head: null, picked: null, tab: "answer", unit: null, loaded: {} });
    this.root = h("div", { class: "run" }, h("div", { class: "title soft" }, "…"));
    if (EXPORTED) {
      const kept = EXPORTED.runs[run];
      if (kept) this.hear("whole", kept.page);
      else gone(this.root, { message: `run ${run} is not in this file` });
    } else follow(`api/runs/${run}`, this.stop.signal, (kind, news) => this.hear(kind, news));
  }
  stop = new AbortController();
  leave() {
    this.stop.abort();
    this.workers?.watch.disconnect();
    this.sizes?.disconnect();
    clearInterval(this.ticking);
  }
  /** Cells that a chart may take. */
  get room() {
    this.width = this.workers.box.clientWidth;
    return Math.max(260, this.width - 28);
  }
  get isOver() { return OVER.has(this.status); }
  get end() { return this.outline.ended_at ?? (this.isOver ? (this.moments.size ? Math.max(...[...this.moments.values()].map((one) => one.at)) : now()) : now()); }

  hear(kind, told) {
    if (kind === "over") return gone(this.root, told.error), "over";
    const { news } = told;
    if (kind === "whole") for (const known of [this.nodes, this.bars, this.curves, this.moments]) known.clear();
    const first = !this.head || kind === "whole";
    Object.assign(this, { head: told.head, outline: news.outline, status: told.status, result: told.result, reading: told.is_reading, left: news.left_out });
    for (const node of news.nodes) this.nodes.set(node.id, node);
    for (const bar of news.bars) this.bars.set(`${bar.node} ${bar.attempt}`, bar);
    for (const curve of news.curves) this.curves.set(curve.model, curve);
    for (const one of news.moments) this.moments.set(one.seq, one);
    while (this.moments.size > 200) this.moments.delete(Math.min(...this.moments.keys()));
    if (first) this.build();
    this.show(first, new Set(news.nodes.map((node) => node.id)), news);
    return null;
  }

  build() {
    this.graph = new Graph(this.head.vertices, (id) => this.choose(id));
    const begun = this.head.vertices.find((one) => !one.gate && this.nodes.get(one.id)?.attempt) ?? this.head.vertices[0];
    this.picked ??= begun?.id;
    const scroll = h("div", { class: "scroll" });
    const heads = ["Worker", "State", "Route: declared → answered", "Tokens", "Money", "Time"], names = ["name", "state", "route", "tokens num", "usd num", "span num"];
    const table = h("div", { class: "workers", role: "table", "aria-label": "Workers" }, h("div", { class: "head cols", role: "row" }, heads.map((label, at) => h("span", { class: names[at], role: "columnheader" }, label))), scroll);
    this.workers?.watch.disconnect();
    this.workers = new Rows(scroll, (one) => this.worker(one), (one) => one.id);
    scroll.style.height = `${Math.min(this.head.vertices.length, 10) * 32}px`;
    this.at = Object.fromEntries(["title", "asks", "node", "steer", "findings", "waits", "commands", "time", "money", "events"].map((name) => [name, h("div", { class: name })]));
    this.root.replaceChildren(h("div", { class: "lead" }, this.at.title, this.at.asks),
      h("div", { class: "side" }, this.at.node, this.at.steer, this.at.findings, this.at.waits, this.at.commands),
      h("div", { class: "body" }, h("div", { class: "crew" }, card("Workers", `${this.head.vertices.filter((one) => !one.gate).length}`, table)), h("div", { class: "dag", hidden: this.head.vertices.length === 1 }, card("Graph", null, this.graph.root)), this.at.time, this.at.money, this.at.events));
    this.sizes ??= new ResizeObserver(() => this.head && this.width !== this.workers.box.clientWidth && (this.graph.fit(this.room), this.time(), this.money()));
    this.sizes.disconnect();
    this.sizes.observe(this.root);
    clearInterval(this.ticking);
    if (!EXPORTED) this.ticking = setInterval(() => !this.isOver && this.time(), this.bars.size > 200 ? 5000 : 1000);
  }

  show(first, changed, news) {
    this.title();
    this.asks();
    this.workers.set(this.head.vertices.map((one) => this.nodes.get(one.id) && changed.has(one.id) ? (this.lines.set(one.id, { id: one.id, vertex: one }), this.lines.get(one.id)) : this.line(one)));
    this.workers.picked = this.picked;
    this.workers.show();
    for (const one of this.head.vertices) if (first || one.gate || changed.has(one.id)) this.graph.colour(one.id, this.standing(one.id), this.nodes.get(one.id));
    this.graph.pick(this.picked);
    if (first) this.graph.fit(this.room);
    if (first || news.bars.length) this.time();
    if (first || news.curves.length) this.money();
    this.findings();
    this.commands();
    this.events();
    if (first || changed.has(this.picked)) this.node();
    if (!EXPORTED && (first || news.bars.length || changed.size)) this.waits();
  }
  lines = new Map();
  line(vertex) {
    const known = this.lines.get(vertex.id);
    if (known && !vertex.gate) return known;
    const made = { id: vertex.id, vertex };
    this.lines.set(vertex.id, made);
    return made;
  }
  gate(id) { return this.outline.gates.find((gate) => gate.id === id); }
  standing(id) {
    const node = this.nodes.get(id), gate = node ? null : this.gate(id);
    if (gate) return gate.status === "running" && gate.question !== null ? "asks" : gate.status;
    return node?.status ?? "waiting";
  }

  title() {
    const { head, outline } = this, asks = outline.gates.some((gate) => this.standing(gate.id) === "asks");
    const limit = head.limit_usd, share = limit && outline.usd !== null ? outline.usd / limit : 0;
    const gauge = h("span", { class: `gauge ${share >= 1 ? "over" : share >= 0.8 ? "high" : ""}` }, head.simulated ? "simulated: nothing was used" : money(outline.usd, outline.plan), limit && !head.simulated && h("i", { role: "img", "aria-label": `${Math.round(share * 100)} % of the limit` }, h("b")), limit && !head.simulated && h("span", { class: "soft" }, `of ${money(limit)}`));
    const fill = gauge.querySelector("b");
    if (fill) fill.style.width = `${Math.min(share, 1) * 100}%`;
    const passed = [...this.nodes.values()].filter((node) => node.status === "passed" || node.status === "omitted").length;
    const spelled = JSON.stringify([this.status, asks, outline.usd, outline.ended_at, passed, this.reading, outline.stopping, outline.paused, this.stopping]);
    if (this.titled === spelled) return;
    this.titled = spelled;
    this.at.title.replaceChildren(
      h("div", { class: "meta" }, state(asks ? "asks" : this.status, "badge"), outline.stopping && !this.isOver && h("span", { class: "chip" }, "stopping"),
        outline.paused && !this.isOver && this.status === "running" && h("span", { class: "chip t-warn" }, "paused: nothing more starts"),
        this.reading && h("span", { class: "chip" }, "reading the log…"),
        h("span", { class: "push" }, this.controls())),
      h("h1", null, said(head.task)),
      h("div", { class: "meta" }, h("code", { title: "id of the run" }, this.run), h("span", { title: head.project }, said(base(head.project))), head.label && h("span", { class: "chip" }, said(head.label)), head.scripted && h("span", { class: "chip", title: "answers come from a script, not from a model" }, "scripted model"),
        outline.submitted_at && h("span", null, `${moment(outline.submitted_at)} · `, lasting(outline.submitted_at, outline.ended_at ?? (this.isOver ? this.end : null))),
        h("span", null, `${passed} of ${this.nodes.size} passed`), gauge));
    document.title = `${asks ? "asks you" : word(this.status)} · ${head.task.slice(0, 60)} · ccorch`;
    $("tally").textContent = "";
  }
  /** A button that has a verb done; what is refused is told beside it. */
  does(label, title, verb, body = () => ({}), done = () => {}) {
    const problem = h("span", { class: "said", role: "alert" });
    const button = h("button", { type: "button", title, "data-verb": verb, onclick: async () => {
      button.disabled = true;
      problem.textContent = "";
      try {
        done(await tell(`api/runs/${this.run}/${verb}`, body()));
      } catch (error) {
        problem.textContent = [error.message, error.hint].filter(Boolean).join("; ");
      }
      button.disabled = false;
    } }, label);
    return [problem, button];
  }
  controls() {
    const { outline } = this;
    if (EXPORTED || this.isOver || outline.stopping) return null;
    const waits = outline.paused || this.status === "needs_rerun";
    if (!this.stopping) return [
      waits ? this.does("Resume", "Go on with it", "resume") : this.does("Pause", "Start nothing more; what is at work goes on", "pause", () => ({ reason: "paused on the board" })),
      h("button", { type: "button", class: "danger", onclick: () => { this.stopping = true; this.title(); } }, "Stop run…")];
    const problem = h("span", { class: "said", role: "alert" });
    const done = async () => {
      try {
        await tell(`api/runs/${this.run}/stop`, { reason: "stopped on the board" });
        this.stopping = false;
        this.title();
      } catch (error) { problem.textContent = error.message; }
    };
    return [problem, h("span", { class: "soft" }, "Workers end, evidence stays."), h("button", { type: "button", class: "danger", onclick: done }, "Stop it"), h("button", { type: "button", onclick: () => { this.stopping = false; this.title(); } }, "Keep it")];
  }

  asks() {
    const asking = this.outline.gates.filter((gate) => this.standing(gate.id) === "asks" && !this.isOver);
    const spelled = JSON.stringify(asking.map((gate) => [gate.id, gate.attempt]));
    if (this.asked === spelled) return;
    this.asked = spelled;
    this.at.asks.replaceChildren(...asking.map((gate) => this.question(gate)));
  }
  question(gate) {
    const reason = h("input", { type: "text", placeholder: "Reason, for the record", "aria-label": "Reason", maxlength: 2000 });
    const problem = h("p", { class: "said", role: "alert" });
    const answer = async (choice, buttons) => {
      buttons.forEach((button) => (button.disabled = true));
      try {
        await tell(`api/runs/${this.run}/answer`, { node: gate.id, choice, reason: reason.value });
        problem.className = "soft";
        problem.textContent = `answered ${choice}`;
      } catch (error) {
        problem.textContent = [error.message, error.hint].filter(Boolean).join("; ");
        buttons.forEach((button) => (button.disabled = false));
      }
    };
    const buttons = gate.choices.map((choice, at) => h("button", { type: "button", class: at ? "" : "main", "data-choice": choice, onclick: () => answer(choice, buttons) }, said(choice)));
    return h("section", { class: "ask", "aria-label": `Question of ${gate.id}` },
      h("h2", null, said(gate.question)), h("p", { class: "soft" }, "gate ", said(gate.id, { class: "mono" }), gate.asked_at && [" · asked ", lasting(gate.asked_at, null), " ago"]),
      EXPORTED ? null : h("form", { onsubmit: (event) => event.preventDefault() }, buttons, reason), problem);
  }

  worker({ id, vertex }) {
    const node = this.nodes.get(id), gate = this.gate(id), stands = this.standing(id);
    const row = h("div", { class: "row cols", role: "row", tabindex: 0, onclick: () => this.choose(id), onkeydown: (event) => event.key === "Enter" && this.choose(id) });
    const served = node?.served?.filter((model) => model !== node.model) ?? [];
    row.append(
      h("span", { class: "name cut", title: id, role: "cell" }, h("b", null, said(id)), vertex.role && vertex.role !== id ? h("span", { class: "soft" }, "  ", said(vertex.role)) : null),
      h("span", { role: "cell" }, state(stands)),
      h("span", { class: "route cut soft", role: "cell", title: node ? `${node.profile} / ${node.model}` : "" }, gate ? "gate" : h("span", { class: "cut" }, said(`${node?.profile ?? vertex.profile} · ${node?.model ?? vertex.model}`), served.length ? h("span", { class: "served" }, " → ", said(served.join(", "))) : null)),
      h("span", { class: "tokens num", role: "cell" }, node?.requests ? count(node.input_tokens === null ? null : node.input_tokens + node.output_tokens) : "–"),
      h("span", { class: "usd num", role: "cell" }, node?.requests ? money(node.usd, node.plan) : "–"),
      h("span", { class: "span num", role: "cell" }, node?.started_at ? lasting(node.started_at, node.ended_at) : "–"));
    return row;
  }
  choose(id) {
    this.picked = id;
    this.workers.pick(id);
    this.graph.pick(id);
    this.node();
  }

  async node() {
    const id = this.picked, node = this.nodes.get(id), gate = this.gate(id), vertex = this.head.vertices.find((one) => one.id === id);
    if (!vertex) return;
    this.steer(id, node);
    const attempt = node?.attempt ?? 0, stamp = `${id} ${attempt} ${node?.status} ${this.tab}`;
    if (gate) return void this.at.node.replaceChildren(card(id, state(this.standing(id)), h("div", { class: "pane" }, pairs([["Question", gate.question], ["Choices", gate.choices.join(", ")], ["Judged", gate.reason], ["Judgements", gate.attempt || null], ["Set work back", gate.reopened ? `${gate.reopened} times` : null], ["Needs", vertex.needs.join(", ")]]))));
    const tabs = [["answer", "Answer"], ["handoff", "Handoff"], ["diff", "Changes"], ["facts", "Route & use"], ["prompt", "Prompt"]].filter(([name]) => name !== "diff" || vertex.writes);
    const bar = h("div", { class: "tabs", role: "tablist" }, tabs.map(([name, label]) => h("button", { type: "button", role: "tab", "aria-selected": String(name === this.tab), tabindex: name === this.tab ? 0 : -1, "data-tab": name, onclick: () => this.open(name) }, label)));
    bar.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      const names = tabs.map(([name]) => name);
      this.open(names[(names.indexOf(this.tab) + by + names.length) % names.length]);
      this.at.node.querySelector('[aria-selected="true"]').focus();
    });
    const held = document.activeElement?.dataset?.tab;
    if (this.shown !== stamp || !this.pane) this.pane = h("div", { class: "pane", role: "tabpanel", tabindex: 0 });
    this.at.node.replaceChildren(card(id, state(this.standing(id)), bar, this.pane));
    if (held) this.at.node.querySelector(`[data-tab="${held}"]`)?.focus();
    if (this.tab === "facts") return void this.pane.replaceChildren(this.facts(node, vertex));
    if (this.shown === stamp) return void this.now?.replaceChildren(said(node.doing || "It is at work."));
    this.shown = stamp;
    this.now = null;
    if (!attempt) return void this.pane.replaceChildren(h("p", { class: "soft" }, node?.held || "It has not begun."));
    const given = await this.given(id, attempt, node.status);
    if (this.picked === id && this.shown === stamp) this.pane.replaceChildren(...this.content(given, node, vertex));
  }
  open(tab) {
    this.tab = tab;
    this.node();
  }
  /** What can be said to a worker, and its work done again; typed words outlive the news. */
  steer(id, node) {
    const isLive = node?.status === "running", may = !EXPORTED && !this.head.simulated && node?.attempt > 0 && !this.outline.stopping;
    const ended = may && ["passed", "failed"].includes(node.status);
    const spelled = JSON.stringify([id, may && isLive, ended]);
    if (this.steered === spelled) return;
    const heard = this.heard ??= h("p", { class: "soft", role: "status" });
    if (this.steered === undefined || JSON.parse(this.steered)[0] !== id) heard.textContent = "";
    this.steered = spelled;
    const shown = (...parts) => this.at.steer.replaceChildren(h("section", { class: "card steer", "aria-label": `Steer ${id}` }, parts, heard));
    // the news of what was asked may come before the answer to it, and take the form away
    const says = (text) => {
      if (JSON.parse(this.steered)[0] !== id) return;
      heard.textContent = text;
      if (!heard.isConnected) shown();
    };
    if (!may || !(isLive || ended)) return void (heard.textContent ? shown() : this.at.steer.replaceChildren());
    const words = h("input", { type: "text", placeholder: isLive ? "Tell it something" : "Tell it something: its session goes on", "aria-label": `Words for ${id}`, maxlength: 20000 });
    const send = this.does("Send", isLive ? "It hears this when its turn is over" : "Its session goes on in a new attempt", "send", () => ({ node: id, text: words.value }), (told) => {
      words.value = "";
      says(told.how === "live" ? "sent; it hears this when its turn is over" : "sent; its session goes on in a new attempt");
    });
    const again = ended ? this.does("Do again", "This node, and everything after it that had begun, is done again", "retry", () => ({ node: id, reason: "asked on the board" }), (told) => {
      says(`set back: ${told.nodes.join(", ")}${told.waits ? "; Resume goes on" : ""}`);
    }) : [];
    const form = h("form", { onsubmit: (event) => { event.preventDefault(); if (words.value.trim()) send[1].click(); } }, words, send, again);
    shown(form);
  }
  async given(id, attempt, status) {
    const key = `${id}/${attempt}`;
    if (EXPORTED) return EXPORTED.runs[this.run].nodes[key] ?? null;
    if (this.loaded[key]?.status !== status) {
      try {
        this.loaded[key] = { status, given: await ask(`api/runs/${this.run}/nodes/${encodeURIComponent(id)}/${attempt}`) };
      } catch (problem) {
        return { problem };
      }
    }
    return this.loaded[key].given;
  }
  content(given, node, vertex) {
    if (!given) return [h("p", { class: "soft" }, "Not in this file.")];
    if (given.problem) return [h("p", { class: "said" }, said(given.problem.message))];
    const path = `api/runs/${this.run}/nodes/${encodeURIComponent(given.node)}/${given.attempt}`;
    const live = node.status === "running";
    if (this.tab === "handoff") {
      if (given.handoff === null) return [h("p", { class: "soft" }, given.note ? said(given.note) : live ? "It has handed over nothing yet." : "It handed over nothing.")];
      return [h("div", { class: "tree" }, tree(given.handoff))];
    }
    if (this.tab === "diff") {
      if (!given.diff) return [h("p", { class: "soft" }, live ? "What it changes is told when it has ended." : "It changed nothing.")];
      const change = given.change;
      return [change && h("div", { class: "stack" }, h("p", null, `${change.files.length} file(s), kept at `, h("code", null, said(change.ref))), copyable(change.apply)), paged(given.diff, `${path}/diff`, (text) => diff(text))].filter(Boolean);
    }
    if (this.tab === "prompt") {
      const box = h("div", null, h("p", { class: "soft" }, "…"));
      if (EXPORTED) box.replaceChildren(h("p", { class: "soft" }, "Prompts are not in this file."));
      else ask(`${path}/prompt`).then((piece) => box.replaceChildren(piece.size === undefined ? h("p", { class: "soft" }, "none") : paged(piece, `${path}/prompt`, (text) => h("pre", null, said(text)))));
      return [box];
    }
    const lines = [];
    if (node.reason && node.status !== "passed") lines.push(h("p", { class: "said" }, said(`${node.outcome ?? node.status}: ${node.reason}`)));
    if (given.handoff !== null && isJsonOf(given.answer, given.handoff)) lines.push(h("div", { class: "tree" }, tree(given.handoff)));
    else if (given.answer?.size) lines.push(paged(given.answer, `${path}/answer`, (text) => h("pre", { class: "prose" }, said(text, { dir: "auto" }))));
    else if (live) lines.push((this.now = h("p", { class: "soft" }, said(node.doing || "It is at work."))));
    else lines.push(h("p", { class: "soft" }, "It gave no text."));
    return lines;
  }
  facts(node, vertex) {
    const tools = Object.entries(node.tools).map(([name, times]) => `${name} ×${times}`).join(", ");
    return pairs([
      ["Role", vertex.role], ["Declared route", `${vertex.profile} · ${vertex.model}`], ["Goes on with", node.model !== vertex.model || node.profile !== vertex.profile ? `${node.profile} · ${node.model}` : null],
      ["Answered by", node.served.join(", ") || "nobody yet"], ["Why this route", node.route_reason], ["Now", node.doing], ["Attempt", node.attempt || null], ["Outcome", node.outcome && `${node.outcome}${node.reason ? `: ${node.reason}` : ""}`],
      ["Tokens in", `${count(node.input_tokens)}${node.exact ? "" : " (partly estimated)"}`], ["Tokens out", count(node.output_tokens)], ["Requests", `${node.requests}${node.retried ? `, ${node.retried} asked again` : ""}`],
      ["Money", `${money(node.usd, node.plan)}${vertex.worst_usd === null ? "" : ` of at most ${money(Math.min(vertex.worst_usd, this.head.limit_usd ?? Infinity))}`}`], ["Tools", tools], ["Refused calls", node.denied || null], ["Needs", vertex.needs.join(", ")], ["Writes", vertex.writes ? "in a worktree of its own" : "nothing"], ["Lane", vertex.lane],
    ]);
  }

  findings() {
    const { findings, warnings, notes } = this.outline;
    const spelled = JSON.stringify([findings.length, warnings.length, notes.length]);
    if (this.found === spelled) return;
    this.found = spelled;
    const items = [
      ...[...findings].sort((a, b) => RISKS.indexOf(a.severity) - RISKS.indexOf(b.severity)).map((one) => h("li", null,
        h("div", { class: "line" }, h("span", { class: `chip t-${RISK_TONES[one.severity]}` }, one.severity), h("b", { title: `ccorch explain ${one.code}` }, said(one.code)), one.blocking && h("span", { class: "chip t-bad" }, "blocking"), one.node && h("span", { class: "soft" }, said(one.node))),
        h("div", null, said(one.message)), (one.place || one.events.length > 0) && h("div", { class: "faint" }, said([one.place, one.events.length ? `events ${one.events.slice(0, 12).join(", ")}` : ""].filter(Boolean).join(" · "))))),
      ...warnings.map((text) => h("li", null, h("div", { class: "line" }, h("span", { class: "chip t-warn" }, "warning"), said(text)))),
    ];
    const noted = notes.map((note) => h("li", null, h("div", { class: "line" }, said(`${note.by}${note.who ? ` (${note.who})` : ""}`, { class: "soft" })), said(note.text || [note.controller_tokens !== null && `${count(note.controller_tokens)} tokens`, note.controller_usd !== null && money(note.controller_usd)].filter(Boolean).join(", "))));
    const none = h("p", { class: "pad soft" }, "No rule noticed anything. What a worker found stands in its answer.");
    this.at.findings.replaceChildren(
      card("Noticed by rules", findings.length ? String(findings.length) : null, items.length ? h("ul", { class: "list" }, items) : none),
      noted.length ? card("Notes", String(noted.length), h("ul", { class: "list" }, noted)) : "",
    );
  }
  async waits() {
    if (this.isOver || this.waitAsked) return void (this.isOver && this.at.waits.replaceChildren());
    this.waitAsked = true;
    try {
      const { waiting } = await ask("api/queue");
      const own = waiting.filter((one) => one.run_id === this.run);
      this.at.waits.replaceChildren(own.length ? card("Waits for", String(own.length), waitList(own)) : "");
    } catch (problem) {
      this.at.waits.replaceChildren();
    } finally {
      setTimeout(() => (this.waitAsked = false), 4000);
    }
  }
  commands() {
    const short = this.run.slice(0, 8), list = [`ccorch show ${short}`];
    if (!this.isOver) list.push(`ccorch wait ${short}`, `ccorch stop ${short}`);
    for (const gate of this.outline.gates) if (this.standing(gate.id) === "asks") for (const choice of gate.choices) list.push(`ccorch answer ${short} ${gate.id} ${choice}`);
    if (this.isOver) list.push(`ccorch report ${short}`);
    if (this.result?.ref) list.push(`ccorch verify ${short}`, `ccorch accept ${short}`, `git diff ${this.result.base.slice(0, 12)} ${this.result.ref}`);
    const spelled = JSON.stringify(list);
    if (this.commanded === spelled) return;
    this.commanded = spelled;
    this.at.commands.replaceChildren(card("Commands", null, h("div", { class: "pad stack" }, list.map(copyable), h("p", { class: "faint" }, said(this.head.folder)))));
  }

  time() {
    const bars = [...this.bars.values()];
    if (!bars.length) return void this.at.time.replaceChildren();
    const start = this.outline.submitted_at ?? Math.min(...bars.map((bar) => bar.start));
    this.at.time.replaceChildren(card("Timeline", h("span", { class: "soft" }, lasting(start, this.isOver ? this.end : null)), h("div", { class: "chart" }, gantt(this.room, bars, this.head.vertices, start, Math.max(this.end, start + 1), (bar) => this.barTone(bar), (id) => this.choose(id)))));
  }
  barTone(bar) {
    if (bar.end === null) return this.gate(bar.node)?.question != null ? "asks" : "t-run";
    return bar.passed === null ? "t-off" : bar.passed ? "t-ok" : "t-bad";
  }
  money() {
    const curves = [...this.curves.values()];
    if (!curves.length) return void this.at.money.replaceChildren();
    const known = curves.some((curve) => curve.points.at(-1).usd !== null), unit = this.unit ?? (known ? "usd" : "tokens");
    const toggle = ["usd", "tokens"].map((name) => h("button", { type: "button", class: "quiet", "aria-pressed": String(name === unit), onclick: () => { this.unit = name; this.money(); } }, h(name === unit ? "b" : "span", null, name === "usd" ? "money" : "tokens")));
    this.at.money.replaceChildren(card("Use over time by model", toggle, h("div", { class: "chart" }, curveChart(this.room, curves, unit, this.outline.submitted_at, this.end, this.head.limit_usd), legend(curves))));
  }
  events() {
    const moments = [...this.moments.values()].sort((a, b) => b.seq - a.seq), last = moments[0];
    const spelled = last ? `${last.seq} ${last.times} ${moments.length}` : "";
    if (this.told === spelled) return;
    this.told = spelled;
    this.at.events.replaceChildren(card("Events", this.left ? h("span", { class: "soft" }, `latest ${moments.length} of ${this.left + moments.length}`) : null,
      h("ul", { class: "events", tabindex: 0, "aria-label": "Events" }, moments.map((one) => h("li", null, h("span", { class: "faint" }, clock(one.at)), h("span", { class: "who cut soft" }, one.node ? said(one.node) : ""), h("span", null, said(one.text), one.times > 1 && h("span", { class: "soft" }, ` ×${one.times}`)))))));
  }
  key(event) {
    if (event.key === "Escape") return (location.hash = "#/"), true;
    const by = { j: 1, k: -1 }[event.key];
    if (by && this.workers) return this.choose(this.workers.step(by)?.id ?? this.picked), true;
    return false;
  }
}

// ---- parts of a run's page

const pairs = (list) => h("dl", { class: "pairs" }, list.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false).map(([name, value]) => [h("dt", null, name), h("dd", null, said(value))]));
const titled = (name) => name.replaceAll("_", " ");

const FIRST = ["status", "summary", "verdict", "findings", "blocking_issues"];
const order = (name) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
/** Whether a text says nothing but the handoff again, or there is none. */
function isJsonOf(piece, handoff) {
  if (!piece?.size) return true;
  if (piece.next !== null || !/^\s*[[{]/.test(piece.text)) return false;
  try {
    const sorted = (value) => JSON.stringify(value, (_, one) => (one && typeof one === "object" && !Array.isArray(one) ? Object.fromEntries(Object.entries(one).sort()) : one));
    return sorted(JSON.parse(piece.text)) === sorted(handoff);
  } catch {
    return false;
  }
}

/** One thing of a list: what it is in a line, then the rest. */
function item(value, depth) {
  const { title, severity, file, line, ...rest } = value, place = file === undefined ? "" : line === undefined || line === null ? `${file}` : `${file}:${line}`;
  if (title === undefined && file === undefined) return tree(value, depth);
  const few = Object.entries(rest).every(([name, one]) => name === "detail" && typeof one === "string");
  return [h("div", { class: "line" }, severity && h("span", { class: `chip t-${RISK_TONES[severity] ?? "idle"}` }, said(severity)), title && h("b", null, said(title))), place && h("div", { class: "soft mono" }, said(place)), few ? h("div", null, said(rest.detail ?? "")) : tree(rest, depth)];
}

function tree(value, depth = 0) {
  if (value === null || typeof value !== "object") return said(value === null ? "–" : value);
  if (depth > 8) return said(JSON.stringify(value));
  if (Array.isArray(value)) {
    if (!value.length) return h("span", { class: "faint" }, "none");
    const flat = value.every((one) => one === null || typeof one !== "object");
    return h("ul", { class: flat ? "plainlist" : "" }, value.slice(0, 500).map((one) => h("li", null, flat || Array.isArray(one) || !one ? tree(one, depth + 1) : item(one, depth + 1))));
  }
  return h("dl", { class: "pairs" }, Object.entries(value).sort(([a], [b]) => order(a) - order(b)).map(([name, one]) => [h("dt", null, said(titled(name))), h("dd", null, tree(one, depth + 1))]));
}

/** A long text, a piece at a time. */
function paged(first, path, draw) {
  const box = h("div");
  const add = (piece) => {
    box.append(draw(piece.text));
    if (piece.next === null) return;
    const more = h("button", { type: "button", onclick: async () => {
      more.disabled = true;
      const next = await ask(`${path}?from=${piece.next}`);
      more.remove();
      add(next);
    } }, `Show more (${bytes(piece.next)} of ${bytes(piece.size)})`);
    box.append(EXPORTED ? h("p", { class: "soft" }, `${bytes(piece.next)} of ${bytes(piece.size)}; the rest lies in the run folder`) : more);
  };
  add(first);
  return box;
}

function diff(text) {
  const kinds = [[/^diff /, "file"], [/^(index |new file|deleted file|rename |similarity |\+\+\+ |--- )/, "soft"], [/^@@/, "hunk"], [/^\+/, "add"], [/^-/, "del"]];
  const box = h("div", { class: "diff" });
  for (const line of text.split("\n")) {
    if (/^(index |similarity )/.test(line)) continue;
    box.append(h("pre", { class: kinds.find(([sign]) => sign.test(line))?.[1] }, said(line)));
  }
  return box;
}

/** Equal reasons are told once. */
function waitList(waiting) {
  const groups = new Map();
  for (const one of waiting) {
    const key = JSON.stringify([one.why, one.reason, one.command, one.until]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const rest = [...groups.values()].slice(MOST_REASONS).flat().length;
  return h("ul", { class: "list" }, [...groups.values()].slice(0, MOST_REASONS).map(([one, ...more]) => h("li", null, h("div", { class: "line" }, h("b", null, said(one.node)), more.length ? h("span", { class: "soft", title: more.map((other) => other.node).join(", ") }, more.length < 3 ? said(more.map((other) => other.node).join(", ")) : `and ${more.length} more`) : null, h("span", { class: "chip" }, one.why), one.until && h("span", { class: "soft" }, `until ${clock(one.until)}`)), h("div", null, said(one.reason)), one.command && copyable(one.command))), rest ? h("li", { class: "soft" }, `and ${rest} more`) : null);
}

class Graph {
  constructor(vertices, choose) {
    const ids = new Map(vertices.map((one) => [one.id, one])), level = new Map();
    const left = new Map(vertices.map((one) => [one.id, one.needs.length])), after = new Map(vertices.map((one) => [one.id, []]));
    for (const one of vertices) for (const need of one.needs) after.get(need)?.push(one.id);
    const due = vertices.filter((one) => !one.needs.length).map((one) => one.id);
    for (const id of due) {
      level.set(id, Math.max(-1, ...ids.get(id).needs.map((need) => level.get(need) ?? -1)) + 1);
      for (const next of after.get(id)) if (left.set(next, left.get(next) - 1).get(next) === 0) due.push(next);
    }
    this.small = vertices.length > SMALL_GRAPH;
    const [w, high, gapX, gapY, most] = this.small ? [14, 14, 10, 8, 24] : [136, 40, 26, 12, 1000];
    const columns = [], isFlat = due.every((id) => level.get(id) === 0) && !this.small;
    // where nobody needs anybody they stand in a row
    vertices.forEach((one, at) => (columns[isFlat ? at % 6 : (level.get(one.id) ?? 0)] ??= []).push(one));
    this.place = new Map();
    let x = 2, bottom = 0;
    for (const column of columns) {
      // beside what it needs, so that few lines cross
      const middle = (one) => one.needs.reduce((sum, need) => sum + (this.place.get(need)?.y ?? 0), 0) / (one.needs.length || 1);
      if (column !== columns[0]) column.sort((a, b) => middle(a) - middle(b));
      const lanes = Math.ceil(column.length / most), rows = Math.ceil(column.length / lanes);
      column.forEach((one, at) => {
        const place = { x: x + Math.floor(at / rows) * (w + gapX), y: 2 + (at % rows) * (high + gapY) };
        this.place.set(one.id, place);
        bottom = Math.max(bottom, place.y + high);
      });
      x += lanes * (w + gapX) + (this.small ? 14 : 0);
    }
    if (!this.small) {
      for (const column of columns) {
        const low = Math.max(...column.map((one) => this.place.get(one.id).y)) + high;
        for (const one of column) this.place.get(one.id).y += (bottom - low) / 2;
      }
    }
    this.size = { w, high };
    this.after = after;
    this.ids = ids;
    this.edges = s("g");
    this.drawn = new Map();
    const total = vertices.reduce((sum, one) => sum + one.needs.length, 0);
    this.all = total <= MOST_EDGES;
    if (this.all) for (const one of vertices) for (const need of one.needs) this.edges.append(this.edge(need, one.id));
    const boxes = s("g");
    for (const one of vertices) boxes.append(this.vertex(one, choose));
    this.lit = s("g");
    const width = Math.max(x - gapX + 2, 20), height = bottom + 4;
    this.natural = { width, height };
    this.root = h("div", { class: this.small ? "graph many" : "graph", tabindex: this.small ? 0 : -1 }, s("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": `${vertices.length} nodes` }, this.edges, this.lit, boxes));
  }
  /** A graph that is a little too wide is drawn a little smaller; a wider one is moved. */
  fit(room) {
    const share = this.small ? 1 : Math.min(1, Math.max(0.72, room / this.natural.width));
    this.root.firstChild.setAttribute("width", this.natural.width * share);
    this.root.firstChild.setAttribute("height", this.natural.height * share);
  }
  edge(from, to, lit = "") {
    const a = this.place.get(from), b = this.place.get(to), { w, high } = this.size;
    if (!a || !b) return s("g");
    const [x1, y1, x2, y2] = [a.x + w, a.y + high / 2, b.x, b.y + high / 2], bend = Math.max((x2 - x1) / 2, 8);
    return s("path", { class: `edge ${lit}`, d: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}` });
  }
  vertex(one, choose) {
    const { x, y } = this.place.get(one.id), { w, high } = this.size;
    const group = s("g", { class: `v ${this.small ? "small" : ""}`, transform: `translate(${x} ${y})`, onclick: () => choose(one.id), role: "button", "aria-label": one.id, tabindex: this.small ? null : 0, "data-node": one.id, onkeydown: (event) => (event.key === "Enter" || event.key === " ") && (event.preventDefault(), choose(one.id)) });
    group.append(s("title", null, one.id), s("rect", { width: w, height: high, rx: this.small ? (one.gate ? 7 : 3) : one.gate ? 20 : 7 }));
    if (!this.small) {
      const mark = s("g", { transform: `translate(11 ${high / 2 - 6.5})` });
      const name = one.id.length > LETTERS ? `${one.id.slice(0, LETTERS - 1)}…` : one.id;
      const sub = s("text", { class: "sub", x: 33, y: 31 });
      group.append(mark, s("text", { x: 33, y: 17, direction: "ltr" }, name), sub);
      this.drawn.set(one.id, { group, mark, sub, one });
    } else this.drawn.set(one.id, { group, one });
    return group;
  }
  colour(id, stands, node) {
    const { group, mark, sub, one } = this.drawn.get(id);
    const tone = `t-${TONES[stands] ?? "idle"}`;
    group.setAttribute("class", `v ${this.small ? "small" : ""} ${tone}${id === this.picked ? " picked" : ""}`);
    group.setAttribute("aria-label", `${id}: ${word(stands)}`);
    if (!mark) return;
    if (mark.dataset?.state !== stands) {
      mark.dataset.state = stands;
      mark.replaceChildren(icon(stands));
    }
    const what = one.gate ? `gate · ${word(stands)}` : `${node?.model ?? one.model}`;
    sub.textContent = what.length > 20 ? `${what.slice(0, 19)}…` : what;
  }
  pick(id) {
    this.drawn.get(this.picked)?.group.classList.remove("picked");
    this.picked = id;
    this.drawn.get(id)?.group.classList.add("picked");
    const one = this.ids.get(id);
    if (one) this.lit.replaceChildren(...one.needs.map((need) => this.edge(need, id, "lit")), ...this.after.get(id).slice(0, 500).map((next) => this.edge(id, next, "lit")));
  }
}

function ticks(from, to, most) {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400, 604800];
  const step = steps.find((one) => (to - from) / one <= most) ?? (to - from) / most;
  const found = [];
  for (let at = 0; at <= to - from; at += step) found.push(at);
  return found;
}
const short = (seconds) => (seconds < 60 ? `${seconds}s` : seconds < 3600 ? `${Math.round(seconds / 6) / 10}m` : `${Math.round(seconds / 360) / 10}h`).replace(".0", "");

function gantt(width, bars, vertices, start, end, tone, choose) {
  const order = new Map(vertices.map((one, at) => [one.id, at]));
  const rows = [...new Set(bars.map((bar) => bar.node))].sort((a, b) => order.get(a) - order.get(b)).slice(0, 1000), line = new Map(rows.map((id, at) => [id, at]));
  const dense = rows.length > 60, step = dense ? 6 : 24, left = dense ? 4 : width < 420 ? 96 : 132, top = 18, letters = width < 420 ? 13 : LETTERS;
  const scale = (at) => left + ((at - start) / (end - start)) * (width - left - 8);
  const height = top + rows.length * step + 4;
  const box = s("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": "Attempts over time" },
    s("defs", null, s("pattern", { id: "stripes", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, s("rect", { width: 6, height: 6, fill: "var(--warn-bg)" }), s("rect", { width: 2, height: 6, fill: "var(--warn)", opacity: ".45" }))));
  for (const at of ticks(start, end, width / 90)) {
    const x = scale(start + at);
    box.append(s("line", { class: "grid", x1: x, x2: x, y1: top - 4, y2: height }), s("text", { x, y: 10, "text-anchor": at ? "middle" : "start" }, short(at)));
  }
  if (!dense) rows.forEach((id, at) => box.append(s("text", { class: "name", x: 0, y: top + at * step + 16 }, id.length > letters ? `${id.slice(0, letters - 1)}…` : id)));
  for (const bar of bars) {
    const at = line.get(bar.node);
    if (at === undefined) continue;
    const x = scale(Math.max(bar.start, start)), to = Math.max(scale(Math.min(bar.end ?? end, end)), x + 3);
    box.append(s("rect", { class: `bar ${tone(bar)} ${bar.stale ? "stale" : ""}`, x, y: top + at * step + (dense ? 1 : 5), width: to - x, height: dense ? 4 : 14, rx: dense ? 1 : 3, onclick: () => choose(bar.node) },
      s("title", null, `${bar.node}, attempt ${bar.attempt}: ${bar.outcome ?? (bar.end ? "over" : "at work")}, ${span((bar.end ?? end) - bar.start)}${bar.stale ? ", set back since" : ""}`)));
  }
  return box;
}

function curveChart(width, curves, unit, begun, end, limit) {
  const height = 170, left = 52, right = 10, top = 10, bottom = 22;
  const read = (point) => (unit === "usd" ? point.usd : point.tokens) ?? 0;
  const start = begun ?? Math.min(...curves.map((curve) => curve.points[0].at));
  const most = Math.max(...curves.map((curve) => Math.max(...curve.points.map(read))), 1e-9);
  const bound = unit === "usd" && limit && limit <= most * 3 ? Math.max(limit, most) : most;
  const power = 10 ** Math.floor(Math.log10(bound)), nice = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= bound) ?? bound;
  const x = (at) => left + ((at - start) / Math.max(end - start, 1)) * (width - left - right), y = (value) => height - bottom - (value / nice) * (height - top - bottom);
  const box = s("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": `${unit === "usd" ? "Money" : "Tokens"} over time by model` });
  for (const share of [0, 0.5, 1]) {
    const value = nice * share, at = y(value);
    box.append(s("line", { class: "grid", x1: left, x2: width - right, y1: at, y2: at }), s("text", { x: left - 8, y: at + 4, "text-anchor": "end" }, unit === "usd" ? money(value) : count(Math.round(value))));
  }
  for (const at of ticks(start, Math.max(end, start + 1), width / 90)) box.append(s("text", { x: x(start + at), y: height - 5, "text-anchor": at ? "middle" : "start" }, short(at)));
  if (unit === "usd" && limit && limit <= nice) box.append(s("line", { class: "limit", x1: left, x2: width - right, y1: y(limit), y2: y(limit) }));
  curves.forEach((curve, at) => {
    let path = `M${x(start)} ${y(0)}`;
    for (const point of curve.points) path += `H${x(point.at).toFixed(1)}V${y(read(point)).toFixed(1)}`;
    box.append(s("path", { class: `curve c${at % 6}`, d: `${path}H${x(end).toFixed(1)}` }));
  });
  return box;
}
const legend = (curves) => h("div", { class: "legend" }, curves.map((curve, at) => {
  const last = curve.points.at(-1);
  return [h("b", { class: `c${at % 6}` }), h("span", { class: "cut" }, said(curve.model)), h("span", { class: "num soft extra" }, `${count(last.tokens)} tokens`), h("span", { class: "num" }, last.usd === null ? "no price" : money(last.usd)), h("span", { class: "extra" })];
}));

class QueuePage {
  constructor() {
    this.root = h("div", { class: "queue" }, h("p", { class: "soft" }, "…"));
    this.look();
    if (!EXPORTED) this.ticking = setInterval(() => this.look(), 2000);
  }
  leave() { clearInterval(this.ticking); }
  async look() {
    try {
      this.show(EXPORTED ? EXPORTED.queue : await ask("api/queue"));
      link(EXPORTED ? "" : "live", EXPORTED ? "" : "live");
    } catch (problem) {
      if (problem instanceof Refused) gone(this.root, problem), this.leave();
      else link("lost", "connection lost");
    }
  }
  show(queue) {
    const spelled = JSON.stringify(queue);
    if (this.spelled === spelled || this.root.contains(document.activeElement)) return;
    this.spelled = spelled;
    $("tally").textContent = `${queue.at_work} of ${queue.slots} workers at work`;
    if (!queue.runs.length) return void this.root.replaceChildren(h("div", { class: "empty" }, h("h2", null, "Nothing waits"), h("p", null, "Every run is over.")));
    this.root.replaceChildren(queue.note ? h("div", { class: "note" }, said(queue.note)) : "", ...queue.runs.slice(0, 200).map((run) => {
      const waiting = queue.waiting.filter((one) => one.run_id === run.run_id);
      return h("section", { class: "card" }, h("h2", null, state(waiting.some((one) => one.why === "answer") ? "asks" : run.status), h("a", { class: "cut", href: `#/run/${run.run_id}` }, said(run.task)),
        h("span", { class: "push soft" }, `priority ${run.priority} · ${run.running.length} at work · ${run.waiting} wait`)), waiting.length ? waitList(waiting) : null);
    }));
  }
  key() { return false; }
}

// ---- which page

function route() {
  const [path, query] = location.hash.slice(1).split("?"), run = /^\/run\/([0-9a-f]{16})$/.exec(path);
  page?.leave();
  page = run ? new RunPage(run[1]) : path === "/queue" ? new QueuePage() : new ListPage(new URLSearchParams(query));
  const name = run ? "list" : path === "/queue" ? "queue" : "list";
  for (const one of document.querySelectorAll("[data-page]")) one.toggleAttribute("aria-current", one.dataset.page === name);
  $("main").replaceChildren(page.root);
  scrollTo(0, 0);
}
addEventListener("hashchange", route);
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (typing && event.key === "Escape") return event.target.blur();
  if (typing || $("help").open) return;
  if (event.key === "?") return $("help").showModal();
  if (event.key === "1" || event.key === "2") location.hash = event.key === "1" ? "#/" : "#/queue";
  else if (page?.key(event)) event.preventDefault();
});
$("keys").addEventListener("click", () => $("help").showModal());
setInterval(() => {
  for (const one of document.querySelectorAll("[data-since]")) one.textContent = span(now() - Number(one.dataset.since));
}, 1000);
// a file of one run is about that run; its list is a step back
if (EXPORTED?.opens && !location.hash) history.replaceState(null, "", `#/run/${EXPORTED.opens}`);
if (EXPORTED) link("", `written ${new Date(EXPORTED.made_at * 1000).toLocaleString()}`);
route();
