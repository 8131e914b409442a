import type { ReadyRollout } from '../../app/rollout/ready-rollout.ts'
import { stepText } from '../../app/rollout/rollout-texts.ts'
import type { Output } from '../output.ts'
import { percent } from './status-words.ts'
import { wrapFacts } from './wrap-facts.ts'

/** How it would be rolled out: the policy, its ramp, who must approve. */
export function renderReady(
  { policy, risk, approvers, predictions, report }: Omit<ReadyRollout, 'begin'>,
  output: Pick<Output, 'theme' | 'columns'>,
): string {
  const steps = policy.steps.map(({ index }) => stepText(policy, index))
  const first = policy.shadow.first ? [`shadow (${policy.shadow.units} units)`] : []
  const changed = report.scopes.filter((scope) => scope.changed)
  const fresh = changed.filter(({ base }) => base === null).map(({ scope }) => scope)
  const scopes = changed.filter(({ base }) => base !== null).map(({ scope }) => scope)
  const predicted = Object.entries(predictions).map(([name, rate]) => `${name} ${percent(100 * rate)}`)
  const facts: (readonly [string, string])[] = [
    ['SCOPE', scopes.join(' ')],
    [
      'POLICY',
      `${policy.name ?? 'defaults'}, risk ${risk}, ${approvers === 0 ? 'no approval needed' : `${approvers} must approve first`}`,
    ],
    ['RAMP', [...first, ...steps].join(', ')],
  ]
  if (fresh.length > 0) facts.push(['AT ONCE', `${fresh.join(' ')} (nothing is active there)`])
  if (predicted.length > 0) facts.push(['PREDICTED', predicted.join(', ')])
  return wrapFacts(facts, output)
}
