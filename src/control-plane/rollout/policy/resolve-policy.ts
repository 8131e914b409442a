import { parseDuration } from '../../../kernel/duration.ts'
import { policyDefaults as defaults } from './policy-bounds.ts'
import { rampOf } from './ramp.ts'
import type { RolloutPolicySpec } from './rollout-policy-spec.ts'
import { weekdays } from './rollout-policy-spec.ts'
import type { AlphaBudget, ChangeWindow, ResolvedPolicy, Ring, SignalPolicy } from './resolved-policy.ts'

/**
 * A policy with its defaults filled in and its ramp written out: rings, percentages, the bake at 100 - holdback, 100 %. `null`: the
 * scope has no RolloutPolicy. Total for every spec that the schema accepts, whatever the semantic checks say.
 */
export function resolvePolicy(spec: RolloutPolicySpec | null): ResolvedPolicy {
  const { gate, successCriteria, bake, approval, health, caps, maturity } = spec ?? {}
  const rings = (spec?.rings ?? []).map(resolvedRing)
  const resolvedBake = {
    holdback: bake?.holdback ?? defaults.holdback,
    forMs: ms(bake?.for, defaults.bakeForMs),
    watchMs: ms(bake?.watch, defaults.watchMs),
  }
  return {
    name: spec?.name ?? null,
    unit: spec?.unit ?? 'entity',
    rings,
    steps: rampOf(spec, rings, resolvedBake),
    gate: {
      beforeFull: gate?.beforeFull ?? defaults.beforeFull,
      promotion: gate?.promotion ?? defaults.promotion,
      maxStepMs: ms(gate?.maxStepDuration, defaults.maxStepMs),
      onInsufficientData: gate?.onInsufficientData ?? defaults.onInsufficientData,
    },
    success: {
      errorRateThreshold: successCriteria?.errorRateThreshold ?? defaults.errorRateThreshold,
      performanceDegradation: successCriteria?.performanceDegradation ?? defaults.performanceDegradation,
    },
    signals: resolvedSignals(spec?.signals),
    caps: { actionsPerUnit: caps?.actionsPerUnit ?? null, actionsPerHour: caps?.actionsPerHour ?? null },
    bake: resolvedBake,
    autoRollback: spec?.autoRollback ?? true,
    shadow: {
      first: spec?.shadowFirst ?? true,
      units: spec?.shadowUnits ?? defaults.shadowUnits,
      minMs: ms(spec?.shadowFor, defaults.shadowForMs),
    },
    alpha: resolvedAlpha(spec?.alpha),
    approval: {
      risk: approval?.risk === 'never' ? null : (approval?.risk ?? defaults.approvalRisk),
      approvers: approval?.approvers ?? defaults.approvers,
      beforePercentages: [...(approval?.beforePercentages ?? [])].sort((a, b) => a - b),
    },
    windows: (spec?.windows ?? []).map(resolvedWindow),
    inflight: spec?.inflight ?? 'finish',
    newerRevision: spec?.newerRevision ?? 'supersede',
    maturityMs: {
      configError: ms(maturity?.configError, defaults.maturityMs.configError),
      integrationError: ms(maturity?.integrationError, defaults.maturityMs.integrationError),
      latency: ms(maturity?.latency, defaults.maturityMs.latency),
      decision: ms(maturity?.decision, defaults.maturityMs.decision),
    },
    health: {
      unassignableShare: health?.unassignableShare ?? defaults.health.unassignableShare,
      clockSkewMs: ms(health?.clockSkew, defaults.health.clockSkewMs),
      staleMs: ms(health?.staleAfter, defaults.health.staleMs),
    },
  }
}

function ms(text: string | undefined, otherwise: number): number {
  return text === undefined ? otherwise : parseDuration(text)
}

function resolvedRing(ring: NonNullable<RolloutPolicySpec['rings']>[number]): Ring {
  return { tenants: ring.tenants, percent: ring.percentage ?? defaults.ringPercentage }
}

function resolvedSignals(signals: RolloutPolicySpec['signals']): Record<string, SignalPolicy> {
  return Object.fromEntries(
    Object.entries(signals ?? {}).map(([name, signal]) => [
      name,
      {
        expect: signal.expect,
        tolerance: signal.tolerance ?? defaults.tolerance,
        onDivergence: signal.onDivergence ?? 'hold',
      },
    ]),
  )
}

function resolvedAlpha(alpha: RolloutPolicySpec['alpha']): AlphaBudget {
  const total = alpha?.total ?? defaults.alphaTotal
  const part = (name: keyof typeof defaults.alphaShares) =>
    alpha?.[name] ?? total * defaults.alphaShares[name]
  return {
    total,
    errors: part('errors'),
    absolute: part('absolute'),
    latency: part('latency'),
    decisions: part('decisions'),
  }
}

function resolvedWindow(window: NonNullable<RolloutPolicySpec['windows']>[number]): ChangeWindow {
  return {
    tz: window.tz,
    days: (window.days ?? weekdays).map((day) => weekdays.indexOf(day) + 1),
    fromMinute: minuteOf(window.from),
    toMinute: minuteOf(window.to),
  }
}

function minuteOf(text: string): number {
  const [hours = '0', minutes = '0'] = text.split(':')
  return Number(hours) * 60 + Number(minutes)
}
