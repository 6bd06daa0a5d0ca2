// Runs the end-to-end tests, one file after the other; names of files as arguments choose among them. The last line is "N passed, N failed, N skipped".
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { spec } from 'node:test/reporters';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
const chosen = process.argv.slice(2);
const all = readdirSync(folder).filter((name) => name.endsWith('.test.mjs')).sort();
const files = all.filter((name) => chosen.length === 0 || chosen.some((part) => name.includes(part))).map((name) => join(folder, name));
if (files.length === 0) {
  console.error(`no such test; there are: ${all.join(', ')}`);
  process.exit(2);
}

let passed = 0;
let failed = 0;
let skipped = 0;
const isLong = Boolean(process.env.TRIPTYCH_TEST_LONG);
const stream = run({ files, concurrency: 1, timeout: (isLong ? 60 : 10) * 60_000 });
const isCounted = (data) => data.details?.type !== 'suite';
stream.on('test:pass', (data) => {
  if (!isCounted(data)) return;
  if (data.skip !== undefined || data.todo !== undefined) skipped++;
  else passed++;
});
stream.on('test:fail', (data) => {
  // A suite fails with its tests; on its own when its preparation or its file did.
  const cause = data.details?.error?.failureType;
  if (isCounted(data) || cause !== 'subtestsFailed') failed++;
});
stream.compose(spec).pipe(process.stdout);
stream.on('end', () => {
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
  setImmediate(() => console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`));
});
