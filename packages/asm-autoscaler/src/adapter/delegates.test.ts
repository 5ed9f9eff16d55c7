import { isNeighbour, NEIGHBOURS } from "@asm-autoscaler/hpa-metrics";
import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { type DelegateFlags, delegateFlags } from "../../../../adapter/src/flags/delegateFlags.ts";
import "../../testing/bundleFixture";
import { inputErrorsOf } from "../../testing/inputErrorsOf";
import { podOf, prometheus, recordAdapter } from "../../testing/recordAdapter";
import { MetricsAdapter, type MetricsAdapterDelegateArgs, NeighbourAdapter } from ".";

const rbac = (kind: string) => `kubernetes:rbac.authorization.k8s.io/v1:${kind}`;

/** What the adapter reads from the flags of its pod. */
async function readByAdapter(delegates: MetricsAdapterDelegateArgs[]): Promise<readonly DelegateFlags[]> {
  const { args } = podOf(await recordAdapter({ prometheus, delegates })).containers[0];
  const mistakes: string[] = [];
  const values = args.flatMap((arg) => (arg.startsWith("--delegate=") ? [arg.slice("--delegate=".length)] : []));
  const read = delegateFlags(values, mistakes);
  expect(mistakes).toEqual([]);
  return read;
}

const errorsOf = (...delegates: unknown[]) =>
  inputErrorsOf(
    () => new MetricsAdapter("metrics", { prometheus, delegates: delegates as MetricsAdapterDelegateArgs[] }),
  );

test("each property reaches the adapter", async () => {
  const own = {
    name: "stocks",
    service: "shop/stocks-adapter:8443",
    caSecret: "shop/stocks.tls",
    metrics: ["Stock_*", "datadogmetric@ns:*"],
  };
  expect(await readByAdapter([{ ...own, timeoutSeconds: 0.25 }])).toEqual([
    {
      name: "stocks",
      service: { namespace: "shop", name: "stocks-adapter", port: 8443 },
      ca: { from: "secret", namespace: "shop", name: "stocks.tls" },
      metrics: ["stock_*", "datadogmetric@ns:*"],
      timeoutMs: 250,
    },
  ]);
});

test.each(Object.values(NeighbourAdapter))(
  "%s has the adapter's own defaults, also under another name",
  async (type) => {
    const known = { type, insecureSkipVerify: true };
    const [usual, other] = await readByAdapter([known, { ...known, name: "second" }]);
    const name = usual?.name ?? "";
    expect(isNeighbour(name)).toBe(true);
    const mistakes: string[] = [];
    const [own] = delegateFlags([`${name},ca=insecure-skip-verify`], mistakes);
    expect([usual, other]).toEqual([own, { ...own, name: "second" }]);
  },
);

test("every neighbour that the adapter knows is a type", async () => {
  const delegates = Object.values(NeighbourAdapter).map((type) => ({ type, insecureSkipVerify: true }));
  const names = (await readByAdapter(delegates)).map(({ name }) => name);
  expect(names.sort()).toEqual(Object.keys(NEIGHBOURS).sort());
});

test("KEDA needs only its type, because its operator keeps its CA in a Secret", async () => {
  expect(await readByAdapter([{ type: NeighbourAdapter.Keda }])).toEqual([
    expect.objectContaining({
      service: { namespace: "keda", name: "keda-operator-metrics-apiserver", port: 443 },
      ca: { from: "secret", namespace: "keda", name: "kedaorg-certs" },
      selectorKey: "scaledobject.keda.sh/name",
    }),
  ]);
});

test("the largest and the smallest values that are accepted are accepted by the adapter, too", async () => {
  const long = "n".repeat(63);
  await readByAdapter([
    {
      name: long,
      service: `${long}/${long}:65535`,
      caSecret: `${long}/${"s".repeat(253)}`,
      metrics: Array.from({ length: 100 }, (_, index) => `m${index}`),
      timeoutSeconds: 30,
    },
    { name: "a", service: "a/a:1", caSecret: "a/a", metrics: ["*"], timeoutSeconds: 0.001 },
  ]);
});

