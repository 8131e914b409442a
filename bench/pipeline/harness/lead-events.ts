/** The events of one phase: leads `<phase>-0`, `<phase>-1`, … each of its own, so that every event is another entity. */
export interface LeadEvents {
  /** Lower-case letters; keeps the leads of one phase apart from another's. */
  readonly phase: string
  readonly count: number
}

const countries = ['AE', 'DE', 'FR', 'GB', 'IN', 'NL', 'SA', 'US'] as const

export function leadId(phase: string, index: number): string {
  return `${phase}-${index}`
}

/** The index of a lead of this phase; null for any other id. */
export function leadIndex(phase: string, id: string): number | null {
  if (!id.startsWith(`${phase}-`)) return null
  const digits = id.slice(phase.length + 1)
  return /^\d{1,9}$/.test(digits) ? Number(digits) : null
}

/** A CloudEvent of about 350 bytes: a lead as a form or a CRM would report it. */
export function leadEvent(phase: string, index: number): object {
  const id = leadId(phase, index)
  return {
    specversion: '1.0',
    id: `event-${id}`,
    source: 'bench',
    type: 'lead.created',
    subject: `lead/${id}`,
    data: {
      name: `Lead number ${index}`,
      email: `${id}@example.com`,
      phone: `+97150${String(index).padStart(7, '0')}`,
      country: countries[index % countries.length],
      budget: (index % 50) * 1_000,
      source: index % 3 === 0 ? 'referral' : 'website',
      message: 'I saw your listing and want to know the price and whether a visit this week is possible.',
    },
  }
}

/** The bodies of the requests that carry these events, `batch` in each. */
export function requestBodies({ phase, count }: LeadEvents, batch: number): Buffer[] {
  const bodies: Buffer[] = []
  for (let from = 0; from < count; from += batch) {
    const indexes = Array.from({ length: Math.min(batch, count - from) }, (_, offset) => from + offset)
    bodies.push(Buffer.from(JSON.stringify(indexes.map((index) => leadEvent(phase, index)))))
  }
  return bodies
}
