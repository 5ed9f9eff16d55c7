import type * as k8s from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";
import type { PrometheusEndpoint } from "../prometheus/endpoint";
import { isGiven } from "../validation/inputs";
import { PROMETHEUS_SECRET } from "./identity";
import { fileOf, SERVERS_PATH } from "./serverNames";

/**
 * Credentials of a Prometheus server that are not in the program: in a Secret, or in an external store that the Secrets
 * Store CSI driver mounts. Set one of secretName and secretProviderClass, and the keys that the server needs. The adapter
 * reads a changed value without a restart.
 */
export interface MetricsAdapterCredentialsArgs {
  /** Name of a Secret in the adapter's namespace. While it or one of the keys is missing, new pods do not start. */
  secretName?: pulumi.Input<string>;
  /** Name of a SecretProviderClass in the adapter's namespace. The keys are then the names of its files. */
  secretProviderClass?: pulumi.Input<string>;
  /** Key of a token, which is sent as `Authorization: Bearer TOKEN`. */
  tokenKey?: pulumi.Input<string>;
  /** Key of the whole value of the Authorization header, instead of tokenKey. ARMS V1 takes its token in this form. */
  authorizationKey?: pulumi.Input<string>;
  /** Key of the user name for basic authentication, with passwordKey. For ARMS V2, the id of an AccessKey. */
  usernameKey?: pulumi.Input<string>;
  /** Key of the password, with usernameKey. For ARMS V2, the secret of the AccessKey. */
  passwordKey?: pulumi.Input<string>;
  /** Key of CA certificates in PEM that verify the server's certificate. Defaults to caBundle of the endpoint. */
  caKey?: pulumi.Input<string>;
}

/** The arguments about servers and their credentials. */
export interface CredentialArguments {
  readonly prometheus?: pulumi.Input<PrometheusEndpoint>;
  readonly additionalPrometheus?: Readonly<Record<string, pulumi.Input<PrometheusEndpoint>>>;
  readonly prometheusCredentials?: MetricsAdapterCredentialsArgs;
  readonly additionalPrometheusCredentials?: Readonly<Record<string, MetricsAdapterCredentialsArgs>>;
}

/** The keys, each with the file that it becomes in the volume with the servers. */
const FILES = {
  tokenKey: "authorization",
  authorizationKey: "authorization",
  usernameKey: "username",
  passwordKey: "password",
  caKey: "ca",
} as const;

/** An argument that names a key. */
export type CredentialKey = keyof typeof FILES;

/** All arguments that name a key. */
export const CREDENTIAL_KEYS = Object.keys(FILES) as CredentialKey[];

/** Folder under which each SecretProviderClass is mounted. */
const STORES_PATH = "/etc/asm-metrics-adapter/secrets-store";

const storePath = (alias: string | undefined) => `${STORES_PATH}/${alias === undefined ? "default" : `alias.${alias}`}`;

/** The file with a credential in the adapter's pods. Undefined without the key. */
export function credentialFile(
  alias: string | undefined,
  credentials: pulumi.Unwrap<MetricsAdapterCredentialsArgs>,
  name: CredentialKey,
): string | undefined {
  const key = credentials[name];
  if (!isGiven(key)) return undefined;
  if (isGiven(credentials.secretProviderClass)) return `${storePath(alias)}/${key}`;
  return `${SERVERS_PATH}/${fileOf(alias)(FILES[name])}`;
}

/** Volumes of the adapter's pods with what it needs to reach Prometheus, and where they are mounted. */
export interface ServerVolumes {
  readonly volumes: k8s.core.v1.Volume[];
  readonly mounts: k8s.core.v1.VolumeMount[];
}

/** The volume with the URLs and the credentials of all servers, and one for each SecretProviderClass. */
export function serverVolumes(args: CredentialArguments): ServerVolumes {
  const all = credentialsOf(args);
  const projected = all.flatMap(({ alias, credentials }) => {
    const { secretName } = credentials;
    if (!isGiven(secretName)) return [];
    const items = CREDENTIAL_KEYS.flatMap((name) => {
      const key = credentials[name];
      return isGiven(key) ? [{ key, path: fileOf(alias)(FILES[name]) }] : [];
    });
    return [{ secret: { name: secretName, items } }];
  });
  const own: k8s.core.v1.Volume =
    projected.length === 0
      ? { name: "prometheus", secret: { secretName: PROMETHEUS_SECRET } }
      : { name: "prometheus", projected: { sources: [{ secret: { name: PROMETHEUS_SECRET } }, ...projected] } };
  const stores = all.flatMap(({ alias, credentials: { secretProviderClass } }, index) =>
    isGiven(secretProviderClass) ? [{ name: `credentials-${index}`, alias, secretProviderClass }] : [],
  );
  return {
    volumes: [own, ...stores.map(({ name, secretProviderClass }) => storeVolume(name, secretProviderClass))],
    mounts: [
      { name: "prometheus", mountPath: SERVERS_PATH, readOnly: true },
      ...stores.map(({ name, alias }) => ({ name, mountPath: storePath(alias), readOnly: true })),
    ],
  };
}

/** https://secrets-store-csi-driver.sigs.k8s.io/getting-started/usage */
function storeVolume(name: string, secretProviderClass: pulumi.Input<string>): k8s.core.v1.Volume {
  return {
    name,
    csi: { driver: "secrets-store.csi.k8s.io", readOnly: true, volumeAttributes: { secretProviderClass } },
  };
}

interface ServerCredentials {
  /** Absent: the default server. */
  readonly alias?: string;
  readonly credentials: MetricsAdapterCredentialsArgs;
}

/** The credentials of all servers: the default one first, then by alias. */
function credentialsOf({
  prometheusCredentials,
  additionalPrometheusCredentials,
}: CredentialArguments): ServerCredentials[] {
  const others = Object.entries(additionalPrometheusCredentials ?? {}).sort(([one], [other]) => (one < other ? -1 : 1));
  return [
    ...(isGiven(prometheusCredentials) ? [{ credentials: prometheusCredentials }] : []),
    ...others.map(([alias, credentials]) => ({ alias, credentials })),
  ];
}
