import type { FileType } from './file-types.ts'
import { isObject } from '../objects.ts'

/** A file by its path: Node only. */
export interface FileByPath {
  readonly path: string
  /** What the document is called; else the name of the file. */
  readonly title?: string
  /** Its media type; else the extension of its name tells. */
  readonly type?: string
}

/** A file to be read: a `Blob` or `File`, a path, or a `file:` URL. */
export type FileInput = Blob | FileByPath | URL

/** A file that was checked as far as can be without reading it. */
export interface FileToRead {
  readonly source: Blob | string | URL
  /** The file as errors name it. */
  readonly what: string
  /** Not there where nothing tells it. */
  readonly type?: FileType
  readonly title?: string
}

// By its shape: a Blob of another realm, or of a polyfill, is no instance of this one's.
export const isBlob = (value: unknown): value is Blob =>
  isObject(value) &&
  'size' in value &&
  typeof value.size === 'number' &&
  'type' in value &&
  typeof value.type === 'string' &&
  'arrayBuffer' in value &&
  typeof value.arrayBuffer === 'function'

const isFileUrl = (value: unknown): value is URL => value instanceof URL && value.protocol === 'file:'

const isTextOrNone = (value: unknown): boolean => value === undefined || typeof value === 'string'

const isFileByPath = (value: unknown): value is FileByPath =>
  isObject(value) &&
  'path' in value &&
  typeof value.path === 'string' &&
  (!('title' in value) || isTextOrNone(value.title)) &&
  (!('type' in value) || isTextOrNone(value.type))

/** Whether a value is a file to be read, and no content block. */
export const isFileInput = (value: unknown): value is FileInput =>
  isBlob(value) || isFileUrl(value) || isFileByPath(value)
