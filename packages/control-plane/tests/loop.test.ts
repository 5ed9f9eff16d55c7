import { execFile, execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import { type LocalCluster, startLocalCluster } from "../src/localCluster.ts";
import { type LoopRecord, playLoop, sizes } from "../src/loop/loop.ts";
import { observe, type Rescale } from "../src/loop/observer.ts";
import { adapter } from "../src/loop/program.ts";
import { until } from "./until.ts";

/**
 * The guide's own HPA for a second workload, in the annotation form and with spacing of its own, as a user would apply
 * it with kubectl; `autoscaling/v2`, since the guide's v2beta2 is gone from Kubernetes.
 */
const GUIDE_YAML = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: by-hand
  namespace: test
  annotations:
    metric-config.external.prometheus-query.prometheus/rps-by-hand: |
      sum(
          rate( istio_requests_total{destination_workload = "by-hand",
              destination_workload_namespace="test",reporter="destination" }[1m] )
      )
spec:
  maxReplicas: 10
  minReplicas: 1
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: by-hand }
  metrics:
    - type: External
      external:
        metric: { name: prometheus-query, selector: { matchLabels: { query-name: rps-by-hand } } }
        target: { type: AverageValue, averageValue: "10" }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: by-hand, namespace: test }
spec:
  selector: { matchLabels: { app: by-hand } }
  template:
    metadata: { labels: { app: by-hand } }
    spec: { containers: [{ name: app, image: docker.io/stefanprodan/podinfo:6.9.2 }] }
