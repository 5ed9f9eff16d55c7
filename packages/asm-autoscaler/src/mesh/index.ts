export {
  type AsmInstanceAccessLogArgs,
  type AsmInstanceArgs,
  type AsmInstanceAuditArgs,
  type AsmInstanceControlPlaneLogArgs,
  AsmInstanceEdition,
  type AsmInstanceExistingArgs,
  type AsmInstanceSidecarInjectionArgs,
} from "./args";
export { AsmInstance } from "./asmInstance";
