import { build } from 'esbuild'
import { fileURLToPath } from 'node:url'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type * as ofBrowser from '../../src/inspect/browser.ts'
import * as inBrowser from '../../src/inspect/browser.ts'
import type * as ofNode from '../../src/inspect/index.ts'
import * as inNode from '../../src/inspect/index.ts'

describe('turnstate/inspect in a browser', () => {
  it('has every export that its types have', () => {
    expect(Object.keys(inBrowser).toSorted()).toEqual(Object.keys(inNode).toSorted())
  })

  it('has the same types', () => {
    expectTypeOf<typeof ofBrowser>().toEqualTypeOf<typeof ofNode>()
    expectTypeOf<ofBrowser.RunningInspector>().toEqualTypeOf<ofNode.RunningInspector>()
    expectTypeOf<ofBrowser.ConnectOptions>().toEqualTypeOf<ofNode.ConnectOptions>()
  })

  it.each([
    ['startInspector', () => inBrowser.startInspector()],
    ['connectInspector', () => inBrowser.connectInspector('http://127.0.0.1')],
    ['toPng', () => inBrowser.toPng('<svg/>')],
  ])('says what is wrong when %s is called', async (name, call) => {
    await expect(call()).rejects.toMatchObject({
      code: 'not-available',
      message: expect.stringMatching(`^${name}\\(\\) needs Node`),
    })
  })

  it('is bundled without anything of Node', async () => {
    const { outputFiles, metafile } = await build({
      entryPoints: [fileURLToPath(new URL('../../src/inspect/browser.ts', import.meta.url))],
      bundle: true,
      format: 'esm',
      platform: 'browser',
      external: ['xstate', 'elkjs', '@statelyai/inspect'],
      write: false,
      metafile: true,
      logLevel: 'silent',
    })
    expect(outputFiles).toHaveLength(1)
    const inputs = Object.keys(metafile.inputs)
    expect(inputs.filter((path) => /inspect\/(?:web|link|hub)\//.test(path))).toEqual([])
    expect(outputFiles.at(0)?.text).not.toMatch(/from ["']node:/)
  })
})
