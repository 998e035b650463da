import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gammaCdf } from './gamma-cdf.ts'
import { gammaQuantile, gammaQuantileNear } from './gamma-quantile.ts'
import { logGamma } from './log-gamma.ts'
import { normalQuantile } from './normal-quantile.ts'

const near = (actual: number, expected: number, relative = 1e-9) =>
  assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), `${actual} is not ${expected}`)

test('ln gamma is the logarithm of factorials and of half-integers', () => {
  near(logGamma(5), Math.log(24))
  near(logGamma(0.5), Math.log(Math.sqrt(Math.PI)))
  near(logGamma(101), 363.7393755555635)
  near(logGamma(0.01), 4.599479878042022)
  assert.throws(() => logGamma(0), RangeError)
})

test('the normal quantile agrees with printed tables', () => {
  near(normalQuantile(0.975), 1.959963984540054, 1e-8)
  near(normalQuantile(0.001), -3.090232306167813, 1e-8)
  assert.equal(normalQuantile(0.5), 0)
  assert.throws(() => normalQuantile(1), RangeError)
})

test('gamma probabilities agree with closed forms', () => {
  near(gammaCdf(1, 1), 1 - Math.exp(-1))
  near(gammaCdf(3, 2), 1 - Math.exp(-2) * (1 + 2 + 2))
  near(gammaCdf(3, 9), 1 - Math.exp(-9) * (1 + 9 + 40.5))
  assert.equal(gammaCdf(2, 0), 0)
  assert.equal(gammaCdf(2, Infinity), 1)
})

test('gamma quantiles agree with printed chi-square tables', () => {
  // A chi-square with n degrees of freedom is a gamma of shape n/2 and rate 1/2.
  near(gammaQuantile(0.95, 0.5, 0.5), 3.841458820694124, 1e-9)
  near(gammaQuantile(0.05, 5, 0.5), 3.940299136076, 1e-9)
  near(gammaQuantile(0.95, 5, 0.5), 18.307038053275, 1e-9)
  near(gammaQuantile(0.95, 50, 0.5), 124.342113404, 1e-9)
  near(gammaQuantile(0.95, 1), -Math.log(0.05))
})

test('a quantile undoes the probability over shapes from 0.05 to 1e5', () => {
  for (const shape of [0.05, 0.3, 1, 2.5, 40, 1e3, 1e5])
    for (const p of [0.01, 0.05, 0.5, 0.8, 0.95, 0.999])
      near(gammaCdf(shape, gammaQuantile(p, shape)), p, 1e-7)
})

test('the quick quantile is within 2 % for shapes from 1', () => {
  for (const shape of [1, 2, 5, 20, 100])
    for (const p of [0.5, 0.8, 0.9, 0.95])
      near(gammaQuantileNear(normalQuantile(p), shape), gammaQuantile(p, shape), 0.02)
})
