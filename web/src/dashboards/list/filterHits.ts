import type { DashboardHit } from '../store/dashboardApi';

export interface HitFilter {
  words: string;
  tags: readonly string[];
  onlyStarred: boolean;
}

/** Dashboards whose title, folder or tags have all the words, and all the chosen tags. */
export function matching(hits: readonly DashboardHit[], { words, tags, onlyStarred }: HitFilter): DashboardHit[] {
  const wanted = words.trim().toLowerCase().split(/\s+/).filter((word) => word !== '');
  return hits.filter((hit) => {
    const text = `${hit.title} ${hit.folderTitle ?? ''} ${hit.tags.join(' ')}`.toLowerCase();
    return (!onlyStarred || hit.isStarred === true) && tags.every((tag) => hit.tags.includes(tag)) && wanted.every((word) => text.includes(word));
  });
}

/** By folder; those in none first, then the folders by name. */
export function grouped(hits: readonly DashboardHit[]): { folder: string; hits: DashboardHit[] }[] {
  const byFolder = new Map<string, DashboardHit[]>();
  for (const hit of hits) {
    const folder = hit.folderTitle || 'General';
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), hit]);
  }
  const order = (folder: string) => (folder === 'General' ? '' : folder.toLowerCase());
  return [...byFolder]
    .sort(([a], [b]) => order(a).localeCompare(order(b)))
    .map(([folder, inside]) => ({ folder, hits: [...inside].sort((a, b) => a.title.localeCompare(b.title, 'en', { numeric: true })) }));
}
