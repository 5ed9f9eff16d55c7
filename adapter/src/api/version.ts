/** `GET /version`, in the fields of `k8s.io/apimachinery/pkg/version.Info` that mean something here. */
export const versionInfo: object = {
  major: "0",
  minor: "1",
  gitVersion: "v0.1.0",
  platform: `${process.platform}/${process.arch}`,
};
