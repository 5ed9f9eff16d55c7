import { MetricsAdapter, type MetricsAdapterArgs } from "../src/adapter";
import { only, type RecordedStack, recordStack } from "./recordStack";

export const DEPLOYMENT = "kubernetes:apps/v1:Deployment";

/** Arguments that suffice. */
export const prometheus = { url: "http://prometheus.istio-system.svc:9090" };

/** What a MetricsAdapter called `metrics` registers. */
export function recordAdapter(args: MetricsAdapterArgs, preview = false): Promise<RecordedStack> {
  return recordStack(() => void new MetricsAdapter("metrics", args), { preview });
}

/** A CA certificate that was made for the tests: self-signed, P-256, CN=test. */
export const CA = `-----BEGIN CERTIFICATE-----
MIIBdTCCARugAwIBAgIUGB4kfgav1qSzu8KqwSTqBCOGH/YwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjQxODA3MzdaGA8yMTI2MTAzMTE4MDcz
N1owDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABLXP
owK5xmC0CcaWxWMS45leEaTNX5/B8ybYuoOL3ifKIzPlUu1T53P8ikLHJT/++E5r
pLxUVLhHYyJgl69ftuujUzBRMB0GA1UdDgQWBBSTsTPvZDAotwXNAe2hjogWPsmx
aTAfBgNVHSMEGDAWgBSTsTPvZDAotwXNAe2hjogWPsmxaTAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0gAMEUCIQDDk+HFnuv1w+tNtYP+m7/o8zN7a098Ok0B
MVbsop4v4gIgAKXz+fssOV6Dqe0ygpBNCKUtJmF0aqeJZSyZ//s4jfk=
-----END CERTIFICATE-----
`;

interface DeploymentSpec {
  replicas: number;
  strategy?: object;
  template: { metadata: { labels: Record<string, string>; annotations: Record<string, string> }; spec: PodSpec };
}

interface PodSpec {
  containers: [Container];
  priorityClassName: string;
  nodeSelector?: object;
  tolerations?: object[];
  affinity?: object;
  topologySpreadConstraints: object[];
  hostNetwork?: boolean;
  dnsPolicy?: string;
  volumes: {
    name: string;
    configMap?: { name: string };
    secret?: { secretName: string; optional?: boolean };
    projected?: { sources: object[] };
    csi?: object;
  }[];
  imagePullSecrets?: { name: string }[];
}

interface Container {
  image: string;
  imagePullPolicy?: string;
  command: string[];
  args: string[];
  resources: unknown;
  env: { name: string; value?: string; valueFrom?: { secretKeyRef?: { name: string; key: string } } }[];
  ports: { name: string; containerPort: number }[];
  volumeMounts: { name: string; mountPath: string }[];
}

export function deploymentOf(stack: RecordedStack): DeploymentSpec {
  const inputs: { spec: DeploymentSpec } = JSON.parse(JSON.stringify(only(stack, DEPLOYMENT).inputs));
  return inputs.spec;
}

export function podOf(stack: RecordedStack): PodSpec {
  return deploymentOf(stack).template.spec;
}

/** The files of the Secret with the Prometheus servers, in clear. */
export function serverFilesOf(stack: RecordedStack): Record<string, string> {
  const secret = stack.find(({ name }) => name === "metrics-prometheus");
  // The mocks leave the mark of a secret around its value.
  const marked: { value: Record<string, string> } = JSON.parse(JSON.stringify(secret?.inputs["data"]));
  return Object.fromEntries(
    Object.entries(marked.value).map(([file, text]) => [file, Buffer.from(text, "base64").toString()]),
  );
}
