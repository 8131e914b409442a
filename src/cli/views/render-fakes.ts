import type { FakeCall, FakeState } from '../../app/fakes/ask-fakes.ts'
import type { Output } from '../output.ts'
import { renderTable } from './table.ts'

/** What fakes got: a line each. */
export function renderFakeCalls(calls: readonly FakeCall[], output: Output): string {
  const columns = [
    { title: 'AT', value: ({ at }: FakeCall) => at.slice(11, 23) },
    { title: 'FAKE', value: ({ fake }: FakeCall) => fake },
    { title: 'FOR', value: ({ caller }: FakeCall) => caller },
    {
      title: 'OPERATION',
      value: ({ operation, method, path }: FakeCall) => operation ?? `${method} ${path}`,
    },
    { title: 'DONE', value: ({ tookEffect }: FakeCall) => (tookEffect ? 'yes' : 'no') },
    { title: 'ANSWER', value: ({ status }: FakeCall) => status },
    { title: 'FAULT', value: ({ fault }: FakeCall) => fault },
    { title: 'WHY', value: ({ problem }: FakeCall) => problem, shrink: true },
  ]
  return renderTable(calls, columns, output)
}

/** What a fake will do wrong next, in words. */
export function renderFakeState({ fake, url, faults }: FakeState): string {
  if (faults.length === 0) return `${fake} (${url}) answers as it should`
  const words = faults.map(
    ({ kind, count, operation, afterMs }) =>
      `  ${kind}, ${count === 1 ? 'once' : `${count} times`}${operation === null ? '' : `, for ${operation}`}${afterMs === null ? '' : `, ${afterMs} ms`}`,
  )
  return [`${fake} (${url}) will fail:`, ...words].join('\n')
}
