/**
 * The highest true rate that still explains `failures` out of `units` with a probability of 1 - confidence (Clopper-Pearson,
 * one-sided, exact). 0 of 59 gives 5 %, 0 of 299 gives 1 %. Returns 1 when nothing was observed.
 */
export function upperBound(failures: number, units: number, confidence = 0.95): number {
  if (units <= 0 || failures >= units) return 1
  const tail = 1 - confidence
  if (failures === 0) return -Math.expm1(Math.log(tail) / units)
  let low = failures / units
  let high = 1
  for (let round = 0; round < bisections; round++) {
    const middle = (low + high) / 2
    if (atMostProbability(failures, units, middle) > tail) low = middle
    else high = middle
  }
  return high
}

/** How many units without any failure would prove the same bound. 0 when nothing was observed. */
export function cleanEquivalentUnits(failures: number, units: number, confidence = 0.95): number {
  const bound = upperBound(failures, units, confidence)
  if (bound >= 1) return 0
  // 59 clean units are worth 59, not 58.999...
  return Math.floor(Math.log(1 - confidence) / Math.log1p(-bound) + 1e-6)
}

const bisections = 60

/** P(X <= successes) for X binomial: the regularized incomplete beta function I(1-p; n-k, k+1). */
function atMostProbability(successes: number, trials: number, rate: number): number {
  return regularizedBeta(1 - rate, trials - successes, successes + 1)
}

/** Lentz's continued fraction, on the side on which it converges quickly. */
function regularizedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x))
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(1 - x, b, a)) / b
}

const tiny = 1e-300

function betaFraction(x: number, a: number, b: number): number {
  let c = 1
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1))
  let result = d
  for (let m = 1; m <= 5000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / awayFromZero(1 + even * d)
    c = awayFromZero(1 + even / c)
    result *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / awayFromZero(1 + odd * d)
    c = awayFromZero(1 + odd / c)
    const step = d * c
    result *= step
    if (Math.abs(step - 1) < 1e-14) break
  }
  return result
}

function awayFromZero(value: number): number {
  return Math.abs(value) < tiny ? tiny : value
}

const lanczos = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
] as const

/** log of the gamma function for x > 0.5 (Lanczos, 15 digits). */
function logGamma(x: number): number {
  const shifted = x - 1
  const base = shifted + lanczos.length - 0.5
  let sum = 0.9999999999998099
  lanczos.forEach((coefficient, index) => (sum += coefficient / (shifted + index + 1)))
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(sum)
}
