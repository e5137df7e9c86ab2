import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { reply } from '../../src/testing/index.ts'
import { postgresUrl } from '../scripts/postgres.ts'
import { jsonLines, refusedLine, simulate, start, turnstate } from './command.ts'
import { FakeTerminal } from './terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'turnstate-store-commands-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const path = join(folder, 'chats.db')
const store = ['--store', `sqlite:${path}`]

/** Runs something with a copy of the database. */
function copied(name: string, change: (database: InstanceType<typeof DatabaseSync>) => void = () => {}): string {
  const copy = join(folder, `${name}.db`)
  copyFileSync(path, copy)
  const database = new DatabaseSync(copy)
  change(database)
  database.close()
  return copy
}

const listed = async (where = store) => jsonLines((await turnstate(['conversations', '--json', ...where])).stdout)
const idOf = async (title: string): Promise<string> => {
  const found = (await listed()).find((each) => each['title'] === title)
  return String(found?.['id'])
}

const markup = '<script>alert("x")</script> & more'

beforeAll(async () => {
  const simulator = await simulate({
    script: [reply('Hi `there`.'), reply(markup)],
    onExhausted: 'answer',
    refusal: { afterDeltas: 3 },
  })
  const base = [...store, '--base-url', simulator.url]
  await turnstate(['chat', ...base], { input: `Greetings\nSay <b>markup</b>\n${refusedLine}\nAnd after that?\n` })
  await turnstate(['chat', 'Another one', ...base])
})

describe('turnstate conversations', () => {
  it('lists what is stored, the last change first', async () => {
    const { stdout, exitCode } = await turnstate(['conversations', ...store])
    expect(stdout).toMatch(
      /^[0-9a-f]{8} {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}completed {4}Another one\n[0-9a-f]{8} {2}.*completed {4}Greetings\n$/,
    )
    expect(exitCode).toBe(0)
    const { stdout: one } = await turnstate(['conversations', 'list', '--limit', '1', ...store])
    expect(one).toMatch(/Another one\nThere are more: --limit shows more than 1\.\n$/)
  })

  it('renames one by the beginning of its id, also back and forth', async () => {
    const id = await idOf('Another one')
    const { stdout } = await turnstate(['conversations', 'rename', id.slice(0, 7), 'A \u001B[31mname', ...store])
    expect(stdout).toContain('is "A [31mname" now.')
    expect((await listed()).map((each) => each['title'])).toEqual(['A [31mname', 'Greetings'])
    await turnstate(['conversations', 'rename', id, 'Another one', ...store])
  })

  it('exports to a file that only the user can read, and imports it', async () => {
    const id = await idOf('Greetings')
    const file = join(folder, 'greetings.jsonl')
    expect(await turnstate(['conversations', 'export', id, '--out', file, ...store])).toMatchObject({ exitCode: 0 })
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600)
    const again = await turnstate(['conversations', 'export', id, '--out', file, ...store])
    expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('There is a file') as string })
    const { stdout } = await turnstate(['conversations', 'export', id, ...store])
    expect(stdout).toBe(readFileSync(file, 'utf8'))

    const other = ['--store', `sqlite:${join(folder, 'imported.db')}`]
    expect(await turnstate(['conversations', 'import', file, ...other])).toMatchObject({ exitCode: 0, stderr: '' })
    expect((await listed(other)).map((each) => each['title'])).toEqual(['Greetings'])
    const twice = await turnstate(['conversations', 'import', file, ...other])
    expect(twice).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('(conversation-exists)') as string })
    writeFileSync(file, stdout.split('\n').slice(0, 3).join('\n'))
    const cut = await turnstate(['conversations', 'import', file, '--id', 'cut', ...other])
    expect(cut).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('They end after 2 facts') as string })
    expect(await listed(other)).toHaveLength(1)
  })

  it('deletes one after a yes, or with --yes', async () => {
    const where = ['--store', `sqlite:${copied('delete')}`]
    const id = await idOf('Another one')
    const unasked = await turnstate(['conversations', 'delete', id, ...where])
    expect(unasked).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('add --yes') as string })
    const terminal = new FakeTerminal({ columns: 200 })
    Object.assign(terminal.keyboard, { setRawMode: () => terminal.keyboard })
    const refused = terminal.run(['conversations', 'delete', id, ...where])
    await terminal.endsWith('y/n>')
    terminal.enter('n')
    expect(await refused).toBe(0)
    expect(terminal.text).toMatch(/Delete "Another one" \([0-9a-f]{8}\) for good\?\ny\/n> n\nNothing was deleted\.$/)
    expect(await turnstate(['conversations', 'delete', id, '--yes', ...where])).toMatchObject({ exitCode: 0 })
    expect((await listed(where)).map((each) => each['title'])).toEqual(['Greetings'])
  })

  it.each([
    [['conversations', 'rename', 'zzz', 'x'], /No conversation in sqlite:.* has the id "zzz".*conversation-unknown/],
    [['transcript', ''], /Give a text that is not empty/],
    [['transcript', 'x', '--format', 'doc'], /'doc' is invalid\. Allowed choices are md, json, html/],
    [['conversations', 'bogus'], /conversations bogus not found\./],
    [
      ['conversations', 'import', 'missing.jsonl'],
      /File not found\. Give the path of a file that turnstate conversations/,
    ],
  ])('says what is wrong with %j', async (args, why) => {
    const { stderr, exitCode } = await turnstate([...args, ...store])
    expect(stderr).toMatch(why)
    expect(stderr).toMatch(/^turnstate: [^\n]+\n$/)
    expect(exitCode).toBeGreaterThan(0)
  })

  it('names the ids that begin in the same way', async () => {
    const where = copied('ambiguous', (database) =>
      database.exec("update turnstate_conversations set id = 'same-' || key, id_hash = id_hash"),
    )
    const { stderr, exitCode } = await turnstate(['transcript', 'same', '--store', `sqlite:${where}`])
    expect(stderr).toMatch(/2 conversations have ids that begin with "same": same-\d and same-\d\. Give more of it\./)
    expect(exitCode).toBe(1)
  })
})

