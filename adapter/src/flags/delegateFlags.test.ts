import { NEIGHBOURS } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import { type DelegateFlags, delegateFlags } from "./delegateFlags.ts";

function read(...values: string[]): { delegates: DelegateFlags[]; mistakes: string } {
  const mistakes: string[] = [];
  return { delegates: delegateFlags(values, mistakes), mistakes: mistakes.join("\n") };
}

describe("--delegate", () => {
  test("needs no more than the name of a neighbour that is installed as its documentation says", () => {
    expect(read("keda")).toEqual({
      delegates: [
        {
          name: "keda",
          service: { namespace: "keda", name: "keda-operator-metrics-apiserver", port: 443 },
          ca: { from: "secret", namespace: "keda", name: "kedaorg-certs" },
          selectorKey: "scaledobject.keda.sh/name",
          metrics: [],
          timeoutMs: 5_000,
        },
      ],
      mistakes: "",
    });
  });

  test("takes every setting, several patterns and another name", () => {
    const value =
      "name=sls,type=alibaba,service=kube-system/metrics:8443,ca=apiservice,metric=queue-*,metric=My_*,timeout=2s";
    expect(read(value).delegates).toEqual([
      {
        name: "sls",
        service: { namespace: "kube-system", name: "metrics", port: 8443 },
        ca: { from: "apiservice" },
        metrics: [...(NEIGHBOURS.alibaba.metrics ?? []), "queue-*", "my_*"],
        timeoutMs: 2_000,
      },
    ]);
  });

  test.each([
    ["datadog", "needs ca-secret=NAMESPACE/NAME, ca-file=PATH, ca=apiservice or ca=insecure-skip-verify"],
    ["name=x,ca-file=/ca", "needs a Service"],
    ["keda,sevice=a/b:1", "did you mean service=?"],
    ["keda,service=keda-metrics-apiserver", "needs a Service, such as service=keda/"],
    ["keda,service=a/b:99999", "needs a Service"],
    ["keda,ca=none", "write ca=apiservice or ca=insecure-skip-verify"],
    ["keda,ca-file=/a,ca-secret=b/c", "has ca-secret and ca-file; give one of them"],
    ["keda,timeout=1m", "at most 30s"],
    ["keda,timeout=0", "more than 0"],
    ["name=Keda!,type=keda", "needs a name of lower-case letters"],
    ["name=x,type=kedda", 'has the type "kedda"; the known types are keda, datadog'],
    ["keda,metric=a b", "pattern of metric names"],
    ["", "needs a name"],
  ])("%s is refused, and the mistake is named", (value, words) => {
    const { delegates, mistakes } = read(value);
    expect(delegates).toEqual([]);
    expect(mistakes).toContain(words);
    expect(mistakes).toContain(`--delegate=${value}`);
  });

  test("given twice with one name is a mistake", () => {
    expect(read("keda", "keda,service=a/b:1").mistakes).toContain('twice with the name "keda"');
  });
});
