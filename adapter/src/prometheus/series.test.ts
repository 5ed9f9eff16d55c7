import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { tokenFileConfig } from "./httpConfig.ts";
import { scanSeries } from "./seriesScan.ts";
import { connectPrometheus } from "./server.ts";

const open: Server[] = [];

async function listen(answer: (request: IncomingMessage, response: ServerResponse, body: string) => void) {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    answer(request, response, Buffer.concat(chunks).toString());
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return connectPrometheus(
    `http://127.0.0.1:${(server.address() as AddressInfo).port}/prefix`,
    tokenFileConfig(undefined),
  );
}

afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const answerOf = (data: unknown, more: object = {}) => JSON.stringify({ status: "success", data, ...more });

async function scan(text: string, size: number) {
  const bytes = Buffer.from(text);
  const found: unknown[] = [];
  async function* parts() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const rest = await scanSeries(parts(), (labels) => found.push(labels));
  return { found, rest: JSON.parse(rest) as unknown };
}

describe("a list of series", () => {
  test("is what JSON.parse gives, however the answer is cut into parts", async () => {
    const labels = fc.dictionary(fc.string({ maxLength: 6 }), fc.string({ unit: "binary", maxLength: 8 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(labels),
        fc.boolean(),
        fc.integer({ min: 1, max: 40 }),
        async (data, isPretty, size) => {
          const whole = { status: "success", data, warnings: ['a "{" in a text', "}"] };
          const text = JSON.stringify(whole, null, isPretty ? 2 : 0);
          const parsed = JSON.parse(text) as { data: unknown[] };
          const { found, rest } = await scan(text, size);
          expect(found).toEqual(parsed.data);
          expect(rest).toEqual({ ...whole, data: [] });
        },
      ),
    );
  });

  test("has the names with the names of their labels, and asks since a time", async () => {
    let asked = "";
    const server = await listen(({ url }, response, body) => {
      asked = `${url}?${body}`;
      const series = [
        { __name__: "hits", pod: "a", namespace: "x" },
        { __name__: "hits", pod: "b", namespace: "x", code: "200" },
        { __name__: "up" },
        { job: "without a name" },
      ];
      response.end(answerOf(series));
    });
    const { names, problem } = await server.series('{namespace!=""}', 1_700_000_000_000);
    expect(problem).toBeUndefined();
    expect([...names].map(([name, labels]) => [name, [...labels]])).toEqual([
      ["hits", ["code", "namespace", "pod"]],
      ["up", []],
    ]);
    const sent = new URLSearchParams(asked.split("?")[1]);
    expect(asked).toMatch(/^\/prefix\/api\/v1\/series\?/);
    expect(Object.fromEntries(sent)).toMatchObject({ "match[]": '{namespace!=""}', partial_response: "false" });
    expect(Number(sent.get("start"))).toBeCloseTo(1_700_000_000, -1);
    await server.close();
  });

  test.each([
    ["an error", 422, JSON.stringify({ status: "error", errorType: "execution", error: "no" }), "ASM_QUERY_REFUSED"],
    ["text that is not JSON", 502, "<html>", "ASM_PROMETHEUS_ANSWER"],
    ["broken JSON", 200, '{"status":"success","data":[{"__name__":"a"},{"b"]}', "ASM_PROMETHEUS_ANSWER"],
    ["no list", 200, answerOf(null), "ASM_PROMETHEUS_ANSWER"],
    [
      "a truncated list",
      200,
      answerOf([{ __name__: "a" }], { warnings: ["results truncated due to limit"] }),
      "ASM_ANSWER_PARTIAL",
    ],
    ["deep nesting", 200, `${"[".repeat(100_000)}`, "ASM_PROMETHEUS_ANSWER"],
    ["a huge text beside it", 200, `{"a":"${"b".repeat(2 * 1024 * 1024)}"}`, "ASM_ANSWER_LARGE"],
  ])("with %s has a problem", async (_name, status, text, code) => {
    const server = await listen((_request, response) => response.writeHead(status).end(text));
    expect((await server.series("up", 0)).problem?.code).toBe(code);
    await server.close();
  });

  test("that breaks off has a problem and what came", async () => {
    const server = await listen((_request, response) => {
      response.write('{"status":"success","data":[{"__name__":"a"},{"__name__":');
      setImmediate(() => response.destroy());
    });
    const { names, problem } = await server.series("up", 0);
    expect(problem?.code).toBe("ASM_PROMETHEUS_UNREACHABLE");
    expect([...names.keys()].every((name) => name === "a")).toBe(true);
    await server.close();
  });

  test("of a whole cluster shares one set of label names", async () => {
    const one = (index: number) =>
      `{"__name__":"metric_${index % 2000}","instance":"10.0.0.${index % 250}:9100","job":"kubernetes-pods","namespace":"n${index % 50}","pod":"pod-${index}"}`;
    const part = Array.from({ length: 5_000 }, (_, index) => one(index)).join(",");
    const data = Array.from({ length: 20 }, () => part).join(",");
    const server = await listen((_request, response) => response.end(`{"status":"success","data":[${data}]}`));
    const { names, problem } = await server.series("up", 0);
    expect(problem).toBeUndefined();
    expect(names.size).toBe(2000);
    expect(new Set(names.values()).size).toBe(1);
    await server.close();
  });
});
