import { isScalar, visit } from 'yaml'
import type { Document, YAMLError } from 'yaml'
import type { YamlProblem } from './yaml-problem.ts'

/**
 * What the parser found wrong with a document. One problem a line: what follows on the same line is a consequence of the
 * first, and once the parser has lost the structure every later unexpected token is one. Unresolved tags are left to `readPlainValue`, which refuses all tags alike.
 */
export function syntaxProblems(
  tree: Document,
  text: string,
  positionOf: (offset: number) => { line: number },
): YamlProblem[] {
  const perLine = new Map<number, YamlProblem>()
  let lost = false
  for (const error of [...tree.errors, ...tree.warnings]) {
    if (error.code === 'TAG_RESOLVE_FAILED' || (lost && error.code === 'UNEXPECTED_TOKEN')) continue
    lost ||= error.code === 'UNEXPECTED_TOKEN'
    const problem = problemOf(error, tree, text)
    const { line } = positionOf(problem.offset)
    if (!perLine.has(line)) perLine.set(line, problem)
  }
  return [...perLine.values()]
}

function problemOf(error: YAMLError, tree: Document, text: string): YamlProblem {
  const offset = error.pos[0]
  const tab = tabInIndentation(text, offset)
  if (error.code === 'TAB_AS_INDENT' || tab !== null) {
    return {
      code: 'NX-YAML-TAB',
      message: 'A tab stands where indentation must be spaces',
      fix: 'Indent with spaces.',
      offset: tab ?? offset,
    }
  }
  if (error.message.startsWith('Missing closing')) {
    return {
      code: 'NX-YAML-SYNTAX',
      message: 'This quote is never closed',
      fix: 'Close the text with the same quote it begins with.',
      offset: quoteThatEndsAt(tree, offset) ?? offset,
    }
  }
  const flow = /^Flow (?:sequence|map) .*end with a (.)$/.exec(error.message)
  if (flow !== null) {
    const [open, close] = flow[1] === ']' ? ['[', ']'] : ['{', '}']
    return {
      code: 'NX-YAML-SYNTAX',
      message: `A ${open} is never closed, or its lines are not indented`,
      fix: `Close it with ${close}, and indent every line between the two.`,
      offset,
    }
  }
  if (error.code === 'UNEXPECTED_TOKEN') {
    return {
      code: 'NX-YAML-SYNTAX',
      message: `This cannot stand here: ${snippetAt(text, offset)}`,
      fix: 'Put text that holds [ ] { } , : # or quotes in quotes of the other kind, or check the indentation.',
      offset,
    }
  }
  return { code: 'NX-YAML-SYNTAX', message: error.message, fix: fixes[error.code] ?? null, offset }
}

const fixes: Partial<Record<YAMLError['code'], string>> = {
  BAD_INDENT: 'Indent the line under the line it belongs to.',
  BAD_SCALAR_START: 'Put the text in quotes.',
  BLOCK_AS_IMPLICIT_KEY: 'Put text that holds ": " in quotes, and give every key its own line.',
  MISSING_CHAR: 'Add what is missing, or check the indentation of this line.',
  MULTILINE_IMPLICIT_KEY:
    'Check the indentation of this line; every key stands on one line and ends with ":".',
  BAD_DQ_ESCAPE: 'Write \\\\ for a backslash, or use single quotes.',
  BAD_DIRECTIVE: 'Remove the line.',
}

/** The first tab in the white space before `offset` on its line; null when something else or no tab stands there. */
function tabInIndentation(text: string, offset: number): number | null {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1
  const indentation = /^[ \t]*/.exec(text.slice(lineStart, offset + 1))?.[0] ?? ''
  const tab = indentation.indexOf('\t')
  return tab !== -1 && lineStart + indentation.length >= offset ? lineStart + tab : null
}

const snippetCharsMax = 20

function snippetAt(text: string, offset: number): string {
  const line = /[^\r\n]*/.exec(text.slice(offset, offset + snippetCharsMax + 1))?.[0] ?? ''
  return line.length > snippetCharsMax ? `${line.slice(0, snippetCharsMax)}…` : line
}

function quoteThatEndsAt(tree: Document, offset: number): number | null {
  let start: number | null = null
  visit(tree, (_key, node) => {
    if (!isScalar(node) || node.range == null || node.range[1] !== offset) return undefined
    start = node.range[0]
    return visit.BREAK
  })
  return start
}
