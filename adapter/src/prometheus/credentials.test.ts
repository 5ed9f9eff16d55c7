import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import {
  clientCertificate,
  type Guard,
  type GuardedPrometheus,
  startGuardedPrometheus,
  testAuthority,
} from "./guardedPrometheus.testing.ts";
import { readHttpConfig, serverConfig } from "./httpConfig.ts";
import { connectPrometheus, type PrometheusServer } from "./server.ts";

let directory: string;
let guarded: GuardedPrometheus;
let server: PrometheusServer;
let told: string[];
const path = (name: string) => join(directory, name);
const write = (name: string, text: string) => writeFileSync(path(name), text);

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "asm-credentials-"));
  guarded = await startGuardedPrometheus();
  told = [];
  write("ca", guarded.authority.cert);
});
afterEach(async () => {
  await server.close();
  guarded.close();
  rmSync(directory, { recursive: true });
});

function connect(config: object) {
  write("http.yaml", JSON.stringify({ tls_config: { ca_file: path("ca") }, ...config }));
  server = connectPrometheus(guarded.url, readHttpConfig(path("http.yaml")), {
    onCredentialTrouble: (sentence) => told.push(sentence),
  });
}

/** Several reads at once, as under load; how many of them failed. */
async function failures(): Promise<number> {
  const answers = await Promise.all(Array.from({ length: 8 }, () => server.query("up", 0)));
  return answers.filter(({ ok }) => !ok).length;
}

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

describe("each credential is replaced under load without a failed read", () => {
  const kinds: {
    name: string;
    config: () => object;
    file: string;
    values: [string, string];
    guard: (value: string) => Guard;
  }[] = [
    {
      name: "a bearer token",
      config: () => ({ authorization: { credentials_file: path("token") } }),
      file: "token",
      values: ["first-token", "second-token"],
      guard: (token) => ({ authorization: `Bearer ${token}` }),
    },
    {
      name: "a whole Authorization header",
      config: () => ({ authorization: { type: "none", credentials_file: path("raw") } }),
      file: "raw",
      values: ["raw-one", "raw-two"],
      guard: (authorization) => ({ authorization }),
    },
    {
      name: "the password of basic authentication",
      config: () => ({ basic_auth: { username: "ak", password_file: path("password") } }),
      file: "password",
      values: ["sk-one", "sk-two"],
      guard: (password) => ({ authorization: basic("ak", password) }),
    },
    {
      name: "a tenant header",
      config: () => ({ http_headers: { "X-Scope-OrgID": { files: [path("tenant")] } } }),
      file: "tenant",
      values: ["team-a", "team-b"],
      guard: (tenant) => ({ tenant }),
    },
  ];
  for (const { name, config, file, values, guard } of kinds) {
    for (const first of ["file", "server"] as const) {
      test(`${name}, half written on the way, the ${first} first`, async () => {
        const [old, next] = values;
        write(file, `${old}\n`);
        guarded.guard = guard(old);
        connect(config());
        expect(await failures()).toBe(0);

        const replaceFile = async () => {
          for (const text of ["", next.slice(0, 4), `${next}\n`]) {
            write(file, text);
            if (first === "file") expect(await failures()).toBe(0);
          }
        };
        if (first === "file") await replaceFile();
        guarded.guard = guard(next);
        if (first === "server") await replaceFile();
        expect(await failures()).toBe(0);
        expect(await failures()).toBe(0);
        const { refusals } = guarded;
        expect(await failures()).toBe(0);
        expect(guarded.refusals).toBe(refusals);
        expect(told.join()).not.toContain(next);
      });
    }
  }

  test("a client certificate: a key beside the certificate of another is not tried", async () => {
    const [old, next] = [await clientCertificate("old"), await clientCertificate("next")];
    write("cert", old.cert);
    write("key", old.key);
    guarded.guard = { client: old.cert };
    connect({ tls_config: { ca_file: path("ca"), cert_file: path("cert"), key_file: path("key") } });
    expect(await failures()).toBe(0);
    for (const [name, text] of [
      ["cert", ""],
      ["cert", next.cert.slice(0, 200)],
      ["cert", next.cert],
    ] as const) {
      write(name, text);
      expect(await failures()).toBe(0);
    }
    expect(guarded.refusals).toBe(0);
    expect(told).toHaveLength(3);
    expect(told.join()).not.toMatch(/BEGIN|MII/);
    write("key", next.key);
    expect(await failures()).toBe(0);
    guarded.guard = { client: next.cert };
    expect(await failures()).toBe(0);
  });

  test("the authority of its certificate, the file first and half written", async () => {
    connect({});
    expect(await failures()).toBe(0);
    const next = await testAuthority("second");
    write("ca", `${guarded.authority.cert}${next.cert.slice(0, 300)}`);
    expect(await failures()).toBe(0);
    expect(told).toEqual([expect.stringContaining("ca is not one or more whole certificates")]);
    write("ca.new", next.cert);
    renameSync(path("ca.new"), path("ca"));
    expect(await failures()).toBe(0);
    await guarded.serveBy(next);
    expect(await failures()).toBe(0);
    expect(await failures()).toBe(0);
  });

  test("the http_config file itself, with what stands in it", async () => {
    guarded.guard = { tenant: "a" };
    connect({ http_headers: { "X-Scope-OrgID": { secrets: ["a"] } } });
    expect(await failures()).toBe(0);
    for (const text of ["", "{", '{"http_headers":{"X-Scope-OrgID":{"secrets":["b']) {
      write("http.yaml", text);
      expect(await failures()).toBe(0);
    }
    expect(told.length).toBeGreaterThan(0);
    guarded.guard = { tenant: "b" };
    connectedConfig({ http_headers: { "X-Scope-OrgID": { secrets: ["b"] } } });
    expect(await failures()).toBe(0);
  });
});

const connectedConfig = (config: object) =>
  write("http.yaml", JSON.stringify({ tls_config: { ca_file: path("ca") }, ...config }));

describe("credentials that never were good", () => {
  test.each([
    ["", "would be empty"],
    ["a\nb", "no header may hold"],
  ])("are a fault that names the file, not the contents: %j", async (text, sentence) => {
    write("token", text);
    server = connectPrometheus(guarded.url, serverConfig({ tokenFile: path("token") }));
    const answer = await server.query("up", 0);
    expect(answer).toMatchObject({ ok: false, problem: { code: "ASM_HTTP_CONFIG" } });
    expect(JSON.stringify(answer)).toContain(sentence);
    expect(JSON.stringify(answer)).toContain(path("token"));
    expect(guarded.refusals).toBe(0);
  });

  test("are refused once per read", async () => {
    guarded.guard = { authorization: "Bearer right" };
    connect({ authorization: { credentials: "wrong" } });
    expect(await failures()).toBe(8);
    expect(guarded.refusals).toBe(8);
  });
});
