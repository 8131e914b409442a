/** Names of inputs, made of a description's own: `firstName` is `first_name`. One name stands for one thing. */
export class InputNames {
  readonly #taken = new Set<string>()

  /** `prefix` goes before a name that is taken already: `body_id`. */
  take(name: string, prefix: string): string {
    const plain = snakeCase(name)
    for (let attempt = 0; ; attempt += 1) {
      const tried = attempt === 0 ? plain : `${prefix}_${plain}${attempt === 1 ? '' : `_${attempt}`}`
      if (this.#taken.has(tried)) continue
      this.#taken.add(tried)
      return tried
    }
  }
}

function snakeCase(name: string): string {
  const words = name
    .normalize('NFKD')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
  return words === '' ? 'value' : words.slice(0, 60)
}

/** `upsertContact` as the name of an operation: `upsert-contact`. Empty: nothing of it can stand in one. */
export function operationNameOf(id: string): string {
  return id
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/[-_]*\.+[-_.]*/g, '.')
    .replaceAll(/^[^a-z]+|[-_.]+$/g, '')
    .slice(0, 63)
}
