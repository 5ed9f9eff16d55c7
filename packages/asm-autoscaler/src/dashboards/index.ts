export { adapterDashboard } from "./adapter";
export { fleetDashboard } from "./fleet";
export { trafficDashboard } from "./traffic";
