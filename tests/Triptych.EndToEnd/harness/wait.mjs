import { setTimeout as sleep } from 'node:timers/promises';

/** Bounds are written down for a machine that does nothing else; tests also run where all cores are busy. */
const PATIENCE = 4;

/**
 * Calls `probe` until it returns something other than undefined, null or false, and returns that. A throwing probe is a "not yet".
 * After `seconds`, times four, it fails with what was waited for and what the last probe said.
 */
export async function waitFor(what, seconds, probe, pauseMs = 150) {
  const deadline = Date.now() + seconds * 1000 * PATIENCE;
  let last = 'nothing yet';
  for (;;) {
    try {
      const found = await probe();
      if (found !== undefined && found !== null && found !== false) return found;
      last = 'nothing yet';
    } catch (error) {
      last = error.message;
    }
    if (Date.now() > deadline) throw new Error(`waited ${seconds * PATIENCE} s for ${what}; last: ${last}`);
    await sleep(pauseMs);
  }
}

/** Bounds a promise that has no bound of its own. */
export async function within(what, seconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${seconds} s`)), seconds * 1000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
