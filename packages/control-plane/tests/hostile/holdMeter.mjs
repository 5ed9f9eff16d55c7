// Loaded into the adapter's process by `--import`: notes the longest turn of its event loop. A turn counts with the smaller of
// the time that passed and the processor time that the thread used, so that a busy machine is not taken for a busy loop. On
// SIGUSR2 the longest turn since the last signal is written, in ms, to the file named by HOLD_METER_FILE.
import { renameSync, writeFileSync } from "node:fs";

const file = process.env.HOLD_METER_FILE ?? "";
let longest = 0;
let [at, usedUs] = [performance.now(), used()];

setInterval(() => {
  const [now, usedNow] = [performance.now(), used()];
  longest = Math.max(longest, Math.min(now - at, (usedNow - usedUs) / 1000));
  [at, usedUs] = [now, usedNow];
}, 1).unref();

process.on("SIGUSR2", () => {
  writeFileSync(`${file}.new`, String(longest));
  renameSync(`${file}.new`, file);
  longest = 0;
});

function used() {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}
