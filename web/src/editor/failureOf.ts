import { ApiError } from '../api/http';
import type { Failure } from './failureMark';

/** What to mark in an editor: nothing when the error has no place, or when the text is no longer the one that was run. */
export function failureOf(error: Error | null, draft: string, ran: string): Failure | null {
  return error instanceof ApiError && error.position !== null && draft === ran ? { position: error.position, message: error.message } : null;
}
