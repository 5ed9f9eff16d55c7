/**
 * The part of the package schema of pulumi-kubernetes that component packages refer to: resources that are arguments,
 * such as the Deployment of a TrafficAutoscaler. A YAML program requests it to resolve the types of a component. The
 * real schema describes all kinds with their properties. So a YAML program cannot create plain objects here.
 */
export function packageSchema(version: string): string {
  return JSON.stringify({ name: "kubernetes", version, resources: { "kubernetes:apps/v1:Deployment": {} } });
}
