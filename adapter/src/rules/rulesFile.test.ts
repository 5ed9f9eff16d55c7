import { mkdtemp, rename, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RulesFile } from "@asm-autoscaler/hpa-metrics";
import { readRules } from "@asm-autoscaler/hpa-metrics";
import { expect, test } from "@jest/globals";
import { createRulesFile } from "./rulesFile.ts";

const rule = (name: string) => `rules:
- seriesQuery: ${name}
  resources: {template: "<<.Resource>>"}
  metricsQuery: '<<.Series>>{<<.LabelMatchers>>}'
`;

/** A file in the way of a mounted ConfigMap: a link to a directory that is a link itself. */
async function mounted(text: string) {
  const directory = await mkdtemp(join(tmpdir(), "rules-"));
  let count = 0;
  const put = async (next: string) => {
    const data = await mkdtemp(join(directory, "..data-"));
    await writeFile(join(data, "config.yaml"), next);
    await symlink(data, join(directory, `..tmp${++count}`));
    await rename(join(directory, `..tmp${count}`), join(directory, "..data"));
  };
  await put(text);
  await symlink(join("..data", "config.yaml"), join(directory, "config.yaml"));
  return { path: join(directory, "config.yaml"), put };
}

test("new rules are read when the mounted file changes; a text that cannot be read leaves them in use", async () => {
  const { path, put } = await mounted(rule("one"));
  const lines: string[] = [];
  let arrived = Promise.withResolvers<RulesFile>();
  let refused = Promise.withResolvers<void>();
  const file = createRulesFile({
    ...{ path, read: (text: string) => readRules(text), now: () => 7 },
    onRules: (rules) => arrived.resolve(rules),
    log: {
      info: () => undefined,
      warn: () => undefined,
      error(_fields, line) {
        lines.push(line);
        refused.resolve();
      },
    },
  });
  const stop = new AbortController();
  const run = file.run(stop.signal);
  expect((await arrived.promise).custom[0]?.seriesQuery).toBe("one");

  await put("rules: [");
  await refused.promise;
  expect(file.state()).toMatchObject({
    rules: { custom: [{ seriesQuery: "one" }] },
    problem: { code: "ASM_RULES_FILE" },
  });
  expect(lines).toEqual([
    expect.stringMatching(/^ASM_RULES_FILE: the rules in .* cannot be used: .*; the rules before stay in use/),
  ]);

  arrived = Promise.withResolvers();
  await put(rule("two"));
  expect((await arrived.promise).custom[0]?.seriesQuery).toBe("two");
  refused = Promise.withResolvers();
  stop.abort();
  await run;
  expect(file.state()).toMatchObject({ readAt: 7, problem: undefined });
}, 20_000);

test("a file that is missing is reported", async () => {
  const lines: string[] = [];
  const stop = new AbortController();
  const file = createRulesFile({
    ...{
      path: "/nowhere/config.yaml",
      read: (text: string) => readRules(text),
      now: () => 7,
      onRules: () => undefined,
    },
    log: {
      info: () => undefined,
      warn: () => undefined,
      error(_fields, line) {
        lines.push(line);
        stop.abort();
      },
    },
  });
  await file.run(stop.signal);
  expect(lines.join("\n")).toMatch(
    /ASM_RULES_FILE: the rules in \/nowhere\/config.yaml cannot be used: .*ENOENT.*; no rule is served/,
  );
});
