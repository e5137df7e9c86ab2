// Packs the package, installs it into an empty folder as an app would, and uses it there: what it brings along, the command, the
// inspector, the doors and their types. Part of `npm run check:package`; expects a build.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import * as v from 'valibot'

const root = fileURLToPath(new URL('../../', import.meta.url))
const peers = ['xstate', '@anthropic-ai/sdk'] as const
const optionalPeers = ['@statelyai/inspect']
const expected = ['eventsource-parser', 'turnstate', 'valibot']

const manifest = v.object({ version: v.string() })
const lockFile = v.object({
  packages: v.record(v.string(), v.object({ dependencies: v.optional(v.record(v.string(), v.string())) })),
})

const folder = mkdtempSync(join(tmpdir(), 'turnstate-install-'))
const app = join(folder, 'app')
const command = join(app, 'node_modules/.bin/turnstate')
// Without what would lead the command to the API.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:ANTHROPIC_|npm_)/.test(name)))

try {
  install()
  checkPackages()
  checkCommand()
  await checkInspector()
  await checkDoors()
  checkTypes()
  await checkServer()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function install(): void {
  run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], root)
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  assert(archive !== undefined, 'Nothing was packed.')
  mkdirSync(app)
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }))
  const same = peers.map(
    (name) => `${name}@${v.parse(manifest, readJson(`${root}node_modules/${name}/package.json`)).version}`,
  )
  const said = run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', join(folder, archive), ...same])
  assert.doesNotMatch(said, /warn/i)
}

/** An app has its peers, what those bring, and what turnstate brings: nothing else. */
function checkPackages(): void {
  const { packages } = v.parse(lockFile, readJson(join(app, 'node_modules/.package-lock.json')))
  const names = Object.keys(packages).map((path) => path.slice('node_modules/'.length))
  const ofPeers = new Set<string>(peers)
  // The set grows while it is walked.
  for (const name of ofPeers)
    for (const next of Object.keys(packages[`node_modules/${name}`]?.dependencies ?? {})) ofPeers.add(next)
  const brought = names.filter((name) => !ofPeers.has(name)).toSorted()
  assert.deepEqual(brought, expected)
  const sizes = brought.map((name) => `${name} ${megabytes(join(app, 'node_modules', name))}`)
  say(`An app installs ${sizes.join(', ')}.`)
}

function checkCommand(): void {
  assert.match(run('npx', ['--no-install', 'turnstate', '--help']), /Usage: (?:npx )?turnstate/)
  run(command, ['chart', '--machine', 'toolCall', '--format', 'png', '--output', 'chart.png'])
  assert.equal(readFileSync(join(app, 'chart.png')).subarray(1, 4).toString('latin1'), 'PNG')
  assert.match(run(command, ['chat']), /short demonstration[^]*state: streaming → completed/)
  say('The command helps, draws and chats.')
}

