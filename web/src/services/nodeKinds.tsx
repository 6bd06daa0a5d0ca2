import { IconCloud, IconDatabase, IconMail, IconServer, IconUser } from '@tabler/icons-react';
import type { NodeKind } from './model/graph';

export const KIND_NAMES: Readonly<Record<NodeKind, string>> = {
  service: 'service',
  database: 'database',
  messaging: 'message queue',
  user: 'outside caller',
  external: 'other system',
};

const ICONS = { service: IconServer, database: IconDatabase, messaging: IconMail, user: IconUser, external: IconCloud };

/** What a node is, as a small sign. */
export function KindIcon({ kind, size, className }: { kind: NodeKind; size: number; className?: string }) {
  const Icon = ICONS[kind];
  return <Icon size={size} stroke={1.7} className={className} aria-label={KIND_NAMES[kind]} />;
}
