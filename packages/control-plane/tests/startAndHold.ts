// Starts a control plane, prints its folder and holds it, to be killed by controlPlane.test.ts.
import { startControlPlane } from "../src/index.ts";

const controlPlane = await startControlPlane();
console.log(JSON.stringify({ directory: controlPlane.directory }));
setInterval(() => {}, 60_000);
