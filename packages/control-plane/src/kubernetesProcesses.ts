import { join } from "node:path";
import type { AddressBlock } from "./addresses.ts";
import { apiServerUrl, type Credentials, frontProxyName } from "./credentials.ts";
import { answersOk } from "./probe.ts";
import type { ProcessSpec } from "./processes.ts";

/** Settings that the processes of a control plane share. */
export interface Setting {
  directory: string;
  addresses: AddressBlock;
  credentials: Credentials;
}

/** The etcd process: one member with temporary data, so it does not need to sync to the disk. */
export function etcdProcess(program: string, { directory, addresses, credentials }: Setting): ProcessSpec {
  const address = addresses.component(1);
  const clients = etcdUrl(addresses);
  const peers = `https://${address}:2380`;
  const health = `http://${address}:2381`;
  return {
    ...common("etcd", program, directory),
    args: flags({
      "data-dir": join(directory, "etcd"),
      "unsafe-no-fsync": "true",
      "listen-client-urls": clients,
      "advertise-client-urls": clients,
      "listen-peer-urls": peers,
      "initial-advertise-peer-urls": peers,
      "initial-cluster": `default=${peers}`,
      "listen-metrics-urls": health,
      "client-cert-auth": "true",
      "trusted-ca-file": credentials.etcdCa,
      "cert-file": credentials.etcd.cert,
      "key-file": credentials.etcd.key,
      "peer-client-cert-auth": "true",
      "peer-trusted-ca-file": credentials.etcdCa,
      "peer-cert-file": credentials.etcd.cert,
      "peer-key-file": credentials.etcd.key,
      "log-level": "warn",
    }),
    isReady: (signal) => answersOk(`${health}/health`, signal),
  };
}

/**
 * The kube-apiserver process, with RBAC, the aggregation layer and ServiceAccount tokens. It is configured as by
 * kubeadm, except for the addresses.
 */
export function apiServerProcess(program: string, { directory, addresses, credentials }: Setting): ProcessSpec {
  const ca = credentials.clusterAuthority.certPem;
  return {
    ...common("kube-apiserver", program, directory),
    args: flags({
      "bind-address": addresses.component(2),
      "secure-port": "6443",
      "advertise-address": addresses.component(2),
      // Endpoints reject loopback addresses. The control plane's own listener on the Service's ClusterIP replaces them.
      "endpoint-reconciler-type": "none",
      "service-cluster-ip-range": addresses.serviceRange,
      "etcd-servers": etcdUrl(addresses),
      "etcd-cafile": credentials.etcdCa,
      "etcd-certfile": credentials.etcdClient.cert,
      "etcd-keyfile": credentials.etcdClient.key,
      "tls-cert-file": credentials.apiServer.cert,
      "tls-private-key-file": credentials.apiServer.key,
      "client-ca-file": credentials.clusterCa,
      "authorization-mode": "RBAC",
      "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
      "service-account-key-file": credentials.tokenPublicKey,
      "service-account-signing-key-file": credentials.tokenPrivateKey,
      "requestheader-client-ca-file": credentials.frontProxyCa,
      "requestheader-allowed-names": frontProxyName,
      "requestheader-username-headers": "X-Remote-User",
      "requestheader-group-headers": "X-Remote-Group",
      "requestheader-extra-headers-prefix": "X-Remote-Extra-",
      "proxy-client-cert-file": credentials.frontProxyClient.cert,
      "proxy-client-key-file": credentials.frontProxyClient.key,
    }),
    isReady: (signal) => answersOk(`${apiServerUrl(addresses)}/readyz`, signal, ca),
  };
}

/** The kube-controller-manager process. The HPA controller's sync period stays at the default of 15 s. */
export function controllerManagerProcess(
  program: string,
  { directory, addresses, credentials }: Setting,
  downscaleStabilizationSeconds: number,
): ProcessSpec {
  const address = addresses.component(4);
  const ca = credentials.clusterAuthority.certPem;
  return {
    ...common("kube-controller-manager", program, directory),
    args: flags({
      kubeconfig: credentials.controllerManagerKubeconfig,
      "authentication-kubeconfig": credentials.controllerManagerKubeconfig,
      "authorization-kubeconfig": credentials.controllerManagerKubeconfig,
      "bind-address": address,
      "secure-port": "10257",
      "tls-cert-file": credentials.controllerManager.cert,
      "tls-private-key-file": credentials.controllerManager.key,
      // Pods have loopback addresses here, so these two controllers would log errors continuously. See serviceProxy.
      controllers: "*,-endpoints-controller,-endpointslice-controller",
      "use-service-account-credentials": "true",
      "root-ca-file": credentials.clusterCa,
      "service-account-private-key-file": credentials.tokenPrivateKey,
      "leader-elect": "false",
      // With the default of 20 requests per second, all controllers together need 5 s longer to start.
      "kube-api-qps": "200",
      "kube-api-burst": "400",
      "horizontal-pod-autoscaler-sync-period": "15s",
      "horizontal-pod-autoscaler-downscale-stabilization": `${downscaleStabilizationSeconds}s`,
    }),
    isReady: (signal) => answersOk(`https://${address}:10257/healthz`, signal, ca),
  };
}

function etcdUrl(addresses: AddressBlock): string {
  return `https://${addresses.component(1)}:2379`;
}

function common(name: string, program: string, directory: string) {
  return { name, program, env: { HOME: directory }, logFile: join(directory, `${name}.log`), readyWithinSeconds: 60 };
}

function flags(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}
