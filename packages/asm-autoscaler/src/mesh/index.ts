export {
  type AsmInstanceArgs,
  AsmInstanceEdition,
  type AsmInstanceExistingArgs,
  type AsmInstanceSidecarInjectionArgs,
} from "./args";
export { AsmInstance } from "./asmInstance";
