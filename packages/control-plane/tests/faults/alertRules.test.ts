import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { MetricsAdapter } from "@asm-autoscaler/asm-autoscaler/adapter";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { ensureBinaries } from "../../src/binaries.ts";

/** `promtool test rules`: Prometheus evaluates the alert rules on series that this test makes up. */

const ADAPTER = { job: "asm-metrics-adapter", namespace: "kube-system" };
const ALERTS = [
  "AsmMetricsAdapterDown",
  "AsmMetricsAdapterReplicasMissing",
  "AsmMetricsAdapterBlind",
  "AsmMetricsAdapterReadingsFailing",
  "AsmMetricsAdapterReadsRefused",
  "AsmMetricsAdapterDelegateDown",
  "AsmMetricsAdapterDelegateUnlisted",
  "AsmMetricsAdapterRulesBroken",
  "AsmMetricsAdapterRuleListsFailing",
  "AsmMetricsAdapterCaBundleContested",
  "AsmMetricsAdapterTakeOverReverted",
  "AsmMetricsAdapterTakeOverWaits",
  "AsmMetricsAdapterCertificateExpires",
  "AsmMetricsAdapterUnused",
];

interface Rule {
  readonly alert: string;
  readonly labels: object;
  readonly annotations: object;
}

/** The groups of the PrometheusRule that the component creates. */
function emittedGroups(): Promise<{ rules: Rule[] }[]> {
  return new Promise((resolve, reject) => {
    const newResource = ({ type, name, inputs }: pulumi.runtime.MockResourceArgs) => {
      if (type.endsWith(":PrometheusRule")) resolve(inputs["spec"].groups);
      return { id: name, state: inputs };
    };
    pulumi.runtime
      .setMocks({ newResource, call: () => ({}) })
      .then(
        () =>
          void new MetricsAdapter("adapter", { prometheus: { url: "http://prometheus" }, prometheusOperator: true }),
      )
      .catch(reject);
  });
}

/** A series of one pod, one sample per minute, in promtool's notation: `0+60x10` counts from 0 by 60 ten times. */
const series = (metric: string, values: string, pod = "a") => ({
  series: `${metric}{job="${ADAPTER.job}",namespace="${ADAPTER.namespace}",pod="${pod}"}`,
  values,
});
const own = (metric: string, values: string, pod?: string) => series(`asm_metrics_adapter_${metric}`, values, pod);

const delegate = (metric: string, values: string, pod: string, labels = "") => ({
  series: `asm_metrics_adapter_delegate_${metric}{job="${ADAPTER.job}",namespace="${ADAPTER.namespace}",pod="${pod}",delegate="keda"${labels}}`,
  values,
});

/** The states of an order. */
const takeOver = (takenOver: string, waiting: string, givingBack = "0x180") =>
  Object.entries({ "taken-over": takenOver, waiting, "giving-back": givingBack }).map(([state, values]) => ({
    series: `asm_metrics_adapter_take_over{job="${ADAPTER.job}",namespace="${ADAPTER.namespace}",pod="a",state="${state}"}`,
    values,
  }));

/** Rules or lists by state. */
const rules = (metric: string, state: string, values: string) => ({
  series: `asm_metrics_adapter_${metric}{job="${ADAPTER.job}",namespace="${ADAPTER.namespace}",pod="a",state="${state}"}`,
  values,
});

const days = (count: number) => count * 86_400;
const healthy = [
  series("up", "1x180", "a"),
  series("up", "1x180", "b"),
  // A restart in the middle: the counters begin again.
  own("evaluations_total", "0+60x90 0+60x90"),
  own("failed_evaluations_total", "0+1x90 0+1x90"),
  own("refused_reads_total", "0x180"),
  own("serving_certificate_expiry_seconds", `${days(30)}x180`),
  own("hpas", "3x180"),
  delegate("up", "1x180", "a"),
  delegate("reads_total", "0+4x180", "a", ',result="200"'),
  // promtool begins at Unix time 0.
  delegate("list_timestamp_seconds", "0+60x180", "a"),
  own("ca_bundle_write_backs_total", "0x180"),
  own("take_overs_total", "0x20 1x160"),
  ...takeOver("1x180", "0x180"),
  rules("rules", "served", "3x180"),
  rules("rules", "broken", "0x180"),
  rules("rule_lists", "failed", "0x20 1x20 0x140"),
  own("rules_file", "1x180"),
];

interface Scenario {
  readonly name: string;
  readonly input: readonly { series: string; values: string }[];
  readonly alert: string;
  /** Minute of the first evaluation at which the alert fires. Undefined if it never does. */
  readonly fires?: number;
  /** Expected labels besides those of the rule. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Expected summary. */
  readonly summary?: string;
}

