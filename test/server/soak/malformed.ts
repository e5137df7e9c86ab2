// Requests that no client of good will sends, as bytes. Each of them has at least one thing wrong, and none may change anything.

/** What is sent through one connection. */
export interface Malformed {
  readonly kind: string
  readonly bytes: Buffer
  /** Milliseconds between its bytes, some at a time. Default: all at once. */
  readonly pace?: number
  /** How it ends: the client waits for an answer, ends its side, or resets the connection at once. */
  readonly end: 'wait' | 'half-close' | 'reset'
}

type Draw = () => number

const pick = <Item>(draw: Draw, items: readonly [Item, ...Item[]]): Item =>
  items[Math.floor(draw() * items.length)] ?? items[0]

const crlf = '\r\n'
const json = 'content-type: application/json'
const bob = 'authorization: Bearer bob'
const ann = 'authorization: Bearer ann'

const request = (line: string, headers: readonly string[], body = ''): string =>
  [`${line} HTTP/1.1`, 'host: 127.0.0.1', 'connection: close', ...headers, '', body].join(crlf)

const withBody = (line: string, body: string, ...headers: readonly string[]): string =>
  request(line, [`content-length: ${Buffer.byteLength(body)}`, ...headers], body)

const noise = (draw: Draw, length: number): string =>
  Array.from({ length }, () => String.fromCodePoint(33 + Math.floor(draw() * 90))).join('')

/** Routes of a conversation, with bodies that they would take. */
const routes = [
  ['GET', ''],
  ['PATCH', '', '{"title":"taken"}'],
  ['DELETE', ''],
  ['POST', '/messages', '{"input":"hi"}'],
  ['PUT', '/messages/t1', '{"input":"hi"}'],
  ['GET', '/events'],
  ['GET', '/transcript'],
  ['POST', '/stop', '{}'],
  ['POST', '/retry', '{}'],
  ['POST', '/regenerate', '{}'],
  ['POST', '/compact', '{}'],
  ['POST', '/clear', '{}'],
  ['POST', '/fork', '{}'],
  ['POST', '/head', '{"turnId":null}'],
  ['POST', '/refusal', '{"policy":"clear"}'],
  ['POST', '/approvals/k1', '{"approved":true}'],
  ['PATCH', '/queue', '{"release":true}'],
] as const satisfies readonly (readonly [string, string, string?])[]

const bodies = [
  '{"input":',
  '[1,2',
  '"x"',
  'null',
  '{"input":{}}',
  '{"input":"hi","extra":1}',
  '{"__proto__":{"input":"hi"}}',
  '{"input":"hi","__proto__":{"isAdmin":true}}',
  '{"constructor":{"prototype":{"x":1}}}',
  `{"input":${'['.repeat(20_000)}`,
  `{"input":"${'x'.repeat(150_000)}"}`,
  '{"input":[{"type":"image","path":"/etc/passwd"}],"no":1}',
  '{"input":1e999}',
  '\u0000\u0001',
  '\uFEFF{',
] as const

const paths = [
  '/../../etc/passwd',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/v1/conversations/%00',
  '/v1/conversations/%ff%fe',
  '/v1/conversations/__proto__',
  '/v1/conversations/constructor/events',
  '//v1//conversations//x',
  '/v1/conversations/..%2fa0',
  'http://evil.example/v1/conversations/a0',
  '*',
  `/v1/conversations/${'x'.repeat(3_000)}`,
  `/${'a/'.repeat(2_000)}`,
  `/v1/conversations/x?${'a=b&'.repeat(2_000)}`,
  '/v1/conversations/x#y?z',
  '/ai/chat/../../a0/stream',
] as const

const resumes = [
  '',
  '0',
  '9.9.x.9',
  '999999999999999.999999999999999.x.999999999999999',
  '-1.-1.-.-1',
  '1.1.',
  'NaN',
] as const

