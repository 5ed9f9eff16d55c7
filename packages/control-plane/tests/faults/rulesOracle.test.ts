import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ensureBinaries } from "../../src/binaries.ts";
import { type ControlPlane, startControlPlane } from "../../src/controlPlane.ts";
import { remoteWrite } from "../remoteWrite.ts";
import { until } from "../until.ts";
import { createReader, type Reader } from "./neighbourRoom.ts";
import { startOriginal, startOurs } from "./rules/adapters.ts";
import { compare, listOf } from "./rules/comparison.ts";
import { DIFFERENCES, type Listed } from "./rules/differences.ts";
import { generatedConfigs } from "./rules/generatedConfigs.ts";
import { clusterObjects } from "./rules/objects.ts";
import { ODD_CONFIG, PUBLIC_CONFIGS } from "./rules/publicConfigs.ts";
import { type RecordingPrometheus, startRecordingPrometheus } from "./rules/recordingPrometheus.ts";
import { customRequests, externalRequests, oddRequests, sampled } from "./rules/requests.ts";
import type { RuleConfig } from "./rules/ruleConfig.ts";
import { NAMESPACES, writtenSeries } from "./rules/series.ts";

/**
 * The real prometheus-adapter and ours serve the same rules from one Prometheus and one API server. Their queries mean the
 * same and their answers are equal, but for the listed differences. The seed of a night is its date; RULES_SEED repeats it.
 */

const SEED = Number(process.env["RULES_SEED"] ?? Math.floor(Date.now() / 86_400_000));
/** Generated configurations, and reads with each: at least 500 combinations. */
const GENERATED = 9;
const READS = 60;

let controlPlane: ControlPlane;
let program: string;
let recording: RecordingPrometheus;
let reader: Reader;
let writtenUntil = 0;
const explained = new Map<string, number>();

beforeAll(async () => {
  program = (await ensureBinaries(["prometheus-adapter"]))["prometheus-adapter"];
  controlPlane = await startControlPlane({ acceptsWrites: true });
  recording = await startRecordingPrometheus(controlPlane.prometheusUrl);
  reader = await createReader(controlPlane);
  const objects = clusterObjects();
  const apply = (items: object[]) =>
    controlPlane.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  await apply(objects.slice(0, NAMESPACES.length));
  // The API server refuses pods until the controller manager has made the ServiceAccount of their namespace.
  await until("all objects", () => apply(objects), 60);
}, 1_500_000);

afterAll(async () => {
  reader?.close();
  recording?.close();
  await controlPlane?.stop();
}, 60_000);

/** Starts both adapters with a configuration, and gives what they serve to `run`. */
async function withBoth(config: RuleConfig, run: (both: Parameters<typeof compare>[0]) => Promise<void>) {
  await writeSamples();
  const setting = (adapter: string) => ({
    ...{ controlPlane, program, token: reader.token },
    prometheusUrl: recording.urlOf(adapter),
  });
  const original = await startOriginal(setting("original"), config);
  try {
    const ours = await startOurs(setting("ours"), config);
    try {
      await run({ original, ours });
    } finally {
      await ours.stop();
    }
  } finally {
    await original.stop();
  }
}

/** Writes the samples of the last 15 minutes, and of as much of the future as Prometheus accepts. */
async function writeSamples(): Promise<void> {
  const [from, to] = [Math.max(writtenUntil, Date.now() - 900_000), Date.now() + 590_000];
  await remoteWrite(controlPlane.prometheusUrl, writtenSeries(from, to));
  writtenUntil = to;
}

const count = ({ custom, external }: Listed) => custom.length + external.length;
const nameOf = (listed: string) => listed.split(" ")[0] ?? listed;

/** What ours lists, by what the original lists. */
function listOfOurs(listed: Listed, config: RuleConfig): Listed {
  return DIFFERENCES.reduce((list, { of, changeList }) => {
    const changed = changeList?.(list, config) ?? list;
    if (changed !== list) explained.set(of, (explained.get(of) ?? 0) + 1);
    return changed;
  }, listed);
}

async function expectSame(
  config: RuleConfig,
  more: (listed: Listed) => ReturnType<typeof oddRequests> = () => [],
  reads = READS,
) {
  await withBoth(config, async (both) => {
    const listed = await until("the original's list", async () => {
      const found = await listOf(both.original);
      return count(found) > 0 && found;
    });
    const expected = listOfOurs(listed, config);
    const isListed = async () => count(await listOf(both.ours)) === count(expected);
    await until("our list", isListed, 15).catch(async () => process.stdout.write(await both.ours.log()));
    expect(await listOf(both.ours)).toEqual(expected);
    const all = [
      ...expected.custom.map(nameOf).flatMap(customRequests),
      ...expected.external.map(nameOf).flatMap(externalRequests),
    ];
    const result = await compare(both, [...sampled(all, reads, SEED), ...more(listed)], recording);
    process.stdout.write(`${result.answers} answers, ${result.unexplained.length} unexplained\n`);
    for (const [name, times] of result.explained) explained.set(name, (explained.get(name) ?? 0) + times);
    expect(result.unexplained).toEqual([]);
  });
}

describe("the answers and the queries are those of prometheus-adapter", () => {
  test.each(Object.entries(PUBLIC_CONFIGS))(
    "with %s",
    (_, config) =>
      expectSame(config, ({ custom, external }) => oddRequests(nameOf(custom[0] ?? "pods/x"), external[0] ?? "x")),
    120_000,
  );

  // So many reads that each difference is seen, whatever the seed is.
  test("with values that are no readings", () => expectSame(ODD_CONFIG, undefined, 8 * READS), 120_000);

  test.each(Object.entries(generatedConfigs(SEED, GENERATED)))("with %s", (_, config) => expectSame(config), 120_000);
});

test("each listed difference was seen", () => {
  process.stdout.write(`${[...explained].map(([name, times]) => `${times} × ${name}`).join("\n")}\n`);
  expect(DIFFERENCES.map(({ of }) => of).filter((name) => !explained.has(name))).toEqual([]);
});
