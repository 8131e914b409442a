import type { HealthReport } from '../../app/adapters/testing/test-health.ts'
import type { RenderedCall } from '../../app/adapters/testing/render-call.ts'
import type { SendReport } from '../../app/adapters/testing/send-test.ts'
import type { Output } from '../output.ts'
import { plainLine } from '../text/plain-text.ts'
import { renderFacts, renderTable } from '../views/table.ts'

type Theming = Pick<Output, 'columns' | 'theme'>
type Step = HealthReport['steps'][number]

const stepColumns = [
  { title: 'STEP', value: ({ step }: Step) => step },
  { title: 'STATE', value: ({ state }: Step) => state },
  { title: 'MS', value: ({ ms }: Step) => ms, align: 'right' as const },
  { title: 'DETAIL', value: ({ detail }: Step) => detail, shrink: true },
]

/** How far a harmless call came, and what it means. */
export function renderHealth(report: HealthReport, output: Theming): string {
  const { integration, connector, operation, state, code, message, fix, steps, output: gave } = report
  const verdict = state === 'ok' ? 'well' : `${code}: ${message}`
  const facts: (readonly [string, string | null])[] = [
    ['Integration', `${integration} (${connector})`],
    ['Called', operation],
    ['It is', state === 'ok' ? `${verdict}: ${message}` : verdict],
  ]
  if (fix !== null) facts.push(['Fix', fix])
  if (gave !== null) facts.push(['It says', JSON.stringify(gave)])
  const way = steps.length === 0 ? 'Nothing was called.' : renderTable(steps, stepColumns, output)
  return `${way}\n\n${renderFacts(facts, output)}`
}

/** As it goes on the wire, but for secrets. */
export function renderRequest({ method, url, headers, body }: RenderedCall): string {
  const lines = [
    `${method} ${url}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ].map(plainLine)
  return body === null ? lines.join('\n') : `${lines.join('\n')}\n\n${plainLine(body)}`
}

export function renderSend(report: SendReport, output: Theming): string {
  const { integration, operation, commandId, state, code, message, result } = report
  const facts: (readonly [string, string | null])[] = [
    ['Integration', `${integration} (${operation})`],
    ['Command', commandId],
    ['State', state.replace('_', ' ')],
    ['Means', code === null ? message : `${code}: ${message}`],
  ]
  if (result !== null) facts.push(['Result', JSON.stringify(result)])
  return renderFacts(facts, output)
}
