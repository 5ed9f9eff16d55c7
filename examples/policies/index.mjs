// Pulumi loads policy packs by a ts-node of its own, which knows no import of a .ts file; Node itself does.
import "./pack.ts";
