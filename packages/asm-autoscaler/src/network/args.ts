import type * as pulumi from "@pulumi/pulumi";

/** Arguments of a MeshNetwork: either zones, and a network is made, or existing. */
export interface MeshNetworkArgs {
  /**
   * Zones of the network, at least one. Their order is that of the switch lists in the outputs, so add a zone at the
   * end. A zone that is taken out takes its switches along.
   */
  zones?: MeshNetworkZoneArgs[];
  /**
   * IPv4 block of the VPC, with a prefix length from 8 to 28; it must hold all switches, and neither the Services nor
   * the Flannel pods of a cluster in it. Default 10.0.0.0/8. A change is made in place.
   */
  cidrBlock?: pulumi.Input<string>;
  /** Name of the VPC; the switches are named after it. Default is the component's name. */
  networkName?: pulumi.Input<string>;
  /** Tags of the VPC and of the switches. Default none. */
  tags?: pulumi.Input<{ [name: string]: pulumi.Input<string> }>;
  /** A network that is there already; nothing is made then, and no other argument may be given. */
  existing?: MeshNetworkExistingArgs;
}

/** One zone of a MeshNetwork. */
export interface MeshNetworkZoneArgs {
  /** Id of the zone, such as cn-hangzhou-k, each once. It names the resources, so a change replaces the switches. */
  zoneId: string;
  /** IPv4 block of the switch of nodes, with a prefix length from 16 to 29. A change replaces the switch. */
  nodeCidr: pulumi.Input<string>;
  /**
   * IPv4 block of the switch of pods, with a prefix length from 16 to 29; each pod takes one address. Give it for
   * every zone (Terway) or for none (Flannel). A change replaces the switch.
   */
  podCidr?: pulumi.Input<string>;
}

/** A network that is there already. */
export interface MeshNetworkExistingArgs {
  /** Id of the VPC. */
  vpcId: pulumi.Input<string>;
  /** Ids of the switches of nodes, at least one. */
  nodeVswitchIds: pulumi.Input<pulumi.Input<string>[]>;
  /** Ids of the switches of pods, for Terway. Default none. */
  podVswitchIds?: pulumi.Input<pulumi.Input<string>[]>;
}
