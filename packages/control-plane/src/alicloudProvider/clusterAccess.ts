import { at, type Json, textAt } from "../providerProtocol/json.ts";

/** Access to the API server of an ACK cluster: the address, and certificates and key in base64, as in a kubeconfig. */
export interface ClusterAccess {
  readonly server: string;
  readonly clusterCertificate: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
}

/**
 * The access data of the stand-in clusters. With a kubeconfig, it is that of a real API server, so that objects are
 * really created there. Otherwise the address cannot be reached.
 * @param kubeconfig A local control plane's kubeconfig, which is JSON.
 */
export function clusterAccess(kubeconfig: string | undefined): ClusterAccess {
  if (kubeconfig === undefined) return nowhere;
  const config = JSON.parse(kubeconfig) as Json;
  const cluster = at(config, "clusters", 0, "cluster");
  const user = at(config, "users", 0, "user");
  return {
    server: textAt(cluster, "server") ?? "",
    clusterCertificate: textAt(cluster, "certificate-authority-data") ?? "",
    clientCertificate: textAt(user, "client-certificate-data") ?? "",
    clientKey: textAt(user, "client-key-data") ?? "",
  };
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

const nowhere: ClusterAccess = {
  server: "https://192.0.2.1:6443", // in a block that is not routed (RFC 5737)
  clusterCertificate: base64("stand-in authority certificate"),
  clientCertificate: base64("stand-in client certificate"),
  clientKey: base64("stand-in client key"),
};

/** The kubeconfig that the cloud returns for a cluster. */
export function kubeconfigOf(access: ClusterAccess): string {
  const name = "kubernetes";
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster: { server: access.server, "certificate-authority-data": access.clusterCertificate } }],
    users: [
      {
        name,
        user: { "client-certificate-data": access.clientCertificate, "client-key-data": access.clientKey },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}