test("neighbours see an account that only reads metrics, and the adapter reads the Secrets of their CAs and no others", async () => {
  const stack = await recordAdapter({
    prometheus,
    namespace: "metrics",
    delegates: [
      { type: NeighbourAdapter.Keda },
      { type: NeighbourAdapter.Datadog, insecureSkipVerify: true },
      { name: "stocks", service: "shop/stocks:443", caSecret: "vault/stocks-ca" },
    ],
  });
  const recorded = JSON.parse(JSON.stringify(stack)) as {
    type: string;
    name: string;
    inputs: { metadata: { name: string; namespace?: string }; rules: unknown[]; roleRef: unknown; subjects: unknown };
  }[];
  const byName = (type: string, name: string) => recorded.find((one) => one.type === type && one.name === name);
  const reads = { apiGroups: ["external.metrics.k8s.io"], resources: ["*"], verbs: ["list"] };
  expect(byName(rbac("ClusterRole"), "metrics-cluster-role")?.inputs.rules).not.toContainEqual(reads);
  expect(byName(rbac("ClusterRole"), "metrics-delegates-cluster-role")?.inputs.rules).toEqual([reads]);
  expect(byName(rbac("ClusterRoleBinding"), "metrics-delegates-cluster-role-binding")?.inputs.subjects).toEqual([
    { kind: "ServiceAccount", name: "asm-metrics-adapter-delegates", namespace: "metrics" },
  ]);
  expect(byName("kubernetes:core/v1:ServiceAccount", "metrics-delegates-account")?.inputs).toMatchObject({
    metadata: { name: "asm-metrics-adapter-delegates", namespace: "metrics" },
    automountServiceAccountToken: false,
  });
  expect(byName(rbac("Role"), "metrics-role")?.inputs.rules.at(-1)).toEqual({
    apiGroups: [""],
    resources: ["serviceaccounts/token"],
    resourceNames: ["asm-metrics-adapter-delegates"],
    verbs: ["create"],
  });
  for (const [name, namespace, secret] of [
    ["keda", "keda", "kedaorg-certs"],
    ["stocks", "vault", "stocks-ca"],
  ]) {
    const metadata = { name: `asm-metrics-adapter-${name}`, namespace };
    expect(byName(rbac("Role"), `metrics-${name}-role`)?.inputs).toMatchObject({
      metadata,
      rules: [{ apiGroups: [""], resources: ["secrets"], resourceNames: [secret], verbs: ["get"] }],
    });
    expect(byName(rbac("RoleBinding"), `metrics-${name}-role-binding`)?.inputs).toMatchObject({
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name },
      subjects: [{ kind: "ServiceAccount", name: "asm-metrics-adapter", namespace: "metrics" }],
    });
  }
  expect(recorded.filter(({ name }) => name.includes("datadog"))).toEqual([]);
});

test.each([{}, { delegates: [] }])("%j is no flag and no permission", async (given) => {
  const sent = JSON.stringify(await recordAdapter({ prometheus, ...given }));
  expect(
    ["--delegate", '"apiGroups":["external.metrics.k8s.io"]', "serviceaccounts/token"].filter((text) =>
      sent.includes(text),
    ),
  ).toEqual([]);
});

const valid = { name: "a", service: "ns/a:443", caSecret: "ns/a-ca" };

