import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requestsPerSecondQuery } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import { backtest } from "./backtest";
import { rangePoints } from "./range";

const folder = mkdtempSync(join(tmpdir(), "backtest-"));
const KEY = "metric-config.external.prometheus-query.prometheus/rps";

function write(name: string, text: string | object): string {
  const path = join(folder, name);
  writeFileSync(path, typeof text === "string" ? text : JSON.stringify(text));
  return path;
}

function hpa(
  name: string,
  averageValue: string,
  query = requestsPerSecondQuery({ workload: name, namespace: "test" }),
) {
  const metric = { name: "prometheus-query", selector: { matchLabels: { "query-name": "rps" } } };
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name, namespace: "test", annotations: { [KEY]: query } },
    spec: {
      minReplicas: 1,
      maxReplicas: 10,
      metrics: [{ type: "External", external: { metric, target: { type: "AverageValue", averageValue } } }],
    },
  };
}

async function run(...argv: string[]) {
  let [out, error] = ["", ""];
  const code = await backtest(argv, {
    out: (text) => (out += text),
    error: (text) => (error += text),
    now: () => Date.UTC(2026, 10, 24),
  });
  return { code, out, error };
}

const list = write("hpas.json", { kind: "List", items: [hpa("web", "10"), hpa("api", "20")] });
const one = write("web.yaml", hpa("web", "10"));

