import { parseDuration } from '../../kernel/duration.ts'
import type { DocumentSet } from '../../control-plane/documents/document-kind.ts'
import type { PolicySpec } from '../kinds/outreach/policy-kind.ts'
import { capsOf, policyKind } from '../kinds/outreach/policy-kind.ts'
import { templateShape } from '../kinds/outreach/template-shape.ts'
import type { TemplateSpec } from '../kinds/outreach/template-shape.ts'
import { parseClock } from '../kinds/people/week-hours.ts'
import type { DaySpan } from '../kinds/people/week-hours.ts'
import type { ChannelWindow, CompiledPolicy, FrequencyCap, PolicySet, QuietHours } from './compiled-policy.ts'

/** Compiles the Policy documents of a set that passed validation, in the order of their names. `homeZone`: of its Calendars. */
export function compilePolicies(documents: DocumentSet, homeZone: string | null): PolicySet {
  const templates = templatesOf(documents)
  return {
    policies: documents
      .ofKind(policyKind)
      .map(({ spec }) => compilePolicy(spec, templates))
      .sort((one, other) => (one.name < other.name ? -1 : 1)),
    homeZone,
  }
}

/** One policy as it would be among the documents of a set. */
export function compileOnePolicy(spec: PolicySpec, documents: DocumentSet): CompiledPolicy {
  return compilePolicy(spec, templatesOf(documents))
}

function templatesOf(documents: DocumentSet): ReadonlyMap<string, TemplateSpec> {
  return new Map(documents.ofKind(templateShape).map(({ spec }) => [spec.name, spec]))
}

function compilePolicy(spec: PolicySpec, templates: ReadonlyMap<string, TemplateSpec>): CompiledPolicy {
  const { applies, window } = spec
  return {
    name: spec.name,
    effects: new Set(applies.effects),
    channels: applies.channels === undefined ? null : new Set(applies.channels),
    ...(applies.to === 'named' ? { namedOnly: true } : {}),
    quiet: spec.quiet_hours === undefined ? null : compileQuiet(spec.quiet_hours),
    pack: spec.pack ?? null,
    consent: spec.consent ?? null,
    caps: capsOf(spec).map(({ cap }) => compileCap(cap, spec)),
    window: window === undefined ? null : compileWindow(window, templates),
    onBlock: spec.on_block,
    swapTo: spec.swap_to,
    waitMaxMs: parseDuration(spec.wait_max),
  }
}

/** What is not quiet is open. */
function compileQuiet({
  tz,
  from,
  to,
  unknown_tz: unknownTz,
}: NonNullable<PolicySpec['quiet_hours']>): QuietHours {
  const begin = parseClock(from) ?? 0
  const end = parseClock(to) ?? 0
  const open: readonly DaySpan[] =
    begin > end
      ? [{ from: end, to: begin }]
      : [
          { from: 0, to: begin },
          { from: end, to: 24 * 60 },
        ].filter((span) => span.from < span.to)
  return { tz, open: Array.from({ length: 7 }, () => open), unknownTz }
}

function compileCap(cap: ReturnType<typeof capsOf>[number]['cap'], spec: PolicySpec): FrequencyCap {
  const { per, max, within, priority, over_cap: over } = cap
  return {
    key: `${spec.name}#${within}`,
    per,
    max,
    withinMs: parseDuration(within),
    kept: { high: priority?.high ?? 0, normal: priority?.normal ?? 0 },
    overCap: over === undefined ? spec.on_block : over === 'wait' ? 'defer' : over,
  }
}

function compileWindow(
  { channel, within, otherwise, template }: NonNullable<PolicySpec['window']>,
  templates: ReadonlyMap<string, TemplateSpec>,
): ChannelWindow {
  const own = template === undefined ? undefined : templates.get(template)?.channels[channel]
  const usable = otherwise === 'template' && own?.name !== undefined
  return {
    channel,
    withinMs: parseDuration(within),
    template: usable
      ? {
          name: own.name ?? '',
          language: own.language ?? null,
          params: own.params ?? [],
          ...(own.by === 'place' ? { by: own.by } : {}),
        }
      : null,
  }
}
