import { styleText } from 'node:util'

type Paint = (text: string) => string

/** The few styles that output uses, by meaning. */
export interface Theme {
  readonly strong: Paint
  readonly faint: Paint
  readonly good: Paint
  readonly bad: Paint
  readonly warn: Paint
}

const same: Paint = (text) => text
const plainTheme: Theme = { strong: same, faint: same, good: same, bad: same, warn: same }

function paint(format: Parameters<typeof styleText>[0]): Paint {
  return (text) => styleText(format, text, { validateStream: false })
}

const colorTheme: Theme = {
  strong: paint('bold'),
  faint: paint('dim'),
  good: paint('green'),
  bad: paint('red'),
  warn: paint('yellow'),
}

/** Colours, or none: then every style hands its text back as it is. */
export function themeOf(colored: boolean): Theme {
  return colored ? colorTheme : plainTheme
}

/**
 * May a stream carry colours? NO_COLOR (set and not empty) and TERM=dumb say no, FORCE_COLOR says yes, else whether it is a
 * terminal decides.
 */
export function isColored(
  environment: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): boolean {
  if (environment['NO_COLOR']) return false
  const forced = environment['FORCE_COLOR']
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false'
  return isTerminal && environment['TERM'] !== 'dumb'
}
