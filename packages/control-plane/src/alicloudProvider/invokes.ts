import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import type { JsonObject } from "../providerProtocol/json.ts";
import { textAt } from "../providerProtocol/json.ts";
import { kubeconfigOf } from "./clusterAccess.ts";
import type { World } from "./resources.ts";
import { region } from "./servers/server.ts";

const clusterType = "alicloud:cs/managedKubernetes:ManagedKubernetes";

/**
 * Returns the result of a data source. Each one is a network call of the real provider.
 * @throws Error for a data source that the stand-in does not have, and for a cluster that does not exist.
 */
export function invoke(world: World, token: string, args: JsonObject): JsonObject {
  world.cloud.call(`invoke ${token}`);
  switch (token) {
    case "alicloud:cs/getClusterCredential:getClusterCredential":
      return clusterCredential(world, args);
    case "alicloud:arms/getPrometheus:getPrometheus":
    case "alicloud:arms/getPrometheis:getPrometheis":
      return prometheus(args);
    default:
      throw new ProblemError(problem("ASM_STAND_IN_NO_FUNCTION", `The stand-in alicloud provider has no ${token}`));
  }
}

function clusterCredential({ cloud, access }: World, args: JsonObject): JsonObject {
  const clusterId = textAt(args, "clusterId") ?? "";
  const cluster = cloud.get(clusterType, clusterId);
  if (cluster === undefined) throw new Error(`[ERROR] ErrorClusterNotFound: cluster ${clusterId} not found`);
  return {
    ...args,
    id: clusterId,
    clusterName: cluster.properties["name"] ?? "",
    kubeConfig: kubeconfigOf(access),
    certificateAuthority: {
      clusterCert: access.clusterCertificate,
      clientCert: access.clientCertificate,
      clientKey: access.clientKey,
    },
    expiration: "2099-01-01T00:00:00Z",
  };
}

function prometheus(args: JsonObject): JsonObject {
  const ids = Array.isArray(args["ids"]) ? args["ids"] : [];
  const prometheis = ids.map((each): JsonObject => {
    const id = String(each);
    const path = `/api/v1/prometheus/0123456789abcdef/1234567890/${id}/${region}`;
    return {
      id,
      clusterId: id,
      clusterName: id,
      clusterType: "aliyun-cs",
      authToken: `stand-in-token-${id}`,
      httpApiInterUrl: `https://${region}.arms.aliyuncs.com:9443${path}`,
      httpApiIntraUrl: `http://${region}-intranet.arms.aliyuncs.com:9090${path}`,
    };
  });
  return { ...args, id: ids.join(","), ids, prometheis };
}
