import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { reason } from "../../kubernetes/client.ts";
import { record } from "../../kubernetes/listWatch.ts";
import { type ExternalRule, holdsRules, readRules } from "./adapterRules.ts";
import { CheckError, readCheckArgs } from "./args.ts";
import { checkClashes } from "./clashes.ts";
import { clusterManifests } from "./clusterManifests.ts";
import { checkHpa, hpaReport } from "./hpaReport.ts";
import { translateScaledObject } from "./keda.ts";
import { type Manifest, readManifests } from "./manifests.ts";
import { asJson, asProgram, asText } from "./print.ts";
import type { Reference, Report } from "./report.ts";

/** The exit codes of `check`. */
const SAME = 0;
const DIFFERENT = 1;
const BAD_INPUT = 2;

/** The input and output of the command. The default is the process's own streams; tests replace them. */
export interface CheckStreams {
  readonly input: NodeJS.ReadableStream;
  out(text: string): void;
  error(text: string): void;
}

const OWN: CheckStreams = {
  input: process.stdin,
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
};

/**
 * Runs `check`, which changes nothing. Returns the exit code: 0 no differences, 1 differences, 2
 * invalid input.
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
    const reports = checkAll([...cluster, ...files.flat()], args.reference, args.prometheusServer);
    const print = { json: asJson, typescript: asProgram, text: () => asText(reports, args.reference) }[args.output];
    streams.out(print(reports));
    return reports.some(({ findings }) => findings.some(({ differs }) => differs)) ? DIFFERENT : SAME;
  } catch (error) {
    if (!(error instanceof CheckError)) throw error;
    streams.error(`${error.message}\n`);
    return BAD_INPUT;
  }
}

async function readOne(file: string, input: NodeJS.ReadableStream): Promise<Manifest[]> {
  if (file === "-") return readManifests(await text(input), "standard input");
  const content = await readFile(file, "utf8").catch((error: unknown) => {
    throw new CheckError(`${file} cannot be read: ${reason(error)}`, "Give a readable file, or - for standard input");
  });
  return readManifests(content, file);
}

/** Creates a report for each HPA and ScaledObject, and for the rules of prometheus-adapter that were not used. */
export function checkAll(
  manifests: readonly Manifest[],
  reference: Reference,
  prometheusServer: string | undefined,
): Report[] {
  const configs = manifests.filter(holdsRules).map((manifest) => ({ manifest, rules: readRules(manifest) }));
  const external = configs.flatMap(({ rules }) => rules.external);
  const scaledObjects = manifests.filter(({ kind }) => kind === "ScaledObject");
  const autoscalers = manifests.filter(({ kind }) => kind === "HorizontalPodAutoscaler");
  const hpas = autoscalers
    .filter((manifest) => scaledObjectOf(manifest) === undefined)
    .map((manifest) => checkHpa(manifest, reference, external));
  const known = new Set(scaledObjects.map(({ namespace, name }) => `${namespace}/${name}`));
  const lost = autoscalers.filter((manifest) => {
    const name = scaledObjectOf(manifest);
    return name !== undefined && !known.has(`${manifest.namespace}/${name}`);
  });
  checkClashes(hpas, reference);
  return [
    ...hpas.map(hpaReport),
    ...lost.map(lostScaledObject),
    ...scaledObjects.map((manifest) => translateScaledObject(manifest, prometheusServer)),
    ...configs.map(({ manifest, rules }) =>
      rulesReport(
        manifest,
        rules,
        hpas.flatMap(({ findings }) => findings.map(({ message }) => message)),
      ),
    ),
  ];
}

/**
 * Returns the name of the ScaledObject for which KEDA created an HPA. The ScaledObject is translated instead of the
 * HPA.
 */
function scaledObjectOf({ object }: Manifest): string | undefined {
  const name = record(record(object["metadata"])["labels"])["scaledobject.keda.sh/name"];
  return name === undefined ? undefined : String(name);
}

/**
 * Reports an HPA of KEDA without its ScaledObject. Without the permission to list ScaledObjects, the API server gives
 * the same answer as without KEDA.
 */
function lostScaledObject({ namespace, name, source }: Manifest): Report {
  return {
    subject: `HorizontalPodAutoscaler ${namespace}/${name} (${source})`,
    findings: [
      {
        id: "keda",
        differs: true,
        message: "KEDA made this HPA, and its ScaledObject was not given or could not be read",
        reference: "scales the workload by the ScaledObject",
        here: "cannot be translated: use a user who may list scaledobjects.keda.sh, or pass the file",
      },
    ],
  };
}

function rulesReport(
  manifest: Manifest,
  { external, custom }: { external: readonly ExternalRule[]; custom: number },
  said: readonly string[],
): Report {
  const unused = external.filter(({ place }) => !said.some((message) => message.includes(place)));
  return {
    subject: `Rules of prometheus-adapter ${manifest.kind === "ConfigMap" ? `${manifest.namespace}/${manifest.name} ` : ""}(${manifest.source})`,
    findings: [
      ...unused.map(({ place, seriesQuery }) => ({
        id: "prometheus-adapter",
        differs: false,
        message: `no HPA that was given uses ${place} (${seriesQuery})`,
        reference: "serves whatever the rule finds",
        here: "nothing to translate",
      })),
      ...(custom === 0
        ? []
        : [
            {
              id: "prometheus-adapter",
              differs: true,
              message: `${custom} rules are for the custom metrics API (metrics of type Pods and Object)`,
              reference: "serves them by custom.metrics.k8s.io",
              here: "not served: keep prometheus-adapter for that API, which this adapter does not serve",
            },
          ]),
    ],
  };
}
