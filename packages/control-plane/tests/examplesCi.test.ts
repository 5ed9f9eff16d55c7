import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "@jest/globals";

const script = fileURLToPath(new URL("../../../examples/ci-preview/preview.sh", import.meta.url));
const KEY = "metric-config.external.prometheus-query.prometheus";
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ci-preview-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the script with a pulumi that prints its arguments, then this, and ends with this code. */
function run(prints: string, code: number, environment: Record<string, string> = { STACK: "org/dev" }) {
  writeFileSync(join(folder, "printed"), prints);
  const pulumi = `#!/bin/sh\necho "called with $*"\ncat '${folder}/printed'\nexit ${code}\n`;
  writeFileSync(join(folder, "pulumi"), pulumi, { mode: 0o755 });
  const path = `${folder}:${process.env["PATH"]}`;
  return spawnSync("sh", [script, "infra"], { cwd: folder, env: { PATH: path, ...environment }, encoding: "utf8" });
}

const comment = () => readFileSync(join(folder, "preview.md"), "utf8");

test("a preview becomes a comment with its summary first and all of it below", () => {
  expect(run("  + kubernetes:…\n```\nResources:\n    + 2 to create\n", 0).status).toBe(0);
  const [head = "", rest = ""] = comment().split("<details>");
  expect(head).toBe("### Preview of org/dev\n\n    Resources:\n        + 2 to create\n\n");
  expect(rest).toContain("called with preview --cwd infra --stack org/dev --diff");
  // What a preview prints cannot end the block that it stands in.
  expect(rest.split("\n").filter((line) => line.startsWith("```"))).toEqual([]);
});

test("a preview that fails is told in the comment and by the exit code", () => {
  expect(run("error: ASM_COUNT_INVALID: …\n", 255).status).toBe(255);
  expect(comment()).toMatch(/^### Preview of org\/dev\n\nIt failed with exit code 255:\n[\s\S]*ASM_COUNT_INVALID/);
});

test("a long preview fits into a comment, with its end", () => {
  run(`${"  + a line of a diff\n".repeat(5_000)}Resources:\n    + 9 to create\n`, 0);
  expect(comment().length).toBeLessThan(65_536);
  expect(comment()).toContain("9 to create");
});

test("without a stack nothing is run", () => {
  const { status, stderr } = run("", 0, {});
  expect(status).not.toBe(0);
  expect(stderr).toContain("Set STACK");
});

test("an autoscaler that the change touches is replayed on its recorded traffic, and one that it does not is left out", () => {
  const traffic = fileURLToPath(new URL("../../../examples/ci-preview/test.podinfo.csv", import.meta.url));
  const command = fileURLToPath(new URL("../../asm-autoscaler/bin/asm-autoscaler.js", import.meta.url));
  mkdirSync(join(folder, "traffic"));
  for (const name of ["test.podinfo", "test.other"]) copyFileSync(traffic, join(folder, "traffic", `${name}.csv`));
  writeFileSync(
    join(folder, "npx"),
    `#!/bin/sh\n[ "$1" = --no-install ] || exit 9\nshift 2\nexec node '${command}' "$@"\n`,
    { mode: 0o755 },
  );
  const state = (averageValue: string) => ({
    type: "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
    inputs: {
      kind: "HorizontalPodAutoscaler",
      metadata: {
        namespace: "test",
        name: "podinfo",
        annotations: { [`${KEY}/rps`]: "sum(rate(istio_requests_total{}[1m]))" },
      },
      spec: {
        maxReplicas: 20,
        metrics: [
          {
            type: "External",
            external: {
              metric: { name: "prometheus-query", selector: { matchLabels: { "query-name": "rps" } } },
              target: { type: "AverageValue", averageValue },
            },
          },
        ],
      },
    },
  });
  const steps = [{ op: "update", newState: state("8"), oldState: state("10") }];
  writeFileSync(join(folder, "json"), JSON.stringify({ steps }));
  const preview = `#!/bin/sh\ncase "$*" in *--json*) cat '${folder}/json' ;; *) echo Resources: ;; esac\n`;
  writeFileSync(join(folder, "pulumi"), preview, { mode: 0o755 });
  const env = { PATH: `${folder}:${process.env["PATH"]}`, STACK: "org/dev", TRAFFIC: "traffic" };
  expect(spawnSync("sh", [script, "."], { cwd: folder, env, encoding: "utf8" }).status).toBe(0);
  expect(comment().match(/^#### Backtest of .*$/gm)).toEqual(["#### Backtest of `test/podinfo` on test.podinfo.csv"]);
  expect(comment()).toMatch(
    /^With this change, \*\*[\d,]+ of [\d,]+ requests are above capacity\*\* \(now: [\d,]+\), for \d+ s \(now: \d+ s\), at /m,
  );
});
