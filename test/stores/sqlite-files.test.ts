import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { DatabaseSync } from '@photostructure/sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sqliteStore } from '../../src/stores/sqlite/index.ts'
import { checkSqliteVersion, loadDriver } from '../../src/stores/sqlite/driver.ts'
import { hasMounts, onSmallDisk, sqliteAt, sqliteModules, sqlitePlace } from './sqlite.ts'
import { message } from './facts.ts'

function placeOfTest() {
  const place = sqlitePlace()
  onTestFinished(place.close)
  return place
}

/** What a file held before and after a call that rejects. */
async function unchanged(path: string, code: string, words: RegExp): Promise<void> {
  const before = readFileSync(path)
  const store = sqliteAt(path)
  await expect(store.open('c')).rejects.toMatchObject({ code, message: expect.stringMatching(words) })
  await expect(store.list()).rejects.toMatchObject({ code })
  await store.close()
  expect(readFileSync(path).equals(before)).toBe(true)
}

describe('a path that is no database of turnstate', () => {
  it.each([
    ['', 'invalid-option'],
    [':memory:', 'invalid-option'],
    ['a\0b', 'invalid-option'],
    [7 as unknown as string, 'invalid-option'],
  ])('%j is rejected at once', (path, code) => {
    expect(() => sqliteStore(path)).toThrow(expect.objectContaining({ code }))
  })

  it('is rejected with store-invalid if it is a folder', async () => {
    const { folder } = placeOfTest()
    const store = sqliteAt(folder)
    await expect(store.open('c')).rejects.toMatchObject({
      code: 'store-invalid',
      message: expect.stringMatching(/is a folder/),
    })
    await store.close()
  })

  it('is rejected with store-unavailable if its folder does not exist', async () => {
    const { folder } = placeOfTest()
    const store = sqliteAt(join(folder, 'none', 'chat.db'))
    await expect(store.open('c')).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringMatching(/folder does not exist/),
    })
    await store.close()
  })

  it('is rejected with store-invalid if it is no SQLite file, and is left as it was', async () => {
    const { path } = placeOfTest()
    writeFileSync(path, 'Some notes of mine.\n'.repeat(500))
    await unchanged(path, 'store-invalid', /is not a SQLite database/)
  })

  it('is rejected with store-invalid if another program owns it, and is left as it was', async () => {
    const { path } = placeOfTest()
    const database = new DatabaseSync(path)
    database.exec('create table mine (a); insert into mine values (1)')
    database.close()
    await unchanged(path, 'store-invalid', /belongs to another program/)
    const marked = new DatabaseSync(`${path}2`)
    marked.exec('pragma application_id = 252006674')
    marked.close()
    await unchanged(`${path}2`, 'store-invalid', /belongs to another program/)
  })

  it('is rejected with store-version-unsupported if a later release wrote it, and is left as it was', async () => {
    const { path, open } = placeOfTest()
    const store = open()
    await (await store.open('c')).release()
    await store.close()
    const database = new DatabaseSync(path)
    database.exec('update turnstate_schema set version = 2; pragma wal_checkpoint(truncate)')
    database.close()
    await unchanged(path, 'store-version-unsupported', /tables of version 2; this release knows up to 1/)
  })

  it('is rejected with store-invalid if it is damaged', async () => {
    const { path, open } = placeOfTest()
    const store = open()
    const chat = await store.open('c')
    await chat.append({ appendId: 'a', expected: 0, facts: [message(0, 'x'.repeat(100_000))] })
    await store.close()
    const bytes = readFileSync(path)
    bytes.fill(0xff, 4096)
    writeFileSync(path, bytes)
    const again = open()
    await expect(again.open('c')).rejects.toMatchObject({
      code: 'store-invalid',
      message: expect.stringMatching(/is damaged/),
    })
  })
})

