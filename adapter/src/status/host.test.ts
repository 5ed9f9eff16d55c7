import { expect, test } from "@jest/globals";
import { isOwnHost } from "./statusServer.ts";

test.each(["localhost", "localhost:8090", "LOCALHOST:1", "127.0.0.1:8090", "127.3.2.1", "[::1]:8090"])(
  "%s is this machine",
  (host) => {
    expect(isOwnHost(host, "0.0.0.0")).toBe(true);
  },
);

test.each([
  undefined,
  "",
  "evil.example",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "0.0.0.0",
  "10.0.0.7",
  "a b",
])("%s is not", (host) => {
  expect(isOwnHost(host, "0.0.0.0")).toBe(false);
});

test("an address that it is bound to is", () => {
  expect(isOwnHost("10.0.0.7:8090", "10.0.0.7")).toBe(true);
});
