import { error, type ProblemTable, warning } from "./kind";

/**
 * Problems that developers of this repository see: of the local control plane, the demo and the checkout.
 * What each means is in docs/problems/repository.ts.
 */
export const repositoryProblems = {
  ASM_BUILD_FAILED: error(
    "Correct what the last lines of its output name: usually a module cannot be downloaded (check GOPROXY), or the cache folder has no space left.",
  ),
  ASM_BUNDLE: error("Run `npm run build`."),
  ASM_CACHE_LOCK: error("Make the cache folder writable, or set XDG_CACHE_HOME to a writable folder."),
  ASM_GO_MISSING: error(
    "Install Go 1.26 or newer, or make the release sites reachable (set HTTPS_PROXY, or RELEASE_MIRROR to a mirror of them).",
  ),
  ASM_GO_MODULE: error("Restore the file from git."),
  ASM_INJECTOR_IDLE: error("Search the API server's log for the webhook `sidecar-injector.istio.io`."),
  ASM_INSTALL: error("Read npm's output above the message; usually the registry cannot be reached."),
  ASM_KUBECONFIG_NO_CLUSTER: error("Set `current-context` to a context that has a cluster."),
  ASM_KUBECONFIG_UNREADABLE: error("Give the path of a readable kubeconfig, or its text."),
  ASM_KUBECTL_FAILED: error("Correct the cause that kubectl reports."),
  ASM_KUBELET_ADDRESSES: error("Run fewer pods."),
  ASM_KUBELET_CONTAINER: error("Correct the pod's spec."),
  ASM_KUBELET_ENV: error("Create the object in the message, or correct the pod's `env`."),
  ASM_KUBELET_FIELD: error("Use a path of the downward API, such as `status.podIP`."),
  ASM_KUBELET_VOLUME: error("Create the object in the message, or correct the pod's volumes."),
  ASM_KUBERNETES_REFUSED: error("Correct the cause in the message."),
  ASM_LOOP_FLAG: error("Use no flag, `-- --once` or `-- --compare`."),
  ASM_LOOP_LATE: error(
    "Try again when the machine is less busy; if the adapter's error has a code, search for it in the error reference.",
  ),
  ASM_LOOP_SIZE: error("Try again when the machine is less busy, because late scrapes make `rate()` overshoot."),
  ASM_NAMESPACES: error("Start with `npm start`, which names the kernel setting, or run as root."),
  ASM_NAMESPACES_NOT_READY: error("Try again when the machine is less busy."),
  ASM_NO_FREE_ADDRESSES: error(
    "Stop the program that listens on port 443 of all addresses (find it with `ss -ltnp`), or stop other local control planes.",
  ),
  ASM_POD_ADDRESS: error("Use a pod number from 1 to 4094."),
  ASM_PREREQUISITES: error("Run the command of each line, then start again."),
  ASM_PREVIEW_CLOUD: error("Give the value as an argument, so that a preview needs no credentials."),
  ASM_PREVIEW_NETWORK: error("Give what the program would fetch as an argument."),
  ASM_PRIVILEGED_PORT: error("Run as root, or run `sysctl -w net.ipv4.ip_unprivileged_port_start=0`."),
  ASM_PROCESS_DIED: error("Correct the cause in the log, and start the control plane again."),
  ASM_PROCESS_NOT_READY: error(
    "Correct the cause in the log, for example a scrape configuration or an address in use.",
  ),
  ASM_PROVIDER_ENDED: error("Read the log that the message names, and start a new engine."),
  ASM_PROVIDER_START: error("Read the log that the message names."),
  ASM_RELEASE_CHECKSUM: warning(
    "The program is built from source instead; find out who changed the file: a proxy, the mirror, or the release itself.",
  ),
  ASM_RELEASE_UNREACHABLE: warning(
    "The program is built from source instead; to download it, set HTTPS_PROXY, or RELEASE_MIRROR to a mirror of the release sites.",
  ),
  ASM_SERVICE_PROXY_LISTEN: error(
    "Stop the program that uses the address; for a port below 1024, run as root or lower `net.ipv4.ip_unprivileged_port_start`.",
  ),
  ASM_SERVICE_PROXY_POD: error("Read the pod's log."),
  ASM_SETPRIV_MISSING: error("Install util-linux."),
  ASM_STAND_IN_JSON_PATH: error('Use keys, `[index]`, `[*]` and `[?(@.key=="value")]`.'),
  ASM_STAND_IN_NO_ACCESS_KEY: error(
    "Set `ALIBABA_CLOUD_ACCESS_KEY_ID` and `ALIBABA_CLOUD_ACCESS_KEY_SECRET`; the stand-in accepts any text.",
  ),
  ASM_STAND_IN_NO_CLUSTER: error("Give `new k8s.Provider` a kubeconfig, or set KUBECONFIG."),
  ASM_STAND_IN_NO_FUNCTION: error("Add the function to `packages/control-plane/src/alicloudProvider/invokes.ts`."),
  ASM_STAND_IN_NO_RESOURCE: error(
    "Add its facts to `packages/control-plane/src/alicloudProvider/schema.json`, and the cloud's answers to the folder `packages/control-plane/src/alicloudProvider/servers`.",
  ),
  ASM_STAND_IN_UNSUPPORTED: error(
    "Use plain Kubernetes objects with the local control plane; use the real provider for the others.",
  ),
  ASM_STAND_IN_WAIT_FOR: error("Write `condition=Type`, `condition=Type=Status` or `jsonpath={path}=value`."),
  ASM_TRAFFIC_ENDPOINT: error("Stop the program that uses the port."),
  ASM_TRAFFIC_RATE: error("Give a number that is 0 or more."),
  ASM_UTIL_LINUX_MISSING: error("Install util-linux."),
} satisfies ProblemTable;
