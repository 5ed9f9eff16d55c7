import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect } from "@jest/globals";
import type { Page } from "puppeteer-core";
import { createShop } from "../../../adapter/src/status/shop.testing.ts";
import { axeProblems, inBrowser, openBrowser, type StatusBrowser } from "./statusBrowser.ts";

/** What a reader sees of four workloads. With WRITE_PICTURES=1 these tests also write the pictures of the documentation. */

let shop: StatusBrowser | undefined;
let young: StatusBrowser | undefined;
let nameless: StatusBrowser | undefined;
beforeAll(async () => {
  shop = await openBrowser(createShop(15));
  young = await openBrowser(createShop(5));
  nameless = await openBrowser(createShop(1), { version: "0.1.0" });
}, 60_000);
afterAll(async () => {
  await shop?.close();
  await young?.close();
  await nameless?.close();
});

async function open(browser: StatusBrowser | undefined, ...args: Parameters<StatusBrowser["open"]>): Promise<Page> {
  const opened = await browser?.open(...args);
  if (!opened) throw new Error("there is no browser");
  return opened.page;
}

async function picture(page: Page, name: string): Promise<void> {
  if (process.env["WRITE_PICTURES"] !== "1") return;
  const path = fileURLToPath(new URL(`../../../docs/pictures/${name}.png`, import.meta.url));
  // A picture ends where the page ends.
  await page.setViewport({ width: 1280, height: 200 });
  await page.screenshot({ path: path as `${string}.png`, fullPage: true });
}

const textOf = (page: Page, selector: string) => page.$eval(selector, (found) => found.textContent ?? "");
const textsOf = (page: Page, selector: string) => page.$$eval(selector, (all) => all.map((one) => one.textContent));

/** Texts that are cut off or lie outside of the window. */
const cutTexts = (page: Page) =>
  page.evaluate(`[...document.querySelectorAll("tbody tr:not([hidden]) *")]
    .filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline"
      || one.scrollHeight > one.clientHeight + 1 && getComputedStyle(one).overflow !== "visible"
      || one.getBoundingClientRect().right > innerWidth + 1)
    .map((one) => one.outerHTML.slice(0, 200))`);

for (const width of [1280, 1024, 390]) {
  inBrowser(`no text is cut in a window of ${width} pixels, and axe finds nothing`, async () => {
    const page = await open(shop, "/", { width });
    expect(await cutTexts(page)).toEqual([]);
    expect(await textOf(page, "tbody tr td:last-child")).toContain("if no data means zero.");
    expect(await axeProblems(page)).toEqual([]);
  });
}

inBrowser("the heading and the title name the product and the cluster", async () => {
  const page = await open(shop, "/", { width: 1280 });
  expect(await textOf(page, "#product")).toBe("asm-autoscaler 0.1.0, cluster shop-production");
  expect(await page.title()).toBe("Why each workload has the size it has – shop-production – asm-autoscaler");
  await picture(page, "status-page");
  await picture(await open(shop, "/", { width: 1280, scheme: "dark" }), "status-page-dark");
});

inBrowser("all times are in UTC and in one form, whatever the zone of the browser", async () => {
  const page = await open(shop);
  await page.emulateTimezone("Asia/Shanghai");
  for (const path of ["/", "/?hpa=shop/search"]) {
    await page.goto(new URL(path, page.url()).href);
    await page.waitForFunction(`document.querySelector("#updated")?.textContent?.startsWith("As of")`);
    expect(await textOf(page, "#updated")).toMatch(/^As of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
    const times: readonly string[] = (await textOf(page, "body")).match(/\b\d\d?:\d\d\b.{0,10}/g) ?? [];
    expect(times.filter((time) => !/^\d\d:\d\d:\d\d UTC/.test(time))).toEqual([]);
    expect(times.length).toBeGreaterThan(1);
  }
});

inBrowser("a workload at its maximum shows what it would need", async () => {
  const page = await open(shop, "/?search=checkout");
  expect(await textsOf(page, "tbody tr:not([hidden]) td:nth-child(2) div")).toEqual(["4 → 8", "at its maximum of 4"]);
  const one = await open(shop, "/?hpa=shop/checkout");
  expect(await textsOf(one, "#one dl:first-of-type dd")).toContain("8, at its maximum of 4");
});

for (const [minutes, browser] of [
  [15, () => shop],
  [5, () => young],
] as const) {
  inBrowser(`after ${minutes} minutes the readings fill the width of their plot`, async () => {
    const page = await open(browser());
    expect(await textOf(page, "#span")).toBe(`Last ${minutes} minutes`);
    // The readings have an area below them: the first and the last column of pixels that are not empty.
    const drawn = await page.evaluate(`[...document.querySelectorAll(".plot-spark canvas")].map((canvas) => {
      const { width, height } = canvas;
      const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
      const isDrawn = (x) => Array.from({ length: height }, (_, y) => pixels[(y * width + x) * 4 + 3]).some((alpha) => alpha > 0);
      const columns = Array.from({ length: width }, (_, x) => x).filter(isDrawn);
      const cell = canvas.closest("td").getBoundingClientRect();
      return [Math.round(columns[0]), Math.round(width - 1 - columns.at(-1)), Math.round(cell.width - 16 - canvas.clientWidth)];
    })`);
    expect(drawn).toHaveLength(3);
    for (const edges of drawn as number[][]) for (const gap of edges) expect(gap).toBeLessThanOrEqual(2);
  });
}

inBrowser("one workload shows its changes of size, and a link to its query in Prometheus", async () => {
  const page = await open(shop, "/?hpa=shop/podinfo", { width: 1280 });
  const facts = await textsOf(page, "#one dl:first-of-type dd");
  expect(facts[2]).toMatch(/^\d\d:\d\d:\d\d 4 → 5, \d\d:\d\d:\d\d 3 → 4, .* 1 → 2 \(UTC\)$/);
  const href = await page.$eval("#one .actions a", (link) => link.getAttribute("href") ?? "");
  expect(href).toMatch(/^https:\/\/prometheus\.example\.com\/mesh\/graph\?g0\.expr=sum/);
  expect(new URL(href).searchParams.get("g0.expr")).toBe(await textOf(page, "#one section pre"));
  await picture(page, "status-page-one");
});

inBrowser("a button copies the query", async () => {
  const page = await open(shop, "/?hpa=shop/podinfo");
  await page.evaluate(`Object.defineProperty(navigator, "clipboard", {
    value: { writeText: async (text) => { globalThis.copied = text; } },
  })`);
  await page.click("#one section .actions button");
  await page.waitForFunction(`document.querySelector("#one .actions [role=status]")?.textContent === "Copied"`);
  expect(await page.evaluate("copied")).toBe(await textOf(page, "#one section pre"));
});

inBrowser("without a name of the cluster and a web UI of Prometheus, the page says nothing of them", async () => {
  const page = await open(nameless, "/?hpa=shop/podinfo");
  expect(await textOf(page, "#product")).toBe("asm-autoscaler 0.1.0");
  expect(await page.title()).toBe("shop/podinfo: why it has its size – asm-autoscaler");
  expect(await page.$$("#one .actions a")).toEqual([]);
});

inBrowser("where the browser offers no clipboard, the page offers no copy", async () => {
  const page = await open(shop, "/?hpa=shop/podinfo");
  await page.evaluateOnNewDocument("delete Navigator.prototype.clipboard");
  await page.reload();
  await page.waitForSelector("#one .actions a");
  expect(await page.$$("#one .actions button")).toEqual([]);
});
