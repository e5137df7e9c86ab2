// What users run is the compiled package, so that is what is measured. (The runner that executes these files names
// every closure as it is made, which would be charged to the code with the most closures.)
const door = new URL('../../dist/src/index.js', import.meta.url)

export const { claude, createConversation, fold, observe, tool } = (await import(
  door.href
)) as typeof import('../../src/index.ts')
