/** Ends every run with `N passed, N failed[, N skipped]`, the line that CI counts; a suite that cannot load is a failure. */
module.exports = class ClosingLine {
  onRunComplete(_contexts, results) {
    const suitesThatNeverRan = results.testResults.filter((suite) => suite.testExecError).length;
    const failed = results.numFailedTests + suitesThatNeverRan;
    const skipped = results.numPendingTests + results.numTodoTests;
    const line = `${results.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
    process.stderr.write("", () => process.stdout.write(`${line}\n`));
  }
};
