/** Parameters whose values may be shown; any other may be a secret. */
const SHOWN = new Set([
  'acr_values',
  'client_id',
  'error',
  'grant_type',
  'max_age',
  'prompt',
  'response_type',
  'returnTo',
  'scope',
])

/** Parameters as they may be shown. */
export function masked(params: URLSearchParams): string {
  return [...params].map(([name, value]) => `${name}=${SHOWN.has(name) ? value : '•••'}`).join(' ')
}

/** A request as it may be shown: without its host, and without what nobody may see. */
export function requestLine(method: string, url: string, body?: unknown): string {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  const params = [masked(searchParams), masked(new URLSearchParams(String(body ?? '')))].filter(Boolean)
  return [method, shortPath(pathname), ...params].join(' ')
}

function shortPath(path: string): string {
  return path
    .replace('/realms/demo/protocol/openid-connect', '…')
    .replace('/realms/demo/', '…/')
    .replace(/(authenticate|auth)\/[\w-]+$/, '$1/•••')
}
