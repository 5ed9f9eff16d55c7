import { getEventListeners } from "node:events";
import { expect, test } from "@jest/globals";
import { KubernetesError } from "../kubernetes/client.ts";
import { eventObject, type HpaEvent, reasonOf } from "./event.ts";
import { createRecorder } from "./recorder.ts";

const event = (more: Partial<HpaEvent> = {}): HpaEvent => ({
  ...{ hpa: "shop/web", uid: "u1", type: "Warning", reason: "NoSeries", message: "nothing", subject: "k" },
  ...{ first: 0, last: 1000, count: 2 },
  ...more,
});
const turn = () => new Promise((resolve) => setImmediate(resolve));

function scene(answer: () => Promise<unknown> = async () => ({})) {
  const time = { ms: 0 };
  const calls: { method: string; path: string; options: unknown }[] = [];
  const lines: string[] = [];
  const tell = (_fields: unknown, sentence: string) => void lines.push(sentence);
  const recorder = createRecorder(
    {
      call: (method, path, options) => {
        calls.push({ method, path, options });
        return answer();
      },
    },
    { info: tell, warn: tell, error: tell },
    () => time.ms,
  );
  const stop = new AbortController();
  const done = recorder.run(stop.signal);
  const end = async () => {
    stop.abort();
    await done;
  };
  return { time, calls, lines, recorder, end, signal: stop.signal };
}

test("an event is applied under a name that two replicas share, and that differs by HPA, reason and subject", async () => {
  const { recorder, calls, end } = scene();
  recorder.post(event());
  recorder.post(event({ last: 9000, count: 7, message: "still nothing" }));
  await turn();
  await end();
  expect(calls).toHaveLength(2);
  expect(calls[0]).toMatchObject({
    method: "PATCH",
    options: { contentType: "application/apply-patch+yaml", query: { force: "true" } },
  });
  expect(calls[0]?.path).toMatch(/^\/api\/v1\/namespaces\/shop\/events\/web\.[0-9a-f]{16}$/);
  expect(calls[1]?.path).toBe(calls[0]?.path);
  const others = [{ hpa: "shop/other" }, { uid: "u2" }, { reason: "Nan" }, { subject: "another" }];
  const paths = [event(), ...others.map((other) => event(other))].map((one) => eventObject(one).path);
  expect(new Set(paths).size).toBe(5);
});

test("an event names the HPA as kubectl looks for it, and its message fits", () => {
  const { body } = eventObject(event({ message: "é".repeat(2000) }));
  expect(body).toMatchObject({
    involvedObject: { kind: "HorizontalPodAutoscaler", namespace: "shop", name: "web", uid: "u1" },
    metadata: { namespace: "shop" },
    firstTimestamp: "1970-01-01T00:00:00Z",
    lastTimestamp: "1970-01-01T00:00:01Z",
    count: 2,
  });
  expect((body as { message: string }).message).toHaveLength(1024);
  expect(reasonOf("ASM_KEY_CLAIMED_TWICE")).toBe("KeyClaimedTwice");
});

test("beyond the rate events are dropped and counted, and time gives room again", async () => {
  const { recorder, time, end } = scene();
  const taken = () =>
    Array.from({ length: 150 }, (_, index) => recorder.post(event({ hpa: `n${index}/web` }))).filter(
      (isTaken) => isTaken,
    ).length;
  expect(taken()).toBe(100);
  expect(recorder.counts.dropped).toBe(50);
  time.ms += 1_000;
  expect(taken()).toBe(10);
  await end();
});

test("a namespace with many events leaves the others theirs, and waits for its turn", async () => {
  const held = Promise.withResolvers<unknown>();
  const { recorder, time, calls, end } = scene(() => (calls.length === 1 ? held.promise : Promise.resolve({})));
  const taken = () =>
    Array.from({ length: 500 }, (_, index) => recorder.post(event({ hpa: `loud/h${index}` }))).filter(Boolean).length;
  expect(taken()).toBe(20);
  await turn();
  for (const hpa of ["shop/web", "pay/web"]) expect(recorder.post(event({ hpa }))).toBe(true);
  held.resolve({});
  while (calls.length < 22) await turn();
  const written = calls.map(({ path }) => path.split("/")[4]);
  expect(written.slice(0, 4).sort()).toEqual(["loud", "loud", "pay", "shop"]);
  time.ms += 1_000;
  expect(taken()).toBe(1);
  await end();
});

test("namespaces that are gone are forgotten", async () => {
  const { recorder, time, end } = scene();
  for (let index = 0; index < 5_000; index++) {
    time.ms += 1_000;
    expect(recorder.post(event({ hpa: `n${index}/web` }))).toBe(true);
    if (index % 50 === 0) while (recorder.counts.written < index) await turn();
  }
  await end();
});

test("an API server that hangs lets no more than the queue wait", async () => {
  const { recorder, time, calls } = scene(() => new Promise(() => undefined));
  for (let second = 0; second < 600; second++) {
    time.ms += 1_000;
    recorder.post(event({ hpa: `n${second % 50}/web` }));
    await turn();
  }
  expect(calls).toHaveLength(1);
  expect(recorder.counts.dropped).toBe(600 - 1 - 200);
});

test("without the right to write events it says so once and tries again later", async () => {
  const { recorder, time, lines, end } = scene(async () => {
    throw new KubernetesError(403, 'events "x" is forbidden');
  });
  recorder.post(event());
  await turn();
  expect(lines).toEqual([expect.stringMatching(/^ASM_EVENTS: .*`create` and `patch` events/)]);
  expect(recorder.post(event())).toBe(false);
  time.ms += 300_000;
  expect(recorder.post(event())).toBe(true);
  await end();
});

test("a failure of one event is counted and leaves the next alone", async () => {
  const answers = [Promise.reject(new KubernetesError(404, "no such namespace")), Promise.resolve({})];
  const { recorder, end } = scene(() => answers.shift() ?? Promise.resolve({}));
  recorder.post(event());
  recorder.post(event({ subject: "next" }));
  await turn();
  await turn();
  await end();
  expect(recorder.counts).toEqual({ written: 1, dropped: 0, failed: 1 });
});

test("however many events it wakes for, it holds on to its stop once", async () => {
  const { recorder, calls, end, signal } = scene();
  for (let count = 0; count < 50; count++) {
    recorder.post(event({ hpa: `n${count}/web` }));
    await turn();
  }
  expect([calls.length, getEventListeners(signal, "abort").length]).toEqual([50, 1]);
  await end();
});
