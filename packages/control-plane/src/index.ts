export type { AddressBlock } from "./addresses.ts";
export { type ControlPlane, type ControlPlaneOptions, startControlPlane } from "./controlPlane.ts";
export type { Kubernetes } from "./kubernetes.ts";
export { type LocalCluster, type LocalClusterOptions, startLocalCluster } from "./localCluster.ts";
export { type LonePrometheus, type LoneTarget, startLonePrometheus } from "./lonePrometheus.ts";
export { type Observer, observe, type Rescale, type Sight } from "./loop/observer.ts";
export { type Authority, createAuthority } from "./pki.ts";
export type { Program } from "./programs.ts";
export type { Watch, WatchEvent, WatchOptions } from "./watch.ts";
