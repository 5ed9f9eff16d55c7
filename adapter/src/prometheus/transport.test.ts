import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createSecureServer } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, type Server } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { issueCertificate, makeAuthority } from "../serving/certificateAuthority.ts";
import { createConnectionPools } from "./connectionPools.ts";
import type { TlsOptions } from "./credentials.ts";
import { readProxies } from "./proxyEnvironment.ts";
import { failedRequest } from "./requestFailure.ts";
import { createTransport, type Incoming } from "./transport.ts";

const LIMIT = 64 * 1024;
const DAY = 86_400_000;
const closing: (() => void)[] = [];
let tls: TlsOptions;
let pair: { cert: string; key: string };

beforeAll(async () => {
  const validity = { notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + DAY) };
  const authority = await makeAuthority("test", validity);
  pair = await issueCertificate(authority, {
    commonName: "localhost",
    hosts: ["localhost"],
    usages: ["server"],
    ...validity,
  });
  tls = { ca: authority.cert };
});

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    if ("closeAllConnections" in server) (server.closeAllConnections as () => void)();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const serve = (answer: RequestListener) => listen(createServer(answer));

async function ask(url: string, environment: Record<string, string> = {}, form = "query=up"): Promise<Incoming> {
  const pools = createConnectionPools(5_000, LIMIT);
  const transport = createTransport(pools, { timeoutMs: 5_000, bodyLimit: LIMIT }, readProxies(environment));
  try {
    return await transport.send({ endpoint: new URL(url), form, headers: { authorization: "Bearer t" }, tls });
  } finally {
    await pools.close();
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}

describe("a compressed answer", () => {
  const encode = (encoding: string, body: Buffer) => (_: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(200, { "content-encoding": encoding }).end(body);
  const text = Buffer.from('{"status":"success"}');

  test.each([
    ["gzip", gzipSync(text)],
    ["GZIP", gzipSync(text)],
    ["x-gzip", gzipSync(text)],
    ["deflate", deflateSync(text)],
    ["br", brotliCompressSync(text)],
    ["zstd", zstdCompressSync(text)],
    ["gzip, deflate", deflateSync(gzipSync(text))],
    ["identity", text],
  ])("in %s is decompressed, whether or not it was asked for", async (encoding, body) => {
    const port = await serve(encode(encoding, body));
    expect((await ask(`http://127.0.0.1:${port}/`)).body).toBe(text.toString());
  });

  test.each(["gzip", "deflate", "br", "zstd"])("that is not %s is an error", async (encoding) => {
    const port = await serve(encode(encoding, text));
    await expect(ask(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  });

  test("that is cut off is an error", async () => {
    const port = await serve(encode("gzip", gzipSync(text).subarray(0, -9)));
    await expect(ask(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  });

  test.each(["compress", "aes128gcm", "gzip, compress"])(
    "in %s is an error that names the encoding",
    async (encoding) => {
      const port = await serve(encode(encoding, Buffer.from([0x1f, 0x9d, 0x90])));
      await expect(ask(`http://127.0.0.1:${port}/`)).rejects.toThrow(encoding);
    },
  );

  test.each([
    ["once", "gzip", () => gzipSync(Buffer.alloc(64 * 1024 * 1024))],
    ["twice", "gzip, gzip", () => gzipSync(gzipSync(Buffer.alloc(256 * 1024 * 1024)))],
  ])("that is a bomb, compressed %s, is cut off at the limit", async (_name, encoding, make) => {
    const port = await serve(encode(encoding, make()));
    const before = process.memoryUsage().rss;
    await expect(ask(`http://127.0.0.1:${port}/`)).rejects.toThrow(/larger than/);
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 * 1024);
  });

  test("of an error is decompressed too", async () => {
    const port = await serve((_, response) =>
      response.writeHead(422, { "content-encoding": "gzip" }).end(gzipSync(text)),
    );
    expect(await ask(`http://127.0.0.1:${port}/`)).toMatchObject({ status: 422, body: text.toString() });
  });

  test("in chunks is read as a whole, and a chunk that never comes is an error", async () => {
    const whole = await serve((_, response) => {
      response.write(text.subarray(0, 5));
      response.end(text.subarray(5));
    });
    expect((await ask(`http://127.0.0.1:${whole}/`)).body).toBe(text.toString());
    const cut = await serve((_, response) => {
      response.write(text);
      setImmediate(() => response.destroy());
    });
    await expect(ask(`http://127.0.0.1:${cut}/`)).rejects.toThrow();
  });
});

describe("a redirect", () => {
  const redirect = (status: number, location: string) => (_: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(status, { location }).end();

  test.each([307, 308])("with %d on the same host is followed with the query and the credentials", async (status) => {
    const seen: object[] = [];
    const port = await serve(async (request, response) => {
      if (request.url === "/") return redirect(status, "/prometheus/?x=1")(request, response);
      const { method, url, headers } = request;
      seen.push({ method, url, authorization: headers.authorization, body: await bodyOf(request) });
      response.end("ok");
    });
    expect((await ask(`http://127.0.0.1:${port}/`)).body).toBe("ok");
    expect(seen).toEqual([{ method: "POST", url: "/prometheus/?x=1", authorization: "Bearer t", body: "query=up" }]);
  });

  test("from http to https is followed", async () => {
    const secure = await listen(createHttpsServer(pair, (_, response) => response.end("secure")));
    const plain = await serve(redirect(308, `https://localhost:${secure}/`));
    expect((await ask(`http://localhost:${plain}/`)).body).toBe("secure");
  });

  test("from https to http is not followed", async () => {
    const plain = await serve((_, response) => response.end("plain"));
    const secure = await listen(createHttpsServer(pair, redirect(308, `http://localhost:${plain}/`)));
    await expect(ask(`https://localhost:${secure}/`)).rejects.toThrow(/redirects to http:\/\/localhost/);
  });

  test.each([
    [308, "http://elsewhere/token/path"],
    [307, "//elsewhere/"],
    [301, "/other"],
    [302, "/login"],
    [303, "/other"],
    [308, "file:///etc/passwd"],
    [308, ""],
    [304, "/"],
  ])("with %d to %j is an error", async (status, location) => {
    const port = await serve(redirect(status, location));
    const answer = ask(`http://127.0.0.1:${port}/start`);
    await expect(answer).rejects.toThrow(
      /^it redirects.*give the address it redirects to$|more than 10 times|without an address/,
    );
    await expect(answer).rejects.not.toThrow(/token/);
  });

  test("in a circle ends", async () => {
    let requests = 0;
    const port = await serve((request, response) => {
      requests++;
      redirect(308, "/")(request, response);
    });
    await expect(ask(`http://127.0.0.1:${port}/`)).rejects.toThrow(/more than 10 times|without an address/);
    expect(requests).toBe(11);
  });
});

describe("a server that speaks HTTP/2", () => {
  const h2 = (allowHTTP1: boolean) =>
    listen(createSecureServer({ ...pair, allowHTTP1 }, (request, response) => void response.end(request.httpVersion)));

  test("and HTTP/1.1 is asked with HTTP/1.1", async () => {
    expect((await ask(`https://localhost:${await h2(true)}/`)).body).toBe("1.1");
  });

  test("and nothing else is an error that says so", async () => {
    const url = `https://localhost:${await h2(false)}`;
    const error = await ask(`${url}/`).catch((reason: unknown) => reason);
    expect(failedRequest(url, error, 5_000)).toMatchObject({
      message: `Prometheus at ${url} accepts only HTTP/2, and the adapter uses HTTP/1.1`,
    });
  });
});

describe("a proxy", () => {
  /** A proxy that notes what it is asked for, and forwards every request to one port. */
  async function startProxy(port: number) {
    const seen: string[] = [];
    const proxy = createServer(async (request, response) => {
      const body = await bodyOf(request);
      seen.push(`${request.method} ${request.url} ${request.headers["proxy-authorization"] ?? "-"} ${body}`);
      response.end("from the proxy");
    });
    proxy.on("connect", (request, socket) => {
      seen.push(`CONNECT ${request.url} ${request.headers["proxy-authorization"] ?? "-"}`);
      const target = connect(port, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        target.pipe(socket).pipe(target);
      });
      for (const one of [socket, target]) one.on("error", () => undefined);
    });
    return { seen, port: await listen(proxy) };
  }
  const basic = `Basic ${Buffer.from("u:p@ss").toString("base64")}`;

  test("gets a plain query as a request for the whole URL, with the user of its URL", async () => {
    const proxy = await startProxy(0);
    const environment = { HTTP_PROXY: `http://u:p%40ss@127.0.0.1:${proxy.port}` };
    expect((await ask("http://prometheus.monitoring.svc:9090/api", environment)).body).toBe("from the proxy");
    expect(proxy.seen).toEqual([`POST http://prometheus.monitoring.svc:9090/api ${basic} query=up`]);
  });

  test("tunnels a query over TLS, which it cannot read", async () => {
    const target = await listen(createHttpsServer(pair, (_, response) => response.end("secure")));
    const proxy = await startProxy(target);
    const environment = { HTTPS_PROXY: `http://u:p%40ss@127.0.0.1:${proxy.port}`, HTTP_PROXY: "http://127.0.0.1:1" };
    // Through the tunnel the certificate is checked against the name of the target.
    const url = "https://prometheus.example:9443/";
    await expect(ask(url, environment)).rejects.toThrow(/altnames/);
    tls = { ...tls, servername: "localhost" };
    expect((await ask(url, environment)).body).toBe("secure");
    expect(new Set(proxy.seen)).toEqual(new Set([`CONNECT prometheus.example:9443 ${basic}`]));
  });

  test("is not used where NO_PROXY says so", async () => {
    const port = await serve((_, response) => response.end("direct"));
    const environment = { HTTP_PROXY: "http://127.0.0.1:1", NO_PROXY: "*" };
    expect((await ask(`http://127.0.0.1:${port}/`, environment)).body).toBe("direct");
  });

  test("that wants other credentials is an error", async () => {
    const proxy = await serve((_, response) => response.writeHead(407).end());
    await expect(ask("http://prometheus.svc/", { HTTP_PROXY: `http://127.0.0.1:${proxy}` })).rejects.toThrow(/407/);
  });
});
