import type * as k8s from "@pulumi/kubernetes/types/input";

/** A user without a name in either image; their programs may be read and run by anyone. */
const USER = 10001;

/** What a pod of the sample may do; an injected sidecar brings its own rules. */
export const podSecurity: k8s.core.v1.PodSecurityContext = {
  runAsNonRoot: true,
  runAsUser: USER,
  runAsGroup: USER,
  seccompProfile: { type: "RuntimeDefault" },
};

/** What a container of the sample may do. */
export const containerSecurity: k8s.core.v1.SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};
