import type { KubernetesObject } from "./objects.ts";

/** Fields of a pod of the adapter that the pod of the hook has too: where it runs, and as whom. */
const POD_FIELDS = [
  "affinity",
  "enableServiceLinks",
  "imagePullSecrets",
  "nodeSelector",
  "priorityClassName",
  "securityContext",
  "serviceAccountName",
  "tolerations",
];

const NAME = "asm-metrics-adapter-give-back";

/**
 * A Job that gives the API back to the adapter from which it was taken over. Helm runs it before it deletes the release,
 * because afterwards no pod is left that could do so. If it fails, Helm deletes nothing. It runs the command with the
 * image, the rights and the nodes of the adapter.
 */
export function giveBackJob(deployment: KubernetesObject): KubernetesObject {
  const { metadata, spec } = deployment as KubernetesObject & Deployment;
  const pod = spec.template.spec;
  const [container] = pod.containers;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      ...metadata,
      name: NAME,
      annotations: {
        "helm.sh/hook": "pre-delete",
        "helm.sh/hook-delete-policy": "before-hook-creation,hook-succeeded",
      },
    },
    spec: {
      backoffLimit: 2,
      // Less than Helm waits by default, so that the Job says what is wrong, and not Helm that it waited in vain.
      activeDeadlineSeconds: 240,
      template: {
        metadata: {
          // Another name than that of the adapter's pods, whom its Service selects.
          labels: { ...spec.template.metadata.labels, "app.kubernetes.io/name": NAME },
        },
        spec: {
          ...Object.fromEntries(POD_FIELDS.flatMap((field) => (field in pod ? [[field, pod[field]]] : []))),
          restartPolicy: "Never",
          containers: [
            {
              name: "give-back",
              image: container.image,
              ...(container.imagePullPolicy === undefined ? {} : { imagePullPolicy: container.imagePullPolicy }),
              command: container.command,
              args: ["give-back", "--serving-service=$(POD_NAMESPACE)/asm-metrics-adapter"],
              env: [{ name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } }],
              resources: container.resources,
              securityContext: container.securityContext,
            },
          ],
        },
      },
    },
  };
}

interface Deployment {
  spec: {
    template: {
      metadata: { labels: Record<string, string> };
      spec: { [field: string]: unknown; containers: [Container] };
    };
  };
}

interface Container {
  image: string;
  imagePullPolicy?: string;
  command: string[];
  resources: unknown;
  securityContext: unknown;
}
