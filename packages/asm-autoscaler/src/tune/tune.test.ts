import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requestsPerSecondQuery } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import { backtest } from "../backtest/backtest";
import { tune } from "./tune";

const folder = mkdtempSync(join(tmpdir(), "tune-"));
const KEY = "metric-config.external.prometheus-query.prometheus/";
const DAY = 86_400;
/** Monday, 5 October 2026. */
const MONDAY = Date.UTC(2026, 9, 5) / 1000;

function write(name: string, text: string | object): string {
  const path = join(folder, name);
  writeFileSync(path, typeof text === "string" ? text : JSON.stringify(text));
  return path;
}

function hpa(
  name: string,
  averageValue: string,
  spec: object = {},
  query = requestsPerSecondQuery({ workload: name, namespace: "test" }),
) {
  const metric = { name: "prometheus-query", selector: { matchLabels: { "query-name": "rps" } } };
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name, namespace: "test", annotations: { [`${KEY}rps`]: query } },
    spec: {
      ...{ minReplicas: 2, maxReplicas: 30, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name } },
      metrics: [{ type: "External", external: { metric, target: { type: "AverageValue", averageValue } } }],
      ...spec,
    },
  };
}

/** A steep morning at 8:00 and a slow evening, on each day. */
function rateAt(second: number): number {
  const hour = (second / 3_600) % 24;
  return hour < 8 ? 15 : hour < 18 ? 120 : 120 - (105 * (hour - 18)) / 6;
}

function csv(days: number, rate: (second: number) => number = rateAt): string {
  const lines = Array.from({ length: days * 288 + 1 }, (_, index) => `${MONDAY + index * 300},${rate(index * 300)}`);
  return `time,rps\n${lines.join("\n")}\n`;
}

async function run(...argv: string[]) {
  let [out, error] = ["", ""];
  const streams = {
    out: (text: string) => (out += text),
    error: (text: string) => (error += text),
    now: () => (MONDAY + 7 * DAY) * 1000,
  };
  const code = await tune(argv, streams);
  return { code, out, error };
}

interface Numbers {
  readonly requestsAbove: number;
  readonly podHours: number;
}
interface Report {
  readonly verdict: string;
  readonly sentence: string;
  readonly unavoidable: number;
  readonly rows: readonly {
    readonly text: string;
    readonly isToday: boolean;
    readonly isChosen: boolean;
    readonly training: Numbers;
    readonly report: Numbers;
  }[];
  readonly diff: string;
  readonly manifest: ReturnType<typeof hpa>;
}

const web = write("web.json", hpa("web", "10"));
const spike = ["--shape=spike", "--low=20", "--high=150", "--duration=3h"];
/** Three days, and few kinds of settings, so that it takes a second. */
const days = [
  ...[`--traffic=${write("days.csv", csv(3))}`, "--ready-after=60", "--requests-above=300"],
  ...["--without=fast,direct,behavior,minReplicas"],
];

async function report(...argv: string[]) {
  const { out } = await run("--output=json", ...argv);
  const found = JSON.parse(out) as Report;
  const row = (is: "isToday" | "isChosen") => found.rows.find((one) => one[is]) ?? found.rows[0];
  return { ...found, today: row("isToday"), chosen: row("isChosen") };
}

let ofDays: ReturnType<typeof report> | undefined;
/** The report on three days, made once for several tests. */
const reportOfDays = () => (ofDays ??= report(...days, web));

