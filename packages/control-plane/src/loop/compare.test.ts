import { expect, test } from "@jest/globals";
import { fasterSentence } from "./compare.ts";

test("the summary says which reaction was faster, and by how much", () => {
  const steady = { reaction: "Steady", full: 81.2 };
  expect(fasterSentence([steady, { reaction: "Direct", full: 6.4 }])).toBe(
    "Direct had 5 pods after 6 s, 75 s sooner than Steady (81 s)",
  );
  expect(fasterSentence([steady, { reaction: "Direct", full: 80.8 }])).toBe(
    "Direct and Steady both had 5 pods after 81 s",
  );
});
