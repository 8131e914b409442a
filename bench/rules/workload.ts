/** One rule of the workload: `type == T && country in [...] && budget >= B && (source == S || tags has G)`. */
export interface RuleSpec {
  readonly id: number
  readonly type: string
  readonly countries: readonly string[]
  readonly budget: number
  readonly source: string
  readonly tag: string
  /** Wrapped in an `||` with something that no index can answer, and that never holds here. */
  readonly isWrapped: boolean
}

/** An event with its lead: 33 plain fields, about 630 bytes of JSON. */
export type Sample = ReturnType<typeof sampleOf>

const types = ['lead.created', 'lead.updated', 'lead.replied', 'meeting.booked', 'form.submitted']
const countries = (
  'US CA GB DE FR ES IT NL BE PL PT SE NO DK FI IE AT CH CZ RO BG GR HU TR IL AE IN SG AU NZ JP KR BR MX ' +
  'AR CL CO ZA NG KE'
).split(' ')
const sources =
  'facebook google linkedin tiktok instagram organic referral email webinar partner cold import'.split(' ')
const industries = ['saas', 'retail', 'health', 'finance']
const tags = ['hot', ...Array.from({ length: 59 }, (_, at) => `tag${at + 1}`)]

type Random = () => number

/** Mulberry32: from 0 to 1, the same for the same seed on every machine. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

function below(random: Random, end: number): number {
  return Math.floor(random() * end)
}

function oneOf(random: Random, values: readonly string[]): string {
  return values[below(random, values.length)] ?? ''
}

function someOf(random: Random, values: readonly string[], count: number): readonly string[] {
  const chosen = new Set<string>()
  while (chosen.size < count) chosen.add(oneOf(random, values))
  return [...chosen]
}

function sampleOf(random: Random, at: number) {
  return {
    event: {
      id: `evt_${at}`,
      type: oneOf(random, types),
      ts: 1_760_000_000_000 + below(random, 1e9),
      tenant: 't_1',
      version: 3,
    },
    lead: {
      id: `ld_${at}`,
      email: `user${at}@example.com`,
      name: `Jane Doe ${at}`,
      phone: `+1555000${at}`,
      country: oneOf(random, countries),
      city: 'Springfield',
      language: 'en',
      source: oneOf(random, sources),
      utm: {
        source: oneOf(random, sources),
        medium: 'cpc',
        campaign: `c${below(random, 50)}`,
        term: 'crm',
        content: `ad${below(random, 9)}`,
      },
      budget: Math.floor(1000 * 100 ** random()),
      tags: someOf(random, tags, 3),
      company: { name: 'Acme', size: below(random, 5000), industry: oneOf(random, industries) },
      createdAt: `2026-01-0${1 + below(random, 9)}T10:00:00Z`,
      lastSeenAt: `2026-02-0${1 + below(random, 9)}T10:00:00Z`,
      engagement: {
        opens: below(random, 20),
        clicks: below(random, 8),
        replies: below(random, 3),
        pageViews: below(random, 40),
        sessions: below(random, 9),
      },
      score: below(random, 100),
      owner: null,
      optedOut: false,
    },
  }
}

/** The rule that the first sample fulfils, down to its last part. */
export const oneRule: RuleSpec = {
  id: 0,
  type: 'lead.created',
  countries: ['US', 'CA'],
  budget: 10_000,
  source: 'facebook',
  tag: 'hot',
  isWrapped: false,
}

/** Different events; the first one fulfils `oneRule`. */
export function samples(count: number): readonly Sample[] {
  const random = randomFrom(7)
  return Array.from({ length: count }, (_, at) => {
    const sample = sampleOf(random, at)
    if (at > 0) return sample
    return {
      event: { ...sample.event, type: oneRule.type },
      lead: {
        ...sample.lead,
        country: 'US',
        budget: 25_000,
        source: 'google',
        tags: ['tag5', 'hot', 'tag9'],
      },
    }
  })
}

/** So many rules; every `wrappedEvery`-th is one that no index can answer, 0: none. */
export function rules(count: number, wrappedEvery: number): readonly RuleSpec[] {
  const random = randomFrom(42)
  return Array.from({ length: count }, (_, id) => ({
    id,
    type: oneOf(random, types),
    countries: someOf(random, countries, 2 + below(random, 3)),
    budget: Math.floor(1000 * 100 ** (random() * 0.8)),
    source: oneOf(random, sources),
    tag: oneOf(random, tags),
    isWrapped: wrappedEvery > 0 && id % wrappedEvery === 0,
  }))
}

/** What every contestant must find: plain comparisons, nothing shared with any of them. */
export function holds(
  { type, countries: allowed, budget, source, tag }: RuleSpec,
  { event, lead }: Sample,
): boolean {
  return (
    event.type === type &&
    allowed.includes(lead.country) &&
    lead.budget >= budget &&
    (lead.source === source || lead.tags.includes(tag))
  )
}