describe('turnstate transcript', () => {
  it('writes Markdown, with refused turns marked and without their text', async () => {
    const { stdout } = await turnstate(['transcript', await idOf('Greetings'), ...store])
    expect(stdout).toMatch(
      /^# Greetings\n\n\*claude-opus-5-5, .*\*\n\n## You\n\nGreetings\n\n## Claude \(claude-opus-5-5\)\n\nHi `there`\.\n/,
    )
    expect(stdout).toContain(
      '## Claude\n\n*Refused. Nothing of the reply is part of the conversation.*\n\n## You\n\nAnd after that?',
    )
    expect(stdout.match(/This is the turnstate simulator/g)).toHaveLength(1)
  })

  it('writes a page that loads nothing, with all texts escaped', async () => {
    const file = join(folder, 'page.html')
    await turnstate(['transcript', await idOf('Greetings'), '--format', 'html', '--out', file, ...store])
    const page = readFileSync(file, 'utf8')
    expect(page).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; more')
    expect(page).toContain('Say &lt;b&gt;markup&lt;/b&gt;')
    expect(page).not.toMatch(/<script|<b>|<img|<link|https?:/)
    expect(page).toContain("content=\"default-src 'none'; style-src 'unsafe-inline'\"")
  })

  it('writes JSON', async () => {
    const { stdout } = await turnstate(['transcript', await idOf('Greetings'), '--format', 'json', ...store])
    const { title, messages } = JSON.parse(stdout) as { title: string; messages: { mark: string | null }[] }
    expect(title).toBe('Greetings')
    expect(messages.map(({ mark }) => mark)).toEqual([null, null, null, null, null, 'refused', null, null])
  })
})

describe('turnstate check', () => {
  it('finds nothing in a sound store', async () => {
    const { stdout, exitCode } = await turnstate(['check', `sqlite:${path}`])
    expect(stdout).toMatch(/^2 conversations checked in sqlite:.*, none damaged\.\n$/)
    expect(exitCode).toBe(0)
  })

  it('says which fact is damaged, changes nothing, and exits with 1', async () => {
    const damaged = copied('damaged', (database) =>
      database.exec(`update turnstate_facts set body = replace(body, '"turn.settled"', '"turn.opened"') where seq = 3`),
    )
    const before = readFileSync(damaged)
    const { stdout, exitCode } = await turnstate(['check', `sqlite:${damaged}`])
    expect(stdout).toMatch(/^[0-9a-f-]{36}: Fact 3 \(turn\.opened\) does not fit the journal/m)
    expect(stdout).toMatch(/2 conversations checked in .*: 2 faults\. Nothing was changed\.\n$/)
    expect(exitCode).toBe(1)
    expect(readFileSync(damaged).equals(before)).toBe(true)
  })

  it('finds conversations that lost facts', async () => {
    const cut = copied('cut', (database) => database.exec('delete from turnstate_facts where seq > 2'))
    const { stdout, exitCode } = await turnstate(['check', `sqlite:${cut}`])
    expect(stdout).toMatch(/it should have \d+ facts; 3 can be read/)
    expect(exitCode).toBe(1)
  })
})

