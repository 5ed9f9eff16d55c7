import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Forwarder, forwardConnections } from "./forward.ts";

/** A program in namespaces asks the one outside to forward a port to this Unix socket. */
export interface PublishRequest {
  readonly socket: string;
  /** The preferred port of 127.0.0.1. */
  readonly port: number;
}

export interface PublishReply {
  readonly socket: string;
  /** The port of 127.0.0.1. */
  readonly published: number;
}

/** Makes servers of the cluster reachable for the user's browser and kubectl. */
export interface Publisher {
  /**
   * The URL at which the user reaches the server of a URL. It is the same URL, unless this process is in namespaces of
   * `runInNamespaces`.
   */
  publishUrl(url: string): Promise<string>;
  /** The path of a kubeconfig for the user, for the cluster of a kubeconfig of this package. */
  publishKubeconfig(path: string): Promise<string>;
  stop(): void;
}

/** @param directory Folder for Unix sockets and files. Only this user can access it. */
export function createPublisher(directory: string): Publisher {
  const forwarders: Forwarder[] = [];

  async function publishUrl(text: string): Promise<string> {
    if (process.send === undefined) return text;
    const url = new URL(text);
    const socket = join(directory, `${forwarders.length}.sock`);
    forwarders.push(await forwardConnections({ path: socket }, { host: url.hostname, port: Number(url.port) }));
    const { published } = await request({ socket, port: Number(url.port) });
    return `${url.protocol}//127.0.0.1:${published}${url.pathname === "/" ? "" : url.pathname}`;
  }

  return {
    publishUrl,
    publishKubeconfig: async (path) => {
      const config = JSON.parse(await readFile(path, "utf8"));
      const cluster = config.clusters[0].cluster;
      const server = await publishUrl(cluster.server);
      if (server === cluster.server) return path;
      // The certificate of the API server has the names of the namespaces only, and `localhost`.
      Object.assign(cluster, { server, "tls-server-name": "localhost" });
      const published = join(directory, "kubeconfig");
      await writeFile(published, JSON.stringify(config), { mode: 0o600 });
      return published;
    },
    stop: () => {
      for (const forwarder of forwarders) forwarder.stop();
    },
  };
}

function request(message: PublishRequest): Promise<PublishReply> {
  return new Promise((resolve) => {
    const take = (reply: unknown) => {
      if (!isPublishReply(reply) || reply.socket !== message.socket) return;
      process.off("message", take);
      // Otherwise the channel keeps this process running.
      process.channel?.unref();
      resolve(reply);
    };
    process.channel?.ref();
    process.on("message", take);
    process.send?.(message);
  });
}

export function isPublishRequest(message: unknown): message is PublishRequest {
  return isObject(message) && typeof message["socket"] === "string" && typeof message["port"] === "number";
}

function isPublishReply(message: unknown): message is PublishReply {
  return isObject(message) && typeof message["socket"] === "string" && typeof message["published"] === "number";
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
