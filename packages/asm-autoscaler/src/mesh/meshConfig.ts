import type * as alicloud from "@pulumi/alicloud/types/input";
import * as pulumi from "@pulumi/pulumi";
import type { AsmInstanceSidecarInjectionArgs } from "./args";

/** The part of a mesh's configuration that is sent to ASM. */
export function meshConfig(
  injection: pulumi.Input<AsmInstanceSidecarInjectionArgs> | undefined,
): alicloud.servicemesh.ServiceMeshMeshConfig {
  const given = pulumi.output(injection);
  return {
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
 * `ignoreChanges` of a mesh: settings that ASM or its console sets and no argument covers. The provider reads them
 * back, and would show each setting that the program does not send as removed at the next preview.
 */
export const LEFT_TO_ASM = [
  // Sent at creation. Afterwards the console's: locality would replace the mesh, and the policy is the user's.
  "meshConfig.enableLocalityLb",
  "meshConfig.outboundTrafficPolicy",
  // Never sent, and without a default that the provider knows of.
  "meshConfig.accessLog",
  "meshConfig.audit",
  "meshConfig.controlPlaneLog",
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
  // ASM's own collection into Managed Service for Prometheus: with a scrape job of ours beside it, requests count twice.
  "meshConfig.telemetry",
  "meshConfig.tracing",
  // An address that somebody bound to the control plane in the console would be unbound.
  "loadBalancer.pilotPublicEipId",
];
