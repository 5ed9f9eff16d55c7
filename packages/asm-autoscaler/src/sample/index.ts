export type { SampleWorkloadArgs } from "./args";
export { SampleWorkload } from "./sampleWorkload";
