import { amount } from "../backtest/format";
import { alignedRows, percent, whole } from "../backtest/words";
import { aboveOf } from "./evaluation";
import type { Tuned } from "./tuned";
import { settingText } from "./words";

/** One HPA of `--all`: what was found, or why nothing was. */
export interface Summary {
  readonly id: string;
  readonly found?: Tuned;
  readonly problem?: string;
}

const DAYS_PER_MONTH = 30;

/** A table of what each HPA would save, or is short of. The largest saving comes first. */
export function summaryTable(rows: readonly Summary[], podHourPrice: number | undefined): string {
  const found = rows.flatMap(({ found: one }) => one ?? []).sort((one, other) => savedBy(other) - savedBy(one));
  const table = [
    ["", "today above, a day", "limit", "pod-hours, a day", "change", "setting"],
    ...found.map((one) => [
      one.id,
      whole(aboveOf(one.today.report, one.limit)),
      whole(one.limit.perDay),
      amount(one.today.report.podHours),
      one.chosen === one.today ? "none" : percent(one.chosen.report.podHours / one.today.report.podHours - 1),
      outcomeOf(one),
    ]),
  ];
  const saved = found.reduce((sum, one) => sum + savedBy(one), 0);
  const cost =
    podHourPrice === undefined
      ? ""
      : `, cost ${amount(Math.abs(saved) * podHourPrice * DAYS_PER_MONTH)} in ${DAYS_PER_MONTH} days`;
  const short = found.filter(({ verdict }) => verdict === "holds" || verdict === "unreachable").length;
  return [
    ...alignedRows(table),
    `All settings together: ${amount(Math.abs(saved))} pod-hours a day ${saved < 0 ? "more" : "less"}${cost}. ${short} of ${found.length} HPAs are above their limit today.`,
    ...rows.flatMap(({ id, problem }) => (problem === undefined ? [] : [`Not tuned: ${id}: ${problem}`])),
    "",
  ].join("\n");
}

function outcomeOf({ verdict, chosen, today }: Tuned): string {
  if (verdict === "no-gain") return "no gain";
  const text = chosen === today ? "as today" : settingText(chosen.candidate);
  return verdict === "unreachable" ? `${text}; above the limit` : text;
}

function savedBy({ today, chosen }: Tuned): number {
  return today.report.podHours - chosen.report.podHours;
}

/** The same as JSON. */
export function summaryJson(rows: readonly Summary[], jsonOf: (found: Tuned) => object): string {
  const hpas = rows.map(({ id, found, problem }) => (found ? jsonOf(found) : { id, problem }));
  return `${JSON.stringify({ hpas }, null, 2)}\n`;
}
