import { type ProblemCode, ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { delegateFlags } from "../flags/delegateFlags.ts";
import { parseSelector } from "../kubernetes/labelSelectorParser.ts";
import { createDelegates, type Delegates } from "./delegates.ts";
import type { DelegateToken } from "./delegateToken.ts";
import { answerJson, type FakeNeighbour, METRIC_LIST, SERVICE, startNeighbour, values } from "./neighbour.testing.ts";

const KEDA = "labelSelector=scaledobject.keda.sh%2Fname%3Dpodinfo";
const TARGET = `${METRIC_LIST}/namespaces/test/s0-prometheus?${KEDA}`;
const KEDA_READ = {
  namespace: "test",
  metric: "s0-prometheus",
  selector: selectorOf("scaledobject.keda.sh/name=podinfo"),
};

function selectorOf(text: string) {
  const parsed = parseSelector(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.selector;
}

let neighbour: FakeNeighbour | undefined;
let stop = new AbortController();
afterEach(async () => {
  stop.abort();
  stop = new AbortController();
  await neighbour?.close();
  neighbour = undefined;
});

/** Delegates whose clock the test moves, connected to a fake neighbour. */
async function start(
  handler: FakeNeighbour["handler"],
  flag = "keda",
  own: { isOurs?: boolean; timeout?: string; token?: DelegateToken } = {},
) {
  neighbour = await startNeighbour(handler);
  const { connect, pair } = neighbour;
  const mistakes: string[] = [];
  const service = `${SERVICE.namespace}/${SERVICE.name}:${SERVICE.port}`;
  const flags = delegateFlags([`${flag},service=${service},timeout=${own.timeout ?? "20s"}`], mistakes);
  expect(mistakes).toEqual([]);
  let now = 0;
  const problems: ProblemCode[] = [];
  const unclaimed = jest.fn();
  const delegates = createDelegates(flags, {
    kubernetes: {
      call: async () => ({
        data: { "ca.crt": Buffer.from(pair.authority.cert).toString("base64"), "ca.key": "c2VjcmV0" },
      }),
    },
    token: own.token ?? { get: async () => "delegates-token", rejected: () => undefined },
    clock: { monotonic: () => now, wall: () => now },
    connect,
    isOurs: () => own.isOurs ?? false,
    onProblem: ({ code }) => problems.push(code),
    onUnclaimed: unclaimed,
    onClash: (_, { code }) => problems.push(code),
    onServed: () => undefined,
  });
  void delegates.run(stop.signal);
  return { delegates, neighbour, problems, unclaimed, pass: (ms: number) => (now += ms) };
}

const list = (...names: string[]) => ({ kind: "APIResourceList", resources: names.map((name) => ({ name })) });
const ask = (delegates: Delegates, via?: string) => {
  const forwarding = delegates.route(KEDA_READ);
  if (!forwarding) throw new Error("the read is not forwarded");
  return forwarding.forward(TARGET, via);
};
const messageOf = ({ body }: { body: unknown }) => String(body && (body as { message?: string }).message);

/** Answers the discovery list, and everything else by `read`. */
const serving =
  (read: FakeNeighbour["handler"], ...names: string[]): FakeNeighbour["handler"] =>
  (request, response) =>
    request.url === METRIC_LIST ? answerJson(response, 200, list(...names)) : read(request, response);

describe("a forwarded read", () => {
  test("goes out byte for byte, with the token of the delegates and none of the client's headers", async () => {
    const { delegates, neighbour } = await start(serving((_, response) => answerJson(response, 200, values("5"))));
    const answer = await ask(delegates, "1.1 proxy, 1.1 asm-metrics-adapter-other, 1.1 evil");
    expect(answer.code).toBe(200);
    expect(String(answer.body)).toBe(JSON.stringify(values("5")));
    const sent = neighbour.requests.find(({ url }) => url === TARGET);
    expect(Object.keys(sent?.headers ?? {}).sort()).toEqual([
      "accept",
      "authorization",
      "connection",
      "host",
      "user-agent",
      "via",
    ]);
    expect(sent?.headers).toMatchObject({
      accept: "application/json",
      authorization: "Bearer delegates-token",
      via: "1.1 asm-metrics-adapter-other, 1.1 asm-metrics-adapter-keda",
    });
  });

  test("does not go out without the token of the delegates, and the adapter's own does not replace it", async () => {
    const why = problem("ASM_DELEGATE_TOKEN", "the account does not exist", { remedy: "Create it." });
    const get = async () => Promise.reject(new ProblemError(why));
    const { delegates, neighbour, problems } = await start(() => undefined, "keda", {
      token: { get, rejected: () => undefined },
    });
    for (let read = 0; read < 6; read++) {
      const answer = await ask(delegates);
      expect([answer.code, messageOf(answer)]).toEqual([503, expect.stringMatching(/TOKEN.*not exist.*Create it/)]);
    }
    while (problems.length === 0) await new Promise(setImmediate);
    expect(problems).toEqual(["ASM_DELEGATE_TOKEN"]);
    expect(neighbour.requests).toEqual([]);
    expect(delegates.states()[0]?.circuit).toBe("closed");
  });

  test("that gets 401 has the token replaced, and the answer is the neighbour's", async () => {
    const rejected = jest.fn();
    const { delegates } = await start(
      serving((_, response) => answerJson(response, 401, { kind: "Status", code: 401 })),
      "keda",
      { token: { get: async () => "old", rejected } },
    );
    expect((await ask(delegates)).code).toBe(401);
    expect(rejected).toHaveBeenCalledWith("old");
  });

  test("brings back an error of the neighbour as it is", async () => {
    const status = {
      kind: "Status",
      status: "Failure",
      message: "error getting metric: no such ScaledObject",
      code: 500,
    };
    const { delegates } = await start(serving((_, response) => answerJson(response, 500, status)));
    const answer = await ask(delegates);
    expect([answer.code, String(answer.body)]).toEqual([500, JSON.stringify(status)]);
  });

  test.each<[string, FakeNeighbour["handler"], RegExp]>([
    ["no JSON", (_, response) => response.end("<html>"), /no content type and not with JSON/],
    ["cut JSON", (_, response) => response.setHeader("Content-Type", "application/json").end('{"kind":'), /not JSON/],
    [
      "another object",
      (_, response) => answerJson(response, 200, { kind: "PodList", items: [] }),
      /no ExternalMetricValueList/,
    ],
    [
      "items that are none",
      (_, response) => answerJson(response, 200, { ...values("1"), items: ["5"] }),
      /items that are no objects/,
    ],
    ["a redirect", (_, response) => response.writeHead(302, { location: "https://elsewhere/" }).end(), /redirects/],
    [
      "10 MB",
      (_, response) => answerJson(response, 200, { ...values("1"), pad: "x".repeat(10_000_000) }),
      /larger than 1 MiB/,
    ],
  ])("is an error that names the delegate if the answer is %s", async (_, handler, words) => {
    const { delegates } = await start(serving(handler));
    const answer = await ask(delegates);
    expect(answer.code).toBe(503);
    expect(messageOf(answer)).toMatch(words);
    expect(messageOf(answer)).toContain('the delegate "keda" (Service keda/neighbour)');
    expect(messageOf(answer)).toContain("ASM_DELEGATE_ANSWER");
  });

  test("names the delegate in its answer, and is what the status page shows of the metric", async () => {
    const { delegates, neighbour } = await start(serving((_, response) => answerJson(response, 200, values("1500m"))));
    const ofHpa = { name: "s0-Prometheus", matchLabels: { "scaledobject.keda.sh/name": "podinfo" } };
    expect(delegates.seen("test", ofHpa)).toEqual({ delegate: "keda" });
    expect((await ask(delegates)).headers).toMatchObject({ Via: "1.1 asm-metrics-adapter-keda" });
    expect(delegates.seen("test", ofHpa)).toEqual({
      ...{ delegate: "keda", lastAnswer: { result: "200", value: "1500m", at: 0 } },
    });
    neighbour.handler = serving((_, response) =>
      answerJson(response, 500, { kind: "Status", message: "no such ScaledObject" }),
    );
    expect((await ask(delegates)).headers).toMatchObject({ Via: "1.1 asm-metrics-adapter-keda" });
    expect(delegates.seen("test", ofHpa)?.lastAnswer).toMatchObject({ result: "500", message: "no such ScaledObject" });
    neighbour.handler = (_, response) => response.destroy();
    await ask(delegates);
    expect(delegates.seen("test", ofHpa)?.lastAnswer?.result).toBe("ASM_DELEGATE_UNREACHABLE");
  });

  test("is not sent to a delegate from which it came", async () => {
    const { delegates, neighbour } = await start(serving((_, response) => answerJson(response, 200, values("5"))));
    const answer = await ask(delegates, "1.1 asm-metrics-adapter-keda");
    expect(messageOf(answer)).toContain("ASM_DELEGATE_LOOP");
    expect(neighbour.requests.filter(({ url }) => url === TARGET)).toEqual([]);
  });

  test("ends at its deadline, and after five of them the delegate is not asked until it is tried again", async () => {
    const { delegates, neighbour, pass } = await start(
      serving(() => undefined),
      "keda",
      { timeout: "1s" },
    );
    const first = await ask(delegates);
    expect(messageOf(first)).toContain("did not answer within 1 s");
    await Promise.all([ask(delegates), ask(delegates), ask(delegates), ask(delegates)]);
    const asked = neighbour.requests.length;
    expect(messageOf(await ask(delegates))).toMatch(/tried again in a few seconds: .*did not answer within/);
    expect(neighbour.requests.length).toBe(asked);

    neighbour.handler = serving((_, response) => answerJson(response, 200, values("7")));
    pass(5_000);
    expect((await Promise.all([ask(delegates), ask(delegates)])).map(({ code }) => code)).toEqual([200, 200]);
    expect(delegates.states()[0]).toMatchObject({ circuit: "closed", name: "keda", isVerified: true });
  });

  test("is refused when too many are under way, and the others are not affected", async () => {
    const open: (() => void)[] = [];
    const { delegates } = await start(
      serving((_, response) => void open.push(() => answerJson(response, 200, values("1")))),
    );
    const under = Array.from({ length: 32 }, () => ask(delegates));
    expect(messageOf(await ask(delegates))).toContain("ASM_DELEGATE_BUSY");
    while (open.length < 32) await new Promise(setImmediate);
    for (const answer of open) answer();
    expect((await Promise.all(under)).every(({ code }) => code === 200)).toBe(true);
  });
});

describe("the metrics of delegates", () => {
  const DATADOG = "name=datadog,type=datadog,ca-secret=datadog/ca";
  const other = (metric: string) => ({ namespace: "test", metric, selector: [] });

  test("are those that they list, without the entry that stands for none", async () => {
    const { delegates } = await start(
      serving(() => undefined, "datadogmetric@default:Queue", "externalmetrics"),
      DATADOG,
    );
    while (delegates.metricNames().length === 0) await new Promise(setImmediate);
    expect(delegates.metricNames()).toEqual(["datadogmetric@default:Queue"]);
    expect(delegates.route(other("DATADOGMETRIC@default:queue"))?.delegate).toBe("datadog");
    expect(delegates.route(other("externalmetrics"))).toBeUndefined();
  });

  test("that two adapters claim are served by this one, and somebody is told", async () => {
    const { delegates, problems } = await start(
      serving(() => undefined, "queue"),
      DATADOG,
      { isOurs: true },
    );
    while (delegates.metricNames().length === 0) await new Promise(setImmediate);
    expect(delegates.route(other("queue"))).toBeUndefined();
    expect(problems).toEqual(["ASM_DELEGATE_CLASH"]);
  });

  test("that nobody claims are answered by this adapter, and reported", async () => {
    const { delegates, unclaimed } = await start(
      serving(() => undefined, "queue"),
      DATADOG,
    );
    while (delegates.metricNames().length === 0) await new Promise(setImmediate);
    expect(delegates.route(other("unknown"))).toBeUndefined();
    expect(unclaimed).toHaveBeenCalledTimes(1);
  });

  test("are not reported as not served: neither before their list is read nor if it has them", async () => {
    const { delegates, unclaimed } = await start(
      serving(() => undefined, "queue"),
      DATADOG,
    );
    const mayServe = (name: string) => delegates.mayServe("test", { name });
    expect([mayServe("queue"), mayServe("unknown"), mayServe("prometheus-query")]).toEqual([true, true, false]);
    await delegates.listed();
    expect([mayServe("Queue"), mayServe("unknown"), mayServe("prometheus-query")]).toEqual([true, false, false]);
    expect(unclaimed).not.toHaveBeenCalled();
  });

  test("that nobody serves are a problem for the status page only while it lasts", async () => {
    const { delegates, unclaimed } = await start(
      serving(() => undefined, "queue"),
      DATADOG,
    );
    const seen = (name: string) => delegates.seen("test", { name });
    expect(seen("unknown")).toEqual({});
    await delegates.listed();
    expect(seen("unknown")).toEqual({ problem: expect.objectContaining({ code: "ASM_METRIC_NOT_SERVED" }) });
    expect([seen("queue"), seen("prometheus-query")]).toEqual([{ delegate: "datadog" }, undefined]);
    expect(unclaimed).not.toHaveBeenCalled();
  });

  test("that this adapter serves, too, are not shown as the delegate's", async () => {
    const { delegates, problems } = await start(
      serving(() => undefined, "queue"),
      DATADOG,
      { isOurs: true },
    );
    await delegates.listed();
    expect(delegates.seen("test", { name: "queue" })).toEqual({
      problem: expect.objectContaining({ code: "ASM_DELEGATE_CLASH" }),
    });
    expect(delegates.seen("test", { name: "other" })).toEqual({});
    expect(problems).toEqual([]);
  });

  test("are known without a list if their label is of one delegate", async () => {
    const { delegates } = await start(serving(() => undefined));
    const keda = { name: "s0-x", matchLabels: { "scaledobject.keda.sh/name": "podinfo" } };
    expect([delegates.mayServe("test", keda), delegates.mayServe("test", { name: "s0-x" })]).toEqual([true, false]);
  });

  test("are not this adapter's refused metrics: those are never forwarded", async () => {
    const { delegates, unclaimed } = await start(
      serving(() => undefined, "prometheus-query"),
      DATADOG,
    );
    while (delegates.metricNames().length === 0) await new Promise(setImmediate);
    expect(delegates.route({ ...other("prometheus-query"), selector: selectorOf("query-name=x") })).toBeUndefined();
    expect(unclaimed).not.toHaveBeenCalled();
  });
});

test("the lists were read once also if a delegate does not answer, so that readiness does not wait for it", async () => {
  const answering = await start(serving((_, response) => answerJson(response, 200, values("5")), "s0-cron"));
  await answering.delegates.listed();
  expect(answering.delegates.metricNames()).toEqual(["s0-cron"]);
  await neighbour?.close();
  const failing = await start((_, response) => response.destroy());
  await failing.delegates.listed();
  expect(failing.problems).toEqual(["ASM_DELEGATE_DISCOVERY"]);
});
