import { createContext, useContext } from 'react';

/** Something that happened at a time: a vertical line in every chart of the dashboard. */
export interface Mark {
  timeMs: number;
  endMs: number | null;
  colour: string;
  title: string;
}

const NONE: readonly Mark[] = [];

export const MarksContext = createContext<readonly Mark[]>(NONE);

export function useMarks(): readonly Mark[] {
  return useContext(MarksContext);
}
