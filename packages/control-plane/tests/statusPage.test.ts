import { problem } from "@asm-autoscaler/hpa-metrics";
import { afterAll, beforeAll, expect } from "@jest/globals";
import type { Page } from "puppeteer-core";
import { noReadingCounts } from "../../../adapter/src/readings/readingCounts.ts";
import { createAnticipatedScene } from "../../../adapter/src/status/anticipatedScene.testing.ts";
import { deadDelegate } from "../../../adapter/src/status/delegates.testing.ts";
import { createFleet } from "../../../adapter/src/status/fleet.testing.ts";
import { createKedaScene, ID, LABEL } from "../../../adapter/src/status/kedaScene.testing.ts";
import { type Scene, SYNC_MS } from "../../../adapter/src/status/scene.testing.ts";
import type { StatusSources } from "../../../adapter/src/status/statusList.ts";
import type { TakeOverState } from "../../../adapter/src/takeOver/finding.ts";
import { axeProblems, inBrowser, openBrowser, type StatusBrowser } from "./statusBrowser.ts";

/** The status page with 1,000 HPAs in a real browser. */
const HPAS = 1_000;

let fleet: Scene;
/** The delegates of the adapter. By default there are none, and the page does not mention them. */
let delegates: readonly ReturnType<typeof deadDelegate>[] = [];
/** The order to take the APIService over, if there is one. */
let takeOver: readonly TakeOverState[] = [];
/** The rules of the adapter. By default there are none, and the page does not mention them. */
let rules: StatusSources["rules"];
let browser: StatusBrowser | undefined;
let page: Page;

beforeAll(async () => {
  fleet = createFleet(HPAS);
  browser = await openBrowser({
    ...fleet,
    sources: {
      ...{ ...fleet.sources, delegates: () => delegates, takeOver: () => takeOver },
      get rules() {
        return rules;
      },
    },
  });
}, 60_000);

afterAll(() => browser?.close());

async function open(...args: Parameters<StatusBrowser["open"]>): Promise<readonly string[]> {
  const opened = await browser?.open(...args);
  if (!opened) throw new Error("there is no browser");
  page = opened.page;
  return opened.complaints;
}

const names = () =>
  page.$$eval("tbody tr:not([hidden]) a", (links) => links.map((link) => link.textContent?.trim() ?? ""));

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
  for (let index = 0; index < HPAS; index++) fleet.read(index, [12_345_678 + index], 10);
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

inBrowser("a reading of the pods has its source on the page of its workload", async () => {
  const term = () =>
    page.$$eval("#one dt", (terms) => terms.filter((one) => one.textContent === "Source").map((one) => !one.hidden));
  await open("/?hpa=test/podinfo");
  expect(await term()).toEqual([false]);
  const now = fleet.sources.now();
  const pods = { value: 48, evaluatedAt: now - 1_000, noise: 2, pods: 5, sampled: 5, read: 5 };
  fleet.read(0, [{ milli: 48_000n, quantity: "48", evaluatedAt: now, source: { from: "pods", pods } }], 5);
  await open("/?hpa=test/podinfo");
  expect(await term()).toEqual([true]);
  expect(await page.$eval("#one dl:nth-of-type(1) ~ section dl", (list) => list.textContent)).toContain(
    "the pods alone, because Prometheus gives no reading: 5 of 5 pods read",
  );
});

inBrowser("a link to one HPA shows why it has its size", async () => {
  expect(await open("/?hpa=test/podinfo")).toEqual([]);
  const text = await page.$eval("#one", (one) => one.textContent);
  expect(text).toContain("it gets");
  expect(text).toContain("Pods it asks for");
  expect(await page.$$("#one canvas")).toHaveLength(1);
});

inBrowser("an HPA of a delegate says who serves its metric, and what that one last answered", async () => {
  const scene = createKedaScene();
  const own = await openBrowser(scene);
  if (!own) return;
  const shown = async () => {
    const opened = await own.open(`/?hpa=${ID}`, { width: 600 });
    await opened.page.waitForSelector("#one h2");
    const problems = await axeProblems(opened.page);
    const text = await opened.page.$eval("#one", (one) => one.textContent);
    expect([opened.complaints, problems, text.includes(LABEL)]).toEqual([[], [], false]);
    return text;
  };
  expect(await shown()).toContain("ASM_METRIC_NOT_SERVED");
  scene.serve({ delegate: "keda" });
  expect(await shown()).toContain(
    "the delegate kedaIts last answerthis pod of the adapter has forwarded no read lately",
  );
  scene.serve({ delegate: "keda", lastAnswer: { result: "500", message: "no such ScaledObject", at: Date.now() } });
  const text = await shown();
  expect(text).toMatch(/HTTP 500: no such ScaledObject, \d s ago/);
  expect(text).not.toContain("ASM_METRIC_NOT_SERVED");
  await own.close();
});

