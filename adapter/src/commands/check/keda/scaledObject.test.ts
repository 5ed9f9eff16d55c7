import { type HasOwnDialect, readMetricSpecs } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import { editHpa } from "../cleanHpa.ts";
import { readManifests } from "../manifests.ts";
import { translateScaledObject } from "./scaledObject.ts";

const OWN = "http://prometheus:9090";

function translate(
  trigger: object,
  spec: object = { minReplicaCount: 1 },
  metadata: object = {},
  hasOwnDialect?: HasOwnDialect,
) {
  const [manifest] = readManifests(
    JSON.stringify({
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      metadata: { name: "web", namespace: "shop", ...metadata },
      spec: { scaleTargetRef: { name: "web" }, maxReplicaCount: 9, triggers: [trigger], ...spec },
    }),
    "file",
  ).manifests;
  if (!manifest) throw new Error("no manifest");
  const report = translateScaledObject(manifest, OWN, hasOwnDialect);
  const { annotations, external } = editHpa(Object(report.manifest ?? {}));
  const { specs, problems } = readMetricSpecs(annotations, external);
  return { ...report, external, specs, problems, keys: report.findings.flatMap(({ key }) => key ?? []) };
}

const trigger = (metadata: object, more: object = {}) => ({
  type: "prometheus",
  metadata: { serverAddress: `${OWN}/`, query: "sum(rate(a[1m]))", threshold: "2.5", ...metadata },
  ...more,
});

describe("a ScaledObject", () => {
  test.each(["paused", "paused-replicas", "paused-anything"])(
    "that is %s gives no HPA that would end the pause",
    (key) => {
      const annotations = { [`autoscaling.keda.sh/${key}`]: "true" };
      const { manifest, keys } = translate(trigger({}), { minReplicaCount: 1 }, { annotations });
      expect([manifest, keys[0]]).toEqual([undefined, `autoscaling.keda.sh/${key}`]);
    },
  );

  test("with a long name and two triggers keeps both queries, each with its own policy", () => {
    const other = trigger({ query: "sum(rate(b[1m]))", ignoreNullValues: "false" });
    const spec = { minReplicaCount: 1, triggers: [trigger({}), other] };
    const { specs } = translate(trigger({}), spec, { name: "a".repeat(60) });
    expect(specs.map(({ query, onNoData }) => [query.text, onNoData !== undefined])).toEqual([
      ["sum(rate(a[1m]))", true],
      ["sum(rate(b[1m]))", false],
    ]);
  });
});

describe("a ScaledObject that KEDA refuses", () => {
  const cpu = { type: "cpu", metricType: "Utilization", metadata: { value: "60" } };
  test.each([
    ["without triggers", { minReplicaCount: 1, triggers: undefined }, "triggers"],
    ["with an empty list of triggers", { minReplicaCount: 1, triggers: [] }, "triggers"],
    [
      "with two triggers of one name",
      {
        minReplicaCount: 1,
        triggers: [
          { ...cpu, name: "a" },
          { ...cpu, name: "a" },
        ],
      },
      "triggers",
    ],
    ["whose idle size is its least size", { minReplicaCount: 2, idleReplicaCount: 2 }, "idleReplicaCount"],
    ["whose maximum is zero", { minReplicaCount: 1, maxReplicaCount: 0 }, "maxReplicaCount"],
    ["with only CPU that would scale to zero", { minReplicaCount: 0, triggers: [cpu] }, "minReplicaCount"],
    ["with a trigger without a type", { minReplicaCount: 1, triggers: [{ metadata: {} }] }, "triggers[0].type"],
    ["with a type in upper case", { minReplicaCount: 1, triggers: [{ ...cpu, type: "CPU" }] }, "triggers[0].type"],
    [
      "with CPU without metricType",
      { minReplicaCount: 1, triggers: [{ type: "cpu", metadata: { value: "1" } }] },
      "triggers[0].metricType",
    ],
  ])("%s is named as such", (_words, spec, key) => {
    const { findings } = translate(cpu, spec);
    const own = findings.filter((finding) => finding.key === key);
    expect(own).toMatchObject([{ differs: true, reference: expect.stringMatching(/^refuses/) }]);
    expect(own[0]?.message).not.toMatch(/undefined|is missing.*maxReplicas/);
  });
});

