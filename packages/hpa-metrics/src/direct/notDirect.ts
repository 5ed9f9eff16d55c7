/** Thrown for a query that is not evaluated from proxies. The message is the reason, without a full stop. */
export class NotDirect extends Error {
  override readonly name = "NotDirect";
}
