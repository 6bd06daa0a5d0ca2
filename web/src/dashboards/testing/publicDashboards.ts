import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { JsonObject } from '../model/json';

/** Set to a folder of dashboards to test with; without it, `shared/dashboards` beside the repository or above it. */
const VARIABLE = 'TRIPTYCH_TEST_DASHBOARDS';

export const MISSING = `public dashboards are absent: expected ../shared/dashboards beside the repository, or a folder named by ${VARIABLE}`;

function folder(): string | null {
  const named = process.env[VARIABLE];
  if (named !== undefined && named !== '') return named;
  for (let at = resolve('.'); ; at = dirname(at)) {
    const candidate = join(at, 'shared', 'dashboards');
    if (existsSync(candidate)) return candidate;
    if (dirname(at) === at) return null;
  }
}

/** Dashboards of others by file name; empty where they are not at hand. They are never part of the project. */
export function publicDashboards(): { name: string; text: string; raw: JsonObject }[] {
  const where = folder();
  if (where === null) return [];
  return readdirSync(where)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => {
      const text = readFileSync(join(where, name), 'utf8');
      return { name, text, raw: JSON.parse(text) as JsonObject };
    });
}
