import * as pulumi from "@pulumi/pulumi";
import { type RecordedStack, recordStack } from "./recordStack";

/** What Alibaba Cloud fills in, by type of resource; it is known once the resource is made, and not at preview. */
export const computed: Record<string, Record<string, unknown>> = {
  "alicloud:cs/managedKubernetes:ManagedKubernetes": {
    vpcId: "vpc-of-the-cluster",
    securityGroupId: "sg-of-the-cluster",
    connections: { apiServerInternet: "https://internet.example:6443", apiServerIntranet: "https://10.1.0.9:6443" },
    certificateAuthority: { clusterCert: "Y2E=", clientCert: "Y2VydA==", clientKey: "cHJpdmF0ZSBrZXk=" },
  },
};

/** One call of a function of the provider. */
interface RecordedCall {
  readonly token: string;
  readonly inputs: Record<string, unknown>;
  readonly provider: string;
}

export interface RecordedCloud {
  readonly stack: RecordedStack;
  readonly calls: readonly RecordedCall[];
}

/**
 * Runs a program as recordStack does, with an alicloud provider that behaves as the real one: at preview it answers
 * neither ids nor what the cloud fills in, and both when a resource is made.
 */
export async function recordCloud(program: () => void, { preview = false } = {}): Promise<RecordedCloud> {
  const calls: RecordedCall[] = [];
  const stack = await recordStack(
    () => {
      answerAsCloud(calls, preview);
      program();
    },
    { preview },
  );
  return { stack, calls };
}

/** The answer of a call for a temporary kubeconfig. */
export const TEMPORARY = "kubeconfig of an hour";

function answerAsCloud(calls: RecordedCall[], preview: boolean): void {
  const monitor: { mocks?: pulumi.runtime.Mocks } = Object(pulumi.runtime.getMonitor());
  const { mocks } = monitor;
  if (mocks === undefined) throw new Error("no mocks are set");
  monitor.mocks = {
    call: ({ token, inputs, provider }) => {
      calls.push({ token, inputs, provider: provider ?? "" });
      return { ...inputs, kubeConfig: TEMPORARY };
    },
    newResource: async (args) => {
      const { id, state } = await mocks.newResource(args);
      if (!args.type.startsWith("alicloud:")) return { id, state };
      return preview ? { id: undefined, state } : { id, state: { ...state, ...computed[args.type] } };
    },
  };
}

/** A provider to hand to a component, so that a test can see where its children go. */
export class GivenProvider extends pulumi.ProviderResource {
  constructor(pkg: "alicloud" | "kubernetes") {
    super(pkg, `given-${pkg}`);
  }
}
