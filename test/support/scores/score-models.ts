import { salesConfig } from '../sales/sales-config.ts'

/** A score of what leads did and are, by how many points a reply brings. */
export function scoreModel(points: number): string {
  return `kind: LeadScore
name: intent
writes: lead.score
factors:
  - { id: replied, on: message.received, when: event.direction == "inbound", points: ${points}, decay: { half_life: 36500h } }
  - { id: budget, when: lead.budget > 1000, points: 10 }
bands:
  - { name: hot, from: 50, emit: lead.became_hot }
  - { name: cold, from: 0 }
---
`
}

export const oldModel = salesConfig(scoreModel(20))
export const newModel = salesConfig(scoreModel(45))
