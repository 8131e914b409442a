import type { KeptPlan } from '../../app/plan/plan-config.ts'
import type { Output } from '../output.ts'
import { plainLine } from '../text/plain-text.ts'
import { inFlightLines } from './render-in-flight.ts'
import { renderDocuments } from './render-changes.ts'

type PlanReport = KeptPlan['report']
type BehaviourDiff = PlanReport['behaviour'][number]
type ScopeForecast = PlanReport['forecasts'][number]
type Themed = Pick<Output, 'theme'>

/** Rules, actions and band changes that are listed of a backtest. */
const listedMax = 8

/** A plan as people read it: the summary, the changes, what is known of their effects, the risk. */
export function renderPlan(report: PlanReport, output: Themed): string {
  const { strong, faint } = output.theme
  const parts = [strong(planSummary(report))]
  if (report.documents.length > 0) parts.push(renderDocuments(report.documents, output))
  const quarantined = report.scopes.filter((scope) => scope.quarantined !== null)
  if (quarantined.length > 0) {
    const lines = quarantined.map(({ scope, quarantined: why }) => `  ${scope}  ${plainLine(why ?? '')}`)
    parts.push([output.theme.bad('Quarantined'), ...lines].join('\n'))
  }
  const back = rolledBackScopes(report)
  if (back.length > 0) {
    const lines = back.map((line) => `  ${plainLine(line)}`)
    parts.push([output.theme.warn('Rolled back before'), ...lines].join('\n'))
  }
  if (report.behaviour.length > 0)
    parts.push(
      [strong('Behaviour'), ...report.behaviour.flatMap((one) => behaviourLines(one, output))].join('\n'),
    )
  const inFlight = inFlightLines(report.inFlight ?? [], output)
  if (inFlight.length > 0) parts.push([strong('In flight'), ...inFlight].join('\n'))
  if (report.forecasts.length > 0)
    parts.push([strong('Evidence'), ...report.forecasts.flatMap(forecastLines)].join('\n'))
  if (report.documents.length > 0) parts.push(riskText(report, output))
  if (report.warnings.length > 0)
    parts.push(
      [output.theme.warn('Warnings'), ...report.warnings.map((line) => `  ${plainLine(line)}`)].join('\n'),
    )
  if (isChange(report)) parts.push(faint(`base and candidate: ${report.digest.slice(0, 12)}`))
  return parts.join('\n\n')
}

/** Scopes that would return to what somebody went back from, each with who, when and why. */
export function rolledBackScopes({ scopes }: Pick<PlanReport, 'scopes'>): readonly string[] {
  return scopes.flatMap(({ scope, rolledBack = null }) =>
    rolledBack === null ? [] : [`${scope}  the same content ${rolledBack}`],
  )
}

/** Does it change anything that is stored? */
export function isChange({ scopes }: Pick<PlanReport, 'scopes'>): boolean {
  return scopes.some(({ changed }) => changed)
}

/** `Plan: 1 to add, 2 to change, 0 to remove in 37 of 42 workspaces.` */
export function planSummary(report: PlanReport): string {
  if (!isChange(report)) return 'No changes: what is active is what the directory holds.'
  const { added, changed, removed, renamed } = report.counts
  const { affected, total } = report.workspaces
  const moved = renamed === 0 ? '' : `, ${renamed} to rename`
  return `Plan: ${added} to add, ${changed} to change, ${removed} to remove${moved}; ${affected} of ${total} workspaces affected.`
}

function behaviourLines(behaviour: BehaviourDiff, { theme }: Themed): readonly string[] {
  const { tenant, workspace, events, units, changedUnits, newlyFailing, notReplayed } = behaviour
  const share = units === 0 ? '' : ` (${((100 * changedUnits) / units).toFixed(1)} %)`
  const head = `  ${tenant}/${workspace}: ${changedUnits} of ${units} entities decided differently${share}, ${events.replayed} events`
  const bands = behaviour.bands
    .filter(({ from, to }) => from !== to)
    .slice(0, listedMax)
    .map(
      ({ model, from, to, units: count }) => `    ${model}  ${from ?? 'none'} -> ${to ?? 'none'}  ${count}`,
    )
  const rules = behaviour.rules
    .filter(({ baseline, candidate }) => baseline !== candidate)
    .slice(0, listedMax)
    .map(({ rule, baseline, candidate }) => `    rule ${rule}  ${baseline} -> ${candidate}`)
  const actions = behaviour.actions
    .filter(({ baseline, candidate }) => baseline !== candidate)
    .slice(0, listedMax)
    .map(({ kind, name, baseline, candidate }) => `    ${kind} ${name}  ${baseline} -> ${candidate}`)
  const failing = newlyFailing === 0 ? [] : [theme.bad(`    ${newlyFailing} events fail that did not`)]
  const skipped = notReplayed === 0 ? [] : [theme.warn(`    ${notReplayed} events could not be replayed`)]
  return [...[head, ...bands, ...rules, ...actions].map(plainLine), ...failing, ...skipped]
}

function forecastLines({ scope, forecast, note }: ScopeForecast): readonly string[] {
  const { unitsPerHour, hoursTo59, hoursTo299, catches, rampHours, firstShare } = forecast
  const traffic = `${unitsPerHour < 10 ? unitsPerHour.toFixed(1) : Math.round(unitsPerHour)} entities an hour in the last 7 days`
  if (hoursTo59 === null || hoursTo299 === null)
    return [plainLine(`  ${scope}: ${traffic}: no evidence can be expected`)]
  const caught = catches.slice(0, 3).map(({ errorRate, medianUnits, hours }) => {
    const when = hours === null ? 'not within the ramp' : hoursText(hours)
    return `    a ${percent(errorRate)} bug is caught after about ${medianUnits} entities, ${when}`
  })
  return [
    `  ${scope}: ${traffic}${note === null ? '' : ` (${note})`}, ${percent(firstShare)} of them at first`,
    `    59 in ${hoursText(hoursTo59)}, 299 in ${hoursText(hoursTo299)}${rampHours === null ? '' : `, the whole ramp ${hoursText(rampHours)}`}`,
    ...caught,
  ].map(plainLine)
}

function riskText({ risk }: PlanReport, { theme }: Themed): string {
  const paint = risk.class === 'high' ? theme.bad : risk.class === 'medium' ? theme.warn : theme.good
  const approval = risk.approvers === 0 ? '' : `; needs ${risk.approvers} approval(s) of others`
  const reasons = risk.reasons.slice(0, listedMax).map((reason) => `  ${plainLine(reason)}`)
  const more = risk.reasons.length > listedMax ? [`  and ${risk.reasons.length - listedMax} more`] : []
  return [paint(`Risk ${risk.class}${approval}`), ...reasons, ...more].join('\n')
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`
}

function hoursText(hours: number): string {
  if (hours < 1) return `${Math.max(1, Math.round(hours * 60))} min`
  return hours < 48 ? `${Number(hours.toFixed(1))} h` : `${Number((hours / 24).toFixed(1))} days`
}
