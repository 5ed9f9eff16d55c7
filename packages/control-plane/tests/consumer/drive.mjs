// Runs one operation of the Pulumi engine on a program of this folder and prints its steps, those that change nothing
// left out, as JSON: node drive.mjs up program.cjs
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";

const [operation, file] = process.argv.slice(2);
const { default: program } = await import(`./${file}`);
const stack = await LocalWorkspace.createOrSelectStack({ projectName: "consumer", stackName: "dev", program });
const steps = [];
await stack[operation]({
  onEvent: ({ resourcePreEvent }) => {
    const { op, type } = resourcePreEvent?.metadata ?? {};
    if (op !== undefined && op !== "same") steps.push(`${op} ${type}`);
  },
});
console.log(JSON.stringify(steps));