describe('a file that cannot be written', () => {
  it('is rejected with store-unavailable if another program has locked it, and opens once it is free', async () => {
    const { path, open } = placeOfTest()
    const first = open()
    await first.list()
    await first.close()
    const other = new DatabaseSync(path)
    other.exec('pragma locking_mode = exclusive; begin exclusive')
    const store = open()
    await expect(store.open('c')).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringMatching(/locked by another/),
    })
    other.exec('rollback')
    other.close()
    await expect(store.open('c')).resolves.toMatchObject({ revision: 0 })
  })

  it('makes an append fail as long as another program writes, and then the same append is saved', async () => {
    const { path, open } = placeOfTest()
    const chat = await open().open('c')
    const other = new DatabaseSync(path)
    other.exec('begin immediate')
    const append = { appendId: 'a', expected: 0, facts: [message(0, 'text')] }
    const result = await chat.append(append)
    expect(result).toMatchObject({
      status: 'failed',
      failure: { code: 'journal-write-failed', quote: expect.stringMatching(/locked/) },
    })
    other.exec('rollback')
    other.close()
    expect(await chat.append(append)).toEqual({ status: 'saved', revision: 1 })
  })

  it('does not block the event loop of the app while it waits', async () => {
    const { path, open } = placeOfTest()
    const chat = await open().open('c')
    const other = new DatabaseSync(path)
    other.exec('begin immediate')
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    // SQLite waits for five seconds.
    const result = await chat.append({ appendId: 'a', expected: 0, facts: [message(0, 'text')] })
    delay.disable()
    expect(result).toMatchObject({ status: 'failed' })
    expect(delay.max / 1e6).toBeLessThan(1_000)
    other.exec('rollback')
    other.close()
  })

  it.runIf(process.getuid?.() === 0)('is rejected with store-unavailable if it is read-only for the user', () => {
    const folder = mkdtempSync(join(tmpdir(), 'turnstate-sqlite-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    chmodSync(folder, 0o755)
    const path = join(folder, 'chat.db')
    const mine = new DatabaseSync(path)
    mine.close()
    chmodSync(path, 0o444)
    expect(codeAsNobody(path)).toMatch(/^store-unavailable: .* (?:is read-only|cannot be opened)/)
    expect(codeAsNobody(join(folder, 'new.db'))).toMatch(/^store-unavailable: .* cannot be created/)
    const own = join(folder, 'own')
    mkdirSync(own)
    chownSync(own, 65_534, 65_534)
    expect(codeAsNobody(join(own, 'chat.db'))).toBe('saved')
  })

  it.runIf(hasMounts())('makes appends fail on a full disk, and they are saved once there is room', async () => {
    await onSmallDisk(4, async (disk, fill, free) => {
      const store = sqliteAt(join(disk, 'chat.db'))
      const chat = await store.open('c')
      fill()
      const append = { appendId: 'a', expected: 0, facts: [message(0, 'x'.repeat(200_000))] }
      const result = await chat.append(append)
      expect(result).toMatchObject({
        status: 'failed',
        failure: { code: 'journal-write-failed', quote: expect.stringMatching(/disk is full/) },
      })
      expect(await chat.append(append)).toMatchObject({ status: 'failed' })
      free()
      expect(await chat.append(append)).toEqual({ status: 'saved', revision: 1 })
      await store.close()
    })
  })

  it('says store-unavailable once its files were removed or replaced, and never that something was saved', async () => {
    const { path, open } = placeOfTest()
    const store = open()
    const chat = await store.open('c')
    await chat.append({ appendId: 'a', expected: 0, facts: [message(0, 'one')] })
    renameSync(path, `${path}.away`)
    const append = { appendId: 'b', expected: 1, facts: [message(1, 'two')] }
    expect(await chat.append(append)).toMatchObject({
      status: 'failed',
      failure: { quote: expect.stringMatching(/removed or replaced/) },
    })
    await expect(store.list()).rejects.toMatchObject({ code: 'store-unavailable' })
    renameSync(`${path}.away`, path)
    expect(await chat.append(append)).toEqual({ status: 'saved', revision: 2 })
    rmSync(`${path}-wal`)
    expect(await chat.append({ appendId: 'c', expected: 2, facts: [message(2, 'three')] })).toMatchObject({
      status: 'failed',
    })
  })
})

describe('a path that is a link', () => {
  it('leads to the database, whose log is next to the file itself', async () => {
    const { path, folder, open } = placeOfTest()
    const store = open()
    const chat = await store.open('c')
    await chat.append({ appendId: 'a', expected: 0, facts: [message(0, 'one')] })
    await store.close()
    const elsewhere = join(folder, 'elsewhere')
    mkdirSync(elsewhere)
    const link = join(elsewhere, 'link.db')
    symlinkSync(path, link)
    const linked = sqliteAt(link)
    const again = await linked.open('c')
    expect(await again.append({ appendId: 'b', expected: 1, facts: [message(1, 'two')] })).toEqual({
      status: 'saved',
      revision: 2,
    })
    await linked.close()
  })

  it('is rejected with store-unavailable if it leads nowhere, and nothing is created', async () => {
    const { folder } = placeOfTest()
    const link = join(folder, 'link.db')
    symlinkSync(join(folder, 'nothing.db'), link)
    const store = sqliteAt(link)
    await expect(store.open('c')).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringMatching(/link to a file that does not exist/),
    })
    await store.close()
    expect(existsSync(join(folder, 'nothing.db'))).toBe(false)
  })
})

