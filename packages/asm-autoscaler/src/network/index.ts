export type { MeshNetworkArgs, MeshNetworkExistingArgs, MeshNetworkExistingNatArgs, MeshNetworkZoneArgs } from "./args";
export { MeshNetwork } from "./meshNetwork";
