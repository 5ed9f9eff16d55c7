/** Where an API server answers and who vouches for it. */
export interface ApiServer {
  /** Its URL. */
  readonly server: string;
  /** PEM certificate of its authority, in base64. */
  readonly authority: string;
}

/** A kubeconfig with a client certificate; certificate and key are PEM in base64. */
export function certificateKubeconfig(api: ApiServer, client: { certificate: string; key: string }): string {
  return kubeconfig(api, { "client-certificate-data": client.certificate, "client-key-data": client.key });
}

/**
 * A kubeconfig that has ack-ram-tool ask for a certificate, as `ack-ram-tool credential-plugin get-kubeconfig` writes
 * it. The tool takes the credentials of the environment that Pulumi runs in.
 */
export function execKubeconfig(api: ApiServer, clusterId: string): string {
  const args = ["credential-plugin", "get-credential", "--cluster-id", clusterId, "--api-version", "v1beta1"];
  return kubeconfig(api, {
    exec: {
      apiVersion: "client.authentication.k8s.io/v1beta1",
      command: "ack-ram-tool",
      args: [...args, "--log-level", "error"],
      installHint: "Install ack-ram-tool and put it on the PATH of whoever runs Pulumi",
      interactiveMode: "Never",
      provideClusterInfo: false,
    },
  });
}

function kubeconfig({ server, authority }: ApiServer, user: object): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "ack",
    clusters: [{ name: "ack", cluster: { server, "certificate-authority-data": authority } }],
    users: [{ name: "ack", user }],
    contexts: [{ name: "ack", context: { cluster: "ack", user: "ack" } }],
  });
}
