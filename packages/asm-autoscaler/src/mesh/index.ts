export {
  type AsmInstanceArgs,
  AsmInstanceClusterSpec,
  AsmInstanceEdition,
  type AsmInstanceExistingArgs,
  type AsmInstanceSidecarInjectionArgs,
} from "./args";
export { AsmInstance } from "./asmInstance";
