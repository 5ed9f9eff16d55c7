import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { CheckError, readCheckArgs } from "./check/args.ts";
import { ExplainError, readExplainArgs } from "./explain/args.ts";

/** The error of a command line, as the command prints it. */
function mistakeIn(read: () => unknown): string {
  try {
    return `none: ${JSON.stringify(read())}`;
  } catch (error) {
    if (error instanceof CheckError || error instanceof ExplainError) return error.message;
    throw error;
  }
}

describe("the command line of check", () => {
  test.each([
    [["-n", "shop", "-o", "json", "--kubeconfig", "k", "-f", "a.yaml", "-f", "-"]],
    [["--namespace=shop", "--output=json", "--kubeconfig=k", "a.yaml", "-"]],
    [["a.yaml", "-nshop", "-ojson", "--kubeconfig=k", "--filename=-"]],
  ])("is read as kubectl's: %j", (argv) => {
    expect(readCheckArgs(argv)).toMatchObject({
      ...{ namespace: "shop", output: "json", kubeconfig: "k", files: ["a.yaml", "-"], cluster: true },
    });
  });

  test("knows the query language of each server", () => {
    const args = readCheckArgs([
      "a.yaml",
      "--additional-prometheus-dialect=vm=server,p=promql",
      "--additional-prometheus-dialect",
      "x=server",
    ]);
    const isOwn = typeof args === "string" ? undefined : args.hasOwnDialect;
    const aliases = ["vm", "p", "x", "other"].map((alias) => isOwn?.({ kind: "alias", alias }));
    expect(aliases).toEqual([true, false, true, false]);
    expect(isOwn?.({ kind: "default" })).toBe(false);
    const own = readCheckArgs(["a.yaml", "--prometheus-dialect=server"]);
    expect(typeof own === "string" || own.hasOwnDialect({ kind: "default" })).toBe(true);
    expect(typeof own === "string" || own.hasOwnDialect({ kind: "url", url: "http://p" })).toBe(false);
  });

  test.each(["vm", "vm=metricsql", "=server"])("%j is not a server and its dialect", (value) => {
    expect(mistakeIn(() => readCheckArgs(["a.yaml", `--additional-prometheus-dialect=${value}`]))).toMatch(
      /^ASM_CHECK_INPUT: .*NAME=server/,
    );
  });

  test("a namespace with files alone is a mistake, since it would select nothing", () => {
    expect(mistakeIn(() => readCheckArgs(["-n", "shop", "a.yaml"]))).toMatch(
      /^ASM_CHECK_INPUT: --namespace .*--kubeconfig/,
    );
  });
});

describe("the command line of explain", () => {
  test.each([
    [["shop/web", "-o", "json", "--prometheus-server", "http://p:9090"]],
    [["--prometheus-server=http://p:9090", "web", "-n", "shop", "--output=json"]],
    [["-nshop", "shop/web", "-ojson", "--prometheus-server=http://p:9090"]],
  ])("takes the HPA in kubectl's ways: %j", (argv) => {
    expect(readExplainArgs(argv)).toMatchObject({
      ...{ namespace: "shop", name: "web", output: "json", flags: { prometheusServer: "http://p:9090" } },
    });
  });

  test("takes the flags of a Deployment of the adapter, or of kube-metrics-adapter", () => {
    const flags = [
      "--secure-port=6443",
      "--skipper-ingress-metrics=false",
      "--logtostderr",
      "-v=4",
      "--max-query-cost=6h",
    ];
    expect(readExplainArgs([...flags, "shop/web", "--metrics-ttl", "1m"])).toMatchObject({
      ...{ name: "web", flags: { maxQueryCostMs: 21_600_000, metricsTtlMs: 60_000 } },
    });
  });

  test.each([
    ["no HPA", []],
    ["a name without a namespace", ["web"]],
    ["two HPAs", ["a/b", "c/d"]],
    ["two namespaces", ["-n", "a", "b/c"]],
    ["an empty name", ["shop/"]],
    ["a path", ["a/b/c"]],
    ["an output that it has not", ["a/b", "-o", "yaml"]],
  ])("%s is one line with a remedy", (_, argv) => {
    expect(mistakeIn(() => readExplainArgs(argv))).toMatch(/^ASM_EXPLAIN_INPUT: [^\n]+\.$/);
  });
});

describe("either command line", () => {
  const commands = [
    ["check", readCheckArgs],
    ["explain", readExplainArgs],
  ] as const;

  test.each(commands)("%s has --help with its exit codes, -h and --version", (name, read) => {
    const help = read(["--help"]);
    expect(help).toContain(`Usage: asm-metrics-adapter ${name} [options]`);
    expect(help).toMatch(/Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 .*\n$/);
    expect(read(["shop/web", "-h"])).toBe(help);
    expect(read(["--version"])).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each(commands)("%s names the nearest flag, and repeats no value, which may be a password", (_, read) => {
    const message = mistakeIn(() => read(["a/b", "--promethus-server=http://u:hunter2@p"]));
    expect(message).toMatch(/unknown option --promethus-server; did you mean --prometheus-server\?/);
    expect(message).not.toContain("hunter2");
  });
});

describe("docs/reference/commands.md", () => {
  const read = (page: string) => readFileSync(join(process.cwd(), "docs/reference", page), "utf8");
  const section = (command: string) => read("commands.md").split(`\n## ${command}\n`)[1]?.split("\n## ")[0] ?? "";
  /** The long options at the start of a line of the help, or of a row of a table. */
  const options = (text: string) =>
    [...text.matchAll(/^(?: +|\| `)(?:-\w(?:, |`, `))?--([\w-]+)/gm)].map(([, name]) => name);
  /** Without the wrapping of lines and the marks of code. */
  const flat = (text: string) => text.replaceAll("`", "").replaceAll(/\s+/g, " ");

  test.each([
    ["check", readCheckArgs],
    ["explain", readExplainArgs],
  ])("has the options of %s --help, apart from the adapter's own flags", (command, readArgs) => {
    const common = new Set([...options(read("flags.md")), "help", "version"]);
    const own = options(String(readArgs(["--help"]))).filter((name) => !common.has(name ?? ""));
    const documented = options(section(command)).filter((name) => !common.has(name ?? ""));
    expect(own.length).toBeGreaterThan(1);
    expect(new Set(documented)).toEqual(new Set(own));
  });

  test("names the permissions that explain --help names", () => {
    const needs = (text: string) => /needs get or list on .* to see what is served/.exec(flat(text))?.[0];
    expect(needs(section("explain"))).toBe(needs(String(readExplainArgs(["--help"]))));
    expect(needs(section("explain"))).toContain("list on external.metrics.k8s.io");
  });
});
