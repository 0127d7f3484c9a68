"use strict";
(() => {
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const make = (tag, text, name) => Object.assign(document.createElement(tag), { textContent: text, className: name || "" });
  const wells = JSON.parse(one("#wells-data").textContent);
  let pictures = null; // parsed when the first picture is asked for: they are most of the page

  // A number as the page prints it: three significant digits, counts in full, a true minus.
  const digits = (value) => `${Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))}`;
  const show = (value, unit) => (value === null ? "–" : digits(value).replace("-", "−") + (unit ? ` ${unit}` : ""));

  // What is known of a well: its name, what was added to it, and lines of name, value and whether it is what is pointed at.
  function describe(mark) {
    const data = mark.dataset, lines = [], number = data.w;
    const role = mark.closest(".curve") && (mark.closest(".viability") ? "viability" : "efficacy");
    const text = (column) => (number === undefined ? "" : wells.texts[wells[column][number]]);
    const name = number === undefined ? data.t || "" : [text("plate"), wells.well[number]].join(" ").trim();
    const added = [text("compound"), text("dose")].join(" ").trim();
    let drawn = false;
    for (const readout of number === undefined ? [] : wells.readouts) {
      const own = role !== null && readout.curve === role;
      lines.push([readout.label, own ? show(+data.y, "%") : show(readout.values[number], readout.unit), own]);
      drawn ||= own;
    }
    if (role && !drawn) lines.unshift([role === "efficacy" ? "Inhibition" : "Viability", show(+data.y, "%"), true]);
    if (text("role") !== "sample") lines.unshift(["Role", text("role")]);
    if (data.m) lines.push(["Masked", data.m]);
    if (text("note")) lines.push(["Note", text("note")]);
    return { name, added, lines: lines.filter(([, value]) => value) };
  }
  const sentence = (mark) => {
    const { name, added, lines } = describe(mark);
    return [name, added, ...lines.map(([label, value]) => `${label} ${value}`)].filter(Boolean).join("; ");
  };

  // Hover and focus ---------------------------------------------------------------------------------------------
  const tip = one("#tip"), marks = "svg [data-w], svg [data-y], .contacts [data-w]";
  let pointed = null;
  function point(mark) {
    pointed = mark;
    tip.hidden = !mark;
    if (!mark) return;
    const { name, added, lines } = describe(mark);
    const told = lines.map(([label, value, now]) => make("div", `${label} ${value}`, now ? "now" : ""));
    tip.replaceChildren(make("b", name), make("b", added), ...told);
    place();
  }
  function place() {
    if (!pointed) return;
    const box = pointed.getBoundingClientRect(), size = tip.getBoundingClientRect();
    const left = Math.min(Math.max(4, box.left + box.width / 2 - size.width / 2), innerWidth - size.width - 4);
    const above = box.top - size.height - 8;
    tip.style.left = `${left}px`;
    tip.style.top = `${above > 4 ? above : Math.min(box.bottom + 8, innerHeight - size.height - 4)}px`;
  }
  document.addEventListener("mouseover", (event) => point(event.target.closest(marks)));
  document.addEventListener("focusin", (event) => point(event.target.closest(marks)));
  document.addEventListener("focusout", () => point(null));
  document.addEventListener("scroll", place, { passive: true, capture: true });

  // Pictures ----------------------------------------------------------------------------------------------------
  const walked = (group) => all("[data-w], [data-y]", group);
  const dialog = one("#picture");
  let opened = null;
  function open(mark) {
    opened = mark;
    pictures ??= JSON.parse(one("#pictures-data").textContent);
    const { name, added, lines } = describe(mark);
    const placed = one(`.contacts img[data-w="${mark.dataset.w}"]`);
    const source = pictures[mark.dataset.w] || (placed && placed.src);
    one("h2", dialog).textContent = [name, added].filter(Boolean).join(", ");
    one("img", dialog).hidden = !source;
    one(".absent", dialog).hidden = Boolean(source);
    if (source) Object.assign(one("img", dialog), { src: source, alt: `Picture of well ${name}` });
    one("dl", dialog).replaceChildren(...lines.flatMap(([label, value]) => [make("dt", label), make("dd", value)]));
    one("#before").disabled = !beside(-1);
    one("#after").disabled = !beside(1);
    point(null);
    if (!dialog.open) dialog.showModal();
  }
  // The next picture: along a curve's doses, a row of the plate, or the controls.
  function beside(step) {
    const list = walked(opened.closest("g, .contacts"));
    return list[list.indexOf(opened) + step];
  }
  const turn = (step) => beside(step) && open(beside(step));
  one("#before").addEventListener("click", () => turn(-1));
  one("#after").addEventListener("click", () => turn(1));
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") turn(-1);
    if (event.key === "ArrowRight") turn(1);
  });
  document.addEventListener("click", (event) => {
    const mark = event.target.closest(marks);
    if (mark) open(mark);
    else if (event.target === dialog) dialog.close();
  });

  // One tab stop per picture; arrow keys walk its wells or points ------------------------------------------------
  function enter(mark) {
    mark.setAttribute("tabindex", "0");
    mark.setAttribute("role", "button");
    mark.setAttribute("aria-label", sentence(mark));
  }
  function prepare(group) {
    const first = one("[data-w], [data-y]", group);
    if (first) enter(first);
  }
  all("svg.curve, svg.plate, svg.strips").forEach(prepare);
  all(".script").forEach((line) => { line.hidden = false; });
  all(".contacts img").forEach((picture) => Object.assign(picture, { tabIndex: 0 }).setAttribute("role", "button"));
  document.addEventListener("keydown", (event) => {
    const mark = event.target.closest?.(marks);
    if (!mark) return;
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); open(mark); return; }
    if (event.key === "Escape") { point(null); return; }
    const group = mark.closest("svg");
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 };
    if (!group || !(event.key in steps)) return;
    event.preventDefault();
    const list = walked(group), vertical = event.key === "ArrowDown" || event.key === "ArrowUp";
    let next = list[list.indexOf(mark) + steps[event.key]];
    if (vertical && group.matches(".plate")) {
      const row = mark.parentNode[steps[event.key] > 0 ? "nextElementSibling" : "previousElementSibling"];
      next = row && all("[data-w]", row).find((well) => well.getAttribute("x") === mark.getAttribute("x"));
    }
    if (!next) return;
    mark.setAttribute("tabindex", "-1");
    enter(next);
    next.focus();
  });

  // The table: sort and filter -----------------------------------------------------------------------------------
  const table = one("#compounds");
  if (table) {
    const body = table.tBodies[0], heads = all("thead th", table);
    const value = (row, index, kind) => {
      const cell = row.cells[index];
      if (kind === "text") return cell.textContent.trim() || null;
      return cell.dataset.s === "" || cell.dataset.s === undefined ? null : Number(cell.dataset.s);
    };
    const words = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
    function sort(head, index) {
      const down = head.getAttribute("aria-sort") === "ascending" ? -1 : 1, kind = head.dataset.kind;
      heads.forEach((other) => other.hasAttribute("aria-sort") && other.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", down > 0 ? "ascending" : "descending");
      const rows = [...body.rows].map((row) => [value(row, index, kind), row]);
      rows.sort(([a], [b]) => // what is missing goes last, whichever way the rest is sorted
        a === null || b === null ? (a === null) - (b === null) : down * (kind === "text" ? words.compare(a, b) : a - b));
      body.append(...rows.map(([, row]) => row));
    }
    heads.forEach((head, index) => {
      if (!head.dataset.kind) return;
      const button = make("span", ""); // no <button>: Chromium leaves it out of a heading that is repeated on paper
      button.setAttribute("role", "button");
      button.tabIndex = 0;
      button.append(...head.childNodes);
      button.addEventListener("click", () => sort(head, index));
      button.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        sort(head, index);
      });
      head.append(button);
    });
    const form = one("#filter"), find = one("#find"), only = one("#only");
    const panels = new Map(all(".panel").map((panel) => [panel.dataset.row, panel]));
    const texts = new Map([...body.rows].map((row) => [row, row.textContent.toLocaleLowerCase()]));
    function filter() {
      const wanted = find.value.trim().toLocaleLowerCase();
      let count = 0;
      for (const row of body.rows) {
        const hidden = (only.checked && !row.classList.contains("hit")) || !texts.get(row).includes(wanted);
        row.hidden = hidden;
        const panel = panels.get(row.dataset.row);
        if (panel) panel.hidden = hidden;
        count += !hidden;
      }
      one("#shown").textContent = `${count} of ${body.rows.length} shown, in the table and among the curves`;
    }
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    find.addEventListener("input", filter);
    only.addEventListener("change", filter);
    filter();
  }

  // Plate maps of any readout -------------------------------------------------------------------------------------
  const choose = one("#readout");
  function map(figures, index) {
    const chosen = one(".chosen", figures);
    all(".map", figures).forEach((figure) => { figure.hidden = (index === "") === (figure === chosen); });
    if (index === "") return;
    const readout = wells.readouts[index], { low, high, colours } = readout;
    const drawing = one(".map:not(.chosen) svg.plate", figures).cloneNode(true);
    for (const square of all("rect[data-w]", drawing)) {
      const value = readout.values[square.dataset.w];
      const step = Math.floor(((value - low) / (high - low)) * colours.length);
      square.setAttribute("tabindex", "-1");
      square.setAttribute("class", value === null ? "none" : "");
      if (value === null) square.removeAttribute("fill");
      else square.setAttribute("fill", colours[Math.min(Math.max(step, 0), colours.length - 1)]);
    }
    one("figcaption", chosen).textContent = readout.label;
    one(".scroll", chosen).replaceChildren(drawing);
    one(".keyplace", chosen).replaceChildren(one("#keys").children[index].firstElementChild.cloneNode(true));
    prepare(drawing);
  }
  if (choose) {
    one("#choose").hidden = false;
    choose.addEventListener("change", () => all(".maps").forEach((figures) => map(figures, choose.value)));
  }
})();
