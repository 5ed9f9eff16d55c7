/** What a taint does to pods without a toleration. */
export const AckClusterTaintEffect = {
  /** New pods are not scheduled. */
  NoSchedule: "NoSchedule",
  /** New pods are scheduled only if there is no other node. */
  PreferNoSchedule: "PreferNoSchedule",
  /** New pods are not scheduled, and running pods are evicted. */
  NoExecute: "NoExecute",
} as const;
export type AckClusterTaintEffect = (typeof AckClusterTaintEffect)[keyof typeof AckClusterTaintEffect];

/** Whether nodes are spot instances. */
export const AckClusterSpotStrategy = {
  /** Ordinary instances. */
  NoSpot: "NoSpot",
  /** Spot instances up to the price in spotPriceLimits. */
  SpotWithPriceLimit: "SpotWithPriceLimit",
  /** Spot instances at the market price, at most the price of ordinary instances. */
  SpotAsPriceGo: "SpotAsPriceGo",
} as const;
export type AckClusterSpotStrategy = (typeof AckClusterSpotStrategy)[keyof typeof AckClusterSpotStrategy];

/** Kind of the instances of an elastic pool. */
export const AckClusterScalingType = {
  /** Ordinary instances. */
  Cpu: "cpu",
  /** Instances with GPUs. */
  Gpu: "gpu",
  /** Instances with GPUs that pods share. */
  GpuShare: "gpushare",
  /** Spot instances. */
  Spot: "spot",
} as const;
export type AckClusterScalingType = (typeof AckClusterScalingType)[keyof typeof AckClusterScalingType];

/** Operating system of nodes, as ACK names them. Custom is the image that `imageId` in `extra` names. */
export const AckClusterImageType = {
  AliyunLinux: "AliyunLinux",
  AliyunLinuxSecurity: "AliyunLinuxSecurity",
  AliyunLinuxUEFI: "AliyunLinuxUEFI",
  AliyunLinux3: "AliyunLinux3",
  AliyunLinux3Arm64: "AliyunLinux3Arm64",
  AliyunLinux3ContainerOptimized: "AliyunLinux3ContainerOptimized",
  AliyunLinux4: "AliyunLinux4",
  AliyunLinux4Arm64: "AliyunLinux4Arm64",
  AliyunLinux4ContainerOptimized: "AliyunLinux4ContainerOptimized",
  AliyunLinux4ContainerOptimizedArm64: "AliyunLinux4ContainerOptimizedArm64",
  AliyunLinux4Security: "AliyunLinux4Security",
  CentOS: "CentOS",
  ContainerOS: "ContainerOS",
  Custom: "Custom",
  Ubuntu: "Ubuntu",
  Windows: "Windows",
  WindowsCore: "WindowsCore",
} as const;
export type AckClusterImageType = (typeof AckClusterImageType)[keyof typeof AckClusterImageType];