describe("a Prometheus trigger", () => {
  test("of several samples is summed, and that is said, since KEDA refuses it", () => {
    const { specs, keys } = translate(trigger({ query: "rate(a[1m])" }));
    expect([specs[0]?.query.text, keys]).toEqual(["sum(rate(a[1m]))", ["triggers[0].metadata.query"]]);
  });

  test("is an HPA that takes no data, NaN and infinity for 0, as KEDA does", () => {
    const { manifest, specs, problems, external, keys } = translate(trigger({}));
    expect(problems).toEqual([]);
    expect(specs).toEqual([
      expect.objectContaining({ server: { kind: "default" }, onNoData: { kind: "value", quantity: "0" } }),
    ]);
    expect(specs[0]?.query.text).toBe("sum(rate(a[1m]))");
    expect(specs[0]).not.toHaveProperty("onError");
    expect(external.map(({ target }) => target)).toEqual([{ type: "AverageValue", averageValue: "2500m" }]);
    expect(manifest).toMatchObject({
      metadata: { name: "web", namespace: "shop" },
      spec: {
        minReplicas: 1,
        maxReplicas: 9,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      },
    });
    expect(keys).toEqual([]);
  });

  test("with ignoreNullValues false holds instead", () => {
    expect(translate(trigger({ ignoreNullValues: "false" })).specs[0]).not.toHaveProperty("onNoData");
    expect(translate(trigger({ ignoreNullValues: "false", query: "a" })).specs[0]?.query.text).toBe("sum(a)");
  });

  test("with metricType Value has a Value target", () => {
    expect(translate(trigger({}, { metricType: "Value" })).external[0]?.target).toEqual({
      type: "Value",
      value: "2500m",
    });
  });

  test("of another server names it", () => {
    const { specs, keys } = translate(trigger({ serverAddress: "https://thanos.example" }));
    expect(specs[0]?.server).toEqual({ kind: "url", url: "https://thanos.example" });
    expect(keys).toEqual(["triggers[0].metadata.serverAddress"]);
  });

  test.each(["activationThreshold", "authModes", "customHeaders", "queryParameters", "namespace", "unsafeSsl"])(
    "tells that %s has no place in an HPA",
    (key) => {
      expect(translate(trigger({ [key]: "1" })).keys).toEqual([`triggers[0].metadata.${key}`]);
    },
  );

  test("with a query or a threshold that is none is left out with the reason", () => {
    const broken = translate(trigger({ query: "sum(" }));
    expect([broken.manifest, broken.keys]).toEqual([undefined, ["triggers[0].metadata.query"]]);
    expect(translate(trigger({ threshold: "0" })).keys).toEqual(["triggers[0].metadata.threshold"]);
  });

  test("with a comment, a scalar or an odd name is still one sample", () => {
    expect(translate(trigger({ query: "a # per pod" })).problems).toEqual([]);
    expect(translate(trigger({ query: "scalar(a)" })).specs[0]?.query.text).toBe("scalar(a)");
    expect(translate(trigger({}, { name: "Requests_Per.Second" })).external[0]?.name).toBe("web-requests-per-second");
  });
});

test("a static fallback becomes the reading that asks for as many replicas, and no other does", () => {
  const withFallback = (fallback: object, more: object = {}) =>
    translate(trigger({}, more), { minReplicaCount: 1, fallback }).specs[0];
  expect(withFallback({ failureThreshold: 3, replicas: 6 })?.onError).toEqual({ kind: "value", quantity: "15" });
  expect(withFallback({ replicas: 6 }, { metricType: "Value" })).not.toHaveProperty("onError");
  expect(withFallback({ replicas: 6, behavior: "currentReplicas" })).not.toHaveProperty("onError");
});

test("what an HPA has not is told: zero replicas, a fallback, a formula, another source", () => {
  const more = { fallback: { replicas: 3 }, advanced: { scalingModifiers: { formula: "a+b" } } };
  expect(translate({ type: "kafka" }, more).keys).toEqual([
    "minReplicaCount",
    "fallback",
    "advanced.scalingModifiers",
    "triggers[0]",
  ]);
});

