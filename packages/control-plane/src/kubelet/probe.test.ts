import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { V1Container, V1Probe } from "@kubernetes/client-node";
import { runProbe, tryProbe } from "./probe.ts";

const server = createServer((request, response) => {
  if (request.url === "/never") return;
  const status = Number(request.url?.slice(1));
  response.writeHead(status, status === 301 ? { location: "/200" } : {}).end(request.headers["x-probe"]);
});
let container: V1Container;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  container = { name: "c", ports: [{ name: "http", containerPort: port }] };
});
afterAll(() => {
  server.close().closeAllConnections();
});

const get = (path: string, more: Partial<V1Probe> = {}, port: number | string = "http") =>
  tryProbe({ httpGet: { path, port }, ...more }, container, "127.0.0.1");

describe("one try", () => {
  test.each([200, 204, 301, 399])("HTTP %d passes", async (status) => {
    expect(await get(`/${status}`)).toBeUndefined();
  });

  test.each([400, 404, 500, 503])("HTTP %d fails and is named", async (status) => {
    expect(await get(`/${status}`)).toBe(`HTTP probe failed with statuscode: ${status}`);
  });

  test("fails after the probe's time-out, at a closed port and at a port that the container lacks", async () => {
    expect(await get("/never", { timeoutSeconds: 0.1 })).toMatch(/abort/i);
    expect(await get("/200", {}, 1)).toContain("ECONNREFUSED");
    expect(await get("/200", {}, "absent")).toBe("the container has no port absent");
  });

  test("TCP passes when the port accepts", async () => {
    const tcp = (port: number | string) => tryProbe({ tcpSocket: { port } }, container, "127.0.0.1");
    expect(await tcp("http")).toBeUndefined();
    expect(await tcp(1)).toContain("ECONNREFUSED");
  });

  test("a probe of another kind fails, so that it is not taken for a passing one", async () => {
    expect(await tryProbe({ exec: { command: ["true"] } }, container, "127.0.0.1")).toContain("lacks");
  });
});

/** What a probe decides from a row of tries (true passes), and after how many of them. */
async function decisions(tries: readonly boolean[], thresholds: V1Probe): Promise<[passes: boolean, after: number][]> {
  const made: [boolean, number][] = [];
  const ending = new AbortController();
  let count = 0;
  await runProbe(
    { periodSeconds: 0, ...thresholds },
    {
      attempt: async () => {
        const passes = tries[count++];
        if (passes === undefined) ending.abort();
        return passes ? undefined : "down";
      },
      onDecision: (passes) => made.push([passes, count]),
      startedAt: performance.now(),
      signal: ending.signal,
    },
  );
  return made;
}

test("a probe decides when its threshold of like tries in a row is reached, and only tells changes", async () => {
  expect(await decisions([true, true, true], {})).toEqual([[true, 1]]);
  expect(await decisions([false, false, true, false, false, false, false], { failureThreshold: 3 })).toEqual([
    [true, 3],
    [false, 6],
  ]);
  expect(await decisions([true, false, true, true, true], { successThreshold: 3, failureThreshold: 3 })).toEqual([
    [true, 5],
  ]);
});
