export type { QuickStartArgs } from "./quickStart";
export { QuickStart } from "./quickStart";
