import type { IncomingMessage } from 'node:http'

/** The headers of a request, names in lower case; the values of a repeated header are joined by a comma. */
export const plainHeaders = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  )
