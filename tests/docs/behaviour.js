// Uses the site like a reader: searches, copies and turns pages, also on a phone and with the
// keyboard only. behaviour.js HTML_DIR
"use strict";
const fs = require("fs");
const { run } = require("./browser.js");

run(async ({ open, url, bad, pages }) => {
  const expect = (is, what) => is || bad.push(what);

  // Full-text search, from file://.
  const page = await open("index.html");
  for (const [word, wanted] of [["deadline", ["glossary.html#glossary-deadline", "stage03.html"]], ["UNAVAILABLE", ["stage03.html#s03-", "errors.html"]],
    ["expected_revision", ["structkv_1_1v1_1_1PutRequest.html"]], ["deadlin", ["glossary.html"]]]) {
    await page.keyboard.press("/");
    await page.fill("dialog input", word);
    await page.waitForSelector(`dialog .results[data-query="${word}"]`, { state: "attached" });
    const found = await page.$$eval("dialog .results a", (links) => links.map((a) => a.href.replace(/.*\//, "")));
    for (const url of wanted) expect(found.some((f) => f.startsWith(url)), `search: "${word}" does not find ${url}, but ${found.slice(0, 8)}`);
    await page.keyboard.press("Escape");
  }
  await page.keyboard.press("/");
  await page.fill("dialog input", "qqqxyz");
  await page.waitForFunction(() => document.querySelector("dialog .state").textContent.includes("Nothing"));
  await page.fill("dialog input", "glossary");
  await page.waitForSelector('dialog .results[data-query="glossary"] .here');
  await page.keyboard.press("Enter");
  await page.waitForURL(/glossary/);

  // The first screen shows the two handlers, the first commands and what they need.
  await page.goto(url("index.html"));
  await page.mouse.move(0, 0);
  for (const query of [".beside", "figure.terminal.bare", ".facts"]) {
    const end = await page.$eval(query, (e) => e.getBoundingClientRect().bottom);
    expect(end <= 900, `first page: ${query} ends at ${end} px, below the first screen`);
  }
  expect(await page.$eval("figure.terminal.bare .copy", (b) => getComputedStyle(b).opacity) === "1", "first page: the copy button of the first command cannot be seen");
  for (const width of [1440, 1000, 820, 390]) {
    await page.setViewportSize({ width, height: 900 });
    for (const query of [".ways", ".facts"]) {
      const rows = await page.$$eval(`${query} > div`, (cards) => cards.map((c) => Math.round(c.getBoundingClientRect().left)));
      const left = [...new Set(rows)].map((x) => rows.filter((r) => r === x).length);
      expect(new Set(left).size === 1, `first page: at ${width} px the last row of ${query} has a gap: ${left} in its columns`);
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });

  // On paper only text is black, whichever theme is on the screen.
  const onPaper = async (what) => {
    const theme = (from, to) => page.evaluate((names) => document.documentElement.classList.replace(...names), [from, to]);
    await theme("light-mode", "dark-mode");
    await page.emulateMedia({ media: "print" });
    const ink = await page.$$eval("body *", (all) => all.filter((e) => e.checkVisibility()).flatMap((e) => {
      const light = (colour) => { const [r, g, b, a = 1] = colour.match(/[\d.]+/g).map(Number); return a < 0.1 ? null : (0.3 * r + 0.6 * g + 0.1 * b) / 255; };
      const { color, backgroundColor } = getComputedStyle(e);
      const black = light(backgroundColor) !== null && light(backgroundColor) < 0.6;
      const pale = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) && light(color) > 0.6;
      return black || pale ? [`${e.outerHTML.slice(0, 80)} is ${color} on ${backgroundColor}`] : [];
    }));
    expect(!ink.length, `print: ${what}: ${ink.slice(0, 5).join("; ")}`);
    await page.emulateMedia({ media: "screen" });
    await theme("dark-mode", "light-mode");
  };
  await onPaper("the first page");

  // The first Tab stop skips the chapters. The arrow keys turn pages.
  await page.goto(url("stage02.html"));
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement.className) === "skip", "keyboard: the first Tab stop is not the link to the content");
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement.id) === "main", "keyboard: the skip link does not lead to the content");
  await page.keyboard.press("ArrowRight");
  await page.waitForURL(/stage03/);
  await page.keyboard.press("ArrowLeft");
  await page.waitForURL(/stage02/);
  expect(await page.$eval('.sidebar [aria-current="page"]', (a) => a.textContent) === "02A sync server", "sidebar: the open page is not marked");

  // Copying a terminal copies its commands without prompts and output.
  await page.evaluate(() => { Object.defineProperty(navigator, "clipboard", { value: { writeText: async (text) => { window.copied = text; } } }); });
  const copy = async (query) => { await page.click(query, { force: true }); return page.evaluate(() => window.copied); };
  const first = '[data-session="02_sync_server/first_calls"]';
  // The copy ends at a command that runs until Ctrl-C, because that command would read the rest as its input.
  expect(await copy(`${first} [aria-label="Copy the commands of server"]`) === "./server\n", `copy: the server's commands are ${JSON.stringify(await page.evaluate(() => window.copied))}`);
  const client = await copy(`${first} [aria-label="Copy the commands of client"]`);
  expect(client.startsWith("./client put city Berlin\n./client get city\n") && client.includes("\necho $?\n") && !client.includes("$ ") && !client.includes("revision"), `copy: the client's commands are ${JSON.stringify(client)}`);
  const code = await copy("#s02-program ~ figure.code .copy");
  expect(code.startsWith("class KeyValueServiceImpl final : public v1::KeyValueService::Service {\n public:\n") && !/^\d/m.test(code), `copy: the code is ${JSON.stringify(code)}`);

  // Paper shows new code in the diff only, not also in the whole program.
  const printed = () => page.evaluate(() => [...document.querySelectorAll("details")].map((d) => [d.className, d.open]));
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  const paper = await printed();
  const wrong = paper.filter(([name, shown]) => shown === /again/.test(name));
  expect(paper.some(([name]) => name.includes("stagediff")) && paper.some(([name]) => name.includes("again")) && !wrong.length, `paper: ${JSON.stringify(wrong)}`);
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  expect((await printed()).every(([, shown]) => !shown), "paper: a fold stays open after printing");
  await onPaper("stage 02");

  // A table of contents that is longer than the screen scrolls along.
  await page.setViewportSize({ width: 1440, height: 300 });
  await page.evaluate(() => document.querySelector("#s02-whole").scrollIntoView());
  await page.waitForFunction(() => document.querySelector(".toc .here")?.hash === "#s02-whole");
  expect(await page.evaluate(() => {
    const [list, here] = [".toc", ".toc .here"].map((query) => document.querySelector(query).getBoundingClientRect());
    return list.top <= here.top && here.bottom <= list.bottom;
  }), "contents: the section being read is out of sight in the list");
  await page.setViewportSize({ width: 1440, height: 900 });

  // Dark and light: the choice stays.
  const dark = () => page.evaluate(() => document.documentElement.classList.contains("dark-mode"));
  const before = await dark();
  await page.click(".bar .theme");
  await page.reload();
  expect(await dark() === !before, "theme: the choice does not stay");

  // On a phone the chapters are reachable, and no page is wider than the screen.
  const phone = await open("index.html", { width: 390 });
  expect(!await phone.isVisible(".sidebar"), "phone: the chapters cover the page");
  await phone.click(".bar .menu");
  await phone.click('.sidebar a[href="stage02.html"]');
  await phone.waitForURL(/stage02/);
  for (const name of pages) {
    const text = fs.readFileSync(new URL(url(name)), "utf8");
    if (text.includes("<figure")) {
      await phone.goto(url(name));
    } else {  // the reference has hundreds of pages that differ only in their body: opening each would take minutes
      await phone.evaluate((html) => document.body.replaceWith(new DOMParser().parseFromString(html, "text/html").body), text);
    }
    await phone.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
    const over = await phone.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(over <= 0, `phone: ${name} is ${over} px wider than the screen`);
    const broken = await phone.$$eval(":is(.markdownTable, .doxtable) :is(td, th)", (cells) => cells.flatMap((cell) => {
      const at = [];  // the node and the offset of each character
      for (const walk = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT); walk.nextNode();) {
        for (let i = 0; i < walk.currentNode.length; i++) at.push([walk.currentNode, i]);
      }
      return [...cell.textContent.matchAll(/(?<![\w-])--?\w+|\w+/g)].filter(({ 0: word, index }) => {
        const range = document.createRange();
        range.setStart(...at[index]);
        range.setEnd(at[index + word.length - 1][0], at[index + word.length - 1][1] + 1);
        const tops = [...range.getClientRects()].filter((r) => r.width).map((r) => r.top);
        return Math.max(...tops) - Math.min(...tops) > 8;
      }).map((m) => m[0]);
    }));
    expect(!broken.length, `phone: a table of ${name} breaks ${broken.slice(0, 8)}`);
    const cut = await phone.$$eval(".bars text", (texts) => texts.filter((t) => {
      const [text, drawing] = [t, t.ownerSVGElement].map((e) => e.getBoundingClientRect());
      return text.left < drawing.left || text.right > drawing.right || drawing.right > innerWidth;
    }).map((t) => t.textContent));
    expect(!cut.length, `drawings: ${name} cuts ${cut}`);
  }
});