inBrowser("the page of a workload shows what is anticipated next to what came", async () => {
  const scene = createAnticipatedScene("observe", Date.now() - 3 * SYNC_MS);
  for (const rate of [28, 30, 34]) {
    scene.read(0, [rate, 80], 3);
    scene.step();
  }
  const own = await openBrowser(scene);
  if (!own) return;
  const opened = await own.open("/?hpa=shop/web");
  await opened.page.waitForSelector("#one h2");
  const text = await opened.page.$eval("#one", (one) => one.textContent);
  expect(text).toContain("anticipated for the time that follows");
  expect(text).toContain("Anticipated80 requests per second anticipated in the next 10m, for 8 pods.");
  expect([opened.complaints, await axeProblems(opened.page)]).toEqual([[], []]);
  await own.close();
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

inBrowser("a delegate that does not answer is below the list, with what to do, also in a narrow window", async () => {
  await open();
  for (const id of ["delegates", "api-services", "rules"]) expect(await page.$(`#${id}:not([hidden])`)).toBeNull();
  const found = problem("ASM_TAKE_OVER_LOSES", "HPA test/queue would lose a metric");
  takeOver = [
    { group: "external.metrics.k8s.io", state: "waiting", message: found.message, problem: found, takeOvers: 0 },
  ];
  delegates = [deadDelegate(Date.now())];
  for (const width of [1440, 600]) {
    expect(await open("/", { width })).toEqual([]);
    await page.waitForSelector("#delegates:not([hidden])");
    const text = await page.$eval("#delegates tbody tr", (row) => row.textContent);
    for (const part of ["keda", "Does not answer", "ASM_DELEGATE_DISCOVERY", "What to do: ", "listed "])
      expect(text).toContain(part);
    const order = await page.$eval("#api-services", (section) => section.textContent);
    for (const part of ["The take-over waits", "ASM_TAKE_OVER_LOSES: HPA test/queue", "What to do: "])
      expect(order).toContain(part);
    expect(await axeProblems(page)).toEqual([]);
  }
  delegates = [];
  takeOver = [];
});

inBrowser("the rules have a section of their own, with what is broken and each list of series", async () => {
  const lost = problem("ASM_PROMETHEUS_UNREACHABLE", "no answer");
  const broken = { place: "rules[1]", problem: problem("ASM_RULE_INVALID", "rules[1]: metricsQuery is not supported") };
  const counts = { cached: 0, counts: noReadingCounts() };
  rules = {
    seen: () => undefined,
    state: () => ({
      file: {
        rules: { custom: [], external: [], broken: [broken], hasResourceRules: false },
        readAt: Date.now(),
        problem: undefined,
      },
      ...{ broken: [broken], clashes: [], discovery: undefined, objects: { watches: 0, objects: 0 } },
      series: [
        { seriesQuery: "queue_length", names: 1, ageMs: 60_000, problem: undefined },
        { seriesQuery: "{pod!=''}", names: 40, ageMs: undefined, problem: lost },
      ],
      ...{ metrics: { custom: 2, external: 1 }, reads: { custom: counts, external: counts } },
    }),
  };
  for (const width of [1440, 600]) {
    expect(await open("/", { width })).toEqual([]);
    await page.waitForSelector("#rules:not([hidden])");
    await page.click("#rules summary");
    const text = await page.$eval("#rules", (section) => section.textContent);
    for (const part of [
      "1 broken and not served",
      "ASM_RULE_INVALID: ",
      "ASM_RULE_SERIES: The series {pod!=''} are not listed",
      "queue_length: 1 name, listed ",
    ])
      expect(text).toContain(part);
    expect(await axeProblems(page)).toEqual([]);
  }
  rules = undefined;
});

for (const scheme of ["light", "dark"] as const) {
  inBrowser(`contrast, names and roles of the list and of one HPA are right in ${scheme}`, async () => {
    await open("/", { scheme });
    expect(await axeProblems(page)).toEqual([]);
    await open("/?hpa=test/podinfo", { scheme });
    expect(await axeProblems(page)).toEqual([]);
  });
}
