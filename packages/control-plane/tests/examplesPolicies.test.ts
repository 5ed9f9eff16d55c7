import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import {
  bytesPerSecondQuery,
  errorRatioQuery,
  inFlightRequestsQuery,
  latencyQuery,
  openConnectionsQuery,
  requestsPerSecondQuery,
} from "@asm-autoscaler/hpa-metrics";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { describe, expect, test } from "@jest/globals";
import analyzerGrpc from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import analyzerProto from "@pulumi/pulumi/proto/analyzer_pb.js";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import structProto from "google-protobuf/google/protobuf/struct_pb.js";
import { type Hpa, readHpa } from "../../../examples/policies/hpa.ts";
import { fixedReplicas, setsReplicas } from "../../../examples/policies/rules/fixedReplicas.ts";
import { publicEndpoints } from "../../../examples/policies/rules/publicEndpoints.ts";
import { queries } from "../../../examples/policies/rules/queries.ts";
import { replicaRange } from "../../../examples/policies/rules/replicaRange.ts";
import { targetTypes } from "../../../examples/policies/rules/targetTypes.ts";

const HPA = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";
const KEY = "metric-config.external.prometheus-query.prometheus/requests";
const REQUESTS = 'sum(rate(istio_requests_total{destination_workload="podinfo",reporter="destination"}[1m]))';

/** Inputs of an HPA as Pulumi hands them to a policy. */
const props = ({ query = REQUESTS, type = "AverageValue", minReplicas = 1, maxReplicas = 10 } = {}) => ({
  metadata: { name: "podinfo", namespace: "test", annotations: { [KEY]: query } },
  spec: {
    minReplicas,
    maxReplicas,
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "podinfo" },
    metrics: [
      {
        type: "External",
        external: {
          metric: { name: "prometheus-query", selector: { matchLabels: { "query-name": "requests" } } },
          target: { type },
        },
      },
      { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
    ],
  },
});

const hpa = (changes: Parameters<typeof props>[0] = {}): Hpa => readHpa(props(changes));

test("an autoscaler is read as Kubernetes understands it, its defaults included", () => {
  expect(hpa()).toEqual({
    namespace: "test",
    target: "Deployment/podinfo",
    minReplicas: 1,
    maxReplicas: 10,
    annotations: { [KEY]: REQUESTS },
    metrics: [{ name: "prometheus-query", matchLabels: { "query-name": "requests" }, targetType: "AverageValue" }],
  });
  expect(readHpa({})).toMatchObject({ namespace: "default", minReplicas: 1, metrics: [] });
});

test("an unknown value ends only the rules that need it", () => {
  const metadata = new Proxy(props().metadata, {
    get: (target, key) => {
      if (key === "namespace") throw new Error("can't be known during preview");
      return Reflect.get(target, key);
    },
  });
  const unplaced = readHpa({ ...props({ minReplicas: 11 }), metadata });
  expect(replicaRange(unplaced, 100)).toHaveLength(1);
  expect(queries(unplaced)).toEqual([]);
  expect(targetTypes(unplaced)).toEqual([]);
  expect(() => unplaced.namespace).toThrow("can't be known");
});

describe("the replica range", () => {
  test.each([
    [{ minReplicas: 1, maxReplicas: 10 }, []],
    [{ minReplicas: 100, maxReplicas: 100 }, []],
    [{ minReplicas: 0 }, []],
    [{ minReplicas: 11, maxReplicas: 10 }, ["minReplicas 11"]],
    [{ maxReplicas: 101 }, ["may grow to 101"]],
    [{ minReplicas: 200, maxReplicas: 150 }, ["minReplicas 200", "may grow to 150"]],
  ])("of %j", (range, violations) => {
    expect(replicaRange(hpa(range), 100)).toEqual(violations.map((part) => expect.stringContaining(part)));
  });
});

