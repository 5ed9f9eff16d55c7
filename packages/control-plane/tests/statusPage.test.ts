import { accessSync, constants, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Browser, launch, type Page } from "puppeteer-core";
import { buildPage } from "../../../adapter/page/build.mjs";
import { createFleet, type Fleet } from "../../../adapter/src/status/fleet.testing.ts";
import { type StatusServer, serveStatus } from "../../../adapter/src/status/statusServer.ts";

/** The status page with 1,000 HPAs in a real browser; without a Chromium on PATH these tests are skipped, and counted so. */
const HPAS = 1_000;
const chromium = ["chromium", "chromium-browser", "google-chrome"]
  .flatMap((name) => (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, name)))
  .find(isProgram);
const inBrowser = chromium === undefined ? test.skip : test;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let fleet: Fleet;
let server: StatusServer;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  if (chromium === undefined) return;
  fleet = createFleet(HPAS);
  server = await serveStatus(fleet.sources, (await buildPage()).files, { host: "127.0.0.1", port: 0 });
  // In a container there is neither a user namespace for its sandbox nor room in /dev/shm.
  browser = await launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  server?.close();
});

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Opens a path of the page in a tab of its own, and waits until there is something on it. */
async function open(path = "/", scheme: "light" | "dark" = "light"): Promise<string[]> {
  await page?.close();
  page = await browser.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (asked) => {
    if (!asked.url().startsWith(`http://127.0.0.1:${server.port}/`)) complaints.push(`asked ${asked.url()}`);
  });
  await page.setViewport({ width: 1440, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(`http://127.0.0.1:${server.port}${path}`);
  await page.waitForFunction(`document.querySelector("#updated")?.textContent?.startsWith("As of")`);
  return complaints;
}

const names = () =>
  page.$$eval("tbody tr:not([hidden]) a", (links) => links.map((link) => link.textContent?.trim() ?? ""));

/** What axe finds against WCAG 2.2 A and AA and its own best practices. */
async function problemsFound(): Promise<unknown> {
  await page.evaluate(axe);
  return page.evaluate(
    "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]))",
  );
}

inBrowser("a thousand HPAs are there, what is wrong first, without a complaint or an outside resource", async () => {
  const complaints = await open();
  expect(await page.$eval("#found", (found) => found.textContent)).toMatch(/^1,000 workloads, \d+ with a fault$/);
  expect(await page.$$eval("tbody tr:not([hidden])", (rows) => rows.length)).toBe(50);
  expect(await page.$eval("tbody tr", (row) => row.textContent)).toContain("ASM_NO_SERIES");
  expect(complaints).toEqual([]);
});

inBrowser("new readings move nothing on the page", async () => {
  await open("/?sort=name");
  await page.evaluate(`
    globalThis.shifts = [];
    new PerformanceObserver((list) => {
      for (const { value, sources } of list.getEntries())
        shifts.push([value, ...sources.map(({ node }) => node?.outerHTML ?? String(node))]);
    }).observe({ type: "layout-shift" });
  `);
  fleet.step();
  for (let index = 0; index < HPAS; index++) fleet.read(index, 12_345_678 + index, 10);
  await page.waitForFunction(`document.querySelector("tbody tr")?.textContent?.includes("12,345,")`);
  expect(await page.evaluate("shifts")).toEqual([]);
});

inBrowser("it is searched, opened and left by the keyboard alone, and the address says what is shown", async () => {
  await open();
  for (let tabs = 0; tabs < 12; tabs++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(`document.activeElement?.id === "search"`)) break;
  }
  await page.keyboard.type("podinfo test/");
  await page.waitForFunction(`document.querySelectorAll("tbody tr:not([hidden])").length === 1`);
  expect(await names()).toEqual(["podinfo"]);
  expect(page.url()).toContain("search=podinfo");
  for (let tabs = 0; tabs < 12; tabs++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(`document.activeElement?.textContent === "podinfo"`)) break;
  }
  await page.keyboard.press("Enter");
  await page.waitForSelector("#one h2");
  expect(page.url()).toContain("hpa=test/podinfo");
  expect(await page.$eval("#one", (one) => one.textContent)).toContain("sum(rate(istio_requests_total");
  await page.goBack();
  await page.waitForSelector("#list:not([hidden])");
  expect(await page.evaluate(`document.querySelector("#search").value`)).toBe("podinfo test/");
  await page.waitForFunction(`document.activeElement?.textContent === "podinfo"`);
});

inBrowser("a column's button sorts by it, and says so to a screen reader", async () => {
  await open();
  await page.click('[data-sort="name"]');
  await page.waitForFunction(`document.querySelector("tbody tr a")?.getAttribute("href")?.includes("team-a/")`);
  expect(await page.$eval('[data-sort="name"]', (made) => made.closest("th")?.getAttribute("aria-sort"))).toBe(
    "ascending",
  );
  await page.click('[data-sort="name"]');
  await page.waitForFunction(`document.querySelector("tbody tr a")?.getAttribute("href")?.includes("test/podinfo")`);
});

inBrowser("a link to one HPA shows why it has its size", async () => {
  expect(await open("/?hpa=test/podinfo")).toEqual([]);
  const text = await page.$eval("#one", (one) => one.textContent);
  expect(text).toContain("it gets");
  expect(text).toContain("Pods it asks for");
  expect(await page.$$("#one canvas")).toHaveLength(1);
});

inBrowser("when the adapter no longer answers the page says that what it shows is old", async () => {
  await open();
  // By the protocol itself: puppeteer's own way needs a browser of its own age, and Debian's may be older or newer.
  const session = await page.createCDPSession();
  await session.send("Network.enable");
  const offline = { offline: true, latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
  await session.send("Network.emulateNetworkConditions", offline);
  await page.waitForFunction(`document.querySelector("#trouble")?.textContent?.includes("does not answer")`);
});

for (const scheme of ["light", "dark"] as const) {
  inBrowser(`contrast, names and roles of the list and of one HPA are right in ${scheme}`, async () => {
    await open("/", scheme);
    expect(await problemsFound()).toEqual([]);
    await open("/?hpa=test/podinfo", scheme);
    expect(await problemsFound()).toEqual([]);
  });
}
