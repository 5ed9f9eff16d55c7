import { once } from "node:events";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { exposition, istioLabels } from "control-plane";
import { namespaceOf } from "../standIn.ts";
import { podNumber, REQUESTS_PER_POD, type SidecarCounts, workloadNumber } from "./pods.ts";

/**
 * The sidecars of many pods in one process, which is not the adapter's: it listens on every loopback address of the pods
 * at once and answers with the counter of the pod whose address was called. Only `istio_requests_total` is answered, as
 * to a filter for it. Its parent gets the port, and the counts when it asks.
 * Differences from real sidecars: one process answers for all, at once, and nothing but the counter.
 */
const began = performance.now();
const sockets = new Set<Socket>();
let [requests, closedBytes] = [0, 0];
const lines = new Map<number, string>();

const server = createServer({ keepAliveTimeout: 3_600_000 }, (request, response) => {
  const pod = podNumber(request.socket.localAddress ?? "");
  requests++;
  // Not all at the same count, so that no sum is right by chance.
  const count = Math.floor((REQUESTS_PER_POD * (performance.now() - began)) / 1_000) + (pod % 1_000) + 1;
  const line = lines.get(pod) ?? lineOf(pod);
  lines.set(pod, line);
  response.writeHead(200, { "content-type": "text/plain; charset=UTF-8", server: "envoy" });
  response.write(`${line} ${count}\n`);
  response.end();
});
server.on("connection", (socket) => {
  sockets.add(socket);
  socket.on("close", () => {
    sockets.delete(socket);
    closedBytes += socket.bytesWritten;
  });
});
server.listen(0, "0.0.0.0");
await once(server, "listening");
process.send?.(server.address());
process.on("message", () => {
  const openBytes = Array.from(sockets, ({ bytesWritten }) => bytesWritten).reduce((sum, one) => sum + one, 0);
  process.send?.({ requests, bytes: closedBytes + openBytes, connections: sockets.size } satisfies SidecarCounts);
});
process.on("disconnect", () => process.exit());

/** The whole answer without its number: a workload's requests of one caller. */
function lineOf(pod: number): string {
  const workload = workloadNumber(pod);
  const namespace = namespaceOf(workload);
  const name = `service-${workload}`;
  const caller = { namespace, workload: "gateway", serviceAccount: "gateway", app: "gateway" };
  const labels = istioLabels(caller, { namespace, workload: name, serviceAccount: name, app: name }, name);
  const text = exposition([{ labels, requests: 1 }], { filter: /istio_requests_total/ });
  return text.slice(0, text.lastIndexOf(" "));
}
