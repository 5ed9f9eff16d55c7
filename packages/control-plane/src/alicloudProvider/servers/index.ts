import { accessServers } from "./access.ts";
import { clusterServer } from "./cluster.ts";
import { meshServers } from "./mesh.ts";
import { monitoringServers } from "./monitoring.ts";
import { networkServers } from "./network.ts";
import { nodePoolServers } from "./nodePool.ts";
import type { Server } from "./server.ts";

const servers: Readonly<Record<string, Server>> = {
  ...networkServers,
  ...nodePoolServers,
  ...meshServers,
  ...monitoringServers,
  ...accessServers,
  "alicloud:cs/managedKubernetes:ManagedKubernetes": clusterServer,
};

/**
 * The service for a resource type.
 * @throws Error if there is none. The unit test checks each type of the schema.
 */
export function serverOf(type: string): Server {
  const server = Object.hasOwn(servers, type) ? servers[type] : undefined;
  if (server === undefined) throw new Error(`no service makes ${type}`);
  return server;
}
