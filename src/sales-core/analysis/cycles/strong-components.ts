/** The strongly connected parts of a graph that hold a cycle (Tarjan's algorithm, without recursion), in no particular order. */
export function strongComponents<Node>(
  nodes: readonly Node[],
  edgesFrom: (node: Node) => readonly Node[],
): readonly (readonly Node[])[] {
  const order = new Map<Node, number>()
  const low = new Map<Node, number>()
  const open = new Set<Node>()
  const stack: Node[] = []
  const found: Node[][] = []
  for (const root of nodes) {
    if (order.has(root)) continue
    const walk: { node: Node; edges: readonly Node[]; at: number }[] = []
    const enter = (node: Node): void => {
      order.set(node, order.size)
      low.set(node, order.size - 1)
      stack.push(node)
      open.add(node)
      walk.push({ node, edges: edgesFrom(node), at: 0 })
    }
    enter(root)
    for (let step = walk.at(-1); step !== undefined; step = walk.at(-1)) {
      const next = step.edges[step.at]
      step.at += 1
      if (next !== undefined) {
        if (!order.has(next)) enter(next)
        else if (open.has(next)) lower(low, step.node, order.get(next) ?? 0)
        continue
      }
      walk.pop()
      const parent = walk.at(-1)
      if (parent !== undefined) lower(low, parent.node, low.get(step.node) ?? 0)
      if (low.get(step.node) !== order.get(step.node)) continue
      const component = stack.splice(stack.lastIndexOf(step.node))
      for (const node of component) open.delete(node)
      if (component.length > 1 || step.edges.includes(step.node)) found.push(component)
    }
  }
  return found
}

function lower<Node>(low: Map<Node, number>, node: Node, to: number): void {
  low.set(node, Math.min(low.get(node) ?? to, to))
}
