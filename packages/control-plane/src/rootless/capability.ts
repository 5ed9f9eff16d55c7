import { readFileSync } from "node:fs";

/** Ports from this number on need no privilege (ip(7), ip_unprivileged_port_start). */
function unprivilegedPorts(): number {
  try {
    return Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8"));
  } catch {
    return 1024;
  }
}

/** Whether this process may listen on port 443 of loopback addresses, as the local cluster does. */
export function mayRunCluster(): boolean {
  return process.getuid?.() === 0 || unprivilegedPorts() <= 443;
}

/**
 * Whether this process can run others as any user. Root of a user namespace cannot, if the namespace has no other users
 * (user_namespaces(7), uid_map).
 */
export function canChangeUsers(uidMap: string = readFileSync("/proc/self/uid_map", "utf8")): boolean {
  const counts = uidMap
    .trim()
    .split("\n")
    .map((line) => Number(line.trim().split(/\s+/)[2]));
  return process.getuid?.() === 0 && counts.reduce((sum, one) => sum + one, 0) >= 65_536;
}
