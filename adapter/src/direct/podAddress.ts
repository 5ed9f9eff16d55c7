import { BlockList, isIP } from "node:net";

/** Addresses that name the adapter's own machine, its link, no machine, or a metadata service: never another pod. */
const REFUSED = new BlockList();
REFUSED.addSubnet("0.0.0.0", 8, "ipv4");
REFUSED.addSubnet("169.254.0.0", 16, "ipv4");
REFUSED.addSubnet("224.0.0.0", 3, "ipv4");
REFUSED.addAddress("::", "ipv6");
REFUSED.addSubnet("fe80::", 10, "ipv6");
REFUSED.addSubnet("ff00::", 8, "ipv6");
// The metadata services of Alibaba Cloud, AWS and Google outside the link-local addresses.
REFUSED.addAddress("100.100.100.200", "ipv4");
REFUSED.addAddress("fd00:ec2::254", "ipv6");
REFUSED.addAddress("fd20:ce::254", "ipv6");

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/**
 * Whether the adapter may connect to this address of a pod. Whoever can write the status of a pod could otherwise let
 * the adapter call its own ports or the metadata service of the cloud. A host name is no address, and neither is one
 * with a zone. Loopback addresses are those of pods only if the API server has one too: then the whole cluster is on
 * one machine.
 */
export function isPodAddress(address: string, apiServer: string): boolean {
  const isAddress = isIP(address) !== 0 && !address.includes("%");
  return isAddress && !isIn(REFUSED, address) && (!isIn(LOOPBACK, address) || isLoopbackUrl(apiServer));
}

function isLoopbackUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
  return host === "localhost" || (isIP(host) !== 0 && isIn(LOOPBACK, host));
}

/** An IPv6 address that contains an IPv4 address is in the list if that one is. */
function isIn(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}
