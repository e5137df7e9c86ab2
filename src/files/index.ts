// The interface of this folder, which reads files into content blocks. Imports nothing of Node until a path is read.
export { checkFile, readFile } from './file-block.ts'
export type { FileInput, FileToRead } from './file-input.ts'
export { isBlob, isFileInput } from './file-input.ts'
export { checkMediaBlock, mendedMedia } from './media-block.ts'
