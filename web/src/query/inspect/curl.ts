import type { Exchange } from '../../api/http';

/** In single quotes, as a POSIX shell takes it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The request as a command to paste into a shell. It holds what the page sent by itself; a proxy's cookie is not in it. */
export function curlOf({ method, address, body, headers }: Pick<Exchange, 'method' | 'address' | 'body' | 'headers'>, origin: string): string {
  const [path = '', query = ''] = address.split(/\?(.*)/s);
  const parts = [`curl -sS ${method === 'GET' && query !== '' ? '-G ' : ''}${quoted(origin + path)}`];
  for (const [name, value] of Object.entries(headers)) if (name !== 'Accept') parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  // Parameter by parameter, so that the query can be read and changed.
  for (const [name, value] of new URLSearchParams(body ?? query)) parts.push(`--data-urlencode ${quoted(`${name}=${value}`)}`);
  return parts.join(' \\\n  ');
}
