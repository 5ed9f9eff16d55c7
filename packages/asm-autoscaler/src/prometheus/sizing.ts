/** What decides how much a Prometheus needs. */
export interface Load {
  /** Proxies that it scrapes. */
  readonly pods: number;
  readonly scrapeIntervalSeconds: number;
  readonly retentionDays: number;
}

/** What a Prometheus needs. */
export interface Size {
  /** Thousandths of a core. */
  readonly cpuMilli: number;
  /** MiB, with room for the garbage collector and for queries. */
  readonly memoryMiB: number;
  /** GiB. */
  readonly storageGiB: number;
}

/** Arguments that nobody gave. */
export const DEFAULT_LOAD: Load = { pods: 500, scrapeIntervalSeconds: 15, retentionDays: 7 };

/** Share of the disk, in percent, above which the oldest samples go; compaction needs the rest. */
export const FULL_PERCENT = 80;

/**
 * Series of one proxy. Each pair of workloads that talk, by response code, is 67 series at either end: a counter and
 * three histograms of 20 buckets, sum and count (Istio, "Istio Standard Metrics"). This is four and a half such pairs.
 */
const SERIES_PER_POD = 300;

/** New pods bring new series while those of the old ones are in memory for two to three hours yet. */
const CHURN = 1.5;

const BASE_MEMORY_MIB = 256;

/**
 * Measured with Prometheus 3.16 and the 25 labels of Istio's metrics: 4 KiB that live in the heap; half as much again
 * for what the garbage collector has not yet found.
 */
const MEMORY_BYTES_PER_SERIES = 6 * 1024;

const BASE_CPU_MILLI = 100;

/** Measured likewise, on one core of a busy machine; most of it is the reading of the labels. */
const SAMPLES_PER_SECOND_AND_CORE = 50_000;

/** Prometheus, "Storage": 1 to 2 bytes a sample, index included. */
const DISK_BYTES_PER_SAMPLE = 2;
/** The write-ahead log holds up to three hours in a form that is not yet packed. */
const LOG_SECONDS = 3 * 3600;
const LOG_BYTES_PER_SAMPLE = 6;

const DAY = 86_400;
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/**
 * The size that a load needs. It grows with the pods, and its disk also with the days and with the frequency; in steps,
 * so that a small change of the load changes nothing.
 */
export function sizeFor({ pods, scrapeIntervalSeconds, retentionDays }: Load): Size {
  const series = pods * SERIES_PER_POD;
  const samplesPerSecond = series / scrapeIntervalSeconds;
  const memory = (series * CHURN * MEMORY_BYTES_PER_SERIES) / MIB + BASE_MEMORY_MIB;
  const disk = samplesPerSecond * (retentionDays * DAY * DISK_BYTES_PER_SAMPLE + LOG_SECONDS * LOG_BYTES_PER_SAMPLE);
  return {
    cpuMilli: stepsOf(100, BASE_CPU_MILLI + (samplesPerSecond / SAMPLES_PER_SECOND_AND_CORE) * 1000),
    memoryMiB: stepsOf(256, memory),
    storageGiB: Math.max(20, stepsOf(10, disk / GIB / (FULL_PERCENT / 100))),
  };
}

function stepsOf(step: number, value: number): number {
  return Math.ceil(value / step) * step;
}
