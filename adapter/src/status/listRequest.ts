import { type ListRequest, SORTS } from "./statusList.ts";

const DEFAULT_LIMIT = 50;
const MOST = 1_000;

/** Reads the parameters of `/api/status`; the first mistake as a sentence. Unknown parameters are ignored. */
export function readRequest(parameters: URLSearchParams): ListRequest | { mistake: string } {
  const sort = SORTS.find((known) => known === (parameters.get("sort") ?? "attention"));
  if (!sort) return { mistake: `sort is one of ${SORTS.join(", ")}` };
  const order = parameters.get("order") ?? "asc";
  if (order !== "asc" && order !== "desc") return { mistake: "order is asc or desc" };
  const [page, limit] = [count(parameters.get("page"), 1), count(parameters.get("limit"), DEFAULT_LIMIT)];
  if (page === undefined || limit === undefined)
    return { mistake: `page and limit are whole numbers from 1 to ${MOST}` };
  return { search: (parameters.get("search") ?? "").slice(0, 200), sort, isDescending: order === "desc", page, limit };
}

function count(text: string | null, otherwise: number): number | undefined {
  if (text === null) return otherwise;
  const number = Number(text);
  return /^\d{1,4}$/.test(text) && number >= 1 && number <= MOST ? number : undefined;
}
