/**
 * Durations of ranges, subqueries and offsets. They can contain operators and the functions `step`, `range`, `max_of`
 * and `min_of`.
 * Source: duration_expr and offset_duration_expr in promql/parser/generated_parser.y of Prometheus v3.16.
 */
import { type Cursor, endOf, enter, leave, need, needNumber, next, peek, take, unexpected } from "./cursor";
import { Mistake } from "./mistake";
import { MOST_SECONDS } from "./number";
import { SyntaxNode } from "./tree";

/** The seconds of a duration that is one number, or undefined if it is computed. */
type Seconds = number | undefined;

const PRECEDENCE: Readonly<Record<string, number>> = { "+": 1, "-": 1, "*": 2, "/": 2, "%": 2, "^": 3 };
const SIGNED = 3;

/**
 * Parses the duration of a range or a subquery.
 *
 * @throws Mistake also if it is one number and not greater than zero.
 */
export function rangeDuration(cursor: Cursor): SyntaxNode {
  const { from } = peek(cursor);
  const seconds = duration(cursor, 0);
  if (seconds !== undefined && seconds <= 0) throw new Mistake(from, "the duration must be greater than 0");
  return new SyntaxNode("DurationExpr", from, endOf(cursor));
}

/**
 * Parses the duration of an offset. Operators after it belong to the expression and not to the offset, so
 * `x offset 1m + 2` is a sum. The exception is a duration that begins with a parenthesis or with two signs:
 * `x offset (1m) + 2` is an offset of 62 s.
 */
export function offsetDuration(cursor: Cursor): SyntaxNode {
  const { from } = peek(cursor);
  if (peek(cursor).is === "(") duration(cursor, 0);
  else {
    const sign = take(cursor, "-") ?? take(cursor, "+");
    if (sign && /^[-+]$/.test(peek(cursor).is)) {
      cursor.index--;
      duration(cursor, 0);
    } else primary(cursor);
  }
  return new SyntaxNode("OffsetDurationExpr", from, endOf(cursor));
}

function duration(cursor: Cursor, least: number): Seconds {
  enter(cursor);
  let left = signed(cursor);
  for (;;) {
    const operator = peek(cursor);
    const precedence = PRECEDENCE[operator.is];
    if (precedence === undefined || precedence < least) break;
    next(cursor);
    // `^` is the only operator that groups from the right.
    const right = duration(cursor, operator.is === "^" ? precedence : precedence + 1);
    if (right === 0 && /[/%]/.test(operator.is)) throw new Mistake(operator.from, "division by zero");
    left = undefined;
  }
  leave(cursor);
  return left;
}

function signed(cursor: Cursor): Seconds {
  const sign = take(cursor, "-") ?? take(cursor, "+");
  if (!sign) return primary(cursor);
  const seconds = duration(cursor, SIGNED);
  return seconds !== undefined && sign.is === "-" ? -seconds : seconds;
}

function primary(cursor: Cursor): Seconds {
  const { kind, from } = peek(cursor);
  if (kind === "number") {
    const seconds = needNumber(cursor, "a duration");
    if (Math.abs(seconds) > MOST_SECONDS) throw new Mistake(from, "the duration is out of range");
    return seconds;
  }
  if (take(cursor, "(")) {
    duration(cursor, 0);
    need(cursor, ")", 'an operator or ")"');
  } else if (take(cursor, "step") || take(cursor, "range")) {
    need(cursor, "(");
    need(cursor, ")");
  } else if (take(cursor, "max_of") || take(cursor, "min_of")) {
    need(cursor, "(");
    duration(cursor, 0);
    need(cursor, ",");
    duration(cursor, 0);
    need(cursor, ")");
  } else unexpected(cursor, "a duration such as 5m");
  return undefined;
}
