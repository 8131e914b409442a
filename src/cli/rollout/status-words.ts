import type { RolloutStatus, StatusStep } from '../../app/rollout/rollout-status.ts'

/** `12.5 %`, from percent. */
export function percent(value: number): string {
  return `${Number(value.toPrecision(3))} %`
}

/** `0.38 %` of a share; `-` of nothing. */
export function rate(adverse: number, units: number): string {
  return units === 0 ? '-' : percent((100 * adverse) / units)
}

/** `step 2 of 20`, `shadow`. */
export function stepLabel({ number, of }: StatusStep): string {
  return number === 0 ? 'shadow' : `step ${number} of ${of}`
}

/** A number of evidence: three figures, or a power of ten. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return 'inf'
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-3)) return value.toExponential(1)
  return String(Number(value.toPrecision(3)))
}

/** One line that says where a rollout is: what `watch` prints for every change when it is piped. */
export function summaryLine(status: RolloutStatus): string {
  const { judged, step, state } = status
  const at = judged?.at ?? status.since
  const place = step === null ? '' : ` ${stepLabel(step)}`
  const parts = [`${at} ${state.replaceAll('_', ' ')}${place} ${percent(status.percent)}`]
  if (judged !== null && !status.over) {
    const { units, arms, tests } = judged
    const failed = `failed ${arms.candidate.failures}/${arms.baseline.failures}`
    parts.push(judged.verdict, `units ${units.have}/${units.need}`, failed)
    const nearest = tests.toSorted((a, b) => a.distance - b.distance)[0]
    if (nearest !== undefined) parts.push(`E ${nearest.test} ${figure(nearest.e)}/${figure(nearest.limit)}`)
    if (judged.blocks.length > 0) parts.push(`missing ${judged.blocks.map(({ code }) => code).join(' ')}`)
  }
  return parts.join('  ')
}

/** How the process ends when a rollout was waited for: 0 completed, 1 ended otherwise, null: it goes on. */
export function endOf({ state }: Pick<RolloutStatus, 'state'>): 0 | 1 | null {
  if (state === 'completed') return 0
  const ended = ['rolled_back', 'aborted', 'superseded', 'failed_to_start'].includes(state)
  return ended ? 1 : null
}
