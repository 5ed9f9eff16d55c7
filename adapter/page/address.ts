/** What is shown, as the page's address says it, so that it can be linked to. */
export interface Address {
  /** `namespace/name` of the one HPA that is shown; empty for the list. */
  readonly hpa: string;
  readonly search: string;
  readonly sort: string;
  readonly order: "asc" | "desc";
  readonly page: number;
}

const START: Address = { hpa: "", search: "", sort: "attention", order: "asc", page: 1 };

/** Reads it from the parameters of a URL. */
export function readAddress(parameters: URLSearchParams): Address {
  return {
    hpa: parameters.get("hpa") ?? START.hpa,
    search: parameters.get("search") ?? START.search,
    sort: parameters.get("sort") ?? START.sort,
    order: parameters.get("order") === "desc" ? "desc" : START.order,
    page: Math.max(1, Math.trunc(Number(parameters.get("page"))) || START.page),
  };
}

/** The path of the page that shows it; what is as at the start is left out. */
export function pathOf(address: Address): string {
  const said = Object.entries(address).filter(([name, value]) => value !== START[name as keyof Address]);
  const query = new URLSearchParams(said.map(([name, value]) => [name, String(value)])).toString();
  return query === "" ? "/" : `/?${query.replaceAll("%2F", "/")}`;
}

/** Where its data is. */
export function sourceOf({ hpa, ...list }: Address): string {
  if (hpa !== "") return `/api/status/${hpa}`;
  return `/api/status?${new URLSearchParams(Object.entries(list).map(([name, value]) => [name, String(value)]))}`;
}
