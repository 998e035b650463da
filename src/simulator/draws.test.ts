import assert from 'node:assert/strict'
import { test } from 'node:test'
import { beta, exponential, gamma, logNormal, logUniform, normal, poisson, shuffled } from './draws.ts'
import { Random } from './random.ts'

const DRAWS = 100_000

/** Compares the sample's mean with the known one by its standard error, and the variance within 5 %. */
function checkMoments(name: string, draw: (random: Random) => number, mean: number, variance: number): void {
  const random = Random.of(name)
  const values = Float64Array.from({ length: DRAWS }, () => draw(random))
  const sampleMean = values.reduce((sum, value) => sum + value, 0) / DRAWS
  const sampleVariance = values.reduce((sum, value) => sum + (value - sampleMean) ** 2, 0) / (DRAWS - 1)
  assert.ok(
    Math.abs(sampleMean - mean) < 4.5 * Math.sqrt(variance / DRAWS),
    `${name}: mean ${sampleMean}, not ${mean}`,
  )
  assert.ok(
    Math.abs(sampleVariance / variance - 1) < 0.05,
    `${name}: variance ${sampleVariance}, not ${variance}`,
  )
}

test('exponential and normal have their moments', () => {
  checkMoments('exponential', exponential, 1, 1)
  checkMoments('normal', normal, 0, 1)
})

test('gamma has mean and variance equal to its shape, below 1 and above', () => {
  for (const shape of [0.2, 0.9, 1, 2.5, 40])
    checkMoments(`gamma ${shape}`, (r) => gamma(r, shape), shape, shape)
  assert.throws(() => gamma(Random.of(1), 0), /shape > 0, not 0/)
})

test('beta has the mean it is given, and the variance of its concentration', () => {
  for (const [mean, concentration] of [
    [0.02, 100],
    [0.15, 100],
    [0.5, 2],
  ] as const)
    checkMoments(
      `beta ${mean}`,
      (random) => beta(random, mean, concentration),
      mean,
      (mean * (1 - mean)) / (concentration + 1),
    )
})

test('log-normal: the logarithm is normal around that of the median', () => {
  checkMoments('log-normal', (random) => Math.log(logNormal(random, 17, 1.76)), Math.log(17), 1.76 ** 2)
})

test('log-uniform: the logarithm is uniform between those of the ends', () => {
  const width = Math.log(3 / 0.5)
  checkMoments(
    'log-uniform',
    (r) => Math.log(logUniform(r, 0.5, 3)),
    Math.log(0.5) + width / 2,
    width ** 2 / 12,
  )
})

test('Poisson has mean and variance equal to its mean, and never comes when it is 0', () => {
  for (const mean of [0.1, 3, 60])
    checkMoments(`poisson ${mean}`, (random) => poisson(random, mean), mean, mean)
  assert.equal(poisson(Random.of(1), 0), 0)
  assert.throws(() => poisson(Random.of(1), NaN), RangeError)
})

test('a shuffle brings every value to every place equally often', () => {
  const random = Random.of('shuffle')
  const places = Array.from({ length: 5 }, () => 0)
  for (let i = 0; i < 20_000; i++) {
    const order = shuffled(random, 5)
    assert.deepEqual([...order].sort(), [0, 1, 2, 3, 4])
    const place = order.indexOf(0)
    places[place] = (places[place] as number) + 1
  }
  for (const count of places)
    assert.ok(Math.abs(count - 4_000) < 4.5 * Math.sqrt(4_000 * 0.8), String(places))
})