const scenarios: readonly Scenario[] = [
  ...ALERTS.map((alert) => ({ name: "a healthy adapter", input: healthy, alert })),
  {
    name: "no pod answers any more",
    input: [series("up", "1x5 0x30", "a"), series("up", "1x5 _x30", "b")],
    alert: "AsmMetricsAdapterDown",
    fires: 13, // the last sample of pod b counts until minute 10, the lookback of Prometheus
    summary: "No pod of the metrics adapter answers",
  },
  {
    name: "nothing is scraped at all",
    input: [],
    alert: "AsmMetricsAdapterDown",
    fires: 3,
    summary: "No pod of the metrics adapter answers",
  },
  {
    name: "a rollout in which pods take turns",
    input: [series("up", "1x5 0x2 1x170", "a"), series("up", "1x8 0x2 1x170", "b")],
    alert: "AsmMetricsAdapterDown",
  },
  {
    name: "one of two pods is gone",
    input: [series("up", "1x60", "a"), series("up", "1x10 0x50", "b")],
    alert: "AsmMetricsAdapterReplicasMissing",
    fires: 26,
    summary: "Pods of the metrics adapter that answer: 1 of 2",
  },
  {
    name: "all queries fail",
    input: [own("evaluations_total", "0+60x60"), own("failed_evaluations_total", "0+60x60")],
    alert: "AsmMetricsAdapterBlind",
    fires: 6,
    summary: "Nearly all queries of the metrics adapter fail",
  },
  {
    name: "an adapter that evaluates nothing",
    input: [own("evaluations_total", "0x180"), own("failed_evaluations_total", "0x180")],
    alert: "AsmMetricsAdapterBlind",
  },
  {
    name: "a fifth of the queries fails",
    input: [own("evaluations_total", "0+60x60"), own("failed_evaluations_total", "0+12x60")],
    alert: "AsmMetricsAdapterReadingsFailing",
    fires: 16,
    summary: "20% of the metrics adapter's queries fail",
  },
  {
    name: "one HPA gets errors",
    input: [own("refused_reads_total", "0+4x60")],
    alert: "AsmMetricsAdapterReadsRefused",
    fires: 16,
    summary: "Some HorizontalPodAutoscalers get an error instead of a metric value",
  },
  {
    name: "a delegate that does not answer one pod",
    input: [
      delegate("up", "1x10 0x60", "a"),
      delegate("reads_total", "0+4x10 40x60", "a", ',result="200"'),
      delegate("reads_total", "0x10 0+4x60", "a", ',result="ASM_DELEGATE_UNREACHABLE"'),
      delegate("up", "1x70", "b"),
    ],
    alert: "AsmMetricsAdapterDelegateDown",
    fires: 16,
    labels: { delegate: "keda" },
    summary: "The neighbouring adapter keda does not answer the metrics adapter",
  },
  {
    name: "a delegate that answers again, but not the pod that gets no more reads",
    input: [
      delegate("up", "1x10 0x170", "a"),
      delegate("reads_total", "0+4x11 44x170", "a", ',result="ASM_DELEGATE_UNREACHABLE"'),
      delegate("up", "1x180", "b"),
      delegate("reads_total", "0+4x180", "b", ',result="200"'),
    ],
    alert: "AsmMetricsAdapterDelegateDown",
  },
  {
    name: "a delegate whose list one pod can no longer read",
    input: [
      delegate("list_timestamp_seconds", "0+60x10 600x60", "a"),
      delegate("list_timestamp_seconds", "0+60x70", "b"),
    ],
    alert: "AsmMetricsAdapterDelegateUnlisted",
    fires: 26, // the list is 300 s old at minute 15
    labels: { delegate: "keda" },
    summary: "The metrics adapter cannot list the metrics of the neighbouring adapter keda",
  },
  {
    name: "a delegate whose list was never read",
    input: [delegate("list_timestamp_seconds", "0x60", "a")],
    alert: "AsmMetricsAdapterDelegateUnlisted",
    fires: 16,
    labels: { delegate: "keda" },
    summary: "The metrics adapter cannot list the metrics of the neighbouring adapter keda",
  },
  {
    name: "a new pod that reads the list late",
    input: [delegate("list_timestamp_seconds", "0x9 600+60x170", "a")],
    alert: "AsmMetricsAdapterDelegateUnlisted",
  },
  {
    name: "a broken rule",
    input: [rules("rules", "broken", "1x60"), own("rules_file", "1x60")],
    alert: "AsmMetricsAdapterRulesBroken",
    fires: 15,
    summary: "The metrics adapter cannot use all rules of prometheus-adapter",
  },
  {
    name: "a file of rules that cannot be read",
    input: [rules("rules", "broken", "0x60"), own("rules_file", "1x9 0x50")],
    alert: "AsmMetricsAdapterRulesBroken",
    fires: 25,
    summary: "The metrics adapter cannot use all rules of prometheus-adapter",
  },
  {
    name: "a list of series that fails",
    input: [rules("rule_lists", "failed", "0x9 2x60")],
    alert: "AsmMetricsAdapterRuleListsFailing",
    fires: 40,
    summary: "The metrics adapter cannot list the series of rules: 2 lists fail",
  },
  {
    name: "a program that removes the CA again and again",
    input: [own("ca_bundle_write_backs_total", "0x10 4+1x60")],
    alert: "AsmMetricsAdapterCaBundleContested",
    fires: 13,
    summary: "Another program removes the metrics adapter's CA from the APIService",
  },
  {
    name: "an upgrade of the other adapter, which removes the CA once",
    input: [own("ca_bundle_write_backs_total", "0x10 1x60 2x60")],
    alert: "AsmMetricsAdapterCaBundleContested",
  },
  {
    name: "a program that writes another Service every five minutes",
    input: [own("take_overs_total", "0x4 1x4 2x4 3x4 4x4 5x4 6x4 7x4 8x4 9x4")],
    alert: "AsmMetricsAdapterTakeOverReverted",
    fires: 22,
    summary: "Another program gives the API of the metrics adapter back again and again",
  },
  {
    name: "an upgrade of the other adapter, which gives the API back once",
    input: [own("take_overs_total", "0x10 1x60 2x60")],
    alert: "AsmMetricsAdapterTakeOverReverted",
  },
  {
    name: "an order that waits",
    input: takeOver("0x60", "1x60"),
    alert: "AsmMetricsAdapterTakeOverWaits",
    fires: 15,
    summary: "The metrics adapter has waited for 15 minutes to take the API over or to give it back",
  },
  {
    name: "an APIService that cannot be given back, after an order that waited",
    input: takeOver("0x60", "1x5 0x55", "0x5 1x55"),
    alert: "AsmMetricsAdapterTakeOverWaits",
    fires: 15,
    summary: "The metrics adapter has waited for 15 minutes to take the API over or to give it back",
  },
  {
    name: "a take-over that waits for the pods of a rollout",
    input: takeOver("0x10 1x170", "1x10 0x170"),
    alert: "AsmMetricsAdapterTakeOverWaits",
  },
  {
    name: "a certificate that is not renewed",
    input: [own("serving_certificate_expiry_seconds", `${days(5)}x180`)],
    alert: "AsmMetricsAdapterCertificateExpires",
    fires: 61,
    summary: "The serving certificate of the metrics adapter expires in 4d 22h 59m 0s",
  },
  {
    name: "an adapter without an HPA",
    input: [own("hpas", "0x180")],
    alert: "AsmMetricsAdapterUnused",
    fires: 60,
    summary: "No HorizontalPodAutoscaler uses the metrics adapter",
  },
];

