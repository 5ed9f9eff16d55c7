import type * as k8s from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";
import { containerSecurity, podSecurity } from "./security";

/** Name of podinfo's Deployment, Service and label `app`, as in the guide. */
export const PODINFO = "podinfo";

/** Port of podinfo's HTTP API. */
export const PODINFO_PORT = 9898;

/** One pod of podinfo, the web application that is scaled. */
export function podinfoPod(image: pulumi.Input<string>): k8s.core.v1.PodSpec {
  return {
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
    volumes: [{ name: "data", emptyDir: {} }],
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
