import { execSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { describe, expect, test } from "@jest/globals";

const root = join(__dirname, "..");
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };

/** A fenced block of a page. */
interface Block {
  readonly page: string;
  readonly language: string;
  /** What follows the language: `cloud` for commands that need an account, a registry or another project. */
  readonly mark: string;
  readonly text: string;
}

const pages = ["README.md", ...globSync("docs/**/*.md", { cwd: root })].sort();
const blocks = pages.flatMap((page): Block[] =>
  [...readFileSync(join(root, page), "utf8").matchAll(/^( *)```(\w*) ?(.*)\n([\s\S]*?)^\1```$/gm)].map(
    ([, , language = "", mark = "", text = ""]) => ({ page, language, mark, text }),
  ),
);

/** Commands of shell text, one each, without comments, assignments before them and what joins them. */
function commandsIn(text: string): string[] {
  return text
    .replace(/ *\\\n */g, " ")
    .split("\n")
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .flatMap((line) => line.split(/\s*(?:&&|\|\||;)\s*/))
    .map((command) => command.replace(/^([A-Z_]+=\S*\s+)+/, ""))
    .filter((command) => command !== "");
}

const shell = blocks.filter(({ language }) => language === "sh");
const here = shell.filter(({ mark }) => mark === "").flatMap(({ text }) => commandsIn(text));
const cloud = shell.filter(({ mark }) => mark === "cloud").flatMap(({ text }) => commandsIn(text));

/** Those that this test itself runs. */
const HERE = "docs/commands.test.ts";
/** It runs every command of kubectl on the cluster of the demo. */
const LOOP = "packages/control-plane/tests/loop.test.ts";

/** It installs the adapter with Helm and with kubectl. */
const INSTALL = "packages/control-plane/tests/install.test.ts";

/**
 * Every command that a reader can run here, and where it is run: the tests that run it, or `by hand`. Whoever writes another
 * command into a page runs it first and adds it.
 */
const RUN: Readonly<Record<string, string>> = {
  "npm start": "by hand",
  "npm start -- --once": "by hand",
  "npm start -- --compare": "by hand",
  "npm run preview": "by hand",
  "npm test": ".ci/run",
  "npx @asm-autoscaler/asm-autoscaler backtest --traffic=examples/ci-preview/test.podinfo.csv --against=examples/ci-preview/hpa.yaml examples/ci-preview/hpa-lower-target.yaml --svg=backtest.svg":
    HERE,
  "npx @asm-autoscaler/asm-autoscaler backtest --capacity=15 --pod-hour-price=0.04 --traffic=examples/ci-preview/test.podinfo.csv examples/ci-preview/hpa.yaml":
    HERE,
  "npx @asm-autoscaler/asm-autoscaler tune --traffic=examples/ci-preview/test.podinfo.csv examples/ci-preview/hpa.yaml":
    HERE,
  "npx @asm-autoscaler/asm-autoscaler tune --seconds-above=60 --capacity=15 --ready-after=60 --without=direct --output=json --traffic=examples/ci-preview/test.podinfo.csv examples/ci-preview/hpa.yaml":
    HERE,
  "npx @asm-autoscaler/asm-autoscaler backtest --shape=spike --low=20 --high=120 --duration=30m --output=markdown --svg=backtest.svg examples/ci-preview/hpa.yaml":
    HERE,
  "npx @asm-autoscaler/asm-autoscaler check examples/kustomize-prometheus-adapter/config.yaml examples/kustomize-prometheus-adapter/hpa.yaml":
    HERE,
  "npx @asm-autoscaler/asm-autoscaler check --kubeconfig=$HOME/.kube/config config.yaml":
    "packages/control-plane/tests/faults/rulesMove.test.ts",
  "pulumi import --file hpa.json --generate-code=false --protect=false":
    "packages/control-plane/tests/adoption.test.ts",
  "helm -n kube-system install asm-custom-metrics deploy/chart/asm-metrics-adapter --set prometheus.url=http://prometheus.istio-system.svc:9090":
    INSTALL,
  "helm -n kube-system uninstall asm-custom-metrics": INSTALL,
  "helm -n kube-system install asm-metrics-adapter deploy/chart/asm-metrics-adapter --set prometheus.url=http://prometheus.istio-system.svc:9090 --set registerApiService=false":
    INSTALL,
  ...Object.fromEntries(
    [true, false].map((register) => [
      `helm -n kube-system upgrade asm-metrics-adapter deploy/chart/asm-metrics-adapter --reuse-values --set registerApiService=${register}`,
      INSTALL,
    ]),
  ),
  "kubectl apply -f deploy/install.yaml": INSTALL,
  ...Object.fromEntries(here.filter((command) => /^kubectl (?!apply)/.test(command)).map((command) => [command, LOOP])),
};

