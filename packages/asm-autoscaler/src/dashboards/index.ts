export { adapterDashboard } from "./adapter";
export { trafficDashboard } from "./traffic";
