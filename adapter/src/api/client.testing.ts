import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import { type Agent, request } from "node:https";
import type { KeyedCertificate } from "../serving/certificateAuthority.ts";

/** A test request. It has the properties that a client of the API can vary. */
export interface Question {
  port: number;
  /** The CA that the client trusts for the server's certificate. */
  ca: string;
  path: string;
  method?: string;
  headers?: OutgoingHttpHeaders;
  client?: KeyedCertificate;
  body?: string;
  agent?: Agent;
}

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export const SERVER_NAME = "adapter.kube-system.svc";

/** Sends one request. It opens a new connection unless an agent is given. */
export function ask({ port, ca, path, method = "GET", headers = {}, client, body, agent }: Question): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: "127.0.0.1",
        servername: SERVER_NAME,
        port,
        path,
        method,
        headers,
        ca,
        ...(client ?? {}),
        agent: agent ?? false,
        maxHeaderSize: 1 << 20,
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk) => {
          text += chunk;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
        response.on("error", reject);
      },
    );
    asked.on("error", reject);
    asked.end(body);
  });
}
