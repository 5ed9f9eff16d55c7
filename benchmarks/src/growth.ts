import { statSync } from "node:fs";
import { drawGrowth } from "./growthPicture.ts";
import { stored } from "./store.ts";

/**
 * Draws what grows with the number of HPAs, from the stored results into docs/pictures. Run it after
 * the benchmarks that it reads.
 */
interface Memory {
  results: {
    hpas: number;
    megabytes: { ready: number; read: number; churned: number };
    cpuSecondsPerMinute: number;
    queriesPerMinute: number;
  }[];
}
interface Reads {
  results: { hpas: number; connections: number; paced?: boolean; p50: number; p99: number; perSecond: number }[];
}
interface StartUp {
  results: { hpas: number; medianMs: number }[];
}
interface Preview {
  results: { autoscalers: number; medianSeconds: number; megabytes: number }[];
}

const memory = stored<Memory>("memory").results;
const reads = stored<Reads>("reads").results.filter(({ connections, paced }) => connections === 8 && !paced);
const startUp = stored<StartUp>("start-up").results;
const preview = stored<Preview>("preview").results;

drawGrowth("growth-memory", "Resident memory, MB", "HPAs", [
  { name: "ready", points: memory.map(({ hpas, megabytes }) => [hpas, megabytes.ready]) },
  { name: "read every 15 s", points: memory.map(({ hpas, megabytes }) => [hpas, megabytes.read]) },
  { name: "after churn", points: memory.map(({ hpas, megabytes }) => [hpas, megabytes.churned]) },
]);
drawGrowth("growth-work", "Per minute, each HPA read every 15 s", "HPAs", [
  { name: "CPU seconds of the adapter", points: memory.map((one) => [one.hpas, one.cpuSecondsPerMinute]) },
  { name: "requests to Prometheus", points: memory.map((one) => [one.hpas, one.queriesPerMinute]) },
  { name: "queries answered", points: memory.map(({ hpas }) => [hpas, hpas * 4]) },
]);
drawGrowth("growth-reads", "Latency of a read over 8 busy connections, ms", "HPAs", [
  { name: "p50", points: reads.map(({ hpas, p50 }) => [hpas, p50]) },
  { name: "p99", points: reads.map(({ hpas, p99 }) => [hpas, p99]) },
]);
drawGrowth("growth-time", "Seconds", "HPAs", [
  { name: "start of the adapter to ready", points: startUp.map(({ hpas, medianMs }) => [hpas, medianMs / 1000]) },
  { name: "preview of so many TrafficAutoscalers", points: preview.map((one) => [one.autoscalers, one.medianSeconds]) },
]);
const bundle = statSync(new URL("../../packages/asm-autoscaler/bundle/adapter.mjs.br", import.meta.url)).size;
console.log(`drawn; the bundle is ${(bundle / 1024).toFixed(0)} KB compressed`);
