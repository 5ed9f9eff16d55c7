import { once } from "node:events";
import { Agent, createServer, get, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Identity, Refusal } from "../kubernetes/userInfo.ts";
import type { ApiDependencies, ReadResult } from "./dependencies.ts";
import { GROUP_PATH, METRIC_PATH } from "./fixture.testing.ts";
import { createHandler } from "./handler.ts";

const HPA_CONTROLLER = "system:serviceaccount:kube-system:horizontal-pod-autoscaler";
const LIMITS = { hpaController: 2, cluster: 1, others: 4 };

let server: Server;
let identity: Identity | Promise<Identity | Refusal>;
let read: () => Promise<ReadResult>;

const named = (user: string): Identity => ({ user, uid: "", groups: [], extra: new Map() });
const empty: ReadResult = { ok: true, readings: [] };

beforeEach(async () => {
  identity = named("jane");
  read = async () => empty;
  const dependencies: ApiDependencies = {
    metricNames: () => [],
    namespaceMetrics: () => [],
    readMetric: () => read(),
    isFrontProxy: () => true,
    identify: () => identity,
    authorize: () => ({ allowed: true }),
    health: () => [],
    log: () => {},
  };
  const handler = createHandler(dependencies, () => false, LIMITS);
  server = createServer((request, response) => void handler(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => void server.close());

async function ask(path: string): Promise<{ status: number; retryAfter: string | undefined }> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    get({ port, host: "127.0.0.1", path, agent: new Agent() }, (response) => {
      response.resume().on("end", () => {
        resolve({ status: response.statusCode ?? 0, retryAfter: response.headers["retry-after"] });
      });
    }).on("error", reject);
  });
}

test("a flood of others takes no place from the HPA controller or the API server, and each comes back", async () => {
  const done = Promise.withResolvers<ReadResult>();
  const started: Promise<void>[] = [];
  read = () => {
    started.push(Promise.resolve());
    return done.promise;
  };
  const flood = Array.from({ length: 4 }, () => ask(METRIC_PATH));
  while (started.length < 4) await new Promise((resolve) => setImmediate(resolve));
  expect(await ask(METRIC_PATH)).toEqual({ status: 503, retryAfter: undefined });

  read = async () => empty;
  identity = named(HPA_CONTROLLER);
  expect((await ask(METRIC_PATH)).status).toBe(200);
  identity = named("system:kube-aggregator");
  expect((await ask(GROUP_PATH)).status).toBe(200);
  identity = { ...named("kube-apiserver"), groups: ["system:masters"] };
  expect((await ask(GROUP_PATH)).status).toBe(200);

  done.resolve(empty);
  expect((await Promise.all(flood)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  identity = named("jane");
  for (let i = 0; i < 6; i++) expect((await ask(METRIC_PATH)).status).toBe(200);
});

test("what is known only after the answer takes no place", async () => {
  const late = Promise.withResolvers<Identity>();
  identity = late.promise;
  const asked = Array.from({ length: 6 }, () => ask(`${METRIC_PATH}?timeout=20ms`));
  expect(new Set((await Promise.all(asked)).map(({ status }) => status))).toEqual(new Set([504]));
  identity = named("jane");
  late.resolve(identity);
  for (let i = 0; i < 3; i++) expect((await ask(METRIC_PATH)).status).toBe(200);
});

test("a read that fails gives its place back", async () => {
  read = () => Promise.reject(new Error("x"));
  for (let i = 0; i < 6; i++) expect((await ask(METRIC_PATH)).status).toBe(500);
});