test.each<[what: string, delegate: object, path: string, code: string]>([
  ["neither a name nor a type", { name: undefined }, "name", "ASM_ARGUMENT_MISSING"],
  ["no service", { service: undefined }, "service", "ASM_ARGUMENT_MISSING"],
  ["no CA", { caSecret: undefined }, "caSecret", "ASM_ARGUMENT_MISSING"],
  ["no CA of a type without one", { caSecret: undefined, type: "Datadog" }, "caSecret", "ASM_ARGUMENT_MISSING"],
  ["a CA that nothing is verified with", { insecureSkipVerify: true }, "caSecret", "ASM_ARGUMENT_MISPLACED"],
  ["a name in capitals", { name: "A" }, "name", "ASM_NAME_INVALID"],
  ["a name with a comma", { name: "a,service=b/c:1" }, "name", "ASM_NAME_INVALID"],
  ["a long name", { name: "n".repeat(64) }, "name", "ASM_NAME_INVALID"],
  ["a service without a port", { service: "ns/a" }, "service", "ASM_NAME_INVALID"],
  ["a service without a namespace", { service: "a:443" }, "service", "ASM_NAME_INVALID"],
  ["a service that is a URL", { service: "https://a.ns.svc" }, "service", "ASM_NAME_INVALID"],
  ["port 0", { service: "ns/a:0" }, "service", "ASM_NAME_INVALID"],
  ["port 65536", { service: "ns/a:65536" }, "service", "ASM_NAME_INVALID"],
  ["a Secret without a namespace", { caSecret: "a-ca" }, "caSecret", "ASM_NAME_INVALID"],
  ["a pattern with a space", { metrics: ["ok", "not ok"] }, "metrics[1]", "ASM_NAME_INVALID"],
  ["a pattern with a comma", { metrics: ["a,timeout=1h"] }, "metrics[0]", "ASM_NAME_INVALID"],
  ["101 patterns", { metrics: Array(101).fill("a") }, "metrics", "ASM_COUNT_INVALID"],
  ["a deadline of 0", { timeoutSeconds: 0 }, "timeoutSeconds", "ASM_NUMBER_INVALID"],
  ["a deadline of 31 s", { timeoutSeconds: 31 }, "timeoutSeconds", "ASM_NUMBER_INVALID"],
  ["a deadline under a millisecond", { timeoutSeconds: 1e-7 }, "timeoutSeconds", "ASM_NUMBER_INVALID"],
  ["no number", { timeoutSeconds: Number.NaN }, "timeoutSeconds", "ASM_NUMBER_INVALID"],
])("%s is refused with its path", (_, delegate, path, code) => {
  expect(errorsOf({ type: undefined, ...valid, name: "first" }, { ...valid, ...delegate })).toEqual([
    [`delegates[1].${path}`, code],
  ]);
});

test("an unknown type is one error, with its path", () => {
  expect(errorsOf({ type: "keda" }).map(([path]) => path)).toEqual(["delegates[0].type"]);
  expect(errorsOf({ type: "toString" }).map(([path]) => path)).toEqual(["delegates[0].type"]);
});

test("a value that is not known yet is refused, because the permissions depend on it", () => {
  const late = pulumi.output("late");
  const paths = errorsOf({ ...valid, name: late }, { ...valid, service: late }, { type: late }).map(([path]) => path);
  expect(paths).toEqual(["delegates[0].name", "delegates[1].service", "delegates[2].type"]);
});

test("two neighbours of one name are refused, also if one has the name of its type", () => {
  const keda = { type: "Keda" };
  expect(errorsOf({ ...valid, name: "keda" }, keda, { ...keda, name: "other" }, keda)).toEqual([
    ["delegates[1].name", "ASM_NAME_INVALID"],
    ["delegates[3].name", "ASM_NAME_INVALID"],
  ]);
});

test("errors of several neighbours come at once", () => {
  expect(errorsOf({ ...valid, service: "x" }, { ...valid, name: "b", timeoutSeconds: 99 })).toHaveLength(2);
});

test("two nameless neighbours are not two of one name", () => {
  const { name, ...nameless } = valid;
  expect(errorsOf(nameless, nameless).map(([, code]) => code)).toEqual([
    "ASM_ARGUMENT_MISSING",
    "ASM_ARGUMENT_MISSING",
  ]);
  expect(name).toBe("a");
});
