/**
 * The package schema of pulumi-kubernetes as far as packages of components refer to it: by resources that are arguments,
 * such as the Deployment of a TrafficAutoscaler. A YAML program asks for it when it resolves the types of a component. The
 * real one describes all kinds with their properties, so that a YAML program cannot make plain objects here.
 */
export function packageSchema(version: string): string {
  return JSON.stringify({ name: "kubernetes", version, resources: { "kubernetes:apps/v1:Deployment": {} } });
}
