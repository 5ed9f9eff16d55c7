import { expect, test } from "@jest/globals";
import { showProgress } from "./progress.ts";

function output(isTTY: boolean) {
  let text = "";
  const write = (part: string | Uint8Array) => {
    text += String(part);
    return true;
  };
  return { stream: { isTTY, columns: 40, write }, text: () => text };
}

test("a log gets the first and the last line of a topic, but not every one between them", () => {
  const { stream, text } = output(false);
  const show = showProgress(stream, (line) => `- ${line}`);
  show("etcd 1 %", { name: "etcd" });
  show("etcd 2 %", { name: "etcd" });
  show("kubectl 1 %", { name: "kubectl" });
  show("etcd done", { name: "etcd", done: true });
  show("a line of its own");
  expect(text()).toBe("- etcd 1 %\n- kubectl 1 %\n- etcd done\n- a line of its own\n");
});

test("a terminal shows the topics in place, below the lines that stay", () => {
  const { stream, text } = output(true);
  const show = showProgress(stream);
  show("etcd 1 %", { name: "etcd" });
  show("kubectl 1 %", { name: "kubectl" });
  show("etcd done", { name: "etcd", done: true });
  expect(text().split("\u001b[2A\u001b[0J").at(-1)).toBe("etcd done\nkubectl 1 %\n");
});

test("a line never takes two rows of a terminal while it is shown in place", () => {
  const { stream, text } = output(true);
  showProgress(stream)("x".repeat(100), { name: "x" });
  expect(text()).toBe(`${"x".repeat(39)}\n`);
});
