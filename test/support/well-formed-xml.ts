const name = '[A-Za-z_:][\\w:.-]*'
const attributes = `(?:\\s+${name}="[^"<]*")*\\s*`
const token = new RegExp(`<(/?)(${name})(${attributes})(/?)>|([^<]+)|(<)`, 'gy')

/**
 * Throws unless a text is one well-formed XML element: tags that close in their order, attributes in quotes and once, no bare `<` or
 * `&`, no character that XML does not have. Without declarations, comments and CDATA, which no picture of ours has.
 */
export function requireWellFormed(xml: string): void {
  const text = xml.trim()
  const open: string[] = []
  let roots = 0
  for (const [, slash, tag, pairs = '', closes, said, stray] of text.matchAll(token)) {
    if (stray !== undefined) throw new Error('There is a < that begins nothing')
    requireText(said ?? pairs)
    if (tag === undefined) {
      if (open.length === 0) throw new Error(`There is text outside of the element: ${said}`)
      continue
    }
    if (open.length === 0 && slash === '') roots += 1
    const names = [...pairs.matchAll(new RegExp(`\\s(${name})=`, 'g'))].map(([, own]) => own)
    if (new Set(names).size < names.length) throw new Error(`<${tag}> has an attribute twice`)
    if (slash === '/') {
      const last = open.pop()
      if (last !== tag) throw new Error(`</${tag}> closes <${last}>`)
    } else if (closes === '') open.push(tag)
  }
  if (open.length > 0) throw new Error(`<${open.at(-1)}> is not closed`)
  if (roots !== 1) throw new Error(`There are ${roots} elements at the top`)
}

function requireText(text: string): void {
  const bare = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-fA-F]+);)/.exec(text)
  if (bare !== null) throw new Error(`There is a bare & in: ${text.slice(bare.index, bare.index + 40)}`)
  // eslint-disable-next-line no-control-regex -- these are what XML does not have
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text))
    throw new Error('There is a character that XML does not have')
}
