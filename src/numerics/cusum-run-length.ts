/** A control chart as a Markov chain: from each state it goes on to another, or gives the alarm. */
export interface AlarmChain {
  /** `steps[i][j]`: probability of going from state i to state j in one step, in [0, 1]. Square. */
  readonly steps: readonly Float64Array[]
  /** Probability of the alarm in one step from state i, in [0, 1]. A row of `steps` and its alarm add up to 1. */
  readonly alarm: Float64Array
}

/**
 * Average run length: the mean number of steps until the alarm, from each state.
 *
 *   L = (I - Q)^-1 1 ,   Q = `steps`
 *
 * Where alarms are rare I - Q is nearly singular, and Gaussian elimination loses a digit for each factor of ten in the run length. So
 * states are eliminated without a subtraction (Grassmann, Taksar and Heyman): 1 - q_kk is the sum of all other ways out of k, the
 * alarm among them. Every digit of the probabilities then counts, however long the run.
 *
 * Cost: n^3 / 3 multiplications for n states.
 *
 * @returns one mean a state, >= 1, in steps; infinite where the alarm cannot be reached.
 * @throws RangeError naming the row whose probabilities do not add up to 1 (to 1e-9), or the part that is not square.
 * @see D. Brook and D. A. Evans (1972), "An approach to the probability distribution of CUSUM run length", Biometrika 59(3);
 *   W. K. Grassmann, M. I. Taksar and D. P. Heyman (1985), "Regenerative analysis and steady state distributions for Markov
 *   chains", Operations Research 33(5).
 * @example
 * // A coin that alarms once in a million tosses.
 * averageRunLength({ steps: [Float64Array.of(1 - 1e-6)], alarm: Float64Array.of(1e-6) }) // [1e6]
 */
export function averageRunLength({ steps, alarm }: AlarmChain): Float64Array {
  const count = steps.length
  if (alarm.length !== count) throw new RangeError(`${count} states but ${alarm.length} alarm probabilities`)
  const ways = steps.map((row, i) => checked(row, i, count, alarm[i] as number))
  const leave = Float64Array.from(alarm)
  // Mean steps until the chain is in a state not yet eliminated, or alarmed.
  const time = new Float64Array(count).fill(1)
  const out = new Float64Array(count)

  for (let k = count - 1; k >= 0; k--) {
    const from = ways[k] as Float64Array
    let sum = leave[k] as number
    for (let j = 0; j < k; j++) sum += from[j] as number
    out[k] = sum
    for (let i = 0; i < k; i++) {
      const row = ways[i] as Float64Array
      const probability = row[k] as number
      if (probability === 0) continue
      if (sum === 0) {
        // There is no way out of k.
        time[i] = Infinity
        continue
      }
      const share = probability / sum
      for (let j = 0; j < k; j++) row[j] = (row[j] as number) + share * (from[j] as number)
      leave[i] = (leave[i] as number) + share * (leave[k] as number)
      time[i] = (time[i] as number) + share * (time[k] as number)
    }
  }

  const length = new Float64Array(count)
  for (let k = 0; k < count; k++) {
    let total = time[k] as number
    const from = ways[k] as Float64Array
    for (let j = 0; j < k; j++) {
      const probability = from[j] as number
      if (probability > 0) total += probability * (length[j] as number)
    }
    length[k] = total / (out[k] as number)
  }
  return length
}

function checked(row: Float64Array, i: number, count: number, alarm: number): Float64Array {
  if (row.length !== count)
    throw new RangeError(`row ${i} has ${row.length} probabilities for ${count} states`)
  let sum = alarm
  for (const probability of row) {
    if (!(probability >= 0)) throw new RangeError(`row ${i} holds ${probability}, which is no probability`)
    sum += probability
  }
  if (!(alarm >= 0 && Math.abs(sum - 1) <= 1e-9))
    throw new RangeError(`row ${i} and its alarm add up to ${sum}, not to 1`)
  return Float64Array.from(row)
}
