import { createHash, type X509Certificate } from "node:crypto";
import { type Identity, withAuthenticatedGroup } from "./identity.ts";

/** The attribute of a subject that holds the user's UID (apiserver/pkg/authentication/request/x509, 1.33 and up). */
const UID_ATTRIBUTE = "1.3.6.1.4.1.57683.2";
const CREDENTIAL_ID = "authentication.kubernetes.io/credential-id";

/**
 * The user whom a client certificate of the cluster's own authority names: the common name, with each organization as a
 * group. `undefined` where it names none, and, as in Kubernetes, where it has several UIDs or an empty one.
 */
export function certificateUser(certificate: X509Certificate): Identity | undefined {
  const subject = certificate.toLegacyObject().subject as Readonly<Record<string, unknown>>;
  const user = texts(subject["CN"]).at(-1) ?? "";
  const uids = texts(subject[UID_ATTRIBUTE]);
  if (user === "" || uids.length > 1 || uids[0] === "") return undefined;
  const hash = createHash("sha256").update(certificate.raw).digest("hex");
  return {
    user,
    uid: uids[0] ?? "",
    groups: withAuthenticatedGroup(texts(subject["O"])),
    extra: new Map([[CREDENTIAL_ID, [`X509SHA256=${hash}`]]]),
  };
}

/** The certificate's common name, the last one as Go has it; never cut from the subject's text, which can be forged. */
export function commonName(certificate: X509Certificate): string {
  return texts((certificate.toLegacyObject().subject as Readonly<Record<string, unknown>>)["CN"]).at(-1) ?? "";
}

function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((item) => typeof item === "string");
}
