import { lazy } from 'react';

export const Inspect = lazy(() => import('./Inspect'));