describe("a backtest", () => {
  test("prints a table of what the HPA would have done", async () => {
    const { code, out } = await run("--shape=step", one);
    expect(code).toBe(0);
    expect(out).toMatch(/^test\/web on the shape step, 60 min, up to 100 requests per second\n/);
    expect(out).toMatch(/most pods +10 /);
  });

  test("compares what a preview changes with what is now", async () => {
    const type = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";
    const step = {
      op: "update",
      newState: { type, inputs: hpa("web", "5") },
      oldState: { type, inputs: hpa("web", "10") },
    };
    const preview = write("preview.json", { steps: [{ op: "same", newState: { type: "x:y:Z", inputs: {} } }, step] });
    const { out } = await run("--shape=ramp", "--low=5", "--high=45", "--output=markdown", preview);
    expect(out).toMatch(/^#### Backtest of `test\/web` on the shape ramp\n/);
    expect(out).toMatch(
      /^With this change, \*\*[\d,]+ of [\d,]+ requests are above capacity\*\* \(now: [\d,]+\), for \d+ s \(now: \d+ s\), at \*\*[\d.]+ pod-hours\*\* \(now: [\d.]+\), on the shape ramp with a capacity of 11 requests per second per pod\.$/m,
    );
    expect(out).toContain("| most pods | 9 | 5 | 5 | 5 |");
    expect(out).toContain(
      "Capacity: a ready pod carries 11 requests per second, the current target of 10 plus a tenth.",
    );
  });

  test("compares two files, and writes a plot that is whole XML and a page", async () => {
    const against = write("other.json", hpa("web", "20"));
    const [svg, html] = [join(folder, "plot.svg"), join(folder, "plot.html")];
    const { out } = await run(
      "--shape=diurnal",
      `--against=${against}`,
      `--svg=${svg}`,
      `--html=${html}`,
      "--output=json",
      one,
    );
    const { runs } = JSON.parse(out) as { runs: { name: string; podHours: number; sizes: unknown[] }[] };
    expect(runs.map(({ name }) => name)).toEqual(["this change", "now"]);
    expect(runs[0]?.podHours).toBeGreaterThan(runs[1]?.podHours ?? 0);
    const drawn = readFileSync(svg, "utf8");
    expect(drawn).not.toContain("NaN");
    expect(drawn.match(/<path class="(next|before)" d="M56\.0 /g)).toHaveLength(4);
    expect(readFileSync(html, "utf8")).toContain(drawn);
  });

  test("takes recorded traffic, with its times in any usual form", async () => {
    const rows = (time: (minute: number) => string | number) =>
      Array.from({ length: 31 }, (_, minute) => `${time(minute)},${minute < 10 ? 5 : 65}`).join("\n");
    const start = Date.UTC(2026, 10, 17);
    const forms = [
      (minute: number) => minute * 60,
      (minute: number) => start / 1000 + minute * 60,
      (minute: number) => start + minute * 60_000,
      (minute: number) => new Date(start + minute * 60_000).toISOString(),
    ];
    const outs = await Promise.all(
      forms.map(async (form, index) => {
        const file = write(`traffic-${index}.csv`, `time,rps\n# a comment\n${rows(form)}\n`);
        return JSON.parse((await run(`--traffic=${file}`, "--output=json", one)).out).runs;
      }),
    );
    expect(outs[0][0].mostReplicas).toBe(6);
    for (const other of outs) expect(other).toEqual(outs[0]);
  });

  test("asks Prometheus for a range, with a token that only the file has", async () => {
    let asked = "";
    let authorization: string | undefined;
    const server = createServer((request, response) => {
      authorization = request.headers.authorization;
      request.on("data", (part) => (asked += part));
      request.on("end", () => {
        const values = [0, 600, 1200].map((at) => [1_700_000_000 + at, "25"]);
        response.end(
          JSON.stringify({ status: "success", data: { resultType: "matrix", result: [{ metric: {}, values }] } }),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/prefix/`;
    const token = write("token", "sesame\n");
    const { code, out } = await run(
      "--query=sum(x)",
      `--prometheus=${url}`,
      `--token-file=${token}`,
      "--step=600",
      one,
    );
    server.close();
    expect(code).toBe(0);
    expect(out).toMatch(/most pods +3 /);
    expect(authorization).toBe("Bearer sesame");
    const parameters = new URLSearchParams(asked);
    expect(Number(parameters.get("end")) - Number(parameters.get("start"))).toBe(7 * 86_400);
    expect(parameters.get("step")).toBe("600");
    expect(parameters.get("partial_response")).toBe("false");
  });

  test.each<[string, object, string, string]>([
    [
      "a part of the data",
      { warnings: ["store unavailable"] },
      "25",
      'may lack a part of the data: it warns: "store unavailable"',
    ],
    ["a part of the data, as another server says it", { partial: true }, "25", "may lack a part of the data"],
    ["an error with data", { error: "store failed" }, "25", "may lack a part of the data"],
    ["a part of the data, in a field", { isPartial: true }, "25", "may lack a part of the data"],
    ["a negative number of requests", {}, "-1", "a rate of requests is not negative"],
  ])("takes no traffic from %s", async (_, more, value, message) => {
    const values = [0, 600].map((at) => [1_700_000_000 + at, value]);
    const data = { resultType: "matrix", result: [{ metric: {}, values }] };
    const server = createServer((_request, response) =>
      response.end(JSON.stringify({ status: "success", data, ...more })),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const { code, error } = await run("--query=x", `--prometheus=http://127.0.0.1:${port}`, "--step=600", one);
    server.close();
    expect([code, error]).toEqual([2, expect.stringContaining(message)]);
  });

  test("says which of the HPA's metrics do not count", async () => {
    const both = hpa("web", "10");
    const target = { type: "Utilization", averageUtilization: 70 };
    both.spec.metrics.push({ type: "Resource", resource: { name: "cpu", target } } as never);
    const { out } = await run("--shape=step", write("both.json", both));
    expect(out).toContain("Note: the metric cpu may ask for more pods and is not simulated.");
  });
});

test("a query of a part of the traffic is told of, and a window in any of PromQL's units is read", async () => {
  const query =
    'sum(rate(istio_requests_total{reporter="source",destination_service_name="web",response_code=~"5.."}[60]))';
  const { code, out } = await run("--shape=step", write("part.json", hpa("web", "10", query)));
  expect([code, /most pods +10 /.test(out)]).toEqual([0, true]);
  expect(out).toContain('counts only requests with response_code=~"5..", so the traffic must count only these too');
});

test.each([
  ["no file", ["--shape=step"], "ASM_BACKTEST_FLAG"],
  ["no traffic", [one], "ASM_BACKTEST_FLAG"],
  ["two kinds of traffic", ["--shape=step", "--traffic=x.csv", one], "ASM_BACKTEST_FLAG"],
  ["an unknown flag", ["--shape=step", "--frobnicate", one], "ASM_BACKTEST_FLAG"],
  ["an unknown shape", ["--shape=stairs", one], "ASM_BACKTEST_FLAG"],
  ["a number that is none", ["--shape=step", "--low=many", one], "ASM_BACKTEST_FLAG"],
  ["a duration that is none", ["--shape=step", "--sync-period=15x", one], "ASM_BACKTEST_FLAG"],
  ["a time that is none", ["--query=up", "--prometheus=http://p", "--from=yesterday", one], "ASM_BACKTEST_FLAG"],
  ["a time that is a number", ["--query=up", "--prometheus=http://p", "--from=5", one], "ASM_BACKTEST_FLAG"],
  ["more requests than there are", ["--shape=step", "--high=1e300", one], "ASM_BACKTEST_FLAG"],
  [
    "more pods at least than at most",
    ["--shape=step", write("most.json", { ...hpa("web", "10"), spec: { ...hpa("web", "10").spec, minReplicas: 20 } })],
    "ASM_BACKTEST_INPUT",
  ],
  ["a query without its server", ["--query=up", one], "ASM_BACKTEST_FLAG"],
  ["two queries of one name", ["--query=up", "--query=down", "--prometheus=http://p", one], "ASM_BACKTEST_FLAG"],
  ["a capacity of 0", ["--shape=step", "--capacity=0", one], "ASM_BACKTEST_FLAG"],
  ["a capacity of a metric that there is not", ["--shape=step", "--capacity=orders=5", one], "ASM_BACKTEST_INPUT"],
  ["two files", ["--shape=step", "-f", one, one], "ASM_BACKTEST_FLAG"],
  ["a file that is not there", ["--shape=step", "/nowhere/x.yaml"], "ASM_BACKTEST_INPUT"],
  ["a file without an HPA", ["--shape=step", write("pod.json", { kind: "Pod" })], "ASM_BACKTEST_INPUT"],
  ["several HPAs", ["--shape=step", list], "ASM_BACKTEST_INPUT"],
  ["an HPA that is not among them", ["--shape=step", "--hpa=test/db", list], "ASM_BACKTEST_INPUT"],
  [
    "an HPA on something else",
    ["--shape=step", write("queue.json", hpa("q", "5", "sum(queue_length)"))],
    "ASM_BACKTEST_METRIC",
  ],
  [
    "a rate of another metric",
    ["--shape=step", write("tcp.json", hpa("q", "5", "sum(rate(istio_tcp_sent_bytes_total{}[1m]))"))],
    "ASM_BACKTEST_METRIC",
  ],
  [
    "a subquery in place of a window",
    ["--shape=step", write("sub.json", hpa("q", "5", 'sum(rate(istio_requests_total{a="b"}[5m:1m]))'))],
    "ASM_BACKTEST_METRIC",
  ],
  ["a quantity that is none", ["--shape=step", write("ten.json", hpa("web", "ten"))], "ASM_BACKTEST_INPUT"],
  ["traffic that goes back in time", [`--traffic=${write("back.csv", "10,1\n5,1\n")}`, one], "ASM_BACKTEST_CSV"],
  ["negative traffic", [`--traffic=${write("less.csv", "10,1\n15,-1\n")}`, one], "ASM_BACKTEST_CSV"],
  ["a Prometheus that is not there", ["--query=up", "--prometheus=http://127.0.0.1:1", one], "ASM_BACKTEST_RANGE"],
])("%s is exit code 2 with one line", async (_, argv, code) => {
  const result = await run(...argv);
  expect([result.code, result.out]).toEqual([2, ""]);
  expect(result.error).toMatch(new RegExp(`^${code}: .*\\.\\n$`));
});

test("an address of a Prometheus with 200,000 slashes is refused at once", async () => {
  const began = performance.now();
  const server = `http://127.0.0.1:1/${"/".repeat(200_000)}x`;
  const asked = rangePoints({ server, query: "up", from: 0, to: 60, stepSeconds: 15, authorization: undefined });
  await expect(asked).rejects.toThrow("the request failed");
  expect(performance.now() - began).toBeLessThan(1_000);
});

test("one HPA of several is chosen by its name, in each of kubectl's ways", async () => {
  for (const argv of [["--hpa=test/api"], ["-n", "test", "--hpa=api"], ["--hpa", "api"], ["-ntest", "--hpa=test/api"]])
    expect((await run("--shape=step", ...argv, "-f", list)).out).toMatch(/most pods +5 /);
});

test("--help, -h and --version print and run nothing", async () => {
  const help = await run("--help");
  expect(help).toMatchObject({ code: 0, error: "", out: expect.stringMatching(/^Usage: asm-autoscaler backtest/) });
  expect(await run("-h", "--shape=step", "no.yaml")).toEqual(help);
  expect(help.out).toMatch(/Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 .*\n/);
  expect(await run("--version")).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});

test("a duration is read in Go's form, and a number without a unit is seconds", async () => {
  const given = async (...argv: string[]) => (await run("--shape=step", ...argv, "--output=json", one)).out;
  const forms = ["90s", "1m30s", "90", "90000ms"];
  const outs = await Promise.all(forms.map((form) => given(`--ready-after=${form}`)));
  expect(new Set(outs).size).toBe(1);
  expect(outs[0]).not.toBe(await given("--ready-after=9s"));
});

test.each([
  [["--shape=step", "--traffic=x.csv"], "--shape", "--traffic"],
  [["--prometheus=http://p", "--shape=step"], "--prometheus", "--shape"],
  [["--query=up", "--shape=step"], "--query", "--shape"],
  [["--traffic=x.csv", "--low=3"], "--low", "--traffic"],
  [["--shape=step", "--step=30s"], "--step", "--shape"],
  [["--query=up", "--prometheus=http://p", "--duration=1h"], "--duration", "--prometheus"],
  [["--shape=step", "--low=5", "--high=4"], "--low", "--high"],
  [["--shape=step", "--hpa=a/b", "-n", "c"], "--hpa", "--namespace"],
])("flags that contradict each other are both named: %j", async (argv, one_, other) => {
  const { code, error } = await run(...argv, one);
  expect(code).toBe(2);
  expect(error).toContain(one_);
  expect(error).toContain(other);
});

test("an unknown flag is named with the nearest one, and no message repeats the password of a URL", async () => {
  expect((await run("--shap=step", one)).error).toContain("unknown option --shap; did you mean --shape?");
  for (const argv of [["--promethus=http://u:hunter2@p"], ["--query=up", "--prometheus=ftp://u:hunter2@p"]])
    expect((await run(...argv, one)).error).toMatch(/^ASM_BACKTEST_FLAG: (?!.*hunter2)/);
});

test("an output file that cannot be written is exit code 1, after the result", async () => {
  const { code, out, error } = await run("--shape=step", "--svg=/nowhere/plot.svg", one);
  expect([code, out.includes("most pods")]).toEqual([1, true]);
  expect(error).toMatch(/^ASM_BACKTEST_OUTPUT: \/nowhere\/plot\.svg cannot be written: .*\n$/);
});

test("traffic and sizes that need too much time or memory are refused at once", async () => {
  const endless = write("endless.csv", "0,1\n1e12,1\n".replace("1e12", "1000000000000"));
  const huge = hpa("web", "10");
  huge.spec.maxReplicas = 1_000_000;
  for (const argv of [
    [`--traffic=${endless}`, one],
    ["--shape=step", "--duration=9000h", one],
    ["--shape=step", write("huge.json", huge)],
  ])
    expect((await run(...argv)).error).toMatch(/^ASM_BACKTEST_INPUT: .* at most /);
});

test("notes about the current HPA name it", async () => {
  const both = hpa("web", "10");
  both.spec.metrics.push({
    type: "Resource",
    resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
  } as never);
  const { out } = await run("--shape=step", `--against=${write("cpu.json", both)}`, one);
  expect(out).toContain("Note: now: the metric cpu may ask for more pods and is not simulated.");
});
