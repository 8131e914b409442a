import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { parseDuration } from '../../../src/kernel/duration.ts'
import { projectRoot } from '../cli/built-cli.ts'

const rule = z.strictObject({
  alert: z.string().regex(/^Neuronx[A-Za-z]+$/),
  expr: z.string().min(1),
  for: z.string().refine((text) => parseDuration(text) >= 0),
  labels: z.strictObject({ severity: z.enum(['info', 'warning', 'critical']) }),
  annotations: z.strictObject({
    summary: z.string().min(1),
    description: z.string().min(1),
    fix: z.string().min(1),
    runbook: z.string().regex(/^docs\/operations\.md#[a-z0-9-]+$/),
  }),
})
const file = z.strictObject({
  groups: z
    .array(z.strictObject({ name: z.string().regex(/^[a-z-]+$/), rules: z.array(rule).min(1) }))
    .min(1),
})

export type AlertRule = z.infer<typeof rule>

/** The rules of docs/alerts.yaml, the metrics that they read, and what is wrong with the file. */
export async function checkAlertRules(): Promise<{
  readonly rules: readonly AlertRule[]
  readonly metrics: readonly string[]
  readonly problems: readonly string[]
}> {
  const text = await readFile(join(projectRoot, 'docs', 'alerts.yaml'), 'utf8')
  const parsed = file.safeParse(parse(text))
  if (!parsed.success)
    return {
      rules: [],
      metrics: [],
      problems: parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
    }
  const rules = parsed.data.groups.flatMap((group) => group.rules)
  const names = rules.map(({ alert }) => alert)
  const problems = names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${name} twice`)
  const metrics = [...new Set(rules.flatMap(({ expr }) => expr.match(/\bneuronx_[a-z0-9_]+/g) ?? []))]
  return { rules, metrics, problems }
}

/** The names of all series of a scrape, those of metrics without a value included. */
export function metricNames(scraped: string): ReadonlySet<string> {
  const names = new Set<string>()
  for (const line of scraped.split('\n')) {
    const [, declared, type] = /^# TYPE (\S+) (\S+)/.exec(line) ?? []
    if (declared !== undefined) {
      names.add(declared)
      if (type === 'histogram' || type === 'summary')
        for (const part of ['bucket', 'count', 'sum']) names.add(`${declared}_${part}`)
    }
  }
  return names
}
