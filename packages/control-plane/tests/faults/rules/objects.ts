import { NAMESPACES, PODS } from "./series.ts";

/** The objects that the metrics describe. No node runs the pods: an adapter answers for each pod that is listed. */
export function clusterObjects(): object[] {
  const app = (pod: string) => pod.split(/[-.]/)[0] ?? pod;
  return [
    ...NAMESPACES.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { team: name } } })),
    ...["node-1", "node-2"].map((name) => ({ apiVersion: "v1", kind: "Node", metadata: { name } })),
    ...Object.entries(PODS).flatMap(([namespace, pods]) =>
      pods.map((name) => ({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace, labels: { app: app(name), tier: app(name) === "web" ? "front" : "back" } },
        spec: { nodeSelector: { nowhere: "" }, containers: [{ name: "app", image: "app" }] },
      })),
    ),
    ...NAMESPACES.flatMap((namespace) => objectsOf(namespace)),
  ];
}

function objectsOf(namespace: string): object[] {
  const labels = (name: string) => ({ name, namespace, labels: { app: name } });
  const port = { number: 80 };
  return [
    ...["web", "api"].flatMap((name) => [
      { apiVersion: "v1", kind: "Service", metadata: labels(name), spec: { ports: [{ port: 80 }] } },
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: labels(name),
        spec: {
          replicas: 0,
          selector: { matchLabels: { app: name } },
          template: {
            metadata: { labels: { app: name } },
            spec: { containers: [{ name: "app", image: "app" }] },
          },
        },
      },
    ]),
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: labels("front"),
      spec: { defaultBackend: { service: { name: "web", port } } },
    },
  ];
}
