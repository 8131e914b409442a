// The parts of the peers' packages that the benchmark uses. They are installed only when a benchmark runs, so the type check
// of a fresh clone does not see theirs.

declare module '@marcbachmann/cel-js' {
  interface Parsed {
    (context: object): unknown
    check(): { readonly valid: boolean; readonly error?: Error }
  }
  export class Environment {
    registerVariable(name: string, type: string): this
    parse(source: string): Parsed
  }
}

declare module 'json-logic-engine' {
  export class LogicEngine {
    build(logic: object): (data: object) => unknown
    run(logic: object, data: object): unknown
  }
}

declare module 'json-rules-engine' {
  export class Engine {
    addRule(rule: object): this
    run(facts: object): Promise<{
      readonly events: ReadonlyArray<{ readonly params?: { readonly id?: number } }>
    }>
  }
}

declare module 'jsonata' {
  export default function jsonata(source: string): { evaluate(data: object): Promise<unknown> }
}

declare module 'jexl' {
  const jexl: { compile(source: string): { evalSync(context: object): unknown } }
  export default jexl
}

declare module 'filtrex' {
  export function compileExpression(source: string): (data: object) => unknown
}
