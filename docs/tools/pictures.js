// Makes the pictures of README.md and the site's social card anew: docs/tools/pictures.js HTML_DIR
// Needs Chromium and `npm ci --prefix tests`. Look at them before you commit them.
"use strict";
const path = require("path");

const root = path.resolve(__dirname, "../..");
const tests = path.join(root, "tests");
const { run } = require(path.join(tests, "docs/browser.js"));
const picture = (name) => path.join(root, "docs/pictures", name);

// 1200 × 630, what programs that show a link expect. Colours and type are the site's.
const CARD = `<style>
  main { all: unset; position: fixed; inset: 0; z-index: 99; box-sizing: border-box; padding: 130px 90px; background: #0f151b; color: #dde6ee; font-family: Inter; }
  main svg { width: 110px; height: 110px; fill: #5cd0c8; }
  main b { display: block; margin: 44px 0 16px; font-size: 88px; line-height: 1.05; letter-spacing: -.035em; }
  main span { font-size: 40px; line-height: 1.35; color: #9aa9b7; }
</style>
<main><svg viewBox="2 2 28 28"><rect x="3" y="20" width="7" height="9" rx="2" opacity=".45"/><rect x="12.5" y="12" width="7" height="17" rx="2" opacity=".7"/><rect x="22" y="3" width="7" height="26" rx="2"/></svg>
<b>gRPC by Stages</b><span>Learn gRPC in C++, one running program at a time</span></main>`;

run(async ({ open }) => {
  const page = await open("index.html");
  await page.setViewportSize({ width: 1440, height: 890 });
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: picture("first_page.png") });

  const course = await open("course.html");
  await course.setViewportSize({ width: 1100, height: 900 });
  await course.addStyleTag({ content: ".copies { display: none !important; } figure.terminal { box-shadow: none !important; border-radius: 0 !important; }" });
  await course.evaluate(() => document.fonts.ready);
  await course.locator('[data-session="project/check_again"]').screenshot({ path: picture("check.png") });

  await page.setViewportSize({ width: 1200, height: 630 });
  await page.evaluate((html) => { document.body.innerHTML = html; document.documentElement.style.scrollbarGutter = "auto"; }, CARD);
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: picture("card.png") });
});
