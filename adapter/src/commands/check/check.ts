import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { reason } from "../../kubernetes/client.ts";
import { type CommandOutput, OWN_OUTPUT } from "../parseCommand.ts";
import { type CheckArgs, CheckError, readCheckArgs } from "./args.ts";
import { checkClashes } from "./clashes.ts";
import { clusterManifests } from "./clusterManifests.ts";
import { type CheckedHpa, checkHpa, hpaReport } from "./hpaReport.ts";
import { kedaDelegate, kedaHpaReport, keptScaledObject, scaledObjectOf } from "./keda/kedaHpas.ts";
import { translateScaledObject } from "./keda/scaledObject.ts";
import { checkSharedWorkloads } from "./keda/sharedWorkload.ts";
import { type Manifest, type ReadObjects, readManifests } from "./manifests.ts";
import { failedObject, otherObject } from "./otherObjects.ts";
import { asJson, asProgram, asText } from "./print.ts";
import { type Reference, type Report, unknownFinding } from "./report.ts";
import type { ExternalRule } from "./rules/readRules.ts";
import { rulesIn, rulesReport } from "./rules/rulesReport.ts";

/** The exit codes of `check`. */
const SAME = 0;
const DIFFERENT = 1;
const BAD_INPUT = 2;

/** The input and output of the command. The default is the process's own streams; tests replace them. */
export interface CheckStreams extends CommandOutput {
  readonly input: NodeJS.ReadableStream;
}

const OWN: CheckStreams = { input: process.stdin, ...OWN_OUTPUT };

/**
 * Runs `check`, which changes nothing. Returns the exit code: 0 everything was understood and nothing
 * differs, 1 something differs or is not known, 2 part of the input cannot be read.
 */
export async function check(argv: readonly string[], streams: CheckStreams = OWN): Promise<number> {
  try {
    const args = readCheckArgs(argv);
    if (typeof args === "string") {
      streams.out(args);
      return SAME;
    }
    const files = await Promise.all(args.files.map((file) => readOne(file, streams.input)));
    const cluster = args.cluster ? await clusterManifests(args.kubeconfig, args.namespace) : [];
    const unread = files.flatMap((file) => file.unread);
    const manifests = [...cluster, ...files.flatMap((file) => file.manifests)];
    const reports = checkAll(manifests, args.reference, args.prometheusServer, args);
    for (const { message } of unread) streams.error(`${message}\n`);
    if (unread.length > 0 && reports.length === 0) return BAD_INPUT;
    const all = [...reports, ...unread.map(unreadReport)];
    const { text: printed, leavesOut } = { json: asJson, typescript: asProgram, text: asText }[args.output](
      all,
      args.hasOwnDialect,
    );
    streams.out(printed);
    if (unread.length > 0) return BAD_INPUT;
    const differs = all.some(({ findings }) => findings.some((finding) => finding.differs));
    return differs || leavesOut ? DIFFERENT : SAME;
  } catch (error) {
    if (!(error instanceof CheckError)) throw error;
    streams.error(`${error.message}\n`);
    return BAD_INPUT;
  }
}

async function readOne(file: string, input: NodeJS.ReadableStream): Promise<ReadObjects> {
  if (file === "-") return readManifests(await text(input), "standard input");
  try {
    return readManifests(await readFile(file, "utf8"), file);
  } catch (error) {
    const remedy = "Give a readable file, or - for standard input";
    return { manifests: [], unread: [new CheckError(`${file} cannot be read: ${reason(error)}`, remedy)] };
  }
}

/** Reports a part of the input that cannot be read, among the reports on the rest. */
function unreadReport({ message }: CheckError): Report {
  return { subject: "Input that cannot be read", findings: [unknownFinding(message, "not compared")] };
}

/** The adapter that `check` compares with another one. */
type CheckedAdapter = Partial<Pick<CheckArgs, "hasOwnDialect" | "delegates" | "translatesRules" | "servesObjects">>;

/**
 * Creates a report for each object: HPAs, ScaledObjects, rules of prometheus-adapter, and others, which are not read.
 * @param settings By default, no server has a query dialect of its own, there are no delegates, and the adapter serves
 * rules of prometheus-adapter as they are.
 */
export function checkAll(
  manifests: readonly Manifest[],
  reference: Reference,
  prometheusServer: string | undefined,
  { hasOwnDialect, delegates = [], translatesRules = false, servesObjects = false }: CheckedAdapter = {},
): Report[] {
  const autoscalers = manifests.filter(({ kind }) => kind === "HorizontalPodAutoscaler");
  const scaledObjects = manifests.filter(({ kind }) => kind === "ScaledObject");
  const rest = manifests.filter(({ kind }) => kind !== "HorizontalPodAutoscaler" && kind !== "ScaledObject");
  const read = rest.map((manifest) => ({ manifest, rules: rulesIn(manifest, translatesRules) }));
  const configs = read.flatMap(({ rules }) => rules ?? []);
  const external = configs.flatMap((config) => config.external);
  const served = configs.flatMap((config) => config.served ?? []);
  const used = new Set<ExternalRule>();
  const known = new Set(scaledObjects.map(({ namespace, name }) => `${namespace}/${name}`));
  const keda = kedaDelegate(delegates);
  const own = autoscalers.filter((manifest) => scaledObjectOf(manifest) === undefined);
  const ofKeda = autoscalers.flatMap((manifest) => {
    const name = scaledObjectOf(manifest);
    return name === undefined ? [] : [kedaHpaReport(manifest, name, known.has(`${manifest.namespace}/${name}`), keda)];
  });
  const hpas = own.map((manifest) =>
    attempt(manifest, () =>
      checkHpa(manifest, { reference, hasOwnDialect, delegates, served, servesObjects }, external, used),
    ),
  );
  checkClashes(hpas.filter(isChecked), reference);
  checkSharedWorkloads(hpas.filter(isChecked), scaledObjects);
  return [
    ...hpas.map((hpa) => (isChecked(hpa) ? attempt(hpa.manifest, () => hpaReport(hpa, reference)) : hpa)),
    ...ofKeda,
    ...scaledObjects.map((manifest) =>
      attempt(manifest, () =>
        keda ? keptScaledObject(manifest, keda) : translateScaledObject(manifest, prometheusServer, hasOwnDialect),
      ),
    ),
    ...configs.map((config) => rulesReport(config, used, autoscalers.length > 0)),
    ...read.flatMap(({ manifest, rules }) => (rules ? [] : [otherObject(manifest)])),
  ];
}

/** Runs a step on one object. If it fails, the report on this object says so, and the others are not affected. */
function attempt<T>(manifest: Manifest, step: () => T): T | Report {
  try {
    return step();
  } catch (error) {
    return failedObject(manifest, reason(error));
  }
}

function isChecked(value: CheckedHpa | Report): value is CheckedHpa {
  return "specs" in value;
}
