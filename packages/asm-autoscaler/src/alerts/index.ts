export type { Alert } from "./adapter";
export { type AdapterAlertsArgs, adapterAlerts } from "./adapter";
