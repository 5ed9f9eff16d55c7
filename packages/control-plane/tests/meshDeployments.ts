/** A namespace `test` whose pods get sidecars, and a Deployment of podinfo in it for each name: YAML for `kubectl apply`. */
export function meshDeployments(names: readonly string[]): string {
  return `
apiVersion: v1
kind: Namespace
metadata: { name: test, labels: { istio-injection: enabled } }
${names
  .map(
    (name) => `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: test }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: app, image: docker.io/stefanprodan/podinfo:6.9.2 }] }
`,
  )
  .join("")}`;
}
