import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect } from 'chai'
import { cpuSeconds, peakMemoryMiB } from '../../../../bench/pipeline/harness/process-usage.ts'

const burnSeconds = 0.3

/** Uses CPU time, alone or in a child of its own that it waits for, says `done` and stays. */
const burn = `const end = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1e6 > ${burnSeconds} }
while (!end());`
const alone = `${burn} console.log('done'); setInterval(() => {}, 1000)`
const inChild = `require('node:child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(burn)}])
console.log('done'); setInterval(() => {}, 1000)`

describe('the usage of a process', () => {
  before(function () {
    if (process.platform !== 'linux') this.skip()
  })

  for (const [title, script] of [
    ['its own CPU time', alone],
    ['the CPU time of a child that has ended', inChild],
  ] as const) {
    it(`counts ${title}`, async () => {
      const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
      try {
        await once(child.stdout, 'data')
        const pid = child.pid ?? 0
        // One clock tick below what was used: the kernel counts in ticks.
        expect(await cpuSeconds(pid)).to.be.at.least(burnSeconds - 0.02)
        expect(await peakMemoryMiB(pid)).to.be.greaterThan(1)
      } finally {
        child.kill('SIGKILL')
      }
    })
  }
})
