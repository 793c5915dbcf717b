// What a reader does with the site: searches, copies, turns pages, on a phone
// and with the keyboard alone. behaviour.js HTML_DIR
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

  // The first Tab stop leads past the chapters; the arrow keys turn pages.
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

  // Copying a terminal gives its commands, without prompts and output.
  await page.evaluate(() => { Object.defineProperty(navigator, "clipboard", { value: { writeText: async (text) => { window.copied = text; } } }); });
  const copy = async (query) => { await page.click(query, { force: true }); return page.evaluate(() => window.copied); };
  const first = '[data-session="02_sync_server/first_calls"]';
  expect(await copy(`${first} [aria-label="Copy the commands of server"]`) === "./server\necho $?\n", `copy: the server's commands are ${JSON.stringify(await page.evaluate(() => window.copied))}`);
  const client = await copy(`${first} [aria-label="Copy the commands of client"]`);
  expect(client.startsWith("./client put city Berlin\n./client get city\n") && !client.includes("$ ") && !client.includes("revision"), `copy: the client's commands are ${JSON.stringify(client)}`);
  const code = await copy("#s02-program ~ figure.code .copy");
  expect(code.startsWith("class KeyValueServiceImpl final : public v1::KeyValueService::Service {\n public:\n") && !/^\d/m.test(code), `copy: the code is ${JSON.stringify(code)}`);

  // Paper shows what is new in the diff, and not once more in the whole program.
  const printed = () => page.evaluate(() => [...document.querySelectorAll("details")].map((d) => [d.className, d.open]));
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  const paper = await printed();
  const wrong = paper.filter(([name, shown]) => shown === /again/.test(name));
  expect(paper.some(([name]) => name.includes("stagediff")) && paper.some(([name]) => name.includes("again")) && !wrong.length, `paper: ${JSON.stringify(wrong)}`);
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  expect((await printed()).every(([, shown]) => !shown), "paper: a fold stays open after printing");

  // Dark and light: the choice stays.
  const dark = () => page.evaluate(() => document.documentElement.classList.contains("dark-mode"));
  const before = await dark();
  await page.click(".bar .theme");
  await page.reload();
  expect(await dark() === !before, "theme: the choice does not stay");

  // On a phone the chapters can be reached, and no page is wider than the screen.
  const phone = await open("index.html", { width: 390 });
  expect(!await phone.isVisible(".sidebar"), "phone: the chapters cover the page");
  await phone.click(".bar .menu");
  await phone.click('.sidebar a[href="stage02.html"]');
  await phone.waitForURL(/stage02/);
  for (const name of pages) {
    const text = fs.readFileSync(new URL(url(name)), "utf8");
    if (text.includes("<figure")) {
      await phone.goto(url(name));
    } else {  // of the reference, whose hundreds of pages differ in their body alone: to open each takes minutes
      await phone.evaluate((html) => document.body.replaceWith(new DOMParser().parseFromString(html, "text/html").body), text);
    }
    await phone.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
    const over = await phone.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(over <= 0, `phone: ${name} is ${over} px wider than the screen`);
    const cut = await phone.$$eval(".bars text", (texts) => texts.filter((t) => {
      const [text, drawing] = [t, t.ownerSVGElement].map((e) => e.getBoundingClientRect());
      return text.left < drawing.left || text.right > drawing.right || drawing.right > innerWidth;
    }).map((t) => t.textContent));
    expect(!cut.length, `drawings: ${name} cuts ${cut}`);
  }
});
