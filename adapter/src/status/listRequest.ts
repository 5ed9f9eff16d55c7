import { type ListRequest, SORTS } from "./statusList.ts";

const DEFAULT_LIMIT = 50;
const MOST_PAGE = 10_000;
const MOST_LIMIT = 200;

/** Reads the parameters of `/api/status`; the first mistake as a sentence. Unknown parameters are ignored. */
export function readRequest(parameters: URLSearchParams): ListRequest | { mistake: string } {
  const sort = SORTS.find((known) => known === (parameters.get("sort") ?? "attention"));
  if (!sort) return { mistake: `sort is one of ${SORTS.join(", ")}` };
  const order = parameters.get("order") ?? "asc";
  if (order !== "asc" && order !== "desc") return { mistake: "order is asc or desc" };
  const [page, limit] = [
    count(parameters.get("page"), 1, MOST_PAGE),
    count(parameters.get("limit"), DEFAULT_LIMIT, MOST_LIMIT),
  ];
  if (page === undefined || limit === undefined)
    return { mistake: `page is a whole number from 1 to ${MOST_PAGE}, and limit one from 1 to ${MOST_LIMIT}` };
  return { search: (parameters.get("search") ?? "").slice(0, 200), sort, isDescending: order === "desc", page, limit };
}

function count(text: string | null, otherwise: number, most: number): number | undefined {
  if (text === null) return otherwise;
  const number = Number(text);
  return /^\d{1,5}$/.test(text) && number >= 1 && number <= most ? number : undefined;
}
