import type * as k8s from "@pulumi/kubernetes/types/input";
import * as pulumi from "@pulumi/pulumi";
import { PODINFO, PODINFO_PORT } from "./podinfo";
import { containerSecurity, podSecurity } from "./security";

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
    securityContext: podSecurity,
    containers: [
      {
        name: LOAD_TESTER,
        image,
        command: ["./loadtester", "-port=8080", "-log-level=info", "-timeout=1h", "-log-cmd-output=true"],
        ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
        readinessProbe: probe,
        livenessProbe: probe,
        resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { cpu: "1", memory: "512Mi" } },
        securityContext: containerSecurity,
      },
    ],
  };
}

/** Run inside the container, so that it passes whatever the mesh demands of callers. */
const probe: k8s.core.v1.Probe = {
  exec: {
    command: ["wget", "--quiet", "--tries=1", "--timeout=4", "--spider", "http://localhost:8080/healthz"],
  },
  timeoutSeconds: 5,
};
