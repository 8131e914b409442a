import type { FieldHelp } from '../../../control-plane/documents/document-kind.ts'

/** What an editor says about the fields of a LeadScore. */
export const leadScoreFieldHelp: FieldHelp = {
  writes: 'The field that holds the score: lead.score. Nothing else may set it.',
  range: 'The lowest and the highest score. Default [0, 100].',
  factors: 'What the score is the sum of.',
  'factors[].id': 'Its id: unique in the score; explanations and overlays refer to it.',
  'factors[].value': 'A number (CEL) whose bands give points: lead.budget.',
  'factors[].bands': 'From which value on how many points: { 0: 0, 5000: 10 }.',
  'factors[].on': 'The type of event that brings points; they are collected.',
  'factors[].when':
    'A condition (CEL). Without `on` it is about the state and computed anew with every change.',
  'factors[].points': 'The points; below 0 takes away.',
  'factors[].cap': 'The most that the events may bring, up or down: { points: 30, per: 7d }.',
  'factors[].cap.points': 'So many points at most.',
  'factors[].cap.per': 'In any window of this length, such as 7d. Default: held at once.',
  'factors[].decay': 'Lets collected points fade: { half_life: 7d }.',
  'factors[].decay.half_life': 'After this time half of the points are left: 7d.',
  bands: 'Names for parts of the range, from low to high.',
  'bands[].name': 'The name: cold, warm, hot.',
  'bands[].from': 'The score from which on it is in this band.',
  'bands[].leave_below': 'Once in it, it stays until the score falls below this. Default: `from`.',
  'bands[].emit': 'The event that is made when the score comes into this band.',
}
