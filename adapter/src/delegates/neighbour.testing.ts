import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { makeServingPair, type ServingPair } from "../serving/servingCertificate.ts";
import { type Connection, createConnection } from "./connection.ts";

/**
 * A stand-in for a neighbouring adapter: an HTTPS server with a handler of the test's. Unlike the real ones, it reviews
 * no token.
 */
export interface FakeNeighbour {
  readonly port: number;
  readonly pair: ServingPair;
  /** The requests that arrived. */
  readonly requests: { readonly url: string; readonly headers: IncomingMessage["headers"] }[];
  handler: (request: IncomingMessage, response: ServerResponse) => void;
  /** Connections to it, under the name of its Service. Nothing resolves that name in a unit test. */
  connect(): Connection;
  close(): Promise<void>;
}

export const SERVICE = { namespace: "keda", name: "neighbour", port: 443 } as const;
export const METRIC_LIST = "/apis/external.metrics.k8s.io/v1beta1";

/** A list of one value. */
export function values(value: string): object {
  const items = [{ metricName: "s0", metricLabels: null, timestamp: "2026-01-01T00:00:00Z", value }];
  return { kind: "ExternalMetricValueList", apiVersion: "external.metrics.k8s.io/v1beta1", metadata: {}, items };
}

export function answerJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

export async function startNeighbour(handler: FakeNeighbour["handler"]): Promise<FakeNeighbour> {
  const pair = await makeServingPair({ serviceName: SERVICE.name, namespace: SERVICE.namespace }, Date.now());
  const requests: FakeNeighbour["requests"][number][] = [];
  const server: Server = createServer({ cert: pair.serving.cert, key: pair.serving.key }, (request, response) => {
    requests.push({ url: request.url ?? "", headers: request.headers });
    neighbour.handler(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const neighbour: FakeNeighbour = {
    ...{ port, pair, requests, handler },
    connect() {
      const connection = createConnection({
        host: "127.0.0.1",
        port,
        serverName: `${SERVICE.name}.${SERVICE.namespace}.svc`,
      });
      connection.trust({ ca: pair.authority.cert, rejectUnauthorized: true });
      return connection;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return neighbour;
}
