import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";

const SOURCE = "adapter/src/source.ts";
/** Reports take seconds of work each. */
const TIMEOUT_MS = 120_000;

/** Runs the lint on a repository of one source file. */
function lint(source: string, exceptions: object[] = []) {
  const root = mkdtempSync(join(tmpdir(), "regex-lint-"));
  for (const folder of ["adapter/src", "tools"]) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, SOURCE), source);
  writeFileSync(join(root, "tools/regexLint.json"), JSON.stringify(exceptions));
  const { stderr, status } = spawnSync(process.execPath, [join(__dirname, "regexLint.mts")], {
    cwd: root,
    encoding: "utf8",
  });
  return { reports: stderr.split("\n").filter((line) => line.includes("source.ts")), status };
}

test(
  "an expression that is slow by itself, by its constants, or only when searched for repeatedly is reported",
  () => {
    const { reports, status } = lint(
      [
        String.raw`/\s+$/;`,
        'const NAME = "(a|a)*";',
        'new RegExp("^" + NAME + "$");',
        String.raw`text.split(/\{[^}]*\}|;/);`,
        String.raw`/\s+/g; /^\s*x/; /[a-z]+@/y; RegExp("[a-z]+", "g");`,
      ].join("\n"),
    );
    expect(reports.map((line) => line.slice(0, line.indexOf(": /")))).toEqual([1, 3, 4].map((n) => `${SOURCE}:${n}`));
    expect(reports[0]).toMatch(/2nd degree polynomial, for example on .*; rewrite it/);
    expect(reports[1]).toContain("/^(a|a)*$/: exponential");
    expect(status).toBe(1);
  },
  TIMEOUT_MS,
);

test(
  "an exception needs to be listed, and is reported once it is no longer needed",
  () => {
    const exceptions = [
      { file: SOURCE, expression: "RegExp(pattern)", reason: "compiled only" },
      { file: SOURCE, expression: "/a+$/", reason: "at most 63 characters" },
    ];
    expect(lint("new RegExp(pattern); /a+$/.test(text);", exceptions)).toEqual({ reports: [], status: 0 });
    expect(lint("new RegExp(other);").reports).toEqual([expect.stringContaining("built at run time")]);
    const { reports, status } = lint("new RegExp(pattern); /a+/.test(text);", exceptions);
    expect(reports).toEqual([expect.stringContaining("/a+$/ in adapter/src/source.ts is not a problem")]);
    expect(status).toBe(1);
  },
  TIMEOUT_MS,
);
