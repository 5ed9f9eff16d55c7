import { MeshPrometheus, type MeshPrometheusArgs } from "../src/prometheus";
import { only, type RecordedStack, recordStack } from "./recordStack";

/** What a MeshPrometheus called `mesh` registers. */
export function recordPrometheus(args: MeshPrometheusArgs = {}, preview = false): Promise<RecordedStack> {
  return recordStack(() => void new MeshPrometheus("mesh", args), { preview });
}

interface Container {
  image: string;
  args?: string[];
  env?: { name: string; value?: string; valueFrom?: object }[];
  resources: { requests: Record<string, string>; limits: Record<string, string> };
  securityContext: object;
  volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[];
}

interface PodTemplate {
  metadata: { labels: Record<string, string> };
  spec: { containers: [Container]; volumes: object[]; securityContext: object; imagePullSecrets?: object[] };
}

/** The pod template of Prometheus (`StatefulSet`) or of Grafana (`Deployment`). */
export function templateOf(stack: RecordedStack, kind: "StatefulSet" | "Deployment"): PodTemplate {
  const { inputs } = only(stack, `kubernetes:apps/v1:${kind}`);
  const { spec }: { spec: { template: PodTemplate } } = JSON.parse(JSON.stringify(inputs));
  return spec.template;
}

/** The files of the ConfigMap of a name in the program. */
export function filesOf(stack: RecordedStack, name: string): Record<string, string> {
  const found = stack.find((resource) => resource.name === name);
  const { data }: { data: Record<string, string> } = JSON.parse(JSON.stringify(found?.inputs ?? { data: {} }));
  return data;
}
