// Five projects: pure and component code is CommonJS, the adapter and the control plane are ES modules,
// and what needs running processes is apart so that `npm run test:unit` stays quick. What breaks a whole control plane
// again and again is apart once more: with it and a cold cache `npm test` would take longer than a gate may.
const swc = (type) => ({
  "^.+\\.ts$": ["@swc/jest", { jsc: { target: "es2023", parser: { syntax: "typescript" } }, module: { type } }],
});

// Unit tests read the sources of our own packages, so that no build can be stale; those with processes use the built
// packages, as users get them.
const sources = {
  "^@asm-autoscaler/hpa-metrics$": "<rootDir>/packages/hpa-metrics/src/index.ts",
  "^@asm-autoscaler/asm-autoscaler$": "<rootDir>/packages/asm-autoscaler/src/index.ts",
  "^@asm-autoscaler/asm-autoscaler/(.*)$": "<rootDir>/packages/asm-autoscaler/src/$1/index.ts",
};

// They need setpriv(1), or more loopback addresses than 127.0.0.1.
const linuxOnly = [
  "/control-plane/src/(addresses|processes)\\.test",
  "/adapter/src/serving/(connectionPool|handshakeGate)\\.test",
];

const project = (displayName, type, testMatch, moduleNameMapper = sources) => ({
  displayName,
  rootDir: __dirname,
  testEnvironment: "node",
  transform: swc(type),
  moduleNameMapper,
  testMatch,
  testPathIgnorePatterns: ["/node_modules/", ...(process.platform === "linux" ? [] : linuxOnly)],
  modulePathIgnorePatterns: ["/dist/", "/bundle/"],
  ...(type === "es6" ? { extensionsToTreatAsEsm: [".ts"] } : {}),
});

module.exports = {
  reporters: ["default", "<rootDir>/jest.closing-line.js"],
  testTimeout: 30_000,
  testSequencer: "<rootDir>/jest.sequencer.js",
  // The tests on real parts mostly wait; three at a time use the two cores of a small machine.
  maxWorkers: 3,
  // Of the unit tests: those on real parts start the adapter and the library as processes of their own.
  collectCoverageFrom: ["{adapter,packages/{hpa-metrics,asm-autoscaler}}/src/**/*.ts", "!**/*.{test,testing}.ts"],
  coverageReporters: ["text-summary"],
  coverageDirectory: ".cache/coverage",
  projects: [
    project("unit-cjs", "commonjs", [
      "<rootDir>/docs/**/*.test.ts",
      "<rootDir>/deploy/*.test.ts",
      "<rootDir>/tools/**/*.test.ts",
      "<rootDir>/packages/hpa-metrics/src/**/*.test.ts",
      "<rootDir>/packages/asm-autoscaler/src/**/*.test.ts",
    ]),
    project("unit-esm", "es6", [
      "<rootDir>/adapter/src/**/*.test.ts",
      "<rootDir>/adapter/fuzz/**/*.test.ts",
      "<rootDir>/benchmarks/src/**/*.test.ts",
      "<rootDir>/packages/control-plane/src/**/*.test.ts",
    ]),
    project("control-plane", "es6", ["<rootDir>/packages/control-plane/tests/*.test.ts"], {}),
    project("faults", "es6", ["<rootDir>/packages/control-plane/tests/faults/*.test.ts"], {}),
  ],
};
