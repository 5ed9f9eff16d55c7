import { afterAll, beforeAll, describe } from "@jest/globals";
import { annotations } from "./conformance/annotations.ts";
import { answers } from "./conformance/answers.ts";
import { availability } from "./conformance/availability.ts";
import { discovery } from "./conformance/discovery.ts";
import { identity } from "./conformance/identity.ts";
import { negotiation } from "./conformance/negotiation.ts";
import { openapi } from "./conformance/openapi.ts";
import { permission } from "./conformance/permission.ts";
import { quantities } from "./conformance/quantities.ts";
import { emptyRequests, requests } from "./conformance/requests.ts";
import { scaling } from "./conformance/scaling.ts";
import { selectors } from "./conformance/selectors.ts";
import { type Stage, startStage } from "./conformance/stage.ts";
import { transport } from "./conformance/transport.ts";
import { values } from "./conformance/values.ts";

/** The adapter as one process behind a real API server and HPA controller, held against every clause of the contract. */

let started: Stage;
const stage = () => started;

beforeAll(async () => {
  started = await startStage({ flags: () => ["--allow-prometheus-server=http://x", "--metrics-ttl=8s"] });
}, 600_000);

afterAll(async () => {
  await started?.stop();
}, 60_000);

// In this order: a clause may use what the one before it has left.
describe("requests to an empty adapter", () => emptyRequests(stage));
describe("discovery", () => discovery(stage));
describe("values", () => values(stage));
describe("selectors", () => selectors(stage));
describe("quantities", () => quantities(stage));
describe("annotations", () => annotations(stage));
describe("Prometheus's answers", () => answers(stage));
describe("scaling", () => scaling(stage));
describe("requests", () => requests(stage));
describe("negotiation", () => negotiation(stage));
describe("identity", () => identity(stage));
describe("permission", () => permission(stage));
describe("transport", () => transport(stage));
// Late, since the API server asks for the documents once a minute.
describe("OpenAPI", () => openapi(stage));
describe("availability", () => availability(stage));