const run = promisify(execFile);
let promtool: string;
let directory: string;
let groups: { rules: Rule[] }[];
beforeAll(async () => {
  groups = await emittedGroups();
  directory = mkdtempSync(join(tmpdir(), "alert-rules-"));
  ({ promtool } = await ensureBinaries(["promtool"]));
}, 1_200_000);
afterAll(() => rmSync(directory, { recursive: true }));

/** What `promtool` prints. JSON is YAML. */
async function printed(command: readonly string[], files: Readonly<Record<string, unknown>>): Promise<string> {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), JSON.stringify(content));
  const { stdout, stderr } = await run(promtool, [...command], { cwd: directory }).catch((error) => error);
  return `${stdout}${stderr}`;
}

test("the rules are a rule file that Prometheus loads, and its linter finds nothing", async () => {
  const command = ["check", "rules", "--lint=all", "--lint-fatal", "rules.json"];
  expect(await printed(command, { "rules.json": { groups } })).toContain(`SUCCESS: ${ALERTS.length} rules found`);
  expect(groups.flatMap(({ rules }) => rules.map(({ alert }) => alert))).toEqual(ALERTS);
}, 60_000);

test.each(scenarios)(
  "$name: $alert",
  async ({ input, alert, fires, labels, summary }) => {
    const rule = groups.flatMap(({ rules }) => rules).find((one) => one.alert === alert);
    const expected = [
      { exp_labels: { ...rule?.labels, ...labels }, exp_annotations: { ...rule?.annotations, summary } },
    ];
    // A minute before it must not fire yet; without an alert, all three hours are silent.
    const times = fires === undefined ? Array.from({ length: 181 }, (_, minute) => minute) : [fires - 1, fires];
    const tests = {
      rule_files: ["rules.json"],
      evaluation_interval: "1m",
      tests: [
        {
          interval: "1m",
          input_series: input,
          alert_rule_test: times.map((minute) => ({
            eval_time: `${minute}m`,
            alertname: alert,
            exp_alerts: minute === fires ? expected : [],
          })),
        },
      ],
    };
    expect(await printed(["test", "rules", "tests.json"], { "rules.json": { groups }, "tests.json": tests })).toContain(
      "SUCCESS",
    );
  },
  60_000,
);
