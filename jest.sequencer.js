const { default: Sequencer } = require("@jest/test-sequencer");

/** The tests that take more than a minute, the longest first. */
const LONGEST = ["loop", "install", "zero", "conformance", "packedExamples", "emittedSpec", "examples", "provider"];

/**
 * The tests on real parts first, for they take minutes each and mostly wait: the quick ones fill the cores beside them.
 * Jest's own order, by the size of a file where nothing is known yet, leaves the longest to the end of a fresh checkout.
 */
module.exports = class extends Sequencer {
  sort(tests) {
    const rank = ({ context, path }) => {
      if (context.config.displayName?.name !== "control-plane") return LONGEST.length + 1;
      const place = LONGEST.findIndex((name) => path.endsWith(`/tests/${name}.test.ts`));
      return place === -1 ? LONGEST.length : place;
    };
    return super.sort(tests).sort((a, b) => rank(a) - rank(b));
  }
};
