// Fixed numbers: rate limits are not simulated, but clients may read these headers.
const limits = Object.fromEntries(
  ['requests', 'tokens', 'input-tokens', 'output-tokens'].flatMap((what) => [
    [`anthropic-ratelimit-${what}-limit`, '1000000'],
    [`anthropic-ratelimit-${what}-remaining`, '999999'],
    [`anthropic-ratelimit-${what}-reset`, '2026-11-22T00:00:00Z'],
  ]),
)

const common = (requestId: string): Record<string, string> => ({
  'request-id': requestId,
  'anthropic-organization-id': '00000000-0000-4000-8000-000000000000',
  ...limits,
  'x-simulated-by': 'turnstate',
})

export const jsonHeaders = (requestId: string): Record<string, string> => ({
  'content-type': 'application/json',
  ...common(requestId),
})

export const streamHeaders = (requestId: string): Record<string, string> => ({
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  ...common(requestId),
})
