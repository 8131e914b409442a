/** A box to be placed. Sizes are in pixels. */
export interface LayoutNode {
  readonly id: string
  readonly width: number
}

export interface LayoutEdge {
  readonly from: string
  readonly to: string
  readonly label: string
}

export interface Placed {
  /** Of the middle of the box. */
  readonly x: number
  readonly y: number
}

export interface Layout {
  readonly width: number
  readonly height: number
  readonly at: ReadonlyMap<string, Placed>
  /** The way of each edge, in the order given: from box to box, past those that lie between. */
  readonly ways: ReadonlyArray<readonly Placed[]>
}

/** Between boxes beside each other, and from one layer to the next. */
const gapX = 36
const layerHeight = 92
const margin = 24
const sweeps = 4

/** What is in a layer: a node, or the bend of an edge that passes through. */
interface Slot {
  readonly key: string
  readonly width: number
}

/**
 * Places a flow chart in layers, top down: every edge leads down, but for those that close a circle. Within a layer boxes stand near
 * what they are connected with. The first node is the top. The same input always gives the same picture.
 */
export function layeredLayout(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): Layout {
  const layerOf = layersOf(nodes, edges)
  const widths = new Map(nodes.map(({ id, width }) => [id, width]))
  const layers: Slot[][] = []
  const put = (layer: number, slot: Slot): void => void (layers[layer] ??= []).push(slot)
  for (const { id, width } of nodes) put(layerOf.get(id) ?? 0, { key: id, width })
  const chains = edges.map((edge, index) => chainOf(edge, index, layerOf, put))
  order(layers, chains)
  const at = placed(layers)
  const right = Math.max(0, ...layers.flat().map(({ key, width }) => (at.get(key)?.x ?? 0) + width / 2))
  const ways = chains.map((chain, index) => {
    const edge = edges[index] as LayoutEdge
    const points = chain.flatMap((key) => at.get(key) ?? [])
    const goesUp = (layerOf.get(edge.to) ?? 0) <= (layerOf.get(edge.from) ?? 0)
    return goesUp ? around(points, right + gapX / 2) : points
  })
  const upwards = edges.some(({ from, to }) => (layerOf.get(to) ?? 0) <= (layerOf.get(from) ?? 0))
  return {
    width: right + margin + (upwards ? gapX : 0),
    height: margin * 2 + Math.max(0, layers.length - 1) * layerHeight + 48,
    at: new Map([...at].filter(([key]) => widths.has(key))),
    ways,
  }
}

/** The length of the longest way from the top, edges that close a circle left out. */
function layersOf(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): ReadonlyMap<string, number> {
  const forward = withoutCircles(nodes, edges)
  const layers = new Map(nodes.map(({ id }) => [id, 0]))
  // The longest way has as many edges as there are nodes at most.
  for (let round = 0, moved = true; moved && round < nodes.length; round += 1) {
    moved = false
    for (const { from, to } of forward) {
      const wanted = (layers.get(from) ?? 0) + 1
      if ((layers.get(to) ?? 0) >= wanted) continue
      layers.set(to, wanted)
      moved = true
    }
  }
  return layers
}

/** Edges that do not lead back to where their own way came from. Without recursion: a workflow may have hundreds of steps. */
function withoutCircles(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): readonly LayoutEdge[] {
  const out = Map.groupBy(edges, ({ from }) => from)
  const state = new Map<string, 'open' | 'done'>()
  const kept: LayoutEdge[] = []
  for (const { id } of nodes) {
    if (state.has(id)) continue
    state.set(id, 'open')
    const path = [{ id, next: 0 }]
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const edge = (out.get(top.id) ?? [])[top.next]
      top.next += 1
      if (edge === undefined) {
        state.set(top.id, 'done')
        path.pop()
        continue
      }
      const there = state.get(edge.to)
      if (there === 'open') continue
      kept.push(edge)
      if (there === undefined) {
        state.set(edge.to, 'open')
        path.push({ id: edge.to, next: 0 })
      }
    }
  }
  return kept
}

/** The keys along an edge; what passes through a layer gets a slot there. */
function chainOf(
  { from, to }: LayoutEdge,
  index: number,
  layerOf: ReadonlyMap<string, number>,
  put: (layer: number, slot: Slot) => void,
): readonly string[] {
  const [first, last] = [layerOf.get(from) ?? 0, layerOf.get(to) ?? 0]
  const between: string[] = []
  for (let layer = first + 1; layer < last; layer += 1) {
    const key = `bend ${index} ${layer}`
    between.push(key)
    put(layer, { key, width: 8 })
  }
  return [from, ...between, to]
}

/** Moves what is in a layer to near what it is connected with, down and up a few times. */
function order(layers: readonly Slot[][], chains: ReadonlyArray<readonly string[]>): void {
  const neighbours = new Map<string, string[]>()
  const link = (a: string, b: string): void => {
    const list = neighbours.get(a)
    if (list === undefined) neighbours.set(a, [b])
    else list.push(b)
  }
  for (const chain of chains) {
    for (const [index, key] of chain.entries()) {
      const next = chain[index + 1]
      if (next === undefined) continue
      link(key, next)
      link(next, key)
    }
  }
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    const rows = sweep % 2 === 0 ? layers : layers.toReversed()
    for (const [index, layer] of rows.entries()) {
      const before = new Map((rows[index - 1] ?? []).map(({ key }, place) => [key, place]))
      if (before.size === 0) continue
      const middle = new Map(
        layer.map(({ key }, place) => {
          const places = (neighbours.get(key) ?? []).flatMap((other) => before.get(other) ?? [])
          const sum = places.reduce((total, one) => total + one, 0)
          return [key, places.length === 0 ? place : sum / places.length] as const
        }),
      )
      layer.sort((a, b) => (middle.get(a.key) ?? 0) - (middle.get(b.key) ?? 0))
    }
  }
}

/** Each layer is centred on the widest one. */
function placed(layers: ReadonlyArray<readonly Slot[]>): ReadonlyMap<string, Placed> {
  const wide = layers.map((layer) => layer.reduce((sum, { width }) => sum + width + gapX, -gapX))
  const widest = Math.max(0, ...wide)
  const at = new Map<string, Placed>()
  for (const [index, layer] of layers.entries()) {
    let left = margin + (widest - (wide[index] ?? 0)) / 2
    for (const { key, width } of layer) {
      at.set(key, { x: left + width / 2, y: margin + 24 + index * layerHeight })
      left += width + gapX
    }
  }
  return at
}

/** Back up, past everything on the right. */
function around(points: readonly Placed[], x: number): readonly Placed[] {
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined) return points
  return [first, { x, y: first.y }, { x, y: last.y }, last]
}
