import type { JsonObject } from '../model/json';

/** The text of a dashboard's file: the document as it is, but for the number by which one server knew it. */
export function exportText(raw: JsonObject): string {
  const { id: _, ...rest } = raw;
  return `${JSON.stringify({ ...rest, id: null }, null, 2)}\n`;
}

export function exportDashboard(raw: JsonObject, title: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([exportText(raw)], { type: 'application/json' }));
  link.download = `${title.replace(/[^\p{L}\p{N}._ -]+/gu, '').trim() || 'dashboard'}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}
