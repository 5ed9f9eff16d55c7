import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { loadTrace } from "./load.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "traces-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string | Buffer) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const lines = async (...argv: string[]) => (await loadTrace(argv)).trim().split("\n").slice(1);
/** 1 July 1995 and 28 years later are Saturdays. */
const SATURDAY = Date.UTC(2023, 6, 1) / 1000;

/** Ten lines as NASA-HTTP has them, with its time zone, a request without a size, and a line that is cut off. */
const NASA = `host1.example - - [01/Jul/1995:00:00:01 -0400] "GET /history/apollo/ HTTP/1.0" 200 6245
192.0.2.1 - - [01/Jul/1995:00:00:06 -0400] "GET /shuttle/countdown/ HTTP/1.0" 200 3985
host2.example - - [01/Jul/1995:00:00:09 -0400] "GET /images/dual-pad.gif HTTP/1.0" 200 141308
host2.example - - [01/Jul/1995:00:00:59 -0400] "GET /images/NASA-logosmall.gif HTTP/1.0" 304 0
host3.example - - [01/Jul/1995:00:01:00 -0400] "GET /caf\u00e9.html HTTP/1.0" 404 -
host3.example - - [01/Jul/1995:00:01:01 -0400] "GET / HTTP/1.0" 200 7074
alyssa.p
host4.example - - [01/Jul/1995:00:03:30 -0400] "HEAD / HTTP/1.0" 200 0
host5.example - - [01/Jul/1995:00:03:31 -0400] "GET /ksc.html" 200 7074
host5.example - - [01/Jul/1995:00:03:59 -0400] "GET /ksc.html HTTP/1.0" 200 7074
`;

describe("the loader of published traces", () => {
  test("counts the lines of a Common Log Format file by minute, and an outage as 0", async () => {
    const log = file("NASA_access_log_Jul95", Buffer.from(NASA, "latin1"));
    expect(await lines("clf", "--step=60", log)).toEqual([
      `${SATURDAY},0.0667`,
      `${SATURDAY + 60},0.0333`,
      `${SATURDAY + 120},0`,
      `${SATURDAY + 180},0.05`,
    ]);
  });

  test("reads compressed files, and several as one trace", async () => {
    const [one, other] = [NASA.slice(0, 360), NASA.slice(360)].map((part, index) =>
      file(`part${index}.gz`, gzipSync(Buffer.from(part, "latin1"))),
    );
    expect(await lines("clf", "--step=300", one ?? "", other ?? "")).toEqual([`${SATURDAY},0.03`]);
  });

  test("reads the records of WorldCup98 across the chunks of a file", async () => {
    const start = Date.UTC(1998, 5, 10, 15, 30) / 1000;
    // More records than fit into a chunk of 64 KiB.
    const records = Buffer.alloc(20 * 6_000);
    for (let index = 0; index < 6_000; index++) records.writeUInt32BE(start + Math.floor(index / 100), index * 20);
    const log = file("wc_day47_1.gz", gzipSync(records));
    expect(await lines("worldcup98", "--step=60", log)).toEqual([`${Date.UTC(2026, 5, 10, 15, 30) / 1000},100`]);
    const cut = file("cut", records.subarray(0, 30));
    await expect(loadTrace(["worldcup98", cut])).rejects.toThrow("cut does not consist of records of 20 bytes");
  });

  test("reads hourly pageviews, whatever the step is", async () => {
    const items = [
      { project: "de.wikipedia", granularity: "hourly", timestamp: "2015100100", views: 3600 },
      { project: "de.wikipedia", granularity: "hourly", timestamp: "2015100101", views: 7200 },
    ];
    const start = Date.UTC(2015, 9, 1) / 1000;
    const views = await lines("wikimedia", "--step=60", file("views.json", JSON.stringify({ items })));
    expect(views).toEqual([`${start},1`, `${start + 3600},2`]);
    const wrong = file("wrong.json", JSON.stringify({ items: [{ timestamp: "2015-10-01" }] }));
    await expect(loadTrace(["wikimedia", wrong])).rejects.toThrow("wrong.json has an item without a timestamp");
    await expect(loadTrace(["wikimedia", file("none.json", "{}")])).rejects.toThrow("none.json has no items");
  });

  test("adds up the functions of Azure by minute of the day in the file's name", async () => {
    const minutes = (first: number) => [first, 60, ...Array.from({ length: 1_438 }, () => 0)].join(",");
    const header = [
      "HashOwner,HashApp,HashFunction,Trigger",
      ...Array.from({ length: 1_440 }, (_, minute) => minute + 1),
    ];
    const content = `${header.join(",")}\no,a,f,http,${minutes(60)}\no,a,g,timer,${minutes(120)}\n`;
    const day = file("invocations_per_function_md.anon.d02.csv", content);
    const start = Date.UTC(2019, 6, 16) / 1000;
    const found = await lines("azure2019", "--step=60", day);
    expect([found.length, found[0], found[1]]).toEqual([1_440, `${start},3`, `${start + 60},2`]);
    await expect(loadTrace(["azure2019", file("day.csv", content)])).rejects.toThrow(
      "does not have its day in its name",
    );
  });

  test("reads counts of intervals, with or without a header", async () => {
    const csv = file("elb.csv", "timestamp,value\n2014-04-10 00:04:00,94.0\n2014-04-10 00:09:00,56\n");
    const start = Date.UTC(2014, 3, 10) / 1000;
    expect(await lines("counts", csv)).toEqual([`${start},0.3133`, `${start + 300},0.1867`]);
    const wrong = file("text.csv", "2014-04-10 00:04:00,many\n");
    await expect(loadTrace(["counts", wrong])).rejects.toThrow("not a time and a count: 2014-04-10 00:04:00,many");
  });

  test("says what it takes", async () => {
    await expect(loadTrace([])).rejects.toThrow("Usage: npm run --silent load-trace");
    await expect(loadTrace(["nasa", "file"])).rejects.toThrow("clf");
    await expect(loadTrace(["clf", "--step=0", "file"])).rejects.toThrow("--step=0 is not a number of seconds");
    await expect(loadTrace(["clf", join(folder, "none")])).rejects.toThrow("no such file");
  });
});
