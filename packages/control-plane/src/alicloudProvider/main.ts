/**
 * A stand-in for the Pulumi provider `alicloud` (pulumi-alicloud 3.108) and for the cloud behind it. The real Pulumi
 * engine connects to it over gRPC if `PULUMI_DEBUG_PROVIDERS=alicloud:PORT` names it. It prints its port. It ends when
 * its standard input ends, so it never outlives its parent.
 *
 * Like the real provider, which is a Terraform provider behind Pulumi's bridge:
 * - It rejects arguments that have the wrong type, are missing, unknown or in conflict, or that the schema's
 *   validations do not allow.
 * - It sets the schema's defaults and names (`<name>-<7 hex>`, kept afterwards, never for a deprecated `name`).
 * - It compares inputs with the whole state. If Read set a value and the program does not set it, the next update
 *   removes the value or replaces the resource. Exceptions: the property is computed, its value is the zero value, or
 *   `ignoreChanges` contains it.
 * - It sets values that the program does not set when it creates a resource, and returns unknown values at preview.
 * - It previews the removal of a forceNew block as an update, which then fails.
 * - It applies `prometheusUrl` of a mesh only if another feature of the mesh changes.
 * - It does not delete a protected cluster, or anything that is in use.
 *
 * Unlike the real provider:
 * - It never waits. It immediately rejects the deletion of a resource that is in use. The real one retries for minutes.
 * - If it is not known which value the cloud chooses, it chooses a value that is likely to cause a diff (servers/). So
 *   a program without diffs here does not depend on these choices.
 * - It does not hide the differences that DiffSuppressFunc hides, except for properties that the program does not set.
 * - It only has the resources of schema.json and two functions.
 */
import { readFileSync } from "node:fs";
import { serveProvider } from "../providerProtocol/serveProvider.ts";
import { openCloud } from "./cloud.ts";
import { clusterAccess } from "./clusterAccess.ts";
import { cloudService } from "./service.ts";

const [directory, kubeconfigPath] = process.argv.slice(2);
if (directory === undefined) throw new Error("usage: main.ts DIRECTORY [KUBECONFIG]");
const kubeconfig = kubeconfigPath === undefined ? undefined : readFileSync(kubeconfigPath, "utf8");

serveProvider(cloudService({ cloud: openCloud(directory), access: clusterAccess(kubeconfig) }));
