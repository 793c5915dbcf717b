// The search's window. It works offline and from file://, too: find.js makes the
// index of the words when the search is first opened, and the pages' text comes as
// a script, search-index.js, because file:// lets a page load nothing else.
(() => {
  const base = document.currentScript.src.replace(/[^/]*$/, "");
  const opener = document.querySelector(".bar .search");
  const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  let dialog, input, list, state, ready, site;

  const load = (file) => new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = base + file;
    script.onload = done;
    script.onerror = () => failed(new Error(file));
    document.head.append(script);
  });
  const prepare = () => ready ??= Promise.all(["lunr.min.js", "find.js", "search-index.js"].map(load))
    .then(() => { site = window.siteSearch(lunr, window.searchIndex); });

  const mark = (text, wanted) => {
    return text.split(new RegExp(`((?<![\\p{L}\\p{N}])(?:${wanted.join("|")})[\\p{L}\\p{N}]*)`, "giu"))
      .map((part, place) => (place % 2 ? `<mark>${escape(part)}</mark>` : escape(part))).join("");
  };
  const excerpt = (text, wanted) => {
    const low = text.toLowerCase();
    const at = Math.min(...wanted.map((w) => low.indexOf(w)).filter((n) => n >= 0), low.length);
    const from = at === low.length || at < 60 ? 0 : low.indexOf(" ", at - 60) + 1;
    return (from ? "… " : "") + mark(text.slice(from, from + 150), wanted) + (from + 150 < text.length ? " …" : "");
  };
  const update = async () => {
    const text = input.value;
    try { await prepare(); } catch (error) { state.textContent = `The search can't be loaded: ${error.message}`; return; }
    if (text !== input.value) return;
    const wanted = site.wanted(text);
    const found = site.search(text);
    state.textContent = !wanted.length ? "Every page, every heading, every error message." : found.length ? "" : `Nothing found for “${text}”.`;
    list.innerHTML = found.map(([url, page, heading, kind, body]) =>
      `<li><a href="${escape(base + url)}"><small>${heading !== page ? escape(page) : kind === "api" ? "Reference" : "Page"}</small><b>${mark(heading, wanted)}</b><span>${excerpt(body, wanted)}</span></a></li>`).join("");
    list.firstElementChild?.classList.add("here");
    list.scrollTop = 0;
    list.dataset.query = text; // what the tests wait for
  };

  const build = () => {
    dialog = document.createElement("dialog");
    dialog.className = "search";
    dialog.setAttribute("aria-label", "Search");
    dialog.innerHTML = `<form method="dialog" role="search">${opener.querySelector("svg").outerHTML}
      <input type="search" aria-label="Search for" placeholder="Search the tutorial and the reference" autocomplete="off" spellcheck="false" enterkeyhint="search">
      <button type="submit" aria-label="Close the search"><kbd>Esc</kbd></button></form>
      <p class="state" role="status"></p><ul class="results" aria-label="Results"></ul>`;
    document.body.append(dialog);
    input = dialog.querySelector("input");
    list = dialog.querySelector(".results");
    state = dialog.querySelector(".state");
    input.addEventListener("input", update);
    dialog.addEventListener("click", (event) => { if (event.target === dialog || event.target.closest(".results a")) dialog.close(); });
    dialog.addEventListener("keydown", move);
    dialog.addEventListener("close", () => opener.focus());
  };
  const move = (event) => {
    const rows = [...list.children];
    const here = rows.findIndex((row) => row.classList.contains("here"));
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && rows.length) {
      event.preventDefault();
      rows[here]?.classList.remove("here");
      const next = rows[(here + step + rows.length) % rows.length];
      next.classList.add("here");
      next.scrollIntoView({ block: "nearest" });
    }
    if (event.key === "Enter" && event.target === input) {
      event.preventDefault();
      rows[here]?.firstElementChild.click();
    }
  };
  const show = () => {
    if (!dialog) build();
    if (!dialog.open) dialog.showModal();
    input.select();
    update();
  };
  opener.addEventListener("click", show);
  document.addEventListener("keydown", (event) => {
    if (event.target.closest?.("input, textarea")) return;
    if ((event.key === "/" && !event.ctrlKey && !event.metaKey) || (event.key === "k" && (event.ctrlKey || event.metaKey))) {
      event.preventDefault();
      show();
    }
  });
})();
