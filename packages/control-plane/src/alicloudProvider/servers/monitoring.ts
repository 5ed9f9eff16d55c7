import { textAt } from "../../providerProtocol/json.ts";
import { createTime, region, type Server } from "./server.ts";

/** ARMS: Prometheus instances, environments and Grafana workspaces. */
export const monitoringServers: Readonly<Record<string, Server>> = {
  "alicloud:arms/prometheus:Prometheus": {
    newId: (inputs, cloud) => textAt(inputs, "clusterId") ?? cloud.newId("prometheus-", 12),
    choices: ({ id }) => ({ clusterId: id, clusterName: id, resourceGroupId: "", subClustersJson: "" }),
  },
  "alicloud:arms/environment:Environment": {
    newId: (_, cloud) => cloud.newId("env-", 20),
    choices: ({ id }) => ({ environmentName: id, managedType: "none", resourceGroupId: "", bindResourceId: "" }),
    facts: ({ id }) => ({ environmentId: id }),
  },
  "alicloud:arms/grafanaWorkspace:GrafanaWorkspace": {
    newId: (_, cloud) => cloud.newId("grafana-cn-", 10),
    choices: () => ({
      description: "",
      grafanaVersion: "10.0.x",
      grafanaWorkspaceEdition: "standard",
      resourceGroupId: "rg-acfm000000000",
    }),
    facts: () => ({ createTime, regionId: region, status: "Running" }),
  },
};
