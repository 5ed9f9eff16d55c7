import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { SERVERS_PATH } from "./serverNames";
import { serverFiles, serverFlags, serverVariables, startHash } from "./servers";

const url = "http://prometheus:9090";
const httpOf = (files: Record<string, string>, file: string) => JSON.parse(files[file] ?? "");

test("credentials and certificates are files of their own, which the adapter reads again at every query", () => {
  const files = serverFiles({
    prometheus: { url, authorization: "Bearer t", caBundle: "PEM", headers: { "X-Scope-OrgID": "one", A: "two" } },
    additionalPrometheus: { eu: { url: "http://eu", basicAuth: { username: "ak", password: "sk" } } },
  });
  expect(files).toMatchObject({
    "default.url": url,
    "default.authorization": "Bearer t",
    "default.ca": "PEM",
    "alias.eu.url": "http://eu",
    "alias.eu.username": "ak",
    "alias.eu.password": "sk",
  });
  expect(httpOf(files, "default.http")).toEqual({
    authorization: { type: "none", credentials_file: `${SERVERS_PATH}/default.authorization` },
    http_headers: { A: { secrets: ["two"] }, "X-Scope-OrgID": { secrets: ["one"] } },
    tls_config: { ca_file: `${SERVERS_PATH}/default.ca` },
  });
  expect(httpOf(files, "alias.eu.http")).toEqual({
    basic_auth: {
      username_file: `${SERVERS_PATH}/alias.eu.username`,
      password_file: `${SERVERS_PATH}/alias.eu.password`,
    },
  });
});

test("a server without credentials has its URL and an empty configuration", () => {
  expect(serverFiles({ prometheus: { url } })).toEqual({ "default.url": url, "default.http": "{}" });
});

test("flags and variables name each server's own files", () => {
  expect(serverFlags({ hasDefault: true, aliases: ["a.b", "eu"] })).toEqual([
    "--prometheus-server=$(PROMETHEUS_SERVER)",
    `--prometheus-http-config=${SERVERS_PATH}/default.http`,
    "--additional-prometheus-server=a.b=$(PROMETHEUS_SERVER_1)",
    `--additional-prometheus-http-config=a.b=${SERVERS_PATH}/alias.a.b.http`,
    "--additional-prometheus-server=eu=$(PROMETHEUS_SERVER_2)",
    `--additional-prometheus-http-config=eu=${SERVERS_PATH}/alias.eu.http`,
  ]);
  expect(
    serverVariables({ hasDefault: true, aliases: ["a.b", "eu"] }).map(({ name, valueFrom }) => [name, valueFrom]),
  ).toEqual([
    ["PROMETHEUS_SERVER", { secretKeyRef: { name: "asm-metrics-adapter-prometheus", key: "default.url" } }],
    ["PROMETHEUS_SERVER_1", { secretKeyRef: { name: "asm-metrics-adapter-prometheus", key: "alias.a.b.url" } }],
    ["PROMETHEUS_SERVER_2", { secretKeyRef: { name: "asm-metrics-adapter-prometheus", key: "alias.eu.url" } }],
  ]);
});

test("without a default server there is no file, flag or variable of it", () => {
  const servers = { hasDefault: false, aliases: ["eu"] };
  expect(Object.keys(serverFiles({ additionalPrometheus: { eu: { url } } }))).toEqual([
    "alias.eu.url",
    "alias.eu.http",
  ]);
  expect(serverFlags(servers)[0]).toBe("--additional-prometheus-server=eu=$(PROMETHEUS_SERVER_1)");
  expect(serverVariables(servers).map(({ name }) => name)).toEqual(["PROMETHEUS_SERVER_1"]);
});

const alias = fc.stringMatching(/^[a-z]([.]?(url|http|ca|default|alias|password|x)){0,3}$/);
const endpoint = fc.record(
  {
    url: fc.webUrl(),
    basicAuth: fc.record({ username: fc.string(), password: fc.string() }),
    caBundle: fc.constant("PEM"),
  },
  { requiredKeys: ["url"] },
);

test("no server's file has another server's name, and every name is a Secret's key", () => {
  const partsOf = (one: object) => 2 + ("basicAuth" in one ? 2 : 0) + ("caBundle" in one ? 1 : 0);
  const property = fc.property(
    endpoint,
    fc.dictionary(alias, endpoint, { maxKeys: 6 }),
    (prometheus, additionalPrometheus) => {
      const names = Object.keys(serverFiles({ prometheus, additionalPrometheus }));
      const servers = [prometheus, ...Object.values(additionalPrometheus)];
      expect(names).toHaveLength(servers.reduce((sum, one) => sum + partsOf(one), 0));
      for (const name of names) expect(name).toMatch(/^[-._a-zA-Z0-9]{1,253}$/);
    },
  );
  fc.assert(property);
});

test("the hash does not depend on the order in which servers were given", () => {
  const [eu, us] = [{ url: "http://eu" }, { url: "http://us" }];
  const one = serverFiles({ prometheus: { url }, additionalPrometheus: { eu, us } });
  const other = serverFiles({ prometheus: { url }, additionalPrometheus: { us, eu } });
  expect(startHash(one)).toBe(startHash(other));
  expect(startHash(one)).not.toBe(
    startHash(serverFiles({ prometheus: { url }, additionalPrometheus: { eu: us, us: eu } })),
  );
});
