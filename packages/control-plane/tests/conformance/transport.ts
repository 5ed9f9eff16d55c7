import { once } from "node:events";
import { Agent } from "node:https";
import { connect, type SecureVersion } from "node:tls";
import { expect, test } from "@jest/globals";
import { metricPath, type Stage } from "./stage.ts";

const METRIC = metricPath("prometheus-query", undefined, "ns");

/** TLS and the bytes on the wire. */
export function transport(stage: () => Stage): void {
  test("71 nothing older than TLS 1.2", async () => {
    const { adapter } = stage();
    const shake = (version: SecureVersion) =>
      new Promise<string>((resolve) => {
        const options = {
          host: adapter.address,
          port: adapter.port,
          rejectUnauthorized: false,
          ciphers: "ALL:@SECLEVEL=0",
        };
        const socket = connect({ ...options, minVersion: version, maxVersion: version }, () => {
          resolve(socket.getProtocol() ?? "");
          socket.destroy();
        });
        socket.once("error", (error) => resolve(error.message));
      });
    expect(await shake("TLSv1.3")).toBe("TLSv1.3");
    expect(await shake("TLSv1.2")).toBe("TLSv1.2");
    expect(await shake("TLSv1.1")).toMatch(/alert|version|unsupported|reset/i);
  });

  test("72 the certificate names the Service and the APIService trusts its authority", async () => {
    const { adapter, plane } = stage();
    const text = await plane.kubectl(["get", "apiservice", "v1beta1.external.metrics.k8s.io", "-o", "json"]);
    const { spec } = JSON.parse(text) as { spec: { caBundle: string } };
    const socket = connect({
      host: adapter.address,
      port: adapter.port,
      servername: "asm-metrics-adapter.kube-system.svc",
      ca: Buffer.from(spec.caBundle, "base64"),
    });
    await once(socket, "secureConnect");
    expect(socket.authorized).toBe(true);
    socket.destroy();
  });

  test("73 three hundred silent connections keep no one from being answered", async () => {
    const { direct } = stage();
    const idle = await Promise.allSettled(Array.from({ length: 300 }, () => direct.socket()));
    const { status, milliseconds } = await direct.proxied(METRIC);
    expect([status, milliseconds < 1_000]).toEqual([200, true]);
    for (const one of idle) if (one.status === "fulfilled") one.value.destroy();
  }, 60_000);

  test("73 a sender of slow headers is cut off, within half a minute", async () => {
    const { direct } = stage();
    const socket = await direct.socket();
    const began = performance.now();
    socket.on("error", () => undefined);
    socket.write("GET /livez HTTP/1.1\r\nHost: a\r\n");
    const drip = setInterval(() => socket.write("X-A: b\r\n"), 1_000);
    socket.resume();
    await once(socket, "close");
    clearInterval(drip);
    expect(performance.now() - began).toBeLessThan(30_000);
  }, 60_000);

  test.each([
    ["two lengths", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["a bare line feed", "X-A: b\nX-Remote-Group: system:masters\r\n\r\n"],
    ["a folded header", "X-A: b\r\n c\r\n\r\n"],
    ["a space before the colon", "X-Remote-User : jane\r\n\r\n"],
  ])("74 %s is refused", async (_, tail) => {
    const { direct, plane } = stage();
    const proxy = await plane.frontProxy.issueClient("front-proxy-client");
    const socket = await direct.socket(proxy);
    socket.write(
      `GET ${METRIC} HTTP/1.1\r\nHost: a\r\nX-Remote-User: jane\r\nX-Remote-Group: system:masters\r\n${tail}`,
    );
    const [chunk] = (await once(socket, "data")) as [Buffer];
    expect(chunk.toString("latin1")).toMatch(/^HTTP\/1\.1 400 /);
    socket.destroy();
  });

  test("keep-alive outlives the API server's ninety idle seconds", async () => {
    const agent = new Agent({ keepAlive: true });
    const { headers } = await stage().direct.proxied(METRIC, { agent });
    agent.destroy();
    const seconds = Number(/timeout=(\d+)/.exec(String(headers["keep-alive"] ?? "timeout=0"))?.[1]);
    expect(headers["connection"]).toMatch(/keep-alive/i);
    expect(seconds === 0 || seconds > 90).toBe(true);
  });
}