/** Programs of commands for the cloud, and of each the first words that may follow. */
const CLOUD: Readonly<Record<string, readonly string[]>> = {
  npm: ["ci", "run", "audit", "pack", "install"],
  sh: ["examples/ci-preview/preview.sh"],
  npx: ["@asm-autoscaler/asm-autoscaler"],
  gh: ["attestation"],
  dotnet: ["add"],
  docker: ["build", "push"],
  helm: ["install", "upgrade", "get"],
  kubectl: ["get", "create", "exec", "logs", "delete", "annotate", "patch", "port-forward", "apply", "rollout"],
  skopeo: ["copy"],
  pulumi: ["stack", "state", "config", "preview", "up", "destroy", "package"],
};

/** Flags that take the next word along, before a subcommand. */
const WITH_VALUE = ["-n", "-C", "-p"];

/** The program of a command and the first word that is no flag. */
function subcommand(command: string): [string, string] {
  const [program = "", ...words] = command.split(/\s+/);
  const first = words.find((word, index) => !word.startsWith("-") && !WITH_VALUE.includes(words[index - 1] ?? ""));
  return [program, first ?? ""];
}

describe("commands of the pages", () => {
  test("that can be run here are run: each is on the list, and the list has no other", () => {
    expect([...new Set(here)].filter((command) => RUN[command] === undefined)).toEqual([]);
    expect(Object.keys(RUN).filter((command) => !here.includes(command))).toEqual([]);
  });

  test("name the files that run them", () => {
    expect(Object.values(RUN).filter((place) => place !== "by hand" && !existsSync(join(root, place)))).toEqual([]);
  });

  test.each(Object.keys(RUN).filter((command) => RUN[command] === HERE))("%s: it runs", (command) => {
    const folder = mkdtempSync(join(tmpdir(), "commands-"));
    symlinkSync(join(root, "examples"), join(folder, "examples"));
    const own = command.replace(
      /^npx @asm-autoscaler\/asm-autoscaler/,
      `node ${join(root, "packages/asm-autoscaler/bin/asm-autoscaler.js")}`,
    );
    expect(execSync(own, { cwd: folder, encoding: "utf8" })).not.toBe("");
    rmSync(folder, { recursive: true });
  });

  test("for the cloud are of programs and subcommands that are known", () => {
    expect(
      cloud.filter((command) => {
        const [program, first] = subcommand(command);
        return !CLOUD[program]?.includes(first);
      }),
    ).toEqual([]);
    // Each is a command that nobody has run: there are to be few, and one more is a decision.
    expect(cloud).toHaveLength(67);
  });

  test("name npm scripts and paths that exist", () => {
    const names = [...here, ...cloud].flatMap((command) => command.match(/(?<=^npm run )\S+/) ?? []);
    expect(names.filter((name) => scripts[name] === undefined)).toEqual([]);
    const paths = [...here, ...cloud].flatMap(
      (command) => command.match(/(?<=^| )(examples|packages|docs)\/\S+/g) ?? [],
    );
    expect(paths.length).toBeGreaterThan(2);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test("stand in blocks that say so", () => {
    const languages = ["", "sh", "ts", "yaml", "python", "go", "csharp", "promql", "json"];
    expect(blocks.filter(({ language }) => !languages.includes(language))).toEqual([]);
    expect(blocks.filter(({ mark }) => !["", "cloud"].includes(mark))).toEqual([]);
    const hidden = blocks.filter(({ language }) => language === "").flatMap(({ text }) => text.split("\n"));
    expect(hidden.filter((line) => /^\s*\$?\s*(npm|kubectl|pulumi|helm|node) /.test(line))).toEqual([]);
  });
});

describe("links and paths of the pages", () => {
  test("lead to files that exist", () => {
    const broken = pages.flatMap((page) =>
      [...readFileSync(join(root, page), "utf8").matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)]
        .map(([, target = ""]) => posix.join(dirname(page), target))
        .filter((target) => !existsSync(join(root, target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  test("in the text, of files of this repository, exist", () => {
    const broken = pages.flatMap((page) =>
      [...readFileSync(join(root, page), "utf8").matchAll(/`((?:packages|examples|docs|\.github)\/[\w./-]+)`/g)]
        .map(([, path = ""]) => path)
        // To be copied there by the reader.
        .filter((path) => path !== ".github/workflows/preview.yml" && !existsSync(join(root, path)))
        .map((path) => `${page}: ${path}`),
    );
    expect(broken).toEqual([]);
  });
});
