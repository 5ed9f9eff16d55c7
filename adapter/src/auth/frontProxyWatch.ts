import { problem, record } from "@asm-autoscaler/hpa-metrics";
import { type Kubernetes, problemOf } from "../kubernetes/client.ts";
import { watchCollection } from "../kubernetes/listWatch.ts";
import { type Log, logProblem } from "../kubernetes/log.ts";
import type { Trusted } from "./authenticate.ts";
import { FRONT_PROXY_CONFIG_MAP, parseClientAuthorities, parseFrontProxyConfig } from "./frontProxyConfig.ts";

const { namespace, name } = FRONT_PROXY_CONFIG_MAP;

/**
 * Watches the authentication ConfigMap until `signal` aborts and passes each state to `onTrusted`.
 * The front proxy and the authorities of client certificates are independent parts. As in Kubernetes, a part that is
 * missing or not valid keeps its last valid value. It never removes or extends trust.
 */
export async function watchFrontProxyConfig(
  kubernetes: Kubernetes,
  log: Log,
  onTrusted: (trusted: Trusted) => void,
  signal: AbortSignal,
): Promise<void> {
  let trusted: Trusted = {};
  const attempt = (read: () => Trusted) => {
    try {
      trusted = { ...trusted, ...read() };
    } catch (error) {
      logProblem(log, problemOf(error, "ASM_FRONT_PROXY_CONFIG"));
    }
  };
  const take = (data: Record<string, string>) => {
    attempt(() => ({ frontProxy: parseFrontProxyConfig(data) }));
    attempt(() => {
      const clientAuthorities = parseClientAuthorities(data);
      return clientAuthorities ? { clientAuthorities } : {};
    });
    onTrusted(trusted);
  };
  await watchCollection<Record<string, string>>(
    kubernetes,
    `/api/v1/namespaces/${namespace}/configmaps`,
    // The Role extension-apiserver-authentication-reader allows list and watch of this one name only.
    { fieldSelector: `metadata.name=${name}` },
    {
      parse: (object) =>
        Object.fromEntries(Object.entries(record(record(object)["data"])).map(([key, text]) => [key, String(text)])),
      onList(items) {
        if (items[0]) take(items[0]);
        else logProblem(log, problem("ASM_FRONT_PROXY_CONFIG", `ConfigMap ${namespace}/${name} is missing`));
      },
      onChange: take,
      onDelete: () =>
        logProblem(
          log,
          problem(
            "ASM_FRONT_PROXY_CONFIG",
            `ConfigMap ${namespace}/${name} was deleted; the last configuration stays in use`,
            { severity: "warning", remedy: "The API server writes the ConfigMap again." },
          ),
        ),
      onError(sentence, retryMs) {
        const retry = `trying again in ${(retryMs / 1000).toFixed(1)} s`;
        const message = `ConfigMap ${namespace}/${name} cannot be watched (${sentence}); ${retry}`;
        const remedy =
          "Bind the adapter's ServiceAccount to the Role extension-apiserver-authentication-reader in kube-system.";
        const { server } = kubernetes;
        logProblem(log, problem("ASM_FRONT_PROXY_CONFIG", message, { severity: "warning", remedy }), { server });
      },
    },
    signal,
  );
}
