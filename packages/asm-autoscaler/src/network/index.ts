export type { MeshNetworkArgs, MeshNetworkExistingArgs, MeshNetworkZoneArgs } from "./args";
export { MeshNetwork } from "./meshNetwork";
