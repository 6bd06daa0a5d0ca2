// `node --import ./mock/stillClock.mjs mock/server.mjs`: the clock stands at STILL (Unix milliseconds) and there is no chance, so that pages with made
// data look the same in every run.
const still = Number(process.env.STILL);
if (!Number.isInteger(still) || still <= 0) throw new Error('STILL has to be a time in Unix milliseconds');
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...parts) {
    super(...(parts.length === 0 ? [still] : parts));
  }

  static now() {
    return still;
  }
};
// Requests come in any order, so that numbers drawn one after another would not do.
Math.random = () => 0.5;
