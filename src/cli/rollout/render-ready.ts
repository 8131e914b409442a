import type { ReadyPart, ReadyRollout } from '../../app/rollout/ready-rollout.ts'
import { stepText } from '../../app/rollout/rollout-texts.ts'
import type { Output } from '../output.ts'
import { percent } from './status-words.ts'
import { wrapFacts } from './wrap-facts.ts'

/** How it would be rolled out, each rollout by itself: the policy, its ramp, who must approve. */
export function renderReady(
  { parts, risk, report }: Omit<ReadyRollout, 'begin'>,
  output: Pick<Output, 'theme' | 'columns'>,
): string {
  const fresh = report.scopes.flatMap(({ scope, base, changed }) => (changed && base === null ? [scope] : []))
  const blocks = parts.map((part) => wrapFacts(factsOf(part, risk), output))
  if (fresh.length > 0)
    blocks.push(wrapFacts([['AT ONCE', `${fresh.join(' ')} (nothing is active there)`]], output))
  return blocks.join('\n')
}

function factsOf(
  { scopes, policy, approvers, predictions }: ReadyPart,
  risk: string,
): readonly (readonly [string, string])[] {
  const steps = policy.steps.map(({ index }) => stepText(policy, index))
  const first = policy.shadow.first ? [`shadow (${policy.shadow.units} units)`] : []
  const predicted = Object.entries(predictions).map(([name, rate]) => `${name} ${percent(100 * rate)}`)
  const approval = approvers === 0 ? 'no approval needed' : `${approvers} must approve first`
  return [
    ['SCOPE', scopes.join(' ')],
    ['POLICY', `${policy.name ?? 'defaults'}, risk ${risk}, ${approval}`],
    ['RAMP', [...first, ...steps].join(', ')],
    ...(predicted.length === 0 ? [] : [['PREDICTED', predicted.join(', ')] as const]),
  ]
}
