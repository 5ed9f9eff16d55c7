import { accessSync, constants, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { test } from "@jest/globals";
import { launch, type Page } from "puppeteer-core";
import { buildPage } from "../../../adapter/page/build.mjs";
import type { Scene } from "../../../adapter/src/status/scene.testing.ts";
import type { About } from "../../../adapter/src/status/statusJson.ts";
import { serveStatus } from "../../../adapter/src/status/statusServer.ts";

const chromium = ["chromium", "chromium-browser", "google-chrome"]
  .flatMap((name) => (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, name)))
  .find(isProgram);

/** A test in a real browser. Without a Chromium on PATH it is skipped, and counted so. */
export const inBrowser: typeof test.skip = chromium === undefined ? test.skip : test;

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What the adapter of a scene says about itself. */
const ABOUT: About = {
  version: "0.1.0",
  cluster: "shop-production",
  prometheusUrl: "https://prometheus.example.com/mesh",
};

/** The status page of a scene in a browser. */
export interface StatusBrowser {
  /** Opens a path of the page in a tab of its own, and waits until there is something on it. */
  open(path?: string, view?: View): Promise<Opened>;
  close(): Promise<void>;
}

interface View {
  readonly scheme?: "light" | "dark";
  /** In CSS pixels. */
  readonly width?: number;
}

interface Opened {
  readonly page: Page;
  /** Messages of the console, errors, and requests to other servers; filled as they come. */
  readonly complaints: readonly string[];
}

/** Serves the status page of a scene and starts a browser. Without a Chromium, it starts nothing. */
export async function openBrowser(
  scene: Pick<Scene, "sources">,
  about: About = ABOUT,
): Promise<StatusBrowser | undefined> {
  if (chromium === undefined) return undefined;
  const address = { host: "127.0.0.1", port: 0 };
  const server = await serveStatus({ sources: scene.sources, assets: (await buildPage()).files, about }, address);
  // In a container there is neither a user namespace for its sandbox nor room in /dev/shm.
  const browser = await launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
  const own = `http://127.0.0.1:${server.port}`;
  let page: Page | undefined;
  return {
    async open(path = "/", { scheme = "light", width = 1440 } = {}) {
      await page?.close();
      page = await browser.newPage();
      const complaints: string[] = [];
      page.on("console", (message) => complaints.push(message.text()));
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("request", (asked) => {
        if (!asked.url().startsWith(`${own}/`)) complaints.push(`asked ${asked.url()}`);
      });
      await page.setViewport({ width, height: 900 });
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await page.goto(`${own}${path}`);
      await page.waitForFunction(`document.querySelector("#updated")?.textContent?.startsWith("As of")`);
      return { page, complaints };
    },
    async close() {
      await browser.close();
      server.close();
    },
  };
}

/** What axe finds against WCAG 2.2 A and AA and its own best practices. */
export async function axeProblems(page: Page): Promise<unknown> {
  await page.evaluate(axe);
  return page.evaluate(
    "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]))",
  );
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
