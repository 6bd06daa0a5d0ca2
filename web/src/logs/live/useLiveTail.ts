import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, errorOf } from '../../api/http';
import { LiveBuffer } from './liveBuffer';
import type { TailFrame } from './liveBuffer';

const BACKLOG_LINES = 200;
const BACKLOG_MS = 5 * 60_000;
/** What came meanwhile is drawn together. */
const DRAW_MS = 100;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 15_000;

export interface LiveTail {
  buffer: LiveBuffer;
  isOpen: boolean;
  /** Why the server will not tail this query; null while it does, or while it does not answer. */
  error: Error | null;
  isPaused: boolean;
  setPaused: (isPaused: boolean) => void;
  clear: () => void;
}

/** Lines of a query as they come. A connection that breaks is opened again from the newest line on; null closes it. */
export function useLiveTail(query: string | null): LiveTail {
  const buffer = useRef(new LiveBuffer());
  const [, draw] = useState(0);
  const [isOpen, setOpen] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const [isPaused, setPausedState] = useState(false);

  useEffect(() => {
    if (query === null) return undefined;
    let socket: WebSocket | null = null;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let wait = FIRST_RETRY_MS;
    let isOver = false;
    let isDirty = true;
    buffer.current = new LiveBuffer();
    setPausedState(false);
    setError(null);

    const again = () => {
      setOpen(false);
      if (isOver) return;
      retry = setTimeout(connect, wait);
      wait = Math.min(wait * 2, LONGEST_RETRY_MS);
    };
    const connect = () => {
      let wasOpen = false;
      const address = tailAddress(query, buffer.current.newest, Date.now());
      socket = new WebSocket(new URL(address, location.href.replace(/^http/, 'ws')));
      socket.onopen = () => {
        wasOpen = true;
        wait = FIRST_RETRY_MS;
        setOpen(true);
      };
      socket.onmessage = (message) => {
        buffer.current.add(JSON.parse(String(message.data)) as TailFrame, performance.now());
        isDirty = true;
      };
      socket.onclose = () => {
        if (isOver) return;
        if (wasOpen) return again();
        void refusal(address).then((reason) => {
          if (isOver) return;
          if (reason) setError(reason);
          else again();
        });
      };
    };
    connect();
    let lastRate = -1;
    const timer = setInterval(() => {
      const rate = Math.round(buffer.current.rate(performance.now()));
      if (!isDirty && rate === lastRate) return;
      isDirty = false;
      lastRate = rate;
      draw((n) => n + 1);
    }, DRAW_MS);
    return () => {
      isOver = true;
      clearTimeout(retry);
      clearInterval(timer);
      socket?.close();
      setOpen(false);
    };
  }, [query]);

  const setPaused = useCallback((paused: boolean) => {
    buffer.current.setPaused(paused);
    setPausedState(paused);
  }, []);
  const clear = useCallback(() => {
    buffer.current.clear();
    draw((n) => n + 1);
  }, []);
  return { buffer: buffer.current, isOpen, error, isPaused, setPaused, clear };
}

/** From the newest line on that the page has, or else with some lines from before. */
export function tailAddress(query: string, newest: string | null, nowMs: number): string {
  const start = newest === null ? `${Math.round(nowMs - BACKLOG_MS)}000000` : String(BigInt(newest) + 1n);
  const params = new URLSearchParams({ query, start, limit: String(newest === null ? BACKLOG_LINES : 5000), encoding_flags: 'categorize-labels' });
  return `/loki/api/v1/tail?${params}`;
}

/** A page is not told why a connection was refused, so it asks again without one; null where the server does not answer. */
async function refusal(address: string): Promise<Error | null> {
  try {
    const response = await fetch(address);
    const failure = errorOf(response.status, response.statusText, await response.text());
    return failure.message.includes('has no upgrade') || failure.status >= 500 ? null : failure;
  } catch (cause) {
    return cause instanceof ApiError ? cause : null;
  }
}
