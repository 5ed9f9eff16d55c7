export { type MeshNamespaceArgs, MeshNamespaceMode } from "./args";
export { MeshNamespace } from "./meshNamespace";
