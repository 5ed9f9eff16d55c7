import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "@jest/globals";
import { Gauge, Registry } from "prom-client";
import { serveMetrics } from "./metricsServer.ts";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

test("those who ask within a second share what was made for the first, and another path is none", async () => {
  const registry = new Registry();
  let made = 0;
  new Gauge({
    name: "made",
    help: "How often.",
    registers: [registry],
    collect() {
      this.set(++made);
    },
  });
  const port = await freePort();
  const stop = await serveMetrics(registry, { host: "127.0.0.1", port });
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  const texts = await Promise.all(Array.from({ length: 5 }, async () => (await get("/metrics")).text()));
  expect(texts.map((text) => /^made (\d)$/m.exec(text)?.[1])).toEqual(["1", "1", "1", "1", "1"]);
  expect((await get("/")).status).toBe(404);
  stop();
});
