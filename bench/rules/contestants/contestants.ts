import type { RulesContestant } from '../contestant.ts'
import type { ContestantName } from './contestant-names.ts'
import { neuronxIndexed, neuronxLinear } from './neuronx.ts'
import {
  bufbuildCel,
  closures,
  filtrex,
  jexl,
  jsonata,
  jsonLogicBuilt,
  jsonLogicRun,
  jsonRulesEngine,
  marcbachmannCel,
} from './peers.ts'

/** By the name that the report gives them. */
export const contestants: Readonly<Record<ContestantName, RulesContestant>> = {
  closures,
  neuronx: neuronxLinear,
  'neuronx-indexed': neuronxIndexed,
  'marcbachmann-cel': marcbachmannCel,
  'bufbuild-cel': bufbuildCel,
  'json-logic-build': jsonLogicBuilt,
  'json-logic-run': jsonLogicRun,
  'json-rules-engine': jsonRulesEngine,
  jsonata,
  jexl,
  filtrex,
}
