import type { JudgedStatus, RolloutStatus, TestStatus } from '../../app/rollout/rollout-status.ts'
import type { Output } from '../output.ts'
import { plainLine } from '../text/plain-text.ts'
import { relativeTime, shortDuration } from '../text/relative-time.ts'
import { renderTable } from '../views/table.ts'
import type { Column } from '../views/table.ts'
import { figure, percent, rate, stepLabel } from './status-words.ts'
import { wrapFacts } from './wrap-facts.ts'

type Shown = Pick<Output, 'theme' | 'columns'>
type Fact = readonly [string, string]

/** Where a rollout stands, for people: within the columns of a terminal, as plain lines when piped. */
export function renderStatus(status: RolloutStatus, output: Shown, now: Date): string {
  const { judged } = status
  const parts = [headline(status, output), wrapFacts(placeFacts(status, now), output)]
  if (judged !== null) {
    parts.push(armsTable(judged, output))
    parts.push(testsTable(judged.tests, output))
    parts.push(wrapFacts(evidenceFacts(status, judged), output))
  }
  const blocks = blockFacts(status, now)
  if (blocks.length > 0) parts.push(wrapFacts(blocks, output))
  parts.push(wrapFacts([['NEXT', status.nextAction]], output))
  return parts.join('\n\n')
}

function headline(status: RolloutStatus, { theme }: Shown): string {
  const { state, step } = status
  const paint = {
    rolled_back: theme.bad,
    failed_to_start: theme.bad,
    aborted: theme.bad,
    held: theme.warn,
    paused: theme.warn,
    pending_approval: theme.warn,
    completed: theme.good,
  }[state as string]
  const words = state.replaceAll('_', ' ')
  const place = step === null ? '' : `, ${stepLabel(step)}`
  return `${theme.strong(`rollout ${status.id}`)}  ${(paint ?? theme.strong)(`${words}${place}`)}`
}

function placeFacts(status: RolloutStatus, now: Date): readonly Fact[] {
  const { step, next, approval } = status
  const share =
    step === null || status.over ? percent(status.percent) : `${percent(status.percent)} (${step.text})`
  const then = next === null ? '' : `, then ${next.text}`
  const facts: Fact[] = [
    ['SCOPE', status.scopes.join(' ')],
    ['SHARE', `${share}${then}`],
    ['SINCE', `${status.since} (${relativeTime(status.since, now)})`],
    ['STARTED', `${status.startedAt} by ${status.startedBy}`],
    ['REASON', status.reason ?? '-'],
    ['CANDIDATE', digestsText(status)],
    [
      'POLICY',
      `${status.policy ?? 'defaults'}, risk ${status.risk}${status.autoRollback ? '' : ', autoRollback off'}`,
    ],
  ]
  if (approval !== null)
    facts.push([
      'APPROVED',
      `${approval.given.length} of ${approval.needed}: ${approval.given.join(', ') || 'nobody'}`,
    ])
  return facts
}

function digestsText({ digests }: RolloutStatus): string {
  return digests
    .map(({ baseline, candidate, scope }) => {
      const where = digests.length === 1 ? '' : ` (${scope})`
      return `${candidate.slice(0, 12)} instead of ${baseline.slice(0, 12)}${where}`
    })
    .join(', ')
}

interface ArmRow {
  readonly name: string
  readonly arm: JudgedStatus['arms']['candidate']
}

const armColumns: readonly Column<ArmRow>[] = [
  { title: 'UNITS', value: ({ name }) => name },
  { title: 'MATURED', value: ({ arm }) => arm.units, align: 'right' },
  { title: 'IN STEP', value: ({ arm }) => arm.inStep, align: 'right' },
  { title: 'WAITING', value: ({ arm }) => arm.waiting, align: 'right' },
  { title: 'FAILED', value: ({ arm }) => arm.failures, align: 'right' },
  { title: 'OWN', value: ({ arm }) => arm.ownFailures, align: 'right' },
  {
    title: 'RATE',
    value: ({ arm }) => rate(arm.failures, Math.max(arm.distinct, arm.failures)),
    align: 'right',
  },
  { title: 'SLOW', value: ({ arm }) => arm.slow, align: 'right' },
]

function armsTable({ arms }: JudgedStatus, output: Shown): string {
  const rows = [
    { name: 'candidate', arm: arms.candidate },
    { name: 'baseline', arm: arms.baseline },
  ]
  return renderTable(rows, armColumns, output)
}

const testColumns: readonly Column<TestStatus>[] = [
  { title: 'TEST', value: ({ test }) => test, shrink: true },
  { title: 'E', value: ({ e }) => figure(e), align: 'right' },
  { title: '1/ALPHA', value: ({ limit }) => figure(limit), align: 'right' },
  {
    title: 'TO GO',
    value: (test) => (test.crossed ? 'crossed' : `${figure(test.distance)}x`),
    align: 'right',
  },
  { title: 'ALPHA', value: ({ alpha }) => percent(100 * alpha), align: 'right' },
  { title: 'CANDIDATE', value: ({ candidate }) => `${candidate.adverse}/${candidate.units}`, align: 'right' },
  { title: 'BASELINE', value: ({ baseline }) => `${baseline.adverse}/${baseline.units}`, align: 'right' },
]

function testsTable(tests: readonly TestStatus[], output: Shown): string {
  return renderTable(tests, testColumns, output)
}

function evidenceFacts({ alpha }: RolloutStatus, judged: JudgedStatus): readonly Fact[] {
  const { upperBound, units, cleanUnits, time, shadow, configErrors } = judged
  const bound =
    upperBound.units === 0
      ? 'nothing yet'
      : `at most ${percent(100 * upperBound.rate)} errors of its own (${upperBound.failures} in ${upperBound.units} units, 95 %)`
  const clean = cleanUnits.need === 0 ? '' : `, worth ${cleanUnits.have} of ${cleanUnits.need} clean units`
  const parts = (['errors', 'absolute', 'latency', 'decisions'] as const).map(
    (name) => `${name} ${percent(100 * alpha[name])}`,
  )
  const facts: Fact[] = [
    ['VERDICT', `${judged.verdict}${judged.reason === null ? '' : `: ${judged.reason}`} (${judged.at})`],
    ['PROVEN', bound],
    [
      'GATE',
      `${units.have} of ${units.need} units${clean}, ${shortDuration(time.elapsedMs)} of ${shortDuration(time.needMs)}`,
    ],
    ['BUDGET', `${percent(100 * alpha.total)} false rollbacks: ${parts.join(', ')}`],
  ]
  if (shadow.units > 0)
    facts.push(['SHADOW', `${shadow.units} units compared, slower ${shadow.slower}, faster ${shadow.faster}`])
  if (configErrors.candidateOnly > 0) {
    const [first] = configErrors.examples
    const example =
      first === undefined
        ? ''
        : `, first ${first.document} ${first.code}: ${first.message} (event ${first.eventId})`
    facts.push([
      'FAILS ALONE',
      `${configErrors.candidateOnly} events on which the baseline does not fail${example}`,
    ])
  }
  return facts
}

/** What stands between it and the next step, each with the time it is expected to be over. */
function blockFacts({ judged, over }: RolloutStatus, now: Date): readonly Fact[] {
  if (judged === null || over) return []
  if (judged.blocks.length === 0) return [['MISSING', 'nothing']]
  return judged.blocks.map(({ code, message, expectedAt }, index): Fact => {
    const when = expectedAt === null ? '' : `; expected ${relativeTime(expectedAt, now)} (${expectedAt})`
    return [index === 0 ? 'MISSING' : '', plainLine(`${code}: ${message}${when}`)]
  })
}
