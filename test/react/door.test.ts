import { gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

describe('turnstate/react', () => {
  it('brings react and nothing else, in 2 kB', async () => {
    const { outputFiles, metafile } = await build({
      entryPoints: [fileURLToPath(new URL('../../src/react/index.ts', import.meta.url))],
      bundle: true,
      minify: true,
      packages: 'external',
      platform: 'browser',
      format: 'esm',
      target: 'es2022',
      write: false,
      metafile: true,
      logLevel: 'error',
    })
    const outside = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path))
    expect(outside).toEqual(['react'])
    expect(outputFiles[0]?.text).toMatch(/^["']use client["']/)
    expect(gzipSync(outputFiles[0]?.contents ?? '').length).toBeLessThan(2_000)
  })
})
