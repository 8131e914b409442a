import { expect } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'
import type { ScoreState } from '../../src/sales-core/decide/entity-state.ts'
import type { SalesConfig } from '../../src/sales-core/compile/sales-config.ts'
import { engineRev } from '../../src/sales-core/workflows/workflow-instance.ts'
import type { WorkflowInstance } from '../../src/sales-core/workflows/workflow-instance.ts'
import { salesConfig } from '../support/sales/sales-config.ts'
import type { GoldenDecision, GoldenHistory } from './golden-history.ts'
import { recordHistory } from './golden-history.ts'
import { replayHistory } from './replay-history.ts'
import { scenarios } from './scenarios.ts'

function historiesOf(rev: number): readonly GoldenHistory[] {
  const folder = new URL(`rev${rev}/`, import.meta.url)
  return readdirSync(folder).map(
    (file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as GoldenHistory,
  )
}

/** What an installation sees of a decision, in terms that every engine since the first has had. Versions are looked at apart. */
function seen({ entity, changes, instances, commands, emitted }: GoldenDecision): object {
  return {
    entity: {
      appliedSeq: entity.appliedSeq,
      fields: entity.fields,
      scores: Object.fromEntries(
        Object.entries(entity.scores).map(([name, score]) => [name, seenScore(score)]),
      ),
    },
    changes,
    instances: instances.map(seenInstance),
    commands: commands.map(
      ({ id, idempotencyKey, integration, operation, input, cause, instanceId, depth }) => ({
        ...{ id, idempotencyKey, integration, operation, input, cause, instanceId, depth },
      }),
    ),
    emitted: emitted.map(({ id, type, subject, data, causationId, rootId, depth }) => ({
      ...{ id, type, subject, data, causationId, rootId, depth },
    })),
  }
}

/** By which model it was computed was not recorded at first; it is looked at apart. */
function seenScore({ model: _model, ...score }: ScoreState): object {
  return score
}

function seenInstance({ id, workflow, definitionDigest, seq, steps, state, vars }: WorkflowInstance): object {
  const place =
    state.status === 'waiting' ? { step: state.stepId, kind: state.wait.kind, until: state.wait.until } : {}
  return { id, workflow, definitionDigest, seq, steps, vars, status: state.status, ...place }
}

/** Noting the model in a row that has none is a change of its own: one version more, at the first event that is decided anew. */
function expectVersions(
  anew: readonly GoldenDecision[],
  recorded: readonly GoldenDecision[],
  from: number,
): void {
  const ahead = anew.map(({ entity }, index) => entity.version - (recorded[index]?.entity.version ?? 0))
  const [first = 0] = ahead
  expect(first, `from event ${from}`).to.be.within(0, from === 0 ? 0 : 1)
  expect(ahead, `from event ${from}`).to.deep.equal(ahead.map(() => first))
}

/** Every score that is decided anew says by which model. */
function expectModels(anew: readonly GoldenDecision[], config: SalesConfig): void {
  const digests = new Map(config.scoresFor('lead').map(({ name, digest }) => [name, digest]))
  for (const { entity } of anew)
    for (const [name, { model }] of Object.entries(entity.scores))
      expect(model, name).to.equal(digests.get(name))
}

describe('golden histories', () => {
  it('are there for every revision of the engine', () => {
    for (let rev = 1; rev <= engineRev; rev += 1) expect(historiesOf(rev)).not.to.have.length(0)
    expect(historiesOf(engineRev).map(({ name }) => name)).to.have.members(scenarios.map(({ name }) => name))
  })

  for (const history of historiesOf(engineRev)) {
    it(`of this revision replay to the same state, commands and ids from every event on: ${history.name}`, () => {
      const config = salesConfig(history.documents)
      for (let from = 0; from < history.turns.length; from += 1)
        expect(replayHistory(history, config, from), `from event ${from}`).to.deep.equal(
          history.turns.slice(from).map(({ decided }) => decided),
        )
    })

    it(`of this revision are made again by their scenario: ${history.name}`, () => {
      const scenario = scenarios.find(({ name }) => name === history.name)
      expect(scenario && recordHistory(scenario, engineRev)).to.deep.equal(history)
    })
  }

  for (let rev = 1; rev < engineRev; rev += 1)
    for (const history of historiesOf(rev))
      it(`of revision ${rev} go on the same way when the engine changes under them at any event: ${history.name}`, () => {
        const config = salesConfig(history.documents)
        for (let from = 0; from <= history.turns.length; from += 1) {
          const recorded = history.turns.slice(from).map(({ decided }) => decided)
          const anew = replayHistory(history, config, from)
          expect(anew.map(seen), `from event ${from}`).to.deep.equal(recorded.map(seen))
          expectVersions(anew, recorded, from)
          expectModels(anew, config)
        }
      })
})
