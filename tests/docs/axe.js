// Tests that axe-core finds no violation on the landing page, on a page of each kind and in the
// search: light and dark, wide and on a phone, with a fold of each kind open. axe.js HTML_DIR
"use strict";
const { run } = require("./browser.js");

run(async ({ open, url, bad, pages }) => {
  const axe = require("axe-core").source;
  const kinds = ["index.html", "stage02.html", "from_python.html", "errors.html", "cost.html", "newer.html", "files.html",
    pages.find((p) => p.startsWith("classkv_1_1stage")), pages.find((p) => p.startsWith("structkv_1_1v1_1_1Put")), pages.find((p) => p.endsWith("_8h_source.html")),
    pages.find((p) => p.endsWith("_8h.html")), "namespacekv_1_1v1.html"];
  const check = async (page, what, options = {}) => {
    const { violations } = await page.evaluate((o) => window.axe.run(document, { resultTypes: ["violations"], ...o }), options);
    for (const { id, help, nodes } of violations) {
      bad.push(`${what}: ${id}: ${help}: ${nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" | ")}`);
    }
  };
  const inspect = async (page, what, options) => {
    await page.evaluate(axe);
    await check(page, `${what}, light`, options);
    await page.evaluate(() => document.querySelector(".bar .theme").click());
    await check(page, `${what}, dark`, { runOnly: ["color-contrast"] });  // the dark theme changes only colors
    await page.evaluate(() => document.querySelector(".bar .theme").click());
  };
  const page = await open("index.html");
  for (const name of kinds) {
    await page.goto(url(name));
    await page.evaluate(() => {  // keep a few of the elements that occur hundreds of times, because axe is slow for each
      new Map([...document.querySelectorAll("details")].map((d) => [d.className, d])).forEach((d) => { d.open = true; });
      document.querySelectorAll("details:not([open]) > :not(summary), pre .l:nth-child(n+12), .line:nth-child(n+40), tr:nth-child(n+20)").forEach((e) => e.remove());
    });
    await page.evaluate(() => document.fonts.ready.then(() => new Promise(requestAnimationFrame)));  // an opened fold can need another font
    await inspect(page, name);
  }
  await page.keyboard.press("/");
  await page.keyboard.type("deadline");
  await page.waitForSelector("dialog .results li");
  await inspect(page, "the search");
  const phone = await open("stage02.html", { width: 390 });
  await phone.click(".bar .menu");
  // The page behind the open chapters is inert, so axe cannot see its <main> and <h1>. Hence
  // we check only the WCAG rules here, without axe's best practices.
  await inspect(phone, "the chapters on a phone", { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] });
});