`;

let cluster: LocalCluster;
let record: LoopRecord;
let byHand: readonly Rescale[];
const steps: string[] = [];

beforeAll(async () => {
  cluster = await startLocalCluster({ downscaleStabilizationSeconds: 30 });
  [record, byHand] = await Promise.all([
    playLoop(cluster, { step: (text) => void steps.push(text), live: () => undefined }, Date.now()),
    scaleByHand(cluster),
  ]);
}, 900_000);

afterAll(async () => {
  await cluster?.stop();
}, 60_000);

/** Applies the guide's HPA once the library's is there, offers 26 requests per second and waits for three replicas. */
async function scaleByHand({ controlPlane, traffic }: LocalCluster): Promise<readonly Rescale[]> {
  await until("the HPA podinfo", () => controlPlane.kubectl(["-n", "test", "get", "hpa", "podinfo"]), 120);
  await controlPlane.kubectl(["apply", "-f", "-"], GUIDE_YAML);
  traffic.offer({ namespace: "test", workload: "by-hand", service: "by-hand" }, 26);
  const observer = observe(controlPlane, "test", "by-hand");
  try {
    await observer.until("three replicas", 300, () => observer.rescales.some(({ to }) => to === 3));
    return [...observer.rescales];
  } finally {
    observer.stop();
  }
}

/** An order to take the API over exists only in tests/faults/takeover.test.ts. */
const TAKE_OVER = "asm-metrics-adapter-take-over";
/** Each command of kubectl that the pages have for the demo's cluster, but none that installs; docs/commands.test.ts counts on that. */
const pageCommands = globSync(["README.md", "docs/**/*.md"])
  .flatMap((page) =>
    [...readFileSync(page, "utf8").matchAll(/^ *```sh\n[\s\S]*?^ *```$/gm)].flatMap(
      ([block]) => block.match(/(?<=^ *)kubectl (?!apply).*$/gm) ?? [],
    ),
  )
  .filter((command) => !command.includes(TAKE_OVER));
const isReading = (command: string) => !/ delete /.test(command);

/** Not synchronously: the cluster's kubelet lives in this process. */
async function shell(command: string): Promise<string> {
  const { binaries, kubeconfig } = cluster.controlPlane;
  const env = { ...process.env, KUBECONFIG: kubeconfig, PATH: `${dirname(binaries.kubectl)}:${process.env["PATH"]}` };
  return (await promisify(execFile)("sh", ["-c", command], { env })).stdout;
}

async function leftOfAdapter(): Promise<string[]> {
  const kinds =
    "deployment,service,configmap,secret,pdb,role,rolebinding,serviceaccount,clusterrole,clusterrolebinding,apiservice";
  const left = (await cluster.controlPlane.kubectl(["get", kinds, "-A", "-o", "name"])).split("\n");
  return left.filter((line) => /asm-metrics-adapter|external\.metrics/.test(line));
}

describe("the loop, with the real HPA controller", () => {
  test("one replica becomes five by requests per second and one again when they end", () => {
    expect(record.summary).toMatch(/^scaled 1 -> 5 -> 1 in \d+ s$/);
    expect(Math.max(...record.rescales.map(({ to }) => to))).toBe(5);
    expect(record.rescales.filter(({ message }) => !/external metric prometheus-query/.test(message))).toEqual(
      record.rescales.filter(({ message }) => /All metrics below target/.test(message)),
    );
  });

  test("every reading served meanwhile was evaluated within the last six seconds", () => {
    const ages = record.sights.flatMap(({ at, evaluatedAt }) => (evaluatedAt === undefined ? [] : [at - evaluatedAt]));
    expect(ages.length).toBeGreaterThan(60);
    // The API's timestamp has seconds only, so up to one more second may seem to have passed.
    expect(Math.max(...ages)).toBeLessThan(7_000);
  });

  test("discovery is empty before the HPA and lists the metric after it, exactly as the guide prints it", () => {
    expect(steps).toContain("external metrics before the HPA: []");
    expect(steps).toContain(
      'external metrics after the HPA: [{"name":"prometheus-query","singularName":"","namespaced":true,"kind":"ExternalMetricValueList","verbs":["get"]}]',
    );
  });

  test("kubectl shows both adapter pods 1/1 Running and a target in milli-quantities", () => {
    expect(steps.join("\n").match(/asm-metrics-adapter-\S+\s+1\/1\s+Running\s+0/g)).toHaveLength(2);
    expect(steps.join("\n")).toMatch(/Deployment\/podinfo\s+\d+m?\/10 \(avg\)\s+1\s+10\s+5/);
  });

  test("the status page says why there are five pods, and later why there is one", () => {
    expect(record.reasons[0]).toMatch(
      /^podinfo runs 5 pods because it gets 4[3-7](\.\d)? requests per second and each pod should carry 10: ceil\(4[3-7](\.\d)? \/ 10\) = 5\.$/,
    );
    // The window of the rate may still hold a few requests of before.
    expect(record.reasons[1]).toMatch(
      /^podinfo runs (its minimum of )?1 pod,? because it gets \d(\.\d+)? requests? per second and each pod should carry 10: /,
    );
  });

  test("an HPA of the guide applied with kubectl scales just the same", () => {
    expect(sizes(byHand)).toMatch(/^1 -> (2 -> )?3$/);
  });

  test("a read that the selector does not match is an empty list, and the HPA object is as the guide's", async () => {
    const path =
      "/apis/external.metrics.k8s.io/v1beta1/namespaces/test/prometheus-query?labelSelector=query-name%3Dnothing";
    expect(JSON.parse(await cluster.controlPlane.kubectl(["get", "--raw", path]))).toMatchObject({ items: [] });
    const hpa: V2HorizontalPodAutoscaler = JSON.parse(
      await cluster.controlPlane.kubectl(["-n", "test", "get", "hpa", "podinfo", "-o", "json"]),
    );
    expect(hpa.spec).toMatchObject({
      minReplicas: 1,
      maxReplicas: 10,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "podinfo" },
      metrics: [
        {
          type: "External",
          external: {
            metric: {
              name: "prometheus-query",
              selector: { matchLabels: { "query-name": "processed-requests-per-second" } },
            },
            target: { type: "AverageValue", averageValue: "10" },
          },
        },
      ],
    });
  });

  test("what the pages read by kubectl can be read so", async () => {
    expect(pageCommands.length).toBeGreaterThan(5);
    for (const command of pageCommands.filter(isReading)) {
      expect([command, await shell(command)]).not.toEqual([command, ""]);
    }
  });

  test("up, refresh and preview of the adapter's stack change nothing once it runs", async () => {
    const program = async () => adapter(cluster.controlPlane.prometheusUrl);
    const stack = await cluster.engine.stack({ project: "loop", stack: "adapter", program });
    expect((await stack.up({ expectNoChanges: true })).summary.resourceChanges).toEqual({ same: 17 });
    await stack.refresh({ expectNoChanges: true });
    expect((await stack.preview({ expectNoChanges: true })).changeSummary).toEqual({ same: 17 });
    // The refresh has read the Secret that the adapter filled; its state must hold it encrypted only.
    const folder = join(cluster.controlPlane.directory, "pulumi-state");
    const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith(".json"));
    const states = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
    expect(states.some((state) => state.includes("asm-metrics-adapter-tls"))).toBe(true);
    expect(
      states.filter((state) => /PRIVATE KEY|LS0tLS1CRUdJTiBQUklWQVRF|LS0tLS1CRUdJTiBFQyBQUklWQVRF/.test(state)),
    ).toEqual([]);
  }, 120_000);

  test("a hung adapter is restarted by its liveness probe, and the other answers meanwhile", async () => {
    const { controlPlane } = cluster;
    const pods = JSON.parse(await controlPlane.kubectl(["-n", "kube-system", "get", "pods", "-o", "json"]));
    const { name, ip } = { name: pods.items[0].metadata.name, ip: pods.items[0].status.podIP };
    const pid =
      execFileSync("pgrep", ["-f", `^\\S*node .*--bind-address=${ip.replaceAll(".", "\\.")}`], { encoding: "utf8" })
        .trim()
        .split("\n")[0] ?? "";
    process.kill(Number(pid), "SIGSTOP");
    const restarts = async () =>
      JSON.parse(await controlPlane.kubectl(["-n", "kube-system", "get", "pod", name, "-o", "json"])).status
        .containerStatuses[0].restartCount;
    await until("a restart", async () => (await restarts()) === 1, 120);
    await until(
      "a ready pod",
      async () => /1\/1/.test(await controlPlane.kubectl(["-n", "kube-system", "get", "pod", name])),
      60,
    );
  }, 240_000);

  test("destroy leaves nothing of the adapter", async () => {
    const program = async () => adapter(cluster.controlPlane.prometheusUrl);
    await (await cluster.engine.stack({ project: "loop", stack: "adapter", program })).destroy();
    expect(await leftOfAdapter()).toEqual([]);
  }, 120_000);

  test("what the pages remove by kubectl leaves nothing either", async () => {
    const program = async () => adapter(cluster.controlPlane.prometheusUrl);
    const stack = await cluster.engine.stack({ project: "loop", stack: "adapter", program });
    await stack.up();
    for (const command of pageCommands.filter((one) => !isReading(one))) await shell(command);
    expect(await leftOfAdapter()).toEqual([]);
  }, 120_000);
});
