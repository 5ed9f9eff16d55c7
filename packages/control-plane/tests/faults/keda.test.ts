import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { API, askDirectly, timeless } from "../neighbourReads.ts";
import { type Pulse, pulseOf, startAsking } from "../pulse.ts";
import { until } from "../until.ts";
import { type KedaRoom, kedaRead, OWNERS, type Owner, READS, SIZES, scaledObject, startKedaRoom } from "./kedaRoom.ts";

/** The real KEDA, prometheus-adapter and the test adapter of custom-metrics-apiserver, served through our adapter. */

let room: KedaRoom;
beforeAll(async () => {
  room = await startKedaRoom({ patching: false });
  await room.startOurs();
}, 1_800_000);
afterAll(() => room?.stop(), 60_000);

const OTHERS = OWNERS.filter((owner) => owner !== "keda");
const neighbourOf = (owner: Exclude<Owner, "ours">) => (owner === "keda" ? room.keda : room.neighbours[owner]);

const print = (what: string, { count, failed, medianMs, p99Ms }: Pulse) =>
  process.stdout.write(
    `${what}: ${count} reads, ${failed} failed, median ${medianMs.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms\n`,
  );

describe("KEDA beside two other neighbours and our metrics", () => {
  test("scales by Prometheus and by cron, and the others scale as well", async () => {
    await until("the sizes", async () => JSON.stringify(await room.sizes()) === JSON.stringify(sorted(SIZES)), 120);
  }, 130_000);

  test("is not in the list, because it lists no names, and the others are", async () => {
    const { resources } = JSON.parse(await room.kubectl("get", "--raw", API)) as { resources: { name: string }[] };
    expect(resources.map(({ name }) => name)).toEqual(["prometheus-query", "my-external-metric", "queue_length"]);
  });

  test.each(OWNERS.filter((owner) => owner !== "ours"))("gives the values of %s byte for byte", async (owner) => {
    await sameAsDirectly(owner, READS[owner], 200);
  });

  test.each([
    ["an unknown ScaledObject", kedaRead("s0-prometheus", "nobody"), 500],
    ["an unknown metric of a ScaledObject", kedaRead("s9-kafka", "messages"), 500],
    ["a selector with a second label", `${READS.keda}%2Cfoo%3Dbar`, 200],
  ] as const)("gives KEDA's answer to %s byte for byte", async (_, path, status) => {
    await sameAsDirectly("keda", path, status);
  });
});
const sorted = (sizes: Record<string, number>) => Object.fromEntries(Object.entries(sizes).sort());

async function sameAsDirectly(owner: Exclude<Owner, "ours">, path: string, status: number): Promise<void> {
  const direct = await askDirectly(room.cluster.controlPlane, neighbourOf(owner), path);
  const through = await room.reader.read(path);
  process.stdout.write(`${owner} ${path}: ${direct.status} ${direct.body}\n`);
  expect({ ...through, body: timeless(through.body) }).toEqual({ ...direct, body: timeless(direct.body) });
  expect(direct.status).toBe(status);
}

describe("a ScaledObject for a workload that an HPA of ours scales", () => {
  const ANNOTATION = "validations.keda.sh/hpa-ownership";
  const cron = { timezone: "UTC", start: "0 0 1 1 *", end: "1 0 1 1 *", desiredReplicas: "2" };
  const { metadata, ...rest } = scaledObject("ours", { type: "cron", metadata: cron });
  const create = (annotations: Record<string, string>, ...args: string[]) =>
    room.cluster.controlPlane.kubectl(
      ["apply", "-f", "-", ...args],
      JSON.stringify({ ...rest, metadata: { ...metadata, name: "beside", annotations } }),
    );
  const active = (hpa: string) =>
    room.kubectl("get", "hpa", hpa, "-o", 'jsonpath={.status.conditions[?(@.type=="ScalingActive")].reason}');

  test("is refused by KEDA's webhook, also with the annotation on the ScaledObject", async () => {
    for (const annotations of [{}, { [ANNOTATION]: "false" }])
      await expect(create(annotations, "--dry-run=server")).rejects.toThrow(
        /the workload 'ours' of type 'apps\/v1.Deployment' is already managed by the hpa 'ours'/,
      );
  });

  test("is admitted with the annotation on the HPA, and then the HPA controller scales by neither", async () => {
    await until("our size", async () => (await room.sizes())["ours"] === SIZES.ours, 60);
    await room.kubectl("annotate", "hpa", "ours", `${ANNOTATION}=false`);
    try {
      await create({});
      await until(
        "the ambiguous selector",
        async () =>
          (await Promise.all(["ours", "keda-hpa-beside"].map(active))).every((it) => it === "AmbiguousSelector"),
        60,
      );
      expect((await room.sizes())["ours"]).toBe(SIZES.ours);
    } finally {
      await room.kubectl("delete", "scaledobject", "beside", "--ignore-not-found");
      await room.kubectl("annotate", "hpa", "ours", `${ANNOTATION}-`);
    }
    await until("our HPA alone", async () => (await active("ours")) === "ValidMetricFound", 60);
  }, 200_000);
});

