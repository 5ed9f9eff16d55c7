import { GrafanaWorkspace } from "@pulumi/alicloud/arms";
import type * as pulumi from "@pulumi/pulumi";

/** A Grafana workspace of ARMS, which shows the Prometheus instances of its region. */
export function createGrafana(
  name: string,
  workspaceName: string,
  password: pulumi.Output<string> | undefined,
  opts: pulumi.CustomResourceOptions,
): GrafanaWorkspace {
  return new GrafanaWorkspace(
    name,
    {
      grafanaWorkspaceName: workspaceName,
      // Sent always: read back and not in the program, it would replace the workspace. The API's "standard" is a beta
      // that only Alibaba Cloud itself may use.
      grafanaWorkspaceEdition: "personal_edition",
      grafanaVersion: "10.0.x",
      ...(password === undefined ? {} : { password }),
    },
    {
      ...opts,
      additionalSecretOutputs: ["password"],
      // Upgrades are made in the console. The provider sends a password at creation only: a change would show, succeed
      // and do nothing.
      ignoreChanges: ["grafanaVersion", "password"],
    },
  );
}
