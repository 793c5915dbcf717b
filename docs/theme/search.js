// Full-text search with lunr, offline and from file:// too. The index of the
// words is made when the search is first opened: the pages' text comes as a
// script, search-index.js, because file:// lets a page load nothing else.
(() => {
  const base = document.currentScript.src.replace(/[^/]*$/, "");
  const opener = document.querySelector(".bar .search");
  const SEPARATOR = /[^\p{L}\p{N}]+/u;
  const words = (text) => text.toLowerCase().split(SEPARATOR).filter(Boolean);
  const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  let dialog, input, list, state, ready, index, stem;

  const load = (file) => new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = base + file;
    script.onload = done;
    script.onerror = () => failed(new Error(file));
    document.head.append(script);
  });
  const prepare = () => ready ??= Promise.all([load("lunr.min.js"), load("search-index.js")]).then(() => {
    stem = (word) => lunr.stemmer(new lunr.Token(word)).toString();
    lunr.tokenizer.separator = SEPARATOR;
    index = lunr((builder) => {
      builder.pipeline.reset(); // every word as it is: a search for "not found" finds both
      builder.searchPipeline.reset();
      builder.field("heading", { boost: 9 });
      builder.field("page", { boost: 3 });
      builder.field("text");
      window.searchIndex.forEach(([, page, heading, kind, text], id) =>
        builder.add({ id, page, heading, text }, { boost: kind === "guide" ? 2 : 1 }));
    });
  });

  // What one word finds: itself best, then its beginnings and relatives, then typing mistakes.
  const look = (word) => {
    const scores = new Map();
    const find = (build) => index.query(build).forEach(({ ref, score }) => scores.set(ref, (scores.get(ref) || 0) + score));
    const { TRAILING } = lunr.Query.wildcard;
    find((query) => {
      query.term(word, { boost: 10 });
      query.term(word, { wildcard: TRAILING, boost: 4 });
      if (stem(word).length > 3) query.term(stem(word), { wildcard: TRAILING, boost: 1 });
    });
    if (!scores.size && word.length > 3) find((query) => query.term(word, { editDistance: 1 }));
    return scores;
  };
  const search = (text) => {
    const found = words(text).map(look);
    if (!found.length) return [];
    const all = [...found[0].keys()].filter((ref) => found.every((scores) => scores.has(ref)));
    const some = all.length ? all : [...new Set(found.flatMap((scores) => [...scores.keys()]))];
    const score = (ref) => found.reduce((sum, scores) => sum + (scores.get(ref) || 0), 0);
    return some.map((ref) => [score(ref), window.searchIndex[ref]]).sort((a, b) => b[0] - a[0]).slice(0, 30).map(([, row]) => row);
  };

  const mark = (text, wanted) => {
    const pattern = wanted.map((w) => (stem(w).length > 3 ? stem(w) : w)).map((w) => w.replace(/[^\p{L}\p{N}]/gu, "")).join("|");
    return text.split(new RegExp(`((?<![\\p{L}\\p{N}])(?:${pattern})[\\p{L}\\p{N}]*)`, "giu"))
      .map((part, place) => (place % 2 ? `<mark>${escape(part)}</mark>` : escape(part))).join("");
  };
  const excerpt = (text, wanted) => {
    const low = text.toLowerCase();
    const at = Math.min(...wanted.map((w) => low.indexOf(stem(w).length > 3 ? stem(w) : w)).filter((n) => n >= 0), low.length);
    const from = at === low.length || at < 60 ? 0 : low.indexOf(" ", at - 60) + 1;
    return (from ? "… " : "") + mark(text.slice(from, from + 150), wanted) + (from + 150 < text.length ? " …" : "");
  };
  const update = async () => {
    const text = input.value;
    try { await prepare(); } catch (error) { state.textContent = `The search can't be loaded: ${error.message}`; return; }
    if (text !== input.value) return;
    const wanted = words(text);
    const found = search(text);
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
