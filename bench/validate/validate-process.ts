import { validateConfig } from '../../src/app/validate-config.ts'

/** One measured validation in a process of its own, so that its peak memory is its own. */
export interface ValidateMeasurement {
  readonly documents: number
  readonly files: number
  readonly findings: number
  readonly validateMs: number
  /** CPU time of the whole process, start-up included. */
  readonly cpuMs: number
  /** Of the whole process. */
  readonly peakRssMb: number
}

const [directory = ''] = process.argv.slice(2)
const { findings, documents, files, ms } = await validateConfig(directory)
const usage = process.resourceUsage()
const measured: ValidateMeasurement = {
  documents,
  files: files.length,
  findings: findings.length,
  validateMs: ms,
  cpuMs: Math.round((usage.userCPUTime + usage.systemCPUTime) / 1000),
  peakRssMb: Math.round(usage.maxRSS / 1024),
}
process.stdout.write(`${JSON.stringify(measured)}\n`)
