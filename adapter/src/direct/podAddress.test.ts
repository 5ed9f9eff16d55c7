import { expect, test } from "@jest/globals";
import { isPodAddress } from "./podAddress.ts";

const CLUSTER = "https://10.96.0.1:443";
const LOCAL = ["https://127.3.0.1:6443", "https://[::1]:6443", "https://localhost:6443"];

test("addresses of pods are called, also private ones and those of IPv6", () => {
  for (const address of [
    "10.0.0.7",
    "172.16.4.4",
    "192.168.1.1",
    "100.64.0.9",
    "47.1.2.3",
    "fd00::7",
    "2001:db8::1",
    "100.100.100.201",
  ])
    expect([address, isPodAddress(address, CLUSTER)]).toEqual([address, true]);
});

test("addresses of the adapter's own machine or link, of metadata services, of groups and of nothing are never called", () => {
  const link = ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "0.0.0.0", "::", "0.1.2.3", "::ffff:0.0.0.0"];
  const metadata = ["100.100.100.200", "::ffff:100.100.100.200", "fd00:ec2::254", "fd00:ec2:0:0::254", "fd20:ce::254"];
  const groups = ["224.0.0.1", "255.255.255.255", "ff02::1", "240.0.0.1"];
  const names = [
    "",
    "localhost",
    "web.shop.svc",
    "127.1",
    "0x7f000001",
    "10.0.0.1:80",
    "fe80::1%eth0",
    "2001:db8::1%1",
  ];
  for (const server of [CLUSTER, ...LOCAL])
    for (const address of [...link, ...metadata, ...groups, ...names])
      expect([address, isPodAddress(address, server)]).toEqual([address, false]);
});

test("loopback addresses are called only if the API server has one too", () => {
  for (const address of ["127.0.0.1", "127.9.16.4", "::1", "::ffff:127.0.0.1"]) {
    for (const server of [CLUSTER, "https://kubernetes.default.svc", "https://127.evil.example", "", "127.0.0.1"])
      expect([address, isPodAddress(address, server)]).toEqual([address, false]);
    for (const server of LOCAL) expect([address, isPodAddress(address, server)]).toEqual([address, true]);
  }
});
