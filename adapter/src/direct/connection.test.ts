import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { connectProxy, type ProxyConnection } from "./connection.ts";
import { createExpositionReader } from "./exposition.ts";
import { createNamespaceShare } from "./namespaceShare.ts";
import { pathOf } from "./selections.ts";

const METRIC = "istio_requests_total";
const PATH = pathOf([{ stat: METRIC, domain: undefined }]);
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
async function sidecar(answer: RequestListener, timeoutMs = 2_000, share = createNamespaceShare(() => 0)) {
  const sockets = new Set<object>();
  const server = createServer(answer).on("connection", (socket) => void sockets.add(socket));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const connection = connectProxy("127.0.0.1", (server.address() as AddressInfo).port, timeoutMs);
  open.push({ server, connection });
  const scrape = async () => {
    const reader = createExpositionReader([{ metrics: [METRIC], wanted: { reporter: "destination" }, share }], share);
    const answer = await connection.get(PATH, (chunk) => reader.push(chunk));
    const [exposition] = reader.end(answer);
    const values = exposition?.ok ? [...exposition.values.values()] : undefined;
    return { ...answer, ...(exposition?.ok ? {} : exposition), values };
  };
  return { sockets, server, scrape };
}

describe("a scrape", () => {
  test("asks for the metrics, without compression, on one connection", async () => {
    const asked: object[] = [];
    const { scrape, sockets } = await sidecar(({ url, headers }, response) => {
      asked.push({ url, encoding: headers["accept-encoding"] });
      response.end(TEXT);
    });
    const results = [await scrape(), await scrape()];
    expect(results.map(({ values }) => values)).toEqual([[7], [7]]);
    expect(results.map((result) => result.ok && result.isNewConnection)).toEqual([true, false]);
    expect(asked[0]).toEqual({ url: "/stats/prometheus?filter=istio_requests_total", encoding: undefined });
    expect(sockets.size).toBe(1);
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

  const endless: [string, string, string][] = [
    ["more bytes than an answer may have", "large", `# ${"x".repeat(1_000)}\n`],
    ["a line without an end", "large", "x".repeat(1_000)],
    ["a line that cannot be read", "answer", `${METRIC}{reporter="destination"\n`],
  ];
  test.each(endless)(
    "of an endless answer with %s ends while it is read, and its connection is closed",
    async (_, failure, text) => {
      let sent = 0;
      const { scrape, server } = await sidecar((_request, response) => {
        const more = () => {
          while (!response.destroyed && response.write(text)) sent += text.length;
        };
        response.on("drain", more);
        more();
      });
      const closed = once(server, "connection").then(
        ([socket]) => new Promise((resolve) => socket.on("error", () => undefined).on("close", resolve)),
      );
      expect(await scrape()).toMatchObject({ ok: false, failure });
      await closed;
      // What the kernel's buffers hold is sent, too.
      expect(sent).toBeLessThan(20 * 1024 * 1024);
    },
  );

  test("counts bytes as they come, so that parallel answers cannot pass the share of their namespace", async () => {
    const share = createNamespaceShare(() => 0);
    const answer: RequestListener = (_, response) => void response.end(`# ${"x".repeat(1_000)}\n`.repeat(2_000));
    const many = await Promise.all(Array.from({ length: 16 }, () => sidecar(answer, 10_000, share)));
    const results = await Promise.all(many.map(({ scrape }) => scrape()));
    const bytes = results.reduce((sum, result) => sum + result.bytes, 0);
    expect(results.filter((result) => !result.ok && result.failure === "busy").length).toBeGreaterThan(8);
    // Each of the 16 can have two chunks on their way.
    expect(bytes).toBeLessThan(8 * 1024 * 1024 + 2 * 16 * 65_536);
    expect(share.take()).toBe(false);
  });

  test("of a closed port is told as closed", async () => {
    const { scrape, server } = await sidecar(() => undefined);
    server.close();
    expect(await scrape()).toMatchObject({ ok: false, failure: "closed" });
  });
});
