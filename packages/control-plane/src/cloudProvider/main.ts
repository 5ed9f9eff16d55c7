/**
 * A stand-in for the Pulumi provider `alicloud` (pulumi-alicloud 3.108) and for the cloud behind it: the real Pulumi engine
 * talks to it over gRPC when `PULUMI_DEBUG_PROVIDERS=alicloud:PORT` names it. It prints its port, and ends when its standard
 * input does, so that it never outlives its parent.
 *
 * Like the real one, a Terraform provider behind Pulumi's bridge, it
 * - refuses arguments of the wrong type, missing, unknown, in conflict, or outside of what the schema's validations allow;
 * - fills in the schema's defaults and names (`<name>-<7 hex>`, kept afterwards, never for a deprecated `name`);
 * - compares inputs with the whole state: what Read set and the program leaves out is removed by the next update, or
 *   replaces the resource, unless it is computed, its value is the zero value, or `ignoreChanges` has it;
 * - fills what the program left open when it makes a resource, and answers unknown values at preview;
 * - takes over `prometheusUrl` of a mesh only when another feature of it changes;
 * - deletes no protected cluster and nothing that is in use.
 *
 * Unlike the real one
 * - it waits for nothing, and refuses at once to delete what is in use, where the real one tries again for minutes;
 * - where it is not known what the cloud chooses, it chooses what would hurt (servers/), so that a program that is quiet
 *   here depends on none of these choices;
 * - a forceNew block that the program no longer gives replaces the resource, where the bridge previews an update, which fails;
 * - it hides no differences that DiffSuppressFunc hides, except of properties that are left out;
 * - it knows the resources of schema.json and two functions.
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
