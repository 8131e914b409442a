/** In the order of the report. Apart from the contestants: loading those takes the peers, which a measuring process alone needs. */
export const contestantNames = [
  'closures',
  'neuronx',
  'neuronx-indexed',
  'marcbachmann-cel',
  'bufbuild-cel',
  'json-logic-build',
  'json-logic-run',
  'filtrex',
  'jexl',
  'jsonata',
  'json-rules-engine',
] as const

export type ContestantName = (typeof contestantNames)[number]
