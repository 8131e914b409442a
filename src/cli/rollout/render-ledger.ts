import type { LedgerRow, ShownRollout } from '../../app/rollout/show-rollout.ts'
import { stepText } from '../../app/rollout/rollout-texts.ts'
import type { Output } from '../output.ts'
import { shortDuration } from '../text/relative-time.ts'
import { renderTable } from '../views/table.ts'
import type { Column } from '../views/table.ts'
import { percent } from './status-words.ts'

type Shown = Pick<Output, 'theme' | 'columns'>
type Step = ShownRollout['policy']['steps'][number]

/** The ramp as it was pinned, with the step where the rollout is marked. */
export function renderRamp({ policy, status }: ShownRollout, output: Shown): string {
  const here = status.step?.number ?? null
  const columns: readonly Column<Step>[] = [
    { title: 'STEP', value: ({ index }) => `${here === index + 1 ? '>' : ' '} ${index + 1}` },
    { title: 'SHARE', value: ({ index }) => stepText(policy, index), shrink: true },
    { title: 'AT LEAST', value: ({ minMs }) => shortDuration(minMs), align: 'right' },
    { title: 'UNITS', value: ({ minUnits }) => minUnits, align: 'right' },
  ]
  return renderTable(policy.steps, columns, output)
}

const columns: readonly Column<LedgerRow>[] = [
  { title: '#', value: ({ seq }) => seq, align: 'right' },
  { title: 'AT', value: ({ at }) => at },
  { title: 'TO', value: ({ to }) => to.replaceAll('_', ' ') },
  { title: 'SHARE', value: ({ percentAfter }) => percent(percentAfter), align: 'right' },
  { title: 'BY', value: ({ by, cause }) => by ?? cause, shrink: true },
  { title: 'WHY', value: ({ reason }) => reason, shrink: true },
]

/** Every change of a rollout, one line each. */
export function renderLedger(rows: readonly LedgerRow[], output: Shown): string {
  return renderTable(rows, columns, output)
}
