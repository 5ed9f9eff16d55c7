export type { SampleWorkloadArgs } from "./sampleWorkload";
export { SampleWorkload } from "./sampleWorkload";
