// Opens the site in Chromium from file://, like a reader without a network.
"use strict";
const fs = require("fs");
const path = require("path");

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((p) => fs.existsSync(p));
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

// Runs `check(site)`. site.open() returns a page; site.bad collects what is wrong.
exports.run = async (check) => {
  let playwright;
  try { playwright = require("playwright-core"); } catch { /* see below */ }
  if (!playwright || !CHROMIUM) {
    console.log("skipped: needs Chromium, and `npm ci --prefix tests`");
    process.exit(77);
  }
  const root = path.resolve(process.argv[2]);
  const browser = await playwright.chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  const bad = [];
  const url = (name) => `file://${root}/${name}`;
  const open = async (name, { width = 1440, colorScheme = "light" } = {}) => {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme, reducedMotion: "reduce" });
    page.on("pageerror", (error) => bad.push(`${name}: ${error.message}`));
    page.on("request", (request) => request.url().startsWith("file:") || request.url().startsWith("data:") || bad.push(`${name}: asks the network for ${request.url()}`));
    await page.goto(url(name));
    return page;
  };
  try {
    await check({ open, url, bad, pages: fs.readdirSync(root).filter((f) => f.endsWith(".html")) });
  } finally {
    await browser.close();
  }
  console.log(bad.length ? bad.join("\n") : "nothing is wrong");
  process.exit(bad.length ? 1 : 0);
};
