export { type AdapterAlertsArgs, adapterAlerts } from "./adapter";
export type { Alert } from "./alert";
