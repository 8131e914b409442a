import { z } from 'zod'
import { matcherProblems } from '../matchers.ts'

/** A value, or what it must be like: `{gte: 50}`, `{contains: price}`. */
export const wantedValue = z.json().superRefine((value, context) => {
  for (const message of matcherProblems(value)) context.addIssue({ code: 'custom', message })
})
