import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parseQuery } from "@asm-autoscaler/hpa-metrics";
import { afterEach, describe, expect, test } from "@jest/globals";
import { HttpConfigError, readHttpConfig, serverConfig, tokenFileConfig } from "./httpConfig.ts";
import { createPrometheus } from "./prometheus.ts";
import { connectPrometheus } from "./server.ts";

const ANSWER = JSON.stringify({ status: "success", data: { resultType: "scalar", result: [1, "5"] } });
const open: Server[] = [];

/** An HTTP server in Prometheus's place, which notes each request with its body. */
async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const seen: { method: string; url: string; headers: IncomingMessage["headers"]; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = "", url = "", headers } = request;
    seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
    answer(request, response);
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { seen, host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const file = (name: string, text: string) => {
  const path = join(mkdtempSync(join(tmpdir(), "http-config-")), name);
  writeFileSync(path, text);
  return path;
};

describe("asking Prometheus", () => {
  test("posts the query with its time, keeps the path prefix, and sends the URL's user as basic authentication", async () => {
    const { seen, host } = await listen((_request, response) => response.end(ANSWER));
    const server = connectPrometheus(`http://u:p%40ss@${host}/prefix/`, tokenFileConfig(undefined));
    expect(await server.query("sum(up)", 1_700_000_000_123)).toMatchObject({ ok: true, samples: [{ value: 5 }] });
    expect(seen[0]).toMatchObject({ method: "POST", url: "/prefix/api/v1/query" });
    const sent = Object.fromEntries(new URLSearchParams(seen[0]?.body));
    expect(sent["time"]).toBe("1700000000.123");
    // Of servers that would give what is left when a part of the data is not to be had.
    expect(sent).toMatchObject({ partial_response: "false", deny_partial_response: "1" });
    expect(seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from("u:p@ss").toString("base64")}`);
    await server.close();
  });

  test("asks for all data up to the moment, of servers that would give a part, an older moment or a stored answer", async () => {
    const { seen, host } = await listen((_request, response) => response.end(ANSWER));
    const server = connectPrometheus(`http://${host}`, tokenFileConfig(undefined));
    await server.query("up", 1_700_000_000_000);
    expect(Object.fromEntries(new URLSearchParams(seen[0]?.body))).toEqual({
      query: "up",
      time: "1700000000.000",
      timeout: "10s",
      partial_response: "false",
      deny_partial_response: "1",
      nocache: "1",
      latency_offset: "0s",
      max_source_resolution: "0s",
    });
    expect(seen[0]?.headers["cache-control"]).toBe("no-cache, no-store");
    expect(seen[0]?.headers["m3-limit-require-exhaustive"]).toBe("true");
    await server.close();
  });

  test("takes an answer whose header says that a limit was reached for a part of the data", async () => {
    const { host } = await listen((_request, response) =>
      response.setHeader("M3-Results-Limited", "max_fetch_series_limit_applied").end(ANSWER),
    );
    const server = connectPrometheus(`http://${host}`, tokenFileConfig(undefined));
    const answer = await server.query("up", 1_700_000_000_000);
    expect(answer).toMatchObject({ ok: false, problem: { code: "ASM_ANSWER_PARTIAL" } });
    await server.close();
  });

  test.each([
    ["http://:secret@HOST", ":secret"],
    ["HTTP://user:secret@HOST", "user:secret"],
    ["http://user@HOST", "user:"],
  ])("sends the user and the password of %s as they are", async (url, pair) => {
    const { seen, host } = await listen((_request, response) => response.end(ANSWER));
    const server = connectPrometheus(url.replace("HOST", host), tokenFileConfig(undefined));
    expect((await server.query("up", 0)).ok).toBe(true);
    expect(seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from(pair).toString("base64")}`);
    await server.close();
  });

  test("a remark about a query leaves its reading, and is told once", async () => {
    const told: string[] = [];
    const { host } = await listen((_request, response) =>
      response.end(JSON.stringify({ ...JSON.parse(ANSWER), infos: [`PromQL info: no counter (1:${turn++})`] })),
    );
    let turn = 1;
    const server = connectPrometheus(`http://${host}`, tokenFileConfig(undefined), {
      onRemark: (sentence) => told.push(sentence),
    });
    for (let query = 0; query < 3; query++) expect((await server.query("sum(up)", 0)).ok).toBe(true);
    expect(told).toEqual([expect.stringMatching(/remarks "PromQL info: no counter .*about the query sum\(up\)/)]);
    await server.close();
  });

  test("a partial answer is an error, unless the operator lists its warning", async () => {
    const warnings = ["store cold-1: unavailable"];
    const { host } = await listen((_request, response) =>
      response.end(JSON.stringify({ ...JSON.parse(ANSWER), warnings })),
    );
    const ask = async (harmlessWarnings: string[]) => {
      const server = connectPrometheus(`http://${host}`, tokenFileConfig(undefined), { harmlessWarnings });
      const answer = await server.query("up", 0);
      await server.close();
      return answer;
    };
    expect(await ask([])).toMatchObject({ ok: false, problem: { code: "ASM_ANSWER_PARTIAL" } });
    expect(await ask(["store cold-"])).toMatchObject({ ok: true });
  });

  test.each([
    ["that is not what its encoding says", { "content-encoding": "gzip" }, Buffer.from(ANSWER)],
    ["of an encoding that nobody knows", { "content-encoding": "compress" }, gzipSync(ANSWER)],
    ["that is compressed and does not say so", {}, gzipSync(ANSWER)],
    ["that is compressed twice and says so once", { "content-encoding": "gzip" }, gzipSync(gzipSync(ANSWER))],
  ])("a body %s is an error without a byte of it", async (_name, headers, body) => {
    const { host } = await listen((_request, response) => response.writeHead(200, headers).end(body));
    const server = connectPrometheus(`http://${host}`, tokenFileConfig(undefined));
    const answer = await server.query("up", 0);
    expect(answer).toMatchObject({ ok: false, problem: { code: "ASM_PROMETHEUS_ANSWER" } });
    expect(answer.ok || answer.problem.message).toMatch(/^[ -~]+$/);
    await server.close();
  });

  test("where the server's clock is another one, the moment is asked for again by the server's clock, and told once", async () => {
    let serverIsAheadMs = -3_600_000;
    const { seen, host } = await listen((_request, response) =>
      response.writeHead(200, { date: new Date(Date.now() + serverIsAheadMs).toUTCString() }).end(ANSWER),
    );
    const told: string[] = [];
    const server = connectPrometheus(`http://${host}`, tokenFileConfig(undefined), {
      onSkew: (sentence) => told.push(sentence),
    });
    const times = () => seen.map(({ body }) => Number(new URLSearchParams(body).get("time")));
    const answer = await server.query("up", 7_200_000);
    expect(times()).toEqual([7_200, 3_600]);
    expect(answer).toMatchObject({ ok: true, evaluatedAt: 3_600_000 });
    await server.query("up", 7_203_000);
    expect(times().slice(2)).toEqual([3_603]);
    expect(told).toEqual([expect.stringContaining("about 3600 s behind the adapter's")]);
    serverIsAheadMs = 0;
    await server.query("up", 7_206_000);
    expect(times().slice(3)).toEqual([3_606, 7_206]);
    expect(told).toHaveLength(1);
    await server.close();
  });

  test("queries that were under way when the clock was found out are asked again too", async () => {
    const { seen, host } = await listen((_request, response) =>
      response.writeHead(200, { date: new Date(Date.now() + 3_600_000).toUTCString() }).end(ANSWER),
    );
    const server = connectPrometheus(`http://${host}`, tokenFileConfig(undefined));
    const answers = await Promise.all([1, 2, 3].map(() => server.query("up", 7_200_000)));
    expect(answers).toEqual(answers.map(() => expect.objectContaining({ ok: true, evaluatedAt: 10_800_000 })));
    expect(seen).toHaveLength(6);
    await server.close();
  });

  test("two clocks behind one address are an error, and never a reading of the wrong hour", async () => {
    let turn = 0;
    const { host } = await listen((_request, response) =>
      response.writeHead(200, { date: new Date(Date.now() + (turn++ % 2) * 3_600_000).toUTCString() }).end(ANSWER),
    );
    const server = connectPrometheus(`http://${host}`, tokenFileConfig(undefined));
    expect((await server.query("up", 7_200_000)).ok).toBe(true);
    expect(await server.query("up", 7_200_000)).toMatchObject({ ok: false, problem: { code: "ASM_CLOCK_SKEW" } });
    await server.close();
  });

  test.each([403, 405, 501])("asks again with GET where POST is answered with %d", async (status) => {
    const { seen, host } = await listen((request, response) =>
      request.method === "POST" ? response.writeHead(status).end() : response.end(ANSWER),
    );
    const server = connectPrometheus(`http://${host}?tenant=x`, tokenFileConfig(undefined));
    expect((await server.query("up", 0)).ok).toBe(true);
    expect(seen[1]?.url).toMatch(/^\/api\/v1\/query\?tenant=x&query=up/);
    await server.close();
  });

  test("a token file is read again at every query, and one that is missing is said so", async () => {
    const { seen, host } = await listen((_request, response) => response.end(ANSWER));
    const token = file("token", "first\n");
    const server = connectPrometheus(`http://${host}`, tokenFileConfig(token));
    await server.query("up", 0);
    writeFileSync(token, "second");
    await server.query("up", 0);
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(["Bearer first", "Bearer second"]);
    await server.close();
    const without = connectPrometheus(`http://${host}`, tokenFileConfig("/nowhere/token"));
    expect(await without.query("up", 0)).toMatchObject({ ok: false, problem: { code: "ASM_HTTP_CONFIG" } });
    await without.close();
  });

  test("a failure names the server without user, path or parameters, which may be secrets", async () => {
    const server = connectPrometheus("http://u:hunter2@127.0.0.1:1/TOKEN/path?key=SECRET", tokenFileConfig(undefined));
    const answer = await server.query("up", 0);
    expect(answer).toMatchObject({ ok: false, problem: { code: "ASM_PROMETHEUS_UNREACHABLE" } });
    expect(JSON.stringify(answer)).toContain("http://127.0.0.1:1");
    expect(JSON.stringify(answer)).not.toMatch(/hunter2|TOKEN|SECRET/);
    await server.close();
  });

  test("a URL of 200,000 slashes is refused, and asked, at once", async () => {
    const url = `http://127.0.0.1:1/${"/".repeat(200_000)}x`;
    const began = performance.now();
    const prometheus = createPrometheus({
      defaultUrl: url,
      defaultConfig: tokenFileConfig(undefined),
      aliases: new Map(),
      allowedUrls: new Set(["http://allowed/"]),
    });
    expect(prometheus.check({ kind: "url", url })).toBeDefined();
    expect(prometheus.check({ kind: "url", url: "http://allowed///" })).toBeUndefined();
    expect(prometheus.check({ kind: "url", url: "HTTP://Allowed:80/" })).toBeUndefined();
    for (const other of ["https://allowed", "http://allowed:81", "http://allowed/path", "http://u@allowed"])
      expect(prometheus.check({ kind: "url", url: other })).toBeDefined();
    expect(performance.now() - began).toBeLessThan(1_000);
    await prometheus.close();
  });

  test("a redirect is not followed, so that credentials stay where they were meant to go", async () => {
    const { host } = await listen((_request, response) =>
      response.writeHead(308, { location: "http://elsewhere/" }).end(),
    );
    const server = connectPrometheus(`http://${host}`, tokenFileConfig(undefined));
    expect(JSON.stringify(await server.query("up", 0))).toMatch(/redirects/);
    await server.close();
  });

  test("an answer without end is cut off", async () => {
    const { host } = await listen((_request, response) => response.end("x".repeat(5 * 1024 * 1024)));
    const server = connectPrometheus(`http://${host}`, tokenFileConfig(undefined));
    expect(JSON.stringify(await server.query("up", 0))).toMatch(/larger than 1 MiB/);
    await server.close();
  });
});

describe("a http_config file", () => {
  const sent = async (text: string) => {
    const { seen, host } = await listen((_request, response) => response.end(ANSWER));
    const server = connectPrometheus(`http://${host}`, readHttpConfig(file("http.yaml", text)));
    await server.query("up", 0);
    await server.close();
    return seen[0]?.headers ?? {};
  };

  test("gives basic, bearer and raw authorization, and headers", async () => {
    const basic = `Basic ${Buffer.from("ak:sk").toString("base64")}`;
    expect((await sent("basic_auth: {username: ak, password: sk}")).authorization).toBe(basic);
    expect((await sent("authorization: {credentials: t}")).authorization).toBe("Bearer t");
    expect((await sent("authorization: {type: none, credentials: raw-token}")).authorization).toBe("raw-token");
    expect((await sent("http_headers: {X-Scope-OrgID: {values: [tenant1]}}"))["x-scope-orgid"]).toBe("tenant1");
  });

  test.each(["http://user:password@other/path/", "http:/user:password@other/path?key=password#password"])(
    "of %s, which no HPA may name, nothing secret is said",
    async (url) => {
      const prometheus = createPrometheus({
        defaultUrl: "http://prometheus",
        defaultConfig: serverConfig({}),
        aliases: new Map(),
        allowedUrls: new Set(["http://allowed"]),
      });
      expect(prometheus.check({ kind: "url", url })?.message).toBe(
        "the Prometheus server http://other is not one that the operator allows",
      );
      await prometheus.close();
    },
  );

  test("each server's credentials reach that server alone, and a replaced file counts at the next query", async () => {
    const [first, second] = [
      await listen((_, response) => response.end(ANSWER)),
      await listen((_, r) => r.end(ANSWER)),
    ];
    const credentials = file("authorization", "raw");
    const httpConfigFile = file("http.yaml", `{"authorization":{"type":"none","credentials_file":"${credentials}"}}`);
    const prometheus = createPrometheus({
      defaultUrl: `http://${first.host}`,
      defaultConfig: serverConfig({ tokenFile: file("token", "t") }),
      aliases: new Map([["b", { url: `http://${second.host}`, config: serverConfig({ httpConfigFile }) }]]),
      allowedUrls: new Set(),
    });
    const parsed = parseQuery("up");
    if (!parsed.ok) throw new Error(parsed.problem.message);
    const { query } = parsed;
    const ask = () =>
      Promise.all(
        prometheus.evaluate(
          [
            { server: { kind: "default" }, query, namespaces: ["shop"] },
            { server: { kind: "alias", alias: "b" }, query, namespaces: ["shop"] },
          ],
          0,
        ),
      );
    await ask();
    writeFileSync(credentials, "replaced\n");
    await ask();
    expect(first.seen.map(({ headers }) => headers.authorization)).toEqual(["Bearer t", "Bearer t"]);
    expect(second.seen.map(({ headers }) => headers.authorization)).toEqual(["raw", "replaced"]);
    await prometheus.close();
    expect(serverConfig({})).toEqual({ headers: [] });
  });

  test.each([
    ["authorisation: {credentials: t}", /did you mean "authorization"/],
    ["http_headers: {X-Scope-OrgID: {values: tenant1}}", /X-Scope-OrgID\.values must be a list/],
    ["basic_auth: {username: a, password: 12}", /password must be a string/],
    ["authorization: {credentials: }", /needs credentials/],
    ["basic_auth: {username: a}\nauthorization: {credentials: t}", /both/],
    ["tls_config: {cert_file: /c}", /cert and key/],
    ["[", /YAML/],
  ])("that says %j is refused with its field", (text, message) => {
    expect(() => readHttpConfig(file("http.yaml", text))).toThrow(HttpConfigError);
    expect(() => readHttpConfig(file("http.yaml", text))).toThrow(message);
  });

  test.each([
    "basic_auth: {username: a, password: *s3cret}",
    "basic_auth: {username: a, s3cret}",
    "basic_auth:\n  username: a\n  password: |s3cret\n",
    "basic_auth:\n  username: a\n  password: !s3cret x\n",
    "basic_auth: {username: a, password: 's3cret}",
    "# first\n---\nbasic_auth: {username: a, password: s3cret}\n---\n{}",
  ])("that says %j is refused without a word of it", (text) => {
    const path = file("http.yaml", text);
    const refused = expect(() => readHttpConfig(path));
    refused.toThrow(/^ASM_HTTP_CONFIG: .*(cannot be read as YAML|unknown field)/);
    refused.not.toThrow(/s3cret/);
  });
});
