/* Put behind a report by ci/tests/html-report: clicks through it and tells the page around it what it finds, a line a check. */
"use strict";
(function () {
	let said = "";
	const $ = (css) => document.querySelector(css), all = (css) => Array.from(document.querySelectorAll(css));
	const visible = () => all("tr[data-row]").filter((tr) => !tr.hidden);
	const narrow = innerWidth < 700, EVERY = 13;

	function check(what, holds, found) {
		said += (holds ? "ok - " : "not ok - ") + what + (holds || found === undefined ? "" : ": " + found) + "\n";
	}

	function press(key, on) {
		(on || document.activeElement || document.body).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
	}

	function type(words) {
		$("#text").value = words;
		$("#text").dispatchEvent(new Event("input"));
	}

	function fits_width() {
		return document.documentElement.scrollWidth <= innerWidth && $("#detail").scrollWidth <= $("#detail").clientWidth + 1;
	}

	function every_cell() {
		const links = all("td a"), data = JSON.parse($("#data").textContent);
		const events = (a) => data.wires[data.cells[Number(a.hash.slice("#cell=".length))].wire].e.length / 3;
		const chosen = links.filter((_, i) => i % EVERY === 0);
		let drawn = 0, wide = 0, arrows = 0;

		check("every cell has a wire (" + links.length + " cells)", links.every((a) => events(a) > 0));
		for (const a of chosen) {
			a.click();
			drawn += !$("#detail").hidden && all("#detail .seq > li").length > events(a) ? 1 : 0;
			arrows += all("#detail .arrow").length;
			wide += fits_width() ? 0 : 1;
		}
		check("and leads to it (" + chosen.length + " clicks, " + arrows + " arrows)", drawn === chosen.length && arrows > 0, drawn);
		check("no wire is wider than the window", !wide, wide);
		press("Escape");
		check("Escape closes", $("#detail").hidden && !$("a[aria-current]"));
	}

	function filters() {
		const n = visible().length, chip = $(".chip.fail") || $(".chip.pass");

		type("b04v03-session");
		check("a word filters", visible().length > 0 && visible().length < n && visible().every((tr) =>
			tr.querySelector("th").title.includes("b04v03-session")), visible().length);
		type("no such words");
		check("nothing left says so", !visible().length && !$("#nothing").hidden);
		type("");
		check("all are back", visible().length === n, visible().length);
		chip.click();
		check("an outcome filters", visible().length > 0 && visible().every((tr) => tr.querySelector("td." + (chip.dataset.outcome))),
			visible().length);
		chip.click();
		$("#revision").value = "1";
		$("#revision").dispatchEvent(new Event("change"));
		check("a revision is one column", visible().length > 0 && visible().every((tr) =>
			Array.from(tr.querySelectorAll("td")).filter((td) => !td.hidden).length === 1));
		$("#revision").value = "";
		$("#revision").dispatchEvent(new Event("change"));
	}

	function keys() {
		press("/", document.body);
		check("/ goes to the filter", document.activeElement === $("#text"));
		press("Escape");
		const first = $("td a");

		check("one cell can be reached by Tab", all('td a[tabindex="0"]').length === 1);
		first.focus();
		press("ArrowDown");
		check("arrows move", document.activeElement !== first && document.activeElement.matches("td a"));
		press("j");
		check("j opens a failure", !$("#detail").hidden && /FAIL|ERROR|XPASS/.test($("#detail .badge").textContent));
		check("the failure is marked on the wire", $("#detail .failed") !== null && $("#detail .jump") !== null);
		check("the cell is marked in the table", all("a[aria-current]").length === 1);
		press("Escape");
	}

	function themes() {
		const seen = new Set();

		for (let i = 0; i < 3; i++) {
			seen.add(getComputedStyle(document.body).backgroundColor);
			$("#theme").click();
		}
		check("light and dark", seen.size === 2, Array.from(seen).join(" "));
	}

	function header() {
		const pane = narrow ? document.scrollingElement : $("main"), head = $("thead th");

		pane.scrollTop = 4000;
		check("the header stays", narrow || head.getBoundingClientRect().top < innerHeight / 4, head.getBoundingClientRect().top);
		pane.scrollTop = 0;
	}

	try {
		check("the window is " + innerWidth + " wide, the page not wider", fits_width(), document.documentElement.scrollWidth);
		check("the head says what was run", /target \w+ . seed \d+ . \d{4}-/.test($(".facts").textContent), $(".facts").textContent);
		check("nothing is asked for from anywhere", performance.getEntriesByType("resource").length === 0 &&
			$("meta[http-equiv]").content.startsWith("default-src 'none';"));
		check("hostile bytes stayed bytes", !window.hacked && !$("main img"));
		filters();
		header();
		every_cell();
		keys();
		themes();
		type("b04v03-session");
		$("td a").click();
		setTimeout(() => {
			check("the address knows filter and cell", location.hash.includes("cell=") && location.hash.includes("q=b04v03-session"),
				location.hash);
			check("done", true);
			parent.postMessage(said, "*");
		}, 300);
		check("loaded in " + performance.now().toFixed(0) + " ms", true);
	} catch (e) {
		check("the test itself", false, e.stack);
		parent.postMessage(said, "*");
	}
})();
