#!/usr/bin/env node
// Committed, since npm links no command whose file is missing at install.
const { backtest } = require("../dist/backtest/backtest.js");

const [command, ...argv] = process.argv.slice(2);
if (command === "backtest") {
  backtest(argv).then((code) => {
    process.exitCode = code;
  });
} else {
  console.error("ASM_BACKTEST_FLAG: the command is backtest. See asm-autoscaler backtest --help.");
  process.exitCode = 2;
}
