import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AddressBlock } from "./addresses.ts";
import { type Authority, createAuthority, createTokenKeys, type KeyPair } from "./pki.ts";

/** Paths of the files of one certificate and its key. */
interface KeyFiles {
  cert: string;
  key: string;
}

/** The certificates, keys and kubeconfigs of a control plane, as files in its folder. */
export interface Credentials {
  /** The CA for everything inside the cluster: it issues certificates, and clients verify servers with it. */
  readonly clusterAuthority: Authority;
  readonly clusterCa: string;
  /**
   * The CA with which extension API servers verify the API server. Do not trust it anywhere else: a client with a
   * certificate from it can act as any user.
   */
  readonly frontProxyCa: string;
  /** The CA of etcd. A client with a certificate from it can read and write everything in etcd. */
  readonly etcdCa: string;
  readonly etcd: KeyFiles;
  readonly etcdClient: KeyFiles;
  readonly apiServer: KeyFiles;
  readonly frontProxyClient: KeyFiles;
  readonly controllerManager: KeyFiles;
  readonly tokenPublicKey: string;
  readonly tokenPrivateKey: string;
  readonly adminKubeconfig: string;
  readonly controllerManagerKubeconfig: string;
}

/** The common name that extension API servers accept from the aggregation layer. */
export const frontProxyName = "front-proxy-client";

/** The URL of the API server of a block. */
export function apiServerUrl(addresses: AddressBlock): string {
  return `https://${addresses.component(2)}:6443`;
}

/** Creates all credentials and writes them to files that only this user can read. */
export async function makeCredentials(directory: string, addresses: AddressBlock): Promise<Credentials> {
  const [cluster, frontProxy, etcdAuthority, tokenKeys] = await Promise.all([
    createAuthority("kubernetes"),
    createAuthority("front-proxy"),
    createAuthority("etcd"),
    createTokenKeys(),
  ]);
  const file = async (name: string, text: string) => {
    const path = join(directory, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const pair = async (name: string, issued: Promise<KeyPair>): Promise<KeyFiles> => {
    const { certPem, keyPem } = await issued;
    const [cert, key] = await Promise.all([file(`${name}.crt`, certPem), file(`${name}.key`, keyPem)]);
    return { cert, key };
  };
  const kubeconfig = async (name: string, issued: Promise<KeyPair>) =>
    file(`${name}.kubeconfig`, kubeconfigText(apiServerUrl(addresses), cluster.certPem, await issued));

  const service = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
  ];
  const apiServerNames = ["localhost", ...service, addresses.kubernetesService, addresses.component(2)];
  const paths = await allOf({
    clusterCa: file("cluster-ca.crt", cluster.certPem),
    frontProxyCa: file("front-proxy-ca.crt", frontProxy.certPem),
    etcdCa: file("etcd-ca.crt", etcdAuthority.certPem),
    etcd: pair("etcd", etcdAuthority.issuePeer("etcd", [addresses.component(1)])),
    etcdClient: pair("etcd-client", etcdAuthority.issueClient("kube-apiserver")),
    apiServer: pair("kube-apiserver", cluster.issueServer("kube-apiserver", apiServerNames)),
    frontProxyClient: pair("front-proxy-client", frontProxy.issueClient(frontProxyName)),
    controllerManager: pair(
      "kube-controller-manager",
      cluster.issueServer("kube-controller-manager", [addresses.component(4)]),
    ),
    tokenPublicKey: file("tokens.pub", tokenKeys.publicPem),
    tokenPrivateKey: file("tokens.key", tokenKeys.privatePem),
    // system:masters has all permissions. system:kube-controller-manager has its own role.
    adminKubeconfig: kubeconfig("admin", cluster.issueClient("admin", ["system:masters"])),
    controllerManagerKubeconfig: kubeconfig(
      "kube-controller-manager",
      cluster.issueClient("system:kube-controller-manager"),
    ),
  });
  return { clusterAuthority: cluster, ...paths };
}

/** A kubeconfig with one cluster and one user, and all data inline. JSON is valid YAML. */
export function kubeconfigText(server: string, caPem: string, user: KeyPair): string {
  const name = "asm-autoscaler-local";
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster: { server, "certificate-authority-data": base64(caPem) } }],
    users: [
      {
        name,
        user: { "client-certificate-data": base64(user.certPem), "client-key-data": base64(user.keyPem) },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}

async function allOf<T extends Record<string, Promise<unknown>>>(
  promises: T,
): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  const entries = Object.entries(promises).map(async ([key, promise]) => [key, await promise]);
  return Object.fromEntries(await Promise.all(entries)) as { [K in keyof T]: Awaited<T[K]> };
}
