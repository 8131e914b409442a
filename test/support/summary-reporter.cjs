// Mocha's spec summary, then one line that says it all: `N passed, N failed`.
const { reporters } = require('mocha')

module.exports = class SummaryReporter extends reporters.Dot {
  constructor(runner, options) {
    super(runner, options)
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats
      console.log(`${passes} passed, ${failures} failed${pending > 0 ? `, ${pending} skipped` : ''}`)
    })
  }
}
