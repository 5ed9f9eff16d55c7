import type { Flags } from "../flags.ts";
import { serverConfig } from "./httpConfig.ts";
import { createPrometheus, type Prometheus } from "./prometheus.ts";
import type { ServerListener } from "./server.ts";

/** Connects to the servers that the flags name; nothing is sent until the first question. */
export function connectServers(flags: Flags, listener: ServerListener): Prometheus {
  return createPrometheus({
    defaultUrl: flags.prometheusServer,
    defaultConfig: serverConfig({ httpConfigFile: flags.prometheusHttpConfig, tokenFile: flags.prometheusTokenFile }),
    aliases: new Map(
      [...flags.additionalServers].map(([name, { url, ...files }]) => [name, { url, config: serverConfig(files) }]),
    ),
    allowedUrls: flags.allowedServers,
    listener,
  });
}
