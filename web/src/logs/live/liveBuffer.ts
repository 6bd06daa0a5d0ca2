import { logRows } from '../query/lokiAnswer';
import type { LogRow, LokiStream } from '../query/lokiAnswer';

/** A message of `/loki/api/v1/tail`. */
export interface TailFrame {
  streams?: LokiStream[];
  dropped_entries?: { labels: Record<string, string>; timestamp: string }[];
  /** How many were dropped, where more were than are named. */
  dropped_total?: number;
}

/** Lines that are kept; older ones go, in larger pieces so that not every message moves them all. */
const MAX_ROWS = 20_000;
const TRIM_ROWS = 4_000;
/** Lines that wait while the view stands still; what comes beyond is skipped and counted. */
const MAX_WAITING = 20_000;
const RATE_WINDOW_MS = 5_000;

/** Lines of a live tail, oldest first. `rows` grows in place; `version` changes with it. */
export class LiveBuffer {
  rows: LogRow[] = [];
  version = 0;
  /** Lines that were never shown, for they came too fast for the server to send or for the page to keep. */
  skipped = 0;
  private waiting: LogRow[] = [];
  private arrivals: { atMs: number; count: number }[] = [];
  private isPaused = false;

  get waitingCount(): number {
    return this.waiting.length;
  }

  /** Nanoseconds of the newest line, shown or waiting; null before the first. */
  get newest(): string | null {
    return (this.waiting[this.waiting.length - 1] ?? this.rows[this.rows.length - 1])?.unixNanos ?? null;
  }

  add(frame: TailFrame, nowMs: number): void {
    this.skipped += frame.dropped_total ?? frame.dropped_entries?.length ?? 0;
    const rows = logRows(frame.streams ?? [], 'forward');
    this.arrivals.push({ atMs: nowMs, count: rows.length });
    if (!this.isPaused) return this.show(rows);
    const room = MAX_WAITING - this.waiting.length;
    this.skipped += Math.max(0, rows.length - room);
    for (const row of rows.slice(0, Math.max(0, room))) this.waiting.push(row);
  }

  /** While it is paused nothing on the page moves; what waits comes when it goes on. */
  setPaused(isPaused: boolean): void {
    this.isPaused = isPaused;
    if (isPaused || this.waiting.length === 0) return;
    this.show(this.waiting);
    this.waiting = [];
  }

  clear(): void {
    this.rows = [];
    this.waiting = [];
    this.skipped = 0;
    this.version++;
  }

  /** Lines a second over the last seconds. */
  rate(nowMs: number): number {
    this.arrivals = this.arrivals.filter(({ atMs }) => atMs > nowMs - RATE_WINDOW_MS);
    return this.arrivals.reduce((sum, { count }) => sum + count, 0) / (RATE_WINDOW_MS / 1000);
  }

  private show(rows: readonly LogRow[]): void {
    for (const row of rows) this.rows.push(row);
    if (this.rows.length > MAX_ROWS) this.rows = this.rows.slice(this.rows.length - MAX_ROWS + TRIM_ROWS);
    this.version++;
  }
}
