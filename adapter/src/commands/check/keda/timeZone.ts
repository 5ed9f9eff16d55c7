/** The offsets from UTC of a time zone over a year, in minutes, the one of 1 January first. */
export interface ZoneOffsets {
  readonly offsets: readonly [number, ...number[]];
}

/** Returns the offsets of an IANA time zone in a year, or undefined for an unknown name. */
export function zoneOffsets(zone: string, year = new Date().getUTCFullYear()): ZoneOffsets | undefined {
  try {
    const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
    const all = Array.from({ length: 12 }, (_, month) => offsetOf(format, new Date(Date.UTC(year, month, 1))));
    const [first = 0, ...others] = new Set(all);
    return { offsets: [first, ...others] };
  } catch {
    return undefined;
  }
}

function offsetOf(format: Intl.DateTimeFormat, date: Date): number {
  const text = format.formatToParts(date).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [, sign, hours = "0", minutes = "0"] = /([+-])(\d{2}):(\d{2})/.exec(text) ?? [];
  const offset = Number(hours) * 60 + Number(minutes);
  return sign === "-" ? -offset : offset;
}

/** Formats an offset as `+08:00`. */
export function offsetText(minutes: number): string {
  const absolute = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${clock(absolute)}`;
}

/** Formats minutes after midnight as `08:00`. */
export function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}