describe("the chosen setting", () => {
  test("holds the limit that today's is above, on the days that it was not chosen on", async () => {
    const { verdict, today, chosen, diff, sentence } = await reportOfDays();
    expect(verdict).toBe("holds");
    expect(today?.report.requestsAbove).toBeGreaterThan(300);
    expect(chosen?.training.requestsAbove).toBeLessThanOrEqual(300);
    expect(chosen?.report.requestsAbove).toBeLessThanOrEqual(300);
    expect(diff).not.toBe("");
    expect(sentence).toMatch(
      /^Today's setting is above the limit\. The chosen one \(\*\) has .* above capacity a day instead of .*, at .* pod-hours\.$/,
    );
  });

  test("is what its manifest says: a backtest of it has the same numbers", async () => {
    const { manifest, chosen } = await reportOfDays();
    let out = "";
    const argv = [
      ...days.slice(0, 2),
      "--capacity=11",
      "--history=48h",
      "--output=json",
      write("tuned.json", manifest),
    ];
    await backtest(argv, { out: (text) => (out += text), error: () => undefined, now: Date.now });
    const [{ podHours }] = (JSON.parse(out) as { runs: [{ podHours: number }] }).runs;
    // Of three scrape and sync phases there.
    expect(Math.abs(podHours / (chosen?.report.podHours ?? 0) - 1)).toBeLessThan(0.02);
  });

  test.each([
    ["a tight limit", "10", ["--requests-above=50"]],
    ["a loose limit", "10", ["--requests-above=200000"]],
    ["a limit in seconds", "10", ["--seconds-above=30"]],
    ["a target that is too low", "4", ["--requests-above=1000", "--capacity=11"]],
    ["a limit that nothing holds", "10", ["--requests-above=0", "--ready-after=900"]],
  ])("is never worse than today's on the training days: %s", async (_, target, argv) => {
    const { today, chosen, verdict } = await report(...spike, ...argv, write(`web-${target}.json`, hpa("web", target)));
    if (!today || !chosen) throw new Error("a row is missing");
    const [one, other] = [chosen.training, today.training];
    if (verdict === "saves") expect(one.podHours).toBeLessThan(other.podHours);
    else if (verdict === "no-gain") expect(one).toEqual(other);
    else expect(one.requestsAbove).toBeLessThanOrEqual(other.requestsAbove);
  });

  test("saves pods where the target is too low", async () => {
    const low = write("low.json", hpa("web", "4"));
    const { verdict, today, chosen } = await report(...spike, "--requests-above=400000", "--capacity=11", low);
    expect(verdict).toBe("saves");
    expect(chosen?.report.podHours).toBeLessThan((today?.report.podHours ?? 0) * 0.7);
  });

  test("is today's, and nothing is changed, where there is no gain", async () => {
    const flat = ["--shape=step", "--low=12", "--high=12", web];
    const { verdict, today, diff, manifest } = await report(...flat);
    expect([verdict, today?.isChosen, diff]).toEqual(["no-gain", true, ""]);
    expect(manifest).toEqual(hpa("web", "10"));
    expect((await run(...flat)).code).toBe(0);
  });

  test("does not count what no setting avoids with maxReplicas", async () => {
    const few = write("few.json", hpa("web", "10", { maxReplicas: 8 }));
    const { unavoidable, verdict } = await report(...spike, "--requests-above=200000", few);
    // 150 requests per second for a tenth of the time, and 8 pods carry 88.
    expect(Math.abs(unavoidable / (62 * 8_640) - 1)).toBeLessThan(0.01);
    expect(verdict).not.toBe("unreachable");
  });

  test("changes nothing of what is fixed", async () => {
    const fixed = ["--without=fast,direct,behavior,anticipate,schedule,minReplicas"];
    const { rows, manifest } = await report(...spike, ...fixed, web);
    for (const { text } of rows) expect(text).toMatch(/^target [\d.]+, min 2(, Steady)?$/);
    expect(manifest.metadata).toEqual(hpa("web", "10").metadata);
  });

  test("does not depend on the run", async () => {
    const argv = [...spike, web];
    expect((await run(...argv)).out).toBe((await run(...argv)).out);
  });

  test("anticipates where days repeat and pods start slowly", async () => {
    const fixed = ["--without=schedule,fast,direct,behavior,minReplicas"];
    const five = `--traffic=${write("five.csv", csv(5))}`;
    const { chosen, manifest } = await report(five, "--ready-after=180", "--requests-above=200", ...fixed, web);
    expect(chosen?.text).toContain("anticipates 10m by days");
    expect(manifest.metadata.annotations).toMatchObject({
      [`${KEY}anticipates.rps-ahead`]: "rps",
      [`${KEY}interval.rps-ahead`]: "1m",
    });
    expect(manifest.spec.metrics).toHaveLength(2);
  });
});

