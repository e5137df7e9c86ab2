// The rooms of the project, from the lowest up, and what each may import. A room may import rooms above it in this list only.
// The import boundaries of .oxlintrc.json come from it: `node --import tsx test/scripts/lint-boundaries.ts` writes them.

/** A folder, or a file that is a room by itself. A file belongs to the longest name that its path begins with. */
export interface Layer {
  readonly room: string
  /** Rooms that it may import, or one file of a room. */
  readonly rooms: readonly string[]
  /** Packages that it may import. A room without `node:` runs in browsers. */
  readonly packages: readonly string[]
}

const layer = (room: string, rooms: readonly string[], ...packages: readonly string[]): Layer => ({
  room,
  rooms: rooms.map((name) => (/^(machines|src)\b/.test(name) ? name : `src/${name}`)),
  packages,
})

const ground = ['src', 'journal']
const chart = [...ground, 'machines/index.ts']

// oxfmt-ignore
/** The layer table. */
export const layers: readonly Layer[] = [
  layer('src', [], 'xstate'),
  layer('src/package', ['src'], 'node:', 'valibot'),
  layer('src/journal', ['errors.ts', 'objects.ts'], 'valibot'),
  layer('src/stores', ground),
  layer('src/stores/sql', [...ground, 'stores'], 'node:', 'kysely'),
  layer('src/stores/postgres', ['src', 'stores/sql'], 'kysely', 'pg'),
  layer('src/stores/sqlite', ['src', 'stores/sql'], 'node:', '@photostructure/sqlite', 'kysely'),
  layer('machines/define-slots.ts', [], 'xstate'),
  layer('machines/tool-calls/guard-sentences.ts', []),
  layer('machines/tool-calls', ['errors.ts', 'journal/index.ts', 'machines/define-slots.ts'], 'xstate'),
  layer('machines/conversation/guard-sentences.ts', []),
  layer('machines/conversation', ['errors.ts', 'journal/index.ts', 'machines/define-slots.ts', 'machines/tool-calls'], 'xstate'),
  layer('machines/index.ts', ['machines/define-slots.ts', 'machines/tool-calls', 'machines/conversation']),
  layer('src/source', ['journal']),
  layer('src/claude', [...ground, 'source'], '@anthropic-ai/sdk', 'eventsource-parser'),
  layer('src/files', ground, 'node:'),
  layer('src/input', [...ground, 'files']),
  layer('src/tools', [...chart, 'files'], 'xstate'),
  layer('src/refusals', [...chart, 'source', 'input', 'claude'], 'xstate', 'valibot'),
  layer('src/rejections', ['src', 'journal', 'machines/index.ts'], 'xstate', 'valibot'),
  layer('src/reply', [...chart, 'source', 'refusals'], 'xstate'),
  layer('src/observe', [...chart, 'source', 'reply'], 'xstate'),
  layer('src/conversation/turns', chart),
  layer('src/conversation/delivery', [...chart, 'conversation/turns'], 'xstate'),
  layer('src/conversation', [...chart, 'source', 'claude', 'input', 'tools', 'refusals', 'rejections', 'reply', 'observe', 'stores', 'conversation/turns', 'conversation/delivery'], 'xstate', 'valibot'),
  layer('src/conversation.ts', ['journal', 'claude', 'files', 'conversation']),
  layer('src/index.ts', [...chart, 'stores', 'source', 'claude', 'files', 'input', 'tools', 'refusals', 'rejections', 'reply', 'observe', 'conversation/turns', 'conversation', 'conversation.ts']),
  layer('src/testing/api', [], 'node:'),
  layer('src/testing/script', ['src', 'testing/api'], 'valibot'),
  layer('src/testing/reply', ['testing/api', 'testing/script']),
  layer('src/testing/memory', ['testing/api', 'testing/script', 'testing/reply']),
  layer('src/testing/rules', ['testing/api', 'testing/reply', 'testing/memory']),
  layer('src/testing/plan', ['src', 'testing/api', 'testing/script', 'testing/reply', 'testing/memory', 'testing/rules'], 'valibot'),
  layer('src/testing/serve', ['src', 'testing/api', 'testing/script', 'testing/reply', 'testing/rules', 'testing/plan'], 'node:'),
  layer('src/testing/hostile', ['src', 'testing/api', 'testing/script', 'testing/reply', 'testing/memory', 'testing/rules', 'testing/plan', 'testing/serve'], 'node:'),
  layer('src/testing/stores', [...ground, 'stores'], 'node:'),
  layer('src/testing', ['src', 'testing/api', 'testing/script', 'testing/memory', 'testing/plan', 'testing/serve', 'testing/hostile', 'testing/stores'], 'node:'),
  layer('src/inspect/chart', ['src', 'observe'], 'xstate', 'elkjs'),
  layer('src/inspect/chart/png.ts', ['src'], 'node:', '@resvg/resvg-wasm'),
  layer('src/inspect/log', ['journal', 'observe']),
  layer('src/inspect/wire', [...ground, 'observe', 'inspect/chart'], 'valibot', 'ws'),
  layer('src/inspect/file', [...ground, 'observe', 'inspect/chart', 'inspect/log', 'inspect/wire']),
  layer('src/inspect/link', ['src', 'journal', 'machines/index.ts', 'observe', 'conversation', 'inspect/chart', 'inspect/wire'], 'node:', 'ws'),
  layer('src/inspect/hub', ['src', 'journal/index.ts', 'observe', 'inspect/chart', 'inspect/log', 'inspect/wire', 'inspect/file'], 'node:'),
  layer('src/inspect/web', ['src', 'package', 'observe', 'inspect/wire', 'inspect/file', 'inspect/link', 'inspect/hub'], 'node:', 'open', 'valibot', 'ws'),
  layer('src/inspect/terminal', ['src', 'observe', 'inspect/chart', 'inspect/log', 'inspect/hub']),
  layer('src/inspect/xstate-inspect', [...chart, 'observe', 'conversation'], 'xstate'),
  layer('src/inspect/stately-inspect', ['src', 'observe', 'inspect/xstate-inspect'], 'xstate', '@statelyai/inspect'),
  layer('src/inspect/page', [...ground, 'machines/conversation/guard-sentences.ts', 'machines/tool-calls/guard-sentences.ts', 'observe', 'inspect/chart', 'inspect/log', 'inspect/wire'], 'elkjs', 'preact', 'virtual:shipped-charts'),
  layer('src/inspect/page/shipped-charts.ts', ['journal', 'machines/index.ts', 'inspect/chart'], 'elkjs', 'xstate'),
  layer('src/inspect', ['errors.ts', 'observe', 'inspect/chart', 'inspect/chart/png.ts', 'inspect/link', 'inspect/web', 'inspect/xstate-inspect', 'inspect/stately-inspect']),
  layer('src/transcripts', ['src', 'journal', 'stores']),
  layer('src/client', ['src', 'src/index.ts', 'src/files/base64.ts', 'src/journal/usage.ts', 'src/conversation/turns/send-errors.ts', 'src/conversation/turns/turn.ts', 'src/conversation/turns/unsent-outcome.ts']),
  layer('src/react', ['src', 'src/index.ts', 'client'], 'react'),
  layer('src/web', ['src', 'src/index.ts', 'src/files/file-types.ts', 'client', 'react'], 'react', 'react-dom', 'marked', 'dompurify', 'highlight.js'),
  layer('src/look', ['inspect/page/shipped-charts.ts'], 'node:', 'vite'),
  layer('src/server/context.ts', ['src/index.ts']),
  layer('src/server/problems.ts', ['src', 'client']),
  layer('src/server/readers.ts', ['refusals', 'conversation/turns']),
  layer('src/server/streams', ['src', 'src/index.ts', 'journal', 'conversation', 'conversation/turns', 'client', 'src/server/problems.ts', 'src/server/readers.ts']),
  layer('src/server/ai-sdk', ['src', 'src/index.ts', 'journal', 'src/server/context.ts'], 'hono', 'valibot'),
  layer('src/server/ag-ui', ['src', 'src/index.ts', 'src/server/context.ts'], 'hono', 'valibot'),
  layer('src/server/gateway', ['src', 'journal', 'src/index.ts', 'src/server/problems.ts', 'src/server/context.ts'], 'hono', 'valibot'),
  layer('src/server', ['src', 'package', 'src/index.ts', 'src/files/limits.ts', 'refusals', 'rejections', 'conversation', 'conversation/turns', 'journal', 'client', 'transcripts', 'src/server/context.ts', 'src/server/problems.ts', 'src/server/readers.ts', 'server/streams', 'server/ai-sdk', 'server/ag-ui', 'server/gateway'], 'node:', 'hono', '@hono/node-server', 'hono-openapi', 'valibot'),
  layer('src/dbos', ['machines/index.ts', 'src', 'package', 'src/index.ts', 'journal', 'stores/sql', 'stores/postgres', 'client', 'server', 'src/server/context.ts', 'server/streams'], 'node:', 'pg', '@dbos-inc/dbos-sdk', 'valibot'),
  layer('src/node', ['src', 'claude'], 'node:', 'undici'),
  layer('src/cli', [...chart, 'node', 'package', 'transcripts', 'server', 'dbos', 'source', 'claude', 'input', 'tools', 'refusals', 'observe', 'conversation/turns', 'conversation', 'conversation.ts', 'stores', 'stores/sqlite', 'stores/postgres', 'testing', 'inspect/chart', 'inspect/chart/png.ts', 'inspect/file', 'inspect/link', 'inspect/hub', 'inspect/web', 'inspect/terminal'], 'node:', 'commander', 'open', 'string-width', 'valibot', 'xstate'),
]

/** The room that a file is in. */
export const roomOf = (path: string): string =>
  layers
    .map(({ room }) => room)
    .filter((room) => path === room || path.startsWith(`${room}/`))
    .reduce((longest, room) => (room.length > longest.length ? room : longest), '')

/** Whether a room may import a file. */
export function mayImport({ room, rooms }: Layer, path: string): boolean {
  const other = roomOf(path)
  return other === room || rooms.includes(path) || rooms.includes(other)
}

/** Where a room stands, from 0: it may import rooms with a smaller place only. */
export const placeOf = (room: string): number => layers.findIndex((each) => each.room === room)
