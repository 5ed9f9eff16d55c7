import { once } from "node:events";
import { connect } from "node:tls";
import fc from "fast-check";
import { type Fixture, GROUP_PATH, METRIC_PATH, startFixture } from "../src/api/fixture.testing.ts";
import { explore, promised, type Surface, type Tally } from "./surface.ts";

const CUSTOM_PATH = "/apis/custom.metrics.k8s.io/v1beta2/namespaces/ns";
const goodPath = fc.constantFrom(
  METRIC_PATH,
  `${METRIC_PATH}?labelSelector=query-name%3Drps`,
  `${CUSTOM_PATH}/pods/*/rps?labelSelector=a%3Db&metricLabelSelector=c`,
  `${CUSTOM_PATH}/metrics/rps`,
);
const path = fc.oneof(
  { weight: 1, arbitrary: goodPath },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      GROUP_PATH,
      `${GROUP_PATH}/`,
      "/apis",
      "/healthz",
      "/openapi/v3",
      "/openapi/v2",
      `${GROUP_PATH}/namespaces/ns/a%2fb`,
      `${METRIC_PATH}/../../x`,
      `//${METRIC_PATH}`,
      "*",
      "http://other/apis",
      `${METRIC_PATH}?labelSelector=%zz`,
      "/apis/custom.metrics.k8s.io/v1beta1",
      `${CUSTOM_PATH}/rps`,
      `${CUSTOM_PATH}/status/a/b`,
      `${CUSTOM_PATH}/pods/*/rps?metricLabelSelector=a%3E%3E`,
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary-ascii" }) },
);
const goodHeader = fc.constantFrom("Accept: application/json", "Accept: application/vnd.kubernetes.protobuf, */*");
const header = fc.oneof(
  { weight: 4, arbitrary: goodHeader },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "Accept: text/html",
      "Accept: application/json;as=Table;v=v1;g=meta.k8s.io",
      'If-None-Match: "x"',
      "Content-Length: 3",
      "Content-Length: -1",
      "Transfer-Encoding: chunked",
      "Transfer-Encoding: identity, chunked",
      "Connection: upgrade, x-remote-user",
      "Upgrade: h2c",
      "Expect: 100-continue",
      "X-Remote-User : jane",
      "X-Remote-Group: a\r\n b",
      "Audit-Id: \x7f",
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary-ascii", maxLength: 40 }) },
);
const written = (
  method: fc.Arbitrary<string>,
  target: fc.Arbitrary<string>,
  headers: fc.Arbitrary<string[]>,
  rest: fc.Arbitrary<{ version: string; line: string; body: string }>,
) =>
  fc
    .tuple(method, target, headers, rest)
    .map(([method, target, headers, { version, line, body }]) =>
      [`${method} ${target} ${version}`, "Host: a", ...headers, "", body].join(line),
    );
const plain = fc.constant({ version: "HTTP/1.1", line: "\r\n", body: "" });
const request = fc.oneof(
  { weight: 2, arbitrary: written(fc.constant("GET"), goodPath, fc.array(goodHeader, { maxLength: 2 }), plain) },
  { weight: 1, arbitrary: written(fc.constant("GET"), path, fc.array(goodHeader, { maxLength: 2 }), plain) },
  { weight: 1, arbitrary: written(fc.constant("GET"), goodPath, fc.array(header, { maxLength: 4 }), plain) },
  {
    weight: 2,
    arbitrary: written(
      fc.constantFrom("GET", "HEAD", "POST", "OPTIONS", "CONNECT", "get", "G E T"),
      path,
      fc.array(header, { maxLength: 4 }),
      fc.record({
        version: fc.constantFrom("HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", ""),
        line: fc.constantFrom("\r\n", "\r\n", "\n"),
        body: fc.constantFrom("", "abc", "0\r\n\r\n"),
      }),
    ),
  },
);
/** Several connections at once, each with one request after the other. */
const input = fc.array(fc.array(request, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 8 });

/** Bytes on a TLS connection to the real server, several requests in a row. */
export const requests: Surface = {
  name: "HTTP requests",
  async run(trial) {
    const object = { kind: "Pod", apiVersion: "v1", namespace: "ns", name: "web", value: "1", evaluatedAt: 0 };
    const fixture = await startFixture({
      metricNames: () => [{ name: "pods/rps", isNamespaced: true }],
      read: async () => ({ ok: true, values: [object] }),
    });
    const reading = { metricName: "prometheus-query", labels: { "query-name": "rps" }, value: "1", evaluatedAt: 0 };
    fixture.backstage.read = async () => {
      // Planted: reading the one metric fails within the server.
      if (trial.planted) throw new Error("planted");
      return { ok: true, readings: [reading] };
    };
    try {
      return await explore(this.name, trial, input, async (connections, tally) => {
        tally.inputs += connections.length - 1;
        const exchanges = connections.map(async (list) => judge(list, await exchange(fixture, list.join("")), tally));
        await Promise.all(exchanges);
        if (tally.inputs % 50 === 0) promised((await fixture.get("/healthz")).status === 200, "the server lives");
      });
    } finally {
      await fixture.server.close();
    }
  },
};

function judge(list: readonly string[], reply: string, tally: Tally): void {
  const statuses = [...reply.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  if (statuses.includes(200)) tally.parsed++;
  promised(reply === "" || reply.startsWith("HTTP/1.1 "), `an answer is HTTP: ${reply.slice(0, 60)}`);
  promised(
    statuses.every((status) => status < 500),
    `nobody's bytes are the server's failure: ${statuses}`,
  );
  promised(statuses.length <= list.length + 3, "no request is answered twice");
  promised(!/retry-after/i.test(reply), "nobody is asked to wait");
  promised(!/\bat \S+ \(?(?:file|node):|x-powered-by/i.test(reply), "no stack leaves the process");
}

/** Sends bytes and gives what comes back until the server closes, or is silent for a moment. */
async function exchange({ port, pair }: Fixture, text: string): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, ca: pair.authority.cert, servername: "adapter.kube-system.svc" });
  let reply = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    reply += chunk;
  });
  socket.on("error", () => undefined);
  socket.setTimeout(100, () => socket.destroy());
  const closed = once(socket, "close");
  socket.end(Buffer.from(text, "latin1"));
  await closed;
  return reply;
}