test("CPU and memory triggers and the behavior are the HPA's own", () => {
  const behavior = { scaleDown: { stabilizationWindowSeconds: 60 } };
  const spec = { minReplicaCount: 2, advanced: { horizontalPodAutoscalerConfig: { behavior } } };
  const { manifest } = translate({ type: "cpu", metricType: "Utilization", metadata: { value: "60" } }, spec);
  expect(manifest).toMatchObject({
    spec: {
      minReplicas: 2,
      behavior,
      metrics: [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } } },
      ],
    },
  });
});

const GO_FALSE = ["0", "f", "F", "FALSE", "false", "False", " false "];
const GO_TRUE = ["1", "t", "T", "TRUE", "true", "True", ""];

describe("booleans are those of Go", () => {
  const fallback = { failureThreshold: 3, replicas: 4 };
  test.each(GO_FALSE)("ignoreNullValues %j: no data is no zero, and is the fallback if there is one", (text) => {
    expect(translate(trigger({ ignoreNullValues: text })).specs[0]).not.toHaveProperty("onNoData");
    const [spec] = translate(trigger({ ignoreNullValues: text }), { minReplicaCount: 1, fallback }).specs;
    expect([spec?.onNoData, spec?.onError]).toEqual(Array(2).fill({ kind: "value", quantity: "10" }));
  });

  test.each(GO_TRUE)("ignoreNullValues %j: no data is zero", (text) => {
    const [spec] = translate(trigger({ ignoreNullValues: text }), { minReplicaCount: 1, fallback }).specs;
    expect([spec?.onNoData, spec?.onError]).toEqual([
      { kind: "value", quantity: "0" },
      { kind: "value", quantity: "10" },
    ]);
  });

  test.each(["no", "off", "fALSE", "2"])("ignoreNullValues %j is named, and no data is no zero", (text) => {
    const { specs, keys } = translate(trigger({ ignoreNullValues: text }));
    expect(keys).toEqual(["triggers[0].metadata.ignoreNullValues"]);
    expect(specs[0]).not.toHaveProperty("onNoData");
  });

  test.each(GO_FALSE)("unsafeSsl %j is no difference, and paused %j is no pause", (text) => {
    const annotations = { "autoscaling.keda.sh/paused": text };
    const { keys, manifest } = translate(trigger({ unsafeSsl: text }), { minReplicaCount: 1 }, { annotations });
    expect([keys, manifest]).toEqual([[], expect.anything()]);
  });

  test.each([...GO_TRUE, "no", "off"])("paused %j is a pause, as in KEDA also if it is no boolean", (text) => {
    const annotations = { "autoscaling.keda.sh/paused": text };
    expect(translate(trigger({}), { minReplicaCount: 1 }, { annotations }).manifest).toBeUndefined();
  });
});

test.each([
  ["scale-in", "scaleDown"],
  ["scale-out", "scaleUp"],
])("a pause of %s becomes selectPolicy Disabled of %s, and keeps the other rules", (way, direction) => {
  const annotations = { [`autoscaling.keda.sh/paused-${way}`]: "true" };
  const behavior = { [direction]: { stabilizationWindowSeconds: 60 } };
  const spec = { minReplicaCount: 1, advanced: { horizontalPodAutoscalerConfig: { behavior } } };
  expect(translate(trigger({}), spec, { annotations }).manifest).toMatchObject({
    spec: { behavior: { [direction]: { stabilizationWindowSeconds: 60, selectPolicy: "Disabled" } } },
  });
  const off = { [`autoscaling.keda.sh/paused-${way}`]: "False" };
  expect(Object(translate(trigger({}), spec, { annotations: off }).manifest).spec.behavior).toEqual(behavior);
});

describe("a server", () => {
  const alias = (report: ReturnType<typeof translate>) => report.specs[0]?.server;
  const elsewhere = { serverAddress: "http://thanos:9090/api" };
  test.each<[string, object, object]>([
    ["authenticationRef", {}, { authenticationRef: { name: "creds" } }],
    ["authModes", { authModes: "bearer" }, {}],
    ["awsRegion", { awsRegion: "eu-west-1" }, {}],
    ["identityOwner", { identityOwner: "operator" }, {}],
    ["credentialsFromEnv", { credentialsFromEnv: "GOOGLE" }, {}],
    ["customHeaders", { customHeaders: "X-Scope-OrgID=a" }, {}],
    ["unsafeSsl", { unsafeSsl: "T" }, {}],
  ])("with %s is an alias, because a URL gets no credentials", (_, metadata, more) => {
    const report = translate(trigger({ ...elsewhere, ...metadata }, more));
    expect(alias(report)).toEqual({ kind: "alias", alias: expect.stringMatching(/^thanos-9090-api/) });
    expect(report.findings.map(({ here }) => here).join()).toMatch(
      /--additional-prometheus-server=thanos-9090-api\S*=http/,
    );
  });

  test("whose URL contains a password is an alias, and the password is not printed", () => {
    const report = translate(trigger({ serverAddress: "https://user:secret@thanos:9090" }));
    expect(alias(report)).toEqual({ kind: "alias", alias: "thanos-9090" });
    expect(JSON.stringify(report)).not.toContain("secret");
  });
});