describe('the files of a store', () => {
  it('are readable for their user only', async () => {
    const { path, open } = placeOfTest()
    const store = open()
    await store.open('c')
    const copy = `${path}.copy`
    await store.backup(copy)
    for (const file of [path, `${path}-wal`, `${path}-shm`, copy]) expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('can be copied, compacted and checked while conversations go on', async () => {
    const { path, open, folder } = placeOfTest()
    const store = open()
    const chat = await store.open('c')
    const facts = Array.from({ length: 400 }, (_, seq) => message(seq, 'x'.repeat(1_000)))
    await chat.append({ appendId: 'a', expected: 0, facts })
    const ending = new AbortController()
    const writing = appending()
    const copy = join(folder, 'copy.db')
    await store.backup(copy)
    await store.vacuum()
    expect(await store.check()).toEqual([])
    ending.abort()
    const revision = await writing
    expect(revision).toBeGreaterThan(400)

    const copied = sqliteAt(copy)
    const found = await copied.get('c')
    expect(found?.revision).toBeGreaterThanOrEqual(400)
    expect(await copied.check()).toEqual([])
    await expect(store.backup(copy)).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringMatching(/already/),
    })
    await copied.close()

    const size = statSync(path).size
    await store.delete('c')
    await store.vacuum()
    expect(statSync(path).size).toBeLessThan(size / 2)

    async function appending(): Promise<number> {
      let seq = 400
      for (; !ending.signal.aborted; seq++) {
        const result = await chat.append({ appendId: `${seq}`, expected: seq, facts: [message(seq, 'more')] })
        if (result.status !== 'saved') throw new Error(JSON.stringify(result))
      }
      return seq
    }
  })

  it('are found wrong by check() when facts are missing', async () => {
    const { path, open } = placeOfTest()
    const store = open()
    const chat = await store.open('c')
    await chat.append({ appendId: 'a', expected: 0, facts: [0, 1, 2].map((seq) => message(seq, 'text')) })
    const other = new DatabaseSync(path)
    other.exec('delete from turnstate_facts where seq = 1')
    other.close()
    expect(await store.check()).toEqual([expect.stringMatching(/should have 3 facts; 2 are stored/)])
    const read = async () => {
      for await (const _ of store.facts('c'));
    }
    await expect(read()).rejects.toMatchObject({ code: 'journal-damaged' })
  })
})

describe('the release of SQLite', () => {
  it.each(['3.7.0', '3.45.1', '3.51.2', '3.50.9', '2.9.9'])('%s is too old', (version) => {
    expect(() => checkSqliteVersion(version)).toThrow(
      expect.objectContaining({
        code: 'store-version-unsupported',
        message: expect.stringMatching(/can lose data.*npm install @photostructure\/sqlite/),
      }),
    )
  })

  it.each(['3.51.3', '3.53.0', '3.100.0', '4.0.0'])('%s is new enough', (version) => {
    expect(() => checkSqliteVersion(version)).not.toThrow()
  })
})

describe('the driver', () => {
  const missing = (name: string) => async () => {
    throw Object.assign(new Error(`Cannot find package '${name}' imported from driver.js`), {
      code: 'ERR_MODULE_NOT_FOUND',
    })
  }
  const packaged = { DatabaseSync }
  const inNode = { DatabaseSync: class extends DatabaseSync {} }

  it('is the package where it is installed, else the one in Node', async () => {
    const both = { packaged: async () => packaged, inNode: async () => inNode }
    expect(await loadDriver(both)).toBe(packaged)
    expect(await loadDriver({ ...both, packaged: missing('@photostructure/sqlite') })).toBe(inNode)
  })

  it('that is missing is reported as store-unavailable, with the command that installs it', async () => {
    const none = { packaged: missing('@photostructure/sqlite'), inNode: missing('node:sqlite') }
    await expect(loadDriver(none)).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringMatching(/npm install @photostructure\/sqlite/),
    })
  })

  it("that is installed but broken is reported as such, with its cause, and Node's own does not hide it", async () => {
    const cause = new Error('wrong ELF class')
    const broken = {
      packaged: async () => {
        throw cause
      },
      inNode: async () => inNode,
    }
    await expect(loadDriver(broken)).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringMatching(/installed, but it cannot be loaded/),
      cause,
    })
  })
})

/** The outcome of an append as another user, in a process of that user. */
function codeAsNobody(path: string): string {
  const { worker, store } = sqliteModules()
  const program = `
    const { openSqlite } = await import(${JSON.stringify(store)})
    const store = openSqlite(${JSON.stringify(path)}, {}, { worker: new URL(${JSON.stringify(worker)}) })
    try {
      const chat = await store.open('c')
      const fact = ${JSON.stringify(message(0, 'text'))}
      console.log((await chat.append({ appendId: 'a', expected: 0, facts: [fact] })).status)
    } catch (error) {
      console.log(error.code + ': ' + error.message + (error.details.quote ?? ''))
    }
    await store.close()`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    uid: 65_534,
    gid: 65_534,
    cwd: '/',
    encoding: 'utf8',
  })
  return stdout.trim() || stderr
}
