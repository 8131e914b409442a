import type { CompiledStep, CompiledWorkflow } from '../compiled-workflow.ts'
import type { StepCounts } from '../workflow-graph.ts'
import { edgesOf, nodeOf, startText, textOf } from '../workflow-graph.ts'
import { layeredLayout } from './layered-layout.ts'
import type { LayoutEdge, Placed } from './layered-layout.ts'

interface Box {
  readonly id: string
  readonly title: string
  readonly text: string
  readonly shape: 'round' | 'box' | 'choice'
  readonly width: number
  readonly count: number
}

const boxHeight = 44
const charWidth = 7
const widthMin = 96
const widthMax = 260
/** Characters of a line in a box, and of a label on an edge. */
const lineMax = 34
const labelMax = 28

/** A workflow as an SVG picture of its own: no script, no font, nothing from elsewhere. `counts` are shown at their steps. */
export function workflowSvg(workflow: CompiledWorkflow, counts: StepCounts = {}): string {
  const boxes = boxesOf(workflow, counts)
  const edges = linesOf(workflow)
  const { at, ways, width, height } = layeredLayout(boxes, edges)
  const lines = edges.flatMap((edge, index) => edgeSvg(edge, ways[index] ?? []))
  const drawn = boxes.flatMap((box) => {
    const place = at.get(box.id)
    return place === undefined ? [] : boxSvg(box, place)
  })
  const size = `width="${Math.ceil(width)}" height="${Math.ceil(height)}"`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${Math.ceil(width)} ${Math.ceil(height)}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(workflow.name)}</title>`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" fill="#555"/></marker></defs>',
    '<rect width="100%" height="100%" fill="#fff"/>',
    ...lines,
    ...drawn,
    '</svg>',
    '',
  ].join('\n')
}

function boxesOf(workflow: CompiledWorkflow, counts: StepCounts): readonly Box[] {
  const box = (id: string, title: string, text: string, shape: Box['shape'], count = 0): Box => {
    const chars = Math.max(cut(title, lineMax).length + (count > 0 ? 8 : 0), cut(text, lineMax).length)
    const width = Math.min(widthMax, Math.max(widthMin, chars * charWidth + 24))
    return { id, title: cut(title, lineMax), text: cut(text, lineMax), shape, width, count }
  }
  const steps = workflow.steps.map((step, index) => {
    const count = Object.hasOwn(counts, step.id) ? (counts[step.id] ?? 0) : 0
    return box(`s${index}`, step.id, textOf(step), shapeOf(step), count)
  })
  return [box('start', startText(workflow), '', 'round'), ...steps, box('done', 'end', '', 'round')]
}

function shapeOf({ verb }: CompiledStep): Box['shape'] {
  if (verb === 'choose' || verb === 'split') return 'choice'
  return verb === 'wait' || verb === 'wait_for' ? 'round' : 'box'
}

function linesOf(workflow: CompiledWorkflow): readonly LayoutEdge[] {
  const begin = workflow.steps.length > 0 ? [{ from: 'start', to: 's0', label: '' }] : []
  const edges = workflow.steps.flatMap((step, index) =>
    edgesOf(step).flatMap(({ to, label }) => {
      const target = nodeOf(to, step, workflow)
      return target === null ? [] : [{ from: `s${index}`, to: target, label }]
    }),
  )
  return [...begin, ...edges]
}

function boxSvg({ title, text, shape, width, count }: Box, { x, y }: Placed): readonly string[] {
  const corner = shape === 'round' ? boxHeight / 2 : shape === 'choice' ? 2 : 6
  const fill = shape === 'choice' ? '#fff6dd' : shape === 'round' ? '#eef5ff' : '#f6f6f6'
  const [left, top] = [round(x - width / 2), round(y - boxHeight / 2)]
  const titleY = round(text === '' ? y + 4 : y - 4)
  const badge = [
    `<rect x="${round(x + width / 2 - 30)}" y="${round(top - 9)}" width="44" height="18" rx="9" fill="#1c6dd0"/>`,
    `<text x="${round(x + width / 2 - 8)}" y="${round(top + 4)}" text-anchor="middle" fill="#fff">${short(count)}</text>`,
  ]
  return [
    `<rect x="${left}" y="${top}" width="${width}" height="${boxHeight}" rx="${corner}" fill="${fill}" stroke="#888"/>`,
    `<text x="${round(x)}" y="${titleY}" text-anchor="middle" font-weight="bold">${escaped(title)}</text>`,
    ...(text === ''
      ? []
      : [
          `<text x="${round(x)}" y="${round(y + 13)}" text-anchor="middle" fill="#555" font-size="11">${escaped(text)}</text>`,
        ]),
    ...(count > 0 ? badge : []),
  ]
}

function edgeSvg({ label }: LayoutEdge, way: readonly Placed[]): readonly string[] {
  const [first, last] = [way[0], way.at(-1)]
  if (first === undefined || last === undefined) return []
  const isUp = last.y <= first.y
  const half = boxHeight / 2
  // Out at the bottom and in at the top; what leads up goes round on the right.
  const ends = isUp
    ? way
    : [{ x: first.x, y: first.y + half }, ...way.slice(1, -1), { x: last.x, y: last.y - half - 1 }]
  const points = ends.map(({ x, y }) => `${round(x)},${round(y)}`).join(' ')
  const [from, to] = [ends[0] as Placed, ends[1] as Placed]
  const text =
    label === ''
      ? []
      : [
          `<text x="${round((from.x + to.x) / 2 + 4)}" y="${round((from.y + to.y) / 2 + 4)}" fill="#555" font-size="10" stroke="#fff" stroke-width="3" paint-order="stroke">${escaped(cut(label, labelMax))}</text>`,
        ]
  return [`<polyline points="${points}" fill="none" stroke="#555" marker-end="url(#tip)"/>`, ...text]
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

/** `12`, `3.4k`, `1.2M`. */
function short(count: number): string {
  if (count < 1_000) return String(count)
  const [value, unit] = count < 1_000_000 ? [count / 1_000, 'k'] : [count / 1_000_000, 'M']
  return `${value < 100 ? value.toFixed(1) : Math.round(value)}${unit}`
}

function cut(text: string, max: number): string {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > max ? `${line.slice(0, max - 1)}…` : line
}

function escaped(text: string): string {
  return (
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      // eslint-disable-next-line no-control-regex -- XML has no way to write most of these
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '·')
  )
}
