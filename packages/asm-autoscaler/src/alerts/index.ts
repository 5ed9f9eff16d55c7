export { adapterAlerts } from "./adapter";
