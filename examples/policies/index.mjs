// A policy pack about autoscalers. To use it elsewhere, copy this folder, run `npm install` in it, and then
// `pulumi preview --policy-pack FOLDER` in a project.
//
// Pulumi loads policy packs by a ts-node of its own, which knows no import of a .ts file; Node itself does.
import "./pack.ts";