describe("what KEDA does otherwise is named", () => {
  const keysOf = (spec: object, metadata: object = {}, own: object = {}) =>
    translate(trigger(own), { minReplicaCount: 1, ...spec }, metadata);
  test.each<[string, object]>([
    ["pollingInterval", { pollingInterval: 5 }],
    ["cooldownPeriod", { cooldownPeriod: 5 }],
    ["initialCooldownPeriod", { initialCooldownPeriod: 5 }],
    ["fallback", { fallback: { failureThreshold: 1, replicas: 1 } }],
    ["advanced.horizontalPodAutoscalerConfig.name", { advanced: { horizontalPodAutoscalerConfig: { name: "x" } } }],
    ["advanced.restoreToOriginalReplicaCount", { advanced: { restoreToOriginalReplicaCount: true } }],
    ["triggers[0].useCachedMetrics", { triggers: [{ ...trigger({}), useCachedMetrics: true }] }],
    ["triggers[0].metadata.timeout", { triggers: [trigger({ timeout: "2000" })] }],
    ["triggers[0].metadata.metricName", { triggers: [trigger({ metricName: "a" })] }],
  ])("%s", (key, spec) => {
    expect(keysOf(spec).keys).toEqual([key]);
  });

  test("labels and annotations", () => {
    const metadata = { labels: { team: "a" }, annotations: { "example.com/owner": "b" } };
    const { keys, findings } = keysOf({}, metadata);
    expect(keys).toEqual(["metadata.labels", "metadata.annotations"]);
    expect(findings.map(({ message }) => message).join()).toMatch(/team.*example\.com\/owner/);
  });

  test.each([
    [0, true],
    [1, false],
    [3, false],
  ])("activationThreshold with minReplicaCount %d differs: %j", (minReplicaCount, differs) => {
    const { findings } = keysOf({ minReplicaCount }, {}, { activationThreshold: "5" });
    expect(findings).toContainEqual(
      expect.objectContaining({ key: "triggers[0].metadata.activationThreshold", differs }),
    );
  });

  test("idleReplicaCount with both numbers", () => {
    const { findings, manifest } = keysOf({ minReplicaCount: 2, idleReplicaCount: 0 });
    expect(findings[0]).toMatchObject({
      key: "idleReplicaCount",
      message: "the workload is scaled to 0 while nothing is active, and to 2 or more otherwise",
    });
    expect(manifest).toMatchObject({ spec: { minReplicas: 2 } });
  });

  test("a fallback of the current replicas is the same", () => {
    const { findings } = keysOf({ fallback: { failureThreshold: 1, replicas: 1, behavior: "currentReplicas" } });
    expect(findings[0]).toMatchObject({ key: "fallback", differs: false });
  });

  test("negative values, which count as 0, also when the query is not valid otherwise", () => {
    const { specs, findings } = keysOf({}, {}, { query: "sum(a) - sum(b) # left" });
    expect(specs[0]?.query.text).toBe("clamp_min(\nsum(a) - sum(b) # left\n, 0)");
    expect(findings[0]).toMatchObject({ message: "the query may give a negative number", differs: false });
  });

  test("MetricsQL", () => {
    const { findings, manifest } = keysOf({}, {}, { query: "sum(a) default 0" });
    expect([manifest, findings[0]?.reference]).toEqual([undefined, expect.stringMatching(/VictoriaMetrics/)]);
  });
});

test("the deploymentName of KEDA 1 is the target", () => {
  const { manifest } = translate(trigger({}), { minReplicaCount: 1, scaleTargetRef: { deploymentName: "old" } });
  expect(manifest).toMatchObject({
    spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "old" } },
  });
});