describe("while KEDA's operator does not answer and its metrics server lives", () => {
  test.each(["SIGKILL", "SIGSTOP"] as const)(
    "after %s, KEDA's reads end by our deadline and no other fails",
    async (signal) => {
      const { keda, works, sizes } = room;
      const before = await pulses(5_000);
      keda.operator.signal(signal);
      let during: Record<Owner, Pulse>;
      let direct: string;
      try {
        during = await pulses(20_000);
        const { body } = await room.reader.read(READS.keda);
        direct = body;
        expect(await sizes()).toEqual(SIZES);
      } finally {
        if (signal === "SIGSTOP") keda.operator.signal("SIGCONT");
        else await keda.restartOperator({ patching: false });
      }
      const mended = performance.now();
      await until("recovery", () => works("keda"), 150);
      process.stdout.write(`${signal}: recovery ${((performance.now() - mended) / 1000).toFixed(1)} s\n${direct}\n`);
      for (const owner of OWNERS) {
        print(`${signal}: ${owner} before`, before[owner]);
        print(`${signal}: ${owner} during`, during[owner]);
      }
      expect(OTHERS.map((owner) => during[owner].failed)).toEqual(OTHERS.map(() => 0));
      expect(during.keda.failed).toBe(during.keda.count);
      expect(direct).toMatch(/ASM_DELEGATE_UNREACHABLE/);
    },
    240_000,
  );
});

/** Reads a metric of each adapter for some time. */
async function pulses(ms: number): Promise<Record<Owner, Pulse>> {
  const time = pause(ms);
  const entries = OWNERS.map(
    async (owner) => [owner, await pulseOf(() => room.works(owner), time, { pauseMs: 50 })] as const,
  );
  return Object.fromEntries(await Promise.all(entries)) as Record<Owner, Pulse>;
}

describe("KEDA's writes to the APIService, which are its default", () => {
  test("leave almost no external metric readable, also of its own, until they are turned off", async () => {
    const { keda, reader, works, sizes } = room;
    await keda.restartOperator({ patching: true });
    const began = performance.now();
    await until("KEDA's CA", async () => (await caBundle()) === keda.ca, 30);
    let [repairs, last] = [0, ""];
    const watching = startAsking(
      async () => {
        const now = await caBundle();
        if (now !== last && now !== keda.ca) repairs++;
        last = now;
        return now === keda.ca;
      },
      { pauseMs: 1 },
    );
    const during = await pulses(30_000);
    await watching.stop();
    const { status, body } = await reader.read(READS.ours);
    process.stdout.write(
      `KEDA's CA is in the APIService in ${JSON.stringify(watching.take())}, ours seen ${repairs} times\n`,
    );
    process.stdout.write(`APIService: ${await condition()}\n${status} ${body}\n`);
    expect(await room.adapterLog()).toMatch(
      /"code":"ASM_CA_BUNDLE_CONTESTED","msg":"ASM_CA_BUNDLE_CONTESTED: \\"keda\\" removes .*--enable-apiservice-patching=false/,
    );
    for (const owner of OWNERS) print(`contested: ${owner}`, during[owner]);
    expect(await sizes()).toEqual(SIZES);
    // A read can succeed in the moment between our write and KEDA's.
    for (const owner of OWNERS) expect(during[owner].failed).toBeGreaterThan(0.95 * during[owner].count);
    process.stdout.write(`contested for ${((performance.now() - began) / 1000).toFixed(1)} s\n`);

    await keda.restartOperator({ patching: false });
    const off = performance.now();
    await until("recovery", async () => (await Promise.all(OWNERS.map(works))).every(Boolean), 90);
    process.stdout.write(`recovery ${((performance.now() - off) / 1000).toFixed(1)} s\n`);
    expect(await caBundle()).toContain(keda.ca); // It stays for ten minutes, as one of our own that is retired.
    expect(await sizes()).toEqual(SIZES);
  }, 240_000);
});

const apiService = async (jsonpath: string) =>
  room.kubectl("get", "apiservice", "v1beta1.external.metrics.k8s.io", "-o", `jsonpath=${jsonpath}`);
const caBundle = async () => Buffer.from(await apiService("{.spec.caBundle}"), "base64").toString();
const condition = () => apiService("{.status.conditions[0]}");
