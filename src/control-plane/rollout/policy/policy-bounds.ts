const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** The bounds of every number of a RolloutPolicy. */
export const policyBounds = {
  initialPercentage: { min: 0.1, max: 100 },
  incrementPercentage: { min: 0.1, max: 100 },
  percentage: { min: 0.1, max: 99.99 },
  minUnits: { min: 1, max: 1_000_000 },
  beforeFull: { min: 1, max: 10_000_000 },
  errorRateThreshold: { min: 0.0001, max: 0.5 },
  performanceDegradation: { min: 0, max: 10 },
  expect: { min: 0, max: 1 },
  tolerance: { min: 0.01, max: 10 },
  actionsPerUnit: { min: 1, max: 10_000 },
  actionsPerHour: { min: 1, max: 100_000_000 },
  holdback: { min: 0.1, max: 50 },
  shadowUnits: { min: 1, max: 1_000_000 },
  alpha: { min: 0.000_01, max: 0.2 },
  approvers: { min: 1, max: 10 },
  unassignableShare: { min: 0, max: 1 },
} as const

/** The bounds of every duration of a RolloutPolicy, in ms. */
export const policyDurations = {
  evaluationPeriod: { min: 10_000, max: 30 * dayMs, text: 'from 10s to 30d' },
  maxStepDuration: { min: minuteMs, max: 90 * dayMs, text: 'from 1m to 90d' },
  bakeFor: { min: 0, max: 30 * dayMs, text: 'from 0s to 30d' },
  watch: { min: 0, max: 90 * dayMs, text: 'from 0s to 90d' },
  shadowFor: { min: 0, max: 30 * dayMs, text: 'from 0s to 30d' },
  maturity: { min: 0, max: 30 * dayMs, text: 'from 0s to 30d' },
  clockSkew: { min: 100, max: hourMs, text: 'from 100ms to 1h' },
  stale: { min: 1000, max: dayMs, text: 'from 1s to 1d' },
} as const

/** How many entries a list of a RolloutPolicy may have. */
export const policyLists = {
  steps: 200,
  rings: 10,
  ringTenants: 100,
  windows: 20,
  signals: 20,
  beforePercentages: 20,
} as const

/** What holds where a policy says nothing. Durations in ms. */
export const policyDefaults = {
  initialPercentage: 5,
  incrementPercentage: 5,
  evaluationPeriodMs: 30 * minuteMs,
  fastSteps: [5, 10, 25, 50, 95],
  fastMinUnits: [59, 59, 299, 299, 299],
  minUnits: 59,
  beforeFull: 299,
  promotion: 'evidence',
  maxStepMs: dayMs,
  onInsufficientData: 'hold',
  errorRateThreshold: 0.01,
  performanceDegradation: 0.05,
  tolerance: 0.1,
  holdback: 5,
  bakeForMs: 30 * minuteMs,
  watchMs: dayMs,
  shadowUnits: 299,
  shadowForMs: 0,
  ringPercentage: 50,
  alphaTotal: 0.01,
  alphaShares: { errors: 0.4, absolute: 0.2, latency: 0.2, decisions: 0.2 },
  approvalRisk: 'high',
  approvers: 1,
  maturityMs: { configError: 0, integrationError: 2 * minuteMs, latency: 0, decision: 0 },
  health: { unassignableShare: 0.01, clockSkewMs: 5000, staleMs: 2 * minuteMs },
} as const
