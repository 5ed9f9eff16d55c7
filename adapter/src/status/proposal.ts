/** What one metric asks for, in Kubernetes 1.37's arithmetic (pkg/controller/podautoscaler/replica_calculator.go). */
export function proposedReplicas({
  metric: { kind, target },
  reading,
  replicas,
  tolerance = { up: 0.1, down: 0.1 },
}: {
  metric: { kind: "averageValue" | "value"; target: bigint };
  reading: bigint;
  replicas: number;
  tolerance?: { up: number; down: number };
}): number {
  const isWithin = (ratio: number) => 1 - tolerance.down <= ratio && ratio <= 1 + tolerance.up;
  if (kind === "averageValue") {
    if (isWithin(Number(reading) / (Number(target) * replicas))) return replicas;
    return Math.ceil(Number(reading) / Number(target));
  }
  const ratio = Number(reading) / Number(target);
  if (replicas === 0) return Math.ceil(ratio);
  return isWithin(ratio) ? replicas : Math.ceil(ratio * replicas);
}
