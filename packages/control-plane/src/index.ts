export type { AddressBlock } from "./addresses.ts";
export { type ControlPlane, type ControlPlaneOptions, startControlPlane } from "./controlPlane.ts";
export type { Kubernetes } from "./kubernetes.ts";
export type { Program } from "./programs.ts";
export type { Watch, WatchEvent, WatchOptions } from "./watch.ts";
