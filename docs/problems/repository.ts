import type { RepositoryProblemCode } from "@asm-autoscaler/hpa-metrics";

/**
 * What each problem of the section means, as Markdown for the error reference.
 * Its severity and remedy are in packages/hpa-metrics/src/problems/repository.ts.
 */
export const repositoryMeanings: Readonly<Record<RepositoryProblemCode, string>> = {
  ASM_BUILD_FAILED:
    "`go build` of a program of the local control plane failed. The message ends with the last lines of its " +
    "output.",
  ASM_BUNDLE: "You started `asm-metrics-adapter` or `asm-autoscaler` from a checkout that is not built.",
  ASM_CACHE_LOCK: "The lock file next to a set of programs in the cache cannot be locked.",
  ASM_GO_MISSING:
    "A program of the local control plane is neither installed at the pinned minor version nor in the cache, its " +
    "release could not be downloaded, and `go env` does not run.",
  ASM_GO_MODULE:
    "A `go.mod` file in `packages/control-plane/go` does not require the module whose version it must pin.",
  ASM_INJECTOR_IDLE:
    "In the local control plane, the API server does not call the sidecar injector's webhook within 15 s of its " +
    "registration.",
  ASM_INSTALL: "`npm ci` failed, which is the first step of `npm start` and `npm test`.",
  ASM_KUBECONFIG_NO_CLUSTER: "In the local control plane, the current context of a kubeconfig has no cluster.",
  ASM_KUBECONFIG_UNREADABLE:
    "In the local control plane, the stand-in Kubernetes provider cannot read the kubeconfig at the given path.",
  ASM_KUBECTL_FAILED:
    "A kubectl command of a test or of `npm start` failed. The message shows its arguments and its standard error.",
  ASM_KUBELET_ADDRESSES:
    "In the local control plane, the pods that run use all 4,094 pod addresses, so the local kubelet, which runs " +
    "containers as processes, cannot start another pod.",
  ASM_KUBELET_CONTAINER:
    "In the local control plane, a container cannot start from its spec. It mounts something that is not a volume, " +
    "mounts over this machine's programs, uses `subPathExpr`, or has `runAsNonRoot` without a user while the image " +
    "runs as root.",
  ASM_KUBELET_ENV:
    "In the local control plane, the environment of a container cannot be built. A required ConfigMap, Secret or key " +
    "is missing, or the source of a variable has a kind that the local kubelet does not support. The pod waits with " +
    "`CreateContainerConfigError`, and the local kubelet tries again.",
  ASM_KUBELET_FIELD: "In the local control plane, a pod uses a `fieldRef` that is not a field of the downward API.",
  ASM_KUBELET_VOLUME:
    "In the local control plane, a volume of a pod cannot be built. Its ConfigMap, Secret or key is missing, or the " +
    "local kubelet does not support its kind (supported: configMap, secret, emptyDir, projected, downwardAPI). The " +
    "pod waits with `ContainerCreating`, and the local kubelet tries again.",
  ASM_KUBERNETES_REFUSED:
    "In the local control plane, the API server answered a stand-in (local kubelet, service proxy, sidecar injector) " +
    "with status 400 or higher. The message shows the method, path, status and the API server's own message.",
  ASM_LOOP_FLAG: "`npm start` does not know the flag.",
  ASM_LOOP_LATE:
    "The demo of `npm start` did not scale in time. The message shows what was observed instead, and the adapter's " +
    "last error.",
  ASM_LOOP_SIZE: "The demo of `npm start` scaled, but not from one pod to five and back. The message shows the sizes.",
  ASM_NAMESPACES:
    "Without root, the local cluster runs in user, mount and network namespaces. The kernel, a security module or a " +
    "container does not allow them.",
  ASM_NAMESPACES_NOT_READY:
    "In the local control plane, the controller manager did not create the default ServiceAccounts within 30 s. The " +
    "API server rejects pods without them.",
  ASM_NO_FREE_ADDRESSES:
    "In the local control plane, port 443 is in use on the `kubernetes` Service address of every loopback block, " +
    "127.64.0.1 to 127.254.0.1.",
  ASM_POD_ADDRESS:
    "In the local control plane, code of this repository asked for the address of a pod whose number is not from 1 " +
    "to 4094. Pods cannot cause this: the local kubelet reports `ASM_KUBELET_ADDRESSES` first.",
  ASM_PREREQUISITES:
    "`npm start`, `npm test` or another command of the repository needs something that this machine does not have: a " +
    "program, disk space, a port, user namespaces or root, or Linux.",
  ASM_PREVIEW_CLOUD:
    "In `npm run preview`, a provider tried to call the cloud, for example to look up a data source. The message " +
    "shows the calls.",
  ASM_PREVIEW_NETWORK:
    "In `npm run preview` or the tests of the examples, the program itself tried to connect to another machine.",
  ASM_PRIVILEGED_PORT:
    "In the local control plane, your user is not allowed to listen on ports below 1024. The Services of the local " +
    "control plane use such ports.",
  ASM_PROCESS_DIED:
    "In the local control plane, a process stopped unexpectedly. The message ends with the last lines of its log.",
  ASM_PROCESS_NOT_READY:
    "In the local control plane, etcd, kube-apiserver, kube-controller-manager or Prometheus stopped before it was " +
    "ready, or was not ready in time. The message ends with the last lines of its log. All started processes are " +
    "stopped again.",
  ASM_PROVIDER_ENDED:
    "In the local control plane, the process of the stand-in Kubernetes provider stopped unexpectedly. The stacks of " +
    "its engine cannot continue.",
  ASM_PROVIDER_START:
    "In the local control plane, the process of the stand-in Kubernetes provider stopped at start, or printed no " +
    "port within a minute.",
  ASM_RELEASE_CHECKSUM:
    "A release file of a program of the local control plane has another SHA-256 than `releases.sha256` or the " +
    "checksum file beside it. The file is deleted.",
  ASM_RELEASE_UNREACHABLE:
    "A release file of a program of the local control plane cannot be downloaded: its site does not answer within " +
    "8 s, answers with an error, or cuts the connection three times without a new byte.",
  ASM_SERVICE_PROXY_LISTEN:
    "In the local control plane, the stand-in for kube-proxy cannot listen on the address and port of a Service.",
  ASM_SERVICE_PROXY_POD:
    "In the local control plane, a connection from a Service to one of its ready pods failed. The caller's " +
    "connection was reset.",
  ASM_SETPRIV_MISSING:
    "In the local control plane, `setpriv` cannot be started. It starts the processes so that they stop with their " +
    "parent.",
  ASM_STAND_IN_JSON_PATH:
    "In the local control plane, an annotation `pulumi.com/waitFor: jsonpath=…` uses a part of JSONPath that the " +
    "stand-in Kubernetes provider does not support.",
  ASM_STAND_IN_NO_ACCESS_KEY:
    "In the tests, the stand-in `alicloud` provider started without an access key. The real provider rejects this too.",
  ASM_STAND_IN_NO_CLUSTER:
    "In the local control plane, a Kubernetes provider resource has no kubeconfig, and the stand-in provider started " +
    "without one.",
  ASM_STAND_IN_NO_FUNCTION:
    "In the tests, a program calls an `alicloud` function that the stand-in provider does not know.",
  ASM_STAND_IN_NO_RESOURCE:
    "In the tests, a program has an `alicloud` resource that the stand-in provider does not know.",
  ASM_STAND_IN_UNSUPPORTED:
    "In the local control plane, a program has a resource of the Kubernetes package that is not a plain Kubernetes " +
    "object: a Helm release, a YAML or Kustomize resource, or a List.",
  ASM_STAND_IN_WAIT_FOR:
    "In the local control plane, the annotation `pulumi.com/waitFor` is neither a condition nor a JSONPath.",
  ASM_TRAFFIC_ENDPOINT:
    "In the local control plane, the statistics endpoint of a pod's sidecar (`podIP:15090`) cannot be opened.",
  ASM_TRAFFIC_RATE: "In the local control plane, a rate of mesh traffic is negative, infinite or not a number.",
  ASM_UTIL_LINUX_MISSING:
    "In the local control plane, `flock` or `setpriv` cannot be started. The build of the programs needs both.",
};
