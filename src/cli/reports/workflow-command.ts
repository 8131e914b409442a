/** Where an annotation of a change stands. */
export interface AnnotationPlace {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly title: string
}

/** A GitHub workflow command: one line, shown at its place in the changed files. */
export function workflowCommand(
  severity: 'error' | 'warning' | 'notice',
  { file, line, column, title }: AnnotationPlace,
  text: string,
): string {
  const place = `file=${property(file)},line=${line},col=${column},title=${property(title)}`
  return `::${severity} ${place}::${data(text)}`
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
