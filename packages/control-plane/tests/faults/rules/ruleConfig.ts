/**
 * A configuration of prometheus-adapter, with the keys of its file.
 * Source: https://github.com/kubernetes-sigs/prometheus-adapter/blob/master/docs/config.md
 */
export interface RuleConfig {
  readonly rules?: readonly Rule[];
  readonly externalRules?: readonly Rule[];
  readonly resourceRules?: object;
}

export interface Rule {
  readonly seriesQuery: string;
  readonly seriesFilters?: readonly ({ readonly is: string } | { readonly isNot: string })[];
  readonly resources?: {
    readonly template?: string;
    readonly overrides?: Readonly<Record<string, { readonly group?: string; readonly resource: string }>>;
    readonly namespaced?: boolean;
  };
  readonly name?: { readonly matches?: string; readonly as?: string };
  readonly metricsQuery: string;
}

/** A group of a regular expression in `name.as`, by its number or its name, in Go's form with braces. */
export const group = (name: number | string) => `\${${name}}`;
