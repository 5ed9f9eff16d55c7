/**
 * Numbers of HPAs that the benchmarks of growth measure by default: three for each decade where the figures bend, one
 * where they are flat.
 */
export const SIZES: readonly number[] = [1, 10, 100, 1_000, 3_000, 10_000];
