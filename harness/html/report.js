/*
 * Filters the table and draws the wire of the cell that the address names: #cell=12&q=words&outcome=fail&change=broken&revision=2.
 * All that was on a wire becomes text, never markup.
 */
"use strict";
(function () {
	const data = JSON.parse(document.getElementById("data").textContent);
	const el = (id) => document.getElementById(id);
	const rows = Array.from(document.querySelectorAll("tbody tr[data-row]"), read_row);
	const detail = el("detail"), text = el("text"), revision = el("revision"), shown = el("shown");
	const state = { cell: null, q: "", outcome: new Set(), change: new Set(), revision: "" };
	let terse = false, address_timer = 0, opened = false;

	const OUTCOMES = ["pass", "fail", "error", "skip", "xfail", "xpass"];
	const WORDS = { pass: "ok", fail: "FAIL", error: "ERROR", skip: "skip", xfail: "xfail", xpass: "XPASS" };
	const LANES = ["host", "modem", "log", "broker", "model", "fault", "why", "note", "gap"];
	const BAD = new Set(["fail", "error", "xpass"]);
	const LONG_WAIT_US = 1000000, SAME_CHARACTERS = 24, ECHO_LINES = 2, ADDRESS_MS = 100, MANY_LINES = 16, LINES_HEAD = 8, LINES_TAIL = 3;
	/* what a code of 0 means where it is not an error's */
	const FINE = [
		[/^\+CMQTTCONNECT: \d+,0$/, "connected"], [/^\+CCHOPEN: \d+,0$/, "open"], [/^\+CIPOPEN: \d+,0$/, "open"],
		[/^\+CFTPSLOGIN: 0$/, "logged in"], [/^\+CMQTTPUB: \d+,0$/, "published"], [/^\+CMQTTSUB: \d+,0$/, "subscribed"],
		[/^\+CMQTTSTART: 0$/, "started"], [/^\+CMQTTDISC: \d+,0$/, "disconnected"], [/^\+HTTPACTION: \d+,2\d\d,/, "answered"],
	];

	function make(tag, cls, words) {
		const e = document.createElement(tag);

		if (cls)
			e.className = cls;
		if (words !== undefined)
			e.textContent = words;
		return e;
	}

	/* --- the table --- */

	function read_row(tr) {
		const r = data.rows[Number(tr.dataset.row)];
		const cells = [];

		for (const td of tr.querySelectorAll("td")) {
			const a = td.querySelector("a");
			const number = a ? Number(a.hash.slice("#cell=".length)) : -1;

			if (a)
				a.tabIndex = -1;
			cells.push({ td, a, number, cell: number < 0 ? null : data.cells[number] });
		}
		const said = cells.filter((c) => c.cell).map((c) => c.cell.codes + " " + (c.cell.profile || "") + " " + (c.cell.reason || "") + " " +
			(c.cell.failure ? c.cell.failure.what : "") + " " + c.cell.cell);
		return { tr, cells, words: [r.file, r.scenario, r.summary, r.name].concat(said).join("\n").toLowerCase() };
	}

	function fits(c) {
		return c.cell && (!state.outcome.size || state.outcome.has(c.cell.outcome)) &&
			(!state.change.size || state.change.has(c.cell.change)) &&
			(state.revision === "" || String(c.cell.column) === state.revision);
	}

	function show_column(i) {
		return state.revision === "" || String(i) === state.revision;
	}

	function apply() {
		const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
		let n_rows = 0, n_cells = 0;

		for (const row of rows) {
			const hit = words.every((w) => row.words.includes(w));
			let any = 0;

			row.cells.forEach((c, i) => {
				const fit = hit && fits(c);

				any += fit ? 1 : 0;
				c.fit = fit;
				c.td.hidden = !show_column(i);
				c.td.classList.toggle("dim", hit && !fit);
			});
			row.tr.hidden = !any;
			n_rows += any ? 1 : 0;
			n_cells += any;
		}
		for (const body of document.querySelectorAll("tbody")) {
			const all = Array.from(body.querySelectorAll("tr[data-row]"));

			body.hidden = all.every((tr) => tr.hidden);
		}
		document.querySelectorAll("thead th[data-column]").forEach((th, i) => { th.hidden = !show_column(i); });
		el("nothing").hidden = n_rows > 0;
		shown.value = n_cells + " cells in " + n_rows + " rows";
		for (const chip of document.querySelectorAll(".chip")) {
			const kind = chip.dataset.outcome ? "outcome" : "change";

			chip.setAttribute("aria-pressed", String(state[kind].has(chip.dataset[kind])));
		}
		give_tab_stop();
	}

	/* One cell can be reached by Tab, the others from there by arrows. */
	function give_tab_stop() {
		const old = document.querySelector('td a[tabindex="0"]');
		const first = visible_cells().find((c) => c.number === state.cell) || visible_cells()[0];

		if (old)
			old.tabIndex = -1;
		if (first)
			first.a.tabIndex = 0;
	}

	function visible_cells() {
		return rows.filter((r) => !r.tr.hidden).flatMap((r) => r.cells.filter((c) => c.a && !c.td.hidden));
	}

	/* --- the address --- */

	/* Browsers take no more than a few addresses a second. */
	function write_address() {
		clearTimeout(address_timer);
		address_timer = setTimeout(put_address, ADDRESS_MS);
	}

	function put_address() {
		const parts = [];

		if (state.cell !== null)
			parts.push("cell=" + state.cell);
		if (state.q)
			parts.push("q=" + encodeURIComponent(state.q));
		for (const kind of ["outcome", "change"]) {
			if (state[kind].size)
				parts.push(kind + "=" + Array.from(state[kind]).join(","));
		}
		if (state.revision !== "")
			parts.push("revision=" + state.revision);
		history[opened ? "pushState" : "replaceState"](null, "", "#" + parts.join("&"));
		opened = false;
	}

	function read_address() {
		const all = new URLSearchParams(location.hash.slice(1));
		const number = all.has("cell") ? Number(all.get("cell")) : NaN;

		state.cell = data.cells[number] ? number : null;
		state.q = all.get("q") || "";
		state.outcome = new Set((all.get("outcome") || "").split(",").filter(Boolean));
		state.change = new Set((all.get("change") || "").split(",").filter(Boolean));
		state.revision = all.get("revision") || "";
		text.value = state.q;
		if (revision)
			revision.value = state.revision;
		apply();
		show_cell();
	}

	function changed() {
		apply();
		write_address();
	}

	/* --- one cell --- */

	function show_cell() {
		const old = document.querySelector("a[aria-current]");

		if (old)
			old.removeAttribute("aria-current");
		detail.hidden = state.cell === null;
		document.body.classList.toggle("open", state.cell !== null);
		detail.replaceChildren();
		if (state.cell === null)
			return;
		const entry = find_entry(state.cell);

		if (entry) {
			entry.a.setAttribute("aria-current", "true");
			entry.a.scrollIntoView({ block: "nearest", inline: "nearest" });
		}
		draw_cell(data.cells[state.cell]);
		detail.scrollTop = 0;
	}

	function find_entry(number) {
		for (const r of rows) {
			for (const c of r.cells) {
				if (c.number === number)
					return c;
			}
		}
		return null;
	}

	/* The browser's way back leads to the table, as one expects where the wire covers it. */
	function open_cell(number) {
		opened = opened || state.cell === null;
		state.cell = number;
		write_address();
		show_cell();
		give_tab_stop();
		detail.focus({ preventScroll: true });
	}

	function close_cell() {
		const entry = state.cell === null ? null : find_entry(state.cell);

		state.cell = null;
		write_address();
		show_cell();
		if (entry)
			entry.a.focus();
	}

	function step_cell(by, only_bad) {
		const all = visible_cells().filter((c) => c.fit && (!only_bad || BAD.has(c.cell.outcome) || c.number === state.cell));
		const at = all.findIndex((c) => c.number === state.cell);
		const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by];

		if (next)
			open_cell(next.number);
	}

	function prop(list, name, value) {
		if (value === undefined || value === null || value === "")
			return;
		list.append(make("dt", "", name));
		list.append(value instanceof Node ? value : make("dd", "", value));
	}

	function mono(words) {
		const dd = make("dd");

		dd.append(make("code", "", words));
		return dd;
	}

	function tool(label, title, act) {
		const b = make("button", "tool", label);

		b.type = "button";
		b.title = title;
		b.setAttribute("aria-label", title);
		b.addEventListener("click", act);
		return b;
	}

	function draw_cell(c) {
		const row = data.rows[c.row], column = data.columns[c.column];
		const top = make("div", "top"), props = make("dl", "props");

		const title = make("h2", "", row.scenario);

		title.append(make("small", "", (column.name || c.profile || "") + (column.summary ? " \u00b7 " + column.summary : "")));
		top.append(make("span", "badge " + c.outcome, WORDS[c.outcome]), title);
		top.append(tool("\u2039", "Previous cell", () => step_cell(-1, false)), tool("\u203a", "Next cell", () => step_cell(1, false)),
			tool("\u00d7", "Close (Esc)", close_cell));
		detail.append(top);
		prop(props, "scenario", row.summary);
		prop(props, "cell", row.name === row.scenario ? "" : mono(row.name.slice(row.scenario.length).replace(/^\[|\]$/g, "").replace(/,/g, ", ")));
		prop(props, "file", mono(row.file + ":" + c.line));
		prop(props, "codes", c.codes);
		prop(props, "saved", Object.entries(c.saved || {}).map(([k, v]) => k + " = " + v).join(", "));
		if (c.failure)
			prop(props, "failure", jump((c.failure.step ? c.failure.step + ": " : "") + c.failure.what));
		prop(props, "took", c.took === undefined ? "" : c.took.toFixed(3) + " s");
		prop(props, "reason", c.reason);
		prop(props, "baseline", c.change ? c.change + (c.was ? ", was " + c.was : "") : c.was ? "the same: " + c.was : "");
		prop(props, "again", c.again ? mono(c.again) : "");
		prop(props, "wire file", c.file ? mono(c.file) : "");
		(c.attempts || []).forEach((a, i) => prop(props, "attempt " + (i + 1), a.outcome + ": " + a.text));
		detail.append(props);
		if (c.wire !== undefined && data.wires[c.wire].e.length + data.wires[c.wire].s.length)
			draw_wire(c, data.wires[c.wire]);
		else
			detail.append(c.failure ? failure_box(c.failure) : make("p", "", "Nothing was said."));
		if (c.failure && !el("failure"))
			detail.querySelector(".failed").id = "failure";
	}

	/* --- failures --- */

	function jump(words) {
		const dd = make("dd"), b = make("button", "jump", words);

		b.type = "button";
		b.title = "Show it on the wire";
		b.addEventListener("click", () => el("failure").scrollIntoView({ block: "center" }));
		dd.append(b);
		return dd;
	}

	function failure_box(f) {
		const box = make("div", "failed"), head = make("p");

		head.append(make("b", "", (f.step ? f.step + ": " : "") + f.what));
		box.append(head);
		if (f.line)
			box.append(make("p", "soft mono", f.file + ":" + f.line + ":" + f.column));
		if (f.source)
			box.append(make("pre", "", f.source + "\n" + " ".repeat(Math.max(0, f.column - 1)) + "^" + (f.wanted ? " wanted " + f.wanted : "")));
		if (f.note)
			box.append(make("p", "", "Note: " + f.note));
		if (f.nearest)
			box.append(make("p", "", "Nearest line from " + f.nearest.from + " at " + f.nearest.t.toFixed(3) + " s: " + f.nearest.text +
				(f.meaning ? " (" + f.code + ": " + f.meaning + ")" : "")));
		return box;
	}

	/* --- the sequence diagram --- */

	function draw_wire(c, wire) {
		const events = unpack(wire), steps = unpack_steps(wire);
		const three = events.some((e) => e.lane === "broker" || e.lane === "model");
		const seq = make("ol", "seq" + (three ? " three" : "") + (terse ? " terse" : ""));
		const options = make("div", "options"), label = make("label"), box = make("input");

		box.type = "checkbox";
		box.checked = !terse;
		box.addEventListener("change", () => { terse = !box.checked; seq.classList.toggle("terse", terse); });
		label.append(box, "states and notes");
		options.append(label, make("span", "", events.length + " events"));
		detail.append(options, seq);
		seq.append(lanes(three));
		draw_events(seq, c, events, steps);
		new ResizeObserver((sizes) => {
			/* half a pixel less, or the wire would show between the two */
			seq.style.setProperty("--lanes-top", (sizes[0].target.getBoundingClientRect().height - 1) + "px");
		}).observe(detail.querySelector(".top"));
	}

	function unpack(wire) {
		const out = [];
		let t = 0;

		for (let i = 0; i < wire.e.length; i += 3) {
			const dt = wire.e[i];

			t += dt;
			out.push({ t, dt, lane: LANES[wire.e[i + 1]], text: data.texts[wire.e[i + 2]] });
		}
		return out;
	}

	function unpack_steps(wire) {
		const out = [];

		for (let i = 0; i < wire.s.length; i += 6) {
			out.push({ first: wire.s[i], outcome: OUTCOMES[wire.s[i + 1]], line: wire.s[i + 2], last: wire.s[i + 3] === 1,
				kind: data.texts[wire.s[i + 4]], id: data.texts[wire.s[i + 5]] });
		}
		return out;
	}

	function lanes(three) {
		const li = make("li", "lanes"), area = make("div", "area"), left = make("div");

		left.append(make("span", "", "host"), make("span", "m", "modem"));
		area.append(left);
		if (three)
			area.append(make("span", "b", "broker"));
		li.append(make("span"), area);
		return li;
	}

	/* A time is said once. */
	function item(cls, t, child, memo) {
		const words = t === null ? "" : (t / 1e6).toFixed(3);
		const li = make("li", cls), time = make("time", "", memo && memo.time === words ? "" : words), area = make("div", "area");

		if (memo && t !== null)
			memo.time = words;
		area.append(child);
		li.append(time, area);
		return li;
	}

	/* A step is followed by what it did; the one that failed, by its failure. */
	function draw_events(seq, c, events, steps) {
		const memo = { sent: [], time: "", whys: [], failure: c.failure || null };
		let s = 0, failing = null;

		for (let i = 0; i <= events.length; i++) {
			while (s < steps.length && steps[s].first <= i) {
				failing = finish_step(seq, failing, memo);
				seq.append(draw_step(steps[s]));
				if (BAD.has(steps[s].outcome))
					failing = steps[s];
				s++;
			}
			if (i < events.length)
				draw_event(seq, events[i], memo);
		}
		finish_step(seq, failing || c.failure, memo);
		if (c.later)
			seq.append(item("", null, failure_box(c.later)));
	}

	function finish_step(seq, failing, memo) {
		if (failing && memo.failure) {
			const li = item("", null, failure_box(memo.failure));

			li.querySelector(".failed").style.gridColumn = "1 / -1";
			li.id = "failure";
			seq.append(li);
			memo.failure = null;
		}
		return null;
	}

	function draw_step(step) {
		const name = make("div", "name");

		name.append(make("span", "", (BAD.has(step.outcome) ? "\u2717 " : "") + (step.last ? "finally \u00b7 " : "") + (step.id ? step.id + " \u00b7 " : "") +
			step.kind + " \u00b7 line " + step.line));
		return item("step " + step.outcome, null, name);
	}

	function draw_event(seq, e, memo) {
		if (e.dt < 0)
			seq.append(item("wait", null, make("span", "said", "another attempt")));
		else if (e.dt >= LONG_WAIT_US)
			seq.append(item("wait", null, make("span", "said", "\u22ee " + (e.dt / 1e6).toFixed(e.dt < 1e7 ? 2 : 1) + " s later")));
		if (e.lane === "host" || e.lane === "modem")
			seq.append(item("", e.t, arrow(e, memo), memo));
		else if (e.lane === "why")
			seq.append(item("", e.t, why(e, memo), memo));
		else if (e.lane === "broker")
			seq.append(item("", e.t, arrow(e, memo), memo));
		else
			seq.append(item(e.lane === "note" || e.lane === "model" ? "quiet" : "", e.t, make("span", "said " + e.lane, said(e)), memo));
	}

	function said(e) {
		return (e.lane === "fault" ? "\u26a1 fault: " : "") + e.text.replace(/(\\r|\\n)+$/, "");
	}

	/* "mqtt 32 handshake fail | R2 no handshake ... | ssl ..." */
	function why(e, memo) {
		const parts = e.text.split(" | "), box = make("div", "why"), list = make("ul");
		const head = /^(\S+) (-?\d+) (.*)$/.exec(parts[0]);

		box.append(make("b", "", head ? head[1] + " " + head[2] + ": " + head[3] : parts[0]));
		for (const part of parts.slice(1)) {
			const rule = /^([A-Za-z]\w*) (.*)$/.exec(part), li = make("li");

			if (rule)
				li.append(make("span", "rule", rule[1]), rule[2]);
			else
				li.append(part);
			list.append(li);
		}
		if (parts.length > 1)
			box.append(list);
		if (head)
			memo.whys.push({ code: head[2], meaning: head[3] });
		return box;
	}

	/* --- bytes --- */

	/* The escaped view in lines; line ends stay visible beside them. */
	function lines_of(escaped) {
		const lines = [];
		let line = { tokens: [], plain: "" };

		for (const token of escaped.match(/\\(?:x[0-9a-f]{2}|[rnt\\])|\u2026\[[^\]]*\]\u2026|[^\\\u2026]+|./gs) || []) {
			const is_escape = token[0] === "\\" && token !== "\\\\";

			line.tokens.push({ token, cls: is_escape ? "i" : token[0] === "\u2026" ? "em" : "" });
			if (!is_escape || token.startsWith("\\x"))
				line.plain += token;
			if (token === "\\n" && line.plain) {
				lines.push(line);
				line = { tokens: [], plain: "" };
			}
		}
		if (line.tokens.length && !line.plain && lines.length)
			lines[lines.length - 1].tokens.push(...line.tokens);
		else if (line.tokens.length)
			lines.push(line);
		return lines;
	}

	function draw_line(line) {
		const span = make("span", "line");

		for (const t of line.tokens)
			span.append(t.cls ? make(t.cls, "", t.token) : document.createTextNode(t.token === "\\\\" ? "\\" : t.token));
		return span;
	}

	function explain(span, plain, memo) {
		const fine = FINE.find(([re]) => re.test(plain));
		const numbers = plain.split(":").slice(1).join(":").split(",").map((s) => s.trim());

		if (/^(ERROR|NO CARRIER|\+CM[ES] ERROR)/.test(plain))
			span.classList.add("bad");
		if (fine)
			span.append(make("span", "means fine", fine[1]));
		const at = /^\+/.test(plain) ? memo.whys.findIndex((why) => numbers.includes(why.code)) : -1;

		if (at < 0)
			return;
		span.classList.add("bad");
		span.append(make("span", "means", memo.whys[at].code + ": " + memo.whys[at].meaning));
		memo.whys.splice(0, at + 1);
	}

	function is_nearest(e, plain, memo) {
		const near = memo.failure && memo.failure.nearest;

		return near && near.from === e.lane && Math.abs(near.t * 1e6 - e.t) < 1000 && near.text.includes(plain);
	}

	/* How many of these lines are what the host has just sent; of a long one only the beginning need be the same. */
	function echo_length(lines, sent) {
		let n = 0;

		while (n < lines.length && n < sent.length && lines[n].plain && same_beginning(lines[n].plain, sent[n].plain))
			n++;
		return n;
	}

	function same_beginning(a, b) {
		return a === b || (a.length > SAME_CHARACTERS && a.slice(0, SAME_CHARACTERS) === b.slice(0, SAME_CHARACTERS));
	}

	function unfold(folded) {
		const b = make("button", "more", folded.childElementCount + " more lines");

		b.type = "button";
		b.addEventListener("click", () => { folded.hidden = false; b.remove(); });
		folded.hidden = true;
		return b;
	}

	function arrow(e, memo) {
		const box = make("div", "arrow " + e.lane);
		const lines = e.lane === "broker" ? [{ tokens: [{ token: e.text, cls: "" }], plain: e.text }] : lines_of(e.text);
		const echoes = e.lane === "modem" ? echo_length(lines, memo.sent) : 0;

		box.append(make("span", "unseen", e.lane + ": "));
		if (e.lane === "host")
			memo.sent = lines;
		else if (e.lane === "modem")
			memo.sent = [];
		const folded = lines.length - echoes > MANY_LINES ? make("span", "folded") : null;

		lines.forEach((line, i) => {
			if (i < echoes && echoes > ECHO_LINES) {
				if (!i)
					box.append(make("span", "line echo", "echo of " + echoes + " lines"));
				return;
			}
			const span = draw_line(line);

			if (i < echoes)
				span.classList.add("echo");
			else if (e.lane === "modem")
				explain(span, line.plain, memo);
			if (line.plain && is_nearest(e, line.plain, memo))
				span.classList.add("near");
			if (folded && i >= echoes + LINES_HEAD && i < lines.length - LINES_TAIL)
				folded.append(span);
			else
				box.append(span);
			if (folded && i === lines.length - LINES_TAIL - 1)
				box.append(unfold(folded), folded);
		});
		return box;
	}

	/* --- theme --- */

	function theme(next) {
		const names = ["auto", "light", "dark"];
		let name = "auto";

		try {
			name = localStorage.getItem("hil-theme") || "auto";
			if (next) {
				name = names[(names.indexOf(name) + 1) % names.length];
				localStorage.setItem("hil-theme", name);
			}
		} catch (e) {
			/* pages from files may have no storage: the choice then lasts as long as the page */
			name = next ? names[(names.indexOf(document.documentElement.dataset.theme || "auto") + 1) % names.length] : "auto";
		}
		if (name === "auto")
			delete document.documentElement.dataset.theme;
		else
			document.documentElement.dataset.theme = name;
		el("theme").textContent = "Theme: " + name;
	}

	/* --- events --- */

	function toggle(set, value) {
		if (!set.delete(value))
			set.add(value);
	}

	function on_arrow(key, a) {
		const visible = rows.filter((r) => !r.tr.hidden);
		const r = visible.findIndex((row) => row.cells.some((c) => c.a === a));
		const column = visible[r].cells.findIndex((c) => c.a === a);
		const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
		const [dr, dc] = moves[key];

		for (let i = r + dr, k = column + dc; visible[i] && visible[i].cells[k]; i += dr, k += dc) {
			const next = visible[i].cells[k];

			if (!next.a || next.td.hidden)
				continue;
			a.tabIndex = -1;
			next.a.tabIndex = 0;
			next.a.focus();
			return;
		}
	}

	document.addEventListener("keydown", (ev) => {
		const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(ev.target.tagName);
		const a = ev.target.closest && ev.target.closest("td a");

		if (ev.ctrlKey || ev.metaKey || ev.altKey)
			return;
		if (ev.key === "Escape" && state.cell !== null)
			close_cell();
		else if (ev.key === "Escape" && typing)
			ev.target.blur();
		else if (typing)
			return;
		else if (ev.key === "/")
			text.focus();
		else if (ev.key === "j" || ev.key === "k")
			step_cell(ev.key === "j" ? 1 : -1, true);
		else if (a && ev.key.startsWith("Arrow"))
			on_arrow(ev.key, a);
		else
			return;
		ev.preventDefault();
	});
	document.getElementById("table").addEventListener("click", (ev) => {
		const a = ev.target.closest("td a");

		if (!a || ev.ctrlKey || ev.metaKey || ev.shiftKey)
			return;
		ev.preventDefault();
		open_cell(Number(a.hash.slice("#cell=".length)));
	});
	for (const chip of document.querySelectorAll(".chip")) {
		chip.addEventListener("click", () => {
			const kind = chip.dataset.outcome ? "outcome" : "change";

			toggle(state[kind], chip.dataset[kind]);
			changed();
		});
	}
	text.addEventListener("input", () => { state.q = text.value; changed(); });
	if (revision)
		revision.addEventListener("change", () => { state.revision = revision.value; changed(); });
	el("filter").addEventListener("submit", (ev) => ev.preventDefault());
	el("theme").addEventListener("click", () => theme(true));
	window.addEventListener("hashchange", read_address);

	el("filter").hidden = false;
	el("theme").hidden = false;
	theme(false);
	read_address();
})();
