import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import * as pulumi from "@pulumi/pulumi";
import { caBundleErrors } from "../prometheus/endpoint";
import type { InputError } from "../validation/inputErrors";
import { missingErrors, nameErrors, objectName } from "../validation/inputErrors";
import { isGiven, knownValue } from "../validation/inputs";
import { ADAPTER, labels } from "./identity";

/** Serving certificate of the admission webhook: either certManager, or secretName and caBundle. */
export interface MetricsAdapterWebhookArgs {
  /**
   * Whether to add an Issuer and a Certificate of cert-manager, which must be installed with its CA injector.
   * cert-manager then renews the certificate and writes its CA into the webhook configuration. Defaults to false.
   */
  certManager?: boolean;
  /**
   * Name of a Secret of type kubernetes.io/tls in the adapter's namespace, with a certificate for the DNS name
   * asm-metrics-adapter.NAMESPACE.svc. The adapter loads a renewed certificate without a restart.
   */
  secretName?: pulumi.Input<string>;
  /**
   * CA certificates in PEM that verify the certificate in the Secret. During a change of the CA, give the old and the
   * new CA.
   */
  caBundle?: pulumi.Input<string>;
}

/** Name of cert-manager's Issuer and Certificate, and of the Secret that cert-manager writes. */
const CERTIFICATE = `${ADAPTER}-webhook`;
const CERT_MANAGER = "cert-manager.io";
const PATH = "admissionWebhook";

/** All errors of the known properties of admissionWebhook, each with its property path. */
export function webhookErrors(webhook: MetricsAdapterWebhookArgs | undefined): InputError[] {
  if (webhook === undefined) return [];
  const { certManager, secretName, caBundle } = webhook;
  const own = { secretName, caBundle };
  if (certManager) return Object.entries(own).flatMap(([name, value]) => (isGiven(value) ? [misplaced(name)] : []));
  if (!isGiven(secretName) && !isGiven(caBundle)) return [withoutCertificate()];
  const remedy = "Set both secretName and caBundle";
  return [
    ...missingErrors(`${PATH}.secretName`, secretName, remedy),
    ...missingErrors(`${PATH}.caBundle`, caBundle, remedy),
    ...nameErrors(`${PATH}.secretName`, knownValue(secretName), objectName),
    ...caBundleErrors(`${PATH}.caBundle`, knownValue(caBundle)),
  ];
}

function misplaced(name: string): InputError {
  return {
    path: `${PATH}.${name}`,
    code: "ASM_ARGUMENT_MISPLACED",
    message: `${name} is for your own certificate, but certManager is true`,
    remedy: `Remove ${name} or certManager`,
  };
}

function withoutCertificate(): InputError {
  return {
    path: PATH,
    code: "ASM_WEBHOOK_CERTIFICATE",
    message: "admissionWebhook does not set where the webhook's serving certificate comes from",
  };
}

/** Certificate of an enabled webhook, validated. */
export interface WebhookCertificate {
  /** The Secret with tls.crt and tls.key. */
  readonly secretName: pulumi.Input<string>;
  /** CA certificates in PEM. Absent if cert-manager writes them. */
  readonly caBundle?: pulumi.Input<string>;
}

/** Certificate of the webhook. Undefined if the webhook is disabled. */
export function webhookCertificate(webhook: MetricsAdapterWebhookArgs | undefined): WebhookCertificate | undefined {
  if (webhook?.certManager) return { secretName: CERTIFICATE };
  if (!isGiven(webhook?.secretName) || !isGiven(webhook.caBundle)) return undefined;
  return { secretName: webhook.secretName, caBundle: webhook.caBundle };
}

/**
 * A self-signed certificate, as kubebuilder creates for webhooks. cert-manager renews it, and its CA injector copies it
 * into objects with the returned annotation.
 * https://cert-manager.io/docs/concepts/ca-injector/
 */
export function createCertificate(name: string, namespace: pulumi.Input<string>, opts: pulumi.CustomResourceOptions) {
  const metadata = { name: CERTIFICATE, namespace, labels };
  const issuer = new CustomResource(
    `${name}-webhook-issuer`,
    { apiVersion: `${CERT_MANAGER}/v1`, kind: "Issuer", metadata, spec: { selfSigned: {} } },
    opts,
  );
  const certificate = new CustomResource(
    `${name}-webhook-certificate`,
    {
      apiVersion: `${CERT_MANAGER}/v1`,
      kind: "Certificate",
      metadata: { ...metadata, annotations: { "pulumi.com/waitFor": "condition=Ready" } },
      spec: {
        secretName: CERTIFICATE,
        secretTemplate: { labels },
        // RFC 5280 forbids an empty issuer, which is here the subject.
        commonName: CERTIFICATE,
        dnsNames: [pulumi.interpolate`${ADAPTER}.${namespace}.svc`],
        usages: ["digital signature", "server auth"],
        privateKey: { algorithm: "ECDSA", size: 256 },
        issuerRef: { group: CERT_MANAGER, kind: "Issuer", name: CERTIFICATE },
      },
    },
    { ...opts, dependsOn: [issuer] },
  );
  const annotations = { [`${CERT_MANAGER}/inject-ca-from`]: pulumi.interpolate`${namespace}/${CERTIFICATE}` };
  return { certificate, annotations };
}
