/** The milliseconds of CPU that this process spent while `work` ran: synchronous work, whatever else runs on the machine. */
export function cpuMs(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}
