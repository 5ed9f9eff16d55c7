export { type PrometheusBasicAuth, PrometheusDialect, type PrometheusEndpoint } from "../prometheus/endpoint";
export type { MetricsAdapterArgs } from "./args";
export { type MetricsAdapterDelegateArgs, NeighbourAdapter } from "./delegates";
export { MetricsAdapter } from "./metricsAdapter";
export type { MetricsAdapterStatusPageArgs } from "./statusPage";
export type { MetricsAdapterTenantArgs } from "./tenants";
export type { MetricsAdapterWebhookArgs } from "./webhookCertificate";