/** Each makes one malformed request. */
const kinds: Readonly<Record<string, (draw: Draw) => string>> = {
  path: (draw) => request(`${pick(draw, ['GET', 'DELETE', 'GET'])} ${pick(draw, paths)}`, [bob]),
  noise: (draw) => `${noise(draw, 1 + Math.floor(draw() * 300))}${crlf}${crlf}`,
  method: (draw) =>
    request(`${pick(draw, ['BREW', 'get', 'TRACE', 'CONNECT', 'PRI', 'POST\t', ''])} /v1/conversations/a0`, [bob]),
  header: (draw) =>
    request('GET /v1/conversations/x', [
      bob,
      pick(draw, [
        `x: ${'y'.repeat(20_000)}`,
        Array.from({ length: 3_000 }, (_, nth) => `h${nth}: 1`).join(crlf),
        'bad header: x',
        'x: \u0001',
        'host: other',
        'upgrade: h2c',
        'upgrade: websocket',
        'expect: 200-maybe',
        'content-length: -5',
        `idempotency-key: ${'k'.repeat(300)}`,
        'range: bytes=0-',
      ]),
    ]),
  nobody: (draw) =>
    request(`GET /v1/conversations/a${Math.floor(draw() * 3)}`, [
      pick(draw, ['x: y', 'authorization: Bearer', 'authorization: Bearer root']),
    ]),
  body: (draw) => withBody(`POST /v1/conversations/a0/messages`, pick(draw, bodies), json, pick(draw, [ann, bob])),
  create: (draw) => withBody('POST /v1/conversations', pick(draw, bodies), json, bob),
  wires: (draw) => withBody(`POST ${pick(draw, ['/ai/chat', '/agui', '/v1/messages'])}`, pick(draw, bodies), json, bob),
  encoding: (draw) =>
    withBody(
      'POST /v1/conversations/a0/messages',
      '{"input":"hi"}',
      ann,
      ...pick(draw, [
        [json, 'content-encoding: gzip'],
        [json, 'content-encoding: br, gzip'],
        ['content-type: application/x-www-form-urlencoded'],
        ['content-type: multipart/form-data; boundary=x'],
        ['content-type: text/plain'],
        [json, 'origin: https://evil.example'],
        [json, 'sec-fetch-site: cross-site'],
      ]),
    ),
  huge: () => request('POST /v1/conversations/a0/messages', [ann, json, 'content-length: 99999999'], '{"input":"x'),
  chunks: (draw) =>
    request(
      'POST /v1/conversations/a0/messages',
      [ann, json, 'transfer-encoding: chunked'],
      pick(draw, [
        'zz\r\n',
        'ffffffffffffffff\r\nx',
        '5\r\n{"inp',
        '-1\r\n\r\n',
        `20000\r\n${'x'.repeat(0x20000)}\r\n0\r\n\r\n`,
      ]),
    ),
  smuggled: (draw) => {
    const inner = withBody('POST /v1/conversations', '{"id":"smuggled"}', json, bob)
    return request(
      'POST /v1/conversations/a0/messages',
      [
        bob,
        json,
        ...pick(draw, [
          ['content-length: 4', 'transfer-encoding: chunked'],
          ['content-length: 4', 'content-length: 5'],
          ['transfer-encoding: chunked', 'transfer-encoding: identity'],
          ['transfer-encoding : chunked'],
          ['transfer-encoding: xchunked'],
          ['content-length: 4\n x: y'],
        ]),
      ],
      `0${crlf}${crlf}${inner}`,
    )
  },
  foreign: (draw) => {
    const [method, rest, body] = pick<readonly [string, string, string?]>(draw, routes)
    const line = `${method} /v1/conversations/a${Math.floor(draw() * 3)}${rest}`
    return body === undefined ? request(line, [bob]) : withBody(line, body, json, bob)
  },
  resume: (draw) =>
    request(
      `GET /v1/conversations/a0/events?${pick(draw, ['', 'turn=none', 'frame=-1', 'padding=1e99', 'frame=x', 'lastEventId=%00'])}`,
      [ann, `last-event-id: ${pick(draw, resumes)}`],
    ),
}

const names = Object.keys(kinds)

export function malformed(draw: Draw): Malformed {
  const kind = names[Math.floor(draw() * names.length)] ?? 'noise'
  const whole = Buffer.from(kinds[kind]?.(draw) ?? '')
  const how = draw()
  // Half a request, which may end anywhere but at its end.
  if (how < 0.1) {
    const bytes = whole.subarray(0, Math.floor(draw() * Math.max(0, whole.length - 1)))
    return { kind: `half ${kind}`, bytes, end: pick(draw, ['half-close', 'reset']) }
  }
  if (how < 0.12) return { kind: `slow ${kind}`, bytes: whole.subarray(0, 200), pace: 100, end: 'wait' }
  return { kind, bytes: whole, end: how < 0.15 ? 'reset' : 'wait' }
}