describe('a store that cannot be used', () => {
  it.each([
    ['a folder', () => folder, /is a folder\. Name a file in it/],
    ['a file that is missing', () => join(folder, 'none.db'), /There is no database/],
    ['a text', () => text(), /is not a SQLite database/],
    ['the database of another program', () => foreign(), /belongs to another program\. Nothing was changed/],
    [
      'a newer one',
      () => copied('newer', (database) => database.exec('update turnstate_schema set version = 99')),
      /has tables of version 99.*Upgrade turnstate/,
    ],
  ])('is an error without a stack: %s', async (_what, make, why) => {
    const file = make()
    for (const args of [
      ['conversations', '--store', `sqlite:${file}`],
      ['check', `sqlite:${file}`],
      ['inspect', `sqlite:${file}`],
      ['chat', '--continue', '--store', `sqlite:${file}`],
    ]) {
      const { stdout, stderr, exitCode } = await turnstate(args, { input: 'Hello\n' })
      expect(stdout + stderr).toMatch(why)
      expect(stdout + stderr).not.toMatch(/\n\s+at /)
      expect(exitCode).toBe(1)
    }
  })

  const text = () => {
    writeFileSync(join(folder, 'text.db'), 'This is a text and no database. '.repeat(50))
    return join(folder, 'text.db')
  }
  const foreign = () => {
    const file = join(folder, 'foreign.db')
    const database = new DatabaseSync(file)
    database.exec('create table if not exists notes (text)')
    database.close()
    return file
  }

  it('never shows the password of a Postgres that is down, refuses it, or whose address is mistyped', async () => {
    const server = new URL(await postgresUrl(inject('postgresPort')))
    server.password = 'wr0ng-s3cret'
    server.username = 'nobody-known'
    for (const [address, why] of [
      ['postgres://me:wr0ng-s3cret@127.0.0.1:1/db', /cannot be reached: nothing listens at its address/],
      [server.href, /refuses the user or the password/],
      ['postgres:me:wr0ng-s3cret@host', /is invalid.*Give sqlite:PATH or/],
    ] as const)
      for (const args of [
        ['check', address],
        ['chat', 'Hello', '--store', address],
        ['inspect', address],
      ]) {
        const { stdout, stderr, exitCode } = await turnstate(args)
        expect(stderr).toMatch(why)
        expect(stdout + stderr).not.toContain('s3cret')
        expect(exitCode).toBeGreaterThan(0)
      }
  })
})

describe('turnstate inspect with a store', () => {
  it('shows a conversation with its facts, redacted, and can end it at any time', async () => {
    mkdirSync(join(folder, 'inspect'), { recursive: true })
    const running = start(['inspect', `sqlite:${path}`, (await idOf('Greetings')).slice(0, 8)])
    const [url = ''] = await running.says(/http:\S+/)
    const exported = await (await fetch(`${url}export.jsonl`)).text()
    const lines = exported.trim().split('\n')
    expect(lines.filter((line) => line.includes('"type":"fact"')).length).toBeGreaterThan(8)
    expect(lines.filter((line) => line.includes('"chart":'))).toHaveLength(1)
    expect(exported).not.toContain('Greetings')
    const file = join(folder, 'inspect', 'exported.jsonl')
    writeFileSync(file, exported)
    running.child.kill('SIGINT')
    expect((await running.ended).exitCode).toBe(0)

    // What it exports is a file that it opens.
    const again = start(['inspect', file])
    await again.says(/http:\S+/)
    again.child.kill('SIGINT')
    expect((await again.ended).exitCode).toBe(0)
  })

  it('shows texts with --include-text, of the latest conversations if none is named', async () => {
    const running = start(['inspect', `sqlite:${path}`, '--include-text'])
    const [url = ''] = await running.says(/http:\S+/)
    const exported = await (await fetch(`${url}export.jsonl`)).text()
    expect(exported).toContain('Greetings')
    expect(exported).toContain('Another one')
    running.child.kill('SIGINT')
    await running.ended
  })
})
