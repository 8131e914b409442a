import type { RuleSpec } from './workload.ts'

const quoted = (text: string): string => JSON.stringify(text)
const list = (texts: readonly string[]): string => texts.map(quoted).join(', ')

/** The rules of the workload as each language would naturally say them. */
export function inCel({ type, countries, budget, source, tag, isWrapped }: RuleSpec, decimals = ''): string {
  const rule =
    `event.type == ${quoted(type)} && lead.country in [${list(countries)}] && lead.budget >= ${budget}${decimals} && ` +
    `(lead.source == ${quoted(source)} || lead.tags.exists(t, t == ${quoted(tag)}))`
  return isWrapped ? `(${rule}) || lead.name == lead.city` : rule
}

export function inJsonata({ type, countries, budget, source, tag }: RuleSpec): string {
  return (
    `event.type = ${quoted(type)} and lead.country in [${list(countries)}] and lead.budget >= ${budget} and ` +
    `(lead.source = ${quoted(source)} or ${quoted(tag)} in lead.tags)`
  )
}

export function inJsonLogic({ type, countries, budget, source, tag }: RuleSpec): object {
  return {
    and: [
      { '==': [{ var: 'event.type' }, type] },
      { in: [{ var: 'lead.country' }, countries] },
      { '>=': [{ var: 'lead.budget' }, budget] },
      {
        or: [
          { '==': [{ var: 'lead.source' }, source] },
          { some: [{ var: 'lead.tags' }, { '==': [{ var: '' }, tag] }] },
        ],
      },
    ],
  }
}

export function inJsonRules({ id, type, countries, budget, source, tag }: RuleSpec) {
  return {
    conditions: {
      all: [
        { fact: 'event', path: '$.type', operator: 'equal', value: type },
        { fact: 'lead', path: '$.country', operator: 'in', value: countries },
        { fact: 'lead', path: '$.budget', operator: 'greaterThanInclusive', value: budget },
        {
          any: [
            { fact: 'lead', path: '$.source', operator: 'equal', value: source },
            { fact: 'lead', path: '$.tags', operator: 'contains', value: tag },
          ],
        },
      ],
    },
    event: { type: 'matched', params: { id } },
  }
}

export function inFiltrex({ type, countries, budget, source, tag }: RuleSpec): string {
  return (
    `type of event == ${quoted(type)} and country of lead in (${list(countries)}) and budget of lead >= ${budget} and ` +
    `(source of lead == ${quoted(source)} or ${quoted(tag)} in tags of lead)`
  )
}

export function inJexl({ type, countries, budget, source, tag }: RuleSpec): string {
  return (
    `event.type == ${quoted(type)} && lead.country in [${list(countries)}] && lead.budget >= ${budget} && ` +
    `(lead.source == ${quoted(source)} || ${quoted(tag)} in lead.tags)`
  )
}
