import { type Query, readMetricSpecs, treeOf } from "@asm-autoscaler/hpa-metrics";
import type { Hpa } from "../hpa.ts";

/**
 * Latencies and ratios whose target is an average per pod: Kubernetes would divide a reading that does not shrink with
 * more pods by their number, and so never scale, or scale down under load.
 */
export function targetTypes({ annotations, metrics }: Hpa): string[] {
  const { specs } = readMetricSpecs(annotations, metrics);
  return metrics.flatMap((metric) => {
    const spec = specs.find(
      ({ metricName, labels }) =>
        metricName === metric.name &&
        Object.entries(metric.matchLabels ?? {}).every(([name, value]) => labels[name] === value),
    );
    const what = spec && kindOf(spec.query);
    if (what === undefined || metric.targetType === "Value") return [];
    return [
      `The query of ${spec?.queryKey} is a ${what}, so its target must be of type Value, not ${metric.targetType}.`,
    ];
  });
}

type Node = ReturnType<ReturnType<typeof treeOf>["topNode"]["getChild"]>;
type Kind = "latency" | "ratio" | undefined;

/** What a query gives when that does not shrink with more pods. */
function kindOf(query: Query): Kind {
  return kindOfNode(treeOf(query).topNode.getChild("Expr"), query.text);
}

function kindOfNode(node: Node, text: string): Kind {
  if (node?.name === "ParenExpr") return kindOfNode(node.getChild("Expr"), text);
  if (node?.name === "FunctionCall") {
    return /^histogram_quantile\b/.test(text.slice(node.from, node.to)) ? "latency" : undefined;
  }
  const [left = null, right = null] = node?.name === "BinaryExpr" ? node.getChildren("Expr") : [];
  if (node?.getChild("Div")) {
    // Divided by a plain number it is another unit of the same thing.
    return right?.name === "NumberDurationLiteral" ? kindOfNode(left, text) : "ratio";
  }
  // Comparisons keep or drop what is on their left, and `or` fills in for it.
  const keepsLeft = ["Or", "Gtr", "Gte", "Lss", "Lte", "Neq", "Eql"].some((operator) => node?.getChild(operator));
  return keepsLeft ? kindOfNode(left, text) : undefined;
}
