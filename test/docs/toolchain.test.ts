// What the project installs for its own tests must not change how it runs.
import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'

it('no package that is installed takes the place of Node or npm in the scripts of the project', () => {
  for (const name of ['node', 'npm', 'npx'])
    expect([name, existsSync(new URL(`../../node_modules/.bin/${name}`, import.meta.url))]).toEqual([name, false])
})