describe("a cron trigger", () => {
  const cron = (metadata: object = {}, more: object = {}) => ({
    type: "cron",
    metadata: {
      timezone: "Asia/Shanghai",
      start: "0 8 * * 1-5",
      end: "0 20 * * 1-5",
      desiredReplicas: "6",
      ...metadata,
    },
    ...more,
  });

  test("becomes schedules, and a query on the clock in the printed HPA", () => {
    const report = translate(cron(), { minReplicaCount: 1, triggers: [trigger({}), cron()] });
    const days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];
    expect(report.schedules).toEqual([{ days, from: "08:00", to: "20:00", utcOffset: "+08:00", replicas: 6 }]);
    expect(report.problems).toEqual([]);
    expect(report.external[1]).toMatchObject({
      name: "web-schedules",
      target: { type: "AverageValue", averageValue: "1" },
    });
    expect(editHpa(Object(report.whole)).external).toHaveLength(1);
  });

  test("alone is a metric, because a TrafficAutoscaler needs one", () => {
    const report = translate(cron());
    expect([report.schedules, report.whole]).toEqual([undefined, report.manifest]);
    expect(report.specs).toHaveLength(1);
  });

  test.each<[string, object, string]>([
    ["in an unknown time zone", { timezone: "Mars/Base" }, "timezone"],
    ["on days of the month", { start: "0 8 1 * *" }, "start"],
    ["without replicas", { desiredReplicas: "0" }, "desiredReplicas"],
  ])("%s is left out with the reason", (_, metadata, field) => {
    const { manifest, keys } = translate(cron(metadata));
    expect([manifest, keys]).toEqual([undefined, [`triggers[0].metadata.${field}`]]);
  });

  test("in a zone with daylight saving time follows it, and more replicas than the maximum are the maximum", () => {
    const { findings, schedules } = translate(cron(), {
      minReplicaCount: 1,
      triggers: [trigger({}), cron({ timezone: "Europe/Berlin", desiredReplicas: "60" })],
    });
    expect(findings).toContainEqual(expect.objectContaining({ differs: false, key: "triggers[1].metadata.timezone" }));
    expect(schedules).toEqual([expect.objectContaining({ timeZone: "Europe/Berlin", replicas: 9 })]);
  });
});

test.each<[string, object, object]>([
  ["a name that is not valid", {}, { name: "Web" }],
  ["more minimum than maximum", { minReplicaCount: 10 }, {}],
  ["no target", { scaleTargetRef: {} }, {}],
  ["no maximum", { maxReplicaCount: 0 }, {}],
  [
    "a behavior that Kubernetes refuses",
    { advanced: { horizontalPodAutoscalerConfig: { behavior: { scaleUp: { policies: [] } } } } },
    {},
  ],
  ["a number as text", { maxReplicaCount: "many" }, {}],
])("%s: the HPA would not be valid, so it is not printed, and the reason is", (_, spec, metadata) => {
  const { manifest, findings } = translate(trigger({}), { minReplicaCount: 1, ...spec }, metadata);
  expect(manifest).toBeUndefined();
  expect(findings).toContainEqual(expect.objectContaining({ id: "ASM_CHECK_UNKNOWN", differs: true }));
});

test.each(["1e30", "NaN", "0x10", "-1", ""])(
  "a threshold of %j leaves the trigger out and fails nothing",
  (threshold) => {
    const { manifest, keys } = translate(trigger({ threshold }));
    expect([manifest, keys]).toEqual([undefined, ["triggers[0].metadata.threshold"]]);
  },
);

describe("a query that is not PromQL", () => {
  const query = "range_max(rate(a[1m]))";

  test("is written as it is for a server with a dialect of its own", () => {
    const { specs, problems, findings } = translate(trigger({ query }), {}, {}, ({ kind }) => kind === "default");
    expect([specs.map((spec) => spec.query.text), problems]).toEqual([[query], []]);
    expect(findings.filter(({ key }) => key === "triggers[0].metadata.query")).toEqual([
      expect.objectContaining({ differs: false }),
    ]);
  });

  test("is left out for another server", () => {
    const foreign = trigger({ query, serverAddress: "http://other:9090" });
    const { manifest, keys } = translate(foreign, {}, {}, ({ kind }) => kind === "default");
    expect(manifest).toBeUndefined();
    expect(keys).toContain("triggers[0].metadata.query");
  });
});
