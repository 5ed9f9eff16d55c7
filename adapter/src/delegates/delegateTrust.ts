import { readFile } from "node:fs/promises";
import { record } from "@asm-autoscaler/hpa-metrics";
import type { CaSource } from "../flags/delegateFlags.ts";
import type { Kubernetes } from "../kubernetes/client.ts";
import { API_SERVICE_PATH, REPLACED } from "../serving/caBundle.ts";
import { certificatesOf, fromBase64 } from "../serving/pem.ts";
import type { Trust } from "./connection.ts";

/**
 * Reads the CA of a delegate from its source.
 * @throws Error with what is missing, or KubernetesError
 */
export async function readTrust(source: CaSource, kubernetes: Pick<Kubernetes, "call">): Promise<Trust> {
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
    case "apiservice": {
      const { metadata } = record(await kubernetes.call("GET", API_SERVICE_PATH));
      const replaced = record(record(metadata)["annotations"])[REPLACED];
      const { caBundle } = record(parsed(replaced));
      return trustIn(fromBase64(caBundle), `the annotation ${REPLACED} of the APIService`);
    }
  }
}

function trustIn(text: string, where: string): Trust {
  const certificates = certificatesOf(text);
  if (certificates.length === 0) throw new Error(`${where} has no certificate`);
  return { ca: certificates.join(""), rejectUnauthorized: true };
}

function parsed(json: unknown): unknown {
  try {
    return JSON.parse(String(json));
  } catch {
    return undefined;
  }
}
