import type { Rollout, RolloutRecord } from '../../../control-plane/rollout/rollout.ts'

/** Something in a ledger that an unbroken one does not have. */
export interface LedgerFault {
  readonly seq: number
  readonly message: string
}

/**
 * Is the ledger whole? No row missing, each beginning where the one before ended, no step skipped, no growth of the candidate's share
 * without a recorded gate, and its last row leading to the state that the rollout is in. Pure; empty: it is.
 */
export function checkLedger(
  rollout: Pick<Rollout, 'state'>,
  records: readonly RolloutRecord[],
): readonly LedgerFault[] {
  const faults: LedgerFault[] = []
  let before: RolloutRecord | null = null
  records.forEach((record, index) => {
    const { seq } = record
    const add = (message: string): void => void faults.push({ seq, message })
    if (seq !== index + 1) add(`row ${index + 1} is missing`)
    if (before !== null && before.to !== record.from)
      add(`begins in ${record.from}, the row before ended in ${before.to}`)
    if (before !== null && record.atMs < before.atMs) add('is older than the row before')
    if (record.percentAfter > record.percentBefore && record.gate === null)
      add(`the share grew from ${record.percentBefore} % to ${record.percentAfter} % without a gate`)
    if (skips(record, before)) add(`enters step ${(record.stepAfter ?? 0) + 1}, not the next one`)
    before = record
  })
  const last = records.at(-1)
  if (last !== undefined && last.to !== rollout.state.state)
    faults.push({ seq: last.seq, message: `ends in ${last.to}, the rollout is ${rollout.state.state}` })
  return faults
}

/** Steps are entered one after the other; where a pause or a hold stands between, the share says so. */
function skips({ stepBefore, stepAfter }: RolloutRecord, before: RolloutRecord | null): boolean {
  if (stepAfter === null) return false
  const from = stepBefore ?? before?.stepAfter ?? -1
  return stepAfter > from + 1
}
