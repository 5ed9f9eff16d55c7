import { globSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { expect, test } from "@jest/globals";

const root = join(__dirname, "..");
const pages = ["README.md", ...globSync("docs/**/*.md", { cwd: root })].sort();

/** Text without its code blocks. */
const prose = (page: string) => readFileSync(join(root, page), "utf8").replace(/^( *)```[\s\S]*?^\1```$/gm, "");

/** The links of a page to files of this repository, from the root, with their anchors. */
function linksOf(page: string): { target: string; anchor: string | undefined }[] {
  return [...prose(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].map(([, path = "", anchor]) => ({
    target: path === "" ? page : posix.join(dirname(page), path),
    anchor,
  }));
}

/** The anchors of a page, as GitHub makes them of its titles. */
function anchorsOf(page: string): Set<string> {
  const titles = [...prose(page).matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(" ", "-"),
  );
  return new Set(titles);
}

test("every link to a title leads to a title of that page", () => {
  const broken = pages.flatMap((page) =>
    linksOf(page)
      .filter(({ target, anchor }) => anchor !== undefined && target.endsWith(".md") && !anchorsOf(target).has(anchor))
      .map(({ target, anchor }) => `${page}: ${target}#${anchor}`),
  );
  expect(broken).toEqual([]);
});

/** Texts that are parts of other pages, and decisions, which the README links as a folder. */
const isPart = (page: string) => /^docs\/\w+\/introduction\.md$|^docs\/decisions\//.test(page);

test("the README leads to every page, through at most one other page", () => {
  const first = new Set(linksOf("README.md").map(({ target }) => target));
  const second = new Set(
    [...first]
      .filter((page) => pages.includes(page))
      .flatMap((page) => linksOf(page))
      .map(({ target }) => target),
  );
  expect(
    pages.filter((page) => page !== "README.md" && !isPart(page) && !first.has(page) && !second.has(page)),
  ).toEqual([]);
});
