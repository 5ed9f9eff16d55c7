import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Query, treeOf } from "@asm-autoscaler/hpa-metrics";
import { ensureBinaries } from "../src/binaries.ts";

const run = promisify(execFile);
const module = fileURLToPath(new URL("../go/promql-oracle", import.meta.url));

/** What Prometheus's parser says of a query. See go/promql-oracle/main.go. */
export interface Verdict {
  readonly error?: string;
  readonly type?: "scalar" | "vector" | "matrix" | "string";
  readonly shape?: string;
  readonly selectors?: readonly (readonly [label: string, operator: string, value: string][])[];
}

/** The verdicts of a server with every experimental function, without and with `promql-unquoted-utf8-names`. */
export interface Verdicts {
  readonly plain: Verdict;
  readonly utf8: Verdict;
}

/** The parser of Prometheus, as a program. */
export interface PromqlOracle {
  /** The queries of Prometheus's own tests. */
  corpus(): Promise<string[]>;
  /** The verdicts on each query, in the same order. */
  parse(queries: readonly string[]): Promise<Verdicts[]>;
}

/** Builds the program if it is missing. */
export async function startPromqlOracle(): Promise<PromqlOracle> {
  const { "promql-oracle": program } = await ensureBinaries(["promql-oracle"]);
  return {
    async corpus() {
      // The module is in the module cache, because the program was built from it.
      const list = await run("go", ["list", "-m", "-f", "{{.Dir}}", "github.com/prometheus/prometheus"], {
        cwd: module,
        env: { ...process.env, GOFLAGS: "-mod=mod", GOWORK: "off" },
      });
      const { stdout } = await run(program, ["corpus", list.stdout.trim()], { maxBuffer: 1 << 24 });
      return lines(stdout).map((line) => JSON.parse(line) as string);
    },
    async parse(queries) {
      const child = spawn(program, ["parse"], { stdio: ["pipe", "pipe", "inherit"] });
      const ended = once(child, "exit");
      const verdicts: Verdicts[] = [];
      const reading = (async () => {
        for await (const line of createInterface({ input: child.stdout })) verdicts.push(JSON.parse(line) as Verdicts);
      })();
      child.stdin.end(queries.map((query) => `${JSON.stringify(query)}\n`).join(""));
      const [[code]] = await Promise.all([ended, reading]);
      if (code !== 0 || verdicts.length !== queries.length)
        throw new Error(`promql-oracle ended with ${code} after ${verdicts.length} of ${queries.length} queries`);
      return verdicts;
    },
  };
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

type Node = ReturnType<typeof treeOf>["topNode"];

/** The tree of our parser, in the form of the oracle's `shape`. */
export function shapeOf(query: Query): string {
  const [expression] = treeOf(query).topNode.children;
  return expression ? shape(expression, query.text) : "";
}

function shape(node: Node, text: string): string {
  const own = (child: Node | null) => (child ? text.slice(child.from, child.to) : "");
  const list = (name: string, parts: readonly Node[]) =>
    `(${[name, ...parts.map((part) => shape(part, text))].join(" ")})`;
  const operands = node.getChildren("Expr");
  switch (node.name) {
    case "NumberDurationLiteral":
      return "number";
    case "StringLiteral":
      return "string";
    case "VectorSelector":
      return "selector";
    case "MatrixSelector":
      return list("range", operands);
    case "SubqueryExpr":
      return list("subquery", operands);
    case "ParenExpr":
      return list("parentheses", operands);
    case "UnaryExpr": {
      // Prometheus makes one number of a sign and a number.
      const inner = operands.map((operand) => shape(operand, text)).join("");
      return inner === "number" ? inner : `(sign ${inner})`;
    }
    case "BinaryExpr":
      return list(own(node.children[1] ?? null).toLowerCase(), operands);
    case "AggregateExpr":
      return list(
        own(node.getChild("AggregateOp")).toLowerCase(),
        node.getChild("FunctionCallBody")?.getChildren("Expr") ?? [],
      );
    case "FunctionCall":
      return list(
        own(node.getChild("FunctionIdentifier")),
        node.getChild("FunctionCallBody")?.getChildren("Expr") ?? [],
      );
    default:
      // A modifier of a selector.
      return operands.map((operand) => shape(operand, text)).join("");
  }
}
