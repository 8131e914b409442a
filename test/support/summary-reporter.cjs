// Mocha's spec summary, then one line that says it all: `N passed, N failed`. With NEURONX_TEST_TIMES the files that took longest.
const { relative } = require('node:path')
const { reporters } = require('mocha')

const slowestCount = 40

module.exports = class SummaryReporter extends reporters.Dot {
  constructor(runner, options) {
    super(runner, options)
    const times = new Map()
    let last = performance.now()
    // Hooks included: what passed since the test before, whoever took it.
    runner.on('test end', ({ file }) => {
      const now = performance.now()
      times.set(file, (times.get(file) ?? 0) + now - last)
      last = now
    })
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats
      if (process.env.NEURONX_TEST_TIMES !== undefined)
        for (const [file, ms] of [...times].sort((a, b) => b[1] - a[1]).slice(0, slowestCount))
          console.log(`${(ms / 1000).toFixed(1).padStart(7)} s  ${relative(process.cwd(), file)}`)
      console.log(`${passes} passed, ${failures} failed${pending > 0 ? `, ${pending} skipped` : ''}`)
    })
  }
}
