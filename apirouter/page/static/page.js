"use strict";
// Filters the rows of every table while somebody types; without it, the form asks the server for the same.
(() => {
  const form = document.querySelector("form[role=search]");
  const box = document.getElementById("q");
  const told = document.getElementById("found");
  const tables = [...document.querySelectorAll("table")].map((element) => {
    const context = element.dataset.context || "";
    const rows = [...element.tBodies[0].rows].map((row) => ({
      row,
      text: [...row.cells].map((cell) => cell.textContent).concat(context).join(" ").toLowerCase(),
    }));
    return { element, rows, section: element.closest("section") };
  });
  const nothing = document.getElementById("nothing");
  const sections = [...document.querySelectorAll("main > section")];

  const search = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    const counts = new Map(sections.map((section) => [section, 0]));
    for (const { element, rows, section } of tables) {
      let here = 0;
      for (const { row, text } of rows) {
        const hit = words.every((word) => text.includes(word));
        row.hidden = !hit;
        here += hit;
      }
      element.hidden = here === 0;
      counts.set(section, counts.get(section) + here);
    }
    let all = 0;
    for (const [section, count] of counts) {
      section.hidden = words.length > 0 && count === 0;
      const number = document.querySelector(`nav a[href="#${section.id}"] .count`);
      number.textContent = number.textContent && String(count);
      all += count;
    }
    nothing.hidden = words.length === 0 || all > 0;
    told.textContent = words.length ? `${all} found` : "";
    const url = new URL(window.location.href);
    if (words.length) {
      url.searchParams.set("q", box.value.trim());
    } else {
      url.searchParams.delete("q");
    }
    window.history.replaceState(null, "", url);
  };

  let waiting = 0;
  box.addEventListener("input", () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(search, 60);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      box.focus();
      box.select();
    } else if (event.key === "Escape" && document.activeElement === box) {
      box.value = "";
      search();
    }
  });
  form.classList.add("live");
  if (box.value) {
    search();
  }
})();
