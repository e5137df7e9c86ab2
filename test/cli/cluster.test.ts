// The commands of a cluster: its processes, what shows them, and what has one of them end.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { clusterDatabase } from '../dbos/database.ts'
import { eventsOf, type Sent } from '../server/stage.ts'
import { type CommandOptions, type Running, simulate, start, turnstate } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'turnstate-cluster-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A process of a cluster that listens. */
async function member(url: string, name: string, flags: readonly string[] = [], options: CommandOptions = {}) {
  const args = ['serve', '--port', '0', '--cluster', url, '--process', name, ...flags]
  const command = start(args, { cwd: folder, ...options })
  const [, at = ''] = await command.says(/serves conversations on (http:\/\/127\.0\.0\.1:\d+)\n/)
  const post = (path: string, body: unknown) =>
    fetch(at + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  return { command, at, post }
}

const ends = async (...commands: readonly Running[]) => {
  for (const { child } of commands) child.kill('SIGTERM')
  for (const { ended } of commands) expect(await ended).toMatchObject({ exitCode: 0, stderr: '' })
}

/** A configuration under which a process waits so long for turns in progress. */
function waiting(milliseconds: number): string {
  const path = join(folder, `waits-${milliseconds}.mjs`)
  writeFileSync(path, `export default { limits: { shutdown: ${milliseconds} } }`)
  return path
}

describe('serve --cluster', () => {
  it('begins with what it is and how to see the others; two that begin at the same moment share conversations', async () => {
    const { url } = await clusterDatabase()
    const [a, b] = await Promise.all([member(url, 'a', ['--inspect']), member(url, 'b')])
    const [first = ''] = await a.command.says(/^.*\n/)
    expect(first).toMatch(
      /^This is the process a of a cluster\. To see all of them: turnstate cluster status postgres:\/\/\S+\n$/,
    )
    await a.command.says(/Conversations are kept in postgres:127\.0\.0\.1:\d+\/cluster_\w+\.\n/)
    await a.command.says(/Inspector: http/)
    expect((await a.post('/v1/conversations', { id: 'c1' })).status).toBe(201)
    const answered = await (await b.post('/v1/conversations/c1/messages', { input: 'Hello' })).text()
    expect(answered).toContain('turn.completed')
    const { messages } = (await (await fetch(`${a.at}/v1/conversations/c1`)).json()) as { messages: unknown[] }
    expect(messages).toHaveLength(2)
    await expect
      .poll(async () => (await fetch(`${a.at}/metrics`)).text(), { timeout: 20_000 })
      .toMatch(/^turnstate_cluster_processes 2\n/m)

    const shown = await turnstate(['cluster', 'status', url])
    expect(shown).toMatchObject({ exitCode: 0, stderr: '' })
    expect(shown.stdout).toMatch(
      /^The cluster turnstate in postgres:\S+: 2 processes\.\n\nprocess +state +build +since/,
    )
    expect(shown.stdout).toMatch(/^a +alive +\d\S* +20\S+Z +\d\.\d s ago +[01]$/m)
    const { stdout } = await turnstate(['cluster', 'status', url, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      type: 'cluster',
      processes: [{ state: 'alive' }, { state: 'alive' }],
      turns: { queued: 0 },
    })

    const same = await turnstate(['serve', '--port', '0', '--cluster', url, '--process', 'a'], { cwd: folder })
    expect(same).toMatchObject({ exitCode: 1, stdout: '' })
    expect(same.stderr).toMatch(/^turnstate: The cluster has a process a already\..*\(invalid-option\)\n$/)
    await ends(a.command, b.command)
  })

  it('names itself where it is given no name, and never says the password', async () => {
    const { url } = await clusterDatabase()
    const secret = new URL(url)
    secret.password = 's3cret-word'
    secret.searchParams.set('password', 's3cret-word')
    const command = start(['serve', '--port', '0', '--json', '--cluster', secret.href], { cwd: folder })
    const [line = ''] = await command.says(/\{"type":"listening".*\}\n/)
    expect(JSON.parse(line)).toMatchObject({ process: expect.stringMatching(/^[\w.-]+-[0-9a-f]{6}$/) as string })
    const plain = start(['serve', '--port', '0', '--cluster', secret.href], { cwd: folder })
    const [, address = ''] = await plain.says(/cluster status (postgres:\S+)\n/)
    expect(address).toBe(url)
    for (const each of [command, plain]) {
      each.child.kill('SIGTERM')
      const { stdout, stderr } = await each.ended
      expect(stdout + stderr).not.toContain('s3cret')
    }
  })

  it.each([
    [['serve', '--cluster', 'postgres://h/d', '--store', 'memory'], /--cluster can't be combined with --store/, 2],
    [['serve', '--cluster', 'postgres://h/d', '--store', 'sqlite:x.db'], /--cluster can't be combined with --store/, 2],
    [['serve', '--process', 'a'], /--process needs --cluster/, 2],
    [['serve', '--cluster', 'sqlite:chat.db'], /A SQLite database belongs to one machine\. Give postgres:/, 2],
    [['serve', '--cluster', 'postgres:me:s3cret@h/d'], /is invalid.*Give postgres:\/\/HOST\/DATABASE/, 2],
    [['serve', '--cluster', 'me:s3cret@h/d'], /is invalid.*Give postgres:\/\/HOST\/DATABASE/, 2],
    [['serve', '--cluster', 'postgres://h/d', '--process', 'a b'], /Give 1 to 200 letters, digits/, 2],
    [['serve', '--cluster', 'postgres://me:s3cret@127.0.0.1:1/d'], /cannot be reached: nothing listens/, 1],
    [['cluster', 'status', 'postgres://me:s3cret@127.0.0.1:1/d'], /cannot be reached: nothing listens/, 1],
    [['cluster', 'drain', 'a', 'postgres://me:s3cret@127.0.0.1:1/d'], /cannot be reached: nothing listens/, 1],
    [['cluster', 'status', 'sqlite:chat.db'], /A SQLite database belongs to one machine/, 2],
    [['cluster', 'drain', 'postgres://h/d'], /(missing required argument|is invalid)/, 2],
    [['cluster', 'stat'], /cluster stat not found/, 2],
  ])('says what is wrong with %j', async (args, why, code) => {
    const { stdout, stderr, exitCode } = await turnstate(args, { cwd: folder })
    expect(stderr).toMatch(why)
    expect(stderr).toMatch(/^turnstate: [^\n]+\n$/)
    expect(stdout + stderr).not.toContain('s3cret')
    expect(exitCode).toBe(code)
  })

  it('takes no configuration with a store or a host of its own', async () => {
    const config = join(folder, 'stored.mjs')
    writeFileSync(config, 'export default { store: {} }')
    const { stderr, exitCode } = await turnstate(['serve', '--cluster', 'postgres://h/d', '--config', config])
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("can't be combined with a configuration that has")])
  })

  it.each(['@dbos-inc/dbos-sdk', 'pg'])('says how to install what it needs where %s is missing', async (name) => {
    const hooks = `export const resolve = (specifier, context, next) => {
      if (specifier.startsWith(${JSON.stringify(name)}))
        throw Object.assign(new Error('missing'), { code: 'ERR_MODULE_NOT_FOUND' })
      return next(specifier, context)
    }`
    const hook = join(folder, `without-${name.replaceAll(/\W/g, '')}.mjs`)
    writeFileSync(
      hook,
      `import { register } from 'node:module'
      register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hooks)}))`,
    )
    const args = ['serve', '--cluster', 'postgres://h/d']
    const { stderr, exitCode } = await turnstate(args, { cwd: folder, env: { NODE_OPTIONS: `--import=${hook}` } })
    expect([exitCode, stderr]).toEqual([
      1,
      'turnstate: A package is missing. Install it: npm install @dbos-inc/dbos-sdk kysely pg. (not-available)\n',
    ])
  })
})

describe('cluster drain', () => {
  const outcomeIn = (sent: readonly Sent[]) => sent.find(({ event }) => event.startsWith('turn.completed'))

  it('says which processes there are, if it is given another name', async () => {
    const { url } = await clusterDatabase()
    const empty = await turnstate(['cluster', 'status', url])
    expect(empty).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/There is no cluster in the database/) })
    const a = await member(url, 'a')
    const { stderr, exitCode } = await turnstate(['cluster', 'drain', 'b', url])
    expect(stderr).toBe('turnstate: The cluster has no process "b". Those that are there: a. (invalid-option)\n')
    expect(exitCode).toBe(1)
    await ends(a.command)
  })

  it('ends a process with exit code 0 once its turn has ended', async () => {
    const { url } = await clusterDatabase()
    const model = await simulate({ deltaDelay: 60 })
    const a = await member(url, 'a', ['--base-url', model.url])
    await a.post('/v1/conversations', { id: 'c1' })
    const events = eventsOf(await a.post('/v1/conversations/c1/messages', { input: 'Hello' }))
    const seen: Sent[] = []
    for await (const sent of events) {
      seen.push(sent)
      if (seen.filter(({ event }) => event === 'delta').length === 1)
        expect(await turnstate(['cluster', 'drain', 'a', url])).toMatchObject({ exitCode: 0, stderr: '' })
    }
    expect(outcomeIn(seen)).toBeDefined()
    expect(await a.command.ended).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: expect.stringContaining('An operator has asked this process to end.') as string,
    })
    expect(model.requests).toHaveLength(1)
  })

  it('hands a turn over that goes on too long', async () => {
    const { url } = await clusterDatabase()
    const [slow, quick] = [await simulate({ deltaDelay: 5_000 }), await simulate()]
    const config = ['--config', waiting(200)]
    const a = await member(url, 'a', ['--base-url', slow.url, ...config])
    await (await a.post('/v1/conversations', { id: 'c1' })).text()
    const streaming = await a.post('/v1/conversations/c1/messages', { input: 'Hello' })
    await expect.poll(() => slow.requests.length, { timeout: 20_000 }).toBe(1)
    const b = await member(url, 'b', ['--base-url', quick.url, ...config])
    expect(await turnstate(['cluster', 'drain', 'a', url])).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await a.command.ended).toMatchObject({ exitCode: 0 })
    await streaming.body?.cancel().catch(() => {})
    await expect
      .poll(async () => (await fetch(`${b.at}/v1/conversations/c1`)).json(), { timeout: 40_000 })
      .toMatchObject({ status: 'ready', messages: [{ role: 'user' }, { role: 'assistant' }] })
    expect([slow.requests.length, quick.requests.length]).toEqual([1, 1])
    await ends(b.command)
  })
})
