// The theme, the chapters on a phone, copying, and the section being read.
// Without it every page can still be read.
(() => {
  const root = document.documentElement;
  const $ = (query, from = document) => from.querySelector(query);
  const $$ = (query, from = document) => [...from.querySelectorAll(query)];
  const icons = {
    copy: '<svg class="ico" viewBox="0 0 24 24" aria-hidden="true"><rect x="8" y="8" width="12" height="12" rx="2.5"/><path d="M16 8V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h2"/></svg>',
    done: '<svg class="ico" viewBox="0 0 24 24" aria-hidden="true"><path d="m5 12.5 4.5 4.5L19 7.5"/></svg>',
  };

  // Dark and light. What was chosen stays, where the browser lets it.
  const toggle = $(".bar .theme");
  const show = (dark) => {
    root.classList.toggle("dark-mode", dark);
    root.classList.toggle("light-mode", !dark);
    toggle.setAttribute("aria-pressed", String(dark));
  };
  show(root.classList.contains("dark-mode"));
  toggle.addEventListener("click", () => {
    const dark = !root.classList.contains("dark-mode");
    show(dark);
    try { localStorage.setItem("theme", dark ? "dark" : "light"); } catch { /* a browser may forbid it */ }
  });

  // The chapters, where the screen has no room for them beside the page.
  const menu = $(".bar .menu");
  const open = (yes) => {
    root.classList.toggle("menu-open", yes);
    menu.setAttribute("aria-expanded", String(yes));
    $("main").inert = yes;
  };
  menu.addEventListener("click", () => open(!root.classList.contains("menu-open")));
  $(".sidebar").addEventListener("click", (event) => event.target.closest("a") && open(false));
  matchMedia("(min-width: 901px)").addEventListener("change", () => open(false));
  $(".sidebar [aria-current]")?.scrollIntoView({ block: "nearest" });

  // Copying. A terminal gives its commands, without prompts and output.
  const copyButton = (label, say, text) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.innerHTML = icons.copy + (label ? `<span>${label}</span>` : "");
    button.setAttribute("aria-label", say);
    button.title = say;
    button.addEventListener("click", async () => {
      try { await navigator.clipboard.writeText(text()); } catch { fallback(text()); }
      button.innerHTML = icons.done + (label ? `<span>${label}</span>` : "");
      setTimeout(() => { button.innerHTML = icons.copy + (label ? `<span>${label}</span>` : ""); }, 1600);
    });
    return button;
  };
  const fallback = (text) => {
    const area = document.body.appendChild(document.createElement("textarea"));
    area.value = text;
    area.select();
    document.execCommand("copy");
    area.remove();
  };
  const code = (from) => $$("pre .l:not(.del)", from).map((line) => {
    const copy = line.cloneNode(true);
    $$(".sr", copy).forEach((hidden) => hidden.remove());
    return copy.textContent.replace(/\n$/, "");
  }).join("\n") + "\n";
  // The commands of terminals, of each up to the first that a key stops: it would take what comes after it as its input.
  const commands = (lines) => {
    const stopped = new Set();
    const typed = [];
    for (const line of lines) {
      const name = line.closest(".shell")?.dataset.terminal;
      const command = $(".cmd", line)?.textContent;
      if (line.matches(".key")) stopped.add(name);
      if (command && !stopped.has(name)) typed.push(command);
    }
    return typed.join("\n") + "\n";
  };
  for (const block of $$("figure.code")) {
    if (!block.matches(".terminal")) {
      block.append(copyButton("", "Copy this code", () => code(block)));
      continue;
    }
    const shells = $$(".shell", block);
    const names = [...new Set(shells.map((shell) => shell.dataset.terminal || ""))];
    const caption = $("figcaption", block);
    const copies = document.createElement("span");
    copies.className = "copies";
    for (const name of names) {
      const mine = shells.filter((shell) => (shell.dataset.terminal || "") === name);
      if (!$(".cmd", block)) continue;
      const say = names.length > 1 ? `Copy the commands of ${name}` : "Copy the commands";
      const button = copyButton(names.length > 1 ? name : "", say, () => commands(mine.flatMap((shell) => $$(".l", shell))));
      if (caption) copies.append(button); else block.append(button);
    }
    caption?.append(copies);
  }
  // Selecting a terminal's lines by hand gives the commands alone, too.
  document.addEventListener("copy", (event) => {
    const selection = getSelection();
    const inside = (node) => node?.parentElement?.closest("figure.terminal");
    if (!inside(selection.anchorNode) || inside(selection.anchorNode) !== inside(selection.focusNode)) return;
    const taken = selection.getRangeAt(0).cloneContents();
    const found = commands($$(".l", taken)).trim();
    if (!found) return;
    event.clipboardData.setData("text/plain", found + "\n");
    event.preventDefault();
  });

  // What scrolls sideways must be reachable from the keyboard.
  const reach = () => $$("pre, div.fragment, .memproto, .scroll, table.markdownTable, table.markdownTable tbody, table.doxtable, table.doxtable tbody").forEach((box) => {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0; else box.removeAttribute("tabindex");
  });
  addEventListener("load", reach);
  document.fonts.addEventListener("loadingdone", reach);  // a wider font comes after that, and one in a fold when it is opened
  addEventListener("resize", reach);
  document.addEventListener("toggle", reach, true);

  // The section being read.
  const links = $$(".toc a");
  const targets = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
  const list = $(".toc");
  const spy = () => {
    let here = targets.findLastIndex((target) => target && target.getBoundingClientRect().top < 140);
    if (here < 0) here = 0;
    if (links[here].matches(".here")) return;
    links.forEach((link, place) => link.classList.toggle("here", place === here));
    list.scrollTop = links[here].offsetTop - list.clientHeight / 2;  // a list longer than the screen follows
  };
  if (links.length) { addEventListener("scroll", spy, { passive: true }); spy(); }

  // A link into a fold opens it. Paper shows the lines of a program in the stage where they are new.
  const unfold = () => document.getElementById(decodeURIComponent(location.hash.slice(1)))?.closest("details")?.setAttribute("open", "");
  addEventListener("hashchange", unfold);
  unfold();
  let folded = [];
  addEventListener("beforeprint", () => { folded = $$("details:not([open], .again)"); folded.forEach((d) => { d.open = true; }); });
  addEventListener("afterprint", () => folded.forEach((d) => { d.open = false; }));

  // The arrow keys turn pages.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && root.classList.contains("menu-open")) { open(false); menu.focus(); }
    if (event.metaKey || event.ctrlKey || event.altKey || event.shiftKey || $("dialog[open]")) return;
    if (event.target.closest?.("input, textarea, [tabindex='0'], summary")) return;
    const to = { ArrowLeft: ".turn .prev", ArrowRight: ".turn .next" }[event.key];
    if (to) $(to)?.click();
  });
})();
