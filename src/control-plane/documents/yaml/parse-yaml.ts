import { Composer, LineCounter, Parser } from 'yaml'
import type { CST, Document } from 'yaml'
import type { DocumentLimits } from '../document-limits.ts'
import { syntaxProblems } from './syntax-problems.ts'
import type { YamlProblem } from './yaml-problem.ts'

/** One `---` document of a file, as a tree with positions, and what is wrong with its syntax. */
export interface YamlTree {
  readonly tree: Document
  readonly problems: readonly YamlProblem[]
}

export interface ParsedYaml {
  readonly trees: readonly YamlTree[]
  /** Problems of the file as a whole: then there are no trees. */
  readonly problems: readonly YamlProblem[]
  /** Line and column (1-based) of an offset into the text. */
  readonly positionOf: (offset: number) => { line: number; column: number }
}

/**
 * Reads YAML 1.2 (core schema) without building values. Nesting is checked on the flat token stream first, because composing
 * the tree is recursive and a megabyte of `[` would exhaust the stack. Duplicate keys, tags and the like are left to
 * `readPlainValue`, which sees them in linear time.
 */
export function parseYaml(text: string, limits: DocumentLimits): ParsedYaml {
  const lines = new LineCounter()
  const tokens = [...new Parser().parse(text)]
  // Not by the parser's own calls: on broken text it passes over line ends.
  lines.lineStarts = [...lineStartsOf(text)]
  const positionOf = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(Math.max(0, Math.min(offset, text.length)))
    return { line, column: col }
  }
  const tooDeep = firstTooDeep(tokens, limits.depthMax)
  if (tooDeep !== null) {
    const problem = {
      code: 'NX-YAML-DEPTH',
      message: `Mappings and lists are nested more than ${limits.depthMax} deep`,
      fix: 'Flatten the document.',
      offset: tooDeep,
    }
    return { trees: [], problems: [problem], positionOf }
  }
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: false,
    strict: true,
    prettyErrors: false,
    logLevel: 'silent',
    keepSourceTokens: true,
    lineCounter: lines,
  })
  const trees = [...composer.compose(tokens, false, text.length)].map((tree) => ({
    tree,
    problems: syntaxProblems(tree, text, positionOf),
  }))
  return { trees, problems: directiveProblems(tokens), positionOf }
}

function* lineStartsOf(text: string): Iterable<number> {
  yield 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) yield at + 1
}

/** `%YAML 1.1` would make `on`, `yes` and `no` booleans. */
function directiveProblems(tokens: readonly CST.Token[]): YamlProblem[] {
  return tokens.flatMap((token) => {
    if (
      token.type !== 'directive' ||
      !/^%YAML(\s|$)/.test(token.source) ||
      /^%YAML\s+1\.2\s*(#|$)/.test(token.source)
    ) {
      return []
    }
    return {
      code: 'NX-YAML-VERSION',
      message: `Only YAML 1.2 is read, not ${token.source.slice(1).trim()}`,
      fix: 'Remove the %YAML line.',
      offset: token.offset,
    }
  })
}

/** The offset of the first token that stands deeper than `depthMax`; null when none does. Iterative on purpose. */
function firstTooDeep(tokens: readonly CST.Token[], depthMax: number): number | null {
  const waiting: { token: CST.Token; depth: number }[] = tokens
    .toReversed()
    .map((token) => ({ token, depth: 0 }))
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { token, depth } = next
    if (token.type === 'document') {
      if (token.value !== undefined) waiting.push({ token: token.value, depth })
    } else if ('items' in token) {
      if (depth >= depthMax) return token.offset
      for (const item of token.items.toReversed()) {
        if (item.value != null) waiting.push({ token: item.value, depth: depth + 1 })
        if (item.key != null) waiting.push({ token: item.key, depth: depth + 1 })
      }
    }
  }
  return null
}