async function checkInspector(): Promise<void> {
  const inspector = spawn(command, ['inspect', '--port', '0'], { cwd: app, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(inspector, 'exit')
  try {
    let said = ''
    for await (const chunk of inspector.stdout.setEncoding('utf8')) {
      said += String(chunk)
      if (said.includes('Ctrl-C')) break
    }
    const [address = ''] = /http:\S+\//.exec(said) ?? []
    const page = await fetch(address)
    assert.equal(page.status, 200)
    assert.match(await page.text(), /<title>turnstate inspector/)
    // A conversation of another process connects by a socket, and is shown.
    const connected = `const { connectInspector } = await import('turnstate/inspect')
      const { createConversation } = await import('turnstate')
      const inspector = await connectInspector(process.argv[1])
      createConversation({ model: 'some-model', maxTokens: 1, source: async function* () {}, id: 'from-afar', inspect: inspector })
      await new Promise((done) => setTimeout(done, 300))
      await inspector.close()`
    run(process.execPath, ['--input-type=module', '--eval', connected, address])
    assert.match(await (await fetch(new URL('export.jsonl', address))).text(), /from-afar/)
  } finally {
    inspector.kill()
    await ended
  }
  say('The inspector serves its page, and shows a conversation of another process.')
}

async function checkDoors(): Promise<void> {
  const opener = pathToFileURL(join(app, 'node_modules/turnstate/dist/vendor/open.js')).href
  const doors = `const [main, machines, inspect, testing, { default: open }, sqlite] = await Promise.all(
      ['turnstate', 'turnstate/machines', 'turnstate/inspect', 'turnstate/testing', '${opener}', 'turnstate/stores/sqlite'].map((door) => import(door)))
    const svg = await inspect.drawSvg(machines.toolCallMachine)
    const png = await inspect.toPng(svg)
    console.log([main.createConversation, main.claude, testing.startSimulator, open, sqlite.sqliteStore].map((one) => typeof one).join(' '), svg.length > 0, png.length > 0)`
  assert.equal(
    run(process.execPath, ['--input-type=module', '--eval', doors]),
    'function function function function function true true\n',
  )
  // The door for browsers needs nothing of Node: esbuild would not find it.
  await build({
    stdin: {
      contents: "export * from 'turnstate/inspect'; export * from 'turnstate/client'; export * from 'turnstate'",
      resolveDir: app,
    },
    bundle: true,
    platform: 'browser',
    format: 'esm',
    // Read where there is a file system, and caught where there is none.
    external: ['node:fs/promises', ...optionalPeers],
    write: false,
    logLevel: 'error',
  })
  say('Every door opens.')
}

/** Without its packages the server says which are missing; with them it answers. */
async function checkServer(): Promise<void> {
  const { status, stderr } = spawnSync(command, ['serve', '--port', '0'], { cwd: app, env, encoding: 'utf8' })
  assert.equal(status, 1)
  const [, packages = ''] = /A package is missing\. Install it: npm install ([^.]+[^.\s])\./.exec(stderr) ?? []
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...packages.split(' ')])
  const server = spawn(command, ['serve', '--port', '0', '--json'], {
    cwd: app,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(server, 'exit')
  try {
    const [line] = (await once(server.stdout.setEncoding('utf8'), 'data')) as [string]
    const { url } = v.parse(v.object({ url: v.string() }), JSON.parse(line))
    const answer = await fetch(`${url}/openapi.json`)
    assert.equal(answer.status, 200)
    const page = await (await fetch(`${url}/`)).text()
    const named = [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, name]) => name)
    assert(named.length > 0, 'The chat page names no files.')
    for (const name of named) assert.equal((await fetch(`${url}/${name}`)).status, 200)
    const seen = `const { connectConversation } = await import('turnstate/client')
      await fetch(process.argv[1] + '/v1/conversations', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"id":"c1"}' })
      const chat = connectConversation({ url: process.argv[1], id: 'c1' })
      const { status } = await chat.sendMessage('Hello')
      console.log(status)
      await chat.close()`
    assert.equal(run(process.execPath, ['--input-type=module', '--eval', seen, url]), 'completed\n')
  } finally {
    server.kill()
    await ended
  }
  say('The server says what it needs, and once it has that, it serves the chat page and answers its client.')
}

/** A strict compiler, which reads the declarations of libraries too, finds every type. */
function checkTypes(): void {
  const source = `import { claude, createConversation, tool } from 'turnstate'
    import { conversationMachine } from 'turnstate/machines'
    import { connectInspector, drawSvg, startInspector, toPng } from 'turnstate/inspect'
    import { startSimulator } from 'turnstate/testing'
    export const all = [claude, createConversation, tool, conversationMachine, connectInspector, drawSvg, startInspector, toPng, startSimulator]
    // @ts-expect-error: a known option of a known type
    createConversation({ model: 1 })\n`
  writeFileSync(join(app, 'app.ts'), source)
  const compiler = `${root}node_modules/typescript/bin/tsc`
  const types = ['--types', 'node', '--typeRoots', `${root}node_modules/@types`]
  const options = ['--noEmit', '--listFiles', '--strict', '--skipLibCheck', 'false', '--target', 'es2022', ...types]
  for (const resolution of ['nodenext', 'bundler']) {
    const module = resolution === 'bundler' ? 'preserve' : resolution
    const read = run(process.execPath, [
      compiler,
      ...options,
      '--module',
      module,
      '--moduleResolution',
      resolution,
      'app.ts',
    ])
    assert.doesNotMatch(read, /@types\/(?!node\/)/)
  }
  say('Its types are found.')
}

/** What it says, on both outputs. */
function run(file: string, args: readonly string[], cwd = app): string {
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    cwd,
    env,
    encoding: 'utf8',
    input: '',
    timeout: 240_000,
  })
  assert.equal(status, 0, `${file} ${args.join(' ')}\n${stdout}${stderr}${error?.message ?? ''}`)
  return stdout + stderr
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}

function megabytes(directory: string): string {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) =>
    statSync(join(directory, name)),
  )
  const bytes = files.filter((file) => file.isFile()).reduce((sum, { size }) => sum + size, 0)
  return `${(bytes / 1e6).toFixed(1)} MB`
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
