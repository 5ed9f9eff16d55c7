import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { type ProblemCode, problems } from "@asm-autoscaler/hpa-metrics";
import { limitConnections } from "../serving/connectionPool.ts";
import { isUnspecified, listenAddress } from "../serving/listenAddress.ts";
import type { About } from "./statusJson.ts";
import { readRequest, type StatusSources, statusList, statusOfOne } from "./statusList.ts";

/** What the server answers with. */
export interface StatusContent {
  readonly sources: StatusSources;
  /** The page's files by path. */
  readonly assets: Readonly<Record<string, Asset>>;
  readonly about: About;
}

/** The running status page server. */
export interface StatusServer {
  readonly port: number;
  close(): void;
}

const compress = promisify(gzip);
/** Minimum size for compression, in bytes. */
const SMALL = 1_000;
const CONNECTIONS = { most: 32, silentMs: 60_000 };

/** Security headers. The page can load and call only this server, and other pages cannot embed it. */
const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-cache",
};

/**
 * Serves the status page, `/api/status` and `/api/about` over plain HTTP. Users need permission to forward a port to the pod. This is
 * the only access control, so bind the server to a loopback address. It answers only GET, changes nothing and evaluates
 * no query. Rejects when it cannot bind the address.
 */
export async function serveStatus(
  content: StatusContent,
  address: { host: string; port: number },
): Promise<StatusServer> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (request, response) => {
    serve(request, response, content, address.host).catch(() => response.destroy());
  });
  limitConnections(server, CONNECTIONS);
  await new Promise<void>((resolve, reject) => {
    // The listener stays: a connection that cannot be accepted later must not end the process.
    server.on("error", reject);
    server.listen(address.port, listenAddress(address.host), resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Answers one request. An error closes only that connection. It never ends the process, which also serves readings. */
async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  content: StatusContent,
  bound: string,
): Promise<void> {
  await respond(request, response, await answer(request, content, bound));
}

interface Answer extends Asset {
  readonly status: number;
}

async function answer(
  request: IncomingMessage,
  { sources, assets, about }: StatusContent,
  bound: string,
): Promise<Answer> {
  if (!isOwnHost(request.headers.host, bound)) {
    return refuse(421, "ASM_STATUS_HOST", "this server answers to localhost only");
  }
  if (request.method !== "GET") {
    return refuse(405, "ASM_STATUS_REQUEST", "only GET is allowed", "The page changes nothing; use kubectl.");
  }
  const target = `http://localhost${request.url?.startsWith("/") ? request.url : "/?"}`;
  if (!URL.canParse(target)) return nothingHere();
  const { pathname, searchParams } = new URL(target);
  const asset = Object.hasOwn(assets, pathname) ? assets[pathname] : undefined;
  if (asset) return { status: 200, ...asset };
  if (pathname === "/api/about") return json(200, about);
  if (pathname === "/api/status") {
    const asked = readRequest(searchParams);
    if ("mistake" in asked) {
      return refuse(400, "ASM_STATUS_REQUEST", asked.mistake, "Parameters: search, sort, order, page, limit.");
    }
    return json(200, await statusList(sources, asked));
  }
  const id = /^\/api\/status\/([^/]+\/[^/]+)$/.exec(pathname)?.[1];
  const one = id === undefined ? undefined : statusOfOne(sources, id);
  return one ? json(200, one) : nothingHere();
}

function nothingHere(): Answer {
  const remedy = "The list is at /api/status, one HPA at /api/status/NAMESPACE/NAME.";
  return refuse(404, "ASM_STATUS_REQUEST", "not found", remedy);
}

async function respond(request: IncomingMessage, response: ServerResponse, { status, type, text }: Answer) {
  const etag = `"${createHash("sha256").update(text).digest("base64url")}"`;
  const headers = { ...HEADERS, etag, vary: "accept-encoding", ...(status === 405 ? { allow: "GET" } : {}) };
  if (status === 200 && request.headers["if-none-match"] === etag) {
    response.writeHead(304, headers).end();
    return;
  }
  const takesGzip = /\bgzip\b/.test(request.headers["accept-encoding"] ?? "") && text.length >= SMALL;
  const body = takesGzip ? await compress(text) : Buffer.from(text);
  response
    .writeHead(status, {
      ...headers,
      "content-type": type,
      "content-length": body.length,
      ...(takesGzip ? { "content-encoding": "gzip" } : {}),
    })
    .end(body);
}

function json(status: number, value: object): Answer {
  return { status, type: "application/json; charset=utf-8", text: JSON.stringify(value) };
}

function refuse(status: number, code: ProblemCode, message: string, remedy = problems[code].remedy): Answer {
  return json(status, { code, message, remedy });
}

/** A static file of the page. */
export interface Asset {
  readonly type: string;
  readonly text: string;
}

/** The page's files by path. bundle.mjs inserts them, so that the adapter is a single file. */
declare const STATUS_PAGE: Readonly<Record<string, Asset>> | undefined;

/** The page's files; empty when the adapter runs from source. */
export const assets: Readonly<Record<string, Asset>> = typeof STATUS_PAGE === "undefined" ? {} : STATUS_PAGE;

/**
 * Whether a request's `Host` header names this server: a loopback name or address, or the bound address. A DNS
 * rebinding attack points the attacker's own name to this server. The `Host` header then has that name, and the request
 * is refused.
 */
export function isOwnHost(header: string | undefined, bound: string): boolean {
  if (header === undefined || !URL.canParse(`http://${header}`)) return false;
  const host = new URL(`http://${header}`).hostname.replace(/^\[|\]$/g, "");
  return (
    host === "localhost" ||
    host === "::1" ||
    /^127\.\d+\.\d+\.\d+$/.test(host) ||
    (!isUnspecified(bound) && host === bound)
  );
}
