export type { ManagedPrometheusArgs } from "./args";
export { ManagedPrometheus } from "./managedPrometheus";
