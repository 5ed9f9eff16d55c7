import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import { type Agent, type RequestOptions, request } from "node:https";
import { connect, type TLSSocket } from "node:tls";
import type { KeyPair } from "../../src/pki.ts";

/** What one request to the adapter varies. */
interface Asking extends Omit<RequestOptions, "agent"> {
  method?: string;
  /** Arrays are repeated headers. */
  headers?: OutgoingHttpHeaders;
  /** Client certificate; none is an anonymous connection. */
  client?: KeyPair | undefined;
  agent?: Agent;
}

/** An answer, whole. */
interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  /** The body's JSON; undefined when it is none. */
  json: unknown;
  milliseconds: number;
}

/** Talks to the adapter itself, past the API server. */
export interface Client {
  /** With no credentials unless `client` gives some. */
  get(path: string, asking?: Asking): Promise<Answer>;
  /** As the API server's front proxy in the name of a user; `system:masters` unless groups are given. */
  proxied(path: string, asking?: Asking & { user?: string; groups?: readonly string[] }): Promise<Answer>;
  /** A connection for bytes that no HTTP client would send. */
  socket(client?: KeyPair): Promise<TLSSocket>;
}

/** A client of the adapter at an address. `proxy` is the front proxy's certificate. */
export function createClient(host: string, port: number, proxy: KeyPair): Client {
  const pem = (pair: KeyPair | undefined) => (pair ? { cert: pair.certPem, key: pair.keyPem } : {});
  const get = (path: string, { client, agent, headers = {}, ...rest }: Asking = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const began = performance.now();
      const asked = request(
        {
          host,
          port,
          path,
          headers,
          rejectUnauthorized: false, // who the server is has tests of its own
          maxHeaderSize: 1 << 20,
          timeout: 20_000,
          ...pem(client),
          agent: agent ?? false,
          ...rest,
        },
        (response) => {
          let body = "";
          response.setEncoding("utf8").on("data", (chunk) => {
            body += chunk;
          });
          response.on("error", reject);
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body,
              json: parse(body),
              milliseconds: performance.now() - began,
            }),
          );
        },
      );
      asked.on("timeout", () => asked.destroy(new Error("no answer within 20 s")));
      asked.on("error", reject);
      asked.end();
    });
  return {
    get,
    proxied: (path, { user = "system:admin", groups = ["system:masters"], headers = {}, ...rest } = {}) =>
      get(path, {
        client: proxy,
        ...rest,
        headers: { "X-Remote-User": user, ...(groups.length > 0 ? { "X-Remote-Group": [...groups] } : {}), ...headers },
      }),
    socket: (client) =>
      new Promise((resolve, reject) => {
        const socket = connect({ host, port, rejectUnauthorized: false, ...pem(client) }, () => resolve(socket));
        socket.once("error", reject);
      }),
  };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
