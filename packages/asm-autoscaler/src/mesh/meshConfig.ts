import type * as alicloud from "@pulumi/alicloud/types/input";
import * as pulumi from "@pulumi/pulumi";
import { isGiven, onlyGiven } from "../validation/inputs";
import type { AsmInstanceArgs } from "./args";

/** The part of a mesh's configuration that is sent to ASM. */
export function meshConfig(args: AsmInstanceArgs): alicloud.servicemesh.ServiceMeshMeshConfig {
  const { accessLog, audit, controlPlaneLog, telemetry } = args;
  const given = pulumi.output(args.sidecarInjection);
  return {
    ...onlyGiven({ accessLog, audit, controlPlaneLog, telemetry }),
    // What ASM has anyway. It is sent because at creation the provider passes prometheusUrl on only along with a feature
    // that differs from nothing.
    outboundTrafficPolicy: "ALLOW_ANY",
    // Cannot be changed without a replacement, so it is said from the start.
    enableLocalityLb: false,
    sidecarInjector: {
      enableNamespacesByDefault: given.apply((args) => args?.allNamespaces ?? false),
      autoInjectionPolicyEnabled: given.apply((args) => args?.allPods ?? true),
    },
  };
}

/**
 * Settings that ASM or its console sets and no argument covers. The provider reads them back, and would show each setting
 * that the program does not send as removed at the next preview.
 */
const LEFT_TO_ASM = [
  // Sent at creation. Afterwards the console's: locality would replace the mesh, and the policy is the user's.
  "meshConfig.enableLocalityLb",
  "meshConfig.outboundTrafficPolicy",
  // Never sent, and without a default that the provider knows of.
  "meshConfig.customizedZipkin",
  "meshConfig.includeIpRanges",
  "meshConfig.kiali",
  "meshConfig.opa",
  "meshConfig.pilot",
  // Holds clusterDomain, whose removal would replace the mesh.
  "meshConfig.proxy",
  "meshConfig.sidecarInjector.initCniConfiguration",
  "meshConfig.sidecarInjector.limitCpu",
  "meshConfig.sidecarInjector.limitMemory",
  "meshConfig.sidecarInjector.requestCpu",
  "meshConfig.sidecarInjector.requestMemory",
  "meshConfig.tracing",
  // An address that somebody bound to the control plane in the console would be unbound.
  "loadBalancer.pilotPublicEipId",
];

/** Parts of the logs that ASM fills in and the provider does not expect to be. */
const LOG_PARTS = {
  accessLog: ["enabled", "project", "sidecarEnabled", "gatewayEnabled"],
  controlPlaneLog: ["project"],
  audit: [],
} as const;

/** `ignoreChanges` of a mesh: what is left to ASM, and what an argument covers and the program leaves out. */
export function ignoredOfMesh(args: AsmInstanceArgs): string[] {
  const logs = Object.entries(LOG_PARTS).flatMap(([name, parts]) =>
    leftOut(`meshConfig.${name}`, args[name as keyof typeof LOG_PARTS], parts),
  );
  return [
    ...LEFT_TO_ASM,
    ...logs,
    // ASM's own collection into Managed Service for Prometheus: with a scrape job of ours beside it, requests count twice.
    ...(isGiven(args.telemetry) ? [] : ["meshConfig.telemetry"]),
    // Without istioVersion the version is ASM's: the provider would ask ASM for an upgrade to version "".
    ...(isGiven(args.istioVersion) ? [] : ["version"]),
  ];
}

/** A setting that is left out, or its parts that are. None of the parts while it is not known which these are. */
function leftOut(path: string, value: object | undefined, parts: readonly string[]): string[] {
  if (!isGiven(value)) return [path];
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return [];
  return parts.filter((part) => !isGiven(Reflect.get(value, part))).map((part) => `${path}.${part}`);
}
