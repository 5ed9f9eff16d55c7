import { describe, expect, test } from "@jest/globals";
import { serverName, withoutSecrets } from "./secrets.ts";

describe("what a page may say of a URL", () => {
  test.each([
    ["http://user:pw@prometheus:9090/token/abc?key=s#x is down", "http://prometheus:9090/… is down"],
    ["ask http://p@ss@host:9090.", "ask http://host:9090."],
    ["see https://prometheus.example.com, please", "see https://prometheus.example.com, please"],
    ['"HTTPS://a?token=b" and http://c/d', '"HTTPS://a/…" and http://c/…'],
    ["no address at all: a/b@c", "no address at all: a/b@c"],
    ['{"authorization":"Bearer eyJhbGciOi.J9-_x"} was sent', '{"authorization":"Bearer …"} was sent'],
    ["401 for Basic dXNlcjpwYXNz, go", "401 for Basic …, go"],
    ['password=hunter2&x=1 token: abc "api_key":"k3y"', 'password=…&x=1 token: abc "api_key":"…"'],
    ["the bearer token is basic here", "the bearer token is basic here"],
  ])("%s", (text, shown) => {
    expect(withoutSecrets(text)).toBe(shown);
  });

  test("a server is its alias, or the host of its URL", () => {
    expect(serverName({ kind: "default" })).toBe("default");
    expect(serverName({ kind: "alias", alias: "business" })).toBe("alias business");
    expect(serverName({ kind: "url", url: "http://me:pw@thanos:10902/secret?token=x" })).toBe("thanos:10902");
    expect(serverName({ kind: "url", url: "pw@nowhere" })).toBe("a URL that cannot be read");
  });
});