describe("the queries", () => {
  test("that the adapter accepts pass", () => {
    expect(queries(hpa())).toEqual([]);
  });

  test("that do not parse are shown in the adapter's words", () => {
    expect(queries(hpa({ query: "sum(rate(x[1m])" }))).toEqual([expect.stringMatching(/ASM_QUERY_.*requests/)]);
  });

  test("that an expression of the selector names are found", () => {
    const { metadata, spec } = props();
    const selector = { matchExpressions: [{ key: "query-name", operator: "In", values: ["requests"] }] };
    const metric = { type: "External", external: { metric: { name: "prometheus-query", selector }, target: {} } };
    expect(queries(readHpa({ metadata, spec: { ...spec, metrics: [metric] } }))).toEqual([]);
  });

  test("that no annotation holds are missed", () => {
    const { metadata, ...rest } = props();
    expect(queries(readHpa({ ...rest, metadata: { ...metadata, annotations: {} } }))).toHaveLength(1);
  });
});

describe("the target type", () => {
  const latency = 'histogram_quantile(0.95, sum by (le) (rate(istio_request_duration_milliseconds_bucket{a="b"}[1m])))';
  const ratio = 'sum(rate(istio_requests_total{response_code=~"5.."}[1m])) / sum(rate(istio_requests_total[1m]))';

  test.each([
    ["a latency", latency, "AverageValue", ["latency"]],
    ["a latency in parentheses", `((${latency}))`, "AverageValue", ["latency"]],
    ["a ratio", ratio, "AverageValue", ["ratio"]],
    ["a latency", latency, "Value", []],
    ["a ratio", ratio, "Value", []],
    ["a rate", REQUESTS, "AverageValue", []],
    ["a rate in another unit", `${REQUESTS} / 1000`, "AverageValue", []],
    ["a query that does not parse, which is another rule's", "sum(", "AverageValue", []],
  ])("of %s (%s, %s)", (_what, query, type, violations) => {
    expect(targetTypes(hpa({ query, type }))).toEqual(
      violations.map((kind) => expect.stringContaining(`is a ${kind}`)),
    );
  });
});

describe("the target type of the library's own signals", () => {
  const traffic = { workload: "podinfo", namespace: "test", windowSeconds: 60 };

  test.each([
    ["latency", latencyQuery(traffic, 0.95)],
    ["ratio", errorRatioQuery(traffic)],
  ])("must be Value for the %s", (kind, query) => {
    expect(targetTypes(hpa({ query, type: "AverageValue" }))).toEqual([expect.stringContaining(`is a ${kind}`)]);
    expect(targetTypes(hpa({ query, type: "Value" }))).toEqual([]);
  });

  test.each([
    requestsPerSecondQuery(traffic),
    inFlightRequestsQuery(traffic),
    openConnectionsQuery(traffic),
    bytesPerSecondQuery(traffic),
  ])("may be an average for %s", (query) => {
    expect(targetTypes(hpa({ query, type: "AverageValue" }))).toEqual([]);
  });
});

describe("a fixed number of replicas", () => {
  const autoscaler = { type: HPA, urn: "urn:hpa", props: props() };
  /** A workload as the API server returns it: with replicas, whatever the program set. */
  const workload = (name: string, type = "kubernetes:apps/v1:Deployment") => ({
    type,
    urn: `urn:${type}:${name}`,
    props: { metadata: { name, namespace: "test" }, spec: { replicas: 1 } },
  });
  const podinfo = workload("podinfo");
  const patch = workload("podinfo", "kubernetes:apps/v1:DeploymentPatch");

  test.each([
    ["that the program sets of what is autoscaled", podinfo, [podinfo.urn], true],
    ["that a patch sets", patch, [patch.urn], true],
    ["that the API server filled in", podinfo, [], false],
    ["of another workload", workload("loadtester"), [workload("loadtester").urn], false],
    [
      "of another kind of the same name",
      workload("podinfo", "kubernetes:apps/v1:StatefulSet"),
      [workload("podinfo", "kubernetes:apps/v1:StatefulSet").urn],
      false,
    ],
  ])("%s", (_what, seen, setters, violates) => {
    expect([...fixedReplicas([seen, autoscaler], new Set(setters)).keys()]).toEqual(violates ? [seen.urn] : []);
  });

  test.each(["v1", "v2beta2", "v2"])("of what an HPA of %s scales", (version) => {
    const other = { ...autoscaler, type: `kubernetes:autoscaling/${version}:HorizontalPodAutoscaler` };
    expect([...fixedReplicas([podinfo, other], new Set([podinfo.urn])).keys()]).toEqual([podinfo.urn]);
  });

  const deployment = "kubernetes:apps/v1:Deployment";
  test.each([
    ["set", deployment, { replicas: 2 }, [], true],
    ["set to zero", deployment, { replicas: 0 }, [], true],
    ["left out", deployment, {}, [], false],
    ["only the size to start with", deployment, { replicas: 2 }, ["spec.replicas"], false],
    ["part of a specification that is never changed", deployment, { replicas: 2 }, ["spec"], false],
    ["the size to start with, by index", deployment, { replicas: 2 }, ['spec["replicas"]'], false],
    ["the size to start with, by indexes", deployment, { replicas: 2 }, ['["spec"]["replicas"]'], false],
    ["part of an object that is never changed", deployment, { replicas: 2 }, ["*"], false],
    ["null, which is left out", deployment, { replicas: null }, [], false],
    ["set beside an ignored change of another field", deployment, { replicas: 2 }, ["spec.template"], true],
    ["an argument of a component", "my:index:App", { replicas: 2 }, [], false],
  ])("counts as %s", (_what, type, spec, ignoreChanges, counts) => {
    expect(setsReplicas({ type, props: { spec }, ignoreChanges })).toBe(counts);
  });
});

