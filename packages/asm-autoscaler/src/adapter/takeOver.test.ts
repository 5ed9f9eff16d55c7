import { expect, test } from "@jest/globals";
import "../../testing/bundleFixture";
import { inputErrorsOf } from "../../testing/inputErrorsOf";
import { prometheus, recordAdapter } from "../../testing/recordAdapter";
import { only, type RecordedStack, recordStack, tree } from "../../testing/recordStack";
import { MetricsAdapter } from ".";

const API_SERVICE = "kubernetes:apiregistration.k8s.io/v1:APIService";
const CLUSTER_ROLE = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole";

const readMetrics = { apiGroups: ["external.metrics.k8s.io"], resources: ["*"], verbs: ["list"] };

/** The order in a stack. */
function orderOf(stack: RecordedStack) {
  const order = stack.find(({ name }) => name === "metrics-take-over");
  if (order === undefined) throw new Error("no order");
  return order;
}

test.each([false, true])(
  "takeOver is an order to the adapter in place of the APIService, which belongs to another (preview %s)",
  async (preview) => {
    const [registered, takenOver] = [
      tree(await recordAdapter({ prometheus }, preview)),
      tree(await recordAdapter({ prometheus, takeOver: true }, preview)),
    ];
    expect(takenOver.filter((line) => !registered.includes(line))).toEqual([
      "metrics-take-over: kubernetes:core/v1:ConfigMap < metrics",
    ]);
    expect(registered.filter((line) => !takenOver.includes(line))).toEqual([
      `metrics-api-service: ${API_SERVICE} < metrics`,
    ]);
  },
);

test("the order comes after the adapter and goes before it, and the finalizer holds it until the API is given back", async () => {
  const order = orderOf(await recordAdapter({ prometheus, takeOver: true, namespace: "metrics" }));
  expect(order.dependsOn).toEqual(expect.arrayContaining(["metrics-deployment", "metrics-service"]));
  expect(order.inputs).toEqual({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: "asm-metrics-adapter-take-over",
      namespace: "metrics",
      labels: { "app.kubernetes.io/name": "asm-metrics-adapter" },
      finalizers: ["asm-metrics-adapter/give-back"],
      annotations: { "pulumi.com/waitFor": "jsonpath={.data.progress}=TakenOver" },
    },
  });
});

test("only the adapter writes the order's data, and a new namespace gives the API back before it takes it over again", async () => {
  const order = orderOf(await recordAdapter({ prometheus, takeOver: true }));
  expect(order.ignoreChanges).toEqual(["data"]);
  expect(order.deleteBeforeReplace).toBe(true);
  expect(order.timeouts).toEqual({ create: "5m", update: "5m", delete: "5m" });
});

test("the adapter may read what HPAs read, to compare before it takes over, also without a delegate", async () => {
  const rulesOf = async (takeOver: boolean) =>
    only(await recordAdapter({ prometheus, takeOver }), CLUSTER_ROLE).inputs["rules"];
  expect(await rulesOf(true)).toContainEqual(readMetrics);
  expect(await rulesOf(false)).not.toContainEqual(readMetrics);
});

test.each([
  [{ takeOver: true }, "v1beta1.external.metrics.k8s.io"],
  [{}, "v1beta1.external.metrics.k8s.io"],
  [{ registerApiService: false }, undefined],
])("%j: apiServiceName is %j", async (given, expected) => {
  const names: unknown[] = [];
  await recordStack(
    () => void new MetricsAdapter("metrics", { prometheus, ...given }).apiServiceName.apply((name) => names.push(name)),
  );
  expect(names).toEqual([expected]);
});

test("to take the API over and to leave it to the other adapter is a contradiction", () => {
  const both = { prometheus, takeOver: true, registerApiService: false };
  expect(inputErrorsOf(() => new MetricsAdapter("metrics", both))).toEqual([["takeOver", "ASM_ARGUMENT_MISPLACED"]]);
});

test.each([null, undefined, false])("takeOver %j registers the API", async (takeOver) => {
  const given = takeOver === undefined ? {} : { takeOver: takeOver as boolean };
  expect(only(await recordAdapter({ prometheus, ...given }), API_SERVICE).name).toBe("metrics-api-service");
});
