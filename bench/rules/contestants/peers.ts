import type { RulesContestant, RulesReady } from '../contestant.ts'
import { linear } from '../contestant.ts'
import { inCel, inFiltrex, inJexl, inJsonata, inJsonLogic, inJsonRules } from '../dialects.ts'
import type { RuleSpec, Sample } from '../workload.ts'
import { holds } from '../workload.ts'

/** Comparisons written by hand: nothing can be much faster. */
export const closures: RulesContestant = {
  load: async () =>
    await Promise.resolve((rules) => linear(rules.map((rule) => (sample: Sample) => holds(rule, sample)))),
}

export const marcbachmannCel: RulesContestant = {
  load: async () => {
    const { Environment } = await import('@marcbachmann/cel-js')
    const environment = new Environment().registerVariable('event', 'map').registerVariable('lead', 'map')
    return (rules) =>
      linear(
        rules.map((rule) => {
          const parsed = environment.parse(inCel(rule))
          const { valid, error } = parsed.check()
          if (!valid) throw error ?? new Error('It does not check')
          return (sample: Sample) => parsed(sample)
        }),
      )
  },
}

export const bufbuildCel: RulesContestant = {
  load: async () => {
    const { celEnv, parse, plan } = await import('@bufbuild/cel')
    const environment = celEnv()
    // It tells whole numbers from others: the event's budget is a double to it.
    return (rules) => linear(rules.map((rule) => plan(environment, parse(inCel(rule, '.0')))))
  },
}

export const jsonLogicBuilt: RulesContestant = {
  load: async () => {
    const { LogicEngine } = await import('json-logic-engine')
    const engine = new LogicEngine()
    return (rules) => linear(rules.map((rule) => engine.build(inJsonLogic(rule))))
  },
}

/** Without generating code: fewer a second for one rule, more for ten thousand. */
export const jsonLogicRun: RulesContestant = {
  load: async () => {
    const { LogicEngine } = await import('json-logic-engine')
    const engine = new LogicEngine()
    return (rules) =>
      linear(rules.map(inJsonLogic).map((logic) => (sample: Sample) => engine.run(logic, sample)))
  },
}

export const filtrex: RulesContestant = {
  load: async () => {
    const { compileExpression } = await import('filtrex')
    return (rules) => linear(rules.map((rule) => compileExpression(inFiltrex(rule))))
  },
}

export const jexl: RulesContestant = {
  load: async () => {
    const { default: engine } = await import('jexl')
    return (rules) =>
      linear(
        rules.map((rule) => {
          const expression = engine.compile(inJexl(rule))
          return (sample: Sample) => expression.evalSync(sample)
        }),
      )
  },
}

export const jsonata: RulesContestant = {
  load: async () => {
    const { default: expressionOf } = await import('jsonata')
    return (rules) => {
      const expressions = rules.map((rule) => expressionOf(inJsonata(rule)))
      return {
        match: async (sample) => {
          const found: number[] = []
          for (let at = 0; at < expressions.length; at += 1)
            if ((await expressions[at]?.evaluate(sample)) === true) found.push(at)
          return found
        },
        first: async (sample) => (await expressions[0]?.evaluate(sample)) === true,
      }
    }
  },
}

/** All rules in one engine, as its documentation has it. */
export const jsonRulesEngine: RulesContestant = {
  load: async () => {
    const { Engine } = await import('json-rules-engine')
    const engineOf = (rules: readonly RuleSpec[]) => {
      const engine = new Engine()
      for (const rule of rules) engine.addRule(inJsonRules(rule))
      return engine
    }
    return (rules): RulesReady => {
      const engine = engineOf(rules)
      const one = engineOf(rules.slice(0, 1))
      return {
        match: async (sample) => {
          const { events } = await engine.run({ ...sample })
          return events.flatMap(({ params }) => params?.['id'] ?? []).sort((a, b) => a - b)
        },
        first: async (sample) => (await one.run({ ...sample })).events.length > 0,
      }
    }
  },
}
