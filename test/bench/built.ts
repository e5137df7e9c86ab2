// What users run is the compiled package, so that is what is measured. (The runner that executes these files names
// every closure as it is made, which would be charged to the code with the most closures.)
const door = (path: string): string => new URL(`../../dist/src/${path}`, import.meta.url).href

export const { claude, createConversation, fold, observe, tool } = (await import(
  door('index.js')
)) as typeof import('../../src/index.ts')

export const { leanFetch } = (await import(door('node/index.js'))) as typeof import('../../src/node/index.ts')
