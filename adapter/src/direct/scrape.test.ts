import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { connectProxy, type ProxyConnection, pathOf } from "./scrape.ts";
import { createSeriesNames } from "./seriesNames.ts";

const METRICS = ["istio_requests_total"];
const TEXT = 'istio_requests_total{reporter="destination",response_code="200"} 7\n';
const open: { server?: Server; connection?: ProxyConnection }[] = [];

afterEach(() => {
  for (const { server, connection } of open.splice(0)) {
    connection?.close();
    server?.closeAllConnections();
    server?.close();
  }
});

/** A sidecar that answers with a function, and the connection to it. */
async function sidecar(answer: RequestListener, timeoutMs = 2_000) {
  const sockets = new Set<object>();
  const server = createServer(answer).on("connection", (socket) => void sockets.add(socket));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const connection = connectProxy("127.0.0.1", (server.address() as AddressInfo).port, timeoutMs, {
    reporter: "destination",
  });
  open.push({ server, connection });
  const names = createSeriesNames();
  return { sockets, server, scrape: () => connection.scrape(METRICS, names) };
}

describe("a scrape", () => {
  test("asks for the used stats of the metrics, without compression, on one connection", async () => {
    const asked: object[] = [];
    const { scrape, sockets } = await sidecar(({ url, headers }, response) => {
      asked.push({ url, encoding: headers["accept-encoding"] });
      response.end(TEXT);
    });
    const results = [await scrape(), await scrape()];
    expect(results.map((result) => result.ok && [...result.values.values()])).toEqual([[7], [7]]);
    expect(results.map((result) => result.ok && result.isNewConnection)).toEqual([true, false]);
    expect(asked[0]).toEqual({ url: "/stats/prometheus?filter=istio_requests_total", encoding: undefined });
    expect(sockets.size).toBe(1);
  });

  test("filters a histogram by the name that it has inside Envoy", () => {
    const histogram = ["bucket", "sum", "count"].map((suffix) => `istio_request_duration_milliseconds_${suffix}`);
    expect(pathOf([...histogram, ...METRICS])).toBe(
      "/stats/prometheus?filter=istio_request_duration_milliseconds%7Cistio_requests_total",
    );
  });

  test("filters by a part of the host in the names that new and old Istio write", () => {
    const path = pathOf(METRICS, ".shop.svc.cluster.local");
    const filter = new RegExp(new URL(path, "http://sidecar").searchParams.get("filter") ?? "");
    const ofNew = (host: string) =>
      `istiocustom.istio_requests_total.reporter.source.destination_service.${host}.response_code.503`;
    const ofOld = (host: string) =>
      `reporter=.=source;.;destination_service=.=${host};.;response_code=.=503;.;_istio_requests_total`;
    for (const name of [ofNew, ofOld]) {
      expect(filter.test(name("web.shop.svc.cluster.local"))).toBe(true);
      expect(filter.test(name("web.shop-svc.cluster.local"))).toBe(false);
    }
    expect(filter.test("cluster.outbound|80||web.shop.svc.cluster.local.upstream_cx_total")).toBe(false);
  });

  const failures: [string, string, RequestListener][] = [
    ["an error", "answer", (_, response) => void response.writeHead(404).end()],
    ["a cut line", "answer", (_, response) => void response.end(TEXT.slice(0, -3))],
    ["a short body", "answer", (_, response) => void response.writeHead(200, { "content-length": 500 }).end(TEXT)],
    ["a lost connection", "answer", (_, response) => void response.write(TEXT, () => response.destroy())],
    ["no answer", "closed", () => undefined],
    ["too many bytes", "large", (_, response) => void response.end("#".repeat(3 * 1024 * 1024))],
  ];
  test.each(failures)("with %s has no values, and the next one works", async (_, failure, answer) => {
    let isBroken = true;
    const { scrape } = await sidecar((request, response) => {
      if (isBroken) answer(request, response);
      else response.end(TEXT);
    }, 300);
    expect(await scrape()).toMatchObject({ ok: false, failure });
    isBroken = false;
    expect(await scrape()).toMatchObject({ ok: true, isNewConnection: expect.any(Boolean) });
  });

  test("of a closed port is told as closed", async () => {
    const { scrape, server } = await sidecar(() => undefined);
    server.close();
    expect(await scrape()).toMatchObject({ ok: false, failure: "closed" });
  });
});
