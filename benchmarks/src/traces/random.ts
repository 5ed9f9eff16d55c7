/** Random numbers from 0 to 1 (without 1) that depend on the seed alone: xorshift of 32 bits. */
export function seededRandom(seed: number): () => number {
  // A few rounds away from a small seed, whose first numbers are small too. Zero would stay zero.
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
  for (let round = 0; round < 10; round++) next();
  return next;
}

/**
 * Noise of one minute after the other: each keeps seven tenths of the one before. Sums and products alone, so that each machine
 * computes the same.
 *
 * @param deviation Standard deviation of the noise.
 */
export function driftingNoise(random: () => number, deviation: number): () => number {
  const kept = 0.7;
  // Three uniform numbers have a standard deviation of a half; the part that is kept adds to it.
  const scale = deviation * 2 * Math.sqrt(1 - kept * kept);
  let noise = 0;
  return () => {
    noise = kept * noise + scale * (random() + random() + random() - 1.5);
    return noise;
  };
}
