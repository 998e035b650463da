import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from './random.ts'

test('the same seed and names give the same numbers; another seed or name gives others', () => {
  const take = (random: Random): number[] => Array.from({ length: 5 }, () => random.uint32())
  const first = take(Random.of(1).split('a').split(2))
  assert.deepEqual(take(Random.of(1).split('a').split(2)), first)
  assert.deepEqual(take(Random.of('1').split('a').split(2)), first)
  for (const other of [
    Random.of(2).split('a').split(2),
    Random.of(1).split('b').split(2),
    Random.of(1).split('a'),
  ])
    assert.notDeepEqual(take(other), first)
})

test('a stream does not depend on what was drawn before it was split off', () => {
  const drawn = Random.of(5)
  for (let i = 0; i < 1_000; i++) drawn.uint32()
  assert.equal(drawn.split('x').uint32(), Random.of(5).split('x').uint32())
})

test('every bit of a number is set half the time, in many short streams as in one long one', () => {
  const streams = {
    long: (
      (random) => () =>
        random.uint32()
    )(Random.of('bits')),
    short: (
      (count) => () =>
        Random.of(count++).uint32()
    )(0),
  }
  const draws = 20_000
  for (const [name, draw] of Object.entries(streams)) {
    const set = Array.from({ length: 32 }, () => 0)
    for (let i = 0; i < draws; i++) {
      const value = draw()
      for (let bit = 0; bit < 32; bit++) set[bit] = (set[bit] as number) + ((value >>> bit) & 1)
    }
    // Five standard deviations of a fair coin.
    set.forEach((count, bit) =>
      assert.ok(Math.abs(count - draws / 2) < 2.5 * Math.sqrt(draws), `${name} bit ${bit}: ${count}`),
    )
  }
})

test('neighbouring numbers, and neighbouring streams, are not related', () => {
  const draws = 50_000
  const root = Random.of('pairs')
  const one = root.split('one')
  const streams = [
    () => [one.uniform(), one.uniform()] as const,
    (
      (count) => () =>
        [root.split(count).uniform(), root.split(++count).uniform()] as const
    )(0),
  ]
  for (const draw of streams) {
    let sum = 0
    for (let i = 0; i < draws; i++) {
      const [a, b] = draw()
      sum += (a - 0.5) * (b - 0.5)
    }
    // The product of two centred uniforms has standard deviation 1/12.
    assert.ok(Math.abs(sum / draws) < 5 / 12 / Math.sqrt(draws), `covariance ${sum / draws}`)
  }
})

test('uniform numbers fill their range evenly (chi-squared, 99 degrees of freedom, below its 0.9999 point 161)', () => {
  const random = Random.of('even')
  for (const draw of [() => random.uniform(), () => random.coin(), () => (random.below(100) + 0.5) / 100]) {
    const cells = Array.from({ length: 100 }, () => 0)
    for (let i = 0; i < 100_000; i++) {
      const cell = Math.floor(draw() * 100)
      cells[cell] = (cells[cell] as number) + 1
    }
    const chi = cells.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0)
    assert.ok(chi < 161, `chi-squared ${chi}`)
  }
})