describe("the report", () => {
  test("has few rows that no other one beats, from the fewest pods on, with today's", async () => {
    const { rows } = await reportOfDays();
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.length).toBeLessThanOrEqual(7);
    const others = rows.filter(({ isToday, isChosen }) => !isToday && !isChosen);
    for (const { report: one } of others)
      for (const { report: other } of rows)
        expect(other.podHours < one.podHours && other.requestsAbove < one.requestsAbove).toBe(false);
  });

  test("says which days it is about, and shows the change as a diff of the YAML", async () => {
    const { code, out } = await run(...days, web);
    expect(code).toBe(0);
    expect(out).toMatch(/^test\/web on days\.csv: at most 300 requests a day above capacity, at the least pod-hours\n/);
    expect(out).toMatch(/settings were simulated\. Chosen on \d+ (d|h) \(.*\); the numbers are of the .* after that\./);
    expect(out).toMatch(/^\* .*target/m);
    expect(out).toMatch(/^[-+] +averageValue: /m);
  });

  test("shows the change as arguments of the component if the HPA is from a preview", async () => {
    const type = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";
    const preview = write("preview.json", { steps: [{ op: "same", newState: { type, inputs: hpa("web", "10") } }] });
    const { out } = await run(...spike, "--requests-above=3000", preview);
    expect(out).toContain(' new TrafficAutoscaler("web", {\n');
    expect(out).toMatch(/^-? *\+ {6}requestsPerSecond: [\d.]+,|^\+ {3}reaction: "/m);
  });

  test("says so if the traffic is too short to keep a part apart", async () => {
    expect((await run("--shape=spike", "--duration=2h", web)).out).toContain(
      "The traffic is too short to keep a part apart",
    );
  });

  test("has a plot of both settings", async () => {
    const svg = join(folder, "tune.svg");
    await run(...spike, "--requests-above=3000", `--svg=${svg}`, web);
    expect(readFileSync(svg, "utf8")).toMatch(/>chosen; dotted.*>today; dotted/s);
  });

  test("has a progress bar in a terminal, and none elsewhere", async () => {
    let [error, time] = ["", 0];
    const streams = {
      out: () => undefined,
      error: (text: string) => (error += text),
      now: () => (time += 1_000),
      isTerminal: true,
    };
    await tune(["--shape=spike", "--duration=2h", web], streams);
    expect(error).toMatch(/█+░* \d+ % test\/web/);
    expect(error.endsWith("\r\u001b[2K")).toBe(true);
    expect((await run("--shape=spike", web)).error).toBe("");
  });
});

describe("all HPAs of a cluster", () => {
  test("are a table of what each would save or is short of, and why one is not in it", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      let text = "";
      request.on("data", (part) => (text += part));
      request.on("end", () => {
        const body = new URLSearchParams(text);
        asked.push(body.get("query") ?? "");
        const [from, to] = [Number(body.get("start")), Number(body.get("end"))];
        const values = Array.from({ length: Math.floor((to - from) / 300) + 1 }, (_, index) => [
          from + index * 300,
          String(rateAt(from + index * 300 - MONDAY)),
        ]);
        response.end(
          JSON.stringify({ status: "success", data: { resultType: "matrix", result: [{ metric: {}, values }] } }),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const list = {
      kind: "List",
      items: [hpa("web", "10"), hpa("api", "4"), hpa("queue", "5", {}, "sum(queue_length)")],
    };
    const from = new Date(MONDAY * 1000).toISOString();
    const argv = [
      "--all",
      `--prometheus=${url}`,
      `--from=${from}`,
      "--step=5m",
      "--seconds-above=600",
      "--to=2026-10-05T12:00:00Z",
      "--pod-hour-price=0.1",
      write("all.json", list),
    ];
    const { code, out } = await run(...argv);
    server.close();
    expect([0, 1]).toContain(code);
    expect([...new Set(asked)]).toEqual(
      ["web", "api"].map((workload) => requestsPerSecondQuery({ workload, namespace: "test" })),
    );
    expect(out).toMatch(/^test\/web .* (none|[−+]\d+ %) /m);
    expect(out).toMatch(/^test\/api .* (none|[−+]\d+ %) /m);
    expect(out).toMatch(
      /^All settings together: .* pod-hours a day (less|more), cost [\d.]+ in 30 days\. \d of 2 HPAs are above their limit today\.$/m,
    );
    expect(out).toContain("Not tuned: test/queue: ASM_BACKTEST_METRIC: ");
  });
});

test.each([
  ["no traffic", [web]],
  ["two limits", ["--shape=step", "--requests-above=1", "--seconds-above=1", web]],
  ["all HPAs on one file of traffic", ["--all", "--traffic=x.csv", web]],
  ["all HPAs with one capacity", ["--all", "--prometheus=http://p", "--capacity=5", web]],
  ["a part that does not exist", ["--shape=step", "--without=pods", web]],
])("%s is exit code 2 with one line", async (_, argv) => {
  const { code, out, error } = await run(...argv);
  expect([code, out]).toEqual([2, ""]);
  expect(error).toMatch(/^ASM_BACKTEST_FLAG: .*See asm-autoscaler tune --help\.\n$/);
});

test("--help prints the exit codes", async () => {
  expect((await run("--help")).out).toMatch(
    /^Usage: asm-autoscaler tune[\s\S]*Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 .*\n/,
  );
});
