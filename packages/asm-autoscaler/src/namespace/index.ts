export { MeshNamespace, type MeshNamespaceArgs, MeshNamespaceMode } from "./meshNamespace";
