const { default: Sequencer } = require("@jest/test-sequencer");

/**
 * The tests on real parts first, for they take minutes each and mostly wait: the quick ones fill the cores beside them.
 * Jest's own order, by the size of a file where nothing is known yet, leaves the longest to the end of a fresh checkout.
 */
module.exports = class extends Sequencer {
  sort(tests) {
    const real = ({ context }) => (context.config.displayName?.name === "control-plane" ? 0 : 1);
    return super.sort(tests).sort((a, b) => real(a) - real(b));
  }
};