test("public addresses are told of, those by the provider's default included", () => {
  const cluster = "alicloud:cs/managedKubernetes:ManagedKubernetes";
  const mesh = "alicloud:servicemesh/serviceMesh:ServiceMesh";
  expect(publicEndpoints(cluster, {})).toHaveLength(1);
  expect(publicEndpoints(cluster, { slbInternetEnabled: false })).toEqual([]);
  expect(publicEndpoints(mesh, { loadBalancer: { apiServerPublicEip: true } })).toHaveLength(1);
  expect(publicEndpoints(mesh, {})).toEqual([]);
  expect(publicEndpoints(HPA, props())).toEqual([]);
});

describe("the pack, in Pulumi's own runner", () => {
  const folder = fileURLToPath(new URL("../../../examples/policies", import.meta.url));
  const runner = fileURLToPath(import.meta.resolve("@pulumi/pulumi/cmd/run-policy-pack/index.js"));
  const asked = <T>(call: (callback: (error: ServiceError | null, response: T) => void) => unknown): Promise<T> =>
    new Promise((resolve, reject) => {
      call((error, response) => (error === null ? resolve(response) : reject(error)));
    });

  test("is served and reports a violation with the name of its policy", async () => {
    const child = spawn(process.execPath, [runner, "127.0.0.1:1", "."], {
      cwd: folder,
      stdio: ["pipe", "pipe", "inherit"],
    });
    try {
      const ended = once(child, "exit").then(([code]) => [`ended with ${code}`]);
      const [port] = await Promise.race([once(createInterface({ input: child.stdout }), "line"), ended]);
      expect(port).toMatch(/^\d+$/);
      const client = new analyzerGrpc.AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure());
      const info = await asked<InstanceType<typeof analyzerProto.AnalyzerInfo>>((callback) =>
        client.getAnalyzerInfo(new emptyProto.Empty(), callback),
      );
      expect(info.getPoliciesList().map((policy) => policy.getName())).toEqual([
        "replica-range",
        "queries",
        "target-types",
        "fixed-replicas",
        "public-endpoints",
      ]);
      const request = new analyzerProto.AnalyzeRequest()
        .setType(HPA)
        .setName("podinfo")
        .setUrn(`urn:pulumi:dev::app::${HPA}::podinfo`)
        .setOptions(new analyzerProto.AnalyzerResourceOptions())
        .setProperties(structProto.Struct.fromJavaScript(props({ maxReplicas: 1000, query: "sum(" })));
      const found = await asked<InstanceType<typeof analyzerProto.AnalyzeResponse>>((callback) =>
        client.analyze(request, callback),
      );
      expect(found.getDiagnosticsList().map((one) => one.getPolicyname())).toEqual(["replica-range", "queries"]);
      client.close();
    } finally {
      child.kill();
    }
  }, 60_000);
});
