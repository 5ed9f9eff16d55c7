import type * as k8s from "@pulumi/kubernetes/types/input";
import * as pulumi from "@pulumi/pulumi";

/** Name of podinfo's Deployment, Service and label `app`, as in the guide. */
export const PODINFO = "podinfo";

/** Port of podinfo's HTTP API. */
export const PODINFO_PORT = 9898;

/** One pod of podinfo, the web application that is scaled. */
export function podinfoPod(image: pulumi.Input<string>): k8s.core.v1.PodSpec {
  return {
    ...noCluster,
    securityContext: podSecurity,
    containers: [
      {
        name: "podinfod",
        image,
        command: [
          "./podinfo",
          `--port=${PODINFO_PORT}`,
          "--port-metrics=9797",
          "--grpc-port=9999",
          "--grpc-service-name=podinfo",
          "--level=info",
          "--random-delay=false",
          "--random-error=false",
        ],
        ports: [
          { name: "http", containerPort: PODINFO_PORT, protocol: "TCP" },
          { name: "http-metrics", containerPort: 9797, protocol: "TCP" },
          { name: "grpc", containerPort: 9999, protocol: "TCP" },
        ],
        readinessProbe: probe("readyz"),
        livenessProbe: probe("healthz"),
        resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { cpu: "2", memory: "512Mi" } },
        securityContext: containerSecurity,
        volumeMounts: [{ name: "data", mountPath: "/data" }],
      },
    ],
    volumes: [{ name: "data", emptyDir: { sizeLimit: "64Mi" } }],
  };
}

/** Run inside the container, so that it passes whatever the mesh demands of callers. */
function probe(path: string): k8s.core.v1.Probe {
  return {
    exec: { command: ["podcli", "check", "http", `localhost:${PODINFO_PORT}/${path}`] },
    initialDelaySeconds: 5,
    timeoutSeconds: 5,
  };
}

/** A user without a name in either image; their programs may be read and run by anyone. */
const USER = 10001;

/**
 * No token of the API server: the load tester runs any command that is posted to it. A sidecar has a token of its own.
 */
const noCluster = { automountServiceAccountToken: false, enableServiceLinks: false };

/** What a pod of the sample may do; an injected sidecar brings its own rules. */
const podSecurity: k8s.core.v1.PodSecurityContext = {
  runAsNonRoot: true,
  runAsUser: USER,
  runAsGroup: USER,
  seccompProfile: { type: "RuntimeDefault" },
};

/** What a container of the sample may do. */
const containerSecurity: k8s.core.v1.SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/** Name of the load tester's Deployment, Service, container and label `app`, as in the guide. */
export const LOAD_TESTER = "loadtester";

/** The guide's load: so many workers, each at most so many requests per second. */
const WORKERS = 10;
const EACH = 5;

/** Requests per second of the guide's load, at most. */
export const LOAD_REQUESTS_PER_SECOND = WORKERS * EACH;

/** The guide's command for five minutes of load on the podinfo of a namespace. */
export function loadCommand(namespace: pulumi.Input<string>): pulumi.Output<string> {
  const hey = pulumi.interpolate`hey -z 5m -c ${WORKERS} -q ${EACH} http://${PODINFO}.${namespace}:${PODINFO_PORT}`;
  return pulumi.interpolate`kubectl -n ${namespace} exec deploy/${LOAD_TESTER} -c ${LOAD_TESTER} -- ${hey}`;
}

/** The pod of the load tester, which has `hey` and idles until it is told to run it. */
export function loadTesterPod(image: pulumi.Input<string>): k8s.core.v1.PodSpec {
  return {
    ...noCluster,
    securityContext: podSecurity,
    containers: [
      {
        name: LOAD_TESTER,
        image,
        command: ["./loadtester", "-port=8080", "-log-level=info", "-timeout=1h", "-log-cmd-output=true"],
        ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
        readinessProbe: loadTesterProbe,
        livenessProbe: loadTesterProbe,
        resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { cpu: "1", memory: "512Mi" } },
        securityContext: containerSecurity,
      },
    ],
  };
}

/** Run inside the container, so that it passes whatever the mesh demands of callers. */
const loadTesterProbe: k8s.core.v1.Probe = {
  exec: {
    command: ["wget", "--quiet", "--tries=1", "--timeout=4", "--spider", "http://localhost:8080/healthz"],
  },
  timeoutSeconds: 5,
};
