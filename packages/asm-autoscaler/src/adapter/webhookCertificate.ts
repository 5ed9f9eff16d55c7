import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import * as pulumi from "@pulumi/pulumi";
import { caBundleMistakes } from "../prometheus/endpoint";
import type { Mistake } from "../validation/inputErrors";
import { missingMistakes, nameMistakes, objectName, plainMistakes } from "../validation/inputErrors";
import { isGiven, later, now } from "../validation/inputs";
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
  /** CA certificates in PEM that verify the certificate in the Secret. During a change of the CA, give both. */
  caBundle?: pulumi.Input<string>;
}

/** Name of cert-manager's Issuer and Certificate, and of the Secret that cert-manager writes. */
const CERTIFICATE = `${ADAPTER}-webhook`;
const CERT_MANAGER = "cert-manager.io";
const PATH = "admissionWebhook";

/** Validates what is known of admissionWebhook: each problem with its property path. */
export function webhookMistakes(webhook: MetricsAdapterWebhookArgs | undefined): Mistake[] {
  // Programs without types may give a boolean, an Output or null.
  const given: unknown = now<unknown>(webhook);
  if (given === later) return plainMistakes(PATH, webhook);
  if (!isGiven(webhook) || given === false) return [];
  const { certManager, secretName, caBundle } = webhook;
  const late = plainMistakes(`${PATH}.certManager`, certManager);
  if (late.length > 0) return late;
  const own = { secretName, caBundle };
  if (certManager) return Object.entries(own).flatMap(([name, value]) => (isGiven(value) ? [misplaced(name)] : []));
  if (!isGiven(secretName) && !isGiven(caBundle)) return [withoutCertificate()];
  const remedy = "Give the name of the Secret and the CA of its certificate together";
  return [
    ...missingMistakes(`${PATH}.secretName`, secretName, remedy),
    ...missingMistakes(`${PATH}.caBundle`, caBundle, remedy),
    ...nameMistakes(`${PATH}.secretName`, now(secretName ?? undefined), objectName),
    ...caBundleMistakes(`${PATH}.caBundle`, now(caBundle ?? undefined)),
  ];
}

function misplaced(name: string): Mistake {
  return {
    path: `${PATH}.${name}`,
    code: "ASM_ARGUMENT_MISPLACED",
    message: `${name} is for a certificate of your own, and certManager is on`,
    remedy: `Leave ${name} out, or leave certManager out`,
  };
}

function withoutCertificate(): Mistake {
  return {
    path: PATH,
    code: "ASM_WEBHOOK_CERTIFICATE",
    message: "admissionWebhook does not say where the webhook's serving certificate comes from",
    remedy: "Give { certManager: true } where cert-manager is installed, or { secretName, caBundle } for your own",
  };
}

/** The certificate of a webhook that is on, validated. */
export interface WebhookCertificate {
  /** The Secret with tls.crt and tls.key. */
  readonly secretName: pulumi.Input<string>;
  /** CA certificates, PEM; absent where cert-manager writes them. */
  readonly caBundle?: pulumi.Input<string>;
}

/** undefined where the webhook is off. */
export function webhookCertificate(webhook: MetricsAdapterWebhookArgs | undefined): WebhookCertificate | undefined {
  if (webhook?.certManager) return { secretName: CERTIFICATE };
  if (!isGiven(webhook?.secretName) || !isGiven(webhook.caBundle)) return undefined;
  return { secretName: webhook.secretName, caBundle: webhook.caBundle };
}

/**
 * A certificate that signs itself, as kubebuilder makes one for webhooks: cert-manager renews it, and its CA injector
 * copies it into objects with the returned annotation.
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
