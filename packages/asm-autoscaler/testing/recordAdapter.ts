import { MetricsAdapter, type MetricsAdapterArgs } from "../src/adapter";
import { only, type RecordedStack, recordStack } from "./recordStack";

export const DEPLOYMENT = "kubernetes:apps/v1:Deployment";

/** Arguments that suffice. */
export const prometheus = { url: "http://prometheus.istio-system.svc:9090" };

/** What a MetricsAdapter called `metrics` registers. */
export function recordAdapter(args: MetricsAdapterArgs, preview = false): Promise<RecordedStack> {
  return recordStack(() => void new MetricsAdapter("metrics", args), { preview });
}

interface DeploymentSpec {
  replicas: number;
  template: { spec: PodSpec };
}

interface PodSpec {
  containers: [Container];
  volumes: { name: string; configMap?: { name: string } }[];
  imagePullSecrets?: { name: string }[];
}

interface Container {
  image: string;
  args: string[];
  env: { name: string }[];
  volumeMounts: { name: string; mountPath: string }[];
}

export function deploymentOf(stack: RecordedStack): DeploymentSpec {
  const inputs: { spec: DeploymentSpec } = JSON.parse(JSON.stringify(only(stack, DEPLOYMENT).inputs));
  return inputs.spec;
}

export function podOf(stack: RecordedStack): PodSpec {
  return deploymentOf(stack).template.spec;
}
