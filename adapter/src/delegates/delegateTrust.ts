import { readFile } from "node:fs/promises";
import { EXTERNAL_API_SERVICE as API_SERVICE, record } from "@asm-autoscaler/hpa-metrics";
import type { CaSource } from "../flags/delegateFlags.ts";
import type { Kubernetes } from "../kubernetes/client.ts";
import { ownerOf, REPLACED, readApiService, refersTo, type ServiceName } from "../serving/apiService.ts";
import { certificatesOf, fromBase64 } from "../serving/pem.ts";
import { parseReplaced } from "../serving/replaced.ts";
import type { Trust } from "./connection.ts";

/**
 * Reads the CA of a delegate from its source. `service` is the delegate's Service.
 * @throws Error with what is missing, or KubernetesError
 */
export async function readTrust(
  source: CaSource,
  service: ServiceName,
  kubernetes: Pick<Kubernetes, "call">,
): Promise<Trust> {
  switch (source.from) {
    case "nowhere":
      return { rejectUnauthorized: false };
    case "file":
      return trustIn(await readFile(source.path, "utf8"), `the file ${source.path}`);
    case "secret": {
      const { namespace, name } = source;
      const { data } = record(await kubernetes.call("GET", `/api/v1/namespaces/${namespace}/secrets/${name}`));
      // Of the Secret, only this key is used. KEDA's has the private key of its CA beside it.
      const text = fromBase64(record(data)["ca.crt"]);
      return trustIn(text, `the key ca.crt of the Secret ${namespace}/${name}`);
    }
    case "apiservice":
      return trustOfApiService(service, kubernetes);
  }
}

/** The CA with which the API server verified the delegate before this adapter took the APIService over. */
async function trustOfApiService(service: ServiceName, kubernetes: Pick<Kubernetes, "call">): Promise<Trust> {
  const found = await readApiService(kubernetes, API_SERVICE);
  if (!found) throw new Error(`the APIService ${API_SERVICE} does not exist`);
  if (refersTo(found, service)) return trustIn(found.caText, `the caBundle of the APIService ${API_SERVICE}`);
  const replaced = parseReplaced(found.replaced);
  if (!replaced)
    throw new Error(`the APIService ${API_SERVICE} belongs to ${found.owner} and remembers no other Service`);
  if (!refersTo(replaced, service))
    throw new Error(`the annotation ${REPLACED} of the APIService is about ${ownerOf(replaced.service)}`);
  return trustIn(fromBase64(replaced.caBundle), `the annotation ${REPLACED} of the APIService`);
}

function trustIn(text: string, where: string): Trust {
  const certificates = certificatesOf(text);
  if (certificates.length === 0) throw new Error(`${where} has no certificate`);
  return { ca: certificates.join(""), rejectUnauthorized: true };
}
